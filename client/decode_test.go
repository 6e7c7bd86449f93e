// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestFieldNamesAreCaseSensitive verifies that "ID" is not "id", unlike in
// encoding/json.
func TestFieldNamesAreCaseSensitive(t *testing.T) {
	t.Parallel()
	op := operations()[slices.IndexFunc(operations(), func(op operation) bool { return op.name == "Projects.Get" })]
	text, err := json.Marshal(op.validBody(true))
	require.NoError(t, err)
	op.assertInvalid(t, 200, strings.Replace(string(text), `"id"`, `"ID"`, 1), "id is missing")
	op.assertInvalid(t, 200, strings.Replace(string(text), `"id"`, `"id":"other","status":"","x"`, 1), "")
}

// TestLargeIntegers verifies that integers beyond 2^53 keep their value.
func TestLargeIntegers(t *testing.T) {
	t.Parallel()
	policy := MinimalBody[PolicyProfile](map[string]any{
		"id": "obj_1", "project_id": "prj_1", "egress_bytes_per_day": json.RawMessage("9223372036854775807"),
		"content_scan_max_bytes": json.RawMessage("9007199254740993"), "max_rows": json.RawMessage("-9223372036854775808"),
	})
	text, err := json.Marshal(policy)
	require.NoError(t, err)
	read, err := cannedClient(t, canned{status: 200, body: string(text)}).PolicyProfiles().Get(t.Context(), "prj_1", "obj_1")
	require.NoError(t, err)
	assert.Equal(t, int64(1<<63-1), *read.EgressBytesPerDay)
	assert.Equal(t, int64(9007199254740993), *read.ContentScanMaxBytes)
	assert.Equal(t, -1<<63, *read.MaxRows)
}

// TestIntegerNotations verifies that 5.0 is an integer: JSON has only one number type.
func TestIntegerNotations(t *testing.T) {
	t.Parallel()
	for notation, n := range map[string]int{"5": 5, "5.0": 5, "5e2": 500, "-0.0": 0} {
		text := MinimalJSON[PolicyProfile](map[string]any{"id": "obj_1", "project_id": "prj_1", "max_rows": json.RawMessage(notation)})
		read, err := cannedClient(t, canned{status: 200, body: text}).PolicyProfiles().Get(t.Context(), "prj_1", "obj_1")
		require.NoError(t, err, notation)
		assert.Equal(t, n, *read.MaxRows)
	}
	for _, notation := range []string{"5.5", "1e300", "9007199254740993.0", `"5"`} {
		text := MinimalJSON[PolicyProfile](map[string]any{"id": "obj_1", "project_id": "prj_1", "max_rows": json.RawMessage(notation)})
		_, err := cannedClient(t, canned{status: 200, body: text}).PolicyProfiles().Get(t.Context(), "prj_1", "obj_1")
		require.Error(t, err, notation)
	}
}

// TestInvalidResponseLeavesNothingBehind verifies that fields of an invalid response
// are not in the result of the retry.
func TestInvalidResponseLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	s := &scriptedTransport{responses: []func(int) canned{
		func(int) canned {
			return canned{status: 200, body: MinimalJSON[Project](map[string]any{"id": "prj_1", "description": "stale", "status": 7})}
		},
		func(int) canned {
			return canned{status: 200, body: MinimalJSON[Project](map[string]any{"id": "prj_1"})}
		},
	}}
	c, err := New(testAPIKey, WithHTTPClient(&http.Client{Transport: s}), WithBackoff(0, time.Nanosecond))
	require.NoError(t, err)
	project, err := c.Projects().Get(t.Context(), "prj_1")
	require.NoError(t, err)
	assert.Nil(t, project.Description)
	assert.Len(t, s.keys, 2)
}

// TestErrorHasNoResult verifies that an object that does not match the request is not
// returned along with the error.
func TestErrorHasNoResult(t *testing.T) {
	t.Parallel()
	ctx, body := t.Context(), MinimalJSON[Database](map[string]any{"id": "db_1", "project_id": "other"})
	read, err := cannedClient(t, canned{status: 200, body: body}).Databases().Get(ctx, "prj_1", "db_1")
	require.ErrorContains(t, err, "project_id does not match the request")
	assert.Equal(t, Database{}, read)
	for _, ctx := range []context.Context{ctx, WithIdempotency(ctx, Idempotency{Attempt: usedKeys(), Accept: acceptAll})} {
		created, err := cannedClient(t, canned{status: 201, body: body}).Databases().Create(ctx, "prj_1", CreateDatabaseRequest{})
		require.ErrorContains(t, err, "project_id does not match the request")
		assert.Equal(t, Database{}, created)
	}
}
