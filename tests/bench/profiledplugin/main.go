// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command profiledplugin is the plugin with CPU profiling. It writes the profile to
// the file in PGBEAM_BENCH_PROFILE when it receives SIGTERM.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime/pprof"
	"syscall"

	"github.com/pgbeam/pulumi-pgbeam/provider"
)

func main() {
	file, err := os.Create(os.Getenv("PGBEAM_BENCH_PROFILE")) //nolint:gosec // the benchmark's own file
	if err == nil {
		err = pprof.StartCPUProfile(file)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() {
		<-signals
		pprof.StopCPUProfile()
		_ = file.Close()
		os.Exit(0)
	}()
	provider.Serve()
}
