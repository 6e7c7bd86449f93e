// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

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

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// created returns the response to a create at noon. date is the Date header, or "" for
// none.
func created(date string) func(n int) canned {
	return func(n int) canned {
		header := http.Header{}
		if date != "" {
			header.Set("Date", date)
		}
		return canned{
			status: http.StatusCreated, header: header,
			body: MinimalJSON[WebhookEndpoint](map[string]any{
				"id": fmt.Sprintf("whk_%d", n), "project_id": "prj_1", "created_at": "2026-01-02T12:00:00.4Z",
			}),
		}
	}
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

func createWebhook(t *testing.T, s *scriptedTransport, create IdempotentCreate) (WebhookEndpoint, error) {
	t.Helper()
	c, err := New(testAPIKey, WithHTTPClient(&http.Client{Transport: s}), WithMaxRetries(0))
	require.NoError(t, err)
	return c.WebhookEndpoints().Create(WithIdempotentCreate(t.Context(), create), "prj_1", WebhookEndpointInput{URL: "https://example.com"})
}

// acceptNew accepts an object that was created now, and calls f for others.
func acceptNew(f func(id string) (bool, error)) func(ctx context.Context, id string, createdNow bool) (bool, error) {
	return func(_ context.Context, id string, createdNow bool) (bool, error) {
		if createdNow {
			return true, nil
		}
		return f(id)
	}
}

// TestCreatedNow verifies when a response shows that its request created the object.
func TestCreatedNow(t *testing.T) {
	t.Parallel()
	for date, isNew := range map[string]bool{
		noon.Format(http.TimeFormat):                       true,
		noon.Add(time.Second).Format(http.TimeFormat):      true,
		noon.Add(2 * time.Second).Format(http.TimeFormat):  false,
		noon.Add(23 * time.Hour).Format(http.TimeFormat):   false,
		noon.Add(-5 * time.Second).Format(http.TimeFormat): false, // the object cannot be newer than the response
		"": false, "yesterday": false,
	} {
		called := false
		create := IdempotentCreate{Scope: "it", Accept: acceptNew(func(string) (bool, error) { called = true; return true, nil })}
		webhook, err := createWebhook(t, &scriptedTransport{responses: []func(int) canned{created(date)}}, create)
		require.NoError(t, err)
		assert.Equal(t, "whk_0", webhook.ID)
		assert.Equal(t, !isNew, called, date)
	}
}

// TestIdempotencyKeys verifies that the key depends on the API key, the scope, the
// generation and the body, and on nothing else.
func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	keyOf := func(apiKey, scope string, generation int, url string) string {
		s := &scriptedTransport{responses: []func(int) canned{created(noon.Format(http.TimeFormat))}}
		c, err := New(apiKey, WithHTTPClient(&http.Client{Transport: s}))
		require.NoError(t, err)
		create := IdempotentCreate{Scope: scope, Generation: generation, Accept: acceptNew(nil)}
		_, err = c.WebhookEndpoints().Create(WithIdempotentCreate(t.Context(), create), "prj_1", WebhookEndpointInput{URL: url})
		require.NoError(t, err)
		return s.keys[0]
	}
	key := keyOf("pbo_a", "it", 0, "x")
	assert.Equal(t, key, keyOf("pbo_a", "it", 0, "x"))
	for _, other := range []string{
		keyOf("pbo_b", "it", 0, "x"), keyOf("pbo_a", "that", 0, "x"), keyOf("pbo_a", "it", 1, "x"), keyOf("pbo_a", "it", 0, "y"),
	} {
		assert.NotEqual(t, key, other)
	}
}

// TestDeletedObjectsAreSkipped verifies that a create tries further generations until
// an object is accepted, and a random key in the end.
func TestDeletedObjectsAreSkipped(t *testing.T) {
	t.Parallel()
	s := &scriptedTransport{responses: []func(int) canned{created(""), created(""), created(""), created("")}}
	generation := 5
	webhook, err := createWebhook(t, s, IdempotentCreate{
		Scope: "it", Generation: generation, OnGeneration: func(next int) { generation = next },
		Accept: acceptNew(func(id string) (bool, error) { return id == "whk_2", nil }),
	})
	require.NoError(t, err)
	assert.Equal(t, "whk_2", webhook.ID)
	assert.Equal(t, 7, generation)

	// The number of generations is limited.
	s = &scriptedTransport{responses: []func(int) canned{created("")}}
	webhook, err = createWebhook(t, s, IdempotentCreate{Scope: "it", Accept: acceptNew(func(string) (bool, error) { return false, nil })})
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprintf("whk_%d", maxGenerations), webhook.ID)
	assert.Len(t, s.keys, maxGenerations+1)
	assert.Len(t, s.keys[maxGenerations], 36, "the last key is random")
}

// TestAcceptError verifies that an error of Accept ends the create and that the error
// names the object.
func TestAcceptError(t *testing.T) {
	t.Parallel()
	s := &scriptedTransport{responses: []func(int) canned{created("")}}
	_, err := createWebhook(t, s, IdempotentCreate{Scope: "it", Accept: acceptNew(func(string) (bool, error) { return false, io.ErrUnexpectedEOF })})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Contains(t, err.Error(), "whk_0")
	assert.Len(t, s.keys, 1)
}

// TestStoredErrors verifies that a create tries another key if an error response may be
// outdated, and only then.
func TestStoredErrors(t *testing.T) {
	t.Parallel()
	success := created(noon.Format(http.TimeFormat))
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
			_, err := createWebhook(t, s, IdempotentCreate{Scope: "it", Accept: acceptNew(nil)})
			assert.Equal(t, test.fails, err != nil, "%v", err)
			assert.Len(t, s.keys, test.requests)
			assert.Equal(t, test.random, strings.Count(s.keys[len(s.keys)-1], "-") == 4 && len(s.keys[len(s.keys)-1]) == 36)
			var apiError *Error
			assert.Equal(t, test.fails, errors.As(err, &apiError))
		})
	}
}
