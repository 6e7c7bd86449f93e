// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDescribeProperties checks that the sentences that have their own columns are
// moved there.
func TestDescribeProperties(t *testing.T) {
	t.Parallel()
	specs := map[string]schema.PropertySpec{
		"cloud": {
			Description: "The cloud: one | another. Defaults to `aws`. Changing it replaces the resource.",
			TypeSpec:    schema.TypeSpec{Ref: "#/types/pgbeam:index:Cloud"},
		},
		"orgId":    {Description: "The organization.", TypeSpec: schema.TypeSpec{Type: "string"}},
		"password": {Description: "The password.", TypeSpec: schema.TypeSpec{Type: "string"}, Secret: true},
		"tags": {
			Description: "Labels. Empty by default.",
			TypeSpec:    schema.TypeSpec{Type: "array", Items: &schema.TypeSpec{Type: "string"}},
		},
	}
	assert.Equal(t, []propertyData{
		{Name: "orgId", Type: "string", Change: "in place", Description: "The organization.", Required: true},
		{Name: "cloud", Type: "[Cloud](#cloud)", Default: "`aws`", Change: "replaces", Description: `The cloud: one \| another.`},
		{Name: "password", Type: "string", Change: "in place", Description: "The password.", Secret: true},
		{Name: "tags", Type: "list of string", Default: "empty", Change: "in place", Description: "Labels."},
	}, describeProperties(specs, []string{"orgId"}, true, typePage{}))
	assert.Contains(t, describeProperties(specs, nil, false, typePage{})[0].Description, "Changing it replaces the resource.")
	assert.Equal(t, []string{"nested.password", "password"}, secretPaths(
		schema.PackageSpec{Types: map[string]schema.ComplexTypeSpec{"t": {ObjectTypeSpec: schema.ObjectTypeSpec{Properties: specs}}}},
		map[string]schema.PropertySpec{
			"nested":   {TypeSpec: schema.TypeSpec{Ref: "#/types/t"}},
			"password": {Secret: true},
		}))
}

func TestExampleSection(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "Pulumi.yaml")
	resources, err := exampleSection(file, "resources")
	require.NoError(t, err)
	assert.Empty(t, resources)
	require.NoError(t, os.WriteFile(file, []byte("name: x\nresources:\n  a: {}\n\noutputs:\n  b: c\n"), 0o600))
	resources, err = exampleSection(file, "resources")
	require.NoError(t, err)
	assert.Equal(t, "resources:\n  a: {}", resources)
	require.NoError(t, os.WriteFile(file, []byte("name: x\n"), 0o600))
	_, err = exampleSection(file, "resources")
	require.ErrorContains(t, err, "has no section resources")
}
