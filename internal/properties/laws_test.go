// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// checkLaw checks a law for random tables.
func checkLaw(t *testing.T, law func(t *rapid.T, s schema)) {
	t.Helper()
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) { law(t, drawSchema(t, tableOptions{nested: 2})) })
}

func requireValues(t *rapid.T, want, got property.Map, message string) {
	t.Helper()
	require.Truef(t, got.Equals(want), "%s\nwant %v\n got %v", message, want, got)
}

// requireSame requires that every property of a table has the same meaning.
func requireSame(t *rapid.T, s schema, want, got property.Map) {
	t.Helper()
	for name, r := range s {
		require.Truef(t, r.property.Same(want.Get(name), got.Get(name)), "%s: want %v, got %v", name, want.Get(name), got.Get(name))
	}
}

func TestLawSameIsAnEquivalenceRelation(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		opts := options{nulls: true, marks: true, wrongTypes: true}
		for name, r := range s {
			var drawn [6]property.Value
			for i := range drawn {
				drawn[i] = r.drawMarked(t, opts)
			}
			for _, a := range drawn {
				require.True(t, r.property.Same(a, a), "%s: reflexive", name)
				for _, b := range drawn {
					require.Equal(t, r.property.Same(a, b), r.property.Same(b, a), "%s: symmetric", name)
					for _, c := range drawn {
						if r.property.Same(a, b) && r.property.Same(b, c) {
							require.True(t, r.property.Same(a, c), "%s: transitive", name)
						}
					}
				}
			}
		}
	})
}

func TestLawSameIgnoresForm(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		a := s.draw(t, options{marks: true})
		requireSame(t, s, a, s.rewrite(t, a))
	})
}

func TestLawUnknownValuesAreNotTheSame(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		for name, r := range s {
			v := r.drawMarked(t, options{nulls: true, unknowns: true, marks: true})
			require.Equal(t, !v.HasComputed(), r.property.Same(v, v), name)
		}
	})
}

func TestLawCheckAcceptsValidValues(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		require.Empty(t, s.table().Check(empty, s.draw(t, options{nulls: true, unknowns: true, marks: true})))
	})
}

func TestLawDiffOfSameValuesIsEmpty(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		a := s.draw(t, options{nulls: true, marks: true})
		require.Empty(t, s.table().Diff(a, a))
		require.Empty(t, s.table().Diff(a, s.rewrite(t, a)))
	})
}

// TestLawDiffFindsEveryChange is about complete values. The change of a property
// to or from its default may be none: see TestLawEmptyDiffPlansNoChange.
func TestLawDiffFindsEveryChange(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		a := s.draw(t, options{complete: true, marks: true})
		b := s.change(t, a, options{complete: true, marks: true})
		same, replaces := true, false
		for name, r := range s {
			if !r.property.Same(a.Get(name), b.Get(name)) {
				same, replaces = false, replaces || r.replaces
			}
		}
		diff := s.table().Diff(a, b)
		require.Equal(t, same, len(diff) == 0, "%v", diff)
		if replaces {
			require.True(t, properties.Replaces(diff))
		}
	})
}

// change returns values of which some are in another form, and some are others.
func (s schema) change(t *rapid.T, values property.Map, opts options) property.Map {
	changed := s.draw(t, opts)
	for _, name := range s.names() {
		if v := values.Get(name); rapid.Bool().Draw(t, name+" is unchanged") {
			if v.IsNull() {
				changed = changed.Delete(name)
			} else {
				changed = changed.Set(name, s[name].rewrite(t, v))
			}
		}
	}
	return changed
}

func TestLawEmptyDiffPlansNoChange(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		olds := s.draw(t, options{marks: true})
		news, state := s.change(t, olds, options{marks: true}), s.live(t, olds)
		if len(s.table().Diff(olds, news)) == 0 {
			requireValues(t, state, s.table().PlannedInputs(olds, news, state), "planned inputs")
		}
	})
}

func TestLawUnchangedProgramPlansNoChange(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		inputs := s.draw(t, options{marks: true})
		state := s.live(t, inputs)
		requireValues(t, state, s.table().PlannedInputs(inputs, inputs, state), "planned inputs")
		requireValues(t, state, s.table().ResendWriteOnly(inputs, inputs, state), "state")
	})
}

func TestLawPlannedInputsHaveTheProgramsValues(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		olds, news := s.draw(t, options{}), s.draw(t, options{complete: true, marks: true})
		requireSame(t, s, news, s.table().PlannedInputs(olds, news, s.live(t, olds)))
	})
}

func TestLawAppliedPlanIsStable(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		olds, news := s.draw(t, options{}), s.draw(t, options{marks: true})
		planned := s.table().PlannedInputs(olds, news, s.live(t, olds))
		requireValues(t, planned, s.table().PlannedInputs(news, news, planned), "planned inputs")
		requireValues(t, planned, s.table().DropUnapplied(planned, olds, news, planned), "outputs")
	})
}

// TestLawFailedUpdateIsCompletedByTheNext is not about the removal of write-only and
// shared properties, which resources have to apply in their first request: see
// DropUnapplied.
func TestLawFailedUpdateIsCompletedByTheNext(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		olds, news := s.draw(t, options{}), s.draw(t, options{})
		state := s.live(t, olds)
		planned := s.table().PlannedInputs(olds, news, state)
		outputs := state
		for _, name := range s.names() {
			value, ok := planned.GetOk(name)
			if ok && (s[name].appliedFirst() || rapid.Bool().Draw(t, name+" is applied")) {
				outputs = outputs.Set(name, value)
			}
		}
		outputs = s.table().DropUnapplied(outputs, olds, news, planned)
		requireSame(t, s, planned, s.table().PlannedInputs(news, news, outputs))
	})
}

// appliedFirst reports whether a property is, or contains, a write-only or shared one.
func (r *row) appliedFirst() bool {
	for _, field := range r.fields {
		if field.appliedFirst() {
			return true
		}
	}
	return r.writeOnly || r.shared
}

func TestLawRefreshWithoutDriftKeepsInputs(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		inputs := s.draw(t, options{marks: true})
		live := s.readable(s.live(t, inputs))
		requireValues(t, inputs, s.table().RefreshedInputs(inputs, live), "refreshed inputs")
	})
}

func TestLawRefreshIsIdempotent(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		live := s.readable(s.live(t, s.draw(t, options{})))
		refreshed := s.table().RefreshedInputs(s.draw(t, options{marks: true}), live)
		requireValues(t, refreshed, s.table().RefreshedInputs(refreshed, live), "refreshed inputs")
	})
}

func TestLawPreserveInputFormKeepsTheMeaning(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		inputs := s.draw(t, options{nulls: true, unknowns: true, marks: true})
		outputs := s.readable(s.live(t, s.draw(t, options{})))
		requireSame(t, s, outputs, s.table().PreserveInputForm(outputs, inputs))

		inputs = s.draw(t, options{complete: true})
		requireValues(t, inputs, s.table().PreserveInputForm(s.rewrite(t, inputs), inputs), "outputs")
	})
}

func TestLawImportPlansNoChange(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		live := s.readable(s.live(t, empty))
		imported := s.table().ImportInputs(live)
		program := imported.Delete("__imported")
		for _, name := range s.names() {
			if (s[name].serverDefault || s[name].shared) && rapid.Bool().Draw(t, name+" is omitted") {
				program = program.Delete(name)
			}
		}
		require.Empty(t, s.table().Diff(imported, program))
		requireValues(t, live, s.table().PlannedInputs(s.table().UserInputs(imported, program), program, live), "planned inputs")
		requireValues(t, imported, s.table().RefreshedInputs(imported, live), "refreshed inputs")
	})
}

func TestLawMarkSecretsMarksExactlyTheSecrets(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		values := s.draw(t, options{unknowns: true, marks: true})
		for _, inputs := range []property.Map{empty, values} {
			marked := s.table().MarkSecrets(values, inputs)
			s.requireMarks(t, marked, inputs)
			requireValues(t, marked, s.table().MarkSecrets(marked, inputs), "marked again")
			requireSame(t, s, known(s, values), known(s, marked))
		}
	})
}

// known returns the values without those that have unknown values.
func known(s schema, values property.Map) property.Map {
	for name := range s {
		if values.Get(name).HasComputed() {
			values = values.Delete(name)
		}
	}
	return values
}

// requireMarks requires that a value is marked if the table or the input says so.
func (s schema) requireMarks(t *rapid.T, values, inputs property.Map) {
	t.Helper()
	for name, v := range values.All {
		s[name].requireMarks(t, name, v, inputs.Get(name))
	}
}

func (r *row) requireMarks(t *rapid.T, path string, v, input property.Value) {
	t.Helper()
	require.Equal(t, r.secret || input.Secret(), v.Secret(), path)
	switch {
	case r.fields != nil && v.IsMap():
		inputs := property.Map{}
		if input.IsMap() {
			inputs = input.AsMap()
		}
		r.fields.requireMarks(t, v.AsMap(), inputs)
	case r.item != nil && v.IsMap():
		for key, entry := range v.AsMap().All {
			var entryInput property.Value
			if input.IsMap() {
				entryInput = input.AsMap().Get(key)
			}
			r.item.requireMarks(t, path+"."+key, entry, entryInput)
		}
	case r.item != nil && v.IsArray():
		for i, item := range v.AsArray().All {
			var itemInput property.Value
			if input.IsArray() {
				itemInput = input.AsArray().Get(i)
			}
			r.item.requireMarks(t, path, item, itemInput)
		}
	}
}

func TestLawCompleteStatesAreNotRecovered(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		inputs := s.draw(t, options{marks: true})
		state := s.live(t, inputs)
		requireValues(t, inputs, s.table().RecoverInputs(inputs, inputs, state), "inputs of an unchanged program")
		requireValues(t, state, s.table().FillFrom(state, inputs), "state")

		news := s.draw(t, options{nulls: true, unknowns: true})
		requireValues(t, inputs, s.table().UserInputs(inputs, news), "inputs without an import")

		complete := s.draw(t, options{complete: true, marks: true})
		requireValues(t, complete, s.table().RecoverInputs(complete, news, s.live(t, complete)), "complete inputs")
	})
}

func TestLawNormalizationIsIdempotent(t *testing.T) {
	checkLaw(t, func(t *rapid.T, s schema) {
		inputs := s.draw(t, options{nulls: true, unknowns: true, marks: true})
		normalized := properties.WithoutNulls(inputs)
		requireValues(t, normalized, properties.WithoutNulls(normalized), "without nulls")
		requireSame(t, s, known(s, inputs), known(s, normalized))

		propagated := s.table().PropagateMarks(normalized)
		requireValues(t, propagated, s.table().PropagateMarks(propagated), "propagated marks")
	})
}
