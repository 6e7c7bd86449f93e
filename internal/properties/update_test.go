// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

func TestPlannedInputs(t *testing.T) {
	t.Parallel()
	const newYear, newYearInBerlin = "2027-01-01T00:00:00Z", "2027-01-01T01:00:00+01:00"
	table := exampleTable()
	for name, test := range map[string]struct {
		only              []string // the rows of the table to use
		olds, news, state fields
		want              fields
	}{
		"set": {
			[]string{"description", "region"},
			fields{"description": "a"},
			fields{"description": "b", "region": "eu"},
			fields{"description": "a", "region": "us"},
			fields{"description": "b", "region": "eu"},
		},
		"set, missing from the state": {
			[]string{"description", "region", "secret"},
			nil,
			fields{"description": "b", "region": "eu", "secret": secret("s")},
			nil,
			fields{"description": "b", "region": "eu", "secret": secret("s")},
		},
		"unchanged, drifted": {
			[]string{"enabled"}, fields{"enabled": true}, fields{"enabled": true}, fields{"enabled": false}, fields{"enabled": true},
		},
		"set to the default, state differs": {
			[]string{"enabled", "allowedCidrs"},
			nil,
			fields{"enabled": true, "allowedCidrs": []string{}},
			fields{"enabled": false, "allowedCidrs": []string{"::1"}},
			fields{"enabled": true, "allowedCidrs": []string{}},
		},
		"set in another form than the state": {
			[]string{"host", "expiresAt", "allowedCidrs"},
			nil,
			fields{"host": "DB", "expiresAt": newYearInBerlin, "allowedCidrs": []string{"::1/128", "10.1.2.3/8"}},
			fields{"host": "db", "expiresAt": newYear, "allowedCidrs": []string{"10.0.0.0/8", "::1"}},
			fields{"host": "db", "expiresAt": newYear, "allowedCidrs": []string{"10.0.0.0/8", "::1"}},
		},
		"set to unknown": {
			[]string{"description", "allowedCidrs", "pool"},
			nil,
			fields{"description": unknown, "allowedCidrs": []any{unknown}, "pool": unknown},
			fields{"description": "a", "allowedCidrs": []string{"::1"}, "pool": fields{"size": 5}},
			fields{"description": unknown, "allowedCidrs": []any{unknown}, "pool": unknown},
		},

		"removed": {
			[]string{"description", "enabled", "allowedCidrs", "rules"},
			fields{"description": "a", "enabled": false, "allowedCidrs": []string{"::1"}, "rules": fields{"allow": []string{"a"}}},
			nil,
			fields{"description": "a", "enabled": false, "allowedCidrs": []string{"::1"}, "rules": fields{"allow": []string{"a"}, "deny": []string{}}},
			fields{"description": "", "enabled": true, "allowedCidrs": []string{}, "rules": fields{"allow": []string{}, "deny": []string{}}},
		},
		"set to null": {
			[]string{"description"}, fields{"description": "a"}, fields{"description": nil}, fields{"description": "a"}, fields{"description": ""},
		},
		"removed, missing from the state": {
			[]string{"description"}, fields{"description": "a"}, nil, nil, fields{"description": ""},
		},
		"removed, no default": {
			[]string{"region", "pool"},
			fields{"region": "eu", "pool": fields{"size": 5}},
			nil,
			fields{"region": "eu", "pool": fields{"size": 5, "maxSize": 7}},
			fields{"region": "eu", "pool": fields{"size": 5, "maxSize": 7}},
		},

		"never set": {
			[]string{"description", "enabled", "region", "rules"},
			nil, nil,
			fields{"description": "changed outside of Pulumi", "enabled": false, "region": "eu", "rules": fields{"deny": []string{"a"}}},
			fields{"description": "changed outside of Pulumi", "enabled": false, "region": "eu", "rules": fields{"deny": []string{"a"}}},
		},
		"never set, missing from the state": {
			[]string{"description", "enabled", "region", "allowedCidrs"},
			nil, nil, nil,
			fields{"description": "", "enabled": true, "allowedCidrs": []string{}},
		},

		"write-only, changed": {
			[]string{"secret"}, fields{"secret": secret("a")}, fields{"secret": secret("b")}, fields{"secret": secret("a")}, fields{"secret": secret("b")},
		},
		"write-only, unchanged": {
			[]string{"secret"}, fields{"secret": secret("a")}, fields{"secret": secret("a")}, fields{"secret": secret("a")}, fields{"secret": secret("a")},
		},
		"write-only, removed": {
			[]string{"secret"}, fields{"secret": secret("a")}, nil, fields{"secret": secret("a")}, fields{"secret": ""},
		},
		"write-only, never set": {
			[]string{"secret"}, nil, nil, fields{"secret": secret("")}, fields{"secret": secret("")},
		},
		// The API may have a value that is not known. The default would clear it.
		"write-only, imported object": {
			[]string{"secret", "pool"},
			fields{"pool": fields{"size": 5}},
			fields{"pool": fields{"size": 5}},
			fields{"pool": fields{"size": 5, "maxSize": 200}},
			fields{"pool": fields{"size": 5, "maxSize": 200}},
		},

		"object, fields independently": {
			[]string{"pool"},
			fields{"pool": fields{"host": "db", "size": 5, "maxSize": 7, "password": secret("a"), "limits": fields{"soft": true}}},
			fields{"pool": fields{"host": "DB", "size": 6, "password": secret("b"), "limits": fields{"until": newYearInBerlin}}},
			fields{"pool": fields{"host": "db", "size": 5, "maxSize": 7, "mode": "session", "password": secret("a"), "limits": fields{"until": newYear, "soft": true}}},
			fields{"pool": fields{"host": "db", "size": 6, "maxSize": 200, "mode": "session", "password": secret("b"), "limits": fields{"until": newYear, "soft": false}}},
		},
		"object, same in another form": {
			[]string{"pool"},
			nil,
			fields{"pool": fields{"host": "DB", "size": 5}},
			fields{"pool": fields{"host": "db", "size": 5, "maxSize": 7, "mode": "session"}},
			fields{"pool": fields{"host": "db", "size": 5, "maxSize": 7, "mode": "session"}},
		},
		"object, missing from the state": {
			[]string{"pool"},
			nil,
			fields{"pool": fields{"size": 5, "limits": fields{}}},
			nil,
			fields{"pool": fields{"size": 5, "maxSize": 200, "limits": fields{"soft": false}}},
		},
		"object, field missing from the state": {
			[]string{"pool"},
			fields{"pool": fields{"size": 5}},
			fields{"pool": fields{"size": 5}},
			fields{"pool": fields{"size": 5, "mode": "session"}},
			fields{"pool": fields{"size": 5, "maxSize": 200, "mode": "session"}},
		},
		"object, unknown field": {
			[]string{"pool"},
			nil,
			fields{"pool": fields{"size": unknown}},
			fields{"pool": fields{"size": 5, "maxSize": 7}},
			fields{"pool": fields{"size": unknown, "maxSize": 7}},
		},
		"object, same and marked secret by the program": {
			[]string{"pool"},
			nil,
			fields{"pool": secret(fields{"size": 5})},
			fields{"pool": fields{"size": 5, "maxSize": 7}},
			fields{"pool": fields{"size": 5, "maxSize": 7}},
		},
		"map, replaced as a whole": {
			[]string{"labels"},
			fields{"labels": fields{"a": "x", "b": "y"}},
			fields{"labels": fields{"a": "z"}},
			fields{"labels": fields{"a": "x", "b": "y"}},
			fields{"labels": fields{"a": "z"}},
		},
		"not in the table": {
			[]string{}, fields{"colour": "a"}, fields{"colour": "b"}, fields{"colour": "c", "createdAt": newYear}, fields{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rows := properties.Table{}
			for _, name := range test.only {
				rows[name] = table[name]
			}
			assertValues(t, values(test.want), rows.PlannedInputs(values(test.olds), values(test.news), values(test.state)))
		})
	}
}

// TestPlannedInputsKeepDefaultsInTheFormOfTheState: otherwise an update would send
// a property that does not change.
func TestPlannedInputsKeepDefaultsInTheFormOfTheState(t *testing.T) {
	t.Parallel()
	table := properties.Table{"host": properties.String().Host().Default("localhost")}
	state := values(fields{"host": "LOCALHOST"})
	assertValues(t, state, table.PlannedInputs(state, empty, state))
}

func TestResendWriteOnly(t *testing.T) {
	t.Parallel()
	state := fields{"secret": secret("s"), "description": "d", "pool": fields{"host": "db", "password": secret("p"), "limits": fields{"password": "l"}}}
	for name, test := range map[string]struct{ olds, news, want fields }{
		"unchanged":              {state, state, state},
		"set again":              {fields{"description": "d"}, state, fields{"description": "d", "pool": fields{"host": "db", "limits": fields{}}}},
		"set again in an object": {fields{"secret": "s", "pool": fields{"password": "p", "limits": fields{}}}, state, withField(state, "pool", fields{"host": "db", "password": secret("p"), "limits": fields{}})},
		"changed":                {state, withField(state, "secret", secret("t")), state},
		"omitted":                {state, fields{}, state},
		"never set":              {fields{}, fields{"pool": fields{"host": "db"}}, state},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertValues(t, values(test.want), stateTable().ResendWriteOnly(values(test.olds), values(test.news), values(state)))
		})
	}
}

func withField(m fields, name string, value any) fields {
	merged := fields{}
	for key, entry := range m {
		merged[key] = entry
	}
	merged[name] = value
	return merged
}

func TestDropUnapplied(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ outputs, olds, news, want fields }{
		"removed, not applied": {
			fields{"description": "a", "enabled": false},
			fields{"description": "a", "enabled": false},
			fields{},
			fields{},
		},
		"removed, applied": {
			fields{"description": "", "enabled": true},
			fields{"description": "a", "enabled": false},
			fields{},
			fields{"description": "", "enabled": true},
		},
		"removed, no default": {
			fields{"region": "eu"}, fields{"region": "eu"}, fields{}, fields{"region": "eu"},
		},
		"changed, not applied": {
			fields{"description": "a"}, fields{"description": "a"}, fields{"description": "b"}, fields{"description": "a"},
		},
		"never set": {
			fields{"description": "changed outside of Pulumi"}, fields{}, fields{}, fields{"description": "changed outside of Pulumi"},
		},
		"field of an object": {
			fields{"pool": fields{"size": 5, "maxSize": 7, "mode": "session", "limits": fields{"soft": true}}},
			fields{"pool": fields{"size": 5, "maxSize": 7, "mode": "session", "limits": fields{"soft": true}}},
			fields{"pool": fields{"size": 6, "limits": fields{}}},
			fields{"pool": fields{"size": 5, "mode": "session", "limits": fields{}}},
		},
		"object": {
			fields{"rules": fields{"allow": []string{"a"}, "deny": []string{}}},
			fields{"rules": fields{"allow": []string{"a"}}},
			fields{},
			fields{},
		},
		"outputs that are not inputs": {
			fields{"createdAt": "now"}, fields{"createdAt": "then"}, fields{}, fields{"createdAt": "now"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outputs, olds, news := values(test.outputs), values(test.olds), values(test.news)
			// The state before the update equals the outputs.
			planned := exampleTable().PlannedInputs(olds, news, values(test.outputs))
			got := exampleTable().DropUnapplied(outputs, olds, news, planned)
			assertValues(t, values(test.want), got)

			// The next update starts from the new inputs and must plan the same values.
			next := exampleTable().PlannedInputs(news, news, got)
			for name := range outputs.All {
				assertValue(t, planned.Get(name), next.Get(name))
			}
		})
	}
}

func TestDropUnappliedKeepsUnmanagedValues(t *testing.T) {
	t.Parallel()
	planned := exampleTable().PlannedInputs(empty, empty, values(fields{"description": "before"}))
	outputs := values(fields{"description": "changed outside of Pulumi"})
	assertValues(t, outputs, exampleTable().DropUnapplied(outputs, empty, empty, planned))
}

func TestChangedOutputs(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"host":     properties.String().Host().Affects("connectionString"),
		"triggers": properties.Map(properties.String()).Affects("token", "url"),
		"name":     properties.String(),
	}
	for name, test := range map[string]struct {
		olds, news fields
		want       []string
	}{
		"unchanged":          {fields{"host": "db", "name": "a"}, fields{"host": "db", "name": "a"}, nil},
		"affects no output":  {fields{"name": "a"}, fields{"name": "b"}, nil},
		"other form":         {fields{"host": "db"}, fields{"host": "DB"}, nil},
		"one":                {fields{"host": "db"}, fields{"host": "db2"}, []string{"connectionString"}},
		"all":                {fields{"host": "db"}, fields{"triggers": fields{"a": "b"}}, []string{"connectionString", "token", "url"}},
		"map entry":          {fields{"triggers": fields{"a": "b"}}, fields{"triggers": fields{"a": "c"}}, []string{"token", "url"}},
		"removed":            {fields{"triggers": fields{"a": "b"}}, fields{}, []string{"token", "url"}},
		"unknown":            {fields{"host": "db"}, fields{"host": unknown}, []string{"connectionString"}},
		"unknown map entry":  {fields{"triggers": fields{"a": "b"}}, fields{"triggers": fields{"a": unknown}}, []string{"token", "url"}},
		"only marked secret": {fields{"host": "db"}, fields{"host": secret("db")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.ElementsMatch(t, test.want, table.ChangedOutputs(values(test.olds), values(test.news)))
		})
	}
}

func TestPropertiesThatChange(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"triggers"}, stateTable().PropertiesThatChange("token"))
	assert.Empty(t, stateTable().PropertiesThatChange("description"))
}
