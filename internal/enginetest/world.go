// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package enginetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// Env is a local API, whose traffic is held against the contract, with an
// engine and its provider in front of it.
type Env struct {
	testing.TB
	Local  *localapi.Local
	Engine *Engine
}

// NewEnv returns a world for a test.
func NewEnv(tb testing.TB, options localapi.Options) *Env {
	tb.Helper()
	local := contracttest.Start(tb, options)
	return &Env{TB: tb, Local: local, Engine: New(tb, local)}
}

// Create makes a resource, and fails the test where that does not succeed.
func (w *Env) Create(kind, name string, inputs map[string]any) *Resource {
	w.Helper()
	r := &Resource{Kind: kind, Name: name}
	w.Engine.MustUp(r, inputs)
	return r
}

// Up brings a resource to inputs, and fails the test where that does not succeed.
func (w *Env) Up(r *Resource, inputs map[string]any) Result {
	w.Helper()
	return w.Engine.MustUp(r, inputs)
}

// Refresh reads a live object, which has to be there.
func (w *Env) Refresh(r *Resource) {
	w.Helper()
	exists, err := w.Engine.Refresh(r)
	require.NoError(w, err)
	require.True(w, exists)
}

// RequireNoChanges fails unless a preview with the inputs shows no change.
func (w *Env) RequireNoChanges(r *Resource, inputs map[string]any) {
	w.Helper()
	result := w.Engine.Preview(r, Inputs(inputs))
	require.Empty(w, result.Failures)
	require.NoError(w, result.Err)
	assert.Equal(w, Same, result.Op, "%v", result.Diff.DetailedDiff)
}

// DatabaseInputs are inputs of a database, with a password that has to be escaped.
var DatabaseInputs = map[string]any{ //nolint:gosec // of no database
	"host": "db.example.com", "port": 5432, "name": "shop", "username": "pgbeam", "password": "pa:ss/w@rd 1",
}

// Project makes a project for other objects to belong to.
func (w *Env) Project() *Resource {
	w.Helper()
	return w.Create("Project", "parent", map[string]any{
		"orgId": w.Local.OrgID, "name": "parent", "database": DatabaseInputs,
	})
}

// Policy makes a policy profile in a project.
func (w *Env) Policy(project *Resource, name string) *Resource {
	w.Helper()
	return w.Create("PolicyProfile", name, map[string]any{"projectId": project.ID, "name": name})
}

// Agent makes an agent credential in a project, with a policy of its own.
func (w *Env) Agent(project *Resource, name string) *Resource {
	w.Helper()
	return w.Create("AgentCredential", name, map[string]any{
		"projectId": project.ID, "policyProfileId": w.Policy(project, name+"-policy").ID, "name": name,
	})
}
