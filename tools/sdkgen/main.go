// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command sdkgen generates the SDK of a language from a schema.
//
//	sdkgen -language go -schema schema.json -out sdk/go
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pgbeam/pulumi-pgbeam/tools/internal/schemafile"
)

func main() {
	language := flag.String("language", "", "language of the SDK: go, java, nodejs or python, or go-children for the package that components are built with")
	schemaFile := flag.String("schema", "", "schema `file` of the package")
	out := flag.String("out", "", "`folder` of the SDK, whose contents are replaced")
	flag.Parse()
	if err := run(*language, *schemaFile, *out); err != nil {
		fmt.Fprintln(os.Stderr, "sdkgen:", err)
		os.Exit(1)
	}
}

func run(language, schemaFile, out string) error {
	generate, ok := generators[language]
	if !ok || schemaFile == "" || out == "" {
		return errors.New("usage: sdkgen -language go|go-children|java|nodejs|python -schema FILE -out FOLDER")
	}
	_, pkg, err := schemafile.Read(schemaFile)
	if err != nil {
		return err
	}
	files, err := generate(pkg)
	if err != nil {
		return err
	}
	if err := removeGenerated(out); err != nil {
		return err
	}
	for name, content := range files {
		file := filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil { //nolint:gosec // source files are readable by all
			return err
		}
	}
	return nil
}

// removeGenerated removes all files of an SDK, so that those of resources that are no longer in
// the schema go. The module files of the SDK for Go remain, because `go mod tidy` maintains them.
func removeGenerated(out string) error {
	err := filepath.WalkDir(out, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "go.mod" || entry.Name() == "go.sum" {
			return err
		}
		return os.Remove(path)
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
