// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// responder responds to the requests of a client, whose tests can run in a synctest bubble.
type responder func(req *http.Request) (*http.Response, error)

func (r responder) RoundTrip(req *http.Request) (*http.Response, error) { return r(req) }

// inTurn responds to the first request with the first function, and so on.
func inTurn(responses ...responder) responder {
	return func(req *http.Request) (*http.Response, error) {
		next := responses[0]
		responses = responses[1:]
		return next(req)
	}
}

// responds responds with a status and a JSON body after some time.
func responds(latency time.Duration, status int, body any, header ...string) responder {
	return func(*http.Request) (*http.Response, error) {
		time.Sleep(latency)
		return respond(status, body, header...), nil
	}
}

// breaks closes the connection.
func breaks(text string) responder {
	return func(*http.Request) (*http.Response, error) { return nil, errors.New(text) }
}

// hangs never responds.
func hangs(req *http.Request) (*http.Response, error) {
	<-req.Context().Done()
	return nil, req.Context().Err()
}

// tracing records spans.
type tracing struct {
	exporter *tracetest.InMemoryExporter
	provider *sdktrace.TracerProvider
	parent   trace.Span
}

// startTracing begins a trace. The context belongs to it.
func startTracing(t *testing.T, options ...sdktrace.TracerProviderOption) (context.Context, *tracing) {
	t.Helper()
	exporter := tracetest.NewInMemoryExporter()
	provider := sdktrace.NewTracerProvider(append(options, sdktrace.WithSyncer(exporter))...)
	ctx, parent := provider.Tracer("test").Start(t.Context(), "Create")
	return ctx, &tracing{exporter, provider, parent}
}

// client returns a client that records spans.
func (tr *tracing) client(t *testing.T, api responder, options ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New(testKey, append([]client.Option{
		client.WithHTTPClient(&http.Client{Transport: api}), client.WithTracerProvider(tr.provider),
		client.WithBackoff(1, 1), // no jitter that is visible in milliseconds
	}, options...)...)
	require.NoError(t, err)
	return c
}

// span is what the tests expect of a span.
type span struct {
	name        string
	attributes  map[string]any
	status      codes.Code
	description string
	duration    time.Duration
}

// spans returns the spans in the order of their ends, without the attributes that all have.
func (tr *tracing) spans(t *testing.T) []span {
	t.Helper()
	var found []span
	for _, s := range tr.exporter.GetSpans() {
		assert.Equal(t, trace.SpanKindClient, s.SpanKind)
		assert.Equal(t, tr.parent.SpanContext(), s.Parent)
		assert.Equal(t, tr.parent.SpanContext().TraceID(), s.SpanContext.TraceID())
		assert.Equal(t, "github.com/pgbeam/pulumi-pgbeam/client", s.InstrumentationScope.Name)
		assert.Empty(t, s.Events)
		assert.Empty(t, s.Links)
		attributes := map[string]any{}
		for _, attribute := range s.Attributes {
			attributes[string(attribute.Key)] = attribute.Value.AsInterface()
		}
		assert.Equal(t, s.Name, fmt.Sprint(attributes["http.request.method"], " ", attributes["url.template"]))
		assert.Equal(t, "api.pgbeam.com", attributes["server.address"])
		assert.Equal(t, int64(443), attributes["server.port"])
		for _, name := range []string{"http.request.method", "url.template", "server.address", "server.port"} {
			delete(attributes, name)
		}
		found = append(found, span{s.Name, attributes, s.Status.Code, s.Status.Description, s.EndTime.Sub(s.StartTime)})
	}
	return found
}

// attempt returns the attributes of an attempt, which are added to those that every attempt has.
func attempt(n int, more map[string]any) map[string]any {
	attributes := map[string]any{
		"pgbeam.attempt": int64(n), "pgbeam.wait.rate_limit": 0.0, "pgbeam.wait.concurrency": 0.0, "pgbeam.wait.retry": 0.0,
	}
	if n > 1 {
		attributes["http.request.resend_count"] = int64(n - 1)
	}
	for name, value := range more {
		attributes[name] = value
	}
	return attributes
}

// TestSpans verifies that each attempt of a request has a span.
func TestSpans(t *testing.T) {
	t.Parallel()
	const name, second = "GET /v1/health", time.Second
	success := responds(second, 200, healthy, "X-Request-Id", "req_ok")
	succeeded := map[string]any{"http.response.status_code": int64(200), "pgbeam.request_id": "req_ok"}
	failed := func(status int, more map[string]any) map[string]any {
		more["http.response.status_code"], more["error.type"] = int64(status), fmt.Sprint(status)
		return more
	}
	for title, test := range map[string]struct {
		api  responder
		want []span
	}{
		"success": {success, []span{{name, attempt(1, succeeded), codes.Unset, "", second}}},
		"no request ID": {responds(0, 200, healthy), []span{
			{name, attempt(1, map[string]any{"http.response.status_code": int64(200)}), codes.Unset, "", 0},
		}},
		"not a request ID": {responds(0, 200, healthy, "X-Request-Id", "<html> "+testKey), []span{
			{name, attempt(1, map[string]any{"http.response.status_code": int64(200)}), codes.Unset, "", 0},
		}},
		"throttled": {inTurn(responds(second, 429, map[string]any{"title": "A", "code": "RATE_LIMITED"}, "Retry-After", "7", "X-Request-Id", "req_1"), success), []span{
			{name, attempt(1, failed(429, map[string]any{"pgbeam.request_id": "req_1"})), codes.Error, "429 RATE_LIMITED", second},
			{name, attempt(2, map[string]any{"http.response.status_code": int64(200), "pgbeam.request_id": "req_ok", "pgbeam.wait.rate_limit": 7.0}), codes.Unset, "", second},
		}},
		"unavailable": {inTurn(responds(0, 503, nil, "Retry-After", "3"), responds(0, 502, map[string]any{"title": "A", "code": "BAD_GATEWAY"}), success), []span{
			{name, attempt(1, failed(503, map[string]any{})), codes.Error, "503 Service Unavailable", 0},
			{name, attempt(2, failed(502, map[string]any{"pgbeam.wait.retry": 3.0})), codes.Error, "502 BAD_GATEWAY", 0},
			{name, attempt(3, succeeded), codes.Unset, "", second},
		}},
		"not retried": {responds(0, 403, map[string]any{"title": "A", "code": "PLAN_LIMIT_REACHED"}), []span{
			{name, attempt(1, failed(403, map[string]any{})), codes.Error, "403 PLAN_LIMIT_REACHED", 0},
		}},
		"an unknown code": {responds(0, 409, map[string]any{"title": "A", "code": "ANYTHING"}), []span{
			{name, attempt(1, failed(409, map[string]any{})), codes.Error, "409 Conflict", 0},
		}},
		"connection": {inTurn(breaks("reset"), success), []span{
			{name, attempt(1, map[string]any{"error.type": "connection"}), codes.Error, "the connection failed", 0},
			{name, attempt(2, succeeded), codes.Unset, "", second},
		}},
		"invalid response": {inTurn(responds(0, 200, "", "X-Request-Id", "req_1"), success), []span{
			{name, attempt(1, map[string]any{"http.response.status_code": int64(200), "pgbeam.request_id": "req_1", "error.type": "invalid_response"}), codes.Error, "an invalid response (status 200)", 0},
			{name, attempt(2, succeeded), codes.Unset, "", second},
		}},
		"timeout": {inTurn(hangs, success), []span{
			{name, attempt(1, map[string]any{"error.type": "timeout"}), codes.Error, "the request timed out", client.DefaultRequestTimeout},
			{name, attempt(2, succeeded), codes.Unset, "", second},
		}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, tracing := startTracing(t)
				_, _ = tracing.client(t, test.api).Health(ctx)
				assert.Equal(t, test.want, tracing.spans(t))
			})
		})
	}
}

// TestSpanOfCanceledRequest verifies that a request has a span if it is canceled after it
// was sent, and none if it was not sent.
func TestSpanOfCanceledRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, tracing := startTracing(t)
		ctx, cancel := context.WithCancel(ctx)
		time.AfterFunc(time.Second, cancel)
		c := tracing.client(t, hangs)
		_, err := c.Health(ctx)
		require.ErrorIs(t, err, context.Canceled)
		_, err = c.Health(ctx)
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, []span{
			{"GET /v1/health", attempt(1, map[string]any{"error.type": "canceled"}), codes.Error, "the request was canceled", time.Second},
		}, tracing.spans(t))
		time.Sleep(time.Minute) // until the client has released its resources
	})
}

// TestSpansOfWaitingRequests verifies that a span says how long its attempt has waited before
// it was sent, and does not last longer for that.
func TestSpansOfWaitingRequests(t *testing.T) {
	t.Parallel()
	const second = time.Second
	synctest.Test(t, func(t *testing.T) {
		ctx, tracing := startTracing(t)
		c := tracing.client(t, inTurn(
			responds(second, 429, nil, "Retry-After", "7"), responds(second, 200, healthy),
			responds(3*second, 200, healthy), responds(second, 200, healthy),
		), client.WithMaxConcurrency(1), client.WithMaxRetries(0))
		health := func() { _, _ = c.Health(ctx) }
		health()
		health()
		time.Sleep(time.Minute) // until the rate limit is forgotten
		go health()
		synctest.Wait()
		health()
		throttled := map[string]any{"http.response.status_code": int64(429), "error.type": "429"}
		success := map[string]any{"http.response.status_code": int64(200)}
		waited := func(name string, seconds float64) map[string]any {
			return attempt(1, map[string]any{"http.response.status_code": int64(200), name: seconds})
		}
		assert.Equal(t, []span{
			{"GET /v1/health", attempt(1, throttled), codes.Error, "429 Too Many Requests", second},
			{"GET /v1/health", waited("pgbeam.wait.rate_limit", 7), codes.Unset, "", second},
			{"GET /v1/health", attempt(1, success), codes.Unset, "", 3 * second},
			{"GET /v1/health", waited("pgbeam.wait.concurrency", 3), codes.Unset, "", second},
		}, tracing.spans(t))
	})
}

// TestNoSpans verifies that there are no spans outside of a trace, and in one that is not
// recorded.
func TestNoSpans(t *testing.T) {
	t.Parallel()
	_, tracing := startTracing(t)
	_, err := tracing.client(t, responds(0, 200, healthy)).Health(t.Context())
	require.NoError(t, err)
	assert.Empty(t, tracing.exporter.GetSpans())

	ctx, tracing := startTracing(t, sdktrace.WithSampler(sdktrace.NeverSample()))
	require.True(t, trace.SpanContextFromContext(ctx).IsValid())
	_, err = tracing.client(t, responds(0, 200, healthy)).Health(ctx)
	require.NoError(t, err)
	assert.Empty(t, tracing.exporter.GetSpans())
}

// TestSpansContainNoSecrets verifies that spans contain nothing of what a user sends or the
// API responds, except for the status and the request ID.
func TestSpansContainNoSecrets(t *testing.T) {
	t.Parallel()
	const planted = "planted"
	document := func(code string) map[string]any {
		return map[string]any{
			"title": planted, "detail": planted, "code": code, "request_id": planted,
			"errors": []any{map[string]any{"field": planted, "detail": planted}},
		}
	}
	create := func(ctx context.Context, c *client.Client) {
		_, _ = c.AgentCredentials().Create(ctx, "prj_"+planted, client.CreateAgentCredentialRequest{Name: planted, PolicyProfileID: planted})
	}
	window := client.TimeWindow{Start: new(planted), End: new(planted)}
	page := map[string]any{"projects": []any{}, "next_page_token": planted}
	for name, test := range map[string]struct {
		spans int
		api   responder
		call  func(ctx context.Context, c *client.Client)
	}{
		"success": {1, responds(0, 201, client.MinimalBody[client.AgentCredentialSecrets](map[string]any{
			"credential": client.MinimalBody[client.AgentCredential](map[string]any{"id": planted, "project_id": "prj_" + planted}), "mcp_token": planted,
		})), create},
		"error":            {1, responds(0, 400, document("INVALID_INPUT")), create},
		"transient error":  {2, inTurn(responds(0, 503, document("PLANTED")), responds(0, 400, document("PLANTED"))), create},
		"invalid response": {1, responds(0, 101, planted), create},
		"connection":       {2, inTurn(breaks(planted), responds(0, 400, nil)), create},
		"query": {1, responds(0, 400, nil), func(ctx context.Context, c *client.Client) {
			_, _ = c.GetAgentUsage(ctx, planted, window)
		}},
		"path": {1, responds(0, 404, document("NOT_FOUND")), func(ctx context.Context, c *client.Client) {
			_, _ = c.CacheRules().Update(ctx, planted, planted, planted, client.UpdateCacheRuleRequest{})
		}},
		"pages": {2, inTurn(responds(0, 200, page), responds(0, 400, nil)), func(ctx context.Context, c *client.Client) {
			for _, err := range c.Projects().List(ctx, planted) {
				require.Error(t, err)
			}
		}},
		"API key in a header": {1, responds(0, 400, nil, "X-Request-Id", testKey+"-"+planted), create},
	} {
		ctx, tracing := startTracing(t)
		c := tracing.client(t, test.api, client.WithBaseURL("https://api.pgbeam.com/"+planted), client.WithUserAgent(planted))
		test.call(client.WithIdempotency(ctx, client.Idempotency{
			Attempt: func(context.Context, client.AttemptRequest) (client.Attempt, error) {
				return client.Attempt{Key: planted}, nil
			},
		}), c)
		require.Len(t, tracing.spans(t), test.spans, name)
		for _, recorded := range tracing.exporter.GetSpans() {
			text := fmt.Sprintf("%+v", recorded)
			assert.Contains(t, text, "url.template", name)
			assert.NotContains(t, strings.ToLower(text), planted, name)
			assert.NotContains(t, text, testKey, name)
		}
	}
}
