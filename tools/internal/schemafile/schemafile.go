// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package schemafile reads the file of a Pulumi package schema, and loads it for program
// generators.
package schemafile

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// Read returns the schema in a file, both as a specification and as a package whose
// references are resolved.
func Read(file string) (schema.PackageSpec, *schema.Package, error) {
	var spec schema.PackageSpec
	text, err := os.ReadFile(file) //nolint:gosec // the caller's file
	if err != nil {
		return spec, nil, err
	}
	if err := json.Unmarshal(text, &spec); err != nil {
		return spec, nil, fmt.Errorf("reading %s: %w", file, err)
	}
	pkg, diagnostics, err := schema.BindSpec(spec, schema.NewNullLoader(), schema.ValidationOptions{})
	if err == nil && diagnostics.HasErrors() {
		err = diagnostics
	}
	return spec, pkg, err
}
