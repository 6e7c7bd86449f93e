// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command pgbeam-migrate brings objects that PgBeam already has under the management of
// the Pulumi provider, without changing any of them: from the dynamic provider
// @pgbeam/pulumi, from Terraform, or from an account that nothing manages yet.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{in: os.Stdin, out: os.Stdout, err: os.Stderr})
	stop()
	os.Exit(code)
}
