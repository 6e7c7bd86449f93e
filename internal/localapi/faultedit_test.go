// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// addFault adds a fault in the syntax of the command line.
func (a *testAPI) addFault(line string, args ...any) {
	a.t.Helper()
	fault, err := ParseFault(fmt.Sprintf(line, args...))
	require.NoError(a.t, err)
	a.AddFault(fault)
}

// lastRequest returns the last recorded request.
func (a *testAPI) lastRequest() Request {
	requests := a.Requests()
	return requests[len(requests)-1]
}

// TestFaultResponseInsteadOfOperation simulates the responses of a proxy, another server or a broken API.
func TestFaultResponseInsteadOfOperation(t *testing.T) {
	for name, test := range map[string]struct {
		settings, mediaType, body string
		status                    int
	}{
		"a page":              {`status=404 body="<h1>Not Found</h1>"`, "text/html", "<h1>Not Found</h1>", 404},
		"JSON without a code": {`status=404 body={"message": "no \"such\" page"}`, "application/json", `{"message": "no \"such\" page"}`, 404},
		"an empty object":     {`status=200 body={}`, "application/json", "{}", 200},
		"null":                {`status=200 body=null`, "application/json", "null", 200},
		"a list":              {`status=200 body=[1, 2]`, "application/json", "[1, 2]", 200},
		"maintenance":         {`status=200 body={"message":"maintenance"} content-type=text/plain`, "text/plain", `{"message":"maintenance"}`, 200},
		"a string":            {`status=200 body="{down} for maintenance"`, "text/html", "{down} for maintenance", 200},
		"no content":          {`status=204`, "", "", 204},
		"not modified":        {`status=304`, "", "", 304},
		"accepted":            {`status=202`, "", "", 202},
		"nothing":             {`status=200 empty`, "", "", 200},
		"nothing, not found":  {`status=404 empty`, "", "", 404},
		"an res to a create":  {`status=201 body={"id":"prj_other"}`, "application/json", `{"id":"prj_other"}`, 201},
		"a redirect":          {`status=302`, "", "", 302},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, Options{})
			project, _ := a.createProject("shop")
			policy := a.create(project+"/policies", fields{"name": "p"})
			a.addFault("* * %s", test.settings)
			a.ResetRequests()
			for _, request := range []struct {
				method, path string
				body         any
			}{
				{http.MethodGet, project, nil},
				{http.MethodPost, project + "/policies", fields{"name": "another"}},
				{http.MethodPatch, project, fields{"name": "changed"}},
				{http.MethodPut, policy, fields{"name": "changed"}},
				{http.MethodDelete, policy, nil},
				{http.MethodGet, "/v1/v1/anything", nil},
			} {
				res, err := a.raw(request.method, request.path, request.body)
				require.NoError(t, err)
				assert.Equal(t, test.status, res.status)
				assert.Equal(t, test.mediaType, res.header.Get("Content-Type"))
				assert.Equal(t, test.body, string(res.raw))
				assert.True(t, a.lastRequest().Fault)
			}
			assert.Len(t, a.Requests(), 6)
			assert.Zero(t, a.Ran("*", ""), "no operation ran")
			a.ClearFaults()
			assert.Equal(t, "shop", a.do(http.MethodGet, project, nil).stringField("name"))
			assert.Equal(t, "p", a.do(http.MethodGet, policy, nil).stringField("name"))
			assert.Len(t, a.Objects("policies"), 1)
			assert.Equal(t, 2, a.Ran(http.MethodGet, ""))
		})
	}
}

// raw is like do, for responses that do not conform to their media type.
func (a *testAPI) raw(method, path string, body any) (*apiResponse, error) {
	var content io.Reader = http.NoBody
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = strings.NewReader(string(data))
	}
	request, err := http.NewRequestWithContext(a.t.Context(), method, a.URL+path, content)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+a.APIKey)
	request.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: a.client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	return &apiResponse{t: a.t, status: res.StatusCode, header: res.Header, raw: raw}, err
}

func TestFaultResponseAfterOperation(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	for _, settings := range []string{"body={}", "body=null", "empty", "status=204 after", "status=202 after", "status=404 after empty"} {
		name := "after " + strings.ReplaceAll(settings, "=", " ")
		a.addFault("PATCH * %s times=1", settings)
		res, err := a.raw(http.MethodPatch, project, fields{"name": name})
		require.NoError(t, err)
		assert.NotContains(t, string(res.raw), name)
		assert.True(t, a.lastRequest().Fault)
		assert.True(t, a.lastRequest().Ran)
		assert.Equal(t, name, a.do(http.MethodGet, project, nil).stringField("name"))
	}
	a.addFault("DELETE * status=404 after times=1")
	a.do(http.MethodDelete, project, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	assert.Equal(t, 1, a.Ran(http.MethodDelete, "/v1/projects/*"))
	assert.Empty(t, a.Objects("projects"))
}

func TestRanCountsSuccessfulOperations(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	a.ResetRequests()
	a.do(http.MethodGet, "/v1/v1/projects", nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodPatch, project, fields{"name": ""}).requireStatus(http.StatusBadRequest)
	a.do(http.MethodPatch, "/v1/projects/prj_none", fields{"name": "x"}).requireStatus(http.StatusNotFound)
	assert.Zero(t, a.Ran("*", ""))
	for range 2 {
		a.do(http.MethodPost, project+"/policies", fields{"name": "p"}, keyHeader, "k").requireStatus(http.StatusCreated)
	}
	assert.Equal(t, 2, a.Count(http.MethodPost, "/v1/projects/*/policies"))
	assert.Equal(t, 1, a.Ran(http.MethodPost, "/v1/projects/*/policies"))
	a.ResetRequests() // the contract does not have /v1/v1
}

func TestFaultEditsResponse(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	policy := a.createPolicy(project, "p")

	// The secrets are removed from the response, but not from the one that is stored under the key.
	a.addFault("POST /v1/projects/*/agents without=mcp_token,connection_string set=credential.id:%q times=1", "agt_other")
	body := fields{"name": "bot", "policy_profile_id": policy}
	created := a.do(http.MethodPost, project+"/agents", body, keyHeader, "k").requireStatus(http.StatusCreated)
	assert.NotContains(t, created.body, "mcp_token")
	assert.NotContains(t, created.body, "connection_string")
	assert.Equal(t, "agt_other", created.objectField("credential")["id"])
	assert.Equal(t, "bot", created.objectField("credential")["name"])
	assert.True(t, a.lastRequest().Fault)
	assert.True(t, a.lastRequest().Ran)
	again := a.do(http.MethodPost, project+"/agents", body, keyHeader, "k").requireStatus(http.StatusCreated)
	assert.NotEmpty(t, again.stringField("mcp_token"))
	assert.False(t, a.lastRequest().Fault)

	a.create(project+"/policies", fields{"name": "q"})
	list := func(settings string) *apiResponse {
		a.ClearFaults()
		a.addFault("GET /v1/projects/*/policies %s", settings)
		return a.do(http.MethodGet, project+"/policies", nil).requireStatus(http.StatusOK)
	}
	assert.NotContains(t, list("without=policies").body, "policies")
	assert.Nil(t, list("set=policies:null").body["policies"])
	for i, item := range list(`without=policies.*.id set=policies.0.name:"changed" set=policies.*.max_rows:9007199254740993`).listField("policies") {
		assert.NotContains(t, item, "id")
		assert.Equal(t, map[int]string{0: "changed", 1: "q"}[i], item["name"])
	}
	assert.Contains(t, string(a.lastRequest().ResponseBody), "9007199254740993", "large numbers keep their digits")
	assert.Equal(t, []any{nil, nil}, list("without=policies.*").body["policies"])

	// Missing fields are neither added nor removed.
	a.ClearFaults()
	a.addFault(`GET * without=mcp_token,name.x,tags.5 set=nothing:1`)
	plain := a.do(http.MethodGet, project, nil).requireStatus(http.StatusOK)
	assert.NotContains(t, plain.body, "nothing")
	assert.False(t, a.lastRequest().Fault)

	// Errors are edited as well, both those of a fault and those of the operation.
	a.ClearFaults()
	a.addFault("GET /v1/projects/prj_none without=code times=1")
	a.addFault("GET /v1/projects/* status=404 without=code times=1")
	for _, path := range []string{"/v1/projects/prj_none", project} {
		missing := a.do(http.MethodGet, path, nil).requireStatus(http.StatusNotFound)
		assert.NotContains(t, missing.body, "code")
		assert.Contains(t, missing.body, "title")
		assert.True(t, a.lastRequest().Fault)
	}
}

func TestEndlessLists(t *testing.T) {
	for kind, tokens := range map[string][]string{
		TokensSame:      {"page-a", "page-a", "page-a", "page-a"},
		TokensAlternate: {"page-a", "page-b", "page-a", "page-b"},
		TokensCount:     {"page-1", "page-2", "page-3", "page-4"},
		TokensGrow:      {"page-1", "page-2", "page-3", "page-4"},
	} {
		t.Run(kind, func(t *testing.T) {
			a := start(t, Options{})
			project, _ := a.createProject("shop")
			a.createPolicy(project, "p")
			a.addFault("GET * tokens=%s", kind)
			a.do(http.MethodGet, project+"/honeytokens/hnt_none", nil).requireStatus(http.StatusNotFound)
			assert.False(t, a.lastRequest().Fault, "errors have no page token")
			query, ids := "", map[any]bool{}
			for _, token := range tokens {
				page := a.do(http.MethodGet, project+"/policies"+query, nil).requireStatus(http.StatusOK)
				require.Len(t, page.listField("policies"), 1)
				ids[page.listField("policies")[0]["id"]] = true
				assert.Equal(t, token, page.stringField("next_page_token"))
				assert.Empty(t, page.header.Get("Link"))
				assert.True(t, a.lastRequest().Fault)
				query = "?page_token=" + token
			}
			assert.Equal(t, kind == TokensGrow, len(ids) == len(tokens))
			// The record contains the query of the client.
			assert.Equal(t, tokens[2], a.lastRequest().Query.Get("page_token"))
		})
	}
}

func TestEndlessListOfCacheRules(t *testing.T) {
	a := start(t, Options{QueryShapes: []string{"SELECT 1"}})
	project, database := a.createProject("shop")
	a.addFault("GET * tokens=grow")
	path := project + "/databases/" + database + "/cache-rules"
	first := a.do(http.MethodGet, path, nil).listField("entries")[0]["query_hash"]
	second := a.do(http.MethodGet, path+"?page_token=page-1", nil).listField("entries")[0]["query_hash"]
	assert.NotEqual(t, first, second)
	assert.Regexp(t, "^[0-9a-f]{16}$", second)
}

// TestSwitchingProtocols keeps the connection open until the client closes it or the server is closed.
func TestSwitchingProtocols(t *testing.T) {
	for _, by := range []string{"client", "server"} {
		t.Run(by, func(t *testing.T) {
			a := start(t, Options{})
			project, _ := a.createProject("shop")
			a.addFault("GET * status=101")
			connection, err := net.Dial("tcp", strings.TrimPrefix(a.URL, "http://"))
			require.NoError(t, err)
			defer func() { _ = connection.Close() }()
			_, err = io.WriteString(connection, "GET "+project+" HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer "+a.APIKey+"\r\n\r\n")
			require.NoError(t, err)
			reader := bufio.NewReader(connection)
			status, err := reader.ReadString('\n')
			require.NoError(t, err)
			assert.Equal(t, "HTTP/1.1 101 Switching Protocols\r\n", status)
			for line := status; line != "\r\n"; {
				line, err = reader.ReadString('\n')
				require.NoError(t, err)
			}
			assert.Equal(t, 101, a.lastRequest().Status)
			assert.False(t, a.lastRequest().Ran)
			// The connection is no longer HTTP, so another request gets no response.
			_, err = io.WriteString(connection, "GET /v1/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
			require.NoError(t, err)
			if by == "client" {
				require.NoError(t, connection.(*net.TCPConn).CloseWrite())
			} else {
				require.NoError(t, a.Close())
			}
			rest, _ := io.ReadAll(reader) // ends with the connection, in whatever way
			assert.Empty(t, rest)
			assert.Len(t, a.Requests(), 2)
		})
	}
	t.Run("without a connection", func(t *testing.T) {
		s, err := New(Options{})
		require.NoError(t, err)
		s.AddFault(Fault{Status: 101})
		assert.PanicsWithValue(t, http.ErrAbortHandler, func() {
			s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/v1/health", nil))
		})
	})
}

// TestFaultSettings checks that the command line and the admin endpoint accept the same settings.
func TestFaultSettings(t *testing.T) {
	a := start(t, Options{})
	example := map[string]string{
		"status": "503", "code": "X", "detail": "d", "retry-after": "1", "after": "", "content-type": "text/plain", "empty": "",
		"without": "a,b.*.c", "set": `id:{"x": [1, "y z"]}`, "tokens": "count", "latency": "1ms", "drop": "after", "legacy": "", "skip": "1", "times": "2",
	}
	for _, setting := range FaultSettings() {
		value, given := example[setting.Name]
		if setting.Name == "body" {
			value, given = `{"a": "b c"}`, true
		}
		require.True(t, given, setting.Name)
		assert.NotEmpty(t, setting.Meaning)
		line := "GET /v1/plans " + setting.Name
		if value != "" {
			line += "=" + value
		}
		assert.Equal(t, value == "", setting.Value == "", setting.Name)
		parsed, err := ParseFault(line)
		require.NoError(t, err, line)
		assert.NotEqual(t, Fault{Method: "GET", Path: "/v1/plans"}, parsed, line)

		// The admin endpoint accepts the form that it returns.
		a.AddFault(parsed)
		reported := a.admin(http.MethodGet, "faults", nil).listField("faults")
		require.Len(t, reported, 1)
		assert.Len(t, reported[0], 3, line)
		a.ClearFaults()
		a.admin(http.MethodPost, "faults", reported[0]).requireStatus(http.StatusNoContent)
		assert.Equal(t, reported, a.admin(http.MethodGet, "faults", nil).listField("faults"), line)
		a.ClearFaults()
	}
	for _, line := range []string{
		"GET * set=id", "GET * set=id:", "GET * set=id:agt_other", "GET * set=:1", "GET * without=", "GET * without=a,,b", "GET * without=a..b",
		"GET * tokens=forever", "GET * status=100", "GET * status=204 body={}", "GET * empty body=x", "GET * empty=perhaps", `GET * body={"a": 1`,
	} {
		_, err := ParseFault(line)
		require.Error(t, err, line)
	}
	a.admin(http.MethodPost, "faults", fields{"tokens": "forever"}).requireStatus(http.StatusBadRequest)
	a.admin(http.MethodPost, "faults", fields{"without": []string{""}}).requireStatus(http.StatusBadRequest)
}
