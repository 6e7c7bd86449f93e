// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "context"

// TestDatabaseConnection connects to a database with its saved credentials. It changes
// nothing. That it cannot connect is no error of the call: see OK in the response.
func (c *Client) TestDatabaseConnection(ctx context.Context, projectID, databaseID string) (ConnectionTest, error) {
	return postReadOnly[ConnectionTest](ctx, c, nil, "projects", projectID, "databases", databaseID, "test-connection")
}

// ConnectionTest is the result of connecting to a database.
type ConnectionTest struct {
	// OK is true if PgBeam could connect.
	OK bool `json:"ok"`
	// LatencyMs is the time to connect, in milliseconds. Nil if it was not measured.
	LatencyMs *float64 `json:"latency_ms"`
	// Error is the reason why PgBeam could not connect. Nil is none.
	Error *string `json:"error"`
	// ServerVersion is the version of the PostgreSQL server. Nil if it is not known.
	ServerVersion *string `json:"server_version"`
}
