// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// sideBySide does a piece of work n times, sixteen at once.
func sideBySide(t *testing.T, n int, work func(i int) error) {
	t.Helper()
	next := make(chan int)
	var workers sync.WaitGroup
	for range 16 {
		workers.Go(func() {
			for i := range next {
				assert.NoError(t, work(i))
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	workers.Wait()
	require.False(t, t.Failed())
}

// TestRequestCounts: however many objects there are, each takes the requests
// that the API needs for it, and a kind that the API only lists those for the
// pages of its list. The scenarios count the requests of each resource alone.
func TestRequestCounts(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		kind string
		n    int
		// add makes an object behind the provider's back and returns the ID with which it is imported.
		add func(local *localapi.Local, api *client.Client, project, database string, i int) (string, error)
	}{
		{"CacheRule", 1000, func(local *localapi.Local, _ *client.Client, project, database string, i int) (string, error) {
			hash := fmt.Sprintf("%016x", i)
			return project + "/" + database + "/" + hash, local.ObserveQuery(project, database, hash, "SELECT 1")
		}},
		{"Replica", 500, func(_ *localapi.Local, api *client.Client, _, database string, _ int) (string, error) {
			replica, err := api.Replicas().Create(t.Context(), database, client.CreateReplicaRequest{Host: "replica.example.com", Port: 5432})
			return database + "/" + replica.ID, err
		}},
		{"CustomDomain", 500, func(_ *localapi.Local, api *client.Client, project, _ string, i int) (string, error) {
			domain, err := api.CustomDomains().Create(t.Context(), project, fmt.Sprintf("d%d.example.com", i))
			return project + "/" + domain.ID, err
		}},
		{"SelfHostEnrollment", 200, func(local *localapi.Local, api *client.Client, _, _ string, _ int) (string, error) {
			created, err := api.SelfHostEnrollments().Create(t.Context(), local.OrgID, client.CreateSelfHostEnrollmentRequest{})
			return local.OrgID + "/" + created.Enrollment.ID, err
		}},
	} {
		t.Run("refresh of "+k.kind, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			engine := enginetest.New(t, local)
			api, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
			require.NoError(t, err)
			created, err := api.Projects().Create(t.Context(), client.CreateProjectRequest{
				Name: "parent", OrgID: local.OrgID,
				Database: client.CreateDatabaseRequest{Host: "db.example.com", Port: 5432, Name: "shop", Username: "pgbeam", Password: "hunter2"},
			})
			require.NoError(t, err)
			ids := make([]string, k.n)
			sideBySide(t, k.n, func(i int) (err error) {
				ids[i], err = k.add(local, api, created.Project.ID, created.Database.ID, i)
				return err
			})
			pages := (k.n + 99) / 100

			found := make([]*enginetest.Resource, k.n)
			local.ResetRequests()
			sideBySide(t, k.n, func(i int) (err error) {
				found[i], err = engine.Import(k.kind, fmt.Sprint(i), ids[i])
				return err
			})
			assert.NotContains(t, found, (*enginetest.Resource)(nil))
			assert.Len(t, local.Requests(), pages, "an import")

			local.ResetRequests()
			sideBySide(t, k.n, func(i int) error {
				exists, err := engine.Refresh(found[i])
				assert.True(t, exists)
				return err
			})
			assert.Len(t, local.Requests(), pages, "a refresh that follows")
		})
	}

	t.Run("agent credentials", func(t *testing.T) {
		t.Parallel()
		const n = 100
		w := enginetest.NewEnv(t, localapi.Options{})
		project := w.Project()
		policy := w.Create("PolicyProfile", "policy", object{"projectId": project.ID, "name": "policy"})
		agents := make([]*enginetest.Resource, n)
		given := func(i int) object {
			return object{"projectId": project.ID, "policyProfileId": policy.ID, "name": fmt.Sprintf("agent-%d", i)}
		}
		count := func(what string, want int, work func(i int) error) {
			w.Local.ResetRequests()
			sideBySide(t, n, work)
			assert.Len(t, w.Local.Requests(), want, what)
		}
		up := func(i int) error { return w.Engine.Up(agents[i], enginetest.Inputs(given(i))).Err }
		for i := range agents {
			agents[i] = &enginetest.Resource{Kind: "AgentCredential", Name: fmt.Sprint(i)}
		}
		count("a preview", 0, func(i int) error { return w.Engine.Preview(agents[i], enginetest.Inputs(given(i))).Err })
		count("creates", n, up)
		count("an update without changes", 0, up)
		count("a refresh", n, func(i int) error {
			_, err := w.Engine.Refresh(agents[i])
			return err
		})
		count("an update without changes after it", 0, up)
		count("updates", n, func(i int) error {
			return w.Engine.Up(agents[i], enginetest.Inputs(with(given(i), object{"status": "disabled"}))).Err
		})
		count("deletes", n, func(i int) error { return w.Engine.Delete(agents[i]) })
	})
}
