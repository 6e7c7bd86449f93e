// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package enginetest

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// Env is a local API whose traffic is validated against the contract, and an
// engine that uses it.
type Env struct {
	testing.TB
	Local  *localapi.Local
	Engine *Engine

	projects int // created by Project
}

// NewEnv starts an API and an engine for a test.
func NewEnv(tb testing.TB, options localapi.Options) *Env {
	tb.Helper()
	local := contracttest.Start(tb, options)
	return &Env{TB: tb, Local: local, Engine: New(tb, local)}
}

// Create creates a resource. It fails the test unless that succeeds.
func (e *Env) Create(kind, name string, inputs map[string]any) *Resource {
	e.Helper()
	r := &Resource{Kind: kind, Name: name}
	e.Engine.MustUp(r, inputs)
	return r
}

// Up applies inputs. It fails the test unless that succeeds.
func (e *Env) Up(r *Resource, inputs map[string]any) Result {
	e.Helper()
	return e.Engine.MustUp(r, inputs)
}

// Refresh refreshes a resource. It fails the test unless the object exists.
func (e *Env) Refresh(r *Resource) {
	e.Helper()
	exists, err := e.Engine.Refresh(r)
	require.NoError(e, err)
	require.True(e, exists)
}

// RequireNoChanges fails the test unless a preview with the inputs plans nothing.
func (e *Env) RequireNoChanges(r *Resource, inputs map[string]any) {
	e.Helper()
	result := e.Engine.Preview(r, Inputs(inputs))
	require.Empty(e, result.Failures)
	require.NoError(e, result.Err)
	assert.Equal(e, Same, result.Op, "%v", result.Diff.DetailedDiff)
}

// DatabaseInputs are inputs of a database with a password that URLs escape.
var DatabaseInputs = map[string]any{ //nolint:gosec // not a real password
	"host": "db.example.com", "port": 5432, "name": "shop", "username": "pgbeam", "password": "pa:ss/w@rd 1",
}

// Project creates a project for other objects to belong to.
func (e *Env) Project() *Resource {
	e.Helper()
	name := "parent"
	if e.projects++; e.projects > 1 {
		name = fmt.Sprintf("parent-%d", e.projects)
	}
	return e.Create("Project", name, map[string]any{
		"orgId": e.Local.OrgID, "name": name, "database": DatabaseInputs,
	})
}

// Policy creates a policy profile in a project. Its checks warn of nothing.
func (e *Env) Policy(project *Resource, name string) *Resource {
	e.Helper()
	return e.Create("PolicyProfile", name, map[string]any{"projectId": project.ID, "name": name, "budgetQueriesPerHour": 1000})
}

// Agent creates an agent credential in a project, with its own policy profile.
func (e *Env) Agent(project *Resource, name string) *Resource {
	e.Helper()
	return e.Create("AgentCredential", name, map[string]any{
		"projectId": project.ID, "policyProfileId": e.Policy(project, name+"-policy").ID, "name": name,
	})
}

// Invoke calls a function. It fails the test unless that succeeds.
func (e *Env) Invoke(function string, inputs map[string]any) property.Map {
	e.Helper()
	outputs, failures, err := e.Engine.Invoke(function, Inputs(inputs))
	require.Empty(e, failures)
	require.NoError(e, err)
	return outputs
}

// InvokeError calls a function that fails, and returns the message of its error.
func (e *Env) InvokeError(function string, inputs map[string]any) string {
	e.Helper()
	outputs, failures, err := e.Engine.Invoke(function, Inputs(inputs))
	require.Empty(e, failures)
	require.Error(e, err)
	require.Zero(e, outputs.Len(), "an error has no outputs")
	return err.Error()
}
