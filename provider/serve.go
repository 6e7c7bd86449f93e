// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	host "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// serve runs the plugin until the engine is done with it.
func serve(ctx context.Context) error {
	// The engine sends this signal when it has ended in order, after the state was
	// written. A plugin that is killed, or whose engine is, gets none.
	done := make(chan os.Signal, 1)
	signal.Notify(done, os.Interrupt)

	creates := &resources.Creates{}
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		<-done
		// What is created from here on, the engine does not wait for.
		creates.Finish()
	}()
	provider, err := New(Options{Creates: creates})
	if err != nil {
		return err
	}
	err = host.MainContext(ctx, Name, func(client *host.HostClient) (pulumirpc.ResourceProviderServer, error) {
		server, err := p.RawServer(Name, Version, provider)(client)
		return &identifying{ResourceProviderServer: missing{aliasing{server}}, creates: creates}, err
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
	creates *resources.Creates
}

func (s *identifying) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	if id := req.GetId(); id != plugin.UnknownStringValue { // which the ID is in the preview of a new stack
		s.creates.Identify(id, memory())
	}
	return s.ResourceProviderServer.Configure(ctx, req)
}

// memory is the folder of what plugins remember of their creates, beside what
// the CLI itself keeps there. It is empty where there is no such place.
func memory() string {
	home := os.Getenv("PULUMI_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		home = filepath.Join(user, ".pulumi")
	}
	return filepath.Join(home, "pgbeam", "creates")
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
