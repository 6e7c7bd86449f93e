// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"fmt"
	"regexp"
	"strings"
)

// Path is a property path in Pulumi's notation, such as maskingRules[1].kind.
type Path string

var plainName = regexp.MustCompile(`^[a-zA-Z_$][a-zA-Z0-9_$]*$`)

// Field returns the path of a field of the object at p.
func (p Path) Field(name string) Path {
	switch {
	case !plainName.MatchString(name):
		name = strings.ReplaceAll(name, `"`, `\"`)
		return p + Path(`["`+name+`"]`)
	case p == "":
		return Path(name)
	default:
		return p + "." + Path(name)
	}
}

// Index returns the path of an item of the list at p.
func (p Path) Index(i int) Path { return p + Path(fmt.Sprintf("[%d]", i)) }

// Root returns the name of the top-level property that the path begins with.
func (p Path) Root() string {
	root, _, _ := strings.Cut(string(p), ".")
	root, _, _ = strings.Cut(root, "[")
	return root
}
