// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
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
)

// Error is an answer of the API that is not a success.
type Error struct {
	// Method and Path are those of the request.
	Method, Path string
	// StatusCode is that of the response.
	StatusCode int
	// Code names the condition; it may be empty, and the set of codes is open.
	Code string
	// Title and Detail are for people.
	Title, Detail string
	// Fields are the parts of the request that were refused.
	Fields []FieldError
	// RequestID names the request to PgBeam's support; it may be empty.
	RequestID string
	// RetryAfter is the wait that the API asked for, and AskedToWait whether it did.
	RetryAfter  time.Duration
	AskedToWait bool
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
		fmt.Fprintf(&b, "; %s: %s", field.Field, field.Detail)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request ID %s)", e.RequestID)
	}
	return b.String()
}

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

// IsNotFound tells whether an error says that an object does not exist, or is
// not visible to the caller.
func IsNotFound(err error) bool { return IsStatus(err, http.StatusNotFound) }

// longestError is how much of an error's body is read. What is longer is not
// an error document.
const longestError = 1 << 20

// errorFrom makes an error of a response. Both formats of the API are read; of
// a body in neither, nothing is quoted, for it may hold what must not be shown.
func (c *Client) errorFrom(resp *http.Response, path string, now time.Time) *Error {
	e := &Error{
		Method:     resp.Request.Method,
		Path:       path,
		StatusCode: resp.StatusCode,
		RequestID:  resp.Header.Get("X-Request-Id"),
	}
	e.RetryAfter, e.AskedToWait = parseRetryAfter(resp.Header.Get("Retry-After"), now)

	var document struct {
		Code      string       `json:"code"`
		Title     string       `json:"title"`
		Detail    string       `json:"detail"`
		RequestID string       `json:"request_id"`
		Errors    []FieldError `json:"errors"`
		Error     struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, longestError))
	if err == nil && json.Unmarshal(body, &document) == nil {
		e.Code, e.Title, e.Detail, e.Fields = document.Code, document.Title, document.Detail, document.Errors
		if e.Code == "" {
			e.Code, e.Detail = document.Error.Code, document.Error.Message
		}
		if document.RequestID != "" {
			e.RequestID = document.RequestID
		}
	}
	for _, s := range []*string{&e.Code, &e.Title, &e.Detail, &e.RequestID} {
		*s = c.redact(*s)
	}
	for i := range e.Fields {
		e.Fields[i] = FieldError{Field: c.redact(e.Fields[i].Field), Detail: c.redact(e.Fields[i].Detail)}
	}
	return e
}

// redact takes the API key out of a text.
func (c *Client) redact(s string) string { return strings.ReplaceAll(s, c.apiKey, "[secret]") }
