// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

var _ kind.FunctionController[GetQueryShapesArgs, GetQueryShapesResult] = GetQueryShapes{}

// GetQueryShapes lists the query shapes of a database.
type GetQueryShapes struct{}

// GetQueryShapesArgs are the inputs of GetQueryShapes.
type GetQueryShapesArgs struct {
	ProjectID    string  `pulumi:"projectId"`
	DatabaseID   string  `pulumi:"databaseId"`
	SQL          *string `pulumi:"sql,optional"`
	QueryHash    *string `pulumi:"queryHash,optional"`
	MinCallCount *int64  `pulumi:"minCallCount,optional"`
}

// GetQueryShapesResult is the result of GetQueryShapes.
type GetQueryShapesResult struct {
	QueryShapes []QueryShape `pulumi:"queryShapes"`
}

// QueryShape is a query shape with its statistics and its cache rule.
type QueryShape struct {
	QueryHash       string `pulumi:"queryHash"`
	NormalizedSQL   string `pulumi:"normalizedSql"`
	QueryType       string `pulumi:"queryType"`
	CacheEnabled    bool   `pulumi:"cacheEnabled"`
	CacheTTLSeconds *int   `pulumi:"cacheTtlSeconds,optional"`
	CacheSWRSeconds *int   `pulumi:"cacheSwrSeconds,optional"`
	resources.QueryStatistics
}

// Annotate describes the inputs.
func (r *GetQueryShapesArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that the database belongs to, `prj_…`.")
	a.Describe(&r.DatabaseID, "The ID of the database, `db_…`.")
	a.Describe(&r.SQL, "A part of the normalized SQL, which has placeholders such as `$1` instead of literal values. "+
		"Case does not matter, and any white space is the same as a single space. If omitted, query shapes with any SQL are returned.")
	a.Describe(&r.QueryHash, "The hash of the query shape, 16 lowercase hexadecimal digits. If omitted, query shapes with any hash are returned.")
	a.Describe(&r.MinCallCount, "The minimum number of observed executions. If omitted, there is no minimum.")
}

// Annotate describes the output.
func (r *GetQueryShapesResult) Annotate(a infer.Annotator) {
	a.Describe(&r.QueryShapes, "The query shapes that match all filters. Empty if there are none.")
}

// Annotate describes the query shape.
func (s *QueryShape) Annotate(a infer.Annotator) {
	a.Describe(&s, "A query shape that the proxy has observed, with its statistics and its cache rule.")
	a.Describe(&s.QueryHash, "The hash of the query shape, which `queryHash` of a `CacheRule` takes.")
	a.Describe(&s.NormalizedSQL, "The SQL of the query shape, with placeholders for literal values.")
	a.Describe(&s.QueryType, "The type of the query: `read`, `write` or `other`.")
	a.Describe(&s.CacheEnabled, "Whether results of the query shape are cached.")
	a.Describe(&s.CacheTTLSeconds, "The time in seconds for which a cached result is served. Absent if the setting of the database applies.")
	a.Describe(&s.CacheSWRSeconds, "The time in seconds for which an expired result can still be served while it is being refreshed. "+
		"Absent if the setting of the database applies.")
}

// Definition implements kind.FunctionController.
func (GetQueryShapes) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Lists the query shapes that the proxy has observed on a database, with their statistics and cache rules. " +
			"Use it to find the `queryHash` that a `CacheRule` needs by the SQL of the query.",
		Properties: properties.Table{
			"projectId":    properties.ID("prj_"),
			"databaseId":   properties.ID("db_"),
			"sql":          properties.String().NotBlank(),
			"queryHash":    properties.String().Matches(`^[0-9a-f]{16}$`, "be 16 lowercase hexadecimal digits"),
			"minCallCount": properties.Integer().AtLeast(0),
		},
	}
}

// Invoke implements kind.FunctionController.
func (GetQueryShapes) Invoke(ctx context.Context, c *client.Client, in GetQueryShapesArgs) (GetQueryShapesResult, error) {
	shapes := []QueryShape{}
	for shape, err := range c.CacheRules().List(ctx, in.ProjectID, in.DatabaseID) {
		switch {
		case err != nil:
			return GetQueryShapesResult{}, err
		case in.SQL != nil && !strings.Contains(foldSQL(shape.NormalizedSQL), foldSQL(*in.SQL)):
		case in.QueryHash != nil && shape.QueryHash != *in.QueryHash:
		case in.MinCallCount != nil && shape.CallCount < *in.MinCallCount:
		default:
			shapes = append(shapes, QueryShape{
				QueryHash:       shape.QueryHash,
				NormalizedSQL:   shape.NormalizedSQL,
				QueryType:       shape.QueryType,
				CacheEnabled:    shape.CacheEnabled,
				CacheTTLSeconds: shape.CacheTTLSeconds,
				CacheSWRSeconds: shape.CacheSWRSeconds,
				QueryStatistics: resources.QueryStatistics(shape.QueryStatistics),
			})
		}
	}
	return GetQueryShapesResult{shapes}, nil
}

// foldSQL returns a text in lower case, with a single space for any white space.
func foldSQL(sql string) string { return strings.ToLower(strings.Join(strings.Fields(sql), " ")) }
