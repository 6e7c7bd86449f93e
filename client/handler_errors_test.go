// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// TestErrors verifies the error for each format of an error response.
func TestErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status   int
		header   map[string]string
		body     string
		expected client.Error
		text     string
	}{
		"a problem document": {
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
		"the legacy format": {
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
		"a page of a proxy": {
			403, nil, "<html>planted</html>",
			client.Error{StatusCode: 403},
			"DELETE /v1/projects/prj_1: 403 Forbidden; this does not look like a response of the PgBeam API at BASE",
		},
		"an empty body": {404, nil, "", client.Error{StatusCode: 404}, "DELETE /v1/projects/prj_1: 404 Not Found; this does not look like a response of the PgBeam API at BASE"},
		"a redirect, which is not followed": {
			302,
			map[string]string{"Location": "https://elsewhere.example.com/"},
			"",
			client.Error{StatusCode: 302},
			"DELETE /v1/projects/prj_1: 302 Found; this does not look like a response of the PgBeam API at BASE",
		},
		"JSON of another service, with a code": {
			404, nil, `{"code":"NOT_FOUND","message":"no route"}`,
			client.Error{StatusCode: 404},
			"DELETE /v1/projects/prj_1: 404 Not Found; this does not look like a response of the PgBeam API at BASE",
		},
		"a malformed code": {
			404, nil, `{"type":"t","title":"Gone","status":404,"code":"not found"}`,
			client.Error{StatusCode: 404, Title: "Gone"},
			"DELETE /v1/projects/prj_1: 404 Gone; this does not look like a response of the PgBeam API at BASE",
		},
		"an overlong code": {
			404, nil, `{"error":{"code":"` + strings.Repeat("N", 65) + `"}}`,
			client.Error{StatusCode: 404},
			"DELETE /v1/projects/prj_1: 404 Not Found; this does not look like a response of the PgBeam API at BASE",
		},
		"a different status in the document": {
			404, nil, `{"type":"t","title":"Not found","status":200,"code":"NOT_FOUND"}`,
			client.Error{StatusCode: 404, Title: "Not found"},
			"DELETE /v1/projects/prj_1: 404 Not found; this does not look like a response of the PgBeam API at BASE",
		},
		"not found": {
			404, nil, `{"type":"t","title":"Not found","status":404,"code":"NOT_FOUND"}`,
			client.Error{StatusCode: 404, Code: "NOT_FOUND", Title: "Not found"},
			"DELETE /v1/projects/prj_1: 404 NOT_FOUND: Not found",
		},
		"not found, in the legacy format": {
			404, nil, `{"error":{"code":"NOT_FOUND","message":"no such project"}}`,
			client.Error{StatusCode: 404, Code: "NOT_FOUND", Detail: "no such project"},
			"DELETE /v1/projects/prj_1: 404 NOT_FOUND: no such project",
		},
		"a 404 with another code": {
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
		"members of other types": {
			400, nil, `{"title":"Bad","code":"INVALID_INPUT","errors":"none","error":7}`,
			client.Error{StatusCode: 400, Code: "INVALID_INPUT", Title: "Bad"},
			"DELETE /v1/projects/prj_1: 400 INVALID_INPUT: Bad",
		},
		"removed operation": {
			410, nil, problem(410, "GONE", "the operation is no longer available"),
			client.Error{StatusCode: 410, Code: "GONE", Title: "A title", Detail: "the operation is no longer available", RequestID: "req_body"},
			"DELETE /v1/projects/prj_1: 410 GONE: the operation is no longer available (request ID req_body)",
		},
		"removed operation, as if not found": {
			410, nil, `{"title":"Gone","code":"NOT_FOUND"}`,
			client.Error{StatusCode: 410, Code: "NOT_FOUND", Title: "Gone"},
			"DELETE /v1/projects/prj_1: 410 NOT_FOUND: Gone",
		},
		"the API key in the response": {
			401, nil, problem(401, "UNAUTHORIZED", "no such key: "+testKey),
			client.Error{StatusCode: 401, Code: "UNAUTHORIZED", Title: "A title", Detail: "no such key: [secret]", RequestID: "req_body"},
			"DELETE /v1/projects/prj_1: 401 UNAUTHORIZED: no such key: [secret] (request ID req_body)",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := play(t, roundTrip{method: "DELETE", path: "/v1/projects/prj_1", status: test.status, header: test.header, response: test.body})
			err := c.Projects().Delete(t.Context(), "prj_1")
			var apiError *client.Error
			require.ErrorAs(t, err, &apiError)
			test.expected.BaseURL = c.BaseURL()
			test.expected.Method, test.expected.Path = "DELETE", "/v1/projects/prj_1"
			assert.Equal(t, &test.expected, apiError)
			assert.Equal(t, strings.ReplaceAll(test.text, "BASE", c.BaseURL()), err.Error())
			assert.Equal(t, test.expected.Code != "", apiError.FromAPI())
			assert.Equal(t, test.expected.Code != "" && test.status < 500 && test.status != 410, client.IsClientError(err))
			assert.Equal(t, test.expected.Code == "", client.IsAmbiguous(err))
			assert.True(t, client.IsStatus(err, test.status))
			assert.Equal(t, test.expected.Code == "NOT_FOUND" && test.status == 404, client.IsNotFound(err))
			if test.expected.Code != "" {
				assert.True(t, client.IsError(err, "ANOTHER", test.expected.Code))
			}
			assert.False(t, client.IsError(err, "ANOTHER"))
		})
	}
}

// TestErrorsQuoteNoBody verifies that errors contain neither the request body nor the
// response body.
func TestErrorsQuoteNoBody(t *testing.T) {
	t.Parallel()
	failing := roundTrip{
		method: "POST", path: "/v1/projects/prj_1/databases", status: 503, response: `{"connection_string":"planted-response"}`,
		body: `{"host":"h","port":1,"name":"n","username":"u","password":"planted-password"}`,
	}
	c := newClient(t, startScript(t, failing, failing).url, client.WithMaxRetries(1))
	_, err := c.Databases().Create(t.Context(), "prj_1", client.CreateDatabaseRequest{
		Host: "h", Port: 1, Name: "n", Username: "u", Password: "planted-password",
	})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "planted")
}

// TestMalformedBodies verifies that a success whose body is not JSON is retried, and
// that the error does not quote the body, which may come from a proxy.
func TestMalformedBodies(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"<html>planted-body</html>", "", `{"id":"prj_1","name":"planted-bod`, project("prj_1") + "planted"} {
		broken := roundTrip{method: "GET", path: "/v1/projects/prj_1", status: 200, response: body, header: map[string]string{"X-Request-Id": "req_1"}}
		c := newClient(t, startScript(t, broken, broken).url, client.WithMaxRetries(1))
		_, err := c.Projects().Get(t.Context(), "prj_1")
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "planted")
		assert.Regexp(t, `GET /v1/projects/prj_1: invalid response from http://\S+ \(status 200\): the body is (not|more than one) JSON( value)? \(request ID req_1\), after 2 attempts`, err.Error())
	}
}

// writeHealth writes a valid response with a version of the given length.
func writeHealth(w io.Writer, length int) {
	_, _ = io.WriteString(w, `{"status":"ok","image_sha":"x","version":"`)
	block := strings.Repeat("x", 64<<10)
	for length > 0 {
		n := min(length, len(block))
		if _, err := io.WriteString(w, block[:n]); err != nil {
			return
		}
		length -= n
	}
	_, _ = io.WriteString(w, `"}`)
}

// TestMaxResponseSize verifies the limit of the size of a response, which applies to the
// decompressed body.
func TestMaxResponseSize(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("transfers large responses")
	}
	for name, test := range map[string]struct {
		length     int
		compressed bool
		fails      bool
	}{
		"maximum":               {length: client.MaxResponseBytes - 100},
		"too long":              {length: client.MaxResponseBytes + 1, fails: true},
		"too long decompressed": {length: 4 * client.MaxResponseBytes, compressed: true, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			server := newSilentServer(func(w http.ResponseWriter, _ *http.Request) {
				requests.Add(1)
				if !test.compressed {
					writeHealth(w, test.length)
					return
				}
				w.Header().Set("Content-Encoding", "gzip")
				compressor := gzip.NewWriter(w)
				writeHealth(compressor, test.length)
				_ = compressor.Close()
			})
			server.Start()
			t.Cleanup(server.Close)
			_, err := newClient(t, server.URL).Health(t.Context())
			if !test.fails {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "the body is longer than 16 MiB")
			assert.EqualValues(t, 1, requests.Load(), "the request is not retried")
		})
	}
}

// TestConnectionError verifies the error if nothing listens at the address.
func TestConnectionError(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	c := newClient(t, server.URL, client.WithMaxRetries(2))
	_, err := c.Projects().Get(t.Context(), "prj_1")
	var connection *client.ConnectionError
	require.ErrorAs(t, err, &connection)
	assert.Equal(t, server.URL, connection.BaseURL)
	assert.Contains(t, err.Error(), "GET /v1/projects/prj_1: no response from "+server.URL)
	assert.Contains(t, err.Error(), "after 3 attempts")
}

// TestSwitchingProtocols verifies that status 101 is an error at once: the connection
// no longer speaks HTTP and may have no end.
func TestSwitchingProtocols(t *testing.T) {
	t.Parallel()
	server := startRawServer(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", trickle)
	c := newClient(t, server.url, client.WithRequestTimeout(time.Hour))
	for _, err := range []error{
		c.Projects().Delete(t.Context(), "prj_1"),
		func() error {
			_, err := c.Projects().Update(t.Context(), "prj_1", client.UpdateProjectRequest{})
			return err
		}(),
	} {
		var invalid *client.InvalidResponseError
		require.ErrorAs(t, err, &invalid)
		assert.Equal(t, 101, invalid.StatusCode)
		assert.True(t, client.IsAmbiguous(err))
		<-server.closed
	}
	assert.EqualValues(t, 2, server.requests.Load(), "the request is not retried")
}

// TestIncompleteErrorBody verifies that an incomplete error response is retried: the
// code that would show that it comes from the API may be missing.
func TestIncompleteErrorBody(t *testing.T) {
	t.Parallel()
	complete := problem(404, "NOT_FOUND", "no such project")
	for incomplete, requests := range map[bool]int{true: 3, false: 1} {
		body := complete
		if incomplete {
			body = complete[:len(complete)/2]
		}
		response := fmt.Sprintf("HTTP/1.1 404 Not Found\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(complete), body)
		server := startRawServer(t, response, closeConnection)
		err := newClient(t, server.url, client.WithMaxRetries(2)).Projects().Delete(t.Context(), "prj_1")
		require.Error(t, err)
		var invalid *client.InvalidResponseError
		assert.Equal(t, incomplete, errors.As(err, &invalid), "%v", err)
		assert.Equal(t, !incomplete, client.IsNotFound(err), "%v", err)
		assert.EqualValues(t, requests, server.requests.Load())
	}
}

// TestMalformedHTTP verifies that the API key is redacted from a response that is not
// HTTP, which net/http quotes.
func TestMalformedHTTP(t *testing.T) {
	t.Parallel()
	server := startRawServer(t, testKey+"/pbo%5Ftest%5fkey\r\n\r\n", closeConnection)
	sent := &notices{}
	c := newClient(t, server.url, client.WithMaxRetries(1), sent.option())
	_, err := c.Projects().Get(t.Context(), "prj_1")
	var connection *client.ConnectionError
	require.ErrorAs(t, err, &connection)
	assert.Contains(t, err.Error(), `malformed HTTP response "[secret]/[secret]"`)
	assert.Len(t, sent.messages, 1)
}
