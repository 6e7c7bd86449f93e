// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/functions"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// functionForms are the forms of the inputs of functions, with a name that all objects of
// the form have. That of the secret form is a canary.
var functionForms = map[string]string{"known": "known_name", "unknown": "unknown_name", "secret": "canary_name_5c1d"}

// withoutInputs are the functions whose results are never unknown or secret, because no
// input of theirs is.
var withoutInputs = []string{"getOrganizations", "getPlans", "getRegions"}

// functionObjects are the objects that the functions of a form ask for.
type functionObjects struct {
	name, hash string
	project    client.Project
	database   client.Database
	policy     client.PolicyProfile
	agent      client.AgentCredentialSecrets
	domain     client.CustomDomain
}

// createFunctionObjects creates the objects of every form.
func createFunctionObjects(t *testing.T, local *localapi.Local) map[string]functionObjects {
	t.Helper()
	objects := map[string]functionObjects{}
	for form, name := range functionForms {
		objects[form] = createObjectsNamed(t, local, name)
	}
	return objects
}

func createObjectsNamed(t *testing.T, local *localapi.Local, name string) functionObjects {
	t.Helper()
	c := newClient(t, local)
	created, err := c.Projects().Create(t.Context(), client.CreateProjectRequest{
		OrgID: local.OrgID, Name: name,
		Database: client.CreateDatabaseRequest{Host: "db.example.com", Port: 5432, Name: "shop", Username: "pgbeam", Password: canaryPassword},
	})
	require.NoError(t, err)
	o := functionObjects{name: name, project: created.Project, database: *created.Database}
	o.policy, err = c.PolicyProfiles().Create(t.Context(), o.project.ID, client.PolicyProfileInput{Name: name})
	require.NoError(t, err)
	o.agent, err = c.AgentCredentials().Create(t.Context(), o.project.ID, client.CreateAgentCredentialRequest{Name: name, PolicyProfileID: o.policy.ID})
	require.NoError(t, err)
	o.domain, err = c.CustomDomains().Create(t.Context(), o.project.ID, strings.ReplaceAll(name, "_", "-")+".example.com")
	require.NoError(t, err)
	var sql string
	o.hash, sql = localapi.QueryShape(o.read())
	require.NoError(t, local.ObserveQuery(o.project.ID, o.database.ID, o.hash, sql))
	return o
}

func (o functionObjects) read() string      { return "SELECT id FROM orders WHERE note = '" + o.name + "'" }
func (o functionObjects) write() string     { return "DELETE FROM " + o.name }
func (o functionObjects) migration() string { return "DROP TABLE " + o.name }

func newClient(t *testing.T, local *localapi.Local) *client.Client {
	t.Helper()
	c, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
	require.NoError(t, err)
	return c
}

// inputs are the inputs of the programs.
func (o functionObjects) inputs(local *localapi.Local) map[string]string {
	return map[string]string{
		"orgId": local.OrgID, "projectId": o.project.ID, "databaseId": o.database.ID, "agentCredentialId": o.agent.Credential.ID, "domainId": o.domain.ID,
		"name": o.name, "table": "orders", "read": o.read(), "write": o.write(), "migration": o.migration(),
		"mcpUrl": "https://mcp.example.com/" + o.name, "mcpToken": "token_" + o.name,
	}
}

// object is an object of JSON.
type object = map[string]any

// expected returns fields of the results of the functions, as the API holds them.
func (o functionObjects) expected(t *testing.T, local *localapi.Local) map[string]any {
	t.Helper()
	c, ctx := newClient(t, local), t.Context()
	value := func(value any, err error) any {
		t.Helper()
		require.NoError(t, err)
		return value
	}
	// Reports say when they were made, and of which project.
	report := func(report any, err error) any {
		fields := toJSON(t, value(report, err)).(object)
		maps.DeleteFunc(fields, func(name string, value any) bool {
			text, _ := value.(string)
			return name == "projectId" || timestamp.MatchString(text)
		})
		return fields
	}
	scan, err := c.ScanDatabaseForPII(ctx, o.project.ID, o.database.ID)
	require.NoError(t, err)
	_, sql := localapi.QueryShape(o.read())
	return map[string]any{
		"getProject":          value(c.Projects().Get(ctx, o.project.ID)),
		"getDatabase":         value(c.Databases().Get(ctx, o.project.ID, o.database.ID)),
		"getPolicyProfile":    value(c.PolicyProfiles().Get(ctx, o.project.ID, o.policy.ID)),
		"getAgentCredential":  value(c.AgentCredentials().Get(ctx, o.project.ID, o.agent.Credential.ID)),
		"getOrganizations":    object{"organizations": value(c.Organizations().List(ctx))},
		"getOrganizationPlan": value(c.Organizations().Plan(ctx, local.OrgID)),
		"getPlans":            object{"plans": value(c.ListPlans(ctx))},
		"getRegions":          object{"regions": value(c.ListRegions(ctx))},
		"getQueryShapes":      []object{{"queryHash": o.hash, "normalizedSql": sql}},
		"getSchemaCatalog":    value(c.GetSchemaCatalog(ctx, o.project.ID, o.database.ID)),
		"scanPii": object{
			"findings": scan.Suggestions, "maskingRules": []object{{"table": "public.users", "column": "email", "kind": "hash"}}, "scannedTables": scan.ScannedTables,
		},
		"evaluatePolicy": object{"results": []object{
			{"sql": o.read(), "verdict": "allow", "rule": "ok"}, {"sql": o.write(), "verdict": "block"},
		}},
		"replayPolicy": object{
			"summary": object{"evaluated": 1, "newlyBlocked": 1},
			"items":   []object{{"queryHash": o.hash, "sql": sql, "change": "newly_blocked", "result": object{"verdict": "block"}}},
		},
		"recommendPolicy": object{
			"sufficientHistory": true, "observedQueries": 1, "candidate": object{"accessMode": "read_only", "tableAllowlist": []string{"public.orders"}},
		},
		"lintMigration":      value(c.LintMigration(ctx, o.project.ID, client.MigrationLintRequest{SQL: o.migration()})),
		"testConnection":     value(c.TestDatabaseConnection(ctx, o.project.ID, o.database.ID)),
		"verifyCustomDomain": object{"verified": false, "error": "the TXT record was not found"},
		"verifyAuditChain":   report(c.VerifyAuditChain(ctx, o.project.ID, client.TimeWindow{})),
		"getAgentUsage":      report(c.GetAgentUsage(ctx, o.project.ID, client.TimeWindow{})),
		"mcpClientConfig":    object{"path": "~/.cursor/mcp.json", "json": fmt.Sprintf(mcpJSON, o.name, "${env:"+o.name+"}")},
		"mcpClientConfigWithToken": object{
			"path": "~/.cursor/mcp.json", "json": fmt.Sprintf(mcpJSON, o.name, "token_"+o.name),
		},
	}
}

// mcpJSON is the configuration file of Cursor.
const mcpJSON = `{
  "mcpServers": {
    "pgbeam": {
      "url": "https://mcp.example.com/%s",
      "headers": {
        "Authorization": "Bearer %s"
      }
    }
  }
}
`

// normalize returns a value as JSON, without what distinguishes the objects of the forms.
func (o functionObjects) normalize(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(withoutEmptyLists(value))
	require.NoError(t, err)
	label, _, _ := strings.Cut(*o.project.ProxyHost, ".")
	replaced := strings.NewReplacer(
		o.project.ID, "PROJECT", o.database.ID, "DATABASE", o.policy.ID, "POLICY", o.agent.Credential.ID, "AGENT", o.domain.ID, "DOMAIN",
		o.agent.Credential.PgUsername, "USER", o.hash, "HASH", label, "HOST", o.name, "NAME",
	).Replace(string(text))
	return timestamp.ReplaceAllString(replaced, "TIME")
}

var timestamp = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ`)

// TestFunctions deploys a program that calls every function with known, unknown and secret
// inputs, and in the plain form.
func TestFunctions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		language language
		file     string
	}{
		"TypeScript": {node, nodeProgram("functions")},
		"Python":     {python, pythonProgram("functions")},
		"Go":         {golang, "functions"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			objects := createFunctionObjects(t, local)
			p := newProgram(t, test.language, local, test.file, "")
			for form, o := range objects {
				text, err := json.Marshal(o.inputs(local))
				require.NoError(t, err)
				p.Must("config", "set", secrecy(form), form, string(text))
			}
			testFunctions(t, p.deployment(), objects, "plain")
		})
	}
	t.Run("YAML", func(t *testing.T) {
		t.Parallel()
		local := localapi.Start(t, localapi.Options{})
		objects := createFunctionObjects(t, local)
		s := newYAML(t, local, functionsYAML(t))
		for form, o := range objects {
			arguments := []string{"config", "set-all"}
			for name, value := range o.inputs(local) {
				arguments = append(arguments, secrecy(form), form+"_"+name+"="+value)
			}
			s.Must(arguments...)
		}
		testFunctions(t, yamlDeployment(s), objects)
	})
}

// secrecy returns the flag of `pulumi config set` for the inputs of a form.
func secrecy(form string) string {
	if form == "secret" {
		return "--secret"
	}
	return "--plaintext"
}

// testFunctions deploys a program twice and checks the results of the functions.
func testFunctions(t *testing.T, d deployment, objects map[string]functionObjects, plain ...string) {
	t.Helper()
	secret := objects["secret"]
	d.AddCanary("the secret name", secret.name)
	d.Local.ResetRequests()
	preview := d.preview()
	checkPreviewRequests(t, d.Local, objects, len(plain))
	var unknown []string
	for _, match := range regexp.MustCompile(`(?m)^ +unknown\.(\w+) *: (.*)$`).FindAllStringSubmatch(preview, -1) {
		name := camelCase(match[1])
		if slices.Contains(withoutInputs, name) {
			assert.NotContains(t, match[2], "unknown", name)
			continue
		}
		unknown = append(unknown, name)
		if name == "getQueryShapes" && match[2] == "[" { // the list of YAML has unknown items
			continue
		}
		assert.Equal(t, "[unknown]", match[2], name)
	}
	assert.ElementsMatch(t, withInputs(t), unknown, preview)

	d.up(false)
	d.AddCanaries()
	d.Must("stack", "output", "--json")
	results := functionResults(d.Outputs())
	for _, form := range append(plain, "known", "unknown", "secret") {
		o, ok := objects[form]
		if !ok {
			o = objects["known"]
		}
		expected := o.expected(t, d.Local)
		assert.Len(t, expected, len(withInputs(t))+len(withoutInputs), "each function")
		for name, fields := range expected {
			if form == "plain" && strings.HasSuffix(name, "WithToken") {
				continue // the plain form in Go fails
			}
			assertHolds(t, form+"."+name, toJSON(t, fields), results[form][name])
			assert.JSONEq(t, objects["known"].normalize(t, results["known"][name]), o.normalize(t, results[form][name]), "%s.%s", form, name)
		}
	}
	checkSecretResults(t, d.Stack)
	for form, o := range objects {
		profiles := 0
		for _, policy := range d.Local.Objects("policies") {
			if policy["project_id"] == o.project.ID && len(policy["masking_rules"].([]any)) > 0 {
				profiles++
				assert.Equal(t, []any{map[string]any{"table": "public.users", "column": "email", "kind": "hash"}}, policy["masking_rules"], form)
			}
		}
		assert.Equal(t, 1, profiles, form)
		rule := findObject(d.Local, "cache-rules", "query_hash", o.hash)
		require.NotNil(t, rule, form)
		assert.Equal(t, true, rule["cache_enabled"], form)
	}

	d.Local.ResetRequests()
	d.up(true)
	for _, r := range d.Local.Requests() {
		assert.Contains(t, []string{"GET", "POST"}, r.Method, r.Path)
	}
	again := functionResults(d.Outputs())
	for form := range results {
		for name := range results[form] {
			assert.JSONEq(t, secret.normalize(t, results[form][name]), secret.normalize(t, again[form][name]), "%s.%s", form, name)
		}
	}
	d.Must("destroy", "--yes")
	assert.Len(t, d.Local.Objects("policies"), len(objects))
}

// withInputs returns the names of all results that depend on inputs.
func withInputs(t *testing.T) []string {
	t.Helper()
	names := []string{"mcpClientConfigWithToken"}
	for _, function := range functions.All() {
		if !slices.Contains(withoutInputs, function.Name()) {
			names = append(names, function.Name())
		}
	}
	return names
}

// checkPreviewRequests checks that a preview makes the same requests for known and for
// secret inputs, and none for unknown ones.
func checkPreviewRequests(t *testing.T, local *localapi.Local, objects map[string]functionObjects, plain int) {
	t.Helper()
	requests := map[string][]string{}
	for _, r := range local.Requests() {
		for form, o := range objects {
			if strings.Contains(r.Path, o.project.ID) {
				requests[form] = append(requests[form], r.Method+" "+o.normalize(t, r.Path))
			}
		}
	}
	assert.Empty(t, requests["unknown"], "the inputs are unknown")
	for form, calls := range map[string]int{"known": 1 + plain, "secret": 1} {
		verifications := 0
		for _, request := range requests[form] {
			if strings.HasSuffix(request, `/verify"`) && strings.HasPrefix(request, "POST ") {
				verifications++
			}
		}
		assert.Equal(t, calls, verifications, "%s: each call of verifyCustomDomain is a request", form)
		slices.Sort(requests[form])
		requests[form] = slices.Compact(requests[form])
	}
	assert.Equal(t, requests["known"], requests["secret"])
	assert.Len(t, requests["secret"], 18)
}

// checkSecretResults checks which of the stack's outputs are secrets: those with secret
// inputs, and those that contain a token.
func checkSecretResults(t *testing.T, s *stacktest.Stack) {
	t.Helper()
	for name, value := range s.State()["program-test"].Outputs {
		text, err := json.Marshal(value)
		require.NoError(t, err)
		form, function, _ := strings.Cut(name, ".")
		function = camelCase(function)
		isSecret := form == "secret" && !slices.Contains(withoutInputs, function) || form != "plain" && strings.HasSuffix(function, "WithToken")
		assert.Equal(t, isSecret, strings.Contains(string(text), "ciphertext"), "%s: %s", name, text)
	}
}

// functionResults returns the results in the outputs of a stack by form and function. The
// names of Python are translated.
func functionResults(outputs map[string]any) map[string]map[string]any {
	results := map[string]map[string]any{}
	for name, value := range outputs {
		form, function, _ := strings.Cut(name, ".")
		if results[form] == nil {
			results[form] = map[string]any{}
		}
		results[form][camelCase(function)] = camelCaseKeys(value)
	}
	return results
}

// withoutEmptyLists removes empty lists from a value of JSON, because the plain form in Go
// does not distinguish them from those that are absent.
func withoutEmptyLists(value any) any {
	switch value := value.(type) {
	case map[string]any:
		fields := map[string]any{}
		for name, field := range value {
			if list, ok := field.([]any); !ok || len(list) > 0 {
				fields[name] = withoutEmptyLists(field)
			}
		}
		return fields
	case []any:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = withoutEmptyLists(item)
		}
		return items
	}
	return value
}

// camelCase returns a name with capital letters instead of underscores.
func camelCase(name string) string {
	words := strings.Split(name, "_")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}

// camelCaseKeys translates the names of all fields in a value of JSON, and removes those that are null.
func camelCaseKeys(value any) any {
	switch value := value.(type) {
	case map[string]any:
		translated := map[string]any{}
		for name, field := range value {
			if field != nil {
				translated[camelCase(name)] = camelCaseKeys(field)
			}
		}
		return translated
	case []any:
		translated := make([]any, len(value))
		for i, item := range value {
			translated[i] = camelCaseKeys(item)
		}
		return translated
	}
	return value
}

// toJSON returns a value as JSON has it, with names as in programs.
func toJSON(t *testing.T, value any) any {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	var decoded any
	require.NoError(t, json.Unmarshal(text, &decoded))
	return camelCaseKeys(decoded)
}

// assertHolds checks that a value of JSON has all fields of another one.
func assertHolds(t *testing.T, path string, expected, value any) {
	t.Helper()
	switch expected := expected.(type) {
	case map[string]any:
		fields, ok := value.(map[string]any)
		if !assert.True(t, ok, "%s is %v", path, value) {
			return
		}
		for name, field := range expected {
			assertHolds(t, path+"."+name, field, fields[name])
		}
	case []any:
		items, ok := value.([]any)
		if !assert.True(t, ok, "%s is %v", path, value) || !assert.Len(t, items, len(expected), path) {
			return
		}
		for i, item := range expected {
			assertHolds(t, fmt.Sprintf("%s[%d]", path, i), item, items[i])
		}
	default:
		assert.Equal(t, expected, value, path)
	}
}

// TestMissingObject checks that a program fails if a function does not find its object, and
// that the error names those that exist.
func TestMissingObject(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, local *localapi.Local, output string) {
		project := local.Objects("projects")[0]
		assert.Contains(t, output, fmt.Sprintf(
			`no project of %s has that name. The projects of %[1]s are %s "shop"`, local.OrgID, project["id"],
		))
		assert.Len(t, local.Objects("policies"), 1, "the resource that needs the result is not created")
	}
	for name, test := range map[string]struct {
		language language
		file     string
	}{
		"TypeScript": {node, nodeProgram("missing")},
		"Python":     {python, pythonProgram("missing")},
		"Go":         {golang, "missing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			createObjectsNamed(t, local, "shop")
			p := newProgram(t, test.language, local, test.file, "")
			p.Must("config", "set", "orgId", local.OrgID)
			check(t, local, p.upFails())
		})
	}
	t.Run("YAML", func(t *testing.T) {
		t.Parallel()
		local := localapi.Start(t, localapi.Options{})
		createObjectsNamed(t, local, "shop")
		check(t, local, newYAML(t, local, []byte(missingYAML)).MustFail("up", "--yes", "--skip-preview"))
	})
}

const missingYAML = `
name: missing
runtime: yaml
variables:
  project:
    fn::invoke: { function: "pgbeam:getProject", arguments: { orgId: org_local, name: missing } }
resources:
  policy: { type: "pgbeam:PolicyProfile", properties: { projectId: "${project.id}" } }
`

// TestVerifyCustomDomain checks the forms of verifyCustomDomain in TypeScript. The positional
// one is that of the former package.
func TestVerifyCustomDomain(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	o := createObjectsNamed(t, local, "shop")
	p := newProgram(t, node, local, nodeProgram("verify-custom-domain"), "")
	p.Must("config", "set", "projectId", o.project.ID)
	local.ResetRequests()
	p.preview()
	assert.Empty(t, local.Requests(), "the domain does not exist in the first preview")
	p.up()
	pending := map[string]any{"verified": false, "error": "the TXT record was not found"}
	assert.Equal(t, map[string]any{"positional": pending, "positionalWithOptions": pending, "named": pending, "output": pending}, p.Outputs())
	assert.Equal(t, 4, local.Count("POST", "/v1/projects/*/domains/*/verify"))

	require.NoError(t, local.PublishDNS("db.example.com"))
	p.up()
	outputs := p.Outputs()
	for form := range outputs {
		assert.Equal(t, true, outputs[form].(map[string]any)["verified"], form)
		assert.NotEmpty(t, outputs[form].(map[string]any)["verifiedAt"], form)
	}
}
