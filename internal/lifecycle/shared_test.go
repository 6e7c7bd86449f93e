// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// TestImportedDefaultPolicyStays imports a project and its default policy. The
// program gives the default in one place alone, and it stays, with whatever else
// the update does.
func TestImportedDefaultPolicyStays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.Project()
	policy := w.Policy(made, "strict")
	w.Create("ProjectDefaultPolicy", "made", object{"projectId": made.ID, "policyProfileId": policy.ID})

	project, err := w.Engine.Import("Project", "imported", made.ID)
	require.NoError(t, err)
	tie, err := w.Engine.Import("ProjectDefaultPolicy", "imported", made.ID)
	require.NoError(t, err)
	program := object{"orgId": w.Local.OrgID, "name": "parent", "database": without(enginetest.DatabaseInputs, "password")}
	tied := object{"projectId": made.ID, "policyProfileId": policy.ID}
	w.RequireNoChanges(project, program)
	w.RequireNoChanges(tie, tied)
	held := func() any { return w.Local.Objects("projects")[0]["default_policy_profile_id"] }
	for _, description := range []string{"", "changed", "changed again"} {
		w.Up(project, with(program, object{"description": description}))
		w.Up(tie, tied)
		assert.Equal(t, policy.ID, held())
		w.Refresh(project)
		w.Refresh(tie)
	}

	// Who gives it in the project takes it out there, too.
	w.Up(project, with(program, object{"defaultPolicyProfileId": policy.ID}))
	result := w.Up(project, program)
	assert.Contains(t, result.Diff.DetailedDiff, "defaultPolicyProfileId")
	assert.Empty(t, held())
}

// TestImportOfAProjectLeavesItsDatabase: a program without the database of an
// imported project sends nothing.
func TestImportOfAProjectLeavesItsDatabase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	made := w.Project()
	project, err := w.Engine.Import("Project", "imported", made.ID)
	require.NoError(t, err)
	w.Local.ResetRequests()
	w.RequireNoChanges(project, object{"orgId": w.Local.OrgID, "name": "parent"})
	w.Up(project, object{"orgId": w.Local.OrgID, "name": "parent"})
	assert.Empty(t, w.Local.Requests())
	w.Up(project, object{"orgId": w.Local.OrgID, "name": "parent", "description": "changed"})
	assert.Len(t, w.Local.Requests(), 1)
	assert.Equal(t, object{"description": "changed"}, sent(t, w, "PATCH", "/v1/projects/*"))
}

// TestPropertiesOfTwoKindsNameEachOther: the kind that a shared property names exists.
func TestPropertiesOfTwoKindsNameEachOther(t *testing.T) {
	t.Parallel()
	kinds, shared := map[string]bool{}, []string{}
	for _, served := range resources.All() {
		kinds[served.Kind()] = true
		for name := range served.Properties {
			if kind := served.Properties.SharedWith(name); kind != "" {
				shared = append(shared, kind)
			}
		}
	}
	assert.NotEmpty(t, shared)
	for _, kind := range shared {
		assert.True(t, kinds[kind], kind)
	}
}

// without returns an object less some entries.
func without(o object, names ...string) object {
	gone := object{}
	for _, name := range names {
		gone[name] = nil
	}
	return with(o, gone)
}

// TestUniqueByNamesInputs also requires that a kind is unique within one object: the
// IDs that precede its own in an import ID.
func TestUniqueByNamesInputs(t *testing.T) {
	t.Parallel()
	kinds := 0
	for _, resource := range resources.All() {
		if len(resource.UniqueBy) > 0 {
			kinds++
		}
		assert.Subset(t, resource.Properties.Names(), resource.UniqueBy, resource.Kind())
	}
	assert.NotZero(t, kinds)
}
