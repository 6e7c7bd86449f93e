// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// The error codes that are answered.
const (
	codeInvalidInput         = "INVALID_INPUT"
	codeUnauthorized         = "UNAUTHORIZED"
	codeForbidden            = "FORBIDDEN"
	codePlanLimitReached     = "PLAN_LIMIT_REACHED"
	codeNotFound             = "NOT_FOUND"
	codeMethodNotAllowed     = "METHOD_NOT_ALLOWED"
	codePreconditionFailed   = "PRECONDITION_FAILED"
	codePayloadTooLarge      = "PAYLOAD_TOO_LARGE"
	codeUnsupportedMediaType = "UNSUPPORTED_MEDIA_TYPE"
	codeConflict             = "CONFLICT"
	codeResourceExists       = "RESOURCE_EXISTS"
	codeInvalidState         = "INVALID_STATE"
	codeIdempotencyKeyReused = "IDEMPOTENCY_KEY_REUSED"
	codeRateLimited          = "RATE_LIMITED"
	codeInternalError        = "INTERNAL_ERROR"
)

// codeOf names the code that a status has when nothing more is known.
var codeOf = map[int]string{
	http.StatusBadRequest:            codeInvalidInput,
	http.StatusUnauthorized:          codeUnauthorized,
	http.StatusPaymentRequired:       "PAYMENT_REQUIRED",
	http.StatusForbidden:             codeForbidden,
	http.StatusNotFound:              codeNotFound,
	http.StatusMethodNotAllowed:      codeMethodNotAllowed,
	http.StatusConflict:              codeConflict,
	http.StatusPreconditionFailed:    codePreconditionFailed,
	http.StatusRequestEntityTooLarge: codePayloadTooLarge,
	http.StatusUnsupportedMediaType:  codeUnsupportedMediaType,
	http.StatusTooManyRequests:       codeRateLimited,
	http.StatusInternalServerError:   codeInternalError,
	http.StatusBadGateway:            "BAD_GATEWAY",
	http.StatusServiceUnavailable:    "SERVICE_UNAVAILABLE",
	http.StatusGatewayTimeout:        "TIMEOUT",
	http.StatusRequestTimeout:        "TIMEOUT",
}

type fieldError struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// problem is an answer that is an error.
type problem struct {
	status int
	code   string
	detail string
	errors []fieldError
	header http.Header // beyond the usual ones
}

// problemDocument is the body of RFC 9457.
type problemDocument struct {
	Type      string       `json:"type"`
	Title     string       `json:"title"`
	Status    int          `json:"status"`
	Detail    string       `json:"detail,omitempty"`
	Instance  string       `json:"instance,omitempty"`
	Code      string       `json:"code"`
	RequestID string       `json:"request_id,omitempty"`
	Errors    []fieldError `json:"errors,omitempty"`
}

func newProblem(status int, code, format string, args ...any) *problem {
	return &problem{status: status, code: code, detail: fmt.Sprintf(format, args...)}
}

func notFound(what string) *problem {
	return newProblem(http.StatusNotFound, codeNotFound, "%s not found", what)
}

func conflict(code, format string, args ...any) *problem {
	return newProblem(http.StatusConflict, code, format, args...)
}

// invalidFields rejects one or more fields.
func invalidFields(errors ...fieldError) *problem {
	return &problem{status: http.StatusBadRequest, code: codeInvalidInput, detail: "the request was rejected", errors: errors}
}

func invalidField(path, detail string) *problem {
	return invalidFields(fieldError{Field: path, Detail: detail})
}

func (p *problem) withHeader(header, value string) *problem {
	if p.header == nil {
		p.header = http.Header{}
	}
	p.header.Set(header, value)
	return p
}

// response is the problem as a response to one request.
func (p *problem) response(path, requestID string) response {
	words := strings.ToLower(strings.ReplaceAll(p.code, "_", " "))
	title := words
	if words != "" {
		title = strings.ToUpper(words[:1]) + words[1:]
	}
	body, err := json.Marshal(problemDocument{
		Type:      "https://pgbeam.com/docs/api/errors/" + strings.ReplaceAll(words, " ", "-"),
		Title:     title,
		Status:    p.status,
		Detail:    p.detail,
		Instance:  path,
		Code:      p.code,
		RequestID: requestID,
		Errors:    p.errors,
	})
	if err != nil {
		panic("localapi: encoding a problem: " + err.Error())
	}
	return response{status: p.status, contentType: problemType, body: body, header: p.header, problem: p}
}

// legacyResponse is the problem in the format of older servers.
func (p *problem) legacyResponse() response {
	inner := struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}{p.code, p.detail}
	body := append([]byte(`{"error":`), appendJSON(nil, inner)...)
	return response{status: p.status, contentType: jsonType, body: append(body, '}'), header: p.header}
}
