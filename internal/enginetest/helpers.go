// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package enginetest

import (
	"encoding/json"
	"maps"
	"path"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// With returns a copy of inputs with entries added or replaced. It removes the
// entries that are nil.
func With(inputs, entries map[string]any) map[string]any {
	merged := maps.Clone(inputs)
	for name, value := range entries {
		if value == nil {
			delete(merged, name)
		} else {
			merged[name] = value
		}
	}
	return merged
}

// Without returns a copy of inputs without the named entries.
func Without(inputs map[string]any, names ...string) map[string]any {
	remaining := maps.Clone(inputs)
	for _, name := range names {
		delete(remaining, name)
	}
	return remaining
}

// ForEachBehaviour runs a subtest with the default behaviour of the API, and one with
// another behaviour that the contract permits.
func ForEachBehaviour(t *testing.T, behaviour localapi.Behaviour, test func(t *testing.T, env *Env)) {
	t.Helper()
	for name, options := range map[string]localapi.Options{"default": {}, "alternative": {Behaviour: behaviour}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, NewEnv(t, options))
		})
	}
}

// RequestBody returns the body of the last request with a method and a path that
// matches a pattern.
func (e *Env) RequestBody(method, pattern string) map[string]any {
	e.Helper()
	require.Positive(e, e.Local.Count(method, pattern), "%s %s", method, pattern)
	var body map[string]any
	for _, request := range e.Local.Requests() {
		if matches, err := path.Match(pattern, request.Path); matches && err == nil && request.Method == method {
			body = nil
			require.NoError(e, json.Unmarshal(request.RequestBody, &body))
		}
	}
	return body
}
