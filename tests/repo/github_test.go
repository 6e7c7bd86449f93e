// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package repo

import (
	"encoding/json"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// workflow is the part of a workflow that the tests use.
type workflow struct {
	On          yaml.Node
	Permissions *map[string]string
	Jobs        map[string]struct {
		Uses           string
		TimeoutMinutes int `yaml:"timeout-minutes"`
		Environment    yaml.Node
		Permissions    map[string]string
		Needs          yaml.Node
		Steps          []struct {
			Uses, Run string
			With      map[string]string
		}
	}
}

// workflows returns the workflows by the names of their files, and their texts.
func workflows(t *testing.T) (all map[string]workflow, texts map[string]string) {
	t.Helper()
	files, err := filepath.Glob(repotest.Path(t, ".github", "workflows", "*"))
	require.NoError(t, err)
	all, texts = map[string]workflow{}, map[string]string{}
	for _, file := range files {
		name := filepath.Base(file)
		texts[name] = repotest.Read(t, ".github", "workflows", name)
		var w workflow
		require.NoError(t, yaml.Unmarshal([]byte(texts[name]), &w), name)
		all[name] = w
	}
	require.Contains(t, all, "release.yml")
	return all, texts
}

// secretsOf are the workflows that use secrets, with their jobs. Everything else is published
// with tokens that GitHub issues for the run.
var secretsOf = map[string][]string{"release.yml maven-central": {"MAVEN_GPG_KEY", "MAVEN_GPG_PASSPHRASE", "CENTRAL_USERNAME", "CENTRAL_PASSWORD"}}

// TestWorkflowsAreHardened requires what an attacker who controls an action, a pull request or
// a name of a branch could abuse otherwise.
func TestWorkflowsAreHardened(t *testing.T) {
	t.Parallel()
	all, texts := workflows(t)
	pinned := regexp.MustCompile(`^\s*(?:- )?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	local := regexp.MustCompile(`^\s*(?:- )?uses: \./\.github/workflows/[\w-]+\.yml$`)
	versions := map[string]string{} // one for each action
	for name, text := range texts {
		for line := range strings.Lines(text) {
			line = strings.TrimRight(line, "\n")
			if !strings.Contains(line, "uses:") || strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			if !local.MatchString(line) {
				assert.Regexp(t, pinned, line, name)
			}
			_, reference, _ := strings.Cut(line, "uses: ")
			action, version, _ := strings.Cut(reference, "@")
			if known, ok := versions[action]; ok {
				assert.Equal(t, known, version, "%s uses another version of %s", name, action)
			}
			versions[action] = version
		}
		for _, trigger := range []string{"pull_request_target", "workflow_run", "issue_comment"} {
			assert.NotContains(t, text, trigger, name)
		}
	}
	for name, w := range all {
		require.NotNil(t, w.Permissions, "%s has no permissions at the top", name)
		for scope, access := range *w.Permissions {
			assert.Equal(t, "read", access, "%s: %s", name, scope)
		}
		for id, job := range w.Jobs {
			if job.Uses == "" {
				assert.NotZero(t, job.TimeoutMinutes, "%s: %s", name, id)
			}
			writes := false
			for scope, access := range job.Permissions {
				writes = writes || access == "write" && scope != "attestations"
			}
			if writes && id != "attest" {
				assert.False(t, job.Environment.IsZero(), "%s: %s can publish without an environment", name, id)
			}
			for _, step := range job.Steps {
				assert.NotContains(t, step.Run, "${{", "%s: %s: a script gets values from its environment", name, id)
				if strings.HasPrefix(step.Uses, "actions/checkout@") {
					pushes := id == "go"
					assert.Equal(t, map[bool]string{true: "true", false: "false"}[pushes], step.With["persist-credentials"], "%s: %s", name, id)
				}
			}
		}
	}

	secret := regexp.MustCompile(`\$\{\{\s*secrets\.(\w+)`)
	for name, text := range texts {
		var found []string
		for _, match := range secret.FindAllStringSubmatch(text, -1) {
			found = append(found, match[1])
		}
		var expected []string
		for job, secrets := range secretsOf {
			if file, id, _ := strings.Cut(job, " "); file == name {
				expected = append(expected, secrets...)
				environment := all[name].Jobs[id].Environment
				assert.False(t, environment.IsZero(), job)
			}
		}
		assert.ElementsMatch(t, expected, found, name)
	}
}

// TestReleasePublishesThePluginFirst requires the order of the jobs: Pulumi downloads the plugin
// from the GitHub release as soon as a program uses an SDK.
func TestReleasePublishesThePluginFirst(t *testing.T) {
	t.Parallel()
	all, _ := workflows(t)
	jobs := all["release.yml"].Jobs
	needs := func(job string) (names []string) {
		node := jobs[job].Needs
		if node.Kind == yaml.ScalarNode {
			return []string{node.Value}
		}
		require.NoError(t, node.Decode(&names), job)
		return names
	}
	sdks := []string{"npm", "pypi", "maven-central", "nuget", "go"}
	for _, sdk := range sdks {
		assert.Contains(t, needs(sdk), "github-release", sdk)
	}
	assert.Contains(t, needs("github-release"), "attest")
	for _, job := range []string{"reproducible", "smoke", "pack-dotnet"} {
		assert.Contains(t, needs("attest"), job)
	}
	assert.Subset(t, needs("verify"), sdks)

	// RELEASING.md describes every job and every environment.
	text := repotest.Read(t, ".github", "RELEASING.md")
	for name, job := range jobs {
		assert.Contains(t, text, "`"+name+"`", "RELEASING.md")
		environment := struct{ Name string }{job.Environment.Value}
		if job.Environment.Kind == yaml.MappingNode {
			require.NoError(t, job.Environment.Decode(&environment))
		}
		if environment.Name != "" {
			assert.Contains(t, text, "\n| `"+environment.Name+"` |", "RELEASING.md")
		}
	}
	for _, secrets := range secretsOf {
		for _, secret := range secrets {
			assert.Contains(t, text, "`"+secret+"`", "RELEASING.md")
		}
	}
}

// TestWorkflowsUseThePinnedCLI compares the versions of the Pulumi CLI.
func TestWorkflowsUseThePinnedCLI(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`github\.com/pulumi/pulumi/pkg/v3 v(\S+)`).FindStringSubmatch(repotest.Read(t, "tools", "cli", "go.mod"))
	require.NotNil(t, pinned)
	all, _ := workflows(t)
	found := 0
	for name, w := range all {
		for _, job := range w.Jobs {
			for _, step := range job.Steps {
				if version, ok := step.With["pulumi-version"]; ok && name != "verify-release.yml" { // which has the one of most users
					assert.Equal(t, pinned[1], version, name)
					found++
				}
			}
		}
	}
	assert.Equal(t, 2, found)
}

// TestReleaseNotes prints the changelog's section of a version.
func TestReleaseNotes(t *testing.T) {
	t.Parallel()
	notes := func(version, prerelease string) (string, error) {
		command := exec.CommandContext(t.Context(), repotest.Path(t, ".ci", "release-notes"), version, prerelease)
		output, err := command.Output()
		return string(output), err
	}
	changelog := repotest.Read(t, "CHANGELOG.md")
	released := regexp.MustCompile(`(?m)^## \[?(\d+\.\d+\.\d+)`).FindStringSubmatch(changelog)
	if released != nil {
		text, err := notes(released[1], "false")
		require.NoError(t, err)
		assert.Contains(t, changelog, text)
	}
	text, err := notes("99.0.0-rc.1", "true")
	require.NoError(t, err)
	assert.Contains(t, changelog, "\n"+text)
	assert.NotContains(t, text, "\n## ")
	_, err = notes("99.0.0", "false")
	require.Error(t, err, "a release without notes")
}

// TestDependabotCoversEveryManifest requires that no module is forgotten. The manifests of the
// examples, except Go, have ranges of versions, and those in sdk/ are generated.
func TestDependabotCoversEveryManifest(t *testing.T) {
	t.Parallel()
	var config struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directory   string
			Directories []string
			Schedule    struct{ Interval string }
			Groups      map[string]any
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(repotest.Read(t, ".github", "dependabot.yml")), &config))
	covered := map[string][]string{}
	for _, update := range config.Updates {
		assert.Equal(t, "weekly", update.Schedule.Interval, update.Ecosystem)
		assert.NotEmpty(t, update.Groups, update.Ecosystem)
		covered[update.Ecosystem] = append(covered[update.Ecosystem], update.Directories...)
		if update.Directory != "" {
			covered[update.Ecosystem] = append(covered[update.Ecosystem], update.Directory)
		}
	}
	folders := func(patterns ...string) (found []string) {
		list := exec.CommandContext(t.Context(), "git", append([]string{"ls-files", "--cached", "--others", "--exclude-standard"}, patterns...)...)
		list.Dir = repotest.Path(t)
		output, err := list.Output()
		require.NoError(t, err)
		for _, file := range strings.Fields(string(output)) {
			if !strings.Contains(file, "/testdata/") {
				found = append(found, path.Join("/", path.Dir(file)))
			}
		}
		return found
	}
	modules := folders("go.mod", "**/go.mod")
	require.NotEmpty(t, modules)
	if !slices.Contains(modules, "/sdk/go/pgbeam") {
		modules = append(modules, "/sdk/go/pgbeam")
	}
	assert.ElementsMatch(t, modules, covered["gomod"])
	assert.ElementsMatch(t, folders("**/package-lock.json"), covered["npm"])
	assert.ElementsMatch(t, folders("tests/**/requirements*.txt", "tools/**/requirements*.txt"), covered["pip"])
	for _, folder := range covered["maven"] {
		assert.FileExists(t, repotest.Path(t, folder, "pom.xml"))
	}
	assert.NotEmpty(t, covered["maven"])
	assert.Equal(t, []string{"/"}, covered["github-actions"])
	assert.Equal(t, []string{"/"}, covered["devcontainers"])
}

// TestDevcontainer requires that the container has the Go version of go.mod, and what the
// language tests need, and that all versions are pinned.
func TestDevcontainer(t *testing.T) {
	t.Parallel()
	var container struct {
		Image             string
		Features          map[string]map[string]string
		PostAttachCommand string
		Customizations    struct {
			Codespaces struct{ OpenFiles []string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(repotest.Read(t, ".devcontainer", "devcontainer.json")), &container))
	required := regexp.MustCompile(`(?m)^go (\S+)$`).FindStringSubmatch(repotest.Read(t, "go.mod"))
	require.NotNil(t, required)
	var languages []string
	for feature, options := range container.Features {
		match := regexp.MustCompile(`^ghcr\.io/devcontainers/features/(\w+):\d+\.\d+\.\d+$`).FindStringSubmatch(feature)
		require.NotNil(t, match, feature)
		languages = append(languages, match[1])
		assert.Regexp(t, `^\d+`, options["version"], feature)
		if match[1] == "go" {
			assert.Equal(t, required[1], options["version"])
		}
	}
	assert.ElementsMatch(t, []string{"go", "java", "node", "python"}, languages)
	assert.Regexp(t, `:[\w.]+-\d`, container.Image)
	assert.Equal(t, "make demo", container.PostAttachCommand)
	assert.Regexp(t, `(?m)^demo:`, repotest.Read(t, "Makefile"))
	for _, file := range container.Customizations.Codespaces.OpenFiles {
		assert.FileExists(t, repotest.Path(t, file))
	}
}

// TestIssueForms requires that the forms ask for what a maintainer needs, and tell users to keep
// secrets out of issues, which are public.
func TestIssueForms(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"bug.yml", "feature.yml"} {
		var form struct {
			Name, Description string
			Body              []struct {
				Type, ID   string
				Attributes struct{ Label, Description, Value string }
			}
		}
		text := repotest.Read(t, ".github", "ISSUE_TEMPLATE", name)
		require.NoError(t, yaml.Unmarshal([]byte(text), &form), name)
		assert.NotEmpty(t, form.Name)
		assert.NotEmpty(t, form.Description)
		assert.Regexp(t, `(?i)do not paste secrets`, text, name)
		var ids []string
		for _, field := range form.Body {
			if field.Type != "markdown" {
				ids = append(ids, field.ID)
				assert.NotEmpty(t, field.Attributes.Label, "%s: %s", name, field.ID)
			}
		}
		if name == "bug.yml" {
			assert.Subset(t, ids, []string{"program", "plugin", "pulumi", "request", "secrets"})
			assert.Contains(t, text, "-v=9")
		}
	}
	assert.Contains(t, repotest.Read(t, ".github", "ISSUE_TEMPLATE", "config.yml"), "/security/policy")
	assert.FileExists(t, repotest.Path(t, "SECURITY.md"))
}
