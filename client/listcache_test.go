// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
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
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// replicaAPI is an API with replicas. The port of each replica in a response is the
// number of pages that were served before.
type replicaAPI struct {
	fakeAPI
	mutex sync.Mutex
	ids   []string
	pages int
	// page is called with the number of each page before it is served. It may return a
	// response to send instead. It may be nil.
	page func(number int) *http.Response
}

func newReplicas(n int) *replicaAPI {
	api := &replicaAPI{}
	for i := range n {
		api.ids = append(api.ids, fmt.Sprintf("rep_%04d", i))
	}
	api.handle = api.serve
	return api
}

func (a *replicaAPI) serve(r *http.Request) *http.Response {
	if r.Method == http.MethodDelete {
		a.mutex.Lock()
		defer a.mutex.Unlock()
		deleted := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		for i, id := range a.ids {
			if id == deleted {
				a.ids = append(a.ids[:i:i], a.ids[i+1:]...)
			}
		}
		return respond(http.StatusNoContent, nil)
	}
	start, _ := strconv.Atoi(r.URL.Query().Get("page_token"))
	if a.page != nil {
		if response := a.page(start / 100); response != nil {
			return response
		}
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	items := []client.Replica{}
	for _, id := range a.ids[start:min(start+100, len(a.ids))] {
		items = append(items, client.Replica{ID: id, DatabaseID: strings.Split(r.URL.Path, "/")[3], Port: a.pages, SSLMode: "require"})
	}
	a.pages++
	body := map[string]any{"replicas": items}
	if start+100 < len(a.ids) {
		body["next_page_token"] = strconv.Itoa(start + 100)
	}
	return respond(http.StatusOK, body)
}

// TestLookup verifies that Get searches all pages if the API can only list the objects.
func TestLookup(t *testing.T) {
	t.Parallel()
	const path = "/v1/databases/db_1/replicas?page_size=100"
	first := roundTrip{method: "GET", path: path, status: 200, response: `{"replicas":[` + replica("rep_1", "one") + `],"next_page_token":"2"}`}
	second := roundTrip{method: "GET", path: path + "&page_token=2", status: 200, response: `{"replicas":[` + replica("rep_2", "two") + `]}`}
	c, _ := play(t, first, second)
	found, err := c.Replicas().Get(t.Context(), "db_1", "rep_2")
	require.NoError(t, err)
	assert.Equal(t, "two", found.Host)

	c, _ = play(t, first, second)
	_, err = c.Replicas().Get(t.Context(), "db_1", "rep_3")
	assert.True(t, client.IsNotFound(err), "%v", err)
}

// TestLookupsShareSnapshot verifies that lookups, concurrent or not, fetch each page of
// the list only once.
func TestLookupsShareSnapshot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReplicas(500)
		c := api.client(t)
		var lookups sync.WaitGroup
		for _, id := range api.ids[:250] {
			lookups.Go(func() {
				replica, err := c.Replicas().Get(t.Context(), "db_1", id)
				checkError(t, err)
				assert.Equal(t, id, replica.ID)
			})
		}
		lookups.Wait()
		assert.Equal(t, 3, api.takeCount(), "the pages with the objects")
		for _, id := range api.ids[250:] {
			replica, err := c.Replicas().Get(t.Context(), "db_1", id)
			require.NoError(t, err)
			assert.Equal(t, id, replica.ID)
		}
		_, err := c.Replicas().Get(t.Context(), "db_1", "rep_none")
		require.True(t, client.IsNotFound(err), "%v", err)
		require.ErrorContains(t, err, "/v1/databases/db_1/replicas/rep_none")
		assert.Equal(t, 2, api.takeCount(), "the remaining pages")

		_, err = c.Replicas().Get(t.Context(), "db_2", api.ids[0])
		require.NoError(t, err)
		assert.Equal(t, 1, api.takeCount(), "another list")
	})
}

// TestRepeatedLookup verifies that the second lookup of an object returns its current
// state.
func TestRepeatedLookup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReplicas(3)
		c := api.client(t)
		for round := range 3 {
			for _, id := range api.ids {
				replica, err := c.Replicas().Get(t.Context(), "db_1", id)
				require.NoError(t, err)
				assert.Equal(t, round, replica.Port)
			}
			_, err := c.Replicas().Get(t.Context(), "db_1", "rep_none")
			require.True(t, client.IsNotFound(err))
		}
		assert.Equal(t, 3, api.takeCount())
	})
}

// TestSnapshotExpiry verifies the TTL and the maximum age of a snapshot.
func TestSnapshotExpiry(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReplicas(3)
		c := api.client(t)
		for i, delay := range []time.Duration{0, 9 * time.Second, 2 * time.Second} {
			time.Sleep(delay)
			_, err := c.Replicas().Get(t.Context(), "db_1", api.ids[i])
			require.NoError(t, err)
		}
		assert.Equal(t, 2, api.takeCount())

		// A snapshot whose pages are fetched slowly is shared for a minute.
		api = newReplicas(1000)
		c = api.client(t)
		for i := range 9 {
			_, err := c.Replicas().Get(t.Context(), "db_1", api.ids[i*100+50])
			require.NoError(t, err)
			time.Sleep(9 * time.Second)
		}
		assert.Equal(t, 7+8+1, api.takeCount(), "seven pages within the minute, then eight pages again, and one more")
	})
}

// TestWriteInvalidatesSnapshot verifies that a lookup after a write sees its effect, even
// if a page of the old snapshot is still being fetched.
func TestWriteInvalidatesSnapshot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReplicas(200)
		c := api.client(t)
		second := make(chan struct{})
		api.page = func(number int) *http.Response {
			if number == 1 {
				<-second
			}
			return nil
		}
		var pending sync.WaitGroup
		pending.Go(func() {
			_, err := c.Replicas().Get(t.Context(), "db_1", "rep_0150")
			assert.NoError(t, err)
		})
		synctest.Wait() // the first page is fetched, and the second one is pending
		require.Equal(t, 1, api.pages)
		require.NoError(t, c.Replicas().Delete(t.Context(), "db_1", "rep_0010"))
		_, err := c.Replicas().Get(t.Context(), "db_1", "rep_0009")
		require.NoError(t, err)
		assert.Equal(t, 2, api.pages, "the first page is fetched again")
		close(second)
		pending.Wait()
		_, err = c.Replicas().Get(t.Context(), "db_1", "rep_0010")
		require.True(t, client.IsNotFound(err), "%v", err)

		api.takeCount()
		_, err = c.Replicas().Get(t.Context(), "db_1", "rep_0011")
		require.NoError(t, err)
		assert.Zero(t, api.takeCount())
		require.NoError(t, c.Projects().Delete(t.Context(), "prj_1"))
		api.takeCount()
		_, err = c.Replicas().Get(t.Context(), "db_1", "rep_0012")
		require.NoError(t, err)
		assert.Equal(t, 1, api.takeCount(), "the databases of the project and their replicas may be deleted too")
	})
}

// TestSnapshotDuringWrite verifies that a snapshot taken during a write is not used
// afterwards, since it may lack the effect of the write.
func TestSnapshotDuringWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReplicas(3)
		c := api.client(t)
		received, proceed := make(chan struct{}), make(chan struct{})
		api.handle = func(r *http.Request) *http.Response {
			if r.Method == http.MethodDelete {
				close(received)
				<-proceed
			}
			return api.serve(r)
		}
		var writer sync.WaitGroup
		writer.Go(func() { assert.NoError(t, c.Replicas().Delete(t.Context(), "db_1", "rep_0001")) })
		<-received
		_, err := c.Replicas().Get(t.Context(), "db_1", "rep_0000")
		require.NoError(t, err)
		close(proceed)
		writer.Wait()
		_, err = c.Replicas().Get(t.Context(), "db_1", "rep_0001")
		require.True(t, client.IsNotFound(err), "%v", err)
	})
}

// TestCanceledLookup verifies that a canceled lookup does not fail the others.
func TestCanceledLookup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReplicas(3)
		c := api.client(t)
		proceed := make(chan struct{})
		api.page = func(int) *http.Response { <-proceed; return nil }
		canceledCtx, cancel := context.WithCancelCause(t.Context())
		canceled := errors.New("canceled")
		var lookups sync.WaitGroup
		lookups.Go(func() {
			_, err := c.Replicas().Get(canceledCtx, "db_1", "rep_0000")
			assert.ErrorIs(t, err, canceled)
		})
		synctest.Wait()
		for _, id := range api.ids {
			lookups.Go(func() {
				_, err := c.Replicas().Get(t.Context(), "db_1", id)
				assert.NoError(t, err)
			})
		}
		lookups.Go(func() { // waits for its turn
			_, err := c.Replicas().Get(canceledCtx, "db_1", "rep_0002")
			assert.ErrorIs(t, err, canceled)
		})
		synctest.Wait()
		cancel(canceled)
		synctest.Wait()
		close(proceed)
		lookups.Wait()
		assert.Equal(t, 2, api.takeCount(), "the canceled request, and one for the other lookups")
	})
}

// TestSharedError verifies that pending lookups share an error, and later ones do not,
// unless the list itself does not exist.
func TestSharedError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReplicas(150)
		c := api.client(t, client.WithMaxRetries(0))
		proceed := make(chan struct{})
		api.page = func(number int) *http.Response {
			if number == 0 {
				return nil
			}
			<-proceed
			return respond(http.StatusServiceUnavailable, nil)
		}
		var lookups sync.WaitGroup
		for _, id := range api.ids[100:] {
			lookups.Go(func() {
				_, err := c.Replicas().Get(t.Context(), "db_1", id)
				assert.True(t, client.IsStatus(err, http.StatusServiceUnavailable), "%v", err)
			})
		}
		synctest.Wait()
		close(proceed)
		lookups.Wait()
		assert.Equal(t, 2, api.takeCount())
		api.page = nil
		_, err := c.Replicas().Get(t.Context(), "db_1", "rep_0149")
		require.NoError(t, err)
		assert.Equal(t, 2, api.takeCount())

		// No replica exists if the database does not.
		api.page = func(int) *http.Response {
			return respond(http.StatusNotFound, json.RawMessage(problem(404, "NOT_FOUND", "no such database")))
		}
		for _, id := range api.ids {
			_, err := c.Replicas().Get(t.Context(), "db_2", id)
			require.True(t, client.IsNotFound(err), "%v", err)
		}
		assert.Equal(t, 1, api.takeCount())
	})
}

// TestReadAfterWrite verifies that each of several goroutines sees its own creates and
// deletes, while all of them look up a shared object.
func TestReadAfterWrite(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	c, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
	require.NoError(t, err)
	ctx := t.Context()
	created, err := c.Projects().Create(ctx, client.CreateProjectRequest{
		Name: "shared", OrgID: local.OrgID,
		Database: client.CreateDatabaseRequest{Host: "db.example.com", Port: 5432, Name: "shop", Username: "pgbeam", Password: "hunter2"},
	})
	require.NoError(t, err)
	project, database := created.Project.ID, created.Database.ID
	shared, err := c.Replicas().Create(ctx, database, client.CreateReplicaRequest{Host: "shared.example.com", Port: 5432})
	require.NoError(t, err)

	var work sync.WaitGroup
	for worker := range 8 {
		work.Go(func() {
			for round := range 12 {
				name := fmt.Sprintf("w%d-%d.example.com", worker, round)
				replica, err := c.Replicas().Create(ctx, database, client.CreateReplicaRequest{Host: name, Port: 5432})
				checkError(t, err)
				domain, err := c.CustomDomains().Create(ctx, project, name)
				checkError(t, err)
				read, err := c.Replicas().Get(ctx, database, replica.ID)
				checkError(t, err)
				assert.Equal(t, name, read.Host, "created by this goroutine")
				_, err = c.CustomDomains().Get(ctx, project, domain.ID)
				checkError(t, err)

				checkError(t, c.Replicas().Delete(ctx, database, replica.ID))
				_, err = c.Replicas().Get(ctx, database, replica.ID)
				assert.True(t, client.IsNotFound(err), "deleted by this goroutine: %v", err)
				checkError(t, c.CustomDomains().Delete(ctx, project, domain.ID))
				_, err = c.CustomDomains().Get(ctx, project, domain.ID)
				assert.True(t, client.IsNotFound(err), "%v", err)
				_, err = c.Replicas().Get(ctx, database, shared.ID)
				checkError(t, err)
			}
		})
	}
	work.Wait()
}

// TestLookupsInEndlessList verifies that lookups share the error of an endless list, and
// find the objects on the pages before its limit.
func TestLookupsInEndlessList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReplicaList(func(n int, _ string) ([]string, string) { return pageOfIDs(n, 1), strconv.Itoa(n) })
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
		assert.Equal(t, 1000, api.takeCount())
		time.Sleep(time.Minute)
		_, err := c.Replicas().Get(t.Context(), "db_1", "rep_none0")
		require.Error(t, err)
		assert.Equal(t, 1000, api.takeCount(), "the list is fetched again after the TTL")
	})
}

// newCacheRules returns an API with n cache rules.
func newCacheRules(n int) *fakeAPI {
	return &fakeAPI{handle: func(r *http.Request) *http.Response {
		hash := func(i int) string { return fmt.Sprintf("%016x", i) }
		if r.Method == http.MethodPut {
			id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
			return respond(http.StatusOK, map[string]any{"entry": client.MinimalBody[client.CacheRule](map[string]any{"query_hash": id})})
		}
		start, _ := strconv.Atoi(r.URL.Query().Get("page_token"))
		items := []any{}
		for i := start; i < min(start+100, n); i++ {
			items = append(items, client.MinimalBody[client.CacheRule](map[string]any{"query_hash": hash(i)}))
		}
		body := map[string]any{"entries": items}
		if start+100 < n {
			body["next_page_token"] = strconv.Itoa(start + 100)
		}
		return respond(http.StatusOK, body)
	}}
}

// TestUpdatesShareSnapshot verifies that an update of an item invalidates the snapshot
// for lookups of that item only.
func TestUpdatesShareSnapshot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const n = 250
		api := newCacheRules(n)
		c := api.client(t)
		for i := range n {
			hash := fmt.Sprintf("%016x", i)
			_, err := c.CacheRules().Get(t.Context(), "prj_1", "db_1", hash)
			require.NoError(t, err)
			_, err = c.CacheRules().Update(t.Context(), "prj_1", "db_1", hash, client.UpdateCacheRuleRequest{})
			require.NoError(t, err)
		}
		assert.Equal(t, n+3, api.takeCount(), "the updates, and each page of the list once")

		_, err := c.CacheRules().Get(t.Context(), "prj_1", "db_1", fmt.Sprintf("%016x", 0))
		require.NoError(t, err)
		assert.Equal(t, 1, api.takeCount(), "the item was updated after the snapshot")
		_, err = c.CacheRules().Update(t.Context(), "prj_1", "db_1", fmt.Sprintf("%016x", 5), client.UpdateCacheRuleRequest{})
		require.NoError(t, err)
		_, err = c.CacheRules().Get(t.Context(), "prj_1", "db_1", fmt.Sprintf("%016x", 6))
		require.NoError(t, err)
		assert.Equal(t, 1, api.takeCount(), "another item was updated")
		_, err = c.CacheRules().Get(t.Context(), "prj_1", "db_1", fmt.Sprintf("%016x", 5))
		require.NoError(t, err)
		assert.Equal(t, 1, api.takeCount(), "the item was updated before its first lookup")
	})
}

// TestActionInvalidatesSnapshot verifies that an action on an item invalidates the
// snapshot: unlike a PUT, it may affect other items.
func TestActionInvalidatesSnapshot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		domain := func(id string) any {
			return client.MinimalBody[client.CustomDomain](map[string]any{"id": id, "project_id": "prj_1"})
		}
		api := &fakeAPI{handle: func(r *http.Request) *http.Response {
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
		assert.Equal(t, 1, api.takeCount())
		_, err = c.CustomDomains().Verify(t.Context(), "prj_1", "dom_1")
		require.NoError(t, err)
		_, err = c.CustomDomains().Get(t.Context(), "prj_1", "dom_3")
		require.NoError(t, err)
		assert.Equal(t, 2, api.takeCount(), "the action, and the list again")
	})
}

// TestIdempotentCreateInvalidatesSnapshot verifies that a lookup finds an object after an
// idempotent create.
func TestIdempotentCreateInvalidatesSnapshot(t *testing.T) {
	t.Parallel()
	const list = "/v1/databases/db_1/replicas?page_size=100"
	c, _ := play(t,
		roundTrip{method: "GET", path: list, status: 200, response: `{"replicas":[` + replica("rep_1", "one") + `]}`},
		roundTrip{
			method: "POST", path: "/v1/databases/db_1/replicas", body: `{"host":"two","port":1}`, status: 201, response: replica("rep_2", "two"),
		},
		roundTrip{method: "GET", path: list, status: 200, response: `{"replicas":[` + replica("rep_1", "one") + `,` + replica("rep_2", "two") + `]}`},
	)
	_, err := c.Replicas().Get(t.Context(), "db_1", "rep_1")
	require.NoError(t, err)
	ctx := client.WithIdempotency(t.Context(), client.Idempotency{
		Attempt: func(context.Context, client.AttemptRequest) (client.Attempt, error) {
			return client.Attempt{Key: "replica two", Used: true}, nil
		},
		Accept: func(context.Context, client.Result) (bool, error) { return true, nil },
	})
	_, err = c.Replicas().Create(ctx, "db_1", client.CreateReplicaRequest{Host: "two", Port: 1})
	require.NoError(t, err)
	found, err := c.Replicas().Get(t.Context(), "db_1", "rep_2")
	require.NoError(t, err)
	assert.Equal(t, "two", found.Host)
}
