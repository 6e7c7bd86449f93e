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

	// maxBody is the maximum size of a request body in bytes.
	maxBody = 2 << 20
)

// response is a response that is not written yet.
type response struct {
	status      int
	contentType string
	body        []byte
	header      http.Header // in addition to the headers of every response
	problem     *problem    // that the response reports, if any
}

func jsonResponse(status int, body []byte) response {
	return response{status: status, contentType: jsonType, body: body}
}

// apiRequest is a request to the API, from its arrival to the end of its response.
type apiRequest struct {
	http      *http.Request
	body      []byte
	tooLarge  bool
	id        string
	operation *operation // nil if routeProblem is set
	// routeProblem is the response to a request that has no operation.
	routeProblem *problem
	query        url.Values // as the operation gets it
	record       Request
	fault        *Fault // to inject into this request, if any
}

// serveAPI serves one request to the API: faults first, then the rate limit, the API key, the parameters, the body, the
// idempotency key, and the operation. p is the response if there is no operation.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, op *operation, p *problem) {
	restoreURL(r)
	req := &apiRequest{http: r, operation: op, routeProblem: p, id: newID("req_", s.options.Now())}
	if err := req.readBody(w); err != nil {
		// The client disconnected while sending the request.
		panic(http.ErrAbortHandler)
	}
	req.record = Request{
		Method: r.Method, Path: r.URL.Path, Query: r.URL.Query(), RequestBody: req.body, Header: r.Header, operation: op,
	}
	req.fault = s.faults.next(r.Method, r.URL.Path)
	req.query = req.fault.query(req.record.Query)
	s.notify(req, Received)

	var res response
	if req.fault.skipsOperation() {
		s.pause(r.Context(), req.fault.Latency)
		req.fault.dropBefore(s, req)
		res = req.fault.response(req)
	} else {
		res = s.handle(r.Context(), req)
		s.notify(req, Applied)
		res = req.fault.apply(s, req, res)
	}
	res = req.fault.edit(req, res)
	if res.status == http.StatusSwitchingProtocols {
		s.switchProtocols(w, req, res)
		return
	}
	s.write(w, req, res)
	if s.options.Watch != nil {
		_ = http.NewResponseController(w).Flush() // or the response would be sent only after this call
		s.notify(req, Answered)
	}
}

func (s *Server) notify(req *apiRequest, moment Moment) {
	if s.options.Watch != nil {
		s.options.Watch(moment, req.http.Method, req.http.URL.Path)
	}
}

func (req *apiRequest) readBody(w http.ResponseWriter) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.http.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		req.tooLarge = true
		err = nil
	}
	req.body = body
	return err
}

// handle returns the response that the API gives without faults.
func (s *Server) handle(ctx context.Context, req *apiRequest) response {
	if p := s.limiter.take(s.options.Now()); p != nil {
		return req.problem(p)
	}
	c, p := s.newCall(req)
	if p != nil {
		return req.problem(p)
	}
	key, p := idempotencyKey(c, req)
	if p != nil {
		return req.problem(p)
	}
	if key == "" {
		s.pause(ctx, req.fault.latency())
		p := c.decodeBody(req)
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.saveState(req, s.run(c, req, p))
	}
	return s.runOnce(ctx, c, req, key)
}

// newCall authenticates the request and checks everything except the content of its body.
func (s *Server) newCall(req *apiRequest) (*call, *problem) {
	if req.routeProblem != nil {
		return nil, req.routeProblem
	}
	op := req.operation
	c := &call{s: s, operation: op, header: req.http.Header, url: req.http.URL, query: req.query, pathValue: req.http.PathValue}
	if !op.public {
		var p *problem
		if c.org, p = s.authenticate(req.http.Header); p != nil {
			return nil, p
		}
	}
	if p := s.checkSunset(req); p != nil {
		return nil, p
	}
	if p := s.checkFeature(op); p != nil {
		return nil, p
	}
	if p := c.checkParameters(); p != nil {
		return nil, p
	}
	return c, req.checkBody()
}

// authenticate returns the organization of the bearer token.
func (s *Server) authenticate(header http.Header) (string, *problem) {
	scheme, key, _ := strings.Cut(header.Get("Authorization"), " ")
	org, ok := s.options.APIKeys[strings.TrimSpace(key)]
	if !strings.EqualFold(scheme, "Bearer") || !ok {
		return "", newProblem(http.StatusUnauthorized, codeUnauthorized,
			"missing or invalid API key: send it as a bearer token").withHeader("WWW-Authenticate", "Bearer")
	}
	return org, nil
}

// headerFields are the headers that are parameters of operations.
var headerFields = map[string]*field{
	"If-Match":        stringField("If-Match", length(1, 1024)),
	"If-None-Match":   stringField("If-None-Match", length(1, 1024)),
	"Idempotency-Key": stringField("Idempotency-Key", length(1, 255)),
}

// pathField returns the schema of a path parameter.
func pathField(name string) *field {
	if name == "query_hash" {
		return stringField(name, pattern(hashPattern), length(16, 16))
	}
	return stringField(name, pattern(idPattern))
}

// checkParameters validates path, query and header parameters.
func (c *call) checkParameters() *problem {
	d := decoder{}
	for _, name := range pathParams(c.operation.path) {
		d.stringValue(pathField(name), c.pathValue(name), name)
	}
	for _, f := range c.operation.query {
		d.queryValue(f, c.query)
	}
	for _, name := range []string{"If-Match", "If-None-Match"} {
		if values, ok := c.header[name]; ok {
			d.stringValue(headerFields[name], strings.Join(values, ", "), name)
		}
	}
	if len(d.errors) > 0 {
		return invalidFields(d.errors...)
	}
	return nil
}

func (d *decoder) queryValue(f *field, query url.Values) {
	values, ok := query[f.name]
	switch {
	case !ok && f.required:
		d.fail(f.name, "is required")
	case !ok:
	case f.typ == intType:
		n, err := strconv.ParseInt(values[0], 10, 64)
		if err != nil {
			d.fail(f.name, "must be an integer")
			return
		}
		d.checkRange(f, float64(n), f.name)
	case f.typ == timeType:
		d.value(f, values[0], f.name)
	default:
		d.stringValue(f, values[0], f.name)
	}
}

// checkBody checks the size and the media type of the body.
func (req *apiRequest) checkBody() *problem {
	if req.tooLarge {
		return newProblem(http.StatusRequestEntityTooLarge, codePayloadTooLarge, "the request body exceeds 2 MB")
	}
	if len(req.body) == 0 || req.http.Method == http.MethodGet || req.http.Method == http.MethodDelete {
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(req.http.Header.Get("Content-Type"))
	if err != nil || mediaType != jsonType {
		return newProblem(http.StatusUnsupportedMediaType, codeUnsupportedMediaType, "Content-Type must be %s", jsonType)
	}
	return nil
}

// decodeBody sets c.in.
func (c *call) decodeBody(req *apiRequest) *problem {
	if c.operation.body == nil {
		return nil
	}
	c.in = map[string]any{}
	if len(req.body) == 0 {
		if c.operation.optionalBody {
			return nil
		}
		return newProblem(http.StatusBadRequest, codeInvalidInput, "a request body is required")
	}
	raw, err := parseObject(req.body)
	if err != nil {
		return newProblem(http.StatusBadRequest, codeInvalidInput, "%v", err)
	}
	d := decoder{}
	c.in = d.object(c.operation.body, raw, "")
	if len(d.errors) > 0 {
		return invalidFields(d.errors...)
	}
	c.emptyPatch = c.operation.method == http.MethodPatch && len(raw) == 0
	req.record.EmptyBody = c.emptyPatch
	return nil
}

// run runs the operation unless its body is invalid. The caller holds mu.
func (s *Server) run(c *call, req *apiRequest, invalidBody *problem) response {
	if invalidBody != nil {
		return req.problem(invalidBody)
	}
	if p := s.checkDeletedProject(c, req); p != nil {
		return req.problem(p)
	}
	res, p := c.operation.handle(c)
	if p != nil {
		return req.problem(p)
	}
	req.record.Ran = true
	if c.operation.method == http.MethodGet {
		return conditional(c, res)
	}
	return res
}

// conditional adds the caching headers of GET responses, and answers 304 if the client has the current representation.
func conditional(c *call, res response) response {
	etag := entityTag(res.body)
	if res.header == nil {
		res.header = http.Header{}
	}
	res.header.Set("ETag", etag)
	res.header.Set("Cache-Control", "private, no-cache")
	if values, ok := c.header["If-None-Match"]; ok && etagMatches(values, etag, true) {
		res.status, res.contentType, res.body = http.StatusNotModified, "", nil
	}
	return res
}

// saveState writes the state file if it is out of date. The caller holds mu.
func (s *Server) saveState(req *apiRequest, res response) response {
	if err := s.save(); err != nil {
		return req.problem(newProblem(http.StatusInternalServerError, codeInternalError, "cannot write the state file: %v", err))
	}
	return res
}

func (req *apiRequest) problem(p *problem) response {
	return p.response(req.http.URL.Path, req.id)
}

// write sends the response and records the request.
func (s *Server) write(w http.ResponseWriter, req *apiRequest, res response) {
	header := w.Header()
	for name, values := range res.header {
		header[name] = values
	}
	if res.contentType != "" {
		header.Set("Content-Type", res.contentType)
	}
	header.Set("X-Request-Id", req.id)
	header.Set("Date", s.options.Now().UTC().Format(http.TimeFormat))
	s.deprecation(req).setHeader(header)
	if !s.options.Behaviour.NoRateLimitHeaders {
		s.limiter.setHeader(header, s.options.Now())
	}
	if allowsBody(res.status) {
		header.Set("Content-Length", strconv.Itoa(len(res.body)))
	} else {
		res.body = nil
		header.Del("Content-Type")
	}
	body := req.fault.truncate(res.body)
	req.record.Status, req.record.ResponseBody, req.record.ResponseHeader = res.status, body, header
	s.recorder.add(req.record)

	w.WriteHeader(res.status)
	_, _ = w.Write(body) // fails if the client disconnected
	if len(body) < len(res.body) {
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

// allowsBody reports whether a response with this status can have a body.
func allowsBody(status int) bool {
	return status >= http.StatusOK && status != http.StatusNoContent && status != http.StatusNotModified
}

// abort records the request and closes the connection without a response.
func (s *Server) abort(req *apiRequest) {
	s.recorder.add(req.record)
	panic(http.ErrAbortHandler)
}
