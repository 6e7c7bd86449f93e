// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/functions"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

type object = map[string]any

// testEnv is an API with an object of each kind that functions are about.
type testEnv struct {
	*enginetest.Env
	project, policy, agent, domain *enginetest.Resource
	// database is the ID of the primary database of the project.
	database string
}

func newTestEnv(t *testing.T, options localapi.Options) *testEnv {
	t.Helper()
	base := enginetest.NewEnv(t, options)
	project := base.Project()
	policy := base.Create("PolicyProfile", "support", object{
		"projectId": project.ID, "name": "support", "budgetQueriesPerHour": 1000,
		"maskingRules": []any{object{"table": "users", "column": "email", "kind": "hash"}},
		"rowFilters":   []any{object{"table": "orders", "predicate": "region = 'eu'"}},
	})
	agent := base.Create("AgentCredential", "bot", object{"projectId": project.ID, "policyProfileId": policy.ID, "name": "bot"})
	domain := base.Create("CustomDomain", "domain", object{"projectId": project.ID, "domain": "db.example.org"})
	base.Local.ResetRequests()
	return &testEnv{base, project, policy, agent, domain, project.State.Get("primaryDatabaseId").AsString()}
}

// invoke calls a function and returns its outputs as plain values.
func (env *testEnv) invoke(function string, inputs object) object {
	env.Helper()
	return properties.Plain(property.New(env.Invoke(function, inputs))).(object)
}

// inDatabase returns inputs about the database of the project.
func (env *testEnv) inDatabase(others object) object {
	return enginetest.With(object{"projectId": env.project.ID, "databaseId": env.database}, others)
}

// inProject returns inputs about the project.
func (env *testEnv) inProject(others object) object {
	return enginetest.With(object{"projectId": env.project.ID}, others)
}

// respond makes the API respond with other values of some fields, once.
func (env *testEnv) respond(method, path string, set object) {
	env.Local.AddFault(localapi.Fault{Method: method, Path: path, Times: 1, Set: set})
}

// answer makes the API respond with a body, once.
func (env *testEnv) answer(method, path, body string) {
	env.Local.AddFault(localapi.Fault{Method: method, Path: path, Times: 1, Body: body})
}

// invalid is a change that makes inputs invalid, and the path of the failure.
type invalid struct {
	change object
	path   string
}

// row is a function in the table of what all functions have in common.
type row struct {
	name string
	// inputs are valid, and set as many inputs as can be set together.
	inputs func(env *testEnv) object
	// requests is the number of requests of a call.
	requests int
	invalid  []invalid
}

func lookupRow(name, resource string, id func(env *testEnv) string) row {
	return row{
		name: name, requests: 1, inputs: func(env *testEnv) object { return env.inProject(object{"id": id(env)}) },
		invalid: []invalid{
			{object{"projectId": ""}, "projectId"},
			{object{"projectId": "a/b"}, "projectId"},
			{object{"id": ""}, "id"},
			{object{"id": nil}, "id"},
			{object{"name": resource}, "name"},
			{object{"id": nil, "name": ""}, "name"},
		},
	}
}

var inlineInputs = object{
	"name":         "an inline policy",
	"maskingRules": []any{object{"table": "public.users", "column": "email", "kind": "hash"}},
}

var windowInvalid = []invalid{
	{object{"projectId": ""}, "projectId"},
	{object{"start": "yesterday"}, "start"},
	{object{"end": "2026-01-01"}, "end"},
}

var databaseInvalid = []invalid{{object{"projectId": ""}, "projectId"}, {object{"databaseId": ""}, "databaseId"}}

func windowInputs(env *testEnv) object {
	return env.inProject(object{"start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"})
}

var rows = []row{
	{
		name: "getProject", requests: 2, inputs: func(env *testEnv) object { return object{"id": env.project.ID} },
		invalid: []invalid{
			{object{"id": ""}, "id"},
			{object{"id": nil}, "id"},
			{object{"name": "shop"}, "name"},
			{object{"orgId": "org_1"}, "orgId"},
			{object{"id": nil, "name": "shop"}, "orgId"},
			{object{"id": nil, "orgId": "org_1"}, "name"},
			{object{"id": nil, "orgId": "", "name": "shop"}, "orgId"},
			{object{"id": nil, "orgId": "org_1", "name": ""}, "name"},
		},
	},
	{
		name: "getDatabase", requests: 1, inputs: func(env *testEnv) object { return env.inProject(object{"id": env.database}) },
		invalid: []invalid{
			{object{"projectId": ""}, "projectId"},
			{object{"id": ""}, "id"},
			{object{"id": nil}, "id"},
			{object{"role": "primary"}, "role"},
			{object{"host": "db.example.com"}, "host"},
			{object{"id": nil, "role": "second"}, "role"},
			{object{"id": nil, "host": "db example"}, "host"},
		},
	},
	lookupRow("getPolicyProfile", "support", func(env *testEnv) string { return env.policy.ID }),
	lookupRow("getAgentCredential", "bot", func(env *testEnv) string { return env.agent.ID }),
	{name: "getOrganizations", requests: 1, inputs: func(*testEnv) object { return object{} }},
	{
		name: "getOrganizationPlan", requests: 1, inputs: func(env *testEnv) object { return object{"orgId": env.Local.OrgID} },
		invalid: []invalid{{object{"orgId": ""}, "orgId"}, {object{"orgId": ".."}, "orgId"}},
	},
	{name: "getPlans", requests: 1, inputs: func(*testEnv) object { return object{} }},
	{
		name: "getRegions", requests: 1, inputs: func(*testEnv) object { return object{"provider": "aws", "available": true} },
		invalid: []invalid{{object{"provider": "ibm"}, "provider"}},
	},
	{
		name: "getQueryShapes", requests: 1,
		inputs: func(env *testEnv) object {
			return env.inDatabase(object{"sql": "select email", "queryHash": "0123456789abcdef", "minCallCount": 1})
		},
		invalid: append([]invalid{
			{object{"sql": " "}, "sql"},
			{object{"queryHash": "0123456789ABCDEF"}, "queryHash"},
			{object{"minCallCount": -1}, "minCallCount"},
			{object{"minCallCount": 1.5}, "minCallCount"},
		}, databaseInvalid...),
	},
	{name: "getSchemaCatalog", requests: 1, inputs: func(env *testEnv) object { return env.inDatabase(nil) }, invalid: databaseInvalid},
	{
		name: "scanPii", requests: 1,
		inputs: func(env *testEnv) object {
			return env.inDatabase(object{"minConfidence": 0.5, "kind": "hash", "except": []any{"public.users.phone"}})
		},
		invalid: append([]invalid{
			{object{"minConfidence": 1.1}, "minConfidence"},
			{object{"minConfidence": -0.1}, "minConfidence"},
			{object{"kind": "blur"}, "kind"},
			{object{"except": []any{"users.email", "email"}}, "except[1]"},
			{object{"except": []any{"a.b.c.d"}}, "except[0]"},
		}, databaseInvalid...),
	},
	{
		name: "evaluatePolicy", requests: 2,
		inputs: func(env *testEnv) object {
			return env.inProject(object{"policy": inlineInputs, "statements": []any{"SELECT email FROM users", "DROP TABLE users"}})
		},
		invalid: []invalid{
			{object{"projectId": ""}, "projectId"},
			{object{"policyProfileId": "pol_1"}, "policy"},
			{object{"agentCredentialId": "agt_1"}, "agentCredentialId"},
			{object{"policy": nil}, "policyProfileId"},
			{object{"policy": nil, "policyProfileId": ""}, "policyProfileId"},
			{object{"policy": object{"acessMode": "read_only"}}, "policy.acessMode"},
			{object{"policy": object{"maskingRules": []any{object{"table": "users", "column": "email", "kind": "blur"}}}}, "policy.maskingRules[0].kind"},
			{object{"statements": []any{}}, "statements"},
			{object{"statements": []any{"SELECT 1", ""}}, "statements[1]"},
			{object{"statements": []any{strings.Repeat("x", 100001)}}, "statements[0]"},
		},
	},
	{
		name: "replayPolicy", requests: 1,
		inputs: func(env *testEnv) object {
			return enginetest.With(windowInputs(env), object{"policy": inlineInputs, "boundPolicyProfileId": env.policy.ID, "limit": 500})
		},
		invalid: append([]invalid{
			{object{"policyProfileId": "pol_1"}, "policy"},
			{object{"policy": nil}, "policyProfileId"},
			{object{"agentCredentialId": "agt_1"}, "boundPolicyProfileId"},
			{object{"limit": 0}, "limit"},
			{object{"limit": 501}, "limit"},
		}, windowInvalid...),
	},
	{
		name: "recommendPolicy", requests: 1,
		inputs: func(env *testEnv) object {
			return env.inProject(object{"agentCredentialId": env.agent.ID, "lookbackDays": 365, "limit": 1})
		},
		invalid: []invalid{
			{object{"agentCredentialId": ""}, "agentCredentialId"},
			{object{"lookbackDays": 0}, "lookbackDays"},
			{object{"lookbackDays": 366}, "lookbackDays"},
			{object{"limit": 501}, "limit"},
		},
	},
	{
		name: "lintMigration", requests: 1, inputs: func(env *testEnv) object { return env.inDatabase(object{"sql": "DROP TABLE users"}) },
		invalid: []invalid{
			{object{"projectId": ""}, "projectId"},
			{object{"databaseId": ""}, "databaseId"},
			{object{"sql": ""}, "sql"},
			{object{"sql": strings.Repeat("x", 1048577)}, "sql"},
		},
	},
	{name: "testConnection", requests: 1, inputs: func(env *testEnv) object { return env.inDatabase(nil) }, invalid: databaseInvalid},
	{
		name: "verifyCustomDomain", requests: 1, inputs: func(env *testEnv) object { return env.inProject(object{"domainId": env.domain.ID}) },
		invalid: []invalid{{object{"projectId": ""}, "projectId"}, {object{"domainId": ""}, "domainId"}},
	},
	{name: "verifyAuditChain", requests: 1, inputs: windowInputs, invalid: windowInvalid},
	{name: "getAgentUsage", requests: 1, inputs: windowInputs, invalid: windowInvalid},
	{
		name: "mcpClientConfig", requests: 0,
		inputs: func(*testEnv) object {
			return object{"client": "cursor", "mcpUrl": "https://mcp.example.com/mcp", "mcpTokenEnvVar": "PGBEAM_TOKEN", "serverName": "shop", "os": "linux"}
		},
		invalid: []invalid{
			{object{"client": "emacs"}, "client"},
			{object{"mcpUrl": "mcp.example.com"}, "mcpUrl"},
			{object{"mcpTokenEnvVar": nil}, "mcpToken"},
			{object{"mcpTokenEnvVar": nil, "mcpToken": ""}, "mcpToken"},
			{object{"mcpToken": "token"}, "mcpTokenEnvVar"},
			{object{"mcpTokenEnvVar": "not a name"}, "mcpTokenEnvVar"},
			{object{"serverName": "my server"}, "serverName"},
			{object{"serverName": strings.Repeat("x", 65)}, "serverName"},
			{object{"os": "plan9"}, "os"},
		},
	},
}

// forEachFunction runs a subtest for each function, in an environment of its own.
func forEachFunction(t *testing.T, test func(t *testing.T, env *testEnv, row row, function kind.Function)) {
	t.Helper()
	all := map[string]kind.Function{}
	for _, function := range functions.All() {
		all[function.Name()] = function
	}
	require.Len(t, rows, len(all), "every function has a row")
	for _, row := range rows {
		require.Contains(t, all, row.name)
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			test(t, newTestEnv(t, localapi.Options{QueryShapes: []string{"SELECT email FROM users"}}), row, all[row.name])
		})
	}
}

// packageSchema returns the schema of the provider, which is the same for all tests.
func packageSchema(t *testing.T, env *enginetest.Env) schema.PackageSpec {
	t.Helper()
	readSchema.Do(func() {
		resp, err := env.Engine.Server.GetSchema(p.GetSchemaRequest{})
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal([]byte(resp.Schema), &spec))
	})
	return spec
}

var (
	readSchema sync.Once
	spec       schema.PackageSpec
)

func outputsOf(spec schema.PackageSpec, function string) *schema.ObjectTypeSpec {
	return spec.Functions["pgbeam:index:"+function].ReturnType.ObjectTypeSpec
}

func TestFunctionsRefuseInvalidInputsAtTheirPaths(t *testing.T) {
	t.Parallel()
	forEachFunction(t, func(t *testing.T, env *testEnv, row row, _ kind.Function) {
		inputs := row.inputs(env)
		cases := append([]invalid{{object{"bogus": "text"}, "bogus"}}, row.invalid...)
		for name, value := range inputs {
			if _, isObject := value.(object); isObject {
				cases = append(cases, invalid{object{name: "text"}, name})
			} else {
				cases = append(cases, invalid{object{name: object{"key": "value"}}, name})
			}
		}
		for _, name := range packageSchema(t, env.Env).Functions["pgbeam:index:"+row.name].Inputs.Required {
			cases = append(cases, invalid{object{name: nil}, name})
		}
		for _, test := range cases {
			outputs, failures, err := env.Engine.Invoke(row.name, enginetest.Inputs(enginetest.With(inputs, test.change)))
			require.NoError(t, err)
			assert.Zero(t, outputs.Len())
			assert.True(t, slices.ContainsFunc(failures, func(failure p.CheckFailure) bool {
				return strings.HasPrefix(failure.Reason, test.path+" ")
			}), "a failure at %s: %v", test.path, failures)
		}
		assert.Empty(t, env.Local.Requests())
	})
}

// variants returns copies of a value, in each of which one part, at any depth, is edited.
func variants(value property.Value, edit func(property.Value) property.Value) []property.Value {
	all := []property.Value{edit(value)}
	switch {
	case value.IsArray():
		for i, item := range value.AsArray().All {
			for _, variant := range variants(item, edit) {
				items := slices.Clone(value.AsArray().AsSlice())
				items[i] = variant
				all = append(all, property.New(items))
			}
		}
	case value.IsMap():
		for name, field := range value.AsMap().All {
			for _, variant := range variants(field, edit) {
				all = append(all, property.New(value.AsMap().Set(name, variant)))
			}
		}
	}
	return all
}

// editedInputs returns copies of inputs, in each of which one part is edited.
func editedInputs(inputs object, edit func(property.Value) property.Value) []property.Map {
	var all []property.Map
	for name, value := range enginetest.Inputs(inputs).All {
		for _, variant := range variants(value, edit) {
			all = append(all, enginetest.Inputs(inputs).Set(name, variant))
		}
	}
	return all
}

func TestFunctionsMakeNoRequestWhileAnInputIsUnknown(t *testing.T) {
	t.Parallel()
	forEachFunction(t, func(t *testing.T, env *testEnv, row row, _ kind.Function) {
		declared := slices.Sorted(maps.Keys(outputsOf(packageSchema(t, env.Env), row.name).Properties))
		for _, inputs := range editedInputs(row.inputs(env), func(property.Value) property.Value { return enginetest.Unknown }) {
			outputs, failures, err := env.Engine.Invoke(row.name, inputs)
			require.NoError(t, err)
			require.Empty(t, failures, "%v", inputs)
			var names []string
			for name, value := range outputs.AllStable {
				names = append(names, name)
				assert.True(t, value.IsComputed(), "%s with %v", name, inputs)
			}
			assert.Equal(t, declared, names)
		}
		assert.Empty(t, env.Local.Requests())
	})
}

func TestResultsOfSecretInputsAreSecret(t *testing.T) {
	t.Parallel()
	forEachFunction(t, func(t *testing.T, env *testEnv, row row, function kind.Function) {
		for name, value := range env.Invoke(row.name, row.inputs(env)).All {
			assert.False(t, value.HasSecrets(), "no input is secret: %s", name)
		}
		for _, inputs := range editedInputs(row.inputs(env), func(v property.Value) property.Value { return v.WithSecret(true) }) {
			outputs, failures, err := env.Engine.Invoke(row.name, inputs)
			require.NoError(t, err)
			require.Empty(t, failures)
			require.NotZero(t, outputs.Len())
			for name, value := range outputs.All {
				assert.Equal(t, !slices.Contains(function.Public, name), value.Secret(), "%s with %v", name, inputs)
			}
			unknown, _, err := env.Engine.Invoke(row.name, inputs.Set(slices.Sorted(maps.Keys(row.inputs(env)))[0], enginetest.Unknown.WithSecret(true)))
			require.NoError(t, err)
			for name, value := range unknown.All {
				assert.Equal(t, !slices.Contains(function.Public, name), value.Secret(), "unknown %s with %v", name, inputs)
			}
		}
	})
}

// stringsIn returns the strings in inputs that are too long to occur in a message by chance.
func stringsIn(value property.Value) (texts []string) {
	switch {
	case value.IsString() && len(value.AsString()) >= 8:
		texts = append(texts, value.AsString())
	case value.IsArray():
		for _, item := range value.AsArray().All {
			texts = append(texts, stringsIn(item)...)
		}
	case value.IsMap():
		for _, field := range value.AsMap().All {
			texts = append(texts, stringsIn(field)...)
		}
	}
	return texts
}

func TestErrorsDoNotContainSecretInputs(t *testing.T) {
	t.Parallel()
	forEachFunction(t, func(t *testing.T, env *testEnv, row row, _ kind.Function) {
		inputs := enginetest.Inputs(row.inputs(env))
		texts := stringsIn(property.New(inputs))
		if row.requests == 0 || len(texts) == 0 {
			return // the API returns no error that could quote an input
		}
		env.Local.AddFault(localapi.Fault{Status: 400, Code: "INVALID_INPUT", Detail: "refused: " + strings.Join(texts, ", ")})
		_, _, err := env.Engine.Invoke(row.name, inputs)
		for _, text := range texts {
			require.ErrorContains(t, err, text, "an input that is not secret is quoted")
		}
		for name, value := range inputs.All {
			inputs = inputs.Set(name, value.WithSecret(true))
		}
		_, _, err = env.Engine.Invoke(row.name, inputs)
		require.ErrorContains(t, err, "invoking "+row.name+": ")
		require.ErrorContains(t, err, "400 INVALID_INPUT")
		for _, text := range texts {
			assert.NotContains(t, err.Error(), text)
		}
	})
}

func TestFunctionsNeedAnAPIKeyToMakeRequests(t *testing.T) {
	t.Parallel()
	forEachFunction(t, func(t *testing.T, env *testEnv, row row, _ kind.Function) {
		outputs, failures, err := enginetest.New(t, nil).Invoke(row.name, enginetest.Inputs(row.inputs(env)))
		require.Empty(t, failures)
		if row.requests == 0 {
			require.NoError(t, err)
			require.NotZero(t, outputs.Len())
			return
		}
		require.ErrorContains(t, err, "invoking "+row.name+": no PgBeam API key: set one ")
	})
}

// TestEqualCallsShareTheirRequests also checks that a call after a write in the project makes
// its requests again, unless no write can affect what it reads.
func TestEqualCallsShareTheirRequests(t *testing.T) {
	t.Parallel()
	forEachFunction(t, func(t *testing.T, env *testEnv, row row, function kind.Function) {
		count := func() int {
			env.Local.ResetRequests()
			env.Invoke(row.name, row.inputs(env))
			return len(env.Local.Requests())
		}
		again, afterWrite := 0, row.requests
		switch {
		case function.Acts:
			again = row.requests
		case row.name == "getPlans" || row.name == "getRegions":
			afterWrite = 0
		}
		assert.Equal(t, row.requests, count(), "first call")
		assert.Equal(t, again, count(), "second call")
		env.Policy(env.project, "another")
		assert.Equal(t, afterWrite, count(), "after a write")
	})
}

func TestOutputsMatchTheSchema(t *testing.T) {
	t.Parallel()
	forEachFunction(t, func(t *testing.T, env *testEnv, row row, function kind.Function) {
		spec := packageSchema(t, env.Env)
		outputs := env.Invoke(row.name, row.inputs(env))
		object := outputsOf(spec, row.name)
		for _, name := range object.Required {
			assert.True(t, outputs.Get(name).HasComputed() || !outputs.Get(name).IsNull(), "%s is required", name)
		}
		for name, value := range outputs.All {
			require.Contains(t, object.Properties, name)
			assert.Equal(t, object.Properties[name].Secret, value.Secret(), name)
			assert.False(t, value.IsNull(), "%s is not absent but null", name)
		}
		assertDescribed(t, spec, row.name, *object, map[string]bool{})
		for name, output := range object.Properties {
			assert.NotContains(t, output.Description, "If omitted", "%s is no input", name)
		}
		if function.State != nil {
			for _, name := range function.State.Unreadable {
				assert.NotContains(t, object.Properties, name)
			}
		}
	})
}

// assertDescribed checks that all properties of an object have a description, and those of the
// objects in it.
func assertDescribed(t *testing.T, spec schema.PackageSpec, name string, object schema.ObjectTypeSpec, seen map[string]bool) {
	t.Helper()
	if seen[name] {
		return
	}
	seen[name] = true
	for property, output := range object.Properties {
		assert.NotEmpty(t, output.Description, "%s.%s", name, property)
		assert.NotContains(t, output.Description, "as of the last refresh", "%s.%s: a result is as of the call", name, property)
		typ := output.TypeSpec
		for typ.Items != nil {
			typ = *typ.Items
		}
		if token, ok := strings.CutPrefix(typ.Ref, "#/types/"); ok {
			nested := spec.Types[token]
			if len(nested.Enum) == 0 {
				assert.NotEmpty(t, nested.Description, token)
				assertDescribed(t, spec, token, nested.ObjectTypeSpec, seen)
			}
		}
	}
}
