// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

const (
	plantedPassword = `db-p@ss:/w"ord'%20\1`
	plantedWebhook  = "whsec-planted-2f6d"
)

// newExampleStack creates a stack of the SecureAgentProject example, with its
// configuration.
func newExampleStack(t *testing.T, local *localapi.Local, env ...string) *clitest.Stack {
	t.Helper()
	s := clitest.NewFromDir(t, local, repotest.Path(t, "examples", "yaml", "secure-agent-project"), env...)
	s.AddCanary("the database password", plantedPassword)
	s.AddCanary("the webhook secret", plantedWebhook)
	s.Must("config", "set", "orgId", local.OrgID)
	s.Must("config", "set", "--secret", "dbPassword", plantedPassword)
	s.Must("config", "set", "--secret", "webhookSecret", plantedWebhook)
	return s
}

func TestSecureAgentProjectExample(t *testing.T) {
	t.Parallel()
	// The API has a weaker default than the component.
	local := contracttest.Start(t, localapi.Options{Behaviour: localapi.Behaviour{DefaultSSLMode: "prefer"}})
	s := newExampleStack(t, local)

	preview := s.Must("preview", "--diff")
	assert.Empty(t, local.Requests(), "a preview makes no request")
	assert.Contains(t, preview, "[secret]")
	assert.NotContains(t, preview, "warning:")
	s.Up()
	s.AddCanaries()
	assert.Len(t, local.Requests(), 6, "each object takes one request")

	project, policy, agent := local.Objects("projects")[0], local.Objects("policies")[0], local.Objects("agents")[0]
	database := local.Objects("databases")[0]
	assert.Equal(t, plantedPassword, local.Secret("databases", database["id"].(string), "password"))
	assert.Equal(t, plantedWebhook, local.Secret("webhooks", local.Objects("webhooks")[0]["id"].(string), "secret"))
	assert.Equal(t, "verify-full", database["ssl_mode"])
	assert.Equal(t, true, database["auto_read_routing"], "there are replicas")
	assert.Equal(t, 5432.0, database["port"])
	assert.Len(t, local.Objects("replicas"), 2)
	for _, replica := range local.Objects("replicas") {
		assert.Equal(t, "verify-full", replica["ssl_mode"])
	}
	assert.Equal(t, "read_only", policy["access_mode"])
	assert.Equal(t, "block", policy["migration_safety"])
	assert.Equal(t, 1000.0, policy["max_rows"])
	assert.Equal(t, 30000.0, policy["statement_timeout_ms"])
	assert.Equal(t, 1000.0, policy["budget_queries_per_hour"])

	outputs := s.Outputs()
	assert.Equal(t, project["id"], outputs["projectId"])
	assert.Equal(t, project["proxy_host"], outputs["proxyHost"])
	assert.Equal(t, agent["pg_username"], outputs["agentUsername"])
	assert.Equal(t, local.Secret("agents", agent["id"].(string), "connection_string"), outputs["agentConnectionString"])
	assert.Equal(t, local.Secret("agents", agent["id"].(string), "mcp_token"), outputs["mcpToken"])
	assert.Equal(t, 2, strings.Count(s.Must("stack", "output"), "[secret]"))

	state := s.State()
	for _, child := range []string{"shop-project", "shop-replica-0", "shop-replica-1", "shop-policy", "shop-agent", "shop-webhook"} {
		assert.Equal(t, state["shop"].URN, state[child].Parent, child)
	}
	component := state["shop"].Outputs
	assert.Equal(t, policy["id"], component["policyProfileId"])
	assert.Equal(t, agent["id"], component["agentCredentialId"])
	assert.Equal(t, database["id"], component["primaryDatabaseId"])
	assert.Len(t, component["replicaIds"], 2)
	assert.NotEmpty(t, component["webhookEndpointId"])

	local.ResetRequests()
	s.Up("--expect-no-changes", "-v=9", "--logtostderr")
	assert.Empty(t, local.Requests(), "an update without changes makes no request")
	s.Up("--refresh", "--expect-no-changes")
	s.Must("preview", "--refresh", "--diff", "--expect-no-changes")

	s.Must("destroy", "--yes")
	s.AssertEmpty()
}

// TestChangeUpdatesOneResource requires that a change of one child's inputs does not
// update another child.
func TestChangeUpdatesOneResource(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newExampleStack(t, local)
	s.Up()
	s.AddCanaries()
	program := s.Program()

	s.WriteProgram(strings.Replace(program, "The shop's database, for the support agent", "Another description", 1))
	preview := s.Must("preview", "--diff")
	assert.Contains(t, preview, "2 to update") // the project, and the component, whose input has changed
	assert.Contains(t, preview, "6 unchanged")
	local.ResetRequests()
	s.Up()
	assert.Len(t, local.Requests(), 1)
	assert.Equal(t, "Another description", local.Objects("projects")[0]["description"])

	// Changes of the policy, the project and its database take one request each.
	changed := strings.Replace(program, "The shop's database, for the support agent", "A third description", 1)
	changed = strings.Replace(changed, "host: shop.example.com", "host: new.example.com", 1)
	changed = strings.Replace(changed, "public.orders, ", "", 1)
	s.WriteProgram(changed)
	local.ResetRequests()
	assert.Contains(t, s.Up(), "3 updated")
	assert.Equal(t, 1, local.Count("PATCH", "/v1/projects/*"))
	assert.Equal(t, 1, local.Count("PATCH", "/v1/projects/*/databases/*"))
	assert.Equal(t, 1, local.Count("PUT", "/v1/projects/*/policies/*"))
	assert.Len(t, local.Requests(), 3)
}

// TestLogsHaveNoSecrets deploys at the highest verbosity. The leak check searches
// the logs when the test ends.
func TestLogsHaveNoSecrets(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newExampleStack(t, local)
	s.Must("config", "set", "--secret", "pgbeam:apiKey", local.APIKey)
	log := s.Up("-v=9", "--logtostderr", "--logflow", "--debug")
	s.AddCanaries()
	assert.Greater(t, len(log), 100000, "the output has the log")
	s.Must("refresh", "--yes", "-v=11", "--logtostderr", "--logflow")
	s.Must("destroy", "--yes", "-v=8", "--logtostderr", "--logflow")
}

func TestInvalidComponentInputs(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, `
name: bad
runtime: yaml
resources:
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: `+local.OrgID+`
      allowedCidrs: ["10.0.0.0/8", "10.0.0.0/33"]
      database: { host: db.example.com, port: 70000, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted }, sslMode: prefer }
      replicas: [{ host: "a b" }, { host: replica.example.com, sslMode: disable }]
      policy:
        accessMode: read_write
        maskingRules:
          - { table: users, column: email, kind: redact }
          - { table: users, column: phone, kind: erase }
      webhook: { url: "http://example.com/hooks" }
      agent: { expiresAt: tomorrow }
`)
	s.AddCanary("the password", "hunter2-planted")
	for _, command := range [][]string{{"preview"}, {"up", "--yes", "--skip-preview"}} {
		output := s.MustFail(command...)
		for _, problem := range []string{
			`allowedCidrs[1] must be an IPv4 or IPv6 range`, `got "10.0.0.0/33"`,
			"database.port must be between 1 and 65535; got 70000",
			"database.sslMode is prefer, which allows connections without TLS",
			`replicas[0].host must be a host name`,
			"replicas[1].sslMode is disable",
			"policy.accessMode is read_write without approvals",
			`policy.maskingRules[1].kind must be one of redact, null, hash; got "erase"`,
			"webhook.url begins with http://",
			`agent.expiresAt must be an RFC 3339 timestamp`,
		} {
			assert.Contains(t, output, problem)
		}
	}
	assert.Empty(t, local.Requests(), "nothing was created")
}

func TestInvalidResourceInputs(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, `
name: bad
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: ""
      allowedCidrs: ["10.0.0.0/33"]
      database: { host: "db example", port: 70000, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
      cidrLabels: { "10.0.0.0/8": "${pulumi.stack}" }
`)
	s.AddCanary("the password", "hunter2-planted")
	output := s.MustFail("up", "--yes", "--skip-preview")
	for _, problem := range []string{
		"orgId must not be empty", "allowedCidrs[0] must be an IPv4", "database.port must be between 1 and 65535",
		"database.host must be a host name",
	} {
		assert.Contains(t, output, problem)
	}
	assert.Empty(t, local.Requests())
}

const oneProject = `
name: one
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: org_local
      name: one
      allowedCidrs: [203.0.113.0/24]
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
outputs:
  id: ${project.id}
`

func TestMissingKey(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, oneProject, "PGBEAM_API_KEY=")
	s.Must("preview") // a preview needs no key
	output := s.MustFail("up", "--yes", "--skip-preview")
	for _, place := range []string{"pulumi config set pgbeam:apiKey --secret", "configure()", "PGBEAM_API_KEY"} {
		assert.Contains(t, output, place)
	}
	assert.Equal(t, 1, strings.Count(strings.SplitN(output, "Diagnostics:", 2)[1], "no PgBeam API key: set one"))
	assert.NotContains(t, s.State(), "project")
	assert.Empty(t, local.Requests())

	s.Must("config", "set", "--secret", "pgbeam:apiKey", local.APIKey)
	s.Up()
	s.AddCanaries()
	assert.Contains(t, s.State(), "project")
}

func TestWrongKey(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, oneProject, "PGBEAM_API_KEY=pbo_planted_wrong_key")
	s.AddCanary("the wrong key", "pbo_planted_wrong_key")
	output := s.MustFail("up", "--yes", "--skip-preview")
	for _, part := range []string{"401 UNAUTHORIZED", "POST /v1/projects", "request ID", "pgbeam:apiKey", "PGBEAM_API_KEY"} {
		assert.Contains(t, output, part)
	}
	assert.NotContains(t, s.State(), "project")
}

func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())
	s := clitest.New(t, contracttest.Start(t, localapi.Options{}), oneProject, "PGBEAM_API_URL="+address)
	output := s.MustFail("up", "--yes", "--skip-preview")
	for _, part := range []string{address, "connection refused", "pgbeam:baseUrl", "PGBEAM_API_URL"} {
		assert.Contains(t, output, part)
	}
	assert.NotContains(t, s.State(), "project")
}

func TestInvalidBaseURL(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, oneProject, "PGBEAM_API_URL=http://api.pgbeam.com")
	assert.Contains(t, s.MustFail("up", "--yes"), "must begin with https://")
	s.Must("config", "set", "pgbeam:baseUrl", "ftp://api.pgbeam.com")
	assert.Contains(t, s.MustFail("up", "--yes"), "baseUrl must be a URL that begins with https://")
}

func TestPlanLimit(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{Limits: localapi.Limits{AgentCredentials: 1}})
	s := newExampleStack(t, local)
	s.Up()
	s.AddCanaries()
	program := s.Program()
	s.WriteProgram(strings.Replace(program, "outputs:", `  second:
    type: pgbeam:AgentCredential
    properties: { projectId: "${shop.projectId}", policyProfileId: "${shop.policyProfileId}", name: Second bot }
outputs:`, 1))
	output := s.MustFail("up", "--yes")
	for _, part := range []string{"403 PLAN_LIMIT_REACHED", "AgentCredential", "second", "upgrade the plan"} {
		assert.Contains(t, output, part)
	}
	state := s.State()
	assert.NotContains(t, state, "second")
	assert.Contains(t, state, "shop-agent")
	assert.Len(t, local.Objects("agents"), 1)
}

// TestPartialCreateIsCompleted fails the second request of a create.
func TestPartialCreateIsCompleted(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, oneProject)
	local.AddFault(localapi.Fault{Method: "PATCH", Path: "/v1/projects/*", Times: 1, Status: 500, Code: "INTERNAL_ERROR", Detail: "it is raining"})
	output := s.MustFail("up", "--yes", "--skip-preview")
	s.AddCanaries()
	assert.Contains(t, output, "it is raining")
	require.Len(t, local.Objects("projects"), 1)
	project := s.State()["project"]
	assert.Equal(t, local.Objects("projects")[0]["id"], project.ID)
	assert.NotEmpty(t, project.InitErrors)

	local.ResetRequests()
	s.Up()
	assert.Len(t, local.Requests(), 1, "only the missing part is sent")
	require.Len(t, local.Objects("projects"), 1)
	assert.Equal(t, []any{scenario.Object{"cidr": "203.0.113.0/24"}}, local.Objects("projects")[0]["allowed_cidrs"])
	assert.Empty(t, s.State()["project"].InitErrors)
	s.Up("--expect-no-changes")
}

// TestNewKeyReplacesNothing changes the API key, the base URL and other settings.
func TestNewKeyReplacesNothing(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{APIKeys: map[string]string{"pbo_first_planted": "org_local", "pbo_second_planted": "org_local"}})
	s := newExampleStack(t, local, "PGBEAM_API_KEY=")
	s.AddCanary("the first key", "pbo_first_planted")
	s.AddCanary("the second key", "pbo_second_planted")
	s.Must("config", "set", "--secret", "pgbeam:apiKey", "pbo_first_planted")
	s.Up()
	s.AddCanaries()
	s.Must("config", "set", "--secret", "pgbeam:apiKey", "pbo_second_planted")
	s.Must("config", "set", "pgbeam:baseUrl", strings.Replace(local.URL, "127.0.0.1", "localhost", 1))
	s.Must("config", "set", "pgbeam:maxRetries", "2")
	preview := s.Must("preview", "--diff")
	assert.NotContains(t, preview, "replace")
	assert.Contains(t, preview, "8 unchanged")
	local.ResetRequests()
	s.Up()
	s.Must("destroy", "--yes")
	for _, request := range local.Requests() {
		assert.Equal(t, "Bearer pbo_second_planted", request.Header.Get("Authorization"))
	}
	s.AssertEmpty()
}

func TestExplicitProviders(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{APIKeys: map[string]string{"pbo_a_planted": "org_a", "pbo_b_planted": "org_b"}})
	s := clitest.New(t, local, `
name: providers
runtime: yaml
resources:
  a:
    type: pulumi:providers:pgbeam
    properties: { apiKey: { fn::secret: pbo_a_planted }, baseUrl: `+local.URL+`, maxRetries: 1, requestTimeout: 10s }
  b:
    type: pulumi:providers:pgbeam
    properties: { apiKey: { fn::secret: pbo_b_planted }, baseUrl: `+local.URL+` }
  inA:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_a
      database: { host: db.example.com, name: a, username: pgbeam, password: { fn::secret: hunter2-planted } }
      enforceForHumans: true
    options: { provider: "${a}" }
  inB:
    type: pgbeam:Project
    properties:
      orgId: org_b
      database: { host: db.example.com, port: 5432, name: b, username: pgbeam, password: { fn::secret: hunter2-planted } }
    options: { provider: "${b}" }
`, "PGBEAM_API_KEY=", "PGBEAM_API_URL=")
	s.AddCanary("key a", "pbo_a_planted")
	s.AddCanary("key b", "pbo_b_planted")
	s.AddCanary("the password", "hunter2-planted")
	s.Up()
	s.AddCanaries()
	require.Len(t, local.Objects("projects"), 2)
	for _, project := range local.Objects("projects") {
		if project["org_id"] == "org_a" {
			assert.Equal(t, local.Objects("policies")[0]["id"], project["default_policy_profile_id"], "enforced for people, too")
		}
	}
	s.Up("--expect-no-changes")
	s.Must("destroy", "--yes")
	s.AssertEmpty()
}

// TestRotationReachesConsumers requires that a rotation updates the resources that
// use the secret in the same run, and no others.
func TestRotationReachesConsumers(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	program := func(quarter string) string {
		return `
name: rotation
runtime: yaml
resources:
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: ` + local.OrgID + `
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
      agent: { rotationTriggers: { quarter: "` + quarter + `" } }
  edge:
    type: pgbeam:SelfHostEnrollment
    properties: { orgId: ` + local.OrgID + `, rotationTriggers: { quarter: "` + quarter + `" } }
  usesTheAgent:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${shop.projectId}", url: "https://example.com/agent", secret: "${shop.mcpToken}" }
  usesTheEdge:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${shop.projectId}", url: "https://example.com/edge", secret: "${edge.token}" }
`
	}
	s := clitest.New(t, local, program("1"))
	s.AddCanary("the password", "hunter2-planted")
	s.Up()
	s.AddCanaries()
	before := s.State()
	s.WriteProgram(program("2"))
	preview := s.Must("preview", "--diff")
	assert.Contains(t, preview, "5 to update") // the component, its credential, the enrollment, and what uses their secrets
	local.ResetRequests()
	s.Up()
	s.AddCanaries()
	assert.Len(t, local.Requests(), 5, "a rotation is verified by a read")
	after := s.State()
	for _, name := range []string{"shop-agent", "edge"} {
		assert.Equal(t, before[name].ID, after[name].ID)
	}
	agent, edge := after["shop-agent"].ID, after["edge"].ID
	assert.Equal(t, local.Secret("agents", agent, "mcp_token"), local.Secret("webhooks", after["usesTheAgent"].ID, "secret"))
	assert.Equal(t, local.Secret("self-host-enrollments", edge, "token"), local.Secret("webhooks", after["usesTheEdge"].ID, "secret"))
	s.Up("--expect-no-changes")
}

// TestUnknownProperties requires an error with the path of each before anything is
// created.
func TestUnknownProperties(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, `
name: typo
runtime: yaml
resources:
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      database: { host: db.example.com, name: shop, username: pgbeam, pasword: hunter2 }
      polici: {}
`)
	output := s.MustFail("up", "--yes", "--skip-preview")
	for _, problem := range []string{"polici", "pasword", "orgId"} {
		assert.Contains(t, output, problem)
	}
	assert.Empty(t, local.Requests())
}

// TestRejectedSecretsAreNotPrinted requires that check failures have no secrets. The
// engine prints the value at the path of a failure.
func TestRejectedSecretsAreNotPrinted(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	long := strings.Repeat("planted-and-too-long-", 20)
	for name, secret := range map[string]string{"plain": `"` + long + `"`, "wrapped": `{ fn::secret: "` + long + `" }`} {
		s := clitest.New(t, local, `
name: refused
runtime: yaml
resources:
  `+name+`:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: prj_1, url: "https://example.com", secret: `+secret+` }
`)
		s.AddCanary("the signing key", long)
		output := s.MustFail("preview")
		assert.Contains(t, output, "secret must have at most 256 characters")
	}
}

// TestImportOfMissingObject requires an error that names the ID.
func TestImportOfMissingObject(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, "name: imports\nruntime: yaml\n")
	for _, kind := range []string{"Project", "PolicyProfile", "Replica", "SelfHostEnrollment"} {
		id := scenario.KindNamed(kind).MissingID(local.OrgID)
		output := s.MustFail("import", "--yes", "pgbeam:index:"+kind, "nothing", id)
		assert.Contains(t, output, "'"+id+"' does not exist")
	}
	assert.NotContains(t, s.State(), "nothing")
}

// TestTargetBesideComponent updates another resource with --target before the
// component exists.
func TestTargetBesideComponent(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, `
name: targets
runtime: yaml
resources:
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: `+local.OrgID+`
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
  limit:
    type: pgbeam:SpendLimit
    properties: { orgId: `+local.OrgID+`, spendLimit: 3 }
outputs:
  mcpToken: ${shop.mcpToken}
`)
	s.AddCanary("the password", "hunter2-planted")
	s.Up("--target", "**limit**")
	assert.Equal(t, 3.0, local.Objects("plan")[0]["spend_limit"])
	assert.Empty(t, local.Objects("projects"))
	s.Up()
	s.AddCanaries()
	assert.Equal(t, local.Secret("agents", local.Objects("agents")[0]["id"].(string), "mcp_token"), s.Outputs()["mcpToken"])
	assert.Contains(t, s.Must("stack", "output"), "[secret]")
}

// TestExpiryInThePast requires that the component rejects an expiry in the past
// before it creates anything.
func TestExpiryInThePast(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := clitest.New(t, local, `
name: expired
runtime: yaml
resources:
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: `+local.OrgID+`
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
      agent: { expiresAt: "2020-01-01T00:00:00Z" }
`)
	s.AddCanary("the password", "hunter2-planted")
	assert.Contains(t, s.MustFail("up", "--yes"), `expiresAt must be in the future; got "2020-01-01T00:00:00Z"`)
	assert.Empty(t, local.Requests())
}
