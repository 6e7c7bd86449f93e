// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package repo

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pgbeam/pulumi-pgbeam/functions"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// TestPolicyLintIsDocumented compares the rules and the example in docs/policy-lint.md
// with the code.
func TestPolicyLintIsDocumented(t *testing.T) {
	t.Parallel()
	text := repotest.Read(t, "docs", "policy-lint.md")
	severities, rules := map[string][]kind.Severity{}, []string{}
	for _, rule := range resources.PolicyRules() {
		if severities[rule.Name] == nil {
			rules = append(rules, rule.Name)
		}
		severities[rule.Name] = append(severities[rule.Name], rule.Severity)
	}
	var documented []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| ([^|]+) \\| [^|]{20,} \\| [^|]+ \\| [^|]{10,} \\|$").FindAllStringSubmatch(text, -1) {
		documented = append(documented, row[1])
		for _, severity := range []kind.Severity{kind.Warning, kind.Info} {
			assert.Equal(t, slices.Contains(severities[row[1]], severity), strings.Contains(row[2], string(severity)), "%s: %s", row[1], severity)
		}
	}
	assert.Equal(t, rules, documented)

	example := repotest.CodeBlock(t, text, "console")
	policy := enginetest.Inputs(map[string]any{
		"maxRows": 1000, "tableAllowlist": []string{"public.customers"},
		"maskingRules": []any{map[string]any{"table": "customer", "column": "email", "kind": "redact"}},
	})
	findings := resources.PolicyProfile{}.Definition().Lint(policy)
	assert.Len(t, findings, strings.Count(example, "warning: "))
	for _, finding := range findings {
		assert.Contains(t, example, fmt.Sprintf("warning: %s %s [%s]\n", finding.Path, finding.Message, finding.Rule))
	}
}

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading      = regexp.MustCompile(`(?m)^#+ (.+)$`)
	// repositoryURL is where the registry and the schema link files of the repository.
	repositoryURL = "https://github.com/pgbeam/pulumi-pgbeam/blob/main/"
)

// anchors returns the anchors of the headings of a document.
func anchors(markdown string) map[string]bool {
	all := map[string]bool{}
	for _, match := range heading.FindAllStringSubmatch(markdown, -1) {
		anchor := notInAnchor.ReplaceAllString(strings.ToLower(match[1]), "")
		all[strings.ReplaceAll(anchor, " ", "-")] = true
	}
	return all
}

var notInAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// TestLinksResolve requires that the files and the headings which the documents and the
// descriptions of the schema refer to exist.
func TestLinksResolve(t *testing.T) {
	t.Parallel()
	list := exec.CommandContext(t.Context(), "git", "ls-files", "*.md", "resources/*.go", "components/*.go")
	list.Dir = repotest.Path(t)
	output, err := list.Output()
	require.NoError(t, err)
	known := map[string]map[string]bool{} // the anchors of each document
	anchorsOf := func(path string) map[string]bool {
		if known[path] == nil {
			known[path] = anchors(repotest.Read(t, path))
		}
		return known[path]
	}
	for _, file := range strings.Fields(string(output)) {
		if strings.HasPrefix(file, "sdk/") || isGenerated(file) || strings.HasPrefix(file, "internal/examples/") {
			continue // generated for other sites
		}
		text := strings.ReplaceAll(repotest.Read(t, file), `"+limitsURL+"`, repositoryURL+"docs/limits.md")
		for _, match := range markdownLink.FindAllStringSubmatch(text, -1) {
			if filepath.Ext(file) == ".md" || strings.HasPrefix(match[1], repositoryURL) { // or it is Go
				assertLinkResolves(t, file, match[1], anchorsOf)
			}
		}
	}
}

func assertLinkResolves(t *testing.T, file, link string, anchorsOf func(path string) map[string]bool) {
	t.Helper()
	target, anchor, hasAnchor := strings.Cut(link, "#")
	path, inRepository := strings.CutPrefix(target, repositoryURL)
	switch {
	case inRepository:
	case strings.Contains(link, "://"), strings.HasPrefix(link, "./") && file == "docs/_index.md":
		return // another site, or a page of the registry
	case target == "":
		path = file
	default:
		path = filepath.Join(filepath.Dir(file), target)
	}
	if _, err := os.Stat(repotest.Path(t, path)); err != nil {
		t.Errorf("%s links %s: %v", file, link, err)
	} else if hasAnchor {
		assert.True(t, anchorsOf(path)[anchor], "%s links %s", file, link)
	}
}

// TestLimitsAreDocumented requires that docs/limits.md says what to do about each limit of
// a policy, and is linked where users look for it.
func TestLimitsAreDocumented(t *testing.T) {
	t.Parallel()
	text := repotest.Read(t, "docs", "limits.md")
	_, policies, found := strings.Cut(text, "\n## Policies\n")
	require.True(t, found)
	policies, _, found = strings.Cut(policies, "\n## ")
	require.True(t, found)
	sections := strings.Split(policies, "\n### ")[1:]
	assert.Len(t, sections, 9)
	for _, section := range sections {
		title, _, _ := strings.Cut(section, "\n")
		assert.Equal(t, 1, strings.Count(section, "\nWhat to do: "), title)
	}
	for _, file := range []string{"README.md", "docs/_index.md", "docs/policy-lint.md", "resources/policyprofile.go"} {
		assert.Contains(t, repotest.Read(t, file), "limits.md", file)
	}
}

// TestGuidesShowPrograms requires that the programs, configurations and workflows in the guides
// are files, which the tests check, and that every such file is shown.
func TestGuidesShowPrograms(t *testing.T) {
	t.Parallel()
	guides, err := filepath.Glob(repotest.Path(t, "docs", "guides", "*.md"))
	require.NoError(t, err)
	index := repotest.Read(t, "docs", "guides", "README.md")
	block := regexp.MustCompile("(?ms)(?:^ *<!-- (\\S+); generated by `make sdk` -->\n)?^( *)```(\\w+)\n(.*?)^ *```$")
	inGuides := map[string]bool{}
	for _, guide := range guides {
		name := filepath.Base(guide)
		assert.Equal(t, name != "README.md", strings.Contains(index, "("+name+")"), name)
		for _, match := range block.FindAllStringSubmatch(repotest.Read(t, "docs", "guides", name), -1) {
			file, indent, language, text := match[1], match[2], match[3], match[4]
			if file == "" {
				assert.Contains(t, []string{"sh", "console"}, language, "%s: %s", name, text)
				continue
			}
			inGuides[file] = true
			text = strings.TrimPrefix(strings.ReplaceAll("\n"+text, "\n"+indent, "\n"), "\n")
			assert.Equal(t, repotest.Read(t, file), text, "%s shows %s: run `make sdk`", name, file)
		}
	}
	assert.Contains(t, repotest.Read(t, "README.md"), "(docs/guides/README.md)")

	list := exec.CommandContext(t.Context(), "git", "ls-files", "--others", "--cached", "--exclude-standard", "examples/guides")
	list.Dir = repotest.Path(t)
	output, err := list.Output()
	require.NoError(t, err)
	files := strings.Fields(string(output))
	require.NotEmpty(t, files)
	for _, file := range files {
		switch filepath.Base(file) {
		case "package.json", "tsconfig.json", "requirements.txt", "Pulumi.yaml", "README.md":
		default:
			assert.True(t, inGuides[file], "no guide shows %s", file)
		}
	}
}

// TestGuideWorkflows requires that the workflows in the guides restrict their token and pin the
// actions that they use.
func TestGuideWorkflows(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(repotest.Path(t, "examples", "guides", "*", "*.yml"))
	require.NoError(t, err)
	require.Len(t, files, 2)
	pinned := regexp.MustCompile(`^[\w-]+/[\w-]+@v\d+$`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		var workflow struct {
			Permissions map[string]string
			Jobs        map[string]struct {
				TimeoutMinutes int `yaml:"timeout-minutes"`
				Permissions    map[string]string
				Steps          []struct{ Uses, Run string }
			}
		}
		require.NoError(t, yaml.Unmarshal(text, &workflow), file)
		assert.Equal(t, map[string]string{"contents": "read"}, workflow.Permissions, file)
		require.NotEmpty(t, workflow.Jobs, file)
		for name, job := range workflow.Jobs {
			assert.Empty(t, job.Permissions, "%s: %s", file, name)
			assert.NotZero(t, job.TimeoutMinutes, "%s: %s", file, name)
			for _, step := range job.Steps {
				assert.NotEqual(t, step.Uses == "", step.Run == "", "%s: %s: a step uses an action or runs a command", file, name)
				if step.Uses != "" {
					assert.Regexp(t, pinned, step.Uses, "%s: %s", file, name)
				}
			}
		}
	}
}

// TestMCPClientsAreDocumented compares the table of clients in their guide with the function.
func TestMCPClientsAreDocumented(t *testing.T) {
	t.Parallel()
	text := repotest.Read(t, "docs", "guides", "mcp-clients.md")
	rows := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| (.+) \\|$").FindAllStringSubmatch(text, -1) {
		rows[row[1]] = row[2]
	}
	clients := functions.MCPClient("").Values()
	assert.Len(t, rows, len(clients))
	for _, mcpClient := range clients {
		documented := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(rows[string(mcpClient.Value)], -1)
		paths := map[string]bool{}
		for _, match := range documented {
			paths[match[1]] = true
		}
		expected := map[string]bool{}
		for _, system := range functions.OperatingSystem("").Values() {
			token := "token"
			result, err := functions.MCPClientConfig{}.Invoke(t.Context(), nil, functions.MCPClientConfigArgs{
				Client: mcpClient.Value, MCPURL: "https://example.com/mcp", MCPToken: &token, OS: &system.Value,
			})
			require.NoError(t, err)
			expected[result.Path] = true
			if os := map[string]string{"macos": "macOS", "windows": "Windows", "linux": "Linux"}[string(system.Value)]; len(documented) > 1 {
				assert.Contains(t, rows[string(mcpClient.Value)], "`"+result.Path+"` on "+os)
			}
		}
		assert.Equal(t, expected, paths, mcpClient.Value)
	}
}

// TestOperatorManifest validates the manifest for the Pulumi Kubernetes Operator with the operator's schema, and
// compares it, and the environment for Pulumi ESC, with the configuration of the program.
func TestOperatorManifest(t *testing.T) {
	t.Parallel()
	var definition struct{ Schema map[string]any }
	require.NoError(t, yaml.Unmarshal([]byte(repotest.Read(t, "tests", "repo", "testdata", "operator-stack.yaml")), &definition))
	rejectUnknown(definition.Schema)
	text, err := json.Marshal(definition.Schema)
	require.NoError(t, err)
	var schema openapi3.Schema
	require.NoError(t, json.Unmarshal(text, &schema))

	var manifest map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(repotest.Read(t, "examples", "guides", "fleets", "stack.yaml")), &manifest))
	assert.Equal(t, "pulumi.com/v1", manifest["apiVersion"])
	assert.Equal(t, "Stack", manifest["kind"])
	require.NoError(t, schema.VisitJSON(asJSON(t, manifest)))

	// What the validation finds.
	spec := manifest["spec"].(map[string]any)
	template := spec["workspaceTemplate"].(map[string]any)["spec"].(map[string]any)
	apiKey := spec["envRefs"].(map[string]any)["PGBEAM_API_KEY"].(map[string]any)
	for _, mistake := range []struct {
		object      map[string]any
		field       string
		value       any
		description string
	}{
		{manifest, "specs", map[string]any{}, "an unknown field of the object"},
		{spec, "resyncFrequency", 60, "an unknown field of the specification"},
		{spec, "resyncFrequencySeconds", "60", "a string instead of a number"},
		{spec, "workspaceReclaimPolicy", "Keep", "an unknown value"},
		{spec, "stack", nil, "a required field that is missing"},
		{template, "resource", map[string]any{}, "an unknown field of the pod"},
		{apiKey, "secretRef", map[string]any{}, "an unknown field of a reference"},
	} {
		before, existed := mistake.object[mistake.field]
		if mistake.object[mistake.field] = mistake.value; mistake.value == nil {
			delete(mistake.object, mistake.field)
		}
		require.Error(t, schema.VisitJSON(asJSON(t, manifest)), mistake.description)
		if mistake.object[mistake.field] = before; !existed {
			delete(mistake.object, mistake.field)
		}
	}
	require.NoError(t, schema.VisitJSON(asJSON(t, manifest)))

	var program struct {
		Config map[string]struct{ Secret bool }
	}
	require.NoError(t, yaml.Unmarshal([]byte(repotest.Read(t, "examples", "guides", "fleets", "Pulumi.yaml")), &program))
	var environment struct {
		Values struct {
			PulumiConfig map[string]any `yaml:"pulumiConfig"`
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(repotest.Read(t, "examples", "guides", "fleets", "environment.yaml")), &environment))
	for name, setting := range program.Config {
		assert.Equal(t, setting.Secret, spec["config"].(map[string]any)[name] == nil, name)
		assert.Equal(t, setting.Secret, spec["secretsRef"].(map[string]any)[name] != nil, name)
		value, _ := environment.Values.PulumiConfig[name].(map[string]any)
		assert.Equal(t, setting.Secret, value["fn::secret"] != nil, name)
	}
	assert.Len(t, environment.Values.PulumiConfig, len(program.Config))
	assert.Len(t, spec["config"].(map[string]any), len(program.Config)-len(spec["secretsRef"].(map[string]any)))
}

// rejectUnknown makes every schema that has properties reject other ones.
func rejectUnknown(schema any) {
	switch schema := schema.(type) {
	case map[string]any:
		for _, value := range schema {
			rejectUnknown(value)
		}
		if schema["properties"] != nil {
			schema["additionalProperties"] = false
		}
	case []any:
		for _, item := range schema {
			rejectUnknown(item)
		}
	}
}

// asJSON returns a value as package json decodes it.
func asJSON(t *testing.T, value any) (result any) {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &result))
	return result
}
