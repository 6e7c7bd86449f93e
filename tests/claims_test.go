// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"cmp"
	"slices"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// singleton is a kind that is a setting of the API, and two values for it.
type singleton struct {
	row
	// value and another are inputs, and what the API then holds in field.
	value, another    object
	field             string
	live, anotherLive any
	cleared           any
	parentInputs      object
}

// singletonOf returns the values for one with parents.
func singletonOf(w *world, r row, parents object) singleton {
	w.Helper()
	s := singleton{row: r, value: with(parents, r.most), parentInputs: parents}
	switch r.kind {
	case "SpendLimit":
		s.field, s.live = "spend_limit", 500.5
		s.another, s.anotherLive = with(s.value, object{"spendLimit": 700}), 700.0
	case "CacheRule":
		s.field, s.live, s.cleared = "cache_ttl_seconds", 300.0, nil
		s.another, s.anotherLive = with(s.value, object{"cacheTtlSeconds": 60}), 60.0
	case "ProjectDefaultPolicy":
		policies := w.Local.Objects("policies")
		other := policies[slices.IndexFunc(policies, func(o map[string]any) bool { return o["name"] == "other" })]["id"]
		s.field, s.live = "default_policy_profile_id", parents["policyProfileId"]
		s.another, s.anotherLive = with(s.value, object{"policyProfileId": other}), other
	default:
		require.Fail(w, "no values", r.kind)
	}
	return s
}

// id is the ID by which the local API finds the object of the setting.
func (s singleton) id(resource *enginetest.Resource) string {
	if s.editID != nil {
		return s.editID(s.parentInputs)
	}
	return resource.ID
}

func (s singleton) assertLive(w *world, expected any) {
	w.Helper()
	idField, id := cmp.Or(s.idField, "id"), cmp.Or(s.value["queryHash"], s.value["projectId"], s.value["orgId"])
	for _, live := range w.Local.Objects(s.list) {
		if live[idField] == id {
			assert.Equal(w, expected, live[s.field])
			return
		}
	}
	assert.Fail(w, "no live object")
}

// eachSingleton runs a scenario for every kind that is a setting, with each
// behaviour of the API. The list of resources says which those are.
func eachSingleton(t *testing.T, scenario func(w *world, s singleton)) {
	t.Parallel()
	found := 0
	for _, served := range resources.All() {
		if served.Setting == nil || !served.Setting.Singleton {
			continue
		}
		found++
		for name, behaviour := range behaviours {
			t.Run(served.Kind()+"/"+name, func(t *testing.T) {
				t.Parallel()
				w := enginetest.NewEnv(t, localapi.Options{Behaviour: behaviour})
				r := rowOf(served.Kind())
				s := singletonOf(w, r, r.parents(w))
				w.Local.ResetRequests()
				scenario(w, s)
			})
		}
	}
	assert.Equal(t, 3, found)
}

// TestRenamedSettingKeepsItsValue: the engine creates it under the new name and
// then deletes it under the old one.
func TestRenamedSettingKeepsItsValue(t *testing.T) {
	eachSingleton(t, func(w *world, s singleton) {
		old := w.Create(s.kind, "old", s.value)
		run := w.Engine.Run()
		renamed := &enginetest.Resource{Kind: s.kind, Name: "new"}
		run.MustUp(renamed, s.value)
		require.NoError(w, run.Delete(old))
		s.assertLive(w, s.live)
		w.RequireNoChanges(renamed, s.value)
		w.Refresh(renamed)
		w.RequireNoChanges(renamed, s.value)

		require.NoError(w, w.Engine.Delete(renamed))
		s.assertLive(w, s.cleared)
	})
}

// TestReplacedSettingKeepsItsValue, in whichever order the engine deletes and
// creates, also when what was to be deleted is left to the next run.
func TestReplacedSettingKeepsItsValue(t *testing.T) {
	eachSingleton(t, func(w *world, s singleton) {
		for _, deleteBeforeReplace := range []bool{false, true} {
			resource := w.Create(s.kind, "thing", s.value)
			result := w.Engine.ForceReplace(resource, enginetest.Inputs(s.value), deleteBeforeReplace)
			require.Empty(w, result.Failures)
			require.NoError(w, result.Err)
			s.assertLive(w, s.live)
			w.RequireNoChanges(resource, s.value)
		}
		resource := w.Create(s.kind, "thing", s.value)
		run := w.Engine.Run()
		pending := *resource
		run.MustUp(resource, s.value) // without changes
		require.NoError(w, run.Delete(&pending))
		s.assertLive(w, s.live)

		// Of another value, the engine has to delete first: else nothing shows that the
		// value in the API is that of the resource itself.
		refused := *resource
		result := w.Engine.ForceReplace(&refused, enginetest.Inputs(s.another), false)
		require.ErrorContains(w, result.Err, "`deleteBeforeReplace`")
		s.assertLive(w, s.live)
		result = w.Engine.ForceReplace(resource, enginetest.Inputs(s.another), true)
		require.NoError(w, result.Err)
		s.assertLive(w, s.anotherLive)
		w.Up(resource, s.value)

		// With a replacement trigger, the engine compares before it replaces.
		run = w.Engine.Run()
		old := *resource
		run.Preview(resource, enginetest.Inputs(s.value))
		replacement := &enginetest.Resource{Kind: s.kind, Name: "thing"}
		run.Check(resource, enginetest.Inputs(s.another))
		run.MustUp(replacement, s.another)
		require.NoError(w, run.Delete(&old))
		s.assertLive(w, s.anotherLive)
	})
}

// TestDeleteClearsOnlyItsOwnValue: what somebody else has set since stays, and
// nothing is written where there is nothing to clear.
func TestDeleteClearsOnlyItsOwnValue(t *testing.T) {
	eachSingleton(t, func(w *world, s singleton) {
		resource := w.Create(s.kind, "thing", s.value)
		require.NoError(w, w.Local.Edit(s.list, s.id(resource), object{s.field: s.anotherLive}))
		deleted := *resource
		require.NoError(w, w.Engine.Delete(&deleted))
		s.assertLive(w, s.anotherLive)

		require.NoError(w, w.Local.Edit(s.list, s.id(resource), object{s.field: s.live}))
		require.NoError(w, w.Engine.Delete(resource))
		s.assertLive(w, s.cleared)
		w.Local.ResetRequests()
		require.NoError(w, w.Engine.Delete(resource))
		assert.Len(w, w.Local.Requests(), 1, "one read, and no write")
	})
}

// TestUpdateWhoseAnswerIsLost: the next update makes state and API agree. A delete
// before that leaves the value alone, which may be somebody else's.
func TestUpdateWhoseAnswerIsLost(t *testing.T) {
	eachSingleton(t, func(w *world, s singleton) {
		resource := w.Create(s.kind, "thing", s.value)
		before := *resource
		w.Local.AddFault(localapi.Fault{Method: "PUT", Drop: localapi.DropAfter})
		w.Local.AddFault(localapi.Fault{Method: "PATCH", Drop: localapi.DropAfter})
		result := w.Engine.Up(resource, enginetest.Inputs(s.another))
		require.Error(w, result.Err)
		assert.Equal(w, before, *resource)
		w.Local.ClearFaults()
		s.assertLive(w, s.anotherLive)
		require.NoError(w, w.Engine.Delete(&before))
		s.assertLive(w, s.anotherLive)

		w.Up(resource, s.another)
		w.RequireNoChanges(resource, s.another)
		require.NoError(w, w.Engine.Delete(resource))
		s.assertLive(w, s.cleared)
	})
}

// TestCreateDoesNotOverwrite what somebody else has set, and says what to do:
// who does that keeps the value.
func TestCreateDoesNotOverwrite(t *testing.T) {
	eachSingleton(t, func(w *world, s singleton) {
		elsewhere := w.Create(s.kind, "elsewhere", s.another)
		w.Local.ResetRequests()
		resource := &enginetest.Resource{Kind: s.kind, Name: "thing"}
		result := w.Engine.Up(resource, enginetest.Inputs(s.value))
		require.Error(w, result.Err)
		assert.Empty(w, resource.ID)
		assert.Len(w, w.Local.Requests(), 1, "one read, and no write")
		s.assertLive(w, s.anotherLive)
		importID := s.importID(elsewhere, s.parentInputs)
		said := result.Err.Error()
		assert.Contains(w, said, `creating `+s.kind+` "thing"`)
		if text, isText := s.anotherLive.(string); isText {
			assert.Contains(w, said, text, "the value")
		} else {
			assert.Regexp(w, `\b(700|60)\b`, said, "the value")
		}
		assert.Contains(w, said, "pulumi import pgbeam:index:"+s.kind+" thing "+importID)
		assert.Regexp(w, "aliases.*pulumi import", said, "an alias comes first")

		// Whoever imports what the state has under another name loses nothing.
		imported, err := w.Engine.Import(s.kind, "thing", importID)
		require.NoError(w, err)
		require.NotNil(w, imported)
		run := w.Engine.Run()
		run.MustUp(imported, s.value)
		require.NoError(w, run.Delete(elsewhere))
		s.assertLive(w, s.live)
		w.RequireNoChanges(imported, s.value)
	})
}

// TestCreateOfWhatIsThereAlready passes: it may be repeated after it was cut off.
func TestCreateOfWhatIsThereAlready(t *testing.T) {
	eachSingleton(t, func(w *world, s singleton) {
		w.Create(s.kind, "thing", s.value)
		again := w.Create(s.kind, "thing", s.value)
		s.assertLive(w, s.live)
		w.RequireNoChanges(again, s.value)
	})
}

// TestRefusalNamesTheResourceInTheState: where the plugin was shown that another
// resource of the stack has the value, an import is not proposed.
func TestRefusalNamesTheResourceInTheState(t *testing.T) {
	eachSingleton(t, func(w *world, s singleton) {
		old := w.Create(s.kind, "old", s.another)
		run := w.Engine.Run()
		_, err := run.Refresh(old)
		require.NoError(w, err)
		result := run.Up(&enginetest.Resource{Kind: s.kind, Name: "new"}, enginetest.Inputs(s.value))
		require.Error(w, result.Err)
		assert.Contains(w, result.Err.Error(), s.kind+` "old"`)
		assert.Contains(w, result.Err.Error(), "aliases")
		assert.NotContains(w, result.Err.Error(), "pulumi import")
	})
}

// TestDefaultPolicyMovesBetweenResources: a Project and a ProjectDefaultPolicy
// can both set it, and whichever lets go of it, the other one's value stays.
func TestDefaultPolicyMovesBetweenResources(t *testing.T) {
	t.Parallel()
	type fixture struct {
		*world
		project, tie                  *enginetest.Resource
		without, withIt, tieInputs    object
		policy                        string
		assertDefault                 func(expected any)
		createTie, createdWithDefault func()
	}
	for name, scenario := range map[string]func(s fixture){
		"from the tie to the project": func(s fixture) {
			s.createTie()
			run := s.Engine.Run()
			run.MustUp(s.project, s.withIt)
			require.NoError(s, run.Delete(s.tie))
			s.assertDefault(s.policy)
		},
		"from the project to the tie": func(s fixture) {
			s.createdWithDefault()
			run := s.Engine.Run()
			run.MustUp(s.project, s.without)
			s.assertDefault(nil)
			run.MustUp(s.tie, s.tieInputs)
			s.assertDefault(s.policy)
		},
		"out of the project, which is updated first": func(s fixture) {
			s.createTie()
			s.createdWithDefault()
			preview := s.Engine.Run()
			assert.Equal(s, enginetest.Update, preview.Preview(s.project, enginetest.Inputs(s.without)).Op)
			assert.Equal(s, enginetest.Update, preview.Preview(s.tie, enginetest.Inputs(s.tieInputs)).Op, "the preview shows that it is set again")
			run := s.Engine.Run()
			run.MustUp(s.project, s.without)
			run.MustUp(s.tie, s.tieInputs)
			s.assertDefault(s.policy)
		},
		"out of the project, which is updated last": func(s fixture) {
			s.createTie()
			s.createdWithDefault()
			run := s.Engine.Run()
			run.MustUp(s.tie, s.tieInputs)
			run.MustUp(s.project, s.without)
			s.assertDefault(s.policy)
		},
		"the tie goes, and the project keeps it": func(s fixture) {
			s.createTie()
			s.createdWithDefault()
			run := s.Engine.Run()
			run.MustUp(s.project, s.withIt)
			require.NoError(s, run.Delete(s.tie))
			s.assertDefault(s.policy)
		},
		"both go": func(s fixture) {
			s.createTie()
			s.createdWithDefault()
			run := s.Engine.Run()
			run.MustUp(s.project, s.without)
			require.NoError(s, run.Delete(s.tie))
			s.assertDefault(nil)
		},
		"both are imported, and the tie alone is given": func(s fixture) {
			s.createTie()
			project, err := s.Engine.Import("Project", "parent", s.project.ID)
			require.NoError(s, err)
			tie, err := s.Engine.Import("ProjectDefaultPolicy", "tie", s.project.ID)
			require.NoError(s, err)
			for _, projectFirst := range []bool{true, false} {
				imported, importedTie := *project, *tie
				run := s.Engine.Run()
				if !projectFirst {
					run.MustUp(&importedTie, s.tieInputs)
				}
				run.MustUp(&imported, s.without)
				if projectFirst {
					run.MustUp(&importedTie, s.tieInputs)
				}
				s.assertDefault(s.policy)
			}
		},
		"the project alone is imported, and does not give it": func(s fixture) {
			s.createTie()
			project, err := s.Engine.Import("Project", "parent", s.project.ID)
			require.NoError(s, err)
			s.Engine.Run().MustUp(project, s.without)
			s.assertDefault(s.policy)
		},
	} {
		for behaviourName, behaviour := range behaviours {
			t.Run(name+"/"+behaviourName, func(t *testing.T) {
				t.Parallel()
				w := enginetest.NewEnv(t, localapi.Options{Behaviour: behaviour})
				s := fixture{world: w, project: w.Project(), tie: &enginetest.Resource{Kind: "ProjectDefaultPolicy", Name: "tie"}}
				s.policy = w.Policy(s.project, "strict").ID
				s.without = object{"orgId": w.Local.OrgID, "name": "parent", "database": databaseInputs}
				s.withIt = with(s.without, object{"defaultPolicyProfileId": s.policy})
				s.tieInputs = object{"projectId": s.project.ID, "policyProfileId": s.policy}
				s.createTie = func() { w.Engine.MustUp(s.tie, s.tieInputs) }
				s.createdWithDefault = func() { w.Engine.MustUp(s.project, s.withIt) }
				s.assertDefault = func(expected any) {
					w.Helper()
					assert.Equal(w, expected, w.Local.Objects("projects")[0]["default_policy_profile_id"])
				}
				scenario(s)
			})
		}
	}
}

// TestImportUnderAnotherNameKeepsTheObject: whoever imports an object that the
// state has under another name, and takes that name out of the program, keeps it.
// When both are deleted, it goes.
func TestImportUnderAnotherNameKeepsTheObject(t *testing.T) {
	t.Parallel()
	each(t, func(w *world, r row, parents object) {
		if !byPost(r) {
			w.Skip("it is no object of its own: TestCreateDoesNotOverwrite")
		}
		inputs := with(parents, r.most)
		old := w.Create(r.kind, "old", inputs)
		imported, err := w.Engine.Import(r.kind, "new", r.importID(old, parents))
		require.NoError(w, err)
		require.NotNil(w, imported)
		for _, imports := range []bool{true, false} {
			// With the resource option `import`, the engine reads before it compares.
			run := w.Engine.Run()
			if imports {
				imported, err = run.Import(r.kind, "new", r.importID(old, parents))
				require.NoError(w, err)
			}
			result := run.Up(imported, enginetest.Inputs(inputs))
			require.NoError(w, result.Err)
			require.NotEqual(w, enginetest.Replace, result.Op)
			deleted := *old
			require.NoError(w, run.Delete(&deleted))
			liveObject(w, r, imported)
		}
		// `pulumi destroy --refresh`, which compares what it has read.
		run := w.Engine.Run()
		for _, resource := range []*enginetest.Resource{old, imported} {
			_, err := run.Refresh(resource)
			require.NoError(w, err)
			_, err = run.Server.Diff(p.DiffRequest{
				ID: resource.ID, Urn: resource.URN(), State: resource.State, OldInputs: resource.Inputs, Inputs: resource.Inputs,
			})
			require.NoError(w, err)
		}
		require.NoError(w, run.Delete(old))
		require.NoError(w, run.Delete(imported))
		exists, err := w.Engine.Refresh(imported)
		require.NoError(w, err)
		assert.False(w, exists)
	})
}

// TestWhatIsCreatedIsNotDeleted: not even where the answer does not show that it
// was there before, as within a second of the creation.
func TestWhatIsCreatedIsNotDeleted(t *testing.T) {
	t.Parallel()
	eachCreated(t, func(w *world, r row, inputs object, _ *clock) {
		old := &enginetest.Resource{Kind: r.kind, Name: "thing"}
		start(w, "provider-1", w.TempDir()).MustUp(old, inputs)
		// A forced replacement, on a machine that does not know of the creation.
		elsewhere := start(w, "provider-1", w.TempDir())
		same := &enginetest.Resource{Kind: r.kind, Name: "thing"}
		elsewhere.MustUp(same, inputs)
		require.Equal(w, old.ID, same.ID)
		require.NoError(w, elsewhere.Delete(old))
		liveObject(w, r, same)
		exists, err := start(w, "provider-1", w.TempDir()).Refresh(same)
		require.NoError(w, err)
		assert.True(w, exists)
	})
}
