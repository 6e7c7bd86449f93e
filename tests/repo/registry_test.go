// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package repo

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"go.yaml.in/yaml/v3"

	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// The rules of the Pulumi registry for the pages of a package, and those of Pulumi's documentation
// for the front matter, from which its search results are made.
const (
	maxTitle    = 60
	minMetaDesc = 50
	maxMetaDesc = 160
)

// chooserLanguages are the languages that a chooser of the registry has.
var chooserLanguages = []string{"typescript", "javascript", "python", "go", "csharp", "fsharp", "visualbasic", "java", "yaml", "hcl"}

var (
	frontMatter   = regexp.MustCompile(`(?s)\A---\n(.*?)\n---\n`)
	fence         = regexp.MustCompile("^ *(```+|~~~+)(.*)$")
	hugoShortcode = regexp.MustCompile(`\{\{([<%]) (/?)(\w+)(?: ([^>%]*?))? ([>%])\}\}`)
	badDelimiter  = regexp.MustCompile(`\{\{[ \t]+[<%]`)
	image         = regexp.MustCompile(`!\[([^\]]*)\]\(([^)\s]*)\)`)
	link          = regexp.MustCompile(`(!?)\[[^\]]*\]\(([^)]*)\)`)
	rawHTML       = regexp.MustCompile(`<(a|img)\b[^>]*\b(href|src)=`)
	reversedLink  = regexp.MustCompile(`\([^()]*\)\[[^\]^]+\]`)
	codeSpan      = regexp.MustCompile("`[^`]*`")
)

// lintRegistryPage returns what the registry would not accept, or would render wrongly, in a page.
func lintRegistryPage(text string) (problems []string) {
	report := func(line int, format string, args ...any) {
		problems = append(problems, fmt.Sprintf("line %d: %s", line, fmt.Sprintf(format, args...)))
	}
	matter := frontMatter.FindStringSubmatch(text)
	if matter == nil {
		return []string{"line 1: no front matter"}
	}
	for _, problem := range lintFrontMatter(matter[1]) {
		report(1, "%s", problem)
	}
	known := anchors(withoutCode(text))
	var open []string // the shortcodes that are open
	var languages []string
	var choosables map[string]bool
	level, inFence := 1, "" // the title is the heading of level 1
	for i, line := range strings.Split(text, "\n")[strings.Count(matter[0], "\n"):] {
		number := i + 1 + strings.Count(matter[0], "\n")
		if badDelimiter.MatchString(line) {
			report(number, "a space in the delimiter of a shortcode")
		}
		if match := fence.FindStringSubmatch(line); match != nil {
			switch {
			case inFence == "" && strings.TrimSpace(match[2]) == "":
				report(number, "a code block has no language")
				inFence = match[1]
			case inFence == "":
				inFence = match[1]
			case match[1] == inFence:
				inFence = ""
			}
			continue
		}
		if inFence != "" {
			continue
		}
		if marks, ok := headingLevel(line); ok {
			if marks == 1 {
				report(number, "a heading of level 1: the title is the only one")
			} else if marks > level+1 {
				report(number, "a heading of level %d after one of level %d", marks, level)
			}
			level = marks
		}
		for _, match := range hugoShortcode.FindAllStringSubmatch(line, -1) {
			closing, name, argument := match[2] != "", match[3], match[4]
			if (match[1] == "<") != (match[5] == ">") || (name == "chooser") != (match[1] == "<") {
				report(number, "the delimiters of %s", name)
			}
			switch {
			case closing && (len(open) == 0 || open[len(open)-1] != name):
				report(number, "%s is closed and not open", name)
			case closing:
				open = open[:len(open)-1]
				if name == "chooser" {
					for _, language := range languages {
						if !choosables[language] {
							report(number, "the chooser has %s, and nothing for it", language)
						}
					}
				}
			case name == "chooser":
				open = append(open, name)
				languages, choosables = strings.Split(strings.Trim(strings.TrimPrefix(argument, "language "), `"`), ","), map[string]bool{}
				for _, language := range languages {
					if !slices.Contains(chooserLanguages, language) {
						report(number, "the chooser has the language %q, which the registry does not have", language)
					}
				}
			case name == "choosable":
				if len(open) == 0 || open[len(open)-1] != "chooser" {
					report(number, "a choosable outside of a chooser")
				}
				open = append(open, name)
				language := strings.Trim(strings.TrimPrefix(argument, "language "), `"`)
				if !slices.Contains(languages, language) || choosables[language] {
					report(number, "the choosable %q is not in its chooser, or is in it twice", language)
				} else {
					choosables[language] = true
				}
			default:
				report(number, "the shortcode %s", name)
			}
		}
		prose := codeSpan.ReplaceAllString(line, "`")
		if rawHTML.MatchString(prose) {
			report(number, "a link or an image in HTML")
		}
		if reversedLink.MatchString(prose) {
			report(number, "a link with its brackets reversed")
		}
		for _, match := range image.FindAllStringSubmatch(prose, -1) {
			if match[1] == "" {
				report(number, "an image without a description")
			}
		}
		for _, match := range link.FindAllStringSubmatch(prose, -1) {
			if problem := lintLink(match[2], match[1] == "!", known); problem != "" {
				report(number, "%s: %s", match[2], problem)
			}
		}
	}
	if inFence != "" || len(open) > 0 {
		report(strings.Count(text, "\n"), "a code block or a shortcode is not closed")
	}
	return problems
}

// headingLevel returns the level of the heading in a line.
func headingLevel(line string) (level int, ok bool) {
	rest := strings.TrimLeft(line, "#")
	level = len(line) - len(rest)
	return level, level > 0 && strings.HasPrefix(rest, " ")
}

// withoutCode returns a text without its code blocks, whose comments look like headings.
func withoutCode(text string) string {
	return regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(text, "")
}

func lintFrontMatter(text string) (problems []string) {
	var matter map[string]any
	if err := yaml.Unmarshal([]byte(text), &matter); err != nil {
		return []string{"the front matter is not YAML"}
	}
	if title, _ := matter["title"].(string); title == "" || utf8.RuneCountInString(title) > maxTitle {
		problems = append(problems, fmt.Sprintf("the title must have 1 to %d characters", maxTitle))
	}
	if description, _ := matter["meta_desc"].(string); utf8.RuneCountInString(description) < minMetaDesc || utf8.RuneCountInString(description) > maxMetaDesc {
		problems = append(problems, fmt.Sprintf("meta_desc must have %d to %d characters", minMetaDesc, maxMetaDesc))
	}
	if matter["layout"] != "package" {
		problems = append(problems, "the layout must be package")
	}
	return problems
}

// lintLink returns the problem of a link. The registry serves a page at another address than the
// repository, so links to files of the repository have to be absolute.
func lintLink(target string, isImage bool, known map[string]bool) string {
	switch {
	case target == "":
		return "an empty link"
	case strings.HasPrefix(target, "https://"):
		return ""
	case isImage:
		return "the address of an image must be absolute"
	case strings.HasPrefix(target, "#"):
		if !known[target[1:]] {
			return "there is no such heading"
		}
		return ""
	case target == "./installation-configuration/": // the other page
		return ""
	default:
		return "a link must be absolute, and begin with https://"
	}
}

// TestRegistryPages checks the pages of the package in the Pulumi registry.
func TestRegistryPages(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"_index.md", "installation-configuration.md"} {
		assert.Empty(t, lintRegistryPage(repotest.Read(t, "docs", page)), page)
	}
	// The registry requires a summary and an example on the first page, and how to install and to
	// configure the package on the second one.
	overview := repotest.Read(t, "docs", "_index.md")
	assert.Contains(t, overview, "\n## Example\n")
	assert.Contains(t, overview, "(./installation-configuration/)")
	installation := repotest.Read(t, "docs", "installation-configuration.md")
	for _, required := range []string{
		"\n## Installation\n", "\n## API key\n", "\n## Configuration options\n", "PGBEAM_API_KEY", "pgbeam:apiKey",
		"`@pgbeam/pulumi`", "`pulumi_pgbeam`", "`github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam`", "`com.pgbeam:pulumi`",
	} {
		assert.Contains(t, installation, required)
	}
}

// TestRegistryLint checks that the lint finds mistakes.
func TestRegistryLint(t *testing.T) {
	t.Parallel()
	const page = `---
title: A
meta_desc: A description that is long enough for the results of a search.
layout: package
---

## One

[Two](#two) and [a page](https://example.com/a.md)

{{< chooser language "go,yaml" >}}

{{% choosable language go %}}

` + "```go\n# no heading\n```" + `

{{% /choosable %}}
{{% choosable language yaml %}}
{{% /choosable %}}

{{< /chooser >}}

### Two
`
	assert.Empty(t, lintRegistryPage(page))
	for _, mistake := range []struct{ old, replacement, problem string }{
		{"---\ntitle", "title", "no front matter"},
		{"title: A", "title: " + strings.Repeat("a", 61), "the title must have 1 to 60 characters"},
		{"meta_desc: A description", "meta_desc: A", ""},
		{"meta_desc: A description that is long enough", "meta_desc: ", "meta_desc must have 50 to 160 characters"},
		{"layout: package", "layout: page", "the layout must be package"},
		{"## One", "# One", "a heading of level 1"},
		{"### Two", "#### Two", "a heading of level 4 after one of level 2"},
		{"```go", "```", "a code block has no language"},
		{"go,yaml", "go,yaml,rust", `the language "rust"`},
		{"go,yaml", "go,yaml,java", "the chooser has java, and nothing for it"},
		{"language go %}}", "language java %}}", `the choosable "java" is not in its chooser`},
		{"{{% /choosable %}}\n\n{{< /chooser", "{{< /chooser", "chooser is closed and not open"},
		{"{{< /chooser >}}", "", "is not closed"},
		{"{{< chooser", "{{ < chooser", "a space in the delimiter"},
		{"(#two)", "(#three)", "there is no such heading"},
		{"(https://example.com/a.md)", "(a.md)", "a link must be absolute"},
		{"(https://example.com/a.md)", "()", "an empty link"},
		{"[Two](#two)", "(#two)[Two]", "brackets reversed"},
		{"[Two](#two)", "![](https://example.com/a.png)", "an image without a description"},
		{"[Two](#two)", "![a](a.png)", "the address of an image must be absolute"},
		{"[Two](#two)", `<a href="two">`, "a link or an image in HTML"},
	} {
		problems := strings.Join(lintRegistryPage(strings.Replace(page, mistake.old, mistake.replacement, 1)), "\n")
		if mistake.problem == "" {
			assert.Empty(t, problems, mistake.old)
		} else {
			assert.Contains(t, problems, mistake.problem, mistake.old)
		}
	}
}
