// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package contracttest validates the traffic of tests against the contract of
// the API. A local API that Start starts fails its test if a request or a
// response does not conform to the contract, or has an undeclared property.
//
// The contract is the OpenAPI document in the file that PGBEAM_OPENAPI names.
// Without it nothing is validated, and Report says so.
package contracttest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest/contract"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// Start starts a local API for a test and validates all of its traffic, except
// for the responses of faults.
func Start(tb testing.TB, options localapi.Options) *localapi.Local {
	tb.Helper()
	v, err := load()
	if err != nil {
		tb.Fatalf("load the contract: %v", err)
	}
	if v == nil {
		return localapi.Start(tb, options)
	}
	var mu sync.Mutex
	var violations []string
	options.Observe = func(request localapi.Request) {
		if err := v.validate(request); err != nil {
			v.addViolation()
			mu.Lock()
			defer mu.Unlock()
			violations = append(violations, fmt.Sprintf("%s %s (%d): %v", request.Method, request.Path, request.Status, err))
		}
	}
	tb.Cleanup(func() {
		for _, violation := range violations {
			tb.Errorf("contract violation: %s", violation)
		}
	})
	// Start registers its cleanup last, so the local API has stopped before the violations are reported.
	return localapi.Start(tb, options)
}

// validator validates traffic and counts the requests to each operation.
type validator struct {
	router     routers.Router
	operations []string

	mu         sync.Mutex
	counts     map[string]int
	violations int
}

func (v *validator) addViolation() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.violations++
}

// load returns the validator of the contract, or nil if there is no contract.
var load = sync.OnceValues(func() (*validator, error) {
	spec, err := contract.Load()
	if err != nil || spec == nil {
		return nil, err
	}
	v := &validator{counts: map[string]int{}}
	// The local API has another address and its own API keys.
	spec.Servers, spec.Security = nil, nil
	for _, item := range spec.Paths.Map() {
		item.Servers = nil
		for _, operation := range item.Operations() {
			v.operations = append(v.operations, operation.OperationID)
			operation.Security = openapi3.NewSecurityRequirements()
		}
	}
	slices.Sort(v.operations)
	v.router, err = gorillamux.NewRouter(spec)
	return v, err
})

// validate returns an error if a request or its response violates the contract.
func (v *validator) validate(recorded localapi.Request) error {
	ctx := context.Background()
	address := &url.URL{Scheme: "http", Host: "localhost", Path: recorded.Path, RawQuery: recorded.Query.Encode()}
	request, err := http.NewRequestWithContext(ctx, recorded.Method, address.String(), bytes.NewReader(recorded.RequestBody))
	if err != nil {
		return err
	}
	request.Header = recorded.Header
	route, params, err := v.router.FindRoute(request)
	if err != nil {
		return fmt.Errorf("request: %w", err)
	}
	v.mu.Lock()
	v.counts[route.Operation.OperationID]++
	v.mu.Unlock()

	input := &openapi3filter.RequestValidationInput{
		Request: request, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			MultiError: true, IncludeResponseStatus: true, RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true,
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	}
	if len(recorded.RequestBody) == 0 {
		request.Body = http.NoBody
	}
	if err := openapi3filter.ValidateRequest(ctx, input); err != nil {
		return fmt.Errorf("request: %w", err)
	}
	if recorded.Fault || recorded.Undeclared || recorded.Status == 0 {
		return nil
	}
	if err := openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: recorded.Status, Header: recorded.ResponseHeader, Options: input.Options,
		Body: io.NopCloser(bytes.NewReader(recorded.ResponseBody)),
	}); err != nil {
		return fmt.Errorf("response: %w", err)
	}
	return nil
}
