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

// projectInputs returns the inputs of a project.
func projectInputs(env *enginetest.Env) object {
	return object{"orgId": env.Local.OrgID, "name": "shop", "database": enginetest.DatabaseInputs}
}

// TestProjectUpdatesItsPrimaryDatabase takes one request for the database, and one for
// the project if that changes as well.
func TestProjectUpdatesItsPrimaryDatabase(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := projectInputs(env)
	project := env.Create("Project", "shop", inputs)
	database := project.State.Get("primaryDatabaseId").AsString()
	require.Equal(t, env.Local.Objects("databases")[0]["id"], database)

	env.Local.ResetRequests()
	inputs["database"] = enginetest.With(enginetest.DatabaseInputs, object{"host": "new.example.com", "password": "another"})
	preview := env.Engine.Preview(project, enginetest.Inputs(inputs))
	assert.Equal(t, enginetest.Update, preview.Op)
	assert.Contains(t, preview.Diff.DetailedDiff, "database.host")
	assert.Contains(t, preview.Diff.DetailedDiff, "database.password")
	env.Up(project, inputs)
	assert.Equal(t, object{"host": "new.example.com", "password": "another"}, env.RequestBody("PATCH", "/v1/projects/*/databases/*"))
	assert.Len(t, env.Local.Requests(), 1)
	assert.Equal(t, "another", env.Local.Secret("databases", database, "password"))
	env.RequireNoChanges(project, inputs)

	env.Local.ResetRequests()
	inputs["database"], inputs["description"] = enginetest.With(enginetest.DatabaseInputs, object{"port": 6432}), "The shop"
	env.Up(project, inputs)
	assert.Len(t, env.Local.Requests(), 2)
	assert.Equal(t, object{"description": "The shop"}, env.RequestBody("PATCH", "/v1/projects/*"))
	live := env.Local.Objects("databases")[0]
	assert.Equal(t, 6432.0, live["port"])
	assert.Equal(t, "db.example.com", live["host"])
}

// TestProjectUpdateResumesAfterFailure fails the second of two requests. The state has
// the result of the first one, and the next update sends only the second one.
func TestProjectUpdateResumesAfterFailure(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := projectInputs(env)
	project := env.Create("Project", "shop", inputs)
	inputs["description"], inputs["database"] = "The shop", enginetest.With(enginetest.DatabaseInputs, object{"port": 6432})
	env.Local.AddFault(localapi.Fault{Method: "PATCH", Path: "/v1/projects/*/databases/*", Times: 1, Status: 500, Detail: "database unavailable"})
	result := env.Engine.Up(project, enginetest.Inputs(inputs))
	require.Error(t, result.Err)
	require.Len(t, project.Unfinished, 1)
	assert.Contains(t, project.Unfinished[0], "database unavailable")
	assert.Equal(t, "The shop", project.State.Get("description").AsString())
	assert.Equal(t, 5432.0, project.State.Get("database").AsMap().Get("port").AsNumber())

	env.Local.ResetRequests()
	env.Up(project, inputs)
	assert.Len(t, env.Local.Requests(), 1)
	assert.Equal(t, object{"port": 6432.0}, env.RequestBody("PATCH", "/v1/projects/*/databases/*"))
	env.RequireNoChanges(project, inputs)
}

// TestProjectKeepsItsPrimaryDatabaseID also covers an API that does not return the
// database when the project is created.
func TestProjectKeepsItsPrimaryDatabaseID(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{CreateProjectOmitsDatabase: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := projectInputs(env)
		project := env.Create("Project", "shop", inputs)
		// Two more databases with the same role.
		for _, name := range []string{"second", "third"} {
			env.Create("Database", name, enginetest.With(enginetest.DatabaseInputs, object{"projectId": project.ID, "host": name + ".example.com"}))
		}
		primary := env.Local.Objects("databases")[0]
		require.Equal(t, "db.example.com", primary["host"])
		assertPrimary := func(resource *enginetest.Resource, when string) {
			t.Helper()
			assert.Equal(t, primary["id"], resource.State.Get("primaryDatabaseId").AsString(), when)
		}
		assertPrimary(project, "after the create")
		env.Up(project, enginetest.With(inputs, object{"description": "The shop"}))
		assertPrimary(project, "after the update")
		env.Refresh(project)
		assertPrimary(project, "after the refresh")
		imported, err := env.Engine.Import("Project", "shop", project.ID)
		require.NoError(t, err)
		assertPrimary(imported, "after the import")
		assert.Equal(t, "db.example.com", imported.Inputs.Get("database").AsMap().Get("host").AsString())
	})
}

// TestProjectRecreatesItsPrimaryDatabase deletes the database outside of Pulumi.
func TestProjectRecreatesItsPrimaryDatabase(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := projectInputs(env)
	project := env.Create("Project", "shop", inputs)
	require.NoError(t, env.Local.Remove("databases", project.State.Get("primaryDatabaseId").AsString()))
	env.Refresh(project)
	preview := env.Engine.Preview(project, enginetest.Inputs(inputs))
	assert.Equal(t, p.Add, preview.Diff.DetailedDiff["database"].Kind)
	env.Up(project, inputs)
	require.Len(t, env.Local.Objects("databases"), 1)
	assert.Equal(t, env.Local.Objects("databases")[0]["id"], project.State.Get("primaryDatabaseId").AsString())
	assert.Equal(t, "pa:ss/w@rd 1", env.Local.Secret("databases", project.State.Get("primaryDatabaseId").AsString(), "password"))
	env.RequireNoChanges(project, inputs)
}

// TestProjectDatabaseIsRequiredOnCreate checks that a program may omit the database of a
// project that exists.
func TestProjectDatabaseIsRequiredOnCreate(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := projectInputs(env)
	_, failures := env.Engine.Check(&enginetest.Resource{Kind: "Project", Name: "shop"}, enginetest.Inputs(enginetest.With(inputs, object{"database": nil})))
	require.Len(t, failures, 1)
	assert.Equal(t, "database is required to create the object", failures[0].Reason)

	project := env.Create("Project", "shop", inputs)
	env.Up(project, enginetest.With(inputs, object{"database": nil, "description": "The shop"}))
	assert.Equal(t, "db.example.com", env.Local.Objects("databases")[0]["host"])
	require.NoError(t, env.Local.Edit("databases", project.State.Get("primaryDatabaseId").AsString(), object{"host": "elsewhere.example.com"}))
	env.Refresh(project)
	env.RequireNoChanges(project, enginetest.With(inputs, object{"database": nil, "description": "The shop"}))
}

// TestProjectCreateResumesAfterFailure fails the second request of a create. The next
// update completes the project and creates nothing.
func TestProjectCreateResumesAfterFailure(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := enginetest.With(projectInputs(env), object{"allowedCidrs": []string{"203.0.113.0/24"}, "agentsDisabled": true, "tags": []string{"a"}})
	env.Local.AddFault(localapi.Fault{Method: "PATCH", Times: 1, Status: 403, Code: "FORBIDDEN", Detail: "role not permitted"})
	project := &enginetest.Resource{Kind: "Project", Name: "shop"}
	result := env.Engine.Up(project, enginetest.Inputs(inputs))
	require.Error(t, result.Err)
	require.Len(t, project.Unfinished, 1)
	for _, part := range []string{"role not permitted", "creating Project \"shop\"", "the next `pulumi up` completes it"} {
		assert.Contains(t, project.Unfinished[0], part)
	}
	require.NotEmpty(t, project.ID)
	assert.False(t, project.State.Get("agentsDisabled").AsBool(), "the state has the live value")

	env.Local.ResetRequests()
	env.Up(project, inputs)
	assert.Len(t, env.Local.Requests(), 1)
	assert.Equal(t, object{"allowed_cidrs": []any{object{"cidr": "203.0.113.0/24"}}, "agents_disabled": true}, env.RequestBody("PATCH", "/v1/projects/*"))
	assert.Len(t, env.Local.Objects("projects"), 1)
	env.RequireNoChanges(project, inputs)
}

// TestProjectRangesAreComparedByMeaning checks that their order and notation are not
// significant, but their labels are.
func TestProjectRangesAreComparedByMeaning(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{KeepCIDRSpelling: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := enginetest.With(projectInputs(env), object{
			"allowedCidrs": []string{"2001:DB8:0::/32", "10.1.2.3/8", "192.0.2.1"}, "cidrLabels": object{"192.0.2.1/32": "VPN"},
		})
		project := env.Create("Project", "shop", inputs)
		env.Refresh(project)
		env.RequireNoChanges(project, inputs)
		env.RequireNoChanges(project, enginetest.With(inputs, object{
			"allowedCidrs": []string{"192.0.2.1/32", "10.0.0.0/8", "2001:db8::/32"}, "cidrLabels": object{"192.0.2.1": "VPN"},
		}))
		env.Local.ResetRequests()
		env.Up(project, enginetest.With(inputs, object{"cidrLabels": object{"192.0.2.1": "Office"}}))
		assert.Len(t, env.Local.Requests(), 1)
		assert.Contains(t, env.RequestBody("PATCH", "/v1/projects/*")["allowed_cidrs"], object{"cidr": "192.0.2.1", "label": "Office"})
	})
}

// TestProjectRemovedPropertiesReturnToTheirDefaults removes properties whose default is
// an empty value.
func TestProjectRemovedPropertiesReturnToTheirDefaults(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := projectInputs(env)
	project := env.Create("Project", "shop", inputs)
	policy := env.Policy(project, "strict")
	env.Up(project, enginetest.With(inputs, object{"allowedCidrs": []string{"192.0.2.1"}, "defaultPolicyProfileId": policy.ID}))
	assert.Equal(t, policy.ID, env.Local.Objects("projects")[0]["default_policy_profile_id"])
	env.Local.ResetRequests()
	env.Up(project, inputs)
	assert.Equal(t, object{"allowed_cidrs": []any{}, "default_policy_profile_id": ""}, env.RequestBody("PATCH", "/v1/projects/*"))
	live := env.Local.Objects("projects")[0]
	assert.Empty(t, live["allowed_cidrs"])
	assert.Empty(t, live["default_policy_profile_id"])
}

// TestProjectWithTakenNameIsNotAdopted checks that the error explains how to import the
// existing project.
func TestProjectWithTakenNameIsNotAdopted(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	env.Create("Project", "first", projectInputs(env))
	second := &enginetest.Resource{Kind: "Project", Name: "second"}
	result := env.Engine.Up(second, enginetest.Inputs(projectInputs(env)))
	require.Error(t, result.Err)
	for _, part := range []string{"409 RESOURCE_EXISTS", "creating Project \"second\"", "pulumi import", "request ID"} {
		assert.Contains(t, result.Err.Error(), part)
	}
	assert.Empty(t, second.ID)
	assert.Len(t, env.Local.Objects("projects"), 1)
}

func TestProjectIsDeletedBeforeReplacementOnlyWithTheSameName(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := projectInputs(env)
	project := env.Create("Project", "shop", inputs)
	sameName := env.Engine.Preview(project, enginetest.Inputs(enginetest.With(inputs, object{"cloud": "gcp"})))
	assert.True(t, sameName.Diff.DeleteBeforeReplace)
	otherName := env.Engine.Preview(project, enginetest.Inputs(enginetest.With(inputs, object{"cloud": "gcp", "name": "another"})))
	assert.Equal(t, enginetest.Replace, otherName.Op)
	assert.False(t, otherName.Diff.DeleteBeforeReplace)
}

// TestProjectNameOfDeletedProjectIsTaken uses an API that reserves the names of deleted
// projects.
func TestProjectNameOfDeletedProjectIsTaken(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{Behaviour: localapi.Behaviour{DeletedProjectNameReusable: new(bool)}})
	project := env.Create("Project", "shop", projectInputs(env))
	require.NoError(t, env.Engine.Delete(project))
	recreated := &enginetest.Resource{Kind: "Project", Name: "shop"}
	result := env.Engine.Up(recreated, enginetest.Inputs(projectInputs(env)))
	require.ErrorContains(t, result.Err, "409 RESOURCE_EXISTS")
	assert.Contains(t, result.Err.Error(), "choose another name")
	env.Up(recreated, enginetest.With(projectInputs(env), object{"name": nil}))
}

// TestProjectCheckReportsAllProblems covers problems of single properties, and one that
// concerns two of them.
func TestProjectCheckReportsAllProblems(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	_, failures := env.Engine.Check(&enginetest.Resource{Kind: "Project", Name: "shop"}, enginetest.Inputs(enginetest.With(projectInputs(env), object{
		"allowedCidrs": []any{"10.0.0.0/33", 1}, "cidrLabels": object{"192.0.2.1": "VPN"}, "cloud": "moon",
	})))
	var properties []string
	for _, failure := range failures {
		properties = append(properties, strings.Split(failure.Reason, " ")[0])
	}
	assert.ElementsMatch(t, []string{"allowedCidrs[0]", "allowedCidrs[1]", "cloud", `cidrLabels["192.0.2.1"]`}, properties)
}
