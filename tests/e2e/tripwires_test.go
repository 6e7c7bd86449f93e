// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const (
	databaseList   = "/v1/projects/*/databases"
	schemaCatalogs = databaseList + "/*/schema-catalog"
)

// TestTripwiresOverTime deploys the component with a project that the same program creates, and
// changes it step by step.
func TestTripwiresOverTime(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	const original = `
name: tripwires
runtime: yaml
config:
  webhookSecret: { type: string, secret: true }
  password: { type: string, secret: true }
resources:
  shop:
    type: pgbeam:Project
    properties:
      orgId: org_local
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: "${password}" }
  guard:
    type: pgbeam:Tripwires
    properties:
      projectId: ${shop.id}
      decoys:
        ssns: { relationName: customer_ssns, action: kill }
        keys: { schemaName: vault, relationName: api_keys, action: audit_only }
        none: null
      anomalies:
        errors: { metric: errors_per_hour, enabled: true }
        none: { fn::secret: null }
      sinks:
        siem: { url: "https://example.com/siem", secret: "${webhookSecret}", enabled: { fn::secret: null } }
outputs:
  honeytokens: ${guard.honeytokenIds}
  rules: ${guard.anomalyRuleIds}
  sinks: ${guard.webhookEndpointIds}
`
	s := clitest.New(t, local, original)
	s.AddCanary("the signing key", "whsec-planted-guard")
	s.AddCanary("the password", "hunter2-planted-guard")
	s.Must("config", "set-all", "--secret", "webhookSecret=whsec-planted-guard", "--secret", "password=hunter2-planted-guard")

	// The preview cannot compare the decoys with the tables of a project that does not exist.
	s.Must("preview")
	assert.Empty(t, local.Requests())
	s.Up("--skip-preview")
	s.AddCanaries()
	assert.Equal(t, 1, local.Count(http.MethodGet, schemaCatalogs))
	ids := childIDs(s, "guard-")
	assert.ElementsMatch(t, []string{"guard-decoy-ssns", "guard-decoy-keys", "guard-anomaly-errors", "guard-sink-siem"}, slices.Collect(maps.Keys(ids)))
	assert.Equal(t, map[string]any{
		"honeytokens": map[string]any{"ssns": ids["guard-decoy-ssns"], "keys": ids["guard-decoy-keys"]},
		"rules":       map[string]any{"errors": ids["guard-anomaly-errors"]}, "sinks": map[string]any{"siem": ids["guard-sink-siem"]},
	}, s.Outputs())
	assert.Equal(t, []any{"canary_tripped", "anomaly_alert"}, local.Objects("webhooks")[0]["event_types"])

	// Nothing changes. The comparison takes two requests.
	local.ResetRequests()
	s.Up("--skip-preview", "--expect-no-changes")
	assert.Equal(t, 1, local.Count(http.MethodGet, databaseList))
	assert.Equal(t, 1, local.Count(http.MethodGet, schemaCatalogs))
	assert.Len(t, local.Requests(), 2)
	s.Up("--refresh", "--expect-no-changes")

	// Drift is shown and repaired.
	require.NoError(t, local.Edit("honeytokens", ids["guard-decoy-ssns"], map[string]any{"action": "audit_only"}))
	require.NoError(t, local.Edit("anomaly-rules", ids["guard-anomaly-errors"], map[string]any{"enabled": false}))
	local.ResetRequests()
	assert.Contains(t, s.Must("preview", "--refresh", "--diff"), `"audit_only" => "kill"`)
	s.Up("--skip-preview", "--refresh")
	assert.Equal(t, []string{"PUT /v1/projects/*/anomaly-rules/*", "PUT /v1/projects/*/honeytokens/*"}, writes(local))
	assert.Equal(t, ids, childIDs(s, "guard-"))

	// A decoy and a sink are removed, and others added. The rest is untouched.
	changed := strings.NewReplacer("keys: { schemaName: vault, relationName: api_keys", "cards: { relationName: credit_cards",
		"siem: {", "pager: { url: \"https://example.com/pager\" }\n        siem: {").Replace(original)
	s.WriteProgram(changed)
	local.ResetRequests()
	s.Up("--skip-preview")
	assert.Equal(t, []string{"DELETE /v1/projects/*/honeytokens/*", "POST /v1/projects/*/honeytokens", "POST /v1/projects/*/webhooks"}, writes(local))
	after := childIDs(s, "guard-")
	for _, name := range []string{"guard-decoy-ssns", "guard-anomaly-errors", "guard-sink-siem"} {
		assert.Equal(t, ids[name], after[name], name)
	}
	assert.NotContains(t, after, "guard-decoy-keys")

	// A decoy with the name of a table is rejected in the preview and in the update.
	s.WriteProgram(strings.Replace(changed, "credit_cards", "Users", 1))
	local.ResetRequests()
	for _, command := range [][]string{{"preview"}, {"up", "--yes", "--skip-preview"}} {
		output := s.MustFail(command...)
		require.Len(t, diagnosticErrors(output), 1, output)
		assert.Contains(t, output, `property decoys.cards.relationName with value "Users" has a problem: decoys.cards.relationName is a table that exists in the database db_`)
		assert.Contains(t, output, "allowExistingTable")
	}
	assert.Empty(t, writes(local))
	s.WriteProgram(strings.Replace(changed, "relationName: credit_cards", "relationName: Users, allowExistingTable: true", 1))
	s.Up("--skip-preview")
	s.WriteProgram(changed)
	s.Up("--skip-preview")

	// A new name of the component with an alias replaces nothing.
	local.ResetRequests()
	renamed := strings.NewReplacer("  guard:\n", "  sentinel:\n    options: { aliases: [{ name: guard }] }\n", "${guard.", "${sentinel.").Replace(changed)
	s.WriteProgram(renamed)
	s.Up("--skip-preview")
	assert.Empty(t, writes(local))
	state := s.State()
	for name, id := range after {
		assert.Equal(t, id, state["sentinel"+strings.TrimPrefix(name, "guard")].ID, name)
	}

	// A child that the state has lost can be imported.
	lost := state["sentinel-decoy-ssns"]
	s.Must("state", "delete", "--yes", lost.URN)
	local.ResetRequests()
	assert.Contains(t, s.MustFail("up", "--yes", "--skip-preview"), "pulumi import pgbeam:index:Honeytoken sentinel-decoy-ssns")
	s.Must("import", "--yes", "--skip-preview", "--generate-code=false", "--protect=false", "--parent", "sentinel="+state["sentinel"].URN,
		"pgbeam:index:Honeytoken", "sentinel-decoy-ssns", state["shop"].ID+"/"+lost.ID)
	s.Up("--skip-preview")
	assert.Equal(t, lost.ID, s.State()["sentinel-decoy-ssns"].ID)
	assert.Len(t, local.Objects("honeytokens"), 2)

	// If the database cannot be read, there is no update. What exists can be destroyed.
	require.NoError(t, local.Edit("databases", local.Objects("databases")[0]["id"].(string), map[string]any{"host": "db.invalid"}))
	local.ResetRequests()
	for _, command := range [][]string{{"preview"}, {"up", "--yes", "--skip-preview"}} {
		output := s.MustFail(command...)
		require.Len(t, diagnosticErrors(output), 1, output)
		assert.Contains(t, output, `validating Tripwires "sentinel": the decoys cannot be compared with the tables of a database`)
	}
	assert.Empty(t, writes(local))
	s.AddCanaries()
	s.Must("destroy", "--yes", "--skip-preview")
	s.AssertEmpty()
}

// TestTripwiresAskTheirProvider requires that the API of an explicit provider is asked, and no
// other, in a preview and in an update.
func TestTripwiresAskTheirProvider(t *testing.T) {
	t.Parallel()
	other, local := localapi.Start(t, localapi.Options{}), localapi.Start(t, localapi.Options{})
	pgbeam, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
	require.NoError(t, err)
	created, err := pgbeam.Projects().Create(t.Context(), client.CreateProjectRequest{
		OrgID: local.OrgID, Name: "shop",
		Database: client.CreateDatabaseRequest{Host: "db.example.com", Port: 5432, Name: "shop", Username: "pgbeam", Password: plantedPassword},
	})
	require.NoError(t, err)
	program := func(option, relation string) string {
		return fmt.Sprintf(`
name: provider
runtime: yaml
resources:
  explicit:
    type: pulumi:providers:pgbeam
    properties: { apiKey: %q, baseUrl: %q }
  guard:
    type: pgbeam:Tripwires
    properties:
      projectId: %s
      decoys: { bait: { relationName: %s, action: kill } }
    options: { %s }
`, local.APIKey, local.URL, created.Project.ID, relation, option)
	}
	for _, option := range []string{`provider: "${explicit}"`, `providers: ["${explicit}"]`} {
		s := clitest.New(t, other, program(option, "orders"))
		for _, command := range [][]string{{"preview"}, {"up", "--yes", "--skip-preview"}} {
			local.ResetRequests()
			assert.Contains(t, s.MustFail(command...), "decoys.bait.relationName is a table that exists in the database "+created.Database.ID, option)
			assert.Equal(t, 1, local.Count(http.MethodGet, schemaCatalogs), option)
		}
		s.WriteProgram(program(option, "bait"))
		s.Up()
		assert.Len(t, local.Objects("honeytokens"), 1, option)
		assert.Empty(t, other.Requests(), option)
		s.Must("destroy", "--yes", "--skip-preview")
	}
}
