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
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	resourceplugin "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const apiKey = "pbo_local"

// createParents creates the parents of agent credentials and other objects.
func createParents(b *testing.B, url string) (project, database, policy string) {
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

// floorClient creates, lists and deletes agent credentials with net/http alone. It sends
// the same requests as the plugin.
type floorClient struct {
	http *http.Client
	url  string
}

func newFloorClient(url, project string) floorClient {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = concurrency
	return floorClient{http: &http.Client{Transport: transport}, url: url + "/v1/projects/" + project + "/agents"}
}

// create creates a credential and returns the body of the response.
func (f floorClient) create(b *testing.B, name, policy string) ([]byte, error) {
	body, err := json.Marshal(map[string]string{"name": name, "policy_profile_id": policy})
	if err != nil {
		return nil, err
	}
	return f.do(b, http.MethodPost, "", http.StatusCreated, body)
}

// createWithID creates a credential and returns its ID.
func (f floorClient) createWithID(b *testing.B, name, policy string) (string, error) {
	body, err := f.create(b, name, policy)
	if err != nil {
		return "", err
	}
	var created client.AgentCredentialSecrets
	err = json.Unmarshal(body, &created)
	return created.Credential.ID, err
}

// list reads all pages of the list of credentials, and returns their number.
func (f floorClient) list(b *testing.B) (pages int, err error) {
	query := url.Values{"page_size": {"100"}}
	for {
		body, err := f.do(b, http.MethodGet, "?"+query.Encode(), http.StatusOK, nil)
		if err != nil {
			return pages, err
		}
		pages++
		var page struct {
			NextPageToken string `json:"next_page_token"`
		}
		if err := json.Unmarshal(body, &page); err != nil || page.NextPageToken == "" {
			return pages, err
		}
		query.Set("page_token", page.NextPageToken)
	}
}

func (f floorClient) delete(b *testing.B, id string) error {
	_, err := f.do(b, http.MethodDelete, "/"+id, http.StatusNoContent, nil)
	return err
}

// do sends a request for a path below the list, and returns the body of the response.
func (f floorClient) do(b *testing.B, method, path string, status int, body []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(b.Context(), method, f.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+apiKey)
	request.Header.Set("User-Agent", "pulumi-pgbeam/0.0.0-dev (linux; amd64)")
	request.Header.Set("Accept", "application/json")
	if method == http.MethodPost {
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Idempotency-Key", (rand.Text() + rand.Text())[:43]) // the length of a derived key
	}
	response, err := f.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	received, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != status {
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	return received, err
}

func agentName(i int) string { return fmt.Sprintf("agent-%05d", i) }

// networkLatency is the latency of a remote API in milliseconds, about that between
// two regions of a continent.
const networkLatency = 25

// BenchmarkCreates creates agent credentials concurrently, with and without network
// latency.
func BenchmarkCreates(b *testing.B) {
	requireEqualRequests(b)
	for _, latency := range []int{0, networkLatency} {
		for _, n := range sizes(1000, 10, 100, 10000) {
			startAPI := func(b *testing.B) (url, project, policy string) {
				b.Helper()
				url = startLocal(b, "--fault", fmt.Sprintf("POST /v1/projects/*/agents latency=%dms", latency))
				project, _, policy = createParents(b, url)
				return url, project, policy
			}
			b.Run(fmt.Sprintf("latency=%dms/by=floor/n=%d", latency, n), func(b *testing.B) {
				url, project, policy := startAPI(b)
				floor := newFloorClient(url, project)
				create := func(name string) error {
					_, err := floor.create(b, name, policy)
					return err
				}
				require.NoError(b, create("warm-up"))
				b.ResetTimer()
				concurrently(b, n, func(i int) error { return create(agentName(i)) })
			})
			for _, provider := range []program{{"null", binaries(b).null}, {"plugin", binaries(b).plugin}} {
				b.Run(fmt.Sprintf("latency=%dms/by=%s/n=%d", latency, provider.name, n), func(b *testing.B) {
					if provider.name == "null" && latency > 0 {
						b.Skip("the null provider sends no requests")
					}
					url, project, policy := startAPI(b)
					createAgents(b, startConfigured(b, provider.path, url), project, policy, n)
				})
			}
		}
	}
}

// BenchmarkJournal measures creates with the journal and without it. It alternates between
// the two, so that other load on the machine affects both.
func BenchmarkJournal(b *testing.B) {
	const n, repetitions = 1000, 5
	durations := map[string][]float64{}
	for range repetitions {
		for name, id := range map[string]string{"floor": resourceplugin.UnknownStringValue, "plugin": "provider-1"} {
			url := startLocal(b, "--fault", fmt.Sprintf("POST /v1/projects/*/agents latency=%dms", networkLatency))
			project, _, policy := createParents(b, url)
			p := startPlugin(b, binaries(b).plugin, "PGBEAM_API_KEY="+apiKey, "PGBEAM_API_URL="+url)
			p.configure(b, id)
			start := time.Now()
			createAgents(b, p, project, policy, n)
			durations[name] = append(durations[name], time.Since(start).Seconds())
			p.stop()
		}
	}
	for name, seconds := range durations {
		slices.Sort(seconds)
		b.Run("by="+name, func(b *testing.B) { b.ReportMetric(seconds[repetitions/2], "s/1000") })
	}
}

// requireEqualRequests fails unless the floor client and the plugin send identical
// requests, except for the random idempotency key.
func requireEqualRequests(b *testing.B) {
	b.Helper()
	local := localapi.Start(b, localapi.Options{Behaviour: localapi.Behaviour{AgentNamesNotUnique: true}})
	project, _, policy := createParents(b, local.URL)
	floor, p := newFloorClient(local.URL, project), startConfigured(b, binaries(b).plugin, local.URL)
	id, c := "", newCredential(b, project, policy, "one")
	equal := func(send, sendThroughPlugin func()) {
		local.ResetRequests()
		send()
		sendThroughPlugin()
		requests := local.Requests()
		require.Len(b, requests, 2)
		require.Equal(b, requests[0].Method, requests[1].Method)
		require.Equal(b, strings.ReplaceAll(requests[0].Path, id, c.id), requests[1].Path)
		require.Equal(b, string(requests[0].RequestBody), string(requests[1].RequestBody))
		const randomHeader = "Idempotency-Key"
		require.Len(b, requests[0].Header.Get(randomHeader), len(requests[1].Header.Get(randomHeader)))
		for _, request := range requests {
			request.Header.Del(randomHeader)
		}
		require.Equal(b, requests[0].Header, requests[1].Header)
	}
	equal(func() {
		var err error
		id, err = floor.createWithID(b, "one", policy)
		require.NoError(b, err)
	}, func() { require.NoError(b, p.create(b.Context(), c)) })
	p = startConfigured(b, binaries(b).plugin, local.URL) // a session does not delete what it has created
	equal(func() { require.NoError(b, floor.delete(b, id)) }, func() { require.NoError(b, p.delete(b.Context(), c)) })
}

// BenchmarkProfile writes a CPU profile of creates to bench/creates.pprof.
func BenchmarkProfile(b *testing.B) {
	if !*growth {
		b.Skip("one profile is sufficient")
	}
	url := startLocal(b)
	project, _, policy := createParents(b, url)
	p := startConfigured(b, binaries(b).profiled, url, "PGBEAM_BENCH_PROFILE="+filepath.Join(binaries(b).root, "bench", "creates.pprof"))
	createAgents(b, p, project, policy, 10000)
	p.stop()
}

var growth = flag.Bool("growth", false, "also run the benchmarks at sizes that have no goal")

// sizes returns the size that has a goal, and with -growth the others as well.
func sizes(goal int, others ...int) []int {
	if !*growth {
		return []int{goal}
	}
	all := append([]int{goal}, others...)
	slices.Sort(all)
	return slices.Compact(all)
}
