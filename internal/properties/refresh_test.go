// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"testing"
)

func TestRefreshedInputs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ inputs, live, want fields }{
		"omitted": {
			fields{}, fields{"description": "a", "enabled": false, "pool": fields{"size": 5}, "createdAt": "now"}, fields{},
		},
		"unchanged": {
			fields{"description": "a", "pool": fields{"size": 5}},
			fields{"description": "a", "region": "eu", "pool": fields{"size": 5, "maxSize": 200}},
			fields{"description": "a", "pool": fields{"size": 5}},
		},
		"drift": {
			fields{"description": "a", "enabled": true, "allowedCidrs": []string{"::1"}},
			fields{"description": "b", "enabled": false, "allowedCidrs": []string{}},
			fields{"description": "b", "enabled": false, "allowedCidrs": []string{}},
		},
		"the program's form": {
			fields{"host": "DB", "expiresAt": "2027-01-01T01:00:00+01:00", "allowedCidrs": []string{"::1", "10.1.2.3/8"}},
			fields{"host": "db", "expiresAt": "2027-01-01T00:00:00Z", "allowedCidrs": []string{"10.0.0.0/8", "::1/128"}},
			fields{"host": "DB", "expiresAt": "2027-01-01T01:00:00+01:00", "allowedCidrs": []string{"::1", "10.1.2.3/8"}},
		},
		"missing from the live object": {
			fields{"region": "eu", "pool": fields{"size": 5}}, fields{}, fields{},
		},
		"write-only": {
			fields{"secret": secret("a"), "pool": fields{"size": 5, "password": secret("b")}},
			fields{"secret": "other", "pool": fields{"size": 5}},
			fields{"secret": secret("a"), "pool": fields{"size": 5, "password": secret("b")}},
		},
		"drift in an object": {
			fields{"pool": fields{"host": "DB", "size": 5, "mode": "session", "password": secret("b"), "limits": fields{"soft": true}}},
			fields{"pool": fields{"host": "db", "size": 6, "maxSize": 7, "limits": fields{"soft": false, "until": "2027-01-01T00:00:00Z"}}},
			fields{"pool": fields{"host": "DB", "size": 6, "password": secret("b"), "limits": fields{"soft": false}}},
		},
		"drift in a map": {
			fields{"labels": fields{"a": "x", "b": "y"}}, fields{"labels": fields{"a": "z", "c": "z"}}, fields{"labels": fields{"a": "z", "c": "z"}},
		},
		"another type": {
			fields{"pool": "small"}, fields{"pool": fields{"size": 5}}, fields{"pool": fields{"size": 5}},
		},
		"the program's secret marks": {
			fields{"description": secret("a"), "region": secret("eu"), "pool": secret(fields{"size": secret(5), "mode": "session"})},
			fields{"description": "b", "region": "eu", "pool": fields{"size": 6, "mode": "transaction"}},
			fields{"description": secret("b"), "region": secret("eu"), "pool": secret(fields{"size": secret(6), "mode": "transaction"})},
		},
		"not in the table": {
			fields{"__defaults": []string{}}, fields{}, fields{"__defaults": []string{}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := exampleTable().RefreshedInputs(values(test.inputs), values(test.live))
			assertValues(t, values(test.want), got)
			assertValues(t, got, exampleTable().RefreshedInputs(got, values(test.live)), "a second refresh must change nothing")
		})
	}
}

func TestPreserveInputForm(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ outputs, inputs, want fields }{
		"same in another form": {
			fields{"host": "db", "expiresAt": "2027-01-01T00:00:00Z", "allowedCidrs": []string{"10.0.0.0/8", "::1/128"}},
			fields{"host": "DB", "expiresAt": "2027-01-01T01:00:00+01:00", "allowedCidrs": []string{"::1", "10.1.2.3/8"}},
			fields{"host": "DB", "expiresAt": "2027-01-01T01:00:00+01:00", "allowedCidrs": []string{"::1", "10.1.2.3/8"}},
		},
		"map":           {fields{"labels": fields{"a": "x"}}, fields{"labels": fields{"a": "X"}}, fields{"labels": fields{"a": "X"}}},
		"different map": {fields{"labels": fields{"a": "x", "b": "y"}}, fields{"labels": fields{"a": "X"}}, fields{"labels": fields{"a": "x", "b": "y"}}},
		"another type":  {fields{"pool": fields{"size": 5}, "rules": "all"}, fields{"pool": "small", "rules": fields{}}, fields{"pool": fields{"size": 5}, "rules": "all"}},
		"different": {
			fields{"host": "db1", "allowedCidrs": []string{"10.0.0.0/8"}},
			fields{"host": "DB2", "allowedCidrs": []string{"10.1.2.3/9"}},
			fields{"host": "db1", "allowedCidrs": []string{"10.0.0.0/8"}},
		},
		"object, fields independently": {
			fields{"pool": fields{"host": "db", "size": 5, "maxSize": 200, "limits": fields{"until": "2027-01-01T00:00:00Z", "soft": false}}},
			fields{"pool": fields{"host": "DB", "size": 6, "limits": fields{"until": "2027-01-01T01:00:00+01:00"}}},
			fields{"pool": fields{"host": "DB", "size": 5, "maxSize": 200, "limits": fields{"until": "2027-01-01T01:00:00+01:00", "soft": false}}},
		},
		"no input":                    {fields{"host": "db"}, fields{"host": nil}, fields{"host": "db"}},
		"no output":                   {fields{}, fields{"host": "DB"}, fields{}},
		"unknown":                     {fields{"host": "db", "region": unknown}, fields{"host": unknown, "region": "eu"}, fields{"host": "db", "region": unknown}},
		"outputs that are not inputs": {fields{"createdAt": "now"}, fields{"createdAt": "NOW"}, fields{"createdAt": "now"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertValues(t, values(test.want), exampleTable().PreserveInputForm(values(test.outputs), values(test.inputs)))
		})
	}
}

func TestRecoverInputs(t *testing.T) {
	t.Parallel()
	state := fields{
		"projectId": "prj_1", "region": "eu", "description": "live", "secret": secret("s"),
		"pool": fields{"host": "db", "maxSize": 7, "limits": fields{"password": "p"}},
	}
	for name, test := range map[string]struct{ olds, news, want fields }{
		"all lost, set now": {
			nil,
			fields{"projectId": "prj_1", "description": "new", "secret": secret("t"), "pool": fields{"host": "new", "limits": fields{"policyId": "pol_1"}}},
			fields{"projectId": "prj_1", "description": "live", "secret": secret("s"), "pool": fields{"host": "db", "limits": fields{}}},
		},
		"all lost, omitted now": {nil, fields{"projectId": "prj_1"}, fields{"projectId": "prj_1"}},
		"all lost, unknown now": {nil, fields{"projectId": unknown, "policyId": "pol_1"}, fields{"projectId": "prj_1"}},
		"replacing properties lost": {
			fields{"description": "old"},
			fields{"projectId": "prj_2", "region": "us", "policyId": "pol_1"},
			fields{"description": "old", "projectId": "prj_1", "region": "eu"},
		},
		"replacing property never set": {fields{"projectId": "prj_1"}, fields{"projectId": "prj_1"}, fields{"projectId": "prj_1"}},
		"replacing property present":   {fields{"projectId": "prj_0"}, fields{"projectId": "prj_2"}, fields{"projectId": "prj_0"}},
		"other properties missing":     {fields{"projectId": "prj_1"}, fields{"projectId": "prj_1", "description": "new"}, fields{"projectId": "prj_1"}},
		"nothing lost, nothing set":    {fields{"projectId": "prj_1"}, fields{}, fields{"projectId": "prj_1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assertValues(t, values(test.want), stateTable().RecoverInputs(values(test.olds), values(test.news), values(state)))
		})
	}
}

func TestFillFrom(t *testing.T) {
	t.Parallel()
	inputs := fields{"projectId": "prj_1", "secret": secret("s"), "triggers": fields{"a": "1"}, "pool": fields{"password": "p"}}
	assertValues(t, values(fields{"projectId": "prj_1", "triggers": fields{"a": "1"}}), stateTable().FillFrom(empty, values(inputs)))
	have := fields{"projectId": "prj_2", "secret": secret("t"), "triggers": fields{}, "createdAt": "today"}
	assertValues(t, values(have), stateTable().FillFrom(values(have), values(inputs)))
}
