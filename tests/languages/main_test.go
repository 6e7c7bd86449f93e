// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

// Package languages compiles the SDKs and the examples of every language and
// deploys programs with them, using the real Pulumi CLI. It requires Node.js,
// Python, Java and Maven: run it with `make test-languages`.
package languages

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// tools are the paths that all tests share.
var tools struct {
	stacktest.Tools
	// Work is a temporary folder.
	Work string
	// Node, Python and Maven are the folders of the dependencies that the Makefile installs.
	Node, Python, Maven string
}

func TestMain(m *testing.M) {
	os.Exit(func() int {
		if err := prepare(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(tools.Work) }()
		defer stopDrivers()
		return m.Run()
	}())
}

func prepare() (err error) {
	for variable, folder := range map[string]*string{
		"PGBEAM_TEST_NODE": &tools.Node, "PGBEAM_TEST_PYTHON": &tools.Python, "PGBEAM_TEST_MAVEN": &tools.Maven,
	} {
		if *folder = os.Getenv(variable); *folder == "" {
			return fmt.Errorf("%s is not set: run these tests with `make test-languages`", variable)
		}
	}
	if tools.Work, err = os.MkdirTemp("", "pgbeam-languages-"); err != nil {
		return err
	}
	tools.Tools, err = stacktest.Build(context.Background(), tools.Work)
	return err
}
