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
	"time"

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

// FuzzStates passes arbitrary states to Read and Delete of every resource. The error of
// the missing client shows that the state has been decoded.
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
	// An operation decodes its state before it needs the client.
	env := lifecycle.Env{Client: func(context.Context) (*client.Client, error) { return nil, nil }}
	f.Fuzz(func(t *testing.T, index uint8, outputs, inputs string) {
		all := resources.All()
		wrapped := lifecycle.Wrap(env, all[int(index)%len(all)])
		state, valid := parseProperties(outputs)
		if !valid {
			return
		}
		oldInputs, valid := parseProperties(inputs)
		if !valid {
			return
		}
		for _, parent := range wrapped.ImportID.Parents {
			oldInputs = oldInputs.Set(parent.Property, property.New(parent.Prefix+"1"))
		}
		if state.Len() == 0 && oldInputs.Len() == 0 {
			return // an import
		}
		resource, id := &enginetest.Resource{Kind: wrapped.Kind(), Name: "fuzzed"}, "x"
		if wrapped.ImportID.Key != "" {
			id = "org_1/x@example.com"
		}
		if !wrapped.HasObject() {
			withoutObject := lifecycle.WithoutObject(wrapped)
			read, err := withoutObject.Read(context.Background(), p.ReadRequest{ID: id, Urn: resource.URN(), Properties: state, Inputs: oldInputs})
			// The inputs lack what is evaluated. What was discovered is in the state alone.
			if err != nil && !errors.Is(err, kind.ErrNoClient) || (read.ID != "") != (wrapped.Discovery != nil) {
				t.Errorf("Read with the state %s: %v", outputs, err)
			}
			_, err = withoutObject.Update(context.Background(), p.UpdateRequest{ID: id, Urn: resource.URN(), State: state, OldInputs: oldInputs, Inputs: oldInputs})
			if err == nil {
				t.Errorf("Update with the state %s makes no request", outputs)
			}
			return
		}
		_, err := wrapped.Read(context.Background(), p.ReadRequest{ID: id, Urn: resource.URN(), Properties: state, Inputs: oldInputs})
		if !errors.Is(err, kind.ErrNoClient) {
			t.Errorf("Read with the state %s: %v", outputs, err)
		}
		err = wrapped.Delete(context.Background(), p.DeleteRequest{ID: id, Urn: resource.URN(), Properties: state, OldInputs: oldInputs})
		if !errors.Is(err, kind.ErrNoClient) {
			t.Errorf("Delete with the state %s: %v", outputs, err)
		}
	})
}

// TestUnsafeIntegersAreRejected sets integers that a float64 does not represent exactly,
// outside of Pulumi. They are never rounded, and an object that was created or updated is
// still saved to the state.
func TestUnsafeIntegersAreRejected(t *testing.T) {
	t.Parallel()
	for name, tooLarge := range map[string]any{"largest int64": int64(1<<63 - 1), "2^53+1": int64(1<<53 + 1), "2^53": int64(1 << 53)} {
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
			// The contract does not permit this value, so a fault returns it.
			env.Local.AddFault(localapi.Fault{Method: "PATCH", Path: "/v1/projects/*/databases/*", Times: 1, Set: object{"query_timeout_ms": tooLarge}})
			changed := enginetest.With(inputs, object{"host": "new.example.com"})
			result := env.Engine.Up(database, enginetest.Inputs(changed))
			require.Error(t, result.Err)
			assert.Contains(t, strings.Join(database.Unfinished, ""), "queryTimeoutMs", "the update was applied in part")
			assert.Equal(t, "new.example.com", database.State.Get("host").AsString())
			assert.Equal(t, before.Get("queryTimeoutMs"), database.State.Get("queryTimeoutMs"))
			// Setting the property replaces the value.
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
			assert.Equal(t, env.Local.OrgID, limit.ID, "the object is in the state")
			assert.Contains(t, strings.Join(limit.Unfinished, ""), "limits.queriesPerDay")
			require.NoError(t, env.Engine.Delete(limit))
		})
	}
}

func TestSafeIntegersAreExact(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	const maxSafeInteger = 1<<53 - 1
	inputs := object{"projectId": env.Project().ID, "name": "strict", "egressBytesPerDay": maxSafeInteger, "contentScanMaxBytes": maxSafeInteger}
	policy := env.Create("PolicyProfile", "strict", inputs)
	env.Refresh(policy)
	env.RequireNoChanges(policy, inputs)
	assert.Equal(t, float64(maxSafeInteger), policy.State.Get("egressBytesPerDay").AsNumber())
}

// TestReferencesAcceptImportIDs sets every reference to the ID of a resource that get()
// returned, which is an import ID.
func TestReferencesAcceptImportIDs(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	database := env.Create("Database", "archive", enginetest.With(enginetest.DatabaseInputs, object{"projectId": project.ID}))
	policy := env.Policy(project, "strict")
	agent := env.Agent(project, "agent")
	importID := func(id string) string { return project.ID + "/" + id }
	for _, test := range []struct {
		kind     string
		inputs   object
		resolved object
	}{
		{"AgentCredential", object{"projectId": project.ID, "policyProfileId": importID(policy.ID), "name": "a"}, object{"policyProfileId": policy.ID}},
		{"ProjectDefaultPolicy", object{"projectId": project.ID, "policyProfileId": importID(policy.ID)}, object{"policyProfileId": policy.ID}},
		{"Replica", object{"databaseId": importID(database.ID), "host": "r.example.com", "port": 5432}, object{"databaseId": database.ID}},
		{"AnomalyRule", object{"projectId": project.ID, "credentialId": importID(agent.ID), "metric": "errors_per_hour"}, object{"credentialId": agent.ID}},
	} {
		created := env.Create(test.kind, "created", test.inputs)
		for name, id := range test.resolved {
			assert.Equal(t, id, created.State.Get(name).AsString(), test.kind)
			assert.Equal(t, id, created.Inputs.Get(name).AsString(), test.kind)
		}
		env.Refresh(created)
		env.RequireNoChanges(created, test.inputs)
		env.RequireNoChanges(created, enginetest.With(test.inputs, test.resolved))
		require.NoError(t, env.Engine.Delete(created))
	}
	env.Up(project, object{"orgId": env.Local.OrgID, "name": "parent", "database": enginetest.DatabaseInputs, "defaultPolicyProfileId": importID(policy.ID)})
	assert.Equal(t, policy.ID, project.State.Get("defaultPolicyProfileId").AsString())
}

// TestReferencesRejectInvalidIDs sets every reference of every resource to the import ID of
// another kind, and to IDs that would change the path of a request.
func TestReferencesRejectInvalidIDs(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	references := 0
	for _, resource := range resources.All() {
		for _, name := range []string{"projectId", "databaseId", "policyProfileId", "defaultPolicyProfileId", "credentialId"} {
			if _, ok := resource.Properties[name]; !ok {
				continue
			}
			references++
			for _, id := range []string{"prj_1/xyz_2", "prj_1/", "/", "prj_1/../pol_2", "..", ".", "https://example.com/pol_2", "prj_1/pol_"} {
				_, failures := env.Engine.Check(&enginetest.Resource{Kind: resource.Kind(), Name: "a"}, enginetest.Inputs(object{name: id}))
				found := false
				for _, failure := range failures {
					found = found || strings.HasPrefix(failure.Reason, name+" must be an ID")
				}
				assert.True(t, found, "%s: %s %q: %v", resource.Kind(), name, id, failures)
			}
		}
	}
	assert.Greater(t, references, 12)
}

// TestExpiryPrecisionReplacesNothing checks that the fraction of a second that the API
// drops is not a change.
func TestExpiryPrecisionReplacesNothing(t *testing.T) {
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
				created := env.Create(kind, "a", inputs)
				assert.Equal(t, expiresAt, created.State.Get("expiresAt").AsString(), "the state has the form of the input")
				env.RequireNoChanges(created, inputs)
				env.Refresh(created)
				env.RequireNoChanges(created, inputs)
			}
		})
	}
}

// captureWarnings redirects the log while a test runs, so the test cannot be parallel.
// Each call of the result returns the warnings since the previous one.
func captureWarnings(t *testing.T) func() []string {
	t.Helper()
	previous := slog.Default()
	t.Cleanup(func() { slog.SetDefault(previous) })
	log := &logBuffer{}
	slog.SetDefault(slog.New(slog.NewTextHandler(log, nil)))
	return log.takeWarnings
}

type logBuffer struct {
	mutex sync.Mutex
	buf   bytes.Buffer
}

func (l *logBuffer) Write(b []byte) (int, error) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.buf.Write(b)
}

func (l *logBuffer) takeWarnings() []string {
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

// TestRotationInTheFutureIsReported cannot be parallel, because it redirects the log.
func TestRotationInTheFutureIsReported(t *testing.T) {
	takeWarnings := captureWarnings(t)
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"orgId": env.Local.OrgID, "rotateAfter": "30d"}
	now := time.Date(2030, 3, 1, 0, 0, 0, 0, time.UTC)
	env.Engine = enginetest.NewAt(t, env.Local, func() time.Time { return now })
	enrollment := env.Create("SelfHostEnrollment", "edge", inputs)
	now = now.Add(-time.Minute)
	env.RequireNoChanges(enrollment, inputs)
	assert.Empty(t, takeWarnings(), "the clocks of machines differ")

	now = now.Add(-time.Hour)
	run := env.Engine.Run()
	for range 2 {
		assert.Equal(t, enginetest.Same, run.Preview(enrollment, enginetest.Inputs(inputs)).Op)
	}
	warnings := takeWarnings()
	require.Len(t, warnings, 1)
	assert.Contains(t, warnings[0], enrollment.ID)
	assert.Contains(t, warnings[0], "2030-03-01T00:00:00Z, which is in the future")

	// Without a period, it does not matter.
	delete(inputs, "rotateAfter")
	env.Up(enrollment, inputs)
	assert.Empty(t, takeWarnings())
}

// TestMissingOneTimeSecretsAreReportedOnce cannot be parallel, because it redirects the log.
func TestMissingOneTimeSecretsAreReportedOnce(t *testing.T) {
	takeWarnings := captureWarnings(t)
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	for kind, test := range map[string]struct {
		inputs  object
		parent  string
		secrets []string
	}{
		"AgentCredential": {
			object{"projectId": project.ID, "policyProfileId": env.Policy(project, "p").ID, "name": "a"},
			project.ID,
			[]string{"connectionString", "mcpToken"},
		},
		"SelfHostEnrollment": {object{"orgId": env.Local.OrgID}, env.Local.OrgID, []string{"token"}},
	} {
		created := env.Create(kind, "created", test.inputs)
		env.RequireNoChanges(created, test.inputs)
		env.Refresh(created)
		assert.Empty(t, takeWarnings(), "no secret is missing")
		for _, secret := range test.secrets {
			for name, state := range map[string]property.Map{
				"absent":     created.State.Delete(secret),
				"null":       created.State.Set(secret, property.New(property.Null)),
				"empty":      created.State.Set(secret, property.New("").WithSecret(true)),
				"wrong type": created.State.Set(secret, property.New(5.0).WithSecret(true)),
			} {
				for _, refresh := range []bool{false, true} {
					incomplete := *created
					incomplete.State = state
					run := enginetest.New(t, env.Local).Run() // warns once
					for range 2 {
						if refresh {
							_, err := run.Refresh(&incomplete)
							require.NoError(t, err)
						}
						result := run.Preview(&incomplete, enginetest.Inputs(test.inputs))
						require.NoError(t, result.Err)
						assert.Equal(t, enginetest.Same, result.Op)
					}
					warnings := takeWarnings()
					require.Len(t, warnings, 1, "%s is %s", secret, name)
					assert.Contains(t, warnings[0], secret)
					assert.Contains(t, warnings[0], created.ID)
					assert.Contains(t, warnings[0], "rotationTriggers")
				}
				// A rotation issues new secrets, so there is no warning.
				incomplete := *created
				incomplete.State = state
				run := enginetest.New(t, env.Local)
				result := run.Preview(&incomplete, enginetest.Inputs(enginetest.With(test.inputs, object{"rotationTriggers": object{"lost": "1"}})))
				require.Empty(t, result.Failures)
				if name != "wrong type" {
					require.NoError(t, result.Err)
				}
				assert.Empty(t, takeWarnings())
			}
		}
		run := enginetest.New(t, env.Local).Run()
		imported, err := run.Import(kind, "imported", test.parent+"/"+created.ID)
		require.NoError(t, err)
		run.Preview(imported, enginetest.Inputs(test.inputs))
		warnings := takeWarnings()
		require.Len(t, warnings, 1)
		for _, secret := range test.secrets {
			assert.Contains(t, warnings[0], secret)
		}
		result := run.Up(imported, enginetest.Inputs(enginetest.With(test.inputs, object{"rotationTriggers": object{"imported": "1"}})))
		require.NoError(t, result.Err)
		for _, secret := range test.secrets {
			assert.NotEmpty(t, imported.State.Get(secret).AsString())
		}
		assert.Empty(t, takeWarnings())
	}
}

// TestWriteOnlyValueIsSentAgainAfterItWasOmitted removes the database from a program and
// adds it again. Its password may have changed in between, so the update sends it.
func TestWriteOnlyValueIsSentAgainAfterItWasOmitted(t *testing.T) {
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
	assert.Zero(t, env.Local.Count("PATCH", "/v1/projects/*/databases/*"), "the password is sent only once")
	env.RequireNoChanges(project, enginetest.With(inputs, object{"description": "after"}))
}

// TestCheckFailuresNameOnlyPrintableProperties checks that a failure has a property only
// if the inputs have a value for it that is not secret: the engine prints that value.
func TestCheckFailuresNameOnlyPrintableProperties(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	resource := &enginetest.Resource{Kind: "Project", Name: "shop"}
	inputs, failures := env.Engine.Check(resource, enginetest.Inputs(object{
		"orgId": property.New("").WithSecret(true), "status": "gone", "colour": "unknown-property",
		"database": object{"host": "a b", "port": 5432, "name": "shop", "username": "u", "password": ""},
	}))
	withProperty := 0
	for _, failure := range failures {
		assert.NotEmpty(t, failure.Reason)
		if failure.Property != "" {
			withProperty++
			value, ok := inputs.GetOk(failure.Property)
			assert.True(t, ok && !value.IsNull() && !value.HasSecrets(), failure.Property)
		}
	}
	assert.Equal(t, 1, withProperty, "only status is printable: %v", failures)
	assert.Len(t, failures, 5)
}

// TestUpdateFindsThePrimaryDatabase updates a state that lacks the ID of the database.
func TestUpdateFindsThePrimaryDatabase(t *testing.T) {
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
