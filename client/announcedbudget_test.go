// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// announcingAPI is the local API without a network, behind a latency, so that its tests
// can run in a synctest bubble.
type announcingAPI struct {
	*localapi.Server
	latency func() time.Duration
}

func newAnnouncingAPI(t *testing.T, limit localapi.RateLimit, behaviour localapi.Behaviour, latency func() time.Duration) *announcingAPI {
	t.Helper()
	server, err := localapi.New(localapi.Options{Behaviour: behaviour})
	require.NoError(t, err)
	server.Limit(limit)
	return &announcingAPI{Server: server, latency: latency}
}

func (a *announcingAPI) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	time.Sleep(a.latency() / 2)
	request := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), bytes.NewReader(body))
	request.Header = r.Header
	recorder := httptest.NewRecorder()
	a.ServeHTTP(recorder, request)
	time.Sleep(a.latency() / 2)
	return recorder.Result(), nil
}

// newAnnouncingClient returns a client of the API.
func newAnnouncingClient(t *testing.T, api *announcingAPI, options ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(localapi.DefaultAPIKey, append(options, client.WithHTTPClient(&http.Client{Transport: api}))...)
	require.NoError(t, err)
	return c
}

// rejected returns the number of requests that the API rejected.
func (a *announcingAPI) rejected() (n int) {
	for _, request := range a.Requests() {
		if request.Status == http.StatusTooManyRequests {
			n++
		}
	}
	return n
}

func constantly(latency time.Duration) func() time.Duration {
	return func() time.Duration { return latency }
}

// between returns a random latency, so that responses arrive out of order.
func between(minimum, maximum time.Duration) func() time.Duration {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // not security-sensitive
	var mutex sync.Mutex
	return func() time.Duration {
		mutex.Lock()
		defer mutex.Unlock()
		return minimum + time.Duration(random.Int64N(int64(maximum-minimum)))
	}
}

var readings = map[string]localapi.Behaviour{
	"windows":    {},
	"continuous": {RateLimitRefillsContinuously: true},
}

// TestAnnouncedLimit verifies that no request is rejected under a limit that the API
// announces, whichever way it counts, and that the client uses the limit.
func TestAnnouncedLimit(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limit   localapi.RateLimit
		latency func() time.Duration
		calls   int
		maxTime float64 // relative to the time that the limit allows
	}{
		"default":         {localapi.RateLimit{Requests: 200, Window: 2 * time.Second}, constantly(25 * time.Millisecond), 1000, 1.05},
		"short window":    {localapi.RateLimit{Requests: 100, Window: time.Second}, constantly(25 * time.Millisecond), 1000, 1.05},
		"no latency":      {localapi.RateLimit{Requests: 200, Window: 2 * time.Second}, constantly(time.Millisecond), 1000, 1.05},
		"high latency":    {localapi.RateLimit{Requests: 100, Window: 2 * time.Second}, constantly(150 * time.Millisecond), 500, 1.15},
		"out of order":    {localapi.RateLimit{Requests: 200, Window: 2 * time.Second}, between(5*time.Millisecond, 150*time.Millisecond), 1000, 1.15},
		"slower than 16":  {localapi.RateLimit{Requests: 10, Window: time.Second}, constantly(25 * time.Millisecond), 100, 1.1},
		"one in a second": {localapi.RateLimit{Requests: 1, Window: time.Second}, constantly(25 * time.Millisecond), 20, 1.1},
		"long window":     {localapi.RateLimit{Requests: 600, Window: time.Minute}, constantly(25 * time.Millisecond), 1500, 1.05},
	} {
		for reading, behaviour := range readings {
			t.Run(name+"/"+reading, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					api := newAnnouncingAPI(t, test.limit, behaviour, test.latency)
					elapsed := callHealth(t, newAnnouncingClient(t, api), test.calls)
					floor := float64(test.calls) / float64(test.limit.Requests) * test.limit.Window.Seconds()
					t.Logf("%s of %.1f s, %d rejected", elapsed, floor, api.rejected())
					assert.Zero(t, api.rejected())
					assert.Equal(t, test.calls, api.Count(http.MethodGet, "/v1/health"))
					assert.LessOrEqual(t, elapsed.Seconds(), test.maxTime*floor)
				})
			})
		}
	}
}

// TestAnnouncedLimitOfCreates verifies that 1,000 creates are not rejected.
func TestAnnouncedLimitOfCreates(t *testing.T) {
	t.Parallel()
	for reading, behaviour := range readings {
		t.Run(reading, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := newAnnouncingAPI(t, localapi.RateLimit{Requests: 200, Window: 2 * time.Second}, behaviour, constantly(25*time.Millisecond))
				c := newAnnouncingClient(t, api)
				created, err := c.Projects().Create(t.Context(), client.CreateProjectRequest{
					Name: "shop", OrgID: localapi.DefaultOrgID,
					Database: client.CreateDatabaseRequest{Host: "db.example.com", Port: 5432, Name: "shop", Username: "u", Password: "p"},
				})
				require.NoError(t, err)
				var work sync.WaitGroup
				for i := range 1000 {
					work.Go(func() {
						_, err := c.PolicyProfiles().Create(t.Context(), created.Project.ID, client.PolicyProfileInput{Name: fmt.Sprint(i)})
						assert.NoError(t, err)
					})
				}
				work.Wait()
				assert.Zero(t, api.rejected())
				assert.Len(t, api.Objects("policies"), 1000)
				assert.Len(t, api.Requests(), 1001)
			})
		})
	}
}
