// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// volatileOutput matches what differs between two deployments.
var volatileOutput = regexp.MustCompile(`\([0-9.]+s\)|Duration: .*|shop-project-[a-z0-9]+-[a-z0-9]+`)

// TestReadmeProgramPrintsWhatTheReadmeShows deploys the program of the README.
func TestReadmeProgramPrintsWhatTheReadmeShows(t *testing.T) {
	t.Parallel()
	readme := repotest.Read(t, "README.md")
	program := repotest.CodeBlock(t, readme, "yaml")
	assert.LessOrEqual(t, strings.Count(program, "\n"), 22)
	s := clitest.New(t, contracttest.Start(t, localapi.Options{}), program)
	s.AddCanary("the password", "pa$$w0rd-planted")
	s.Must("config", "set", "--secret", "dbPassword", "pa$$w0rd-planted")
	output := s.Up("--skip-preview")
	s.AddCanaries()
	assert.NotContains(t, output, "warning:")
	for line := range strings.Lines(repotest.CodeBlock(t, readme, "console")) {
		if strings.HasPrefix(line, "$") || strings.HasPrefix(line, "Updating") {
			continue
		}
		line = strings.ReplaceAll(volatileOutput.ReplaceAllString(line, "…"), "shop-dev", "shop-test")
		assert.Contains(t, volatileOutput.ReplaceAllString(output, "…"), strings.TrimSpace(line))
	}
}
