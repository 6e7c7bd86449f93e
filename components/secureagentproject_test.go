// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
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

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

type object = map[string]any

// monitor notes what a component registers, and makes up its outputs.
type monitor struct {
	mu       sync.Mutex
	children map[string]integration.MockResourceArgs
	preview  bool
}

func (m *monitor) register(args integration.MockResourceArgs) (string, property.Map, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.children[args.Name] = args
	outputs := args.Inputs
	id := args.Name + "-id"
	if m.preview {
		return "", property.Map{}, nil // nothing is known yet
	}
	for name, value := range map[string]string{
		"proxyHost": "proxy.example.com", "primaryDatabaseId": "db_1", "pgUsername": "agent_1",
		"connectionString": "postgres://planted", "mcpUrl": "https://proxy.example.com/mcp", "mcpToken": "planted-token",
	} {
		outputs = outputs.Set(name, property.New(value))
	}
	return id, outputs, nil
}

var component = resource.NewURN("stack", "project", "", "pgbeam:index:SecureAgentProject", "shop")

// construct makes the component, and returns what it registered by name.
func construct(t *testing.T, inputs property.Map, preview bool) (map[string]integration.MockResourceArgs, p.ConstructResponse, error) {
	t.Helper()
	made, err := provider.New(provider.Options{Environment: envconfig.MapLookuper(nil)})
	require.NoError(t, err)
	m := &monitor{children: map[string]integration.MockResourceArgs{}, preview: preview}
	server, err := integration.NewServer(context.Background(), provider.Name, semver.MustParse("0.0.1"), integration.WithProvider(made),
		integration.WithMocks(&integration.MockResourceMonitor{NewResourceF: m.register}))
	require.NoError(t, err)
	require.NoError(t, server.Configure(p.ConfigureRequest{}))
	response, err := server.Construct(p.ConstructRequest{Urn: component, Inputs: inputs, DryRun: preview})
	delete(m.children, component.Name()) // the component itself
	return m.children, response, err
}

func least() object {
	return object{"orgId": "org_1", "database": object{"host": "db.example.com", "name": "shop", "username": "pgbeam", "password": "planted-password"}}
}

func with(o, entries object) object {
	merged := maps.Clone(o)
	maps.Copy(merged, entries)
	return merged
}

// TestSafeByDefault: who says the least gets the safest.
func TestSafeByDefault(t *testing.T) {
	t.Parallel()
	children, response, err := construct(t, enginetest.Inputs(least()), false)
	require.NoError(t, err)
	assert.Equal(t, []string{"shop-agent", "shop-policy", "shop-project"}, slices.Sorted(maps.Keys(children)))

	database := children["shop-project"].Inputs.Get("database").AsMap()
	assert.Equal(t, 5432.0, database.Get("port").AsNumber())
	assert.Equal(t, "require", database.Get("sslMode").AsString())
	assert.True(t, database.Get("autoReadRouting").IsNull(), "there are no replicas to route to")
	policy := children["shop-policy"].Inputs
	assert.Equal(t, "read_only", policy.Get("accessMode").AsString())
	assert.Equal(t, "block", policy.Get("migrationSafety").AsString())
	for name, limit := range map[string]float64{"maxRows": 1000, "statementTimeoutMs": 30000, "budgetQueriesPerHour": 1000} {
		assert.Equal(t, limit, policy.Get(name).AsNumber(), name)
	}
	outputs := response.State
	for _, name := range []string{
		"projectId", "proxyHost", "primaryDatabaseId", "replicaIds", "policyProfileId", "agentCredentialId", "agentUsername", "mcpUrl",
		"agentConnectionString", "mcpToken",
	} {
		secret := name == "agentConnectionString" || name == "mcpToken"
		assert.False(t, outputs.Get(name).IsNull(), name)
		assert.Equal(t, secret, outputs.Get(name).HasSecrets(), name)
	}
	assert.True(t, outputs.Get("webhookEndpointId").IsNull())
	assert.Equal(t, "shop-policy-id", outputs.Get("policyProfileId").AsString())
}

// TestChildren: names, parents, where the plugin comes from, and that no
// version is stamped on what is not a release.
func TestChildren(t *testing.T) {
	t.Parallel()
	children, response, err := construct(t, enginetest.Inputs(with(least(), object{
		"replicas":         []any{object{"host": "a.example.com"}, object{"host": "b.example.com", "port": 6432, "sslMode": "verify-full"}},
		"webhook":          object{"url": "https://example.com/hooks", "secret": "planted-signing-key", "eventTypes": []string{"query_blocked"}},
		"agent":            object{"name": "Support bot", "status": "disabled", "rotationTriggers": object{"quarter": "1"}},
		"enforceForHumans": true,
	})), false)
	require.NoError(t, err)
	kinds := map[string]string{}
	for name, child := range children {
		kinds[name] = string(child.TypeToken)
		assert.Equal(t, string(component), child.RegisterRPC.GetParent(), name)
		assert.Equal(t, "github://api.github.com/pgbeam/pulumi-pgbeam", child.RegisterRPC.GetPluginDownloadURL(), name)
		assert.Empty(t, child.RegisterRPC.GetVersion(), name)
	}
	assert.Equal(t, map[string]string{
		"shop-project": "pgbeam:index:Project", "shop-replica-0": "pgbeam:index:Replica", "shop-replica-1": "pgbeam:index:Replica",
		"shop-policy": "pgbeam:index:PolicyProfile", "shop-agent": "pgbeam:index:AgentCredential",
		"shop-webhook": "pgbeam:index:WebhookEndpoint", "shop-default-policy": "pgbeam:index:ProjectDefaultPolicy",
	}, kinds)
	assert.True(t, children["shop-project"].Inputs.Get("database").AsMap().Get("autoReadRouting").AsBool(), "there are replicas")
	assert.Equal(t, "db_1", children["shop-replica-0"].Inputs.Get("databaseId").AsString())
	assert.Equal(t, "require", children["shop-replica-0"].Inputs.Get("sslMode").AsString())
	assert.Equal(t, "verify-full", children["shop-replica-1"].Inputs.Get("sslMode").AsString())
	assert.Equal(t, "shop-policy-id", children["shop-default-policy"].Inputs.Get("policyProfileId").AsString())
	assert.Equal(t, "Support bot", children["shop-agent"].Inputs.Get("name").AsString())
	assert.Equal(t, "disabled", children["shop-agent"].Inputs.Get("status").AsString())
	assert.Equal(t, "shop-webhook-id", response.State.Get("webhookEndpointId").AsString())
	assert.Len(t, response.State.Get("replicaIds").AsArray().AsSlice(), 2)
}

// TestSecretsStaySecret on their way to the children.
func TestSecretsStaySecret(t *testing.T) {
	t.Parallel()
	inputs := with(least(), object{"webhook": object{"url": "https://example.com/hooks", "secret": property.New("planted").WithSecret(true)}})
	inputs["database"] = with(inputs["database"].(object), object{"password": property.New("planted").WithSecret(true)})
	children, _, err := construct(t, enginetest.Inputs(inputs), false)
	require.NoError(t, err)
	assert.True(t, children["shop-project"].Inputs.Get("database").HasSecrets())
	assert.True(t, children["shop-webhook"].Inputs.Get("secret").HasSecrets())
	assert.False(t, children["shop-webhook"].Inputs.Get("url").HasSecrets())
	assert.Contains(t, children["shop-agent"].RegisterRPC.GetAdditionalSecretOutputs(), "mcpToken")
}

// full returns inputs that set every property of the component.
func full() object {
	cache := object{"enabled": true, "ttlSeconds": 1, "maxEntries": 1, "swrSeconds": 1}
	pool := object{"poolSize": 2, "minPoolSize": 1, "poolMode": "session", "maxActive": 3}
	return object{
		"orgId": "org_1", "name": "shop", "description": "d", "tags": []any{"a"}, "cloud": "aws", "selfHosted": false, "residency": "eu",
		"allowedCidrs": []any{"10.0.0.0/8"}, "cidrLabels": object{"10.0.0.0/8": "l"}, "agentsDisabled": false,
		"database": object{
			"host": "db.example.com", "port": 5432, "name": "shop", "username": "pgbeam", "password": "p", "sslMode": "require",
			"poolRegion": "us-east-1", "queryTimeoutMs": 1, "autoReadRouting": true, "cacheConfig": cache, "poolConfig": pool,
		},
		"replicas": []any{object{"name": "eu", "host": "a.example.com", "port": 1, "sslMode": "require"}},
		"policy": object{
			"name": "p", "accessMode": "read_only", "statementRules": object{"allow": []any{"a"}, "deny": []any{"b"}}, "tableAllowlist": []any{"a"},
			"tableDenylist": []any{"b"}, "maskingRules": []any{object{"table": "t", "column": "c", "kind": "hash"}},
			"rowFilters": []any{object{"table": "t", "predicate": "p"}}, "budgetQueriesPerHour": 1, "budgetQueriesPerDay": 1, "maxRows": 1,
			"maxAffectedRows": 1, "statementTimeoutMs": 1, "writeMode": "normal", "approvalMode": "all", "approvalAutoMaxRows": 1,
			"approvalTimeoutSeconds": 1, "migrationSafety": "warn", "egressBytesPerDay": 1, "contentScanMode": "block", "contentScanMaxBytes": 1,
		},
		"agent":            object{"name": "a", "status": "active", "principalType": "agent", "expiresAt": "2099-01-01T00:00:00Z", "rotationTriggers": object{"a": "1"}},
		"webhook":          object{"url": "https://example.com", "secret": "s", "format": "json", "eventTypes": []any{"query_blocked"}, "enabled": true, "description": "d"},
		"enforceForHumans": true, "allowUnapprovedWrites": true, "allowInsecureTransport": true,
	}
}

// place is a place in the inputs of a component.
type place struct {
	path  string
	value any
	// put returns the inputs with another value at the place.
	put func(value any) object
	// remove returns the inputs without the place; nil for an item of a list.
	remove func() object
}

// places returns every place in inputs, at any depth.
func places(inputs object) []place {
	var found []place
	var walk func(path string, value any, put func(any) object)
	walk = func(path string, value any, put func(any) object) {
		switch value := value.(type) {
		case object:
			for _, name := range slices.Sorted(maps.Keys(value)) {
				at := place{path: strings.TrimPrefix(path+"."+name, "."), value: value[name]}
				at.put = func(v any) object { return put(with(value, object{name: v})) }
				at.remove = func() object {
					rest := maps.Clone(value)
					delete(rest, name)
					return put(rest)
				}
				found = append(found, at)
				walk(at.path, at.value, at.put)
			}
		case []any:
			for i, item := range value {
				at := place{path: fmt.Sprintf("%s[%d]", path, i), value: item}
				at.put = func(v any) object {
					items := slices.Clone(value)
					items[i] = v
					return put(items)
				}
				found = append(found, at)
				walk(at.path, at.value, at.put)
			}
		}
	}
	walk("", inputs, func(v any) object { return v.(object) })
	return found
}

// required returns the paths of the required inputs according to the schema, and
// fails unless full sets every property that the schema has.
func required(t *testing.T, inputs object) map[string]bool {
	t.Helper()
	made, err := provider.New(provider.Options{Environment: envconfig.MapLookuper(nil)})
	require.NoError(t, err)
	server, err := integration.NewServer(context.Background(), provider.Name, semver.MustParse("0.0.1"), integration.WithProvider(made))
	require.NoError(t, err)
	response, err := server.GetSchema(p.GetSchemaRequest{})
	require.NoError(t, err)
	var spec schema.PackageSpec
	require.NoError(t, json.Unmarshal([]byte(response.Schema), &spec))

	paths := map[string]bool{}
	var walk func(path string, properties map[string]schema.PropertySpec, names []string, values object)
	walk = func(path string, properties map[string]schema.PropertySpec, names []string, values object) {
		for name, prop := range properties {
			at := strings.TrimPrefix(path+"."+name, ".")
			require.Contains(t, values, name, "full sets %s", at)
			paths[at] = slices.Contains(names, name)
			typ, value := prop.TypeSpec, values[name]
			if typ.Items != nil {
				typ, value, at = *typ.Items, value.([]any)[0], at+"[0]"
			}
			nested := spec.Types[strings.TrimPrefix(typ.Ref, "#/types/")]
			if fields, ok := value.(object); ok && nested.Properties != nil {
				walk(at, nested.Properties, nested.Required, fields)
			}
		}
	}
	resource := spec.Resources[string(component.Type())]
	walk("", resource.InputProperties, resource.RequiredInputs, inputs)
	return paths
}

// marks are all that a value can be marked with.
var marks = map[string]func(property.Value) property.Value{
	"plain":                func(v property.Value) property.Value { return v },
	"secret":               func(v property.Value) property.Value { return v.WithSecret(true) },
	"dependent":            func(v property.Value) property.Value { return v.WithDependencies([]urn.URN{other}) },
	"secret and dependent": func(v property.Value) property.Value { return v.WithSecret(true).WithDependencies([]urn.URN{other}) },
}

var other = resource.NewURN("stack", "project", "", "pgbeam:index:Project", "other")

// TestEveryInputMayBeUnknownOrMarked, each alone, at any depth: the component
// has the same children all the same.
func TestEveryInputMayBeUnknownOrMarked(t *testing.T) {
	t.Parallel()
	for _, at := range places(full()) {
		if at.path == "enforceForHumans" || strings.HasPrefix(at.path, "replicas") && strings.Count(at.path, ".") == 0 {
			continue // TestWhatDecidesTheChildrenMustBeKnown
		}
		value := enginetest.Inputs(object{"v": at.value}).Get("v")
		for _, name := range []string{"plain", "secret and dependent"} {
			mark := marks[name]
			for state, marked := range map[string]property.Value{"unknown": mark(enginetest.Unknown), "known": mark(value)} {
				if at.path == "replicas[0].name" && (state == "unknown" || marked.Secret()) {
					continue // TestReplicaNames
				}
				t.Run(at.path+" "+state+" "+name, func(t *testing.T) {
					t.Parallel()
					children, _, err := construct(t, enginetest.Inputs(at.put(marked)), true)
					require.NoError(t, err)
					assert.Len(t, children, 6)
				})
			}
		}
	}
}

// TestNullIsLeftOut: a null means the same as no input, at any depth and whatever
// its marks are. A null where an input is required, or in a list, is refused.
func TestNullIsLeftOut(t *testing.T) {
	t.Parallel()
	must := required(t, full())
	for _, at := range places(full()) {
		t.Run(at.path, func(t *testing.T) {
			t.Parallel()
			for _, preview := range []bool{true, false} {
				var expected map[string]integration.MockResourceArgs
				if !must[at.path] && at.remove != nil {
					var err error
					expected, _, err = construct(t, enginetest.Inputs(at.remove()), preview)
					require.NoError(t, err)
				}
				for name, mark := range marks {
					children, _, err := construct(t, enginetest.Inputs(at.put(mark(property.New(property.Null)))), preview)
					switch {
					case must[at.path]:
						require.ErrorContains(t, err, at.path+" is required", name)
						assert.Empty(t, children, name)
					case at.remove == nil:
						require.ErrorContains(t, err, at.path+" must not be null", name)
						assert.Empty(t, children, name)
					default:
						require.NoError(t, err, name)
						assert.Equal(t, registered(expected), registered(children), name)
					}
				}
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

// TestNullInMarkedObjects: what is null in an object that is marked as a whole
// is left out, too, and the rest of the object keeps the mark.
func TestNullInMarkedObjects(t *testing.T) {
	t.Parallel()
	null := property.New(property.Null)
	policy := enginetest.Inputs(object{
		"maxRows": null.WithSecret(true), "statementTimeoutMs": null, "tableDenylist": []any{"b"},
		"rowFilters": []any{object{"table": "t", "predicate": "p"}}, "statementRules": object{"allow": null.WithDependencies([]urn.URN{other})},
	})
	children, _, err := construct(t, enginetest.Inputs(with(least(), object{
		"policy": property.New(policy).WithSecret(true), "cidrLabels": object{"10.0.0.0/8": null.WithSecret(true), "10.1.0.0/16": "office"},
		"allowedCidrs": []any{"10.0.0.0/8", "10.1.0.0/16"},
	})), false)
	require.NoError(t, err)
	made := children["shop-policy"].Inputs
	assert.Equal(t, 1000.0, made.Get("maxRows").AsNumber())
	assert.Equal(t, 30000.0, made.Get("statementTimeoutMs").AsNumber())
	assert.Equal(t, 0, made.Get("statementRules").AsMap().Len())
	assert.True(t, made.Get("tableDenylist").HasSecrets())
	assert.Equal(t, enginetest.Inputs(object{"v": object{"10.1.0.0/16": "office"}}).Get("v"), children["shop-project"].Inputs.Get("cidrLabels"))
}

// TestReplicaNames: children, what aliases they have, and what is refused.
func TestReplicaNames(t *testing.T) {
	t.Parallel()
	replica := func(name any) object {
		if name == nil {
			return object{"host": "a.example.com"}
		}
		return object{"host": "a.example.com", "name": name}
	}
	for title, test := range map[string]struct {
		names   []any
		want    map[string]string // children with their alias
		refused []string
	}{
		"no names":                 {names: []any{nil, nil}, want: map[string]string{"shop-replica-0": "", "shop-replica-1": ""}},
		"all named":                {names: []any{"eu", "us"}, want: map[string]string{"shop-replica-eu": "shop-replica-0", "shop-replica-us": "shop-replica-1"}},
		"the first one named":      {names: []any{"eu", nil}, want: map[string]string{"shop-replica-eu": "shop-replica-0", "shop-replica-1": ""}},
		"a position as a name":     {names: []any{"0", "1"}, want: map[string]string{"shop-replica-0": "", "shop-replica-1": ""}},
		"another position":         {names: []any{"1", "eu"}, want: map[string]string{"shop-replica-1": "shop-replica-0", "shop-replica-eu": ""}},
		"the longest name":         {names: []any{strings.Repeat("a", 64)}, want: map[string]string{"shop-replica-" + strings.Repeat("a", 64): "shop-replica-0"}},
		"dependent":                {names: []any{property.New("eu").WithDependencies([]urn.URN{other})}, want: map[string]string{"shop-replica-eu": "shop-replica-0"}},
		"null":                     {names: []any{property.New(property.Null).WithSecret(true)}, want: map[string]string{"shop-replica-0": ""}},
		"twice":                    {names: []any{"eu", nil, "eu"}, refused: []string{"replicas[2].name must be unique in the list: replicas[0] has the same name"}},
		"the position of another":  {names: []any{"1", nil}, refused: []string{"replicas[0].name must not be 1: replicas[1] has no name, and is named by its position"}},
		"that of one before":       {names: []any{nil, "0"}, refused: []string{"replicas[1].name must not be 0: replicas[0] has no name"}},
		"empty":                    {names: []any{""}, refused: []string{"replicas[0].name must not be empty"}},
		"too long":                 {names: []any{strings.Repeat("a", 65)}, refused: []string{"replicas[0].name must have at most 64 characters"}},
		"other characters":         {names: []any{"a b", "a:b", "ä"}, refused: []string{"replicas[0].name must have only", "replicas[1].name must have only", "replicas[2].name must have only"}},
		"unknown":                  {names: []any{enginetest.Unknown}, refused: []string{"replicas[0].name must be known before anything is created"}},
		"secret":                   {names: []any{property.New("planted").WithSecret(true)}, refused: []string{"replicas[0].name must not be a secret"}},
		"of another kind":          {names: []any{1}, refused: []string{"replicas[0].name must be a string"}},
		"several things are wrong": {names: []any{"a b", "eu", "eu"}, refused: []string{"replicas[0].name must have only", "replicas[2].name must be unique"}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			var items []any
			for _, name := range test.names {
				items = append(items, replica(name))
			}
			for _, preview := range []bool{true, false} {
				children, response, err := construct(t, enginetest.Inputs(with(least(), object{"replicas": items})), preview)
				if len(test.refused) > 0 {
					require.Error(t, err)
					for _, reason := range test.refused {
						assert.Contains(t, err.Error(), reason)
					}
					assert.NotContains(t, err.Error(), "planted")
					assert.Empty(t, children)
					continue
				}
				require.NoError(t, err)
				got := map[string]string{}
				for name, child := range children {
					if !strings.HasPrefix(name, "shop-replica-") {
						continue
					}
					got[name] = ""
					for _, alias := range child.RegisterRPC.GetAliases() {
						got[name] = alias.GetSpec().GetName()
					}
					for _, alias := range child.RegisterRPC.GetAliasURNs() {
						got[name] = urn.URN(alias).Name()
					}
				}
				assert.Equal(t, test.want, got)
				if !preview {
					ids := response.State.Get("replicaIds").AsArray()
					require.Equal(t, len(items), ids.Len())
				}
			}
		})
	}
}

// TestMarkedReplicas: an item may be unknown as a whole, and the list may be
// marked as a whole, unless it has names.
func TestMarkedReplicas(t *testing.T) {
	t.Parallel()
	replicas := func(names ...string) property.Value {
		var items []any
		for _, name := range names {
			items = append(items, object{"host": "a.example.com", "name": name})
		}
		if items == nil {
			items = []any{object{"host": "a.example.com"}, enginetest.Unknown}
		}
		return properties.Value(items)
	}
	for name, mark := range marks {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			children, _, err := construct(t, enginetest.Inputs(with(least(), object{"replicas": mark(replicas())})), true)
			require.NoError(t, err)
			assert.Contains(t, children, "shop-replica-0")
			assert.Contains(t, children, "shop-replica-1")
			children, _, err = construct(t, enginetest.Inputs(with(least(), object{"replicas": mark(replicas("eu", "us"))})), true)
			if strings.HasPrefix(name, "secret") {
				require.ErrorContains(t, err, "replicas[0].name must not be a secret")
				require.ErrorContains(t, err, "replicas[1].name must not be a secret")
				return
			}
			require.NoError(t, err)
			assert.Contains(t, children, "shop-replica-eu")
		})
	}
}

// TestReplicaIDsAreInOrder of the list, whatever the names are.
func TestReplicaIDsAreInOrder(t *testing.T) {
	t.Parallel()
	_, response, err := construct(t, enginetest.Inputs(with(least(), object{"replicas": []any{
		object{"host": "a.example.com", "name": "z"}, object{"host": "b.example.com"}, object{"host": "c.example.com", "name": "a"},
	}})), false)
	require.NoError(t, err)
	assert.Equal(t, properties.Value([]string{"shop-replica-z-id", "shop-replica-1-id", "shop-replica-a-id"}).AsArray(), response.State.Get("replicaIds").AsArray())
}

// TestRefusals: what weakens the project has to be said, or nothing is made.
func TestRefusals(t *testing.T) {
	t.Parallel()
	database := func(mode string) object {
		return object{"database": with(least()["database"].(object), object{"sslMode": mode})}
	}
	writes := func(mode string) object {
		policy := object{"accessMode": "read_write"}
		if mode != "" {
			policy["approvalMode"] = mode
		}
		return object{"policy": policy}
	}
	replica := func(mode string) object {
		return object{"replicas": []any{object{"host": "a.example.com", "sslMode": mode}}}
	}
	webhook := func(url string) object { return object{"webhook": object{"url": url}} }
	for name, test := range map[string]struct {
		inputs object
		flag   string // that allows it; "" is nothing to allow
		path   string
	}{
		"writes without approvals":     {writes(""), "allowUnapprovedWrites", "policy.accessMode"},
		"writes, approvals off":        {writes("off"), "allowUnapprovedWrites", "policy.accessMode"},
		"writes, approvals for DDL":    {writes("ddl"), "allowUnapprovedWrites", "policy.accessMode"},
		"writes with approvals":        {writes("writes"), "", ""},
		"all with approvals":           {writes("all"), "", ""},
		"no TLS":                       {database("disable"), "allowInsecureTransport", "database.sslMode"},
		"maybe no TLS":                 {database("prefer"), "allowInsecureTransport", "database.sslMode"},
		"maybe TLS":                    {database("allow"), "allowInsecureTransport", "database.sslMode"},
		"verified TLS":                 {database("verify-full"), "", ""},
		"verified authority":           {database("verify-ca"), "", ""},
		"no TLS to a replica":          {replica("disable"), "allowInsecureTransport", "replicas[0].sslMode"},
		"TLS to a replica":             {replica("require"), "", ""},
		"a webhook in clear text":      {webhook("http://example.com"), "allowInsecureTransport", "webhook.url"},
		"one that shouts":              {webhook("HTTP://example.com"), "allowInsecureTransport", "webhook.url"},
		"a webhook over TLS":           {webhook("https://example.com"), "", ""},
		"an expiry that is no time":    {object{"agent": object{"expiresAt": "soon"}}, "never", "agent.expiresAt"},
		"an input that does not exist": {object{"polici": object{}}, "never", "polici"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inputs := with(least(), test.inputs)
			for _, preview := range []bool{true, false} {
				children, _, err := construct(t, enginetest.Inputs(inputs), preview)
				if test.flag == "" {
					require.NoError(t, err)
					continue
				}
				require.ErrorContains(t, err, test.path+" ")
				assert.Empty(t, children, "nothing is made")
				if test.flag == "never" {
					continue
				}
				assert.Contains(t, err.Error(), test.flag)
				_, _, err = construct(t, enginetest.Inputs(with(inputs, object{test.flag: true})), preview)
				require.NoError(t, err)
				_, _, err = construct(t, enginetest.Inputs(with(inputs, object{test.flag: false})), preview)
				require.Error(t, err)
			}
		})
	}
}

// TestWhatDecidesTheChildrenMustBeKnown: they are the same in preview and update.
func TestWhatDecidesTheChildrenMustBeKnown(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"replicas", "enforceForHumans"} {
		_, _, err := construct(t, enginetest.Inputs(with(least(), object{name: enginetest.Unknown})), true)
		require.ErrorContains(t, err, name+" must be known before anything is created")
	}
}

// TestEverythingThatIsWrongIsToldAtOnce, with the paths, and without secrets.
func TestEverythingThatIsWrongIsToldAtOnce(t *testing.T) {
	t.Parallel()
	_, _, err := construct(t, enginetest.Inputs(object{
		"database":     object{"host": "a b", "port": 70000, "name": "", "sslMode": "maybe", "password": property.New(1.0).WithSecret(true)},
		"allowedCidrs": []any{"10.0.0.0/33"},
		"policy":       object{"maskingRules": []any{object{"table": "t", "column": "c", "kind": "null"}, object{"table": "t", "column": "c", "kind": "erase"}}},
		"webhook":      object{"url": "example.com/hooks", "eventTypes": []any{"everything"}},
	}), true)
	require.Error(t, err)
	for _, problem := range []string{
		"orgId is required", "database.host must be a host name", "database.port must be between 1 and 65535; got 70000",
		"database.name must not be empty", "database.sslMode must be one of", "database.username is required", "database.password must be a string",
		`allowedCidrs[0] must be an IPv4 or IPv6 range`, `policy.maskingRules[1].kind must be one of redact, null, hash; got "erase"`,
		"webhook.url must be an absolute URL", "webhook.eventTypes[0] must be one of",
	} {
		assert.Contains(t, err.Error(), problem)
	}
	assert.NotContains(t, err.Error(), "password must be a string; got")
}
