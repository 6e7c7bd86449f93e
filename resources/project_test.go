// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

func projectInputs(w *enginetest.Env) object {
	return object{"orgId": w.Local.OrgID, "name": "shop", "database": enginetest.DatabaseInputs}
}

// TestProjectDatabaseEditsReachThePrimaryDatabase, each in one request, and two
// when the project changes with it.
func TestProjectDatabaseEditsReachThePrimaryDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := projectInputs(w)
	project := w.Create("Project", "shop", inputs)
	database := project.State.Get("primaryDatabaseId").AsString()
	require.Equal(t, w.Local.Objects("databases")[0]["id"], database)

	w.Local.ResetRequests()
	inputs["database"] = with(enginetest.DatabaseInputs, object{"host": "new.example.com", "password": "another"})
	preview := w.Engine.Preview(project, enginetest.Inputs(inputs))
	assert.Equal(t, enginetest.Update, preview.Op)
	assert.Contains(t, preview.Diff.DetailedDiff, "database.host")
	assert.Contains(t, preview.Diff.DetailedDiff, "database.password")
	w.Up(project, inputs)
	assert.Equal(t, object{"host": "new.example.com", "password": "another"}, sent(t, w, "PATCH", "/v1/projects/*/databases/*"))
	assert.Len(t, w.Local.Requests(), 1)
	assert.Equal(t, "another", w.Local.Secret("databases", database, "password"))
	w.RequireNoChanges(project, inputs)

	w.Local.ResetRequests()
	inputs["database"], inputs["description"] = with(enginetest.DatabaseInputs, object{"port": 6432}), "The shop"
	w.Up(project, inputs)
	assert.Len(t, w.Local.Requests(), 2)
	assert.Equal(t, object{"description": "The shop"}, sent(t, w, "PATCH", "/v1/projects/*"))
	live := w.Local.Objects("databases")[0]
	assert.Equal(t, 6432.0, live["port"])
	assert.Equal(t, "db.example.com", live["host"])
}

// TestProjectDatabaseFailsAfterTheProject: what the first of two requests did
// is in the state, and only the second is sent again.
func TestProjectDatabaseFailsAfterTheProject(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := projectInputs(w)
	project := w.Create("Project", "shop", inputs)
	inputs["description"], inputs["database"] = "The shop", with(enginetest.DatabaseInputs, object{"port": 6432})
	w.Local.AddFault(localapi.Fault{Method: "PATCH", Path: "/v1/projects/*/databases/*", Times: 1, Status: 500, Detail: "it is raining"})
	result := w.Engine.Up(project, enginetest.Inputs(inputs))
	require.Error(t, result.Err)
	require.Len(t, project.Unfinished, 1)
	assert.Contains(t, project.Unfinished[0], "it is raining")
	assert.Equal(t, "The shop", project.State.Get("description").AsString())
	assert.Equal(t, 5432.0, project.State.Get("database").AsMap().Get("port").AsNumber())

	w.Local.ResetRequests()
	w.Up(project, inputs)
	assert.Len(t, w.Local.Requests(), 1)
	assert.Equal(t, object{"port": 6432.0}, sent(t, w, "PATCH", "/v1/projects/*/databases/*"))
	w.RequireNoChanges(project, inputs)
}

// TestProjectPrimaryDatabaseID survives update, refresh and import, also where
// the answer to the creation does not bring the database.
func TestProjectPrimaryDatabaseID(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{CreateProjectOmitsDatabase: true}, func(t *testing.T, w *enginetest.Env) {
		inputs := projectInputs(w)
		project := w.Create("Project", "shop", inputs)
		// Two more with the same role, one of them created in the same second.
		for _, name := range []string{"second", "third"} {
			w.Create("Database", name, with(enginetest.DatabaseInputs, object{"projectId": project.ID, "host": name + ".example.com"}))
		}
		primary := w.Local.Objects("databases")[0]
		require.Equal(t, "db.example.com", primary["host"])
		is := func(resource *enginetest.Resource, after string) {
			t.Helper()
			assert.Equal(t, primary["id"], resource.State.Get("primaryDatabaseId").AsString(), after)
		}
		is(project, "creation")
		w.Up(project, with(inputs, object{"description": "The shop"}))
		is(project, "an update")
		w.Refresh(project)
		is(project, "a refresh")
		imported, err := w.Engine.Import("Project", "shop", project.ID)
		require.NoError(t, err)
		is(imported, "an import")
		assert.Equal(t, "db.example.com", imported.Inputs.Get("database").AsMap().Get("host").AsString())
	})
}

// TestProjectDatabaseDeletedByOtherHands is seen by refresh, and repaired.
func TestProjectDatabaseDeletedByOtherHands(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := projectInputs(w)
	project := w.Create("Project", "shop", inputs)
	require.NoError(t, w.Local.Remove("databases", project.State.Get("primaryDatabaseId").AsString()))
	w.Refresh(project)
	preview := w.Engine.Preview(project, enginetest.Inputs(inputs))
	assert.Equal(t, p.Add, preview.Diff.DetailedDiff["database"].Kind)
	w.Up(project, inputs)
	require.Len(t, w.Local.Objects("databases"), 1)
	assert.Equal(t, w.Local.Objects("databases")[0]["id"], project.State.Get("primaryDatabaseId").AsString())
	assert.Equal(t, "pa:ss/w@rd 1", w.Local.Secret("databases", project.State.Get("primaryDatabaseId").AsString(), "password"))
	w.RequireNoChanges(project, inputs)
}

// TestProjectWithoutItsDatabase: a program may leave the database of a project
// that exists to others, but cannot create one without.
func TestProjectWithoutItsDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := projectInputs(w)
	_, failures := w.Engine.Check(&enginetest.Resource{Kind: "Project", Name: "shop"}, enginetest.Inputs(with(inputs, object{"database": nil})))
	require.Len(t, failures, 1)
	assert.Equal(t, "database is required to create the object", failures[0].Reason)

	project := w.Create("Project", "shop", inputs)
	w.Up(project, with(inputs, object{"database": nil, "description": "The shop"}))
	assert.Equal(t, "db.example.com", w.Local.Objects("databases")[0]["host"])
	require.NoError(t, w.Local.Edit("databases", project.State.Get("primaryDatabaseId").AsString(), object{"host": "elsewhere.example.com"}))
	w.Refresh(project)
	w.RequireNoChanges(project, with(inputs, object{"database": nil, "description": "The shop"}))
}

// TestProjectFinishesWhatItsCreationBegan: the project stays in the state, is
// finished by the next update, and nothing is there twice.
func TestProjectFinishesWhatItsCreationBegan(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := with(projectInputs(w), object{"allowedCidrs": []string{"203.0.113.0/24"}, "agentsDisabled": true, "tags": []string{"a"}})
	w.Local.AddFault(localapi.Fault{Method: "PATCH", Times: 1, Status: 403, Code: "FORBIDDEN", Detail: "not you"})
	project := &enginetest.Resource{Kind: "Project", Name: "shop"}
	result := w.Engine.Up(project, enginetest.Inputs(inputs))
	require.Error(t, result.Err)
	require.Len(t, project.Unfinished, 1)
	for _, part := range []string{"not you", "creating Project \"shop\"", "the next `pulumi up` completes it"} {
		assert.Contains(t, project.Unfinished[0], part)
	}
	require.NotEmpty(t, project.ID)
	assert.False(t, project.State.Get("agentsDisabled").AsBool(), "the state says what there is")

	w.Local.ResetRequests()
	w.Up(project, inputs)
	assert.Len(t, w.Local.Requests(), 1)
	assert.Equal(t, object{"allowed_cidrs": []any{object{"cidr": "203.0.113.0/24"}}, "agents_disabled": true}, sent(t, w, "PATCH", "/v1/projects/*"))
	assert.Len(t, w.Local.Objects("projects"), 1)
	w.RequireNoChanges(project, inputs)
}

// TestProjectRangesCompareByMeaning: spelling and order mean nothing, labels do.
func TestProjectRangesCompareByMeaning(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{KeepCIDRSpelling: true}, func(t *testing.T, w *enginetest.Env) {
		inputs := with(projectInputs(w), object{
			"allowedCidrs": []string{"2001:DB8:0::/32", "10.1.2.3/8", "192.0.2.1"}, "cidrLabels": object{"192.0.2.1/32": "VPN"},
		})
		project := w.Create("Project", "shop", inputs)
		w.Refresh(project)
		w.RequireNoChanges(project, inputs)
		w.RequireNoChanges(project, with(inputs, object{
			"allowedCidrs": []string{"192.0.2.1/32", "10.0.0.0/8", "2001:db8::/32"}, "cidrLabels": object{"192.0.2.1": "VPN"},
		}))
		w.Local.ResetRequests()
		w.Up(project, with(inputs, object{"cidrLabels": object{"192.0.2.1": "Office"}}))
		assert.Len(t, w.Local.Requests(), 1)
		assert.Contains(t, sent(t, w, "PATCH", "/v1/projects/*")["allowed_cidrs"], object{"cidr": "192.0.2.1", "label": "Office"})
	})
}

// TestProjectClears: what is taken out of a program goes back to the API's default.
func TestProjectClears(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	plain := projectInputs(w)
	project := w.Create("Project", "shop", plain)
	policy := w.Policy(project, "strict")
	w.Up(project, with(plain, object{"allowedCidrs": []string{"192.0.2.1"}, "defaultPolicyProfileId": policy.ID}))
	assert.Equal(t, policy.ID, w.Local.Objects("projects")[0]["default_policy_profile_id"])
	w.Local.ResetRequests()
	w.Up(project, plain)
	assert.Equal(t, object{"allowed_cidrs": []any{}, "default_policy_profile_id": ""}, sent(t, w, "PATCH", "/v1/projects/*"))
	live := w.Local.Objects("projects")[0]
	assert.Empty(t, live["allowed_cidrs"])
	assert.Empty(t, live["default_policy_profile_id"])
}

// TestProjectIsNeverAdopted: a name that is taken is an error that says how to
// bring the other object in.
func TestProjectIsNeverAdopted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.Create("Project", "first", projectInputs(w))
	second := &enginetest.Resource{Kind: "Project", Name: "second"}
	result := w.Engine.Up(second, enginetest.Inputs(projectInputs(w)))
	require.Error(t, result.Err)
	for _, part := range []string{"409 RESOURCE_EXISTS", "creating Project \"second\"", "pulumi import", "request ID"} {
		assert.Contains(t, result.Err.Error(), part)
	}
	assert.Empty(t, second.ID)
	assert.NotEmpty(t, first.ID)
}

// TestProjectIsReplacedUnderItsName: the old one goes first where the name
// stays, and stays until the new one exists where it does not.
func TestProjectIsReplacedUnderItsName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	inputs := projectInputs(w)
	project := w.Create("Project", "shop", inputs)
	named := w.Engine.Preview(project, enginetest.Inputs(with(inputs, object{"cloud": "gcp"})))
	assert.True(t, named.Diff.DeleteBeforeReplace)
	renamed := w.Engine.Preview(project, enginetest.Inputs(with(inputs, object{"cloud": "gcp", "name": "another"})))
	assert.Equal(t, enginetest.Replace, renamed.Op)
	assert.False(t, renamed.Diff.DeleteBeforeReplace)
}

// TestProjectNameThatIsNotReusable: where a deleted project keeps its name, a
// new one under it is refused, and the error says what to do.
func TestProjectNameThatIsNotReusable(t *testing.T) {
	t.Parallel()
	w := enginetest.NewEnv(t, localapi.Options{Behaviour: localapi.Behaviour{DeletedProjectNameReusable: new(bool)}})
	project := w.Create("Project", "shop", projectInputs(w))
	require.NoError(t, w.Engine.Delete(project))
	again := &enginetest.Resource{Kind: "Project", Name: "shop"}
	result := w.Engine.Up(again, enginetest.Inputs(projectInputs(w)))
	require.ErrorContains(t, result.Err, "409 RESOURCE_EXISTS")
	assert.Contains(t, result.Err.Error(), "choose another name")
	w.Up(again, with(projectInputs(w), object{"name": nil}))
}

// TestProjectTellsEverythingAtOnce: what is wrong with properties, and between them.
func TestProjectTellsEverythingAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, failures := w.Engine.Check(&enginetest.Resource{Kind: "Project", Name: "shop"}, enginetest.Inputs(with(projectInputs(w), object{
		"allowedCidrs": []any{"10.0.0.0/33", 1}, "cidrLabels": object{"192.0.2.1": "VPN"}, "cloud": "moon",
	})))
	var at []string
	for _, failure := range failures {
		at = append(at, strings.Split(failure.Reason, " ")[0])
	}
	assert.ElementsMatch(t, []string{"allowedCidrs[0]", "allowedCidrs[1]", "cloud", `cidrLabels["192.0.2.1"]`}, at)
}
