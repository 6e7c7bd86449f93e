// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestFindingsAreReportedOnce cannot be parallel, because it redirects the log.
func TestFindingsAreReportedOnce(t *testing.T) {
	takeWarnings := captureWarnings(t)
	env := enginetest.NewEnv(t, localapi.Options{})
	project, another := env.Project(), env.Create("Project", "another", object{"orgId": env.Local.OrgID, "database": enginetest.DatabaseInputs})
	inputs := object{"projectId": project.ID, "maskingRules": []any{object{"table": "users", "column": "email", "kind": "hash"}}}
	policy := &enginetest.Resource{Kind: "PolicyProfile", Name: "unlimited"}
	assertWarnings := func(rules ...string) {
		t.Helper()
		warnings := takeWarnings()
		require.Len(t, warnings, len(rules))
		for i, rule := range rules {
			assert.Contains(t, warnings[i], rule)
		}
	}

	env.Local.ResetRequests()
	env.Engine.Preview(policy, enginetest.Inputs(inputs))
	assertWarnings("budgetQueriesPerHour sets no limit", "maxRows sets no limit")
	assert.Empty(t, env.Local.Requests())
	env.Up(policy, inputs)
	assertWarnings("[no-query-budget]", "[no-read-ceiling]")
	env.Refresh(policy)
	assertWarnings()

	// A replacement is checked twice.
	result := env.Up(policy, enginetest.With(inputs, object{"projectId": another.ID}))
	assert.Equal(t, enginetest.Replace, result.Op)
	assertWarnings("[no-query-budget]", "[no-read-ceiling]")

	// A run reports the findings of each resource.
	run := enginetest.New(t, env.Local).Run()
	for _, name := range []string{"first", "second", "first"} {
		run.Preview(&enginetest.Resource{Kind: "PolicyProfile", Name: name}, enginetest.Inputs(object{"projectId": project.ID}))
	}
	assertWarnings("[no-query-budget]", "[no-query-budget]")

	// Invalid inputs are failures only.
	invalid := env.Engine.Preview(policy, enginetest.Inputs(enginetest.With(inputs, object{"writeMode": "sometimes"})))
	assert.Len(t, invalid.Failures, 1)
	assertWarnings()
	require.NoError(t, env.Engine.Delete(policy))
	assertWarnings()
}

// TestFindingsDependOnKnownValues cannot be parallel, because it redirects the log.
func TestFindingsDependOnKnownValues(t *testing.T) {
	takeWarnings := captureWarnings(t)
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"projectId": env.Project().ID, "budgetQueriesPerDay": enginetest.Unknown}
	policy := &enginetest.Resource{Kind: "PolicyProfile", Name: "unlimited"}
	env.Engine.Preview(policy, enginetest.Inputs(inputs))
	assert.Empty(t, takeWarnings())
	env.Up(policy, enginetest.With(inputs, object{"budgetQueriesPerDay": 0}))
	assert.Len(t, takeWarnings(), 1)
}

// TestImportHasNoFindings cannot be parallel, because it redirects the log. The engine
// checks what it has imported, with the inputs that the provider returned.
func TestImportHasNoFindings(t *testing.T) {
	takeWarnings := captureWarnings(t)
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	created := env.Create("PolicyProfile", "created", object{"projectId": project.ID})
	assert.Len(t, takeWarnings(), 1)
	run := enginetest.New(t, env.Local).Run()
	imported, err := run.Import("PolicyProfile", "imported", project.ID+"/"+created.ID)
	require.NoError(t, err)
	_, failures := run.Check(imported, imported.Inputs)
	assert.Empty(t, failures)
	assert.Empty(t, takeWarnings())
	// The program is checked in the next run.
	env.Engine.Preview(imported, imported.Inputs)
	assert.Len(t, takeWarnings(), 1)
}
