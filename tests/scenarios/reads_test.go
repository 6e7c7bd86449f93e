// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestOperationsThatChangeNothing calls the operations that no resource uses, with and
// without their optional fields.
func TestOperationsThatChangeNothing(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{QueryShapes: []string{"SELECT email FROM users WHERE id = 1", "SELECT total FROM orders"}})
	api, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
	require.NoError(t, err)
	t.Cleanup(api.CloseIdleConnections)
	ctx := t.Context()
	database := client.CreateDatabaseRequest{Host: "db.example.com", Port: 5432, Name: "shop", Username: "pgbeam", Password: "hunter2"}
	created, err := api.Projects().Create(ctx, client.CreateProjectRequest{Name: "shop", OrgID: local.OrgID, Database: database})
	require.NoError(t, err)
	project, reachable := created.Project.ID, created.Database.ID
	database.Host = "db.example.invalid"
	second, err := api.Databases().Create(ctx, project, database)
	require.NoError(t, err)
	unreachable := second.ID
	draft := client.PolicyProfileInput{Name: "Support", MaskingRules: &[]client.MaskingRule{{Table: "users", Column: "email", Kind: "hash"}}}
	policy, err := api.PolicyProfiles().Create(ctx, project, draft)
	require.NoError(t, err)
	agent, err := api.AgentCredentials().Create(ctx, project, client.CreateAgentCredentialRequest{Name: "Support", PolicyProfileID: policy.ID})
	require.NoError(t, err)

	const sql = "SELECT email FROM users"
	for _, req := range []client.PolicyEvaluationRequest{{SQL: sql, PolicyID: &policy.ID}, {SQL: sql, Policy: &draft}} {
		evaluation, err := api.EvaluatePolicy(ctx, project, req)
		require.NoError(t, err)
		assert.Equal(t, "mask", evaluation.Verdict)
		assert.Equal(t, []client.MaskedColumn{{Column: "email", Kind: "hash"}}, evaluation.MaskedColumns)
		assert.Nil(t, evaluation.Hint)
	}
	_, err = api.EvaluatePolicy(ctx, project, client.PolicyEvaluationRequest{SQL: sql})
	require.True(t, client.IsError(err, client.CodeInvalidInput), "%v", err)

	for _, test := range []struct {
		req   client.PolicyReplayRequest
		bound *int
	}{
		{client.PolicyReplayRequest{Policy: &draft}, nil},
		{client.PolicyReplayRequest{
			PolicyID: &policy.ID, BoundPolicyID: &policy.ID, StartTS: new("2000-01-01T00:00:00Z"), EndTS: new("2100-01-01T00:00:00Z"), Limit: new(500),
		}, new(1)},
		{client.PolicyReplayRequest{Policy: &draft, CredentialID: &agent.Credential.ID}, nil},
	} {
		replay, err := api.ReplayPolicy(ctx, project, test.req)
		require.NoError(t, err)
		assert.Equal(t, test.bound, replay.Summary.BoundCredentials)
		assert.Equal(t, 1, replay.Summary.WouldMask)
		assert.Len(t, replay.Items, 2)
	}

	recommendation, err := api.RecommendAgentPolicy(ctx, project, agent.Credential.ID, client.PolicyRecommendationRequest{})
	require.NoError(t, err)
	require.True(t, recommendation.SufficientHistory)
	require.NotNil(t, recommendation.Candidate)
	require.NotNil(t, recommendation.Replay)
	assert.Zero(t, recommendation.Replay.Summary.NewlyBlocked)
	_, err = api.PolicyProfiles().Create(ctx, project, *recommendation.Candidate)
	require.NoError(t, err, "a candidate is an input")
	recommendation, err = api.RecommendAgentPolicy(ctx, project, agent.Credential.ID, client.PolicyRecommendationRequest{LookbackDays: new(365), Limit: new(1)})
	require.NoError(t, err)
	assert.Equal(t, 1, recommendation.ObservedQueries)

	for _, req := range []client.MigrationLintRequest{{SQL: "DROP TABLE users"}, {SQL: "DROP TABLE users", DatabaseID: &reachable}} {
		lint, err := api.LintMigration(ctx, project, req)
		require.NoError(t, err)
		assert.False(t, lint.Safe)
		assert.NotEmpty(t, lint.Findings)
	}

	for id, works := range map[string]bool{reachable: true, unreachable: false} {
		catalog, err := api.GetSchemaCatalog(ctx, project, id)
		require.NoError(t, err)
		assert.Equal(t, works, catalog.Error == nil)
		assert.Equal(t, works, len(catalog.Relations) > 0)
		scan, err := api.ScanDatabaseForPII(ctx, project, id)
		require.NoError(t, err)
		assert.Equal(t, works, scan.Error == nil)
		assert.Equal(t, works, len(scan.Suggestions) > 0)
		connection, err := api.TestDatabaseConnection(ctx, project, id)
		require.NoError(t, err)
		assert.Equal(t, works, connection.OK)
		assert.Equal(t, works, connection.Error == nil)
		assert.Equal(t, works, connection.LatencyMs != nil)
	}

	for _, window := range []client.TimeWindow{{}, {Start: new("2026-01-01T00:00:00Z"), End: new("2026-02-01T00:00:00Z")}} {
		chain, err := api.VerifyAuditChain(ctx, project, window)
		require.NoError(t, err)
		assert.True(t, chain.OK)
		assert.Nil(t, chain.FailureReason)
		usage, err := api.GetAgentUsage(ctx, project, window)
		require.NoError(t, err)
		assert.True(t, usage.Complete)
		assert.Nil(t, usage.Totals.CredentialID)
	}

	plans, err := api.ListPlans(ctx)
	require.NoError(t, err)
	assert.Len(t, plans, 3)
	regions, err := api.ListRegions(ctx)
	require.NoError(t, err)
	assert.Len(t, regions, 6)
	rules := 0
	for _, err := range api.CacheRules().List(ctx, project, reachable) {
		require.NoError(t, err)
		rules++
	}
	assert.Equal(t, 2, rules)
}
