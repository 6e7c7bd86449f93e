// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// IntegerLimit is 2^53. Whole numbers of a smaller magnitude are represented
// exactly by a float64, the only number type that Pulumi has.
const IntegerLimit = 1 << 53

// Check validates the inputs of an object and returns all failures, in the order
// of their paths. Unknown values are not checked. olds holds the previous inputs
// of the object and is empty for a new object.
//
// The reason of a failure begins with its path. The path is also in Property,
// unless the value at the path may be secret: see [Printable].
func (t Table) Check(olds, news property.Map) []p.CheckFailure {
	c := &checker{exists: olds.Len() > 0}
	c.object("", t, false, olds, news)
	slices.SortStableFunc(c.failures, func(a, b p.CheckFailure) int { return strings.Compare(a.Reason, b.Reason) })
	return c.failures
}

// Printable returns failures without those property names that would make the
// engine print something it should not. For every failure that names a property,
// the engine prints the value of the top-level input of that name: "<nil>" if
// there is none, a password in a URL as it is, and up to Pulumi v3.259 even a
// value that is marked as secret.
func Printable(failures []p.CheckFailure, inputs property.Map) []p.CheckFailure {
	failures = slices.Clone(failures)
	for i, failure := range failures {
		value := inputs.Get(failure.Property)
		scalar := value.IsString() || value.IsNumber() || value.IsBool()
		if !scalar || value.Secret() || hasCredentials(value) {
			failures[i].Property = ""
		}
	}
	return failures
}

type checker struct {
	failures []p.CheckFailure
	exists   bool // whether the inputs update an existing object
}

func (c *checker) fail(path Path, format string, args ...any) {
	c.failures = append(c.failures, p.CheckFailure{
		Property: string(path),
		Reason:   string(path) + " " + fmt.Sprintf(format, args...),
	})
}

// failSecret is like fail, for a value that the engine must not print.
func (c *checker) failSecret(path Path, format string, args ...any) {
	c.fail(path, format, args...)
	c.failures[len(c.failures)-1].Property = ""
}

// object checks the fields of an object. secret is set if the object is part of a
// secret value.
func (c *checker) object(path Path, t Table, secret bool, olds, news property.Map) {
	for name, value := range news.AllStable {
		prop, ok := t[name]
		switch {
		case ok:
			c.value(path.Field(name), prop, secret, olds.Get(name), value)
		case !strings.HasPrefix(name, "__"): // those are Pulumi's own
			// The value may be that of a secret property with a misspelled name.
			c.failSecret(path.Field(name), "is not a valid property%s", suggestion(name, t))
		}
	}
	for name, prop := range t {
		if !news.Get(name).IsNull() {
			continue
		}
		// An import cannot read write-only values.
		imported := prop.writeOnly && c.exists && olds.Get(name).IsNull()
		switch {
		case prop.required && !imported:
			hint := ""
			if prop.allowsNullString {
				hint = ` (to use the string "null", put it in quotes)`
			}
			c.fail(path.Field(name), "is required%s", hint)
		case prop.requiredOnCreate && !c.exists:
			c.fail(path.Field(name), "is required to create the object")
		}
	}
}

func (c *checker) value(path Path, prop Property, secret bool, oldInput, value property.Value) {
	if value.IsComputed() && prop.mustBeKnown {
		c.fail(path, "must be known before anything is created, because it determines which resources exist")
	}
	if value.IsComputed() || value.IsNull() {
		return
	}
	secret = secret || prop.secret || value.Secret()
	fail := c.fail
	if secret || value.HasSecrets() || prop.hasSecret() {
		fail = c.failSecret
	}
	if !prop.kind.accepts(value) {
		got := ""
		if !secret {
			got = "; got " + formatValue(value)
		}
		fail(path, "must be %s%s", prop.kind, got)
		return
	}
	if prop.namesChildren && value.Secret() {
		what := "it becomes part of a resource name, which is stored in plain text"
		if prop.kind == mapKind {
			what = "its keys become part of resource names, which are stored in plain text. Mark the values instead"
		}
		c.failSecret(path, "must not be a secret: %s", what)
	}
	for _, rule := range prop.rules {
		if reason := rule(value, oldInput); reason != "" {
			if !secret && (value.IsString() || value.IsNumber()) {
				reason += "; got " + formatValue(value)
			}
			fail(path, "%s", reason)
			break
		}
	}
	switch prop.kind {
	case objectKind:
		c.object(path, prop.fields, secret, AsMap(oldInput), value.AsMap())
	case listKind:
		for i, item := range value.AsArray().All {
			if item.IsNull() { // unlike a field, an item cannot be omitted
				c.fail(path.Index(i), "must not be null")
			}
			c.value(path.Index(i), *prop.item, secret, property.Value{}, item)
		}
	case mapKind:
		for key, entry := range value.AsMap().AllStable {
			if prop.namesChildren {
				c.key(path.Field(key), key)
			}
			c.value(path.Field(key), *prop.item, secret, property.Value{}, entry)
		}
	case stringKind, integerKind, numberKind, boolKind:
	}
}

// key checks a key of a map that becomes part of the name of a child.
func (c *checker) key(path Path, key string) {
	for _, rule := range childKey.rules {
		if reason := rule(property.New(key), property.Value{}); reason != "" {
			c.fail(path, "is not a valid name: it %s", reason)
			break
		}
	}
}

func (k kind) accepts(v property.Value) bool {
	switch k {
	case stringKind:
		return v.IsString()
	case integerKind:
		return v.IsNumber() && v.AsNumber() == math.Trunc(v.AsNumber()) && !math.IsInf(v.AsNumber(), 0)
	case numberKind:
		return v.IsNumber() && !math.IsNaN(v.AsNumber()) && !math.IsInf(v.AsNumber(), 0)
	case boolKind:
		return v.IsBool()
	case listKind:
		return v.IsArray()
	case mapKind, objectKind:
		return v.IsMap()
	}
	return false
}

// suggestion returns a hint at the property whose name is closest to a misspelled
// one, or "" if none is close.
func suggestion(name string, t Table) string {
	if best := Closest(name, t.Names()); best != "" {
		return fmt.Sprintf(" (did you mean %s?)", best)
	}
	return ""
}

// maxEdits is the greatest edit distance at which a name is suggested.
const maxEdits = 2

// Closest returns the candidate that a misspelled name was probably meant to be, in any
// case, or "" if none is close. Of several, it returns the first.
func Closest(name string, candidates []string) string {
	best, bestDistance := "", maxEdits+1
	for _, candidate := range candidates {
		distance := levenshtein.Distance(strings.ToLower(name), strings.ToLower(candidate), nil)
		if distance < bestDistance {
			best, bestDistance = candidate, distance
		}
	}
	return best
}
