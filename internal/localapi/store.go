// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// object is one object of a kind. Its fields are typed as decode returns them. The server's mu guards it.
type object struct {
	id      string
	parent  string // the ID of what it belongs to
	org     string
	seq     uint64 // the order of creation
	fields  map[string]any
	secrets map[string]string // what is held and never returned again
	deleted bool              // soft-deleted: answers only where the behaviour says so
	key     string            // what it holds in its collection's keys
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
	at, ok := o.fields[name].(time.Time)
	return at, ok
}

// clone returns an object that can be changed without changing o.
func (o *object) clone() *object {
	c := *o
	c.fields = maps.Clone(o.fields)
	c.secrets = maps.Clone(o.secrets)
	return &c
}

// kind is a table of what one kind of object looks like, and its special rules.
type kind struct {
	name   string // as in paths: "anomaly-rules"
	noun   string // as in messages: "anomaly rule"
	prefix string // of its IDs
	list   string // the array's name in list answers; "" where it has no list
	param  string // the path parameter with its ID

	input  schema // body of the create, and of the replace
	patch  schema // body of the patch
	output schema // the object in answers

	// scope finds what an operation's path says the object belongs to.
	scope func(*call) (owner, *problem)
	// key returns what must be unique among all objects of the kind; "" holds nothing.
	key func(*object) string
	// keyField is the body field to blame for a duplicate.
	keyField string
	// check applies the special rules to a candidate and normalises it. old is nil on a create.
	check func(c *call, old, candidate *object) *problem
	// derive sets the fields that follow from other objects before it is written.
	derive func(*object)
	// revoked tells whether an object is there for the record only.
	revoked func(*object) bool
	// listsRevoked keeps the revoked ones in lists, hidesRevoked answers 404 for them.
	listsRevoked, hidesRevoked bool
	// remove is the DELETE. nil: the object goes.
	remove func(*object) *problem
	// newestFirst turns the order of the list.
	newestFirst bool
}

// owner is what an object belongs to: the object whose ID is in the path, and the organization.
type owner struct {
	id  string
	org string
}

// collection holds the objects of a kind.
type collection struct {
	kind
	byID     map[string]*object
	byParent map[string][]*object // in order of creation
	keys     map[string]*object
}

func newCollection(k kind) *collection {
	c := &collection{kind: k}
	c.clear()
	return c
}

func (c *collection) clear() {
	c.byID = map[string]*object{}
	c.byParent = map[string][]*object{}
	c.keys = map[string]*object{}
}

// keyFor returns the candidate's unique key and whether another object has it.
func (c *collection) keyFor(candidate *object) (string, bool) {
	if c.key == nil {
		return "", false
	}
	key := c.key(candidate)
	holder, held := c.keys[key]
	return key, held && key != "" && holder.id != candidate.id
}

func (c *collection) setKey(o *object, key string) {
	if o.key != "" && c.keys[o.key] == o {
		delete(c.keys, o.key)
	}
	o.key = key
	if key != "" {
		c.keys[key] = o
	}
}

// insert adds an object whose seq is higher than every other's.
func (c *collection) insert(o *object) {
	c.byID[o.id] = o
	c.byParent[o.parent] = append(c.byParent[o.parent], o)
	key, _ := c.keyFor(o)
	c.setKey(o, key)
}

// update gives o the candidate's content.
func (c *collection) update(o, candidate *object) {
	o.fields, o.secrets = candidate.fields, candidate.secrets
	c.refreshKey(o)
}

// refreshKey follows a change that the unique key depends on.
func (c *collection) refreshKey(o *object) {
	key, _ := c.keyFor(o)
	c.setKey(o, key)
}

// delete forgets the object.
func (c *collection) delete(o *object) {
	delete(c.byID, o.id)
	c.setKey(o, "")
	c.removeFromList(o)
}

// removeFromList takes the object out of its parent's list; it can still be found by ID.
func (c *collection) removeFromList(o *object) {
	siblings := c.byParent[o.parent]
	i, found := slices.BinarySearchFunc(siblings, o.seq, func(s *object, seq uint64) int { return cmp.Compare(s.seq, seq) })
	if !found {
		return
	}
	if len(siblings) == 1 {
		delete(c.byParent, o.parent)
		return
	}
	c.byParent[o.parent] = slices.Delete(siblings, i, i+1)
}

// deleteChildren forgets every object of that parent.
func (c *collection) deleteChildren(parent string) {
	for _, o := range c.byParent[parent] {
		delete(c.byID, o.id)
		c.setKey(o, "")
	}
	delete(c.byParent, parent)
}

// visible returns the parent's objects that lists and counts have, in order of creation.
func (c *collection) visible(parent string) []*object {
	children := c.byParent[parent]
	if c.revoked == nil || c.listsRevoked {
		return children
	}
	visible := make([]*object, 0, len(children))
	for _, o := range children {
		if !c.revoked(o) {
			visible = append(visible, o)
		}
	}
	return visible
}

// all returns every object that is not soft-deleted, in order of creation.
func (c *collection) all() []*object {
	objects := make([]*object, 0, len(c.byID))
	for _, o := range c.byID {
		if !o.deleted {
			objects = append(objects, o)
		}
	}
	slices.SortFunc(objects, func(a, b *object) int { return cmp.Compare(a.seq, b.seq) })
	return objects
}
