// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command pgbeam-local serves the PgBeam API from memory, on this machine only, for trying programs without an account.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
