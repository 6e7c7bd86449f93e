// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

func TestImportInputs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ live, want fields }{
		"defaults": {
			fields{"description": "", "enabled": true, "allowedCidrs": []string{}, "rules": fields{"allow": []string{}, "deny": []string{}}},
			fields{},
		},
		"not the defaults": {
			fields{"description": "a", "enabled": false, "allowedCidrs": []string{"::1"}, "rules": fields{"allow": []string{"a"}, "deny": []string{}}},
			fields{"description": "a", "enabled": false, "allowedCidrs": []string{"::1"}, "rules": fields{"allow": []string{"a"}}},
		},
		"no default": {fields{"region": "", "host": "db"}, fields{"region": "", "host": "db"}},
		"null":       {fields{"region": nil}, fields{}},
		"object": {
			fields{"pool": fields{"host": "db", "size": 5, "maxSize": 200, "mode": nil, "limits": fields{"until": "2027-01-01T00:00:00Z", "soft": false}}},
			fields{"pool": fields{"host": "db", "size": 5, "limits": fields{"until": "2027-01-01T00:00:00Z"}}},
		},
		"map":                              {fields{"labels": fields{"a": "x"}}, fields{"labels": fields{"a": "x"}}},
		"server default":                   {fields{"sslMode": "disable"}, fields{"sslMode": "disable", "__imported": []string{"sslMode"}}},
		"server default, documented value": {fields{"sslMode": "verify-full"}, fields{}},
		"outputs that are not inputs":      {fields{"createdAt": "now", "region": "eu"}, fields{"region": "eu"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := exampleTable().ImportInputs(values(test.live))
			assertValues(t, values(test.want), got)
			assert.Empty(t, exampleTable().Diff(got, exampleTable().RefreshedInputs(got, values(test.live))), "a refresh must not show drift")
		})
	}
}

// TestWithLive verifies that a program can set the values that an imported object has, and
// can omit those that are the defaults, without a change.
func TestWithLive(t *testing.T) {
	t.Parallel()
	live := values(fields{
		"description": "", "enabled": true, "region": "eu", "allowedCidrs": []string{}, "sslMode": "verify-full",
		"rules": fields{"allow": []string{"a"}, "deny": []string{}},
		"pool":  fields{"host": "db", "size": 5, "maxSize": 200, "limits": fields{"soft": false}}, "createdAt": "now",
	})
	imported := exampleTable().ImportInputs(live)
	changes := func(program fields) []string {
		news := values(program)
		return slices.Sorted(maps.Keys(exampleTable().Diff(exampleTable().WithLive(imported, news, live), news)))
	}
	for name, test := range map[string]struct {
		program fields
		want    []string
	}{
		"with defaults": {fields{
			"description": "", "enabled": true, "region": "eu", "sslMode": "verify-full", "rules": fields{"allow": []string{"a"}, "deny": []string{}},
			"pool": fields{"host": "db", "size": 5, "maxSize": 200, "limits": fields{"soft": false}},
		}, nil},
		"without defaults":                   {fields{"region": "eu", "rules": fields{"allow": []string{"a"}}, "pool": fields{"host": "db", "size": 5, "limits": fields{}}}, nil},
		"other values":                       {fields{"enabled": false, "region": "us", "rules": fields{"allow": []string{"a"}}, "pool": fields{"host": "db", "size": 5, "limits": fields{}}}, []string{"enabled", "region"}},
		"without a value that is no default": {fields{"region": "eu", "pool": fields{"host": "db", "size": 5, "limits": fields{}}}, []string{"rules"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, changes(test.program))
		})
	}
}

func TestUserInputs(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"name": properties.String(),
		"mode": properties.String().ServerDefault(),
		"pool": properties.Object[pool](properties.Table{
			"size":   properties.Integer().ServerDefault(),
			"host":   properties.String(),
			"limits": properties.Object[limits](properties.Table{"maxSize": properties.Integer()}).ServerDefault(),
		}),
	}
	live := fields{"name": "a", "mode": "m", "pool": fields{"size": 5, "host": "db", "limits": fields{"maxSize": 1}}}
	imported := table.ImportInputs(values(live))
	assertValue(t, []string{"mode", "pool.limits", "pool.size"}, imported.Get("__imported"))
	imported = imported.Delete("__imported")

	for name, test := range map[string]struct{ recorded, news, want fields }{
		"set":                 {live, live, live},
		"set to other values": {live, fields{"mode": "n", "pool": fields{"size": 6, "limits": fields{}}}, live},
		"unknown":             {live, fields{"mode": unknown, "pool": unknown}, live},
		"omitted":             {live, fields{"pool": fields{}}, fields{"name": "a", "pool": fields{"host": "db"}}},
		"null":                {live, fields{"mode": nil, "pool": fields{"size": nil, "limits": fields{}}}, fields{"name": "a", "pool": fields{"host": "db", "limits": fields{"maxSize": 1}}}},
		"object omitted":      {live, fields{}, fields{"name": "a", "pool": live["pool"]}},
		"one recorded":        {fields{"mode": "m"}, fields{"pool": fields{}}, fields{"name": "a", "pool": live["pool"]}},
		"none recorded":       {fields{}, fields{"pool": fields{}}, live},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			olds := imported
			if recorded, ok := table.ImportInputs(values(test.recorded)).GetOk("__imported"); ok {
				olds = olds.Set("__imported", recorded)
			}
			got := table.UserInputs(olds, values(test.news)).Delete("__imported")
			assertValues(t, values(test.want), got)
		})
	}

	t.Run("object missing from the old inputs", func(t *testing.T) {
		t.Parallel()
		olds := table.ImportInputs(values(fields{"name": "a", "mode": "m"}))
		got := table.UserInputs(olds, values(fields{"pool": fields{"size": 5}}))
		assertValues(t, values(fields{"name": "a"}), got.Delete("__imported"))
	})
}

// TestSharedWith covers properties that another resource can set. An import
// leaves them out, or records them in the items of a list. A program that omits one
// leaves it alone; a program that sets one manages it, and resets it when it removes it.
func TestSharedWith(t *testing.T) {
	t.Parallel()
	table := stateTable()
	assert.Equal(t, "PolicyAttachment", table.SharedWith("policyId"))
	assert.Empty(t, table.SharedWith("region"))
	live := values(fields{
		"projectId": "prj_1", "policyId": "pol_1", "pool": fields{"host": "db", "policyId": "pol_2"},
		"rules": []any{fields{"kind": "a", "policyId": "pol_3"}, fields{"kind": "b", "policyId": ""}},
	})
	imported := table.ImportInputs(live)
	assertValues(t, values(fields{
		"projectId": "prj_1", "pool": fields{"host": "db"},
		"rules":      []any{fields{"kind": "a", "policyId": "pol_3"}, fields{"kind": "b"}},
		"__imported": []string{"rules[0].policyId"}, "__shared": fields{"policyId": "pol_1"},
	}), imported)

	without := values(fields{"projectId": "prj_1", "pool": fields{"host": "db"}, "rules": []any{fields{"kind": "a"}, fields{"kind": "b"}}})
	assert.Empty(t, table.Diff(imported, without))
	assertValues(t, values(fields{
		"projectId": "prj_1", "pool": fields{"host": "db"}, "rules": []any{fields{"kind": "a"}, fields{"kind": "b"}}, "__imported": []string{"rules[0].policyId"}, "__shared": fields{"policyId": "pol_1"},
	}), table.UserInputs(imported, without))

	// A program that sets the live values takes them over, which changes nothing.
	adopting := without.Set("policyId", property.New("pol_1")).Set("pool", property.New(values(fields{"host": "db", "policyId": "pol_2"})))
	assert.NotEmpty(t, table.Diff(imported, adopting))
	adopted := table.WithLive(imported, adopting, live)
	assert.Empty(t, table.Diff(adopted, adopting))
	assertValues(t, values(fields{"policyId": "pol_1"}), property.NewMap(map[string]property.Value{"policyId": adopted.Get("policyId")}))
	assertValues(t, imported, table.WithLive(imported, without, live))
	other := without.Set("policyId", property.New("pol_9"))
	assertValues(t, imported, table.WithLive(imported, other, live))
	assert.Equal(t, "pol_9", table.WithLive(other, adopting, live).Get("policyId").AsString())

	// A program that repeats an imported value and later omits it does not remove it.
	repeated := table.KeepShared(imported, adopting)
	assertValues(t, values(fields{"policyId": "pol_1"}), repeated.Get("__shared").AsMap())
	repeated = table.KeepShared(repeated, adopting)
	assert.Equal(t, []string{"policyId"}, table.ReleasedShared(repeated, without))
	assert.Empty(t, table.ReleasedShared(imported, without), "it was never set")
	assert.NotContains(t, table.Diff(repeated, without), "policyId")
	assert.Equal(t, "pol_1", table.PlannedInputs(table.UserInputs(repeated, without), without, live).Get("policyId").AsString())
	// One that sets another value manages it.
	changed := table.KeepShared(repeated, other)
	assertValues(t, other, changed)
	assert.Contains(t, table.Diff(changed, without), "policyId")
	assertValues(t, without, table.KeepShared(imported, without))

	// Earlier releases have recorded them.
	recorded := values(fields{
		"projectId": "prj_1", "policyId": "pol_1", "pool": fields{"host": "db", "policyId": "pol_2"},
		"rules": []any{fields{"kind": "a"}, fields{"kind": "b"}}, "__imported": []string{"policyId", "pool.policyId"},
	})
	assert.Empty(t, table.Diff(recorded, without))
	assertValues(t, values(fields{"policyId": "pol_1"}), table.KeepShared(recorded, adopting).Get("__shared").AsMap())
	planned := table.PlannedInputs(table.UserInputs(recorded, without), without, live)
	assert.Equal(t, "pol_1", planned.Get("policyId").AsString())
	assert.Equal(t, "pol_2", planned.Get("pool").AsMap().Get("policyId").AsString())
	planned = table.PlannedInputs(table.UserInputs(imported, without), without, live)
	assert.Equal(t, "pol_1", planned.Get("policyId").AsString())
	assert.Equal(t, "pol_2", planned.Get("pool").AsMap().Get("policyId").AsString())

	// The live value is not known, so it is not sent.
	planned = table.PlannedInputs(empty, empty, empty)
	_, ok := planned.GetOk("policyId")
	assert.False(t, ok)
	assert.Empty(t, planned.Get("description").AsString(), "unlike a property that is not shared")

	explicit := without.Set("policyId", property.New("pol_9"))
	assert.Contains(t, table.Diff(imported, explicit), "policyId")
	assert.Equal(t, "pol_9", table.PlannedInputs(table.UserInputs(imported, explicit), explicit, live).Get("policyId").AsString())
	assert.Contains(t, table.Diff(explicit, without), "policyId", "removed by a program that set it")
	assert.Empty(t, table.PlannedInputs(explicit, without, live).Get("policyId").AsString())
	assertValues(t, values(fields{"policyId": "pol_1"}), property.NewMap(map[string]property.Value{"policyId": table.RefreshedInputs(explicit, live).Get("policyId")}))
}
