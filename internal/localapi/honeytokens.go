// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "net/http"

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
	return stringField("action", required, oneOfStrings("audit_only", "kill"))
}

func (s *Server) honeytokenKind() kind {
	return kind{
		name: "honeytokens", noun: "honeytoken", prefix: "hnt_", list: "honeytokens", param: "honeytoken_id",
		input: honeytokenInput, output: honeytokenOutput,
		scope: inProject,
		// A bare name and the same name in public are one relation.
		key: func(o *object) string {
			schema := o.stringValue("schema_name")
			if schema == "" {
				schema = "public"
			}
			return o.parent + "\x00" + schema + "." + o.stringValue("relation_name")
		},
		keyField: "relation_name",
		check: func(_ *call, _, o *object) *problem {
			o.fields["project_id"] = o.parent
			s.noName(o, "schema_name")
			return nil
		},
	}
}

func (s *Server) honeytokenOperations() []*operation {
	const all, one = "/v1/projects/{project_id}/honeytokens", "/v1/projects/{project_id}/honeytokens/{honeytoken_id}"
	return []*operation{
		{id: "createHoneytoken", method: http.MethodPost, path: all, body: honeytokenInput, run: s.createOp(s.honeytokens)},
		{id: "listHoneytokens", method: http.MethodGet, path: all, query: pageQuery, run: s.listOp(s.honeytokens)},
		{id: "getHoneytoken", method: http.MethodGet, path: one, run: s.getOp(s.honeytokens)},
		{id: "updateHoneytoken", method: http.MethodPut, path: one, body: honeytokenInput, run: s.replaceOp(s.honeytokens)},
		{id: "deleteHoneytoken", method: http.MethodDelete, path: one, run: s.deleteOp(s.honeytokens)},
	}
}

// noName stores null, or the empty text, for a name that is either or absent: they mean the same.
func (s *Server) noName(o *object, names ...string) {
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
