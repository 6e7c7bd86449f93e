// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"strings"

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
	_ kind.Lister[CacheRuleArgs]                     = CacheRule{}
)

// CacheRule is the cache settings of a query shape.
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
	NormalizedSQL string `pulumi:"normalizedSql"`
	QueryType     string `pulumi:"queryType"`
	QueryStatistics
}

// QueryStatistics are the statistics of a query shape. Their fields are those of
// client.QueryStatistics.
type QueryStatistics struct {
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
	a.Describe(&r.ProjectID, "The ID of the project that the database belongs to, `prj_…`.")
	a.Describe(&r.DatabaseID, "The ID of the database that the query runs on, `db_…`.")
	a.Describe(&r.QueryHash, "The hash of the query shape, 16 lowercase hexadecimal digits, as shown in the PgBeam dashboard. The function `getQueryShapes` finds it by the SQL of the query.")
	a.Describe(&r.CacheEnabled, "Whether results of the query shape are cached.")
	a.Describe(&r.CacheTTLSeconds, "The time in seconds for which a cached result is served, 0 to 86400. "+
		"If omitted, the setting of the database applies, which is not the same as 0.")
	a.Describe(&r.CacheSWRSeconds, "The time in seconds for which an expired result can still be served while it is being refreshed, 0 to 86400. "+
		"If omitted, the setting of the database applies, which is not the same as 0.")
}

// Annotate describes the outputs.
func (r *CacheRuleState) Annotate(a infer.Annotator) {
	a.Describe(&r.NormalizedSQL, "The SQL of the query shape, with placeholders for literal values.")
	a.Describe(&r.QueryType, "The type of the query: `read`, `write` or `other`.")
	r.describe(a, ", as of the last refresh or update")
}

// Annotate describes the statistics.
func (s *QueryStatistics) Annotate(a infer.Annotator) { s.describe(a, "") }

// describe describes the statistics. asOf says when those that change were read.
func (s *QueryStatistics) describe(a infer.Annotator, asOf string) {
	a.Describe(&s.CallCount, "The number of observed executions"+asOf+".")
	a.Describe(&s.AvgLatencyMs, "The average latency in milliseconds"+asOf+".")
	a.Describe(&s.P95LatencyMs, "The 95th percentile of the latency in milliseconds"+asOf+".")
	a.Describe(&s.AvgResponseBytes, "The average size of a result in bytes"+asOf+".")
	a.Describe(&s.StabilityRate, "The stability of the results, from 0 to 1"+asOf+". The higher it is, the less often they change.")
	a.Describe(&s.Recommendation, "The suitability of the query shape for caching: `great`, `good`, `fair` or `poor`.")
	a.Describe(&s.FirstSeenAt, "The time when the proxy first observed the query shape, in RFC 3339 format.")
	a.Describe(&s.LastSeenAt, "The time when the proxy last observed the query shape, in RFC 3339 format"+asOf+".")
}

// Definition implements kind.Controller.
func (CacheRule) Definition() kind.Definition {
	return kind.Definition{
		Description: "The cache settings of a single query shape. The proxy must have observed the query shape before a rule can be set for it. " +
			"Creating the resource fails if the query shape already has a different rule: import that rule first. " +
			"Destroying the resource disables caching for the query shape, unless the rule was changed outside of Pulumi.",
		Properties: cacheRuleProperties(),
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
		FromDynamicProvider: cacheRuleFromDynamicProvider,
	}
}

// cacheRuleFromDynamicProvider adds the properties that identify the query shape, which
// the dynamic provider kept in the ID of the resource only.
func cacheRuleFromDynamicProvider(id string, values property.Map) property.Map {
	segments := strings.Split(id, "/")
	names := []string{"projectId", "databaseId", "queryHash"}
	if len(segments) != len(names) {
		return values
	}
	for i, name := range names {
		if values.Get(name).IsNull() {
			values = values.Set(name, property.New(segments[i]))
		}
	}
	return values
}

// cacheRuleProperties describes the inputs of a CacheRule.
func cacheRuleProperties() properties.Table {
	const maxSeconds = 86400
	return properties.Table{
		"projectId":       properties.ID("prj_").Replaces(),
		"databaseId":      properties.ID("db_").Replaces(),
		"queryHash":       properties.String().Required().Replaces().Length(1, 0).Matches(`^[0-9a-f]{16}$`, "be 16 lowercase hexadecimal digits"),
		"cacheEnabled":    properties.Bool().Required(),
		"cacheTtlSeconds": properties.Integer().Between(0, maxSeconds).Default(nil),
		"cacheSwrSeconds": properties.Integer().Between(0, maxSeconds).Default(nil),
	}
}

// Create implements kind.Controller.
func (CacheRule) Create(ctx context.Context, c *client.Client, in CacheRuleArgs) (id string, state CacheRuleState, err error) {
	state, err = setCacheRule(ctx, c, in)
	if err != nil {
		if client.IsNotFound(err) {
			err = fmt.Errorf("%w; a rule can only be set for a query shape that the proxy has observed: "+
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

// Delete implements kind.Controller. The API cannot delete a query shape, so Delete
// disables its cache.
func (CacheRule) Delete(ctx context.Context, c *client.Client, id string, state CacheRuleState) error {
	_, err := setCacheRule(ctx, c, CacheRuleArgs{ProjectID: state.ProjectID, DatabaseID: state.DatabaseID, QueryHash: id})
	return err
}

// Existing implements kind.Upserter.
func (CacheRule) Existing(ctx context.Context, c *client.Client, id string, in CacheRuleArgs) (*kind.Object[CacheRuleArgs], error) {
	live, err := c.CacheRules().Get(ctx, in.ProjectID, in.DatabaseID, cmp.Or(id, in.QueryHash))
	if err != nil || !hasCacheSettings(live) {
		return nil, err
	}
	return &kind.Object[CacheRuleArgs]{
		ID: live.QueryHash, Value: cacheRuleState(in.ProjectID, in.DatabaseID, live).CacheRuleArgs,
	}, nil
}

// List implements kind.Lister. A rule exists for each query shape that the proxy has
// observed. Those without any setting are left out.
func (CacheRule) List(ctx context.Context, c *client.Client, in CacheRuleArgs) iter.Seq2[kind.Object[any], error] {
	return kind.Objects(c.CacheRules().List(ctx, in.ProjectID, in.DatabaseID), func(live client.CacheRule) (id string, state any, ok bool) {
		return live.QueryHash, cacheRuleState(in.ProjectID, in.DatabaseID, live), hasCacheSettings(live)
	})
}

// hasCacheSettings reports whether a rule differs from that of a new query shape.
func hasCacheSettings(live client.CacheRule) bool {
	return live.CacheEnabled || live.CacheTTLSeconds != nil || live.CacheSWRSeconds != nil
}

// setCacheRule sends all settings, because null and 0 differ.
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
		NormalizedSQL:   live.NormalizedSQL,
		QueryType:       live.QueryType,
		QueryStatistics: QueryStatistics(live.QueryStatistics),
	}
}
