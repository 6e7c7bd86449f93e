// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const replaysPath = "/v1/projects/*/policy-replays"

func TestReplayPolicy(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{QueryShapes: []string{"SELECT email FROM users", "SELECT total FROM orders", "DELETE FROM users"}})
	for _, test := range []struct {
		inputs, body object
		scope        string
		bound        any
	}{
		{
			object{"policyProfileId": env.policy.ID, "agentCredentialId": env.agent.ID},
			object{"policy_id": env.policy.ID, "credential_id": env.agent.ID},
			"project", nil,
		},
		{
			object{
				"policyProfileId": env.policy.ID, "boundPolicyProfileId": env.policy.ID,
				"start": "2000-01-01T00:00:00Z", "end": "2100-01-01T00:00:00Z", "limit": 500,
			},
			object{
				"policy_id": env.policy.ID, "bound_policy_id": env.policy.ID,
				"start_ts": "2000-01-01T00:00:00Z", "end_ts": "2100-01-01T00:00:00Z", "limit": 500.0,
			},
			"bound_credentials", 1.0,
		},
	} {
		replay := env.invoke("replayPolicy", env.inProject(test.inputs))
		assert.Equal(t, test.body, env.RequestBody("POST", replaysPath))
		summary, items := replay["summary"].(object), replay["items"].([]any)
		assert.Equal(t, test.scope, summary["trafficScope"])
		assert.Equal(t, test.bound, summary["boundCredentials"])
		for name, want := range map[string]any{
			"entriesScanned": 3.0, "distinctQueries": 3.0, "evaluated": 3.0, "wouldAllow": 0.0, "wouldBlock": 1.0, "wouldMask": 1.0,
			"wouldRowFilter": 1.0, "newlyBlocked": 1.0, "newlyAllowed": 0.0, "skippedUnparseable": 0.0, "truncated": false,
		} {
			assert.Equal(t, want, summary[name], name)
		}
		require.Len(t, items, 3)
		first := items[0].(object)
		assert.Equal(t, "newly_blocked", first["change"])
		assert.Equal(t, "DELETE FROM users", first["sql"])
		assert.Equal(t, "delete", first["statementKind"])
		assert.Equal(t, "query", first["recordedEvent"])
		assert.NotContains(t, first, "recordedRule")
		assert.Equal(t, 1.0, first["occurrences"])
		assert.Equal(t, "block", first["result"].(object)["verdict"])
		assert.Equal(t, []any{}, first["result"].(object)["maskedColumns"])
	}
}

// TestReplayPolicyOfABlockedStatement has what only such a statement has.
func TestReplayPolicyOfABlockedStatement(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{QueryShapes: []string{"SELECT 1"}})
	env.respond("POST", replaysPath, object{"items.0.recorded_event": "blocked", "items.0.change": "newly_allowed", "items.0.statement_kind": "select"})
	item := env.invoke("replayPolicy", env.inProject(object{"policy": object{}}))["items"].([]any)[0].(object)
	assert.Equal(t, "newly_allowed", item["change"])
	assert.Equal(t, "blocked", item["recordedEvent"])
}

// TestReplayPolicyOfNoTraffic has a summary that proves nothing: no credential uses the profile.
func TestReplayPolicyOfNoTraffic(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{QueryShapes: []string{"SELECT 1"}})
	unused := env.Policy(env.project, "unused")
	replay := env.invoke("replayPolicy", env.inProject(object{"policyProfileId": env.policy.ID, "boundPolicyProfileId": unused.ID}))
	assert.Equal(t, []any{}, replay["items"])
	assert.Equal(t, 0.0, replay["summary"].(object)["boundCredentials"], "0 is not absent")
}
