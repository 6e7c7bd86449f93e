// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var _ Controller[ReplicaArgs, ReplicaState] = (*Replica)(nil)

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

// Annotate describes the resource.
func (r *Replica) Annotate(a infer.Annotator) {
	a.Describe(&r, "A read replica of a database. The proxy logs in to it with the user and the password of that database. "+
		"A replica cannot be changed: any change makes a new one.")
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

// Definition implements Controller.
func (Replica) Definition() Definition {
	return Definition{
		Properties: ReplicaProperties(),
		ImportID:   ImportID{Parents: []Parent{{Property: "databaseId", Prefix: "db_"}}, Prefix: "rep_"},
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

// Create implements infer.CustomCreate.
func (Replica) Create(ctx context.Context, req infer.CreateRequest[ReplicaArgs],
) (infer.CreateResponse[ReplicaState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.CreateResponse[ReplicaState]](err)
	}
	created, err := pgbeam.Replicas().Create(ctx, req.Inputs.DatabaseID, client.CreateReplicaRequest{
		Host:    req.Inputs.Host,
		Port:    req.Inputs.Port,
		SSLMode: sent[string](req.Inputs.SSLMode),
	})
	if err != nil {
		return failed[infer.CreateResponse[ReplicaState]](err)
	}
	return infer.CreateResponse[ReplicaState]{ID: created.ID, Output: replicaState(created)}, nil
}

// Read implements infer.CustomRead.
func (Replica) Read(ctx context.Context, req infer.ReadRequest[ReplicaArgs, ReplicaState],
) (infer.ReadResponse[ReplicaArgs, ReplicaState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.ReadResponse[ReplicaArgs, ReplicaState]](err)
	}
	live, err := pgbeam.Replicas().Get(ctx, req.State.DatabaseID, req.ID)
	if err != nil {
		return failed[infer.ReadResponse[ReplicaArgs, ReplicaState]](err)
	}
	state := replicaState(live)
	return infer.ReadResponse[ReplicaArgs, ReplicaState]{ID: live.ID, Inputs: state.ReplicaArgs, State: state}, nil
}

// Delete implements infer.CustomDelete.
func (Replica) Delete(ctx context.Context, req infer.DeleteRequest[ReplicaState]) (infer.DeleteResponse, error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.DeleteResponse](err)
	}
	return infer.DeleteResponse{}, pgbeam.Replicas().Delete(ctx, req.State.DatabaseID, req.ID)
}

func replicaState(r client.Replica) ReplicaState {
	return ReplicaState{
		ReplicaArgs: ReplicaArgs{
			DatabaseID: r.DatabaseID,
			Host:       r.Host,
			Port:       r.Port,
			SSLMode:    optional[SSLMode](&r.SSLMode, ""),
		},
		CreatedAt: r.CreatedAt,
		UpdatedAt: r.UpdatedAt,
	}
}
