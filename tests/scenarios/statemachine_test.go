// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"context"
	"flag"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// TestRandomOperationsKeepTheLaws runs random sequences of operations on one
// resource of every kind. After each of them, the laws of checkLaws hold.
func TestRandomOperationsKeepTheLaws(t *testing.T) {
	checks := "5"
	if testing.Short() {
		checks = "1"
	}
	// Fixed, so that a failure can be repeated. -rapid.seed and -rapid.checks search further.
	for name, value := range map[string]string{"rapid.seed": "1", "rapid.checks": checks, "rapid.steps": "12", "rapid.nofailfile": "true"} {
		if setting := flag.Lookup(name); setting.Value.String() == setting.DefValue {
			require.NoError(t, setting.Value.Set(value))
		}
	}
	for _, k := range scenario.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(r *rapid.T) {
				behaviour := rapid.SampledFrom([]string{"usual", "other"}).Draw(r, "behaviour")
				m := newMachine(propertyTB{t, r}, k, scenario.Behaviours[behaviour])
				r.Repeat(map[string]func(*rapid.T){
					"":                    m.checkLaws,
					"create":              m.create,
					"interrupted create":  m.interruptedCreate,
					"change a property":   m.changeProperty,
					"remove a property":   m.removeProperty,
					"replace":             m.replace,
					"run an operation":    m.runOperation,
					"refresh":             m.refresh,
					"import":              m.importObject,
					"delete":              m.delete,
					"delete outside":      m.deleteOutside,
					"interrupted refresh": m.interruptedRefresh,
				})
			})
		})
	}
}

// machine is a resource under test, with the model that predicts it.
type machine struct {
	*scenario.Case
	journal  string
	resource *enginetest.Resource
	// creates is the number of objects that the resource has had.
	creates int
	// others is the number of objects of the kind that belong to the parents.
	others int

	// The model: the inputs of the program, nil if the resource does not exist,
	// and the fields that the API then holds.
	inputs object
	live   object
}

func newMachine(tb testing.TB, k scenario.Kind, behaviour localapi.Behaviour) *machine {
	c := scenario.NewCase(tb, k, localapi.Options{Behaviour: behaviour})
	return &machine{Case: c, journal: tb.TempDir(), resource: c.New("thing"), others: c.Count()}
}

// start starts the plugin process of one `pulumi` command.
func (m *machine) start() *enginetest.Process {
	m.Clock.Advance(time.Minute)
	return startProcess(m.Env, "provider-1", m.journal)
}

func (m *machine) exists() bool { return m.inputs != nil }

func (m *machine) requireExists(r *rapid.T) {
	if !m.exists() {
		r.Skip("the resource does not exist")
	}
}

// up applies inputs with a new process. It reports whether they are valid.
func (m *machine) up(inputs object) (op enginetest.Op, valid bool) {
	process := m.start()
	m.Local.ResetRequests()
	before := *m.resource
	result := process.Up(m.resource, enginetest.Inputs(inputs))
	if len(result.Failures) > 0 {
		assert.Equal(m, before, *m.resource, "rejected inputs change nothing")
		assert.Empty(m, m.Local.Requests(), "rejected inputs send nothing")
		return "", false
	}
	require.NoError(m, result.Err)
	process.Shutdown()
	return result.Op, true
}

// created sets the model to that of a new object.
func (m *machine) created(inputs object, full bool) {
	m.creates++
	m.inputs, m.live = inputs, object{}
	if full {
		m.live = scenario.Merge(m.Kind.Live)
	}
}

// set predicts a field after a change. If several properties decide the field, the
// model predicts it only for the inputs of the create.
func (m *machine) set(property, field string, value any) {
	decides := func(other, otherField string) bool { return otherField == field && other != property }
	if slices.ContainsFunc(m.Kind.Changes, func(c scenario.Change) bool { return decides(c.Property, c.Field) }) {
		delete(m.live, field)
		return
	}
	m.live[field] = value
}

func (m *machine) drawInputs(r *rapid.T) (inputs object, full bool) {
	full = rapid.Bool().Draw(r, "full")
	if full {
		return m.Inputs(m.Kind.Full), true
	}
	return m.Inputs(m.Kind.Minimal), false
}

func (m *machine) create(r *rapid.T) {
	if m.exists() {
		r.Skip("the resource exists")
	}
	inputs, full := m.drawInputs(r)
	op, valid := m.up(inputs)
	require.True(m, valid)
	assert.Equal(m, enginetest.Create, op)
	m.created(inputs, full)
}

// interruptedCreate drops the connection before or after the first write takes
// effect, and runs the create again, which has to complete it.
func (m *machine) interruptedCreate(r *rapid.T) {
	if m.exists() {
		r.Skip("the resource exists")
	}
	drop := rapid.SampledFrom([]string{localapi.DropBefore, localapi.DropAfter}).Draw(r, "drop")
	otherMachine := rapid.Bool().Draw(r, "other machine")
	inputs, full := m.drawInputs(r)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch} {
		m.Local.AddFault(localapi.Fault{Method: method, Drop: drop})
	}
	result := m.start().Up(m.resource, enginetest.Inputs(inputs)) // the process does not shut down
	require.Empty(m, result.Failures)
	require.Error(m, result.Err)
	assert.Empty(m, m.resource.ID, "the state has no object")
	m.Local.ClearFaults()
	// Another machine does not know how many objects the resource has had, so that it
	// recovers only the first one. docs/reliability.md describes the generations.
	if otherMachine && m.creates == 0 {
		m.journal = m.TempDir()
	}
	op, valid := m.up(inputs)
	require.True(m, valid)
	assert.Equal(m, enginetest.Create, op)
	m.created(inputs, full)
}

func (m *machine) changeProperty(r *rapid.T) {
	m.requireExists(r)
	if len(m.Kind.Changes) == 0 {
		r.Skip("no property can change")
	}
	change := rapid.SampledFrom(m.Kind.Changes).Draw(r, "change")
	inputs := scenario.Merge(m.inputs, object{change.Property: change.Value})
	if _, valid := m.up(inputs); valid {
		m.inputs = inputs
		m.set(change.Property, change.Field, change.Live)
	}
}

func (m *machine) removeProperty(r *rapid.T) {
	m.requireExists(r)
	given := slices.DeleteFunc(slices.Clone(m.Kind.Removable), func(removal scenario.Removal) bool {
		_, ok := m.inputs[removal.Property]
		return !ok
	})
	if len(given) == 0 {
		r.Skip("no property can be removed")
	}
	removal := rapid.SampledFrom(given).Draw(r, "removal")
	inputs := scenario.Without(m.inputs, removal.Property)
	if _, valid := m.up(inputs); valid {
		m.inputs = inputs
		m.set(removal.Property, removal.Field, removal.Live)
	}
}

func (m *machine) replace(r *rapid.T) {
	m.requireExists(r)
	table, inputs := m.Kind.Resource().Properties, enginetest.Inputs(m.inputs)
	var names []string
	for name, value := range enginetest.Inputs(m.Kind.Replacing).All {
		byDefault, _ := table.Default(name)
		if !table[name].Same(valueOr(inputs.Get(name), byDefault), value) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		r.Skip("no property replaces the object")
	}
	slices.Sort(names)
	name := rapid.SampledFrom(names).Draw(r, "property")
	changed, id := scenario.Merge(m.inputs, object{name: m.Kind.Replacing[name]}), m.resource.ID
	op, valid := m.up(changed)
	require.True(m, valid)
	assert.Equal(m, enginetest.Replace, op)
	assert.NotEqual(m, id, m.resource.ID)
	m.creates++
	m.inputs = changed
	delete(m.live, scenario.SnakeCase(name))
}

// runOperation rotates, verifies, or updates more than one object.
func (m *machine) runOperation(r *rapid.T) {
	m.requireExists(r)
	if len(m.Kind.Operations) == 0 {
		r.Skip("the kind has no such operation")
	}
	i := rapid.IntRange(0, len(m.Kind.Operations)-1).Draw(r, "operation")
	change := m.Kind.Operations[i].Change
	inputs, id := scenario.Merge(m.inputs, change), m.resource.ID
	_, valid := m.up(inputs)
	require.True(m, valid)
	assert.Equal(m, id, m.resource.ID)
	m.inputs = inputs
	for name, value := range change {
		if field := scenario.SnakeCase(name); m.live[field] != nil {
			m.set(name, field, value)
		}
	}
}

func (m *machine) refresh(r *rapid.T) {
	m.requireExists(r)
	process := m.start()
	exists, err := process.Refresh(m.resource)
	require.NoError(m, err)
	require.True(m, exists)
	process.Shutdown()
}

// interruptedRefresh requires that a read that fails keeps the state.
func (m *machine) interruptedRefresh(r *rapid.T) {
	m.requireExists(r)
	before := *m.resource
	m.Local.AddFault(localapi.Fault{Method: http.MethodGet, Drop: localapi.DropBefore})
	_, err := m.start().Refresh(m.resource)
	require.Error(m, err)
	m.Local.ClearFaults()
	assert.Equal(m, before, *m.resource)
}

// importObject replaces the state by an import, as after the loss of a state. The
// program has to state what an import cannot read, even if that is the default.
func (m *machine) importObject(r *rapid.T) {
	m.requireExists(r)
	if len(m.Kind.OneTimeSecrets()) > 0 {
		r.Skip("an import has no one-time secrets")
	}
	process := m.start()
	imported, err := process.Import(m.Kind.Name, "thing", m.Kind.ImportID(m.resource.ID, m.inputs))
	require.NoError(m, err)
	require.NotNil(m, imported)
	assert.Equal(m, m.Kind.Resource().ImportID.AfterImport(m.Kind.Resource().ImportID.OwnID(m.resource.ID), enginetest.Inputs(m.inputs)), imported.ID)
	m.inputs = scenario.Merge(m.writeOnlyDefaults(), m.inputs, m.automaticName())
	require.NoError(m, process.Up(imported, enginetest.Inputs(m.inputs)).Err)
	process.Shutdown()
	m.resource = imported
}

func (m *machine) delete(r *rapid.T) {
	m.requireExists(r)
	process := m.start()
	require.NoError(m, process.Delete(m.resource))
	process.Shutdown()
	m.deleted()
}

// deleteOutside deletes the object outside of Pulumi, which a refresh detects.
func (m *machine) deleteOutside(r *rapid.T) {
	m.requireExists(r)
	if !m.Kind.IsObject() {
		r.Skip("a setting cannot be deleted")
	}
	require.NoError(m, m.Local.Remove(m.Kind.Collection, m.LiveID(m.resource)))
	process := m.start()
	exists, err := process.Refresh(m.resource)
	require.NoError(m, err)
	assert.False(m, exists)
	process.Shutdown()
	m.deleted()
}

func (m *machine) deleted() {
	m.resource, m.inputs, m.live = m.New("thing"), nil, nil
}

// checkLaws checks what holds after every operation: the API holds what the model
// predicts, once; a preview and a refresh change nothing; an import differs only
// in what cannot be read; and the one-time secrets of the state work.
func (m *machine) checkLaws(*rapid.T) {
	if m.Kind.IsObject() {
		expected := m.others
		if m.exists() {
			expected++
		}
		require.Equal(m, expected, m.Count(), "live objects")
	}
	if !m.exists() {
		if m.Kind.IsSetting() {
			m.AssertSetting(nil)
		}
		return
	}
	m.AssertLive(m.resource, m.live)
	m.AssertSecrets(m.resource)
	assert.Empty(m, m.resource.Unfinished)

	process, table := m.start(), m.Kind.Resource().Properties
	preview := process.Preview(m.resource, enginetest.Inputs(m.inputs))
	require.Empty(m, preview.Failures)
	assert.Equal(m, enginetest.Same, preview.Op, "preview after up: %v", preview.Diff.DetailedDiff)

	refreshed := *m.resource
	exists, err := process.Refresh(&refreshed)
	require.NoError(m, err)
	require.True(m, exists)
	assert.Equal(m, m.resource.Inputs, refreshed.Inputs, "refresh after up")
	for name := range m.Kind.Outputs() {
		byDefault, _ := table.Default(name)
		before, after := m.resource.State.Get(name), refreshed.State.Get(name)
		assert.Equal(m, valueOr(before, byDefault), valueOr(after, byDefault), "refresh after up: %s", name)
	}

	imported, err := process.Import(m.Kind.Name, "imported", m.Kind.ImportID(m.resource.ID, m.inputs))
	require.NoError(m, err)
	require.NotNil(m, imported)
	inputs := enginetest.Inputs(scenario.Merge(m.inputs, m.automaticName()))
	preview = process.Preview(imported, inputs)
	require.Empty(m, preview.Failures)
	for path := range preview.Diff.DetailedDiff {
		byDefault, documented := table.Default(path)
		explicitDefault := documented && table[path].Same(byDefault, inputs.Get(path)) // an import omits defaults
		assert.True(m, explicitDefault || slices.Contains(m.Kind.WriteOnly, path), "preview after import: %s", path)
	}
}

// writeOnlyDefaults returns the defaults of the inputs that an import cannot read.
func (m *machine) writeOnlyDefaults() object {
	defaults := object{}
	for _, name := range m.Kind.WriteOnly {
		if value, ok := m.Kind.Resource().Properties.Default(name); ok {
			defaults[name] = value
		}
	}
	return defaults
}

// automaticName returns the name that was derived from the logical name, if any.
func (m *machine) automaticName() object {
	if name, ok := m.resource.Inputs.GetOk("name"); ok {
		return object{"name": name.AsString()}
	}
	return nil
}

// propertyTB is the test of one random sequence: a failure belongs to the
// sequence, so that rapid finds the shortest one that fails.
type propertyTB struct {
	testing.TB
	sequence *rapid.T
}

func (tb propertyTB) Helper()                   { tb.sequence.Helper() }
func (tb propertyTB) Cleanup(f func())          { tb.sequence.Cleanup(f) }
func (tb propertyTB) Context() context.Context  { return tb.sequence.Context() }
func (tb propertyTB) Errorf(s string, a ...any) { tb.sequence.Errorf(s, a...) }
func (tb propertyTB) Error(a ...any)            { tb.sequence.Error(a...) }
func (tb propertyTB) Fatalf(s string, a ...any) { tb.sequence.Fatalf(s, a...) }
func (tb propertyTB) Fatal(a ...any)            { tb.sequence.Fatal(a...) }
func (tb propertyTB) Logf(s string, a ...any)   { tb.sequence.Logf(s, a...) }
func (tb propertyTB) Log(a ...any)              { tb.sequence.Log(a...) }
func (tb propertyTB) FailNow()                  { tb.sequence.FailNow() }
func (tb propertyTB) Fail()                     { tb.sequence.Fail() }
func (tb propertyTB) Failed() bool              { return tb.sequence.Failed() }
