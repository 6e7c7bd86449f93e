// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"
)

// tracerName is the instrumentation scope of the spans.
const tracerName = "github.com/pgbeam/pulumi-pgbeam/client"

// waits is how long an attempt of a request waited before it was sent.
type waits struct {
	rateLimit   time.Duration // including the delay after a response with status 429
	concurrency time.Duration
	retry       time.Duration // after another failure
}

// tracingHandler records an OpenTelemetry span for each attempt of a request that belongs
// to a trace. It costs nothing otherwise.
//
// A span begins when the attempt is sent and ends when its response has been read, so that
// its duration is that of the API. What the attempt waited for before is in attributes. No
// attribute contains an ID of an object, a query, a body, or a text of an error.
func tracingHandler(provider func() trace.TracerProvider, baseURL string, next handler) handler {
	server := serverAttributes(baseURL)
	return func(ctx context.Context, req *request) (response, error) {
		if !trace.SpanContextFromContext(ctx).IsSampled() || ctx.Err() != nil { // nothing is sent any more
			return next(ctx, req)
		}
		name := operationOf(req.method, req.path)
		ctx, span := provider().Tracer(tracerName).Start(ctx, name, trace.WithSpanKind(trace.SpanKindClient),
			trace.WithAttributes(server...), trace.WithAttributes(requestAttributes(req, name)...))
		defer span.End()
		resp, err := next(ctx, req)
		if requestIDFormat.MatchString(resp.requestID) {
			span.SetAttributes(attribute.String("pgbeam.request_id", resp.requestID))
		}
		if status := statusOf(req, err); status != 0 {
			span.SetAttributes(attribute.Int("http.response.status_code", status))
		}
		if err != nil {
			errorType, description := errorClass(ctx, err)
			span.SetAttributes(attribute.String("error.type", errorType))
			span.SetStatus(codes.Error, description)
		}
		return resp, err
	}
}

// requestIDFormat matches the request IDs that can be recorded: something between the
// client and the API could send any text.
var requestIDFormat = regexp.MustCompile(`^[\w.:-]{1,128}$`)

// serverAttributes returns the attributes of the address of the API.
func serverAttributes(baseURL string) []attribute.KeyValue {
	u, err := url.Parse(baseURL)
	if err != nil {
		return nil
	}
	port, err := strconv.Atoi(u.Port())
	switch {
	case err == nil:
	case u.Scheme == "http":
		port = 80
	default:
		port = 443
	}
	return []attribute.KeyValue{attribute.String("server.address", u.Hostname()), attribute.Int("server.port", port)}
}

// requestAttributes returns the attributes of an attempt that is about to be sent. Their
// names are those of OpenTelemetry's semantic conventions, where they have one.
func requestAttributes(req *request, operation string) []attribute.KeyValue {
	attributes := []attribute.KeyValue{
		attribute.String("http.request.method", req.method),
		attribute.String("url.template", strings.TrimPrefix(operation, req.method+" ")),
		attribute.Int("pgbeam.attempt", req.attempt),
		attribute.Float64("pgbeam.wait.rate_limit", seconds(req.waits.rateLimit)),
		attribute.Float64("pgbeam.wait.concurrency", seconds(req.waits.concurrency)),
		attribute.Float64("pgbeam.wait.retry", seconds(req.waits.retry)),
	}
	if req.attempt > 1 {
		attributes = append(attributes, attribute.Int("http.request.resend_count", req.attempt-1))
	}
	return attributes
}

// seconds returns a duration in seconds, to the millisecond.
func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

// statusOf returns the status of the response to a request, or 0 if there was none.
func statusOf(req *request, err error) int {
	var apiError *Error
	var invalid *InvalidResponseError
	switch {
	case err == nil:
		return req.successStatus
	case errors.As(err, &apiError):
		return apiError.StatusCode
	case errors.As(err, &invalid):
		return invalid.StatusCode
	default:
		return 0
	}
}

// errorClass returns the class of an error, which is the status if that is an error, and a
// description without anything that the error quotes.
func errorClass(ctx context.Context, err error) (errorType, description string) {
	var apiError *Error
	var invalid *InvalidResponseError
	switch {
	case errors.As(err, &apiError):
		return strconv.Itoa(apiError.StatusCode), errorReason(err)
	case errors.Is(ctx.Err(), context.Canceled):
		return "canceled", "the request was canceled"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout", "the request timed out"
	case errors.As(err, &invalid):
		return "invalid_response", errorReason(err)
	default:
		return "connection", errorReason(err)
	}
}
