// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// raw is a TCP server that answers every request with bytes, and then does with
// the connection what a function does. It ends with the test.
type raw struct {
	url      string
	requests atomic.Int32
	// left gets a value for each connection that the client has closed.
	left chan struct{}
}

func startRaw(t *testing.T, answer string, then func(conn net.Conn, ended <-chan struct{})) *raw {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &raw{url: "http://" + listener.Addr().String(), left: make(chan struct{}, 100)}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close() //nolint:errcheck // the client is gone
				reader := bufio.NewReader(conn)
				request, err := http.ReadRequest(reader)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, request.Body)
				server.requests.Add(1)
				ended := make(chan struct{})
				running.Go(func() {
					_, _ = io.Copy(io.Discard, reader) // until the client closes the connection
					close(ended)
					server.left <- struct{}{}
				})
				_, _ = io.WriteString(conn, answer)
				then(conn, ended)
				<-ended
			})
		}
	})
	t.Cleanup(func() {
		assert.NoError(t, listener.Close())
		running.Wait()
	})
	return server
}

// hangs sends nothing more.
func hangs(net.Conn, <-chan struct{}) {}

// trickles sends a byte now and then.
func trickles(conn net.Conn, ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case <-time.After(5 * time.Millisecond):
			if _, err := io.WriteString(conn, " "); err != nil {
				return
			}
		}
	}
}

// TestEveryWaitEnds with the limit of a request, and with the context, at
// whatever point of a response the server stops or becomes slow. The context
// ends some time after the request has been answered in part: were it not heeded,
// the test would not end.
func TestEveryWaitEnds(t *testing.T) {
	t.Parallel()
	whole := project("prj_1")
	answers := map[string]string{
		"nothing":                      "",
		"half a header":                "HTTP/1.1 200 OK\r\nContent-Ty",
		"a success without a body":     "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
		"a success that goes on":       "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + whole,
		"a success that ends half":     "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + whole[:20],
		"a refusal that goes on":       "HTTP/1.1 404 Not Found\r\nContent-Length: 100000\r\n\r\n" + problem(404, "NOT_FOUND", "no"),
		"a wrong status that goes on":  "HTTP/1.1 202 Accepted\r\nContent-Length: 100000\r\n\r\n" + whole,
		"an outage that goes on":       "HTTP/1.1 503 Unavailable\r\nContent-Length: 100000\r\n\r\n<html>",
		"a redirect that goes on":      "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 100000\r\n\r\n",
		"another protocol":             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
		"another protocol without one": "HTTP/1.1 101 Switching Protocols\r\n\r\n" + whole,
		"early hints":                  "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
	}
	for name, answer := range answers {
		for how, then := range map[string]func(net.Conn, <-chan struct{}){"hangs": hangs, "trickles": trickles} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				server := startRaw(t, answer, then)
				c := newClient(t, server.url, client.WithRequestTimeout(50*time.Millisecond), client.WithMaxRetries(0))
				_, err := c.Projects().Get(t.Context(), "prj_1")
				require.Error(t, err)
				assert.False(t, client.IsNotFound(err), "what is not complete says nothing: %v", err)
				<-server.left // the connection is not kept

				server = startRaw(t, answer, then)
				c = newClient(t, server.url, client.WithRequestTimeout(time.Hour))
				ctx, cancel := context.WithCancelCause(t.Context())
				stopped := errors.New("stopped")
				timer := time.AfterFunc(50*time.Millisecond, func() { cancel(stopped) })
				defer timer.Stop()
				_, err = c.Projects().Get(ctx, "prj_1")
				require.Error(t, err)
				if !strings.Contains(name, "protocol") && !strings.Contains(name, "wrong status") { // these need no waiting
					require.ErrorIs(t, err, stopped)
				}
				cancel(stopped)
				<-server.left
				c.CloseIdleConnections()
			})
		}
	}
}

// TestAnotherProtocol is told of at once: nobody waits for the end of a
// connection that is not one of HTTP any more.
func TestAnotherProtocol(t *testing.T) {
	t.Parallel()
	server := startRaw(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", trickles)
	c := newClient(t, server.url, client.WithRequestTimeout(time.Hour))
	for _, err := range []error{
		c.Projects().Delete(t.Context(), "prj_1"),
		func() error {
			_, err := c.Projects().Update(t.Context(), "prj_1", client.UpdateProjectRequest{})
			return err
		}(),
	} {
		var invalid *client.InvalidResponseError
		require.ErrorAs(t, err, &invalid)
		assert.Equal(t, 101, invalid.StatusCode)
		assert.True(t, client.IsAmbiguous(err))
		<-server.left
	}
	assert.EqualValues(t, 2, server.requests.Load(), "it is not tried again")
}

// TestARefusalThatIsCutOff is asked for again: the code that tells whether it is
// the API's own may be in the rest of it.
func TestARefusalThatIsCutOff(t *testing.T) {
	t.Parallel()
	whole := problem(404, "NOT_FOUND", "no such project")
	for half, requests := range map[bool]int{true: 3, false: 1} {
		body := whole
		if half {
			body = whole[:len(whole)/2]
		}
		answer := fmt.Sprintf("HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(whole), body)
		server := startRaw(t, answer, func(conn net.Conn, _ <-chan struct{}) { _ = conn.Close() })
		err := newClient(t, server.url, client.WithMaxRetries(2)).Projects().Delete(t.Context(), "prj_1")
		require.Error(t, err)
		var invalid *client.InvalidResponseError
		assert.Equal(t, half, errors.As(err, &invalid), "%v", err)
		assert.Equal(t, !half, client.IsNotFound(err), "%v", err)
		assert.EqualValues(t, requests, server.requests.Load())
	}
}

// TestWhatIsNotHTTP is quoted by net/http. The key does not stand in it.
func TestWhatIsNotHTTP(t *testing.T) {
	t.Parallel()
	server := startRaw(t, testKey+"/pbo%5Ftest%5fkey\r\n\r\n", func(conn net.Conn, _ <-chan struct{}) { _ = conn.Close() })
	var told []string
	c := newClient(t, server.url, client.WithMaxRetries(1), client.WithNotify(func(_ context.Context, message string) { told = append(told, message) }))
	_, err := c.Projects().Get(t.Context(), "prj_1")
	var unreachable *client.ConnectionError
	require.ErrorAs(t, err, &unreachable)
	assert.Contains(t, err.Error(), `malformed HTTP response "[secret]/[secret]"`)
	assert.Len(t, told, 1)
}

// TestNoticesAreRedacted: a code of an error may be anything.
func TestNoticesAreRedacted(t *testing.T) {
	t.Parallel()
	const key = "PBO_KEY_AS_A_CODE"
	api := &fake{answer: func(*http.Request) *http.Response {
		return respond(http.StatusServiceUnavailable, map[string]any{"title": "x", "code": key})
	}}
	var told []string
	c, err := client.New(key, client.WithHTTPClient(&http.Client{Transport: api}), client.WithMaxRetries(1),
		client.WithBackoff(time.Nanosecond, time.Nanosecond),
		client.WithNotify(func(_ context.Context, message string) { told = append(told, message) }))
	require.NoError(t, err)
	_, err = c.Projects().Get(t.Context(), key) // a path is told of, too
	require.Error(t, err)
	var refused *client.Error
	require.ErrorAs(t, err, &refused)
	assert.Empty(t, refused.Code, "the API has no such code")
	require.Len(t, told, 1)
	assert.NotContains(t, told[0], key)
	assert.Contains(t, told[0], "[secret]")
}

// TestWaitingForTheRateTakesNoPlace: while the API asks to wait, all that wait do
// so for that reason, and none for the place of another.
func TestWaitingForTheRateTakesNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var first sync.Once
		api := &fake{answer: func(*http.Request) (response *http.Response) {
			response = respond(http.StatusOK, healthy)
			first.Do(func() {
				response = respond(http.StatusTooManyRequests, //nolint:bodyclose // closed by the client
					map[string]any{"title": "x", "code": "RATE_LIMITED"}, "Retry-After", "10")
			})
			return response
		}}
		told := &notices{}
		c := api.client(t, told.option(), client.WithMaxConcurrency(1))
		var work sync.WaitGroup
		for range 5 {
			work.Go(func() {
				_, err := c.Health(t.Context())
				assert.NoError(t, err)
			})
			synctest.Wait()
		}
		work.Wait()
		assert.Equal(t, 6, api.count())
		assert.Empty(t, told.with("waiting for other requests to end"))
		assert.Len(t, told.with("waiting because the API limits the rate of requests (GET /v1/health)"), 4, "all but the one that was refused, which tells of its retry")
	})
}

// TestRateAndPlacesTogether: what waits for a place keeps to the rate when it
// gets one. Many slow requests end together here, with many waiting.
func TestRateAndPlacesTogether(t *testing.T) {
	t.Parallel()
	for _, places := range []int{1, 4, 16} {
		synctest.Test(t, func(t *testing.T) {
			api := newLimited(50, 50)
			serve := api.answer
			slow := make(chan struct{})
			var n atomic.Int32
			api.answer = func(r *http.Request) *http.Response {
				if n.Add(1) > 100 {
					<-slow
				}
				return serve(r)
			}
			c := api.client(t, client.WithMaxConcurrency(places))
			go func() { time.Sleep(20 * time.Second); close(slow) }()
			took := callsAtOnce(t, c, 400)
			assert.Equal(t, 400, api.served)
			t.Logf("%d places: took %s, %d refused", places, took, api.refused)
			assert.LessOrEqual(t, api.refused, 400*5/100+places)
			assert.Less(t, took, time.Minute)
		})
	}
}

// callsAtOnce makes calls that are all under way together.
func callsAtOnce(t *testing.T, c *client.Client, n int) time.Duration {
	t.Helper()
	began := time.Now()
	var work sync.WaitGroup
	for range n {
		work.Go(func() {
			_, err := c.Health(t.Context())
			assert.NoError(t, err)
		})
	}
	work.Wait()
	return time.Since(began)
}

// TestASlowListenerHoldsNobodyUp: whoever is told of a call may take their time.
func TestASlowListenerHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := &fake{answer: func(*http.Request) *http.Response {
			time.Sleep(3 * time.Second)
			return respond(http.StatusOK, healthy)
		}}
		var told atomic.Int32
		c := api.client(t, client.WithNotify(func(context.Context, string) {
			told.Add(1)
			time.Sleep(time.Hour)
		}))
		began := time.Now()
		_, err := c.Health(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 3*time.Second, time.Since(began))
		time.Sleep(2 * time.Hour)
		assert.EqualValues(t, 1, told.Load(), "nothing is told of a call that is over")
	})
}

// TestAccessIsShared: those who want to know together make one request, each
// for as long as they like, and share a failure.
func TestAccessIsShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		status := http.StatusServiceUnavailable
		api := &fake{answer: func(*http.Request) *http.Response {
			time.Sleep(time.Second)
			return respond(status, map[string]any{"organizations": []any{client.Whole[client.Organization](nil)}})
		}}
		c := api.client(t, client.WithMaxRetries(0))
		together := func(n int, each func(ctx context.Context, i int)) {
			var callers sync.WaitGroup
			for i := range n {
				callers.Go(func() { each(t.Context(), i) })
				synctest.Wait()
			}
			callers.Wait()
		}
		together(10, func(ctx context.Context, _ int) {
			_, err := c.Access(ctx)
			assert.True(t, client.IsStatus(err, http.StatusServiceUnavailable), "%v", err)
		})
		assert.Equal(t, 1, api.count(), "a failure is that of all who waited for it")

		status = http.StatusOK
		enough := errors.New("enough")
		together(10, func(ctx context.Context, i int) {
			if i > 1 {
				organizations, err := c.Access(ctx)
				report(t, err)
				assert.Len(t, organizations, 1)
				return
			}
			// The one who asks gives up, and one who waits.
			ctx, cancel := context.WithTimeoutCause(ctx, time.Duration(500-100*i)*time.Millisecond, enough)
			defer cancel()
			_, err := c.Access(ctx)
			assert.ErrorIs(t, err, enough)
		})
		assert.Equal(t, 2, api.count(), "that which was given up, and one for all the others")
		_, err := c.Access(t.Context())
		require.NoError(t, err)
		assert.Zero(t, api.count(), "it is remembered")
	})
}

// TestAPIKeysThatCannotBeSent are refused before any request, without a word of them.
func TestAPIKeysThatCannotBeSent(t *testing.T) {
	t.Parallel()
	for key, problem := range map[string]string{
		"":               "the API key must not be empty",
		"planted key":    "the API key must not contain white space",
		"planted\n":      "the API key must not contain white space",
		"planted\u00a0":  "the API key must not contain white space",
		"planted\x00":    "the API key must not contain control characters",
		"planted\x7f":    "the API key must not contain control characters",
		"planted\u0085x": "the API key must not contain white space",
		"planted\u0090x": "the API key must not contain control characters",
		"plantedé":       "the API key must not contain characters outside of ASCII",
		"planted\u200b":  "the API key must not contain characters outside of ASCII",
		"planted\xff":    "the API key must not contain characters outside of ASCII",
	} {
		_, err := client.New(key)
		require.EqualError(t, err, problem, "%q", key)
	}
}

// TestTheVersionInTheBaseURL is there once, whether it is given or not.
func TestTheVersionInTheBaseURL(t *testing.T) {
	t.Parallel()
	for suffix, path := range map[string]string{
		"": "/v1/projects/prj_1", "/": "/v1/projects/prj_1", "/v1": "/v1/projects/prj_1", "/v1/": "/v1/projects/prj_1", "/v1//": "/v1/projects/prj_1",
		"/gateway": "/gateway/v1/projects/prj_1", "/gateway/v1/": "/gateway/v1/projects/prj_1", "/v1/v1": "/v1/v1/projects/prj_1",
		"/xv1": "/xv1/v1/projects/prj_1", "/v1/gateway": "/v1/gateway/v1/projects/prj_1",
	} {
		api := &fake{answer: func(r *http.Request) *http.Response {
			assert.Equal(t, path, r.URL.Path, suffix)
			return respond(http.StatusNoContent, nil)
		}}
		base := "https://api.pgbeam.test" + suffix
		require.NoError(t, client.ValidateBaseURL(base))
		c := api.client(t, client.WithBaseURL(base))
		require.NoError(t, c.Projects().Delete(t.Context(), "prj_1"))
		assert.Equal(t, 1, api.count())
		assert.Equal(t, "https://api.pgbeam.test"+strings.TrimSuffix(path, "/v1/projects/prj_1"), c.BaseURL())
	}
	for _, wrong := range []string{"https://api.pgbeam.test/v1?", "https://api.pgbeam.test/v1#", "https://u:planted@api.pgbeam.test/v1"} {
		err := client.ValidateBaseURL(wrong)
		require.Error(t, err, wrong)
		assert.NotContains(t, err.Error(), "planted")
	}
}

// TestIDsThatAreFolders never reach the API, in whatever place.
func TestIDsThatAreFolders(t *testing.T) {
	t.Parallel()
	api := &fake{answer: func(*http.Request) *http.Response { return respond(http.StatusNoContent, nil) }}
	c := api.client(t)
	for _, id := range []string{".", "..", "%2e", "%2E%2e", ".%2e", "%2e."} {
		for _, err := range []error{
			c.Projects().Delete(t.Context(), id),
			c.Databases().Delete(t.Context(), id, "db_1"),
			c.Databases().Delete(t.Context(), "prj_1", id),
			func() error { _, err := c.Replicas().Get(t.Context(), "db_1", id); return err }(),
			func() error { _, err := c.AgentCredentials().Rotate(t.Context(), "prj_1", id); return err }(),
			func() error {
				for _, err := range c.Databases().List(t.Context(), id) {
					return err
				}
				return nil
			}(),
		} {
			require.ErrorContains(t, err, fmt.Sprintf("is %q, which is not an ID", id))
		}
	}
	assert.Zero(t, api.count())
	require.NoError(t, c.Projects().Delete(t.Context(), "..."))
	require.NoError(t, c.Projects().Delete(t.Context(), "a.b"))
}
