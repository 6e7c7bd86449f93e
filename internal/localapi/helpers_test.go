// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fields is a JSON object.
type fields = map[string]any

// testAPI is a local API subtest test, with a client that knows nothing but HTTP.
type testAPI struct {
	*Local
	t      *testing.T
	client *http.Client
}

// start serves the API. At the end of the test it compares every response with the contract.
func start(t *testing.T, options Options) *testAPI {
	t.Helper()
	a := &testAPI{t: t, client: &http.Client{Transport: &http.Transport{}}}
	a.Local = Start(t, options)
	t.Cleanup(func() {
		a.client.CloseIdleConnections()
		checkResponses(t, a.Server)
	})
	return a
}

type apiResponse struct {
	t      *testing.T
	status int
	header http.Header
	raw    []byte
	body   fields
}

// do sends a request. Names and values of headers alternate in header; an empty value removes a header.
func (a *testAPI) do(method, path string, body any, header ...string) *apiResponse {
	a.t.Helper()
	r, err := a.doErr(method, path, body, header...)
	require.NoError(a.t, err)
	return r
}

func (a *testAPI) doErr(method, path string, body any, header ...string) (*apiResponse, error) {
	a.t.Helper()
	var content io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(body)
	default:
		data, err := json.Marshal(body)
		require.NoError(a.t, err)
		content = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(a.t.Context(), method, a.URL+path, content)
	require.NoError(a.t, err)
	request.Header.Set("Authorization", "Bearer "+a.APIKey)
	if content != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		if header[i+1] == "" {
			request.Header.Del(header[i])
			continue
		}
		request.Header.Set(header[i], header[i+1])
	}
	res, err := a.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	r := &apiResponse{t: a.t, status: res.StatusCode, header: res.Header, raw: raw}
	if method != http.MethodHead && strings.HasSuffix(res.Header.Get("Content-Type"), "json") {
		require.NoError(a.t, json.Unmarshal(raw, &r.body), string(raw))
	}
	return r, nil
}

// requireStatus asserts the status.
func (r *apiResponse) requireStatus(status int) *apiResponse {
	r.t.Helper()
	require.Equal(r.t, status, r.status, string(r.raw))
	return r
}

// requireProblem asserts the status and the code of an error response.
func (r *apiResponse) requireProblem(status int, code string) *apiResponse {
	r.t.Helper()
	r.requireStatus(status)
	assert.Equal(r.t, "application/problem+json", r.header.Get("Content-Type"))
	assert.Equal(r.t, code, r.body["code"], string(r.raw))
	assert.EqualValues(r.t, status, r.body["status"])
	return r
}

// requireInvalid asserts a 400 response with errors for exactly these fields.
func (r *apiResponse) requireInvalid(paths ...string) {
	r.t.Helper()
	r.requireProblem(http.StatusBadRequest, "INVALID_INPUT")
	var named []string
	listed, _ := r.body["errors"].([]any)
	for _, e := range listed {
		entry, _ := e.(fields)
		name, _ := entry["field"].(string)
		named = append(named, name)
		assert.NotEmpty(r.t, entry["detail"])
	}
	assert.ElementsMatch(r.t, paths, named, string(r.raw))
}

func (r *apiResponse) stringField(name string) string {
	r.t.Helper()
	text, ok := r.body[name].(string)
	require.True(r.t, ok, "%s in %s", name, r.raw)
	return text
}

func (r *apiResponse) objectField(name string) fields {
	r.t.Helper()
	object, ok := r.body[name].(fields)
	require.True(r.t, ok, "%s in %s", name, r.raw)
	return object
}

func (r *apiResponse) listField(name string) []fields {
	r.t.Helper()
	items, ok := r.body[name].([]any)
	require.True(r.t, ok, "%s in %s", name, r.raw)
	objects := make([]fields, len(items))
	for i, item := range items {
		objects[i], ok = item.(fields)
		require.True(r.t, ok, "%s in %s", name, r.raw)
	}
	return objects
}

// fakeClock is a clock that a test advances.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newFakeClock() *fakeClock { return &fakeClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func databaseBody() fields {
	return fields{"host": "db.example.com", "port": 5432, "name": "shop", "username": "pgbeam", "password": "s3cret"}
}

func (a *testAPI) projectBody(name string) fields {
	return fields{"name": name, "org_id": a.OrgID, "database": databaseBody()}
}

// createProject creates a project and returns its path and the ID of its primary database.
func (a *testAPI) createProject(name string) (path, databaseID string) {
	a.t.Helper()
	created := a.do(http.MethodPost, "/v1/projects", a.projectBody(name)).requireStatus(http.StatusCreated)
	project, _ := created.objectField("project")["id"].(string)
	databaseID, _ = created.objectField("database")["id"].(string)
	return "/v1/projects/" + project, databaseID
}

// create creates an object and returns its path.
func (a *testAPI) create(path string, body fields) string {
	a.t.Helper()
	created := a.do(http.MethodPost, path, body).requireStatus(http.StatusCreated)
	return path + "/" + created.stringField("id")
}

// createPolicy creates a policy profile and returns its ID.
func (a *testAPI) createPolicy(project, name string) string {
	a.t.Helper()
	return a.do(http.MethodPost, project+"/policies", fields{"name": name}).requireStatus(http.StatusCreated).stringField("id")
}

// createAgent creates a credential and returns its path.
func (a *testAPI) createAgent(project, name, policy string) string {
	a.t.Helper()
	created := a.do(http.MethodPost, project+"/agents", fields{"name": name, "policy_profile_id": policy}).requireStatus(http.StatusCreated)
	id, _ := created.objectField("credential")["id"].(string)
	return project + "/agents/" + id
}

// invalidInput is a change that makes a valid body invalid, and the fields that must be reported.
type invalidInput struct {
	name          string
	changes       fields
	invalidFields []string
}

// requireAllInvalid sends a valid body with each change and asserts that it is rejected.
func (a *testAPI) requireAllInvalid(method, path string, good fields, inputs []invalidInput) {
	a.t.Helper()
	for _, input := range inputs {
		a.t.Run(input.name, func(t *testing.T) {
			body := fields{}
			for name, v := range good {
				body[name] = v
			}
			for name, v := range input.changes {
				if v == absent {
					delete(body, name)
					continue
				}
				body[name] = v
			}
			subtest := *a
			subtest.t = t
			subtest.do(method, path, body).requireInvalid(input.invalidFields...)
		})
	}
}

// absent is the value of a field to remove.
const absent = "\x00absent"

// lastSegment returns the last segment of a path, the ID of an object.
func lastSegment(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }
