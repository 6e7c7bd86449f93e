// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// FuzzStates feeds arbitrary states into Read and Delete of every resource: each
// decodes without an error and without a panic. That the call for the client fails
// shows that the state has been decoded.
func FuzzStates(f *testing.F) {
	for i := range resources.All() {
		for _, seed := range []string{
			`{}`, `{"":null}`, `{"projectId":null}`, `{"limits":null,"dnsInstructions":null,"database":null}`,
			`{"limits":{"queriesPerDay":null,"more":1}}`, `{"limits":{"queriesPerDay":"?"}}`, `{"limits":"?","database":"?"}`,
			`{"maskingRules":[null]}`, `{"maskingRules":[{"table":null}],"rowFilters":[[]],"tags":[1,null]}`, `{"tableAllowlist":[null]}`,
			`{"database":{"cacheConfig":null,"poolConfig":{"maxActive":null,"poolSize":"a"}},"cidrLabels":{"a":null}}`,
			`{"statementRules":{"allow":[null],"deny":{}},"rotationTriggers":{"a":null}}`,
			`{"maxRows":9223372036854775807,"queriesPerSecond":1e300,"verified":"yes","token":"!a","mcpToken":1,"createdAt":{}}`,
			`{"database":{"port":1.5,"password":["!a",null]},"dnsInstructions":[{"cnameHost":1}],"statementKinds":["?"]}`,
		} {
			f.Add(uint8(i), seed, `{"projectId":"prj_1","databaseId":"db_1","orgId":"org_1"}`)
		}
	}
	// Without a client, an operation fails once its state is decoded.
	env := lifecycle.Env{Client: func(context.Context) (*client.Client, error) { return nil, nil }}
	f.Fuzz(func(t *testing.T, index uint8, outputs, inputs string) {
		all := resources.All()
		served := lifecycle.Wrap(env, all[int(index)%len(all)])
		state, ok := decoded(outputs)
		if !ok {
			return
		}
		given, ok := decoded(inputs)
		if !ok {
			return
		}
		for _, parent := range served.ImportID.Parents {
			given = given.Set(parent.Property, property.New(parent.Prefix+"1"))
		}
		if state.Len() == 0 && given.Len() == 0 {
			return // an import
		}
		resource := &enginetest.Resource{Kind: served.Kind(), Name: "fuzzed"}
		_, err := served.Read(context.Background(), p.ReadRequest{ID: "x", Urn: resource.URN(), Properties: state, Inputs: given})
		if !errors.Is(err, kind.ErrNoClient) {
			t.Errorf("reading from the state %s: %v", outputs, err)
		}
		err = served.Delete(context.Background(), p.DeleteRequest{ID: "x", Urn: resource.URN(), Properties: state, OldInputs: given})
		if !errors.Is(err, kind.ErrNoClient) {
			t.Errorf("deleting from the state %s: %v", outputs, err)
		}
	})
}

// TestIntegersThatPulumiCannotHold sets one outside of Pulumi. It is refused with
// its name, never rounded, and an object that was updated is not lost.
func TestIntegersThatPulumiCannotHold(t *testing.T) {
	t.Parallel()
	for name, tooLarge := range map[string]any{"largest": int64(1<<63 - 1), "just beyond": int64(1<<53 + 1), "the bound": int64(1 << 53)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := enginetest.NewEnv(t, localapi.Options{})
			project := env.Project()
			policy := env.Policy(project, "strict")
			require.NoError(t, env.Local.Edit("policies", policy.ID, object{"egress_bytes_per_day": tooLarge}))
			before := policy.State
			_, err := env.Engine.Refresh(policy)
			require.ErrorContains(t, err, "egressBytesPerDay")
			require.ErrorContains(t, err, "2^53")
			assert.Equal(t, before, policy.State)

			inputs := enginetest.With(enginetest.DatabaseInputs, object{"projectId": project.ID})
			database := env.Create("Database", "archive", inputs)
			before = database.State
			// More than the contract allows, which a fault may answer.
			env.Local.AddFault(localapi.Fault{Method: "PATCH", Path: "/v1/projects/*/databases/*", Times: 1, Set: object{"query_timeout_ms": tooLarge}})
			changed := enginetest.With(inputs, object{"host": "new.example.com"})
			result := env.Engine.Up(database, enginetest.Inputs(changed))
			require.Error(t, result.Err)
			assert.Contains(t, strings.Join(database.Unfinished, ""), "queryTimeoutMs", "it is in the state as partly updated")
			assert.Equal(t, "new.example.com", database.State.Get("host").AsString())
			assert.Equal(t, before.Get("queryTimeoutMs"), database.State.Get("queryTimeoutMs"))
			// A program that gives a value sends it, which mends it.
			changed = enginetest.With(changed, object{"queryTimeoutMs": 5000})
			env.Up(database, changed)
			assert.Equal(t, object{"query_timeout_ms": 5000.0}, env.RequestBody("PATCH", "/v1/projects/*/databases/*"))
			assert.Empty(t, database.Unfinished)
			env.Refresh(database)
			env.RequireNoChanges(database, changed)
			require.NoError(t, env.Engine.Delete(database))

			plan := env.Local.Objects("plan")[0]["limits"].(object)
			require.NoError(t, env.Local.Edit("plan", env.Local.OrgID, object{"limits": enginetest.With(plan, object{"queries_per_day": tooLarge})}))
			limit := &enginetest.Resource{Kind: "SpendLimit", Name: "limit"}
			result = env.Engine.Up(limit, enginetest.Inputs(object{"orgId": env.Local.OrgID, "spendLimit": 500}))
			require.Error(t, result.Err)
			assert.Equal(t, env.Local.OrgID, limit.ID, "it is in the state as partly created")
			assert.Contains(t, strings.Join(limit.Unfinished, ""), "limits.queriesPerDay")
			require.NoError(t, env.Engine.Delete(limit))
		})
	}
}

// TestLargestIntegersAreCarried: below 2^53 every integer is what it was.
func TestLargestIntegersAreCarried(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	const largest = 1<<53 - 1
	inputs := object{"projectId": env.Project().ID, "name": "strict", "egressBytesPerDay": largest, "contentScanMaxBytes": largest}
	policy := env.Create("PolicyProfile", "strict", inputs)
	env.Refresh(policy)
	env.RequireNoChanges(policy, inputs)
	assert.Equal(t, float64(largest), policy.State.Get("egressBytesPerDay").AsNumber())
}

// TestReferencesTakeImportIDs gives what the id of a resource looked up with
// get() holds, wherever a resource refers to another.
func TestReferencesTakeImportIDs(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	database := env.Create("Database", "archive", enginetest.With(enginetest.DatabaseInputs, object{"projectId": project.ID}))
	policy := env.Policy(project, "strict")
	agent := env.Agent(project, "agent")
	within := func(id string) string { return project.ID + "/" + id }
	for _, test := range []struct {
		kind    string
		inputs  object
		plainly object
	}{
		{"AgentCredential", object{"projectId": project.ID, "policyProfileId": within(policy.ID), "name": "a"}, object{"policyProfileId": policy.ID}},
		{"ProjectDefaultPolicy", object{"projectId": project.ID, "policyProfileId": within(policy.ID)}, object{"policyProfileId": policy.ID}},
		{"Replica", object{"databaseId": within(database.ID), "host": "r.example.com", "port": 5432}, object{"databaseId": database.ID}},
		{"AnomalyRule", object{"projectId": project.ID, "credentialId": within(agent.ID), "metric": "errors_per_hour"}, object{"credentialId": agent.ID}},
	} {
		made := env.Create(test.kind, "made", test.inputs)
		for name, want := range test.plainly {
			assert.Equal(t, want, made.State.Get(name).AsString(), test.kind)
			assert.Equal(t, want, made.Inputs.Get(name).AsString(), test.kind)
		}
		env.Refresh(made)
		env.RequireNoChanges(made, test.inputs)
		env.RequireNoChanges(made, enginetest.With(test.inputs, test.plainly))
		require.NoError(t, env.Engine.Delete(made))
	}
	env.Up(project, object{"orgId": env.Local.OrgID, "name": "parent", "database": enginetest.DatabaseInputs, "defaultPolicyProfileId": within(policy.ID)})
	assert.Equal(t, policy.ID, project.State.Get("defaultPolicyProfileId").AsString())
}

// TestReferencesRefuseOtherImportIDs: every reference of every resource refuses an
// import ID of another kind, and what leads to another object.
func TestReferencesRefuseOtherImportIDs(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	references := 0
	for _, served := range resources.All() {
		for _, name := range []string{"projectId", "databaseId", "policyProfileId", "defaultPolicyProfileId", "credentialId"} {
			if _, ok := served.Properties[name]; !ok {
				continue
			}
			references++
			for _, wrong := range []string{"prj_1/xyz_2", "prj_1/", "/", "prj_1/../pol_2", "..", ".", "https://example.com/pol_2", "prj_1/pol_"} {
				_, failures := env.Engine.Check(&enginetest.Resource{Kind: served.Kind(), Name: "a"}, enginetest.Inputs(object{name: wrong}))
				found := false
				for _, failure := range failures {
					found = found || strings.HasPrefix(failure.Reason, name+" must be an ID")
				}
				assert.True(t, found, "%s: %s %q: %v", served.Kind(), name, wrong, failures)
			}
		}
	}
	assert.Greater(t, references, 12)
}

// TestExpiryOfAnyPrecision: what an API drops of a timestamp replaces nothing.
func TestExpiryOfAnyPrecision(t *testing.T) {
	t.Parallel()
	for _, expiresAt := range []string{
		"2099-01-01T00:00:00.123456789Z", "2099-01-01T00:00:00.9999999Z", "2099-01-01T00:00:00.5+01:00", "2099-12-31T23:59:59.9995Z",
	} {
		enginetest.ForEachBehaviour(t, localapi.Behaviour{TimestampsWithMillis: true}, func(t *testing.T, env *enginetest.Env) {
			project := env.Project()
			for kind, inputs := range map[string]object{
				"AgentCredential":    {"projectId": project.ID, "policyProfileId": env.Policy(project, "p").ID, "name": "a", "expiresAt": expiresAt},
				"SelfHostEnrollment": {"orgId": env.Local.OrgID, "expiresAt": expiresAt},
			} {
				made := env.Create(kind, "a", inputs)
				assert.Equal(t, expiresAt, made.State.Get("expiresAt").AsString(), "the state has what the program says")
				env.RequireNoChanges(made, inputs)
				env.Refresh(made)
				env.RequireNoChanges(made, inputs)
			}
		})
	}
}

// logged collects what is logged while a test runs, which must not be parallel.
func logged(t *testing.T) func() []string {
	t.Helper()
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	sink := &lines{}
	slog.SetDefault(slog.New(slog.NewTextHandler(sink, nil)))
	return sink.take
}

type lines struct {
	mutex sync.Mutex
	buf   bytes.Buffer
}

func (l *lines) Write(b []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buf.Write(b)
}

// take returns the warnings since the last time.
func (l *lines) take() []string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	var warnings []string
	for line := range strings.Lines(l.buf.String()) {
		if strings.Contains(line, "level=WARN") {
			warnings = append(warnings, line)
		}
	}
	l.buf.Reset()
	return warnings
}

// TestMissingOneTimeSecrets is not parallel, because it takes over the log.
func TestMissingOneTimeSecrets(t *testing.T) {
	warnings := logged(t)
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	for kind, test := range map[string]struct {
		inputs  object
		parent  string
		secrets []string
	}{
		"AgentCredential":    {object{"projectId": project.ID, "policyProfileId": env.Policy(project, "p").ID, "name": "a"}, project.ID, []string{"connectionString", "mcpToken"}},
		"SelfHostEnrollment": {object{"orgId": env.Local.OrgID}, env.Local.OrgID, []string{"token"}},
	} {
		made := env.Create(kind, "made", test.inputs)
		env.RequireNoChanges(made, test.inputs)
		env.Refresh(made)
		assert.Empty(t, warnings(), "nothing is missing")
		for _, secret := range test.secrets {
			for what, lost := range map[string]property.Map{
				"absent": made.State.Delete(secret),
				"null":   made.State.Set(secret, property.New(property.Null)),
				"empty":  made.State.Set(secret, property.New("").WithSecret(true)),
				"other":  made.State.Set(secret, property.New(5.0).WithSecret(true)),
			} {
				for _, refreshed := range []bool{false, true} {
					copied := *made
					copied.State = lost
					run := enginetest.New(t, env.Local).Run() // once in each run
					for range 2 {
						if refreshed {
							_, err := run.Refresh(&copied)
							require.NoError(t, err)
						}
						result := run.Preview(&copied, enginetest.Inputs(test.inputs))
						require.NoError(t, result.Err)
						assert.Equal(t, enginetest.Same, result.Op)
					}
					got := warnings()
					require.Len(t, got, 1, "%s is %s", secret, what)
					assert.Contains(t, got[0], secret)
					assert.Contains(t, got[0], made.ID)
					assert.Contains(t, got[0], "rotationTriggers")
				}
				// Who follows the advice gets new ones, and no warning.
				rotating := *made
				rotating.State = lost
				run := enginetest.New(t, env.Local)
				result := run.Preview(&rotating, enginetest.Inputs(enginetest.With(test.inputs, object{"rotationTriggers": object{"lost": "1"}})))
				require.Empty(t, result.Failures)
				if what != "other" {
					require.NoError(t, result.Err)
				}
				assert.Empty(t, warnings())
			}
		}
		run := enginetest.New(t, env.Local).Run()
		imported, err := run.Import(kind, "imported", test.parent+"/"+made.ID)
		require.NoError(t, err)
		run.Preview(imported, enginetest.Inputs(test.inputs))
		got := warnings()
		require.Len(t, got, 1)
		for _, secret := range test.secrets {
			assert.Contains(t, got[0], secret)
		}
		result := run.Up(imported, enginetest.Inputs(enginetest.With(test.inputs, object{"rotationTriggers": object{"imported": "1"}})))
		require.NoError(t, result.Err)
		for _, secret := range test.secrets {
			assert.NotEmpty(t, imported.State.Get(secret).AsString())
		}
		assert.Empty(t, warnings())
	}
}

// TestWriteOnlyValueGivenAgain leaves the database out of a program and gives it
// again: its password may have been changed in between, so it is sent.
func TestWriteOnlyValueGivenAgain(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"orgId": env.Local.OrgID, "name": "shop", "database": enginetest.DatabaseInputs}
	project := env.Create("Project", "shop", inputs)
	env.Up(project, enginetest.With(inputs, object{"database": nil}))
	env.Up(project, enginetest.With(inputs, object{"database": nil, "description": "in between"}))
	env.Local.ResetRequests()
	env.Up(project, enginetest.With(inputs, object{"description": "in between"}))
	assert.Equal(t, object{"password": enginetest.DatabaseInputs["password"]}, env.RequestBody("PATCH", "/v1/projects/*/databases/*"))
	env.Local.ResetRequests()
	env.Up(project, enginetest.With(inputs, object{"description": "after"}))
	assert.Zero(t, env.Local.Count("PATCH", "/v1/projects/*/databases/*"), "it is sent once")
	env.RequireNoChanges(project, enginetest.With(inputs, object{"description": "after"}))
}

// TestCheckFailuresPrintCleanly: the engine prints the value that it finds under
// the name of a failure among the inputs, so a failure has a name only where there
// is such a value and it is no secret.
func TestCheckFailuresPrintCleanly(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	resource := &enginetest.Resource{Kind: "Project", Name: "shop"}
	inputs, failures := env.Engine.Check(resource, enginetest.Inputs(object{
		"orgId": property.New("").WithSecret(true), "status": "gone", "colour": "planted-in-a-wrong-place",
		"database": object{"host": "a b", "port": 5432, "name": "shop", "username": "u", "password": ""},
	}))
	named := 0
	for _, failure := range failures {
		assert.NotEmpty(t, failure.Reason)
		if failure.Property != "" {
			named++
			value, ok := inputs.GetOk(failure.Property)
			assert.True(t, ok && !value.IsNull() && !value.HasSecrets(), failure.Property)
		}
	}
	assert.Equal(t, 1, named, "the status: %v", failures)
	assert.Len(t, failures, 5)
}

// TestStateWithoutThePrimaryDatabase lacks the ID of the database that an update
// changes. It is looked up.
func TestStateWithoutThePrimaryDatabase(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"orgId": env.Local.OrgID, "name": "shop", "database": enginetest.DatabaseInputs}
	project := env.Create("Project", "shop", inputs)
	database := project.State.Get("primaryDatabaseId").AsString()
	project.State = project.State.Delete("primaryDatabaseId")
	env.Local.ResetRequests()
	env.Up(project, enginetest.With(inputs, object{"database": enginetest.With(enginetest.DatabaseInputs, object{"host": "new.example.com"})}))
	assert.Equal(t, 1, env.Local.Count("PATCH", "/v1/projects/*/databases/"+database))
	assert.Equal(t, 1, env.Local.Count("GET", "/v1/projects/*/databases"))
	assert.Len(t, env.Local.Requests(), 2)
	assert.Equal(t, object{"host": "new.example.com"}, env.RequestBody("PATCH", "/v1/projects/*/databases/*"))
	assert.Equal(t, database, project.State.Get("primaryDatabaseId").AsString())
	assert.Equal(t, "new.example.com", project.State.Get("database").AsMap().Get("host").AsString())
}
