// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var _ kind.FunctionController[TestConnectionArgs, TestConnectionResult] = TestConnection{}

// TestConnection makes PgBeam connect to a database.
type TestConnection struct{}

// TestConnectionArgs are the inputs of TestConnection.
type TestConnectionArgs struct {
	ProjectID  string `pulumi:"projectId"`
	DatabaseID string `pulumi:"databaseId"`
}

// TestConnectionResult is the result of TestConnection. Its fields are those of
// client.ConnectionTest.
type TestConnectionResult struct {
	OK            bool     `pulumi:"ok"`
	LatencyMs     *float64 `pulumi:"latencyMs,optional"`
	Error         *string  `pulumi:"error,optional"`
	ServerVersion *string  `pulumi:"serverVersion,optional"`
}

// Annotate describes the inputs.
func (r *TestConnectionArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that the database belongs to, `prj_…`.")
	a.Describe(&r.DatabaseID, "The ID of the database, `db_…`.")
}

// Annotate describes the outputs.
func (r *TestConnectionResult) Annotate(a infer.Annotator) {
	a.Describe(&r.OK, "Whether PgBeam could connect.")
	a.Describe(&r.LatencyMs, "The time to connect in milliseconds. Absent if it was not measured.")
	a.Describe(&r.Error, "The reason why PgBeam could not connect. Absent if it could.")
	a.Describe(&r.ServerVersion, "The version of the PostgreSQL server. Absent if it is not known.")
}

// Definition implements kind.FunctionController.
func (TestConnection) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Makes PgBeam connect to a database with the credentials that it has stored, and returns whether it could. " +
			"A database that cannot be connected to is a result, not an error.",
		Properties: properties.Table{"projectId": properties.ID("prj_"), "databaseId": properties.ID("db_")},
	}
}

// Invoke implements kind.FunctionController.
func (TestConnection) Invoke(ctx context.Context, c *client.Client, in TestConnectionArgs) (TestConnectionResult, error) {
	test, err := c.TestDatabaseConnection(ctx, in.ProjectID, in.DatabaseID)
	return TestConnectionResult(test), err
}
