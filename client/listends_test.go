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
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// endless is an API whose list of replicas has no end: page n is what a function
// says, and token is the one that was asked for.
func endless(page func(n int, token string) (ids []string, next string)) *fake {
	var mutex sync.Mutex
	n := 0
	return &fake{answer: func(r *http.Request) *http.Response {
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

func each(n, of int) []string {
	ids := make([]string, of)
	for i := range ids {
		ids[i] = fmt.Sprintf("rep_%d", n*of+i)
	}
	return ids
}

// TestListsEnd, whatever an API makes of its pages, in a list and in the walk
// that reads of single objects share.
func TestListsEnd(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		page     func(n int, token string) ([]string, string)
		reason   string
		requests int
	}{
		"the same token":           {func(n int, _ string) ([]string, string) { return each(n, 2), "same" }, "the same next page twice", 2},
		"tokens that alternate":    {func(n int, _ string) ([]string, string) { return each(n, 2), strconv.Itoa(n % 2) }, "the same next page twice", 3},
		"a circle":                 {func(n int, _ string) ([]string, string) { return each(n, 2), strconv.Itoa(n % 50) }, "the same next page twice", 51},
		"empty pages that count":   {func(n int, _ string) ([]string, string) { return nil, strconv.Itoa(n) }, "3 pages with nothing new", 3},
		"one page that counts":     {func(n int, _ string) ([]string, string) { return each(0, 2), strconv.Itoa(n) }, "3 pages with nothing new", 4},
		"one of two pages":         {func(n int, _ string) ([]string, string) { return each(n%2, 2), strconv.Itoa(n) }, "3 pages with nothing new", 5},
		"something new every time": {func(n int, _ string) ([]string, string) { return each(n, 1), strconv.Itoa(n) }, "more than 1000 pages", 1000},
		"something new now and then": {func(n int, _ string) ([]string, string) {
			if n%3 == 0 {
				return each(n, 1), strconv.Itoa(n)
			}
			return nil, strconv.Itoa(n)
		}, "more than 1000 pages", 1000},
		"long pages": {func(n int, _ string) ([]string, string) {
			return []string{fmt.Sprintf("%d%s", n, strings.Repeat("x", 300<<10))}, strconv.Itoa(n)
		}, "more than 2 MiB", 7},
		"long tokens": {func(n int, _ string) ([]string, string) {
			return each(n, 1), strconv.Itoa(n) + strings.Repeat("x", 300<<10)
		}, "more than 2 MiB", 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for kind, read := range map[string]func(c *client.Client) error{
				"list": func(c *client.Client) error {
					for _, err := range c.Replicas().List(t.Context(), "db_1") {
						if err != nil {
							return err
						}
					}
					return nil
				},
				"walk": func(c *client.Client) error {
					_, err := c.Replicas().Get(t.Context(), "db_1", "rep_none")
					return err
				},
			} {
				api := endless(test.page)
				err := read(api.client(t, client.WithMaxListSize(2<<20)))
				var invalid *client.InvalidResponseError
				require.ErrorAs(t, err, &invalid, kind)
				assert.Contains(t, invalid.Reason, test.reason)
				assert.Contains(t, err.Error(), "GET /v1/databases/db_1/replicas: ")
				assert.False(t, client.IsNotFound(err), "that the list has no end is no answer about the object")
				assert.Equal(t, test.requests, api.count(), kind)
			}
		})
	}
}

// TestAListWithoutAnEndIsWalkedOnce for all who look for something on it, also
// when they come one after the other. What is on its pages is found.
func TestAListWithoutAnEndIsWalkedOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := endless(func(n int, _ string) ([]string, string) { return each(n, 1), strconv.Itoa(n) })
		c := api.client(t)
		for i := range 20 {
			_, err := c.Replicas().Get(t.Context(), "db_1", fmt.Sprintf("rep_none%d", i))
			require.ErrorContains(t, err, "the list does not end")
			assert.False(t, client.IsNotFound(err))
		}
		for _, i := range []int{0, 500, 999} {
			found, err := c.Replicas().Get(t.Context(), "db_1", fmt.Sprintf("rep_%d", i))
			require.NoError(t, err)
			assert.Equal(t, fmt.Sprintf("rep_%d", i), found.ID)
		}
		assert.Equal(t, 1000, api.count())
		time.Sleep(time.Minute)
		_, err := c.Replicas().Get(t.Context(), "db_1", "rep_none0")
		require.Error(t, err)
		assert.Equal(t, 1000, api.count(), "later it is tried again")
	})
}

// TestLargeListsAreRead: 10,000 objects, also in pages of the API's default size.
func TestLargeListsAreRead(t *testing.T) {
	t.Parallel()
	for _, size := range []int{100, 20} {
		api := endless(func(n int, _ string) ([]string, string) {
			if n+1 == 10000/size {
				return each(n, size), ""
			}
			return each(n, size), strconv.Itoa(n)
		})
		c := api.client(t)
		read := 0
		for _, err := range c.Replicas().List(t.Context(), "db_1") {
			require.NoError(t, err)
			read++
		}
		assert.Equal(t, 10000, read)
		assert.Equal(t, 10000/size, api.count())
	}
}

// TestListLimit: a search that is of little use takes few requests.
func TestListLimit(t *testing.T) {
	t.Parallel()
	for limit, requests := range map[int]int{1: 1, 3: 3, 7: 7, 10: 10, 11: 10} {
		api := endless(func(n int, _ string) ([]string, string) {
			if n == 9 {
				return each(n, 100), ""
			}
			return each(n, 100), strconv.Itoa(n)
		})
		var last error
		read := 0
		for _, err := range api.client(t).Replicas().List(client.WithListLimit(t.Context(), limit), "db_1") {
			if last = err; err == nil {
				read++
			}
		}
		assert.Equal(t, requests, api.count())
		assert.Equal(t, requests*100, read, "what was read is of use all the same")
		assert.Equal(t, limit < 10, errors.Is(last, client.ErrListLimit), "%v", last)
	}
}

// cacheRules is an API that has cache rules, and counts the pages of their list.
func cacheRules(n int) *fake {
	return &fake{answer: func(r *http.Request) *http.Response {
		hash := func(i int) string { return fmt.Sprintf("%016x", i) }
		if r.Method == http.MethodPut {
			id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
			return respond(http.StatusOK, map[string]any{"entry": client.Whole[client.CacheRule](map[string]any{"query_hash": id})})
		}
		start, _ := strconv.Atoi(r.URL.Query().Get("page_token"))
		items := []any{}
		for i := start; i < min(start+100, n); i++ {
			items = append(items, client.Whole[client.CacheRule](map[string]any{"query_hash": hash(i)}))
		}
		body := map[string]any{"entries": items}
		if start+100 < n {
			body["next_page_token"] = strconv.Itoa(start + 100)
		}
		return respond(http.StatusOK, body)
	}}
}

// TestManyItemsAreReadAndWritten: a write of one item makes the readers of that
// item begin anew, and no others.
func TestManyItemsAreReadAndWritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 250
		api := cacheRules(n)
		c := api.client(t)
		for i := range n {
			hash := fmt.Sprintf("%016x", i)
			_, err := c.CacheRules().Get(t.Context(), "prj_1", "db_1", hash)
			require.NoError(t, err)
			_, err = c.CacheRules().Update(t.Context(), "prj_1", "db_1", hash, client.UpdateCacheRuleRequest{})
			require.NoError(t, err)
		}
		assert.Equal(t, n+3, api.count(), "the writes, and the pages of the list once")

		_, err := c.CacheRules().Get(t.Context(), "prj_1", "db_1", fmt.Sprintf("%016x", 0))
		require.NoError(t, err)
		assert.Equal(t, 1, api.count(), "its own write is behind what was read")
		_, err = c.CacheRules().Update(t.Context(), "prj_1", "db_1", fmt.Sprintf("%016x", 5), client.UpdateCacheRuleRequest{})
		require.NoError(t, err)
		_, err = c.CacheRules().Get(t.Context(), "prj_1", "db_1", fmt.Sprintf("%016x", 6))
		require.NoError(t, err)
		assert.Equal(t, 1, api.count(), "the write of another one is of no importance")
		_, err = c.CacheRules().Get(t.Context(), "prj_1", "db_1", fmt.Sprintf("%016x", 5))
		require.NoError(t, err)
		assert.Equal(t, 1, api.count(), "also a write of what was not read before")
	})
}

// TestAnActionOnAnItemEndsSharing: unlike a PUT, it may do more than set that item.
func TestAnActionOnAnItemEndsSharing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		domain := func(id string) any {
			return client.Whole[client.CustomDomain](map[string]any{"id": id, "project_id": "prj_1"})
		}
		api := &fake{answer: func(r *http.Request) *http.Response {
			if r.Method == http.MethodPost {
				return respond(http.StatusOK, map[string]any{"verified": true})
			}
			return respond(http.StatusOK, map[string]any{"domains": []any{domain("dom_1"), domain("dom_2"), domain("dom_3")}})
		}}
		c := api.client(t)
		_, err := c.CustomDomains().Get(t.Context(), "prj_1", "dom_1")
		require.NoError(t, err)
		_, err = c.CustomDomains().Get(t.Context(), "prj_1", "dom_2")
		require.NoError(t, err)
		assert.Equal(t, 1, api.count())
		_, err = c.CustomDomains().Verify(t.Context(), "prj_1", "dom_1")
		require.NoError(t, err)
		_, err = c.CustomDomains().Get(t.Context(), "prj_1", "dom_3")
		require.NoError(t, err)
		assert.Equal(t, 2, api.count(), "the action, and the list once more")
	})
}

// TestAPageThatIsMissing is none that is empty.
func TestAPageThatIsMissing(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{}`, `{"replicas":null}`, `{"replicas":{}}`, `{"items":[]}`, `[]`, `null`} {
		api := &fake{answer: func(*http.Request) *http.Response { return respond(http.StatusOK, json.RawMessage(body)) }}
		_, err := api.client(t, client.WithMaxRetries(0)).Replicas().Get(t.Context(), "db_1", "rep_1")
		var invalid *client.InvalidResponseError
		require.ErrorAs(t, err, &invalid, body)
		assert.False(t, client.IsNotFound(err), body)
		assert.Equal(t, 1, api.count())
	}
}
