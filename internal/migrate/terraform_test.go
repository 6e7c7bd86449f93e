// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/terraform"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// terraformText returns a Terraform state with resources, which are JSON.
func terraformText(resources ...string) string {
	return `{"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "x", "outputs": {}, "resources": [` +
		strings.Join(resources, ",\n") + `], "check_results": null}`
}

// managed returns a resource of a Terraform state with its instances, which are JSON.
func managed(module, typ, name string, instances ...string) string {
	return fmt.Sprintf(`{"module": %q, "mode": "managed", "type": %q, "name": %q, "provider": "provider[\"registry.terraform.io/sferarc/pgbeam\"]", "instances": [%s]}`,
		module, typ, name, strings.Join(instances, ", "))
}

// instance returns an instance with attributes, and more members.
func instance(attributes, more string) string {
	return `{"schema_version": 0, "attributes": {` + attributes + `}, "sensitive_attributes": []` + more + `}`
}

func withKey(attributes, key string) string { return instance(attributes, `, "index_key": `+key) }

const (
	projectAttributes  = `"id": "prj_1", "org_id": "org_1", "name": "shop", "description": null, "tags": null, "status": "active", "database_count": 1`
	databaseAttributes = `"id": "db_1", "project_id": "prj_1", "host": "db.example.com", "port": 5432, "name": "store", "username": "pgbeam", "password": "hunter2", ` +
		`"role": null, "cache_config": {"enabled": false, "ttl_seconds": 60, "max_entries": 10000, "swr_seconds": 30}`
	agentAttributes = `"id": "agt_1", "project_id": "prj_1", "policy_profile_id": "pol_1", "name": "bot", "connection_string": "postgres://secret", ` +
		`"mcp_url": "https://mcp.example.com", "mcp_token": "pbm_secret"`
)

// TestKindsOfTerraform verifies that each type of the Terraform provider is a kind with
// an object, by the rule with which its attributes are properties.
func TestKindsOfTerraform(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, inner := range resources.All() {
		known[inner.Kind()] = inner.HasObject()
	}
	for typ, kind := range terraform.Kinds {
		assert.True(t, known[kind], kind)
		assert.Equal(t, terraform.Provider+terraform.Attribute(kind), typ)
	}
	for property, attribute := range map[string]string{
		"p95LatencyMs": "p95_latency_ms", "mcpUrl": "mcp_url", "cacheSwrSeconds": "cache_swr_seconds", "name": "name", "acmeCnameHost": "acme_cname_host",
	} {
		assert.Equal(t, attribute, terraform.Attribute(property))
		assert.Equal(t, property, terraform.Property(attribute))
	}
}

func TestTerraformImportFile(t *testing.T) {
	t.Parallel()
	type item struct{ typ, name, logical, id string }
	for name, test := range map[string]struct {
		state string
		want  []item
		// report has texts that the report contains.
		report []string
	}{
		"nothing": {terraformText(), nil, []string{"0 to move, 0 to leave"}},
		"parents first": {
			terraformText(
				managed("", "pgbeam_agent_credential", "bot", instance(agentAttributes, "")),
				managed("", "pgbeam_replica", "read", instance(`"id": "rep_1", "database_id": "db_1", "host": "r", "port": 1`, "")),
				managed("", "pgbeam_database", "store", instance(databaseAttributes+`, "connection_string": "postgres://x"`, "")),
				managed("", "pgbeam_policy_profile", "strict", instance(`"id": "pol_1", "project_id": "prj_1", "name": "strict"`, "")),
				managed("", "pgbeam_project", "shop", instance(projectAttributes, "")),
			),
			[]item{
				{"Project", "shop", "", "prj_1"},
				{"Database", "store", "", "prj_1/db_1"},
				{"Replica", "read", "", "db_1/rep_1"},
				{"PolicyProfile", "strict", "", "prj_1/pol_1"},
				{"AgentCredential", "bot", "", "prj_1/agt_1"},
			},
			[]string{
				`move  Project "shop" (prj_1) from pgbeam_project.shop` + "\n",
				"note  pgbeam_agent_credential.bot: the Terraform state has connectionString, mcpToken, which an import does not read: --state moves such secrets\n",
				"note  pgbeam_database.store: the Terraform state has password, ",
				"note  pgbeam_database.store: the import of pgbeam_project.shop reads the primary database of the project into its property `database`",
				"5 to move, 0 to leave, 0 without a secret\n",
			},
		},
		"names": {
			terraformText(
				managed(`module.eu.module.team["Data & \"AI\""]`, "pgbeam_project", "shop", instance(projectAttributes, "")),
				managed("", "pgbeam_project", "read_only", withKey(strings.Replace(projectAttributes, "prj_1", "prj_2", 1), "0"), withKey(strings.Replace(projectAttributes, "prj_1", "prj_3", 1), `"Größe/2"`)),
				managed("module.a", "pgbeam_project", "b-c", instance(strings.Replace(projectAttributes, "prj_1", "prj_4", 1), "")),
				managed("module.a-b", "pgbeam_project", "c", instance(strings.Replace(projectAttributes, "prj_1", "prj_5", 1), "")),
				managed("", "pgbeam_policy_profile", "a-b-c", instance(`"id": "pol_1", "project_id": "prj_1", "name": "strict"`, "")),
			),
			[]item{
				{"Project", "eu-team-data-ai-shop", "eu-team-Data----AI--shop", "prj_1"},
				{"Project", "read-only-0", "read_only-0", "prj_2"},
				{"Project", "read-only-gr-e-2", "read_only-Größe-2", "prj_3"},
				{"Project", "a-b-c", "", "prj_4"},
				{"Project", "a-b-c-project", "a-b-c-2", "prj_5"},
				{"PolicyProfile", "a-b-c-policy-profile", "a-b-c", "prj_1/pol_1"},
			},
			[]string{`from module.eu.module.team["Data & \"AI\""].pgbeam_project.shop`, `from pgbeam_project.read_only["Größe/2"]`},
		},
		"other resources": {
			terraformText(
				strings.Replace(managed("", "aws_instance", "web", "{}", "{}"), "sferarc/pgbeam", "hashicorp/aws", 1),
				strings.Replace(managed("", "pgbeam_custom_domain_verification", "check", "{}"), `"managed"`, `"data"`, 1),
				strings.Replace(managed("", "pgbeam_regions", "all", "{}"), `"managed"`, `"data"`, 1),
			),
			nil,
			[]string{
				"leave aws_instance.web: 2 resources of another provider\n",
				"leave data.pgbeam_custom_domain_verification.check: a data source, which is not an object; the function verifyCustomDomain returns the same\n",
				"leave data.pgbeam_regions.all: a data source, which is not an object\n",
			},
		},
		"IDs": {
			terraformText(
				managed("", "pgbeam_cache_rule", "imported", instance(`"id": "prj_1/db_1/a1b2c3d4e5f60718", "project_id": null, "cache_enabled": true`, "")),
				managed("", "pgbeam_cache_rule", "created", instance(`"id": "prj_1/db_1/b1b2c3d4e5f60718", "project_id": "prj_1", "database_id": "db_1", "query_hash": "b1b2c3d4e5f60718", "cache_enabled": true`, "")),
				managed("", "pgbeam_spend_limit", "monthly", instance(`"id": "acme", "org_id": "acme", "spend_limit": 12.5, "limits": {"queries_per_day": 1}`, "")),
				managed("", "pgbeam_self_host_enrollment", "dc", instance(`"id": "she_1", "org_id": "acme", "revoked_at": null, "token": null`, "")),
			),
			[]item{
				{"CacheRule", "imported", "", "prj_1/db_1/a1b2c3d4e5f60718"},
				{"CacheRule", "created", "", "prj_1/db_1/b1b2c3d4e5f60718"},
				{"SpendLimit", "monthly", "", "acme"},
				{"SelfHostEnrollment", "dc", "", "acme/she_1"},
			},
			[]string{
				"note  pgbeam_self_host_enrollment.dc: the Terraform state does not have token, and the API does not return it: a change of `rotationTriggers` issues a new one\n",
				"4 to move, 0 to leave, 1 without a secret\n",
			},
		},
		"primary database": {
			terraformText(
				managed("", "pgbeam_project", "shop", instance(projectAttributes+`, "primary_database_id": "db_1"`, "")),
				managed("", "pgbeam_database", "first", instance(databaseAttributes, "")),
				managed("", "pgbeam_database", "second", instance(strings.Replace(databaseAttributes, "db_1", "db_2", 1), "")),
			),
			[]item{{"Project", "shop", "", "prj_1"}, {"Database", "second", "", "prj_1/db_2"}},
			[]string{"leave pgbeam_database.first: it is the primary database of pgbeam_project.shop, whose import reads it into the property `database`\n"},
		},
		"unknown attribute, and an alias": {
			terraformText(
				managed("", "pgbeam_project", "shop", instance(projectAttributes+`, "mood": "good", "region": null`, "")),
				strings.Replace(managed("", "pgbeam_project", "other", instance(strings.Replace(projectAttributes, "prj_1", "prj_2", 1), "")), `pgbeam\"]`, `pgbeam\"].eu`, 1),
			),
			[]item{{"Project", "shop", "", "prj_1"}, {"Project", "other", "", "prj_2"}},
			[]string{
				"note  pgbeam_project.shop: mood has no counterpart in this provider\n",
				`note  pgbeam_project.other: it uses the provider configuration "eu".`,
			},
		},
		"revoked": {
			terraformText(
				managed("", "pgbeam_self_host_enrollment", "old", instance(`"id": "she_1", "org_id": "acme", "revoked_at": "2026-01-01T00:00:00Z"`, "")),
				managed("", "pgbeam_agent_credential", "old", instance(agentAttributes+`, "status": "revoked"`, "")),
				managed("", "pgbeam_project", "old", instance(strings.Replace(projectAttributes, `"active"`, `"deleted"`, 1), "")),
			),
			nil,
			[]string{
				"leave pgbeam_self_host_enrollment.old: it was deleted or revoked outside of Terraform\n",
				"leave pgbeam_agent_credential.old: ", "leave pgbeam_project.old: ", "0 to move, 3 to leave",
			},
		},
		"registries": {
			terraformText(
				strings.Replace(managed("", "pgbeam_project", "a", instance(projectAttributes, "")), "registry.terraform.io/sferarc", "registry.opentofu.org/sferarc", 1),
				strings.Replace(managed("", "pgbeam_project", "b", instance(strings.Replace(projectAttributes, "prj_1", "prj_2", 1), "")), "sferarc", "pgbeam", 1),
			),
			[]item{{"Project", "a", "", "prj_1"}, {"Project", "b", "", "prj_2"}},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, report, err := TerraformImportFile([]byte(test.state))
			require.NoError(t, err)
			var got []item
			for _, r := range file.Resources {
				got = append(got, item{strings.TrimPrefix(r.Type, "pgbeam:index:"), r.Name, r.LogicalName, r.ID})
			}
			assert.Equal(t, test.want, got)
			var written bytes.Buffer
			report.Write(&written)
			for _, text := range test.report {
				assert.Contains(t, written.String(), text)
			}
			for _, secret := range []string{"hunter2", "postgres://secret", "pbm_secret"} {
				assert.NotContains(t, written.String(), secret)
			}
		})
	}
}

// TestTerraformIsRefused verifies that a state whose meaning is not certain leads to an
// error, and to nothing else.
func TestTerraformIsRefused(t *testing.T) {
	t.Parallel()
	project := managed("", "pgbeam_project", "shop", instance(projectAttributes, ""))
	one := func(typ, attributes, more string) string {
		return terraformText(managed("module.m", typ, "x", instance(attributes, more)))
	}
	for name, test := range map[string]struct{ state, want string }{
		"empty":            {" \n", "the Terraform state is empty"},
		"truncated":        {terraformText(project)[:200], "not a complete JSON document"},
		"trailing":         {terraformText(project) + "}", "not a complete JSON document"},
		"another document": {`{"resources": []}`, "it has no version"},
		"old version":      {`{"version": 3, "modules": []}`, "has the version 3, and this command knows 4"},
		"new version":      {`{"version": 5, "resources": []}`, "has the version 5"},
		"encrypted": {
			`{"serial": 1, "lineage": "x", "meta": {"key_provider.pbkdf2.a": "e30="}, "encrypted_data": "AAAA", "encryption_version": "v0"}`,
			"is encrypted: pass the output of `tofu state pull`",
		},
		"terraform show":    {`{"format_version": "1.0", "terraform_version": "1.11.4", "values": {}}`, "the output of `terraform show -json`"},
		"no resources":      {`{"version": 4}`, "has no list of resources"},
		"wrong form":        {`{"version": 4, "resources": [{"instances": {}}]}`, "not a complete JSON document of the known form"},
		"unknown type":      {one("pgbeam_tunnel", `"id": "tun_1"`, ""), "module.m.pgbeam_tunnel.x has the type pgbeam_tunnel, which this command does not know"},
		"unknown mode":      {strings.Replace(terraformText(project), `"managed"`, `"ephemeral"`, 1), `has the mode "ephemeral"`},
		"other namespace":   {strings.Replace(terraformText(project), "sferarc", "acme", 1), "and this command knows only pgbeam of sferarc and pgbeam"},
		"no provider":       {strings.Replace(terraformText(project), `provider[\"registry.terraform.io/sferarc/pgbeam\"]`, "provider.pgbeam", 1), "belongs to the provider provider.pgbeam"},
		"tainted":           {one("pgbeam_project", projectAttributes, `, "status": "tainted"`), "module.m.pgbeam_project.x is tainted"},
		"deposed":           {one("pgbeam_project", projectAttributes, `, "deposed": "0badc0de"`), "has an object, prj_1, that Terraform has replaced and not deleted yet"},
		"unknown status":    {one("pgbeam_project", projectAttributes, `, "status": "odd"`), `has the status "odd"`},
		"newer schema":      {strings.Replace(terraformText(project), `"schema_version": 0`, `"schema_version": 1`, 1), "has the schema version 1, and this command knows 0"},
		"no attributes":     {terraformText(managed("", "pgbeam_project", "x", `{"schema_version": 0, "attributes_flat": {"id": "prj_1"}}`)), "pgbeam_project.x has no attributes in the state"},
		"no id":             {one("pgbeam_project", `"id": null, "name": "x"`, ""), "module.m.pgbeam_project.x has no id in the state"},
		"no parent":         {one("pgbeam_replica", `"id": "rep_1", "database_id": null`, ""), "has no database_id in the state, so the ID to import, db_…/rep_…, is not known"},
		"wrong ID":          {one("pgbeam_database", `"id": "rep_1", "project_id": "prj_1"`, ""), `has the ID "prj_1/rep_1" in the state: the ID to import must have the format prj_…/db_…`},
		"wrong parent":      {one("pgbeam_cache_rule", `"id": "prj_1/db_1/a1b2c3d4e5f60718", "project_id": "prj_2"`, ""), `has the project_id "prj_2" in the state, and its ID begins with "prj_1"`},
		"wrong type":        {one("pgbeam_project", projectAttributes+`, "agents_disabled": "yes"`, ""), "module.m.pgbeam_project.x: the values do not match the schema of Project: agentsDisabled is not true or false"},
		"wrong nested type": {one("pgbeam_database", databaseAttributes+`, "pool_config": {"pool_size": "x", "min_pool_size": 1, "pool_mode": "session"}`, ""), "poolConfig.poolSize is not"},
		"missing field":     {one("pgbeam_database", databaseAttributes+`, "pool_config": {"pool_size": 1}`, ""), "poolConfig.minPoolSize is not present"},
		"wrong key":         {terraformText(managed("", "pgbeam_project", "x", withKey(projectAttributes, "true"))), "an instance whose key is neither a number nor a text"},
		"twice": {
			terraformText(project, managed("module.b", "pgbeam_project", "again", instance(projectAttributes, ""))),
			"has Project prj_1 twice, as pgbeam_project.shop and as module.b.pgbeam_project.again",
		},
		"a database twice": {
			terraformText(
				managed("", "pgbeam_project", "shop", instance(projectAttributes+`, "primary_database_id": "db_1", "database": {"host": "h", "port": 1, "name": "n", "username": "u", "password": "p"}`, "")),
				managed("", "pgbeam_database", "store", instance(databaseAttributes, "")),
			),
			"has Database prj_1/db_1 twice, as pgbeam_project.shop and as pgbeam_database.store",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file, _, err := TerraformImportFile([]byte(test.state))
			require.ErrorContains(t, err, test.want)
			assert.Empty(t, file.Resources)
			assert.NotContains(t, err.Error(), "hunter2")
			after, _, err := AddTerraformState([]byte(test.state), []byte(exportOf()), StackName{})
			require.ErrorContains(t, err, test.want)
			assert.Nil(t, after)
		})
	}
}

// added runs AddTerraformState, which has to succeed, and returns the resources by the end
// of their URN.
func added(t *testing.T, state, exported string, name StackName) (text string, resources map[string]apitype.ResourceV3, order []string) {
	t.Helper()
	after, report, err := AddTerraformState([]byte(state), []byte(exported), name)
	require.NoError(t, err)
	again, _, err := AddTerraformState([]byte(state), []byte(exported), name)
	require.NoError(t, err)
	assert.Equal(t, string(after), string(again))
	var written bytes.Buffer
	report.Write(&written)
	assert.NotContains(t, written.String(), "hunter2")
	resources = map[string]apitype.ResourceV3{}
	for _, r := range resourcesOf(t, after) {
		_, end, _ := strings.Cut(string(r.URN), "mig::")
		resources[end] = r
		order = append(order, end)
	}
	return string(after), resources, order
}

const everyPart = `pgbeam:index:`

func sealedText(text string) map[string]any {
	quoted, _ := json.Marshal(text) //nolint:errchkjson // a string
	return map[string]any{resource.SigKey: resource.SecretSig, "plaintext": string(quoted)}
}

func TestAddTerraformState(t *testing.T) {
	t.Parallel()
	state := terraformText(
		managed("module.a", "pgbeam_agent_credential", "bot", instance(agentAttributes, "")),
		managed("", "pgbeam_database", "store", instance(databaseAttributes, "")),
		managed("", "pgbeam_policy_profile", "strict", instance(`"id": "pol_1", "project_id": "prj_1", "name": "strict", "access_mode": "read_only", "statement_rules": {"allow": null, "deny": ["ddl"]}`, "")),
		managed("", "pgbeam_project", "shop", instance(projectAttributes+`, "default_policy_profile_id": "pol_1", "allowed_cidrs": [{"cidr": "10.0.0.0/8", "label": "Office"}, {"cidr": "192.0.2.0/24", "label": ""}]`, "")),
		managed("", "pgbeam_spend_limit", "monthly", instance(`"id": "org_1", "org_id": "org_1", "spend_limit": 12.5, "limits": {"queries_per_day": 1}`, "")),
	)
	const project, database, policy, agent = everyPart + "Project::shop", everyPart + "Database::store", everyPart + "PolicyProfile::strict", everyPart + "AgentCredential::a-bot"
	exported := exportOf()
	text, found, order := added(t, state, exported, StackName{})
	assert.Equal(t, []string{
		"pulumi:pulumi:Stack::mig-dev", "pulumi:providers:pulumi-nodejs::default", "pulumi:providers:pgbeam::default",
		project, database, policy, agent, everyPart + "SpendLimit::monthly",
	}, order)
	assert.True(t, strings.HasPrefix(text, exported[:strings.Index(exported, "\n        ]")]), "what was there keeps its bytes")

	urn := func(end string) resource.URN { return resource.URN("urn:pulumi:dev::mig::" + end) }
	provider := found["pulumi:providers:pgbeam::default"]
	for _, end := range order[3:] {
		r := found[end]
		assert.True(t, r.Custom, end)
		assert.Equal(t, urn("pulumi:pulumi:Stack::mig-dev"), r.Parent, end)
		assert.Equal(t, string(provider.URN)+"::"+string(provider.ID), r.Provider, end)
	}
	assert.Equal(t, map[string]any{
		"orgId": "org_1", "name": "shop",
		"allowedCidrs": []any{"10.0.0.0/8", "192.0.2.0/24"}, "cidrLabels": map[string]any{"10.0.0.0/8": "Office"},
		"__shared": map[string]any{"defaultPolicyProfileId": "pol_1"},
	}, found[project].Inputs)
	assert.Empty(t, found[project].Dependencies, "the policy profile follows it")
	assert.InDelta(t, 1, found[project].Outputs["databaseCount"], 0)
	assert.NotContains(t, found[project].Outputs, "description", "null is no value")

	assert.Equal(t, resource.ID("db_1"), found[database].ID)
	assert.Equal(t, sealedText("hunter2"), found[database].Inputs["password"])
	assert.Equal(t, sealedText("hunter2"), found[database].Outputs["password"])
	assert.Equal(t, []resource.URN{urn(project)}, found[database].Dependencies)
	assert.Equal(t, map[resource.PropertyKey][]resource.URN{"projectId": {urn(project)}}, found[database].PropertyDependencies)
	assert.Equal(t, map[string]any{"deny": []any{"ddl"}}, found[policy].Inputs["statementRules"])
	assert.NotContains(t, found[policy].Inputs, "accessMode", "it is the default, which a program can set or omit")

	assert.Equal(t, sealedText("postgres://secret"), found[agent].Outputs["connectionString"])
	assert.Equal(t, sealedText("pbm_secret"), found[agent].Outputs["mcpToken"])
	assert.Equal(t, "https://mcp.example.com", found[agent].Outputs["mcpUrl"])
	assert.Equal(t, []resource.URN{urn(policy), urn(project)}, found[agent].Dependencies)
	assert.NotContains(t, found[agent].Inputs, "connectionString")

	limit := found[everyPart+"SpendLimit::monthly"]
	assert.Equal(t, resource.ID("org_1"), limit.ID)
	assert.NotContains(t, limit.Outputs, "limits", "an earlier version had fewer of them")
	assert.Empty(t, limit.Dependencies)
}

// TestUnknownSecrets verifies that secrets that an import into Terraform left empty stay
// unknown.
func TestUnknownSecrets(t *testing.T) {
	t.Parallel()
	state := terraformText(
		managed("", "pgbeam_project", "shop", instance(projectAttributes+`, "primary_database_id": "db_9", "database": {"host": "h", "port": 1, "name": "n", "username": "u", "password": ""}`, "")),
		managed("", "pgbeam_database", "store", instance(strings.Replace(databaseAttributes, "hunter2", "", 1), "")),
		managed("", "pgbeam_webhook_endpoint", "audit", instance(`"id": "whk_1", "project_id": "prj_1", "url": "https://example.com", "enabled": true, "secret": ""`, "")),
		managed("", "pgbeam_webhook_endpoint", "none", instance(`"id": "whk_2", "project_id": "prj_1", "url": "https://example.com", "enabled": true, "secret": null`, "")),
	)
	_, found, _ := added(t, state, exportOf(), StackName{})
	assert.NotContains(t, found[everyPart+"Project::shop"].Inputs["database"], "password")
	assert.Equal(t, "h", found[everyPart+"Project::shop"].Inputs["database"].(map[string]any)["host"])
	for _, values := range []map[string]any{found[everyPart+"Database::store"].Inputs, found[everyPart+"Database::store"].Outputs} {
		assert.NotContains(t, values, "password")
	}
	for _, name := range []string{"audit", "none"} {
		assert.NotContains(t, found[everyPart+"WebhookEndpoint::"+name].Outputs, "secret")
	}
	_, report, err := AddTerraformState([]byte(state), []byte(exportOf()), StackName{})
	require.NoError(t, err)
	var written bytes.Buffer
	report.Write(&written)
	for _, text := range []string{
		"note  pgbeam_project.shop: the Terraform state does not have database.password, and the API does not return it: set it in the program\n",
		"note  pgbeam_database.store: the Terraform state does not have password, ",
		"note  pgbeam_webhook_endpoint.audit: the Terraform state does not have secret, and the API does not return it: set `secret` to the one in use, or to \"\" if there is none\n",
		"4 to move, 0 to leave, 4 without a secret\n",
	} {
		assert.Contains(t, written.String(), text)
	}
}

// TestAddTerraformStateToStacks adds a project to stacks that have other resources, or none.
func TestAddTerraformStateToStacks(t *testing.T) {
	t.Parallel()
	state := terraformText(managed("", "pgbeam_project", "shop", instance(projectAttributes, "")))
	const project, stack = everyPart + "Project::shop", "pulumi:pulumi:Stack::mig-dev"
	const empty = "{\n    \"version\": 3,\n    \"deployment\": {\n        \"manifest\": {}\n    }\n}\n"

	_, found, order := added(t, state, empty, StackName{Project: "mig", Stack: "dev"})
	assert.Equal(t, []string{stack, "pulumi:providers:pgbeam::default", project}, order)
	assert.False(t, found[stack].Custom)
	const ours = `{"urn": "urn:pulumi:dev::mig::pulumi:providers:pgbeam::default_1_2_3", "custom": true, "id": "0badc0de", "type": "pulumi:providers:pgbeam"}`
	_, found, order = added(t, state, exportWith([]string{ours}, ""), StackName{})
	assert.Equal(t, []string{"pulumi:providers:pgbeam::default_1_2_3", stack, project}, order)
	assert.Equal(t, "urn:pulumi:dev::mig::pulumi:providers:pgbeam::default_1_2_3::0badc0de", found[project].Provider)

	after, _, err := AddTerraformState([]byte(terraformText()), []byte(empty), StackName{})
	require.NoError(t, err)
	assert.True(t, bytes.Equal([]byte(empty), after), "without objects, nothing changes")

	existing := func(kind, name, id, more string) string {
		return fmt.Sprintf(`{"urn": "urn:pulumi:dev::mig::pgbeam:index:%s::%s", "custom": true, "id": %q, "type": "pgbeam:index:%s"%s}`, kind, name, id, kind, more)
	}
	for name, test := range map[string]struct {
		state, exported, want string
		stack                 StackName
	}{
		"no name":     {state, empty, "the stack is empty, so its state does not have its name: pass --project and --stack", StackName{Project: "mig"}},
		"other name":  {state, exportOf(), "the deployment is that of the stack dev of the project mig", StackName{Project: "shop", Stack: "dev"}},
		"other stack": {state, exportOf(), "the deployment is that of the stack dev of the project mig", StackName{Stack: "prod"}},
		"the object is there": {
			state, exportOf(existing("Project", "main", "prj_1", "")),
			"pgbeam_project.shop is Project prj_1, which the stack already has as urn:pulumi:dev::mig::pgbeam:index:Project::main",
			StackName{},
		},
		"its URN is taken": {
			state, exportOf(existing("Project", "shop", "prj_2", "")),
			"which the stack already has for another object",
			StackName{},
		},
		"the database is part of a project": {
			terraformText(managed("", "pgbeam_database", "store", instance(databaseAttributes, ""))),
			exportOf(existing("Project", "main", "prj_1", `, "inputs": {"database": {"host": "h"}}, "outputs": {"primaryDatabaseId": "db_1"}`)),
			"is Database prj_1/db_1, which the stack already has as",
			StackName{},
		},
		"interrupted operation": {
			state, exportWith([]string{stackEntry}, `, "pending_operations": [{"resource": `+existing("Project", "main", "prj_9", "")+`, "type": "updating"}]`),
			"the stack has an operation that was interrupted",
			StackName{},
		},
		"not a deployment": {state, "{}", `the input has no "deployment"`, StackName{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			after, _, err := AddTerraformState([]byte(test.state), []byte(test.exported), test.stack)
			require.ErrorContains(t, err, test.want)
			assert.Nil(t, after)
		})
	}
}

// TestTerraformStateInFile reads a state that Terraform 1.11 has written.
func TestTerraformStateInFile(t *testing.T) {
	t.Parallel()
	state, err := os.ReadFile(filepath.Join("testdata", "terraform.tfstate"))
	require.NoError(t, err)
	file, report, err := TerraformImportFile(state)
	require.NoError(t, err)
	assert.Len(t, file.Resources, 17)
	assert.Len(t, report.Left, 3)
}
