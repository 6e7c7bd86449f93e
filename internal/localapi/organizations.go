// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"strings"
)

// organizationOperations lists the caller's organization. An organization's key has no role in it.
func (s *Server) organizationOperations() []*operation {
	type organization struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Slug string `json:"slug"`
	}
	return []*operation{{id: "listOrganizations", method: http.MethodGet, path: "/v1/organizations", run: func(c *call) (response, *problem) {
		label := strings.TrimPrefix(c.org, "org_")
		own := organization{ID: c.org, Name: label, Slug: strings.ToLower(strings.ReplaceAll(label, "_", "-"))}
		return jsonResponse(http.StatusOK, appendJSON(nil, map[string]any{"organizations": []organization{own}})), nil
	}}}
}
