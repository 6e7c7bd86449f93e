// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pages reads all pages of a list and returns their sizes and the IDs of the objects.
func (a *testAPI) pages(path, key string) (sizes []int, ids []string) {
	a.t.Helper()
	for next := path; next != ""; {
		page := a.do(http.MethodGet, next, nil).requireStatus(http.StatusOK)
		items := page.listField(key)
		sizes = append(sizes, len(items))
		for _, item := range items {
			id, _ := item["id"].(string)
			ids = append(ids, id)
		}
		next = ""
		if token, _ := page.body["next_page_token"].(string); token != "" {
			link := page.header.Get("Link")
			require.True(a.t, strings.HasPrefix(link, "</v1/") && strings.HasSuffix(link, `>; rel="next"`), link)
			next = link[1:strings.IndexByte(link, '>')]
			assert.Contains(a.t, next, token)
		} else {
			assert.Empty(a.t, page.header.Get("Link"))
		}
	}
	return sizes, ids
}

func TestPages(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	var created []string
	for i := range 45 {
		created = append(created, a.createPolicy(project, fmt.Sprintf("policy %d", i)))
	}
	for query, want := range map[string][]int{
		"": {20, 20, 5}, "?page_size=1": nil, "?page_size=45": {45}, "?page_size=44": {44, 1}, "?page_size=100": {45},
	} {
		sizes, ids := a.pages(project+"/policies"+query, "policies")
		if want != nil {
			assert.Equal(t, want, sizes, query)
		}
		assert.Equal(t, created, ids, query)
	}
	for _, size := range []string{"0", "101", "-1", "x", "", "1.5"} {
		a.do(http.MethodGet, project+"/policies?page_size="+size, nil).requireInvalid("page_size")
	}
	for _, token := range []string{"", "nonsense", "a%20b", "e30", "%21"} {
		a.do(http.MethodGet, project+"/policies?page_token="+token, nil).requireInvalid("page_token")
	}
	other := a.do(http.MethodGet, project+"/policies", nil).stringField("next_page_token")
	a.do(http.MethodGet, project+"/databases?page_token="+other, nil).requireInvalid("page_token")
}

func TestPagesAfterDeletion(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	var created []string
	for i := range 6 {
		created = append(created, a.createPolicy(project, fmt.Sprintf("policy %d", i)))
	}
	token := a.do(http.MethodGet, project+"/policies?page_size=3", nil).stringField("next_page_token")
	a.do(http.MethodDelete, project+"/policies/"+created[0], nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodDelete, project+"/policies/"+created[2], nil).requireStatus(http.StatusNoContent)
	rest := a.do(http.MethodGet, project+"/policies?page_size=3&page_token="+token, nil).listField("policies")
	require.Len(t, rest, 3)
	assert.Equal(t, created[3], rest[0]["id"])
}

func TestPagesOfEveryKind(t *testing.T) {
	a := start(t, Options{})
	project, database := a.createProject("shop")
	replicas := "/v1/databases/" + database + "/replicas"
	enrollments := "/v1/organizations/" + a.OrgID + "/self-host-enrollments"
	policy := a.createPolicy(project, "p0")
	for i := range 2 {
		name := fmt.Sprintf("n%d", i)
		a.create(project+"/databases", databaseBody())
		a.create(replicas, fields{"host": name, "port": 1})
		a.createAgent(project, name, policy)
		a.createPolicy(project, name)
		a.create(project+"/webhooks", fields{"url": "https://example.com"})
		a.create(project+"/domains", fields{"domain": name + ".example.com"})
		a.create(project+"/honeytokens", fields{"relation_name": name, "action": "kill"})
		a.create(project+"/anomaly-rules", fields{"metric": []string{"active_hours", "distinct_shapes"}[i]})
		require.NoError(t, a.ObserveQuery(lastSegment(project), database, fmt.Sprintf("%016d", i), "SELECT 1"))
		a.do(http.MethodPost, enrollments, nil).requireStatus(http.StatusCreated)
	}
	for i := range 2 {
		a.create(project+"/approval-rules", fields{"name": fmt.Sprintf("n%d", i), "enabled": false})
	}
	for path, key := range map[string]string{
		project + "/databases": "databases", replicas: "replicas", project + "/agents": "agents", project + "/policies": "policies",
		project + "/webhooks": "webhooks", project + "/domains": "domains", project + "/honeytokens": "honeytokens",
		project + "/anomaly-rules": "anomaly_rules", project + "/approval-rules": "approval_rules", enrollments: "enrollments",
		project + "/databases/" + database + "/cache-rules": "entries",
	} {
		sizes, _ := a.pages(path+"?page_size=1", key)
		assert.GreaterOrEqual(t, len(sizes), 2, path)
		for _, size := range sizes {
			assert.Equal(t, 1, size, path)
		}
	}
}

func TestEmptyNextPageToken(t *testing.T) {
	for _, empty := range []bool{false, true} {
		a := start(t, Options{Behaviour: Behaviour{EmptyNextPageToken: empty}})
		project, _ := a.createProject("shop")
		for _, path := range []string{"/v1/projects?org_id=" + a.OrgID, project + "/agents"} {
			token, present := a.do(http.MethodGet, path, nil).requireStatus(http.StatusOK).body["next_page_token"]
			assert.Equal(t, empty, present, path)
			if empty {
				assert.Empty(t, token)
			}
		}
	}
}
