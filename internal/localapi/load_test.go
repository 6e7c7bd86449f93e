// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestConcurrentClients(t *testing.T) {
	a := start(t, Options{})
	project, database := a.createProject("shop")
	policy := a.createPolicy(project, "p")
	const clients, rounds = 8, 20
	var wait sync.WaitGroup
	for client := range clients {
		wait.Go(func() {
			for round := range rounds {
				name := fmt.Sprintf("bot %d-%d", client, round)
				// Failures show in the counts below.
				_, _ = a.doErr(http.MethodPost, project+"/agents", fields{"name": name, "policy_profile_id": policy})
				_, _ = a.doErr(http.MethodGet, project+"/agents", nil)
				_, _ = a.doErr(http.MethodPost, project+"/policies", fields{"name": fmt.Sprintf("shared %d", round)})
				_ = a.Edit("projects", lastSegment(project), fields{"active_connections": round})
				_ = a.Objects("agents")
				_ = a.Count("*", project)
				a.AddFault(Fault{Path: "/v1/nothing"})
				a.ClearFaults()
			}
		})
	}
	wait.Wait()
	assert.Len(t, a.Objects("agents"), clients*rounds)
	assert.Len(t, a.Objects("policies"), 1+rounds)
	assert.Len(t, a.Requests(), 2+3*clients*rounds)
	conflicts := 0
	for _, r := range a.Requests() {
		if r.Status == http.StatusConflict {
			conflicts++
		}
	}
	assert.Equal(t, (clients-1)*rounds, conflicts)
	assert.NotEmpty(t, database)
}

func BenchmarkCreateAgent(b *testing.B) {
	s, err := New(Options{DiscardRequests: true})
	require.NoError(b, err)
	send := func(path, body string) {
		request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
		request.Header.Set("Authorization", "Bearer "+DefaultAPIKey)
		request.Header.Set("Content-Type", "application/json")
		recorder := httptest.NewRecorder()
		s.ServeHTTP(recorder, request)
		if recorder.Code != http.StatusCreated {
			data, _ := io.ReadAll(recorder.Body)
			b.Fatalf("%d %s", recorder.Code, data)
		}
	}
	send("/v1/projects", `{"name":"shop","org_id":"org_local","database":{"host":"h","port":1,"name":"n","username":"u","password":"p"}}`)
	project, _ := s.Objects("projects")[0]["id"].(string)
	send("/v1/projects/"+project+"/policies", `{"name":"p"}`)
	policy, _ := s.Objects("policies")[0]["id"].(string)
	b.ResetTimer()
	for i := range b.N {
		send("/v1/projects/"+project+"/agents", fmt.Sprintf(`{"name":"bot %d","policy_profile_id":"%s"}`, i, policy))
	}
}
