// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "net/http"

type region struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Provider  string `json:"provider"`
	Status    string `json:"status"`
	Available bool   `json:"available"`
	Continent string `json:"continent"`
	Country   string `json:"country"`
}

// regions are those of PgBeam's documentation.
var regions = []region{
	{"us-east-1", "US East (N. Virginia)", "aws", "active", true, "North America", "United States"},
	{"us-west-2", "US West (Oregon)", "aws", "active", true, "North America", "United States"},
	{"eu-west-1", "Europe (Ireland)", "aws", "active", true, "Europe", "Ireland"},
	{"ap-south-1", "Asia Pacific (Mumbai)", "aws", "active", true, "Asia", "India"},
	{"ap-southeast-1", "Asia Pacific (Singapore)", "aws", "active", true, "Asia", "Singapore"},
	{"ap-northeast-1", "Asia Pacific (Tokyo)", "aws", "active", true, "Asia", "Japan"},
}

func listRegions(*call) (response, *problem) {
	return jsonResponse(http.StatusOK, appendJSON(nil, map[string]any{"regions": regions})), nil
}
