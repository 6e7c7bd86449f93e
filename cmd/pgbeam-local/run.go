// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// version is set by the release build.
var version = "0.0.0-dev"

// shutdownTimeout is the time that requests in flight have to finish after a signal.
const shutdownTimeout = 2 * time.Second

// run serves until ctx is done, and returns the exit code. It prints only the line with the URL to stdout.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	case s.version:
		_, _ = fmt.Fprintln(stdout, "pgbeam-local", version)
		return 0
	}
	if err := serve(ctx, s, stdout); err != nil {
		_, _ = fmt.Fprintln(stderr, "pgbeam-local:", err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, s settings, stdout io.Writer) error {
	api, err := localapi.New(s.options)
	if err != nil {
		return err
	}
	for _, fault := range s.faults {
		api.AddFault(fault)
	}
	api.Limit(s.rateLimit)

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.listen)
	if err != nil {
		return err
	}
	httpServer := &http.Server{Handler: api, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- httpServer.Serve(listener) }()
	if _, err := fmt.Fprintf(stdout, "pgbeam-local listening on http://%s\n", listener.Addr()); err != nil {
		return errors.Join(err, httpServer.Close())
	}

	select {
	case err := <-failed:
		return errors.Join(err, api.Close())
	case <-ctx.Done():
	}
	return shutdown(context.WithoutCancel(ctx), httpServer, api)
}

// shutdown waits for requests in flight, and closes those that do not finish in time.
func shutdown(ctx context.Context, httpServer *http.Server, api *localapi.Server) error {
	ctx, cancel := context.WithTimeout(ctx, shutdownTimeout)
	defer cancel()
	err := httpServer.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = httpServer.Close()
	}
	return errors.Join(err, api.Close())
}
