// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"strings"
)

type organization struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Slug string `json:"slug"`
}

// listOrganizations lists the organization of the API key. It has no role, since the key is not that of a member.
func listOrganizations(c *call) (response, *problem) {
	name := strings.TrimPrefix(c.org, "org_")
	org := organization{ID: c.org, Name: name, Slug: strings.ToLower(strings.ReplaceAll(name, "_", "-"))}
	return jsonResponse(http.StatusOK, appendJSON(nil, map[string]any{"organizations": []organization{org}})), nil
}
