// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestCheckFailuresInYAML requires that the engine prints neither missing values
// nor secret ones.
//
// `kind: null` is a null in YAML, which the language host omits. The message says
// how to write the string, also in programs that an import generates.
func TestCheckFailuresInYAML(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := clitest.New(t, local, "name: failures\nruntime: yaml\n")
	for resource, want := range map[string]string{
		"{ type: pgbeam:PolicyProfile, properties: { projectId: prj_1, maskingRules: [{ table: users, column: email, kind: null }] } }":         `has a problem: maskingRules[0].kind is required (to use the string "null", put it in quotes)`,
		`{ type: pgbeam:Database, properties: { projectId: prj_1, host: db, port: 5432, name: a, username: u, password: { fn::secret: "" } } }`: "has a problem: password must not be empty",
		`{ type: pgbeam:WebhookEndpoint, properties: { projectId: prj_1, url: "ftp://u:planted-in-a-url@example.com" } }`:                       `has a problem: url must be an absolute URL that begins with https://`,
		"{ type: pgbeam:PolicyProfile }": "has a problem: projectId is required",
	} {
		s.WriteProgram("name: failures\nruntime: yaml\nresources:\n  wrong: " + resource + "\n")
		output := s.MustFail("preview")
		assert.Contains(t, output, want)
		assert.NotContains(t, output, "<nil>")
		assert.NotContains(t, output, "planted")
	}
}
