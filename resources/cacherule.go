// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"cmp"
	"context"
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[CacheRuleArgs, CacheRuleState] = CacheRule{}
	_ kind.Updater[CacheRuleArgs, CacheRuleState]    = CacheRule{}
	_ kind.Upserter[CacheRuleArgs]                   = CacheRule{}
)

// CacheRule is how the results of one query shape are cached.
type CacheRule struct{}

// CacheRuleArgs are the inputs of a CacheRule.
type CacheRuleArgs struct {
	ProjectID       string `pulumi:"projectId"`
	DatabaseID      string `pulumi:"databaseId"`
	QueryHash       string `pulumi:"queryHash"`
	CacheEnabled    bool   `pulumi:"cacheEnabled"`
	CacheTTLSeconds *int   `pulumi:"cacheTtlSeconds,optional"`
	CacheSWRSeconds *int   `pulumi:"cacheSwrSeconds,optional"`
}

// CacheRuleState is the state of a CacheRule.
type CacheRuleState struct {
	CacheRuleArgs
	NormalizedSQL    string  `pulumi:"normalizedSql"`
	QueryType        string  `pulumi:"queryType"`
	CallCount        int64   `pulumi:"callCount"`
	AvgLatencyMs     float64 `pulumi:"avgLatencyMs"`
	P95LatencyMs     float64 `pulumi:"p95LatencyMs"`
	AvgResponseBytes int64   `pulumi:"avgResponseBytes"`
	StabilityRate    float64 `pulumi:"stabilityRate"`
	Recommendation   string  `pulumi:"recommendation"`
	FirstSeenAt      string  `pulumi:"firstSeenAt"`
	LastSeenAt       string  `pulumi:"lastSeenAt"`
}

// Annotate describes the inputs.
func (r *CacheRuleArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "ID of the project, `prj_…`.")
	a.Describe(&r.DatabaseID, "ID of the database, `db_…`.")
	a.Describe(&r.QueryHash, "Hash of the query shape, 16 hexadecimal digits in lower case, as the dashboard shows it.")
	a.Describe(&r.CacheEnabled, "Whether results of the shape are cached.")
	a.Describe(&r.CacheTTLSeconds, "Seconds for which a cached result is served, up to 86400. Left out, as the database has it, which is not 0.")
	a.Describe(&r.CacheSWRSeconds, "Seconds for which an expired result may still be served while it is fetched anew, up to 86400. "+
		"Left out, as the database has it, which is not 0.")
}

// Annotate describes the outputs.
func (r *CacheRuleState) Annotate(a infer.Annotator) {
	a.Describe(&r.NormalizedSQL, "SQL of the shape, with placeholders for its values.")
	a.Describe(&r.QueryType, "What the query does: `read`, `write` or `other`.")
	a.Describe(&r.CallCount, "How often the shape has been run, as of the last read.")
	a.Describe(&r.AvgLatencyMs, "Average latency in milliseconds, as of the last read.")
	a.Describe(&r.P95LatencyMs, "Latency that 95 % of the runs stay below, in milliseconds, as of the last read.")
	a.Describe(&r.AvgResponseBytes, "Average size of a result in bytes, as of the last read.")
	a.Describe(&r.StabilityRate, "How rarely the result changes, from 0 to 1, as of the last read.")
	a.Describe(&r.Recommendation, "How well the shape suits caching: `great`, `good`, `fair` or `poor`.")
	a.Describe(&r.FirstSeenAt, "When the shape was first seen, in RFC 3339.")
	a.Describe(&r.LastSeenAt, "When the shape was last seen, in RFC 3339, as of the last read.")
}

// Definition implements kind.Controller.
func (CacheRule) Definition() kind.Definition {
	const longest = 86400
	return kind.Definition{
		Description: "How the results of one query shape are cached. The proxy must have seen the shape before a rule for it can be made. " +
			"Creating the resource fails if the shape has another rule already: import that first. " +
			"Destroying the resource disables caching for the shape, unless the rule was changed outside of Pulumi.",
		Properties: properties.Table{
			"projectId":       properties.String().Required().Replaces().Length(1, 0).Reference("prj_"),
			"databaseId":      properties.String().Required().Replaces().Length(1, 0).Reference("db_"),
			"queryHash":       properties.String().Required().Replaces().Length(1, 0).Matches(`^[0-9a-f]{16}$`, "be 16 hexadecimal digits in lower case"),
			"cacheEnabled":    properties.Bool().Required(),
			"cacheTtlSeconds": properties.Integer().Between(0, longest).Default(nil),
			"cacheSwrSeconds": properties.Integer().Between(0, longest).Default(nil),
		},
		ImportID: kind.ImportID{
			Parents: []kind.Parent{{Property: "projectId", Prefix: "prj_"}, {Property: "databaseId", Prefix: "db_"}},
			Own:     "<queryHash>",
		},
		Setting: &kind.Setting{
			Name: func(_ string, inputs property.Map) string {
				projectID, databaseID := convert.Text(inputs.Get("projectId")), convert.Text(inputs.Get("databaseId"))
				if projectID == "" || databaseID == "" {
					return ""
				}
				return kind.SettingName("the cache rule", projectID+"/"+databaseID+"/"+convert.Text(inputs.Get("queryHash")))
			},
			Values:    []string{"cacheEnabled", "cacheTtlSeconds", "cacheSwrSeconds"},
			Singleton: true,
		},
	}
}

// Create implements kind.Controller.
func (CacheRule) Create(ctx context.Context, c *client.Client, in CacheRuleArgs) (id string, state CacheRuleState, err error) {
	state, err = setCacheRule(ctx, c, in)
	if err != nil {
		if client.IsNotFound(err) {
			err = fmt.Errorf("%w; a rule can only be set for a query shape that the proxy has seen: "+
				"run the query through the proxy first, and check projectId, databaseId and queryHash", err)
		}
		return "", state, err
	}
	return in.QueryHash, state, nil
}

// Read implements kind.Controller.
func (CacheRule) Read(ctx context.Context, c *client.Client, id string, state CacheRuleState) (CacheRuleState, error) {
	live, err := c.CacheRules().Get(ctx, state.ProjectID, state.DatabaseID, id)
	return cacheRuleState(state.ProjectID, state.DatabaseID, live), err
}

// Update implements kind.Updater.
func (CacheRule) Update(ctx context.Context, c *client.Client, _ string, _ CacheRuleState, in CacheRuleArgs) (CacheRuleState, error) {
	return setCacheRule(ctx, c, in)
}

// Delete implements kind.Controller. A query shape cannot be deleted, so its cache is
// disabled.
func (CacheRule) Delete(ctx context.Context, c *client.Client, id string, state CacheRuleState) error {
	_, err := setCacheRule(ctx, c, CacheRuleArgs{ProjectID: state.ProjectID, DatabaseID: state.DatabaseID, QueryHash: id})
	return err
}

// Existing implements kind.Upserter.
func (CacheRule) Existing(ctx context.Context, c *client.Client, id string, in CacheRuleArgs) (*kind.Object[CacheRuleArgs], error) {
	live, err := c.CacheRules().Get(ctx, in.ProjectID, in.DatabaseID, cmp.Or(id, in.QueryHash))
	if err != nil || !live.CacheEnabled && live.CacheTTLSeconds == nil && live.CacheSWRSeconds == nil {
		return nil, err
	}
	return &kind.Object[CacheRuleArgs]{
		ID: live.QueryHash, Value: cacheRuleState(in.ProjectID, in.DatabaseID, live).CacheRuleArgs,
	}, nil
}

func setCacheRule(ctx context.Context, c *client.Client, in CacheRuleArgs) (CacheRuleState, error) {
	live, err := c.CacheRules().Update(ctx, in.ProjectID, in.DatabaseID, in.QueryHash, client.UpdateCacheRuleRequest{
		CacheEnabled:    in.CacheEnabled,
		CacheTTLSeconds: in.CacheTTLSeconds,
		CacheSWRSeconds: in.CacheSWRSeconds,
	})
	return cacheRuleState(in.ProjectID, in.DatabaseID, live), err
}

func cacheRuleState(projectID, databaseID string, live client.CacheRule) CacheRuleState {
	return CacheRuleState{
		CacheRuleArgs: CacheRuleArgs{
			ProjectID:       projectID,
			DatabaseID:      databaseID,
			QueryHash:       live.QueryHash,
			CacheEnabled:    live.CacheEnabled,
			CacheTTLSeconds: live.CacheTTLSeconds,
			CacheSWRSeconds: live.CacheSWRSeconds,
		},
		NormalizedSQL:    live.NormalizedSQL,
		QueryType:        live.QueryType,
		CallCount:        live.CallCount,
		AvgLatencyMs:     live.AvgLatencyMs,
		P95LatencyMs:     live.P95LatencyMs,
		AvgResponseBytes: live.AvgResponseBytes,
		StabilityRate:    live.StabilityRate,
		Recommendation:   live.Recommendation,
		FirstSeenAt:      live.FirstSeenAt,
		LastSeenAt:       live.LastSeenAt,
	}
}
