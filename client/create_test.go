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

// scripted answers each request in turn, and keeps the keys.
type scripted struct {
	answers []func(n int) canned
	keys    []string
}

func (s *scripted) RoundTrip(req *http.Request) (*http.Response, error) {
	n := len(s.keys)
	s.keys = append(s.keys, req.Header.Get("Idempotency-Key"))
	return s.answers[min(n, len(s.answers)-1)](n).RoundTrip(req)
}

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// created answers that an object was created at noon; the header Date is some
// time after that, or not there.
func created(date string) func(n int) canned {
	return func(n int) canned {
		header := http.Header{}
		if date != "" {
			header.Set("Date", date)
		}
		return canned{
			status: http.StatusCreated, header: header,
			body: WholeText[WebhookEndpoint](map[string]any{
				"id": fmt.Sprintf("whk_%d", n), "project_id": "prj_1", "created_at": "2026-01-02T12:00:00.4Z",
			}),
		}
	}
}

// refused answers a refusal with an ID in the header and one in the body.
func refused(header, body string) func(n int) canned {
	return func(int) canned {
		return canned{
			status: http.StatusForbidden, header: http.Header{"X-Request-Id": {header}},
			body: `{"title":"Plan limit","code":"PLAN_LIMIT_REACHED","request_id":"` + body + `"}`,
		}
	}
}

// ofAPI answers a refusal of the API.
func ofAPI(status int, code string) func(int) canned {
	return func(int) canned {
		return canned{status: status, body: fmt.Sprintf(`{"type":"t","title":"A title","status":%d,"code":%q}`, status, code)}
	}
}

func createWebhook(t *testing.T, s *scripted, repeat *IdempotentCreate) (WebhookEndpoint, error) {
	t.Helper()
	c, err := New(plantedKey, WithHTTPClient(&http.Client{Transport: s}), WithMaxRetries(0))
	require.NoError(t, err)
	return c.WebhookEndpoints().Create(WithIdempotentCreate(t.Context(), repeat), "prj_1", WebhookEndpointInput{URL: "https://example.com"})
}

// takes takes what is fresh, and asks f about the rest.
func takes(f func(id string) (bool, error)) func(ctx context.Context, id string, fresh bool) (bool, error) {
	return func(_ context.Context, id string, fresh bool) (bool, error) {
		if fresh {
			return true, nil
		}
		return f(id)
	}
}

func TestWhatShowsThatAnAnswerIsFresh(t *testing.T) {
	t.Parallel()
	for date, fresh := range map[string]bool{
		noon.Format(http.TimeFormat):                       true,
		noon.Add(time.Second).Format(http.TimeFormat):      true,
		noon.Add(2 * time.Second).Format(http.TimeFormat):  false,
		noon.Add(23 * time.Hour).Format(http.TimeFormat):   false,
		noon.Add(-5 * time.Second).Format(http.TimeFormat): false, // clocks that disagree prove nothing
		"": false, "yesterday": false,
	} {
		asked := false
		repeat := &IdempotentCreate{Scope: "it", Accept: takes(func(string) (bool, error) { asked = true; return true, nil })}
		webhook, err := createWebhook(t, &scripted{answers: []func(int) canned{created(date)}}, repeat)
		require.NoError(t, err)
		assert.Equal(t, "whk_0", webhook.ID)
		assert.Equal(t, !fresh, asked, date)
	}
}

func TestKeysAreTheSameForTheSame(t *testing.T) {
	t.Parallel()
	keyOf := func(apiKey, what string, generation int, url string) string {
		s := &scripted{answers: []func(int) canned{created(noon.Format(http.TimeFormat))}}
		c, err := New(apiKey, WithHTTPClient(&http.Client{Transport: s}))
		require.NoError(t, err)
		repeat := &IdempotentCreate{Scope: what, Generation: generation, Accept: takes(nil)}
		_, err = c.WebhookEndpoints().Create(WithIdempotentCreate(t.Context(), repeat), "prj_1", WebhookEndpointInput{URL: url})
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

func TestObjectsThatAreGoneArePassedOver(t *testing.T) {
	t.Parallel()
	s := &scripted{answers: []func(int) canned{created(""), created(""), created(""), created("")}}
	repeat := &IdempotentCreate{Scope: "it", Generation: 5, Accept: takes(func(id string) (bool, error) { return id == "whk_2", nil })}
	webhook, err := createWebhook(t, s, repeat)
	require.NoError(t, err)
	assert.Equal(t, "whk_2", webhook.ID)
	assert.Equal(t, 7, repeat.Generation)

	// However many there are, it ends.
	s = &scripted{answers: []func(int) canned{created("")}}
	webhook, err = createWebhook(t, s, &IdempotentCreate{Scope: "it", Accept: takes(func(string) (bool, error) { return false, nil })})
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprintf("whk_%d", maxGenerations), webhook.ID)
	assert.Len(t, s.keys, maxGenerations+1)
	assert.Len(t, s.keys[maxGenerations], 36, "the last key is a random one")
}

func TestObjectThatCannotBeReadIsNamed(t *testing.T) {
	t.Parallel()
	s := &scripted{answers: []func(int) canned{created("")}}
	_, err := createWebhook(t, s, &IdempotentCreate{Scope: "it", Accept: takes(func(string) (bool, error) { return false, io.ErrUnexpectedEOF })})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Contains(t, err.Error(), "whk_0")
	assert.Len(t, s.keys, 1)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	fine := created(noon.Format(http.TimeFormat))
	for name, test := range map[string]struct {
		answers  []func(int) canned
		requests int
		fails    bool
		random   bool // the last key
	}{
		"a true one":                   {[]func(int) canned{refused("req_1", "req_1"), fine}, 1, true, false},
		"one that was given before":    {[]func(int) canned{refused("req_2", "req_1"), fine}, 2, false, false},
		"given before, and a true one": {[]func(int) canned{refused("req_2", "req_1"), refused("req_3", "req_3"), fine}, 2, true, false},
		"one that may be either":       {[]func(int) canned{refused("", ""), fine}, 2, false, true},
		"always another ID":            {[]func(int) canned{refused("req_2", "req_1")}, 3, true, true},
		"one that is not kept":         {[]func(int) canned{ofAPI(429, "RATE_LIMITED"), fine}, 1, true, false},
		"one of the API key":           {[]func(int) canned{ofAPI(401, "UNAUTHORIZED"), fine}, 1, true, false},
		"an outage, which is not kept": {[]func(int) canned{ofAPI(503, "SERVICE_UNAVAILABLE"), fine}, 1, true, false},
		"an invalid request":           {[]func(int) canned{ofAPI(400, "INVALID_INPUT"), fine}, 1, true, false},
		"one that was invalid before": {[]func(int) canned{func(int) canned {
			return canned{status: 400, header: http.Header{"X-Request-Id": {"req_2"}}, body: `{"title":"Invalid","code":"INVALID_INPUT","request_id":"req_1"}`}
		}, fine}, 2, false, false},
		"a key that was used otherwise": {[]func(int) canned{ofAPI(409, "IDEMPOTENCY_KEY_REUSED"), fine}, 2, false, true},
		"a page of a firewall":          {[]func(int) canned{func(int) canned { return canned{status: 403, body: "<html>no</html>"} }, fine}, 1, true, false},
		"JSON of something else":        {[]func(int) canned{func(int) canned { return canned{status: 403, body: `{"code":"no","message":"no"}`} }, fine}, 1, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &scripted{answers: test.answers}
			_, err := createWebhook(t, s, &IdempotentCreate{Scope: "it", Accept: takes(nil)})
			assert.Equal(t, test.fails, err != nil, "%v", err)
			assert.Len(t, s.keys, test.requests)
			assert.Equal(t, test.random, strings.Count(s.keys[len(s.keys)-1], "-") == 4 && len(s.keys[len(s.keys)-1]) == 36)
			var answer *Error
			assert.Equal(t, test.fails, errors.As(err, &answer))
		})
	}
}
