// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// TestErrors: whatever its format, a refusal becomes one error.
func TestErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status   int
		header   map[string]string
		answer   string
		expected client.Error
		text     string
	}{
		"the present format": {
			400,
			map[string]string{"X-Request-Id": "req_header", "Content-Type": "application/problem+json"},
			`{"type":"t","title":"Bad request","status":400,"code":"INVALID_INPUT","detail":"two fields","request_id":"req_body",
			  "errors":[{"field":"masking_rules.1.kind","detail":"is unknown"},{"field":"name","detail":"is too long"}]}`,
			client.Error{
				StatusCode: 400, Code: "INVALID_INPUT", Title: "Bad request", Detail: "two fields", RequestID: "req_body",
				Fields: []client.FieldError{{Field: "masking_rules.1.kind", Detail: "is unknown"}, {Field: "name", Detail: "is too long"}},
			},
			"DELETE /v1/projects/prj_1: 400 INVALID_INPUT: two fields; masking_rules.1.kind: is unknown; name: is too long (request ID req_body)",
		},
		"the former format": {
			409,
			map[string]string{"X-Request-Id": "req_header"},
			`{"error":{"code":"RESOURCE_EXISTS","message":"taken"}}`,
			client.Error{StatusCode: 409, Code: "RESOURCE_EXISTS", Detail: "taken", RequestID: "req_header"},
			"DELETE /v1/projects/prj_1: 409 RESOURCE_EXISTS: taken (request ID req_header)",
		},
		"no detail": {
			403, nil, `{"type":"t","title":"Plan limit","status":403,"code":"PLAN_LIMIT_REACHED"}`,
			client.Error{StatusCode: 403, Code: "PLAN_LIMIT_REACHED", Title: "Plan limit"},
			"DELETE /v1/projects/prj_1: 403 PLAN_LIMIT_REACHED: Plan limit",
		},
		"a page of something in between": {
			403, nil, "<html>planted</html>",
			client.Error{StatusCode: 403},
			"DELETE /v1/projects/prj_1: 403 Forbidden; this does not look like an answer of the PgBeam API at BASE",
		},
		"nothing": {404, nil, "", client.Error{StatusCode: 404}, "DELETE /v1/projects/prj_1: 404 Not Found; this does not look like an answer of the PgBeam API at BASE"},
		"a redirect, which is not followed": {
			302,
			map[string]string{"Location": "https://elsewhere.example.com/"},
			"",
			client.Error{StatusCode: 302},
			"DELETE /v1/projects/prj_1: 302 Found; this does not look like an answer of the PgBeam API at BASE",
		},
		"JSON of something else, with a code": {
			404, nil, `{"code":"NOT_FOUND","message":"no route"}`,
			client.Error{StatusCode: 404},
			"DELETE /v1/projects/prj_1: 404 Not Found; this does not look like an answer of the PgBeam API at BASE",
		},
		"a code that is none": {
			404, nil, `{"type":"t","title":"Gone","status":404,"code":"not found"}`,
			client.Error{StatusCode: 404, Title: "Gone"},
			"DELETE /v1/projects/prj_1: 404 Gone; this does not look like an answer of the PgBeam API at BASE",
		},
		"a code without an end": {
			404, nil, `{"error":{"code":"` + strings.Repeat("N", 65) + `"}}`,
			client.Error{StatusCode: 404},
			"DELETE /v1/projects/prj_1: 404 Not Found; this does not look like an answer of the PgBeam API at BASE",
		},
		"another status in the document": {
			404, nil, `{"type":"t","title":"Not found","status":200,"code":"NOT_FOUND"}`,
			client.Error{StatusCode: 404, Title: "Not found"},
			"DELETE /v1/projects/prj_1: 404 Not found; this does not look like an answer of the PgBeam API at BASE",
		},
		"not found": {
			404, nil, `{"type":"t","title":"Not found","status":404,"code":"NOT_FOUND"}`,
			client.Error{StatusCode: 404, Code: "NOT_FOUND", Title: "Not found"},
			"DELETE /v1/projects/prj_1: 404 NOT_FOUND: Not found",
		},
		"not found, in the former format": {
			404, nil, `{"error":{"code":"NOT_FOUND","message":"no such project"}}`,
			client.Error{StatusCode: 404, Code: "NOT_FOUND", Detail: "no such project"},
			"DELETE /v1/projects/prj_1: 404 NOT_FOUND: no such project",
		},
		"gone for another reason": {
			404, nil, problem(404, "PLAN_NOT_FOUND", "no plan"),
			client.Error{StatusCode: 404, Code: "PLAN_NOT_FOUND", Title: "A title", Detail: "no plan", RequestID: "req_body"},
			"DELETE /v1/projects/prj_1: 404 PLAN_NOT_FOUND: no plan (request ID req_body)",
		},
		"fields of other types": {
			400, nil, `{"type":1,"title":["x"],"status":400,"code":"INVALID_INPUT","detail":{"a":1},"request_id":7,
			  "errors":[{"field":"name","detail":9},{"field":"tags"},7,{"field":null,"detail":"is wrong"}]}`,
			client.Error{StatusCode: 400, Code: "INVALID_INPUT", Fields: []client.FieldError{{Field: "name"}, {Field: "tags"}, {Detail: "is wrong"}}},
			"DELETE /v1/projects/prj_1: 400 INVALID_INPUT; name; tags; is wrong",
		},
		"no list of fields": {
			400, nil, `{"title":"Bad","code":"INVALID_INPUT","errors":"none","error":7}`,
			client.Error{StatusCode: 400, Code: "INVALID_INPUT", Title: "Bad"},
			"DELETE /v1/projects/prj_1: 400 INVALID_INPUT: Bad",
		},
		"the key sent back": {
			401, nil, problem(401, "UNAUTHORIZED", "no such key: "+testKey),
			client.Error{StatusCode: 401, Code: "UNAUTHORIZED", Title: "A title", Detail: "no such key: [secret]", RequestID: "req_body"},
			"DELETE /v1/projects/prj_1: 401 UNAUTHORIZED: no such key: [secret] (request ID req_body)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := play(t, exchange{method: "DELETE", path: "/v1/projects/prj_1", status: test.status, header: test.header, answer: test.answer})
			err := c.Projects().Delete(t.Context(), "prj_1")
			var refused *client.Error
			require.ErrorAs(t, err, &refused)
			test.expected.BaseURL = c.BaseURL()
			test.expected.Method, test.expected.Path = "DELETE", "/v1/projects/prj_1"
			assert.Equal(t, &test.expected, refused)
			assert.Equal(t, strings.ReplaceAll(test.text, "BASE", c.BaseURL()), err.Error())
			assert.Equal(t, test.expected.Code != "", refused.FromAPI())
			assert.Equal(t, test.expected.Code != "" && test.status < 500, client.IsClientError(err), "what the API itself refuses has changed nothing")
			assert.Equal(t, test.expected.Code == "", client.IsAmbiguous(err), "what something else answers says nothing")
			assert.True(t, client.IsStatus(err, test.status))
			assert.Equal(t, test.expected.Code == "NOT_FOUND", client.IsNotFound(err))
			if test.expected.Code != "" {
				assert.True(t, client.IsError(err, "ANOTHER", test.expected.Code))
			}
			assert.False(t, client.IsError(err, "ANOTHER"))
		})
	}
}

// TestBodiesNeverReachAnError: neither what was sent, nor what came back.
func TestBodiesNeverReachAnError(t *testing.T) {
	t.Parallel()
	failing := exchange{
		method: "POST", path: "/v1/projects/prj_1/databases", status: 503, answer: `{"connection_string":"planted-answer"}`,
		body: `{"host":"h","port":1,"name":"n","username":"u","password":"planted-password"}`,
	}
	c, _ := play(t, failing, failing)
	client.WithMaxRetries(1)(c)
	_, err := c.Databases().Create(t.Context(), "prj_1", client.CreateDatabaseRequest{
		Host: "h", Port: 1, Name: "n", Username: "u", Password: "planted-password",
	})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "planted")
}
