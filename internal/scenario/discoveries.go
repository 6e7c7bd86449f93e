// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// Discovery is a row of the table of resources without an object that remember what they find.
// All examine the primary database of a project.
type Discovery struct {
	// Kind is the kind as in the schema.
	Kind string
	// Path is the pattern of the path of the request that examines a database.
	Path string
	// Find changes what is found in a database. Item is what is found with a name.
	Find func(local *localapi.Local, databaseID string, names []string) error
	Item func(name string) Object
	// Changed are inputs that the resource did not have before.
	Changed Object
	// Unreadable is a response that says that the database could not be read, and Invalid one
	// that lacks something.
	Unreadable, Invalid string
}

// Discoveries returns the table.
func Discoveries() []Discovery {
	return []Discovery{{
		Kind: "DetectedPii", Path: "/v1/projects/*/databases/*/scan-pii",
		Find: func(local *localapi.Local, databaseID string, names []string) error {
			scan := localapi.PIIScan{ScannedTables: 1, ScannedColumns: 9}
			for _, name := range names {
				scan.Suggestions = append(scan.Suggestions, localapi.PIISuggestion{Table: "users", Column: name, Confidence: 0.9})
			}
			return local.SetPIIScan(databaseID, scan)
		},
		Item:       func(name string) Object { return Object{"table": "public.users", "column": name, "kind": "redact"} },
		Changed:    Object{"except": []any{"users.unknown"}},
		Unreadable: `{"scanned_tables":0,"scanned_columns":0,"suggestions":[],"error":"password authentication failed"}`,
		Invalid:    `{"scanned_tables":1,"scanned_columns":1,"suggestions":[{"schema":"public","table":"users","column":"a"}]}`,
	}}
}

// DiscoveryCase is a row with one behaviour of the API, and a database.
type DiscoveryCase struct {
	*enginetest.Env
	Discovery
	Project    *enginetest.Resource
	DatabaseID string
}

// ForEachDiscovery runs a scenario, in parallel, for every row and every behaviour.
func ForEachDiscovery(t *testing.T, run func(c *DiscoveryCase)) {
	t.Helper()
	t.Parallel()
	for _, row := range Discoveries() {
		for _, name := range slices.Sorted(maps.Keys(Behaviours)) {
			t.Run(row.Kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				env := enginetest.NewEnv(t, localapi.Options{Behaviour: Behaviours[name]})
				c := &DiscoveryCase{Env: env, Discovery: row, Project: env.Project()}
				c.DatabaseID = c.Project.State.Get("primaryDatabaseId").AsString()
				c.Local.ResetRequests()
				run(c)
			})
		}
	}
}

// Found names the output that lists what was found.
func (d Discovery) Found() string { return ResourceNamed(d.Kind).Discovery.Found }

// Exists changes what is found in the database.
func (c *DiscoveryCase) Exists(names ...string) {
	c.Helper()
	require.NoError(c, c.Find(c.Local, c.DatabaseID, names))
}

// Items returns what is found with names, in alphabetical order.
func (c *DiscoveryCase) Items(names ...string) []any {
	items := make([]any, len(names))
	for i, name := range names {
		items[i] = c.Item(name)
	}
	return items
}

// Inputs returns inputs about the database.
func (c *DiscoveryCase) Inputs(inputs Object) Object {
	return Merge(Object{"projectId": c.Project.ID, "databaseId": c.DatabaseID}, inputs)
}

// New returns a resource that does not exist yet.
func (c *DiscoveryCase) New() *enginetest.Resource {
	return &enginetest.Resource{Kind: c.Kind, Name: "thing"}
}

// Requests returns the number of requests since the last call, which must be those that examine
// the database.
func (c *DiscoveryCase) Requests() int {
	c.Helper()
	n := c.Local.Count("POST", c.Path)
	require.Len(c, c.Local.Requests(), n)
	c.Local.ResetRequests()
	return n
}
