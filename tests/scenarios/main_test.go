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
	"slices"
	"testing"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// object is a set of inputs, or an object of the API.
type object = scenario.Object

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.list").Value.String() == "" {
		if err := checkOperations(); err != nil {
			fmt.Fprintln(os.Stderr, "FAIL:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// unusedOperations are the operations of the local API that no resource needs. The
// contract test of package localapi lists those that it does not serve.
var unusedOperations = []string{
	"dryEvalPolicy", "getHealth", "lintMigration", "listPlans", "listRegions", "listWebhookEndpoints",
	"scanDatabaseForPii", "testDatabaseConnection", "testWebhookEndpoint",
}

// checkOperations writes the operations that the tests have called to standard
// output and to the file that PGBEAM_CONTRACT_REPORT names. It returns an error
// if a resource's operation is missing.
func checkOperations() error {
	report, err := os.OpenFile(cmp.Or(os.Getenv("PGBEAM_CONTRACT_REPORT"), os.DevNull), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = report.Close() }()
	missing, err := contracttest.Report(io.MultiWriter(os.Stdout, report))
	if err != nil {
		return err
	}
	served, err := localapi.OperationIDs()
	if err != nil {
		return err
	}
	for _, operation := range missing {
		if slices.Contains(served, operation) && !slices.Contains(unusedOperations, operation) {
			return fmt.Errorf("no test calls %s", operation)
		}
	}
	return nil
}
