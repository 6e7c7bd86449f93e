// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// observe records traffic of a project.
func (a *testAPI) observe(project, database string, statements ...string) {
	a.t.Helper()
	for _, sql := range statements {
		hash, normalized := QueryShape(sql)
		require.NoError(a.t, a.ObserveQuery(lastSegment(project), database, hash, normalized))
	}
}

// changes returns the change of each replayed statement.
func changes(result *apiResponse) map[any]any {
	all := map[any]any{}
	for _, item := range result.listField("items") {
		all[item["sql"]] = item["change"]
	}
	return all
}

func TestPolicyReplays(t *testing.T) {
	a := start(t, Options{})
	project, database := a.createProject("shop")
	path := project + "/policy-replays"
	readOnly := fields{"policy": fields{"name": "candidate", "masking_rules": []any{fields{"table": "users", "column": "email", "kind": "redact"}}}}
	assert.Empty(t, a.do(http.MethodPost, path, readOnly).requireStatus(http.StatusOK).listField("items"))

	a.observe(project, database, "SELECT id FROM orders WHERE id = 1", "SELECT id FROM orders WHERE id = 2", "SELECT email FROM users",
		"DELETE FROM orders WHERE id = 1")
	result := a.do(http.MethodPost, path, readOnly).requireStatus(http.StatusOK)
	assert.Equal(t, map[any]any{
		"SELECT id FROM orders WHERE id = $1": "still_allowed", "SELECT email FROM users": "still_allowed",
		"DELETE FROM orders WHERE id = $1": "newly_blocked",
	}, changes(result))
	assert.Equal(t, "newly_blocked", result.listField("items")[0]["change"], "changes come first")
	assertFields(t, fields{
		"traffic_scope": "project", "entries_scanned": 4.0, "distinct_queries": 3.0, "evaluated": 3.0, "would_allow": 1.0, "would_mask": 1.0,
		"would_block": 1.0, "newly_blocked": 1.0, "newly_allowed": 0.0, "truncated": false,
	}, result.objectField("summary"))

	policy := lastSegment(a.create(project+"/policies", fields{"name": "strict"}))
	limited := a.do(http.MethodPost, path, fields{"policy_id": policy, "limit": 1}).requireStatus(http.StatusOK)
	assertFields(t, fields{"distinct_queries": 1.0, "truncated": true}, limited.objectField("summary"))
	past := a.do(http.MethodPost, path, fields{"policy_id": policy, "end_ts": "2020-01-01T00:00:00Z"}).requireStatus(http.StatusOK)
	assert.Empty(t, past.listField("items"))

	// A policy without credentials governs no traffic.
	unbound := a.do(http.MethodPost, path, fields{"policy_id": policy, "bound_policy_id": policy}).requireStatus(http.StatusOK)
	assert.Empty(t, unbound.listField("items"))
	assertFields(t, fields{"traffic_scope": "bound_credentials", "bound_credentials": 0.0}, unbound.objectField("summary"))
	agent := a.do(http.MethodPost, project+"/agents", fields{"name": "bot", "policy_profile_id": policy}).
		requireStatus(http.StatusCreated).objectField("credential")["id"]
	bound := a.do(http.MethodPost, path, fields{"policy_id": policy, "bound_policy_id": policy}).requireStatus(http.StatusOK)
	assertFields(t, fields{"bound_credentials": 1.0, "newly_blocked": 1.0}, bound.objectField("summary"))
	a.do(http.MethodPost, path, fields{"policy_id": policy, "credential_id": agent}).requireStatus(http.StatusOK)

	for _, test := range []struct {
		body fields
		path string
	}{
		{fields{}, "policy_id"},
		{fields{"policy_id": policy, "policy": fields{"name": "x"}}, "policy_id"},
		{fields{"policy_id": "pol_other"}, "policy_id"},
		{fields{"policy_id": policy, "credential_id": agent, "bound_policy_id": policy}, "bound_policy_id"},
		{fields{"policy_id": policy, "bound_policy_id": "pol_other"}, "bound_policy_id"},
		{fields{"policy_id": policy, "credential_id": "agt_other"}, "credential_id"},
		{fields{"policy_id": policy, "limit": 501}, "limit"},
		{fields{"policy_id": policy, "start_ts": "2026-02-01T00:00:00Z", "end_ts": "2026-01-01T00:00:00Z"}, "start_ts"},
	} {
		a.do(http.MethodPost, path, test.body).requireInvalid(test.path)
	}
}

func TestPolicyRecommendations(t *testing.T) {
	a := start(t, Options{})
	project, database := a.createProject("shop")
	policy := lastSegment(a.create(project+"/policies", fields{"name": "strict"}))
	agent := a.do(http.MethodPost, project+"/agents", fields{"name": "bot", "policy_profile_id": policy}).
		requireStatus(http.StatusCreated).objectField("credential")["id"].(string)
	path := project + "/agents/" + agent + "/policy-recommendation"

	nothing := a.do(http.MethodPost, path, nil).requireStatus(http.StatusOK)
	assertFields(t, fields{"sufficient_history": false, "observed_queries": 0.0}, nothing.body)
	assert.NotEmpty(t, nothing.stringField("message"))
	assert.NotContains(t, nothing.body, "candidate")

	a.observe(project, database, "SELECT id FROM orders WHERE id = 1", "SELECT u.id FROM users u JOIN orders o ON o.user_id = u.id", "DROP TABLE users")
	reads := a.do(http.MethodPost, path, fields{"lookback_days": 7}).requireStatus(http.StatusOK)
	assertFields(t, fields{"sufficient_history": true, "observed_queries": 3.0, "observed_entries": 3.0}, reads.body)
	assertFields(t, fields{
		"access_mode": "read_only", "table_allowlist": []any{"public.orders", "public.users"},
		"statement_rules": fields{"allow": []any{"select"}, "deny": []any{}},
	}, reads.objectField("candidate"))
	assert.Contains(t, reads.body["notes"].([]any)[0], "no policy permits it")

	// The candidate is a valid policy, and permits the traffic.
	candidate := reads.objectField("candidate")
	a.do(http.MethodPost, project+"/policies", candidate).requireStatus(http.StatusCreated)
	replay := reads.objectField("replay")["summary"].(fields)
	assertFields(t, fields{"would_allow": 2.0, "newly_blocked": 1.0}, replay)

	a.observe(project, database, "UPDATE orders SET total = 1 WHERE id = 1")
	assertFields(t, fields{
		"access_mode": "read_write", "statement_rules": fields{"allow": []any{"select", "update"}, "deny": []any{}},
	}, a.do(http.MethodPost, path, nil).objectField("candidate"))
	a.do(http.MethodPost, path, fields{"lookback_days": 366}).requireInvalid("lookback_days")
	a.do(http.MethodPost, project+"/agents/agt_other/policy-recommendation", nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
}
