// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// section is a group of pages in the navigation.
type section struct {
	title string
	pages []page
}

// page is a Markdown file in the navigation.
type page struct {
	source string // path in the repository
	title  string
}

// navigation lists all pages of the website in their order. Every Markdown file in docs/ is a page.
var navigation = []section{
	{"Start", []page{
		{"README.md", "Introduction"},
		{"docs/installation-configuration.md", "Installation and configuration"},
		{"docs/languages.md", "Every language"},
		{"docs/pgbeam-local.md", "A local PgBeam API"},
		{"docs/compatibility.md", "Compatibility and support"},
	}},
	{"Guides", []page{
		{"docs/guides/README.md", "All guides"},
		{"docs/guides/secrets.md", "Store secrets"},
		{"docs/guides/mcp-clients.md", "Configure MCP clients"},
		{"docs/guides/environments.md", "Several environments"},
		{"docs/guides/fleets.md", "Fleets"},
		{"docs/guides/rotation.md", "Rotate credentials"},
		{"docs/guides/testing.md", "Test a program"},
		{"docs/guides/private-registry.md", "Publish to a private registry"},
	}},
	{"Reference", []page{
		{"docs/_index.md", "Overview"},
		{"docs/components.md", "Components"},
		{"docs/resources.md", "Resources"},
		{"docs/functions.md", "Functions"},
		{"docs/resource-behavior.md", "Behavior of resources"},
	}},
	{"Operations", []page{
		{"docs/import.md", "Import"},
		{"MIGRATING.md", "Migrate"},
		{"docs/rotation.md", "Rotation of secrets"},
		{"docs/limits.md", "Limits"},
		{"docs/policy-lint.md", "Policy lint"},
		{"docs/reliability.md", "Reliability"},
		{"docs/performance.md", "Performance"},
		{"docs/troubleshooting.md", "Troubleshooting"},
	}},
	{"Project", []page{
		{"CONTRIBUTING.md", "Contributing"},
		{"SECURITY.md", "Security"},
		{"docs/dependencies.md", "Dependencies"},
		{"CHANGELOG.md", "Changelog"},
	}},
}

// checkNavigation returns an error unless every Markdown file in docs/ is in the navigation.
func checkNavigation(repository fs.FS, sections []section) error {
	listed := map[string]bool{}
	for _, s := range sections {
		for _, p := range s.pages {
			if listed[p.source] {
				return fmt.Errorf("the navigation lists %s twice", p.source)
			}
			listed[p.source] = true
		}
	}
	var problems []error
	err := fs.WalkDir(repository, "docs", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && path.Ext(name) == ".md" && !listed[name] {
			problems = append(problems, fmt.Errorf("%s is not in the navigation: add it to internal/site/navigation.go", name))
		}
		return err
	})
	return errors.Join(append(problems, err)...)
}

// outputPath returns the path of a page on the website, with the extension .md. It is the path in the
// repository, except that an index of a folder is named index.md, and that the page for the registry
// does not have the name that the registry requires.
func outputPath(source string) string {
	folder, name := path.Split(source)
	switch {
	case name == "README.md":
		return folder + "index.md"
	case source == registryIndex:
		return folder + "overview.md"
	default:
		return source
	}
}

// registryIndex is the first page of the Pulumi registry.
const registryIndex = "docs/_index.md"

// sidebarItem is an entry in the sidebar of VitePress.
type sidebarItem struct {
	Text  string        `json:"text"`
	Link  string        `json:"link,omitempty"`
	Items []sidebarItem `json:"items,omitempty"`
}

func (s *site) sidebar() []sidebarItem {
	var items []sidebarItem
	for _, section := range s.sections {
		item := sidebarItem{Text: section.title}
		for _, p := range section.pages {
			link := "/" + strings.TrimSuffix(strings.TrimSuffix(outputPath(p.source), ".md"), "index")
			item.Items = append(item.Items, sidebarItem{Text: p.title, Link: link})
		}
		items = append(items, item)
	}
	return items
}
