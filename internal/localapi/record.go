// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"net/url"
	"slices"
	"sync"
)

// Request is an API request that was served, and its response. It must not be modified.
type Request struct {
	Method, Path   string
	Query          url.Values
	Header         http.Header
	RequestBody    []byte
	Status         int // 0 if there was no response
	ResponseHeader http.Header
	ResponseBody   []byte // the part that was sent
	Ran            bool   // the operation succeeded, even if a fault replaced its response
	Fault          bool   // a fault made, changed or dropped the response
	Replayed       bool   // the response is that of an earlier request with the same Idempotency-Key
	EmptyBody      bool   // the request is a PATCH with an empty object
	Undeclared     bool   // the contract does not declare the status of the response; see Behaviour

	operation *operation // nil if there is none for the method and path
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
	// Let the record grow to twice its size before evicting, so that not every request copies it.
	if r.keep > 0 && len(r.requests) >= 2*r.keep {
		r.requests = append(r.requests[:0:0], r.requests[len(r.requests)-r.keep:]...)
	}
	r.requests = append(r.requests, request)
}

// Requests returns the API requests served since the start or the last ResetRequests, in the order of their responses.
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

// ResetRequests clears the record of requests.
func (s *Server) ResetRequests() {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	s.recorder.requests = nil
}

// Ran returns how many of the requests that Count counts ran their operation successfully, even if a fault replaced the response.
// It does not count replayed requests.
func (s *Server) Ran(method, pathPattern string) int {
	count := 0
	for _, r := range s.Requests() {
		if r.Ran && matchesRequest(method, pathPattern, r.Method, r.Path) {
			count++
		}
	}
	return count
}

// Count returns how many requests with a method and path were served. The method "*" matches any method, and "*" in the path
// matches one segment, as in "/v1/projects/*/agents".
func (s *Server) Count(method, pathPattern string) int {
	count := 0
	for _, r := range s.Requests() {
		if matchesRequest(method, pathPattern, r.Method, r.Path) {
			count++
		}
	}
	return count
}
