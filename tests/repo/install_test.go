// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package repo

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// unpublished matches lines that install what only a release publishes, or link to it.
var unpublished = []*regexp.Regexp{
	regexp.MustCompile(`npm (install|i|add)( [^"'$./]\S*)* @pgbeam/pulumi`),
	regexp.MustCompile(`^\s*(yarn|pnpm|bun) (install|add)\b`),
	regexp.MustCompile(`^\s*npm install\s*$`), // of a program that depends on the package
	regexp.MustCompile(`(pip|uv|poetry)3? (install|add|pip install)( [^"'$./]\S*)* pulumi[-_]pgbeam\s*($|[^-_\w])`),
	regexp.MustCompile(`^\s*pulumi install\s*$`), // likewise
	regexp.MustCompile(`go get (-u )?github\.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam(@latest|\s|$|` + "`)"),
	regexp.MustCompile(`go install github\.com/pgbeam/pulumi-pgbeam/\S*@`),
	regexp.MustCompile(`dotnet add package`),
	regexp.MustCompile(`--server github://api\.github\.com/pgbeam`),
	regexp.MustCompile(`pulumi plugin install resource pgbeam( v?[\d.]+)?\s*($|` + "`)"),
	regexp.MustCompile(`pulumi package add \S*pgbeam/pulumi-pgbeam@`),
	regexp.MustCompile(`pulumi package add pgbeam\b`),
	regexp.MustCompile(`npmjs\.com/package/@pgbeam|pypi\.org/project/pulumi[-_]pgbeam|pkg\.go\.dev/github\.com/pgbeam|central\.sonatype\.com/artifact/com\.pgbeam|nuget\.org/packages/PgBeam`),
	regexp.MustCompile(`pulumi\.com/registry/packages/pgbeam`),
	regexp.MustCompile(`Pulumi downloads (it|the (provider )?plugin)`),
}

// TestDocsInstallOnlyWhatExists requires that no page says how to install something that is not
// published, as long as the changelog has no release.
func TestDocsInstallOnlyWhatExists(t *testing.T) {
	t.Parallel()
	if regexp.MustCompile(`(?m)^## \[?v?\d+\.\d+\.\d+\]?`).MatchString(repotest.Read(t, "CHANGELOG.md")) {
		t.Log("The changelog has a release.")
		return
	}
	list := exec.CommandContext(t.Context(), "git", "ls-files", "*.md", "*.md.tmpl")
	list.Dir = repotest.Path(t)
	output, err := list.Output()
	require.NoError(t, err)
	for _, file := range strings.Fields(string(output)) {
		for number, line := range strings.Split(repotest.Read(t, file), "\n") {
			for _, pattern := range unpublished {
				if pattern.MatchString(line) {
					t.Errorf("%s:%d: %s\nNothing is published before the first release: install from dist/ instead, as in docs/installation-configuration.md. "+
						"For the first release, add its section to CHANGELOG.md, which ends this test, and replace the commands with dist/ in README.md, "+
						"docs/installation-configuration.md, docs/guides, examples and tools/sdkgen/overlays/*/README.md.", file, number+1, strings.TrimSpace(line))
				}
			}
		}
	}
}

// TestInstallPatterns checks what TestDocsInstallOnlyWhatExists finds.
func TestInstallPatterns(t *testing.T) {
	t.Parallel()
	matches := func(line string) bool {
		for _, pattern := range unpublished {
			if pattern.MatchString(line) {
				return true
			}
		}
		return false
	}
	for _, line := range []string{
		"npm install @pgbeam/pulumi @pulumi/pulumi", "npm install @pulumi/pulumi @pgbeam/pulumi", "   npm install", "yarn add @pgbeam/pulumi",
		"pip install pulumi_pgbeam", "pip install pulumi-pgbeam", "pip install pulumi pulumi-pgbeam", "uv add pulumi-pgbeam", "pulumi install",
		"go get github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam", "go get github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam@latest",
		"go install github.com/pgbeam/pulumi-pgbeam/cmd/pgbeam-local@latest",
		"dotnet add package PgBeam.Pulumi",
		"pulumi plugin install resource pgbeam", "pulumi plugin install resource pgbeam 1.0.0",
		"pulumi plugin install resource pgbeam --server github://api.github.com/pgbeam/pulumi-pgbeam",
		"pulumi package add github.com/pgbeam/pulumi-pgbeam@v1.0.0 # a release", "pulumi package add pgbeam",
		"see [npm](https://www.npmjs.com/package/@pgbeam/pulumi)", "see [PyPI](https://pypi.org/project/pulumi-pgbeam/)",
		"see [Go](https://pkg.go.dev/github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam)", "see [Maven](https://central.sonatype.com/artifact/com.pgbeam/pulumi)",
	} {
		assert.True(t, matches(line), line)
	}
	for _, line := range []string{
		`npm install "$DIST/nodejs/pgbeam-pulumi-1.0.0-rc.1.tgz" @pulumi/pulumi`, `pip install "$DIST/python/pulumi_pgbeam-1.0.0rc1-py3-none-any.whl"`,
		"npm install dist/nodejs/pgbeam-pulumi-1.0.0-rc.1.tgz", "pip install dist/python/pulumi_pgbeam-1.0.0rc1-py3-none-any.whl",
		`PIP_FIND_LINKS="$DIST/python" pulumi install`, "go get github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam@v1.0.0-rc.1",
		"pulumi plugin install resource pgbeam v1.0.0-rc.1 --file dist/pulumi-resource-pgbeam-v1.0.0-rc.1-linux-amd64.tar.gz",
		"pulumi package add https://github.com/pgbeam/pulumi-pgbeam", "the package `@pgbeam/pulumi` of the npm registry",
	} {
		assert.False(t, matches(line), line)
	}
}
