// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "net/http"

// healthOperations answers without a timestamp: the tag of a service whose health has not changed stays the same.
func (s *Server) healthOperations() []*operation {
	return []*operation{{id: "getHealth", method: http.MethodGet, path: "/v1/health", open: true, run: func(*call) (response, *problem) {
		return jsonResponse(http.StatusOK, []byte(`{"status":"ok","version":"local","image_sha":"local"}`)), nil
	}}}
}
