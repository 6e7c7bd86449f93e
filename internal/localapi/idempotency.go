// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"context"
	"crypto/sha256"
	"net/http"
	"time"
)

// replayWindow is how long a response is replayed.
const replayWindow = 24 * time.Hour

// idempotency stores the responses of requests with an Idempotency-Key. Server.mu guards it.
type idempotency struct {
	entries map[string]*replayEntry
	order   []*replayEntry // completed entries, oldest first
}

// replayEntry is the use of one idempotency key.
type replayEntry struct {
	id          string // organization and key
	fingerprint [sha256.Size]byte
	completed   bool          // response is final
	done        chan struct{} // closed when the first request has ended
	completedAt time.Time
	response    response
}

func (i *idempotency) clear() {
	i.entries = map[string]*replayEntry{}
	i.order = nil
}

func (i *idempotency) evictExpired(now time.Time) {
	for len(i.order) > 0 && now.Sub(i.order[0].completedAt) >= replayWindow {
		if i.entries[i.order[0].id] == i.order[0] {
			delete(i.entries, i.order[0].id)
		}
		i.order = i.order[1:]
	}
}

// idempotencyKey returns the key that identifies the request within its organization. It is empty if the request has no
// Idempotency-Key or its method does not accept one.
func idempotencyKey(c *call, req *apiRequest) (string, *problem) {
	values, ok := req.http.Header["Idempotency-Key"]
	if !ok || req.http.Method != http.MethodPost && req.http.Method != http.MethodPatch ||
		c.s.options.Behaviour.IgnoreUndeclaredKeys && !c.operation.hasKey {
		return "", nil
	}
	d := decoder{}
	d.stringValue(headerFields["Idempotency-Key"], values[0], "Idempotency-Key")
	if len(d.errors) > 0 {
		return "", invalidFields(d.errors...)
	}
	return c.org + "\x00" + values[0], nil
}

// fingerprint identifies the request that a key belongs to.
func (req *apiRequest) fingerprint() [sha256.Size]byte {
	return sha256.Sum256([]byte(req.http.Method + " " + req.http.URL.RequestURI() + "\x00" + string(req.body)))
}

// runOnce runs the operation, or replays the response of an earlier request with the same key. If that request has not ended yet,
// runOnce waits for it.
func (s *Server) runOnce(ctx context.Context, c *call, req *apiRequest, key string) response {
	fingerprint := req.fingerprint()
	for {
		entry, claimed := s.claim(key, fingerprint)
		if claimed {
			return s.runFirst(ctx, c, req, entry)
		}
		if entry.fingerprint != fingerprint {
			return req.problem(conflict(codeIdempotencyKeyReused, "the Idempotency-Key was used with a different request"))
		}
		select {
		case <-entry.done:
		case <-ctx.Done():
			s.abort(req)
		case <-s.closed:
			s.abort(req)
		}
		if entry.completed {
			req.record.Replayed = true
			return entry.response
		}
	}
}

// claim returns the entry of a key, and whether it is new, in which case the caller must run the operation.
func (s *Server) claim(key string, fingerprint [sha256.Size]byte) (*replayEntry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idempotency.evictExpired(s.options.Now())
	if entry, ok := s.idempotency.entries[key]; ok {
		return entry, false
	}
	entry := &replayEntry{id: key, fingerprint: fingerprint, done: make(chan struct{})}
	s.idempotency.entries[key] = entry
	return entry, true
}

// runFirst runs the operation and completes the entry. If the response is not final, it releases the key instead.
func (s *Server) runFirst(ctx context.Context, c *call, req *apiRequest, entry *replayEntry) response {
	defer close(entry.done)
	s.pause(ctx, req.fault.latency())
	p := c.decodeBody(req)
	s.mu.Lock()
	defer s.mu.Unlock()
	defer func() {
		if !entry.completed {
			delete(s.idempotency.entries, entry.id)
		}
	}()
	res := s.run(c, req, p)
	if isFinal(res.status) {
		entry.completed, entry.completedAt = true, s.options.Now()
		entry.response = response{status: res.status, contentType: res.contentType, body: res.body}
		s.idempotency.order = append(s.idempotency.order, entry)
		s.dirty = true
	}
	return s.saveState(req, res)
}

// isFinal reports whether a response with this status is replayed. After any other, the next request runs the operation.
func isFinal(status int) bool {
	return status < http.StatusInternalServerError && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
}
