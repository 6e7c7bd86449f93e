// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"
	"slices"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

var _ kind.FunctionController[GetRegionsArgs, GetRegionsResult] = GetRegions{}

// GetRegions lists the regions of PgBeam.
type GetRegions struct{}

// GetRegionsArgs are the inputs of GetRegions.
type GetRegionsArgs struct {
	Provider  *resources.Cloud `pulumi:"provider,optional"`
	Available *bool            `pulumi:"available,optional"`
}

// GetRegionsResult is the result of GetRegions.
type GetRegionsResult struct {
	Regions []Region `pulumi:"regions"`
}

// Region is a region that the PgBeam proxy runs in. Its fields are those of client.Region.
type Region struct {
	ID        string  `pulumi:"id"`
	Name      string  `pulumi:"name"`
	Provider  string  `pulumi:"provider"`
	Status    string  `pulumi:"status"`
	Available bool    `pulumi:"available"`
	Continent *string `pulumi:"continent,optional"`
	Country   *string `pulumi:"country,optional"`
}

// Annotate describes the inputs.
func (r *GetRegionsArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.Provider, "The cloud provider of the regions. If omitted, the regions of all providers are returned.")
	a.Describe(&r.Available, "Whether new projects can use the regions. If omitted, the regions are returned in either case.")
}

// Annotate describes the output.
func (r *GetRegionsResult) Annotate(a infer.Annotator) {
	a.Describe(&r.Regions, "The regions. Empty if none matches.")
}

// Annotate describes the region.
func (r *Region) Annotate(a infer.Annotator) {
	a.Describe(&r, "A region that the PgBeam proxy runs in.")
	a.Describe(&r.ID, "The ID of the region, such as `us-east-1`, which `poolRegion` of a database takes.")
	a.Describe(&r.Name, "The display name of the region.")
	a.Describe(&r.Provider, "The cloud provider: `aws`, `azure` or `gcp`.")
	a.Describe(&r.Status, "The status of the region: `active`, `draining` or `inactive`.")
	a.Describe(&r.Available, "Whether new projects can use the region.")
	a.Describe(&r.Continent, "The continent of the region. Absent if it is not known.")
	a.Describe(&r.Country, "The country of the region. Absent if it is not known.")
}

// Definition implements kind.FunctionController.
func (GetRegions) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Lists the regions that the PgBeam proxy runs in, optionally those of a cloud provider, or those that new projects can use.",
		Properties: properties.Table{
			"provider":  properties.Enum[resources.Cloud](),
			"available": properties.Bool(),
		},
	}
}

// Invoke implements kind.FunctionController.
func (GetRegions) Invoke(ctx context.Context, c *client.Client, in GetRegionsArgs) (GetRegionsResult, error) {
	regions, err := c.ListRegions(ctx)
	regions = slices.DeleteFunc(regions, func(r client.Region) bool {
		return in.Provider != nil && r.Provider != string(*in.Provider) || in.Available != nil && r.Available != *in.Available
	})
	return GetRegionsResult{convert.Items(regions, func(r client.Region) Region { return Region(r) })}, err
}
