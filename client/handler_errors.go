// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

const (
	// maxResponseBytes is the maximum size of the body of a successful response.
	maxResponseBytes = 16 << 20
	// maxErrorBytes is how much of the body of an error response is read. A longer
	// body is not an error document.
	maxErrorBytes = 1 << 20
)

// errorsHandler turns a response into a result or an error. It calls observe for
// each valid HTTP response, before it reads the body of a success.
func errorsHandler(baseURL string, timeout time.Duration, redact func(string) string,
	observe func(req *request, header http.Header, apiError *Error, now time.Time) (alreadyPaused bool), next roundTrip,
) handler {
	return func(ctx context.Context, req *request) (response, error) {
		httpResponse, err := next(ctx, req)
		if err != nil {
			return response{}, connectionError(req, baseURL, redact, err)
		}
		// Closing a body that was not read to its end closes the connection, which is
		// better than waiting for the rest.
		defer func() { _ = httpResponse.Body.Close() }()
		resp := response{requestID: redact(httpResponse.Header.Get("X-Request-Id"))}
		invalid := func(reason string, permanent bool) error {
			return invalidResponseError(req, baseURL, httpResponse.StatusCode, resp.requestID, reason, permanent)
		}
		switch {
		case httpResponse.StatusCode < 200:
			// The connection no longer speaks HTTP, and its body has no end.
			return resp, invalid("the status is not final", true)
		case httpResponse.StatusCode > 299:
			body, readErr := io.ReadAll(io.LimitReader(httpResponse.Body, maxErrorBytes))
			apiError, replayed := errorFrom(req, httpResponse, body, baseURL, redact, time.Now())
			apiError.paused = observe(req, httpResponse.Header, apiError, time.Now())
			if readErr != nil && !isRetryable(req, apiError) {
				return resp, invalid(bodyReadProblem(readErr, timeout), false) // the rest may have a code
			}
			resp.replayed = replayed
			return resp, apiError
		}
		observe(req, httpResponse.Header, nil, time.Now())
		if httpResponse.StatusCode != req.successStatus {
			return resp, invalid(fmt.Sprintf("the status of a success is %d", req.successStatus), false)
		}
		if req.decode == nil {
			return resp, nil
		}
		body, err := io.ReadAll(io.LimitReader(httpResponse.Body, maxResponseBytes+1))
		resp.size = len(body)
		switch {
		case err != nil:
			return resp, invalid(bodyReadProblem(err, timeout), false)
		case len(body) > maxResponseBytes:
			return resp, invalid(fmt.Sprintf("the body is longer than %d MiB", maxResponseBytes>>20), true)
		}
		if problem := req.decode(body); problem != "" {
			return resp, invalid(problem, false)
		}
		return resp, nil
	}
}

// bodyReadProblem describes why a body could not be read to its end.
func bodyReadProblem(err error, timeout time.Duration) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "the body was not complete within " + timeout.String()
	}
	return "the body is incomplete"
}

// connectionError wraps an error of net/http in a *ConnectionError, without the URL,
// which the request already names.
func connectionError(req *request, baseURL string, redact func(string) string, err error) error {
	var urlError *url.Error
	if errors.As(err, &urlError) {
		err = urlError.Err
	}
	// net/http quotes responses that are not HTTP, which may contain the API key.
	if text := redact(err.Error()); text != err.Error() {
		err = &redactedError{text: text, cause: err}
	}
	return fmt.Errorf("%s: %w", req, &ConnectionError{BaseURL: baseURL, Err: err})
}

// redactedError is an error whose text contained the API key.
type redactedError struct {
	text  string
	cause error
}

func (e *redactedError) Error() string { return e.text }
func (e *redactedError) Unwrap() error { return e.cause }

// invalidResponseError returns an *InvalidResponseError for a request. A permanent
// error is not retried.
func invalidResponseError(req *request, baseURL string, status int, requestID, reason string, permanent bool) error {
	return fmt.Errorf("%s: %w", req, &InvalidResponseError{
		BaseURL: baseURL, StatusCode: status, RequestID: requestID, Reason: reason, permanent: permanent,
	})
}

// errorCode matches the codes of the API.
var errorCode = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

// errorFrom decodes an error response in either format of the API. It quotes
// nothing of a body in another format, which may contain secrets.
func errorFrom(req *request, resp *http.Response, body []byte, baseURL string, redact func(string) string, now time.Time,
) (*Error, replayState) {
	e := &Error{
		Method:     req.method,
		Path:       req.path,
		BaseURL:    baseURL,
		StatusCode: resp.StatusCode,
		RequestID:  resp.Header.Get("X-Request-Id"),
	}
	e.RetryAfter, e.HasRetryAfter = parseRetryAfter(resp.Header.Get("Retry-After"), now)

	replayed := replayUnknown
	var document errorDocument
	if json.Unmarshal(body, &document) == nil {
		document.decodeInto(e)
		// A replayed response has a new ID in the header and the original ID in the body.
		originalID := document.text("request_id")
		switch {
		case originalID == "" || e.RequestID == "":
		case originalID == e.RequestID:
			replayed = replayNo
		default:
			replayed = replayYes
		}
		if originalID != "" {
			e.RequestID = originalID
		}
	}
	if redact(e.Code) != e.Code {
		e.Code = "" // not a code of the API
	}
	for _, s := range []*string{&e.Title, &e.Detail, &e.RequestID} {
		*s = redact(*s)
	}
	for i := range e.Fields {
		e.Fields[i] = FieldError{Field: redact(e.Fields[i].Field), Detail: redact(e.Fields[i].Detail)}
	}
	return e, replayed
}

// errorDocument is a JSON object that may describe an error. Its members are
// decoded one by one, so that one of an unexpected type does not affect the others.
type errorDocument map[string]json.RawMessage

// decodeInto sets the fields of an Error.
func (d errorDocument) decodeInto(e *Error) {
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
	var legacy errorDocument // the format before RFC 9457
	if _ = json.Unmarshal(d["error"], &legacy); errorCode.MatchString(legacy.text("code")) {
		e.Code = legacy.text("code")
		if e.Detail == "" {
			e.Detail = legacy.text("message")
		}
	}
}

// isProblem reports whether the document is a problem document (RFC 9457) of the
// API: it has a code, another member that the contract requires, and no status
// other than that of the response.
func (d errorDocument) isProblem(status int) bool {
	var documented *int
	if json.Unmarshal(d["status"], &documented) == nil && documented != nil && *documented != status {
		return false
	}
	return errorCode.MatchString(d.text("code")) && (documented != nil || d.text("title") != "" || d.text("type") != "")
}

// text returns a string member, or "" if it is missing or not a string.
func (d errorDocument) text(member string) string {
	var text string
	_ = json.Unmarshal(d[member], &text)
	return text
}
