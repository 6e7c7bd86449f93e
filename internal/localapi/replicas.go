// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "net/http"

var (
	replicaCreate = schema{
		stringField("host", required, length(1, 0), pattern(hostPattern)),
		port(required),
		sslMode(),
	}

	replicaOutput = joinSchemas(schema{
		stringField("id", required),
		stringField("database_id", required),
		stringField("host", required),
		port(required),
		sslMode(required),
	}, timestamps())
)

func (s *Server) replicaKind() kind {
	return kind{
		name: "replicas", noun: "replica", prefix: "rep_", list: "replicas", param: "replica_id",
		input: replicaCreate, output: replicaOutput,
		scope: inDatabase,
		check: func(_ *call, _, o *object) *problem {
			o.fields["database_id"] = o.parent
			if o.stringValue("ssl_mode") == "" {
				o.fields["ssl_mode"] = s.options.Behaviour.sslMode()
			}
			return nil
		},
	}
}

// replicaOperations has no read of a single replica and no update: the contract has none.
func (s *Server) replicaOperations() []*operation {
	const all = "/v1/databases/{database_id}/replicas"
	return []*operation{
		{id: "listReplicas", method: http.MethodGet, path: all, query: pageQuery, run: s.listOp(s.replicas)},
		{id: "createReplica", method: http.MethodPost, path: all, body: replicaCreate, run: s.createOp(s.replicas)},
		{id: "deleteReplica", method: http.MethodDelete, path: all + "/{replica_id}", run: s.deleteOp(s.replicas)},
	}
}
