// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"encoding/json"
	"net/http"
	"path"
	"slices"
	"sync"
	"time"
)

// Where a fault closes the connection.
const (
	DropBefore = "before" // the operation does not run
	DropAfter  = "after"  // it runs, and nothing is answered
	DropHalf   = "half"   // it runs, and half of the body is sent
)

// The page tokens of a list that does not end. It answers its first page to each of them.
const (
	TokensSame      = "same"      // the same token on every page
	TokensAlternate = "alternate" // two tokens, in turn
	TokensCount     = "count"     // a new token on every page
	TokensGrow      = "grow"      // a new token on every page, and new IDs of the objects on it
)

// Fault is something that goes wrong with some of the requests. The first of the faults added that is due strikes; a request
// counts for those before it and not for those behind it.
//
// A fault is never stored under an Idempotency-Key. Where the operation runs, its true result is, so that a retry gets it.
type Fault struct {
	// Method and Path choose the requests; "" is any. Path may have * for a segment, or for a part of one.
	Method, Path string
	// Skip passes over the first matching requests, then Times of them are struck; 0 is for ever.
	Skip, Times int

	// Status answers instead of running the operation, or, with After, instead of the operation's answer. From 400 on the
	// answer is a problem document, below it has no body. 101 also leaves the connection open, as if a protocol had been
	// switched, until the client closes it or the server ends.
	Status       int
	Code, Detail string // default: what goes with the status
	RetryAfter   string // the header, verbatim: seconds or an HTTP-date
	After        bool

	// Latency passes before the operation runs or the fault answers. A client that gives up ends it, and the operation runs.
	Latency time.Duration
	// Drop is DropBefore, DropAfter or DropHalf. Where it is set, Status and Body are not looked at.
	Drop string
	// Body is a raw answer instead of the operation's, which runs: 200 unless Status is set, in which case the operation runs
	// only with After. ContentType defaults to application/json for a body that is JSON, and to text/html for any other.
	Body, ContentType string
	// Empty answers without a body: with Status, or with 200 in place of the answer of the operation, which runs.
	Empty bool
	// Without and Set change the JSON that is answered, by whatever: fields that are removed, and values that are put in place
	// of those of existing fields. A name is a path such as credential.id; * stands for every field or item of one level. An
	// answer that has none of the fields is sent as it is, and is not recorded as one of a fault.
	Without []string
	Set     map[string]any
	// Tokens is TokensSame, TokensAlternate, TokensCount or TokensGrow: the list in the answer never ends.
	Tokens string
	// Legacy gives errors, those of the operation too, as {"error":{"code","message"}}.
	Legacy bool
}

// instead tells whether the fault comes in the place of the operation.
func (f *Fault) instead() bool {
	return f != nil && (f.Drop == DropBefore || f.Status != 0 && !f.After && f.Drop == "")
}

func (f *Fault) latency() time.Duration {
	if f == nil {
		return 0
	}
	return f.Latency
}

// abortBefore closes the connection when that is the fault.
func (f *Fault) abortBefore(s *Server, x *apiRequest) {
	if f.Drop == DropBefore {
		x.record.Fault = true
		s.abort(x)
	}
}

// answer is what the fault answers.
func (f *Fault) answer(x *apiRequest) response {
	x.record.Fault = true
	status := f.Status
	if status == 0 {
		status = http.StatusOK
	}
	switch {
	case f.Empty || status < http.StatusBadRequest && f.Body == "":
		return f.retryAfter(response{status: status})
	case f.Body != "":
		return f.retryAfter(response{status: status, contentType: f.bodyType(), body: []byte(f.Body)})
	}
	p := &problem{status: f.Status, code: f.Code, detail: f.Detail}
	if p.code == "" {
		p.code = codeOf[f.Status]
	}
	if p.code == "" {
		p.code = codeInternalError
	}
	if p.detail == "" {
		p.detail = "an injected fault"
	}
	if f.Legacy {
		return f.retryAfter(p.legacyResponse())
	}
	return f.retryAfter(x.problem(p))
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

func (f *Fault) retryAfter(a response) response {
	if f.RetryAfter != "" {
		a.header = http.Header{"Retry-After": {f.RetryAfter}}
	}
	return a
}

// after is what becomes of the answer of an operation that ran.
func (f *Fault) after(s *Server, x *apiRequest, a response) response {
	switch {
	case f == nil:
		return a
	case f.Drop == DropAfter, f.Drop == DropHalf && len(a.body) == 0:
		x.record.Fault = true
		s.abort(x)
	case f.Drop == DropHalf:
		x.record.Fault = true
	case f.Status != 0 || f.Body != "" || f.Empty:
		return f.answer(x)
	case f.Legacy && a.problem != nil:
		return a.problem.legacyResponse()
	}
	return a
}

// sent is the part of the body that goes out.
func (f *Fault) sent(body []byte) []byte {
	if f != nil && f.Drop == DropHalf {
		return body[:len(body)/2]
	}
	return body
}

func matches(method, pattern, requestMethod, requestPath string) bool {
	if method != "" && method != "*" && method != requestMethod {
		return false
	}
	if pattern == "" || pattern == requestPath {
		return true
	}
	matched, err := path.Match(pattern, requestPath)
	return err == nil && matched
}

// faultInjector are the faults switched on.
type faultInjector struct {
	mu     sync.Mutex
	active []*activeFault
}

type activeFault struct {
	Fault
	seen, struck int
}

// strike returns the fault that strikes a request, or nil.
func (fs *faultInjector) strike(method, requestPath string) *Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.active {
		if !matches(f.Method, f.Path, method, requestPath) || f.Times > 0 && f.struck == f.Times {
			continue
		}
		f.seen++
		if f.seen > f.Skip {
			f.struck++
			return &f.Fault
		}
	}
	return nil
}

// AddFault switches a fault on, behind those that are on already.
func (s *Server) AddFault(f Fault) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.active = append(s.faults.active, &activeFault{Fault: f})
}

// ClearFaults switches every fault off.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.active = nil
}

// list returns the faults that can still strike.
func (fs *faultInjector) list() []Fault {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	var due []Fault
	for _, f := range fs.active {
		if f.Times == 0 || f.struck < f.Times {
			due = append(due, f.Fault)
		}
	}
	return slices.Clip(due)
}
