// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// stored has a property of every kind that a state treats in its own way.
func stored() properties.Table {
	return properties.Table{
		"projectId":   properties.String().Required().Replaces().Reference("prj_"),
		"region":      properties.String().Replaces(),
		"description": properties.String().Default(""),
		"secret":      properties.String().Secret().WriteOnly(),
		"triggers":    properties.Map(properties.String()).Default(fields{}).Affects("token", "url"),
		"policyId":    properties.String().SharedWith("Tie").Default(""),
		"pool": properties.Object[pool](properties.Table{
			"host":     properties.String(),
			"password": properties.String().Secret().WriteOnly(),
			"most":     properties.Integer().Default(200),
			"policyId": properties.String().SharedWith("Tie").Default(""),
			"limits": properties.Object[limits](properties.Table{
				"password": properties.String().WriteOnly(), "policyId": properties.String().Reference("pol_").Default(""),
			}),
		}),
		"rules": properties.List(properties.Object[masking](properties.Table{
			"kind": properties.String(), "policyId": properties.String().SharedWith("Tie").Reference("pol_").Default(""),
		})),
		"byName": properties.Map(properties.String().Reference("pol_")),
	}
}

func TestRecovered(t *testing.T) {
	t.Parallel()
	state := fields{
		"projectId": "prj_1", "region": "eu", "description": "live", "secret": secret("s"),
		"pool": fields{"host": "db", "most": 7, "limits": fields{"password": "p"}},
	}
	for name, test := range map[string]struct{ olds, news, want fields }{
		"all lost, and given": {
			nil,
			fields{"projectId": "prj_1", "description": "new", "secret": secret("t"), "pool": fields{"host": "new", "limits": fields{"policyId": "pol_1"}}},
			fields{"projectId": "prj_1", "description": "live", "secret": secret("s"), "pool": fields{"host": "db", "limits": fields{}}},
		},
		"all lost, and not given": {nil, fields{"projectId": "prj_1"}, fields{"projectId": "prj_1"}},
		"all lost, and not known": {nil, fields{"projectId": unknown, "policyId": "pol_1"}, fields{"projectId": "prj_1"}},
		"replacing ones lost": {
			fields{"description": "old"},
			fields{"projectId": "prj_2", "region": "us", "policyId": "pol_1"},
			fields{"description": "old", "projectId": "prj_1", "region": "eu"},
		},
		"replacing one never given":    {fields{"projectId": "prj_1"}, fields{"projectId": "prj_1"}, fields{"projectId": "prj_1"}},
		"replacing one that is there":  {fields{"projectId": "prj_0"}, fields{"projectId": "prj_2"}, fields{"projectId": "prj_0"}},
		"others that were not there":   {fields{"projectId": "prj_1"}, fields{"projectId": "prj_1", "description": "new"}, fields{"projectId": "prj_1"}},
		"nothing lost and nothing new": {fields{"projectId": "prj_1"}, fields{}, fields{"projectId": "prj_1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertValues(t, values(test.want), stored().RecoverInputs(values(test.olds), values(test.news), values(state)))
		})
	}
}

func TestResent(t *testing.T) {
	t.Parallel()
	state := fields{"secret": secret("s"), "description": "d", "pool": fields{"host": "db", "password": secret("p"), "limits": fields{"password": "l"}}}
	for name, test := range map[string]struct{ olds, news, want fields }{
		"given as before":   {state, state, state},
		"given again":       {fields{"description": "d"}, state, fields{"description": "d", "pool": fields{"host": "db", "limits": fields{}}}},
		"given again below": {fields{"secret": "s", "pool": fields{"password": "p", "limits": fields{}}}, state, with(state, "pool", fields{"host": "db", "password": secret("p"), "limits": fields{}})},
		"changed":           {state, with(state, "secret", secret("t")), state},
		"left out":          {state, fields{}, state},
		"never given":       {fields{}, fields{"pool": fields{"host": "db"}}, state},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertValues(t, values(test.want), stored().ResendWriteOnly(values(test.olds), values(test.news), values(state)))
		})
	}
}

func with(m fields, name string, value any) fields {
	merged := fields{}
	for key, entry := range m {
		merged[key] = entry
	}
	merged[name] = value
	return merged
}

func TestFillFrom(t *testing.T) {
	t.Parallel()
	inputs := fields{"projectId": "prj_1", "secret": secret("s"), "triggers": fields{"a": "1"}, "pool": fields{"password": "p"}}
	assertValues(t, values(fields{"projectId": "prj_1", "triggers": fields{"a": "1"}}), stored().FillFrom(none, values(inputs)))
	have := fields{"projectId": "prj_2", "secret": secret("t"), "triggers": fields{}, "createdAt": "today"}
	assertValues(t, values(have), stored().FillFrom(values(have), values(inputs)))
}

func TestAffectedBy(t *testing.T) {
	t.Parallel()
	assert.Equal(t, []string{"triggers"}, stored().PropertiesThatChange("token"))
	assert.Empty(t, stored().PropertiesThatChange("description"))
}

// TestSharedWith: an import notes a property that another resource can set, at any
// depth. A program that does not give it changes nothing; one that gives it manages
// it, and takes it out again.
func TestSharedWith(t *testing.T) {
	t.Parallel()
	table := stored()
	assert.Equal(t, "Tie", table.SharedWith("policyId"))
	assert.Empty(t, table.SharedWith("region"))
	live := values(fields{
		"projectId": "prj_1", "policyId": "pol_1", "pool": fields{"host": "db", "policyId": "pol_2"},
		"rules": []any{fields{"kind": "a", "policyId": "pol_3"}, fields{"kind": "b", "policyId": ""}},
	})
	imported := table.ImportInputs(live)
	assertValues(t, values(fields{
		"projectId": "prj_1", "policyId": "pol_1", "pool": fields{"host": "db", "policyId": "pol_2"},
		"rules":      []any{fields{"kind": "a", "policyId": "pol_3"}, fields{"kind": "b"}},
		"__imported": []string{"policyId", "pool.policyId", "rules[0].policyId"},
	}), imported)

	without := values(fields{"projectId": "prj_1", "pool": fields{"host": "db"}, "rules": []any{fields{"kind": "a"}, fields{"kind": "b"}}})
	assert.Empty(t, table.Diff(imported, without))
	assertValues(t, values(fields{
		"projectId": "prj_1", "pool": fields{"host": "db"}, "rules": []any{fields{"kind": "a"}, fields{"kind": "b"}}, "__imported": []string{"policyId", "pool.policyId", "rules[0].policyId"},
	}), table.UserInputs(imported, without))
	desired := table.PlannedInputs(table.UserInputs(imported, without), without, live)
	assert.Equal(t, "pol_1", desired.Get("policyId").AsString())
	assert.Equal(t, "pol_2", desired.Get("pool").AsMap().Get("policyId").AsString())

	// Nobody knows what it is in the API: it is not sent, so it stays.
	desired = table.PlannedInputs(none, none, none)
	_, wanted := desired.GetOk("policyId")
	assert.False(t, wanted)
	assert.Empty(t, desired.Get("description").AsString(), "as others are")

	given := without.Set("policyId", property.New("pol_9"))
	assert.Contains(t, table.Diff(imported, given), "policyId")
	assert.Equal(t, "pol_9", table.PlannedInputs(table.UserInputs(imported, given), given, live).Get("policyId").AsString())
	assert.Contains(t, table.Diff(given, without), "policyId", "taken out of a program that gave it")
	assert.Empty(t, table.PlannedInputs(given, without, live).Get("policyId").AsString())
	assertValues(t, values(fields{"policyId": "pol_1"}), property.NewMap(map[string]property.Value{"policyId": table.RefreshedInputs(given, live).Get("policyId")}))
}

func TestReferences(t *testing.T) {
	t.Parallel()
	given := values(fields{
		"projectId": secret("org_1/prj_1"),
		"pool":      fields{"host": "a/pol_1", "limits": fields{"policyId": "prj_1/db_1/pol_1"}},
		"rules":     []any{fields{"policyId": "prj_1/pol_1"}, fields{"policyId": "pol_2"}, fields{"policyId": unknown}},
		"byName":    fields{"a": "prj_1/pol_1", "b": "prj_1/xyz_1", "c": "prj_1/pol_", "d": "https://a/pol_1", "e": "../pol_1", "f": 5, "g": ""},
	})
	assertValues(t, values(fields{
		"projectId": secret("prj_1"),
		"pool":      fields{"host": "a/pol_1", "limits": fields{"policyId": "pol_1"}},
		"rules":     []any{fields{"policyId": "pol_1"}, fields{"policyId": "pol_2"}, fields{"policyId": unknown}},
		"byName":    fields{"a": "pol_1", "b": "prj_1/xyz_1", "c": "prj_1/pol_", "d": "https://a/pol_1", "e": "../pol_1", "f": 5, "g": ""},
	}), stored().ResolveReferences(given))
	empty := values(fields{"rules": []any{}, "byName": fields{}, "pool": unknown})
	assertValues(t, values(fields{"rules": []any{}, "byName": fields{}, "pool": unknown}), stored().ResolveReferences(empty))
	const wrong = "must be an ID, pol_…, or an import ID that ends with one, such as prj_…/pol_…; got "
	reference := properties.String().Reference("pol_")
	for value, want := range map[string]string{
		"": "", "pol_1": "", "prj_1/xyz_1": wrong + `"prj_1/xyz_1"`, "/": wrong + `"/"`,
		"..": `must be an ID of the API, which . and .. are not; got ".."`, "a b": `must be an ID of the API: letters, digits, and _ . - only; got "a b"`,
	} {
		assert.Equal(t, want, reason(t, reference, value))
	}
}

func TestIsID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"pol_1": true, "a.b-c_D": true, "...": true, ".a": true, "": false, ".": false, "..": false, "a/b": false, "a b": false, "a\n": false, "ä": false,
	} {
		assert.Equal(t, want, properties.IsID(id), id)
	}
}

// TestMessagesHidePasswordsInURLs: what is refused is shown, less what may be a password in it.
func TestMessagesHidePasswordsInURLs(t *testing.T) {
	t.Parallel()
	for _, value := range []string{
		"postgres://user:planted@db.example.com/shop", "//user:planted@db", "user:planted@db.example.com", "postgres://u:pl/planted?#@x@db",
		"ftp://example.com/?password=planted", "host=db password=planted user=a", "https://planted@example.com", "PGPASSWORD = planted",
		"ftp://a/?api_key=planted&x=1", "a:b\nuser:planted@db", "ftp://example.com?X-Amz-Signature=planted",
		"x://u:" + string(make([]byte, 100)) + "planted@db",
	} {
		for _, prop := range []properties.Property{properties.String().OneOf("a"), properties.Integer(), properties.String().HTTPURL().OneOf("a")} {
			assert.NotContains(t, reason(t, prop, value), "planted", value)
		}
	}
	assert.Equal(t, `must be one of a; got "postgres://[hidden]@db"`, reason(t, properties.String().OneOf("a"), "postgres://user:planted@db"))
	assert.Equal(t, `must be one of a; got "2001:db8::1"`, reason(t, properties.String().OneOf("a"), "2001:db8::1"))
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"name": properties.String().Length(0, 3), "url": properties.String().HTTPURL(), "tags": properties.List(properties.String()).MaxItems(1), "port": properties.Integer().Required(), "password": properties.String().Secret().Length(9, 0),
		"pool": properties.Object[pool](properties.Table{"host": properties.String().Length(0, 3)}),
	}
	inputs := values(fields{"name": "longer", "url": "ftp://u:planted@a", "tags": []string{"a", "b"}, "password": "short", "pool": fields{"host": "longer"}, "colour": "red"})
	failures := properties.Printable(table.Check(none, inputs), inputs)
	assert.ElementsMatch(t, []string{"name", "", "", "", "", "", ""}, paths(failures))
}

func TestRootOfAPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[properties.Path]string{"a": "a", "a.b[1].c": "a", "a[1].b": "a", `a["b c"].d`: "a"} {
		assert.Equal(t, want, path.Root())
	}
}

// FuzzSame: among values without unknown ones, Same is an equivalence relation,
// whatever their kind. Otherwise a refresh could show a change that an update does
// not make, or the other way round.
func FuzzSame(f *testing.F) {
	for _, seed := range [][3]string{
		{`{"expiresAt":"2027-01-01T00:00:00.4Z"}`, `{"expiresAt":"2027-01-01T00:00:00.9Z"}`, `{"expiresAt":"2027-01-01T00:00:01Z"}`},
		{`{"expiresAt":5,"host":true}`, `{"expiresAt":"5","host":[]}`, `{"expiresAt":[5]}`},
		{`{"allowedCidrs":["10.0.0.1","a"]}`, `{"allowedCidrs":["a","10.0.0.1/32"]}`, `{"allowedCidrs":[1,"a"]}`},
		{`{"rules":{"allow":["a","b","a"]}}`, `{"rules":{"allow":["b","a"]}}`, `{"rules":{"allow":["A","b"]}}`},
		{`{"host":"A","labels":{"a":"B"}}`, `{"host":"a","labels":{"a":"b"}}`, `{"host":"a","labels":{"a":"b","c":null}}`},
		{`{"pool":{"host":"A","limits":{"until":"soon"}}}`, `{"pool":null}`, `{"pool":{"host":"a","limits":{"until":"soon"}}}`},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	table := managed()
	f.Fuzz(func(t *testing.T, first, second, third string) {
		var maps [3]property.Map
		for i, text := range []string{first, second, third} {
			var decoded map[string]any
			if json.Unmarshal([]byte(text), &decoded) != nil {
				return
			}
			maps[i] = values(decoded)
		}
		for name, prop := range table {
			a, b, c := maps[0].Get(name), maps[1].Get(name), maps[2].Get(name)
			if !prop.Same(a, a) {
				t.Errorf("%s: %v is not itself", name, a)
			}
			if prop.Same(a, b) != prop.Same(b, a) {
				t.Errorf("%s: %v and %v are the same in one direction", name, a, b)
			}
			if prop.Same(a, b) && prop.Same(b, c) && !prop.Same(a, c) {
				t.Errorf("%s: %v is %v, which is %v, but the first is not the last", name, a, b, c)
			}
		}
	})
}
