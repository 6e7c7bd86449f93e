// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"fmt"
	"regexp"
	"strings"
)

// Path is the place of a value, written as Pulumi writes it: maskingRules[1].kind.
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

// Unresolvable returns the same path in a spelling by which the engine does not find
// the value: it prints the value of a property of the resource itself beside
// what is wrong with it, in clear text even where it is secret.
func (p Path) Unresolvable() Path {
	if !plainName.MatchString(string(p)) {
		return p
	}
	return Path(`["` + string(p) + `"]`)
}

// Root returns the name of the property of the resource itself that a path leads to or into.
func (p Path) Root() string {
	root, _, _ := strings.Cut(string(p), ".")
	root, _, _ = strings.Cut(root, "[")
	return root
}

// Index returns the path of an item of the list at p.
func (p Path) Index(i int) Path { return p + Path(fmt.Sprintf("[%d]", i)) }
