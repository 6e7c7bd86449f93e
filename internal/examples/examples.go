// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package examples contains the example of each resource, function and component in every
// language as Markdown. tools/exampledocs generates the files and their archive from
// examples/yaml: run make sdk instead of editing them.
package examples

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"sync"
)

// Markdown returns the example of a resource, function or component, or "" if it has none.
func Markdown(kind string) string { return markdownByKind()[kind] }

// markdownByKind reads the archive. The plugin does not embed the files, because they would make
// it 0.2 MB larger.
var markdownByKind = sync.OnceValue(func() map[string]string {
	var markdown map[string]string
	if len(archive) == 0 {
		return markdown
	}
	reader, err := gzip.NewReader(bytes.NewReader(archive))
	if err == nil {
		err = json.NewDecoder(reader).Decode(&markdown)
	}
	if err != nil {
		panic("the embedded archive of examples: " + err.Error())
	}
	return markdown
})
