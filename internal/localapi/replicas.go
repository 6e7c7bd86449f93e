// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

var (
	replicaInput = schema{
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

func (s *Server) prepareReplica(_ *call, _, o *object) *problem {
	if o.stringValue("ssl_mode") == "" {
		o.fields["ssl_mode"] = s.options.Behaviour.sslMode()
	}
	return nil
}
