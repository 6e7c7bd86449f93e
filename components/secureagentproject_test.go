// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// minimalProject returns inputs that set only what is required.
func minimalProject() object {
	return object{"orgId": "org_1", "database": object{"host": "db.example.com", "name": "shop", "username": "pgbeam", "password": "canary-password"}}
}

// constructProject constructs a SecureAgentProject and returns its children by name.
func constructProject(t *testing.T, inputs property.Map, preview bool) (map[string]integration.MockResourceArgs, p.ConstructResponse, error) {
	t.Helper()
	return construct(t, "SecureAgentProject", inputs, preview)
}

func TestSecureDefaults(t *testing.T) {
	t.Parallel()
	children, response, err := constructProject(t, enginetest.Inputs(minimalProject()), false)
	require.NoError(t, err)
	assert.Equal(t, []string{"shop-agent", "shop-policy", "shop-project"}, slices.Sorted(maps.Keys(children)))

	database := children["shop-project"].Inputs.Get("database").AsMap()
	assert.Equal(t, 5432.0, database.Get("port").AsNumber())
	assert.Equal(t, "verify-full", database.Get("sslMode").AsString())
	assert.True(t, database.Get("autoReadRouting").IsNull(), "there are no replicas")
	policy := children["shop-policy"].Inputs
	assert.Equal(t, "read_only", policy.Get("accessMode").AsString())
	assert.Equal(t, "block", policy.Get("migrationSafety").AsString())
	for name, limit := range map[string]float64{"maxRows": 1000, "statementTimeoutMs": 30000, "budgetQueriesPerHour": 1000} {
		assert.Equal(t, limit, policy.Get(name).AsNumber(), name)
	}
	assert.True(t, response.State.Get("webhookEndpointId").IsNull())
	assert.Equal(t, "shop-policy-id", response.State.Get("policyProfileId").AsString())
}

// TestChildren checks the names, kinds and inputs of the children.
func TestChildren(t *testing.T) {
	t.Parallel()
	children, response, err := constructProject(t, enginetest.Inputs(with(minimalProject(), object{
		"replicas":         []any{object{"host": "a.example.com"}, object{"host": "b.example.com", "port": 6432, "sslMode": "require"}},
		"webhook":          object{"url": "https://example.com/hooks", "secret": "canary-signing-key", "eventTypes": []string{"query_blocked"}},
		"agent":            object{"name": "Support bot", "status": "disabled", "rotationTriggers": object{"quarter": "1"}},
		"enforceForHumans": true,
	})), false)
	require.NoError(t, err)
	kinds := map[string]string{}
	for name, child := range children {
		kinds[name] = string(child.TypeToken)
	}
	assert.Equal(t, map[string]string{
		"shop-project": "pgbeam:index:Project", "shop-replica-0": "pgbeam:index:Replica", "shop-replica-1": "pgbeam:index:Replica",
		"shop-policy": "pgbeam:index:PolicyProfile", "shop-agent": "pgbeam:index:AgentCredential",
		"shop-webhook": "pgbeam:index:WebhookEndpoint", "shop-default-policy": "pgbeam:index:ProjectDefaultPolicy",
	}, kinds)
	assert.True(t, children["shop-project"].Inputs.Get("database").AsMap().Get("autoReadRouting").AsBool(), "there are replicas")
	assert.Equal(t, "shop-project-primaryDatabaseId", children["shop-replica-0"].Inputs.Get("databaseId").AsString())
	assert.Equal(t, "verify-full", children["shop-replica-0"].Inputs.Get("sslMode").AsString())
	assert.Equal(t, "require", children["shop-replica-1"].Inputs.Get("sslMode").AsString())
	assert.Equal(t, "shop-policy-id", children["shop-default-policy"].Inputs.Get("policyProfileId").AsString())
	assert.Equal(t, "Support bot", children["shop-agent"].Inputs.Get("name").AsString())
	assert.Equal(t, "disabled", children["shop-agent"].Inputs.Get("status").AsString())
	assert.Equal(t, "shop-webhook-id", response.State.Get("webhookEndpointId").AsString())
	assert.Len(t, response.State.Get("replicaIds").AsArray().AsSlice(), 2)
}

// TestChildInputsStaySecret checks that the inputs of the children keep their secret
// marks.
func TestChildInputsStaySecret(t *testing.T) {
	t.Parallel()
	inputs := with(minimalProject(), object{"webhook": object{"url": "https://example.com/hooks", "secret": property.New("canary").WithSecret(true)}})
	inputs["database"] = with(inputs["database"].(object), object{"password": property.New("canary").WithSecret(true)})
	children, _, err := constructProject(t, enginetest.Inputs(inputs), false)
	require.NoError(t, err)
	assert.True(t, children["shop-project"].Inputs.Get("database").HasSecrets())
	assert.True(t, children["shop-webhook"].Inputs.Get("secret").HasSecrets())
	assert.False(t, children["shop-webhook"].Inputs.Get("url").HasSecrets())
	assert.Contains(t, children["shop-agent"].RegisterRPC.GetAdditionalSecretOutputs(), "mcpToken")
}

// fullProject returns inputs that set every property of the component.
func fullProject() object {
	return with(fullProjectSettings(), object{
		"database": fullDatabase(), "replicas": []any{with(fullReplica(), object{"name": "eu"})},
		"policy": fullPolicy(), "agent": fullAgent(), "webhook": fullWebhook(), "policyTests": fullPolicyTests(), "anomalyRules": object{"rows": fullAnomaly()},
		"enforceForHumans": true, "allowUnapprovedWrites": true, "allowInsecureTransport": true,
	})
}

// TestNullsInMarkedObjects checks that the same applies to properties of an object that
// is marked as a whole, and that the other properties keep the mark.
func TestNullsInMarkedObjects(t *testing.T) {
	t.Parallel()
	null := property.New(property.Null)
	policy := enginetest.Inputs(object{
		"maxRows": null.WithSecret(true), "statementTimeoutMs": null, "tableDenylist": []any{"b"},
		"rowFilters": []any{object{"table": "t", "predicate": "p"}}, "statementRules": object{"allow": null.WithDependencies([]urn.URN{other})},
	})
	children, _, err := constructProject(t, enginetest.Inputs(with(minimalProject(), object{
		"policy": property.New(policy).WithSecret(true), "cidrLabels": object{"10.0.0.0/8": null.WithSecret(true), "10.1.0.0/16": "office"},
		"allowedCidrs": []any{"10.0.0.0/8", "10.1.0.0/16"},
	})), false)
	require.NoError(t, err)
	policyInputs := children["shop-policy"].Inputs
	assert.Equal(t, 1000.0, policyInputs.Get("maxRows").AsNumber())
	assert.Equal(t, 30000.0, policyInputs.Get("statementTimeoutMs").AsNumber())
	assert.Equal(t, 0, policyInputs.Get("statementRules").AsMap().Len())
	assert.True(t, policyInputs.Get("tableDenylist").HasSecrets())
	assert.Equal(t, enginetest.Inputs(object{"v": object{"10.1.0.0/16": "office"}}).Get("v"), children["shop-project"].Inputs.Get("cidrLabels"))
}

// TestReplicaNames checks the names and aliases of the replicas, and invalid names.
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
		want    map[string]string // alias by child
		invalid []string
	}{
		"no names":                        {names: []any{nil, nil}, want: map[string]string{"shop-replica-0": "", "shop-replica-1": ""}},
		"all named":                       {names: []any{"eu", "us"}, want: map[string]string{"shop-replica-eu": "shop-replica-0", "shop-replica-us": "shop-replica-1"}},
		"the first one named":             {names: []any{"eu", nil}, want: map[string]string{"shop-replica-eu": "shop-replica-0", "shop-replica-1": ""}},
		"a position as a name":            {names: []any{"0", "1"}, want: map[string]string{"shop-replica-0": "", "shop-replica-1": ""}},
		"another position":                {names: []any{"1", "eu"}, want: map[string]string{"shop-replica-1": "shop-replica-0", "shop-replica-eu": ""}},
		"a name of maximal length":        {names: []any{strings.Repeat("a", 64)}, want: map[string]string{"shop-replica-" + strings.Repeat("a", 64): "shop-replica-0"}},
		"dependent":                       {names: []any{property.New("eu").WithDependencies([]urn.URN{other})}, want: map[string]string{"shop-replica-eu": "shop-replica-0"}},
		"null":                            {names: []any{property.New(property.Null).WithSecret(true)}, want: map[string]string{"shop-replica-0": ""}},
		"a duplicate":                     {names: []any{"eu", nil, "eu"}, invalid: []string{"replicas[2].name must be unique in the list: replicas[0] has the same name"}},
		"the position of a later item":    {names: []any{"1", nil}, invalid: []string{"replicas[0].name must not be 1: replicas[1] has no name and is named after its position"}},
		"the position of an earlier item": {names: []any{nil, "0"}, invalid: []string{"replicas[1].name must not be 0: replicas[0] has no name"}},
		"empty":                           {names: []any{""}, invalid: []string{"replicas[0].name must not be empty"}},
		"too long":                        {names: []any{strings.Repeat("a", 65)}, invalid: []string{"replicas[0].name must have at most 64 characters"}},
		"other characters":                {names: []any{"a b", "a:b", "ä"}, invalid: []string{"replicas[0].name must contain only", "replicas[1].name must contain only", "replicas[2].name must contain only"}},
		"unknown":                         {names: []any{enginetest.Unknown}, invalid: []string{"replicas[0].name must be known before anything is created"}},
		"secret":                          {names: []any{property.New("canary").WithSecret(true)}, invalid: []string{"replicas[0].name must not be a secret"}},
		"of another type":                 {names: []any{1}, invalid: []string{"replicas[0].name must be a string"}},
		"several failures":                {names: []any{"a b", "eu", "eu"}, invalid: []string{"replicas[0].name must contain only", "replicas[2].name must be unique"}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			var items []any
			for _, name := range test.names {
				items = append(items, replica(name))
			}
			for _, preview := range []bool{true, false} {
				children, response, err := constructProject(t, enginetest.Inputs(with(minimalProject(), object{"replicas": items})), preview)
				if len(test.invalid) > 0 {
					require.Error(t, err)
					for _, reason := range test.invalid {
						assert.Contains(t, err.Error(), reason)
					}
					assert.NotContains(t, err.Error(), "canary")
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

// TestMarkedReplicas checks that an item can be unknown, and that the list can be secret
// unless it contains names.
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
			children, _, err := constructProject(t, enginetest.Inputs(with(minimalProject(), object{"replicas": mark(replicas())})), true)
			require.NoError(t, err)
			assert.Contains(t, children, "shop-replica-0")
			assert.Contains(t, children, "shop-replica-1")
			children, _, err = constructProject(t, enginetest.Inputs(with(minimalProject(), object{"replicas": mark(replicas("eu", "us"))})), true)
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

func TestReplicaIDsKeepTheOrderOfReplicas(t *testing.T) {
	t.Parallel()
	_, response, err := constructProject(t, enginetest.Inputs(with(minimalProject(), object{"replicas": []any{
		object{"host": "a.example.com", "name": "z"}, object{"host": "b.example.com"}, object{"host": "c.example.com", "name": "a"},
	}})), false)
	require.NoError(t, err)
	assert.Equal(t, properties.Value([]string{"shop-replica-z-id", "shop-replica-1-id", "shop-replica-a-id"}).AsArray(), response.State.Get("replicaIds").AsArray())
}

// TestValidate checks that inputs that weaken the defaults create nothing unless a flag
// allows them.
func TestValidate(t *testing.T) {
	t.Parallel()
	database := func(mode string) object {
		return object{"database": with(minimalProject()["database"].(object), object{"sslMode": mode})}
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
	assertValidation(t, "SecureAgentProject", minimalProject(), map[string]validation{
		"writes without approvals":   {writes(""), "allowUnapprovedWrites", "policy.accessMode "},
		"writes, approvals off":      {writes("off"), "allowUnapprovedWrites", "policy.accessMode "},
		"writes, approvals for DDL":  {writes("ddl"), "allowUnapprovedWrites", "policy.accessMode "},
		"writes with approvals":      {writes("writes"), "", ""},
		"all with approvals":         {writes("all"), "", ""},
		"TLS disabled":               {database("disable"), "allowInsecureTransport", "database.sslMode "},
		"TLS preferred":              {database("prefer"), "allowInsecureTransport", "database.sslMode "},
		"TLS allowed":                {database("allow"), "allowInsecureTransport", "database.sslMode "},
		"verified TLS":               {database("verify-full"), "", ""},
		"verified authority":         {database("verify-ca"), "", ""},
		"TLS disabled for a replica": {replica("disable"), "allowInsecureTransport", "replicas[0].sslMode "},
		"TLS for a replica":          {replica("require"), "", ""},
		"an http webhook":            {webhook("http://example.com"), "allowInsecureTransport", "webhook.url "},
		"an HTTP webhook":            {webhook("HTTP://example.com"), "allowInsecureTransport", "webhook.url "},
		"an https webhook":           {webhook("https://example.com"), "", ""},
		"an invalid expiry":          {object{"agent": object{"expiresAt": "soon"}}, "", "agent.expiresAt "},
		"an unknown input":           {object{"polici": object{}}, "", "polici "},
	})
}

// TestAllFailuresAreReported checks that one error contains all failures with their
// paths, and no secrets.
func TestAllFailuresAreReported(t *testing.T) {
	t.Parallel()
	_, _, err := constructProject(t, enginetest.Inputs(object{
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
