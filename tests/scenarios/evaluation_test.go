// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"os"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

// assertRequests fails unless these requests were sent since the last call, and no others.
func assertRequests(c *scenario.EvaluationCase, reads, evaluations int, step string) {
	c.Helper()
	assert.Equal(c, reads, c.Reads(), "%s: reads of the subject", step)
	assert.Equal(c, evaluations, c.Evaluated(), "%s: evaluations", step)
	assert.Len(c, c.Local.Requests(), reads+evaluations, step)
	c.Local.ResetRequests()
}

// resultsOf returns the name of the output that has the results.
func resultsOf(c *scenario.EvaluationCase) string {
	return scenario.ResourceNamed(c.Kind).Evaluation.Results
}

func assertUnknown(c *scenario.EvaluationCase, outputs property.Map, step string) {
	c.Helper()
	evaluation := scenario.ResourceNamed(c.Kind).Evaluation
	for _, name := range []string{evaluation.Results, evaluation.Passed, evaluation.Digest} {
		assert.True(c, outputs.Get(name).IsComputed(), "%s: %s", step, name)
	}
}

// assertFails fails the test unless a preview and an update fail with a line for each case,
// and the resource is unchanged.
func assertFails(c *scenario.EvaluationCase, r *enginetest.Resource, inputs object) {
	c.Helper()
	before := *r
	for step, run := range map[string]func() error{
		"preview": func() error { return c.Engine.Preview(r, enginetest.Inputs(inputs)).Err },
		"update":  func() error { return c.Engine.Up(r, enginetest.Inputs(inputs)).Err },
	} {
		c.Local.ResetRequests()
		err := run()
		require.ErrorContains(c, err, "1 of 2 cases failed", step)
		for _, each := range inputs["cases"].([]any) {
			assert.Contains(c, err.Error(), each.(object)["name"], step)
		}
		assert.Equal(c, c.Requests, c.Evaluated(), step)
		assert.Equal(c, before, *r, step)
	}
}

func TestEvaluationCostsNothingUnlessSomethingHasChanged(t *testing.T) {
	scenario.ForEachEvaluation(t, func(c *scenario.EvaluationCase) {
		r, inputs := c.New(), c.Inputs(c.Passing)
		preview := c.Engine.Preview(r, enginetest.Inputs(inputs))
		require.NoError(c, preview.Err)
		assert.Equal(c, enginetest.Create, preview.Op)
		assertRequests(c, 1, c.Requests, "preview of a create")
		c.Up(r, inputs)
		assertRequests(c, 1, c.Requests, "create")
		assert.Equal(c, r.State, preview.Outputs, "the preview shows what the update does")
		assert.Equal(c, len(inputs["cases"].([]any)), r.State.Get(resultsOf(c)).AsArray().Len())
		assert.True(c, r.State.Get("passed").AsBool())

		c.RequireNoChanges(r, inputs)
		assertRequests(c, 1, 0, "unchanged preview")
		c.Up(r, inputs)
		assertRequests(c, 1, 0, "unchanged update")
		c.Refresh(r)
		assertRequests(c, 1, c.Requests, "refresh")
		c.RequireNoChanges(r, inputs)
		assertRequests(c, 1, 0, "unchanged preview after a refresh")

		inputs["cases"] = inputs["cases"].([]any)[:1]
		id := r.ID
		result := c.Up(r, inputs)
		assert.Equal(c, enginetest.Update, result.Op)
		assert.Equal(c, id, r.ID)
		assertRequests(c, 1, 1, "update of the cases")
		require.NoError(c, c.Engine.Delete(r))
		assertRequests(c, 0, 0, "delete")
	})
}

func TestInlineEvaluationReadsNothing(t *testing.T) {
	scenario.ForEachEvaluation(t, func(c *scenario.EvaluationCase) {
		r, inputs := c.New(), c.InlineInputs(c.Evaluation.Subject, c.Passing)
		require.NoError(c, c.Engine.Preview(r, enginetest.Inputs(inputs)).Err)
		assertRequests(c, 0, c.Requests, "preview of a create")
		c.Up(r, inputs)
		assertRequests(c, 0, c.Requests, "create")
		c.Up(r, inputs)
		c.RequireNoChanges(r, inputs)
		assertRequests(c, 0, 0, "unchanged")
		c.Refresh(r)
		assertRequests(c, 0, c.Requests, "refresh")
		c.RequireNoChanges(r, inputs)
		assertRequests(c, 0, 0, "unchanged after a refresh")
		assertFails(c, r, c.InlineInputs(c.Broken, c.Passing))
		c.Local.ResetRequests()

		// From a policy in the program to a profile, and back.
		id := r.ID
		for _, other := range []object{c.Inputs(c.Passing), inputs} {
			assert.Equal(c, enginetest.Update, c.Up(r, other).Op)
			assert.Equal(c, id, r.ID)
			c.RequireNoChanges(r, other)
			for _, name := range []string{c.SubjectProperty(), c.Inline} {
				_, expected := other[name]
				_, found := r.State.GetOk(name)
				assert.Equal(c, expected, found, name)
			}
		}
	})
}

func TestFailedEvaluationFailsPreviewAndUpdate(t *testing.T) {
	scenario.ForEachEvaluation(t, func(c *scenario.EvaluationCase) {
		assertFails(c, c.New(), c.InlineInputs(c.Evaluation.Subject, c.Failing))
		assertFails(c, c.New(), c.Inputs(c.Failing))
		r := c.New()
		c.Up(r, c.Inputs(c.Passing))
		assertFails(c, r, c.Inputs(c.Failing))
		c.RequireNoChanges(r, c.Inputs(c.Passing))
	})
}

func TestEvaluationOfUnknownInputs(t *testing.T) {
	scenario.ForEachEvaluation(t, func(c *scenario.EvaluationCase) {
		withUnknownCase := object{"cases": []any{
			object{"name": "a", "sql": enginetest.Unknown, "expect": "allow"},
			object{"name": "b", "sql": "SELECT 1", "expect": enginetest.Unknown, "maskedColumns": []any{}},
		}}
		existing := c.New()
		c.Up(existing, c.Inputs(c.Passing))
		c.Local.ResetRequests()
		for step, inputs := range map[string]object{
			"subject": enginetest.With(c.Inputs(c.Failing), object{c.SubjectProperty(): enginetest.Unknown}),
			"project": enginetest.With(c.Inputs(c.Failing), object{"projectId": enginetest.Unknown}),
			"inline":  enginetest.With(c.InlineInputs(nil, c.Failing), object{c.Inline: enginetest.Unknown}),
			"case":    c.Inputs(withUnknownCase),
			"cases":   c.Inputs(object{"cases": enginetest.Unknown}),
		} {
			for _, r := range []*enginetest.Resource{c.New(), existing} {
				result := c.Engine.Preview(r, enginetest.Inputs(inputs))
				require.Empty(c, result.Failures, step)
				require.NoError(c, result.Err, step)
				assertUnknown(c, result.Outputs, step)
				assertRequests(c, 0, 0, step)
			}
		}
	})
}

// TestEvaluationOfASubjectThatTheRunChanges requires that a preview neither fails nor passes
// because of the subject before the change, and that the update evaluates the one after it.
func TestEvaluationOfASubjectThatTheRunChanges(t *testing.T) {
	scenario.ForEachEvaluation(t, func(c *scenario.EvaluationCase) {
		r, inputs := c.New(), c.Inputs(c.Passing)
		c.Up(r, inputs)
		before := *r
		previewBoth := func(subject, inputs object) enginetest.Result {
			run := c.Engine.Run()
			require.NoError(c, run.Preview(c.Subject, enginetest.Inputs(c.SubjectInputs(subject))).Err)
			c.Local.ResetRequests()
			result := run.Preview(r, enginetest.Inputs(inputs))
			require.NoError(c, result.Err)
			return result
		}
		for _, changed := range []object{inputs, c.Inputs(c.Failing)} {
			result := previewBoth(c.Broken, changed)
			assert.Equal(c, enginetest.Update, result.Op)
			assertUnknown(c, result.Outputs, "preview")
			assertRequests(c, 0, 0, "preview")
		}
		run := c.Engine.Run() // another one that is not in the state
		require.NoError(c, run.Preview(c.Subject, enginetest.Inputs(c.SubjectInputs(c.Broken))).Err)
		created := run.Preview(c.New(), enginetest.Inputs(c.Inputs(c.Failing)))
		require.NoError(c, created.Err)
		assertUnknown(c, created.Outputs, "preview of a create")

		run = c.Engine.Run()
		run.MustUp(c.Subject, c.SubjectInputs(c.Broken))
		require.ErrorContains(c, run.Up(r, enginetest.Inputs(inputs)).Err, "1 of 2 cases failed")
		assert.Equal(c, before, *r, "the state has the digest of the subject before")
		assertFails(c, r, inputs)

		// The subject is as before, and so are the results in the state.
		c.Engine.MustUp(c.Subject, c.SubjectInputs(c.Evaluation.Subject))
		c.Local.ResetRequests()
		assert.Equal(c, enginetest.Same, c.Up(r, inputs).Op)
		assertRequests(c, 1, 0, "unchanged subject")

		// A change that cannot affect the results is only known to be one afterwards.
		assert.Equal(c, enginetest.Update, previewBoth(c.Renamed, inputs).Op)
		c.Engine.MustUp(c.Subject, c.SubjectInputs(c.Renamed))
		c.Local.ResetRequests()
		assert.Equal(c, enginetest.Same, c.Up(r, inputs).Op)
		assertRequests(c, 1, 0, "renamed subject")
	})
}

// TestEvaluationNoticesWhateverHasChangedTheSubject covers edits outside of Pulumi, and updates
// that were interrupted after the change: the digest in the state is that of the subject before.
func TestEvaluationNoticesWhateverHasChangedTheSubject(t *testing.T) {
	scenario.ForEachEvaluation(t, func(c *scenario.EvaluationCase) {
		r, inputs := c.New(), c.Inputs(c.Passing)
		c.Up(r, inputs)
		edit := func(fields object) { require.NoError(c, c.Local.Edit(c.Collection, c.Subject.ID, fields)) }

		edit(c.Edit)
		assertFails(c, r, inputs)
		edit(c.Revert)
		c.RequireNoChanges(r, inputs)

		edit(c.Edit)
		before := r.State
		c.Refresh(r)
		assert.NotEqual(c, before.Get(resultsOf(c)), r.State.Get(resultsOf(c)))
		assert.False(c, r.State.Get("passed").AsBool())
		assertFails(c, r, inputs)
		c.Refresh(r)
		assertFails(c, r, inputs)

		edit(c.Revert)
		c.Local.ResetRequests()
		result := c.Up(r, inputs)
		assert.Equal(c, enginetest.Update, result.Op)
		assertRequests(c, 1, c.Requests, "the results in the state have failed cases")
		assert.Equal(c, before, r.State)
		c.RequireNoChanges(r, inputs)
	})
}

func TestEvaluationOfAnotherSubjectIsAnUpdate(t *testing.T) {
	scenario.ForEachEvaluation(t, func(c *scenario.EvaluationCase) {
		r := c.New()
		c.Up(r, c.Inputs(c.Passing))
		id := r.ID
		other := c.NewSubject("other")
		inputs := enginetest.With(c.Inputs(c.Passing), object{c.SubjectProperty(): other.ID})
		assert.Equal(c, enginetest.Update, c.Up(r, inputs).Op)
		assert.Equal(c, id, r.ID)
		c.RequireNoChanges(r, inputs)

		project := c.Project()
		moved := c.Create(c.SubjectKind, "moved", scenario.Merge(c.Evaluation.Subject, object{"projectId": project.ID}))
		inputs = enginetest.With(inputs, object{"projectId": project.ID, c.SubjectProperty(): moved.ID})
		assert.Equal(c, enginetest.Replace, c.Up(r, inputs).Op)
		assert.NotEqual(c, id, r.ID)
		c.RequireNoChanges(r, inputs)
	})
}

// TestEvaluationOfAMissingSubject requires that an update fails, and that neither a refresh
// nor a delete does.
func TestEvaluationOfAMissingSubject(t *testing.T) {
	scenario.ForEachEvaluation(t, func(c *scenario.EvaluationCase) {
		for _, collection := range []string{c.Collection, "projects"} {
			id := c.Subject.ID
			if collection == "projects" {
				c.ProjectID = c.Project().ID
				c.Subject, id = c.NewSubject("another"), c.ProjectID
			}
			r, inputs := c.New(), c.Inputs(c.Passing)
			c.Up(r, inputs)
			require.NoError(c, c.Local.Remove(collection, id))
			before := *r
			for _, preview := range []bool{true, false} {
				for _, each := range []*enginetest.Resource{r, c.New()} {
					run := c.Engine.Up
					if preview {
						run = c.Engine.Preview
					}
					require.Error(c, run(each, enginetest.Inputs(inputs)).Err)
				}
			}
			assert.Equal(c, before, *r)
			deleted := *r
			c.Local.ResetRequests()
			require.NoError(c, c.Engine.Delete(&deleted))
			assertRequests(c, 0, 0, "delete")
			exists, err := c.Engine.Refresh(r)
			require.NoError(c, err)
			assert.False(c, exists)
		}
	})
}

// TestEvaluationThatCannotBeDoneIsAnError fails each request, in several ways. Nothing passes,
// and the state is kept.
func TestEvaluationThatCannotBeDoneIsAnError(t *testing.T) {
	scenario.ForEachEvaluation(t, func(c *scenario.EvaluationCase) {
		r, inputs := c.New(), c.Inputs(c.Passing)
		c.Up(r, inputs)
		before := *r
		changed := c.Inputs(object{"cases": []any{object{"name": "a", "sql": "SELECT 1", "expect": "allow"}, c.Passing["cases"].([]any)[0]}})
		for name, fault := range map[string]localapi.Fault{
			"500":               {Status: 500},
			"400":               {Status: 400},
			"403":               {Status: 403},
			"410":               {Status: 410},
			"dropped":           {Drop: localapi.DropBefore},
			"no verdict":        {Without: []string{"verdict"}},
			"empty verdict":     {Set: object{"verdict": ""}},
			"another verdict":   {Set: object{"verdict": "permit"}},
			"verdict of a type": {Set: object{"verdict": true}},
			"empty object":      {Status: 200, Body: "{}"},
			"no content":        {Status: 204, Empty: true},
		} {
			fault.Method, fault.Path, fault.Skip = "POST", c.EvaluationPath, 1
			for step, run := range map[string]func() error{
				"preview of a create": func() error { return c.Engine.Preview(c.New(), enginetest.Inputs(inputs)).Err },
				"create": func() error {
					created := c.New()
					err := c.Engine.Up(created, enginetest.Inputs(inputs)).Err
					assert.Empty(c, created.ID)
					return err
				},
				"preview of an update": func() error { return c.Engine.Preview(r, enginetest.Inputs(changed)).Err },
				"update":               func() error { return c.Engine.Up(r, enginetest.Inputs(changed)).Err },
			} {
				c.Local.AddFault(fault)
				require.Error(c, run(), "%s: %s", name, step)
				c.Local.ClearFaults()
				assert.Equal(c, before, *r)
			}
			c.Local.AddFault(fault)
			copied := *r
			exists, err := c.Engine.Refresh(&copied)
			c.Local.ClearFaults()
			assert.True(c, exists, name)
			if err == nil {
				assert.False(c, copied.State.Get("passed").AsBool(), name)
			} else {
				assert.Equal(c, before, copied, name)
			}
		}
		c.Local.AddFault(localapi.Fault{Method: "GET", Path: c.Path, Status: 500})
		_, err := c.Engine.Server.Diff(p.DiffRequest{ID: r.ID, Urn: r.URN(), State: r.State, OldInputs: r.Inputs, Inputs: r.Inputs})
		require.ErrorContains(c, err, `checking `+c.Kind+` "thing" (`+r.ID+`): GET `)
		c.Local.ClearFaults()
		keyless := enginetest.New(c, c.Local, map[string]string{"PGBEAM_API_KEY": ""})
		require.ErrorContains(c, keyless.Preview(c.New(), enginetest.Inputs(inputs)).Err, "no PgBeam API key")
		require.NoError(c, keyless.Delete(r), "a delete makes no request")
	})
}

func TestEvaluationHasNoObject(t *testing.T) {
	scenario.ForEachEvaluation(t, func(c *scenario.EvaluationCase) {
		assertHasNoObject(c.Env, c.New(), c.Inputs(c.Passing))
	})
}

// assertHasNoObject fails the test unless a resource that does not exist yet is created without
// a record, cannot be imported, and is in no list.
func assertHasNoObject(env *enginetest.Env, r *enginetest.Resource, inputs object) {
	env.Helper()
	journal := env.TempDir()
	process := enginetest.StartProcess(env, env.Local, enginetest.Run{ProviderID: "provider-1", Journal: journal}, provider.Options{})
	process.MustUp(r, inputs)
	entries, err := os.ReadDir(journal)
	require.NoError(env, err)
	assert.Empty(env, entries, "a create is not recorded")
	assert.Regexp(env, "^"+scenario.ResourceNamed(r.Kind).ImportID.Prefix+"[a-z0-9]{26}$", r.ID)
	env.Local.ResetRequests()

	projectID := inputs["projectId"].(string)
	for _, id := range []string{r.ID, projectID + "/" + r.ID, ""} {
		imported, err := env.Engine.Import(r.Kind, "imported", id)
		require.ErrorContains(env, err, r.Kind+` "imported" cannot be imported`)
		assert.Nil(env, imported)
	}
	resp, err := env.Engine.List(r.Kind, lifecycle.ListRequest{Inputs: enginetest.Inputs(object{"projectId": projectID})})
	require.NoError(env, err)
	assert.Empty(env, resp.Items)
	require.NoError(env, env.Engine.Delete(r))
	assert.Empty(env, env.Local.Requests(), "import, list and delete")
}

// TestEvaluationOfADamagedState requires that inputs which were lost are not a test that
// passes: the next update creates the resource again.
func TestEvaluationOfADamagedState(t *testing.T) {
	scenario.ForEachEvaluation(t, func(c *scenario.EvaluationCase) {
		r, inputs := c.New(), c.Inputs(c.Passing)
		c.Up(r, inputs)
		for _, cases := range []any{nil, []any{}, "?", []any{object{"name": "a"}}, []any{nil}} {
			damaged := *r
			damaged.Inputs = r.Inputs.Set("cases", enginetest.Inputs(object{"v": cases}).Get("v"))
			exists, err := c.Engine.Refresh(&damaged)
			require.NoError(c, err)
			assert.False(c, exists)
		}
		withoutInputs := *r
		withoutInputs.Inputs = property.Map{}
		c.Refresh(&withoutInputs)
		assert.Equal(c, r.Inputs, withoutInputs.Inputs)

		for _, output := range []string{"passed", "policyDigest"} {
			for _, value := range []property.Value{{}, property.New(""), property.New(5.0)} {
				damaged := *r
				damaged.State = r.State.Set(output, value)
				assert.Equal(c, enginetest.Update, c.Up(&damaged, inputs).Op, output)
				assert.Equal(c, r.State, damaged.State)
			}
		}
	})
}
