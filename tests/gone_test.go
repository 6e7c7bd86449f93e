// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestGoneIsBelievedAfterOneControl: the first object of a run that is not there
// takes one request for the organizations of the key, and no other does.
func TestGoneIsBelievedAfterOneControl(t *testing.T) {
	t.Parallel()
	each(t, func(w *world, r row, parents object) {
		if !byPost(r) {
			w.Skip("it cannot go away by itself")
		}
		resource := w.Create(r.kind, "thing", with(parents, r.most))
		require.NoError(w, w.Local.Remove(r.list, resource.ID))
		engine := enginetest.New(w, w.Local)
		for range 2 {
			read, deleted := *resource, *resource
			exists, err := engine.Refresh(&read)
			require.NoError(w, err)
			assert.False(w, exists)
			require.NoError(w, engine.Delete(&deleted))
		}
		controls := 1
		if w.Local.Count("GET", "/v1/organizations") == 0 {
			controls = 0 // the API shows that it is deleted by its status
			assert.Contains(w, []string{"Project", "AgentCredential", "SelfHostEnrollment"}, r.kind)
		}
		assert.Equal(w, controls, w.Local.Count("GET", "/v1/organizations"))
	})
}

// TestGoneIsNotBelievedWithoutControl: where the organizations cannot be listed,
// nothing is dropped from the state, and no delete succeeds.
func TestGoneIsNotBelievedWithoutControl(t *testing.T) {
	t.Parallel()
	each(t, func(w *world, r row, parents object) {
		if !byPost(r) {
			w.Skip("it cannot go away by itself")
		}
		resource := w.Create(r.kind, "thing", with(parents, r.most))
		// As at an address below the right one, where the API's own router says so.
		w.Local.AddFault(localapi.Fault{Status: http.StatusNotFound})
		before := *resource
		_, err := w.Engine.Refresh(resource)
		require.Error(w, err)
		assert.Equal(w, before, *resource)
		assert.Contains(w, err.Error(), `reading `+r.kind+` "thing" (`+resource.ID+`)`)
		assert.Contains(w, err.Error(), "cannot be told")
		err = w.Engine.Delete(resource)
		require.Error(w, err)
		assert.Contains(w, err.Error(), `deleting `+r.kind+` "thing" (`+resource.ID+`)`)
		w.Local.ClearFaults()
		liveObject(w, r, resource)
	})
}

// TestKeyOfAnotherOrganization: the API answers as if nothing existed. What knows
// its organization is kept, and the error names both.
func TestKeyOfAnotherOrganization(t *testing.T) {
	t.Parallel()
	for _, r := range rows {
		t.Run(r.kind, func(t *testing.T) {
			t.Parallel()
			if _, known := definition(r.kind).Properties["orgId"]; !known {
				t.Skip("it does not know its organization: TestStrangersWithTheCLI shows the warning")
			}
			w := enginetest.NewEnv(t, localapi.Options{APIKeys: map[string]string{"pbo_local": "org_local", "pbo_other": "org_other"}})
			w.Local.APIKey, w.Local.OrgID = "pbo_local", "org_local"
			w.Engine = enginetest.New(t, w.Local)
			resource := w.Create(r.kind, "thing", with(r.parents(w), r.most))
			other := enginetest.New(t, w.Local, map[string]string{"PGBEAM_API_KEY": "pbo_other"})
			before := *resource
			_, err := other.Refresh(resource)
			require.Error(t, err)
			assert.Equal(t, before, *resource)
			deleteErr := other.Delete(resource)
			require.Error(t, deleteErr)
			if r.kind != "SpendLimit" && r.kind != "SelfHostEnrollment" { // which the API forbids
				for _, said := range []string{err.Error(), deleteErr.Error()} {
					assert.Contains(t, said, "org_local")
					assert.Contains(t, said, "org_other")
				}
			}
			liveObject(w, r, resource)
		})
	}
}

// TestWhatBelongsToADeletedProjectIsGone, whether the API says that it does not
// exist or that its project is in no state to be changed.
func TestWhatBelongsToADeletedProjectIsGone(t *testing.T) {
	t.Parallel()
	each(t, func(w *world, r row, parents object) {
		if _, known := definition(r.kind).Properties["projectId"]; !known {
			w.Skip("it belongs to no project")
		}
		resource := w.Create(r.kind, "thing", with(parents, r.most))
		require.NoError(w, w.Local.Remove("projects", parents["projectId"].(string)))
		deleted := *resource
		require.NoError(w, w.Engine.Delete(&deleted))
		exists, err := w.Engine.Refresh(resource)
		require.NoError(w, err)
		assert.False(w, exists)
	})
}

// TestSearchesForMessagesEnd: what is in the way of a create is looked for on a few
// pages only, also where the list does not end.
func TestSearchesForMessagesEnd(t *testing.T) {
	t.Parallel()
	each(t, func(w *world, r row, parents object) {
		if len(definition(r.kind).UniqueBy) == 0 {
			w.Skip("no two of its kind stand in each other's way")
		}
		w.Create(r.kind, "thing", with(parents, r.most))
		for _, tokens := range []string{localapi.TokensAlternate, localapi.TokensCount, localapi.TokensGrow} {
			w.Local.ResetRequests()
			w.Local.AddFault(localapi.Fault{Method: "GET", Tokens: tokens, Set: map[string]any{"*.*.name": "another", "*.*.domain": "another.example.com", "*.*.relation_name": "another", "*.*.metric": "qps"}})
			result := w.Engine.Up(&enginetest.Resource{Kind: r.kind, Name: "other"}, enginetest.Inputs(with(parents, r.most)))
			if r.kind == "AgentCredential" && result.Err == nil {
				return // names need not be unique there
			}
			require.ErrorContains(w, result.Err, "409 RESOURCE_EXISTS")
			assert.LessOrEqual(w, len(w.Local.Requests()), 7)
			w.Local.ClearFaults()
		}
	})
}

// strangers are servers that are not the API.
var strangers = map[string]http.HandlerFunc{
	"a page of a proxy": func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte("<html>Not here</html>"))
	},
	"another API":     answering(http.StatusNotFound, `{"message": "not found"}`),
	"an empty object": answering(http.StatusOK, `{}`),
	"null":            answering(http.StatusOK, `null`),
	"maintenance":     answering(http.StatusOK, `{"message": "maintenance"}`),
	"accepts all":     answering(http.StatusAccepted, `{}`),
	"no content":      noContent,
	"the API's router": answering(http.StatusNotFound,
		`{"type": "about:blank", "title": "Not found", "status": 404, "code": "NOT_FOUND", "detail": "there is no such path"}`),
	"an older envelope": answering(http.StatusNotFound, `{"error": {"code": "NOT_FOUND", "message": "there is no such path"}}`),
}

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// noContent answers everything but deletes, to which it would be the right answer.
func noContent(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodDelete {
		w.WriteHeader(http.StatusOK)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// TestStrangersAnswersChangeNothing: whatever a server that is not the API says
// to any operation, it fails, the state is as before, and the error names the
// address and the setting.
func TestStrangersAnswersChangeNothing(t *testing.T) {
	t.Parallel()
	for name, stranger := range strangers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(stranger)
			t.Cleanup(server.Close)
			for _, r := range rows {
				t.Run(r.kind, func(t *testing.T) {
					w := enginetest.NewEnv(t, localapi.Options{})
					inputs := with(r.parents(w), r.most)
					resource := w.Create(r.kind, "thing", inputs)
					elsewhere := enginetest.New(t, w.Local, map[string]string{"PGBEAM_API_URL": server.URL})
					before := *resource

					var said []string
					_, err := elsewhere.Refresh(resource)
					require.Error(t, err)
					said = append(said, err.Error())
					err = elsewhere.Delete(resource)
					require.Error(t, err)
					said = append(said, err.Error())
					if len(r.changes) > 0 {
						result := elsewhere.Up(resource, enginetest.Inputs(with(inputs, object{r.changes[0].property: r.changes[0].to})))
						require.Error(t, result.Err)
						said = append(said, append(resource.Unfinished, result.Err.Error())...)
						resource.Unfinished = nil
						assert.Equal(t, before.State, resource.State)
						resource.Inputs = before.Inputs
					}
					assert.Equal(t, before, *resource)
					created := &enginetest.Resource{Kind: r.kind, Name: "other"}
					result := elsewhere.Up(created, enginetest.Inputs(inputs))
					require.Error(t, result.Err)
					assert.Empty(t, created.ID)
					said = append(said, result.Err.Error())
					for i, text := range said {
						if i < 2 || !strings.Contains(text, "there is no such path") { // as the API answers a write to what is gone
							assert.Contains(t, text, server.URL)
							assert.Contains(t, text, "pgbeam:baseUrl")
						}
					}
				})
			}
		})
	}
}
