// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"
	"fmt"
	"iter"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

var _ kind.FunctionController[GetDatabaseArgs, GetDatabaseResult] = GetDatabase{}

// GetDatabase looks up a database.
type GetDatabase struct{}

// GetDatabaseArgs are the inputs of GetDatabase.
type GetDatabaseArgs struct {
	ProjectID string                  `pulumi:"projectId"`
	ID        *string                 `pulumi:"id,optional"`
	Role      *resources.DatabaseRole `pulumi:"role,optional"`
	Host      *string                 `pulumi:"host,optional"`
}

// GetDatabaseResult is the result of GetDatabase.
type GetDatabaseResult struct {
	ID string `pulumi:"id"`
	resources.DatabaseState
}

// Annotate describes the inputs.
func (r *GetDatabaseArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that the database belongs to, `prj_…`.")
	a.Describe(&r.ID, "The ID of the database, `db_…`. Required unless `role` or `host` is set.")
	a.Describe(&r.Role, "The role of the database. A project can have several databases of a role: set `host` as well to choose one.")
	a.Describe(&r.Host, "The host name or IP address of the PostgreSQL server, in any case.")
}

// Annotate describes the ID, and the outputs that are inputs of the resource.
func (r *GetDatabaseResult) Annotate(a infer.Annotator) {
	a.Describe(&r.ID, "The ID of the database, `db_…`.")
	a.Describe(&r.CacheConfig, "The settings of the query cache.")
	a.Describe(&r.PoolConfig, "The settings of the connection pool.")
}

// Definition implements kind.FunctionController.
func (GetDatabase) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Looks up a database of a project by its ID, or by its role, its host, or both. " +
			"It fails if there is no such database or more than one, and lists those that exist. " +
			"The API never returns the password of a database.",
		Properties: properties.Table{
			"projectId": properties.ID("prj_"),
			"id":        properties.ID("db_").Optional(),
			"role":      properties.Enum[resources.DatabaseRole](),
			"host":      properties.String().Host(),
		},
		Validate: validateGetDatabase,
		State:    &kind.StateResult{Unreadable: []string{"password"}, Optional: []string{"connectionString"}},
	}
}

// validateGetDatabase requires an ID, or a role or a host.
func validateGetDatabase(inputs property.Map) []p.CheckFailure {
	filters := properties.Present(inputs, "role", "host")
	switch {
	case len(properties.Present(inputs, "id")) == 0 && len(filters) == 0:
		return properties.Failure("id", "is required, unless role or host is set")
	case len(properties.Present(inputs, "id")) == 1 && len(filters) > 0:
		return properties.Failure(filters[0], "cannot be set together with id")
	}
	return nil
}

// Invoke implements kind.FunctionController.
func (GetDatabase) Invoke(ctx context.Context, c *client.Client, in GetDatabaseArgs) (GetDatabaseResult, error) {
	var wanted []string
	if in.Role != nil {
		wanted = append(wanted, "that role")
	}
	if in.Host != nil {
		wanted = append(wanted, "that host")
	}
	parents := resources.DatabaseState{DatabaseArgs: resources.DatabaseArgs{ProjectID: in.ProjectID}}
	databases := kind.NewLookup("database", in.ProjectID, resources.Database{}, c, parents)
	databases.List = func(ctx context.Context) iter.Seq2[kind.Object[any], error] {
		return resources.ListDatabases(ctx, c, in.ProjectID, true)
	}
	databases.Label = func(s resources.DatabaseState) string { return fmt.Sprintf("(%s, %s)", *s.Role, s.Host) }
	databases.Distinguish = func(s resources.DatabaseState) string {
		if in.Host == nil {
			return "(" + s.Host + ")"
		}
		return fmt.Sprintf("(%s, %s)", *s.Role, s.Name)
	}
	id, state, err := databases.Get(ctx, in.ID, strings.Join(wanted, " and "), func(s resources.DatabaseState) bool {
		return (in.Role == nil || *s.Role == *in.Role) && (in.Host == nil || strings.EqualFold(s.Host, *in.Host))
	})
	return GetDatabaseResult{id, state}, err
}
