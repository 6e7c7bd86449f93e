// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/components"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

// cases has a row for each component, in the order of components.All. The tests in this file
// and in children_test.go run for each row.
var cases = []componentCase{
	{
		component: "SecureAgentProject", minimal: minimalProject(), full: []object{fullProject()},
		mustBeKnown:   []string{"anomalyRules", "enforceForHumans", "policy.maskDetectedPii", "replicas", "replicas[0].name"},
		notSecret:     []string{"anomalyRules", "replicas[0].name"},
		indispensable: []string{"allowedCidrs"}, // by cidrLabels
	},
	{
		component: "AgentAccess", minimal: object{"projectId": "prj_1"}, full: []object{
			{"projectId": "prj_1", "policy": fullPolicy(), "agent": fullAgent(), "policyTests": fullPolicyTests(), "anomalyRules": object{"rows": fullAnomaly()}, "allowUnapprovedWrites": true},
			{"projectId": "prj_1", "policyProfileId": "pol_1", "policyTests": fullPolicyTests()},
		},
		mustBeKnown:   []string{"anomalyRules", "policy.maskDetectedPii"},
		notSecret:     []string{"anomalyRules"},
		indispensable: []string{"policy.maskDetectedPii.databaseId"},
	},
	{
		component: "AgentFleet", minimal: minimalFleet(), full: []object{fullFleet()},
		mustBeKnown:   []string{"tiers", "agents", "agents.bot.tier", "agents.loader.tier", "policyTests", "tiers.support.maskDetectedPii", "webhooks"},
		notSecret:     []string{"tiers", "agents", "agents.bot.tier", "agents.loader.tier", "policyTests", "webhooks"},
		indispensable: []string{"orgId", "tiers.support", "tiers.support.maskDetectedPii.databaseId"},
	},
	{
		component: "TenantAccess", minimal: minimalTenants(), full: []object{fullTenants()},
		mustBeKnown:   []string{"policy.maskDetectedPii", "tenants"},
		notSecret:     []string{"tenants"},
		indispensable: []string{"policy.maskDetectedPii.databaseId", "tables.a", "tables.t"}, // by tableAllowlist and rowFilters
	},
	{
		component: "HumanAccess", minimal: object{"projectId": "prj_1"}, full: []object{fullHumanAccess()},
		mustBeKnown: []string{
			"approvals", "baseline.maskDetectedPii", "roles", "roles.support.people", "roles.support.people[0]", "roles.support.people[1]", "roles.support.policy.maskDetectedPii",
		},
		notSecret:     []string{"approvals", "roles", "roles.support.people[0]", "roles.support.people[1]"},
		indispensable: []string{"baseline.maskDetectedPii.databaseId", "roles.support.policy.maskDetectedPii.databaseId"},
	},
	{
		component: "SafeMigrations", minimal: object{"projectId": "prj_1", "tables": []any{"orders"}}, full: []object{
			fullMigrations(), {"projectId": "prj_1", "tables": []any{"orders"}, "approvals": object{"timeoutSeconds": 60}},
		},
		mustBeKnown: []string{
			"approvals", "production", "production.policy.maskDetectedPii", "sandbox", "sandbox.policy.maskDetectedPii", "tables", "tables[0]", "tables[1]",
		},
		notSecret:     []string{"tables[0]", "tables[1]"},
		indispensable: []string{"production.policy.maskDetectedPii.databaseId", "sandbox.policy.maskDetectedPii.databaseId"},
	},
	{
		component: "Tripwires", minimal: object{"projectId": "prj_1"}, full: []object{{
			"projectId": "prj_1", "decoys": object{"ssns": fullDecoy()}, "anomalies": object{"rows": fullAnomaly()}, "sinks": object{"siem": fullWebhook()},
			"allowInsecureTransport": true,
		}},
		mustBeKnown: []string{"anomalies", "decoys", "sinks"},
		notSecret:   []string{"anomalies", "decoys", "sinks"},
	},
	{
		component: "ReplicatedDatabase", minimal: object{"projectId": "prj_1", "primary": minimalProject()["database"]}, full: []object{
			{
				"project": fullProjectSettings(), "primary": fullDatabase(), "replicas": object{"eu": fullReplica()}, "cacheRules": object{"orders": fullCacheRule()},
				"customDomain": object{"domain": "db.example.com", "waitForVerification": true}, "allowInsecureTransport": true,
			},
			{"projectId": "prj_1", "primary": fullDatabase(), "replicas": object{"eu": fullReplica()}, "cacheRules": object{"orders": fullCacheRule()}},
		},
		mustBeKnown:   []string{"cacheRules", "replicas"},
		notSecret:     []string{"cacheRules", "replicas"},
		indispensable: []string{"project", "projectId", "project.allowedCidrs"},
	},
	{
		component: "SelfHostedGateway",
		minimal:   object{"orgId": "org_1", "regions": object{"eu": object{}}, "image": "proxy:1"},
		full: []object{{
			"orgId": "org_1", "image": "proxy:1", "environment": object{"LOG_LEVEL": "info"}, "allowInsecureTransport": true,
			"regions": object{"eu": object{"description": "d", "expiresAt": "2099-01-01T00:00:00Z", "rotationTriggers": object{"a": "1"}, "rotateAfter": "90d"}},
			"project": object{
				"name": "shop", "description": "d", "tags": []any{"a"}, "cloud": "aws", "residency": "eu", "allowedCidrs": []any{"10.0.0.0/8"},
				"cidrLabels": object{"10.0.0.0/8": "l"}, "agentsDisabled": false, "database": fullDatabase(),
			},
		}},
		mustBeKnown:   []string{"regions"},
		notSecret:     []string{"regions"},
		indispensable: []string{"regions.eu", "project.allowedCidrs"},
	},
	{
		component: "RotatingAgentCredential",
		minimal:   object{"projectId": "prj_1", "policyProfileId": "pol_1", "everyDays": 30, "overlapDays": 3},
		full: []object{{
			"projectId": "prj_1", "policyProfileId": "pol_1", "everyDays": 30, "overlapDays": 3,
			"name": "a", "status": "active", "principalType": "agent", "expiresAt": "2099-01-01T00:00:00Z", "rotationTriggers": object{"a": "1"},
		}},
	},
}

// componentCase is what the tests need to know of a component.
type componentCase struct {
	component string
	// minimal are inputs that set only what is required.
	minimal object
	// full are inputs that together set every property, and make every child exist. A component
	// whose inputs exclude each other has several.
	full []object
	// mustBeKnown are the paths of inputs that must be known in a preview, because they decide
	// which children there are.
	mustBeKnown []string
	// notSecret are the paths of inputs that must not be secret, because they become part of
	// the name of a child.
	notSecret []string
	// indispensable are the paths of optional inputs without which the other full inputs are
	// invalid.
	indispensable []string
}

// problem returns the error for a value at a path of the full inputs, or "" if the value is
// valid.
func (c componentCase) problem(path string, unknown, secret bool, specs map[string]inputSpec) string {
	for _, name := range c.mustBeKnown {
		if unknown && (name == path || contains(path, name) && specs[name].required) {
			return name + " must be known before anything is created"
		}
	}
	for _, name := range c.notSecret {
		if secret && (name == path || !unknown && contains(path, name)) {
			return name + " must not be a secret"
		}
	}
	return ""
}

// contains reports whether the value at a path contains the one at another path.
func contains(outer, inner string) bool {
	rest, found := strings.CutPrefix(inner, outer)
	return found && strings.IndexAny(rest, ".[") == 0
}

// forEachComponent runs a subtest for each component.
func forEachComponent(t *testing.T, test func(t *testing.T, c componentCase)) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.component, func(t *testing.T) {
			t.Parallel()
			test(t, c)
		})
	}
}

func TestEveryComponentHasACase(t *testing.T) {
	t.Parallel()
	var expected, actual []string
	for _, component := range components.All() {
		expected = append(expected, component.Kind())
	}
	for _, c := range cases {
		actual = append(actual, c.component)
	}
	assert.Equal(t, expected, actual)
}

type object = map[string]any

func with(o, entries object) object {
	merged := maps.Clone(o)
	maps.Copy(merged, entries)
	return merged
}

func fullPolicy() object {
	return object{
		"name": "p", "accessMode": "read_only", "statementRules": object{"allow": []any{"a"}, "deny": []any{"b"}}, "tableAllowlist": []any{"a"},
		"tableDenylist": []any{"b"}, "maskingRules": []any{object{"table": "t", "column": "c", "kind": "hash"}},
		"rowFilters": []any{object{"table": "t", "predicate": "p"}}, "budgetQueriesPerHour": 1, "budgetQueriesPerDay": 1, "maxRows": 1,
		"maxAffectedRows": 1, "statementTimeoutMs": 1, "writeMode": "normal", "approvalMode": "all", "approvalAutoMaxRows": 1,
		"approvalTimeoutSeconds": 1, "migrationSafety": "warn", "egressBytesPerDay": 1, "contentScanMode": "block", "contentScanMaxBytes": 1,
		"maskDetectedPii": object{"databaseId": "db_1", "minConfidence": 0.5, "kind": "hash", "except": []any{"users.email"}, "allowPartialScan": true},
	}
}

func fullAgent() object {
	return object{"name": "a", "status": "active", "principalType": "agent", "expiresAt": "2099-01-01T00:00:00Z", "rotationTriggers": object{"a": "1"}, "rotateAfter": "90d"}
}

func fullWebhook() object {
	return object{"url": "https://example.com", "secret": "s", "format": "json", "eventTypes": []any{"query_blocked"}, "enabled": true, "description": "d"}
}

func fullPolicyTests() []any {
	return []any{object{"name": "n", "sql": "select 1", "expect": "mask", "rule": "ok", "maskedColumns": []any{"c"}}}
}

func fullAnomaly() object {
	return object{"metric": "bytes_per_hour", "sigmaThreshold": 1.5, "floor": 2.5, "enabled": true}
}

func fullApproval() object {
	return object{"name": "n", "statementKinds": []any{"update"}, "schemaName": "s", "relationName": "r", "minAffectedRows": 1, "enabled": true}
}

func fullProjectSettings() object {
	return object{
		"orgId": "org_1", "name": "shop", "description": "d", "tags": []any{"a"}, "cloud": "aws", "selfHosted": false, "residency": "eu",
		"allowedCidrs": []any{"10.0.0.0/8"}, "cidrLabels": object{"10.0.0.0/8": "l"}, "agentsDisabled": false,
	}
}

func fullDatabase() object {
	return object{
		"host": "db.example.com", "port": 5432, "name": "shop", "username": "pgbeam", "password": "p", "sslMode": "require",
		"poolRegion": "us-east-1", "queryTimeoutMs": 1, "autoReadRouting": true,
		"cacheConfig": object{"enabled": true, "ttlSeconds": 1, "maxEntries": 1, "swrSeconds": 1},
		"poolConfig":  object{"poolSize": 2, "minPoolSize": 1, "poolMode": "session", "maxActive": 3},
	}
}

func fullReplica() object {
	return object{"host": "a.example.com", "port": 1, "sslMode": "require"}
}

func fullCacheRule() object {
	return object{"queryHash": "a1b2c3d4e5f60718", "cacheEnabled": true, "cacheTtlSeconds": 1, "cacheSwrSeconds": 1}
}

func fullDecoy() object {
	return object{"schemaName": "public", "relationName": "customer_ssns", "action": "kill", "allowExistingTable": false}
}

// mockMonitor records the resources that a component registers, and returns fixed
// outputs.
type mockMonitor struct {
	t        *testing.T
	mu       sync.Mutex
	children map[string]integration.MockResourceArgs
	preview  bool
}

func (m *mockMonitor) register(args integration.MockResourceArgs) (string, property.Map, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, exists := m.children[args.Name]
	assert.False(m.t, exists, "%s is registered twice", args.Name)
	m.children[args.Name] = args
	if m.preview {
		return "", property.Map{}, nil // outputs are unknown
	}
	outputs := args.Inputs
	if args.TypeToken == token("DetectedPii") {
		outputs = outputs.Set("maskingRules", properties.Value(detectedRules))
	}
	spec := packageSpec(m.t).Resources[args.TypeToken.String()]
	for name, output := range spec.Properties {
		if _, isInput := spec.InputProperties[name]; !isInput && output.Type == "string" {
			outputs = outputs.Set(name, property.New(mockOutput(args.Name, name, output.Secret)))
		}
	}
	return args.Name + "-id", outputs, nil
}

// detectedRules are the rules of every DetectedPii.
var detectedRules = []any{
	object{"table": "old.users", "column": "email", "kind": "hash"},
	object{"table": "public.users", "column": "email", "kind": "hash"},
	object{"table": "public.users", "column": "phone", "kind": "redact"},
}

// canary is a part of every secret.
const canary = "canary"

// mockOutput returns an output of a child, unless that is an input.
func mockOutput(child, output string, secret bool) string {
	if secret {
		return canary + "-" + child + "-" + output
	}
	return child + "-" + output
}

// packageSpec returns the schema of the provider.
func packageSpec(t *testing.T) schema.PackageSpec {
	t.Helper()
	spec, err := cachedSpec()
	require.NoError(t, err)
	return spec
}

var cachedSpec = sync.OnceValues(func() (schema.PackageSpec, error) {
	var spec schema.PackageSpec
	pgbeam, err := provider.New(provider.Options{Environment: envconfig.MapLookuper(nil)})
	if err != nil {
		return spec, err
	}
	server, err := integration.NewServer(context.Background(), provider.Name, semver.MustParse("0.0.1"), integration.WithProvider(pgbeam))
	if err != nil {
		return spec, err
	}
	response, err := server.GetSchema(p.GetSchemaRequest{})
	if err != nil {
		return spec, err
	}
	return spec, json.Unmarshal([]byte(response.Schema), &spec)
})

// urnOf returns the URN of the component that a test constructs. Its name is shop.
func urnOf(component string) urn.URN {
	return resource.NewURN("stack", "project", "", token(component), "shop")
}

// mockAPI returns the URL of an API in which every project has one database, without tables.
// It serves all tests.
var mockAPI = sync.OnceValue(func() string { return httptest.NewServer(serveDatabases(map[string]string{"db_1": catalog("")})).URL })

// catalog returns a schema catalog with some relations.
func catalog(relations string) string {
	return `{"relations": [` + relations + `], "scanned_relations": 0, "scanned_columns": 0}`
}

// serveDatabases serves the databases of every project, whose catalogs are passed by ID.
func serveDatabases(catalogs map[string]string) http.Handler {
	const database = `{"id": "%s", "project_id": "%s", "host": "db.example.com", "port": 5432, "name": "shop", "username": "pgbeam", "ssl_mode": "verify-full", ` +
		`"connection_string": "postgresql://pgbeam:YOUR_PASSWORD@shop.proxy.pgbeam.app:5432/shop", ` +
		`"cache_config": {"enabled": false, "ttl_seconds": 60, "max_entries": 1, "swr_seconds": 1}, ` +
		`"pool_config": {"pool_size": 1, "min_pool_size": 1, "pool_mode": "session"}, "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}`
	mux := http.NewServeMux()
	serve := func(path string, body func(projectID, databaseID string) string) {
		mux.HandleFunc("GET /v1/projects/{project}/databases"+path, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body(r.PathValue("project"), r.PathValue("database"))))
		})
	}
	serve("", func(projectID, _ string) string {
		var databases []string
		for _, id := range slices.Sorted(maps.Keys(catalogs)) {
			databases = append(databases, fmt.Sprintf(database, id, projectID))
		}
		return `{"databases": [` + strings.Join(databases, ", ") + `]}`
	})
	serve("/{database}", func(projectID, databaseID string) string { return fmt.Sprintf(database, databaseID, projectID) })
	serve("/{database}/schema-catalog", func(_, databaseID string) string { return catalogs[databaseID] })
	return mux
}

// construct constructs a component and returns the resources and components that it
// registers, by name.
func construct(t *testing.T, component string, inputs property.Map, preview bool) (map[string]integration.MockResourceArgs, p.ConstructResponse, error) {
	t.Helper()
	pgbeam, err := mockProvider()
	require.NoError(t, err)
	return constructBy(t, pgbeam, component, inputs, preview)
}

// mockProvider returns the provider that uses mockAPI. It serves all tests, because building it
// takes longer than constructing a component.
var mockProvider = sync.OnceValues(func() (p.Provider, error) { return newProvider(mockAPI()) })

// newProvider returns a provider with the URL of an API. There is no API key if it is "".
func newProvider(url string) (p.Provider, error) {
	environment := map[string]string{"PGBEAM_API_KEY": "pbo_test", "PGBEAM_API_URL": url}
	if url == "" {
		environment = nil
	}
	return provider.New(provider.Options{Environment: envconfig.MapLookuper(environment)})
}

// constructWith is construct with the URL of an API: see newProvider.
func constructWith(t *testing.T, url, component string, inputs property.Map, preview bool) (map[string]integration.MockResourceArgs, p.ConstructResponse, error) {
	t.Helper()
	pgbeam, err := newProvider(url)
	require.NoError(t, err)
	return constructBy(t, pgbeam, component, inputs, preview)
}

func constructBy(t *testing.T, pgbeam p.Provider, component string, inputs property.Map, preview bool) (map[string]integration.MockResourceArgs, p.ConstructResponse, error) {
	t.Helper()
	m := &mockMonitor{t: t, children: map[string]integration.MockResourceArgs{}, preview: preview}
	// The server closes its sockets when the context is canceled. Thousands of them would exceed the limit of a process.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	server, err := integration.NewServer(ctx, provider.Name, semver.MustParse("0.0.1"), integration.WithProvider(pgbeam),
		integration.WithMocks(&integration.MockResourceMonitor{NewResourceF: m.register}))
	require.NoError(t, err)
	require.NoError(t, server.Configure(p.ConfigureRequest{}))
	response, err := server.Construct(p.ConstructRequest{
		Urn: urnOf(component), Parent: resource.DefaultRootStackURN("stack", "project"), Inputs: inputs, DryRun: preview,
	})
	itself := urnOf(component).Name()
	assert.NotContains(t, m.children[itself].RegisterRPC.GetDependencies(), string(urnOf(component)), "the engine refuses it")
	delete(m.children, itself)
	return m.children, response, err
}

// validation is what a component makes of inputs.
type validation struct {
	inputs  object // besides the minimal ones
	flag    string // that allows them; "" if none does, or if they are valid
	problem string // "" if they are valid
}

// assertValidation requires that a component accepts valid inputs, and rejects others before it
// creates anything, unless the flag is true that allows them.
func assertValidation(t *testing.T, component string, minimal object, tests map[string]validation) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, preview := range []bool{true, false} {
				validate := func(others object) (map[string]integration.MockResourceArgs, error) {
					children, _, err := construct(t, component, enginetest.Inputs(with(with(minimal, test.inputs), others)), preview)
					return children, err
				}
				children, err := validate(nil)
				if test.problem == "" {
					require.NoError(t, err)
					continue
				}
				require.ErrorContains(t, err, test.problem)
				assert.NotContains(t, strings.ReplaceAll(err.Error(), "canary_tripped", ""), canary) // but the type of an event
				assert.Empty(t, children)
				if test.flag == "" {
					continue
				}
				assert.Contains(t, err.Error(), test.flag)
				_, err = validate(object{test.flag: false})
				require.ErrorContains(t, err, test.problem)
				_, err = validate(object{test.flag: true})
				require.NoError(t, err)
			}
		})
	}
}

// registered returns the inputs of each child.
func registered(children map[string]integration.MockResourceArgs) map[string]property.Map {
	inputs := map[string]property.Map{}
	for name, child := range children {
		inputs[name] = child.Inputs
	}
	return inputs
}

// inputPath is a path in the inputs of a component.
type inputPath struct {
	path  string
	value any
	// replace returns the inputs with another value at the path.
	replace func(value any) object
	// remove returns the inputs without the path. It is nil for an item of a list.
	remove func() object
}

// paths returns all paths in inputs, including nested ones.
func paths(inputs object) []inputPath {
	var found []inputPath
	var walk func(path properties.Path, value any, replace func(any) object)
	walk = func(path properties.Path, value any, replace func(any) object) {
		switch value := value.(type) {
		case object:
			for _, name := range slices.Sorted(maps.Keys(value)) {
				entry := path.Field(name)
				input := inputPath{path: string(entry), value: value[name]}
				input.replace = func(v any) object { return replace(with(value, object{name: v})) }
				input.remove = func() object {
					rest := maps.Clone(value)
					delete(rest, name)
					return replace(rest)
				}
				found = append(found, input)
				walk(entry, input.value, input.replace)
			}
		case []any:
			for i, item := range value {
				entry := path.Index(i)
				input := inputPath{path: string(entry), value: item}
				input.replace = func(v any) object {
					items := slices.Clone(value)
					items[i] = v
					return replace(items)
				}
				found = append(found, input)
				walk(entry, input.value, input.replace)
			}
		}
	}
	walk("", inputs, func(v any) object { return v.(object) })
	return found
}

// inputSpec is what the schema says about an input.
type inputSpec struct{ required, secret bool }

// inputSpecs returns what the schema says about each path in the full inputs of a component.
// It fails unless they set every property of the schema.
func inputSpecs(t *testing.T, c componentCase) map[string]inputSpec {
	t.Helper()
	spec := packageSpec(t)
	specs := map[string]inputSpec{}
	isSet := map[properties.Path]bool{} // without the indexes and keys of items
	type input struct {
		path, schemaPath properties.Path
		typ              schema.TypeSpec
		value            any
	}
	var walk func(in input)
	walkFields := func(in input, fields map[string]schema.PropertySpec, required []string) {
		for name, field := range fields {
			path, schemaPath := in.path.Field(name), in.schemaPath.Field(name)
			value, ok := in.value.(map[string]any)[name]
			isSet[schemaPath] = isSet[schemaPath] || ok
			if ok {
				specs[string(path)] = inputSpec{required: slices.Contains(required, name), secret: field.Secret}
				walk(input{path, schemaPath, field.TypeSpec, value})
			}
		}
	}
	walk = func(in input) {
		switch typ := spec.Types[strings.TrimPrefix(in.typ.Ref, "#/types/")]; {
		case typ.Properties != nil:
			walkFields(in, typ.Properties, typ.Required)
		case in.typ.Items != nil:
			for i, item := range in.value.([]any) {
				walk(input{in.path.Index(i), in.schemaPath, *in.typ.Items, item})
			}
		case in.typ.AdditionalProperties != nil:
			for key, entry := range in.value.(map[string]any) {
				walk(input{in.path.Field(key), in.schemaPath, *in.typ.AdditionalProperties, entry})
			}
		}
	}
	component := spec.Resources[string(token(c.component))]
	require.NotEmpty(t, component.InputProperties)
	for _, inputs := range c.full {
		walkFields(input{value: inputs}, component.InputProperties, component.RequiredInputs)
	}
	for path, set := range isSet {
		require.True(t, set, "the full inputs set %s", path)
	}
	return specs
}

// marks are the ways to mark a value.
var marks = map[string]func(property.Value) property.Value{
	"plain":                func(v property.Value) property.Value { return v },
	"secret":               func(v property.Value) property.Value { return v.WithSecret(true) },
	"dependent":            func(v property.Value) property.Value { return v.WithDependencies([]urn.URN{other}) },
	"secret and dependent": func(v property.Value) property.Value { return v.WithSecret(true).WithDependencies([]urn.URN{other}) },
}

var other = resource.NewURN("stack", "project", "", "pgbeam:index:Project", "other")

// TestUnknownAndMarkedInputs checks that every input can be unknown, secret and
// dependent, and that this does not change the children. The exceptions are an error before
// any child is created.
func TestUnknownAndMarkedInputs(t *testing.T) {
	t.Parallel()
	forEachComponent(t, func(t *testing.T, c componentCase) {
		specs := inputSpecs(t, c)
		for _, inputs := range c.full {
			expected, _, err := construct(t, c.component, enginetest.Inputs(inputs), true)
			require.NoError(t, err)
			for i, input := range paths(inputs) {
				if testing.Short() && i%16 != 0 {
					continue
				}
				value := enginetest.Inputs(object{"v": input.value}).Get("v")
				for _, name := range []string{"plain", "secret and dependent"} {
					for state, marked := range map[string]property.Value{"unknown": marks[name](enginetest.Unknown), "known": marks[name](value)} {
						t.Run(input.path+" "+state+" "+name, func(t *testing.T) {
							t.Parallel()
							replaced := enginetest.Inputs(input.replace(marked))
							children, _, err := construct(t, c.component, replaced, true)
							if problem := c.problem(input.path, state == "unknown", marked.Secret(), specs); problem != "" {
								require.ErrorContains(t, err, problem)
								assert.Empty(t, children)
								return
							}
							require.NoError(t, err)
							expected := withoutOptional(t, c.component, expected, enginetest.Inputs(inputs), replaced)
							assert.Len(t, children, len(expected))
							hasName := func(path string) bool { return contains(input.path, path) }
							if state == "known" || !slices.ContainsFunc(c.notSecret, hasName) { // or the name is unknown with the item
								assert.ElementsMatch(t, slices.Collect(maps.Keys(expected)), slices.Collect(maps.Keys(children)))
							}
						})
					}
				}
			}
		}
	})
}

// withoutOptional returns children without those that depend on an input which is part of a
// value that has become unknown.
func withoutOptional(t *testing.T, component string, children map[string]integration.MockResourceArgs, before, after property.Map) map[string]integration.MockResourceArgs {
	t.Helper()
	children, table := maps.Clone(children), definitionOf(t, component).Children
	remaining := rowsOf(table, after)
	for name, row := range rowsOf(table, before) {
		if _, exists := remaining[name]; row.If != "" && !exists {
			delete(children, name)
		}
	}
	return children
}

// TestNullInputs checks that null equals no input, with any mark. It is an error if the
// input is required, or an item of a list.
func TestNullInputs(t *testing.T) {
	t.Parallel()
	forEachComponent(t, func(t *testing.T, c componentCase) {
		specs := inputSpecs(t, c)
		for _, inputs := range c.full {
			for i, input := range paths(inputs) {
				if testing.Short() && i%16 != 0 {
					continue
				}
				t.Run(input.path, func(t *testing.T) {
					t.Parallel()
					for _, preview := range []bool{true, false} {
						testNullInput(t, c, input, specs[input.path].required, preview)
					}
				})
			}
		}
	})
}

func testNullInput(t *testing.T, c componentCase, input inputPath, required, preview bool) {
	t.Helper()
	var expected map[string]integration.MockResourceArgs
	var problem string
	switch {
	case required:
		problem = input.path + " is required"
	case input.remove == nil:
		problem = input.path + " must not be null"
	default:
		var err error
		expected, _, err = construct(t, c.component, enginetest.Inputs(input.remove()), preview)
		if slices.Contains(c.indispensable, input.path) {
			require.Error(t, err)
			problem = err.Error()
		} else {
			require.NoError(t, err)
		}
	}
	for name, mark := range marks {
		children, _, err := construct(t, c.component, enginetest.Inputs(input.replace(mark(property.New(property.Null)))), preview)
		if problem != "" {
			require.ErrorContains(t, err, problem, name)
			assert.Empty(t, children, name)
			continue
		}
		require.NoError(t, err, name)
		assert.Equal(t, registered(expected), registered(children), name)
	}
}

// TestImportIDs checks that an ID can have the format of an import, which is the ID of a
// resource that a program reads with get().
func TestImportIDs(t *testing.T) {
	t.Parallel()
	for component, inputs := range map[string]object{
		"AgentAccess":        {"projectId": "prj_1", "policyProfileId": "prj_1/pol_1"},
		"Tripwires":          {"projectId": "org_1/prj_1", "anomalies": object{"rows": fullAnomaly()}},
		"ReplicatedDatabase": {"projectId": "org_1/prj_1", "primary": fullDatabase()},
	} {
		children, _, err := construct(t, component, enginetest.Inputs(inputs), false)
		require.NoError(t, err, component)
		for name, child := range children {
			assert.Equal(t, property.New("prj_1"), child.Inputs.Get("projectId"), name)
			if policy, ok := child.Inputs.GetOk("policyProfileId"); ok {
				assert.Equal(t, property.New("pol_1"), policy, name)
			}
		}
	}
}

// TestOutputs checks that every output has a value unless it is optional, that exactly the
// secret ones are secret, and that the others contain no secret.
func TestOutputs(t *testing.T) {
	t.Parallel()
	forEachComponent(t, func(t *testing.T, c componentCase) {
		spec, optional := packageSpec(t).Resources[string(token(c.component))], definitionOf(t, c.component).OptionalOutputs
		for _, inputs := range append([]object{c.minimal}, c.full...) {
			_, response, err := construct(t, c.component, enginetest.Inputs(inputs), false)
			require.NoError(t, err)
			for name, output := range response.State.All {
				require.Contains(t, spec.Properties, name)
				assert.Equal(t, spec.Properties[name].Secret && !output.IsNull(), output.HasSecrets(), name)
			}
			for name := range spec.Properties {
				if !slices.Contains(optional, name) {
					assert.False(t, response.State.Get(name).IsNull(), name)
				}
			}
			assertNoPlainSecret(t, property.New(response.State))
		}
	})
}

// TestMapOutputsKeepTheirEntries requires that an output that is a map has an entry for each child
// in a preview, too. A map that is unknown as a whole would hide the entries of children that
// exist while another one is created.
func TestMapOutputsKeepTheirEntries(t *testing.T) {
	t.Parallel()
	forEachComponent(t, func(t *testing.T, c componentCase) {
		keys := func(inputs object, preview bool) map[string][]string {
			_, response, err := construct(t, c.component, enginetest.Inputs(inputs), preview)
			require.NoError(t, err)
			found := map[string][]string{}
			for name, output := range packageSpec(t).Resources[string(token(c.component))].Properties {
				if output.AdditionalProperties != nil {
					require.True(t, response.State.Get(name).IsMap(), name)
					found[name] = slices.Sorted(maps.Keys(response.State.Get(name).AsMap().AsMap()))
				}
			}
			return found
		}
		withEntries := map[string]bool{}
		for _, inputs := range append([]object{c.minimal}, c.full...) {
			after := keys(inputs, false)
			assert.Equal(t, after, keys(inputs, true))
			for name, entries := range after {
				withEntries[name] = withEntries[name] || len(entries) > 0
			}
		}
		for name, has := range withEntries {
			assert.True(t, has, "%s is empty in each case", name)
		}
	})
}

// TestSecretInputs checks that the secret inputs reach a child, and are never in plain text
// in the inputs of one or in an output.
func TestSecretInputs(t *testing.T) {
	t.Parallel()
	forEachComponent(t, func(t *testing.T, c componentCase) {
		specs := inputSpecs(t, c)
		for _, inputs := range c.full {
			for _, input := range paths(inputs) {
				if !specs[input.path].secret {
					continue
				}
				t.Run(input.path, func(t *testing.T) {
					t.Parallel()
					secret := property.New(canary + "-input").WithSecret(true)
					children, response, err := construct(t, c.component, enginetest.Inputs(input.replace(secret)), false)
					require.NoError(t, err)
					assertNoPlainSecret(t, property.New(response.State))
					reached := false
					for _, child := range children {
						assertNoPlainSecret(t, property.New(child.Inputs))
						reached = reached || slices.Contains(texts(property.New(child.Inputs), true), secret.AsString())
					}
					assert.True(t, reached)
				})
			}
		}
	})
}

func assertNoPlainSecret(t *testing.T, value property.Value) {
	t.Helper()
	for _, text := range texts(value, false) {
		assert.NotContains(t, text, canary)
	}
}

// texts returns the strings in a value, with or without those that are secret.
func texts(value property.Value, withSecrets bool) []string {
	var all []string
	switch {
	case value.Secret() && !withSecrets:
	case value.IsString():
		all = append(all, value.AsString())
	case value.IsArray():
		for _, item := range value.AsArray().All {
			all = append(all, texts(item, withSecrets)...)
		}
	case value.IsMap():
		for key, entry := range value.AsMap().All {
			all = append(append(all, key), texts(entry, withSecrets)...)
		}
	}
	return all
}
