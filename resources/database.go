// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[DatabaseArgs, DatabaseState] = Database{}
	_ kind.Updater[DatabaseArgs, DatabaseState]    = Database{}
)

// Database is an upstream database of a project, in addition to the one that was
// created with the project.
type Database struct{}

// DatabaseArgs are the inputs of a Database.
type DatabaseArgs struct {
	ProjectID string `pulumi:"projectId"`
	DatabaseSettings
}

// DatabaseState is the state of a Database.
type DatabaseState struct {
	DatabaseArgs
	ConnectionString string `pulumi:"connectionString"`
	CreatedAt        string `pulumi:"createdAt"`
	UpdatedAt        string `pulumi:"updatedAt"`
}

// Annotate describes the inputs.
func (r *DatabaseArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that the database belongs to, `prj_…`.")
}

// Annotate describes the outputs.
func (r *DatabaseState) Annotate(a infer.Annotator) {
	a.Describe(&r.ConnectionString, "The connection string for connecting through the proxy, with a placeholder for the password.")
	a.Describe(&r.CreatedAt, "The time when the database was added, in RFC 3339 format.")
	a.Describe(&r.UpdatedAt, "The time when the database was last updated, in RFC 3339 format.")
}

// Definition implements kind.Controller.
func (Database) Definition() kind.Definition {
	return kind.Definition{
		Description: "A PostgreSQL database behind the proxy of a project. " +
			"A project is created with its primary database; this resource adds further databases to it. " +
			"Destroying the resource removes the database from PgBeam and does not affect the PostgreSQL server.",
		Properties: databaseProperties(),
		ImportID:   kind.InProject("db_"),
	}
}

// databaseProperties describes the inputs of a Database.
func databaseProperties() properties.Table {
	return DatabaseSettingsProperties().With(properties.Table{
		"projectId": properties.String().Required().Replaces().Length(1, 0).Reference("prj_"),
	})
}

// Create implements kind.Controller.
func (Database) Create(ctx context.Context, c *client.Client, in DatabaseArgs) (id string, state DatabaseState, err error) {
	created, err := c.Databases().Create(ctx, in.ProjectID, createDatabaseRequest(in.DatabaseSettings))
	return created.ID, databaseState(created, in.Password), err
}

// Read implements kind.Controller.
func (Database) Read(ctx context.Context, c *client.Client, id string, state DatabaseState) (DatabaseState, error) {
	live, err := c.Databases().Get(ctx, state.ProjectID, id)
	return databaseState(live, state.Password), err
}

// Update implements kind.Updater.
func (Database) Update(ctx context.Context, c *client.Client, id string, state DatabaseState, in DatabaseArgs) (DatabaseState, error) {
	patch := updateDatabaseRequest(state.DatabaseSettings, in.DatabaseSettings)
	if convert.IsZero(patch) {
		return state, nil
	}
	updated, err := c.Databases().Update(ctx, in.ProjectID, id, patch)
	return databaseState(updated, in.Password), err
}

// Delete implements kind.Controller.
func (Database) Delete(ctx context.Context, c *client.Client, id string, state DatabaseState) error {
	return c.Databases().Delete(ctx, state.ProjectID, id)
}

// databaseState converts a database. The API does not return the password, so it is
// the one that was last sent.
func databaseState(live client.Database, password *string) DatabaseState {
	return DatabaseState{
		DatabaseArgs:     DatabaseArgs{ProjectID: live.ProjectID, DatabaseSettings: databaseSettings(live, password)},
		ConnectionString: convert.ValueOr(live.ConnectionString, ""),
		CreatedAt:        live.CreatedAt,
		UpdatedAt:        live.UpdatedAt,
	}
}
