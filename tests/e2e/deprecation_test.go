// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestDeprecatedOperationIsAWarning requires one warning for each deprecated operation
// in a run, whose plugins are two, and an error when the API has removed it.
func TestDeprecatedOperationIsAWarning(t *testing.T) {
	t.Parallel()
	now := time.Now()
	sunset := now.AddDate(0, 6, 0)
	past := false
	local := localapi.Start(t, localapi.Options{
		Deprecations: []localapi.Deprecation{
			{Method: "POST", Path: "/v1/projects", Since: now.AddDate(0, -1, 0), Sunset: sunset, Link: "https://pgbeam.com/docs/api-lifecycle"},
			{Method: "GET", Path: "/v1/projects/*", Since: now.AddDate(0, 1, 0)},
		},
		Now: func() time.Time {
			if past {
				return sunset
			}
			return time.Now()
		},
	})
	project := func(name, options string) string {
		return "  " + name + `:
    type: pgbeam:Project
    properties:
      orgId: org_local
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
    options: ` + options + "\n"
	}
	program := `
name: deprecated
runtime: yaml
resources:
  second:
    type: pulumi:providers:pgbeam
    properties: { requestTimeout: 10s }
` + project("one", "{}") + project("two", "{}") + project("three", `{ provider: "${second}" }`) + project("four", `{ provider: "${second}" }`)
	s := clitest.New(t, local, program)
	s.AddCanary("the password", "hunter2-planted")
	const operation = "The operation POST /v1/projects of the PgBeam API has been deprecated since "
	output := s.Up("--skip-preview")
	s.AddCanaries()
	assert.Equal(t, 1, strings.Count(diagnostics(output), operation+now.UTC().AddDate(0, -1, 0).Format(time.DateOnly)+
		", and will be removed on "+sunset.UTC().Format(time.DateOnly)), output)
	assert.Contains(t, output, "of the pgbeam provider uses it: update to a newer release. See https://pgbeam.com/docs/api-lifecycle.")
	assert.Len(t, local.Objects("projects"), 4)

	output = s.Must("refresh", "--yes", "--skip-preview")
	assert.Equal(t, 1, strings.Count(diagnostics(output), "The operation GET /v1/projects/{project_id} of the PgBeam API will be deprecated on "), output)
	assert.NotContains(t, output, operation)

	past = true
	s.WriteProgram(program + project("five", "{}"))
	output = s.MustFail("up", "--yes", "--skip-preview")
	assert.Contains(t, output, "410 GONE")
	assert.Contains(t, output, "The operation is no longer available: update the pgbeam provider to a newer release")
	assert.Len(t, local.Objects("projects"), 4)
}

// diagnostics returns the part of the output that lists the warnings once. The CLI also
// shows them with the progress of the resource.
func diagnostics(output string) string {
	_, part, _ := strings.Cut(output, "Diagnostics:")
	return part
}
