// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command sdkgen writes the SDK of one language from a schema.
//
//	sdkgen -language go -schema schema.json -out sdk/go
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pgbeam/pulumi-pgbeam/tools/internal/bound"
)

func main() {
	language := flag.String("language", "", "language of the SDK: go, java, nodejs or python")
	from := flag.String("schema", "", "file of the schema")
	out := flag.String("out", "", "folder of the SDK; it is replaced")
	flag.Parse()
	if err := generate(*language, *from, *out); err != nil {
		fmt.Fprintln(os.Stderr, "sdkgen:", err)
		os.Exit(1)
	}
}

func generate(language, from, out string) error {
	generator, ok := generators[language]
	if !ok || from == "" || out == "" {
		return errors.New("usage: sdkgen -language go|java|nodejs|python -schema FILE -out FOLDER")
	}
	_, pkg, err := bound.Read(from)
	if err != nil {
		return err
	}
	files, err := generator(pkg)
	if err != nil {
		return err
	}
	// What a former schema led to and this one does not must not stay behind.
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	for name, content := range files {
		file := filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil { //nolint:gosec // source files are for everybody
			return err
		}
	}
	return nil
}
