// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const (
	plantedPassword = `db-p@ss:/w"ord'%20\1`
	plantedWebhook  = "whsec-planted-2f6d"
)

// configured is the example of the README with the settings that it asks for.
func configured(t *testing.T, local *localapi.Local, env ...string) *stack {
	t.Helper()
	s := stackOf(t, local, filepath.Join(built.root, "examples", "yaml", "secure-agent-project"), env...)
	s.plant("the database password", plantedPassword)
	s.plant("the webhook secret", plantedWebhook)
	s.must("config", "set", "orgId", local.OrgID)
	s.must("config", "set", "--secret", "dbPassword", plantedPassword)
	s.must("config", "set", "--secret", "webhookSecret", plantedWebhook)
	return s
}

func TestSecureAgentProjectExample(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := configured(t, local)

	preview := s.must("preview", "--diff")
	assert.Empty(t, local.Requests(), "a preview makes no request")
	assert.Contains(t, preview, "[secret]")
	s.up()
	s.plantAll()
	assert.Len(t, local.Requests(), 6, "each object takes one request")

	project, policy, agent := local.Objects("projects")[0], local.Objects("policies")[0], local.Objects("agents")[0]
	database := local.Objects("databases")[0]
	assert.Equal(t, plantedPassword, local.Secret("databases", database["id"].(string), "password"))
	assert.Equal(t, plantedWebhook, local.Secret("webhooks", local.Objects("webhooks")[0]["id"].(string), "secret"))
	assert.Equal(t, "require", database["ssl_mode"])
	assert.Equal(t, true, database["auto_read_routing"], "there are replicas")
	assert.Equal(t, 5432.0, database["port"])
	assert.Len(t, local.Objects("replicas"), 2)
	assert.Equal(t, "require", local.Objects("replicas")[0]["ssl_mode"])
	assert.Equal(t, "read_only", policy["access_mode"])
	assert.Equal(t, "block", policy["migration_safety"])
	assert.Equal(t, 1000.0, policy["max_rows"])
	assert.Equal(t, 30000.0, policy["statement_timeout_ms"])
	assert.Equal(t, 1000.0, policy["budget_queries_per_hour"])

	outputs := s.outputs()
	assert.Equal(t, project["id"], outputs["projectId"])
	assert.Equal(t, project["proxy_host"], outputs["proxyHost"])
	assert.Equal(t, agent["pg_username"], outputs["agentUsername"])
	assert.Equal(t, local.Secret("agents", agent["id"].(string), "connection_string"), outputs["agentConnectionString"])
	assert.Equal(t, local.Secret("agents", agent["id"].(string), "mcp_token"), outputs["mcpToken"])
	assert.Equal(t, 2, strings.Count(s.must("stack", "output"), "[secret]"))

	state := s.state()
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
	s.up("--expect-no-changes", "-v=9", "--logtostderr")
	assert.Empty(t, local.Requests(), "an update without changes makes no request")
	s.up("--refresh", "--expect-no-changes")
	s.must("preview", "--refresh", "--diff", "--expect-no-changes")

	s.must("destroy", "--yes")
	assertEmpty(t, local)
}

// assertEmpty fails unless the API holds nothing.
func assertEmpty(t *testing.T, local *localapi.Local) {
	t.Helper()
	for _, kind := range []string{"projects", "databases", "replicas", "policies", "agents", "webhooks"} {
		assert.Empty(t, local.Objects(kind), kind)
	}
}

// TestOneChangeChangesOneResource: a child never changes because another's
// description did.
func TestOneChangeChangesOneResource(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := configured(t, local)
	s.up()
	s.plantAll()
	text, err := readFile(filepath.Join(s.Dir, "Pulumi.yaml"))
	require.NoError(t, err)

	s.program(strings.Replace(text, "The shop's database, for the support agent", "Another description", 1))
	preview := s.must("preview", "--diff")
	assert.Contains(t, preview, "1 to update")
	assert.Contains(t, preview, "7 unchanged")
	local.ResetRequests()
	s.up()
	assert.Len(t, local.Requests(), 1)
	assert.Equal(t, "Another description", local.Objects("projects")[0]["description"])

	// A change of the policy and of the nested database: three requests, one for each.
	changed := strings.Replace(text, "The shop's database, for the support agent", "A third description", 1)
	changed = strings.Replace(changed, "host: shop.example.com", "host: new.example.com", 1)
	changed = strings.Replace(changed, "public.orders, ", "", 1)
	s.program(changed)
	local.ResetRequests()
	assert.Contains(t, s.up(), "2 updated")
	assert.Equal(t, 1, local.Count("PATCH", "/v1/projects/*"))
	assert.Equal(t, 1, local.Count("PATCH", "/v1/projects/*/databases/*"))
	assert.Equal(t, 1, local.Count("PUT", "/v1/projects/*/policies/*"))
	assert.Len(t, local.Requests(), 3)
}

// TestNoSecretInTheLogs runs a deployment that creates everything at the
// highest verbosity; what it prints is searched when the test ends.
func TestNoSecretInTheLogs(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := configured(t, local)
	s.must("config", "set", "--secret", "pgbeam:apiKey", local.APIKey)
	log := s.up("-v=9", "--logtostderr", "--logflow", "--debug")
	s.plantAll()
	assert.Greater(t, len(log), 100000, "the log is there")
	s.must("refresh", "--yes", "-v=11", "--logtostderr", "--logflow")
	s.must("destroy", "--yes", "-v=8", "--logtostderr", "--logflow")
}

func TestBadInputOfTheComponent(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newStack(t, local, `
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
	s.plant("the password", "hunter2-planted")
	for _, command := range [][]string{{"preview"}, {"up", "--yes", "--skip-preview"}} {
		printed := s.fails(command...)
		for _, problem := range []string{
			`allowedCidrs[1] must be an IPv4 or IPv6 range`, `got "10.0.0.0/33"`,
			"database.port must be between 1 and 65535; got 70000",
			"database.sslMode is prefer, which allows connections without TLS",
			`replicas[0].host must be a host name`,
			"replicas[1].sslMode is disable",
			"policy.accessMode is read_write without approvals",
			`policy.maskingRules[1].kind must be one of redact, null, hash; got "erase"`,
			"webhook.url begins with http://",
			`agent.expiresAt must be a timestamp`,
		} {
			assert.Contains(t, printed, problem)
		}
	}
	assert.Empty(t, local.Requests(), "nothing was created")
}

func TestBadInputOfResources(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newStack(t, local, `
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
	s.plant("the password", "hunter2-planted")
	printed := s.fails("up", "--yes", "--skip-preview")
	for _, problem := range []string{
		"orgId must not be empty", "allowedCidrs[0] must be an IPv4", "database.port must be between 1 and 65535",
		"database.host must be a host name",
	} {
		assert.Contains(t, printed, problem)
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

func TestNoKey(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newStack(t, local, oneProject, "PGBEAM_API_KEY=")
	s.must("preview") // which needs none
	printed := s.fails("up", "--yes", "--skip-preview")
	for _, way := range []string{"pulumi config set pgbeam:apiKey --secret", "configure()", "PGBEAM_API_KEY"} {
		assert.Contains(t, printed, way)
	}
	assert.Equal(t, 1, strings.Count(strings.SplitN(printed, "Diagnostics:", 2)[1], "no PgBeam API key: set one"))
	assert.NotContains(t, s.state(), "project")
	assert.Empty(t, local.Requests())

	s.must("config", "set", "--secret", "pgbeam:apiKey", local.APIKey)
	s.up()
	s.plantAll()
	assert.Contains(t, s.state(), "project")
}

func TestWrongKey(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newStack(t, local, oneProject, "PGBEAM_API_KEY=pbo_planted_wrong_key")
	s.plant("the wrong key", "pbo_planted_wrong_key")
	printed := s.fails("up", "--yes", "--skip-preview")
	for _, part := range []string{"401 UNAUTHORIZED", "POST /v1/projects", "request ID", "pgbeam:apiKey", "PGBEAM_API_KEY"} {
		assert.Contains(t, printed, part)
	}
	assert.NotContains(t, s.state(), "project")
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())
	s := newStack(t, contracttest.Start(t, localapi.Options{}), oneProject, "PGBEAM_API_URL="+address)
	printed := s.fails("up", "--yes", "--skip-preview")
	for _, part := range []string{address, "connection refused", "pgbeam:baseUrl", "PGBEAM_API_URL"} {
		assert.Contains(t, printed, part)
	}
	assert.NotContains(t, s.state(), "project")
}

func TestBadBaseURL(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newStack(t, local, oneProject, "PGBEAM_API_URL=http://api.pgbeam.com")
	assert.Contains(t, s.fails("up", "--yes"), "must begin with https://")
	s.must("config", "set", "pgbeam:baseUrl", "ftp://api.pgbeam.com")
	assert.Contains(t, s.fails("up", "--yes"), "baseUrl must be a URL that begins with https://")
}

func TestPlanLimit(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{Limits: localapi.Limits{AgentCredentials: 1}})
	s := configured(t, local)
	s.up()
	s.plantAll()
	text, err := readFile(filepath.Join(s.Dir, "Pulumi.yaml"))
	require.NoError(t, err)
	s.program(strings.Replace(text, "outputs:", `  second:
    type: pgbeam:AgentCredential
    properties: { projectId: "${shop.projectId}", policyProfileId: "${shop.policyProfileId}", name: Second bot }
outputs:`, 1))
	printed := s.fails("up", "--yes")
	for _, part := range []string{"403 PLAN_LIMIT_REACHED", "AgentCredential", "second", "upgrade the plan"} {
		assert.Contains(t, printed, part)
	}
	state := s.state()
	assert.NotContains(t, state, "second")
	assert.Contains(t, state, "shop-agent")
	assert.Len(t, local.Objects("agents"), 1)
}

func TestSecondRequestOfACreateFails(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newStack(t, local, oneProject)
	local.AddFault(localapi.Fault{Method: "PATCH", Path: "/v1/projects/*", Times: 1, Status: 500, Code: "INTERNAL_ERROR", Detail: "it is raining"})
	printed := s.fails("up", "--yes", "--skip-preview")
	s.plantAll()
	assert.Contains(t, printed, "it is raining")
	require.Len(t, local.Objects("projects"), 1)
	project := s.state()["project"]
	assert.Equal(t, local.Objects("projects")[0]["id"], project.ID)
	assert.NotEmpty(t, project.InitErrors)

	local.ResetRequests()
	s.up()
	assert.Len(t, local.Requests(), 1, "only what is missing is sent")
	require.Len(t, local.Objects("projects"), 1)
	assert.Equal(t, []any{object{"cidr": "203.0.113.0/24"}}, local.Objects("projects")[0]["allowed_cidrs"])
	assert.Empty(t, s.state()["project"].InitErrors)
	s.up("--expect-no-changes")
}

// TestANewKeyReplacesNothing: neither does another address.
func TestANewKeyReplacesNothing(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{APIKeys: map[string]string{"pbo_first_planted": "org_local", "pbo_second_planted": "org_local"}})
	s := configured(t, local, "PGBEAM_API_KEY=")
	s.plant("the first key", "pbo_first_planted")
	s.plant("the second key", "pbo_second_planted")
	s.must("config", "set", "--secret", "pgbeam:apiKey", "pbo_first_planted")
	s.up()
	s.plantAll()
	s.must("config", "set", "--secret", "pgbeam:apiKey", "pbo_second_planted")
	s.must("config", "set", "pgbeam:baseUrl", strings.Replace(local.URL, "127.0.0.1", "localhost", 1))
	s.must("config", "set", "pgbeam:maxRetries", "2")
	preview := s.must("preview", "--diff")
	assert.NotContains(t, preview, "replace")
	assert.Contains(t, preview, "8 unchanged")
	local.ResetRequests()
	s.up()
	s.must("destroy", "--yes")
	for _, request := range local.Requests() {
		assert.Equal(t, "Bearer pbo_second_planted", request.Header.Get("Authorization"))
	}
	assertEmpty(t, local)
}

func TestExplicitProviders(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{APIKeys: map[string]string{"pbo_a_planted": "org_a", "pbo_b_planted": "org_b"}})
	s := newStack(t, local, `
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
	s.plant("key a", "pbo_a_planted")
	s.plant("key b", "pbo_b_planted")
	s.plant("the password", "hunter2-planted")
	s.up()
	s.plantAll()
	require.Len(t, local.Objects("projects"), 2)
	for _, project := range local.Objects("projects") {
		if project["org_id"] == "org_a" {
			assert.Equal(t, local.Objects("policies")[0]["id"], project["default_policy_profile_id"], "enforced for people, too")
		}
	}
	s.up("--expect-no-changes")
	s.must("destroy", "--yes")
	assertEmpty(t, local)
}

// TestRotationReachesConsumers: what uses a secret changes in the same update
// that makes a new one, and nothing else does.
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
	s := newStack(t, local, program("1"))
	s.plant("the password", "hunter2-planted")
	s.up()
	s.plantAll()
	before := s.state()
	s.program(program("2"))
	preview := s.must("preview", "--diff")
	assert.Contains(t, preview, "4 to update")
	local.ResetRequests()
	s.up()
	s.plantAll()
	assert.Len(t, local.Requests(), 4)
	after := s.state()
	for _, name := range []string{"shop-agent", "edge"} {
		assert.Equal(t, before[name].ID, after[name].ID)
	}
	agent, edge := after["shop-agent"].ID, after["edge"].ID
	assert.Equal(t, local.Secret("agents", agent, "mcp_token"), local.Secret("webhooks", after["usesTheAgent"].ID, "secret"))
	assert.Equal(t, local.Secret("self-host-enrollments", edge, "token"), local.Secret("webhooks", after["usesTheEdge"].ID, "secret"))
	s.up("--expect-no-changes")
}

// TestAPropertyThatDoesNotExist is told with its path, before anything is created.
func TestAPropertyThatDoesNotExist(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newStack(t, local, `
name: typo
runtime: yaml
resources:
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      database: { host: db.example.com, name: shop, username: pgbeam, pasword: hunter2 }
      polici: {}
`)
	printed := s.fails("up", "--yes", "--skip-preview")
	for _, problem := range []string{"polici", "pasword", "orgId"} {
		assert.Contains(t, printed, problem)
	}
	assert.Empty(t, local.Requests())
}

// TestRefusedSecretsAreNotShown: the engine prints what is wrong beside the
// value at its path, and that must not be one that is secret.
func TestRefusedSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	long := strings.Repeat("planted-and-too-long-", 20)
	for name, secret := range map[string]string{"plain": `"` + long + `"`, "wrapped": `{ fn::secret: "` + long + `" }`} {
		s := newStack(t, local, `
name: refused
runtime: yaml
resources:
  `+name+`:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: prj_1, url: "https://example.com", secret: `+secret+` }
`)
		s.plant("the signing key", long)
		printed := s.fails("preview")
		assert.Contains(t, printed, "secret must have at most 256 characters")
	}
}

// TestImportOfNothing is an error that names the object, and leaves nothing in the state.
func TestImportOfNothing(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newStack(t, local, "name: imports\nruntime: yaml\n")
	for kind, id := range map[string]string{
		"Project": "prj_missing", "PolicyProfile": "prj_missing/pol_missing", "Replica": "db_missing/rep_missing",
		"SelfHostEnrollment": local.OrgID + "/she_missing",
	} {
		printed := s.fails("import", "--yes", "pgbeam:index:"+kind, "nothing", id)
		assert.Contains(t, printed, "'"+id+"' does not exist")
	}
	assert.NotContains(t, s.state(), "nothing")
}

// TestOtherTargets: an update that leaves the component's children out, which do
// not exist yet, is about the others.
func TestOtherTargets(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newStack(t, local, `
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
	s.plant("the password", "hunter2-planted")
	s.up("--target", "**limit**")
	assert.Equal(t, 3.0, local.Objects("plan")[0]["spend_limit"])
	assert.Empty(t, local.Objects("projects"))
	s.up()
	s.plantAll()
	assert.Equal(t, local.Secret("agents", local.Objects("agents")[0]["id"].(string), "mcp_token"), s.outputs()["mcpToken"])
	assert.Contains(t, s.must("stack", "output"), "[secret]")
}

// TestAnExpiryInThePast is refused before anything is created, in the component
// too; only the credential itself knows whether it exists.
func TestAnExpiryInThePast(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	s := newStack(t, local, `
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
	s.plant("the password", "hunter2-planted")
	assert.Contains(t, s.fails("up", "--yes"), `expiresAt must be in the future; got "2020-01-01T00:00:00Z"`)
	assert.Empty(t, local.Requests())
}
