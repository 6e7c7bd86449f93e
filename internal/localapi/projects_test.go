// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCreateProject(t *testing.T) {
	a := start(t, Options{Now: newFakeClock().Now})
	body := a.projectBody("Web shop")
	body["description"], body["tags"], body["cloud"] = "the shop", []string{"prod", "eu"}, "gcp"
	created := a.do(http.MethodPost, "/v1/projects", body).requireStatus(http.StatusCreated)

	project := created.objectField("project")
	assert.Regexp(t, `^prj_[0-9a-z]{26}$`, project["id"])
	assert.Regexp(t, `^web-shop-[0-9a-z]{8}\.proxy\.pgbeam\.app$`, project["proxy_host"])
	assert.Equal(t, "2026-03-01T12:00:00Z", project["created_at"])
	assertFields(t, fields{
		"org_id": a.OrgID, "name": "Web shop", "description": "the shop", "tags": []any{"prod", "eu"}, "cloud": "gcp",
		"self_hosted": false, "status": "active", "residency": "any", "agents_disabled": false, "allowed_cidrs": []any{},
		"default_policy_profile_id": nil, "database_count": float64(1), "active_connections": float64(0),
		"updated_at": "2026-03-01T12:00:00Z",
	}, project)

	database := created.objectField("database")
	assert.Equal(t, project["id"], database["project_id"])
	assert.Equal(t, "primary", database["role"])
	id, _ := project["id"].(string)
	read := a.do(http.MethodGet, "/v1/projects/"+id, nil).requireStatus(http.StatusOK)
	assert.Equal(t, project, read.body)
	databaseID, _ := database["id"].(string)
	assert.Equal(t, "s3cret", a.Secret("databases", databaseID, "password"))
	assert.NotContains(t, string(created.raw), "s3cret")
}

func TestCreateProjectRejectsInvalidInput(t *testing.T) {
	a := start(t, Options{})
	database := func(change fields) fields {
		body := databaseBody()
		for name, v := range change {
			if v == absent {
				delete(body, name)
				continue
			}
			body[name] = v
		}
		return body
	}
	a.requireAllInvalid(http.MethodPost, "/v1/projects", a.projectBody("shop"), []invalidInput{
		{"no name", fields{"name": absent}, []string{"name"}},
		{"empty name", fields{"name": ""}, []string{"name"}},
		{"long name", fields{"name": strings.Repeat("é", 101)}, []string{"name"}},
		{"NUL in the name", fields{"name": "a\x00b"}, []string{"name"}},
		{"null name", fields{"name": nil}, []string{"name"}},
		{"name is a number", fields{"name": 7}, []string{"name"}},
		{"no organization", fields{"org_id": absent}, []string{"org_id"}},
		{"no database", fields{"database": absent}, []string{"database"}},
		{"database is a list", fields{"database": []any{}}, []string{"database"}},
		{"long description", fields{"description": strings.Repeat("x", 501)}, []string{"description"}},
		{"tags is a string", fields{"tags": "prod"}, []string{"tags"}},
		{"null tags", fields{"tags": nil}, []string{"tags"}},
		{"too many tags", fields{"tags": make([]string, 11)}, []string{"tags"}},
		{"long tag", fields{"tags": []string{"ok", strings.Repeat("x", 51)}}, []string{"tags.1"}},
		{"unknown cloud", fields{"cloud": "moon"}, []string{"cloud"}},
		{"self_hosted is a string", fields{"self_hosted": "yes"}, []string{"self_hosted"}},
		{"unknown field", fields{"colour": "red"}, []string{"colour"}},
		{"update-only fields", fields{"allowed_cidrs": []any{}, "residency": "eu"}, []string{"allowed_cidrs", "residency"}},
		{"port of the database", fields{"database": database(fields{"port": 0})}, []string{"database.port"}},
		{
			"several fields",
			fields{"name": "", "database": database(fields{"port": 70000, "host": "a b", "password": absent})},
			[]string{"name", "database.port", "database.host", "database.password"},
		},
		{
			"nested field",
			fields{"database": database(fields{"cache_config": fields{"enabled": true}})},
			[]string{"database.cache_config.ttl_seconds", "database.cache_config.max_entries", "database.cache_config.swr_seconds"},
		},
	})
	assert.Empty(t, a.Objects("projects"))
	assert.Empty(t, a.Objects("databases"))
}

func TestProjectNameIsUniqueInTheOrganization(t *testing.T) {
	a := start(t, Options{APIKeys: map[string]string{"pbo_a": "org_a", "pbo_b": "org_b"}})
	a.createProject("shop")
	a.do(http.MethodPost, "/v1/projects", a.projectBody("shop")).requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
	other, _ := a.createProject("other")
	a.do(http.MethodPatch, other, fields{"name": "shop"}).requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
	a.do(http.MethodPatch, other, fields{"name": "other"}).requireStatus(http.StatusOK)
	assert.Len(t, a.Objects("databases"), 2)

	body := a.projectBody("shop")
	body["org_id"] = "org_b"
	a.do(http.MethodPost, "/v1/projects", body, "Authorization", "Bearer pbo_b").requireStatus(http.StatusCreated)
}

func TestUpdateProject(t *testing.T) {
	a := start(t, Options{Now: newFakeClock().Now})
	project, _ := a.createProject("shop")
	policy := a.createPolicy(project, "readers")
	changed := a.do(http.MethodPatch, project, fields{
		"name": "store", "description": "d", "tags": []string{"t"}, "status": "suspended", "residency": "eu", "agents_disabled": true,
		"default_policy_profile_id": policy,
		"allowed_cidrs":             []fields{{"cidr": "10.1.2.3/8", "label": "VPC"}, {"cidr": "192.0.2.1"}, {"cidr": "2001:DB8:0::1"}},
	}).requireStatus(http.StatusOK)
	assert.Equal(t, []any{
		fields{"cidr": "10.0.0.0/8", "label": "VPC"}, fields{"cidr": "192.0.2.1/32"}, fields{"cidr": "2001:db8::1/128"},
	}, changed.body["allowed_cidrs"])
	assertFields(t, fields{
		"name": "store", "description": "d", "tags": []any{"t"}, "status": "suspended", "residency": "eu", "agents_disabled": true,
		"default_policy_profile_id": policy, "created_at": "2026-03-01T12:00:00Z", "updated_at": "2026-03-01T12:00:01Z",
	}, changed.body)

	one := a.do(http.MethodPatch, project, fields{"residency": "us"}).requireStatus(http.StatusOK)
	assert.Equal(t, "us", one.body["residency"])
	assert.Equal(t, "store", one.body["name"], "a PATCH keeps fields that are not in its body")

	cleared := a.do(http.MethodPatch, project, fields{
		"description": "", "tags": []string{}, "allowed_cidrs": []string{}, "default_policy_profile_id": "", "residency": "any",
		"agents_disabled": false, "status": "active",
	}).requireStatus(http.StatusOK)
	assertFields(t, fields{
		"description": "", "tags": []any{}, "allowed_cidrs": []any{}, "default_policy_profile_id": nil, "residency": "any",
		"agents_disabled": false, "status": "active",
	}, cleared.body)
}

func TestUpdateProjectRejectsInvalidInput(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	other, _ := a.createProject("other")
	otherPolicy := a.createPolicy(other, "readers")
	cidrs := func(n int) []fields {
		entries := make([]fields, n)
		for i := range entries {
			entries[i] = fields{"cidr": "10.0.0.1"}
		}
		return entries
	}
	a.requireAllInvalid(http.MethodPatch, project, fields{}, []invalidInput{
		{
			"immutable fields",
			fields{"org_id": "org_x", "cloud": "gcp", "self_hosted": true, "database": databaseBody()},
			[]string{"org_id", "cloud", "self_hosted", "database"},
		},
		{"status deleted", fields{"status": "deleted"}, []string{"status"}},
		{"unknown status", fields{"status": "asleep"}, []string{"status"}},
		{"unknown residency", fields{"residency": "moon"}, []string{"residency"}},
		{"null", fields{"description": nil, "agents_disabled": nil}, []string{"description", "agents_disabled"}},
		{"empty name", fields{"name": ""}, []string{"name"}},
		{"letters", fields{"allowed_cidrs": []fields{{"cidr": "10.0.0.1"}, {"cidr": "office"}}}, []string{"allowed_cidrs.1.cidr"}},
		{
			"invalid ranges",
			fields{"allowed_cidrs": []fields{{"cidr": "10.0.0.0/99"}, {"cidr": "1.2.3"}}},
			[]string{"allowed_cidrs.0.cidr", "allowed_cidrs.1.cidr"},
		},
		{"missing range", fields{"allowed_cidrs": []fields{{"label": "VPC"}}}, []string{"allowed_cidrs.0.cidr"}},
		{"range is a string", fields{"allowed_cidrs": []string{"10.0.0.0/8"}}, []string{"allowed_cidrs.0"}},
		{"too many ranges", fields{"allowed_cidrs": cidrs(51)}, []string{"allowed_cidrs"}},
		{
			"long label",
			fields{"allowed_cidrs": []fields{{"cidr": "10.0.0.1", "label": strings.Repeat("x", 101)}}},
			[]string{"allowed_cidrs.0.label"},
		},
		{"missing policy", fields{"default_policy_profile_id": "pol_none"}, []string{"default_policy_profile_id"}},
		{"policy of another project", fields{"default_policy_profile_id": otherPolicy}, []string{"default_policy_profile_id"}},
	})
	assert.Equal(t, "shop", a.do(http.MethodGet, project, nil).stringField("name"))
}

func TestEmptyPatch(t *testing.T) {
	a := start(t, Options{Now: newFakeClock().Now})
	project, database := a.createProject("shop")
	for _, path := range []string{project, project + "/databases/" + database} {
		before := a.do(http.MethodGet, path, nil).requireStatus(http.StatusOK)
		a.ResetRequests()
		after := a.do(http.MethodPatch, path, fields{}).requireStatus(http.StatusOK)
		assert.Equal(t, before.body, after.body)
		require.Len(t, a.Requests(), 1)
		assert.True(t, a.Requests()[0].EmptyBody)
	}
	a.do(http.MethodPatch, project, fields{"description": "d"}).requireStatus(http.StatusOK)
	assert.False(t, a.Requests()[1].EmptyBody)
}

func TestDeleteProjectRemovesItsObjects(t *testing.T) {
	a := start(t, Options{})
	project, database := a.createProject("shop")
	keptProject, _ := a.createProject("kept")
	policy := a.createPolicy(project, "readers")
	paths := []string{
		project, project + "/databases/" + database, project + "/policies/" + policy, a.createAgent(project, "bot", policy),
		a.create(project+"/webhooks", fields{"url": "https://example.com"}),
		a.create(project+"/honeytokens", fields{"relation_name": "bait", "action": "kill"}),
		a.create(project+"/anomaly-rules", fields{"metric": "queries_per_hour"}),
		a.create(project+"/approval-rules", fields{"name": "writes"}),
	}
	replicas := "/v1/databases/" + database + "/replicas"
	a.create(replicas, fields{"host": "replica", "port": 5432})
	a.create(project+"/domains", fields{"domain": "db.example.com"})
	require.NoError(t, a.ObserveQuery(lastSegment(project), database, "a1b2c3d4e5f60718", "SELECT 1"))

	deleted := a.do(http.MethodDelete, project, nil).requireStatus(http.StatusNoContent)
	assert.Empty(t, deleted.raw)
	for _, path := range paths {
		a.do(http.MethodGet, path, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	}
	for _, path := range []string{
		replicas, project + "/databases", project + "/policies", project + "/agents", project + "/webhooks", project + "/domains",
		project + "/databases/" + database + "/cache-rules", project + "/honeytokens", project + "/anomaly-rules", project + "/approval-rules",
	} {
		a.do(http.MethodGet, path, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	}
	a.do(http.MethodPatch, project, fields{"name": "x"}).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodDelete, project, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	for _, kind := range []string{
		"replicas", "policies", "agents", "webhooks", "domains", "cache-rules", "honeytokens", "anomaly-rules", "approval-rules",
	} {
		assert.Empty(t, a.Objects(kind), kind)
	}
	listed := a.do(http.MethodGet, "/v1/projects?org_id="+a.OrgID, nil).requireStatus(http.StatusOK)
	require.Len(t, listed.listField("projects"), 1)
	assert.Equal(t, lastSegment(keptProject), listed.listField("projects")[0]["id"])
	assert.EqualValues(t, 1, listed.body["total"])
	// The host name is available again, also to another project.
	a.create(keptProject+"/domains", fields{"domain": "db.example.com"})
}

func TestDeletedProjectAnswers200(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{DeletedProjectAnswers200: true}})
	project, database := a.createProject("shop")
	a.do(http.MethodDelete, project, nil).requireStatus(http.StatusNoContent)
	assert.Equal(t, "deleted", a.do(http.MethodGet, project, nil).requireStatus(http.StatusOK).stringField("status"))
	a.do(http.MethodGet, project+"/databases/"+database, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodDelete, project, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	assert.Empty(t, a.Objects("projects"))
}

func TestDeletedProjectNameReusable(t *testing.T) {
	for name, test := range map[string]struct {
		behaviour Behaviour
		status    int
	}{
		"available": {Behaviour{}, http.StatusCreated},
		"reserved":  {Behaviour{DeletedProjectNameReusable: new(false)}, http.StatusConflict},
	} {
		t.Run(name, func(t *testing.T) {
			a := start(t, Options{Behaviour: test.behaviour})
			project, _ := a.createProject("shop")
			a.do(http.MethodDelete, project, nil).requireStatus(http.StatusNoContent)
			a.do(http.MethodPost, "/v1/projects", a.projectBody("shop")).requireStatus(test.status)
		})
	}
}

func TestKeepCIDRSpelling(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{KeepCIDRSpelling: true}})
	project, _ := a.createProject("shop")
	changed := a.do(http.MethodPatch, project, fields{"allowed_cidrs": []fields{{"cidr": "10.1.2.3/8"}, {"cidr": "2001:DB8:0::1"}}}).
		requireStatus(http.StatusOK)
	assert.Equal(t, []any{fields{"cidr": "10.1.2.3/8"}, fields{"cidr": "2001:DB8:0::1"}}, changed.body["allowed_cidrs"])
	a.do(http.MethodPatch, project, fields{"allowed_cidrs": []fields{{"cidr": "10.0.0.0/99"}}}).requireInvalid("allowed_cidrs.0.cidr")
}

func TestProjectLimit(t *testing.T) {
	a := start(t, Options{Limits: Limits{Projects: 1}})
	project, _ := a.createProject("one")
	a.do(http.MethodPost, "/v1/projects", a.projectBody("two")).requireProblem(http.StatusForbidden, "PLAN_LIMIT_REACHED")
	a.do(http.MethodDelete, project, nil).requireStatus(http.StatusNoContent)
	a.createProject("two")
}

func TestSelfHostedProjectRequiresPlan(t *testing.T) {
	for plan, status := range map[string]int{
		"starter": http.StatusForbidden, "pro": http.StatusForbidden, "scale": http.StatusCreated, "enterprise": http.StatusCreated,
	} {
		a := start(t, Options{Plan: plan})
		body := a.projectBody("shop")
		body["self_hosted"] = true
		a.do(http.MethodPost, "/v1/projects", body).requireStatus(status)
		assert.Len(t, a.Objects("databases"), len(a.Objects("projects")))
	}
}

func TestListProjects(t *testing.T) {
	a := start(t, Options{})
	for _, name := range []string{"c", "a", "b"} {
		a.createProject(name)
	}
	require.NoError(t, a.Edit("projects", a.idOf("projects", "c"), fields{"active_connections": 9}))
	for sortBy, want := range map[string][]string{
		"": {"c", "a", "b"}, "created_at": {"c", "a", "b"}, "name": {"a", "b", "c"}, "active_connections": {"a", "b", "c"},
	} {
		query := "?page_size=2&org_id=" + a.OrgID
		if sortBy != "" {
			query += "&sort_by=" + sortBy
		}
		var names []string
		for token := ""; ; {
			page := a.do(http.MethodGet, "/v1/projects"+query+token, nil).requireStatus(http.StatusOK)
			assert.EqualValues(t, 3, page.body["total"])
			for _, project := range page.listField("projects") {
				name, _ := project["name"].(string)
				names = append(names, name)
			}
			next, more := page.body["next_page_token"].(string)
			if !more {
				break
			}
			token = "&page_token=" + next
		}
		assert.Equal(t, want, names, sortBy)
	}
	a.do(http.MethodGet, "/v1/projects", nil).requireInvalid("org_id")
	a.do(http.MethodGet, "/v1/projects?org_id="+a.OrgID+"&sort_by=age", nil).requireInvalid("sort_by")
	a.do(http.MethodGet, "/v1/projects?org_id=org_other", nil).requireProblem(http.StatusForbidden, "FORBIDDEN")
}

// idOf returns the ID of an object by its name.
func (a *testAPI) idOf(kind, name string) string {
	a.t.Helper()
	for _, o := range a.Objects(kind) {
		if o["name"] == name {
			id, _ := o["id"].(string)
			return id
		}
	}
	require.Fail(a.t, "no object of this name", "%s %s", kind, name)
	return ""
}
