// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"cmp"
	"encoding/json"
	"net/http"
	"path"
	"sync"
	"time"
)

// When a fault closes the connection.
const (
	DropBefore = "before" // before the operation runs
	DropAfter  = "after"  // after the operation, without a response
	DropHalf   = "half"   // after half of the response body
)

// The page tokens of an endless list, whose first page is the response to every token.
const (
	TokensSame      = "same"      // the same token on every page
	TokensAlternate = "alternate" // two tokens in turn
	TokensCount     = "count"     // a new token on every page
	TokensGrow      = "grow"      // a new token and new object IDs on every page
)

// Fault is a fault to inject into some of the requests. Of several matching faults, the first that was added applies. A request
// counts towards Skip and Times of that fault and of those before it.
//
// Faults are never stored under an Idempotency-Key. If the operation runs, its real response is, and a retry gets it.
type Fault struct {
	// Method and Path select the requests; "" matches any. "*" in Path matches a segment or a part of it.
	Method, Path string
	// Skip is the number of matching requests to let pass. Times is the number of requests to inject the fault into after that;
	// 0 means no limit.
	Skip, Times int

	// Status is the status to respond with instead of running the operation or, with After, instead of the operation's response.
	// The body is a problem document from 400 on, and empty below. 101 also keeps the connection open, as after a protocol
	// switch, until the client closes it or the server is closed.
	Status       int
	Code, Detail string // of the problem document; they default to what fits the status
	RetryAfter   string // the Retry-After header: seconds or an HTTP-date
	After        bool

	// Latency is the delay before the operation runs or the fault responds. If the client disconnects, it ends early and the
	// operation runs.
	Latency time.Duration
	// Drop is DropBefore, DropAfter or DropHalf. It overrides Status and Body.
	Drop string
	// Body is the response body, with status 200 unless Status is set. The operation runs, unless Status is set without After.
	// ContentType defaults to application/json if Body is JSON, and to text/html otherwise.
	Body, ContentType string
	// Empty is like Body, with an empty response body.
	Empty bool
	// Without removes fields from a JSON response, and Set replaces existing ones, wherever the response comes from. A field is
	// named by its path, such as credential.id; "*" matches every field or item of a level. A response without any of the fields
	// is sent unchanged and does not count as a fault.
	Without []string
	Set     map[string]any
	// Tokens is TokensSame, TokensAlternate, TokensCount or TokensGrow and makes the list in the response endless.
	Tokens string
	// Legacy sends errors, including those of the operation, as {"error":{"code","message"}}.
	Legacy bool
}

// skipsOperation reports whether the fault responds instead of running the operation.
func (f *Fault) skipsOperation() bool {
	return f != nil && (f.Drop == DropBefore || f.Status != 0 && !f.After && f.Drop == "")
}

func (f *Fault) latency() time.Duration {
	if f == nil {
		return 0
	}
	return f.Latency
}

// dropBefore closes the connection if the fault is DropBefore.
func (f *Fault) dropBefore(s *Server, req *apiRequest) {
	if f.Drop == DropBefore {
		req.record.Fault = true
		s.abort(req)
	}
}

// response returns the response of the fault itself.
func (f *Fault) response(req *apiRequest) response {
	req.record.Fault = true
	status := cmp.Or(f.Status, http.StatusOK)
	var res response
	switch {
	case f.Empty || status < http.StatusBadRequest && f.Body == "":
		res = response{status: status}
	case f.Body != "":
		res = response{status: status, contentType: f.bodyType(), body: []byte(f.Body)}
	default:
		p := newProblem(status, cmp.Or(f.Code, defaultCodes[status], codeInternalError), "%s", cmp.Or(f.Detail, "injected fault"))
		if f.Legacy {
			res = p.legacyResponse()
		} else {
			res = req.problem(p)
		}
	}
	if f.RetryAfter != "" {
		res.header = http.Header{"Retry-After": {f.RetryAfter}}
	}
	return res
}

func (f *Fault) bodyType() string {
	switch {
	case f.ContentType != "":
		return f.ContentType
	case json.Valid([]byte(f.Body)):
		return jsonType
	default:
		return "text/html"
	}
}

// apply replaces the response of an operation that ran, or closes the connection.
func (f *Fault) apply(s *Server, req *apiRequest, res response) response {
	switch {
	case f == nil:
		return res
	case f.Drop == DropAfter, f.Drop == DropHalf && len(res.body) == 0:
		req.record.Fault = true
		s.abort(req)
	case f.Drop == DropHalf:
		req.record.Fault = true
	case f.Status != 0 || f.Body != "" || f.Empty:
		return f.response(req)
	case f.Legacy && res.problem != nil:
		return res.problem.legacyResponse()
	}
	return res
}

// truncate returns the part of the body to send.
func (f *Fault) truncate(body []byte) []byte {
	if f != nil && f.Drop == DropHalf {
		return body[:len(body)/2]
	}
	return body
}

// matchesRequest reports whether a request has a method, and a path that matches a pattern.
func matchesRequest(method, pattern, requestMethod, requestPath string) bool {
	if method != "" && method != "*" && method != requestMethod {
		return false
	}
	if pattern == "" || pattern == requestPath {
		return true
	}
	matched, err := path.Match(pattern, requestPath)
	return err == nil && matched
}

// faultInjector selects the faults to inject.
type faultInjector struct {
	mu     sync.Mutex
	faults []*injectedFault
}

type injectedFault struct {
	Fault
	matched, injected int // requests
}

func (f *injectedFault) exhausted() bool { return f.Times > 0 && f.injected == f.Times }

// next returns the fault to inject into a request, or nil.
func (i *faultInjector) next(method, requestPath string) *Fault {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, f := range i.faults {
		if f.exhausted() || !matchesRequest(f.Method, f.Path, method, requestPath) {
			continue
		}
		f.matched++
		if f.matched > f.Skip {
			f.injected++
			return &f.Fault
		}
	}
	return nil
}

// remaining returns the faults that are not exhausted.
func (i *faultInjector) remaining() []Fault {
	i.mu.Lock()
	defer i.mu.Unlock()
	remaining := []Fault{}
	for _, f := range i.faults {
		if !f.exhausted() {
			remaining = append(remaining, f.Fault)
		}
	}
	return remaining
}

// AddFault adds a fault after the existing ones.
func (s *Server) AddFault(f Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.faults = append(s.faults.faults, &injectedFault{Fault: f})
}

// ClearFaults removes all faults.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.faults = nil
}
