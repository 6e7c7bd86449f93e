// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package contracttest holds the traffic of tests against the API's contract: a
// local API that is started here fails its test when a request or an answer is
// not what the contract says, or has a field that it does not name.
//
// The contract is an OpenAPI document, in the file that PGBEAM_OPENAPI names.
// Without it nothing is compared, and Report says so.
package contracttest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// variable names the file of the contract.
const variable = "PGBEAM_OPENAPI"

// Start serves the local API to a test, and holds all of its traffic against
// the contract. What a fault answers is not looked at.
func Start(tb testing.TB, options localapi.Options) *localapi.Local {
	tb.Helper()
	contract, err := load()
	if err != nil {
		tb.Fatalf("reading the contract: %v", err)
	}
	if contract == nil {
		return localapi.Start(tb, options)
	}
	var mu sync.Mutex
	var violations []string
	options.Observe = func(request localapi.Request) {
		if violation := contract.validate(request); violation != nil {
			mu.Lock()
			defer mu.Unlock()
			violations = append(violations, fmt.Sprintf("%s %s (%d): %v", request.Method, request.Path, request.Status, violation))
		}
	}
	tb.Cleanup(func() {
		for _, violation := range violations {
			tb.Errorf("this is not what the contract says: %s", violation)
		}
	})
	// Registered last, and so stopped first: by then everything has been observed.
	return localapi.Start(tb, options)
}

// document is the contract, and how often each of its operations was seen.
type document struct {
	router     routers.Router
	operations []string

	mu   sync.Mutex
	seen map[string]int
}

// load reads the contract once; it is nil where there is none.
var load = sync.OnceValues(func() (*document, error) {
	file := os.Getenv(variable)
	if file == "" {
		return nil, nil
	}
	spec, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, err
	}
	d := &document{seen: map[string]int{}}
	for _, schema := range spec.Components.Schemas {
		closed(schema)
	}
	for _, item := range spec.Paths.Map() {
		for _, operation := range item.Operations() {
			d.operations = append(d.operations, operation.OperationID)
			if operation.RequestBody != nil {
				for _, media := range operation.RequestBody.Value.Content {
					closed(media.Schema)
				}
			}
			for _, response := range operation.Responses.Map() {
				for _, media := range response.Value.Content {
					closed(media.Schema)
				}
			}
		}
	}
	slices.Sort(d.operations)
	// The local API is at another address, and hands out its keys itself.
	spec.Servers, spec.Security = nil, nil
	for _, item := range spec.Paths.Map() {
		item.Servers = nil
		for _, operation := range item.Operations() {
			operation.Security = openapi3.NewSecurityRequirements()
		}
	}
	d.router, err = gorillamux.NewRouter(spec)
	return d, err
})

// closed refuses fields that a schema does not name, at any depth.
func closed(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Value == nil || ref.Value.AdditionalProperties.Has != nil {
		return
	}
	schema := ref.Value
	if len(schema.Properties) > 0 {
		none := false
		schema.AdditionalProperties.Has = &none
	}
	for _, property := range schema.Properties {
		closed(property)
	}
	closed(schema.Items)
}

// validate says what is not as it should be in an exchange, or nil.
func (d *document) validate(exchange localapi.Request) error {
	ctx := context.Background()
	address := &url.URL{Scheme: "http", Host: "localhost", Path: exchange.Path, RawQuery: exchange.Query.Encode()}
	request, err := http.NewRequestWithContext(ctx, exchange.Method, address.String(), bytes.NewReader(exchange.RequestBody))
	if err != nil {
		return err
	}
	request.Header = exchange.Header
	route, params, err := d.router.FindRoute(request)
	if err != nil {
		return fmt.Errorf("the request: %w", err)
	}
	d.mu.Lock()
	d.seen[route.Operation.OperationID]++
	d.mu.Unlock()

	input := &openapi3filter.RequestValidationInput{
		Request: request, PathParams: params, Route: route,
		Options: &openapi3filter.Options{
			MultiError: true, IncludeResponseStatus: true, RejectWhenRequestBodyNotSpecified: true, SkipSettingDefaults: true,
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
		},
	}
	if len(exchange.RequestBody) == 0 {
		request.Body = http.NoBody
	}
	if err := openapi3filter.ValidateRequest(ctx, input); err != nil {
		return fmt.Errorf("the request: %w", err)
	}
	if exchange.Fault || exchange.Undeclared || exchange.Status == 0 {
		return nil
	}
	if err := openapi3filter.ValidateResponse(ctx, &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: exchange.Status, Header: exchange.ResponseHeader, Options: input.Options,
		Body: io.NopCloser(bytes.NewReader(exchange.ResponseBody)),
	}); err != nil {
		return fmt.Errorf("the answer: %w", err)
	}
	return nil
}

// Report writes which operations of the contract the tests so far have
// exercised, and how often, and returns those that they have not.
func Report(out io.Writer) (missing []string, err error) {
	contract, err := load()
	if err != nil {
		return nil, err
	}
	if contract == nil {
		_, err = fmt.Fprintf(out, "%s names no file: no traffic was compared with the API's contract.\n", variable)
		return nil, err
	}
	contract.mu.Lock()
	defer contract.mu.Unlock()
	var b strings.Builder
	fmt.Fprintf(&b, "All traffic was compared with the API's contract. Operations exercised:\n")
	for _, operation := range slices.Sorted(maps.Keys(contract.seen)) {
		fmt.Fprintf(&b, "  %-30s %6d\n", operation, contract.seen[operation])
	}
	for _, operation := range contract.operations {
		if contract.seen[operation] == 0 {
			missing = append(missing, operation)
		}
	}
	fmt.Fprintf(&b, "Not exercised: %s\n", strings.Join(missing, ", "))
	_, err = io.WriteString(out, b.String())
	return missing, err
}
