// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestReplicatedDatabaseOverTime deploys the component with a new project, and once more with a
// database in that project, and changes both step by step.
func TestReplicatedDatabaseOverTime(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	const original = `
name: replicated
runtime: yaml
config:
  password: { type: string, secret: true }
resources:
  shop:
    type: pgbeam:ReplicatedDatabase
    properties:
      project: { orgId: org_local, name: shop }
      primary: { host: db.example.com, name: shop, username: pgbeam, password: "${password}", poolConfig: { fn::secret: null } }
      replicas:
        eu: { host: eu.example.com }
        us: { host: us.example.com, port: 6432, sslMode: require }
        none: null
      customDomain: { domain: db.example.com }
      allowInsecureTransport: null
  archive:
    type: pgbeam:ReplicatedDatabase
    properties:
      projectId: ${shop.projectId}
      primary: { host: archive.example.com, name: archive, username: pgbeam, password: "${password}", queryTimeoutMs: 1000 }
      replicas: { eu: { host: archive-eu.example.com } }
      customDomain: { fn::secret: null }
  consumer:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${shop.projectId}", url: "https://example.com/hooks", description: "${shop.connectionString}" }
outputs:
  shop: { id: "${shop.databaseId}", string: "${shop.connectionString}", host: "${shop.proxyHost}", replicas: "${shop.replicaIds}" }
  archive: { id: "${archive.databaseId}", string: "${archive.connectionString}", host: "${archive.proxyHost}", replicas: "${archive.replicaIds}" }
  records: ${shop.dnsInstructions}
`
	s := clitest.New(t, local, original)
	s.AddCanary("the password", "hunter2-planted-primary")
	s.Must("config", "set", "--secret", "password", "hunter2-planted-primary")
	s.Must("preview")
	assert.Empty(t, local.Requests())
	s.Up("--skip-preview")
	s.AddCanaries()
	ids := childIDs(s, "")
	databases := local.Objects("databases")
	require.Len(t, databases, 2)
	for i, name := range []string{"shop", "archive"} {
		outputs := s.Outputs()[name].(map[string]any)
		assert.Equal(t, databases[i]["id"], outputs["id"], name)
		assert.Equal(t, databases[i]["connection_string"], outputs["string"], name)
		assert.Equal(t, local.Objects("projects")[0]["proxy_host"], outputs["host"], name)
		assert.Equal(t, ids[name+"-replica-eu"], outputs["replicas"].(map[string]any)["eu"], name)
		assert.Equal(t, "verify-full", databases[i]["ssl_mode"], name)
		assert.Equal(t, true, databases[i]["auto_read_routing"], name)
	}
	assert.NotEmpty(t, s.Outputs()["records"].(map[string]any)["txtHost"])
	assert.Len(t, local.Objects("replicas"), 3)

	// Nothing changes. The connection string of a project's database takes one request.
	local.ResetRequests()
	s.Up("--skip-preview", "--expect-no-changes")
	require.Len(t, local.Requests(), 1)
	assert.Equal(t, 1, local.Count(http.MethodGet, databaseList+"/"+databases[0]["id"].(string)))
	s.Up("--refresh", "--expect-no-changes")

	// Drift is shown and repaired.
	for _, database := range databases {
		require.NoError(t, local.Edit("databases", database["id"].(string), map[string]any{"host": "elsewhere.example.com"}))
	}
	local.ResetRequests()
	output := s.Must("preview", "--refresh", "--diff")
	assert.Contains(t, output, `"elsewhere.example.com" => "db.example.com"`)
	assert.Contains(t, output, `"elsewhere.example.com" => "archive.example.com"`)
	s.Up("--skip-preview", "--refresh")
	assert.Equal(t, []string{"PATCH /v1/projects/*/databases/*", "PATCH /v1/projects/*/databases/*"}, writes(local))

	// A replica is removed, and another added. The rest is untouched.
	changed := strings.Replace(original, "us: { host: us.example.com, port: 6432, sslMode: require }", "ap: { host: ap.example.com }", 1)
	s.WriteProgram(changed)
	local.ResetRequests()
	s.Up("--skip-preview")
	assert.Equal(t, []string{"DELETE /v1/databases/*/replicas/*", "POST /v1/databases/*/replicas"}, writes(local))
	after := childIDs(s, "")
	for name, id := range ids {
		if name != "shop-replica-us" {
			assert.Equal(t, id, after[name], name)
		}
	}
	assert.NotContains(t, after, "shop-replica-us")
	assert.NotEmpty(t, after["shop-replica-ap"])

	// A connection string that changes is unknown in the preview.
	changed = strings.Replace(changed, "name: shop, username: pgbeam", "name: shop, username: proxy", 1)
	s.WriteProgram(changed)
	assert.Regexp(t, `description: "postgresql://pgbeam:[^\n]* => \[unknown\]`, s.Must("preview", "--diff"))
	s.Up("--skip-preview")
	assert.Contains(t, s.Outputs()["shop"].(map[string]any)["string"], "postgresql://proxy:")
	assert.Equal(t, after, childIDs(s, ""))

	// Rules for query shapes, once the proxy has observed them.
	project := local.Objects("projects")[0]["id"].(string)
	require.NoError(t, local.ObserveQuery(project, databases[1]["id"].(string), "a1b2c3d4e5f60718", "SELECT $1"))
	changed = strings.Replace(changed, "queryTimeoutMs: 1000 }", "queryTimeoutMs: 1000 }\n      cacheRules: { one: { queryHash: a1b2c3d4e5f60718, cacheEnabled: true, cacheTtlSeconds: 300 } }", 1)
	s.WriteProgram(changed)
	local.ResetRequests()
	s.Up("--skip-preview")
	assert.Equal(t, []string{"PUT /v1/projects/*/databases/*/cache-rules/a1b2c3d4e5f60718"}, writes(local))

	// A new name of a component with an alias replaces nothing.
	local.ResetRequests()
	renamed := strings.NewReplacer("  archive:\n    type", "  records:\n    options: { aliases: [{ name: archive }] }\n    type", "${archive.", "${records.").Replace(changed)
	s.WriteProgram(renamed)
	s.Up("--skip-preview")
	assert.Empty(t, writes(local))
	state := s.State()
	assert.Equal(t, after["archive-database"], state["records-database"].ID)
	assert.Equal(t, after["archive-replica-eu"], state["records-replica-eu"].ID)

	// A child that the state has lost can be imported.
	lost := state["shop-replica-ap"]
	s.Must("state", "delete", "--yes", lost.URN)
	s.Must("import", "--yes", "--skip-preview", "--generate-code=false", "--protect=false", "--parent", "shop="+state["shop"].URN,
		"pgbeam:index:Replica", "shop-replica-ap", databases[0]["id"].(string)+"/"+lost.ID)
	local.ResetRequests()
	s.Up("--skip-preview")
	assert.Empty(t, writes(local))

	// What replaces the project, and with it everything else, is in the preview.
	s.WriteProgram(strings.Replace(renamed, "name: shop }", "name: shop, cloud: gcp }", 1))
	output = s.Must("preview")
	for name, resource := range s.State() {
		if strings.HasPrefix(resource.Type, "pgbeam:") && name != "shop" && name != "records" {
			assert.Regexp(t, name+` +replace`, output)
		}
	}
	s.WriteProgram(renamed)
	s.AddCanaries()
	s.Must("destroy", "--yes", "--skip-preview")
	s.AssertEmpty()
}
