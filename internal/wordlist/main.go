// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command wordlist fails if the repository's texts contain a word, phrase or
// identifier that retired.txt lists:
//
//	wordlist [PATH]...
//
// It scans the tracked files below the paths, by default the current directory,
// and prints each match with the word to use instead.
package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

//go:embed retired.txt
var retired string

// extensions are those of the files to scan.
var extensions = []string{".go", ".md", ".ts", ".py", ".java", ".yaml", ".yml", ".tmpl", "Makefile"}

// excluded are generated files, recorded test data and the list itself.
var excluded = []string{
	":(top,exclude)sdk", ":(top,exclude)components/internal", ":(top,exclude)docs/resources.md", ":(top,exclude)internal/examples/*.md",
	":(top,exclude)*/testdata/*", ":(top,exclude)internal/wordlist",
}

func main() {
	findings, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "wordlist:", err)
		os.Exit(2)
	}
	for _, f := range findings {
		fmt.Println(f)
	}
	if len(findings) > 0 {
		fmt.Fprintf(os.Stderr, "wordlist: %d retired words; see internal/wordlist/retired.txt\n", len(findings))
		os.Exit(1)
	}
}

// run returns the findings in the tracked files below the paths.
func run(paths []string) ([]finding, error) {
	entries, err := parse(retired)
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		paths = []string{"."}
	}
	list := exec.Command("git", slices.Concat([]string{"ls-files", "-z", "--"}, paths, excluded)...) //nolint:gosec,noctx // a developer's paths
	list.Stderr = os.Stderr
	output, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("git ls-files: %w", err)
	}
	var findings []finding
	for file := range strings.SplitSeq(string(output), "\x00") {
		if !slices.Contains(extensions, cmp.Or(filepath.Ext(file), path.Base(file))) {
			continue
		}
		text, err := os.ReadFile(file) //nolint:gosec // a file of this repository
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted, but still in the index
		}
		if err != nil {
			return nil, err
		}
		findings = append(findings, scan(file, text, entries)...)
	}
	return findings, nil
}

// entry is a line of retired.txt.
type entry struct {
	pattern     *regexp.Regexp
	replacement string
	glob        string // of the files that the entry applies to; "" for all
}

// finding is a match of an entry.
type finding struct {
	file               string
	line               int
	match, replacement string
}

func (f finding) String() string {
	return fmt.Sprintf("%s:%d: %q: use %s", f.file, f.line, f.match, f.replacement)
}

// parse reads lines of a pattern, its replacement and optionally a glob,
// separated by tabs. It skips empty lines and lines that start with #.
func parse(list string) ([]entry, error) {
	var entries []entry
	for i, line := range strings.Split(list, "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != 2 && len(fields) != 3 {
			return nil, fmt.Errorf("retired.txt:%d: want a pattern, its replacement and optionally a glob, separated by tabs", i+1)
		}
		pattern, err := compile(fields[0])
		if err != nil {
			return nil, fmt.Errorf("retired.txt:%d: %w", i+1, err)
		}
		entries = append(entries, entry{pattern, fields[1], strings.Join(fields[2:], "")})
	}
	return entries, nil
}

// space matches the space between two words of a phrase, or a line break with the
// delimiters of a comment or a string around it.
const space = `(?:[ \t]+|[ \t"+]*\n[ \t/#*"+]*)`

var (
	firstIsWord = regexp.MustCompile(`^\w`)
	lastIsWord  = regexp.MustCompile(`\w$`)
)

// compile returns the expression of a pattern. It ignores case unless the pattern
// starts with (?-i), and matches whole words where the pattern starts or ends
// with a letter.
func compile(pattern string) (*regexp.Regexp, error) {
	flags := "(?i)"
	if exact, found := strings.CutPrefix(pattern, "(?-i)"); found {
		flags, pattern = "", exact
	}
	expression := "(?:" + strings.ReplaceAll(pattern, " ", space) + ")"
	if firstIsWord.MatchString(pattern) {
		expression = `\b` + expression
	}
	if lastIsWord.MatchString(pattern) {
		expression += `\b`
	}
	return regexp.Compile(flags + expression)
}

// scan returns the findings in one file, ordered by line.
func scan(file string, text []byte, entries []entry) []finding {
	var findings []finding
	for _, e := range entries {
		if !applies(e.glob, file) {
			continue
		}
		for _, span := range e.pattern.FindAllIndex(text, -1) {
			findings = append(findings, finding{
				file: file, line: 1 + bytes.Count(text[:span[0]], []byte("\n")),
				match: string(text[span[0]:span[1]]), replacement: e.replacement,
			})
		}
	}
	slices.SortStableFunc(findings, func(a, b finding) int { return cmp.Compare(a.line, b.line) })
	return findings
}

// applies reports whether a glob matches the path or the base name of a file.
func applies(glob, file string) bool {
	matchesPath, _ := path.Match(glob, file)
	matchesName, _ := path.Match(glob, path.Base(file))
	return glob == "" || matchesPath || matchesName
}
