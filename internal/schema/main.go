// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command schema prints the Pulumi schema of the package. With the build tag
// "bootstrap" it omits the components, which need the Go SDK to build.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"

	"github.com/pgbeam/pulumi-pgbeam/provider"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	pgbeam, err := provider.New(provider.Options{})
	if err != nil {
		return err
	}
	server, err := integration.NewServer(context.Background(), provider.Name, semver.Version{}, integration.WithProvider(pgbeam))
	if err != nil {
		return err
	}
	response, err := server.GetSchema(p.GetSchemaRequest{})
	if err != nil {
		return err
	}
	var schema map[string]any
	if err := json.Unmarshal([]byte(response.Schema), &schema); err != nil {
		return err
	}
	// With an SDK that has no version, the engine selects the version of the plugin.
	delete(schema, "version")
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(schema)
}
