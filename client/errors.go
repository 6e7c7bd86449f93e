// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
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

// IsRefusal tells whether an error is an answer of the API that says that the
// request itself cannot be carried out, so that it has changed nothing.
func IsRefusal(err error) bool {
	var answer *Error
	return errors.As(err, &answer) && answer.StatusCode >= 400 && answer.StatusCode < 500 &&
		answer.StatusCode != http.StatusRequestTimeout && answer.StatusCode != http.StatusTooManyRequests
}

// MayHaveTakenEffect tells whether the request of an error may have changed
// something all the same.
func MayHaveTakenEffect(err error) bool {
	var answer *Error
	var unreachable *UnreachableError
	var unread *unreadable
	var network *net.OpError
	switch {
	case errors.As(err, &answer):
		return answer.StatusCode >= http.StatusInternalServerError || answer.StatusCode == http.StatusRequestTimeout
	case errors.As(err, &network) && network.Op == "dial":
		return false
	default:
		return errors.As(err, &unreachable) || errors.As(err, &unread) || errors.Is(err, errTooLarge) ||
			errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	}
}

// IsNotFound tells whether an error says that an object does not exist, or is
// not visible to the caller.
func IsNotFound(err error) bool { return IsStatus(err, http.StatusNotFound) }

// longestError is how much of an error's body is read. What is longer is not
// an error document.
const longestError = 1 << 20

// errorFrom makes an error of a response. Both formats of the API are read; of
// a body in neither, nothing is quoted, for it may hold what must not be shown.
// The other result tells whether the API gave the answer before.
func (c *Client) errorFrom(resp *http.Response, path string, now time.Time) (*Error, given) {
	e := &Error{
		Method:     resp.Request.Method,
		Path:       path,
		StatusCode: resp.StatusCode,
		RequestID:  resp.Header.Get("X-Request-Id"),
	}
	e.RetryAfter, e.AskedToWait = parseRetryAfter(resp.Header.Get("Retry-After"), now)

	before := unknown
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
		// An answer that is given again has the ID of the first request in it.
		switch {
		case document.RequestID == "" || e.RequestID == "":
		case document.RequestID == e.RequestID:
			before = no
		default:
			before = yes
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
	return e, before
}

// redact takes the API key out of a text.
func (c *Client) redact(s string) string { return strings.ReplaceAll(s, c.apiKey, "[secret]") }
