// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"cmp"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
)

// LiveObject returns the live object of a resource, and fails the test if there
// is none.
func (c *Case) LiveObject(r *enginetest.Resource) Object {
	c.Helper()
	for _, object := range c.Local.Objects(c.Kind.Collection) {
		if c.Kind.IDOf(object) == c.ownID(r) {
			return object
		}
	}
	require.Fail(c, "no live object", "%s %v", c.Kind.Name, r.ID)
	return nil
}

// LiveID returns the ID by which the local API finds the live object of a resource.
func (c *Case) LiveID(r *enginetest.Resource) string {
	c.Helper()
	if c.Kind.ResourceID == nil {
		return c.ownID(r)
	}
	return c.LiveObject(r)["id"].(string)
}

// ownID returns the ID of the object of a resource, whose own ID may be that of an import.
func (c *Case) ownID(r *enginetest.Resource) string { return c.Kind.Resource().ImportID.OwnID(r.ID) }

// IDOf returns the ID of the resource of a live object.
func (k Kind) IDOf(live Object) any {
	if k.ResourceID != nil {
		return k.ResourceID(live)
	}
	return live[k.idField()]
}

// findLive returns the live object with a field of a value.
func (c *Case) findLive(field string, value any) (Object, bool) {
	for _, object := range c.Local.Objects(c.Kind.Collection) {
		if object[field] == value {
			return object, true
		}
	}
	return nil, false
}

// idField returns the field that holds the ID of an object.
func (k Kind) idField() string { return cmp.Or(k.IDField, "id") }

// AssertLive fails unless the live object of a resource has the given fields.
func (c *Case) AssertLive(r *enginetest.Resource, expected Object) {
	c.Helper()
	live := c.LiveObject(r)
	for field, value := range expected {
		c.assertField(field, value, live[field])
	}
}

// assertField compares a field of the API with what it is expected to hold. A
// response may omit the field, or an entry of it, only if that has its default.
func (c *Case) assertField(field string, expected, actual any) {
	c.Helper()
	byDefault, documented := c.Kind.fieldDefault(field)
	expected, actual = normalize(field, expected), normalize(field, actual)
	if actual == nil && expected != nil {
		assert.True(c, documented, "%s is omitted and has no documented default", field)
		actual = normalize(field, byDefault)
	}
	if entries, ok := actual.(Object); ok {
		defaults, _ := byDefault.(Object)
		actual = Merge(defaults, entries)
	}
	assert.Equal(c, expected, actual, field)
}

// fieldDefault returns the documented default of an API field.
func (k Kind) fieldDefault(field string) (value any, ok bool) {
	if value, ok = k.Defaults[field]; ok {
		return value, true
	}
	for _, removal := range k.Removable {
		if removal.Field == field {
			return removal.Live, true
		}
	}
	return nil, false
}

// canonical are the fields that an API may return in another spelling.
var canonical = map[string]func(string) any{
	"cidr":          func(s string) any { return strings.ToLower(s) },
	"domain":        func(s string) any { return strings.ToLower(s) },
	"email":         func(s string) any { return strings.ToLower(s) },
	"expires_at":    func(s string) any { return strings.Replace(s, ".000Z", "Z", 1) },
	"schema_name":   emptyAsNil,
	"relation_name": emptyAsNil,
}

// emptyAsNil returns nil for an empty name, which means the same to the API.
func emptyAsNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// normalize returns a value of a field in its canonical spelling.
func normalize(field string, value any) any {
	switch value := value.(type) {
	case string:
		if spell, ok := canonical[field]; ok {
			return spell(value)
		}
	case []any:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = normalize(field, item)
		}
		return items
	case Object:
		entries := Object{}
		for name, entry := range value {
			entries[name] = normalize(name, entry)
		}
		return entries
	}
	return value
}
