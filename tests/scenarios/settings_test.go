// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"fmt"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

// TestRenamedSettingKeepsItsValue renames a resource without an alias: the engine
// creates it under the new name and deletes it under the old one.
func TestRenamedSettingKeepsItsValue(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.IsSetting, func(c *scenario.Case) {
		inputs := c.SettingInputs()
		old := c.Create(c.Kind.Name, "old", inputs)
		run := c.Engine.Run()
		renamed := c.New("new")
		run.MustUp(renamed, inputs)
		require.NoError(c, run.Delete(old))
		c.AssertSetting(c.SettingLive())
		c.RequireNoChanges(renamed, inputs)
		c.Refresh(renamed)
		c.RequireNoChanges(renamed, inputs)

		require.NoError(c, c.Engine.Delete(renamed))
		c.AssertSetting(nil)
	})
}

// TestReplacedSettingKeepsItsValue replaces a resource with either order of create
// and delete, and with a delete that was left pending by an earlier run.
func TestReplacedSettingKeepsItsValue(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.IsSetting, func(c *scenario.Case) {
		inputs, other := c.SettingInputs(), c.OtherSettingInputs()
		for _, deleteBeforeReplace := range []bool{false, true} {
			resource := c.CreateFull("thing")
			result := c.Engine.ForceReplace(resource, enginetest.Inputs(inputs), deleteBeforeReplace)
			require.Empty(c, result.Failures)
			require.NoError(c, result.Err)
			c.AssertSetting(c.SettingLive())
			c.RequireNoChanges(resource, inputs)
		}
		resource := c.CreateFull("thing")
		run := c.Engine.Run()
		pending := *resource
		run.MustUp(resource, inputs) // without changes
		require.NoError(c, run.Delete(&pending))
		c.AssertSetting(c.SettingLive())

		// A replacement with another value requires a delete first. Otherwise nothing
		// shows that the value in the API belongs to the resource.
		rejected := *resource
		result := c.Engine.ForceReplace(&rejected, enginetest.Inputs(other), false)
		require.ErrorContains(c, result.Err, "`deleteBeforeReplace`")
		c.AssertSetting(c.SettingLive())
		result = c.Engine.ForceReplace(resource, enginetest.Inputs(other), true)
		require.NoError(c, result.Err)
		c.AssertSetting(c.OtherSettingLive())
		c.Up(resource, inputs)

		// With a replacement trigger, the engine calls Diff before it replaces.
		run = c.Engine.Run()
		old := *resource
		run.Preview(resource, enginetest.Inputs(inputs))
		replacement := c.New("thing")
		run.Check(resource, enginetest.Inputs(other))
		run.MustUp(replacement, other)
		require.NoError(c, run.Delete(&old))
		c.AssertSetting(c.OtherSettingLive())
	})
}

// TestDeleteClearsOnlyItsOwnValue deletes a resource whose value was changed
// outside of Pulumi, and one whose value is cleared already.
func TestDeleteClearsOnlyItsOwnValue(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.IsSetting, func(c *scenario.Case) {
		resource := c.CreateFull("thing")
		c.Edit(resource, c.Kind.Setting.Field, c.OtherSettingLive())
		deleted := *resource
		require.NoError(c, c.Engine.Delete(&deleted))
		c.AssertSetting(c.OtherSettingLive())

		c.Edit(resource, c.Kind.Setting.Field, c.SettingLive())
		require.NoError(c, c.Engine.Delete(resource))
		c.AssertSetting(nil)
		c.Local.ResetRequests()
		require.NoError(c, c.Engine.Delete(resource))
		reads := 1
		if c.Kind.Setting.IsObject {
			reads++ // the organizations of the API key, since an object is missing
		}
		assert.Equal(c, reads, c.Local.Count("GET", ""))
		assert.Len(c, c.Local.Requests(), reads, "no write")
	})
}

// TestUpAfterLostUpdateResponse loses the response to an update. The next update
// completes it, and a delete before that keeps the value, which may belong to
// another program.
func TestUpAfterLostUpdateResponse(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.IsSetting, func(c *scenario.Case) {
		other := c.OtherSettingInputs()
		resource := c.CreateFull("thing")
		before := *resource
		c.Local.AddFault(localapi.Fault{Method: "PUT", Drop: localapi.DropAfter})
		c.Local.AddFault(localapi.Fault{Method: "PATCH", Drop: localapi.DropAfter})
		result := c.Engine.Up(resource, enginetest.Inputs(other))
		require.Error(c, result.Err)
		assert.Equal(c, before, *resource)
		c.Local.ClearFaults()
		c.AssertSetting(c.OtherSettingLive())
		require.NoError(c, c.Engine.Delete(&before))
		c.AssertSetting(c.OtherSettingLive())

		c.Up(resource, other)
		c.RequireNoChanges(resource, other)
		require.NoError(c, c.Engine.Delete(resource))
		c.AssertSetting(nil)
	})
}

// TestCreateOfSettingDoesNotOverwrite creates a resource while the API has another
// value. The error says how to import it, and an import keeps the value.
func TestCreateOfSettingDoesNotOverwrite(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.IsSetting, func(c *scenario.Case) {
		elsewhere := c.Create(c.Kind.Name, "elsewhere", c.OtherSettingInputs())
		c.Local.ResetRequests()
		resource := c.New("thing")
		result := c.Engine.Up(resource, enginetest.Inputs(c.SettingInputs()))
		require.Error(c, result.Err)
		assert.Empty(c, resource.ID)
		assert.Len(c, c.Local.Requests(), 1, "one read and no write")
		c.AssertSetting(c.OtherSettingLive())
		importID := c.ImportID(elsewhere)
		message := result.Err.Error()
		assert.Contains(c, message, `creating `+c.Kind.Name+` "thing"`)
		assert.Regexp(c, `\b`+fmt.Sprint(c.OtherSettingLive())+`\b`, message, "the value in the API")
		assert.Contains(c, message, "pulumi import pgbeam:index:"+c.Kind.Name+" thing "+importID)
		assert.Regexp(c, "aliases.*pulumi import", message, "an alias is the first suggestion")

		// An import of a value that the state has under another name loses nothing.
		imported, err := c.Engine.Import(c.Kind.Name, "thing", importID)
		require.NoError(c, err)
		require.NotNil(c, imported)
		run := c.Engine.Run()
		run.MustUp(imported, c.SettingInputs())
		require.NoError(c, run.Delete(elsewhere))
		c.AssertSetting(c.SettingLive())
		c.RequireNoChanges(imported, c.SettingInputs())
	})
}

// TestCreateOfEqualSettingSucceeds repeats a create, as a run does after one that
// was interrupted.
func TestCreateOfEqualSettingSucceeds(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.IsSetting, func(c *scenario.Case) {
		c.CreateFull("thing")
		again := c.CreateFull("thing")
		c.AssertSetting(c.SettingLive())
		c.RequireNoChanges(again, c.SettingInputs())
	})
}

// TestConflictNamesTheResourceInTheState requires that the error does not suggest
// an import if another resource of the stack has the value.
func TestConflictNamesTheResourceInTheState(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.IsSetting, func(c *scenario.Case) {
		old := c.Create(c.Kind.Name, "old", c.OtherSettingInputs())
		run := c.Engine.Run()
		_, err := run.Refresh(old)
		require.NoError(c, err)
		result := run.Up(c.New("new"), enginetest.Inputs(c.SettingInputs()))
		require.Error(c, result.Err)
		assert.Contains(c, result.Err.Error(), c.Kind.Name+` "old"`)
		assert.Contains(c, result.Err.Error(), "aliases")
		assert.NotContains(c, result.Err.Error(), "pulumi import")
	})
}

// TestDefaultPolicyMovesBetweenResources sets the default policy by a Project and
// by a ProjectDefaultPolicy. If one of them stops setting it, the value of the
// other one remains.
func TestDefaultPolicyMovesBetweenResources(t *testing.T) {
	t.Parallel()
	type fixture struct {
		*enginetest.Env
		project, binding *enginetest.Resource
		// Inputs of the project without and with the policy, and of the binding.
		withoutPolicy, withPolicy, bindingInputs object
		policy                                   string
		createBinding, setInProject              func()
		assertDefault                            func(expected any)
	}
	for name, run := range map[string]func(f fixture){
		"from the binding to the project": func(f fixture) {
			f.createBinding()
			run := f.Engine.Run()
			run.MustUp(f.project, f.withPolicy)
			require.NoError(f, run.Delete(f.binding))
			f.assertDefault(f.policy)
		},
		"from the project to the binding": func(f fixture) {
			f.setInProject()
			run := f.Engine.Run()
			run.MustUp(f.project, f.withoutPolicy)
			f.assertDefault(nil)
			run.MustUp(f.binding, f.bindingInputs)
			f.assertDefault(f.policy)
		},
		"removed from the project, which is updated first": func(f fixture) {
			f.createBinding()
			f.setInProject()
			preview := f.Engine.Run()
			assert.Equal(f, enginetest.Update, preview.Preview(f.project, enginetest.Inputs(f.withoutPolicy)).Op)
			assert.Equal(f, enginetest.Update, preview.Preview(f.binding, enginetest.Inputs(f.bindingInputs)).Op, "the preview plans to set it again")
			run := f.Engine.Run()
			run.MustUp(f.project, f.withoutPolicy)
			run.MustUp(f.binding, f.bindingInputs)
			f.assertDefault(f.policy)
		},
		"removed from the project, which is updated last": func(f fixture) {
			f.createBinding()
			f.setInProject()
			run := f.Engine.Run()
			run.MustUp(f.binding, f.bindingInputs)
			run.MustUp(f.project, f.withoutPolicy)
			f.assertDefault(f.policy)
		},
		"the binding is deleted, and the project keeps it": func(f fixture) {
			f.createBinding()
			f.setInProject()
			run := f.Engine.Run()
			run.MustUp(f.project, f.withPolicy)
			require.NoError(f, run.Delete(f.binding))
			f.assertDefault(f.policy)
		},
		"removed from both": func(f fixture) {
			f.createBinding()
			f.setInProject()
			run := f.Engine.Run()
			run.MustUp(f.project, f.withoutPolicy)
			require.NoError(f, run.Delete(f.binding))
			f.assertDefault(nil)
		},
		"both are imported, and only the binding sets it": func(f fixture) {
			f.createBinding()
			project, err := f.Engine.Import("Project", "parent", f.project.ID)
			require.NoError(f, err)
			binding, err := f.Engine.Import("ProjectDefaultPolicy", "binding", f.project.ID)
			require.NoError(f, err)
			for _, projectFirst := range []bool{true, false} {
				importedProject, importedBinding := *project, *binding
				run := f.Engine.Run()
				if !projectFirst {
					run.MustUp(&importedBinding, f.bindingInputs)
				}
				run.MustUp(&importedProject, f.withoutPolicy)
				if projectFirst {
					run.MustUp(&importedBinding, f.bindingInputs)
				}
				f.assertDefault(f.policy)
			}
		},
		"imported projects repeat it, and then omit it": func(f fixture) {
			f.createBinding()
			for _, withBinding := range []bool{true, false} {
				project, err := f.Engine.Import("Project", "parent", f.project.ID)
				require.NoError(f, err)
				assert.Equal(f, enginetest.Update, f.Engine.Up(project, enginetest.Inputs(f.withPolicy)).Op, "the password is sent")
				f.RequireNoChanges(project, f.withPolicy)
				f.Up(project, f.withPolicy)
				for range 2 { // in the order of the references: the project comes first
					f.Local.ResetRequests()
					run := f.Engine.Run()
					f.RequireNoChanges(project, f.withoutPolicy)
					run.MustUp(project, f.withoutPolicy)
					if withBinding {
						run.MustUp(f.binding, f.bindingInputs)
					}
					assert.Empty(f, f.Local.Requests(), "the project never is without it")
					f.assertDefault(f.policy)
				}
				f.Refresh(project)
				f.RequireNoChanges(project, f.withoutPolicy)
			}
		},
		"an imported project sets another one, and then none": func(f fixture) {
			f.createBinding()
			project, err := f.Engine.Import("Project", "parent", f.project.ID)
			require.NoError(f, err)
			another := f.Policy(f.project, "another").ID
			f.Up(project, scenario.Merge(f.withoutPolicy, object{"defaultPolicyProfileId": another}))
			f.assertDefault(another)
			f.Up(project, f.withoutPolicy)
			f.assertDefault(nil)
		},
		"an imported project removes it": func(f fixture) {
			f.createBinding()
			project, err := f.Engine.Import("Project", "parent", f.project.ID)
			require.NoError(f, err)
			f.Up(project, scenario.Merge(f.withoutPolicy, object{"defaultPolicyProfileId": ""}))
			f.assertDefault(nil)
		},
		"only the project is imported, and does not set it": func(f fixture) {
			f.createBinding()
			project, err := f.Engine.Import("Project", "parent", f.project.ID)
			require.NoError(f, err)
			f.Engine.Run().MustUp(project, f.withoutPolicy)
			f.assertDefault(f.policy)
		},
	} {
		for behaviourName, behaviour := range scenario.Behaviours {
			t.Run(name+"/"+behaviourName, func(t *testing.T) {
				t.Parallel()
				env := enginetest.NewEnv(t, localapi.Options{Behaviour: behaviour})
				f := fixture{Env: env, project: env.Project(), binding: &enginetest.Resource{Kind: "ProjectDefaultPolicy", Name: "binding"}}
				f.policy = env.Policy(f.project, "strict").ID
				f.withoutPolicy = object{"orgId": env.Local.OrgID, "name": "parent", "database": enginetest.DatabaseInputs}
				f.withPolicy = scenario.Merge(f.withoutPolicy, object{"defaultPolicyProfileId": f.policy})
				f.bindingInputs = object{"projectId": f.project.ID, "policyProfileId": f.policy}
				f.createBinding = func() { env.Engine.MustUp(f.binding, f.bindingInputs) }
				f.setInProject = func() { env.Engine.MustUp(f.project, f.withPolicy) }
				f.assertDefault = func(expected any) {
					env.Helper()
					assert.Equal(env, expected, env.Local.Objects("projects")[0]["default_policy_profile_id"])
				}
				run(f)
			})
		}
	}
}

// TestImportUnderAnotherNameKeepsTheObject imports an object that the state has
// under another name, which the program no longer has. The object is deleted only
// when both are.
func TestImportUnderAnotherNameKeepsTheObject(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.IsObject, func(c *scenario.Case) {
		inputs := c.Inputs(c.Kind.Full)
		old := c.CreateFull("old")
		imported, err := c.Engine.Import(c.Kind.Name, "new", c.ImportID(old))
		require.NoError(c, err)
		require.NotNil(c, imported)
		for _, importOption := range []bool{true, false} {
			// With the resource option `import`, the engine reads before it calls Diff.
			run := c.Engine.Run()
			if importOption {
				imported, err = run.Import(c.Kind.Name, "new", c.ImportID(old))
				require.NoError(c, err)
			}
			result := run.Up(imported, enginetest.Inputs(inputs))
			require.NoError(c, result.Err)
			require.NotEqual(c, enginetest.Replace, result.Op)
			deleted := *old
			require.NoError(c, run.Delete(&deleted))
			c.LiveObject(imported)
		}
		// `pulumi destroy --refresh` calls Diff with what it has read.
		run := c.Engine.Run()
		for _, resource := range []*enginetest.Resource{old, imported} {
			_, err := run.Refresh(resource)
			require.NoError(c, err)
			_, err = run.Server.Diff(p.DiffRequest{
				ID: resource.ID, Urn: resource.URN(), State: resource.State, OldInputs: resource.Inputs, Inputs: resource.Inputs,
			})
			require.NoError(c, err)
		}
		require.NoError(c, run.Delete(old))
		require.NoError(c, run.Delete(imported))
		exists, err := c.Engine.Refresh(imported)
		require.NoError(c, err)
		assert.False(c, exists)
	})
}

// TestCreatedObjectIsNotDeletedInTheSameRun forces a replacement on a machine
// whose journal does not have the create, so that the API responds with the
// existing object, even within a second of its creation.
func TestCreatedObjectIsNotDeletedInTheSameRun(t *testing.T) {
	forEachCreate(t, func(c *scenario.Case, inputs object) {
		start := func() *enginetest.Process {
			return enginetest.StartProcess(c, c.Local, enginetest.Run{ProviderID: "provider-1", Journal: c.TempDir()}, provider.Options{})
		}
		old := c.New("thing")
		start().MustUp(old, inputs)
		elsewhere := start()
		same := c.New("thing")
		if !upElsewhere(c, elsewhere, same, inputs) {
			return
		}
		require.Equal(c, old.ID, same.ID)
		require.NoError(c, elsewhere.Delete(old))
		c.LiveObject(same)
		exists, err := start().Refresh(same)
		require.NoError(c, err)
		assert.True(c, exists)
	})
}
