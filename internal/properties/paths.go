// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
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

// MayBeSecret reports whether the value at the path, which the engine prints for an invalid
// input of a component, may contain a secret: a value that is marked, or a password in a text
// that is not. A value that does not exist is not printed.
func (p Path) MayBeSecret(inputs property.Map) bool {
	var path property.Path
	if err := path.UnmarshalText([]byte(p)); err != nil {
		return true
	}
	value := property.New(inputs)
	for segment := range path.Segments {
		var err error
		if value, err = property.PathFromSegments(segment).Get(value); err != nil {
			return false
		}
		if value.Secret() {
			return true
		}
	}
	return value.HasSecrets() || hasCredentials(value)
}

// hasCredentials reports whether any string in a value may contain a password.
func hasCredentials(v property.Value) bool {
	switch {
	case v.IsString():
		return redactCredentials(v.AsString()) != v.AsString()
	case v.IsMap():
		for _, entry := range v.AsMap().All {
			if hasCredentials(entry) {
				return true
			}
		}
	case v.IsArray():
		return slices.ContainsFunc(v.AsArray().AsSlice(), hasCredentials)
	}
	return false
}
