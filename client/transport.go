// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// longestResponse is the longest body of a response that is read.
const longestResponse = 16 << 20

var errTooLarge = fmt.Errorf("the response is longer than %d MiB", longestResponse>>20)

// call is one call of the API, which may take several requests.
type call struct {
	method         string
	path           string
	idempotencyKey string
}

func (c call) String() string { return c.method + " " + c.path }

type idempotencyKey struct{}

// WithIdempotencyKey sets the Idempotency-Key of the POST or PATCH that is made
// with the context, instead of a fresh one. The API answers a key that it has
// seen within 24 hours with its first answer.
func WithIdempotencyKey(ctx context.Context, key string) context.Context {
	return context.WithValue(ctx, idempotencyKey{}, key)
}

// newIdempotencyKey makes a UUID of version 4.
func newIdempotencyKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// do makes a call of the API with a body, if any, and decodes the answer into
// result, if any.
func (c *Client) do(ctx context.Context, method, path string, body, result any) error {
	call := call{method: method, path: path}
	if method == http.MethodPost || method == http.MethodPatch {
		call.idempotencyKey, _ = ctx.Value(idempotencyKey{}).(string)
		if call.idempotencyKey == "" {
			call.idempotencyKey = newIdempotencyKey()
		}
	}
	_, err := c.exchange(ctx, call, body, result)
	return err
}

// reply is what an answer says of itself.
type reply struct {
	// at is when it was made, zero where that is not known.
	at time.Time
	// before tells whether it was given before, of a refusal.
	before given
}

// given is the answer to whether something was given before.
type given int

const (
	unknown given = iota
	yes
	no
)

// exchange sends a call as often as it takes.
func (c *Client) exchange(ctx context.Context, call call, body, result any) (reply, error) {
	var last reply
	var encoded []byte
	if body != nil {
		var err error
		if encoded, err = json.Marshal(body); err != nil {
			return last, fmt.Errorf("%s: encoding the request: %w", call, err)
		}
	}
	if call.method != http.MethodGet {
		c.lists.wrote(call.method, call.path)
		defer c.lists.wrote(call.method, call.path) // what began meanwhile may not have it
	}
	watch := c.watch(ctx, call, waitingForTurn)
	defer watch.end()
	err := c.retry(ctx, call, watch, func() error { return c.attempt(ctx, call, watch, encoded, result, &last) })
	return last, err
}

// attempt sends one request. The time that it may take begins when its turn comes.
func (c *Client) attempt(ctx context.Context, call call, watch *watch, body []byte, result any, last *reply) error {
	watch.is(waitingForTurn)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case c.inFlight <- struct{}{}:
		defer func() { <-c.inFlight }()
	}
	watch.is(waitingForPace)
	if err := c.pace.wait(ctx); err != nil {
		return err
	}
	watch.is(waitingForAnswer)
	ctx, cancel := context.WithTimeout(ctx, c.requestTimeout)
	defer cancel()

	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, call.method, c.baseURL+call.path, reader)
	if err != nil {
		return fmt.Errorf("%s: %w", call, err)
	}
	req.Header.Set("Authorization", "Bearer "+c.apiKey)
	req.Header.Set("User-Agent", c.userAgent)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if call.idempotencyKey != "" {
		req.Header.Set("Idempotency-Key", call.idempotencyKey)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return c.unreachable(call, err)
	}
	defer func() {
		// A connection is used again only when its last answer was read to the end.
		_, _ = io.CopyN(io.Discard, resp.Body, longestError)
		_ = resp.Body.Close()
	}()
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		refused, before := c.errorFrom(resp, call.path, time.Now())
		refused.paused = c.pace.answered(refused, c.initialBackoff, time.Now())
		last.before = before
		return refused
	}
	c.pace.answered(nil, 0, time.Now())
	last.at, _ = http.ParseTime(resp.Header.Get("Date")) // zero when it fails
	if result == nil {
		return nil
	}
	limited := &io.LimitedReader{R: resp.Body, N: longestResponse + 1}
	if err := json.NewDecoder(limited).Decode(result); err != nil {
		if limited.N <= 0 {
			return fmt.Errorf("%s: %w", call, errTooLarge)
		}
		return fmt.Errorf("%s: %w", call, &unreadable{status: resp.StatusCode, requestID: resp.Header.Get("X-Request-Id")})
	}
	return nil
}

// unreachable says that a request did not get an answer. The error of net/http
// names the URL a second time, which is left out.
func (c *Client) unreachable(call call, err error) error {
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	return fmt.Errorf("%s: %w", call, &UnreachableError{BaseURL: c.baseURL, Err: err})
}

// UnreachableError is a request that got no answer.
type UnreachableError struct {
	// BaseURL is the address of the API.
	BaseURL string
	// Err is what the network said.
	Err error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("no answer from %s: %v", e.BaseURL, e.Err)
}
func (e *UnreachableError) Unwrap() error { return e.Err }

// unreadable is a success whose body is not what the API answers: cut off, or
// put there by something on the way. The body is not quoted.
type unreadable struct {
	status    int
	requestID string
}

func (e *unreadable) Error() string {
	id := ""
	if e.requestID != "" {
		id = " (request ID " + e.requestID + ")"
	}
	return fmt.Sprintf("the answer (status %d) is not the JSON that was expected%s", e.status, id)
}

// path joins segments, of which every second is an ID, to a path of the API.
// An empty ID would name another object, so it is refused.
func path(segments ...string) (string, error) {
	var b strings.Builder
	b.WriteString("/v1")
	for i, segment := range segments {
		if segment == "" {
			return "", fmt.Errorf("the ID behind %q in a path of the API is empty", segments[max(i-1, 0)])
		}
		b.WriteString("/" + url.PathEscape(segment))
	}
	return b.String(), nil
}
