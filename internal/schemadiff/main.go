// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command schemadiff lists the changes between two Pulumi schemas that break programs:
//
//	schemadiff [-allow] OLD NEW
//
// It exits with 1 if there is any, unless -allow is set. Pulumi's schema-tools exits with 0
// whatever it finds, and compares neither the values of enums nor secrets, replacements and
// plain inputs.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run returns the exit code: 1 after breaking changes, 2 if the schemas cannot be compared.
func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("schemadiff", flag.ContinueOnError)
	flags.SetOutput(stderr)
	allow := flags.Bool("allow", false, "exit with 0 after breaking changes")
	if err := flags.Parse(args); err != nil || flags.NArg() != 2 {
		_, _ = fmt.Fprintln(stderr, "usage: schemadiff [-allow] OLD NEW")
		return 2
	}
	before, err := read(flags.Arg(0))
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "schemadiff:", err)
		return 2
	}
	after, err := read(flags.Arg(1))
	if err != nil {
		_, _ = fmt.Fprintln(stderr, "schemadiff:", err)
		return 2
	}
	changes := breakingChanges(before, after)
	if len(changes) == 0 {
		_, _ = fmt.Fprintln(stdout, "No breaking changes.")
		return 0
	}
	_, _ = fmt.Fprintf(stdout, "%d breaking changes:\n\n", len(changes))
	for _, change := range changes {
		_, _ = fmt.Fprintln(stdout, "-", change)
	}
	if *allow {
		return 0
	}
	_, _ = fmt.Fprintf(stderr, "schemadiff: %d changes break programs: %s\n", len(changes), changes[0])
	return 1
}

func read(path string) (spec schema.PackageSpec, err error) {
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return spec, err
	}
	if err := json.Unmarshal(text, &spec); err != nil {
		return spec, fmt.Errorf("%s: %w", path, err)
	}
	if spec.Name == "" || len(spec.Resources) == 0 {
		return spec, fmt.Errorf("%s is not the schema of a package with resources", path)
	}
	return spec, nil
}
