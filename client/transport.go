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

// maxResponseBytes is the longest body of a response that is read.
const maxResponseBytes = 16 << 20

// call is one call of the API, which may take several requests.
type call struct {
	method         string
	path           string
	idempotencyKey string
	// success is the one status with which the contract answers a call that was carried out.
	success int
	// result points to what the body of that response is decoded into, nil if it has none.
	result any
	// mismatch says what of the result is not about the object of the call, "" if nothing; it may be nil.
	mismatch func() string
}

func (c call) String() string { return c.method + " " + c.path }

// newIdempotencyKey makes a UUID of version 4.
func newIdempotencyKey() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// reply is what an answer says of itself.
type reply struct {
	// requestID names the request to PgBeam's support; it may be empty.
	requestID string
	// size is the length of the body.
	size int
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

// exchange sends a call as often as it takes. A POST or a PATCH has a key of its
// own unless it was given one.
func (c *Client) exchange(ctx context.Context, call call, body any) (reply, error) {
	var last reply
	if call.idempotencyKey == "" && (call.method == http.MethodPost || call.method == http.MethodPatch) {
		call.idempotencyKey = newIdempotencyKey()
	}
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
	err := c.retry(ctx, call, watch, func() error { return c.attempt(ctx, call, watch, encoded, &last) })
	return last, err
}

// attempt sends one request. The time that it may take begins when its turn comes.
func (c *Client) attempt(ctx context.Context, call call, watch *watch, body []byte, last *reply) error {
	if err := c.begin(ctx, watch); err != nil {
		return err
	}
	defer func() { <-c.inFlight }()
	watch.is(waitingForAnswer)
	ctx, cancel := context.WithTimeout(ctx, c.requestTimeout) // it ends every read of the body, too
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
	// Whatever is not read to its end by then closes the connection: waiting for
	// the rest of it would take as long as the server likes.
	defer func() { _ = resp.Body.Close() }()
	*last = reply{requestID: c.redact(resp.Header.Get("X-Request-Id"))}
	invalid := func(final bool, problem string) error {
		return fmt.Errorf("%s: %w", call, &InvalidResponseError{
			BaseURL: c.baseURL, StatusCode: resp.StatusCode, RequestID: last.requestID, Reason: problem, final: final,
		})
	}
	switch {
	case resp.StatusCode < 200:
		// The connection is not one of HTTP any more, and its end is not in sight.
		return invalid(true, "the status is not a final one")
	case resp.StatusCode > 299:
		content, err := io.ReadAll(io.LimitReader(resp.Body, maxErrorBytes))
		refused, before := c.errorFrom(resp, content, call.path, time.Now())
		refused.paused = c.pace.answered(refused, c.initialBackoff, time.Now())
		if err != nil && !call.retries(refused) {
			return invalid(false, cutOff(err, c.requestTimeout)) // it may have had a code
		}
		last.before = before
		return refused
	}
	c.pace.answered(nil, 0, time.Now())
	if resp.StatusCode != call.success {
		return invalid(false, fmt.Sprintf("the status of a success is %d", call.success))
	}
	last.at, _ = http.ParseTime(resp.Header.Get("Date")) // zero when it fails
	if call.result == nil {
		return nil
	}
	content, err := io.ReadAll(io.LimitReader(resp.Body, maxResponseBytes+1))
	last.size = len(content)
	switch {
	case err != nil:
		return invalid(false, cutOff(err, c.requestTimeout))
	case len(content) > maxResponseBytes:
		return invalid(true, fmt.Sprintf("the body is longer than %d MiB", maxResponseBytes>>20))
	}
	problem := decode(content, call.result)
	if problem == "" && call.mismatch != nil {
		problem = call.mismatch()
	}
	if problem != "" {
		return invalid(false, problem)
	}
	return nil
}

// cutOff says why a body could not be read to its end.
func cutOff(err error, limit time.Duration) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "the body did not end within " + limit.String()
	}
	return "the body was cut off"
}

// begin waits until a request may be sent, and takes one of the places of those
// that are in flight. While it waits for the rate it has none, so that the place
// is free for others and nobody takes the wrong reason for the cause of a wait.
func (c *Client) begin(ctx context.Context, watch *watch) error {
	for {
		watch.is(waitingForPace)
		if err := c.pace.wait(ctx); err != nil {
			return err
		}
		select {
		case c.inFlight <- struct{}{}:
			return nil
		default:
		}
		watch.is(waitingForTurn)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case c.inFlight <- struct{}{}:
		}
		// The rate allowed the request when there was no place for it. Many that
		// waited together would now be sent at once.
		if c.pace.ready(time.Now()) {
			return nil
		}
		<-c.inFlight
	}
}

// unreachable says that a request did not get an answer. The error of net/http
// names the URL a second time, which is left out.
func (c *Client) unreachable(call call, err error) error {
	var inner *url.Error
	if errors.As(err, &inner) {
		err = inner.Err
	}
	if text := c.redact(err.Error()); text != err.Error() {
		err = &redacted{text: text, cause: err} // what is no HTTP is quoted by net/http
	}
	return fmt.Errorf("%s: %w", call, &ConnectionError{BaseURL: c.baseURL, Err: err})
}

// redacted is an error whose text had the API key in it.
type redacted struct {
	text  string
	cause error
}

func (e *redacted) Error() string { return e.text }
func (e *redacted) Unwrap() error { return e.cause }

// ConnectionError is a request that got no answer.
type ConnectionError struct {
	// BaseURL is the address of the API.
	BaseURL string
	// Err is what the network said.
	Err error
}

func (e *ConnectionError) Error() string {
	return fmt.Sprintf("no answer from %s: %v", e.BaseURL, e.Err)
}
func (e *ConnectionError) Unwrap() error { return e.Err }

// InvalidResponseError is a response that is not what the API's contract says:
// with another status, without something that is required, or about another
// object than the request. It says nothing of the object, and the request may
// have taken effect. Often something else answers at the address, or the
// response was cut off on the way.
type InvalidResponseError struct {
	// BaseURL is the address of the API.
	BaseURL string
	// StatusCode is that of the response.
	StatusCode int
	// RequestID names the request to PgBeam's support; it may be empty.
	RequestID string
	// Reason says what is wrong. It names fields and quotes nothing of the body.
	Reason string
	// final is set where trying again is of no use.
	final bool
}

// Error says who answered, and what is wrong with it.
func (e *InvalidResponseError) Error() string {
	id := ""
	if e.RequestID != "" {
		id = " (request ID " + e.RequestID + ")"
	}
	return fmt.Sprintf("the response of %s with status %d is not one of the PgBeam API: %s%s", e.BaseURL, e.StatusCode, e.Reason, id)
}

// path joins segments, of which every second is an ID, to a path of the API. An
// empty ID would name another object, and so would one that means a folder, as
// soon as something on the way resolves the path.
func path(segments ...string) (string, error) {
	var b strings.Builder
	b.WriteString("/v1")
	for i, segment := range segments {
		behind := segments[max(i-1, 0)]
		switch unescaped, err := url.PathUnescape(segment); {
		case segment == "":
			return "", fmt.Errorf("the ID behind %q in a path of the API is empty", behind)
		case isDots(segment), err == nil && isDots(unescaped):
			return "", fmt.Errorf("the ID behind %q in a path of the API is %q, which is not an ID", behind, segment)
		}
		b.WriteString("/" + url.PathEscape(segment))
	}
	return b.String(), nil
}

func isDots(segment string) bool { return segment == "." || segment == ".." }
