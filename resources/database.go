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

// Database is an upstream database of a project, besides the one that was made
// with the project.
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
func (d *DatabaseArgs) Annotate(a infer.Annotator) {
	a.Describe(&d.ProjectID, "ID of the project, `prj_…`.")
}

// Annotate describes the outputs.
func (d *DatabaseState) Annotate(a infer.Annotator) {
	a.Describe(&d.ConnectionString, "How to connect through the proxy, with a placeholder for the password.")
	a.Describe(&d.CreatedAt, "When the database was added, in RFC 3339.")
	a.Describe(&d.UpdatedAt, "When the database was last changed, in RFC 3339.")
}

// Definition implements kind.Controller.
func (Database) Definition() kind.Definition {
	return kind.Definition{
		Description: "A PostgreSQL database behind a project's proxy. " +
			"A project is created with its primary database; this resource adds others.",
		Properties: DatabaseSettingsProperties().With(properties.Table{
			"projectId": properties.String().Required().Replaces().Length(1, 0).Reference("prj_"),
		}),
		ImportID: kind.InProject("db_"),
	}
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

func databaseState(d client.Database, password *string) DatabaseState {
	return DatabaseState{
		DatabaseArgs:     DatabaseArgs{ProjectID: d.ProjectID, DatabaseSettings: databaseSettings(d, password)},
		ConnectionString: convert.ValueOr(d.ConnectionString, ""),
		CreatedAt:        d.CreatedAt,
		UpdatedAt:        d.UpdatedAt,
	}
}
