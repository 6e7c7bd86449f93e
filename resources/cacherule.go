// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ Controller[CacheRuleArgs, CacheRuleState]         = (*CacheRule)(nil)
	_ infer.CustomUpdate[CacheRuleArgs, CacheRuleState] = (*CacheRule)(nil)
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

// Annotate describes the resource.
func (r *CacheRule) Annotate(a infer.Annotator) {
	a.Describe(&r, "How the results of one query shape are cached. The proxy must have seen the shape before a rule for it can be made. "+
		"Creating the resource fails if the shape has another rule already: import that first. "+
		"Destroying the resource disables caching for the shape, unless the rule was changed outside of Pulumi.")
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

// Definition implements Controller.
func (CacheRule) Definition() Definition {
	const longest = 86400
	return Definition{
		Properties: properties.Table{
			"projectId":       properties.String().Required().Replaces().Length(1, 0).Reference("prj_"),
			"databaseId":      properties.String().Required().Replaces().Length(1, 0).Reference("db_"),
			"queryHash":       properties.String().Required().Replaces().Length(1, 0).Matches(`^[0-9a-f]{16}$`, "be 16 hexadecimal digits in lower case"),
			"cacheEnabled":    properties.Bool().Required(),
			"cacheTtlSeconds": properties.Integer().Between(0, longest).Default(nil),
			"cacheSwrSeconds": properties.Integer().Between(0, longest).Default(nil),
		},
		ImportID: ImportID{
			Parents: []Parent{{Property: "projectId", Prefix: "prj_"}, {Property: "databaseId", Prefix: "db_"}},
			Own:     "<queryHash>",
		},
		Setting: &Setting{
			Name: func(_ string, inputs property.Map) string {
				return cacheRuleSetting(textOf(inputs.Get("projectId")), textOf(inputs.Get("databaseId")), textOf(inputs.Get("queryHash")))
			},
			Property: "cacheEnabled", Singleton: true,
		},
	}
}

func cacheRuleSetting(projectID, databaseID, queryHash string) string {
	if projectID == "" || databaseID == "" {
		return ""
	}
	return settingOf("the cache rule of ", strings.Trim(projectID+"/"+databaseID+"/"+queryHash, "/"))
}

// Create implements infer.CustomCreate. It does not overwrite a rule that
// somebody else has made.
func (CacheRule) Create(ctx context.Context, req infer.CreateRequest[CacheRuleArgs],
) (infer.CreateResponse[CacheRuleState], error) {
	args := req.Inputs
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.CreateResponse[CacheRuleState]](err)
	}
	live, err := pgbeam.CacheRules().Get(ctx, args.ProjectID, args.DatabaseID, args.QueryHash)
	if err != nil && !client.IsNotFound(err) { // which the API is to say itself
		return failed[infer.CreateResponse[CacheRuleState]](err)
	}
	have, want := cachingOf(cacheRuleState(args.ProjectID, args.DatabaseID, live).CacheRuleArgs), cachingOf(args)
	if !equal(have, caching{}) && !equal(have, want) {
		setting, importID := cacheRuleSetting(args.ProjectID, args.DatabaseID, args.QueryHash), args.ProjectID+"/"+args.DatabaseID+"/"+args.QueryHash
		if err := refuseOverwrite(ctx, setting, have.String(), want.String(), importID); err != nil {
			return failed[infer.CreateResponse[CacheRuleState]](err)
		}
	}
	state, err := setCacheRule(ctx, args)
	if client.IsNotFound(err) {
		err = fmt.Errorf("%w; a rule can be made only for a query shape that the proxy has seen: "+
			"run the query through the proxy first, and check projectId, databaseId and queryHash", err)
	}
	return infer.CreateResponse[CacheRuleState]{ID: args.QueryHash, Output: state}, err
}

// caching is what a rule sets. The zero value is what the API has by default, and
// what is left of a rule that is deleted.
type caching struct {
	enabled  bool
	ttl, swr *int // in seconds; nil is inherited
}

func cachingOf(args CacheRuleArgs) caching {
	return caching{enabled: args.CacheEnabled, ttl: args.CacheTTLSeconds, swr: args.CacheSWRSeconds}
}

func (c caching) String() string {
	seconds := func(n *int) string {
		if n == nil {
			return "inherited"
		}
		return strconv.Itoa(*n)
	}
	return fmt.Sprintf("cacheEnabled %t, cacheTtlSeconds %s, cacheSwrSeconds %s", c.enabled, seconds(c.ttl), seconds(c.swr))
}

// Read implements infer.CustomRead.
func (CacheRule) Read(ctx context.Context, req infer.ReadRequest[CacheRuleArgs, CacheRuleState],
) (infer.ReadResponse[CacheRuleArgs, CacheRuleState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.ReadResponse[CacheRuleArgs, CacheRuleState]](err)
	}
	live, err := pgbeam.CacheRules().Get(ctx, req.State.ProjectID, req.State.DatabaseID, req.ID)
	if err != nil {
		return failed[infer.ReadResponse[CacheRuleArgs, CacheRuleState]](err)
	}
	state := cacheRuleState(req.State.ProjectID, req.State.DatabaseID, live)
	return infer.ReadResponse[CacheRuleArgs, CacheRuleState]{ID: live.QueryHash, Inputs: state.CacheRuleArgs, State: state}, nil
}

// Update implements infer.CustomUpdate.
func (CacheRule) Update(ctx context.Context, req infer.UpdateRequest[CacheRuleArgs, CacheRuleState],
) (infer.UpdateResponse[CacheRuleState], error) {
	state, err := setCacheRule(ctx, req.Inputs)
	return infer.UpdateResponse[CacheRuleState]{Output: state}, err
}

// Delete implements infer.CustomDelete. A shape that was seen cannot be
// forgotten, so the caching that the rule has set is disabled, and no other.
func (CacheRule) Delete(ctx context.Context, req infer.DeleteRequest[CacheRuleState]) (infer.DeleteResponse, error) {
	args := CacheRuleArgs{ProjectID: req.State.ProjectID, DatabaseID: req.State.DatabaseID, QueryHash: req.ID}
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.DeleteResponse](err)
	}
	live, err := pgbeam.CacheRules().Get(ctx, args.ProjectID, args.DatabaseID, args.QueryHash)
	if err != nil {
		return failed[infer.DeleteResponse](err)
	}
	have := cachingOf(cacheRuleState(args.ProjectID, args.DatabaseID, live).CacheRuleArgs)
	switch {
	case equal(have, caching{}):
		return infer.DeleteResponse{}, nil
	case !ownsValue(ctx, have.properties(), cachingOf(req.State.CacheRuleArgs).properties(), "cacheEnabled", "cacheTtlSeconds", "cacheSwrSeconds"):
		warnNotOwn(ctx, cacheRuleSetting(args.ProjectID, args.DatabaseID, args.QueryHash), have.String())
		return infer.DeleteResponse{}, nil
	}
	_, err = setCacheRule(ctx, args)
	return infer.DeleteResponse{}, err
}

func (c caching) properties() property.Map {
	return property.NewMap(map[string]property.Value{"cacheEnabled": property.New(c.enabled)}).
		Set("cacheTtlSeconds", valuesOf("n", c.ttl).Get("n")).Set("cacheSwrSeconds", valuesOf("n", c.swr).Get("n"))
}

func setCacheRule(ctx context.Context, args CacheRuleArgs) (CacheRuleState, error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[CacheRuleState](err)
	}
	live, err := pgbeam.CacheRules().Update(ctx, args.ProjectID, args.DatabaseID, args.QueryHash, client.UpdateCacheRuleRequest{
		CacheEnabled:    args.CacheEnabled,
		CacheTTLSeconds: args.CacheTTLSeconds,
		CacheSWRSeconds: args.CacheSWRSeconds,
	})
	if err != nil {
		return failed[CacheRuleState](err)
	}
	return cacheRuleState(args.ProjectID, args.DatabaseID, live), nil
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
