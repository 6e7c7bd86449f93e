// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ Controller[DatabaseArgs, DatabaseState]         = (*Database)(nil)
	_ infer.CustomUpdate[DatabaseArgs, DatabaseState] = (*Database)(nil)
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

// Annotate describes the resource.
func (d *Database) Annotate(a infer.Annotator) {
	a.Describe(&d, "A PostgreSQL database behind a project's proxy. "+
		"A project is created with its primary database; this resource adds others.")
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

// Definition implements Controller.
func (Database) Definition() Definition {
	return Definition{
		Properties: DatabaseSettingsProperties().With(properties.Table{
			"projectId": properties.String().Required().Replaces().Length(1, 0).Reference("prj_"),
		}),
		ImportID: ImportID{Parents: []Parent{{Property: "projectId", Prefix: "prj_"}}, Prefix: "db_"},
	}
}

// Create implements infer.CustomCreate.
func (Database) Create(ctx context.Context, req infer.CreateRequest[DatabaseArgs],
) (infer.CreateResponse[DatabaseState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.CreateResponse[DatabaseState]](err)
	}
	created, err := pgbeam.Databases().Create(ctx, req.Inputs.ProjectID, createDatabase(req.Inputs.DatabaseSettings))
	if err != nil {
		return failed[infer.CreateResponse[DatabaseState]](err)
	}
	return infer.CreateResponse[DatabaseState]{
		ID:     created.ID,
		Output: databaseState(created, req.Inputs.Password),
	}, nil
}

// Read implements infer.CustomRead.
func (Database) Read(ctx context.Context, req infer.ReadRequest[DatabaseArgs, DatabaseState],
) (infer.ReadResponse[DatabaseArgs, DatabaseState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.ReadResponse[DatabaseArgs, DatabaseState]](err)
	}
	live, err := pgbeam.Databases().Get(ctx, req.State.ProjectID, req.ID)
	if err != nil {
		return failed[infer.ReadResponse[DatabaseArgs, DatabaseState]](err)
	}
	state := databaseState(live, req.State.Password)
	return infer.ReadResponse[DatabaseArgs, DatabaseState]{ID: live.ID, Inputs: state.DatabaseArgs, State: state}, nil
}

// Update implements infer.CustomUpdate.
func (Database) Update(ctx context.Context, req infer.UpdateRequest[DatabaseArgs, DatabaseState],
) (infer.UpdateResponse[DatabaseState], error) {
	patch := updateDatabase(req.State.DatabaseSettings, req.Inputs.DatabaseSettings)
	if isEmpty(patch) {
		return infer.UpdateResponse[DatabaseState]{Output: req.State}, nil
	}
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.UpdateResponse[DatabaseState]](err)
	}
	updated, err := pgbeam.Databases().Update(ctx, req.Inputs.ProjectID, req.ID, patch)
	if err != nil {
		return failed[infer.UpdateResponse[DatabaseState]](err)
	}
	return infer.UpdateResponse[DatabaseState]{Output: databaseState(updated, req.Inputs.Password)}, nil
}

// Delete implements infer.CustomDelete.
func (Database) Delete(ctx context.Context, req infer.DeleteRequest[DatabaseState]) (infer.DeleteResponse, error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.DeleteResponse](err)
	}
	return infer.DeleteResponse{}, pgbeam.Databases().Delete(ctx, req.State.ProjectID, req.ID)
}

func databaseState(d client.Database, password *string) DatabaseState {
	return DatabaseState{
		DatabaseArgs:     DatabaseArgs{ProjectID: d.ProjectID, DatabaseSettings: databaseSettings(d, password)},
		ConnectionString: valueOr(d.ConnectionString, ""),
		CreatedAt:        d.CreatedAt,
		UpdatedAt:        d.UpdatedAt,
	}
}
