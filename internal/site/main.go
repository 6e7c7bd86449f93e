// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command site writes the sources of the documentation's website, which VitePress renders, to a
// new folder: the Markdown files that the navigation lists, with links that work on the website,
// the other files of docs/, the navigation, and the configuration of VitePress.
//
//	site -out FOLDER
//
// It runs in the root of the repository, whose Markdown is written for GitHub and, in part, for the
// Pulumi registry.
package main

import (
	"embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// configuration is that of VitePress, with its theme.
//
//go:embed vitepress/config.mjs vitepress/theme
var configuration embed.FS

func main() {
	out := flag.String("out", "", "`folder` to create")
	flag.Parse()
	if err := run(".", *out); err != nil {
		fmt.Fprintln(os.Stderr, "site:", err)
		os.Exit(1)
	}
}

func run(root, out string) error {
	if out == "" {
		return errors.New("usage: site -out FOLDER")
	}
	repository := os.DirFS(root)
	if err := checkNavigation(repository, navigation); err != nil {
		return err
	}
	s := newSite(repository, navigation)
	files := map[string][]byte{}
	for source := range s.pages {
		text, err := fs.ReadFile(repository, source)
		if err != nil {
			return err
		}
		rendered, err := s.convert(source, string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", source, err)
		}
		files[outputPath(source)] = []byte(rendered)
	}
	if err := readPictures(repository, files); err != nil {
		return err
	}
	if err := readConfiguration(files); err != nil {
		return err
	}
	sidebar, err := json.MarshalIndent(s.sidebar(), "", "  ")
	if err != nil {
		return err
	}
	files[".vitepress/sidebar.json"] = sidebar
	files["public/logo.svg"] = files["docs/logo.svg"]
	for name, content := range files {
		file := filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // documentation is public
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil { //nolint:gosec // documentation is public
			return err
		}
	}
	return nil
}

// readPictures adds the files of docs/ that are not Markdown.
func readPictures(repository fs.FS, files map[string][]byte) error {
	return fs.WalkDir(repository, "docs", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) == ".md" {
			return err
		}
		files[name], err = fs.ReadFile(repository, name)
		return err
	})
}

// readConfiguration adds the configuration of VitePress.
func readConfiguration(files map[string][]byte) error {
	return fs.WalkDir(configuration, "vitepress", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files["."+name], err = configuration.ReadFile(name)
		return err
	})
}
