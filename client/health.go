// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "context"

// Health is how the API is.
type Health struct {
	// Status is "ok" or "degraded".
	Status   string `json:"status" api:"nonempty"`
	Version  string `json:"version"`
	ImageSHA string `json:"image_sha"`
	// Timestamp is the API's own time, in RFC 3339.
	Timestamp *string `json:"timestamp"`
}

// Health asks the API how it is. It is the one call that needs no valid key.
func (c *Client) Health(ctx context.Context) (Health, error) {
	return get[Health](ctx, c, "health")
}
