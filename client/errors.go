// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The error codes of the API. The set is open: for an unknown code, use the status.
const (
	CodeInvalidInput         = "INVALID_INPUT"          // 400: the request is malformed; see Error.Fields
	CodeUnauthorized         = "UNAUTHORIZED"           // 401: the API key is invalid or expired
	CodeForbidden            = "FORBIDDEN"              // 403: the role of the API key does not allow the request
	CodePlanLimitReached     = "PLAN_LIMIT_REACHED"     // 403: the plan of the organization does not allow the request
	CodeNotFound             = "NOT_FOUND"              // 404: the object does not exist or is not visible to the API key
	CodeConflict             = "CONFLICT"               // 409: the request conflicts with another object
	CodeResourceExists       = "RESOURCE_EXISTS"        // 409: an object with the same unique key exists
	CodeInvalidState         = "INVALID_STATE"          // 409: the state of the object does not allow the request
	CodeIdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED" // 409: the idempotency key belongs to a different request
	CodePreconditionFailed   = "PRECONDITION_FAILED"    // 412: the object has changed
	CodeRateLimited          = "RATE_LIMITED"           // 429: too many requests
	CodeInternalError        = "INTERNAL_ERROR"         // 500
	CodeBadGateway           = "BAD_GATEWAY"            // 502
	CodeServiceUnavailable   = "SERVICE_UNAVAILABLE"    // 503
	CodeTimeout              = "TIMEOUT"                // 504
)

// knownCodes are the codes above.
var knownCodes = []string{
	CodeInvalidInput, CodeUnauthorized, CodeForbidden, CodePlanLimitReached, CodeNotFound, CodeConflict, CodeResourceExists,
	CodeInvalidState, CodeIdempotencyKeyReused, CodePreconditionFailed, CodeRateLimited, CodeInternalError, CodeBadGateway,
	CodeServiceUnavailable, CodeTimeout,
}

// Error is a response whose status is not a success. It comes from the API or from
// something between the client and the API, such as a proxy; see FromAPI.
type Error struct {
	// Method is the method of the request.
	Method string
	// Path is the path and the query of the request, without the base URL.
	Path string
	// BaseURL is the address of the API.
	BaseURL string
	// StatusCode is the HTTP status of the response.
	StatusCode int
	// Code identifies the condition, such as CodeNotFound. It is empty if the
	// response is not an error document of the API.
	Code string
	// Title is a short description of the condition, set by the API. It may be empty.
	Title string
	// Detail describes this occurrence of the condition, set by the API. It may be empty.
	Detail string
	// Fields are the invalid fields of the request, usually for status 400.
	Fields []FieldError
	// RequestID identifies the request to PgBeam's support. It may be empty.
	RequestID string
	// RetryAfter is the delay that the Retry-After header asks for. It is 0 if there
	// is no such header, or if its date has passed.
	RetryAfter time.Duration
	// HasRetryAfter reports whether the response has a valid Retry-After header.
	HasRetryAfter bool
	// AfterAmbiguous reports whether an earlier attempt of the same call may have taken
	// effect.
	AfterAmbiguous bool
	// paused reports whether all requests of the client were paused already.
	paused bool
}

// FieldError describes an invalid field of a request.
type FieldError struct {
	// Field is the path of the field in the request body, separated by dots, such as
	// "masking_rules.1.kind". It may be empty.
	Field string `json:"field"`
	// Detail describes the problem. It may be empty.
	Detail string `json:"detail"`
}

// String returns the field and the detail, or the one of them that is set.
func (f FieldError) String() string {
	if f.Field == "" || f.Detail == "" {
		return f.Field + f.Detail
	}
	return f.Field + ": " + f.Detail
}

// Error returns the request, the status and what the response says about it.
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
		b.WriteString("; this does not look like a response of the PgBeam API")
		if e.BaseURL != "" {
			b.WriteString(" at " + e.BaseURL)
		}
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request ID %s)", e.RequestID)
	}
	return b.String()
}

// Texts returns the parts of the error that are quoted from the response.
func (e *Error) Texts() []string {
	texts := []string{e.Code, e.Title, e.Detail, e.RequestID}
	for _, field := range e.Fields {
		texts = append(texts, field.Field, field.Detail)
	}
	return slices.DeleteFunc(texts, func(text string) bool { return text == "" })
}

// FromAPI reports whether the response comes from the API itself, which it does if
// it has a code. Only then does it say something about the object or the request:
// any other 404 may come from a proxy, and any other 403 from a firewall.
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

// ConnectionError is returned for a request that received no response.
type ConnectionError struct {
	// BaseURL is the address of the API.
	BaseURL string
	// Err is the error of the network connection. It is never nil.
	Err error
}

// Error returns the address and the error of the network connection.
func (e *ConnectionError) Error() string {
	return fmt.Sprintf("no response from %s: %v", e.BaseURL, e.Err)
}

// Unwrap returns the error of the network connection.
func (e *ConnectionError) Unwrap() error { return e.Err }

// InvalidResponseError is returned for a response that violates the API contract:
// it has an unexpected status, lacks a required field, or describes another object
// than the request. The state of the object is unknown, and the request may have
// taken effect. Usually something else than the API responds at the address, or
// the API is newer or older than this client.
type InvalidResponseError struct {
	// BaseURL is the address of the API.
	BaseURL string
	// StatusCode is the HTTP status of the response.
	StatusCode int
	// RequestID identifies the request to PgBeam's support. It may be empty.
	RequestID string
	// Reason describes the violation. It names fields and quotes nothing of the body.
	Reason string
	// permanent reports whether the same request would get the same response.
	permanent bool
}

// Error returns the address, the status and the reason.
func (e *InvalidResponseError) Error() string {
	id := ""
	if e.RequestID != "" {
		id = " (request ID " + e.RequestID + ")"
	}
	return fmt.Sprintf("invalid response from %s (status %d): %s%s", e.BaseURL, e.StatusCode, e.Reason, id)
}

// ErrListLimit ends a list that is longer than the limit set by WithListLimit.
var ErrListLimit = errors.New("the list is longer than the limit")

// IsError reports whether an error is an *Error with one of the codes.
func IsError(err error, codes ...string) bool {
	var apiError *Error
	return errors.As(err, &apiError) && slices.Contains(codes, apiError.Code)
}

// IsStatus reports whether an error is an *Error with the status.
func IsStatus(err error, status int) bool {
	var apiError *Error
	return errors.As(err, &apiError) && apiError.StatusCode == status
}

// IsClientError reports whether an error is an *Error of the API itself with a 4xx
// status that is not transient. Such a request has changed nothing. That the API has
// removed the operation (410) is no such error: it does not say what has become of an
// earlier request with the same idempotency key.
func IsClientError(err error) bool {
	var apiError *Error
	if !errors.As(err, &apiError) || !apiError.FromAPI() {
		return false
	}
	switch apiError.StatusCode {
	case http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusGone:
		return false
	default:
		return apiError.StatusCode >= 400 && apiError.StatusCode < 500
	}
}

// IsAmbiguous reports whether the request that failed with an error may have taken
// effect. That includes responses that do not come from the API itself.
func IsAmbiguous(err error) bool {
	var apiError *Error
	var connection *ConnectionError
	var invalid *InvalidResponseError
	var network *net.OpError
	switch {
	case errors.As(err, &apiError):
		return !apiError.FromAPI() || apiError.StatusCode >= http.StatusInternalServerError || apiError.StatusCode == http.StatusRequestTimeout
	case errors.As(err, &network) && network.Op == "dial":
		return false
	default:
		return errors.As(err, &connection) || errors.As(err, &invalid) ||
			errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
	}
}

// IsNotFound reports whether an error is a response of the API itself that the
// object does not exist or is not visible to the API key.
func IsNotFound(err error) bool {
	return IsStatus(err, http.StatusNotFound) && IsError(err, CodeNotFound)
}
