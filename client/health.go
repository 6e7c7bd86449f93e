// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "context"

// Health is the state of the API.
type Health struct {
	// Status is "ok" or "degraded".
	Status string `json:"status" api:"nonempty"`
	// Version is the version of the API server.
	Version string `json:"version"`
	// ImageSHA is the digest or the tag of the API server's container image.
	ImageSHA string `json:"image_sha"`
	// Timestamp is the time of the API server. Nil if the API omits it.
	Timestamp *string `json:"timestamp"`
}

// Health returns the state of the API. It is the only call that works with an
// invalid API key.
func (c *Client) Health(ctx context.Context) (Health, error) {
	return get[Health](ctx, c, nil, "health")
}
