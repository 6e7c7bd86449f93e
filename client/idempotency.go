// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"

	"github.com/google/uuid"
)

// Idempotency makes a create or a rotation idempotent across processes: repeating it
// under the same idempotency key, even after the process was killed, returns the result
// of the first request instead of taking effect again.
//
// For 24 hours, the API replays its first response to a key. That response may be
// outdated: it may name an object that was deleted since, contain secrets that were
// rotated since, or be an error whose cause is gone. The client detects such a response
// and continues with another key.
type Idempotency struct {
	// Attempt returns the idempotency key of the next request. It is called before each
	// request that is not a retry, and again if the response to the last one is outdated.
	// It must not be nil.
	Attempt func(ctx context.Context, req AttemptRequest) (Attempt, error)
	// Accept decides whether the response to a key that may have been used before is up
	// to date. If it returns false, another key is tried; if it returns an error, the call
	// fails. It must not be nil if Attempt returns such keys.
	Accept func(ctx context.Context, result Result) (bool, error)
}

// AttemptRequest describes a request that needs an idempotency key.
type AttemptRequest struct {
	// Path is the path of the request.
	Path string
	// Derive derives an idempotency key: an HMAC, with the API key as the secret, over the
	// parts, the path and the body.
	Derive func(parts ...string) string
	// Err is the outdated error in the response to the last key, or nil if there was none.
	Err error
	// Fresh is true if the key must be one that was never used.
	Fresh bool
}

// Attempt is an idempotency key.
type Attempt struct {
	// Key is the value of the header. If it is empty, the client generates a random one.
	Key string
	// Used is true if an earlier request may have used the key, so that the response may
	// be a replayed one.
	Used bool
}

// Result identifies the object in a response.
type Result struct {
	// ID is the ID of the object.
	ID string
	// UpdatedAt is the time of its last change, in RFC 3339 format, or "" if the API does
	// not return it.
	UpdatedAt string
}

type idempotencyKey struct{}

// WithIdempotency returns a context that makes the create or the rotation called with
// it idempotent. Other calls ignore it.
func WithIdempotency(ctx context.Context, idempotency Idempotency) context.Context {
	return context.WithValue(ctx, idempotencyKey{}, idempotency)
}

// WithoutIdempotency returns a context for a create that must not be taken for a repeated
// one.
func WithoutIdempotency(ctx context.Context) context.Context {
	return context.WithValue(ctx, idempotencyKey{}, nil)
}

// maxAttempts is how many keys a call tries before it asks for one that was never used.
const maxAttempts = 100

// rotate replaces the secrets of an object and returns it with the new ones.
func rotate[T object](ctx context.Context, c *collection, parentID, id string) (T, error) {
	var result T
	segments := c.segments(parentID, id, "rotate")
	err := c.client.post(ctx, &result, objectScope(segments), http.StatusOK, nil, segments)
	return result, err
}

// post sends a POST request, idempotently if the context says so. The result is the
// object in the response, which must match the scope.
func (c *Client) post(ctx context.Context, result any, expected scope, successStatus int, body any, segments []string) error {
	path, err := requestPath(segments...)
	if err != nil {
		return err
	}
	encoded, err := encodeBody(http.MethodPost, path, body)
	if err != nil {
		return err
	}
	req := request{
		method: http.MethodPost, path: path, body: encoded, successStatus: successStatus, decode: decodeResponse(result, expected),
	}
	return resetIfFailed(result, c.postIdempotently(ctx, req, result.(object)))
}

func (c *Client) postIdempotently(ctx context.Context, req request, result object) error {
	idempotency, ok := ctx.Value(idempotencyKey{}).(Idempotency)
	if !ok {
		_, err := c.do(ctx, req)
		return err
	}
	attemptRequest := AttemptRequest{
		Path:   req.path,
		Derive: func(parts ...string) string { return c.deriveIdempotencyKey(append(parts, req.path, string(req.body))) },
	}
	errorsSeen := 0
	for n := 0; ; n++ {
		attemptRequest.Fresh = attemptRequest.Fresh || n >= maxAttempts
		attempt, err := idempotency.Attempt(ctx, attemptRequest)
		if err != nil {
			return err
		}
		req.idempotencyKey = attempt.Key
		resp, err := c.do(ctx, req)
		if attempt.Used && isStored(err) && resp.replayed != replayNo && (resp.replayed == replayYes || !IsStatus(err, http.StatusBadRequest)) {
			// The error may be outdated. It has changed nothing, so another key is safe: any
			// if the error is known to be replayed, else one that was never used. A 400 depends
			// on the body alone, which is part of the key, so it is final unless it is replayed.
			errorsSeen++
			attemptRequest.Err, attemptRequest.Fresh = err, errorsSeen > 1 || resp.replayed != replayYes
			continue
		}
		if err != nil || !attempt.Used {
			return err
		}
		attemptRequest.Err = nil
		object := result.identity()
		accepted, err := idempotency.Accept(ctx, Result{object.id, object.updatedAt})
		if err != nil {
			return fmt.Errorf("POST %s returned %s, which may be the result of an earlier request: %w", req.path, object.id, err)
		}
		if accepted {
			return nil
		}
	}
}

// isStored reports whether an error is a response that the API stores for its
// idempotency key. It stores nothing for an invalid API key.
func isStored(err error) bool { return IsClientError(err) && !IsStatus(err, http.StatusUnauthorized) }

// deriveIdempotencyKey derives an idempotency key. Each part is preceded by its length,
// so that different parts never form the same message.
func (c *Client) deriveIdempotencyKey(parts []string) string {
	mac := hmac.New(sha256.New, []byte(c.apiKey))
	for _, part := range parts {
		_, _ = fmt.Fprintf(mac, "%d:%s", len(part), part) // never fails
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// NewIdempotencyKey returns a random idempotency key.
func NewIdempotencyKey() string { return uuid.NewString() }
