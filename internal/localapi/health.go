// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "net/http"

// getHealth responds without a timestamp, so that its entity tag stays the same.
func getHealth(*call) (response, *problem) {
	return jsonResponse(http.StatusOK, []byte(`{"status":"ok","version":"local","image_sha":"local"}`)), nil
}
