// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import "github.com/pgbeam/pulumi-pgbeam/internal/properties"

// Inputs that several functions have.

func projectID() properties.Property { return id("prj_") }

func databaseID() properties.Property { return id("db_") }

func id(prefix string) properties.Property {
	return properties.String().Required().Length(1, 0).Reference(prefix)
}

// timeWindow describes the start and the end of a report, in addition to other inputs.
func timeWindow(inputs properties.Table) properties.Table {
	return inputs.With(properties.Table{"start": properties.String().Timestamp(), "end": properties.String().Timestamp()})
}
