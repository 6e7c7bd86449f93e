// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// detectedPiiProgram hands out a credential whose policy masks what scans have found.
const detectedPiiProgram = shopProject + `
  pii:
    type: pgbeam:DetectedPii
    properties: { projectId: "${shop.id}", databaseId: "${shop.primaryDatabaseId}", minConfidence: 0.5 }
  policy:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${shop.id}", budgetQueriesPerHour: 1000, maxRows: 1000, maskingRules: "${pii.maskingRuleMaps}" }
  agent:
    type: pgbeam:AgentCredential
    properties: { projectId: "${shop.id}", policyProfileId: "${policy.id}" }
`

const scanPath = "/v1/projects/*/databases/*/scan-pii"

// unreadable is the response to a scan of a database that cannot be read.
var unreadable = localapi.Fault{
	Method: "POST", Path: scanPath, Body: `{"scanned_tables":0,"scanned_columns":0,"suggestions":[],"error":"password authentication failed"}`,
}

// setColumns changes what scans of the newest database find: columns of users, all with a
// confidence of 0.9.
func setColumns(t *testing.T, local *localapi.Local, columns ...string) {
	t.Helper()
	scan := localapi.PIIScan{ScannedTables: 1, ScannedColumns: 9}
	for _, column := range columns {
		scan.Suggestions = append(scan.Suggestions, localapi.PIISuggestion{Table: "users", Column: column, Confidence: 0.9})
	}
	databases := local.Objects("databases")
	require.NoError(t, local.SetPIIScan(databases[len(databases)-1]["id"].(string), scan))
}

// assertMasked fails the test unless the newest policy masks columns of users, and no others.
func assertMasked(t *testing.T, local *localapi.Local, columns ...string) {
	t.Helper()
	masked := []string{}
	policies := local.Objects("policies")
	for _, rule := range policies[len(policies)-1]["masking_rules"].([]any) {
		rule := rule.(map[string]any)
		assert.Equal(t, "public.users", rule["table"])
		masked = append(masked, rule["column"].(string))
	}
	assert.Equal(t, columns, masked)
}

func TestDetectedPii(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, detectedPiiProgram)
	s.AddCanary("the password", "hunter2-planted")
	scans := func() int {
		n := local.Count("POST", scanPath)
		local.ResetRequests()
		return n
	}

	// A database that cannot be read: there is neither a policy nor a credential.
	s.Must("preview")
	assert.Empty(t, local.Requests(), "the database does not exist yet")
	local.AddFault(unreadable)
	assert.Contains(t, s.MustFail("up", "--yes"), `creating DetectedPii "pii": PgBeam could not read the database `)
	assert.Empty(t, local.Objects("policies"))
	assert.Empty(t, local.Objects("agents"))
	assert.Contains(t, s.MustFail("preview"), "password authentication failed", "the database exists now")
	local.ClearFaults()
	s.Up()
	s.AddCanaries()
	assertMasked(t, local, "email", "phone")
	id := s.State()["pii"].ID

	local.ResetRequests()
	s.Up("--skip-preview", "--expect-no-changes")
	assert.Equal(t, 1, scans(), "an unchanged update")
	s.Must("preview", "--expect-no-changes")
	assert.Equal(t, 1, scans(), "an unchanged preview")

	// A new column, while another one is no longer found.
	setColumns(t, local, "ssn", "phone")
	output := s.Must("preview", "--diff")
	assert.Equal(t, 1, scans(), "a preview")
	assert.Contains(t, output, `+ column: "ssn"`)
	t.Log(output)
	assert.Contains(t, output, "which `pulumi up` masks: public.users.ssn")
	local.AddFault(unreadable)
	s.Must("refresh", "--yes", "--skip-preview")
	assert.Zero(t, scans(), "refresh")
	assert.Contains(t, s.MustFail("up", "--yes", "--skip-preview"), `updating DetectedPii "pii" (`+id+`): PgBeam could not read`)
	assertMasked(t, local, "email", "phone")
	local.ClearFaults()
	local.ResetRequests()
	s.Up("--skip-preview")
	assert.Equal(t, 1, scans(), "an update")
	assertMasked(t, local, "email", "phone", "ssn")
	setColumns(t, local)
	s.Up("--expect-no-changes")
	s.Up("--refresh", "--expect-no-changes")
	assertMasked(t, local, "email", "phone", "ssn")

	s.WriteProgram(strings.Replace(detectedPiiProgram, "minConfidence: 0.5", "minConfidence: 0.5, except: [users.phone], kind: hash", 1))
	s.Up()
	assertMasked(t, local, "email", "ssn")
	assert.Equal(t, "hash", local.Objects("policies")[0]["masking_rules"].([]any)[0].(map[string]any)["kind"])
	assert.Equal(t, id, s.State()["pii"].ID)

	assert.Contains(t, s.MustFail("import", "pgbeam:index:DetectedPii", "other", local.Objects("projects")[0]["id"].(string)+"/"+id, "--yes"), `DetectedPii "other" cannot be imported`)
	assert.Empty(t, doList(s, "DetectedPii", "--project-id", local.Objects("projects")[0]["id"].(string)))
	local.ResetRequests()
	s.Must("destroy", "--yes")
	assert.Zero(t, scans(), "destroy")
	s.AssertEmpty()
}

const maskingAccess = shopProject + `  support:
    type: pgbeam:AgentAccess
    properties:
      projectId: ${shop.id}
      policy:
        maskingRules: [{ table: users, column: email, kind: "null" }]
        maskDetectedPii: { databaseId: "${shop.primaryDatabaseId}" }
`

// TestMaskDetectedPii deploys a component whose policy masks what scans have found.
func TestMaskDetectedPii(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := clitest.New(t, local, maskingAccess)
	s.AddCanary("the password", "hunter2-planted")
	masks := func() any { return local.Objects("policies")[0]["masking_rules"] }
	email := map[string]any{"table": "users", "column": "email", "kind": "null"}
	phone := map[string]any{"table": "public.users", "column": "phone", "kind": "redact"}
	ssn := map[string]any{"table": "public.users", "column": "ssn", "kind": "redact"}

	local.AddFault(unreadable)
	for range 2 {
		output := s.MustFail("up", "--yes", "--skip-preview")
		require.Len(t, diagnosticErrors(output), 1, output)
		assert.Contains(t, diagnosticErrors(output)[0], `creating DetectedPii "support-policy-pii": PgBeam could not read the database `)
		assert.Empty(t, local.Objects("policies"))
		assert.Empty(t, local.Objects("agents"))
	}
	s.MustFail("up", "--yes", "--skip-preview", "--target", "**support-policy")
	assert.Empty(t, local.Objects("policies"), "a policy is not created without the rules")
	local.ClearFaults()
	s.Up()
	s.AddCanaries()
	assert.Equal(t, []any{email, phone}, masks())
	before := s.StateWithSecrets()
	s.Up("--expect-no-changes")
	s.Up("--refresh", "--expect-no-changes")

	// What is found is added, what is not found any more is kept, and nothing else changes.
	setColumns(t, local, "ssn")
	local.ResetRequests()
	s.Up("--skip-preview")
	assert.Equal(t, []any{email, phone, ssn}, masks())
	policy := "/v1/projects/" + before["shop"].ID + "/policies/" + before["support-policy"].ID
	assert.Equal(t, []string{"PUT " + policy}, mutations(local))
	setColumns(t, local)
	s.Up("--expect-no-changes")

	// A scan that fails leaves the policy and the credential unchanged.
	local.AddFault(unreadable)
	s.WriteProgram(strings.Replace(maskingAccess, "      policy:\n", "      agent: { status: disabled }\n      policy:\n        maxRows: 5\n", 1))
	local.ResetRequests()
	for _, args := range [][]string{{"preview"}, {"up", "--yes", "--skip-preview"}, {"up", "--yes", "--skip-preview", "--continue-on-error"}} {
		assert.Contains(t, s.MustFail(args...), `updating DetectedPii "support-policy-pii" (`)
	}
	assert.Empty(t, mutations(local))
	local.ClearFaults()
	s.Up("--skip-preview")
	assert.InDelta(t, 5, local.Objects("policies")[0]["max_rows"], 0)
	assert.Equal(t, []any{email, phone, ssn}, masks())

	// Without the input, only the given rules remain.
	s.WriteProgram(strings.Replace(maskingAccess, `        maskDetectedPii: { databaseId: "${shop.primaryDatabaseId}" }`+"\n", "", 1))
	s.Up()
	assert.Equal(t, []any{email}, masks())
	after := s.StateWithSecrets()
	assert.NotContains(t, after, "support-policy-pii")
	for _, name := range []string{"support-policy", "support-agent"} {
		assert.Equal(t, before[name].ID, after[name].ID)
	}
	assert.Equal(t, before["support"].Outputs["mcpToken"], after["support"].Outputs["mcpToken"])
	s.Must("destroy", "--yes", "--skip-preview")
	s.AssertEmpty()
}
