// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
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
func newAnnouncingClient(t *testing.T, api *announcingAPI) *client.Client {
	t.Helper()
	c, err := client.New(localapi.DefaultAPIKey, client.WithHTTPClient(&http.Client{Transport: api}))
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

// createProject creates a project in the local API and returns its ID.
func createProject(t *testing.T, c *client.Client) string {
	t.Helper()
	created, err := c.Projects().Create(t.Context(), client.CreateProjectRequest{
		Name: "shop", OrgID: localapi.DefaultOrgID,
		Database: client.CreateDatabaseRequest{Host: "db.example.com", Port: 5432, Name: "shop", Username: "u", Password: "p"},
	})
	require.NoError(t, err)
	return created.Project.ID
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
				project := createProject(t, c)
				var work sync.WaitGroup
				for i := range 1000 {
					work.Go(func() {
						_, err := c.PolicyProfiles().Create(t.Context(), project, client.PolicyProfileInput{Name: fmt.Sprint(i)})
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

// TestAnnouncedLimitOfFleet verifies that 10,000 creates, and then as many deletes, follow
// an announced rate of 100 requests a second: each takes 100 seconds, without a rejection.
func TestAnnouncedLimitOfFleet(t *testing.T) {
	t.Parallel()
	const inFlight = 100 // more than the client sends at a time
	number := 10000
	if testing.Short() {
		number = 1000
	}
	for name, limit := range map[string]localapi.RateLimit{
		"default":      {Requests: 200, Window: 2 * time.Second},
		"short window": {Requests: 100, Window: time.Second},
	} {
		for reading, behaviour := range readings {
			t.Run(name+"/"+reading, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					api := newAnnouncingAPI(t, limit, behaviour, constantly(25*time.Millisecond))
					c := newAnnouncingClient(t, api)
					project := createProject(t, c)
					policy, err := c.PolicyProfiles().Create(t.Context(), project, client.PolicyProfileInput{Name: "readers"})
					require.NoError(t, err)
					credentials := make([]string, number)
					for _, operation := range []struct {
						name string
						call func(i int) error
					}{
						{"creates", func(i int) error {
							created, err := c.AgentCredentials().Create(t.Context(), project,
								client.CreateAgentCredentialRequest{Name: fmt.Sprint(i), PolicyProfileID: policy.ID})
							credentials[i] = created.Credential.ID
							return err
						}},
						{"deletes", func(i int) error { return c.AgentCredentials().Delete(t.Context(), project, credentials[i]) }},
					} {
						api.ResetRequests()
						time.Sleep(limit.Window) // the whole quota is left
						elapsed := concurrently(number, inFlight, func(i int) { assert.NoError(t, operation.call(i)) })
						t.Logf("%d %s in %s, %d rejected", number, operation.name, elapsed, api.rejected())
						assert.Zero(t, api.rejected(), operation.name)
						assert.Len(t, api.Requests(), number, operation.name)
						want := float64(number) / 100 // seconds
						// The quota of the first window is left at the beginning.
						assert.GreaterOrEqual(t, elapsed.Seconds(), want-limit.Window.Seconds(), operation.name)
						assert.LessOrEqual(t, elapsed.Seconds(), 1.05*want, operation.name)
					}
				})
			})
		}
	}
}

// TestAnnouncedLimitOfAnyKind verifies that no request is rejected under random limits
// and latencies, from a random moment of a window on.
func TestAnnouncedLimitOfAnyKind(t *testing.T) {
	t.Parallel()
	for seed := range uint64(30) {
		for reading, behaviour := range readings {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // not security-sensitive
				limit := localapi.RateLimit{Requests: 1 + random.IntN(300), Window: time.Duration(1+random.IntN(10)) * time.Second}
				minimum := time.Duration(1+random.IntN(100)) * time.Millisecond
				api := newAnnouncingAPI(t, limit, behaviour, between(minimum, minimum+time.Duration(1+random.IntN(300))*time.Millisecond))
				// A first request would be rejected if nothing were left for it.
				callHealth(t, newAnnouncingClient(t, api), random.IntN(min(10, limit.Requests)))
				time.Sleep(time.Duration(random.IntN(3000)) * time.Millisecond)
				callHealth(t, newAnnouncingClient(t, api), 3*limit.Requests+20)
				assert.Zero(t, api.rejected(), "seed %d, %s, %+v", seed, reading, limit)
			})
		}
	}
}

// TestAnnouncedLimitIsShared verifies that several clients of one API key together stay
// within the limit, and use it.
func TestAnnouncedLimitIsShared(t *testing.T) {
	t.Parallel()
	const calls = 1000
	for _, clients := range []int{2, 3, 4} {
		for reading, behaviour := range readings {
			synctest.Test(t, func(t *testing.T) {
				api := newAnnouncingAPI(t, localapi.RateLimit{Requests: 200, Window: 2 * time.Second}, behaviour, between(10*time.Millisecond, 40*time.Millisecond))
				start := time.Now()
				var work sync.WaitGroup
				for range clients {
					c := newAnnouncingClient(t, api)
					work.Go(func() { callHealth(t, c, calls/clients) })
				}
				work.Wait()
				assert.Zero(t, api.rejected(), "%d clients, %s", clients, reading)
				assert.LessOrEqual(t, time.Since(start).Seconds(), 1.1*calls/100, "%d clients, %s", clients, reading)
			})
		}
	}
}

// TestExhaustedLimit verifies that the requests after the first one wait for the next
// window if another client has used up the limit.
func TestExhaustedLimit(t *testing.T) {
	t.Parallel()
	for reading, behaviour := range readings {
		synctest.Test(t, func(t *testing.T) {
			api := newAnnouncingAPI(t, localapi.RateLimit{Requests: 50, Window: 2 * time.Second}, behaviour, constantly(10*time.Millisecond))
			other := newAnnouncingClient(t, api)
			for range 49 {
				_, err := other.Health(t.Context())
				require.NoError(t, err)
			}
			callHealth(t, newAnnouncingClient(t, api), 60)
			assert.Zero(t, api.rejected(), reading)
		})
	}
}

// header is a response of a scripted API: the headers, as names and values, that it
// announces a limit with.
type header []string

// announcingScript is an API that announces what a script says, one response after the
// other. It records when the requests arrived.
type announcingScript struct {
	fakeAPI
	start time.Time

	mutex    sync.Mutex
	arrivals []time.Duration
}

// newAnnouncingScript returns an API with a latency of 10 ms, which repeats the last
// response of its script.
func newAnnouncingScript(responses ...header) *announcingScript {
	api := &announcingScript{start: time.Now()}
	api.handle = func(*http.Request) *http.Response {
		api.mutex.Lock()
		n := min(len(api.arrivals), len(responses)-1)
		api.arrivals = append(api.arrivals, time.Since(api.start))
		api.mutex.Unlock()
		time.Sleep(10 * time.Millisecond)
		return respond(http.StatusOK, healthy, responses[n]...)
	}
	return api
}

// together sends n requests at the same time, and returns when each of them arrived.
func (a *announcingScript) together(t *testing.T, c *client.Client, n int) []time.Duration {
	t.Helper()
	a.mutex.Lock()
	before := len(a.arrivals)
	a.mutex.Unlock()
	callHealthTogether(t, c, n)
	a.mutex.Lock()
	defer a.mutex.Unlock()
	return a.arrivals[before:]
}

const (
	millisecond = time.Millisecond
	policy      = "RateLimit-Policy"
	state       = "RateLimit"
)

// TestAnnouncedPace verifies when requests are sent that belong together, after a first
// one whose response announces a limit.
func TestAnnouncedPace(t *testing.T) {
	t.Parallel()
	atOnce := []time.Duration{0, 0, 0}
	for name, test := range map[string]struct {
		header header
		want   []time.Duration // after the first response
	}{
		"nothing announced":    {nil, atOnce},
		"plenty":               {header{policy, `"default";q=100;w=10`, state, `"default";r=90;t=9`}, atOnce},
		"second half":          {header{policy, `"default";q=20;w=10`, state, `"default";r=10;t=5`}, []time.Duration{0, 500 * millisecond, 1000 * millisecond}},
		"used up":              {header{policy, `"default";q=100;w=10`, state, `"default";r=0;t=7`}, []time.Duration{7000 * millisecond, 14010 * millisecond, 21020 * millisecond}},
		"window as reset":      {header{policy, `"default";q=100;w=7`, state, `"default";r=0`}, []time.Duration{7000 * millisecond, 14010 * millisecond, 21020 * millisecond}},
		"reset after window":   {header{policy, `"default";q=100;w=2`, state, `"default";r=0;t=200`}, []time.Duration{2000 * millisecond, 4010 * millisecond, 6020 * millisecond}},
		"reset of 0":           {header{policy, `"default";q=100;w=2`, state, `"default";r=0;t=0`}, []time.Duration{1000 * millisecond, 2010 * millisecond, 3020 * millisecond}},
		"only the state":       {header{state, `"default";r=0;t=7`}, []time.Duration{7000 * millisecond, 14010 * millisecond, 21020 * millisecond}},
		"only the policy":      {header{policy, `"default";q=100;w=10`}, []time.Duration{0, 100 * millisecond, 200 * millisecond}},
		"strictest of several": {header{policy, `"day";q=1000;w=86400, "burst";q=10;w=3`, state, `"day";r=900;t=80000, "burst";r=0;t=3`}, []time.Duration{3000 * millisecond, 6010 * millisecond, 9020 * millisecond}},
		"slow policy":          {header{policy, `"default";q=1;w=604800`}, atOnce},
		"far reset":            {header{policy, `"default";q=9;w=604800`, state, `"default";r=0;t=604800`}, atOnce},
		"end of a long window": {header{policy, `"default";q=1000;w=86400`, state, `"default";r=100;t=50`}, []time.Duration{0, 500 * millisecond, 995 * millisecond}},
		"far reset, no policy": {header{state, `"default";r=0;t=301`}, atOnce},
		"no quota":             {header{policy, `"default";q=0;w=1`, state, `"default";r=0;t=1`}, atOnce},
		"no window":            {header{policy, `"default";q=5;w=0`, state, `"default";r=0;t=1`}, atOnce},
		"negative":             {header{policy, `"default";q=-5;w=-1`, state, `"default";r=-1;t=-1`}, atOnce},
		"overflow":             {header{policy, `"default";q=99999999999999999999;w=1`, state, `"default";r=0;t=99999999999999999999`}, atOnce},
		"other unit":           {header{policy, `"default";q=5;w=1;qu="content-bytes"`, state, `"default";r=0;t=1`}, atOnce},
		"older draft":          {header{state, `limit=100, remaining=0, reset=1`, policy, `100;w=60`}, atOnce},
		"malformed":            {header{policy, `"default";q=5;w=1,`, state, `"default;r=0;t=1`}, atOnce},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := newAnnouncingScript(test.header)
				c := api.client(t)
				api.together(t, c, 1)
				answered := time.Since(api.start)
				for i, arrival := range api.together(t, c, len(test.want)) {
					assert.Equal(t, test.want[i], arrival-answered, "request %d", i)
				}
			})
		})
	}
}

// TestFirstRequestIsAlone verifies that no other request is sent until the first response,
// which may announce that nothing is left, unless it takes long.
func TestFirstRequestIsAlone(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newAnnouncingScript(nil)
		assert.Equal(t, []time.Duration{0, 10 * millisecond, 10 * millisecond, 10 * millisecond}, api.together(t, api.client(t), 4))
	})
	synctest.Test(t, func(t *testing.T) {
		api := newAnnouncingScript(nil)
		handle := api.handle
		api.handle = func(r *http.Request) *http.Response {
			response := handle(r)
			time.Sleep(5 * time.Second)
			return response
		}
		assert.Equal(t, []time.Duration{0, 500 * millisecond, 500 * millisecond, 500 * millisecond}, api.together(t, api.client(t), 4))
	})
}

// TestForgottenLimit verifies that a limit that is no longer announced holds until its
// window ends, and no longer.
func TestForgottenLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newAnnouncingScript(header{policy, `"default";q=10;w=2`, state, `"default";r=0;t=2`}, nil)
		c := api.client(t)
		api.together(t, c, 1)
		assert.Equal(t, []time.Duration{2010 * millisecond, 2020 * millisecond, 2020 * millisecond}, api.together(t, c, 3))
	})
}

// TestOutOfOrderResponse verifies that a response that was overtaken by one that leaves
// less does not raise the budget.
func TestOutOfOrderResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const announced = `"default";q=100;w=10`
		api := newAnnouncingScript(
			header{policy, announced, state, `"default";r=90;t=10`},
			header{policy, announced, state, `"default";r=89;t=10`}, // arrives last
			header{policy, announced, state, `"default";r=0;t=10`},
			header{policy, announced, state, `"default";r=99;t=10`})
		handle := api.handle
		api.handle = func(r *http.Request) *http.Response {
			response := handle(r)
			if strings.Contains(response.Header.Get(state), "r=89") {
				time.Sleep(time.Second)
			}
			return response
		}
		c := api.client(t)
		api.together(t, c, 1)
		api.together(t, c, 2)
		arrivals := api.together(t, c, 1)
		assert.Equal(t, 10010*millisecond, arrivals[0], "in the next window, according to the first response")
	})
}

// TestAnnouncedRejection verifies that a request that is rejected despite the announcement
// pauses all requests.
func TestAnnouncedRejection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newAnnouncingAPI(t, localapi.RateLimit{Requests: 200, Window: 2 * time.Second}, localapi.Behaviour{}, constantly(10*time.Millisecond))
		api.AddFault(localapi.Fault{Status: http.StatusTooManyRequests, RetryAfter: "7", Skip: 1, Times: 1})
		c := newAnnouncingClient(t, api)
		callHealth(t, c, 1)
		start := time.Now()
		callHealth(t, c, 1)
		assert.GreaterOrEqual(t, time.Since(start), 7*time.Second)
		assert.Equal(t, 3, api.Count(http.MethodGet, "/v1/health"))
	})
}

// TestAnnouncedLimitNotices verifies that a request that waits for the next window says so,
// and that the wait ends with the context.
func TestAnnouncedLimitNotices(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sent := &notices{}
		api := newAnnouncingScript(header{policy, `"default";q=10;w=60`, state, `"default";r=0;t=60`})
		c := api.client(t, sent.option())
		api.together(t, c, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		_, err := c.Health(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 1, api.takeCount())
		assert.Len(t, sent.containing("waiting for the API's rate limit (GET /v1/health)"), 1)
	})
}
