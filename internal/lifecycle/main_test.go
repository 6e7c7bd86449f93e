// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"encoding/json"
	"maps"
	"path"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// object is a set of inputs, or an object of the API.
type object = map[string]any

func newWorld(t *testing.T) *enginetest.Env {
	t.Helper()
	return enginetest.NewEnv(t, localapi.Options{})
}

// both runs a test with an API that does one thing, and with one that does another.
func both(t *testing.T, behaviour localapi.Behaviour, test func(t *testing.T, w *enginetest.Env)) {
	t.Helper()
	for name, options := range map[string]localapi.Options{"usual": {}, "other": {Behaviour: behaviour}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, enginetest.NewEnv(t, options))
		})
	}
}

// with returns an object with entries added or replaced, and without those that are nil.
func with(o, entries object) object {
	merged := maps.Clone(o)
	for name, value := range entries {
		if value == nil {
			delete(merged, name)
			continue
		}
		merged[name] = value
	}
	return merged
}

// sent returns the body of the last request with a method and a path.
func sent(t *testing.T, w *enginetest.Env, method, pattern string) object {
	t.Helper()
	require.Positive(t, w.Local.Count(method, pattern), "%s %s", method, pattern)
	var body object
	for _, request := range w.Local.Requests() {
		if matched, err := path.Match(pattern, request.Path); matched && err == nil && request.Method == method {
			body = nil
			require.NoError(t, json.Unmarshal(request.RequestBody, &body))
		}
	}
	return body
}
