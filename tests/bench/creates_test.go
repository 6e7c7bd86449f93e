// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"iter"
	"net/http"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const apiKey = "pbo_local"

// parents makes what agent credentials need.
func parents(b *testing.B, url string) (project, database, policy string) {
	b.Helper()
	api, err := client.New(apiKey, client.WithBaseURL(url))
	require.NoError(b, err)
	created, err := api.Projects().Create(b.Context(), client.CreateProjectRequest{
		Name: "bench", OrgID: "org_local",
		Database: client.CreateDatabaseRequest{Host: "db.example.com", Port: 5432, Name: "shop", Username: "pgbeam", Password: "hunter2"},
	})
	require.NoError(b, err)
	profile, err := api.PolicyProfiles().Create(b.Context(), created.Project.ID, client.PolicyProfileInput{Name: "bench"})
	require.NoError(b, err)
	return created.Project.ID, created.Database.ID, profile.ID
}

// bare makes the requests of the creates with net/http and nothing else.
type bare struct {
	http *http.Client
	url  string
}

func newBare(url, project string) bare {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 16
	return bare{http: &http.Client{Transport: transport}, url: url + "/v1/projects/" + project + "/agents"}
}

func (f bare) create(b *testing.B, name, policy string) error {
	body, err := json.Marshal(map[string]string{"name": name, "policy_profile_id": policy})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, f.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+apiKey)
	request.Header.Set("User-Agent", "pulumi-pgbeam/0.0.0-dev (linux; amd64)")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", (rand.Text() + rand.Text())[:36]) // as long as a UUID
	response, err := f.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, response.Body)
	if err == nil && response.StatusCode != http.StatusCreated {
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	return err
}

func name(i int) string { return fmt.Sprintf("agent-%05d", i) }

// latency is how long an API elsewhere takes to answer, besides its work: about
// what a request takes from one region of a continent to another.
const latency = 25

// BenchmarkCreates creates agent credentials, sixteen at once, on this machine
// and with the latency of a network.
func BenchmarkCreates(b *testing.B) {
	sameRequests(b)
	for _, wait := range []int{0, latency} {
		for _, n := range sizes(1000, 10, 100, 10000) {
			api := func(b *testing.B) (url, project, policy string) {
				b.Helper()
				url = startLocal(b, "--fault", fmt.Sprintf("POST /v1/projects/*/agents latency=%dms", wait))
				project, _, policy = parents(b, url)
				return url, project, policy
			}
			b.Run(fmt.Sprintf("latency=%dms/by=floor/n=%d", wait, n), func(b *testing.B) {
				url, project, policy := api(b)
				floor := newBare(url, project)
				require.NoError(b, floor.create(b, "warm", policy))
				b.ResetTimer()
				concurrently(b, n, func(i int) error { return floor.create(b, name(i), policy) })
			})
			for by, program := range inOrder("null", built(b).null, "plugin", built(b).plugin) {
				b.Run(fmt.Sprintf("latency=%dms/by=%s/n=%d", wait, by, n), func(b *testing.B) {
					if by == "null" && wait > 0 {
						b.Skip("the provider that does nothing waits for nothing")
					}
					url, project, policy := api(b)
					createAgents(b, configured(b, program, url), project, policy, n)
				})
			}
		}
	}
}

// sameRequests fails unless the loop sends what the plugin sends, to the byte
// but for what is random.
func sameRequests(b *testing.B) {
	b.Helper()
	local := localapi.Start(b, localapi.Options{Behaviour: localapi.Behaviour{AgentNamesNotUnique: true}})
	project, _, policy := parents(b, local.URL)
	p := configured(b, built(b).plugin, local.URL)
	local.ResetRequests()
	require.NoError(b, newBare(local.URL, project).create(b, "one", policy))
	require.NoError(b, p.create(b.Context(), "AgentCredential", "one",
		inputs(b, map[string]any{"projectId": project, "policyProfileId": policy, "name": "one"})))
	sent := local.Requests()
	require.Len(b, sent, 2)
	require.Equal(b, sent[0].Method+sent[0].Path, sent[1].Method+sent[1].Path)
	require.Equal(b, string(sent[0].RequestBody), string(sent[1].RequestBody))
	random := "Idempotency-Key"
	require.Len(b, sent[0].Header.Get(random), len(sent[1].Header.Get(random)))
	for _, request := range sent {
		request.Header.Del(random)
	}
	require.Equal(b, sent[0].Header, sent[1].Header)
}

// createAgents creates agent credentials through a plugin, which has created
// another before.
func createAgents(b *testing.B, p *plugin, project, policy string, n int) {
	b.Helper()
	create := func(name string) error {
		return p.create(b.Context(), "AgentCredential", name,
			inputs(b, map[string]any{"projectId": project, "policyProfileId": policy, "name": name}))
	}
	require.NoError(b, create("warm"))
	b.ResetTimer()
	concurrently(b, n, func(i int) error { return create(name(i)) })
	b.StopTimer()
}

// BenchmarkProfile writes a CPU profile of creates to bench/creates.pprof.
func BenchmarkProfile(b *testing.B) {
	if !*growth {
		b.Skip("once is enough")
	}
	url := startLocal(b)
	project, _, policy := parents(b, url)
	p := configured(b, built(b).profiled, url, "PGBEAM_BENCH_PROFILE="+filepath.Join(built(b).root, "bench", "creates.pprof"))
	createAgents(b, p, project, policy, 10000)
	p.stop()
}

var growth = flag.Bool("growth", false, "measure at other sizes too, not only at those that have a goal")

// sizes returns the size that has a goal, and those around it where growth is measured.
func sizes(goal int, others ...int) []int {
	if !*growth {
		return []int{goal}
	}
	all := append([]int{goal}, others...)
	slices.Sort(all)
	return slices.Compact(all)
}

// inOrder yields pairs of names and programs as they stand there.
func inOrder(pairs ...string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if !yield(pairs[i], pairs[i+1]) {
				return
			}
		}
	}
}
