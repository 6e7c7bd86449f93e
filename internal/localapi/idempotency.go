// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"context"
	"crypto/sha256"
	"net/http"
	"time"
)

// replayWindow is how long an answer is kept under its key.
const replayWindow = 24 * time.Hour

// idempotency holds what was answered under an Idempotency-Key. The server's mu guards it.
type idempotency struct {
	entries map[string]*replayEntry
	order   []*replayEntry // settled ones, oldest first
}

// replayEntry is the one run of an operation under a key.
type replayEntry struct {
	id          string // organization and key
	fingerprint [sha256.Size]byte
	settled     bool
	done        chan struct{} // closed when the first run ended
	at          time.Time
	answer      response
}

func (i *idempotency) clear() {
	i.entries = map[string]*replayEntry{}
	i.order = nil
}

func (i *idempotency) forgetExpired(now time.Time) {
	for len(i.order) > 0 && now.Sub(i.order[0].at) >= replayWindow {
		if i.entries[i.order[0].id] == i.order[0] {
			delete(i.entries, i.order[0].id)
		}
		i.order = i.order[1:]
	}
}

// idempotencyKey returns the key that scopes a request to one run, or "" when it has none or its method takes none.
func idempotencyKey(c *call, x *apiRequest) (string, *problem) {
	values, present := x.http.Header["Idempotency-Key"]
	if !present || x.http.Method != http.MethodPost && x.http.Method != http.MethodPatch {
		return "", nil
	}
	d := decoder{}
	d.stringValue(stringField("Idempotency-Key", length(1, 255)), values[0], "Idempotency-Key")
	if len(d.errors) > 0 {
		return "", invalidFields(d.errors...)
	}
	return c.org + "\x00" + values[0], nil
}

// fingerprint identifies the request that a key was first used for.
func (x *apiRequest) fingerprint() [sha256.Size]byte {
	return sha256.Sum256([]byte(x.http.Method + " " + x.http.URL.RequestURI() + "\x00" + string(x.body)))
}

// once runs the operation unless its answer under this key is known. A request that finds the first one still running waits.
func (s *Server) once(ctx context.Context, c *call, x *apiRequest, key string) response {
	fingerprint := x.fingerprint()
	for {
		entry, mine := s.claim(key, fingerprint)
		if mine {
			return s.first(ctx, c, x, entry)
		}
		if entry.fingerprint != fingerprint {
			return x.problem(conflict(codeIdempotencyKeyReused, "this Idempotency-Key was used for another request"))
		}
		select {
		case <-entry.done:
		case <-ctx.Done():
			s.abort(x)
		case <-s.closed:
			s.abort(x)
		}
		if entry.settled {
			x.record.Replayed = true
			return entry.answer
		}
	}
}

// claim returns the entry of a key, and whether it is the caller's to run.
func (s *Server) claim(key string, fingerprint [sha256.Size]byte) (*replayEntry, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.idempotency.forgetExpired(s.options.Now())
	if entry, known := s.idempotency.entries[key]; known {
		return entry, false
	}
	entry := &replayEntry{id: key, fingerprint: fingerprint, done: make(chan struct{})}
	s.idempotency.entries[key] = entry
	return entry, true
}

// first runs the operation and settles the entry, or gives the key up when the answer settles nothing.
func (s *Server) first(ctx context.Context, c *call, x *apiRequest, entry *replayEntry) response {
	defer close(entry.done)
	s.pause(ctx, x.fault.latency())
	p := c.decode(x)
	s.mu.Lock()
	defer s.mu.Unlock()
	completed := false
	defer func() {
		if !completed {
			delete(s.idempotency.entries, entry.id)
		}
	}()
	a := s.run(c, x, p)
	if isFinal(a.status) {
		entry.settled, entry.at = true, s.options.Now()
		entry.answer = response{status: a.status, contentType: a.contentType, body: a.body}
		s.idempotency.order = append(s.idempotency.order, entry)
		s.dirty = true
		completed = true
	}
	return s.saved(x, a)
}

// isFinal tells whether an answer of that status is the final one.
func isFinal(status int) bool {
	return status < http.StatusInternalServerError && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests
}
