// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"flag"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	host "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/pgbeam/pulumi-pgbeam/internal/claims"
	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
)

// serve runs the plugin until the engine is done with it.
func serve(ctx context.Context) error {
	// The engine sends this signal when it has ended in order, after the state was
	// written. A plugin that is killed, or whose engine is, gets none.
	done := make(chan os.Signal, 1)
	signal.Notify(done, os.Interrupt)

	creates, registry := &createjournal.Journal{}, &claims.Registry{}
	defer registry.Close()
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		<-done
		// What is created from here on, the engine does not wait for.
		creates.Commit()
	}()
	provider, err := New(Options{Journal: creates, Claims: registry})
	if err != nil {
		return err
	}
	err = host.MainContext(ctx, Name, func(client *host.HostClient) (pulumirpc.ResourceProviderServer, error) {
		// The engine's address, which all plugins of a run have in common. There is none
		// where a plugin that runs already is attached to one engine after another.
		registry.Share(folder("runs"), flag.Arg(0))
		server, err := p.RawServer(Name, Version, provider)(client)
		return &identifying{ResourceProviderServer: missing{aliasing{server}}, creates: creates, claims: registry}, err
	})
	select {
	case <-finished:
	case <-time.After(100 * time.Millisecond): // the signal ends the server, too, and may be on its way here
	}
	return err
}

// identifying tells what is known of creates to which provider of which stack
// they belong, which pulumi-go-provider does not pass on.
type identifying struct {
	pulumirpc.ResourceProviderServer
	creates *createjournal.Journal
	claims  *claims.Registry
}

// Attach implements pulumirpc.ResourceProviderServer: another run begins.
func (s *identifying) Attach(ctx context.Context, req *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	s.claims.Reset()
	return s.ResourceProviderServer.Attach(ctx, req)
}

func (s *identifying) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	if id := req.GetId(); id == plugin.UnknownStringValue { // which the ID is in the preview of a new stack
		s.creates.OpenUnknown()
	} else {
		s.creates.Open(id, folder("creates"))
	}
	return s.ResourceProviderServer.Configure(ctx, req)
}

// folder is where plugins keep what they have to remember, beside what the CLI
// itself keeps there. It is empty where there is no such place.
func folder(name string) string {
	home := os.Getenv("PULUMI_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		home = filepath.Join(user, ".pulumi")
	}
	return filepath.Join(home, "pgbeam", name)
}

// missing answers a read that finds nothing with nothing at all. What
// pulumi-go-provider sends has properties, of which there are none, and an import
// takes these for an object.
type missing struct {
	pulumirpc.ResourceProviderServer
}

// Read implements pulumirpc.ResourceProviderServer.
func (s missing) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	resp, err := s.ResourceProviderServer.Read(ctx, req)
	if err == nil && resp.GetId() == "" {
		return &pulumirpc.ReadResponse{}, nil
	}
	return resp, err
}
