// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// list returns the IDs of all objects of the kind of a case.
func list(c *scenario.Case) []string {
	c.Helper()
	resp, err := c.Engine.List(c.Kind.Name, listRequest(c))
	require.NoError(c, err)
	require.Empty(c, resp.Failures)
	assert.Empty(c, resp.Continuation)
	return ids(resp.Items)
}

func listRequest(c *scenario.Case) lifecycle.ListRequest {
	return lifecycle.ListRequest{Inputs: enginetest.Inputs(c.Kind.ListInputs(c.Local.OrgID, c.Parents))}
}

func ids(items []lifecycle.ListItem) []string {
	ids := make([]string, len(items))
	for i, item := range items {
		ids[i] = item.ID
	}
	return ids
}

// TestListHasWhatAnImportTakes requires that every ID of a list can be imported, and that
// a list has an object exactly as long as it exists.
func TestListHasWhatAnImportTakes(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		before := list(c)
		created := c.CreateFull("thing")
		id := c.ImportID(created)
		assert.NotContains(c, before, id)
		c.Local.ResetRequests()
		after := list(c)
		for _, request := range c.Local.Requests() {
			assert.Equal(c, http.MethodGet, request.Method)
		}
		assert.ElementsMatch(c, append(before, id), after)
		for _, id := range after {
			imported, err := c.Engine.Import(c.Kind.Name, "imported", id)
			require.NoError(c, err)
			require.NotNil(c, imported, id)
			assert.Equal(c, id, c.Kind.ImportID(imported.ID, c.Inputs(c.Kind.ListInputs(c.Local.OrgID, c.Parents))))
		}
		require.NoError(c, c.Engine.Delete(created))
		assert.ElementsMatch(c, before, list(c))
	})
}

// TestListIsPaged reads a list with every page size and limit, in the way of callers that
// repeat the limit and of those that pass what is left of it.
func TestListIsPaged(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.IsCreated, func(c *scenario.Case) {
		c.CreateFull("full")
		c.Create(c.Kind.Name, "other", c.Inputs(scenario.Merge(c.Kind.Minimal, c.Kind.Replacing)))
		all := slices.Sorted(slices.Values(list(c)))
		require.GreaterOrEqual(c, len(all), 2)
		for size := range int64(len(all) + 2) {
			for limit := range int64(len(all) + 2) {
				for _, passesRest := range []bool{true, false} {
					assertPages(c, all, size, limit, passesRest)
				}
			}
		}
	})
}

// assertPages reads all pages of a list. Each page is read by another process.
func assertPages(c *scenario.Case, all []string, size, limit int64, passesRest bool) {
	c.Helper()
	expected := all
	if limit > 0 {
		expected = all[:min(int(limit), len(all))]
	}
	req := listRequest(c)
	req.PageSize, req.Limit = size, limit
	var listed []string
	for {
		resp, err := enginetest.New(c, c.Local).List(c.Kind.Name, req)
		require.NoError(c, err)
		if size > 0 {
			assert.LessOrEqual(c, len(resp.Items), int(size))
		}
		listed = append(listed, ids(resp.Items)...)
		if resp.Continuation == "" {
			break
		}
		require.NotEmpty(c, resp.Items, "another page makes progress")
		req.Continuation = resp.Continuation
		if passesRest && limit > 0 {
			req.Limit = limit - int64(len(listed))
		}
	}
	assert.Len(c, listed, len(expected), "page size %d, limit %d", size, limit)
	assert.Subset(c, all, listed)
	if size > 0 {
		assert.Equal(c, expected, listed)
	}
}

// TestListsOfManyPages lists more objects than a page of the API has, of a kind with
// objects and of one whose objects the API can only list.
func TestListsOfManyPages(t *testing.T) {
	t.Parallel()
	const count = 150
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	database := project.State.Get("primaryDatabaseId").AsString()
	var policies, rules []string
	for i := range count {
		policies = append(policies, project.ID+"/"+env.Policy(project, fmt.Sprintf("policy-%d", i)).ID)
		hash := fmt.Sprintf("%016x", i)
		require.NoError(t, env.Local.ObserveQuery(project.ID, database, hash, "SELECT $1"))
		env.Create("CacheRule", hash, object{"projectId": project.ID, "databaseId": database, "queryHash": hash, "cacheEnabled": true})
		rules = append(rules, project.ID+"/"+database+"/"+hash)
	}
	require.NoError(t, env.Local.ObserveQuery(project.ID, database, "ffffffffffffffff", "SELECT 1"))
	for kind, expected := range map[string][]string{"PolicyProfile": policies, "CacheRule": rules} {
		inputs := object{"projectId": project.ID}
		if kind == "CacheRule" {
			inputs["databaseId"] = project.ID + "/" + database // in the form of an import ID
		}
		req := lifecycle.ListRequest{Inputs: enginetest.Inputs(inputs)}
		env.Local.ResetRequests()
		resp, err := env.Engine.List(kind, req)
		require.NoError(t, err)
		assert.ElementsMatch(t, expected, ids(resp.Items), "a query shape without settings is left out")
		assert.Len(t, env.Local.Requests(), 2)

		env.Local.ResetRequests()
		req.Limit = 10
		resp, err = env.Engine.List(kind, req)
		require.NoError(t, err)
		assert.Len(t, resp.Items, 10)
		assert.Len(t, env.Local.Requests(), 1, "a list ends at the limit")
	}
}

// TestListContinuesAfterChanges deletes and creates objects between two pages.
func TestListContinuesAfterChanges(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	byID := map[string]*enginetest.Resource{}
	for i := range 6 {
		policy := env.Policy(project, fmt.Sprintf("policy-%d", i))
		byID[project.ID+"/"+policy.ID] = policy
	}
	req := lifecycle.ListRequest{Inputs: enginetest.Inputs(object{"projectId": project.ID}), PageSize: 2}
	listed := map[string]int{}
	for {
		resp, err := env.Engine.List("PolicyProfile", req)
		require.NoError(t, err)
		for _, id := range ids(resp.Items) {
			listed[id]++
			require.NoError(t, env.Engine.Delete(byID[id]))
		}
		if resp.Continuation == "" {
			break
		}
		req.Continuation = resp.Continuation
	}
	assert.Len(t, listed, len(byID))
	for id, count := range listed {
		assert.Equal(t, 1, count, id)
	}
}

// TestContinuationOfAnotherList requires that a token is refused by any list other than its
// own.
func TestContinuationOfAnotherList(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	env.Agent(project, "first")
	env.Agent(project, "second")
	req := lifecycle.ListRequest{Inputs: enginetest.Inputs(object{"projectId": project.ID}), PageSize: 1}
	first, err := env.Engine.List("PolicyProfile", req)
	require.NoError(t, err)
	require.NotEmpty(t, first.Continuation)
	elsewhere := req
	elsewhere.Inputs, elsewhere.Continuation = enginetest.Inputs(object{"projectId": "prj_other"}), first.Continuation
	_, err = env.Engine.List("PolicyProfile", elsewhere)
	require.ErrorContains(t, err, "the continuation token is not one of this list")
	for _, token := range []string{first.Continuation, "nonsense", "e30", "bnVsbA"} {
		req.Continuation = token
		_, err = env.Engine.List("AgentCredential", req)
		require.ErrorContains(t, err, "the continuation token is not one of this list")
	}
}

// TestListInputsAreChecked requires that every problem is reported at its path, and that a
// list with an unknown input makes no request.
func TestListInputsAreChecked(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		c.Local.ResetRequests()
		resp, err := c.Engine.List(c.Kind.Name, lifecycle.ListRequest{})
		require.NoError(c, err)
		parents := c.Kind.Resource().ImportID.ListParents()
		require.Len(c, resp.Failures, len(parents))
		for i, parent := range slices.SortedFunc(slices.Values(parents), byProperty) {
			assert.Equal(c, parent.Property, resp.Failures[i].Property)
			assert.Equal(c, parent.Property+" is required", resp.Failures[i].Reason)
		}
		req, first := listRequest(c), parents[0].Property
		known := req.Inputs
		req.Inputs = known.Set(first+"s", known.Get(first))
		resp, err = c.Engine.List(c.Kind.Name, req)
		require.NoError(c, err)
		require.Len(c, resp.Failures, 1)
		assert.Equal(c, fmt.Sprintf("%[1]ss is not a valid property (did you mean %[1]s?)", first), resp.Failures[0].Reason)

		req.Inputs = known.Set(first, enginetest.Unknown)
		resp, err = c.Engine.List(c.Kind.Name, req)
		require.NoError(c, err)
		assert.True(c, resp.Unknown)
		assert.Empty(c, resp.Items)
		assert.Empty(c, c.Local.Requests())
	})
}

// TestFailedListNamesItsParents requires that the error of a list says what was listed, and
// what to do.
func TestFailedListNamesItsParents(t *testing.T) {
	scenario.ForEach(t, scenario.Any, func(c *scenario.Case) {
		for status, advice := range map[int]string{
			401: "The API key was not accepted", 403: "The API key does not have permission",
			404: "It does not exist, or is not visible to this API key: check the ID.",
			503: "The API did not recover in time: run the command again.",
		} {
			c.Local.AddFault(localapi.Fault{Method: "GET", Status: status, Code: "SOME_CODE", Detail: "it is raining"})
			_, err := c.Engine.List(c.Kind.Name, listRequest(c))
			require.Error(c, err)
			assert.Contains(c, err.Error(), "listing "+c.Kind.Name+" of ")
			for _, id := range c.Kind.ListInputs(c.Local.OrgID, c.Parents) {
				assert.Contains(c, err.Error(), id)
			}
			assert.Contains(c, err.Error(), "it is raining")
			assert.Contains(c, err.Error(), advice)
			c.Local.ClearFaults()
		}
		withoutKey := enginetest.New(c, c.Local, map[string]string{"PGBEAM_API_KEY": ""})
		_, err := withoutKey.List(c.Kind.Name, listRequest(c))
		require.ErrorContains(c, err, "no PgBeam API key: set one with `pulumi config set pgbeam:apiKey --secret`")
	})
}

// TestListNames shows what people recognize objects by.
func TestListNames(t *testing.T) {
	t.Parallel()
	names := map[string]string{}
	for _, k := range scenario.Kinds() {
		c := scenario.NewCase(t, k, localapi.Options{})
		created := c.CreateFull("thing")
		resp, err := c.Engine.List(k.Name, listRequest(c))
		require.NoError(t, err)
		i := slices.IndexFunc(resp.Items, func(item lifecycle.ListItem) bool { return item.ID == c.ImportID(created) })
		require.GreaterOrEqual(t, i, 0)
		if name := resp.Items[i].Name; name != "" {
			names[k.Name] = name
		}
	}
	assert.Regexp(t, `^agt_\w+\.queries_per_hour$`, names["AnomalyRule"])
	delete(names, "AnomalyRule")
	assert.Equal(t, map[string]string{
		"Project": "shop", "Database": "shop", "PolicyProfile": "analytics", "AgentCredential": "Support bot", "CustomDomain": "DB.Example.com",
		"Honeytoken": "hr.salaries", "ApprovalRule": "Large deletes", "OrganizationMember": "Alex@Example.com",
	}, names)
}

func byProperty(a, b kind.Parent) int { return strings.Compare(a.Property, b.Property) }
