// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

const (
	jsonType    = "application/json"
	problemType = "application/problem+json"

	// maxBody is the largest body accepted, in bytes.
	maxBody = 2 << 20
)

// response is a response before it is written.
type response struct {
	status      int
	contentType string
	body        []byte
	header      http.Header // beyond the usual ones
	problem     *problem    // that it tells of, if any
}

func jsonResponse(status int, body []byte) response {
	return response{status: status, contentType: jsonType, body: body}
}

// apiRequest is one request on its way through the server.
type apiRequest struct {
	http      *http.Request
	body      []byte
	tooLarge  bool
	requestID string
	query     url.Values // as the operation gets it
	record    Request
	fault     *Fault // that strikes this request, if any
}

// serveAPI answers one API request: fault, rate limit, route, key, parameters, body, idempotency, operation.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request) {
	x := &apiRequest{http: r, requestID: newID("req_", s.options.Now())}
	if err := x.read(w); err != nil {
		// The client went away in the middle of its request: there is nobody to answer.
		panic(http.ErrAbortHandler)
	}
	x.record = Request{Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), RequestBody: x.body, Header: r.Header}
	x.fault = s.faults.strike(r.Method, r.URL.Path)
	x.query = x.fault.query(x.record.Query)
	s.watch(x, Received)

	var a response
	if x.fault.instead() {
		s.pause(r.Context(), x.fault.Latency)
		x.fault.abortBefore(s, x)
		a = x.fault.answer(x)
	} else {
		a = s.handle(r.Context(), x)
		s.watch(x, Applied)
		a = x.fault.after(s, x, a)
	}
	a = x.fault.edit(x, a)
	if a.status == http.StatusSwitchingProtocols {
		s.switchProtocols(w, x, a)
		return
	}
	s.write(w, x, a)
	if s.options.Watch != nil {
		_ = http.NewResponseController(w).Flush() // or the answer would wait for the end of this call
		s.watch(x, Answered)
	}
}

func (s *Server) watch(x *apiRequest, moment Moment) {
	if s.options.Watch != nil {
		s.options.Watch(moment, x.http.Method, x.http.URL.Path)
	}
}

// read takes the body in, up to one byte more than allowed.
func (x *apiRequest) read(w http.ResponseWriter) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, x.http.Body, maxBody))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		x.tooLarge = true
		err = nil
	}
	x.body = body
	return err
}

// handle runs the request as the API would.
func (s *Server) handle(ctx context.Context, x *apiRequest) response {
	if p := s.limiter.take(s.options.Now()); p != nil {
		return x.problem(p)
	}
	c, p := s.accept(x)
	if p != nil {
		return x.problem(p)
	}
	key, p := idempotencyKey(c, x)
	if p != nil {
		return x.problem(p)
	}
	if key == "" {
		s.pause(ctx, x.fault.latency())
		p := c.decode(x)
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.saved(x, s.run(c, x, p))
	}
	return s.once(ctx, c, x, key)
}

// accept finds the operation, checks the key and everything that a request can have wrong by itself except its body's content.
func (s *Server) accept(x *apiRequest) (*call, *problem) {
	node, params := s.router.find(x.http.URL)
	if node == nil {
		return nil, newProblem(http.StatusNotFound, codeNotFound, "there is no such path")
	}
	op, p := node.operation(x.http.Method)
	if p != nil {
		return nil, p
	}
	c := &call{s: s, operation: op, header: x.http.Header, url: x.http.URL, query: x.query, params: params}
	if !op.open {
		if c.org, p = s.authenticate(x.http.Header); p != nil {
			return nil, p
		}
	}
	if p := s.featureIsOff(op); p != nil {
		return nil, p
	}
	if p := c.checkParameters(); p != nil {
		return nil, p
	}
	return c, x.checkBody()
}

// authenticate returns the organization of the bearer key.
func (s *Server) authenticate(header http.Header) (string, *problem) {
	scheme, key, _ := strings.Cut(header.Get("Authorization"), " ")
	org, known := s.options.APIKeys[strings.TrimSpace(key)]
	if !strings.EqualFold(scheme, "Bearer") || !known {
		return "", newProblem(http.StatusUnauthorized, codeUnauthorized,
			"a valid API key is needed, as a bearer token").withHeader("WWW-Authenticate", "Bearer")
	}
	return org, nil
}

// checkParameters checks path, query and header parameters against the contract.
func (c *call) checkParameters() *problem {
	d := decoder{}
	for _, p := range c.params {
		f := stringField(p.name, pattern(idPattern))
		if p.name == "query_hash" {
			f = stringField(p.name, pattern(hashPattern), length(16, 16))
		}
		d.stringValue(f, p.value, p.name)
	}
	for _, f := range c.operation.query {
		d.queryValue(f, c.query)
	}
	for _, name := range []string{"If-Match", "If-None-Match"} {
		if values, present := c.header[name]; present {
			d.stringValue(stringField(name, length(1, 1024)), strings.Join(values, ", "), name)
		}
	}
	if len(d.errors) > 0 {
		return invalidFields(d.errors...)
	}
	return nil
}

func (d *decoder) queryValue(f *field, query url.Values) {
	values, present := query[f.name]
	switch {
	case !present && f.required:
		d.fail(f.name, "is required")
	case !present:
	case f.typ == intType:
		n, err := strconv.ParseInt(values[0], 10, 64)
		if err != nil {
			d.fail(f.name, "must be an integer")
			return
		}
		d.checkRange(f, float64(n), f.name)
	default:
		d.stringValue(f, values[0], f.name)
	}
}

// checkBody refuses a body that is too large or does not say that it is JSON.
func (x *apiRequest) checkBody() *problem {
	if x.tooLarge {
		return newProblem(http.StatusRequestEntityTooLarge, codePayloadTooLarge, "the body is larger than 2 MB")
	}
	if len(x.body) == 0 || x.http.Method == http.MethodGet || x.http.Method == http.MethodDelete {
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(x.http.Header.Get("Content-Type"))
	if err != nil || mediaType != jsonType {
		return newProblem(http.StatusUnsupportedMediaType, codeUnsupportedMediaType, "the body must be declared as %s", jsonType)
	}
	return nil
}

// run runs the operation, unless its body was found to be wrong. The caller holds mu.
func (s *Server) run(c *call, x *apiRequest, wrong *problem) response {
	if wrong != nil {
		return x.problem(wrong)
	}
	if p := s.refuseWrite(c, x); p != nil {
		return x.problem(p)
	}
	a, p := c.operation.run(c)
	if p != nil {
		return x.problem(p)
	}
	x.record.Ran = true
	if c.operation.method == http.MethodGet {
		return conditional(c, a)
	}
	return a
}

// decode fills c.in from the body.
func (c *call) decode(x *apiRequest) *problem {
	if c.operation.body == nil {
		return nil
	}
	c.in = map[string]any{}
	if len(x.body) == 0 && c.operation.bodyOptional {
		return nil
	}
	if len(x.body) == 0 {
		return newProblem(http.StatusBadRequest, codeInvalidInput, "a body is required")
	}
	raw, err := parseObject(x.body)
	if err != nil {
		return newProblem(http.StatusBadRequest, codeInvalidInput, "%v", err)
	}
	d := decoder{}
	c.in = d.object(c.operation.body, raw, "")
	if len(d.errors) > 0 {
		return invalidFields(d.errors...)
	}
	c.empty = c.operation.partial && len(raw) == 0
	x.record.EmptyBody = c.empty
	return nil
}

// conditional adds what every JSON GET has, and answers 304 to a client that holds the current representation.
func conditional(c *call, a response) response {
	tag := entityTag(a.body)
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header.Set("ETag", tag)
	a.header.Set("Cache-Control", "private, no-cache")
	if held, present := c.header["If-None-Match"]; present && etagMatches(held, tag, true) {
		a.status, a.contentType, a.body = http.StatusNotModified, "", nil
	}
	return a
}

// saved writes the state file when there is something to write. The caller holds mu.
func (s *Server) saved(x *apiRequest, a response) response {
	if err := s.save(); err != nil {
		return x.problem(newProblem(http.StatusInternalServerError, codeInternalError, "the state file cannot be written: %v", err))
	}
	return a
}

func (x *apiRequest) problem(p *problem) response {
	return p.response(x.http.URL.Path, x.requestID)
}

// write sends the answer and records the exchange.
func (s *Server) write(w http.ResponseWriter, x *apiRequest, a response) {
	header := w.Header()
	for name, values := range a.header {
		header[name] = values
	}
	if a.contentType != "" {
		header.Set("Content-Type", a.contentType)
	}
	header.Set("X-Request-Id", x.requestID)
	header.Set("Date", s.options.Now().UTC().Format(http.TimeFormat))
	s.limiter.describe(header, s.options.Now())
	if bodyAllowed(a.status) {
		header.Set("Content-Length", strconv.Itoa(len(a.body)))
	} else {
		a.body = nil
		header.Del("Content-Type")
	}
	sent := x.fault.sent(a.body)
	x.record.Status, x.record.ResponseBody, x.record.ResponseHeader = a.status, sent, header
	s.recorder.add(x.record)

	w.WriteHeader(a.status)
	// A failed write means that the client went away; the answer is recorded all the same.
	_, _ = w.Write(sent)
	if len(sent) < len(a.body) {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// bodyAllowed tells whether an answer of that status may have a body.
func bodyAllowed(status int) bool {
	return status >= http.StatusOK && status != http.StatusNoContent && status != http.StatusNotModified
}

// abort records the exchange and closes the connection without an answer.
func (s *Server) abort(x *apiRequest) {
	s.recorder.add(x.record)
	panic(http.ErrAbortHandler)
}
