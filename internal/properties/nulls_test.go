// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

func TestWithoutNulls(t *testing.T) {
	t.Parallel()
	null := property.New(property.Null)
	depends := []urn.URN{"urn:pulumi:dev::shop::a::b"}
	given := property.NewMap(map[string]property.Value{
		"null":           null,
		"secret null":    null.WithSecret(true),
		"dependent null": null.WithDependencies(depends),
		"value":          property.New(0.0),
		"object":         property.New(map[string]property.Value{"null": null, "value": property.New("")}).WithSecret(true).WithDependencies(depends),
		"list": property.New([]property.Value{
			null, property.New(map[string]property.Value{"null": null.WithSecret(true), "value": property.New(false)}).WithSecret(true),
		}).WithDependencies(depends),
		"empty list":   property.New([]property.Value{}),
		"empty object": property.New(map[string]property.Value{}),
		"unknown":      property.New(property.Computed).WithDependencies(depends),
	})
	assert.Equal(t, property.NewMap(map[string]property.Value{
		"value":  property.New(0.0),
		"object": property.New(map[string]property.Value{"value": property.New("")}).WithSecret(true).WithDependencies(depends),
		"list": property.New([]property.Value{
			null, property.New(map[string]property.Value{"value": property.New(false)}).WithSecret(true),
		}).WithDependencies(depends),
		"empty list":   property.New([]property.Value{}),
		"empty object": property.New(map[string]property.Value{}),
		"unknown":      property.New(property.Computed).WithDependencies(depends),
	}), properties.WithoutNulls(given))
}
