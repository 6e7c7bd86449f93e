// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// IdempotentCreate makes the create of a context one that can be repeated, by this
// process or by a later one, without making a second object.
//
// The Idempotency-Key is then derived from what the create is for, from the
// request, and from the API key, without which nobody can guess it. The API
// answers a key that it has seen within 24 hours with its first answer, which
// may be out of date: an object that was deleted since, or a refusal whose cause
// is gone. Such an answer is found out, and the next key is tried.
type IdempotentCreate struct {
	// Scope names what is created, in a way that nobody else uses.
	Scope string
	// Generation counts the objects that are known to have been created for it
	// before. Afterwards it is that of the object that was created.
	Generation int
	// Accept decides whether the object that an answer names is the one to have.
	// It is fresh when the answer shows that it was created just now.
	Accept func(ctx context.Context, id string, fresh bool) (bool, error)
}

type repeatableKey struct{}

// WithIdempotentCreate makes the create that is made with the context repeatable.
func WithIdempotentCreate(ctx context.Context, r *IdempotentCreate) context.Context {
	return context.WithValue(ctx, repeatableKey{}, r)
}

// maxGenerations is how many objects that are gone are passed over.
const maxGenerations = 100

// create creates an object of a collection.
func create[T identified](ctx context.Context, c *Client, body any, segments ...string) (T, error) {
	return createIn[T](ctx, c, collectionScope(segments), body, segments...)
}

// createIn creates an object that has to be in a scope.
func createIn[T identified](ctx context.Context, c *Client, in scope, body any, segments ...string) (T, error) {
	var result, nothing T
	if err := c.create(ctx, in, body, &result, func() identified { return result }, segments); err != nil {
		return nothing, err // not an object that is another one
	}
	return result, nil
}

// create creates an object and decodes it into what result points to, of which
// decoded returns the value. It is not generic, so that there is one of it.
func (c *Client) create(ctx context.Context, in scope, body, result any, decoded func() identified, segments []string) error {
	to, err := path(segments...)
	if err != nil {
		return err
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("POST %s: encoding the request: %w", to, err)
	}
	post := func(key string) (reply, error) {
		return c.exchange(ctx, call{
			method: http.MethodPost, path: to, idempotencyKey: key, success: http.StatusCreated,
			result: result, mismatch: func() string { return in.mismatch(decoded()) },
		}, json.RawMessage(encoded))
	}
	repeat, _ := ctx.Value(repeatableKey{}).(*IdempotentCreate)
	if repeat == nil {
		_, err := post("")
		return err
	}
	refusals := 0
	for last := repeat.Generation + maxGenerations; repeat.Generation < last; repeat.Generation++ {
		last, err := post(c.keyFor(repeat, to, encoded))
		if isStored(err) && last.before != no && (last.before == yes || !isInvalid(err)) {
			// A refusal has changed nothing, so that asking again is safe. One that is
			// known to be old says that its key is used up.
			if refusals++; refusals > 1 || last.before != yes {
				break
			}
			continue
		}
		if err != nil {
			return err
		}
		created := decoded().identity()
		taken, err := repeat.Accept(ctx, created.id, justNow(created.createdAt, last.at))
		if err != nil {
			return fmt.Errorf("POST %s was answered with %s, which may be of an earlier call: %w", to, created.id, err)
		}
		if taken {
			return nil
		}
	}
	_, err = post("") // under a key that was never used
	return err
}

// isStored tells whether an error is an answer that the API keeps under the
// Idempotency-Key. A request without a valid API key has none, and an answer of
// something else on the way is none of the API.
func isStored(err error) bool { return IsClientError(err) && !IsStatus(err, http.StatusUnauthorized) }

// isInvalid tells whether the request itself is refused. It is in the key, so that
// asking again is of use only where the refusal is known to be old.
func isInvalid(err error) bool { return IsStatus(err, http.StatusBadRequest) }

// keyFor derives an Idempotency-Key. The parts are written with their lengths,
// so that no two requests make the same text.
func (c *Client) keyFor(r *IdempotentCreate, path string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(c.apiKey))
	for _, part := range []string{r.Scope, strconv.Itoa(r.Generation), path, string(body)} {
		_, _ = fmt.Fprintf(mac, "%d:%s", len(part), part) // never fails
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// justNow tells whether an answer, by its header Date, was made when the object
// that it names was created. Both are of the API's own clock. A time that is
// missing proves nothing.
func justNow(createdAt string, answeredAt time.Time) bool {
	created, err := time.Parse(time.RFC3339Nano, createdAt)
	// The header has no fractions of a second.
	return err == nil && !answeredAt.IsZero() && answeredAt.Sub(created).Abs() <= time.Second
}
