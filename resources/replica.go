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

var _ kind.Controller[ReplicaArgs, ReplicaState] = Replica{}

// Replica is a read replica of a database. The API cannot change one, so it has
// no Update.
type Replica struct{}

// ReplicaArgs are the inputs of a Replica.
type ReplicaArgs struct {
	DatabaseID string   `pulumi:"databaseId"`
	Host       string   `pulumi:"host"`
	Port       int      `pulumi:"port"`
	SSLMode    *SSLMode `pulumi:"sslMode,optional"`
}

// ReplicaState is the state of a Replica.
type ReplicaState struct {
	ReplicaArgs
	CreatedAt string `pulumi:"createdAt"`
	UpdatedAt string `pulumi:"updatedAt"`
}

// Annotate describes the inputs.
func (r *ReplicaArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.DatabaseID, "ID of the database that is replicated, `db_…`.")
	a.Describe(&r.Host, "Host name or address of the replica.")
	a.Describe(&r.Port, "Port of the replica, 1 to 65535.")
	a.Describe(&r.SSLMode, "How the connection to the replica is secured. Left out, the API chooses.")
}

// Annotate describes the outputs.
func (r *ReplicaState) Annotate(a infer.Annotator) {
	a.Describe(&r.CreatedAt, "When the replica was added, in RFC 3339.")
	a.Describe(&r.UpdatedAt, "When the replica was last changed, in RFC 3339.")
}

// Definition implements kind.Controller.
func (Replica) Definition() kind.Definition {
	return kind.Definition{
		Description: "A read replica of a database. The proxy logs in to it with the user and the password of that database. " +
			"A replica cannot be changed: any change makes a new one.",
		Properties: ReplicaProperties(),
		ImportID:   kind.ImportID{Parents: []kind.Parent{{Property: "databaseId", Prefix: "db_"}}, Prefix: "rep_"},
	}
}

// ReplicaProperties describes the inputs of a Replica.
func ReplicaProperties() properties.Table {
	return properties.Table{
		"databaseId": properties.String().Required().Replaces().Length(1, 0).Reference("db_"),
		"host":       properties.String().Required().Replaces().Host(),
		"port":       properties.Integer().Required().Replaces().Between(1, 65535),
		"sslMode":    properties.Enum[SSLMode]().Replaces().ServerDefault(),
	}
}

// Create implements kind.Controller.
func (Replica) Create(ctx context.Context, c *client.Client, in ReplicaArgs) (id string, state ReplicaState, err error) {
	created, err := c.Replicas().Create(ctx, in.DatabaseID, client.CreateReplicaRequest{
		Host:    in.Host,
		Port:    in.Port,
		SSLMode: convert.String[string](in.SSLMode),
	})
	return created.ID, replicaState(created), err
}

// Read implements kind.Controller.
func (Replica) Read(ctx context.Context, c *client.Client, id string, state ReplicaState) (ReplicaState, error) {
	live, err := c.Replicas().Get(ctx, state.DatabaseID, id)
	return replicaState(live), err
}

// Delete implements kind.Controller.
func (Replica) Delete(ctx context.Context, c *client.Client, id string, state ReplicaState) error {
	return c.Replicas().Delete(ctx, state.DatabaseID, id)
}

func replicaState(r client.Replica) ReplicaState {
	return ReplicaState{
		ReplicaArgs: ReplicaArgs{
			DatabaseID: r.DatabaseID,
			Host:       r.Host,
			Port:       r.Port,
			SSLMode:    convert.StringOr[SSLMode](&r.SSLMode, ""),
		},
		CreatedAt: r.CreatedAt,
		UpdatedAt: r.UpdatedAt,
	}
}
