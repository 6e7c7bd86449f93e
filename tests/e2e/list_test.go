// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

type object = scenario.Object

// createdObject is an object of a kind in an organization.
type createdObject struct {
	kind     scenario.Kind
	inputs   object
	importID string
}

// createEveryKind creates an object of every kind in one organization, with every input.
func createEveryKind(env *enginetest.Env) []createdObject {
	env.Helper()
	var created []createdObject
	for _, k := range scenario.Kinds() {
		inputs := scenario.Merge(k.Parents(env), k.Full)
		r := env.Create(k.Name, k.Name, inputs)
		created = append(created, createdObject{k, inputs, k.ImportID(r.ID, inputs)})
	}
	return created
}

// listed is an object in the output of a list.
type listed struct{ ID, Name string }

// doList runs `pulumi do` for a list.
func doList(s *clitest.Stack, kind string, args ...string) []listed {
	s.Helper()
	stdout, stderr, err := s.Output(s.Context(), append([]string{"do", "pgbeam:index:" + kind, "list"}, args...)...)
	require.NoError(s, err, stderr)
	s.AddOutput(stdout + stderr)
	var items []listed
	require.NoError(s, json.Unmarshal([]byte(stdout), &items), stdout)
	return items
}

// flagsOf returns the flags of the CLI for list inputs.
func flagsOf(inputs object) []string {
	var flags []string
	for name, value := range inputs {
		flags = append(flags, "--"+strings.ReplaceAll(scenario.SnakeCase(name), "_", "-"), value.(string))
	}
	return flags
}

// TestDoListsEveryKind lists the objects of every kind with the real CLI.
func TestDoListsEveryKind(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	created := createEveryKind(env)
	s := clitest.New(t, env.Local, "name: lists\nruntime: yaml\n")
	s.AddCanaries()
	for _, o := range created {
		items := doList(s, o.kind.Name, flagsOf(o.kind.ListInputs(env.Local.OrgID, o.inputs))...)
		assert.Contains(t, idsOf(items), o.importID, o.kind.Name)
	}
	all := doList(s, "Project", "--org-id", env.Local.OrgID)
	assert.Equal(t, all, doList(s, "Project", "--org-id", env.Local.OrgID, "--all"))
	assert.Equal(t, all[:3], doList(s, "Project", "--org-id", env.Local.OrgID, "--count", "3"))
	assert.Equal(t, "shop", all[0].Name)

	assert.Contains(t, s.MustFail("do", "pgbeam:index:AgentCredential", "list"), `Missing required input "projectId"`)
	output := s.MustFail("do", "pgbeam:index:AgentCredential", "list", "--project-id", "prj_missing")
	assert.Contains(t, output, "listing AgentCredential of prj_missing: GET /v1/projects/prj_missing/agents")
	assert.Contains(t, output, "404 NOT_FOUND")
	withoutKey := clitest.New(t, env.Local, "name: keyless\nruntime: yaml\n", "PGBEAM_API_KEY=")
	list := []string{"do", "pgbeam:index:Project", "list", "--org-id", env.Local.OrgID}
	assert.Contains(t, withoutKey.MustFail(list...), "no PgBeam API key: set one")
	// A list has no stack, so it does not use the configuration of one.
	withoutKey.Must("config", "set", "pgbeam:apiKey", "--secret", env.Local.APIKey)
	assert.Contains(t, withoutKey.MustFail(list...), "no PgBeam API key: set one")
	assert.Contains(t, withoutKey.Must(append(list, "--pgbeam:api-key", env.Local.APIKey)...), created[0].importID)
}

func idsOf(items []listed) []string {
	ids := make([]string, len(items))
	for i, item := range items {
		ids[i] = item.ID
	}
	return ids
}

// TestDoWithoutState creates, reads, changes and deletes objects that no stack has. The CLI
// uses the URN of a stack that exists here, so that the state of that stack is no
// evidence that the objects of earlier commands are not in use.
func TestDoWithoutState(t *testing.T) {
	t.Parallel()
	const policy = "pgbeam:index:PolicyProfile"
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	s := clitest.New(t, env.Local, "name: default\nruntime: yaml\n")
	s.InitStack("dev")
	s.Up("--skip-preview")
	do := func(args ...string) string { return s.Must(append([]string{"do", policy}, args...)...) }
	for _, name := range []string{"first", "second", "third"} {
		output := do("create", "--stateless", "--yes", "--project-id", project.ID, "--name", name)
		assert.Contains(t, output, "1 created")
		assert.NotContains(t, output, "interrupted")
	}
	items := doList(s, "PolicyProfile", "--project-id", project.ID)
	require.Len(t, items, 3)
	id := items[0].ID
	assert.Equal(t, "first", items[0].Name)

	assert.Regexp(t, `name +: "first"`, do("read", id))
	var state object
	require.NoError(t, json.Unmarshal([]byte(do("read", id, "--output", "json")), &state))
	assert.Equal(t, "first", state["name"])

	env.Local.ResetRequests()
	do("patch", id, "--stateless", "--yes", "--max-rows", "50", "--dry-run")
	assert.Zero(t, env.Local.Count("PUT", "/v1/projects/*/policies/*"))
	assert.Contains(t, do("patch", id, "--stateless", "--yes", "--max-rows", "50"), "1 updated")
	assert.InDelta(t, 50, env.Local.Objects("policies")[0]["max_rows"], 0)
	output := s.MustFail("do", policy, "patch", id, "--stateless", "--yes", "--project-id", "prj_other")
	assert.Contains(t, output, "projectId cannot be changed in place. Create another object")

	for i, item := range items {
		assert.Contains(t, do("delete", item.ID, "--stateless", "--yes"), "1 deleted")
		assert.Len(t, env.Local.Objects("policies"), len(items)-i-1)
	}
	assert.Contains(t, s.MustFail("do", policy, "read", id), "was not found")
}

// TestDoWithState creates, changes and deletes an object that the stack manages.
func TestDoWithState(t *testing.T) {
	t.Parallel()
	const policy = "pgbeam:index:PolicyProfile"
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	// Unlike a command without a stack, it uses the configuration of the stack.
	s := clitest.New(t, env.Local, "name: managed\nruntime: yaml\n", "PGBEAM_API_KEY=")
	s.Must("config", "set", "pgbeam:apiKey", "--secret", env.Local.APIKey)
	s.Must("do", policy, "create", "strict", "--yes", "--project-id", project.ID, "--max-rows", "10")
	id := s.State()["strict"].ID
	assert.InDelta(t, 10, env.Local.Objects("policies")[0]["max_rows"], 0)
	s.Must("do", policy, "patch", "strict", "--yes", "--max-rows", "50")
	assert.Equal(t, id, s.State()["strict"].ID)
	assert.InDelta(t, 50, env.Local.Objects("policies")[0]["max_rows"], 0)
	s.Must("do", policy, "delete", "strict", "--yes")
	assert.NotContains(t, s.State(), "strict")
	assert.Empty(t, env.Local.Objects("policies"))
}

// everyObject returns every object of an organization, as the lists have them.
func everyObject(env *enginetest.Env) (found []createdObject) {
	env.Helper()
	list := func(parents object) {
		for _, k := range scenario.Kinds() {
			inputs := k.ListInputs("", parents)
			if !maps.Equal(inputs, parents) {
				continue
			}
			resp, err := env.Engine.List(k.Name, lifecycle.ListRequest{Inputs: enginetest.Inputs(inputs)})
			require.NoError(env, err)
			require.Empty(env, resp.Failures)
			for _, item := range resp.Items {
				found = append(found, createdObject{kind: k, importID: item.ID})
			}
		}
	}
	list(object{"orgId": env.Local.OrgID})
	for _, project := range env.Local.Objects("projects") {
		list(object{"projectId": project["id"]})
	}
	for _, database := range env.Local.Objects("databases") { // the primary ones, too
		list(object{"databaseId": database["id"]})
		list(object{"projectId": database["project_id"], "databaseId": database["id"]})
	}
	return found
}

// TestImportOfAnOrganization adopts every object of an organization with an import file.
// Its program and its state then differ in the values that the API does not return only.
// Some objects have the same name, which the CLI would take for references that form a
// cycle, and then write none at all.
func TestImportOfAnOrganization(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	s, program := importEverything(t, env, createEveryKind(env))
	assert.Contains(t, program, "policyProfileId: ${policyprofile")
	assert.Contains(t, program, "databaseId: ")
	assert.NotContains(t, program, "orgId: ${")
	assert.NotContains(t, program, ".name}")
	assert.NotContains(t, program, "projectId: prj_")
	s.Must("destroy", "--yes", "--skip-preview")
	assert.Empty(t, everyObject(env))
}

// importEverything imports the objects of an organization, which include some of every
// kind, and applies the generated program. It returns the stack and the program.
func importEverything(t *testing.T, env *enginetest.Env, created []createdObject) (*clitest.Stack, string) {
	t.Helper()
	type entry struct {
		Type string `json:"type"`
		Name string `json:"name"`
		ID   string `json:"id"`
	}
	var file struct {
		Resources []entry `json:"resources"`
	}
	imported := map[string]scenario.Kind{}
	for i, o := range everyObject(env) {
		name := fmt.Sprintf("%s%d", strings.ToLower(o.kind.Name), i)
		file.Resources = append(file.Resources, entry{"pgbeam:index:" + o.kind.Name, name, o.importID})
		imported[name] = o.kind
	}
	for _, o := range created {
		assert.True(t, slices.ContainsFunc(file.Resources, func(e entry) bool { return e.ID == o.importID }), o.kind.Name)
	}
	encoded, err := json.Marshal(file)
	require.NoError(t, err)
	s := clitest.New(t, env.Local, "name: adopted\nruntime: yaml\n")
	s.AddCanaries()
	folder := t.TempDir()
	importFile, programFile := filepath.Join(folder, "import.json"), filepath.Join(folder, "program.yaml")
	require.NoError(t, os.WriteFile(importFile, encoded, 0o600))
	env.Local.ResetRequests()
	s.Must("import", "--file", importFile, "--yes", "--protect=false", "--out", programFile)
	for _, r := range env.Local.Requests() {
		assert.Equal(t, "GET", r.Method, "an import changes nothing")
	}
	code, err := os.ReadFile(programFile)
	require.NoError(t, err)
	password, err := json.Marshal(enginetest.DatabaseInputs["password"])
	require.NoError(t, err)
	program := "name: adopted\nruntime: yaml\n" + strings.NewReplacer(
		// The API does not return passwords, so that the program has placeholders for them.
		`password: ""`, "password: { fn::secret: "+string(password)+" }",
		// The CLI does not quote a string that is a keyword of YAML.
		"kind: null", `kind: "null"`,
	).Replace(string(code))
	s.WriteProgram(program)

	changes := previewChanges(s)
	for name, paths := range changes {
		for _, path := range paths {
			assert.Contains(t, imported[name].WriteOnly, path, name)
		}
	}
	assert.NotEmpty(t, changes, "the passwords")
	env.Local.ResetRequests()
	s.Up("--skip-preview")
	for _, r := range env.Local.Requests() {
		assert.Contains(t, []string{"GET", "PATCH"}, r.Method, "the passwords are sent")
	}
	s.Up("--refresh", "--expect-no-changes")
	for name, resource := range s.StateWithSecrets() {
		database, _ := resource.Inputs["database"].(map[string]any)
		if imported[name].Name == "Database" {
			database = resource.Inputs
		}
		if database != nil {
			assert.Equal(t, enginetest.DatabaseInputs["password"], stacktest.PlainSecret(t, database["password"]), name)
		}
	}
	return s, program
}

// previewChanges returns the paths that a preview would change, by the name of the resource.
func previewChanges(s *clitest.Stack) map[string][]string {
	s.Helper()
	stdout, stderr, err := s.Output(s.Context(), "preview", "--json")
	require.NoError(s, err, stdout+stderr)
	s.AddOutput(stdout + stderr)
	var preview struct {
		Steps []struct {
			Op, URN      string
			DetailedDiff map[string]any
		}
	}
	require.NoError(s, json.Unmarshal([]byte(stdout), &preview))
	changes := map[string][]string{}
	for _, step := range preview.Steps {
		if step.Op == "same" {
			continue
		}
		assert.Equal(s, "update", step.Op, step.URN)
		changes[step.URN[strings.LastIndex(step.URN, "::")+2:]] = slices.Sorted(maps.Keys(step.DetailedDiff))
	}
	return changes
}
