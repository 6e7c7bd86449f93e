// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// requestIDs are the IDs in the requests, by the fields that hold them in responses.
var requestIDs = map[string]string{
	"id": "obj_1", "query_hash": "obj_1", "project_id": "prj_1", "database_id": "db_1", "org_id": "org_1",
}

// matchedValues are the values of fields that a lookup compares.
var matchedValues = map[string]string{"email": "obj_1", "status": InvitationPending}

// validBody returns the body of a success, with or without the optional fields.
func (op operation) validBody(optional bool) map[string]any {
	object := validObject(op.response, optional)
	if _, created := object["project"]; created && optional { // its database belongs to it
		object["database"].(map[string]any)["project_id"] = requestIDs["id"]
	}
	return object
}

func validObject(t reflect.Type, optional bool) map[string]any {
	object := map[string]any{}
	for _, rule := range rulesOf(t) {
		field := t.FieldByIndex(rule.index).Type
		if rule.name == "next_page_token" || rule.optional && !optional {
			continue
		}
		object[rule.name] = validValue(field, optional)
		if value, ok := matchedValues[rule.name]; ok {
			object[rule.name] = value
		}
		if id, ok := requestIDs[rule.name]; ok {
			object[rule.name] = id
		}
	}
	return object
}

func validValue(t reflect.Type, optional bool) any {
	switch t.Kind() {
	case reflect.Pointer:
		return validValue(t.Elem(), optional)
	case reflect.Struct:
		return validObject(t, optional)
	case reflect.Slice:
		return []any{validValue(t.Elem(), optional)}
	default:
		return requiredValue(t)
	}
}

// mutation invalidates a body in one way, and restores it.
type mutation struct {
	name          string
	reason        string // a part of the error
	apply, revert func()
}

// mutations returns all mutations of an object in a body. path is the path of the
// object, with a trailing dot.
func (op operation) mutations(object map[string]any, t reflect.Type, path string) []mutation {
	var all []mutation
	for _, rule := range rulesOf(t) {
		valid, present := object[rule.name]
		field := t.FieldByIndex(rule.index).Type
		for field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		set := func(name, reason string, value any) {
			all = append(all, mutation{
				name: path + rule.name + " " + name, reason: reason,
				apply: func() { object[rule.name] = value },
				revert: func() {
					if object[rule.name] = valid; !present {
						delete(object, rule.name)
					}
				},
			})
		}
		if !rule.optional {
			set("null", path+rule.name+" is null", nil)
			all = append(all, mutation{
				name: path + rule.name + " missing", reason: path + rule.name + " is missing",
				apply: func() { delete(object, rule.name) }, revert: func() { object[rule.name] = valid },
			})
		}
		if rule.nonempty {
			set("empty", path+rule.name+" is empty", "")
		}
		wrongTypes := map[reflect.Kind][]any{
			reflect.String: {7, true, []any{"x"}, object}, reflect.Bool: {"true", 0, []any{true}},
			reflect.Int: {"1", 1.5, true, json.RawMessage("9223372036854775808"), json.RawMessage("1e30")}, reflect.Float64: {"1", json.RawMessage("1e999")},
			reflect.Int64: {"1", 1.5, json.RawMessage("-9223372036854775809"), json.RawMessage("99999999999999999999999")},
			reflect.Slice: {map[string]any{}, "x", 7, []any{nil}}, reflect.Struct: {[]any{}, "x", 7},
		}[field.Kind()]
		for _, value := range wrongTypes {
			if _, cyclic := value.(map[string]any); cyclic && field.Kind() == reflect.String {
				value = map[string]any{}
			}
			set(fmt.Sprintf("of another type (%v)", value), path+rule.name, value)
		}
		if id, ok := requestIDs[rule.name]; ok && op.determines(rule.name, id) {
			set("of another object", "does not match", "other")
		}
		switch value := valid.(type) {
		case map[string]any:
			all = append(all, op.mutations(value, field, path+rule.name+".")...)
		case []any:
			if item, ok := value[0].(map[string]any); ok {
				all = append(all, op.mutations(item, field.Elem(), path+rule.name+"[0].")...)
			}
		}
	}
	return all
}

// determines reports whether the request determines the ID in a field of its
// response.
func (op operation) determines(field, id string) bool {
	if op.response == reflect.TypeFor[CreateProjectResponse]() && field == "project_id" {
		return true // the database belongs to the project
	}
	return strings.Contains(op.path+op.bodyIDs, id)
}

// countingTransport counts the requests.
type countingTransport struct {
	http.RoundTripper
	requests atomic.Int32
}

func (c *countingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	c.requests.Add(1)
	return c.RoundTripper.RoundTrip(req)
}

// callWith calls the operation, with one retry. Every request gets the same response.
func (op operation) callWith(t *testing.T, status int, body string) (requests int, err error) {
	t.Helper()
	api := &countingTransport{RoundTripper: canned{status: status, body: body, header: http.Header{"X-Request-Id": {"req_1"}}}}
	c, err := New(testAPIKey, WithHTTPClient(&http.Client{Transport: api}), WithMaxRetries(1), WithBackoff(0, time.Nanosecond))
	require.NoError(t, err)
	err = op.call(t.Context(), c)
	return int(api.requests.Load()), err
}

// assertInvalid asserts that a response is neither a success nor an error that says
// something about the object.
func (op operation) assertInvalid(t *testing.T, status int, body, reason string) {
	t.Helper()
	requests, err := op.callWith(t, status, body)
	var invalid *InvalidResponseError
	require.ErrorAs(t, err, &invalid, "%s: %s", op.name, body)
	assert.Equal(t, 2, requests, "an invalid response is retried")
	assert.Contains(t, invalid.Reason, reason)
	assert.NotContains(t, err.Error(), "planted")
	assert.Equal(t, InvalidResponseError{BaseURL: DefaultBaseURL, StatusCode: status, RequestID: "req_1", Reason: invalid.Reason, permanent: invalid.permanent}, *invalid)
	path, _, _ := strings.Cut(op.path, "?")
	assert.True(t, strings.HasPrefix(err.Error(), op.method+" "+path), err.Error())
	assert.True(t, IsAmbiguous(err))
	assert.False(t, IsNotFound(err))
	assert.False(t, IsClientError(err))
}

// TestResponsesOfEveryOperation verifies for each operation that the client rejects
// responses with a wrong status, a wrong field at any depth, or another object.
func TestResponsesOfEveryOperation(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			t.Parallel()
			valid := ""
			if op.response != nil {
				for _, optional := range []bool{false, true} {
					text, err := json.Marshal(op.validBody(optional))
					require.NoError(t, err)
					valid = string(text)
					requests, err := op.callWith(t, op.successStatus, valid)
					require.NoError(t, err)
					assert.Equal(t, 1, requests)
				}
			} else {
				_, err := op.callWith(t, op.successStatus, "")
				require.NoError(t, err)
			}

			for _, status := range []int{200, 201, 202, 203, 204, 205, 206, 207, 226, 299} {
				if status != op.successStatus {
					op.assertInvalid(t, status, valid, "the status of a success is")
				}
			}
			for _, status := range []int{300, 301, 302, 304, 307} {
				requests, err := op.callWith(t, status, valid)
				var apiError *Error
				require.ErrorAs(t, err, &apiError)
				assert.False(t, apiError.FromAPI())
				assert.Equal(t, 1, requests)
			}
			for _, body := range []string{"", "<html>planted</html>", `{"message":"planted"}`, `{"error":{"code":"NOT_FOUND","message":"planted"}}`} {
				requests, err := op.callWith(t, 404, body)
				require.Error(t, err)
				assert.Equal(t, 1, requests)
				assert.Equal(t, strings.Contains(body, "NOT_FOUND"), IsNotFound(err), body)
			}
			if op.response == nil {
				return
			}
			for body, reason := range map[string]string{
				"": "the body is not JSON", "<html>planted</html>": "the body is not JSON", "null": "the body is not an object",
				"[]": "the body is not an object", `"planted"`: "the body is not an object", "7": "the body is not an object",
				"{}": " is missing", `{"message":"planted"}`: " is missing", valid[:len(valid)-1]: "the body is not JSON",
				valid + `"planted"`: "the body is more than one JSON value", `{"data":` + valid + `}`: " is missing",
			} {
				op.assertInvalid(t, op.successStatus, body, reason)
			}
			object := op.validBody(true)
			for _, mutation := range op.mutations(object, op.response, "") {
				mutation.apply()
				text, err := json.Marshal(object)
				mutation.revert()
				require.NoError(t, err)
				op.assertInvalid(t, op.successStatus, string(text), mutation.reason)
			}
		})
	}
}
