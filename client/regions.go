// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "context"

// ListRegions returns the regions that the PgBeam proxy runs in.
func (c *Client) ListRegions(ctx context.Context) ([]Region, error) {
	resp, err := get[regionList](ctx, c, nil, "regions")
	return resp.Items, err
}

type regionList struct {
	Items []Region `json:"regions"`
}

// Region is a region that the PgBeam proxy runs in. PgBeam sets all fields.
type Region struct {
	// ID is the name of the region, such as "us-east-1".
	ID string `json:"id" api:"nonempty"`
	// Name is the display name.
	Name string `json:"name"`
	// Provider is the cloud: "aws", "azure" or "gcp".
	Provider string `json:"provider" api:"nonempty"`
	// Status is "active", "draining" or "inactive".
	Status string `json:"status" api:"nonempty"`
	// Available is true if new projects can use the region.
	Available bool `json:"available"`
	// Continent is the continent of the region. Nil if the API omits it.
	Continent *string `json:"continent"`
	// Country is the country of the region. Nil if the API omits it.
	Country *string `json:"country"`
}
