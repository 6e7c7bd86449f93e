// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// TestList verifies that a list is read to its last page, which has no token, an empty
// one or null.
func TestList(t *testing.T) {
	t.Parallel()
	const path = "/v1/projects?org_id=org_1&page_size=100"
	for name, last := range map[string]string{"absent": ``, "empty": `,"next_page_token":""`, "null": `,"next_page_token":null`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, _ := play(t,
				roundTrip{method: "GET", path: path, status: 200, response: `{"projects":[` + project("prj_1") + `,` + project("prj_2") + `],"total":3,"next_page_token":"a b"}`},
				roundTrip{method: "GET", path: "/v1/projects?org_id=org_1&page_size=100&page_token=a+b", status: 200, response: `{"projects":[],"total":3,"next_page_token":"c"}`},
				roundTrip{method: "GET", path: "/v1/projects?org_id=org_1&page_size=100&page_token=c", status: 200, response: `{"projects":[` + project("prj_3") + `],"total":3` + last + `}`},
			)
			var ids []string
			for project, err := range c.Projects().List(t.Context(), "org_1") {
				require.NoError(t, err)
				ids = append(ids, project.ID)
			}
			assert.Equal(t, []string{"prj_1", "prj_2", "prj_3"}, ids)
		})
	}
}

// TestListIsLazy verifies that only the needed pages are fetched.
func TestListIsLazy(t *testing.T) {
	t.Parallel()
	c, _ := play(t, roundTrip{
		method: "GET", path: "/v1/projects?org_id=org_1&page_size=100", status: 200, response: `{"projects":[` + project("prj_1") + `],"total":3,"next_page_token":"more"}`,
	})
	for project, err := range c.Projects().List(t.Context(), "org_1") {
		require.NoError(t, err)
		assert.Equal(t, "prj_1", project.ID)
		break
	}
}

// TestListError verifies that a list ends with the first error.
func TestListError(t *testing.T) {
	t.Parallel()
	c, _ := play(t,
		roundTrip{method: "GET", path: "/v1/projects?org_id=org_1&page_size=100", status: 200, response: `{"projects":[` + project("prj_1") + `],"total":3,"next_page_token":"more"}`},
		roundTrip{method: "GET", path: "/v1/projects?org_id=org_1&page_size=100&page_token=more", status: 403, response: problem(403, "FORBIDDEN", "no")},
	)
	var items int
	var failures []error
	for _, err := range c.Projects().List(t.Context(), "org_1") {
		if err != nil {
			failures = append(failures, err)
			continue
		}
		items++
	}
	assert.Equal(t, 1, items)
	require.Len(t, failures, 1)
	assert.True(t, client.IsError(failures[0], client.CodeForbidden))
}

// TestRepeatedPageToken verifies that a list with a cycle ends with an error.
func TestRepeatedPageToken(t *testing.T) {
	t.Parallel()
	c, _ := play(t,
		roundTrip{method: "GET", path: "/v1/projects?org_id=org_1&page_size=100", status: 200, response: `{"projects":[],"total":3,"next_page_token":"same"}`},
		roundTrip{method: "GET", path: "/v1/projects?org_id=org_1&page_size=100&page_token=same", status: 200, response: `{"projects":[],"total":3,"next_page_token":"same"}`},
	)
	for _, err := range c.Projects().List(t.Context(), "org_1") {
		require.ErrorContains(t, err, "the same page token twice")
	}
}

// newReplicaList returns an API with a list of replicas. page returns the IDs and the
// next token of the n-th fetched page, which was requested with the token.
func newReplicaList(page func(n int, token string) (ids []string, next string)) *fakeAPI {
	var mutex sync.Mutex
	n := 0
	return &fakeAPI{handle: func(r *http.Request) *http.Response {
		mutex.Lock()
		defer mutex.Unlock()
		ids, next := page(n, r.URL.Query().Get("page_token"))
		n++
		items := []json.RawMessage{}
		for _, id := range ids {
			items = append(items, json.RawMessage(replica(id, "one")))
		}
		return respond(http.StatusOK, map[string]any{"replicas": items, "next_page_token": next})
	}}
}

// pageOfIDs returns the IDs of the n-th page.
func pageOfIDs(n, size int) []string {
	ids := make([]string, size)
	for i := range ids {
		ids[i] = fmt.Sprintf("rep_%d", n*size+i)
	}
	return ids
}

// TestEndlessLists verifies that a list ends with an error if it seems to have no end, in
// List and in the snapshot that lookups share.
func TestEndlessLists(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		page     func(n int, token string) ([]string, string)
		reason   string
		requests int
	}{
		"constant token":          {func(n int, _ string) ([]string, string) { return pageOfIDs(n, 2), "same" }, "the same page token twice", 2},
		"alternating tokens":      {func(n int, _ string) ([]string, string) { return pageOfIDs(n, 2), strconv.Itoa(n % 2) }, "the same page token twice", 3},
		"cycle":                   {func(n int, _ string) ([]string, string) { return pageOfIDs(n, 2), strconv.Itoa(n % 50) }, "the same page token twice", 51},
		"empty pages":             {func(n int, _ string) ([]string, string) { return nil, strconv.Itoa(n) }, "3 consecutive pages had no new items", 3},
		"repeated page":           {func(n int, _ string) ([]string, string) { return pageOfIDs(0, 2), strconv.Itoa(n) }, "3 consecutive pages had no new items", 4},
		"two repeated pages":      {func(n int, _ string) ([]string, string) { return pageOfIDs(n%2, 2), strconv.Itoa(n) }, "3 consecutive pages had no new items", 5},
		"new items on every page": {func(n int, _ string) ([]string, string) { return pageOfIDs(n, 1), strconv.Itoa(n) }, "more than 1000 pages", 1000},
		"new items on some pages": {func(n int, _ string) ([]string, string) {
			if n%3 == 0 {
				return pageOfIDs(n, 1), strconv.Itoa(n)
			}
			return nil, strconv.Itoa(n)
		}, "more than 1000 pages", 1000},
		"long pages": {func(n int, _ string) ([]string, string) {
			return []string{fmt.Sprintf("%d%s", n, strings.Repeat("x", 300<<10))}, strconv.Itoa(n)
		}, "more than 2 MiB", 7},
		"long tokens": {func(n int, _ string) ([]string, string) {
			return pageOfIDs(n, 1), strconv.Itoa(n) + strings.Repeat("x", 300<<10)
		}, "more than 2 MiB", 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for name, read := range map[string]func(c *client.Client) error{
				"list": func(c *client.Client) error {
					for _, err := range c.Replicas().List(t.Context(), "db_1") {
						if err != nil {
							return err
						}
					}
					return nil
				},
				"lookup": func(c *client.Client) error {
					_, err := c.Replicas().Get(t.Context(), "db_1", "rep_none")
					return err
				},
			} {
				api := newReplicaList(test.page)
				err := read(api.client(t, client.WithMaxListSize(2<<20)))
				var invalid *client.InvalidResponseError
				require.ErrorAs(t, err, &invalid, name)
				assert.Contains(t, invalid.Reason, test.reason)
				assert.Contains(t, err.Error(), "GET /v1/databases/db_1/replicas: ")
				assert.False(t, client.IsNotFound(err), "%v", err)
				assert.Equal(t, test.requests, api.takeCount(), name)
			}
		})
	}
}

// TestLargeLists verifies that 10,000 objects can be listed, also in pages of the API's
// default size.
func TestLargeLists(t *testing.T) {
	t.Parallel()
	for _, size := range []int{100, 20} {
		api := newReplicaList(func(n int, _ string) ([]string, string) {
			if n+1 == 10000/size {
				return pageOfIDs(n, size), ""
			}
			return pageOfIDs(n, size), strconv.Itoa(n)
		})
		c := api.client(t)
		items := 0
		for _, err := range c.Replicas().List(t.Context(), "db_1") {
			require.NoError(t, err)
			items++
		}
		assert.Equal(t, 10000, items)
		assert.Equal(t, 10000/size, api.takeCount())
	}
}

// TestListLimit verifies that a limited list returns the items of the allowed pages.
func TestListLimit(t *testing.T) {
	t.Parallel()
	for limit, requests := range map[int]int{1: 1, 3: 3, 7: 7, 10: 10, 11: 10} {
		api := newReplicaList(func(n int, _ string) ([]string, string) {
			if n == 9 {
				return pageOfIDs(n, 100), ""
			}
			return pageOfIDs(n, 100), strconv.Itoa(n)
		})
		var last error
		items := 0
		for _, err := range api.client(t).Replicas().List(client.WithListLimit(t.Context(), limit), "db_1") {
			if last = err; err == nil {
				items++
			}
		}
		assert.Equal(t, requests, api.takeCount())
		assert.Equal(t, requests*100, items)
		assert.Equal(t, limit < 10, errors.Is(last, client.ErrListLimit), "%v", last)
	}
}

// TestMissingItems verifies that a page without items is not an empty page.
func TestMissingItems(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"replicas":null}`, `{"replicas":{}}`, `{"items":[]}`, `[]`, `null`} {
		api := &fakeAPI{handle: func(*http.Request) *http.Response { return respond(http.StatusOK, json.RawMessage(body)) }}
		_, err := api.client(t, client.WithMaxRetries(0)).Replicas().Get(t.Context(), "db_1", "rep_1")
		var invalid *client.InvalidResponseError
		require.ErrorAs(t, err, &invalid, body)
		assert.False(t, client.IsNotFound(err), body)
		assert.Equal(t, 1, api.takeCount())
	}
}
