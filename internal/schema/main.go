// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command schema prints the Pulumi schema of the package. With the build tag "bootstrap"
// it prints the schema of the Go package that the components are built with, which
// has the resources only.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"strings"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"

	"github.com/pgbeam/pulumi-pgbeam/provider"
)

func main() {
	withoutEnums := flag.Bool("without-enums", false, "replace enum types by the type of their values")
	version := flag.String("version", "", "`version` of a release; without it, the engine selects the version of the plugin for the programs of an SDK")
	flag.Parse()
	if err := run(*version, *withoutEnums); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(version string, withoutEnums bool) error {
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
	delete(schema, "version")
	if version != "" {
		if _, err := semver.Parse(version); err != nil {
			return fmt.Errorf("-version %s: %w", version, err)
		}
		schema["version"] = version
	}
	if withoutEnums {
		replaceEnums(schema)
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(schema)
}

// replaceEnums replaces each reference to an enum type by the type of its values, and removes
// the enum types.
func replaceEnums(schema map[string]any) {
	types, _ := schema["types"].(map[string]any)
	var replace func(value any)
	replace = func(value any) {
		switch value := value.(type) {
		case map[string]any:
			ref, _ := value["$ref"].(string)
			if typ, ok := types[strings.TrimPrefix(ref, "#/types/")].(map[string]any); ok && typ["enum"] != nil {
				delete(value, "$ref")
				value["type"] = typ["type"]
			}
			for _, inner := range value {
				replace(inner)
			}
		case []any:
			for _, inner := range value {
				replace(inner)
			}
		}
	}
	replace(schema)
	maps.DeleteFunc(types, func(_ string, typ any) bool { return typ.(map[string]any)["enum"] != nil })
}
