// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// The error codes of responses.
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
	codeGone                 = "GONE"
	codeInternalError        = "INTERNAL_ERROR"
)

// defaultCodes are the error codes of statuses.
var defaultCodes = map[int]string{
	http.StatusBadRequest:            codeInvalidInput,
	http.StatusUnauthorized:          codeUnauthorized,
	http.StatusPaymentRequired:       "PAYMENT_REQUIRED",
	http.StatusForbidden:             codeForbidden,
	http.StatusNotFound:              codeNotFound,
	http.StatusMethodNotAllowed:      codeMethodNotAllowed,
	http.StatusConflict:              codeConflict,
	http.StatusGone:                  codeGone,
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

// problem is an error response.
type problem struct {
	status int
	code   string
	detail string
	errors []fieldError
	header http.Header // in addition to the headers of every response
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

func notFound(noun string) *problem {
	return newProblem(http.StatusNotFound, codeNotFound, "%s not found", noun)
}

func conflict(code, format string, args ...any) *problem {
	return newProblem(http.StatusConflict, code, format, args...)
}

// invalidFields reports errors in fields of the request.
func invalidFields(errors ...fieldError) *problem {
	return &problem{status: http.StatusBadRequest, code: codeInvalidInput, detail: "the request is invalid", errors: errors}
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

// response returns the problem document for a request.
func (p *problem) response(path, requestID string) response {
	name := strings.ToLower(strings.ReplaceAll(p.code, "_", " "))
	title := name
	if name != "" {
		title = strings.ToUpper(name[:1]) + name[1:]
	}
	body, err := json.Marshal(problemDocument{
		Type:      "https://pgbeam.com/docs/api/errors/" + strings.ReplaceAll(name, " ", "-"),
		Title:     title,
		Status:    p.status,
		Detail:    p.detail,
		Instance:  path,
		Code:      p.code,
		RequestID: requestID,
		Errors:    p.errors,
	})
	if err != nil {
		panic("localapi: encode a problem document: " + err.Error())
	}
	return response{status: p.status, contentType: problemType, body: body, header: p.header, problem: p}
}

// legacyResponse returns the problem in the error format of older servers.
func (p *problem) legacyResponse() response {
	inner := struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}{p.code, p.detail}
	body := append([]byte(`{"error":`), appendJSON(nil, inner)...)
	return response{status: p.status, contentType: jsonType, body: append(body, '}'), header: p.header}
}
