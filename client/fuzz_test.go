// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// canned is a transport that returns the same response to every request.
type canned struct {
	status int
	header http.Header
	body   string
}

func (c canned) RoundTrip(req *http.Request) (*http.Response, error) {
	header := c.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{StatusCode: c.status, Header: header, Body: io.NopCloser(strings.NewReader(c.body)), Request: req}, nil
}

const testAPIKey = "pbo_planted_transport"

// cannedClient returns a client of a canned transport, without retries.
func cannedClient(t *testing.T, c canned) *Client {
	client, err := New(testAPIKey, WithHTTPClient(&http.Client{Transport: c}), WithMaxRetries(0))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// FuzzResponse verifies that every body of a success is decoded or rejected as an
// invalid response, and that no error quotes it.
func FuzzResponse(f *testing.F) {
	for _, body := range []string{
		MinimalJSON[CreateProjectResponse](nil), MinimalJSON[AgentCredentialSecrets](nil), MinimalJSON[projectPage](nil),
		`{"project":{"id":"prj_1","name":"shop","tags":["a"],"allowed_cidrs":[{"cidr":"10.0.0.0/8"}]},"database":{"id":"db_1","port":5432}}`,
		`{"credential":{"id":"agt_1","expires_at":null},"connection_string":"postgres://u:p@h/d","mcp_token":"t"}`,
		`{"projects":[{"id":"prj_1"}],"next_page_token":""}`, `{"project":null}`, `[]`, `null`, ``, `{"project":{"id":1}}`, `{"project":{"id":"prj_`,
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		c := cannedClient(t, canned{status: http.StatusCreated, body: body})
		listing := cannedClient(t, canned{status: http.StatusOK, body: body})
		_, errCreate := c.Projects().Create(t.Context(), CreateProjectRequest{})
		_, errAgent := c.AgentCredentials().Create(t.Context(), "prj_1", CreateAgentCredentialRequest{})
		var errList error
		for _, err := range listing.Projects().List(t.Context(), "org_1") {
			errList = err // ends the list
		}
		for _, err := range []error{errCreate, errAgent, errList} {
			var invalid *InvalidResponseError
			switch {
			case err == nil:
			case !errors.As(err, &invalid):
				t.Errorf("unexpected error %v", err)
			case len(body) > 20 && strings.Contains(err.Error(), body):
				t.Errorf("the error quotes the body: %v", err)
			}
		}
	})
}

// FuzzError verifies that every error response becomes an error with its status, and
// that the error does not contain the API key.
func FuzzError(f *testing.F) {
	f.Add(400, `{"type":"about:blank","title":"Bad","status":400,"code":"INVALID_INPUT","errors":[{"field":"name","detail":"is long"}]}`, "req_1")
	f.Add(409, `{"error":{"code":"CONFLICT","message":"no"}}`, "")
	f.Add(500, `<html>`, "req_2")
	f.Add(403, `{"detail":"`+testAPIKey+`","errors":null}`, testAPIKey)
	f.Add(404, `{"errors":"none"}`, "x")
	f.Fuzz(func(t *testing.T, status int, body, requestID string) {
		if status < 300 || status > 599 {
			return
		}
		c := cannedClient(t, canned{status: status, body: body, header: http.Header{"X-Request-Id": {requestID}}})
		_, err := c.Projects().Get(t.Context(), "prj_1")
		if !IsStatus(err, status) {
			t.Fatalf("%v does not have status %d", err, status)
		}
		if strings.Contains(err.Error(), testAPIKey) {
			t.Errorf("the error contains the API key: %v", err)
		}
	})
}

// FuzzRetryAfter verifies that no Retry-After header results in a negative delay, and
// that a date results in the time until then.
func FuzzRetryAfter(f *testing.F) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, header := range []string{"0", "1", " 120 ", "-1", "1.5", "9223372036854775807", "Fri, 02 Jan 2026 03:05:05 GMT", "Fri, 02 Jan 1970 03:05:05 GMT", "", "soon"} {
		f.Add(header)
	}
	f.Fuzz(func(t *testing.T, header string) {
		delay, ok := parseRetryAfter(header, now)
		switch {
		case delay < 0:
			t.Errorf("%q is a delay of %s", header, delay)
		case !ok && delay != 0:
			t.Errorf("%q is invalid and a delay of %s", header, delay)
		}
		if date, err := http.ParseTime(strings.TrimSpace(header)); err == nil && ok && date.After(now) && delay != date.Sub(now) {
			t.Errorf("%q is a delay of %s", header, delay)
		}
	})
}
