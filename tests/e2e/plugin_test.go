// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// TestPackageAddFromRepositoryRoot does what `pulumi package add` does with the
// folder or the Git URL of this repository: because of PulumiPlugin.yaml, the Go
// language host builds the root folder, and the CLI gets the schema of the result.
func TestPackageAddFromRepositoryRoot(t *testing.T) {
	t.Parallel()
	text := repotest.Read(t, "PulumiPlugin.yaml")
	var plugin struct{ Runtime string }
	require.NoError(t, yaml.Unmarshal([]byte(text), &plugin))
	require.Equal(t, "go", plugin.Runtime)

	binary := filepath.Join(t.TempDir(), "pulumi-resource-pgbeam")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary)
	build.Dir = repotest.Path(t)
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))

	s := clitest.New(t, contracttest.Start(t, localapi.Options{}), "name: adds\nruntime: yaml\n")
	stdout, stderr, err := s.Output(t.Context(), "package", "get-schema", binary)
	require.NoError(t, err, stderr)
	var spec schema.PackageSpec
	require.NoError(t, json.Unmarshal([]byte(stdout), &spec))
	assert.Equal(t, "pgbeam", spec.Name)
	assert.Contains(t, spec.Resources, "pgbeam:index:Project")
	assert.Contains(t, spec.Resources, "pgbeam:index:SecureAgentProject")

	s.Must("package", "add", binary)
	var project struct{ Packages map[string]string }
	require.NoError(t, yaml.Unmarshal([]byte(s.Program()), &project))
	assert.Contains(t, project.Packages, "pgbeam")
}
