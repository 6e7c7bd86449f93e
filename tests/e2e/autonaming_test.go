// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// namesProgram has the kinds with automatic names, as resources and as children of a
// component.
const namesProgram = `
name: names
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: org_local
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: names-planted-password } }
  policy:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${project.id}" }
  agent:
    type: pgbeam:AgentCredential
    properties: { projectId: "${project.id}", policyProfileId: "${policy.id}" }
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: names-planted-password } }
`

// autoNamed are the collections of the resources of namesProgram with automatic names.
var autoNamed = map[string]string{
	"project": "projects", "policy": "policies", "agent": "agents", "shop-project": "projects", "shop-policy": "policies", "shop-agent": "agents",
}

// newNames returns a stack of a program with automatic names, and its API.
func newNames(t *testing.T) (*clitest.Stack, *localapi.Local) {
	t.Helper()
	local := localapi.Start(t, localapi.Options{})
	s := clitest.New(t, local, namesProgram, "PULUMI_EXPERIMENTAL=1")
	s.AddCanary("the password", "names-planted-password")
	return s, local
}

// configureAutonaming sets pulumi:autonaming in the configuration of the stack, as YAML.
func configureAutonaming(s *clitest.Stack, setting string) {
	s.Helper()
	content := ""
	if setting != "" {
		content = "config:\n  pulumi:autonaming:\n" + setting
	}
	file := filepath.Join(s.Dir, "Pulumi."+stacktest.Name+".yaml")
	existing, err := os.ReadFile(file)
	if err != nil {
		require.ErrorIs(s, err, os.ErrNotExist)
	}
	salt, _, _ := strings.Cut(string(existing), "config:\n")
	require.NoError(s, os.WriteFile(file, []byte(salt+content), 0o600))
}

// liveNames returns the names of the automatically named objects, by resource.
func liveNames(s *clitest.Stack, local *localapi.Local) map[string]string {
	s.Helper()
	state, names := s.State(), map[string]string{}
	for resource, collection := range autoNamed {
		for _, object := range local.Objects(collection) {
			if object["id"] == state[resource].ID {
				names[resource] = object["name"].(string)
			}
		}
	}
	return names
}

// namesOf returns the names of the objects that exist of the kinds with automatic names.
func namesOf(local *localapi.Local) (names []any) {
	for _, collection := range []string{"projects", "policies", "agents"} {
		for _, object := range local.Objects(collection) {
			names = append(names, object["name"])
		}
	}
	return names
}

// plannedNames returns the names in a saved plan, by resource.
func plannedNames(s *clitest.Stack, plan string) map[string]string {
	s.Helper()
	content, err := os.ReadFile(plan)
	require.NoError(s, err)
	var parsed struct {
		ResourcePlans map[string]struct {
			Goal struct {
				InputDiff struct{ Adds map[string]any }
			}
		}
	}
	require.NoError(s, json.Unmarshal(content, &parsed))
	names := map[string]string{}
	for urn, resource := range parsed.ResourcePlans {
		if name := urn[strings.LastIndex(urn, "::")+2:]; autoNamed[name] != "" {
			names[name], _ = resource.Goal.InputDiff.Adds["name"].(string)
		}
	}
	return names
}

// interruptCreates applies a plan, but loses the responses to the creates of policies, and
// returns what the state was before.
func interruptCreates(s *clitest.Stack, local *localapi.Local, plan string) (restore func()) {
	s.Helper()
	file := filepath.Join(s.Backend(), ".pulumi", "stacks", "names", stacktest.Name+".json")
	before, err := os.ReadFile(file)
	require.NoError(s, err)
	local.AddFault(localapi.Fault{Method: http.MethodPost, Path: "/v1/projects/*/policies", Drop: localapi.DropAfter})
	s.MustFail("up", "--yes", "--skip-preview", "--plan", plan)
	local.ClearFaults()
	require.NotEmpty(s, local.Objects("policies"))
	return func() { require.NoError(s, os.WriteFile(file, before, 0o600)) }
}

// TestPlanOfNewStack saves a plan in the first preview of a stack, which shows the names,
// and applies it: at once, on another machine than the one that has made it, and after the
// first attempt was interrupted, with and without the plan.
func TestPlanOfNewStack(t *testing.T) {
	t.Parallel()
	const withoutPlan = "again without the plan"
	for name, setting := range map[string]string{
		"default":            "",
		"proposed at random": "    pattern: ${name}_${hex(5)}\n",
		"enforced at random": "    pattern: ${name}_${hex(5)}\n    enforce: true\n",
	} {
		for next, apply := range map[string]func(s *clitest.Stack, local *localapi.Local, plan string){
			"at once": func(s *clitest.Stack, _ *localapi.Local, plan string) { s.Up("--skip-preview", "--plan", plan) },
			"on another machine": func(s *clitest.Stack, _ *localapi.Local, plan string) {
				require.NoError(s, os.RemoveAll(filepath.Join(s.Home(), "pgbeam")))
				s.Up("--skip-preview", "--plan", plan)
			},
			"again": func(s *clitest.Stack, local *localapi.Local, plan string) {
				interruptCreates(s, local, plan)
				s.Up("--skip-preview", "--plan", plan)
			},
			"again after the state was lost": func(s *clitest.Stack, local *localapi.Local, plan string) {
				restore := interruptCreates(s, local, plan)
				restore()
				s.Up("--skip-preview", "--plan", plan)
			},
			withoutPlan: func(s *clitest.Stack, local *localapi.Local, plan string) {
				interruptCreates(s, local, plan)
				sent := namesOf(local)
				s.Up("--skip-preview")
				assert.Subset(s, namesOf(local), sent)
			},
		} {
			// Random names differ only in what follows an interruption, and enforced ones hardly.
			if setting != "" && !strings.HasPrefix(next, "again") || strings.Contains(setting, "enforce") && next != "again" {
				continue
			}
			t.Run(name+"/"+next, func(t *testing.T) {
				t.Parallel()
				s, local := newNames(t)
				configureAutonaming(s, setting)
				plan := filepath.Join(t.TempDir(), "plan.json")
				s.Must("preview", "--save-plan", plan)
				planned := plannedNames(s, plan)
				for resource := range autoNamed {
					assert.Regexp(t, "^"+resource+"[-_][0-9a-f]+$", planned[resource])
				}
				apply(s, local, plan)
				s.AddCanaries()
				if next != withoutPlan || setting == "" { // what was not sent gets another random name
					assert.Equal(t, planned, liveNames(s, local))
				}
				assert.Len(t, namesOf(local), len(autoNamed))
				s.Up("--skip-preview", "--refresh", "--expect-no-changes")
				s.Must("destroy", "--yes", "--skip-preview")
				s.AssertEmpty()
			})
		}
	}
}

// TestFirstPreviewShowsNames requires that an update without a plan creates the names that
// the preview before it has shown.
func TestFirstPreviewShowsNames(t *testing.T) {
	t.Parallel()
	s, local := newNames(t)
	output := s.Must("preview", "--diff")
	s.Up("--skip-preview")
	s.AddCanaries()
	names := liveNames(s, local)
	assert.Len(t, names, len(autoNamed))
	for _, name := range names {
		assert.Contains(t, output, name)
	}
}

// TestAutonamingConfiguration deploys resources, and the children of a component, with
// each form of the stack's configuration. A later change of it renames nothing.
func TestAutonamingConfiguration(t *testing.T) {
	t.Parallel()
	const ownForm = "-[0-9a-f]{7}$"
	for name, test := range map[string]struct {
		setting string
		// expected is a regular expression, in which NAME is the logical name, and agents the one
		// of AgentCredential if that is another.
		expected, agents string
	}{
		"none":                 {expected: "^NAME" + ownForm},
		"default":              {setting: "    mode: default\n", expected: "^NAME" + ownForm},
		"verbatim":             {setting: "    mode: verbatim\n", expected: "^NAME$"},
		"pattern":              {setting: "    pattern: ${project}-${stack}-${name}\n", expected: "^names-test-NAME$"},
		"random pattern":       {setting: "    pattern: ${name}.${alphanum(4)}\n", expected: "^NAME\\.[0-9a-z]{4}$"},
		"enforced pattern":     {setting: "    pattern: ${stack}_${name}\n    enforce: true\n", expected: "^test_NAME$"},
		"proposal without fit": {setting: "    pattern: ${name}${hex(200)}\n", expected: "^NAME" + ownForm},
		"of the provider": {
			setting: "    mode: disabled\n    providers:\n      pgbeam:\n        mode: verbatim\n", expected: "^NAME$",
		},
		"of a type": {
			setting:  "    providers:\n      pgbeam:\n        pattern: ${name}-x\n        resources:\n          pgbeam:index:AgentCredential: { mode: verbatim }\n",
			expected: "^NAME-x$", agents: "^NAME$",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, local := newNames(t)
			configureAutonaming(s, test.setting)
			output := s.Up("--skip-preview")
			s.AddCanaries()
			assert.NotContains(t, output, "does not support autonaming")
			names := liveNames(s, local)
			assert.Len(t, names, len(autoNamed))
			for resource, actual := range names {
				expected := test.expected
				if test.agents != "" && autoNamed[resource] == "agents" {
					expected = test.agents
				}
				assert.Regexp(t, strings.ReplaceAll(expected, "NAME", resource), actual)
			}
			if name != "none" && name != "pattern" {
				return // what a name comes from makes no difference later
			}
			for _, later := range []string{"", "    mode: verbatim\n", "    mode: disabled\n", "    pattern: ${name}-later\n    enforce: true\n"} {
				configureAutonaming(s, later)
				s.Up("--skip-preview", "--expect-no-changes")
			}
			assert.Equal(t, names, liveNames(s, local))
		})
	}
}

// TestAutonamingIsRefused requires that a configuration that leads to no valid name fails
// in the preview, for the resources and for the children of a component.
func TestAutonamingIsRefused(t *testing.T) {
	t.Parallel()
	for setting, reason := range map[string]string{
		"    mode: disabled\n":                                 "name is required, because the stack's configuration disables automatic names (pulumi:autonaming)",
		"    pattern: ${name}${hex(200)}\n    enforce: true\n": "The stack's configuration enforces this name (pulumi:autonaming): change that, or set name",
	} {
		s, local := newNames(t)
		configureAutonaming(s, setting)
		for _, command := range [][]string{{"preview"}, {"up", "--yes", "--skip-preview"}} {
			output := s.MustFail(command...)
			assert.Contains(t, output, reason)
		}
		assert.Empty(t, local.Objects("projects"))
		s.WriteProgram(strings.ReplaceAll(namesProgram, "orgId: org_local", "orgId: org_local\n      name: set"))
		output := s.MustFail("preview")
		assert.Contains(t, output, "pgbeam:index:PolicyProfile (policy)")
		assert.NotContains(t, output, "pgbeam:index:Project (project)")
		assert.NotContains(t, output, "<nil>")
	}
}

// TestReplacementUnderAVerbatimName replaces a credential whose name is always the same, as
// the API requires: the old one is deleted first.
func TestReplacementUnderAVerbatimName(t *testing.T) {
	t.Parallel()
	s, local := newNames(t)
	configureAutonaming(s, "    mode: verbatim\n")
	s.Up("--skip-preview")
	s.AddCanaries()
	for _, replace := range []func(urn string){
		func(string) {
			s.WriteProgram(strings.ReplaceAll(namesProgram, `policyProfileId: "${policy.id}" }`, `policyProfileId: "${policy.id}", principalType: human }`))
			s.Up("--skip-preview")
		},
		func(urn string) { s.Up("--skip-preview", "--replace", urn) },
	} {
		before := s.State()["agent"]
		replace(before.URN)
		s.AddCanaries()
		assert.NotEqual(t, before.ID, s.State()["agent"].ID)
		assert.Equal(t, "agent", liveNames(s, local)["agent"])
		assert.Len(t, local.Objects("agents"), 2)
	}
	s.Up("--skip-preview", "--refresh", "--expect-no-changes")
}

// TestPlanOfStackWithTheSameName deploys a program from two stacks with the same name in
// different backends, which have the same first names. The second stack gets others, also
// with a plan. An output that shows the name then violates the plan, which Pulumi finds
// once everything is created.
func TestPlanOfStackWithTheSameName(t *testing.T) {
	t.Parallel()
	first, local := newNames(t)
	first.Up("--skip-preview")
	first.AddCanaries()
	second := clitest.New(t, local, namesProgram+"outputs: { name: \"${project.name}\" }\n", "PULUMI_EXPERIMENTAL=1")
	second.AddCanary("the password", "names-planted-password")
	plan := filepath.Join(t.TempDir(), "plan.json")
	second.Must("preview", "--save-plan", plan)
	planned := plannedNames(second, plan)
	assert.Equal(t, liveNames(first, local), planned)

	output := second.MustFail("up", "--yes", "--skip-preview", "--plan", plan)
	second.AddCanaries()
	assert.Contains(t, output, `The automatic name of Project "project" is taken by `+first.State()["project"].ID)
	names := liveNames(second, local)
	assert.Len(t, names, len(autoNamed), "every object is in the state")
	assert.NotEqual(t, planned["project"], names["project"])
	second.Up("--skip-preview")
	assert.Equal(t, names["project"], second.Outputs()["name"])
	assert.Equal(t, names, liveNames(second, local))
	for _, s := range []*clitest.Stack{first, second} {
		s.Up("--skip-preview", "--refresh", "--expect-no-changes")
		s.Must("destroy", "--yes", "--skip-preview")
	}
	first.AssertEmpty()
}
