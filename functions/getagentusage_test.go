// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// usageLine returns a line of the report whose numbers all differ, beginning with n.
func usageLine(n int, others string) string {
	names := []string{
		"entries", "allowed", "blocked", "masked", "truncated", "rows_returned", "bytes_out", "cache_hit", "cache_stale", "cache_miss",
		"cache_bypass", "cache_none", "latency_measured", "latency_unmeasured", "latency_ms_total", "latency_p50_ms", "latency_p95_ms", "latency_p99_ms",
	}
	line := others
	for i, name := range names {
		line += fmt.Sprintf(`,%q:%d`, name, n+i)
	}
	return "{" + line + "}"
}

func TestGetAgentUsage(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.answer("GET", "/v1/projects/*/usage/agents", `{"project_id":"`+env.project.ID+`",
		"requested_start":"2026-01-01T00:00:00Z","requested_end":"2026-02-01T00:00:00Z",
		"window_start":"2026-01-02T00:00:00Z","window_end":"2026-01-31T00:00:00Z","complete":false,
		"agents":[`+usageLine(100, `"credential_id":"agt_1","first_seen":"2026-01-02T00:00:00Z","last_seen":"2026-01-31T00:00:00Z"`)+`],
		"unattributed":`+usageLine(200, `"credential_id":null`)+`,"totals":`+usageLine(300, `"first_seen":null`)+`,
		"marginal_rates":{"plan":"pro","queries_per_day":1,"bytes_per_month":2,"overage_per_1k_queries":0.5,"overage_per_gb":0.25,
			"query_overage_billable":true,"bytes_overage_billable":false},
		"drop_markers":{"markers":1,"truncated":true,"entries_dropped":2,"markers_unparsed":3,"reasons":["buffer_full"]}}`)
	result := env.invoke("getAgentUsage", windowInputs(env))
	assert.Equal(t, url.Values{"start": {"2026-01-01T00:00:00Z"}, "end": {"2026-02-01T00:00:00Z"}}, env.Local.Requests()[0].Query)
	agent := result["agents"].([]any)[0].(object)
	for i, name := range []string{
		"entries", "allowed", "blocked", "masked", "truncated", "rowsReturned", "bytesOut", "cacheHit", "cacheStale", "cacheMiss",
		"cacheBypass", "cacheNone", "latencyMeasured", "latencyUnmeasured", "latencyMsTotal", "latencyP50Ms", "latencyP95Ms", "latencyP99Ms",
	} {
		assert.Equal(t, float64(100+i), agent[name], name)
		assert.Equal(t, float64(200+i), result["unattributed"].(object)[name], name)
		assert.Equal(t, float64(300+i), result["totals"].(object)[name], name)
	}
	assert.Equal(t, "agt_1", agent["credentialId"])
	assert.Equal(t, "2026-01-02T00:00:00Z", agent["firstSeen"])
	assert.Equal(t, "2026-01-31T00:00:00Z", agent["lastSeen"])
	for _, name := range []string{"credentialId", "firstSeen", "lastSeen"} {
		assert.NotContains(t, result["unattributed"], name)
		assert.NotContains(t, result["totals"], name)
	}
	for _, name := range []string{"agents", "unattributed", "totals"} {
		delete(result, name)
	}
	assert.Equal(t, object{
		"requestedStart": "2026-01-01T00:00:00Z", "requestedEnd": "2026-02-01T00:00:00Z",
		"windowStart": "2026-01-02T00:00:00Z", "windowEnd": "2026-01-31T00:00:00Z", "complete": false,
		"marginalRates": object{
			"plan": "pro", "queriesPerDay": 1.0, "bytesPerMonth": 2.0, "overagePer1kQueries": 0.5, "overagePerGb": 0.25,
			"queryOverageBillable": true, "bytesOverageBillable": false,
		},
		"dropMarkers": object{
			"markers": 1.0, "truncated": true, "entriesDropped": 2.0, "markersUnparsed": 3.0, "reasons": []any{"buffer_full"},
		},
	}, result)
}

func TestGetAgentUsageOfNoTraffic(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	result := env.invoke("getAgentUsage", env.inProject(nil))
	assert.Equal(t, url.Values{}, env.Local.Requests()[0].Query)
	assert.Equal(t, []any{}, result["agents"])
	assert.Equal(t, []any{}, result["dropMarkers"].(object)["reasons"])
	assert.Equal(t, true, result["complete"])
	message := env.InvokeError("getAgentUsage", env.inProject(object{"start": "2025-01-01T00:00:00Z", "end": "2026-01-01T00:00:00Z"}))
	assert.Contains(t, message, "92 days")
}
