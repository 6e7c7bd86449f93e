// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// object is one object of a kind. Its fields have the types that decoder returns. Server.mu guards it.
type object struct {
	id      string
	parent  string // the ID of the parent
	org     string
	seq     uint64 // the order of creation
	fields  map[string]any
	secrets map[string]string // the write-only values
	deleted bool              // soft-deleted
	key     string            // its entry in the keys of the collection
}

func (o *object) stringValue(name string) string {
	s, _ := o.fields[name].(string)
	return s
}

func (o *object) intValue(name string) int64 {
	n, _ := o.fields[name].(int64)
	return n
}

func (o *object) boolValue(name string) bool {
	b, _ := o.fields[name].(bool)
	return b
}

func (o *object) timeValue(name string) (time.Time, bool) {
	t, ok := o.fields[name].(time.Time)
	return t, ok
}

// set stores a value, among the secrets if the field is write-only.
func (o *object) set(f *field, v any) {
	if !f.writeOnly {
		o.fields[f.name] = v
		return
	}
	if o.secrets == nil {
		o.secrets = map[string]string{}
	}
	o.secrets[f.name], _ = v.(string)
}

// clone returns a copy whose fields and secrets can be set independently.
func (o *object) clone() *object {
	c := *o
	c.fields = maps.Clone(o.fields)
	c.secrets = maps.Clone(o.secrets)
	return &c
}

// collection holds the objects of a kind.
type collection struct {
	kind
	name           string // in admin endpoints and state files: "anomaly-rules"
	collectionPath string
	idParam        string // the path parameter with the object's ID; "" if it has none
	parentParam    string // the path parameter with the parent's ID; "" for projects
	listRevoked    bool

	byID     map[string]*object
	byParent map[string][]*object // in order of creation
	keys     map[string]*object   // by unique key
}

func (c *collection) clear() {
	c.byID = map[string]*object{}
	c.byParent = map[string][]*object{}
	c.keys = map[string]*object{}
}

// isTaken reports whether another object has the candidate's unique key.
func (c *collection) isTaken(candidate *object) bool {
	key := c.keyOf(candidate)
	other, ok := c.keys[key]
	return ok && key != "" && other.id != candidate.id
}

// insert adds an object. Its seq must be the highest of all.
func (c *collection) insert(o *object) {
	c.byID[o.id] = o
	c.byParent[o.parent] = append(c.byParent[o.parent], o)
	c.refreshKey(o)
}

// update replaces the content of o by that of the candidate.
func (c *collection) update(o, candidate *object) {
	o.fields, o.secrets = candidate.fields, candidate.secrets
	c.refreshKey(o)
}

// refreshKey updates the index after a change that may affect the unique key.
func (c *collection) refreshKey(o *object) { c.setKey(o, c.keyOf(o)) }

func (c *collection) setKey(o *object, key string) {
	if o.key != "" && c.keys[o.key] == o {
		delete(c.keys, o.key)
	}
	o.key = key
	if key != "" {
		c.keys[key] = o
	}
}

func (c *collection) delete(o *object) {
	delete(c.byID, o.id)
	c.setKey(o, "")
	c.removeFromList(o)
}

// removeFromList removes the object from its parent's list. It can still be found by ID.
func (c *collection) removeFromList(o *object) {
	siblings := c.byParent[o.parent]
	i, ok := slices.BinarySearchFunc(siblings, o.seq, func(s *object, seq uint64) int { return cmp.Compare(s.seq, seq) })
	if !ok {
		return
	}
	if len(siblings) == 1 {
		delete(c.byParent, o.parent)
		return
	}
	c.byParent[o.parent] = slices.Delete(siblings, i, i+1)
}

// deleteChildren deletes every object of a parent.
func (c *collection) deleteChildren(parent string) {
	for _, o := range c.byParent[parent] {
		delete(c.byID, o.id)
		c.setKey(o, "")
	}
	delete(c.byParent, parent)
}

// visible returns the objects of a parent that lists and limits include, in order of creation.
func (c *collection) visible(parent string) []*object {
	children := c.byParent[parent]
	if c.deletion != revokes || c.listRevoked {
		return children
	}
	visible := make([]*object, 0, len(children))
	for _, o := range children {
		if !c.isRevoked(o) {
			visible = append(visible, o)
		}
	}
	return visible
}

// live returns all objects that are neither deleted nor revoked, in order of creation.
func (c *collection) live() []*object {
	objects := make([]*object, 0, len(c.byID))
	for _, o := range c.byID {
		if !o.deleted && !c.isRevoked(o) {
			objects = append(objects, o)
		}
	}
	slices.SortFunc(objects, func(a, b *object) int { return cmp.Compare(a.seq, b.seq) })
	return objects
}
