// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package examples contains the example of each resource, function and component in every
// language as Markdown. tools/exampledocs generates the files from examples/yaml:
// run make sdk instead of editing them.
package examples

// Markdown returns the example of a resource, function or component, or "" if it has none.
func Markdown(kind string) string {
	markdown, err := files.ReadFile(kind + ".md")
	if err != nil {
		return ""
	}
	return string(markdown)
}
