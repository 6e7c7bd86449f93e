// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// createEach creates a child for each entry of a map, in the order of the keys, and returns
// the IDs by key. Each is an output of its own: while one child is created, the IDs of the others
// stay known in the preview.
func createEach[S any](settings map[string]S, create func(key string, settings S) (pulumi.CustomResource, error)) (pulumi.StringMap, error) {
	ids := pulumi.StringMap{}
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		child, err := create(key, settings[key])
		if err != nil {
			return nil, err
		}
		ids[key] = child.ID().ToStringOutput()
	}
	return ids, nil
}
