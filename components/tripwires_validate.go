// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/functions"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// validateTripwires returns what the children would reject, two children for the same object,
// and the decoys that are relations of PostgreSQL itself.
func validateTripwires(inputs property.Map) []p.CheckFailure {
	v := &validator{inputs: inputs}
	v.validateAnomalyRules("anomalies")
	v.validateUnique("anomalies", "metric", func(rule property.Map) string { return convert.Text(rule.Get("metric")) })
	for name, sink := range properties.AsMap(inputs.Get("sinks")).AllStable {
		v.validateWebhook(properties.Path("sinks").Field(name), sink)
	}
	for _, decoy := range decoysOf(inputs) {
		if decoy.isSystemRelation() && !decoy.mayExist {
			v.fail(decoy.path(), "may be a table or view of PostgreSQL itself, which clients query on their own. "+
				"Choose a schema and a name that do not begin with pg_, or set allowExistingTable to true")
		}
	}
	v.validateUnique("decoys", "relationName", func(settings property.Map) string {
		schema, relation, ok := relationOf(settings)
		if !ok {
			return ""
		}
		return schema + "." + relation
	})
	return v.failures
}

// validateUnique rejects the entries of a map that have the same key as an earlier one. An
// entry without a key is skipped.
func (v *validator) validateUnique(at properties.Path, field string, keyOf func(entry property.Map) string) {
	owners := map[string]string{}
	for name, entry := range properties.AsMap(v.inputs.Get(string(at))).AllStable {
		key := keyOf(properties.AsMap(entry))
		if owner, taken := owners[key]; taken && key != "" {
			v.fail(at.Field(name).Field(field), "must be unique: %s has the same one", at.Field(owner))
			continue
		}
		owners[key] = name
	}
}

// decoy is a decoy whose schema and name are known, in lower case: PgBeam matches them
// regardless of case.
type decoy struct {
	name, schema, relation string
	// mayExist is set if the user allows that the relation exists.
	mayExist bool
}

func (d decoy) path() properties.Path {
	return properties.Path("decoys").Field(d.name).Field("relationName")
}

// isSystemRelation reports whether a decoy may be a relation that the schema catalog leaves
// out. PostgreSQL finds those of pg_catalog without a schema, too, and reserves pg_ for its own
// schemas.
func (d decoy) isSystemRelation() bool {
	return strings.HasPrefix(d.schema, "pg_") || d.schema == "information_schema" || d.schema == publicSchema && strings.HasPrefix(d.relation, "pg_")
}

const publicSchema = "public"

// relationOf returns the schema and the name of a decoy, or ok = false if they are not known.
func relationOf(settings property.Map) (schema, relation string, ok bool) {
	name := settings.Get("relationName")
	if settings.Get("schemaName").IsComputed() || !name.IsString() {
		return "", "", false
	}
	return cmp.Or(strings.ToLower(convert.Text(settings.Get("schemaName"))), publicSchema), strings.ToLower(name.AsString()), true
}

// decoysOf returns the decoys that are known, in the order of their names.
func decoysOf(inputs property.Map) []decoy {
	var decoys []decoy
	for name, entry := range properties.AsMap(inputs.Get("decoys")).AllStable {
		settings := properties.AsMap(entry)
		if schema, relation, ok := relationOf(settings); ok {
			allowed := settings.Get("allowExistingTable")
			decoys = append(decoys, decoy{name, schema, relation, allowed.IsComputed() || allowed.IsBool() && allowed.AsBool()})
		}
	}
	return decoys
}

// rejectExistingTables rejects the decoys that are tables or views in a database of the
// project. It makes no request if there is nothing to reject. It fails if a database cannot be
// read. That a database has no tables is no failure.
func rejectExistingTables(ctx context.Context, inputs property.Map) ([]p.CheckFailure, error) {
	decoys := slices.DeleteFunc(decoysOf(inputs), func(d decoy) bool { return d.mayExist })
	projectID := convert.Text(inputs.Get("projectId"))
	if len(decoys) == 0 || projectID == "" {
		return nil, nil
	}
	client, err := kind.Connect(ctx)
	if err != nil {
		return nil, err
	}
	v := &validator{inputs: inputs}
	for database, err := range resources.ListDatabases(ctx, client, projectID, true) {
		if err != nil {
			return nil, err
		}
		catalog, err := functions.GetSchemaCatalog{}.Invoke(ctx, client, functions.GetSchemaCatalogArgs{ProjectID: projectID, DatabaseID: database.ID})
		if err != nil {
			return nil, fmt.Errorf("the decoys cannot be compared with the tables of a database, "+
				"which is not necessary for those whose allowExistingTable is true: %w", err)
		}
		decoys = slices.DeleteFunc(decoys, func(d decoy) bool {
			found := slices.IndexFunc(catalog.Relations, func(r functions.SchemaRelation) bool {
				return strings.ToLower(r.Schema) == d.schema && strings.ToLower(r.Name) == d.relation
			})
			switch {
			case found >= 0:
				v.fail(d.path(), "is a %s that exists in the database %s: legitimate statements of agents that reference it would be blocked. "+
					"Choose another name, or set allowExistingTable to true if it was created as a decoy", relationKind(catalog.Relations[found]), database.ID)
			case catalog.Truncated:
				v.fail(d.path(), "may be a table that exists in the database %s, which has more columns than PgBeam reads. "+
					"Set allowExistingTable to true if it is none, or was created as a decoy", database.ID)
			default:
				return false
			}
			return true // one failure is enough
		})
		if len(decoys) == 0 {
			break
		}
	}
	return v.failures, nil
}

// relationKind returns what a relation is, for a message.
func relationKind(r functions.SchemaRelation) string {
	switch r.Kind {
	case "table", "view":
		return r.Kind
	case "materialized_view":
		return "materialized view"
	default:
		return "relation"
	}
}
