// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package repo

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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
