// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestFailuresOfChecksInYAML reads what the engine prints: no value that is not
// there, and none that is secret.
//
// `kind: null` is nothing in YAML, and the language host leaves it out, so that the
// provider sees no more than that kind is not there. It says how the text is
// written, also for programs that an import generates.
func TestFailuresOfChecksInYAML(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := newStack(t, local, "name: failures\nruntime: yaml\n")
	for resource, want := range map[string]string{
		"{ type: pgbeam:PolicyProfile, properties: { projectId: prj_1, maskingRules: [{ table: users, column: email, kind: null }] } }":         `has a problem: maskingRules[0].kind is required (to use the string "null", put it in quotes)`,
		`{ type: pgbeam:Database, properties: { projectId: prj_1, host: db, port: 5432, name: a, username: u, password: { fn::secret: "" } } }`: "has a problem: password must not be empty",
		`{ type: pgbeam:WebhookEndpoint, properties: { projectId: prj_1, url: "ftp://u:planted-in-a-url@example.com" } }`:                       `has a problem: url must be an absolute URL that begins with https://`,
		"{ type: pgbeam:PolicyProfile }": "has a problem: projectId is required",
	} {
		s.program("name: failures\nruntime: yaml\nresources:\n  wrong: " + resource + "\n")
		output := s.fails("preview")
		assert.Contains(t, output, want)
		assert.NotContains(t, output, "<nil>")
		assert.NotContains(t, output, "planted")
	}
}
