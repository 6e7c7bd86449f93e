// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

const migrationGuide = "https://github.com/pgbeam/pulumi-pgbeam/blob/main/MIGRATING.md"

// onlyIfUnmanaged precedes the advice with which the next update deletes an object that
// something else manages.
const onlyIfUnmanaged = "Only if nothing manages it"

func canConflict(k scenario.Kind) bool { return k.HasConflicts() || k.IsSetting() }

// conflict creates a resource with the unique values or the setting of another one, and
// returns the error.
func conflict(c *scenario.Case, engine *enginetest.Engine, name string) string {
	c.Helper()
	inputs := c.Inputs(c.Kind.Full)
	if c.Kind.IsSetting() {
		inputs = c.OtherSettingInputs()
	}
	result := engine.Up(c.New(name), enginetest.Inputs(inputs))
	if c.DuplicatesAllowed() {
		require.NoError(c, result.Err)
		return ""
	}
	require.Error(c, result.Err)
	return result.Err.Error()
}

// TestConflictWithOlderObjectNamesTheMigrationFirst creates an object that existed before
// the run. The dynamic provider or Terraform may manage it. An update that succeeds would
// then delete it: after an import, and also under another name, because the failed create
// is what keeps the engine from deleting resources that the program no longer has.
func TestConflictWithOlderObjectNamesTheMigrationFirst(t *testing.T) {
	scenario.ForEach(t, canConflict, func(c *scenario.Case) {
		old := c.CreateFull("old")
		message := conflict(c, c.Engine, "new")
		if message == "" {
			return
		}
		ownID := old.ID[strings.LastIndex(old.ID, "/")+1:]
		guide, condition := strings.Index(message, migrationGuide), strings.Index(message, onlyIfUnmanaged)
		require.Positive(c, guide, message)
		require.Greater(c, condition, guide, message)
		assert.Contains(c, message[guide:condition], ownID+": `pulumi stack export`")
		assert.Contains(c, message[guide:condition], "terraform state pull")
		assert.Contains(c, message[:guide], "@pgbeam/pulumi")
		for _, advice := range []string{"aliases", "deleteBeforeReplace"} {
			assert.Greater(c, strings.Index(message, advice), guide, advice)
		}
		for _, dangerous := range []string{"pulumi import", "choose another name"} {
			if first := strings.Index(message, dangerous); first >= 0 {
				assert.Greater(c, first, condition, dangerous)
			}
		}
		assert.Contains(c, message, "pulumi import pgbeam:index:"+c.Kind.Name+" new "+c.ImportID(old))
		assert.Equal(c, c.Kind.HasConflicts(), strings.Contains(message, "choose another name"))
	})
}

// TestConflictWithObjectOfUnknownAgeNamesTheMigrationFirst requires the same if the API
// does not show the object.
func TestConflictWithObjectOfUnknownAgeNamesTheMigrationFirst(t *testing.T) {
	scenario.ForEach(t, func(k scenario.Kind) bool { return k.HasConflicts() && k.Reads == 0 }, func(c *scenario.Case) {
		if c.DuplicatesAllowed() {
			return
		}
		c.CreateFull("old")
		c.Local.AddFault(localapi.Fault{Method: "GET", Status: http.StatusServiceUnavailable})
		message := conflict(c, c.Engine, "new")
		guide, condition := strings.Index(message, migrationGuide), strings.Index(message, onlyIfUnmanaged)
		require.Positive(c, guide, message)
		require.Greater(c, condition, guide, message)
		assert.Greater(c, strings.Index(message, "aliases"), guide)
		assert.Greater(c, strings.Index(message, "choose another name"), condition)
		assert.NotContains(c, message, "pulumi import")
	})
}

// TestConflictWithinARunNamesTheOtherResource creates two resources with the same unique
// values, or with different values of a setting, in one run.
func TestConflictWithinARunNamesTheOtherResource(t *testing.T) {
	scenario.ForEach(t, canConflict, func(c *scenario.Case) {
		run := c.Engine.Run()
		run.MustUp(c.New("first"), c.Inputs(c.Kind.Full))
		message := conflict(c, run, "second")
		if message == "" {
			return
		}
		assert.Contains(c, message, c.Kind.Name+` "first"`)
		for _, unrelated := range []string{migrationGuide, "pulumi import", "aliases"} {
			assert.NotContains(c, message, unrelated)
		}
	})
}

// TestConflictWithNewerObjectKeepsTheCondition creates an object that something else has
// created after the run began. Another run of the same program may have, which then
// manages it.
func TestConflictWithNewerObjectKeepsTheCondition(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.HasConflicts, func(c *scenario.Case) {
		c.Clock.Advance(time.Hour)
		c.CreateFull("elsewhere")
		message := conflict(c, c.Engine, "new")
		if message == "" {
			return
		}
		assert.NotContains(c, message, migrationGuide)
		condition := strings.Index(message, onlyIfUnmanaged)
		require.Positive(c, condition)
		assert.Greater(c, strings.Index(message, "pulumi import"), condition)
		assert.Greater(c, strings.Index(message, "choose another name"), condition)
	})
}
