// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
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

// readableKind is a kind whose objects the API can read by ID and list.
type readableKind struct {
	name string
	// path and field are the path of the list and the field of its items.
	path, field string
	// object returns an object of the parent in the path.
	object func(id string) map[string]any
	// get reads an object and returns its ID.
	get func(ctx context.Context, c *client.Client, id string) (string, error)
}

func inProject[T any](id string) map[string]any {
	return client.MinimalBody[T](map[string]any{"id": id, "project_id": "prj_1"})
}

// readableKinds are all kinds with both operations.
var readableKinds = []readableKind{
	{"Project", "/v1/projects", "projects", func(id string) map[string]any {
		return client.MinimalBody[client.Project](map[string]any{"id": id, "org_id": "org_1"})
	}, func(ctx context.Context, c *client.Client, id string) (string, error) {
		o, err := c.Projects().GetIn(ctx, "org_1", id)
		return o.ID, err
	}},
	{"Database", "/v1/projects/prj_1/databases", "databases", inProject[client.Database], func(ctx context.Context, c *client.Client, id string) (string, error) {
		o, err := c.Databases().Get(ctx, "prj_1", id)
		return o.ID, err
	}},
	{"PolicyProfile", "/v1/projects/prj_1/policies", "policies", inProject[client.PolicyProfile], func(ctx context.Context, c *client.Client, id string) (string, error) {
		o, err := c.PolicyProfiles().Get(ctx, "prj_1", id)
		return o.ID, err
	}},
	{"AgentCredential", "/v1/projects/prj_1/agents", "agents", inProject[client.AgentCredential], getAgent},
	{"WebhookEndpoint", "/v1/projects/prj_1/webhooks", "webhooks", inProject[client.WebhookEndpoint], func(ctx context.Context, c *client.Client, id string) (string, error) {
		o, err := c.WebhookEndpoints().Get(ctx, "prj_1", id)
		return o.ID, err
	}},
	{"Honeytoken", "/v1/projects/prj_1/honeytokens", "honeytokens", inProject[client.Honeytoken], func(ctx context.Context, c *client.Client, id string) (string, error) {
		o, err := c.Honeytokens().Get(ctx, "prj_1", id)
		return o.ID, err
	}},
	{"AnomalyRule", "/v1/projects/prj_1/anomaly-rules", "anomaly_rules", inProject[client.AnomalyRule], func(ctx context.Context, c *client.Client, id string) (string, error) {
		o, err := c.AnomalyRules().Get(ctx, "prj_1", id)
		return o.ID, err
	}},
	{"ApprovalRule", "/v1/projects/prj_1/approval-rules", "approval_rules", inProject[client.ApprovalRule], func(ctx context.Context, c *client.Client, id string) (string, error) {
		o, err := c.ApprovalRules().Get(ctx, "prj_1", id)
		return o.ID, err
	}},
}

var agentKind = readableKinds[slices.IndexFunc(readableKinds, func(k readableKind) bool { return k.name == "AgentCredential" })]

func getAgent(ctx context.Context, c *client.Client, id string) (string, error) {
	o, err := c.AgentCredentials().Get(ctx, "prj_1", id)
	return o.ID, err
}

// readableAPI has objects of a readable kind, which it lists in the order of their IDs in ids.
type readableAPI struct {
	fakeAPI
	kind  readableKind
	mutex sync.Mutex
	ids   []string
	// sent are the requests, such as "GET agt_1" and "LIST 2", the third page.
	sent []string
	// page is called with the number of each page before it is served. It may return a
	// response to send instead. It may be nil.
	page func(number int) *http.Response
}

func newReadable(kind readableKind, n int) *readableAPI {
	api := &readableAPI{kind: kind}
	for i := range n {
		api.ids = append(api.ids, fmt.Sprintf("obj_%05d", i))
	}
	api.handle = api.serve
	return api
}

func (a *readableAPI) serve(r *http.Request) *http.Response {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if id, ok := strings.CutPrefix(r.URL.Path, a.kind.path+"/"); ok {
		a.sent = append(a.sent, "GET "+id)
		if !slices.Contains(a.ids, id) {
			return respond(http.StatusNotFound, map[string]any{"title": "Not Found", "status": 404, "code": "NOT_FOUND", "type": "about:blank"})
		}
		return respond(http.StatusOK, a.kind.object(id))
	}
	start, _ := strconv.Atoi(r.URL.Query().Get("page_token"))
	a.sent = append(a.sent, fmt.Sprint("LIST ", start/100))
	if a.page != nil {
		if response := a.page(start / 100); response != nil {
			return response
		}
	}
	items := []any{}
	for _, id := range a.ids[min(start, len(a.ids)):min(start+100, len(a.ids))] {
		items = append(items, a.kind.object(id))
	}
	body := map[string]any{a.kind.field: items}
	if a.kind.field == "projects" {
		body["total"] = len(a.ids)
	}
	if start+100 < len(a.ids) {
		body["next_page_token"] = strconv.Itoa(start + 100)
	}
	return respond(http.StatusOK, body)
}

// take returns the requests since the last call.
func (a *readableAPI) take() []string {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	sent := a.sent
	a.sent = nil
	return sent
}

// getAll reads objects, a number of them at once, and verifies that each is the one that was asked for.
func (a *readableAPI) getAll(t *testing.T, c *client.Client, ids []string, concurrency int) {
	t.Helper()
	ctx := client.WithSharedLists(t.Context())
	next := make(chan string)
	var readers sync.WaitGroup
	for range concurrency {
		readers.Go(func() {
			for id := range next {
				found, err := a.kind.get(ctx, c, id)
				checkError(t, err)
				assert.Equal(t, id, found)
			}
		})
	}
	for _, id := range ids {
		next <- id
	}
	close(next)
	readers.Wait()
}

// TestSharedLists verifies that reading many objects of any kind takes a request for each page
// and a handful, in whatever order the API lists them and the caller reads them.
func TestSharedLists(t *testing.T) {
	t.Parallel()
	for _, kind := range readableKinds {
		for order, reorder := range map[string]func([]string){
			"same order":    func([]string) {},
			"reverse order": slices.Reverse[[]string],
			"random order":  func(ids []string) { rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] }) },
		} {
			for _, concurrency := range []int{1, 16} {
				n := 1000
				if kind.name == agentKind.name {
					n = 10000
				}
				if testing.Short() {
					n /= 10
				}
				t.Run(fmt.Sprintf("%s, %s, %d at once", kind.name, order, concurrency), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						api := newReadable(kind, n)
						wanted := slices.Clone(api.ids)
						reorder(wanted)
						api.getAll(t, api.client(t), wanted, concurrency)
						sent := api.take()
						assert.LessOrEqual(t, len(sent), n/100+6, "%v", sent)
						pages := slices.DeleteFunc(sent, func(request string) bool { return !strings.HasPrefix(request, "LIST") })
						slices.Sort(pages)
						assert.Len(t, slices.Compact(pages), n/100, "every page once")
					})
				})
			}
		}
	}
}

// TestFewSharedReads verifies the requests for few objects: each is read by its ID, and the
// pages that do not have them are limited.
func TestFewSharedReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for reads, want := range map[int]struct{ gets, pages int }{1: {1, 0}, 2: {2, 0}, 3: {3, 0}, 4: {4, 1}, 5: {5, 8}, 6: {6, 64}, 7: {6, 100}} {
			api := newReadable(agentKind, 10000)
			api.getAll(t, api.client(t), api.ids[10000-reads:], 1)
			sent := api.take()
			pages := slices.DeleteFunc(slices.Clone(sent), func(request string) bool { return !strings.HasPrefix(request, "LIST") })
			assert.Len(t, pages, want.pages, "%d reads", reads)
			assert.Len(t, sent, want.gets+want.pages, "%d reads", reads)
		}
		api := newReadable(agentKind, 20)
		api.getAll(t, api.client(t), api.ids, 1)
		assert.Equal(t, []string{"GET obj_00000", "GET obj_00001", "GET obj_00002", "LIST 0"}, api.take())

		for _, id := range api.ids {
			_, err := getAgent(t.Context(), api.client(t), id)
			require.NoError(t, err)
		}
		assert.NotContains(t, api.take(), "LIST 0", "without WithSharedLists")
	})
}

// TestSharedListWithoutObject verifies that an object that a list does not have is read by its
// ID: it may exist, if it has moved between pages while they were fetched.
func TestSharedListWithoutObject(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReadable(agentKind, 200)
		c := api.client(t)
		api.page = func(number int) *http.Response {
			if number == 1 {
				api.ids = append(api.ids[:50:50], api.ids[51:]...) // obj_00100 moves to the first page
			}
			return nil
		}
		ids := slices.Clone(api.ids)
		api.getAll(t, c, slices.Concat(ids[:50], ids[51:]), 1)
		assert.Contains(t, api.take(), "GET obj_00100")
		_, err := getAgent(client.WithSharedLists(t.Context()), c, "obj_none")
		require.True(t, client.IsNotFound(err), "%v", err)
		require.ErrorContains(t, err, "GET /v1/projects/prj_1/agents/obj_none")
		assert.Equal(t, []string{"GET obj_none"}, api.take())
	})
}

// TestUnreadableSharedList verifies that objects are read by their IDs if their list cannot be
// read, and that it is not tried again for each.
func TestUnreadableSharedList(t *testing.T) {
	t.Parallel()
	for name, response := range map[string]func(number int) *http.Response{
		"refused":   func(int) *http.Response { return respond(http.StatusForbidden, nil) },
		"not found": func(int) *http.Response { return respond(http.StatusNotFound, nil) },
		"failing":   func(int) *http.Response { return respond(http.StatusServiceUnavailable, nil) },
		"invalid": func(int) *http.Response {
			return respond(http.StatusOK, map[string]any{"agents": []any{map[string]any{"id": "obj_00001"}}})
		},
		"of another project": func(int) *http.Response {
			return respond(http.StatusOK, map[string]any{"agents": []any{client.MinimalBody[client.AgentCredential](map[string]any{"id": "obj_00001", "project_id": "prj_2"})}})
		},
		"endless": func(int) *http.Response {
			return respond(http.StatusOK, map[string]any{"agents": []any{}, "next_page_token": "1"})
		},
		"empty": func(int) *http.Response { return respond(http.StatusOK, map[string]any{"agents": []any{}}) },
		"the 2nd page": func(number int) *http.Response {
			return map[int]*http.Response{1: respond(http.StatusInternalServerError, nil)}[number]
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := newReadable(agentKind, 300)
				api.page = response
				api.getAll(t, api.client(t, client.WithMaxRetries(0)), api.ids, 1)
				sent := api.take()
				served := 0
				if name == "the 2nd page" {
					served = 100 - 3
				}
				assert.LessOrEqual(t, len(sent), 300-served+2, "at most two pages")
				assert.GreaterOrEqual(t, len(sent), 300-served+1)
			})
		})
	}
}

// TestSharedListAge verifies how long a list is shared.
func TestSharedListAge(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReadable(agentKind, 100)
		c := api.client(t)
		api.getAll(t, c, api.ids[:4], 1)
		require.Contains(t, api.take(), "LIST 0")
		next := 4
		for range 33 {
			time.Sleep(9 * time.Second)
			api.getAll(t, c, api.ids[next:next+1], 1)
			next++
		}
		assert.Empty(t, api.take(), "for five minutes")
		time.Sleep(9 * time.Second)
		api.getAll(t, c, api.ids[next:next+1], 1)
		assert.Len(t, api.take(), 1, "the next list begins")

		api.getAll(t, c, api.ids[next+1:next+5], 1)
		require.Contains(t, api.take(), "LIST 0")
		time.Sleep(11 * time.Second)
		api.getAll(t, c, api.ids[next+5:next+6], 1)
		assert.Len(t, api.take(), 1, "nothing was read for ten seconds")
	})
}

// TestRepeatedSharedReads verifies that the second read of an object returns its current state,
// and that reading all of them again takes few requests.
func TestRepeatedSharedReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReadable(agentKind, 1000)
		c := api.client(t)
		api.getAll(t, c, api.ids, 16)
		api.take()
		api.getAll(t, c, api.ids[500:502], 1)
		assert.Equal(t, []string{"GET obj_00500", "GET obj_00501"}, api.take())
		api.getAll(t, c, api.ids, 16)
		sent := api.take()
		assert.LessOrEqual(t, len(sent), 10+10+3, "%v as many reads by ID as there are pages, and the pages", sent)
	})
}

// TestCanceledSharedRead verifies that a canceled read sends no further request, and does not
// affect the others.
func TestCanceledSharedRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api := newReadable(agentKind, 100)
		c := api.client(t)
		api.getAll(t, c, api.ids[:3], 1)
		proceed := make(chan struct{})
		api.handle = func(r *http.Request) *http.Response { <-proceed; return api.serve(r) }
		ctx, cancel := context.WithCancelCause(client.WithSharedLists(t.Context()))
		canceled := errors.New("canceled")
		var readers sync.WaitGroup
		readers.Go(func() {
			_, err := getAgent(ctx, c, api.ids[3])
			assert.ErrorIs(t, err, canceled)
		})
		synctest.Wait()
		readers.Go(func() { api.getAll(t, c, api.ids[4:], 16) })
		synctest.Wait()
		api.takeCount()
		cancel(canceled)
		synctest.Wait()
		close(proceed)
		readers.Wait()
		assert.Equal(t, 1, api.takeCount(), "the list is fetched by the next reader")
	})
}

// TestWritesInvalidateSharedLists verifies that the reads after a write see its effect, also
// one on another object of the same project.
func TestWritesInvalidateSharedLists(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		write func(ctx context.Context, c *client.Client) error
		// current are the objects that are read by their IDs afterwards, and not from the list.
		current []string
	}{
		"update": {func(ctx context.Context, c *client.Client) error {
			_, err := c.AgentCredentials().UpdateStatus(ctx, "prj_1", "obj_00050", "disabled")
			return err
		}, []string{"GET obj_00050"}},
		"rotation": {func(ctx context.Context, c *client.Client) error {
			_, err := c.AgentCredentials().Rotate(ctx, "prj_1", "obj_00050")
			return err
		}, []string{"GET obj_00050", "GET obj_00051"}},
		"creation": {func(ctx context.Context, c *client.Client) error {
			_, err := c.AgentCredentials().Create(ctx, "prj_1", client.CreateAgentCredentialRequest{})
			return err
		}, []string{"GET obj_00050", "GET obj_00051"}},
		"deletion": {func(ctx context.Context, c *client.Client) error { return c.Replicas().Delete(ctx, "db_1", "rep_1") }, []string{"GET obj_00050", "GET obj_00051"}},
		"update of the project": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Projects().Update(ctx, "prj_1", client.UpdateProjectRequest{})
			return err
		}, []string{"GET obj_00050", "GET obj_00051"}},
		"update of another kind": {func(ctx context.Context, c *client.Client) error {
			_, err := c.PolicyProfiles().Update(ctx, "prj_1", "pol_1", client.PolicyProfileInput{})
			return err
		}, []string{"GET obj_00050", "GET obj_00051"}},
		"update of another project": {func(ctx context.Context, c *client.Client) error {
			_, err := c.Projects().Update(ctx, "prj_2", client.UpdateProjectRequest{})
			return err
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				api := newReadable(agentKind, 100)
				c := api.client(t, client.WithMaxRetries(0))
				read := func(ids ...string) []string {
					api.getAll(t, c, ids, 1)
					return api.take()
				}
				require.Contains(t, read(api.ids[:4]...), "LIST 0")
				api.handle = func(r *http.Request) *http.Response {
					if r.Method == http.MethodGet {
						return api.serve(r)
					}
					return respond(http.StatusTeapot, nil) // it may have taken effect nevertheless
				}
				require.Error(t, test.write(t.Context(), c))
				assert.Equal(t, test.current, read("obj_00050", "obj_00051"))
			})
		})
	}
}

// TestSharedListsAfterWrites verifies that each of several goroutines sees its own writes, while
// all of them read objects of the same lists.
func TestSharedListsAfterWrites(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	c, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
	require.NoError(t, err)
	ctx := client.WithSharedLists(t.Context())
	created, err := c.Projects().Create(ctx, client.CreateProjectRequest{
		Name: "shared", OrgID: local.OrgID,
		Database: client.CreateDatabaseRequest{Host: "db.example.com", Port: 5432, Name: "shop", Username: "pgbeam", Password: "hunter2"},
	})
	require.NoError(t, err)
	project := created.Project.ID
	policy, err := c.PolicyProfiles().Create(ctx, project, client.PolicyProfileInput{Name: "shared"})
	require.NoError(t, err)
	newAgent := func(name string) (client.AgentCredential, error) {
		created, err := c.AgentCredentials().Create(ctx, project, client.CreateAgentCredentialRequest{Name: name, PolicyProfileID: policy.ID})
		return created.Credential, err
	}
	var others []string
	for i := range 120 { // two pages
		agent, err := newAgent(fmt.Sprint("other-", i))
		require.NoError(t, err)
		others = append(others, agent.ID)
	}

	var work sync.WaitGroup
	for worker := range 8 {
		work.Go(func() {
			for round := range 12 {
				agent, err := newAgent(fmt.Sprintf("w%d-%d", worker, round))
				checkError(t, err)
				readOthers := func() {
					for i := range 6 {
						read, err := c.AgentCredentials().Get(ctx, project, others[(worker*29+round*13+i*7)%len(others)])
						checkError(t, err)
						assert.Equal(t, "active", read.Status)
					}
				}
				readOthers()
				for _, status := range []string{"disabled", "active"} {
					_, err = c.AgentCredentials().UpdateStatus(ctx, project, agent.ID, status)
					checkError(t, err)
					read, err := c.AgentCredentials().Get(ctx, project, agent.ID)
					checkError(t, err)
					assert.Equal(t, status, read.Status, "set by this goroutine")
					readOthers()
				}
				checkError(t, c.AgentCredentials().Delete(ctx, project, agent.ID))
				read, err := c.AgentCredentials().Get(ctx, project, agent.ID)
				assert.True(t, client.IsNotFound(err) || read.Status == "revoked", "deleted by this goroutine: %v", err)
			}
		})
	}
	work.Wait()
}
