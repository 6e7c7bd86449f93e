// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package repo

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// TestOldestPulumiAgrees compares every statement of the oldest Pulumi that the plugin and the SDKs
// work with. `make test-dist` deploys with the oldest SDKs.
func TestOldestPulumiAgrees(t *testing.T) {
	t.Parallel()
	plugin, err := workspace.LoadPluginProject(repotest.Path(t, "PulumiPlugin.yaml"))
	require.NoError(t, err)
	oldest := regexp.MustCompile(`^>=(\d+\.\d+\.\d+)$`).FindStringSubmatch(plugin.RequiredPulumiVersion)
	require.NotNil(t, oldest, plugin.RequiredPulumiVersion)
	version := oldest[1]

	var manifest struct{ Dependencies map[string]string }
	require.NoError(t, json.Unmarshal([]byte(repotest.Read(t, "sdk", "nodejs", "package.json")), &manifest))
	assert.Equal(t, "^"+version, manifest.Dependencies["@pulumi/pulumi"])
	assert.Contains(t, repotest.Read(t, "sdk", "python", "pyproject.toml"), `"pulumi>=`+version+`,<4.0.0"`)
	assert.Contains(t, repotest.Read(t, "internal", "pulumicli", "locate.go"), `MustParse("`+version+`")`)

	programs, err := filepath.Glob(repotest.Path(t, "examples", "*", "*", "*"))
	require.NoError(t, err)
	manifests := 0
	for _, file := range programs {
		relative, err := filepath.Rel(repotest.Path(t), file)
		require.NoError(t, err)
		switch filepath.Base(file) {
		case "package.json":
			assert.Contains(t, repotest.Read(t, relative), `"@pulumi/pulumi": "^`+version+`"`, relative)
		case "requirements.txt":
			assert.Contains(t, repotest.Read(t, relative), "pulumi>="+version+",<4.0.0\n", relative)
		default:
			continue
		}
		manifests++
	}
	assert.NotZero(t, manifests)

	sdk := repotest.Read(t, "sdk", "go", "pgbeam", "go.mod")
	goVersion := regexp.MustCompile(`(?m)^go (\S+)$`).FindString(sdk)
	require.NotEmpty(t, goVersion)
	modules, err := filepath.Glob(repotest.Path(t, "examples", "go", "*", "go.mod"))
	require.NoError(t, err)
	require.NotEmpty(t, modules)
	for _, module := range append(modules, repotest.Path(t, "tests", "languages", "golang", "go.mod"), repotest.Path(t, "sdk", "go", "pgbeam", "go.mod")) {
		relative, err := filepath.Rel(repotest.Path(t), module)
		require.NoError(t, err)
		text := repotest.Read(t, relative)
		assert.Contains(t, text, "\tgithub.com/pulumi/pulumi/sdk/v3 v"+version+"\n", relative)
		assert.Contains(t, text, "\n"+goVersion+"\n", relative)
	}
}

// TestPluginProject verifies the description of the plugin for those who build it from source, and that the
// documentation builds the same version.
func TestPluginProject(t *testing.T) {
	t.Parallel()
	plugin := repotest.Read(t, "PulumiPlugin.yaml")
	assert.Contains(t, plugin, "\nname: pgbeam\n")
	version := regexp.MustCompile(`(?m)^version: (\S+)$`).FindStringSubmatch(plugin)
	require.NotNil(t, version)
	_, err := semver.Parse(version[1])
	require.NoError(t, err)
	for _, file := range []string{"README.md", "docs/installation-configuration.md", ".ci/run"} {
		assert.Contains(t, repotest.Read(t, file), "make dist VERSION="+version[1], file)
	}
}

// TestGoSDKRequiresOnlyPulumi verifies that programs in Go do not get the dependencies of the provider.
func TestGoSDKRequiresOnlyPulumi(t *testing.T) {
	t.Parallel()
	direct := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(repotest.Read(t, "sdk", "go", "pgbeam", "go.mod"), -1)
	var modules []string
	for _, match := range direct {
		modules = append(modules, match[1])
	}
	// semver is the type of the version of the SDK.
	assert.Equal(t, []string{"github.com/blang/semver", "github.com/pulumi/pulumi/sdk/v3"}, modules)
}
