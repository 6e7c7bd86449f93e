// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// ImportFile is a file for `pulumi import --file`. Resources follow those that they
// belong to.
type ImportFile struct {
	Resources []ImportResource `json:"resources"`
}

// ImportResource is a resource to import.
type ImportResource struct {
	Type string `json:"type"`
	// Name is unique in the file.
	Name string `json:"name"`
	ID   string `json:"id,omitempty"`
	// Parent is the name of a component in the file.
	Parent string `json:"parent,omitempty"`
	// Component and Remote are true for a component of a plugin, which has no ID.
	Component bool `json:"component,omitempty"`
	Remote    bool `json:"remote,omitempty"`
	// Inputs are the inputs of a component, which the import records as they are.
	Inputs map[string]any `json:"inputs,omitempty"`
	// LogicalName is the name of the resource in the program, if it differs from Name.
	LogicalName string `json:"logicalName,omitempty"`
}

// Write writes the file.
func (f ImportFile) Write(w io.Writer) error {
	if f.Resources == nil {
		f.Resources = []ImportResource{}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(f)
}

// typeToken returns the type of the resources of a kind, such as pgbeam:index:Project.
func typeToken(kind string) string { return "pgbeam:index:" + kind }

// names allocates the names of resources: readable, valid in every language, and unique.
type names struct {
	taken map[string]bool
}

// unique returns a name that consists of the words of the texts, such as
// support-read-only, with a number if that is taken. fallback is the name if the texts
// have no letter and no digit.
func (n *names) unique(fallback string, texts ...string) string {
	name := slug(strings.Join(texts, " "))
	if name == "" || name[0] >= '0' && name[0] <= '9' {
		name = strings.TrimSuffix(fallback+"-"+name, "-")
	}
	if n.taken == nil {
		n.taken = map[string]bool{}
	}
	return numbered(n.taken, "", name)
}

// numbered returns a name, with a number if it is taken in a scope, and marks it as taken.
func numbered(taken map[string]bool, scope, name string) string {
	result := name
	for i := 2; taken[scope+result]; i++ {
		result = fmt.Sprintf("%s-%d", name, i)
	}
	taken[scope+result] = true
	return result
}

// maxNameLength is the length in bytes after which a name is cut, as Pulumi shows names
// in one line.
const maxNameLength = 60

// slug returns the ASCII letters and digits of a text in lower case, with a dash for
// everything else.
func slug(text string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(text) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	name := b.String()
	return strings.Trim(name[:min(len(name), maxNameLength)], "-")
}
