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

// replicas is an API that has replicas of databases. Every one is on the list
// with the number of pages that were served before as its port.
type replicas struct {
	fake
	mutex sync.Mutex
	ids   []string
	pages int
	// page, if it is set, is called with the number of each page before it is served.
	page func(number int) *http.Response
}

func newReplicas(n int) *replicas {
	api := &replicas{}
	for i := range n {
		api.ids = append(api.ids, fmt.Sprintf("rep_%04d", i))
	}
	api.answer = api.serve
	return api
}

func (a *replicas) serve(r *http.Request) *http.Response {
	if r.Method == http.MethodDelete {
		a.mutex.Lock()
		defer a.mutex.Unlock()
		gone := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		for i, id := range a.ids {
			if id == gone {
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

// TestReadsShareAList: reads that come together or follow each other take no
// more requests than the list has pages.
func TestReadsShareAList(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReplicas(500)
		c := api.client(t)
		var readers sync.WaitGroup
		for _, id := range api.ids[:250] {
			readers.Go(func() {
				replica, err := c.Replicas().Get(t.Context(), "db_1", id)
				report(t, err)
				assert.Equal(t, id, replica.ID)
			})
		}
		readers.Wait()
		assert.Equal(t, 3, api.count(), "the pages that they are on")
		for _, id := range api.ids[250:] {
			replica, err := c.Replicas().Get(t.Context(), "db_1", id)
			require.NoError(t, err)
			assert.Equal(t, id, replica.ID)
		}
		_, err := c.Replicas().Get(t.Context(), "db_1", "rep_none")
		require.True(t, client.IsNotFound(err), "%v", err)
		require.ErrorContains(t, err, "/v1/databases/db_1/replicas/rep_none")
		assert.Equal(t, 2, api.count(), "the pages that were not read yet")

		_, err = c.Replicas().Get(t.Context(), "db_2", api.ids[0])
		require.NoError(t, err)
		assert.Equal(t, 1, api.count(), "another list")
	})
}

// TestASecondReadIsANewOne: who reads the same object again wants to know what
// has become of it.
func TestASecondReadIsANewOne(t *testing.T) {
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
		assert.Equal(t, 3, api.count())
	})
}

// TestAListIsSharedForSeconds: and is not kept for longer.
func TestAListIsSharedForSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReplicas(3)
		c := api.client(t)
		for i, wait := range []time.Duration{0, 9 * time.Second, 2 * time.Second} {
			time.Sleep(wait)
			_, err := c.Replicas().Get(t.Context(), "db_1", api.ids[i])
			require.NoError(t, err)
		}
		assert.Equal(t, 2, api.count())

		// A walk that goes on slowly serves nobody who comes after a minute.
		api = newReplicas(1000)
		c = api.client(t)
		for i := range 9 {
			_, err := c.Replicas().Get(t.Context(), "db_1", api.ids[i*100+50])
			require.NoError(t, err)
			time.Sleep(9 * time.Second)
		}
		assert.Equal(t, 7+8+1, api.count(), "seven pages within the minute, then the first eight, and another")
	})
}

// TestAWriteEndsSharing: whoever comes after a write sees what it did, also when
// the walk over the list was under way.
func TestAWriteEndsSharing(t *testing.T) {
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
		var early sync.WaitGroup
		early.Go(func() {
			_, err := c.Replicas().Get(t.Context(), "db_1", "rep_0150")
			assert.NoError(t, err)
		})
		synctest.Wait() // the first page is there, and the second on its way
		require.Equal(t, 1, api.pages)
		require.NoError(t, c.Replicas().Delete(t.Context(), "db_1", "rep_0010"))
		_, err := c.Replicas().Get(t.Context(), "db_1", "rep_0009")
		require.NoError(t, err)
		assert.Equal(t, 2, api.pages, "the first page is read again")
		close(second)
		early.Wait()
		_, err = c.Replicas().Get(t.Context(), "db_1", "rep_0010")
		require.True(t, client.IsNotFound(err), "%v", err)

		api.count()
		_, err = c.Replicas().Get(t.Context(), "db_1", "rep_0011")
		require.NoError(t, err)
		assert.Zero(t, api.count())
		require.NoError(t, c.Projects().Delete(t.Context(), "prj_1"))
		api.count()
		_, err = c.Replicas().Get(t.Context(), "db_1", "rep_0012")
		require.NoError(t, err)
		assert.Equal(t, 1, api.count(), "the project's databases, and their replicas, may have gone with it")
	})
}

// TestAWalkBegunDuringAWrite is of no use after it: it may have missed it.
func TestAWalkBegunDuringAWrite(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReplicas(3)
		c := api.client(t)
		reached, goOn := make(chan struct{}), make(chan struct{})
		api.answer = func(r *http.Request) *http.Response {
			if r.Method == http.MethodDelete {
				close(reached)
				<-goOn
			}
			return api.serve(r)
		}
		var writer sync.WaitGroup
		writer.Go(func() { assert.NoError(t, c.Replicas().Delete(t.Context(), "db_1", "rep_0001")) })
		<-reached
		_, err := c.Replicas().Get(t.Context(), "db_1", "rep_0000")
		require.NoError(t, err)
		close(goOn)
		writer.Wait()
		_, err = c.Replicas().Get(t.Context(), "db_1", "rep_0001")
		require.True(t, client.IsNotFound(err), "%v", err)
	})
}

// TestAReaderThatGivesUp does not take the others with it.
func TestAReaderThatGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReplicas(3)
		c := api.client(t)
		goOn := make(chan struct{})
		api.page = func(int) *http.Response { <-goOn; return nil }
		impatient, giveUp := context.WithCancelCause(t.Context())
		enough := errors.New("enough")
		var readers sync.WaitGroup
		readers.Go(func() {
			_, err := c.Replicas().Get(impatient, "db_1", "rep_0000")
			assert.ErrorIs(t, err, enough)
		})
		synctest.Wait()
		for _, id := range api.ids {
			readers.Go(func() {
				_, err := c.Replicas().Get(t.Context(), "db_1", id)
				assert.NoError(t, err)
			})
		}
		readers.Go(func() { // waits for the others
			_, err := c.Replicas().Get(impatient, "db_1", "rep_0002")
			assert.ErrorIs(t, err, enough)
		})
		synctest.Wait()
		giveUp(enough)
		synctest.Wait()
		close(goOn)
		readers.Wait()
		assert.Equal(t, 2, api.count(), "that which was given up, and one for all the others")
	})
}

// TestAFailureIsThatOfAllWhoWait: and of nobody who comes later.
func TestAFailureIsThatOfAllWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReplicas(150)
		c := api.client(t, client.WithMaxRetries(0))
		goOn := make(chan struct{})
		api.page = func(number int) *http.Response {
			if number == 0 {
				return nil
			}
			<-goOn
			return respond(http.StatusServiceUnavailable, nil)
		}
		var readers sync.WaitGroup
		for _, id := range api.ids[100:] {
			readers.Go(func() {
				_, err := c.Replicas().Get(t.Context(), "db_1", id)
				assert.True(t, client.IsStatus(err, http.StatusServiceUnavailable), "%v", err)
			})
		}
		synctest.Wait()
		close(goOn)
		readers.Wait()
		assert.Equal(t, 2, api.count())
		api.page = nil
		_, err := c.Replicas().Get(t.Context(), "db_1", "rep_0149")
		require.NoError(t, err)
		assert.Equal(t, 2, api.count())

		// That the database is gone is an answer, which tells of all of its replicas.
		api.page = func(int) *http.Response {
			return respond(http.StatusNotFound, json.RawMessage(problem(404, "NOT_FOUND", "no such database")))
		}
		for _, id := range api.ids {
			_, err := c.Replicas().Get(t.Context(), "db_2", id)
			require.True(t, client.IsNotFound(err), "%v", err)
		}
		assert.Equal(t, 1, api.count())
	})
}

// report fails a test from a goroutine of it.
func report(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

// TestReadersSeeTheirOwnWrites has goroutines create, read, change and delete
// what is on a few lists, side by side, while others read what stays on them.
func TestReadersSeeTheirOwnWrites(t *testing.T) {
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
	stays, err := c.Replicas().Create(ctx, database, client.CreateReplicaRequest{Host: "stays.example.com", Port: 5432})
	require.NoError(t, err)

	var work sync.WaitGroup
	for worker := range 8 {
		work.Go(func() {
			for round := range 12 {
				name := fmt.Sprintf("w%d-%d.example.com", worker, round)
				replica, err := c.Replicas().Create(ctx, database, client.CreateReplicaRequest{Host: name, Port: 5432})
				report(t, err)
				domain, err := c.CustomDomains().Create(ctx, project, name)
				report(t, err)
				read, err := c.Replicas().Get(ctx, database, replica.ID)
				report(t, err)
				assert.Equal(t, name, read.Host, "created by this goroutine")
				_, err = c.CustomDomains().Get(ctx, project, domain.ID)
				report(t, err)

				report(t, c.Replicas().Delete(ctx, database, replica.ID))
				_, err = c.Replicas().Get(ctx, database, replica.ID)
				assert.True(t, client.IsNotFound(err), "deleted by this goroutine: %v", err)
				report(t, c.CustomDomains().Delete(ctx, project, domain.ID))
				_, err = c.CustomDomains().Get(ctx, project, domain.ID)
				assert.True(t, client.IsNotFound(err), "%v", err)
				_, err = c.Replicas().Get(ctx, database, stays.ID)
				report(t, err)
			}
		})
	}
	work.Wait()
}
