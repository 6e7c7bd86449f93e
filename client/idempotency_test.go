// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// scriptedTransport returns one response after the other, and repeats the last one.
// It records the idempotency keys.
type scriptedTransport struct {
	responses []func(n int) canned
	keys      []string
}

func (s *scriptedTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	n := len(s.keys)
	s.keys = append(s.keys, req.Header.Get("Idempotency-Key"))
	return s.responses[min(n, len(s.responses)-1)](n).RoundTrip(req)
}

// created returns the response to a create.
func created(n int) canned {
	return canned{status: http.StatusCreated, body: MinimalJSON[WebhookEndpoint](map[string]any{
		"id": fmt.Sprintf("whk_%d", n), "project_id": "prj_1", "updated_at": "2026-01-02T12:00:00.4Z",
	})}
}

// rejected returns an error response with a request ID in the header and one in the
// body, which differ if the response is replayed.
func rejected(header, body string) func(n int) canned {
	return func(int) canned {
		return canned{
			status: http.StatusForbidden, header: http.Header{"X-Request-Id": {header}},
			body: `{"title":"Plan limit","code":"PLAN_LIMIT_REACHED","request_id":"` + body + `"}`,
		}
	}
}

// apiError returns an error response of the API.
func apiError(status int, code string) func(int) canned {
	return func(int) canned {
		return canned{status: status, body: fmt.Sprintf(`{"type":"t","title":"A title","status":%d,"code":%q}`, status, code)}
	}
}

func createWebhook(t *testing.T, s *scriptedTransport, idempotency Idempotency) (WebhookEndpoint, error) {
	t.Helper()
	c, err := New(testAPIKey, WithHTTPClient(&http.Client{Transport: s}), WithMaxRetries(0))
	require.NoError(t, err)
	return c.WebhookEndpoints().Create(WithIdempotency(t.Context(), idempotency), "prj_1", WebhookEndpointInput{URL: "https://example.com"})
}

// usedKeys returns keys that may have been used before: one for each attempt, and a
// random one if the key must be fresh.
func usedKeys() func(context.Context, AttemptRequest) (Attempt, error) {
	n := -1
	return func(_ context.Context, req AttemptRequest) (Attempt, error) {
		if req.Fresh {
			return Attempt{}, nil
		}
		n++
		return Attempt{Key: req.Derive("it", strconv.Itoa(n)), Used: true}, nil
	}
}

func acceptAll(context.Context, Result) (bool, error) { return true, nil }

// TestResponsesToUsedKeysAreVerified verifies that the response to a key that may have
// been used is always verified, and that to another key never is.
func TestResponsesToUsedKeysAreVerified(t *testing.T) {
	t.Parallel()
	for _, used := range []bool{true, false} {
		verified := 0
		webhook, err := createWebhook(t, &scriptedTransport{responses: []func(int) canned{created}}, Idempotency{
			Attempt: func(context.Context, AttemptRequest) (Attempt, error) { return Attempt{Key: "key", Used: used}, nil },
			Accept: func(_ context.Context, result Result) (bool, error) {
				verified++
				assert.Equal(t, Result{ID: "whk_0", UpdatedAt: "2026-01-02T12:00:00.4Z"}, result)
				return true, nil
			},
		})
		require.NoError(t, err)
		assert.Equal(t, "whk_0", webhook.ID)
		assert.Equal(t, used, verified == 1)
	}
}

// TestIdempotencyKeys verifies that the key depends on the API key, the parts, the path
// and the body, and on nothing else.
func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	keyOf := func(apiKey, url string, parts ...string) string {
		s := &scriptedTransport{responses: []func(int) canned{created}}
		c, err := New(apiKey, WithHTTPClient(&http.Client{Transport: s}))
		require.NoError(t, err)
		_, err = c.WebhookEndpoints().Create(WithIdempotency(t.Context(), Idempotency{
			Attempt: func(_ context.Context, req AttemptRequest) (Attempt, error) {
				assert.Equal(t, "/v1/projects/prj_1/webhooks", req.Path)
				return Attempt{Key: req.Derive(parts...)}, nil
			},
		}), "prj_1", WebhookEndpointInput{URL: url})
		require.NoError(t, err)
		return s.keys[0]
	}
	key := keyOf("pbo_a", "x", "it", "0")
	assert.Equal(t, key, keyOf("pbo_a", "x", "it", "0"))
	for _, other := range []string{
		keyOf("pbo_b", "x", "it", "0"), keyOf("pbo_a", "x", "that", "0"), keyOf("pbo_a", "x", "it", "1"), keyOf("pbo_a", "y", "it", "0"),
		keyOf("pbo_a", "x", "it0"),
	} {
		assert.NotEqual(t, key, other)
	}
}

// TestRotationsAreIdempotent verifies that a rotation uses the key of the context, and
// that other requests do not.
func TestRotationsAreIdempotent(t *testing.T) {
	t.Parallel()
	s := &scriptedTransport{responses: []func(int) canned{func(int) canned {
		return canned{status: http.StatusOK, body: MinimalJSON[AgentCredentialSecrets](map[string]any{
			"credential": MinimalBody[AgentCredential](map[string]any{"id": "agt_1", "project_id": "prj_1"}),
		})}
	}}}
	c, err := New(testAPIKey, WithHTTPClient(&http.Client{Transport: s}), WithMaxRetries(0))
	require.NoError(t, err)
	ctx := WithIdempotency(t.Context(), Idempotency{
		Attempt: func(context.Context, AttemptRequest) (Attempt, error) { return Attempt{Key: "key", Used: true}, nil }, Accept: acceptAll,
	})
	_, err = c.AgentCredentials().Rotate(ctx, "prj_1", "agt_1")
	require.NoError(t, err)
	_, _ = c.AgentCredentials().UpdateStatus(ctx, "prj_1", "agt_1", "disabled")
	assert.Equal(t, "key", s.keys[0])
	assert.Len(t, s.keys[1], 36, "a random key")
}

// TestOutdatedObjectsAreSkipped verifies that a create tries further keys until an object
// is accepted, and asks for one that was never used in the end.
func TestOutdatedObjectsAreSkipped(t *testing.T) {
	t.Parallel()
	s := &scriptedTransport{responses: []func(int) canned{created}}
	webhook, err := createWebhook(t, s, Idempotency{
		Attempt: usedKeys(), Accept: func(_ context.Context, result Result) (bool, error) { return result.ID == "whk_2", nil },
	})
	require.NoError(t, err)
	assert.Equal(t, "whk_2", webhook.ID)
	assert.Len(t, s.keys, 3)

	// The number of attempts is limited.
	s = &scriptedTransport{responses: []func(int) canned{created}}
	webhook, err = createWebhook(t, s, Idempotency{
		Attempt: usedKeys(), Accept: func(context.Context, Result) (bool, error) { return false, nil },
	})
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprintf("whk_%d", maxAttempts), webhook.ID)
	assert.Len(t, s.keys, maxAttempts+1)
	assert.Len(t, s.keys[maxAttempts], 36, "the last key is random")
}

// TestIdempotencyErrors verifies that an error of a callback ends the create, before the
// request or with the object in the error.
func TestIdempotencyErrors(t *testing.T) {
	t.Parallel()
	s := &scriptedTransport{responses: []func(int) canned{created}}
	_, err := createWebhook(t, s, Idempotency{
		Attempt: usedKeys(), Accept: func(context.Context, Result) (bool, error) { return false, io.ErrUnexpectedEOF },
	})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Contains(t, err.Error(), "whk_0")
	assert.Len(t, s.keys, 1)

	s = &scriptedTransport{responses: []func(int) canned{created}}
	_, err = createWebhook(t, s, Idempotency{
		Attempt: func(context.Context, AttemptRequest) (Attempt, error) { return Attempt{}, io.ErrUnexpectedEOF },
	})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Empty(t, s.keys)
}

// TestStoredErrors verifies that a create tries another key if an error response may be
// outdated, and only then.
func TestStoredErrors(t *testing.T) {
	t.Parallel()
	success := created
	for name, test := range map[string]struct {
		responses []func(int) canned
		requests  int
		fails     bool
		random    bool // the last key is random
	}{
		"not replayed":                            {[]func(int) canned{rejected("req_1", "req_1"), success}, 1, true, false},
		"replayed":                                {[]func(int) canned{rejected("req_2", "req_1"), success}, 2, false, false},
		"replayed, then not replayed":             {[]func(int) canned{rejected("req_2", "req_1"), rejected("req_3", "req_3"), success}, 2, true, false},
		"maybe replayed":                          {[]func(int) canned{rejected("", ""), success}, 2, false, true},
		"always replayed":                         {[]func(int) canned{rejected("req_2", "req_1")}, 3, true, true},
		"a rate limit, which is not stored":       {[]func(int) canned{apiError(429, "RATE_LIMITED"), success}, 1, true, false},
		"an invalid API key, which is not stored": {[]func(int) canned{apiError(401, "UNAUTHORIZED"), success}, 1, true, false},
		"an outage, which is not stored":          {[]func(int) canned{apiError(503, "SERVICE_UNAVAILABLE"), success}, 1, true, false},
		"an invalid request":                      {[]func(int) canned{apiError(400, "INVALID_INPUT"), success}, 1, true, false},
		"a replayed invalid request": {[]func(int) canned{func(int) canned {
			return canned{status: 400, header: http.Header{"X-Request-Id": {"req_2"}}, body: `{"title":"Invalid","code":"INVALID_INPUT","request_id":"req_1"}`}
		}, success}, 2, false, false},
		"a reused key":            {[]func(int) canned{apiError(409, "IDEMPOTENCY_KEY_REUSED"), success}, 2, false, true},
		"a page of a firewall":    {[]func(int) canned{func(int) canned { return canned{status: 403, body: "<html>no</html>"} }, success}, 1, true, false},
		"JSON of another service": {[]func(int) canned{func(int) canned { return canned{status: 403, body: `{"code":"no","message":"no"}`} }, success}, 1, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &scriptedTransport{responses: test.responses}
			_, err := createWebhook(t, s, Idempotency{Attempt: usedKeys(), Accept: acceptAll})
			assert.Equal(t, test.fails, err != nil, "%v", err)
			assert.Len(t, s.keys, test.requests)
			assert.Equal(t, test.random, strings.Count(s.keys[len(s.keys)-1], "-") == 4 && len(s.keys[len(s.keys)-1]) == 36)
			var apiError *Error
			assert.Equal(t, test.fails, errors.As(err, &apiError))
		})
	}
}
