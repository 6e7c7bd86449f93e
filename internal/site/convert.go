// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

const (
	repositoryURL = "https://github.com/pgbeam/pulumi-pgbeam"
	fileURL       = repositoryURL + "/blob/main/"
	folderURL     = repositoryURL + "/tree/main/"
)

// site converts Markdown files of a repository to pages of the website.
type site struct {
	repository fs.FS
	sections   []section
	pages      map[string]bool // by path in the repository
}

func newSite(repository fs.FS, sections []section) *site {
	s := &site{repository: repository, sections: sections, pages: map[string]bool{}}
	for _, section := range sections {
		for _, p := range section.pages {
			s.pages[p.source] = true
		}
	}
	return s
}

// convert returns the text of a page for VitePress.
func (s *site) convert(source, text string) (string, error) {
	text = convertFrontMatter(text)
	var err error
	if text, err = convertChoosers(text); err != nil {
		return "", err
	}
	return s.convertLinks(source, text)
}

var (
	frontMatter = regexp.MustCompile(`(?s)\A---\n(.*?\n)---\n+`)
	titleLine   = regexp.MustCompile(`(?m)^title: (.+)$`)
	layoutLine  = regexp.MustCompile(`(?m)^layout: .+\n`)
)

// convertFrontMatter makes a heading from the title that the registry reads, and keeps the description.
func convertFrontMatter(text string) string {
	match := frontMatter.FindStringSubmatch(text)
	if match == nil {
		return text
	}
	fields, body := layoutLine.ReplaceAllString(match[1], ""), text[len(match[0]):]
	fields = strings.ReplaceAll(fields, "meta_desc:", "description:")
	heading := ""
	if title := titleLine.FindStringSubmatch(fields); title != nil {
		heading = "# " + title[1] + "\n\n"
	}
	return "---\n" + fields + "---\n\n" + heading + body
}

var (
	chooser   = regexp.MustCompile(`(?s)\{\{< chooser language "[^"]*" >\}\}\n(.*?)\{\{< /chooser >\}\}`)
	choosable = regexp.MustCompile(`(?s)\{\{% choosable language (\w+) %\}\}\n(.*?)\{\{% /choosable %\}\}`)
	shortcode = regexp.MustCompile(`\{\{[<%].*`)

	languages = map[string]string{
		"typescript": "TypeScript", "python": "Python", "go": "Go", "csharp": "C#", "java": "Java", "yaml": "YAML",
	}
)

// convertChoosers makes tabs from the registry's shortcodes that show something in several languages. They are what
// VitePress makes from a group of code blocks, but they can also contain text.
func convertChoosers(text string) (string, error) {
	var problem error
	choosers := 0
	text = chooser.ReplaceAllStringFunc(text, func(match string) string {
		content := chooser.FindStringSubmatch(match)[1]
		if rest := strings.TrimSpace(choosable.ReplaceAllString(content, "")); rest != "" {
			problem = fmt.Errorf("a chooser contains something else than choosables: %q", rest)
		}
		choosers++
		var tabs, blocks strings.Builder
		for i, tab := range choosable.FindAllStringSubmatch(content, -1) {
			language := languages[tab[1]]
			if language == "" {
				problem = fmt.Errorf("unknown language %q of a choosable", tab[1])
			}
			id, checked, active := fmt.Sprintf("tab-%d-%d", choosers, i+1), "", ""
			if i == 0 {
				checked, active = " checked", " active"
			}
			fmt.Fprintf(&tabs, `<input type="radio" name="tabs-%d" id="%s"%s><label data-title="%[4]s" for="%[2]s">%[4]s</label>`, choosers, id, checked, language)
			fmt.Fprintf(&blocks, "<div class=\"vp-block%s\">\n\n%s\n\n</div>\n", active, strings.TrimSpace(tab[2]))
		}
		return "<div class=\"vp-code-group\"><div class=\"tabs\">" + tabs.String() + "</div>\n<div class=\"blocks\">\n" + blocks.String() + "</div>\n</div>"
	})
	if problem != nil {
		return "", problem
	}
	if left := shortcode.FindString(outsideOfCode(text)); left != "" {
		return "", fmt.Errorf("the website cannot show the shortcode %s", left)
	}
	return text, nil
}

var (
	fence    = regexp.MustCompile("^\\s*(?:[*+-] |\\d+\\. )?\\s*(`{3,}|~{3,})")
	codeSpan = regexp.MustCompile("`[^`\n]+`|``[^\n]+?``")
)

// outsideOfCode returns a text of the same length in which code blocks and code spans are blank.
func outsideOfCode(text string) string {
	var result strings.Builder
	inside := "" // the fence of the current block
	for line := range strings.SplitAfterSeq(text, "\n") {
		match := fence.FindStringSubmatch(line)
		switch {
		case inside == "" && match != nil:
			inside = match[1]
			line = blank(line)
		case inside != "":
			if strings.HasPrefix(strings.TrimSpace(line), inside) {
				inside = ""
			}
			line = blank(line)
		default:
			line = codeSpan.ReplaceAllStringFunc(line, blank)
		}
		result.WriteString(line)
	}
	return result.String()
}

// blank replaces all bytes except line breaks.
func blank(text string) string {
	bytes := []byte(text)
	for i := range bytes {
		if bytes[i] != '\n' {
			bytes[i] = ' '
		}
	}
	return string(bytes)
}

// link matches the destinations of Markdown's inline links and images, of its link definitions, and
// of links and images in HTML.
var link = regexp.MustCompile(`\]\(([^)\s]+)|(?m)^ {0,3}\[[^\]\n]+\]: +(\S+)|\s(?:href|src|srcset)="([^"\s]+)`)

// convertLinks makes the links of a page work on the website.
func (s *site) convertLinks(source, text string) (string, error) {
	var result strings.Builder
	end := 0
	for _, match := range link.FindAllStringSubmatchIndex(outsideOfCode(text), -1) {
		for group := 2; group < len(match); group += 2 {
			if match[group] < 0 {
				continue
			}
			target, err := s.target(source, text[match[group]:match[group+1]])
			if err != nil {
				return "", err
			}
			result.WriteString(text[end:match[group]] + target)
			end = match[group+1]
		}
	}
	return result.String() + text[end:], nil
}

// target returns what a link of a page refers to on the website: another page, a picture, or else a file
// or folder on GitHub.
func (s *site) target(source, destination string) (string, error) {
	location, anchor, hasAnchor := strings.Cut(destination, "#")
	if hasAnchor {
		anchor = "#" + anchor
	}
	name, inRepository := s.repositoryPath(source, location)
	if location == "" || !inRepository {
		return destination, nil
	}
	if s.pages[path.Join(name, "README.md")] {
		name = path.Join(name, "README.md")
	}
	info, err := fs.Stat(s.repository, name)
	switch {
	case err != nil:
		return "", fmt.Errorf("the link %s refers to a file that does not exist: %w", destination, err)
	case s.pages[name]:
		return relative(source, outputPath(name)) + anchor, nil
	case strings.HasPrefix(name, "docs/") && !info.IsDir():
		return relative(source, name) + anchor, nil
	case info.IsDir():
		return folderURL + name + anchor, nil
	default:
		return fileURL + name + anchor, nil
	}
}

// repositoryPath returns the path of the file or folder that a link refers to, if it is one of the repository.
func (s *site) repositoryPath(source, location string) (name string, inRepository bool) {
	if location == repositoryURL {
		return "README.md", true
	}
	for _, prefix := range []string{fileURL, folderURL} {
		if name, found := strings.CutPrefix(location, prefix); found {
			return path.Clean(name), true
		}
	}
	if strings.Contains(location, ":") { // a URL
		return "", false
	}
	// The registry has pages instead of files.
	if registryPage := path.Join("docs", location) + ".md"; source == registryIndex && s.pages[registryPage] {
		return registryPage, true
	}
	return path.Join(path.Dir(source), location), true
}

// relative returns the path from a page to another file of the website.
func relative(source, name string) string {
	folder := path.Dir(source)
	up := "./"
	for folder != "." && !strings.HasPrefix(name, folder+"/") {
		folder = path.Dir(folder)
		up = "../" + strings.TrimPrefix(up, "./")
	}
	return up + strings.TrimPrefix(name, strings.TrimPrefix(folder+"/", "./"))
}
