// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"fmt"
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

// everyObject returns the type and the import ID of every object of an organization, as
// the lists have them.
func everyObject(env *enginetest.Env) (found []createdObject) {
	env.Helper()
	parents := []object{{"orgId": env.Local.OrgID}}
	seen := map[string]bool{}
	for len(parents) > 0 {
		inputs := parents[0]
		parents = parents[1:]
		for _, k := range scenario.Kinds() {
			want := k.ListInputs(env.Local.OrgID, inputs)
			if !slices.Equal(slices.Sorted(mapKeys(want)), slices.Sorted(mapKeys(inputs))) {
				continue
			}
			resp, err := env.Engine.List(k.Name, lifecycle.ListRequest{Inputs: enginetest.Inputs(inputs)})
			require.NoError(env, err)
			require.Empty(env, resp.Failures)
			for _, item := range resp.Items {
				if key := k.Name + " " + item.ID; seen[key] {
					continue
				} else {
					seen[key] = true
				}
				found = append(found, createdObject{kind: k, importID: item.ID})
				switch k.Name {
				case "Project":
					parents = append(parents, object{"projectId": item.ID})
				case "Database":
					project, database, _ := strings.Cut(item.ID, "/")
					parents = append(parents, object{"databaseId": database}, object{"projectId": project, "databaseId": database})
				}
			}
		}
	}
	return found
}

func mapKeys(m object) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func TestImportOfAnOrganization(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	createEveryKind(env)
	objects := everyObject(env)
	type entry struct {
		Type string `json:"type"`
		Name string `json:"name"`
		ID   string `json:"id"`
	}
	var file struct {
		Resources []entry `json:"resources"`
	}
	for i, o := range objects {
		file.Resources = append(file.Resources, entry{"pgbeam:index:" + o.kind.Name, fmt.Sprintf("thing-%d", i), o.importID})
	}
	encoded, err := json.MarshalIndent(file, "", "  ")
	require.NoError(t, err)
	s := clitest.New(t, env.Local, "name: adopted\nruntime: yaml\n")
	path, program := filepath.Join(t.TempDir(), "import.json"), filepath.Join(t.TempDir(), "program.yaml")
	require.NoError(t, os.WriteFile(path, encoded, 0o600))
	output := s.Must("import", "--file", path, "--yes", "--protect=false", "--out", program)
	t.Log(output)
	code, err := os.ReadFile(program)
	require.NoError(t, err)
	t.Log(string(code))
	s.WriteProgram("name: adopted\nruntime: yaml\n" + string(code))
	preview, err := s.Try("preview", "--diff")
	t.Log(preview, err)
	assert.NotEmpty(t, objects)
	_ = assert.Equal
}
