// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// BenchmarkRefresh concurrently reads all objects of a kind that the API cannot read
// by ID, and reports the number of requests and of pages in the list.
func BenchmarkRefresh(b *testing.B) {
	kinds := []struct {
		kind string
		n    int
		// create creates an object and returns its import ID.
		create func(b *testing.B, l *localapi.Local, api *client.Client, project, database string, i int) (string, error)
	}{
		{"CacheRule", 1000, func(_ *testing.B, l *localapi.Local, _ *client.Client, project, database string, i int) (string, error) {
			hash := fmt.Sprintf("%016x", i)
			return project + "/" + database + "/" + hash, l.ObserveQuery(project, database, hash, "SELECT 1")
		}},
		{"Replica", 500, func(b *testing.B, _ *localapi.Local, api *client.Client, _, database string, _ int) (string, error) {
			b.Helper()
			replica, err := api.Replicas().Create(b.Context(), database, client.CreateReplicaRequest{Host: "replica.example.com", Port: 5432})
			return database + "/" + replica.ID, err
		}},
		{"CustomDomain", 500, func(b *testing.B, _ *localapi.Local, api *client.Client, project, _ string, i int) (string, error) {
			b.Helper()
			domain, err := api.CustomDomains().Create(b.Context(), project, fmt.Sprintf("d%d.example.com", i))
			return project + "/" + domain.ID, err
		}},
		{"SelfHostEnrollment", 200, func(b *testing.B, l *localapi.Local, api *client.Client, _, _ string, _ int) (string, error) {
			b.Helper()
			created, err := api.SelfHostEnrollments().Create(b.Context(), l.OrgID, client.CreateSelfHostEnrollmentRequest{})
			return l.OrgID + "/" + created.Enrollment.ID, err
		}},
	}
	for _, k := range kinds {
		for _, n := range sizes(k.n, 10, 100, 10000) {
			b.Run(fmt.Sprintf("kind=%s/n=%d", k.kind, n), func(b *testing.B) {
				local := localapi.Start(b, localapi.Options{})
				api, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
				require.NoError(b, err)
				project, database, _ := createParents(b, local.URL)
				ids := make([]string, n)
				concurrently(b, n, func(i int) (err error) {
					ids[i], err = k.create(b, local, api, project, database, i)
					return err
				})
				p := startConfigured(b, binaries(b).plugin, local.URL)
				local.ResetRequests()
				b.ResetTimer()
				concurrently(b, n, func(i int) error {
					name := fmt.Sprintf("object-%05d", i)
					response, err := p.Read(b.Context(), &pulumirpc.ReadRequest{Id: ids[i], Urn: urn(k.kind, name), Name: name, Type: "pgbeam:index:" + k.kind})
					if err == nil && response.GetId() == "" {
						err = fmt.Errorf("%s was not found", ids[i])
					}
					return err
				})
				b.StopTimer()
				b.ReportMetric(float64(len(local.Requests())), "requests")
				b.ReportMetric(float64((n+99)/100), "pages")
			})
		}
	}
}

// BenchmarkLimited creates agent credentials while the API limits the rate of
// requests without announcing the limit, and reports the share of the requests that it
// throttles.
func BenchmarkLimited(b *testing.B) {
	const requestsPerSecond = 50
	for _, n := range sizes(1000, 10, 100) {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			local := localapi.Start(b, localapi.Options{
				Behaviour: localapi.Behaviour{NoRateLimitHeaders: true, RateLimitRefillsContinuously: true},
			})
			throttled := createLimited(b, local, localapi.RateLimit{Requests: requestsPerSecond, Window: time.Second}, n)
			b.ReportMetric(100*float64(throttled)/float64(len(local.Requests())), "throttled-%")
		})
	}
}

// announcedLimit is PgBeam's own example of a limit.
var announcedLimit = localapi.RateLimit{Requests: 200, Window: 2 * time.Second}

// BenchmarkAnnounced creates agent credentials under a rate limit that the API announces,
// for each way in which it may count the requests, with network latency, and then deletes
// as many. It reports the number of requests that the API throttles.
func BenchmarkAnnounced(b *testing.B) {
	for counted, behaviour := range map[string]localapi.Behaviour{
		"windows":      {},
		"continuously": {RateLimitRefillsContinuously: true},
	} {
		for _, n := range sizes(1000, 10, 100) {
			startAPI := func(b *testing.B) *localapi.Local {
				b.Helper()
				local := localapi.Start(b, localapi.Options{Behaviour: behaviour})
				for _, fault := range []localapi.Fault{
					{Method: http.MethodPost, Path: "/v1/projects/*/agents"},
					{Method: http.MethodDelete, Path: "/v1/projects/*/agents/*"},
				} {
					fault.Latency = networkLatency * time.Millisecond
					local.AddFault(fault)
				}
				return local
			}
			b.Run(fmt.Sprintf("counted=%s/n=%d", counted, n), func(b *testing.B) {
				local := startAPI(b)
				throttled := createLimited(b, local, announcedLimit, n)
				b.ReportMetric(float64(throttled), "throttled")
			})
			b.Run(fmt.Sprintf("of=delete/counted=%s/n=%d", counted, n), func(b *testing.B) {
				local := startAPI(b)
				throttled := deleteLimited(b, local, announcedLimit, n)
				b.ReportMetric(float64(throttled), "throttled")
			})
		}
	}
}

// createLimited creates agent credentials under a rate limit, and returns the number of
// requests that the API throttled. It reports the duration that the rate allows.
func createLimited(b *testing.B, local *localapi.Local, limit localapi.RateLimit, n int) (throttled int) {
	b.Helper()
	project, _, policy := createParents(b, local.URL)
	p := startConfigured(b, binaries(b).plugin, local.URL)
	local.Limit(limit)
	local.ResetRequests()
	createAgents(b, p, project, policy, n)
	require.Len(b, local.Objects("agents"), n+1)
	return reportLimited(b, local, limit, n)
}

// deleteLimited is createLimited for deletes of credentials that an earlier session has
// created.
func deleteLimited(b *testing.B, local *localapi.Local, limit localapi.RateLimit, n int) (throttled int) {
	b.Helper()
	project, _, policy := createParents(b, local.URL)
	credentials := newCredentials(b, project, policy, n+1)
	earlier := startConfigured(b, binaries(b).plugin, local.URL)
	each(b, credentials, earlier.create)
	earlier.stop()
	p := startConfigured(b, binaries(b).plugin, local.URL)
	local.Limit(limit)
	local.ResetRequests()
	require.NoError(b, p.delete(b.Context(), credentials[n])) // the warm-up
	b.ResetTimer()
	each(b, credentials[:n], p.delete)
	b.StopTimer()
	require.Equal(b, n+1, local.Ran(http.MethodDelete, "/v1/projects/*/agents/*"))
	return reportLimited(b, local, limit, n)
}

// reportLimited reports the duration that a rate limit allows, and returns the number of
// requests that the API throttled.
func reportLimited(b *testing.B, local *localapi.Local, limit localapi.RateLimit, n int) (throttled int) {
	b.Helper()
	for _, request := range local.Requests() {
		if request.Status == http.StatusTooManyRequests {
			throttled++
		}
	}
	b.ReportMetric(float64(n)*limit.Window.Seconds()/float64(limit.Requests), "floor-s")
	return throttled
}
