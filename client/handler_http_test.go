// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

var uuid4 = `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`

// TestHeaders verifies the headers of each method.
func TestHeaders(t *testing.T) {
	t.Parallel()
	headers := func(body, key bool) func(*testing.T, *http.Request) {
		return func(t *testing.T, r *http.Request) {
			t.Helper()
			assert.Equal(t, "Bearer "+testKey, r.Header.Get("Authorization"))
			assert.Equal(t, "pgbeam-go", r.Header.Get("User-Agent"))
			contentType := ""
			if body {
				contentType = "application/json"
			}
			assert.Equal(t, contentType, r.Header.Get("Content-Type"))
			if key {
				assert.Regexp(t, uuid4, r.Header.Get("Idempotency-Key"))
			} else {
				assert.NotContains(t, r.Header, "Idempotency-Key", "a %s has no key", r.Method)
			}
		}
	}
	c, s := play(t,
		roundTrip{method: "GET", path: "/v1/projects/prj_1", status: 200, response: project("prj_1"), check: headers(false, false)},
		roundTrip{method: "PATCH", path: "/v1/projects/prj_1", body: `{"name":"b"}`, status: 200, response: project("prj_1"), check: headers(true, true)},
		roundTrip{method: "POST", path: "/v1/projects/prj_1/agents/agt_1/rotate", status: 200, response: credentialSecrets("agt_1"), check: headers(false, true)},
		roundTrip{
			method: "PUT", path: "/v1/organizations/org_1/spend-limit", body: `{"spend_limit":null}`, status: 200, response: plan("org_1"),
			check: headers(true, false),
		},
		roundTrip{method: "DELETE", path: "/v1/projects/prj_1", status: 204, check: headers(false, false)},
	)
	ctx, name := t.Context(), "b"
	_, err := c.Projects().Get(ctx, "prj_1")
	require.NoError(t, err)
	_, err = c.Projects().Update(ctx, "prj_1", client.UpdateProjectRequest{Name: &name})
	require.NoError(t, err)
	_, err = c.AgentCredentials().Rotate(ctx, "prj_1", "agt_1")
	require.NoError(t, err)
	_, err = c.Organizations().UpdateSpendLimit(ctx, "org_1", nil)
	require.NoError(t, err)
	require.NoError(t, c.Projects().Delete(ctx, "prj_1"))
	assert.NotEqual(t, s.keys[1], s.keys[2], "each call has its own key")
}

// TestRequestTimeout verifies that a request is retried after a timeout, with the same
// key, since the first attempt may have taken effect.
func TestRequestTimeout(t *testing.T) {
	t.Parallel()
	requests := make(chan string, 2)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // otherwise the server does not notice that the client disconnects
		requests <- r.Header.Get("Idempotency-Key")
		if len(requests) == 1 {
			<-r.Context().Done() // no response until the client disconnects
			return
		}
		_, _ = w.Write([]byte(project("prj_1")))
	}))
	defer server.Close()
	c := newClient(t, server.URL, client.WithRequestTimeout(50*time.Millisecond))
	_, err := c.Projects().Update(t.Context(), "prj_1", client.UpdateProjectRequest{})
	require.NoError(t, err)
	c.CloseIdleConnections()
	first, second := <-requests, <-requests
	assert.Equal(t, first, second)
}

// TestStalledResponses verifies that a request ends with its timeout and with its
// context, at whatever point of the response the server stalls. Otherwise the test
// would hang, since the timeout in its second half is an hour.
func TestStalledResponses(t *testing.T) {
	t.Parallel()
	complete := project("prj_1")
	responses := map[string]string{
		"nothing":                           "",
		"half a header":                     "HTTP/1.1 200 OK\r\nContent-Ty",
		"a success without a body":          "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
		"a success with a longer body":      "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + complete,
		"a success with half a body":        "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + complete[:20],
		"an error with a longer body":       "HTTP/1.1 404 Not Found\r\nContent-Length: 100000\r\n\r\n" + problem(404, "NOT_FOUND", "no"),
		"a wrong status with a longer body": "HTTP/1.1 202 Accepted\r\nContent-Length: 100000\r\n\r\n" + complete,
		"an outage with a longer body":      "HTTP/1.1 503 Unavailable\r\nContent-Length: 100000\r\n\r\n<html>",
		"a redirect with a longer body":     "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 100000\r\n\r\n",
		"a protocol switch":                 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
		"a protocol switch without headers": "HTTP/1.1 101 Switching Protocols\r\n\r\n" + complete,
		"early hints":                       "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n",
	}
	for name, response := range responses {
		for how, afterwards := range map[string]func(net.Conn, <-chan struct{}){"stalls": stall, "trickles": trickle} {
			t.Run(name+", "+how, func(t *testing.T) {
				t.Parallel()
				server := startRawServer(t, response, afterwards)
				c := newClient(t, server.url, client.WithRequestTimeout(50*time.Millisecond), client.WithMaxRetries(0))
				_, err := c.Projects().Get(t.Context(), "prj_1")
				require.Error(t, err)
				assert.False(t, client.IsNotFound(err), "an incomplete response does not mean that the object is missing: %v", err)
				<-server.closed // the connection is not reused

				server = startRawServer(t, response, afterwards)
				c = newClient(t, server.url, client.WithRequestTimeout(time.Hour))
				ctx, cancel := context.WithCancelCause(t.Context())
				stopped := errors.New("stopped")
				timer := time.AfterFunc(50*time.Millisecond, func() { cancel(stopped) })
				defer timer.Stop()
				_, err = c.Projects().Get(ctx, "prj_1")
				require.Error(t, err)
				if !strings.Contains(name, "protocol") && !strings.Contains(name, "wrong status") { // they fail at once
					require.ErrorIs(t, err, stopped)
				}
				cancel(stopped)
				<-server.closed
				c.CloseIdleConnections()
			})
		}
	}
}

// TestCertificateVerification verifies that an untrusted certificate fails a request
// before it is sent.
func TestCertificateVerification(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	server := newSilentServer(func(http.ResponseWriter, *http.Request) { requests.Add(1) })
	server.StartTLS()
	t.Cleanup(server.Close)
	_, err := newClient(t, server.URL).Health(t.Context())
	require.ErrorContains(t, err, "certificate")
	assert.Zero(t, requests.Load(), "the request is not sent")
	assert.NotContains(t, err.Error(), "attempts", "the request is not retried")
	assert.NotContains(t, err.Error(), testKey)
}

// TestMinTLSVersion verifies that TLS 1.1 is rejected.
func TestMinTLSVersion(t *testing.T) {
	t.Parallel()
	server := newSilentServer(func(http.ResponseWriter, *http.Request) {})
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11} //nolint:gosec // the client must reject it
	server.StartTLS()
	t.Cleanup(server.Close)
	_, err := newClient(t, server.URL, client.WithMaxRetries(0)).Health(t.Context())
	require.ErrorContains(t, err, "tls")
}

// TestRedirectsAreNotFollowed verifies that a redirect is an error, also if the given HTTP
// client follows redirects.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var redirected atomic.Int32
	other := newSilentServer(func(http.ResponseWriter, *http.Request) { redirected.Add(1) })
	other.Start()
	t.Cleanup(other.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, following := range []*http.Client{nil, {CheckRedirect: func(*http.Request, []*http.Request) error { return nil }}} {
			var requests atomic.Int32
			server := newSilentServer(func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				target := strings.Replace(other.URL, "127.0.0.1", "localhost", 1)
				if requests.Load()%2 == 0 {
					target = "" // the same host
				}
				http.Redirect(w, r, target+"/v1/elsewhere", status)
			})
			server.Start()
			var options []client.Option
			if following != nil {
				options = append(options, client.WithHTTPClient(following))
			}
			c := newClient(t, server.URL, options...)
			for range 2 {
				_, err := c.Projects().Get(t.Context(), "prj_1")
				assert.True(t, client.IsStatus(err, status), "%v", err)
				_, err = c.Projects().Update(t.Context(), "prj_1", client.UpdateProjectRequest{})
				assert.True(t, client.IsStatus(err, status), "%v", err)
			}
			assert.EqualValues(t, 4, requests.Load(), "the requests are not retried")
			server.Close()
		}
	}
	assert.Zero(t, redirected.Load(), "the key is not sent to another host")
}

// proxyTestVariable is set in the child process of TestProxyFromEnvironment: net/http
// reads the proxy variables only once per process.
const proxyTestVariable = "PGBEAM_TEST_BEHIND_PROXY"

// requestThroughProxy is the main function of the child process.
func requestThroughProxy() {
	c, err := client.New(testKey, client.WithBaseURL("https://api.pgbeam.test"), client.WithMaxRetries(0))
	if err == nil {
		_, err = c.Health(context.Background())
	}
	fmt.Println(err)
}

// TestProxyFromEnvironment verifies that requests use the proxy of the environment, and
// that the proxy does not see the API key.
func TestProxyFromEnvironment(t *testing.T) {
	t.Parallel()
	var connect atomic.Value
	proxy := newSilentServer(func(w http.ResponseWriter, r *http.Request) {
		connect.Store(fmt.Sprintf("%s %s %v", r.Method, r.Host, r.Header))
		w.WriteHeader(http.StatusBadGateway)
	})
	proxy.Start()
	t.Cleanup(proxy.Close)
	process := exec.CommandContext(t.Context(), os.Args[0]) //nolint:gosec // the test binary
	// On Windows, the last of two variables that differ in case applies.
	process.Env = append(os.Environ(), proxyTestVariable+"=1", "no_proxy=", "https_proxy=", "NO_PROXY=", "HTTPS_PROXY="+proxy.URL)
	output, err := process.CombinedOutput()
	require.NoError(t, err, string(output))
	require.NotNil(t, connect.Load(), string(output))
	assert.Contains(t, connect.Load(), "CONNECT api.pgbeam.test:443")
	assert.NotContains(t, connect.Load(), testKey)
	assert.NotContains(t, string(output), testKey)
}
