// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

const testKey = "pbo_test_key"

// newClient returns a client with next to no delay between retries.
func newClient(t *testing.T, url string, options ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(testKey, append([]client.Option{
		client.WithBaseURL(url), client.WithBackoff(time.Microsecond, time.Millisecond),
	}, options...)...)
	require.NoError(t, err)
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// roundTrip is an expected request and the response to it.
type roundTrip struct {
	method, path string
	// body is the expected request body as JSON, or "" for none.
	body     string
	status   int
	header   map[string]string
	response string
	// abort closes the connection instead of sending a response.
	abort bool
	// check verifies the rest of the request. It may be nil.
	check func(t *testing.T, r *http.Request)
}

// script is a server that expects requests in a fixed order. It fails the test on an
// unexpected, missing or additional request.
type script struct {
	t         *testing.T
	url       string
	mutex     sync.Mutex
	remaining []roundTrip
	keys      []string // the idempotency key of each request
}

// play starts a script and returns a client of it.
func play(t *testing.T, roundTrips ...roundTrip) (*client.Client, *script) {
	t.Helper()
	s := startScript(t, roundTrips...)
	return newClient(t, s.url), s
}

func startScript(t *testing.T, roundTrips ...roundTrip) *script {
	t.Helper()
	s := &script{t: t, remaining: roundTrips}
	server := httptest.NewServer(s)
	s.url = server.URL
	t.Cleanup(func() {
		server.Close()
		assert.Empty(t, s.remaining, "requests that were not sent")
	})
	return s
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	body, err := io.ReadAll(r.Body)
	if !assert.NoError(s.t, err) || !assert.NotEmpty(s.t, s.remaining, "unexpected request %s %s", r.Method, r.URL) {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	next := s.remaining[0]
	s.remaining = s.remaining[1:]
	s.keys = append(s.keys, r.Header.Get("Idempotency-Key"))
	assert.Equal(s.t, next.method+" "+next.path, r.Method+" "+r.URL.RequestURI())
	if next.body == "" {
		assert.Empty(s.t, string(body))
	} else {
		assert.JSONEq(s.t, next.body, string(body))
	}
	if next.check != nil {
		next.check(s.t, r)
	}
	if next.abort {
		panic(http.ErrAbortHandler)
	}
	for name, value := range next.header {
		w.Header().Set(name, value)
	}
	w.WriteHeader(next.status)
	_, _ = io.WriteString(w, next.response)
}

// newSilentServer returns an unstarted server that does not log errors.
func newSilentServer(handler http.HandlerFunc) *httptest.Server {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	return server
}

// rawServer is a TCP server that sends the same bytes for every request.
type rawServer struct {
	url      string
	requests atomic.Int32
	// closed receives a value for each connection that the client closes.
	closed chan struct{}
}

// startRawServer starts a server that sends a response to each request and then
// calls afterwards. clientClosed is closed with the connection.
func startRawServer(t *testing.T, response string, afterwards func(conn net.Conn, clientClosed <-chan struct{})) *rawServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &rawServer{url: "http://" + listener.Addr().String(), closed: make(chan struct{}, 100)}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close() //nolint:errcheck // the client has closed it
				reader := bufio.NewReader(conn)
				request, err := http.ReadRequest(reader)
				if err != nil {
					return
				}
				_, _ = io.Copy(io.Discard, request.Body)
				server.requests.Add(1)
				clientClosed := make(chan struct{})
				running.Go(func() {
					_, _ = io.Copy(io.Discard, reader) // until the client closes the connection
					close(clientClosed)
					server.closed <- struct{}{}
				})
				_, _ = io.WriteString(conn, response)
				afterwards(conn, clientClosed)
				<-clientClosed
			})
		}
	})
	t.Cleanup(func() {
		assert.NoError(t, listener.Close())
		running.Wait()
	})
	return server
}

// stall sends nothing more.
func stall(net.Conn, <-chan struct{}) {}

// trickle sends a byte every few milliseconds.
func trickle(conn net.Conn, clientClosed <-chan struct{}) {
	for {
		select {
		case <-clientClosed:
			return
		case <-time.After(5 * time.Millisecond):
			if _, err := io.WriteString(conn, " "); err != nil {
				return
			}
		}
	}
}

// closeConnection closes the connection.
func closeConnection(conn net.Conn, _ <-chan struct{}) { _ = conn.Close() }

// fakeAPI is an API without a network, so that its tests can run in a synctest
// bubble.
type fakeAPI struct {
	handle   func(*http.Request) *http.Response
	requests atomic.Int64
}

func (f *fakeAPI) RoundTrip(r *http.Request) (*http.Response, error) {
	f.requests.Add(1)
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	responses := make(chan *http.Response, 1)
	go func() { responses <- f.handle(r) }() //nolint:bodyclose // closed by the client
	select {
	case response := <-responses:
		response.Request = r
		return response, nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// takeCount returns the number of requests since the last call.
func (f *fakeAPI) takeCount() int { return int(f.requests.Swap(0)) }

// client returns a client of the API.
func (f *fakeAPI) client(t *testing.T, options ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New("pbo_test", append(options, client.WithHTTPClient(&http.Client{Transport: f}))...)
	require.NoError(t, err)
	return c
}

// respond returns a response with a JSON body. The header is a list of names and
// values.
func respond(status int, body any, header ...string) *http.Response {
	text, _ := json.Marshal(body)
	response := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(text)))}
	for i := 0; i+1 < len(header); i += 2 {
		response.Header.Set(header[i], header[i+1])
	}
	return response
}

// checkError reports an error from a goroutine of a test.
func checkError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// project returns a project as JSON.
func project(id string) string {
	return client.MinimalJSON[client.Project](map[string]any{"id": id, "org_id": "org_1"})
}

// replica returns a replica of the database db_1 as JSON.
func replica(id, host string) string {
	return client.MinimalJSON[client.Replica](map[string]any{"id": id, "database_id": "db_1", "host": host})
}

// credential returns an agent credential of the project prj_1.
func credential(id string) map[string]any {
	return client.MinimalBody[client.AgentCredential](map[string]any{"id": id, "project_id": "prj_1"})
}

// credentialSecrets returns an agent credential with its secrets as JSON.
func credentialSecrets(id string) string {
	return client.MinimalJSON[client.AgentCredentialSecrets](map[string]any{"credential": credential(id)})
}

// plan returns the plan of an organization as JSON.
func plan(orgID string) string {
	return client.MinimalJSON[client.OrganizationPlan](map[string]any{"org_id": orgID})
}

// problem returns a problem document of the API (RFC 9457).
func problem(status int, code, detail string) string {
	document, _ := json.Marshal(map[string]any{
		"type": "https://pgbeam.com/docs/api/errors", "title": "A title", "status": status, "code": code, "detail": detail,
		"request_id": "req_body",
	})
	return string(document)
}
