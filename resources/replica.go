// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"iter"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[ReplicaArgs, ReplicaState] = Replica{}
	_ kind.Lister[ReplicaArgs]                   = Replica{}
)

// Replica is a read replica of a database. It has no Update, because the API cannot
// change a replica.
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
	a.Describe(&r.DatabaseID, "The ID of the database that the replica belongs to, `db_…`.")
	a.Describe(&r.Host, "The host name or IP address of the replica.")
	a.Describe(&r.Port, "The port of the replica, 1 to 65535.")
	a.Describe(&r.SSLMode, "The TLS mode of the connection to the replica. "+sslModeDescription)
}

// Annotate describes the outputs.
func (r *ReplicaState) Annotate(a infer.Annotator) {
	a.Describe(&r.CreatedAt, "The time when the replica was added, in RFC 3339 format.")
	a.Describe(&r.UpdatedAt, "The time when the replica was last updated, in RFC 3339 format.")
}

// Definition implements kind.Controller.
func (Replica) Definition() kind.Definition {
	return kind.Definition{
		Description: "A read replica of a database. The proxy connects to it with the username and the password of the database. " +
			"The API cannot change a replica, so a change of any input replaces it.",
		Properties: ReplicaProperties(),
		ImportID:   kind.ImportID{Parents: []kind.Parent{kind.Database}, Prefix: "rep_"},
	}
}

// ReplicaProperties describes the inputs of a Replica.
func ReplicaProperties() properties.Table {
	return properties.Table{
		"databaseId": properties.ID("db_").Replaces(),
		"host":       properties.String().Required().Replaces().Host(),
		"port":       properties.Integer().Required().Replaces().Between(1, 65535),
		"sslMode":    properties.Enum[SSLMode]().Replaces().Default(defaultSSLMode).ServerDefault(),
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

// List implements kind.Lister.
func (Replica) List(ctx context.Context, c *client.Client, in ReplicaArgs) iter.Seq2[kind.Object[any], error] {
	return kind.Objects(c.Replicas().List(ctx, in.DatabaseID), func(live client.Replica) (id string, state any, ok bool) {
		return live.ID, replicaState(live), true
	})
}

func replicaState(live client.Replica) ReplicaState {
	return ReplicaState{
		ReplicaArgs: ReplicaArgs{
			DatabaseID: live.DatabaseID,
			Host:       live.Host,
			Port:       live.Port,
			SSLMode:    convert.StringOr[SSLMode](&live.SSLMode, ""),
		},
		CreatedAt: live.CreatedAt,
		UpdatedAt: live.UpdatedAt,
	}
}
