// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/components"
	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// deployEveryComponent deploys the program with every component that tests/languages deploys in
// each language. It returns the stack, and the kinds of the components by name.
func deployEveryComponent(t *testing.T) (*clitest.Stack, map[string]string) {
	t.Helper()
	const proxyKey = "pbo_planted_proxies"
	local := localapi.Start(t, localapi.Options{APIKeys: map[string]string{"pbo_local": "org_local", proxyKey: "org_proxies"}})
	program, err := os.ReadFile(filepath.Join("..", "languages", "yaml", "every-component", "Pulumi.yaml"))
	require.NoError(t, err)
	s := clitest.New(t, local, string(program), "PGBEAM_TEST_TIME=2027-01-05T08:00:00Z")
	settings := []string{"config", "set-all", "--plaintext", "orgId=org_local", "--plaintext", "proxyOrgId=org_proxies"}
	for name, secret := range map[string]string{"dbPassword": "hunter2-planted", "webhookSecret": "signing-planted", "proxyApiKey": proxyKey} {
		s.AddCanary(name, secret)
		settings = append(settings, "--secret", name+"="+secret)
	}
	s.Must(settings...)
	s.Up("--skip-preview")
	s.AddCanaries()
	names := map[string]string{}
	state := s.State()
	for _, component := range components.All() {
		for name, resource := range state {
			if resource.Type == "pgbeam:index:"+component.Kind() {
				names[name] = component.Kind()
			}
		}
		require.Contains(t, slices.Collect(maps.Values(names)), component.Kind())
	}
	return s, names
}

// TestEveryComponentOverTime changes a child of each component outside of Pulumi, loses one from
// the state, and gives all components other names.
func TestEveryComponentOverTime(t *testing.T) {
	t.Parallel()
	s, names := deployEveryComponent(t)
	repairChildren(s, names)
	importChildren(s)
	renameComponents(s, names)
	s.Must("destroy", "--yes", "--skip-preview")
	s.AssertEmpty()
}

// componentOf returns the name of the component of a child.
func componentOf(child string) string {
	name, _, _ := strings.Cut(child, "-")
	return name
}

// repairChildren requires that a change outside of Pulumi is shown in a preview, and repaired by
// an update.
func repairChildren(s *clitest.Stack, names map[string]string) {
	s.Helper()
	local, deployed := s.Local, s.State()
	drift := map[string]struct {
		collection string
		change     map[string]any
	}{
		"shop-policy":                  {"policies", map[string]any{"max_rows": 5.0}},
		"reporting-anomaly-queries":    {"anomaly-rules", map[string]any{"floor": 5.0}},
		"fleet-webhook-audit":          {"webhooks", map[string]any{"format": "elastic"}},
		"tenants-policy-acme":          {"policies", map[string]any{"row_filters": []any{}}},
		"people-approval-prices":       {"approval-rules", map[string]any{"min_affected_rows": 1000.0}},
		"migrations-production-policy": {"policies", map[string]any{"approval_mode": "off"}},
		"tripwires-decoy-ssns":         {"honeytokens", map[string]any{"action": "kill"}},
		"analytics-database":           {"databases", map[string]any{"host": "elsewhere.example.com"}},
		"proxies-project":              {"projects", map[string]any{"description": "Another warehouse"}},
	}
	find := func(child string) map[string]any {
		object := findByID(s.T, local, drift[child].collection, deployed[child].ID)
		delete(object, "updated_at")
		return object
	}
	original := map[string]map[string]any{}
	remaining := maps.Clone(names)
	delete(remaining, "nightly") // nothing of a credential that is on standby can be edited: see below
	for child, edit := range drift {
		delete(remaining, componentOf(child))
		original[child] = find(child)
		require.NoError(s, local.Edit(edit.collection, deployed[child].ID, edit.change))
		require.NotEqual(s, original[child], find(child), child)
	}
	require.Empty(s, remaining, "a component without drift")
	require.NoError(s, local.Remove("agents", deployed["nightly-green"].ID))
	preview := s.Must("preview", "--refresh")
	local.ResetRequests()
	s.Up("--refresh", "--skip-preview")
	assert.Equal(s, []string{
		"PATCH databases", "PATCH projects", "POST agents", "PUT anomaly-rules", "PUT approval-rules", "PUT honeytokens",
		"PUT policies", "PUT policies", "PUT policies", "PUT webhooks",
	}, changedKinds(local))
	for child := range drift {
		assert.Regexp(s, `~ +pgbeam:index:\w+ `+regexp.QuoteMeta(child)+` .*\[diff: `, preview)
		assert.Subset(s, find(child), original[child], child) // an update also sends what is empty
	}
	repaired := s.State()
	assert.NotEqual(s, deployed["nightly-green"].ID, repaired["nightly-green"].ID)
	want := resourceIDs(deployed)
	want["nightly-green"] = repaired["nightly-green"].ID
	assert.Equal(s, want, resourceIDs(repaired))
}

// importChildren requires that children which the state has lost can be imported. The update
// afterwards creates and deletes nothing.
func importChildren(s *clitest.Stack) {
	s.Helper()
	local := s.Local
	deployed := s.State()
	lost := map[string]string{ // what the child belongs to
		"shop-replica-dublin":               deployed["shop"].Outputs["primaryDatabaseId"].(string),
		"reporting-anomaly-hours":           deployed["shop-project"].ID,
		"fleet-agent-chat-bot":              deployed["shop-project"].ID,
		"tenants-agent-acme":                deployed["shop-project"].ID,
		"people-person-support/ada":         deployed["shop-project"].ID,
		"migrations-approval-public.orders": deployed["shop-project"].ID,
		"tripwires-decoy-ssns":              deployed["shop-project"].ID,
		"analytics-replica-dublin":          deployed["analytics-database"].ID,
		"proxies-project":                   "",
		"nightly-green":                     deployed["shop-project"].ID,
	}
	table, entries := map[string]string{}, []map[string]string{}
	for child, in := range lost {
		require.Contains(s, deployed, child)
		s.Must("state", "delete", "--yes", deployed[child].URN)
		entry := map[string]string{"type": deployed[child].Type, "name": child, "id": strings.TrimPrefix(in+"/"+deployed[child].ID, "/"), "parent": componentOf(child)}
		if provider := deployed[child].Provider; strings.Contains(provider, "::proxyProvider::") {
			entry["provider"] = "proxyProvider"
			table["proxyProvider"] = deployed["proxyProvider"].URN
		}
		table[componentOf(child)] = deployed[componentOf(child)].URN
		entries = append(entries, entry)
	}
	imports, err := json.Marshal(map[string]any{"nameTable": table, "resources": entries})
	require.NoError(s, err)
	file := filepath.Join(s.TempDir(), "import.json")
	require.NoError(s, os.WriteFile(file, imports, 0o600))
	s.Must("import", "--yes", "--skip-preview", "--generate-code=false", "--protect=false", "--file", file)
	local.ResetRequests()
	s.Up("--skip-preview")
	// A password cannot be imported. An import records no value that is the default, such as
	// enabled of a rule, but setting it to what it is already is no change.
	assert.Equal(s, []string{"PATCH databases"}, changedKinds(local))
	assert.Equal(s, resourceIDs(deployed), resourceIDs(s.State()))

	// Nor can the secrets of a credential. A rotation issues new ones, and changes nothing else.
	tokens := func() map[string]any { return s.Outputs()["fleet.mcpTokens"].(map[string]any) }
	before := tokens()
	assert.Empty(s, before["chat-bot"])
	rotated := strings.Replace(s.Program(), "chat-bot: { ", "chat-bot: { rotationTriggers: { import: 2027-01-05 }, ", 1)
	s.WriteProgram(rotated)
	local.ResetRequests()
	s.Up("--skip-preview")
	s.AddCanaries()
	assert.Equal(s, []string{"POST rotate"}, changedKinds(local))
	before["chat-bot"] = local.Secret("agents", deployed["fleet-agent-chat-bot"].ID, "mcp_token")
	assert.Equal(s, before, tokens())
}

// renameComponents requires that other names of the components, with their old ones as aliases,
// replace nothing.
func renameComponents(s *clitest.Stack, names map[string]string) {
	s.Helper()
	local := s.Local
	deployed := s.State()
	var pairs []string
	for name := range names {
		pairs = append(pairs, "${"+name+".", "${new-"+name+".")
	}
	declaration := regexp.MustCompile(`(?m)^  (` + strings.Join(slices.Collect(maps.Keys(names)), "|") + `):\n    type: (.*)\n`)
	renamed := declaration.ReplaceAllString(strings.NewReplacer(pairs...).Replace(s.Program()), "  new-$1:\n    options: { aliases: [{ name: $1 }] }\n    type: $2\n")
	const provider = "options:\n      provider:"
	require.Contains(s, renamed, provider)
	renamed = strings.NewReplacer("    options: { aliases: [{ name: proxies }] }\n", "", provider, strings.Replace(provider, "\n", "\n      aliases: [{ name: proxies }]\n", 1)).Replace(renamed)
	s.WriteProgram(renamed)
	local.ResetRequests()
	s.Up("--skip-preview")
	// The names of the rules of SafeMigrations contain that of the component.
	assert.Equal(s, []string{"PUT approval-rules", "PUT approval-rules"}, changedKinds(local))
	want := map[string]string{}
	for name, id := range resourceIDs(deployed) {
		if names[componentOf(name)] != "" {
			name = "new-" + name
		}
		want[name] = id
	}
	assert.Equal(s, want, resourceIDs(s.State()))
}
