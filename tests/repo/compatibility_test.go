// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package repo

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// first returns what the first group of a pattern matches in a file of the repository.
func first(t *testing.T, pattern string, file ...string) string {
	t.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(repotest.Read(t, file...))
	require.NotNil(t, match, "%s in %s", pattern, filepath.Join(file...))
	return match[1]
}

// TestCompatibilityIsDocumented compares the numbers in docs/compatibility.md with the manifests of
// the SDKs, with the tools of the tests, and with the recorded states.
func TestCompatibilityIsDocumented(t *testing.T) {
	t.Parallel()
	page := repotest.Read(t, "docs", "compatibility.md")
	row := func(cells ...string) string { return "| " + strings.Join(cells, " | ") + " |" }

	var manifest struct {
		Dependencies, Engines map[string]string
	}
	require.NoError(t, json.Unmarshal([]byte(repotest.Read(t, "sdk", "nodejs", "package.json")), &manifest))
	node := "Node.js 20, and 22 for the Pulumi SDK" // which declares more than the tests need
	if engine := manifest.Engines["node"]; engine != "" {
		node = "Node.js " + strings.TrimLeft(engine, ">=^ ")
	}
	nodeSDK := strings.TrimLeft(manifest.Dependencies["@pulumi/pulumi"], ">=^~ ")
	assert.Contains(t, repotest.Read(t, "MIGRATING.md"), "`@pulumi/pulumi` "+nodeSDK+" or later")
	assert.Contains(t, page, row("TypeScript, JavaScript", nodeSDK,
		first(t, `"@pulumi/pulumi": "([\d.]+)"`, "tests", "languages", "nodejs", "package.json"), node))

	// The Pulumi SDK can need a newer Python than the package declares, which the row then says as well.
	python := row("Python", first(t, `"pulumi>=([\d.]+),`, "sdk", "python", "pyproject.toml"),
		first(t, `(?m)^pulumi==([\d.]+)$`, "tests", "languages", "python", "requirements.txt"), "Python "+first(t, `requires-python = ">=([\d.]+)"`, "sdk", "python", "pyproject.toml"))
	assert.Contains(t, page, strings.TrimSuffix(python, " |"))

	goModule := []string{"sdk", "go", "pgbeam", "go.mod"}
	const goSDK = `github\.com/pulumi/pulumi/sdk/v3 v([\d.]+)`
	assert.Contains(t, page, row("Go", first(t, goSDK, goModule...), first(t, goSDK, "tests", "languages", "golang", "go.mod"), "Go "+first(t, `(?m)^go ([\d.]+)$`, goModule...)))

	// The tests compile the SDK for Java with what it requires.
	javaSDK := first(t, `(?s)<groupId>com\.pulumi</groupId>\s*<artifactId>pulumi</artifactId>\s*<version>([\d.]+)</version>`, "sdk", "java", "pom.xml")
	assert.Contains(t, page, row("Java", javaSDK, javaSDK, "Java "+first(t, `<maven\.compiler\.release>(\d+)<`, "sdk", "java", "pom.xml")))

	assert.Contains(t, page, "The oldest version of the Pulumi CLI is "+first(t, `(?m)^requiredPulumiVersion: ">=([\d.]+)"$`, "PulumiPlugin.yaml")+
		". The tests use version "+first(t, `github\.com/pulumi/pulumi/pkg/v3 v([\d.]+)`, "tools", "cli", "go.mod")+".")

	releases, err := os.ReadDir(repotest.Path(t, "tests", "e2e", "testdata", "states"))
	require.NoError(t, err)
	require.NotEmpty(t, releases)
	for _, release := range releases {
		assert.Contains(t, page, "\n- "+release.Name(), "the recorded states")
	}
}
