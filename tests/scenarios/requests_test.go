// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// concurrently calls work n times, sixteen at a time.
func concurrently(t *testing.T, n int, work func(i int) error) {
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

// readsByID is the maximum number of objects that are read by their IDs before their list is, if
// the API can do both.
const readsByID = 6

// TestRequestCounts counts the requests of many objects at once: one for each write of an
// object, and one for each page of the list when they are read, with a handful of reads by ID if
// the API can do that, too. The other scenarios count those of one resource.
func TestRequestCounts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		kind string
		n    int
		// byID is whether the API can read single objects.
		byID bool
		// add creates an object outside of Pulumi, and returns its import ID.
		add func(local *localapi.Local, api *client.Client, project, database string, i int) (string, error)
	}{
		{"Database", 250, true, func(_ *localapi.Local, api *client.Client, project, _ string, i int) (string, error) {
			created, err := api.Databases().Create(t.Context(), project, client.CreateDatabaseRequest{
				Host: "db.example.com", Port: 5432, Name: fmt.Sprintf("db%d", i), Username: "pgbeam", Password: "hunter2",
			})
			return project + "/" + created.ID, err
		}},
		{"PolicyProfile", 250, true, func(_ *localapi.Local, api *client.Client, project, _ string, i int) (string, error) {
			created, err := api.PolicyProfiles().Create(t.Context(), project, client.PolicyProfileInput{Name: fmt.Sprintf("policy-%d", i)})
			return project + "/" + created.ID, err
		}},
		{"WebhookEndpoint", 250, true, func(_ *localapi.Local, api *client.Client, project, _ string, i int) (string, error) {
			created, err := api.WebhookEndpoints().Create(t.Context(), project, client.WebhookEndpointInput{URL: fmt.Sprintf("https://example.com/%d", i)})
			return project + "/" + created.ID, err
		}},
		{"Honeytoken", 250, true, func(_ *localapi.Local, api *client.Client, project, _ string, i int) (string, error) {
			created, err := api.Honeytokens().Create(t.Context(), project, client.HoneytokenInput{RelationName: fmt.Sprintf("decoy_%d", i), Action: "kill"})
			return project + "/" + created.ID, err
		}},
		{"ApprovalRule", 250, true, func(_ *localapi.Local, api *client.Client, project, _ string, i int) (string, error) {
			created, err := api.ApprovalRules().Create(t.Context(), project, client.ApprovalRuleInput{Name: fmt.Sprintf("rule-%d", i)})
			return project + "/" + created.ID, err
		}},
		{"AnomalyRule", 150, true, func(_ *localapi.Local, api *client.Client, project, _ string, i int) (string, error) {
			policy, err := api.PolicyProfiles().Create(t.Context(), project, client.PolicyProfileInput{Name: fmt.Sprintf("policy-%d", i)})
			if err != nil {
				return "", err
			}
			agent, err := api.AgentCredentials().Create(t.Context(), project, client.CreateAgentCredentialRequest{Name: policy.Name, PolicyProfileID: policy.ID})
			if err != nil {
				return "", err
			}
			created, err := api.AnomalyRules().Create(t.Context(), project, client.AnomalyRuleInput{CredentialID: &agent.Credential.ID, Metric: "distinct_shapes"})
			return project + "/" + created.ID, err
		}},
		{"CacheRule", 1000, false, func(local *localapi.Local, _ *client.Client, project, database string, i int) (string, error) {
			hash := fmt.Sprintf("%016x", i)
			return project + "/" + database + "/" + hash, local.ObserveQuery(project, database, hash, "SELECT 1")
		}},
		{"Replica", 500, false, func(_ *localapi.Local, api *client.Client, _, database string, _ int) (string, error) {
			replica, err := api.Replicas().Create(t.Context(), database, client.CreateReplicaRequest{Host: "replica.example.com", Port: 5432})
			return database + "/" + replica.ID, err
		}},
		{"CustomDomain", 500, false, func(_ *localapi.Local, api *client.Client, project, _ string, i int) (string, error) {
			domain, err := api.CustomDomains().Create(t.Context(), project, fmt.Sprintf("d%d.example.com", i))
			return project + "/" + domain.ID, err
		}},
		{"SelfHostEnrollment", 200, false, func(local *localapi.Local, api *client.Client, _, _ string, _ int) (string, error) {
			created, err := api.SelfHostEnrollments().Create(t.Context(), local.OrgID, client.CreateSelfHostEnrollmentRequest{})
			return local.OrgID + "/" + created.Enrollment.ID, err
		}},
	} {
		t.Run("refresh of "+test.kind, func(t *testing.T) {
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
			ids := make([]string, test.n)
			concurrently(t, test.n, func(i int) (err error) {
				ids[i], err = test.add(local, api, created.Project.ID, created.Database.ID, i)
				return err
			})
			pages := (test.n + 99) / 100
			assertCount := func(minimum, maximum int, operation string) {
				t.Helper()
				count := len(local.Requests())
				assert.GreaterOrEqual(t, count, minimum, operation)
				assert.LessOrEqual(t, count, maximum, operation)
				local.ResetRequests()
			}
			extra := 0
			if test.byID {
				pages, extra = pages+1, readsByID // the primary database of the parent is on a page, too
			}

			found := make([]*enginetest.Resource, test.n)
			local.ResetRequests()
			concurrently(t, test.n, func(i int) (err error) {
				found[i], err = engine.Import(test.kind, fmt.Sprint(i), ids[i])
				return err
			})
			assert.NotContains(t, found, (*enginetest.Resource)(nil))
			assertCount((test.n+99)/100, pages+extra, "an import")

			concurrently(t, test.n, func(i int) error {
				exists, err := engine.Refresh(found[i])
				assert.True(t, exists)
				return err
			})
			assertCount((test.n+99)/100, pages+extra, "a refresh after it")
		})
	}

	t.Run("refresh of Project", func(t *testing.T) {
		t.Parallel()
		const n = 150
		env := enginetest.NewEnv(t, localapi.Options{})
		projects := make([]*enginetest.Resource, n)
		for i := range projects {
			projects[i] = env.Project()
		}
		env.Local.ResetRequests()
		concurrently(t, n, func(i int) error {
			exists, err := env.Engine.Refresh(projects[i])
			assert.True(t, exists)
			return err
		})
		// The primary database of each project belongs to another list.
		assert.LessOrEqual(t, len(env.Local.Requests()), n+(n+99)/100+readsByID)
	})

	t.Run("agent credentials", func(t *testing.T) {
		t.Parallel()
		const n = 250
		env := enginetest.NewEnv(t, localapi.Options{})
		project := env.Project()
		policy := env.Create("PolicyProfile", "policy", object{"projectId": project.ID, "name": "policy"})
		agents := make([]*enginetest.Resource, n)
		inputs := func(i int) object {
			return object{"projectId": project.ID, "policyProfileId": policy.ID, "name": fmt.Sprintf("agent-%d", i)}
		}
		count := func(operation string, want int, work func(i int) error) {
			t.Helper()
			env.Local.ResetRequests()
			concurrently(t, n, work)
			assert.Len(t, env.Local.Requests(), want, operation)
		}
		refresh := func(i int) error {
			_, err := env.Engine.Refresh(agents[i])
			return err
		}
		up := func(i int) error { return env.Engine.Up(agents[i], enginetest.Inputs(inputs(i))).Err }
		for i := range agents {
			agents[i] = &enginetest.Resource{Kind: "AgentCredential", Name: fmt.Sprint(i)}
		}
		count("a preview", 0, func(i int) error { return env.Engine.Preview(agents[i], enginetest.Inputs(inputs(i))).Err })
		count("creates", n, up)
		count("an update without changes", 0, up)
		env.Local.ResetRequests()
		concurrently(t, n, refresh)
		assert.LessOrEqual(t, len(env.Local.Requests()), n/100+1+readsByID, "a refresh")
		count("an update without changes after it", 0, up)
		count("updates", n, func(i int) error {
			return env.Engine.Up(agents[i], enginetest.Inputs(scenario.Merge(inputs(i), object{"status": "disabled"}))).Err
		})
		count("deletes", n, func(i int) error { return env.Engine.Delete(agents[i]) })
	})
}

// TestRequestCountsOfAMember counts the requests of a member who has accepted the
// invitation, which the table of kinds has pending.
func TestRequestCountsOfAMember(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"orgId": env.Local.OrgID, "email": "alex@example.com", "role": "auditor"}
	member := env.Create("OrganizationMember", "alex", inputs)
	require.NoError(t, env.Local.AcceptInvitation("alex@example.com"))
	for _, step := range []struct {
		name  string
		count int
		run   func()
	}{
		{"refresh", 1, func() { env.Refresh(member) }},
		{"update, with a list of the members", 2, func() { env.Up(member, enginetest.With(inputs, object{"role": "admin"})) }},
		{"delete, with lists of the invitations and of the members", 3, func() { require.NoError(t, env.Engine.Delete(member)) }},
	} {
		env.Local.ResetRequests()
		step.run()
		assert.Len(t, env.Local.Requests(), step.count, step.name)
	}
	assert.Len(t, env.Local.Objects("members"), 1, "the owner")
}
