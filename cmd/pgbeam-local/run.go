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

// version is set at the build of a release.
var version = "0.0.0-dev"

// grace is how long requests in flight may take once the command is told to stop.
const grace = 2 * time.Second

// run is the command: it serves until ctx ends and returns the exit code. The only thing on stdout is the line with the URL.
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
	api.SetRateLimit(s.rateLimit)

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.listen)
	if err != nil {
		return err
	}
	web := &http.Server{Handler: api, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- web.Serve(listener) }()
	if _, err := fmt.Fprintf(stdout, "pgbeam-local listening on http://%s\n", listener.Addr()); err != nil {
		return errors.Join(err, web.Close())
	}

	select {
	case err := <-failed:
		return errors.Join(err, api.Close())
	case <-ctx.Done():
	}
	return stop(context.WithoutCancel(ctx), web, api)
}

// stop lets requests in flight finish, within the grace, and then ends what is left.
func stop(ctx context.Context, web *http.Server, api *localapi.Server) error {
	ctx, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	err := web.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = web.Close()
	}
	return errors.Join(err, api.Close())
}
