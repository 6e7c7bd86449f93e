// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"fmt"
	"math"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Check returns everything that is wrong with the inputs of an object, each at
// its path and in the order of the paths. Values that are not known yet are
// passed over. olds holds the inputs that the object has, empty for a new one.
func (t Table) Check(olds, news property.Map) []p.CheckFailure {
	c := &checker{exists: olds.Len() > 0}
	c.object("", t, false, olds, news)
	slices.SortStableFunc(c.failures, func(a, b p.CheckFailure) int { return strings.Compare(a.Reason, b.Reason) })
	return c.failures
}

// IntegerLimit is the bound below which every whole number has a float64 of its
// own, which is what Pulumi stores.
const IntegerLimit = 1 << 53

type checker struct {
	failures []p.CheckFailure
	exists   bool // the object, so that the inputs are to update it
}

func (c *checker) fail(at Path, format string, args ...any) {
	// The path stands in the reason too: the engine prints only that for some failures.
	c.failures = append(c.failures, p.CheckFailure{
		Property: string(at),
		Reason:   string(at) + " " + fmt.Sprintf(format, args...),
	})
}

// failHidden is fail for a value that must not be shown.
func (c *checker) failHidden(at Path, format string, args ...any) {
	c.fail(at, format, args...)
	c.failures[len(c.failures)-1].Property = string(at.Unresolvable())
}

// Printable returns failures without the names of properties whose value the
// engine should not print. It looks the name up among the inputs of the resource
// and prints what it finds, in clear text, also where that is nothing at all, a
// secret, or holds a password. The reason has the path.
func Printable(failures []p.CheckFailure, inputs property.Map) []p.CheckFailure {
	failures = slices.Clone(failures)
	for i, failure := range failures {
		value := inputs.Get(failure.Property)
		scalar := value.IsString() || value.IsNumber() || value.IsBool()
		if !scalar || value.Secret() || value.IsString() && redactCredentials(value.AsString()) != value.AsString() {
			failures[i].Property = ""
		}
	}
	return failures
}

// object checks an object, which stands in a secret one where secret is set.
func (c *checker) object(at Path, t Table, secret bool, olds, news property.Map) {
	for name, value := range news.AllStable {
		prop, ok := t[name]
		if !ok {
			if !strings.HasPrefix(name, "__") { // the engine's own
				// Which may be a password by another name.
				c.failHidden(at.Field(name), "is not a property here%s", suggestion(name, t))
			}
			continue
		}
		c.value(at.Field(name), prop, secret, olds.Get(name), value)
	}
	for name, prop := range t {
		if !news.Get(name).IsNull() {
			continue
		}
		// An import brings no write-only values.
		tolerated := prop.writeOnly && c.exists && olds.Get(name).IsNull()
		switch {
		case prop.required && !tolerated:
			hint := ""
			if prop.allowsNullString {
				hint = ` (the text "null" is written with its quotes)`
			}
			c.fail(at.Field(name), "is required%s", hint)
		case prop.requiredOnCreate && !c.exists:
			c.fail(at.Field(name), "is required to create the object")
		}
	}
}

func (c *checker) value(at Path, prop Property, secret bool, before, value property.Value) {
	if value.IsComputed() && prop.mustBeKnown {
		c.fail(at, "must be known before anything is created: it decides which resources there are")
	}
	if value.IsComputed() || value.IsNull() {
		return
	}
	// What stands in a secret is one, and so is what the program marked as one.
	secret = secret || prop.secret || value.Secret()
	fail := c.fail
	if secret || value.HasSecrets() || prop.hasSecret() {
		fail = c.failHidden
	}
	if !prop.kind.accepts(value) {
		got := ""
		if !secret {
			got = "; got " + formatValue(value)
		}
		fail(at, "must be %s%s", prop.kind, got)
		return
	}
	for _, wrong := range prop.rules {
		if reason := wrong(value, before); reason != "" {
			if !secret && (value.IsString() || value.IsNumber()) {
				reason += "; got " + formatValue(value)
			}
			fail(at, "%s", reason)
			break
		}
	}
	switch prop.kind {
	case objectKind:
		olds := property.Map{}
		if before.IsMap() {
			olds = before.AsMap()
		}
		c.object(at, prop.fields, secret, olds, value.AsMap())
	case listKind:
		for i, item := range value.AsArray().All {
			if item.IsNull() { // a list cannot leave out an item, and it decodes into nothing
				c.fail(at.Index(i), "must not be null")
			}
			c.value(at.Index(i), *prop.item, secret, property.Value{}, item)
		}
	case mapKind:
		for key, entry := range value.AsMap().AllStable {
			c.value(at.Field(key), *prop.item, secret, property.Value{}, entry)
		}
	case stringKind, integerKind, numberKind, boolKind:
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

// suggestion names the property that a mistyped name is likely to mean.
func suggestion(name string, t Table) string {
	best, distance := "", 3
	for _, candidate := range t.names(func(Property) bool { return true }) {
		if d := editDistance(strings.ToLower(name), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", best)
}

// editDistance is the number of characters to insert, delete or change to make b of a.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
