// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFaultStatus(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	for status, code := range map[int]string{
		429: "RATE_LIMITED", 500: "INTERNAL_ERROR", 502: "BAD_GATEWAY", 503: "SERVICE_UNAVAILABLE", 504: "TIMEOUT", 403: "FORBIDDEN",
	} {
		a.AddFault(Fault{Status: status, Times: 1, RetryAfter: "Wed, 21 Oct 2026 07:28:00 GMT"})
		res := a.do(http.MethodPatch, project, fields{"name": "changed"}).requireProblem(status, code)
		assert.Equal(t, "Wed, 21 Oct 2026 07:28:00 GMT", res.header.Get("Retry-After"))
		assert.NotEmpty(t, res.header.Get("X-Request-Id"))
	}
	assert.Equal(t, "shop", a.do(http.MethodGet, project, nil).stringField("name"))
	a.AddFault(Fault{Status: 409, Code: "DEMO_BUSY", Detail: "come back", RetryAfter: "7", Times: 1})
	res := a.do(http.MethodGet, project, nil).requireProblem(409, "DEMO_BUSY")
	assert.Equal(t, "come back", res.body["detail"])
	assert.Equal(t, "7", res.header.Get("Retry-After"))
	requests := a.Requests()
	assert.True(t, requests[len(requests)-1].Fault)
	assert.False(t, requests[0].Fault)
}

func TestFaultSelection(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	a.AddFault(Fault{Method: http.MethodGet, Path: "/v1/projects/*/policies", Skip: 1, Times: 2, Status: 503})
	a.AddFault(Fault{Method: http.MethodGet, Path: "/v1/projects/*/policies", Times: 1, Status: 502})
	statuses := make([]int, 0, 6)
	for range 6 {
		a.do(http.MethodGet, project, nil).requireStatus(http.StatusOK)
		a.do(http.MethodGet, project+"/policies/pol_x", nil).requireStatus(http.StatusNotFound)
		statuses = append(statuses, a.do(http.MethodGet, project+"/policies", nil).status)
	}
	assert.Equal(t, []int{502, 503, 503, 200, 200, 200}, statuses)
	assert.Empty(t, a.faults.remaining())

	a.AddFault(Fault{Status: 503})
	for range 3 {
		a.do(http.MethodGet, "/v1/health", nil).requireStatus(http.StatusServiceUnavailable)
	}
	assert.Len(t, a.faults.remaining(), 1)
	a.ClearFaults()
	a.do(http.MethodGet, "/v1/health", nil).requireStatus(http.StatusOK)
}

func TestFaultAfterOperation(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	a.AddFault(Fault{Method: http.MethodPatch, Status: 504, After: true, Times: 1})
	a.do(http.MethodPatch, project, fields{"name": "changed"}).requireProblem(504, "TIMEOUT")
	assert.Equal(t, "changed", a.do(http.MethodGet, project, nil).stringField("name"))
}

func TestDroppedConnections(t *testing.T) {
	for drop, takesEffect := range map[string]bool{DropBefore: false, DropAfter: true, DropHalf: true} {
		t.Run(drop, func(t *testing.T) {
			a := start(t, Options{})
			// Without keep-alives: net/http retries requests that fail on a reused connection.
			a.client.Transport = &http.Transport{DisableKeepAlives: true}
			project, _ := a.createProject("shop")
			a.AddFault(Fault{Method: http.MethodPatch, Drop: drop, Times: 1})
			a.ResetRequests()
			_, err := a.doErr(http.MethodPatch, project, fields{"name": "changed"})
			require.Error(t, err)
			requests := a.Requests()
			require.Len(t, requests, 1)
			assert.True(t, requests[0].Fault)
			assert.JSONEq(t, `{"name":"changed"}`, string(requests[0].RequestBody))
			if drop == DropHalf {
				assert.Equal(t, http.StatusOK, requests[0].Status)
				assert.NotEmpty(t, requests[0].ResponseBody)
				assert.False(t, json.Valid(requests[0].ResponseBody))
			} else {
				assert.Zero(t, requests[0].Status)
			}
			want := map[bool]string{true: "changed", false: "shop"}[takesEffect]
			assert.Equal(t, want, a.do(http.MethodGet, project, nil).stringField("name"))

			a.AddFault(Fault{Method: http.MethodDelete, Drop: drop, Times: 1})
			_, err = a.doErr(http.MethodDelete, project, nil)
			require.Error(t, err, "an res without a body is dropped too")
			assert.Equal(t, !takesEffect, a.do(http.MethodGet, project, nil).status == http.StatusOK)
		})
	}
}

func TestFaultBody(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	a.AddFault(Fault{Method: http.MethodPatch, Body: "<html>hello</html>", Times: 1})
	res := a.do(http.MethodPatch, project, fields{"name": "changed"}).requireStatus(http.StatusOK)
	assert.Equal(t, "text/html", res.header.Get("Content-Type"))
	assert.Equal(t, "<html>hello</html>", string(res.raw))
	assert.Equal(t, "changed", a.do(http.MethodGet, project, nil).stringField("name"))

	a.AddFault(Fault{Method: http.MethodPatch, Body: "bad gateway", ContentType: "text/plain", Status: 502, RetryAfter: "1", Times: 1})
	res = a.do(http.MethodPatch, project, fields{"name": "again"}).requireStatus(http.StatusBadGateway)
	assert.Equal(t, "text/plain", res.header.Get("Content-Type"))
	assert.Equal(t, "1", res.header.Get("Retry-After"))
	assert.Equal(t, "changed", a.do(http.MethodGet, project, nil).stringField("name"))
}

func TestLegacyErrors(t *testing.T) {
	a := start(t, Options{})
	a.AddFault(Fault{Status: 503, Legacy: true, Times: 1, Detail: "down", RetryAfter: "1"})
	res := a.do(http.MethodGet, "/v1/health", nil).requireStatus(http.StatusServiceUnavailable)
	assert.Equal(t, "application/json", res.header.Get("Content-Type"))
	assert.Equal(t, fields{"code": "SERVICE_UNAVAILABLE", "message": "down"}, res.objectField("error"))
	assert.Equal(t, "1", res.header.Get("Retry-After"))

	a.AddFault(Fault{Legacy: true})
	real := a.do(http.MethodGet, "/v1/projects/prj_none", nil).requireStatus(http.StatusNotFound)
	assert.Equal(t, "NOT_FOUND", real.objectField("error")["code"])
	a.do(http.MethodGet, "/v1/health", nil).requireStatus(http.StatusOK)
	// These responses do not conform to the contract, although they do not count as faults.
	a.ClearFaults()
	a.ResetRequests()
}

func TestOperationRunsAfterClientDisconnects(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	a.AddFault(Fault{Method: http.MethodPatch, Latency: time.Hour, Times: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	request := httptest.NewRequestWithContext(ctx, http.MethodPatch, project, strings.NewReader(`{"name":"changed"}`))
	request.Header.Set("Authorization", "Bearer "+a.APIKey)
	request.Header.Set("Content-Type", "application/json")
	a.ServeHTTP(httptest.NewRecorder(), request)
	assert.Equal(t, "changed", a.do(http.MethodGet, project, nil).stringField("name"))
}

func TestParseFault(t *testing.T) {
	for line, want := range map[string]Fault{
		"POST /v1/projects status=503 times=2 retry-after=1 latency=200ms drop=after": {
			Method: "POST", Path: "/v1/projects", Status: 503, Times: 2, RetryAfter: "1", Latency: 200 * time.Millisecond, Drop: DropAfter,
		},
		`* * status=429 retry-after="Wed, 21 Oct 2026 07:28:00 GMT" skip=3`: {
			Method: "*", Status: 429, RetryAfter: "Wed, 21 Oct 2026 07:28:00 GMT", Skip: 3,
		},
		`get /v1/projects/*/agents status=500 code=X "detail=a b" after legacy=true`: {
			Method: "GET", Path: "/v1/projects/*/agents", Status: 500, Code: "X", Detail: "a b", After: true, Legacy: true,
		},
		"GET * body=<html> content-type=text/plain": {Method: "GET", Body: "<html>", ContentType: "text/plain"},
	} {
		got, err := ParseFault(line)
		require.NoError(t, err, line)
		assert.Equal(t, want, got, line)
	}
	for _, line := range []string{
		"", "GET", "GET /v1", "GET /v1 colour=red", "GET /v1 status=x", "GET /v1 status=99", "GET /v1 drop=sometimes", "GET /v1 times=-1",
		"GET /v1 latency=soon", `GET /v1 detail="a`, "GET /v1/[ status=500", "GET /v1 legacy=perhaps",
	} {
		_, err := ParseFault(line)
		require.Error(t, err, line)
	}
}
