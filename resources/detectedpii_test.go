// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// piiEnv has a database whose scans a test can change.
type piiEnv struct {
	*enginetest.Env
	project  *enginetest.Resource
	database string
}

func newPiiEnv(t *testing.T) *piiEnv {
	t.Helper()
	env := &piiEnv{Env: enginetest.NewEnv(t, localapi.Options{})}
	env.project = env.Project()
	env.database = env.project.State.Get("primaryDatabaseId").AsString()
	return env
}

func (e *piiEnv) finds(found ...localapi.PIISuggestion) {
	e.Helper()
	require.NoError(e, e.Local.SetPIIScan(e.database, localapi.PIIScan{Suggestions: found}))
}

func (e *piiEnv) inputs(inputs object) object {
	return enginetest.With(object{"projectId": e.project.ID, "databaseId": e.database}, inputs)
}

// assertRules fails the test unless a resource has rules, in both forms.
func (e *piiEnv) assertRules(r *enginetest.Resource, rules ...any) {
	e.Helper()
	rules = append([]any{}, rules...)
	for _, name := range []string{"maskingRules", "maskingRuleMaps"} {
		assert.Equal(e, rules, properties.Plain(r.State.Get(name)), name)
	}
}

func maskOf(table, column, kind string) any {
	return object{"table": table, "column": column, "kind": kind}
}

var (
	foundEmail    = localapi.PIISuggestion{Table: "users", Column: "email", Confidence: 0.9, MaskKind: "hash"}
	foundOldEmail = localapi.PIISuggestion{Schema: "old", Table: "users", Column: "email", Confidence: 0.7, MaskKind: "hash"}
	foundToken    = localapi.PIISuggestion{Table: "users", Column: "token", Confidence: 0.5, MaskKind: "null"}
)

// TestDetectedPiiIsWhatScanPiiFinds requires the same rules as those of the function, in the
// order of the columns.
func TestDetectedPiiIsWhatScanPiiFinds(t *testing.T) {
	t.Parallel()
	env := newPiiEnv(t)
	env.finds(foundToken, foundEmail, foundOldEmail)
	for _, filter := range []object{
		nil, {"minConfidence": 0.7}, {"minConfidence": 1}, {"kind": "redact"}, {"except": []any{"users.email"}}, {"except": []any{"old.users.email", "users.phone"}},
	} {
		scan := env.Invoke("scanPii", env.inputs(filter))
		r := env.Create("DetectedPii", "pii", env.inputs(filter))
		rules := properties.Plain(r.State.Get("maskingRules"))
		assert.ElementsMatch(t, properties.Plain(scan.Get("maskingRules")), rules, "%v", filter)
		assert.IsIncreasing(t, columnsOf(rules.([]any)), "%v", filter)
		env.assertRules(r, rules.([]any)...)
	}
}

func columnsOf(rules []any) (columns []string) {
	columns = []string{""}
	for _, rule := range rules {
		columns = append(columns, rule.(object)["table"].(string)+"."+rule.(object)["column"].(string))
	}
	return columns
}

// TestDetectedPiiAfterAChange changes each input after what the scan finds has changed.
func TestDetectedPiiAfterAChange(t *testing.T) {
	t.Parallel()
	env := newPiiEnv(t)
	env.finds(foundEmail, foundOldEmail, foundToken)
	r := env.Create("DetectedPii", "pii", env.inputs(nil))
	env.assertRules(r, maskOf("old.users", "email", "hash"), maskOf("public.users", "email", "hash"), maskOf("public.users", "token", "null"))

	env.finds(foundEmail)
	env.Up(r, env.inputs(object{"minConfidence": 1}))
	env.assertRules(r, maskOf("old.users", "email", "hash"), maskOf("public.users", "email", "hash"), maskOf("public.users", "token", "null"))
	env.Up(r, env.inputs(object{"minConfidence": 1, "kind": "redact"}))
	env.assertRules(r, maskOf("old.users", "email", "redact"), maskOf("public.users", "email", "redact"), maskOf("public.users", "token", "redact"))
	env.Up(r, env.inputs(nil))
	env.assertRules(r, maskOf("old.users", "email", "redact"), maskOf("public.users", "email", "hash"), maskOf("public.users", "token", "redact"))
	assert.True(t, r.State.Get("minConfidence").IsNull())
	assert.True(t, r.State.Get("kind").IsNull())

	preview := env.Engine.Preview(r, enginetest.Inputs(env.inputs(object{"except": []any{"old.users.email", "users.token"}})))
	assert.Equal(t, []any{maskOf("public.users", "email", "hash")}, properties.Plain(preview.Outputs.Get("maskingRules")))
	env.Up(r, env.inputs(object{"except": []any{"old.users.email", "users.token"}}))
	env.assertRules(r, maskOf("public.users", "email", "hash"))
	env.Up(r, env.inputs(object{"except": []any{"users.email"}}))
	env.assertRules(r)
	env.Up(r, env.inputs(nil))
	env.assertRules(r, maskOf("public.users", "email", "hash"))
	env.finds(foundEmail, foundOldEmail)
	env.Up(r, env.inputs(object{"minConfidence": 0.8}))
	env.assertRules(r, maskOf("public.users", "email", "hash"))
	env.Up(r, env.inputs(object{"minConfidence": 0.7}))
	env.assertRules(r, maskOf("old.users", "email", "hash"), maskOf("public.users", "email", "hash"))
}

// TestDetectedPiiInPart has more columns than a scan reads.
func TestDetectedPiiInPart(t *testing.T) {
	t.Parallel()
	env := newPiiEnv(t)
	env.finds(foundToken)
	r := env.Create("DetectedPii", "pii", env.inputs(nil))
	before := *r
	require.NoError(t, env.Local.SetPIIScan(env.database, localapi.PIIScan{Truncated: true, Suggestions: []localapi.PIISuggestion{foundEmail}}))
	for _, run := range []func() error{
		func() error { return env.Engine.Preview(r, enginetest.Inputs(env.inputs(nil))).Err },
		func() error { return env.Engine.Up(r, enginetest.Inputs(env.inputs(nil))).Err },
		func() error {
			return env.Engine.Up(&enginetest.Resource{Kind: "DetectedPii", Name: "new"}, enginetest.Inputs(env.inputs(nil))).Err
		},
	} {
		require.ErrorContains(t, run(), "the database has more columns than PgBeam reads in a scan")
	}
	assert.Equal(t, before, *r)
	env.Up(r, env.inputs(object{"allowPartialScan": true}))
	env.assertRules(r, maskOf("public.users", "email", "hash"), maskOf("public.users", "token", "null"))
	env.RequireNoChanges(r, env.inputs(object{"allowPartialScan": true}))
}

func TestDetectedPiiThatCannotBeRead(t *testing.T) {
	t.Parallel()
	env := newPiiEnv(t)
	require.NoError(t, env.Local.Edit("databases", env.database, object{"host": "db.invalid"}))
	r := &enginetest.Resource{Kind: "DetectedPii", Name: "pii"}
	err := env.Engine.Up(r, enginetest.Inputs(env.inputs(nil))).Err
	require.ErrorContains(t, err, `creating DetectedPii "pii": PgBeam could not read the database `+env.database+`: the host name cannot be resolved. Check the database with testConnection`)
	assert.Empty(t, r.ID)
}

func TestInvalidDetectedPii(t *testing.T) {
	t.Parallel()
	env := newPiiEnv(t)
	for reason, inputs := range map[string]object{
		"projectId is required":         {"projectId": nil},
		"databaseId is required":        {"databaseId": nil},
		"minConfidence must be":         {"minConfidence": 1.1},
		"kind must be one of":           {"kind": "blur"},
		"except[1] must name a column":  {"except": []any{"users.email", "email"}},
		"allowPartialScan must be true": {"allowPartialScan": "yes"},
	} {
		_, failures := env.Engine.Check(&enginetest.Resource{Kind: "DetectedPii", Name: "pii"}, enginetest.Inputs(env.inputs(inputs)))
		require.Len(t, failures, 1, reason)
		assert.Contains(t, failures[0].Reason, reason)
	}
}

// TestDetectedPiiIsTheInputOfAPolicy creates a policy profile with the rules.
func TestDetectedPiiIsTheInputOfAPolicy(t *testing.T) {
	t.Parallel()
	env := newPiiEnv(t)
	env.finds(foundToken, foundEmail)
	r := env.Create("DetectedPii", "pii", env.inputs(nil))
	for _, name := range []string{"maskingRules", "maskingRuleMaps"} {
		env.Create("PolicyProfile", name, object{"projectId": env.project.ID, "name": name, "maskingRules": properties.Plain(r.State.Get(name)), "budgetQueriesPerHour": 1000})
		assert.Equal(t, []any{maskOf("public.users", "email", "hash"), maskOf("public.users", "token", "null")},
			env.RequestBody("POST", "/v1/projects/*/policies")["masking_rules"])
	}
}
