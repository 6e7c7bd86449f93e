// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// Diff returns what differs in meaning between the inputs that an object has
// and those that a program gives, by path.
func (t Table) Diff(olds, news property.Map) map[string]p.PropertyDiff {
	diff := differ{}
	diff.object("", t, false, t.UserInputs(olds, news), news)
	return diff
}

// Replaces tells whether a diff asks for a new object.
func Replaces(diff map[string]p.PropertyDiff) bool {
	for _, d := range diff {
		switch d.Kind {
		case p.AddReplace, p.DeleteReplace, p.UpdateReplace:
			return true
		case p.Add, p.Delete, p.Update, p.Stable:
		}
	}
	return false
}

type differ map[string]p.PropertyDiff

func (d differ) object(at Path, t Table, replaces bool, olds, news property.Map) {
	for name, prop := range t {
		d.value(at.Field(name), prop, replaces || prop.replaces, olds.Get(name), news.Get(name))
	}
}

// value descends into objects and lists of one length, so that the diff names
// the leaf that changed. What replaces an object does so at any depth.
func (d differ) value(at Path, prop Property, replaces bool, before, now property.Value) {
	if prop.Same(before, now) {
		return
	}
	// Nothing changes what replaces, so where it was left out it has its default.
	if replaces && prop.Same(prop.orDefault(before), prop.orDefault(now)) {
		return
	}
	kind := p.Update
	switch {
	case before.IsNull():
		kind = p.Add
	case now.IsNull() && prop.defaultValue == nil && !replaces:
		return // nothing to go back to: the value stays, and is not managed any more
	case now.IsNull():
		kind = p.Delete
	case prop.kind == objectKind && before.IsMap() && now.IsMap():
		d.object(at, prop.fields, replaces, before.AsMap(), now.AsMap())
		return
	case prop.kind == listKind && prop.same == nil && before.IsArray() && now.IsArray() &&
		before.AsArray().Len() == now.AsArray().Len():
		found := len(d)
		for i := range now.AsArray().Len() {
			d.value(at.Index(i), *prop.item, replaces, before.AsArray().Get(i), now.AsArray().Get(i))
		}
		if len(d) > found {
			return
		}
		// Only taken out of an item, where nothing stays: a list is sent whole.
	}
	if replaces {
		kind += "&replace"
	}
	d[string(at)] = p.PropertyDiff{Kind: kind, InputDiff: true}
}

func (p Property) orDefault(v property.Value) property.Value {
	if v.IsNull() && p.defaultValue != nil {
		return *p.defaultValue
	}
	return v
}
