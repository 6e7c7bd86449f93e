// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// managed has properties with and without a default, and of every way to compare.
func managed() properties.Table {
	names := properties.List(properties.String()).ComparedBy(properties.SameSet).Default([]string{})
	return properties.Table{
		"description":  properties.String().Default(""),
		"enabled":      properties.Bool().Default(true),
		"region":       properties.String(),
		"host":         properties.String().Host(),
		"expiresAt":    properties.String().Timestamp(),
		"allowedCidrs": properties.List(properties.String()).ComparedBy(properties.SameCIDRs).Default([]string{}),
		"secret":       properties.String().Secret().WriteOnly().Default(""),
		"labels":       properties.Map(properties.String().Host()),
		"sslMode":      properties.String().Default("verify-full").ServerDefault(),
		"rules": properties.Object[masking](properties.Table{"allow": names, "deny": names}).
			Default(fields{"allow": []string{}, "deny": []string{}}),
		"pool": properties.Object[pool](properties.Table{
			"host":     properties.String().Host(),
			"size":     properties.Integer().Required(),
			"most":     properties.Integer().Default(200),
			"mode":     properties.String(),
			"password": properties.String().Secret().WriteOnly(),
			"limits":   properties.Object[limits](properties.Table{"until": properties.String().Timestamp(), "soft": properties.Bool().Default(false)}),
		}),
	}
}

func TestDesired(t *testing.T) {
	t.Parallel()
	const newYear, newYearInBerlin = "2027-01-01T00:00:00Z", "2027-01-01T01:00:00+01:00"
	table := managed()
	for name, test := range map[string]struct {
		only              []string // the properties looked at
		olds, news, state fields
		want              fields
	}{
		"given": {
			[]string{"description", "region"},
			fields{"description": "a"},
			fields{"description": "b", "region": "eu"},
			fields{"description": "a", "region": "us"},
			fields{"description": "b", "region": "eu"},
		},
		"given, and not in the state": {
			[]string{"description", "region", "secret"},
			nil,
			fields{"description": "b", "region": "eu", "secret": secret("s")},
			nil,
			fields{"description": "b", "region": "eu", "secret": secret("s")},
		},
		"given as it was, and drifted": {
			[]string{"enabled"}, fields{"enabled": true}, fields{"enabled": true}, fields{"enabled": false}, fields{"enabled": true},
		},
		"given as a default that the state has not": {
			[]string{"enabled", "allowedCidrs"},
			nil,
			fields{"enabled": true, "allowedCidrs": []string{}},
			fields{"enabled": false, "allowedCidrs": []string{"::1"}},
			fields{"enabled": true, "allowedCidrs": []string{}},
		},
		"given in another spelling than that of the state": {
			[]string{"host", "expiresAt", "allowedCidrs"},
			nil,
			fields{"host": "DB", "expiresAt": newYearInBerlin, "allowedCidrs": []string{"::1/128", "10.1.2.3/8"}},
			fields{"host": "db", "expiresAt": newYear, "allowedCidrs": []string{"10.0.0.0/8", "::1"}},
			fields{"host": "db", "expiresAt": newYear, "allowedCidrs": []string{"10.0.0.0/8", "::1"}},
		},
		"given and unknown": {
			[]string{"description", "allowedCidrs", "pool"},
			nil,
			fields{"description": unknown, "allowedCidrs": []any{unknown}, "pool": unknown},
			fields{"description": "a", "allowedCidrs": []string{"::1"}, "pool": fields{"size": 5}},
			fields{"description": unknown, "allowedCidrs": []any{unknown}, "pool": unknown},
		},

		"taken out": {
			[]string{"description", "enabled", "allowedCidrs", "rules"},
			fields{"description": "a", "enabled": false, "allowedCidrs": []string{"::1"}, "rules": fields{"allow": []string{"a"}}},
			nil,
			fields{"description": "a", "enabled": false, "allowedCidrs": []string{"::1"}, "rules": fields{"allow": []string{"a"}, "deny": []string{}}},
			fields{"description": "", "enabled": true, "allowedCidrs": []string{}, "rules": fields{"allow": []string{}, "deny": []string{}}},
		},
		"set to null": {
			[]string{"description"}, fields{"description": "a"}, fields{"description": nil}, fields{"description": "a"}, fields{"description": ""},
		},
		"taken out, and not in the state": {
			[]string{"description"}, fields{"description": "a"}, nil, nil, fields{"description": ""},
		},
		"taken out, without a default": {
			[]string{"region", "pool"},
			fields{"region": "eu", "pool": fields{"size": 5}},
			nil,
			fields{"region": "eu", "pool": fields{"size": 5, "most": 7}},
			fields{"region": "eu", "pool": fields{"size": 5, "most": 7}},
		},

		"never given": {
			[]string{"description", "enabled", "region", "rules"},
			nil, nil,
			fields{"description": "of other hands", "enabled": false, "region": "eu", "rules": fields{"deny": []string{"a"}}},
			fields{"description": "of other hands", "enabled": false, "region": "eu", "rules": fields{"deny": []string{"a"}}},
		},
		"never given, and not in the state": {
			[]string{"description", "enabled", "region", "allowedCidrs"},
			nil, nil, nil,
			fields{"description": "", "enabled": true, "allowedCidrs": []string{}},
		},

		"write-only, given": {
			[]string{"secret"}, fields{"secret": secret("a")}, fields{"secret": secret("b")}, fields{"secret": secret("a")}, fields{"secret": secret("b")},
		},
		"write-only, as it was": {
			[]string{"secret"}, fields{"secret": secret("a")}, fields{"secret": secret("a")}, fields{"secret": secret("a")}, fields{"secret": secret("a")},
		},
		"write-only, taken out": {
			[]string{"secret"}, fields{"secret": secret("a")}, nil, fields{"secret": secret("a")}, fields{"secret": ""},
		},
		"write-only, never given": {
			[]string{"secret"}, nil, nil, fields{"secret": secret("")}, fields{"secret": secret("")},
		},
		// The API has a value that nobody knows: the default would clear it.
		"write-only, of an imported object": {
			[]string{"secret", "pool"},
			fields{"pool": fields{"size": 5}},
			fields{"pool": fields{"size": 5}},
			fields{"pool": fields{"size": 5, "most": 200}},
			fields{"pool": fields{"size": 5, "most": 200}},
		},

		"object, each field by itself": {
			[]string{"pool"},
			fields{"pool": fields{"host": "db", "size": 5, "most": 7, "password": secret("a"), "limits": fields{"soft": true}}},
			fields{"pool": fields{"host": "DB", "size": 6, "password": secret("b"), "limits": fields{"until": newYearInBerlin}}},
			fields{"pool": fields{"host": "db", "size": 5, "most": 7, "mode": "session", "password": secret("a"), "limits": fields{"until": newYear, "soft": true}}},
			fields{"pool": fields{"host": "db", "size": 6, "most": 200, "mode": "session", "password": secret("b"), "limits": fields{"until": newYear, "soft": false}}},
		},
		"object, the same in another spelling": {
			[]string{"pool"},
			nil,
			fields{"pool": fields{"host": "DB", "size": 5}},
			fields{"pool": fields{"host": "db", "size": 5, "most": 7, "mode": "session"}},
			fields{"pool": fields{"host": "db", "size": 5, "most": 7, "mode": "session"}},
		},
		"object, not in the state": {
			[]string{"pool"},
			nil,
			fields{"pool": fields{"size": 5, "limits": fields{}}},
			nil,
			fields{"pool": fields{"size": 5, "most": 200, "limits": fields{"soft": false}}},
		},
		"object, with a field whose value is not known": {
			[]string{"pool"},
			fields{"pool": fields{"size": 5}},
			fields{"pool": fields{"size": 5}},
			fields{"pool": fields{"size": 5, "mode": "session"}},
			fields{"pool": fields{"size": 5, "most": 200, "mode": "session"}},
		},
		"object, with an unknown field": {
			[]string{"pool"},
			nil,
			fields{"pool": fields{"size": unknown}},
			fields{"pool": fields{"size": 5, "most": 7}},
			fields{"pool": fields{"size": unknown, "most": 7}},
		},
		"object, the same and marked by the program": {
			[]string{"pool"},
			nil,
			fields{"pool": secret(fields{"size": 5})},
			fields{"pool": fields{"size": 5, "most": 7}},
			fields{"pool": fields{"size": 5, "most": 7}},
		},
		"map, as a whole": {
			[]string{"labels"},
			fields{"labels": fields{"a": "x", "b": "y"}},
			fields{"labels": fields{"a": "z"}},
			fields{"labels": fields{"a": "x", "b": "y"}},
			fields{"labels": fields{"a": "z"}},
		},
		"no property of the table": {
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

func TestManaged(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ inputs, live, want fields }{
		"left out": {
			fields{}, fields{"description": "a", "enabled": false, "pool": fields{"size": 5}, "createdAt": "now"}, fields{},
		},
		"the same": {
			fields{"description": "a", "pool": fields{"size": 5}},
			fields{"description": "a", "region": "eu", "pool": fields{"size": 5, "most": 200}},
			fields{"description": "a", "pool": fields{"size": 5}},
		},
		"drift": {
			fields{"description": "a", "enabled": true, "allowedCidrs": []string{"::1"}},
			fields{"description": "b", "enabled": false, "allowedCidrs": []string{}},
			fields{"description": "b", "enabled": false, "allowedCidrs": []string{}},
		},
		"the program's spelling": {
			fields{"host": "DB", "expiresAt": "2027-01-01T01:00:00+01:00", "allowedCidrs": []string{"::1", "10.1.2.3/8"}},
			fields{"host": "db", "expiresAt": "2027-01-01T00:00:00Z", "allowedCidrs": []string{"10.0.0.0/8", "::1/128"}},
			fields{"host": "DB", "expiresAt": "2027-01-01T01:00:00+01:00", "allowedCidrs": []string{"::1", "10.1.2.3/8"}},
		},
		"gone": {
			fields{"region": "eu", "pool": fields{"size": 5}}, fields{}, fields{},
		},
		"write-only": {
			fields{"secret": secret("a"), "pool": fields{"size": 5, "password": secret("b")}},
			fields{"secret": "other", "pool": fields{"size": 5}},
			fields{"secret": secret("a"), "pool": fields{"size": 5, "password": secret("b")}},
		},
		"drift in an object": {
			fields{"pool": fields{"host": "DB", "size": 5, "mode": "session", "password": secret("b"), "limits": fields{"soft": true}}},
			fields{"pool": fields{"host": "db", "size": 6, "most": 7, "limits": fields{"soft": false, "until": "2027-01-01T00:00:00Z"}}},
			fields{"pool": fields{"host": "DB", "size": 6, "password": secret("b"), "limits": fields{"soft": false}}},
		},
		"drift in a map": {
			fields{"labels": fields{"a": "x", "b": "y"}}, fields{"labels": fields{"a": "z", "c": "z"}}, fields{"labels": fields{"a": "z", "c": "z"}},
		},
		"of another kind": {
			fields{"pool": "small"}, fields{"pool": fields{"size": 5}}, fields{"pool": fields{"size": 5}},
		},
		"marks of the program": {
			fields{"description": secret("a"), "region": secret("eu"), "pool": secret(fields{"size": secret(5), "mode": "session"})},
			fields{"description": "b", "region": "eu", "pool": fields{"size": 6, "mode": "transaction"}},
			fields{"description": secret("b"), "region": secret("eu"), "pool": secret(fields{"size": secret(6), "mode": "transaction"})},
		},
		"no property of the table": {
			fields{"__defaults": []string{}}, fields{}, fields{"__defaults": []string{}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := managed().RefreshedInputs(values(test.inputs), values(test.live))
			assertValues(t, values(test.want), got)
			assertValues(t, got, managed().RefreshedInputs(got, values(test.live)), "a second refresh finds nothing new")
		})
	}
}

func TestImported(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ live, want fields }{
		"defaults": {
			fields{"description": "", "enabled": true, "allowedCidrs": []string{}, "rules": fields{"allow": []string{}, "deny": []string{}}},
			fields{},
		},
		"other than the defaults": {
			fields{"description": "a", "enabled": false, "allowedCidrs": []string{"::1"}, "rules": fields{"allow": []string{"a"}, "deny": []string{}}},
			fields{"description": "a", "enabled": false, "allowedCidrs": []string{"::1"}, "rules": fields{"allow": []string{"a"}}},
		},
		"without a default": {fields{"region": "", "host": "db"}, fields{"region": "", "host": "db"}},
		"absent":            {fields{"region": nil}, fields{}},
		"object": {
			fields{"pool": fields{"host": "db", "size": 5, "most": 200, "mode": nil, "limits": fields{"until": "2027-01-01T00:00:00Z", "soft": false}}},
			fields{"pool": fields{"host": "db", "size": 5, "limits": fields{"until": "2027-01-01T00:00:00Z"}}},
		},
		"map":                              {fields{"labels": fields{"a": "x"}}, fields{"labels": fields{"a": "x"}}},
		"the API's choice":                 {fields{"sslMode": "disable"}, fields{"sslMode": "disable", "__imported": []string{"sslMode"}}},
		"the default, as the API's choice": {fields{"sslMode": "verify-full"}, fields{}},
		"outputs are no inputs":            {fields{"createdAt": "now", "region": "eu"}, fields{"region": "eu"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := managed().ImportInputs(values(test.live))
			assertValues(t, values(test.want), got)
			assert.Empty(t, managed().Diff(got, managed().RefreshedInputs(got, values(test.live))), "a refresh after it finds nothing")
		})
	}
}

func TestGiven(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"name": properties.String(),
		"mode": properties.String().ServerDefault(),
		"pool": properties.Object[pool](properties.Table{
			"size":   properties.Integer().ServerDefault(),
			"host":   properties.String(),
			"limits": properties.Object[limits](properties.Table{"most": properties.Integer()}).ServerDefault(),
		}),
	}
	live := fields{"name": "a", "mode": "m", "pool": fields{"size": 5, "host": "db", "limits": fields{"most": 1}}}
	imported := table.ImportInputs(values(live))
	assertValue(t, []string{"mode", "pool.limits", "pool.size"}, imported.Get("__imported"))
	imported = imported.Delete("__imported")

	for name, test := range map[string]struct{ noted, news, want fields }{
		"given now":        {live, live, live},
		"given otherwise":  {live, fields{"mode": "n", "pool": fields{"size": 6, "limits": fields{}}}, live},
		"unknown":          {live, fields{"mode": unknown, "pool": unknown}, live},
		"not given":        {live, fields{"pool": fields{}}, fields{"name": "a", "pool": fields{"host": "db"}}},
		"null":             {live, fields{"mode": nil, "pool": fields{"size": nil, "limits": fields{}}}, fields{"name": "a", "pool": fields{"host": "db", "limits": fields{"most": 1}}}},
		"object not given": {live, fields{}, fields{"name": "a", "pool": live["pool"]}},
		"one was noted":    {fields{"mode": "m"}, fields{"pool": fields{}}, fields{"name": "a", "pool": live["pool"]}},
		"none was noted":   {fields{}, fields{"pool": fields{}}, live},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			olds := imported // with a note of some of what was chosen
			if noted, ok := table.ImportInputs(values(test.noted)).GetOk("__imported"); ok {
				olds = olds.Set("__imported", noted)
			}
			got := table.UserInputs(olds, values(test.news)).Delete("__imported")
			assertValues(t, values(test.want), got)
		})
	}

	t.Run("an object that was not there", func(t *testing.T) {
		t.Parallel()
		olds := table.ImportInputs(values(fields{"name": "a", "mode": "m"}))
		got := table.UserInputs(olds, values(fields{"pool": fields{"size": 5}}))
		assertValues(t, values(fields{"name": "a"}), got.Delete("__imported"))
	})
}

func TestSpelled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ outputs, inputs, want fields }{
		"the same in another spelling": {
			fields{"host": "db", "expiresAt": "2027-01-01T00:00:00Z", "allowedCidrs": []string{"10.0.0.0/8", "::1/128"}},
			fields{"host": "DB", "expiresAt": "2027-01-01T01:00:00+01:00", "allowedCidrs": []string{"::1", "10.1.2.3/8"}},
			fields{"host": "DB", "expiresAt": "2027-01-01T01:00:00+01:00", "allowedCidrs": []string{"::1", "10.1.2.3/8"}},
		},
		"map":             {fields{"labels": fields{"a": "x"}}, fields{"labels": fields{"a": "X"}}, fields{"labels": fields{"a": "X"}}},
		"different map":   {fields{"labels": fields{"a": "x", "b": "y"}}, fields{"labels": fields{"a": "X"}}, fields{"labels": fields{"a": "x", "b": "y"}}},
		"of another kind": {fields{"pool": fields{"size": 5}, "rules": "all"}, fields{"pool": "small", "rules": fields{}}, fields{"pool": fields{"size": 5}, "rules": "all"}},
		"different": {
			fields{"host": "db1", "allowedCidrs": []string{"10.0.0.0/8"}},
			fields{"host": "DB2", "allowedCidrs": []string{"10.1.2.3/9"}},
			fields{"host": "db1", "allowedCidrs": []string{"10.0.0.0/8"}},
		},
		"object, each field by itself": {
			fields{"pool": fields{"host": "db", "size": 5, "most": 200, "limits": fields{"until": "2027-01-01T00:00:00Z", "soft": false}}},
			fields{"pool": fields{"host": "DB", "size": 6, "limits": fields{"until": "2027-01-01T01:00:00+01:00"}}},
			fields{"pool": fields{"host": "DB", "size": 5, "most": 200, "limits": fields{"until": "2027-01-01T01:00:00+01:00", "soft": false}}},
		},
		"not given":              {fields{"host": "db"}, fields{"host": nil}, fields{"host": "db"}},
		"not there":              {fields{}, fields{"host": "DB"}, fields{}},
		"unknown":                {fields{"host": "db", "region": unknown}, fields{"host": unknown, "region": "eu"}, fields{"host": "db", "region": unknown}},
		"outputs that no inputs": {fields{"createdAt": "now"}, fields{"createdAt": "NOW"}, fields{"createdAt": "now"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertValues(t, values(test.want), managed().PreserveInputForm(values(test.outputs), values(test.inputs)))
		})
	}
}

func TestAffected(t *testing.T) {
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
		"nothing":             {fields{"host": "db", "name": "a"}, fields{"host": "db", "name": "a"}, nil},
		"what affects none":   {fields{"name": "a"}, fields{"name": "b"}, nil},
		"spelling":            {fields{"host": "db"}, fields{"host": "DB"}, nil},
		"one":                 {fields{"host": "db"}, fields{"host": "db2"}, []string{"connectionString"}},
		"all":                 {fields{"host": "db"}, fields{"triggers": fields{"a": "b"}}, []string{"connectionString", "token", "url"}},
		"entry of a map":      {fields{"triggers": fields{"a": "b"}}, fields{"triggers": fields{"a": "c"}}, []string{"token", "url"}},
		"taken out":           {fields{"triggers": fields{"a": "b"}}, fields{}, []string{"token", "url"}},
		"unknown":             {fields{"host": "db"}, fields{"host": unknown}, []string{"connectionString"}},
		"unknown in the map":  {fields{"triggers": fields{"a": "b"}}, fields{"triggers": fields{"a": unknown}}, []string{"token", "url"}},
		"secretness is alike": {fields{"host": "db"}, fields{"host": secret("db")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.ElementsMatch(t, test.want, table.ChangedOutputs(values(test.olds), values(test.news)))
		})
	}
}

func TestExpected(t *testing.T) {
	t.Parallel()
	inputs := values(fields{
		"description": nil,
		"enabled":     false,
		"host":        "DB",
		"expiresAt":   unknown,
		"pool":        secret(fields{"size": 5, "password": secret("a"), "limits": fields{}}),
		"__defaults":  []string{},
	})
	before := inputs
	assertValues(t, values(fields{
		"description":  "",
		"enabled":      false,
		"region":       unknown, // the API chooses
		"host":         "DB",
		"expiresAt":    unknown,
		"allowedCidrs": []string{},
		"labels":       unknown,
		"sslMode":      unknown, // the API chooses here too: its default is not certain
		// secret is write-only: what is not given will not be there.
		"rules": fields{"allow": []string{}, "deny": []string{}},
		"pool": secret(fields{
			"host": unknown, "size": 5, "most": 200, "mode": unknown, "password": secret("a"),
			"limits": fields{"until": unknown, "soft": false},
		}),
		"__defaults": []string{},
	}), managed().PreviewOutputs(inputs))
	assertValues(t, before, inputs)

	got := managed().PreviewOutputs(values(fields{"pool": unknown, "secret": secret("s")}))
	assertValue(t, unknown, got.Get("pool"))
	assertValue(t, secret("s"), got.Get("secret"))
	assertValue(t, unknown, managed().PreviewOutputs(none).Get("pool"))
}

func TestForgetUnapplied(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ outputs, olds, news, want fields }{
		"taken out, and not reached": {
			fields{"description": "a", "enabled": false},
			fields{"description": "a", "enabled": false},
			fields{},
			fields{},
		},
		"taken out, and reached": {
			fields{"description": "", "enabled": true},
			fields{"description": "a", "enabled": false},
			fields{},
			fields{"description": "", "enabled": true},
		},
		"taken out, without a default": {
			fields{"region": "eu"}, fields{"region": "eu"}, fields{}, fields{"region": "eu"},
		},
		"changed, and not reached": {
			fields{"description": "a"}, fields{"description": "a"}, fields{"description": "b"}, fields{"description": "a"},
		},
		"never given": {
			fields{"description": "of other hands"}, fields{}, fields{}, fields{"description": "of other hands"},
		},
		"in an object": {
			fields{"pool": fields{"size": 5, "most": 7, "mode": "session", "limits": fields{"soft": true}}},
			fields{"pool": fields{"size": 5, "most": 7, "mode": "session", "limits": fields{"soft": true}}},
			fields{"pool": fields{"size": 6, "limits": fields{}}},
			fields{"pool": fields{"size": 5, "mode": "session", "limits": fields{}}},
		},
		"an object": {
			fields{"rules": fields{"allow": []string{"a"}, "deny": []string{}}},
			fields{"rules": fields{"allow": []string{"a"}}},
			fields{},
			fields{},
		},
		"outputs that are no inputs": {
			fields{"createdAt": "now"}, fields{"createdAt": "then"}, fields{}, fields{"createdAt": "now"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outputs, olds, news := values(test.outputs), values(test.olds), values(test.news)
			// The state before the update is that of olds, with nothing that the program does not know.
			desired := managed().PlannedInputs(olds, news, values(test.outputs))
			got := managed().DropUnapplied(outputs, olds, news, desired)
			assertValues(t, values(test.want), got)

			// The next update starts from the inputs of this one, and wants what this one wanted.
			next := managed().PlannedInputs(news, news, got)
			for name := range outputs.All {
				assertValue(t, desired.Get(name), next.Get(name))
			}
		})
	}
}

func TestForgetUnappliedKeepsWhatTheProgramNeverGave(t *testing.T) {
	t.Parallel()
	desired := managed().PlannedInputs(none, none, values(fields{"description": "before"}))
	outputs := values(fields{"description": "by other hands, meanwhile"})
	assertValues(t, outputs, managed().DropUnapplied(outputs, none, none, desired))
}

func TestDistributed(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"name":     properties.String(),
		"enforce":  properties.Bool().MustBeKnown(),
		"database": managed()["pool"].Required(),
		"labels":   properties.Map(properties.String()),
		"replicas": properties.List(properties.Object[limits](properties.Table{
			"name": properties.String().MustBeKnown(),
			"host": properties.String().Required(),
			"port": properties.Integer(),
		})).MustBeKnown(),
	}
	for name, test := range map[string]struct{ inputs, want fields }{
		"nothing":      {fields{}, fields{}},
		"null":         {fields{"database": nil, "replicas": nil}, fields{"database": nil, "replicas": nil}},
		"plain values": {fields{"name": "a", "labels": fields{"a": "b"}}, fields{"name": "a", "labels": fields{"a": "b"}}},
		"object":       {fields{"database": fields{"size": 5}}, fields{"database": fields{"size": 5}}},
		"secret object": {
			fields{"database": secret(fields{"size": 5, "mode": secret("a"), "limits": fields{"soft": true}})},
			fields{"database": fields{"size": secret(5), "mode": secret("a"), "limits": fields{"soft": secret(true)}}},
		},
		"unknown object":        {fields{"database": unknown}, fields{"database": fields{"size": unknown}}},
		"unknown secret object": {fields{"database": unknown.WithSecret(true)}, fields{"database": fields{"size": unknown.WithSecret(true)}}},
		"secret list": {
			fields{"replicas": secret([]any{fields{"host": "a"}, fields{"host": "b", "port": 1}})},
			fields{"replicas": []any{fields{"host": secret("a")}, fields{"host": secret("b"), "port": secret(1)}}},
		},
		"unknown item":      {fields{"replicas": []any{unknown}}, fields{"replicas": []any{fields{"host": unknown}}}},
		"unknown list":      {fields{"replicas": unknown}, fields{"replicas": unknown}},
		"empty list":        {fields{"replicas": []string{}}, fields{"replicas": []string{}}},
		"what counts":       {fields{"enforce": secret(true)}, fields{"enforce": true}},
		"secret map":        {fields{"labels": secret(fields{"a": "b"})}, fields{"labels": secret(fields{"a": "b"})}},
		"names not in it":   {fields{"database": secret(fields{"colour": "a"})}, fields{"database": fields{"colour": "a"}}},
		"kinds not allowed": {fields{"database": "db", "replicas": []any{nil, "a"}, "enforce": secret("yes")}, fields{"database": "db", "replicas": []any{nil, "a"}, "enforce": secret("yes")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertValues(t, values(test.want), table.PropagateMarks(values(test.inputs)))
		})
	}

	t.Run("dependencies", func(t *testing.T) {
		t.Parallel()
		const one, other = urn.URN("urn:pulumi:dev::shop::pgbeam:index:Project::one"), urn.URN("urn:pulumi:dev::shop::pgbeam:index:Project::other")
		size := property.New(5.0).WithDependencies([]urn.URN{one})
		inputs := values(fields{
			"database": properties.Value(fields{"size": size, "mode": "a"}).WithDependencies([]urn.URN{other}),
			"enforce":  property.New(true).WithDependencies([]urn.URN{other}),
			"replicas": []any{fields{
				"name": property.New("a").WithDependencies([]urn.URN{other}).WithSecret(true), "host": property.New("b").WithDependencies([]urn.URN{other}),
			}},
		})
		got := table.PropagateMarks(inputs)
		database := got.Get("database")
		assert.Empty(t, database.Dependencies())
		assert.Equal(t, []urn.URN{one, other}, database.AsMap().Get("size").Dependencies())
		assert.Equal(t, []urn.URN{other}, database.AsMap().Get("mode").Dependencies())
		assert.Empty(t, got.Get("enforce").Dependencies())
		replica := got.Get("replicas").AsArray().Get(0).AsMap()
		assert.Empty(t, replica.Get("name").Dependencies())
		assert.True(t, replica.Get("name").Secret(), "to be refused")
		assert.Equal(t, []urn.URN{other}, replica.Get("host").Dependencies())
	})
}
