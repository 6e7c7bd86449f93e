// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command schema prints the plugin's schema. Built with the tag "bootstrap" it
// prints that of the resources alone, for which no SDK has to exist.
package main

import (
	"bytes"
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
	server, err := integration.NewServer(context.Background(), provider.Name, semver.Version{},
		integration.WithProvider(must(provider.New(provider.Options{}))))
	if err != nil {
		return err
	}
	answer, err := server.GetSchema(p.GetSchemaRequest{})
	if err != nil {
		return err
	}
	var schema map[string]any
	if err := json.Unmarshal([]byte(answer.Schema), &schema); err != nil {
		return err
	}
	// An SDK without a version leaves the choice of the plugin's to the engine.
	delete(schema, "version")
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(schema); err != nil {
		return err
	}
	_, err = os.Stdout.Write(out.Bytes())
	return err
}

func must(provider p.Provider, err error) p.Provider {
	if err != nil {
		panic(err)
	}
	return provider
}
