// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// lookup is a function that looks up an object of a kind, in the table of what these have in
// common.
type lookup struct {
	function, resource, objects, noun string
	// subject returns the object to look up, and parent the inputs that name its parent.
	subject func(env *testEnv) (id, importID string)
	parent  func(env *testEnv) object
	// by are the inputs that find the object in its parent, and others those that find none.
	by, others object
	// create creates another object and returns its ID and how an error names it.
	create func(env *testEnv, n int) (id, label string)
	// secret names the properties of the resource that the API does not return.
	secret []string
}

func inProject(env *testEnv) object { return env.inProject(nil) }

var lookups = []lookup{
	{
		function: "getProject", resource: "Project", objects: "projects", noun: "project",
		subject: func(env *testEnv) (string, string) { return env.project.ID, env.project.ID },
		parent:  func(env *testEnv) object { return object{"orgId": env.Local.OrgID} },
		by:      object{"name": "parent"}, others: object{"name": "Parent"},
		create: func(env *testEnv, n int) (string, string) {
			name := fmt.Sprintf("project-%03d", n)
			r := env.Create("Project", name, object{"orgId": env.Local.OrgID, "name": name, "database": enginetest.DatabaseInputs})
			return r.ID, r.ID + fmt.Sprintf(" %q", name)
		},
		secret: []string{"database"},
	},
	{
		function: "getPolicyProfile", resource: "PolicyProfile", objects: "policies", noun: "policy profile",
		subject: func(env *testEnv) (string, string) { return env.policy.ID, env.project.ID + "/" + env.policy.ID },
		parent:  inProject, by: object{"name": "support"}, others: object{"name": "Support"},
		create: func(env *testEnv, n int) (string, string) {
			r := env.Policy(env.project, fmt.Sprintf("policy-%03d", n))
			return r.ID, r.ID + fmt.Sprintf(" %q", r.Name)
		},
	},
	{
		function: "getAgentCredential", resource: "AgentCredential", objects: "agents", noun: "agent credential",
		subject: func(env *testEnv) (string, string) { return env.agent.ID, env.project.ID + "/" + env.agent.ID },
		parent:  inProject, by: object{"name": "bot"}, others: object{"name": "Bot"},
		create: func(env *testEnv, n int) (string, string) {
			name := fmt.Sprintf("agent-%03d", n)
			r := env.Create("AgentCredential", name, env.inProject(object{"policyProfileId": env.policy.ID, "name": name}))
			return r.ID, r.ID + fmt.Sprintf(" %q", name)
		},
		secret: []string{"connectionString", "mcpToken", "mcpUrl", "rotationTriggers", "rotateAfter", "standby", "rotatedAt", "nextRotation", "standbySince"},
	},
	{
		function: "getDatabase", resource: "Database", objects: "databases", noun: "database",
		subject: func(env *testEnv) (string, string) { return env.database, env.project.ID + "/" + env.database },
		parent:  inProject, by: object{"role": "primary", "host": "DB.example.com"}, others: object{"host": "db2.example.com"},
		create: func(env *testEnv, n int) (string, string) {
			host := fmt.Sprintf("db-%03d.example.com", n)
			r := env.Create("Database", host, env.inProject(enginetest.With(enginetest.DatabaseInputs, object{"host": host, "role": "replica"})))
			return r.ID, fmt.Sprintf("%s (replica, %s)", r.ID, host)
		},
		secret: []string{"password"},
	},
}

func forEachLookup(t *testing.T, test func(t *testing.T, env *testEnv, l lookup)) {
	t.Helper()
	for _, l := range lookups {
		t.Run(l.function, func(t *testing.T) {
			t.Parallel()
			test(t, newTestEnv(t, localapi.Options{}), l)
		})
	}
}

// byID returns the inputs that look up an object by its ID.
func (l lookup) byID(env *testEnv, id string) object {
	if l.resource == "Project" {
		return object{"id": id}
	}
	return enginetest.With(l.parent(env), object{"id": id})
}

// camelCase returns an object of the API with the names of the outputs.
func camelCase(value any) any {
	switch value := value.(type) {
	case object:
		renamed := object{}
		for name, field := range value {
			name = regexp.MustCompile(`_[a-z]`).ReplaceAllStringFunc(name, func(s string) string { return strings.ToUpper(s[1:]) })
			renamed[name] = camelCase(field)
		}
		return renamed
	case []any:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = camelCase(item)
		}
		return items
	}
	return value
}

func TestLookupsReturnEveryReadableProperty(t *testing.T) {
	t.Parallel()
	forEachLookup(t, func(t *testing.T, env *testEnv, l lookup) {
		id, importID := l.subject(env)
		result := env.invoke(l.function, l.byID(env, id))
		assert.Equal(t, result, env.invoke(l.function, l.byID(env, importID)), "by the import ID")
		assert.Equal(t, result, env.invoke(l.function, enginetest.With(l.parent(env), l.by)), "by name")

		assert.Equal(t, id, result["id"])
		var live object
		for _, o := range env.Local.Objects(l.objects) {
			if o["id"] == id {
				live = camelCase(o).(object)
			}
		}
		for name, value := range live {
			if l.resource == "Project" && name == "allowedCidrs" {
				continue // the result has the ranges and their labels apart
			}
			if value == nil {
				assert.NotContains(t, result, name, "the API returns null")
			} else {
				assert.Equal(t, value, result[name], name)
			}
		}
		spec := packageSchema(t, env.Env)
		outputs := outputsOf(spec, l.function).Properties
		for name := range spec.Resources["pgbeam:index:"+l.resource].Properties {
			if slices.Contains(l.secret, name) {
				assert.NotContains(t, result, name)
				assert.NotContains(t, outputs, name)
			} else {
				assert.Contains(t, outputs, name)
			}
		}
		for name, value := range result {
			_, inAPI := live[name]
			assert.True(t, inAPI || value != "" && value != 0.0, "the API does not return %s: %v", name, value)
		}
		assert.NotContains(t, fmt.Sprint(result), enginetest.DatabaseInputs["password"])
	})
}

func TestLookupsListWhatThereIs(t *testing.T) {
	t.Parallel()
	forEachLookup(t, func(t *testing.T, env *testEnv, l lookup) {
		id, label := l.create(env, 1)
		missing := id[:4] + "missing"
		owner := env.project.ID
		if l.resource == "Project" {
			owner = env.Local.OrgID
		}
		byName := env.InvokeError(l.function, enginetest.With(l.parent(env), l.others))
		assert.Contains(t, byName, fmt.Sprintf("invoking %s: no %s of %s has that ", l.function, l.noun, owner))
		byID := env.InvokeError(l.function, l.byID(env, missing))
		assert.Contains(t, byID, missing)
		assert.Contains(t, byID, "404 NOT_FOUND")
		subject, _ := l.subject(env)
		for _, message := range []string{byName, byID} {
			assert.Contains(t, message, label)
			assert.Contains(t, message, subject)
			assert.NotContains(t, message, "more")
		}

		require.NoError(t, env.Local.Remove(l.objects, id))
		env.Engine = enginetest.New(t, env.Local)
		deleted := env.InvokeError(l.function, l.byID(env, id))
		assert.Contains(t, deleted, subject)
		assert.NotContains(t, deleted, label, "a deleted object is not listed")
	})
}

func TestLookupsReadAllPages(t *testing.T) {
	t.Parallel()
	forEachLookup(t, func(t *testing.T, env *testEnv, l lookup) {
		var ids []string
		for n := range 150 {
			id, _ := l.create(env, n)
			ids = append(ids, id)
		}
		live := env.Local.Objects(l.objects)
		require.Greater(t, len(live), 150-1)
		last := live[len(live)-1]
		by := object{"name": last["name"]}
		if l.resource == "Database" {
			by = object{"host": last["host"]}
		}
		assert.Equal(t, last["id"], env.invoke(l.function, enginetest.With(l.parent(env), by))["id"])

		message := env.InvokeError(l.function, enginetest.With(l.parent(env), l.others))
		assert.Contains(t, message, fmt.Sprintf(", and %d more", len(live)-20))
		listed := 0
		for _, o := range live {
			if strings.Contains(message, o["id"].(string)) {
				listed++
			}
		}
		assert.Equal(t, 20, listed)
		assert.Contains(t, env.InvokeError(l.function, l.byID(env, ids[0][:4]+"missing")), fmt.Sprintf(", and %d more", len(live)-20))
	})
}

// TestLookupsReportTheErrorOfAList unless the list is for the message of another error only.
func TestLookupsReportTheErrorOfAList(t *testing.T) {
	t.Parallel()
	forEachLookup(t, func(t *testing.T, env *testEnv, l lookup) {
		path := "/v1/projects/" + env.project.ID + "/" + l.objects
		if l.resource == "Project" {
			path = "/v1/projects"
		}
		env.Local.AddFault(localapi.Fault{Method: "GET", Path: path, Status: 403})
		assert.Contains(t, env.InvokeError(l.function, enginetest.With(l.parent(env), l.others)), ": 403 FORBIDDEN")
		message := env.InvokeError(l.function, l.byID(env, "xxx_missing"))
		assert.Contains(t, message, "404 NOT_FOUND")
		assert.NotContains(t, message, "403 FORBIDDEN")
	})
}

func TestErrorsOfLookupsDoNotContainSecretNames(t *testing.T) {
	t.Parallel()
	forEachLookup(t, func(t *testing.T, env *testEnv, l lookup) {
		inputs := enginetest.Inputs(l.parent(env))
		for name, value := range l.others {
			inputs = inputs.Set(name, properties.Value(value).WithSecret(true))
		}
		outputs, _, err := env.Engine.Invoke(l.function, inputs)
		require.Error(t, err)
		assert.Zero(t, outputs.Len())
		for _, value := range l.others {
			assert.NotContains(t, err.Error(), value)
		}
	})
}

func TestLookupsOfAnEmptyParent(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	assert.Contains(t, env.InvokeError("getProject", object{"orgId": env.Local.OrgID, "name": "shop"}), "There are no projects of "+env.Local.OrgID)
	assert.Contains(t, env.InvokeError("getProject", object{"id": "prj_missing"}), "There are no projects of the organizations of the API key")
	project := env.Project()
	for function, noun := range map[string]string{"getPolicyProfile": "policy profiles", "getAgentCredential": "agent credentials"} {
		message := env.InvokeError(function, object{"projectId": project.ID, "name": "support"})
		assert.Contains(t, message, fmt.Sprintf("There are no %s of %s", noun, project.ID))
	}
}

// TestLookupsOfAmbiguousNames lists the objects that match, with what distinguishes them.
func TestLookupsOfAmbiguousNames(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{Behaviour: localapi.Behaviour{AgentNamesNotUnique: true}})
	another := env.Create("AgentCredential", "another", env.inProject(object{"policyProfileId": env.policy.ID, "name": "bot"}))
	message := env.InvokeError("getAgentCredential", env.inProject(object{"name": "bot"}))
	assert.Contains(t, message, fmt.Sprintf("2 agent credentials of %s have that name: ", env.project.ID))
	assert.Contains(t, message, env.agent.ID)
	assert.Contains(t, message, another.ID)
	assert.Contains(t, message, "Pass the id of one of them")
	assert.Equal(t, another.ID, env.invoke("getAgentCredential", env.inProject(object{"id": another.ID}))["id"])

	second := env.Create("Database", "second", env.inProject(enginetest.With(enginetest.DatabaseInputs, object{"name": "archive"})))
	byHost := env.InvokeError("getDatabase", env.inProject(object{"host": "db.example.com"}))
	assert.Contains(t, byHost, fmt.Sprintf("2 databases of %s have that host: ", env.project.ID))
	assert.Contains(t, byHost, env.database+" (primary, shop)")
	assert.Contains(t, byHost, second.ID+" (primary, archive)")
	byRole := env.InvokeError("getDatabase", env.inProject(object{"role": "primary"}))
	assert.Contains(t, byRole, second.ID+" (db.example.com)")
}
