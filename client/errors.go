// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Codes of the API's errors. More may come: fall back on the status.
const (
	CodeInvalidInput         = "INVALID_INPUT"
	CodeUnauthorized         = "UNAUTHORIZED"
	CodeForbidden            = "FORBIDDEN"
	CodePlanLimitReached     = "PLAN_LIMIT_REACHED"
	CodeNotFound             = "NOT_FOUND"
	CodeConflict             = "CONFLICT"
	CodeResourceExists       = "RESOURCE_EXISTS"
	CodeInvalidState         = "INVALID_STATE"
	CodeIdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED"
	CodePreconditionFailed   = "PRECONDITION_FAILED"
	CodeRateLimited          = "RATE_LIMITED"
	CodeInternalError        = "INTERNAL_ERROR"
	CodeBadGateway           = "BAD_GATEWAY"
	CodeServiceUnavailable   = "SERVICE_UNAVAILABLE"
	CodeTimeout              = "TIMEOUT"
)

// Error is an answer that is not a success: of the API, or of something else at
// its address or on the way to it (see FromAPI).
type Error struct {
	// Method and Path are those of the request.
	Method, Path string
	// BaseURL is the address of the API.
	BaseURL string
	// StatusCode is that of the response.
	StatusCode int
	// Code names the condition, and the set of codes is open. It is empty where
	// the answer has none in a format of the API.
	Code string
	// Title and Detail are for people.
	Title, Detail string
	// Fields are the parts of the request that were refused.
	Fields []FieldError
	// RequestID names the request to PgBeam's support; it may be empty.
	RequestID string
	// RetryAfter is the wait that the API asked for, and AskedToWait whether it did.
	RetryAfter    time.Duration
	HasRetryAfter bool
	// paused is set when all requests were waiting already.
	paused bool
}

// FieldError says what is wrong with a field of a request.
type FieldError struct {
	// Field is the path of the field in the body, with dots.
	Field string `json:"field"`
	// Detail is for people.
	Detail string `json:"detail"`
}

// String says what is wrong with which field, as far as the API says it.
func (f FieldError) String() string {
	if f.Field == "" || f.Detail == "" {
		return f.Field + f.Detail
	}
	return f.Field + ": " + f.Detail
}

// Error says what was asked and what the API answered.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: %d %s", e.Method, e.Path, e.StatusCode, e.label())
	if detail := e.Detail; detail != "" || e.Title != "" && e.Code != "" {
		if detail == "" {
			detail = e.Title
		}
		b.WriteString(": " + detail)
	}
	for _, field := range e.Fields {
		b.WriteString("; " + field.String())
	}
	if !e.FromAPI() {
		b.WriteString("; this does not look like an answer of the PgBeam API")
		if e.BaseURL != "" {
			b.WriteString(" at " + e.BaseURL)
		}
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request ID %s)", e.RequestID)
	}
	return b.String()
}

// Texts returns what the error quotes of the answer.
func (e *Error) Texts() []string {
	texts := []string{e.Code, e.Title, e.Detail, e.RequestID}
	for _, field := range e.Fields {
		texts = append(texts, field.Field, field.Detail)
	}
	return slices.DeleteFunc(texts, func(text string) bool { return text == "" })
}

// FromAPI tells whether the answer is one of the API itself, by its code. Only
// such an answer says something about the object or the request: a 404 may be
// the page of a proxy, and a 403 that of a firewall.
func (e *Error) FromAPI() bool { return e.Code != "" }

func (e *Error) label() string {
	switch {
	case e.Code != "":
		return e.Code
	case e.Title != "":
		return e.Title
	default:
		return http.StatusText(e.StatusCode)
	}
}

// IsError tells whether an error is an answer of the API with one of these codes.
func IsError(err error, codes ...string) bool {
	var answer *Error
	return errors.As(err, &answer) && slices.Contains(codes, answer.Code)
}

// IsStatus tells whether an error is an answer of the API with this status.
func IsStatus(err error, status int) bool {
	var answer *Error
	return errors.As(err, &answer) && answer.StatusCode == status
}

// IsClientError tells whether an error is an answer of the API itself that says that
// the request cannot be carried out, so that it has changed nothing.
func IsClientError(err error) bool {
	var answer *Error
	return errors.As(err, &answer) && answer.FromAPI() && answer.StatusCode >= 400 && answer.StatusCode < 500 &&
		answer.StatusCode != http.StatusRequestTimeout && answer.StatusCode != http.StatusTooManyRequests
}

// IsAmbiguous tells whether the request of an error may have changed
// something all the same. An answer that is not the API's own says nothing about that.
func IsAmbiguous(err error) bool {
	var answer *Error
	var unreachable *ConnectionError
	var invalid *InvalidResponseError
	var network *net.OpError
	switch {
	case errors.As(err, &answer):
		return !answer.FromAPI() || answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusRequestTimeout
	case errors.As(err, &network) && network.Op == "dial":
		return false
	default:
		return errors.As(err, &unreachable) || errors.As(err, &invalid) ||
			errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	}
}

// IsNotFound tells whether an error is an answer of the API itself that says that
// an object does not exist, or is not visible to the caller.
func IsNotFound(err error) bool {
	return IsStatus(err, http.StatusNotFound) && IsError(err, CodeNotFound)
}

// maxErrorBytes is how much of an error's body is read. What is longer is not
// an error document.
const maxErrorBytes = 1 << 20

// errorCode is what a code of the API looks like.
var errorCode = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

// errorFrom makes an error of a response. Both formats of the API are read; of
// a body in neither, nothing is quoted, for it may hold what must not be shown.
// The other result tells whether the API gave the answer before.
func (c *Client) errorFrom(resp *http.Response, body []byte, path string, now time.Time) (*Error, given) {
	e := &Error{
		Method:     resp.Request.Method,
		Path:       path,
		BaseURL:    c.baseURL,
		StatusCode: resp.StatusCode,
		RequestID:  resp.Header.Get("X-Request-Id"),
	}
	e.RetryAfter, e.HasRetryAfter = parseRetryAfter(resp.Header.Get("Retry-After"), now)

	before := unknown
	var document errorDocument
	if json.Unmarshal(body, &document) == nil {
		document.describe(e)
		// An answer that is given again has the ID of the first request in it.
		inBody := document.text("request_id")
		switch {
		case inBody == "" || e.RequestID == "":
		case inBody == e.RequestID:
			before = no
		default:
			before = yes
		}
		if inBody != "" {
			e.RequestID = inBody
		}
	}
	if c.redact(e.Code) != e.Code {
		e.Code = "" // the API has no such code
	}
	for _, s := range []*string{&e.Title, &e.Detail, &e.RequestID} {
		*s = c.redact(*s)
	}
	for i := range e.Fields {
		e.Fields[i] = FieldError{Field: c.redact(e.Fields[i].Field), Detail: c.redact(e.Fields[i].Detail)}
	}
	return e, before
}

// errorDocument is a JSON object that may describe an error. Each member is
// decoded on its own, so that one of another type does not take the others with it.
type errorDocument map[string]json.RawMessage

// describe fills an error in.
func (d errorDocument) describe(e *Error) {
	e.Title, e.Detail = d.text("title"), d.text("detail")
	var items []json.RawMessage
	_ = json.Unmarshal(d["errors"], &items)
	for _, item := range items {
		var field errorDocument
		_ = json.Unmarshal(item, &field)
		if f := (FieldError{Field: field.text("field"), Detail: field.text("detail")}); f != (FieldError{}) {
			e.Fields = append(e.Fields, f)
		}
	}
	if d.isProblem(e.StatusCode) {
		e.Code = d.text("code")
		return
	}
	var former errorDocument // the format before problem documents
	if _ = json.Unmarshal(d["error"], &former); errorCode.MatchString(former.text("code")) {
		e.Code = former.text("code")
		if e.Detail == "" {
			e.Detail = former.text("message")
		}
	}
}

// isProblem tells whether this is a problem document of the API: it has a code,
// one of the other members that the contract requires, and the status of the
// response, if it has any.
func (d errorDocument) isProblem(status int) bool {
	var own *int
	if json.Unmarshal(d["status"], &own) == nil && own != nil && *own != status {
		return false
	}
	return errorCode.MatchString(d.text("code")) && (own != nil || d.text("title") != "" || d.text("type") != "")
}

// text returns a member that is a string, "" if it is none.
func (d errorDocument) text(member string) string {
	var text string
	_ = json.Unmarshal(d[member], &text)
	return text
}

// redact takes the API key out of a text.
func (c *Client) redact(s string) string { return c.redactor.Text(s) }

// tell notifies of something, without the API key.
func (c *Client) tell(ctx context.Context, message string) { c.notify(ctx, c.redact(message)) }
