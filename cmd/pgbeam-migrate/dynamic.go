// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
)

func runDynamic(_ context.Context, args []string, std streams) error {
	flags := newFlags("dynamic", "dynamic [flags] < before.json > after.json", std.err)
	if _, err := parse(flags, args); err != nil {
		return err
	}
	return errors.New("not implemented yet")
}
