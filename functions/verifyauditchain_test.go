// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const auditPath = "/v1/projects/*/audit-logs/verify"

// TestVerifyAuditChainOfAnEmptyLog has no sequence numbers, which differs from 0.
func TestVerifyAuditChainOfAnEmptyLog(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	result := env.invoke("verifyAuditChain", env.inProject(nil))
	assert.Equal(t, url.Values{}, env.Local.Requests()[0].Query)
	assert.NotEmpty(t, result["verifiedAt"])
	delete(result, "verifiedAt")
	assert.Equal(t, object{"ok": true, "verifiedCount": 0.0, "keyedCount": 0.0, "unchainedCount": 0.0}, result)

	env.invoke("verifyAuditChain", windowInputs(env))
	assert.Equal(t, url.Values{"start": {"2026-01-01T00:00:00Z"}, "end": {"2026-02-01T00:00:00Z"}}, env.Local.Requests()[1].Query)
}

func TestVerifyAuditChainThatIsBroken(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.answer("GET", auditPath, `{"ok":false,"verified_count":9,"keyed_count":8,"unchained_count":1,"chain_start_seq":0,"chain_end_seq":9,
		"first_broken_seq":7,"failure_reason":"missing_entry","link_status":"predecessor_expired","link_verified_from_seq":1,
		"anchor_status":"verified","anchor_verified_from_seq":2,"anchor_verified_through_seq":6,"verified_at":"2026-03-01T00:00:00Z"}`)
	assert.Equal(t, object{
		"ok": false, "verifiedCount": 9.0, "keyedCount": 8.0, "unchainedCount": 1.0, "chainStartSeq": 0.0, "chainEndSeq": 9.0,
		"firstBrokenSeq": 7.0, "failureReason": "missing_entry", "linkStatus": "predecessor_expired", "linkVerifiedFromSeq": 1.0,
		"anchorStatus": "verified", "anchorVerifiedFromSeq": 2.0, "anchorVerifiedThroughSeq": 6.0, "verifiedAt": "2026-03-01T00:00:00Z",
	}, env.invoke("verifyAuditChain", env.inProject(nil)))
}
