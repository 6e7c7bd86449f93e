// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// TestMissingObjectTakesOneVerification requires that a run lists the
// organizations of the API key once, for the first object that is missing, before
// it drops objects from the state.
func TestMissingObjectTakesOneVerification(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.IsObject, func(c *scenario.Case) {
		resource := c.CreateFull("thing")
		require.NoError(c, c.Local.Remove(c.Kind.Collection, c.LiveID(resource)))
		engine := enginetest.New(c, c.Local)
		for range 2 {
			read, deleted := *resource, *resource
			exists, err := engine.Refresh(&read)
			require.NoError(c, err)
			assert.False(c, exists)
			require.NoError(c, engine.Delete(&deleted))
		}
		lists := c.Local.Count("GET", "/v1/organizations")
		if lists == 0 {
			assert.True(c, c.Kind.SoftDeletes, "only the status of the object may make the list unnecessary")
			return
		}
		assert.Equal(c, 1, lists)
	})
}

// TestMissingObjectIsKeptWithoutVerification requires that nothing is dropped from
// the state, and that no delete succeeds, if the organizations cannot be listed.
func TestMissingObjectIsKeptWithoutVerification(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.IsObject, func(c *scenario.Case) {
		resource := c.CreateFull("thing")
		// A base URL with an additional path leads to such responses of the API's own router.
		c.Local.AddFault(localapi.Fault{Status: http.StatusNotFound})
		before := *resource
		_, err := c.Engine.Refresh(resource)
		require.Error(c, err)
		assert.Equal(c, before, *resource)
		assert.Contains(c, err.Error(), `reading `+c.Kind.Name+` "thing" (`+resource.ID+`)`)
		assert.Contains(c, err.Error(), "It is uncertain whether the object is gone")
		err = c.Engine.Delete(resource)
		require.ErrorContains(c, err, `deleting `+c.Kind.Name+` "thing" (`+resource.ID+`)`)
		c.Local.ClearFaults()
		c.LiveObject(resource)
	})
}

// TestRemovedOperationKeepsTheObject requires that nothing is dropped from the state, and
// that no delete succeeds, if the API has removed the operation.
func TestRemovedOperationKeepsTheObject(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.IsObject, func(c *scenario.Case) {
		resource := c.CreateFull("thing")
		c.Local.AddFault(localapi.Fault{Status: http.StatusGone})
		before := *resource
		_, readErr := c.Engine.Refresh(resource)
		assert.Equal(c, before, *resource)
		for _, err := range []error{readErr, c.Engine.Delete(resource)} {
			require.ErrorContains(c, err, "410 GONE")
			require.ErrorContains(c, err, "update the pgbeam provider to a newer release")
		}
		c.Local.ClearFaults()
		c.LiveObject(resource)
	})
}

// TestKeyOfAnotherOrganizationIsAnError uses an API key to which the object is not
// visible. A resource that names its organization is kept, and the error names both.
func TestKeyOfAnotherOrganizationIsAnError(t *testing.T) {
	t.Parallel()
	for _, k := range scenario.Kinds() {
		if !k.BelongsToOrganization() {
			continue // TestForeignServersChangeNothing in tests/e2e covers the warning
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			c := scenario.NewCase(t, k, localapi.Options{APIKeys: map[string]string{"pbo_local": "org_local", "pbo_other": "org_other"}})
			resource := c.CreateFull("thing")
			other := enginetest.New(t, c.Local, map[string]string{"PGBEAM_API_KEY": "pbo_other"})
			before := *resource
			_, readErr := other.Refresh(resource)
			require.Error(t, readErr)
			assert.Equal(t, before, *resource)
			deleteErr := other.Delete(resource)
			require.Error(t, deleteErr)
			for _, message := range []string{readErr.Error(), deleteErr.Error()} {
				if k.ForbiddenToOthers {
					assert.Contains(t, message, "403")
					continue
				}
				assert.Contains(t, message, "org_local")
				assert.Contains(t, message, "org_other")
			}
			c.LiveObject(resource)
		})
	}
}

// TestObjectOfADeletedProjectIsMissing deletes the project outside of Pulumi. The
// API then responds 404, or 409 because of the project's state.
func TestObjectOfADeletedProjectIsMissing(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.BelongsToProject, func(c *scenario.Case) {
		resource := c.CreateFull("thing")
		require.NoError(c, c.Local.Remove("projects", c.Parents["projectId"].(string)))
		deleted := *resource
		require.NoError(c, c.Engine.Delete(&deleted))
		exists, err := c.Engine.Refresh(resource)
		require.NoError(c, err)
		assert.False(c, exists)
	})
}

// TestConflictLookupEnds requires that the lookup of a conflicting object reads a
// few pages only, even if the list never ends.
func TestConflictLookupEnds(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.HasConflicts, func(c *scenario.Case) {
		c.CreateFull("thing")
		if c.DuplicatesAllowed() {
			require.NoError(c, c.Engine.Up(c.New("other"), enginetest.Inputs(c.Inputs(c.Kind.Full))).Err)
			return
		}
		for _, tokens := range []string{localapi.TokensAlternate, localapi.TokensCount, localapi.TokensGrow} {
			c.Local.ResetRequests()
			c.Local.AddFault(localapi.Fault{Method: "GET", Tokens: tokens, Set: object{
				"*.*.name": "another", "*.*.domain": "another.example.com", "*.*.relation_name": "another", "*.*.metric": "qps",
			}})
			result := c.Engine.Up(c.New("other"), enginetest.Inputs(c.Inputs(c.Kind.Full)))
			if c.Kind.Reads > 0 { // the create needs the list, too
				require.ErrorContains(c, result.Err, "the list does not end")
			} else {
				require.ErrorContains(c, result.Err, "409 RESOURCE_EXISTS")
				assert.LessOrEqual(c, len(c.Local.Requests()), 7)
			}
			c.Local.ClearFaults()
		}
	})
}

// TestResponsesOfForeignServersChangeNothing requires that every operation on a
// server that is not the API fails and keeps the state, and that the error names
// the address and the setting.
func TestResponsesOfForeignServersChangeNothing(t *testing.T) {
	t.Parallel()
	for name, handler := range scenario.ForeignServers() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(handler)
			t.Cleanup(server.Close)
			for _, k := range scenario.Kinds() {
				t.Run(k.Name, func(t *testing.T) {
					c := scenario.NewCase(t, k, localapi.Options{})
					resource := c.CreateFull("thing")
					foreign := enginetest.New(t, c.Local, map[string]string{"PGBEAM_API_URL": server.URL})
					before := *resource

					_, readErr := foreign.Refresh(resource)
					require.Error(t, readErr)
					deleteErr := foreign.Delete(resource)
					require.Error(t, deleteErr)
					messages := []string{readErr.Error(), deleteErr.Error()}
					var writes []string
					if changed, ok := k.ChangedInputs(); ok {
						result := foreign.Up(resource, enginetest.Inputs(c.Inputs(changed)))
						require.Error(t, result.Err)
						writes = append(writes, append(resource.Unfinished, result.Err.Error())...)
						resource.Unfinished = nil
						assert.Equal(t, before.State, resource.State)
						resource.Inputs = before.Inputs
					}
					assert.Equal(t, before, *resource)
					created := c.New("other")
					result := foreign.Up(created, enginetest.Inputs(c.Inputs(k.Full)))
					require.Error(t, result.Err)
					assert.Empty(t, created.ID)
					writes = append(writes, result.Err.Error())
					for _, message := range writes {
						// The API also responds NOT_FOUND to a write to a missing object.
						if !strings.Contains(message, "there is no such path") {
							messages = append(messages, message)
						}
					}
					for _, message := range messages {
						assert.Contains(t, message, server.URL)
						assert.Contains(t, message, "pgbeam:baseUrl")
					}
				})
			}
		})
	}
}
