// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// minimalAPI returns an API that responds to each request with a minimal object of the
// kind that it asks for.
func minimalAPI() *fakeAPI {
	return &fakeAPI{handle: func(r *http.Request) *http.Response {
		segments := strings.Split(r.URL.Path, "/")
		switch last := segments[len(segments)-1]; {
		case r.Method == http.MethodDelete:
			return respond(http.StatusNoContent, nil)
		case last == "policy-evaluations":
			return respond(http.StatusOK, client.MinimalBody[client.PolicyEvaluation](map[string]any{"notes": []any{"a note"}}))
		case last == "test-connection":
			return respond(http.StatusOK, client.MinimalBody[client.ConnectionTest](nil))
		case last == "verify":
			return respond(http.StatusOK, client.MinimalBody[client.VerifyCustomDomainResponse](nil))
		case last == "spend-limit" || last == "plan":
			return respond(http.StatusOK, client.MinimalBody[client.OrganizationPlan](map[string]any{"org_id": "org_1"}))
		case last == "hnt_1":
			return respond(http.StatusOK, client.MinimalBody[client.Honeytoken](map[string]any{"id": last, "project_id": segments[3]}))
		case last == "regions":
			return respond(http.StatusOK, map[string]any{"regions": []any{client.MinimalBody[client.Region](nil)}})
		case last == "plans":
			return respond(http.StatusOK, map[string]any{"plans": []any{client.MinimalBody[client.Plan](nil)}})
		case last == "organizations":
			return respond(http.StatusOK, map[string]any{"organizations": []any{}})
		case last == "replicas" && r.Method == http.MethodPost:
			return respond(http.StatusCreated, client.MinimalBody[client.Replica](map[string]any{"database_id": segments[3]}))
		case last == "replicas":
			return respond(http.StatusOK, map[string]any{"replicas": []any{}})
		case last == "projects" && r.Method == http.MethodPost:
			return respond(http.StatusCreated, map[string]any{"project": client.MinimalBody[client.Project](map[string]any{"org_id": "org_1"})})
		case last == "projects":
			return respond(http.StatusOK, map[string]any{"total": 0, "projects": []any{}})
		default:
			return respond(http.StatusOK, client.MinimalBody[client.Project](map[string]any{
				"id": last, "tags": []any{"a tag"},
			}))
		}
	}}
}

// TestEqualRequestsShareTheResponse verifies that concurrent and later calls share a
// request, and that each has a result of its own.
func TestEqualRequestsShareTheResponse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := minimalAPI()
		c := api.client(t)
		_, err := c.ListRegions(t.Context()) // from its response on, requests do not wait for the rate limit
		require.NoError(t, err)
		api.takeCount()
		proceed := make(chan struct{})
		respondTo := api.handle
		api.handle = func(r *http.Request) *http.Response {
			<-proceed
			return respondTo(r)
		}
		ctx := client.WithSharedResponses(t.Context())
		var callers sync.WaitGroup
		get := func(ctx context.Context) {
			project, err := c.Projects().Get(ctx, "prj_1")
			checkError(t, err)
			assert.Equal(t, []string{"a tag"}, project.Tags)
			project.Tags[0] = "changed"
		}
		for range 10 {
			callers.Go(func() { get(ctx) })
		}
		synctest.Wait()
		assert.Equal(t, 1, api.takeCount())
		callers.Go(func() { get(t.Context()) })
		synctest.Wait()
		assert.Equal(t, 1, api.takeCount(), "another context does not share")
		close(proceed)
		callers.Wait()
		get(ctx)
		assert.Zero(t, api.takeCount())
		get(t.Context())
		assert.Equal(t, 1, api.takeCount(), "another context does not share")
		_, err = c.Projects().Get(ctx, "prj_2")
		require.NoError(t, err)
		assert.Equal(t, 1, api.takeCount(), "another path")
	})
}

// TestEqualPostsShareTheResponse verifies that a POST that changes nothing is shared with
// those that have the same body.
func TestEqualPostsShareTheResponse(t *testing.T) {
	t.Parallel()
	api := minimalAPI()
	c := api.client(t)
	ctx := client.WithSharedResponses(t.Context())
	evaluate := func(project, sql string) int {
		evaluation, err := c.EvaluatePolicy(ctx, project, client.PolicyEvaluationRequest{SQL: sql, PolicyID: new("pol_1")})
		require.NoError(t, err)
		assert.Equal(t, []string{"a note"}, evaluation.Notes)
		return api.takeCount()
	}
	assert.Equal(t, 1, evaluate("prj_1", "SELECT 1"))
	assert.Equal(t, 0, evaluate("prj_1", "SELECT 1"))
	assert.Equal(t, 1, evaluate("prj_1", "SELECT 2"))
	assert.Equal(t, 1, evaluate("prj_2", "SELECT 1"))
	for range 2 { // without a body
		_, err := c.TestDatabaseConnection(ctx, "prj_1", "db_1")
		require.NoError(t, err)
	}
	assert.Equal(t, 1, api.takeCount())
	assert.Equal(t, 0, evaluate("prj_1", "SELECT 1"), "the connection test was no write")
}

// TestListsShareResponses verifies that lists, and the lookups of objects that the API can
// only list, share each page with one another, and not with other lookups.
func TestListsShareResponses(t *testing.T) {
	t.Parallel()
	api := newReplicas(150)
	c := api.client(t)
	ctx := client.WithSharedResponses(t.Context())
	for round := range 3 {
		n := 0
		for _, err := range c.Replicas().List(ctx, "db_1") {
			require.NoError(t, err)
			n++
		}
		assert.Equal(t, 150, n)
		for _, id := range api.ids {
			found, err := c.Replicas().Get(ctx, "db_1", id)
			require.NoError(t, err)
			assert.Equal(t, id, found.ID)
		}
		_, err := c.Replicas().Get(ctx, "db_1", "rep_none")
		require.True(t, client.IsNotFound(err), "%v", err)
		require.ErrorContains(t, err, "/v1/databases/db_1/replicas/rep_none")
		if round == 0 {
			assert.Equal(t, 2, api.takeCount(), "two pages")
		}
	}
	assert.Zero(t, api.takeCount())
	found, err := c.Replicas().Get(t.Context(), "db_1", api.ids[0])
	require.NoError(t, err)
	assert.Equal(t, 2, found.Port, "another page than the shared one, which was the first")
}

// TestWritesEndTheSharing verifies which responses are shared after a write.
func TestWritesEndTheSharing(t *testing.T) {
	t.Parallel()
	reads := map[string]func(ctx context.Context, c *client.Client) error{
		"project 1": func(ctx context.Context, c *client.Client) error {
			_, err := c.Projects().Get(ctx, "prj_1")
			return err
		},
		"evaluation in project 1": func(ctx context.Context, c *client.Client) error {
			_, err := c.EvaluatePolicy(ctx, "prj_1", client.PolicyEvaluationRequest{SQL: "SELECT 1"})
			return err
		},
		"project 11": func(ctx context.Context, c *client.Client) error {
			_, err := c.Projects().Get(ctx, "prj_11")
			return err
		},
		"evaluation in project 11": func(ctx context.Context, c *client.Client) error {
			_, err := c.EvaluatePolicy(ctx, "prj_11", client.PolicyEvaluationRequest{SQL: "SELECT 1"})
			return err
		},
		"projects": func(ctx context.Context, c *client.Client) error {
			for _, err := range c.Projects().List(ctx, "org_1") {
				return err
			}
			return nil
		},
		"replicas": func(ctx context.Context, c *client.Client) error {
			for _, err := range c.Replicas().List(ctx, "db_1") {
				return err
			}
			return nil
		},
		"organizations": func(ctx context.Context, c *client.Client) error {
			_, err := c.Organizations().List(ctx)
			return err
		},
		"plan": func(ctx context.Context, c *client.Client) error {
			_, err := c.Organizations().Plan(ctx, "org_1")
			return err
		},
		"regions": func(ctx context.Context, c *client.Client) error {
			_, err := c.ListRegions(ctx)
			return err
		},
		"plans": func(ctx context.Context, c *client.Client) error {
			_, err := c.ListPlans(ctx)
			return err
		},
	}
	always := []string{"regions", "plans"}
	inProject11 := append([]string{"project 11", "evaluation in project 11"}, always...)
	inProject1 := append([]string{"project 1", "evaluation in project 1"}, always...)
	for name, write := range map[string]struct {
		call   func(ctx context.Context, c *client.Client) error
		shared []string
	}{
		"PATCH": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Projects().Update(ctx, "prj_1", client.UpdateProjectRequest{})
			return err
		}, inProject11},
		"PUT in another project": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Honeytokens().Update(ctx, "prj_11", "hnt_1", client.HoneytokenInput{})
			return err
		}, inProject1},
		"DELETE": {func(ctx context.Context, c *client.Client) error {
			return c.Honeytokens().Delete(ctx, "prj_1", "hnt_1")
		}, inProject11},
		"DELETE of a project": {func(ctx context.Context, c *client.Client) error { return c.Projects().Delete(ctx, "prj_1") }, inProject11},
		"POST of an action": {func(ctx context.Context, c *client.Client) error {
			_, err := c.CustomDomains().Verify(ctx, "prj_1", "dom_1")
			return err
		}, inProject11},
		"POST of a project": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Projects().Create(ctx, client.CreateProjectRequest{OrgID: "org_1"})
			return err
		}, always},
		"POST of a replica": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Replicas().Create(ctx, "db_1", client.CreateReplicaRequest{})
			return err
		}, always},
		"PUT of a setting of the organization": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Organizations().UpdateSpendLimit(ctx, "org_1", nil)
			return err
		}, always},
	} {
		for _, outcome := range []int{http.StatusOK, http.StatusForbidden, http.StatusBadGateway} {
			t.Run(name+" "+http.StatusText(outcome), func(t *testing.T) {
				t.Parallel()
				api := minimalAPI()
				respondTo := api.handle
				c := api.client(t, client.WithMaxRetries(0))
				ctx := client.WithSharedResponses(t.Context())
				for _, read := range reads {
					require.NoError(t, read(ctx, c))
				}
				api.handle = func(r *http.Request) *http.Response {
					if outcome != http.StatusOK && !strings.HasSuffix(r.URL.Path, "/policy-evaluations") && r.Method != http.MethodGet {
						return respond(outcome, json.RawMessage(problem(outcome, "SOME_CODE", "no")))
					}
					return respondTo(r)
				}
				err := write.call(t.Context(), c)
				if outcome == http.StatusOK {
					require.NoError(t, err)
				} else {
					require.True(t, client.IsStatus(err, outcome), "%v", err)
				}
				api.takeCount()
				shared := []string{}
				for name, read := range reads {
					require.NoError(t, read(ctx, c))
					if api.takeCount() == 0 {
						shared = append(shared, name)
					}
				}
				assert.ElementsMatch(t, write.shared, shared)
			})
		}
	}
}

// TestResponsesDuringWrite verifies that a response to a request that was pending during a
// write is not shared after the write, since it may lack its effect.
func TestResponsesDuringWrite(t *testing.T) {
	t.Parallel()
	const get, update = http.MethodGet, http.MethodPatch
	for name, order := range map[string]struct{ starts, ends []string }{
		"the read is first":   {[]string{get, update}, []string{get, update}},
		"the read is within":  {[]string{update, get}, []string{get, update}},
		"the read is last":    {[]string{update, get}, []string{update, get}},
		"the write is within": {[]string{get, update}, []string{update, get}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := minimalAPI()
				c := api.client(t)
				ctx := client.WithSharedResponses(t.Context())
				calls := map[string]func(){
					get: func() {
						_, err := c.Projects().Get(ctx, "prj_1")
						checkError(t, err)
					},
					update: func() {
						_, err := c.Projects().Update(t.Context(), "prj_1", client.UpdateProjectRequest{})
						checkError(t, err)
					},
				}
				calls[update]() // from its response on, requests do not wait for the rate limit
				if order.starts[0] == update {
					calls[get]() // a response from before the write is not shared during it either
				}
				api.takeCount()
				proceed := map[string]chan struct{}{get: make(chan struct{}), update: make(chan struct{})}
				respondTo := api.handle
				api.handle = func(r *http.Request) *http.Response {
					<-proceed[r.Method]
					return respondTo(r)
				}
				var pending sync.WaitGroup
				for _, method := range order.starts {
					pending.Go(calls[method])
					synctest.Wait()
				}
				require.Equal(t, 2, api.takeCount())
				for _, method := range order.ends {
					close(proceed[method])
					synctest.Wait()
				}
				pending.Wait()
				calls[get]()
				assert.Equal(t, 1, api.takeCount(), "the read is repeated")
				calls[get]()
				assert.Zero(t, api.takeCount(), "its response is shared")
			})
		})
	}
}

// TestSharedErrors verifies that concurrent callers share an error, each until its own
// context ends, and that no error is kept.
func TestSharedErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		status := http.StatusNotFound
		api := minimalAPI()
		respondTo := api.handle
		api.handle = func(r *http.Request) *http.Response {
			time.Sleep(time.Second)
			if status != http.StatusOK {
				return respond(status, json.RawMessage(problem(status, client.CodeNotFound, "no")))
			}
			return respondTo(r)
		}
		c := api.client(t)
		shared := client.WithSharedResponses(t.Context())
		concurrently := func(n int, each func(i int)) {
			var callers sync.WaitGroup
			for i := range n {
				callers.Go(func() { each(i) })
				synctest.Wait()
			}
			callers.Wait()
		}
		concurrently(10, func(int) {
			_, err := c.Projects().Get(shared, "prj_1")
			assert.True(t, client.IsNotFound(err), "%v", err)
		})
		assert.Equal(t, 1, api.takeCount(), "the callers share the error")

		status = http.StatusOK
		canceled := errors.New("canceled")
		concurrently(10, func(i int) {
			if i > 1 {
				_, err := c.Projects().Get(shared, "prj_1")
				checkError(t, err)
				return
			}
			// The contexts of the caller that sends the request and of one that waits end.
			ctx, cancel := context.WithTimeoutCause(shared, time.Duration(500-100*i)*time.Millisecond, canceled)
			defer cancel()
			_, err := c.Projects().Get(ctx, "prj_1")
			assert.ErrorIs(t, err, canceled)
		})
		assert.Equal(t, 2, api.takeCount(), "the canceled request, and one for the other callers")
		_, err := c.Projects().Get(shared, "prj_1")
		require.NoError(t, err)
		assert.Zero(t, api.takeCount(), "the response is shared")
	})
}

// TestErrorOfEarlierRequest verifies that the error of a request that was pending during a
// write leaves the response to a later one.
func TestErrorOfEarlierRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := minimalAPI()
		c := api.client(t, client.WithMaxRetries(0))
		ctx := client.WithSharedResponses(t.Context())
		update := func() {
			_, err := c.Projects().Update(t.Context(), "prj_1", client.UpdateProjectRequest{})
			require.NoError(t, err)
		}
		update() // from its response on, requests do not wait for the rate limit
		fail := make(chan struct{})
		respondTo := api.handle
		api.handle = func(*http.Request) *http.Response {
			<-fail
			return respond(http.StatusNotFound, json.RawMessage(problem(http.StatusNotFound, client.CodeNotFound, "no")))
		}
		var earlier sync.WaitGroup
		earlier.Go(func() {
			_, err := c.Projects().Get(ctx, "prj_1")
			assert.True(t, client.IsNotFound(err), "%v", err)
		})
		synctest.Wait()
		api.handle = respondTo
		update()
		_, err := c.Projects().Get(ctx, "prj_1")
		require.NoError(t, err)
		close(fail)
		earlier.Wait()
		api.takeCount()
		_, err = c.Projects().Get(ctx, "prj_1")
		require.NoError(t, err)
		assert.Zero(t, api.takeCount())
	})
}

// TestSharedResponseOfAnotherType verifies that a caller sends its own request if it
// expects another response than an equal request has got.
func TestSharedResponseOfAnotherType(t *testing.T) {
	t.Parallel()
	api := minimalAPI()
	c := api.client(t, client.WithMaxRetries(0))
	ctx := client.WithSharedResponses(t.Context())
	_, err := c.ListPlans(ctx)
	require.NoError(t, err)
	api.takeCount()
	_, err = client.Get[client.Region](ctx, c, "plans")
	var invalid *client.InvalidResponseError
	require.ErrorAs(t, err, &invalid)
	assert.Equal(t, 1, api.takeCount())
	_, err = c.ListPlans(ctx)
	require.NoError(t, err)
	assert.Zero(t, api.takeCount())
}

// TestWaitingForEqualRequestIsReported verifies that a caller reports what it waits for.
func TestWaitingForEqualRequestIsReported(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := minimalAPI()
		respondTo := api.handle
		api.handle = func(r *http.Request) *http.Response {
			time.Sleep(3 * time.Second)
			return respondTo(r)
		}
		sent := &notices{}
		c := api.client(t, sent.option())
		ctx := client.WithSharedResponses(t.Context())
		var callers sync.WaitGroup
		for range 2 {
			callers.Go(func() {
				_, err := c.Projects().Get(ctx, "prj_1")
				checkError(t, err)
			})
		}
		callers.Wait()
		assert.ElementsMatch(t, []string{
			"waiting for the response (GET /v1/projects/prj_1)",
			"waiting for the response to an equal request (GET /v1/projects/prj_1)",
		}, sent.messages)
	})
}
