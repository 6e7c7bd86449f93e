// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

func TestExactlyOneAndAtMostOne(t *testing.T) {
	t.Parallel()
	text, unknown, null := property.New("text"), property.New(property.Computed), property.New(property.Null)
	for _, test := range []struct {
		inputs          map[string]property.Value
		given           []string
		exactly, atMost string
	}{
		{nil, nil, "a is required, unless b or c is set", ""},
		{map[string]property.Value{"a": null, "d": text}, nil, "a is required, unless b or c is set", ""},
		{map[string]property.Value{"b": text}, []string{"b"}, "", ""},
		{map[string]property.Value{"c": property.New("")}, []string{"c"}, "", ""},
		{map[string]property.Value{"b": unknown, "a": null}, []string{"b"}, "", ""},
		{map[string]property.Value{"c": text.WithSecret(true)}, []string{"c"}, "", ""},
		{map[string]property.Value{"b": text, "c": unknown}, []string{"b", "c"}, "c cannot be set together with b", "c cannot be set together with b"},
		{map[string]property.Value{"a": text, "b": text, "c": text}, []string{"a", "b", "c"}, "b cannot be set together with a", "b cannot be set together with a"},
	} {
		inputs := property.NewMap(test.inputs)
		assert.Equal(t, test.given, properties.Present(inputs, "a", "b", "c"), "%v", inputs)
		assert.Equal(t, test.exactly, onlyReason(properties.ExactlyOne(inputs, "a", "b", "c")), "%v", inputs)
		assert.Equal(t, test.atMost, onlyReason(properties.AtMostOne(inputs, "a", "b", "c")), "%v", inputs)
	}
}

// onlyReason returns the reason of the only failure, or "" if there is none.
func onlyReason(failures []p.CheckFailure) string {
	if len(failures) == 0 {
		return ""
	}
	return failures[0].Reason
}

func TestFailureNamesItsProperty(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []p.CheckFailure{{Property: "limit", Reason: "limit must be 1 to 5"}}, properties.Failure("limit", "must be 1 to %d", 5))
}
