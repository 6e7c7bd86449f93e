// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "cmp"

var (
	honeytokenInput = schema{
		stringField("schema_name", nullable, length(0, 255)),
		stringField("relation_name", required, length(1, 255)),
		honeytokenAction(),
	}

	honeytokenOutput = joinSchemas(schema{
		stringField("id", required),
		stringField("project_id", required),
		stringField("schema_name", nullable, defaultsTo(nil)),
		stringField("relation_name", required),
		honeytokenAction(),
	}, timestamps())
)

func honeytokenAction() *field {
	return stringField("action", required, enum("audit_only", "kill"))
}

// honeytokenKey is unique in the project. A relation without a schema is in public.
func (s *Server) honeytokenKey(o *object) string {
	return s.nameKey(o.parent, cmp.Or(o.stringValue("schema_name"), "public"), o.stringValue("relation_name"))
}

func (s *Server) prepareHoneytoken(_ *call, _, o *object) *problem {
	s.normalizeNames(o, "schema_name")
	return nil
}

// normalizeNames stores the same value for a name that is null, empty or omitted, as they mean the same.
func (s *Server) normalizeNames(o *object, names ...string) {
	for _, name := range names {
		switch {
		case o.stringValue(name) != "":
		case s.options.Behaviour.EmptySchemaNames:
			o.fields[name] = ""
		default:
			o.fields[name] = nil
		}
	}
}
