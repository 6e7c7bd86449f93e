// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const failingChild = `
name: failing
runtime: yaml
resources:
  beside:
    type: pgbeam:SpendLimit
    properties: { orgId: org_local, spendLimit: 3 }
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      description: A shop
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
      webhook: { url: "https://example.com/hooks" }
      agent: { rotationTriggers: { quarter: "1" } }
  after:
    type: pgbeam:Honeytoken
    properties: { projectId: "${shop.projectId}", relationName: users, action: kill }
    options: { dependsOn: ["${beside}"] }
outputs:
  token: ${shop.mcpToken}
`

// errorsIn returns the errors below the diagnostics of what the CLI has printed,
// but for its own summary.
func errorsIn(printed string) []string {
	var found []string
	_, diagnostics, _ := strings.Cut(printed, "Diagnostics:")
	for line := range strings.Lines(diagnostics) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "error: "); ok && text != "update failed" && text != "preview failed" {
			found = append(found, text)
		}
	}
	return found
}

// TestOneErrorOfAChild: a child of a component that fails is one error, the
// child's own, whatever it was that failed. The next update completes the rest.
func TestOneErrorOfAChild(t *testing.T) {
	t.Parallel()
	for child, fault := range map[string]struct{ method, path, kind string }{
		"shop-project": {"POST", "/v1/projects", "creating Project"},
		"shop-policy":  {"POST", "/v1/projects/*/policies", "creating PolicyProfile"},
		"shop-agent":   {"POST", "/v1/projects/*/agents", "creating AgentCredential"},
		"shop-webhook": {"POST", "/v1/projects/*/webhooks", "creating WebhookEndpoint"},
	} {
		for _, on := range []string{"", "--continue-on-error"} {
			t.Run(child+on, func(t *testing.T) {
				t.Parallel()
				local := localapi.Start(t, localapi.Options{})
				s := newStack(t, local, failingChild)
				s.plant("the password", "hunter2-planted")
				local.AddFault(localapi.Fault{Method: fault.method, Path: fault.path, Status: 400, Code: "INVALID_INPUT", Detail: "it is raining"})
				command := []string{"up", "--yes", "--skip-preview"}
				if on != "" {
					command = append(command, on)
				}
				printed := s.fails(command...)
				s.plantAll()
				found := errorsIn(printed)
				own := fault.kind + ` "` + child + `": ` + fault.method
				if on == "" {
					require.Len(t, found, 1, printed)
					assert.Contains(t, found[0], own)
				} else {
					// Nothing but an error keeps what depends on the component from being
					// deployed, so that there are two: the second names the first.
					require.Len(t, found, 2, printed)
					assert.Contains(t, strings.Join(found, "\n"), own)
					assert.Contains(t, strings.Join(found, "\n"), `a child of SecureAgentProject "shop" could not be deployed: see the error of that resource`)
				}
				assert.NotContains(t, printed, "client connection")
				assert.NotContains(t, printed, "awaiting input")

				state := s.state()
				assert.Contains(t, state, "shop")
				assert.NotContains(t, state, child)
				assert.NotContains(t, state, "after")
				local.ClearFaults()
				s.up("--skip-preview")
				s.plantAll()
				for kind, count := range map[string]int{"projects": 1, "databases": 1, "policies": 1, "agents": 1, "webhooks": 1, "honeytokens": 1} {
					assert.Len(t, local.Objects(kind), count, kind)
				}
				assert.NotEmpty(t, s.outputs()["token"])
				s.up("--expect-no-changes")
			})
		}
	}
}

// TestOneErrorOfAChildThatIsUpdated: as above, for one that exists, and for one
// that is refused in the preview.
func TestOneErrorOfAChildThatIsUpdated(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := newStack(t, local, failingChild)
	s.plant("the password", "hunter2-planted")
	s.up()
	s.plantAll()
	before := s.stateWithSecrets()

	changed := strings.Replace(failingChild, "A shop", "Another shop", 1)
	s.program(changed)
	local.AddFault(localapi.Fault{Method: "PATCH", Path: "/v1/projects/*", Status: 400, Code: "INVALID_INPUT", Detail: "it is raining"})
	printed := s.fails("up", "--yes", "--skip-preview")
	require.Len(t, errorsIn(printed), 1, printed)
	assert.Contains(t, errorsIn(printed)[0], "updating Project \"shop-project\" ("+before["shop-project"].ID+"): PATCH")
	after := s.stateWithSecrets()
	assert.Equal(t, before["shop"].Outputs, after["shop"].Outputs, "the component keeps its outputs")
	local.ClearFaults()
	s.up("--skip-preview")

	local.ResetRequests()
	s.program(strings.Replace(changed, `{ rotationTriggers: { quarter: "1" } }`, `{ expiresAt: "2020-01-01T00:00:00Z" }`, 1))
	for _, command := range [][]string{{"preview"}, {"up", "--yes", "--skip-preview"}, {"up", "--yes", "--skip-preview", "--continue-on-error"}} {
		printed := s.fails(command...)
		require.Len(t, errorsIn(printed), 1, printed)
		assert.Contains(t, errorsIn(printed)[0], "expiresAt must be in the future")
	}
	assert.Empty(t, local.Requests())
}

// TestInputsOfNothing: what is left out decides, not zero, when an input of a
// component turns out to be nothing in the update.
func TestInputsOfNothing(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := newStack(t, local, `
name: nothing
runtime: yaml
resources:
  limit:
    type: pgbeam:SpendLimit
    properties: { orgId: org_local }
  leaves:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      database:
        host: db.example.com
        name: shop
        username: pgbeam
        password: { fn::secret: hunter2-planted }
        port: "${limit.spendLimit}"
        cacheConfig: { fn::secret: null }
      replicas: [{ host: replica.example.com, port: "${limit.spendLimit}" }]
      policy:
        maxRows: "${limit.spendLimit}"
        statementTimeoutMs: { fn::secret: null }
        budgetQueriesPerHour: { fn::secret: "${limit.spendLimit}" }
        accessMode: { fn::secret: null }
      webhook: { url: "https://example.com/hooks", enabled: { fn::secret: null } }
  wholes:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
      policy: { fn::secret: null }
      agent: { fn::secret: null }
      webhook: { fn::secret: null }
      replicas: { fn::secret: null }
      enforceForHumans: { fn::secret: null }
`)
	s.plant("the password", "hunter2-planted")
	s.must("preview")
	s.up()
	s.plantAll()
	require.Len(t, local.Objects("policies"), 2)
	for _, policy := range local.Objects("policies") {
		assert.Equal(t, 1000.0, policy["max_rows"])
		assert.Equal(t, 30000.0, policy["statement_timeout_ms"])
		assert.Equal(t, 1000.0, policy["budget_queries_per_hour"])
		assert.Equal(t, "read_only", policy["access_mode"])
	}
	require.Len(t, local.Objects("webhooks"), 1)
	assert.Equal(t, true, local.Objects("webhooks")[0]["enabled"])
	require.Len(t, local.Objects("replicas"), 1)
	assert.Equal(t, 5432.0, local.Objects("replicas")[0]["port"])
	for _, database := range local.Objects("databases") {
		assert.Equal(t, 5432.0, database["port"])
		assert.Equal(t, true, database["cache_config"].(map[string]any)["enabled"], "the API's own default")
	}
	s.up("--expect-no-changes")
	s.up("--refresh", "--expect-no-changes")
}

// TestRetainOnDelete: what a component is given reaches its children, when it is
// taken out of the program and when the stack is destroyed.
func TestRetainOnDelete(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	retained := strings.Replace(failingChild, "    type: pgbeam:SecureAgentProject\n",
		"    type: pgbeam:SecureAgentProject\n    options: { retainOnDelete: true }\n", 1)
	s := newStack(t, local, retained)
	s.plant("the password", "hunter2-planted")
	counts := func(components int) {
		for _, kind := range []string{"projects", "databases", "policies", "agents", "webhooks"} {
			assert.Len(t, local.Objects(kind), components, kind)
		}
	}
	s.up()
	s.plantAll()
	s.program("name: failing\nruntime: yaml\n")
	local.ResetRequests()
	s.up()
	assert.NotContains(t, s.state(), "shop-project")
	counts(1)
	assert.Empty(t, local.Objects("honeytokens"), "what is not a child is deleted")
	assert.Equal(t, 1, local.Count("DELETE", "/v1/projects/*/honeytokens/*"))
	assert.Equal(t, 0, local.Count("DELETE", "/v1/projects/*"))

	s.program(strings.Replace(retained, "description: A shop", "name: another-shop", 1))
	s.up()
	s.plantAll()
	s.must("destroy", "--yes")
	counts(2)

	// Without the option, they are deleted.
	s.program(strings.Replace(failingChild, "description: A shop", "name: third-shop", 1))
	s.up()
	s.plantAll()
	s.must("destroy", "--yes")
	counts(2)
}

// TestNamedReplicas: whatever becomes of one replica that has a name, the others
// stay as they are.
func TestNamedReplicas(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	program := func(replicas string) string {
		return `
name: replicas
runtime: yaml
resources:
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
      replicas: [` + replicas + `]
outputs:
  ids: ${shop.replicaIds}
`
	}
	const eu, us, ap = "{ name: eu, host: eu.example.com }", "{ name: us, host: us.example.com }", "{ name: ap, host: ap.example.com }"
	s := newStack(t, local, program("{ host: eu.example.com }, { host: us.example.com }, { host: ap.example.com }"))
	s.plant("the password", "hunter2-planted")
	s.up()
	s.plantAll()
	ids := s.outputs()["ids"].([]any)
	require.Len(t, ids, 3)

	// becomes deploys other replicas, which takes some requests.
	becomes := func(requests map[string]int, expected []any, replicas ...string) {
		s.Helper()
		s.program(program(strings.Join(replicas, ", ")))
		local.ResetRequests()
		s.up()
		total := 0
		for method, count := range requests {
			path := "/v1/databases/*/replicas"
			if method == "DELETE" {
				path += "/*"
			}
			assert.Equal(s, count, local.Count(method, path), method)
			total += count
		}
		assert.Len(s, local.Requests(), total)
		assert.Equal(s, expected, s.outputs()["ids"])
		s.up("--expect-no-changes")
	}
	becomes(nil, ids, eu, us, ap) // they get names
	state := s.state()
	for i, name := range []string{"shop-replica-eu", "shop-replica-us", "shop-replica-ap"} {
		assert.Equal(t, ids[i], state[name].ID)
	}
	becomes(map[string]int{"DELETE": 1}, ids[1:], us, ap) // the first one goes
	becomes(nil, []any{ids[2], ids[1]}, ap, us)           // the others change places

	// One without a name comes first, and goes again.
	s.program(program("{ host: other.example.com }, " + ap + ", " + us))
	s.up()
	assert.Contains(t, s.state(), "shop-replica-0")
	becomes(map[string]int{"DELETE": 1}, []any{ids[2], ids[1]}, ap, us)
	s.must("destroy", "--yes")
	assertEmpty(t, local)
}

// TestInterruptedComponent: when a user interrupts an update that makes a
// component, no error blames the component, and the next update completes it.
func TestInterruptedComponent(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	local := localapi.Start(t, localapi.Options{Watch: func(_ localapi.Moment, method, path string) {
		if method == http.MethodPost && strings.HasSuffix(path, "/policies") {
			interrupt()
		}
	}})
	s := newStack(t, local, failingChild)
	s.plant("the password", "hunter2-planted")
	local.AddFault(localapi.Fault{Method: "POST", Path: "/v1/projects/*/policies", Times: 1, Latency: time.Minute})
	stdout, stderr, err := s.Output(ctx, "up", "--yes", "--skip-preview")
	require.Error(t, err)
	printed := s.AddOutput(stdout + stderr)
	s.plantAll()
	// The webhook may have been on its way, too.
	found := errorsIn(printed)
	assert.Contains(t, strings.Join(found, "\n"), `creating PolicyProfile "shop-policy"`)
	for _, text := range found {
		assert.Regexp(t, `^creating (PolicyProfile "shop-policy"|WebhookEndpoint "shop-webhook"): `, text)
	}
	local.ClearFaults()
	s.up("--skip-preview")
	s.plantAll()
	for kind, count := range map[string]int{"projects": 1, "policies": 1, "agents": 1, "webhooks": 1, "honeytokens": 1} {
		assert.Len(t, local.Objects(kind), count, kind)
	}
	s.up("--expect-no-changes")
}
