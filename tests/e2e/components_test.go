// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
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

// TestFailedChildIsOneError requires that the failure of a component's child causes
// one error, which is the child's. The next update completes the component.
func TestFailedChildIsOneError(t *testing.T) {
	t.Parallel()
	for child, fault := range map[string]struct{ method, path, kind string }{
		"shop-project": {"POST", "/v1/projects", "creating Project"},
		"shop-policy":  {"POST", "/v1/projects/*/policies", "creating PolicyProfile"},
		"shop-agent":   {"POST", "/v1/projects/*/agents", "creating AgentCredential"},
		"shop-webhook": {"POST", "/v1/projects/*/webhooks", "creating WebhookEndpoint"},
	} {
		for _, option := range []string{"", "--continue-on-error"} {
			t.Run(child+option, func(t *testing.T) {
				t.Parallel()
				local := localapi.Start(t, localapi.Options{})
				s := clitest.New(t, local, failingChild)
				s.AddCanary("the password", "hunter2-planted")
				local.AddFault(localapi.Fault{Method: fault.method, Path: fault.path, Status: 400, Code: "INVALID_INPUT", Detail: "it is raining"})
				command := []string{"up", "--yes", "--skip-preview"}
				if option != "" {
					command = append(command, option)
				}
				output := s.MustFail(command...)
				s.AddCanaries()
				found := diagnosticErrors(output)
				own := fault.kind + ` "` + child + `": ` + fault.method
				if option == "" {
					require.Len(t, found, 1, output)
					assert.Contains(t, found[0], own)
				} else {
					// Only an error of the component prevents the deployment of what depends
					// on it. That second error refers to the first.
					require.Len(t, found, 2, output)
					assert.Contains(t, strings.Join(found, "\n"), own)
					assert.Contains(t, strings.Join(found, "\n"), `"`+child+`" could not be deployed: see the error of that resource`)
				}
				assert.NotContains(t, output, "client connection")
				assert.NotContains(t, output, "awaiting input")

				state := s.State()
				assert.Contains(t, state, "shop")
				assert.NotContains(t, state, child)
				assert.NotContains(t, state, "after")
				local.ClearFaults()
				s.Up("--skip-preview")
				s.AddCanaries()
				for kind, count := range map[string]int{"projects": 1, "databases": 1, "policies": 1, "agents": 1, "webhooks": 1, "honeytokens": 1} {
					assert.Len(t, local.Objects(kind), count, kind)
				}
				assert.NotEmpty(t, s.Outputs()["token"])
				s.Up("--expect-no-changes")
			})
		}
	}
}

// TestFailedUpdateOfChildIsOneError does the same with an existing child, and with
// inputs that a preview rejects.
func TestFailedUpdateOfChildIsOneError(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := clitest.New(t, local, failingChild)
	s.AddCanary("the password", "hunter2-planted")
	s.Up()
	s.AddCanaries()
	before, token := s.StateWithSecrets(), s.Outputs()["token"]

	changed := strings.Replace(failingChild, "A shop", "Another shop", 1)
	s.WriteProgram(changed)
	local.AddFault(localapi.Fault{Method: "PATCH", Path: "/v1/projects/*", Status: 400, Code: "INVALID_INPUT", Detail: "it is raining"})
	output := s.MustFail("up", "--yes", "--skip-preview")
	require.Len(t, diagnosticErrors(output), 1, output)
	assert.Contains(t, diagnosticErrors(output)[0], "updating Project \"shop-project\" ("+before["shop-project"].ID+"): PATCH")
	after := s.StateWithSecrets()
	for _, child := range []string{"shop-project", "shop-policy", "shop-agent", "shop-webhook"} {
		assert.Equal(t, before[child].Outputs, after[child].Outputs, child)
	}
	assert.Equal(t, token, s.Outputs()["token"], "the stack keeps its outputs")
	local.ClearFaults()
	s.Up("--skip-preview")
	// Between the two updates, the state has no outputs of the component: the engine drops those
	// of a component whose inputs have changed until its program has registered them.
	assert.Equal(t, before["shop"].Outputs, s.StateWithSecrets()["shop"].Outputs)

	local.ResetRequests()
	s.WriteProgram(strings.Replace(changed, `{ rotationTriggers: { quarter: "1" } }`, `{ expiresAt: "2020-01-01T00:00:00Z" }`, 1))
	for _, command := range [][]string{{"preview"}, {"up", "--yes", "--skip-preview"}, {"up", "--yes", "--skip-preview", "--continue-on-error"}} {
		output := s.MustFail(command...)
		require.Len(t, diagnosticErrors(output), 1, output)
		assert.Contains(t, diagnosticErrors(output)[0], "expiresAt must be in the future")
	}
	assert.Empty(t, local.Requests())
}

// TestNullInputsUseDefaults requires that an input of a component that becomes null
// during the update has its default, and not zero.
func TestNullInputsUseDefaults(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{Behaviour: localapi.Behaviour{DefaultSSLMode: "prefer"}})
	s := clitest.New(t, local, `
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
        sslMode: { fn::secret: null }
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
	s.AddCanary("the password", "hunter2-planted")
	s.Must("preview")
	s.Up()
	s.AddCanaries()
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
		assert.Equal(t, false, database["cache_config"].(map[string]any)["enabled"], "the API's default")
		assert.Equal(t, "verify-full", database["ssl_mode"], "the component's default")
	}
	s.Up("--expect-no-changes")
	s.Up("--refresh", "--expect-no-changes")
}

// TestRetainOnDeleteReachesChildren requires that the children of a component
// inherit the option, both for a removal from the program and for a destroy.
func TestRetainOnDeleteReachesChildren(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	retained := strings.Replace(failingChild, "    type: pgbeam:SecureAgentProject\n",
		"    type: pgbeam:SecureAgentProject\n    options: { retainOnDelete: true }\n", 1)
	s := clitest.New(t, local, retained)
	s.AddCanary("the password", "hunter2-planted")
	assertComponents := func(components int) {
		for _, kind := range []string{"projects", "databases", "policies", "agents", "webhooks"} {
			assert.Len(t, local.Objects(kind), components, kind)
		}
	}
	s.Up()
	s.AddCanaries()
	s.WriteProgram("name: failing\nruntime: yaml\n")
	local.ResetRequests()
	s.Up()
	assert.NotContains(t, s.State(), "shop-project")
	assertComponents(1)
	assert.Empty(t, local.Objects("honeytokens"), "a resource that is not a child is deleted")
	assert.Equal(t, 1, local.Count("DELETE", "/v1/projects/*/honeytokens/*"))
	assert.Equal(t, 0, local.Count("DELETE", "/v1/projects/*"))

	s.WriteProgram(strings.Replace(retained, "description: A shop", "name: another-shop", 1))
	s.Up()
	s.AddCanaries()
	s.Must("destroy", "--yes")
	assertComponents(2)

	// Without the option, they are deleted.
	s.WriteProgram(strings.Replace(failingChild, "description: A shop", "name: third-shop", 1))
	s.Up()
	s.AddCanaries()
	s.Must("destroy", "--yes")
	assertComponents(2)
}

// TestNamedReplicasKeepTheirIdentity requires that adding, removing and reordering
// named replicas does not affect the others.
func TestNamedReplicasKeepTheirIdentity(t *testing.T) {
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
	s := clitest.New(t, local, program("{ host: eu.example.com }, { host: us.example.com }, { host: ap.example.com }"))
	s.AddCanary("the password", "hunter2-planted")
	s.Up()
	s.AddCanaries()
	ids := s.Outputs()["ids"].([]any)
	require.Len(t, ids, 3)

	// deploy deploys other replicas and counts the requests.
	deploy := func(requests map[string]int, expected []any, replicas ...string) {
		s.Helper()
		s.WriteProgram(program(strings.Join(replicas, ", ")))
		local.ResetRequests()
		s.Up()
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
		assert.Equal(s, expected, s.Outputs()["ids"])
		s.Up("--expect-no-changes")
	}
	deploy(nil, ids, eu, us, ap) // names are added
	state := s.State()
	for i, name := range []string{"shop-replica-eu", "shop-replica-us", "shop-replica-ap"} {
		assert.Equal(t, ids[i], state[name].ID)
	}
	deploy(map[string]int{"DELETE": 1}, ids[1:], us, ap) // the first is removed
	deploy(nil, []any{ids[2], ids[1]}, ap, us)           // the order changes

	// One without a name is added in front, and removed.
	s.WriteProgram(program("{ host: other.example.com }, " + ap + ", " + us))
	s.Up()
	assert.Contains(t, s.State(), "shop-replica-0")
	deploy(map[string]int{"DELETE": 1}, []any{ids[2], ids[1]}, ap, us)
	s.Must("destroy", "--yes")
	s.AssertEmpty()
}

// TestInterruptedComponentIsCompleted interrupts the update that creates a
// component. Only the children report errors, and the next update completes it.
func TestInterruptedComponentIsCompleted(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	local := localapi.Start(t, localapi.Options{Watch: func(_ localapi.Moment, method, path string) {
		if method == http.MethodPost && strings.HasSuffix(path, "/policies") {
			interrupt()
		}
	}})
	s := clitest.New(t, local, failingChild)
	s.AddCanary("the password", "hunter2-planted")
	local.AddFault(localapi.Fault{Method: "POST", Path: "/v1/projects/*/policies", Times: 1, Latency: time.Minute})
	stdout, stderr, err := s.Output(ctx, "up", "--yes", "--skip-preview")
	require.Error(t, err)
	output := s.AddOutput(stdout + stderr)
	s.AddCanaries()
	// The create of the webhook may be interrupted, too.
	found := diagnosticErrors(output)
	assert.Contains(t, strings.Join(found, "\n"), `creating PolicyProfile "shop-policy"`)
	for _, text := range found {
		assert.Regexp(t, `^creating (PolicyProfile "shop-policy"|WebhookEndpoint "shop-webhook"): `, text)
	}
	local.ClearFaults()
	s.Up("--skip-preview")
	s.AddCanaries()
	for kind, count := range map[string]int{"projects": 1, "policies": 1, "agents": 1, "webhooks": 1, "honeytokens": 1} {
		assert.Len(t, local.Objects(kind), count, kind)
	}
	s.Up("--expect-no-changes")
}

// TestInputsOfComponentsAreInTheState requires that the state holds the inputs of a
// component, secrets encrypted even if the program does not mark them, and nothing that the
// program does not set.
func TestInputsOfComponentsAreInTheState(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	program := `
name: recorded
runtime: yaml
resources:
  other:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      database: { host: db.example.com, name: other, username: pgbeam, password: hunter2-planted }
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      description: ${other.proxyHost}
      database: { host: db.example.com, name: shop, username: pgbeam, password: hunter2-planted }
      replicas: [{ host: replica.example.com }]
      policy: { fn::secret: { maxRows: 10, name: hidden-planted } }
      webhook: { url: "https://example.com/hooks", secret: signing-planted }
`
	s := clitest.New(t, local, program)
	dependency := func() []string {
		for _, resource := range s.AllWithSecrets() {
			if strings.HasSuffix(resource.URN, "::shop") {
				return resource.PropertyDependencies["description"]
			}
		}
		return nil
	}
	// The program itself has the passwords in plain text, so only the state is searched.
	s.Up()
	exported := s.Must("stack", "export")
	for _, secret := range []string{"hunter2-planted", "hidden-planted", "signing-planted"} {
		assert.NotContains(t, exported, secret)
	}
	state := s.StateWithSecrets()
	inputs := state["shop"].Inputs
	assert.ElementsMatch(t, []string{"orgId", "description", "database", "replicas", "policy", "webhook"}, slices.Collect(maps.Keys(inputs)))
	assert.Equal(t, state["other"].Outputs["proxyHost"], inputs["description"])
	database := inputs["database"].(map[string]any)
	assert.Equal(t, "db.example.com", database["host"])
	assert.Equal(t, "hunter2-planted", stacktest.PlainSecret(t, database["password"]))
	assert.Equal(t, []any{map[string]any{"host": "replica.example.com"}}, inputs["replicas"])
	policy := inputs["policy"].(map[string]any)
	assert.Equal(t, "hidden-planted", stacktest.PlainSecret(t, policy["name"]))
	assert.Equal(t, "signing-planted", stacktest.PlainSecret(t, inputs["webhook"].(map[string]any)["secret"]))
	assert.NotEmpty(t, dependency())
	s.Up("--expect-no-changes")

	// A change is shown at the component, too, with secrets hidden.
	s.WriteProgram(strings.ReplaceAll(program, "host: replica.example.com", "host: replica-2.example.com"))
	preview := s.Must("preview", "--diff")
	assert.Contains(t, preview, `~ host: "replica.example.com" => "replica-2.example.com"`)
	assert.NotContains(t, preview, "planted")
}

// TestInvalidInputsHavePaths requires that the engine reports each invalid input of a
// component at its path, and prints no value that may be secret.
func TestInvalidInputsHavePaths(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := clitest.New(t, local, `
name: invalid
runtime: yaml
resources:
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      description: { fn::secret: "${pulumi.stack}" }
      database: { host: db.example.com, name: shop, username: pgbeam, password: "", sslMode: prefer }
      replicas: [{ host: replica.example.com, name: a b }]
      policy: { accessMode: { fn::secret: read_write }, maxRows: -1 }
      agent: { expiresAt: { fn::secret: planted-one } }
      webhook: { url: "http://user:planted-two@example.com/hooks" }
`)
	for _, command := range [][]string{{"preview"}, {"up", "--yes", "--skip-preview"}} {
		output := s.MustFail(command...)
		require.Len(t, diagnosticErrors(output), 1, output)
		for _, line := range []string{
			`- property database.sslMode with value "prefer" has a problem: database.sslMode is prefer, which allows connections without TLS`,
			`- property replicas[0].name with value "a b" has a problem: replicas[0].name must contain only letters`,
			`- property policy.maxRows with value -1 has a problem: policy.maxRows must be at least 0`,
			// Without a path, the engine prints no value.
			"  - database.password must not be empty",
			"  - policy.accessMode is read_write without approvals",
			"  - agent.expiresAt must be",
			"  - webhook.url begins with http://, which sends events without encryption",
		} {
			assert.Contains(t, output, line)
		}
		assert.NotContains(t, output, "planted")
	}
	assert.Empty(t, local.Requests())
}

// TestComponentOptions requires of the options that refer to other resources, and of protect,
// what they do for any resource. The children inherit protect and deletedWith.
func TestComponentOptions(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	program := func(options string) string {
		return `
name: options
runtime: yaml
resources:
  first:
    type: pgbeam:SpendLimit
    properties: { orgId: org_local, spendLimit: 3 }
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
    options: { ` + options + ` }
`
	}
	s := clitest.New(t, local, program(`dependsOn: ["${first}"]`))
	s.AddCanary("the password", "hunter2-planted")
	s.Up()
	s.AddCanaries()
	var order []string
	for _, request := range local.Requests() {
		if request.Method != http.MethodGet {
			order = append(order, request.Method+" "+request.Path)
		}
	}
	require.NotEmpty(t, order)
	assert.Contains(t, order[0], "/v1/organizations/org_local", "dependsOn")

	s.WriteProgram(program("protect: true"))
	s.Up()
	assert.True(t, s.State()["shop-agent"].Protect, "children inherit it")
	output := s.MustFail("destroy", "--yes")
	assert.Contains(t, output, "protected")
	assert.Len(t, local.Objects("agents"), 1)
	s.WriteProgram(program("protect: false"))
	s.Up()

	// What is deleted with another resource gets no request of its own.
	s.WriteProgram(program(`deletedWith: "${first}"`))
	s.Up()
	local.ResetRequests()
	s.Must("destroy", "--yes")
	for _, request := range local.Requests() {
		assert.False(t, request.Method == http.MethodDelete && !strings.HasSuffix(request.Path, "/spend-limit"), request.Path)
	}
	assert.Len(t, local.Objects("projects"), 1, "nothing has deleted it")
}
