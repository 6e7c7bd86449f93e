// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package examples has the example of each resource and component in every
// language, as Markdown. The files are made of examples/yaml by
// tools/exampledocs; never edit them, run make generate.
package examples

import "embed"

//go:embed *.md
var files embed.FS

// Markdown returns the example of a resource or component, or nothing where there is none.
func Markdown(kind string) string {
	markdown, err := files.ReadFile(kind + ".md")
	if err != nil {
		return ""
	}
	return string(markdown)
}
