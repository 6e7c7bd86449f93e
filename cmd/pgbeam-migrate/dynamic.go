// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/pgbeam/pulumi-pgbeam/internal/migrate"
)

func runDynamic(_ context.Context, args []string, std streams) error {
	flags := newFlags("dynamic", "dynamic [flags] < before.json > after.json", std.err)
	check := flags.Bool("check", false, "write nothing, and fail if something has to be decided")
	alias := flags.Bool("alias", false, "print the lines of TypeScript with which a program keeps its objects, instead of changing the state")
	if _, err := parse(flags, args); err != nil {
		return err
	}
	if *alias {
		_, err := io.WriteString(std.out, migrate.AliasProgram())
		return err
	}
	before, err := io.ReadAll(std.in)
	if err != nil {
		return fmt.Errorf("reading the deployment: %w", err)
	}
	after, report, err := migrate.Dynamic(before)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(std.err, report.String()); err != nil {
		return err
	}
	if *check {
		if undecided := report.Undecided(); undecided > 0 {
			return fmt.Errorf("%d resources have to be decided about: see the lines that begin with \"leave\"", undecided)
		}
		return nil
	}
	_, err = std.out.Write(after)
	return err
}
