// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// terraformed is an account whose objects Terraform manages.
type terraformed struct {
	*testing.T
	local *localapi.Local
	// resources is the list in the Terraform state.
	resources []object
	// program has the inputs of the Pulumi program by the name of the resource: what the
	// configuration of Terraform had.
	program map[string]declared
	// secrets are those in the Terraform state by the name of the resource and the path.
	secrets map[string]string
}

// declared is a resource in the program.
type declared struct {
	kind   string
	inputs object
}

// request makes a request that Terraform would make, and returns the response.
func (a *terraformed) request(method, path string, body object) object {
	a.Helper()
	encoded, err := json.Marshal(body)
	require.NoError(a, err)
	request, err := http.NewRequestWithContext(a.Context(), method, a.local.URL+path, bytes.NewReader(encoded))
	require.NoError(a, err)
	request.Header.Set("Authorization", "Bearer "+a.local.APIKey)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(a, err)
	content, err := io.ReadAll(response.Body)
	require.NoError(a, err)
	require.NoError(a, response.Body.Close())
	require.Less(a, response.StatusCode, 300, string(content))
	var result object
	require.NoError(a, json.Unmarshal(content, &result))
	return result
}

// terraformResource is the place of a resource in Terraform.
type terraformResource struct {
	module, typ, name string
	key               any
}

// add adds an object to the Terraform state, as the provider writes it: it has no value for
// what the API does not return, and for an empty list.
func (a *terraformed) add(place terraformResource, attributes object, secrets ...string) {
	attributes = maps.Clone(attributes)
	for name, value := range attributes {
		if list, ok := value.([]any); ok && len(list) == 0 {
			attributes[name] = nil
		}
	}
	sensitive := []any{}
	for _, name := range secrets {
		sensitive = append(sensitive, []any{object{"type": "get_attr", "value": name}})
	}
	instance := object{
		"schema_version": 0, "attributes": attributes, "sensitive_attributes": sensitive,
		"private": "eyJzY2hlbWFfdmVyc2lvbiI6IjAifQ==", "dependencies": []string{"pgbeam_project.other"},
	}
	if place.key != nil {
		instance["index_key"] = place.key
	}
	for _, resource := range a.resources {
		if resource["module"] == place.module && resource["type"] == place.typ && resource["name"] == place.name {
			resource["instances"] = append(resource["instances"].([]object), instance)
			return
		}
	}
	resource := object{
		"mode": "managed", "type": place.typ, "name": place.name,
		"provider": `provider["registry.terraform.io/sferarc/pgbeam"]`, "instances": []object{instance},
	}
	if place.module != "" {
		resource["module"] = place.module
	}
	a.resources = append(a.resources, resource)
}

// declare adds a resource to the program.
func (a *terraformed) declare(name, kind string, inputs object) {
	a.program[name] = declared{kind, inputs}
}

// state writes the Terraform state to a file.
func (a *terraformed) state() string {
	a.Helper()
	others := []object{
		{
			"mode": "managed", "type": "random_id", "name": "suffix", "provider": `provider["registry.terraform.io/hashicorp/random"]`,
			"instances": []object{{"schema_version": 0, "attributes": object{"hex": "ab"}, "sensitive_attributes": []any{}}},
		},
		{
			"mode": "data", "type": "pgbeam_custom_domain_verification", "name": "db", "provider": `provider["registry.terraform.io/sferarc/pgbeam"]`,
			"instances": []object{{"schema_version": 0, "attributes": object{"verified": true, "error": nil}, "sensitive_attributes": []any{}}},
		},
	}
	encoded, err := json.MarshalIndent(object{
		"version": 4, "terraform_version": "1.11.4", "serial": 12, "lineage": "4f2c0a9e-5d0e-8f6c-2f0d-1a5f6b7c8d9e",
		"outputs": object{"host": object{"value": "x", "type": "string"}}, "resources": append(others, a.resources...), "check_results": nil,
	}, "", "  ")
	require.NoError(a, err)
	path := filepath.Join(a.TempDir(), "terraform.tfstate")
	require.NoError(a, os.WriteFile(path, encoded, 0o600))
	return path
}

// yaml returns the program. References to other resources are their names in braces.
func (a *terraformed) yaml() string {
	a.Helper()
	keys := map[string]string{}
	for i, name := range slices.Sorted(maps.Keys(a.program)) {
		keys[name] = fmt.Sprintf("r%d", i)
	}
	declarations := object{}
	for name, declared := range a.program {
		_, logical, _ := strings.Cut(name, " ")
		declarations[keys[name]] = object{"type": "pgbeam:index:" + declared.kind, "name": logical, "properties": declared.inputs}
	}
	encoded, err := json.Marshal(object{"name": "adopted", "runtime": "yaml", "resources": declarations})
	require.NoError(a, err)
	var replacements []string
	for name, key := range keys {
		replacements = append(replacements, "{"+name+"}", "${"+key+".id}")
	}
	return strings.NewReplacer(replacements...).Replace(string(encoded))
}

func secretInput(value string) object { return object{"fn::secret": value} }

// newTerraformed creates an object of every kind that the Terraform provider has, in
// modules, with count and for_each. With a default policy, a project and a policy profile
// refer to each other.
func newTerraformed(t *testing.T, hasDefaultPolicy bool) *terraformed {
	t.Helper()
	local := localapi.Start(t, localapi.Options{})
	a := &terraformed{T: t, local: local, program: map[string]declared{}, secrets: map[string]string{}}
	database := object{"host": "db.example.com", "port": 5432, "name": "store", "username": "pgbeam", "password": "first password"}

	// A project of the current version of the Terraform provider, without its database.
	shop := a.request("POST", "/v1/projects", object{"org_id": local.OrgID, "name": "shop", "tags": []string{"b", "a"}, "database": database})
	shopID := shop["project"].(object)["id"].(string)
	project := "/v1/projects/" + shopID
	policies := map[string]string{}
	for _, key := range []string{"read-only", "Writer"} {
		settings := object{
			"name": key, "access_mode": "read_only", "max_rows": 100, "statement_rules": object{"allow": []string{}, "deny": []string{"ddl"}},
			"masking_rules": []object{{"table": "users", "column": "email", "kind": "hash"}}, "table_denylist": []string{"public.secrets"},
		}
		if key == "Writer" {
			settings = object{"name": key}
		}
		policy := a.request("POST", project+"/policies", settings)
		policies[key] = policy["id"].(string)
		a.add(terraformResource{typ: "pgbeam_policy_profile", name: "profile", key: key}, policy)
		inputs := object{"projectId": "{Project main-shop}", "name": key}
		if key == "read-only" {
			inputs = object{
				"projectId": "{Project main-shop}", "name": key, "accessMode": "read_only", "maxRows": 100, "statementRules": object{"deny": []string{"ddl"}},
				"maskingRules": []object{{"table": "users", "column": "email", "kind": "hash"}}, "tableDenylist": []string{"public.secrets"},
			}
		}
		a.declare("PolicyProfile profile-"+key, "PolicyProfile", inputs)
	}
	live := a.request("PATCH", project, object{
		"residency": "eu", "allowed_cidrs": []object{{"cidr": "10.0.0.0/8", "label": "Office"}, {"cidr": "192.0.2.0/24"}},
	})
	inputs := object{
		"orgId": local.OrgID, "name": "shop", "tags": []string{"b", "a"}, "residency": "eu", "allowedCidrs": []string{"10.0.0.0/8", "192.0.2.0/24"},
		"cidrLabels": object{"10.0.0.0/8": "Office"},
	}
	if hasDefaultPolicy {
		live = a.request("PATCH", project, object{"default_policy_profile_id": policies["read-only"]})
		inputs["defaultPolicyProfileId"] = policies["read-only"]
	}
	live["allowed_cidrs"].([]any)[1].(object)["label"] = "" // what Terraform writes for none
	live["primary_database_id"] = shop["database"].(object)["id"]
	a.add(terraformResource{module: "module.main", typ: "pgbeam_project", name: "shop"}, live)
	a.declare("Project main-shop", "Project", inputs)

	// A further database, with replicas.
	analytics := a.request("POST", project+"/databases", object{
		"host": "analytics.example.com", "port": 5433, "name": "stats", "username": "pgbeam", "password": "analytics password", "role": "replica",
		"cache_config": object{"enabled": true, "ttl_seconds": 30, "max_entries": 10, "swr_seconds": 0},
	})
	analyticsID := analytics["id"].(string)
	attributes := maps.Clone(analytics)
	attributes["password"] = "analytics password"
	a.add(terraformResource{module: `module.main.module.data["eu/1"]`, typ: "pgbeam_database", name: "analytics"}, attributes, "password")
	a.secrets["Database main-data-eu-1-analytics password"] = "analytics password"
	a.declare("Database main-data-eu-1-analytics", "Database", object{
		"projectId": "{Project main-shop}", "host": "analytics.example.com", "port": 5433, "name": "stats", "username": "pgbeam",
		"password": secretInput("analytics password"), "role": "replica",
		"cacheConfig": object{"enabled": true, "ttlSeconds": 30, "maxEntries": 10, "swrSeconds": 0},
	})
	for i := range 2 {
		replica := a.request("POST", "/v1/databases/"+analyticsID+"/replicas", object{"host": fmt.Sprintf("replica%d.example.com", i), "port": 5432, "ssl_mode": "require"})
		a.add(terraformResource{typ: "pgbeam_replica", name: "read", key: i}, replica)
		a.declare(fmt.Sprintf("Replica read-%d", i), "Replica", object{
			"databaseId": "{Database main-data-eu-1-analytics}", "host": fmt.Sprintf("replica%d.example.com", i), "port": 5432, "sslMode": "require",
		})
	}

	// One credential that Terraform created, and one that was imported into Terraform.
	credentials := map[string]string{}
	for _, key := range []string{"created", "imported"} {
		created := a.request("POST", project+"/agents", object{"name": key, "policy_profile_id": policies["Writer"], "expires_at": "2099-01-01T00:00:00Z"})
		attributes := created["credential"].(object)
		credentials[key] = attributes["id"].(string)
		for _, name := range []string{"connection_string", "mcp_url", "mcp_token"} {
			attributes[name] = nil
			if key == "created" {
				attributes[name] = created[name]
			}
		}
		if key == "created" {
			a.secrets["AgentCredential created connectionString"] = created["connection_string"].(string)
			a.secrets["AgentCredential created mcpToken"] = created["mcp_token"].(string)
		}
		a.add(terraformResource{typ: "pgbeam_agent_credential", name: key}, attributes, "connection_string", "mcp_token")
		a.declare("AgentCredential "+key, "AgentCredential", object{
			"projectId": "{Project main-shop}", "policyProfileId": "{PolicyProfile profile-Writer}", "name": key, "expiresAt": "2099-01-01T00:00:00Z",
		})
	}
	rule := a.request("POST", project+"/anomaly-rules", object{"metric": "queries_per_hour", "credential_id": credentials["created"], "sigma_threshold": 3.5})
	a.add(terraformResource{typ: "pgbeam_anomaly_rule", name: "volume"}, rule)
	a.declare("AnomalyRule volume", "AnomalyRule", object{
		"projectId": "{Project main-shop}", "metric": "queries_per_hour", "credentialId": "{AgentCredential created}", "sigmaThreshold": 3.5,
	})

	webhook := a.request("POST", project+"/webhooks", object{
		"url": "https://example.com/hooks", "secret": "webhook secret", "event_types": []string{"query_blocked"}, "format": "json", "enabled": true,
	})
	attributes = maps.Clone(webhook)
	attributes["secret"] = "webhook secret"
	a.add(terraformResource{typ: "pgbeam_webhook_endpoint", name: "audit"}, attributes, "secret")
	a.secrets["WebhookEndpoint audit secret"] = "webhook secret"
	a.declare("WebhookEndpoint audit", "WebhookEndpoint", object{
		"projectId": "{Project main-shop}", "url": "https://example.com/hooks", "secret": secretInput("webhook secret"), "eventTypes": []string{"query_blocked"},
	})
	domain := a.request("POST", project+"/domains", object{"domain": "pg.example.com"})
	a.add(terraformResource{typ: "pgbeam_custom_domain", name: "db"}, domain)
	a.declare("CustomDomain db", "CustomDomain", object{"projectId": "{Project main-shop}", "domain": "pg.example.com"})
	honeytoken := a.request("POST", project+"/honeytokens", object{"relation_name": "salaries", "action": "kill"})
	a.add(terraformResource{typ: "pgbeam_honeytoken", name: "decoy"}, honeytoken)
	a.declare("Honeytoken decoy", "Honeytoken", object{"projectId": "{Project main-shop}", "relationName": "salaries", "action": "kill"})

	// A rule that was imported into Terraform, so that only its ID names the parents.
	const hash = "a1b2c3d4e5f60718"
	require.NoError(t, local.ObserveQuery(shopID, analyticsID, hash, "SELECT $1"))
	path := project + "/databases/" + analyticsID + "/cache-rules/" + hash
	entry := a.request("PUT", path, object{"cache_enabled": true, "cache_ttl_seconds": 60})["entry"].(object)
	entry["id"], entry["project_id"], entry["database_id"] = shopID+"/"+analyticsID+"/"+hash, nil, nil
	a.add(terraformResource{typ: "pgbeam_cache_rule", name: "hot"}, entry)
	a.declare("CacheRule hot", "CacheRule", object{
		"projectId": "{Project main-shop}", "databaseId": "{Database main-data-eu-1-analytics}", "queryHash": hash, "cacheEnabled": true, "cacheTtlSeconds": 60,
	})

	limit := a.request("PUT", "/v1/organizations/"+local.OrgID+"/spend-limit", object{"spend_limit": 250.5})
	limit["id"] = local.OrgID
	a.add(terraformResource{typ: "pgbeam_spend_limit", name: "monthly"}, limit)
	a.declare("SpendLimit monthly", "SpendLimit", object{"orgId": local.OrgID, "spendLimit": 250.5})
	enrolled := a.request("POST", "/v1/organizations/"+local.OrgID+"/self-host-enrollments", object{"region_label": "Frankfurt"})
	attributes = enrolled["enrollment"].(object)
	attributes["token"] = enrolled["token"]
	a.add(terraformResource{typ: "pgbeam_self_host_enrollment", name: "cluster"}, attributes, "token")
	a.secrets["SelfHostEnrollment cluster token"] = enrolled["token"].(string)
	a.declare("SelfHostEnrollment cluster", "SelfHostEnrollment", object{"orgId": local.OrgID, "regionLabel": "Frankfurt"})

	// A project of the first version, with its database, and ranges without labels.
	legacy := a.request("POST", "/v1/projects", object{"org_id": local.OrgID, "name": "legacy", "database": database})
	attributes = a.request("PATCH", "/v1/projects/"+legacy["project"].(object)["id"].(string), object{"allowed_cidrs": []object{{"cidr": "10.0.0.0/8"}}})
	for _, name := range []string{"self_hosted", "residency", "agents_disabled", "default_policy_profile_id"} {
		delete(attributes, name)
	}
	attributes["allowed_cidrs"] = []any{"10.0.0.0/8"}
	attributes["database"] = object{
		"host": "db.example.com", "port": 5432, "name": "store", "username": "pgbeam", "password": "first password", "ssl_mode": "verify-full",
		"role": "primary", "pool_region": nil, "cache_config": legacy["database"].(object)["cache_config"],
		"pool_config": object{"pool_size": 10, "min_pool_size": 1, "pool_mode": "transaction"},
	}
	attributes["primary_database_id"] = legacy["database"].(object)["id"]
	a.add(terraformResource{typ: "pgbeam_project", name: "legacy"}, attributes)
	a.secrets["Project legacy database.password"] = "first password"
	a.declare("Project legacy", "Project", object{
		"orgId": local.OrgID, "name": "legacy", "allowedCidrs": []string{"10.0.0.0/8"},
		"database": object{"host": "db.example.com", "port": 5432, "name": "store", "username": "pgbeam", "password": secretInput("first password")},
	})

	// A project whose primary database is a resource of its own.
	split := a.request("POST", "/v1/projects", object{"org_id": local.OrgID, "name": "split", "database": database})
	splitID := split["project"].(object)["id"].(string)
	attributes = split["project"].(object)
	attributes["primary_database_id"] = split["database"].(object)["id"]
	a.add(terraformResource{typ: "pgbeam_project", name: "split"}, attributes)
	attributes = maps.Clone(split["database"].(object))
	attributes["password"], attributes["role"] = "first password", nil
	a.add(terraformResource{typ: "pgbeam_database", name: "split"}, attributes, "password")
	require.Equal(t, splitID, attributes["project_id"])
	a.secrets["Database split password"] = "first password"
	a.declare("Project split", "Project", object{"orgId": local.OrgID, "name": "split"})
	a.declare("Database split", "Database", object{
		"projectId": "{Project split}", "host": "db.example.com", "port": 5432, "name": "store", "username": "pgbeam", "password": secretInput("first password"),
	})
	return a
}

// TestTerraformState moves the objects of a Terraform state, with their secrets, into the
// state of an empty stack, whose program then changes nothing.
func TestTerraformState(t *testing.T) {
	t.Parallel()
	a := newTerraformed(t, true)
	s := clitest.New(t, a.local, a.yaml())
	s.AddCanaries()
	for path, secret := range a.secrets {
		s.AddCanary(path, secret)
	}
	before := s.Must("stack", "export")
	a.local.ResetRequests()

	_, stderr, err := runMigrate(t, before, "terraform", a.state(), "--state")
	require.Error(t, err)
	assert.Contains(t, stderr, "pass --project and --stack")
	after, stderr, err := runMigrate(t, before, "terraform", a.state(), "--state", "--project", "adopted", "--stack", stacktest.Name)
	require.NoError(t, err, stderr)
	assert.Contains(t, stderr, "18 to move, 2 to leave, 1 without a secret\n")
	assert.Contains(t, stderr, `move  AgentCredential "created" (`)
	assert.Contains(t, stderr, "from pgbeam_agent_credential.created, encrypt connectionString, mcpToken\n")
	assert.Contains(t, stderr, "note  pgbeam_agent_credential.imported: the Terraform state does not have connectionString, mcpToken")
	assert.Empty(t, a.local.Requests(), "the command makes no request")
	for path, secret := range a.secrets {
		assert.NotContains(t, stderr, secret, path)
	}
	importState(s, after)

	assert.Empty(t, previewChanges(s))
	assert.Empty(t, a.local.Requests(), "a preview makes no request")
	assertSecrets(t, s, a.secrets)
	s.Up("--refresh")
	assert.Empty(t, mutations(a.local))
	assertSecrets(t, s, a.secrets)
	s.Must("preview", "--refresh", "--expect-no-changes")
	_, stderr, err = runMigrate(t, s.Must("stack", "export"), "terraform", a.state(), "--state")
	require.Error(t, err)
	assert.Contains(t, stderr, "which the stack already has as urn:pulumi:")

	s.Must("destroy", "--yes", "--skip-preview")
	s.AssertEmpty()
}

// assertSecrets fails unless the state has the secrets, by the name of the resource and the
// path.
func assertSecrets(t *testing.T, s *clitest.Stack, secrets map[string]string) {
	t.Helper()
	found := map[string]stacktest.Resource{}
	for _, resource := range s.AllWithSecrets() {
		parts := strings.Split(resource.URN, "::")
		found[strings.TrimPrefix(parts[2], "pgbeam:index:")+" "+parts[3]] = resource
	}
	for path, secret := range secrets {
		end := strings.LastIndexByte(path, ' ')
		resource, ok := found[path[:end]]
		require.True(t, ok, path)
		var value any = resource.Outputs
		for _, name := range strings.Split(path[end+1:], ".") {
			value = value.(map[string]any)[name]
		}
		assert.Equal(t, secret, stacktest.PlainSecret(t, value), path)
	}
}

// TestTerraformImportFile imports the objects of a Terraform state with the CLI. The
// generated program then changes nothing but what an import cannot read.
func TestTerraformImportFile(t *testing.T) {
	t.Parallel()
	a := newTerraformed(t, false)
	s := clitest.New(t, a.local, "name: adopted\nruntime: yaml\n")
	s.AddCanaries()
	a.local.ResetRequests()
	file, stderr, err := runMigrate(t, "", "terraform", a.state())
	require.NoError(t, err, stderr)
	for path, secret := range a.secrets {
		assert.NotContains(t, file+stderr, secret, path)
	}
	assert.Contains(t, stderr, "leave pgbeam_database.split: it is the primary database of pgbeam_project.split")
	assert.Contains(t, stderr, "17 to move, 3 to leave, 1 without a secret\n")
	folder := t.TempDir()
	importFile, programFile := filepath.Join(folder, "import.json"), filepath.Join(folder, "program.yaml")
	require.NoError(t, os.WriteFile(importFile, []byte(file), 0o600))
	s.Must("import", "--file", importFile, "--yes", "--protect=false", "--out", programFile)
	assert.Empty(t, mutations(a.local))
	generated, err := os.ReadFile(programFile)
	require.NoError(t, err)
	s.WriteProgram(a.completed(generated))

	expected := map[string][]string{
		"main-shop": {"database.password"}, "legacy": {"database.password"}, "split": {"database.password"},
		"main-data-eu-1-analytics": {"password"}, "audit": {"secret"},
	}
	assert.Equal(t, expected, previewChanges(s))
	assert.Empty(t, mutations(a.local))
	a.local.ResetRequests()
	s.Up("--skip-preview")
	for _, request := range mutations(a.local) {
		assert.Regexp(t, "^(PATCH|PUT) ", request, "the passwords and the secret are sent")
	}
	assert.Len(t, mutations(a.local), len(expected))
	assertSecrets(t, s, map[string]string{
		"Project split database.password": "first password", "Project main-shop database.password": "first password", "WebhookEndpoint audit secret": "webhook secret",
	})
	a.local.ResetRequests()
	s.Up("--refresh", "--expect-no-changes")
	assert.Empty(t, mutations(a.local))
	s.Must("destroy", "--yes", "--skip-preview")
	s.AssertEmpty()
}

// completed returns a generated program with the values that an import does not read.
func (a *terraformed) completed(generated []byte) string {
	a.Helper()
	var program struct {
		Resources map[string]struct {
			Type       string `json:"type"           yaml:"type"`
			Name       string `json:"name,omitempty" yaml:"name"`
			Properties object `json:"properties"     yaml:"properties"`
		}
	}
	require.NoError(a, yaml.Unmarshal(generated, &program))
	resources := program.Resources
	// Without references, the deletes of a policy profile and of its credentials have no order.
	assert.Equal(a, `${["main-data-eu-1-analytics"].id}`, resources["read-0"].Properties["databaseId"])
	assert.Equal(a, `${["profile-writer"].id}`, resources["created"].Properties["policyProfileId"])
	assert.Equal(a, "profile-Writer", resources["profile-writer"].Name)
	for _, name := range []string{"main-shop", "legacy", "split"} {
		resources[name].Properties["database"].(object)["password"] = secretInput("first password")
	}
	resources["main-data-eu-1-analytics"].Properties["password"] = secretInput("analytics password")
	resources["audit"].Properties["secret"] = secretInput("webhook secret")
	encoded, err := json.Marshal(object{"name": "adopted", "runtime": "yaml", "resources": resources})
	require.NoError(a, err)
	return string(encoded)
}

// TestTerraformMapping asks the plugin for the names of what `pulumi convert` finds in a
// program of Terraform.
func TestTerraformMapping(t *testing.T) {
	t.Parallel()
	s := clitest.New(t, localapi.Start(t, localapi.Options{}), "name: mapping\nruntime: yaml\n")
	output := s.Must("package", "get-mapping", "terraform", "pgbeam", "pgbeam")
	assert.Contains(t, output, "pgbeam maps to provider pgbeam")
	assert.Contains(t, output, `"tok":"pgbeam:index:PolicyProfile"`)
	assert.Contains(t, s.MustFail("package", "get-mapping", "terraform", "pgbeam", "aws"), `no mapping found for key "terraform"`)
	assert.Contains(t, s.MustFail("package", "get-mapping", "kubernetes", "pgbeam"), `no mapping found for key "kubernetes"`)
}
