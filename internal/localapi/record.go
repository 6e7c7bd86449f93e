// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// Request is an API request that was served, with its answer. What it holds must not be changed.
type Request struct {
	Method, Path   string
	Query          url.Values
	Header         http.Header
	RequestBody    []byte
	Status         int // 0 when nothing was answered
	ResponseHeader http.Header
	ResponseBody   []byte // as far as it was sent
	Ran            bool   // the operation ran and succeeded, whatever was answered
	Fault          bool   // a fault answered it, changed the answer, or kept it back
	Replayed       bool   // answered from an earlier request with the same Idempotency-Key
	EmptyBody      bool   // a PATCH with nothing in it
	Undeclared     bool   // answered with a status that the contract does not have there: see Behaviour
}

type recorder struct {
	mu       sync.Mutex
	requests []Request
	discard  bool
	observe  func(Request)
	keep     int
}

func (r *recorder) add(request Request) {
	if r.observe != nil {
		r.observe(request)
	}
	if r.discard {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	// Twice as many are held as kept, so that the oldest are moved out once in a while and not each time.
	if r.keep > 0 && len(r.requests) >= 2*r.keep {
		r.requests = append(r.requests[:0:0], r.requests[len(r.requests)-r.keep:]...)
	}
	r.requests = append(r.requests, request)
}

// Requests returns the API requests served since the start or ResetRequests, in the order in which they were answered.
func (s *Server) Requests() []Request {
	r := &s.recorder
	r.mu.Lock()
	defer r.mu.Unlock()
	first := 0
	if r.keep > 0 {
		first = max(0, len(r.requests)-r.keep)
	}
	return slices.Clone(r.requests[first:])
}

// ResetRequests forgets the requests served so far.
func (s *Server) ResetRequests() {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	s.recorder.requests = nil
}

// Ran returns how many of the requests that Count counts ran their operation with success, whatever they were answered. A
// request that was answered from an earlier one with the same Idempotency-Key ran nothing.
func (s *Server) Ran(method, pathPattern string) int {
	count := 0
	for _, r := range s.Requests() {
		if r.Ran && matches(method, pathPattern, r.Method, r.Path) {
			count++
		}
	}
	return count
}

// Count returns how many requests with this method and path were served. "*" is any method, and one segment of the path:
// "/v1/projects/*/agents".
func (s *Server) Count(method, pathPattern string) int {
	count := 0
	for _, r := range s.Requests() {
		if matches(method, pathPattern, r.Method, r.Path) {
			count++
		}
	}
	return count
}
