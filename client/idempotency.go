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
	"strconv"
	"time"
)

// IdempotentCreate makes a create idempotent across processes: repeating it, even
// after the process was killed, returns the same object instead of creating a
// second one.
//
// Its idempotency key is an HMAC, with the API key as the secret, over the scope,
// the generation, the path and the body. For 24 hours, the API replays its first
// response to a key. That response may be outdated: it may name an object that
// was deleted since, or an error whose cause is gone. The client detects such a
// response and continues with the key of the next generation.
type IdempotentCreate struct {
	// Scope identifies what is created. It must be unique among all creates with the
	// same API key.
	Scope string
	// Generation is the number of objects that are known to have been created for
	// the scope before.
	Generation int
	// Accept decides whether the object that a response names is the one to return.
	// createdNow reports whether the response shows that this request created it. If
	// Accept returns false, the next generation is tried; if it returns an error, the
	// create fails. It must not be nil.
	Accept func(ctx context.Context, id string, createdNow bool) (bool, error)
	// OnGeneration is called with each further generation that the client tries. The
	// last one is that of the object or the error that the create returns. It may be nil.
	OnGeneration func(generation int)
}

type idempotentCreateKey struct{}

// WithIdempotentCreate returns a context that makes the create called with it
// idempotent. Other calls ignore it.
func WithIdempotentCreate(ctx context.Context, create IdempotentCreate) context.Context {
	return context.WithValue(ctx, idempotentCreateKey{}, create)
}

// maxGenerations is how many generations a create tries before it uses a random key.
const maxGenerations = 100

// create creates an object, which must match the expected scope.
func create[T object](ctx context.Context, c *Client, expected scope, body any, segments ...string) (T, error) {
	var result, zero T
	err := c.create(ctx, body, decodeObject(&result, expected), func() identity { return result.identity() }, segments)
	if err != nil {
		return zero, err // never an object that does not match
	}
	return result, nil
}

// create creates an object, idempotently if the context says so. decode sets the
// object that created identifies.
func (c *Client) create(ctx context.Context, body any, decode func([]byte) string, created func() identity, segments []string) error {
	path, err := requestPath(segments...)
	if err != nil {
		return err
	}
	encoded, err := encodeBody(http.MethodPost, path, body)
	if err != nil {
		return err
	}
	post := func(idempotencyKey string) (response, error) {
		return c.do(ctx, request{
			method: http.MethodPost, path: path, body: encoded, idempotencyKey: idempotencyKey,
			successStatus: http.StatusCreated, decode: decode,
		})
	}
	idempotent, ok := ctx.Value(idempotentCreateKey{}).(IdempotentCreate)
	if !ok {
		_, err := post("")
		return err
	}
	generation := idempotent.Generation
	nextGeneration := func() {
		generation++
		if idempotent.OnGeneration != nil {
			idempotent.OnGeneration(generation)
		}
	}
	clientErrors := 0
	for range maxGenerations {
		resp, err := post(c.deriveIdempotencyKey(idempotent.Scope, generation, path, encoded))
		if isStored(err) && resp.replayed != replayNo && (resp.replayed == replayYes || !IsStatus(err, http.StatusBadRequest)) {
			// The error may be outdated. It has changed nothing, so another key is safe:
			// that of the next generation if the error is known to be replayed, else a
			// random one. A 400 depends on the body alone, which is part of the key, so it
			// is final unless it is replayed.
			if clientErrors++; clientErrors > 1 || resp.replayed != replayYes {
				break
			}
			nextGeneration()
			continue
		}
		if err != nil {
			return err
		}
		object := created()
		accepted, err := idempotent.Accept(ctx, object.id, createdNow(object.createdAt, resp.date))
		if err != nil {
			return fmt.Errorf("POST %s returned %s, which may have been created by an earlier request: %w", path, object.id, err)
		}
		if accepted {
			return nil
		}
		nextGeneration()
	}
	_, err = post("")
	return err
}

// isStored reports whether an error is a response that the API stores for its
// idempotency key. It stores nothing for an invalid API key.
func isStored(err error) bool { return IsClientError(err) && !IsStatus(err, http.StatusUnauthorized) }

// deriveIdempotencyKey derives an idempotency key from a request. Each part is
// preceded by its length, so that different parts never form the same message.
func (c *Client) deriveIdempotencyKey(scope string, generation int, path string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(c.apiKey))
	for _, part := range []string{scope, strconv.Itoa(generation), path, string(body)} {
		_, _ = fmt.Fprintf(mac, "%d:%s", len(part), part) // never fails
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// createdNow reports whether an object was created when the response was sent,
// according to the response's Date header. The API's clock sets both times. A
// missing time proves nothing.
func createdNow(createdAt string, date time.Time) bool {
	created, err := time.Parse(time.RFC3339Nano, createdAt)
	// The header has a resolution of one second.
	return err == nil && !date.IsZero() && date.Sub(created).Abs() <= time.Second
}
