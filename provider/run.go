// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	host "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/pgbeam/pulumi-pgbeam/internal/claims"
	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
)

// Serve runs the plugin process until the engine stops it, and exits with status 1 if
// the plugin fails.
func Serve() {
	os.Args = capVerbosity(os.Args)
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run serves the provider until the engine stops the plugin.
func run(ctx context.Context) error {
	// The engine sends this signal after it has written the state. A plugin gets no
	// signal if it or its engine is killed.
	done := make(chan os.Signal, 1)
	signal.Notify(done, os.Interrupt)

	journal, registry := &createjournal.Journal{}, &claims.Registry{}
	defer registry.Close()
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		<-done
		// The engine does not wait for objects that are created after this.
		journal.Commit()
	}()
	provider, err := New(Options{Journal: journal, Claims: registry})
	if err != nil {
		return err
	}
	onConfigure := func(id string) {
		if id == plugin.UnknownStringValue { // in the first preview of a stack
			journal.OpenUnknown()
		} else {
			journal.Open(id, dataDir("creates"))
		}
	}
	err = host.MainContext(ctx, Name, func(client *host.HostClient) (pulumirpc.ResourceProviderServer, error) {
		// The first argument is the address of the engine, which is the same for all
		// plugins of a run. It is empty if the engine attaches to a running plugin.
		registry.Share(dataDir("runs"), flag.Arg(0))
		server, err := p.RawServer(Name, Version, provider)(client)
		if err != nil {
			return nil, err
		}
		server = aliasSpecFix{emptyReadFix{server}}
		return withProviderID{withAttach{server, registry.Reset}, onConfigure}, nil
	})
	select {
	case <-finished:
	case <-time.After(100 * time.Millisecond): // the signal also stops the server, possibly before done receives it
	}
	return err
}

// dataDir returns the directory in which plugins keep data of a kind between runs,
// inside the home directory of the CLI. It returns "" if there is none.
func dataDir(kind string) string {
	home := os.Getenv("PULUMI_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		home = filepath.Join(user, ".pulumi")
	}
	return filepath.Join(home, "pgbeam", kind)
}
