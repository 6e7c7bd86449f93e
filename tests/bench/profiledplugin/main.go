// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command profiledplugin is the plugin with a CPU profile, which it writes to
// the file that PGBEAM_BENCH_PROFILE names when it is told to stop.
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
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	go func() {
		<-told
		pprof.StopCPUProfile()
		_ = file.Close()
		os.Exit(0)
	}()
	provider.Serve()
}
