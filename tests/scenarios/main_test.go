// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package scenarios runs every kind of resource through the same scenarios, in
// memory: a provider, an engine that calls it, and a local API.
package scenarios

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// object is a set of inputs, or an object of the API.
type object = scenario.Object

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && !testing.Short() && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.list").Value.String() == "" {
		if err := checkOperations(); err != nil {
			fmt.Fprintln(os.Stderr, "FAIL:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// checkOperations writes the report about the contract to standard output and to the
// file that PGBEAM_CONTRACT_REPORT names. It returns an error if the tests have not
// called an operation that the provider uses.
func checkOperations() error {
	report, err := os.OpenFile(cmp.Or(os.Getenv("PGBEAM_CONTRACT_REPORT"), os.DevNull), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = report.Close() }()
	return contracttest.Report(io.MultiWriter(os.Stdout, report))
}
