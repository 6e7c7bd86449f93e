// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"testing"
)

func TestPreviewOutputs(t *testing.T) {
	t.Parallel()
	inputs := values(fields{
		"description": nil,
		"enabled":     false,
		"host":        "DB",
		"expiresAt":   unknown,
		"pool":        secret(fields{"size": 5, "password": secret("a"), "limits": fields{}}),
		"__defaults":  []string{},
	})
	before := inputs
	assertValues(t, values(fields{
		"description":  "",
		"enabled":      false,
		"region":       unknown, // chosen by the API
		"host":         "DB",
		"expiresAt":    unknown,
		"allowedCidrs": []string{},
		"labels":       unknown,
		"sslMode":      unknown, // server default
		// secret is write-only and not set, so the object will not have it.
		"rules": fields{"allow": []string{}, "deny": []string{}},
		"pool": secret(fields{
			"host": unknown, "size": 5, "maxSize": 200, "mode": unknown, "password": secret("a"),
			"limits": fields{"until": unknown, "soft": false},
		}),
		"__defaults": []string{},
	}), exampleTable().PreviewOutputs(inputs))
	assertValues(t, before, inputs)

	got := exampleTable().PreviewOutputs(values(fields{"pool": unknown, "secret": secret("s")}))
	assertValue(t, unknown, got.Get("pool"))
	assertValue(t, secret("s"), got.Get("secret"))
	assertValue(t, unknown, exampleTable().PreviewOutputs(empty).Get("pool"))
}
