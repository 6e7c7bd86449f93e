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
	// Remove files of resources that are no longer in the schema.
	if err := os.RemoveAll(out); err != nil {
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
