// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
)

// lookup describes the objects among which a function looks for one. S is their state.
type lookup[S any] struct {
	// noun and plural name the kind, and owner is the ID of what the objects belong to.
	noun, plural, owner string
	// list returns the objects, and read one of them.
	list func(ctx context.Context) iter.Seq2[kind.Object[any], error]
	read func(ctx context.Context, id string) (S, error)
	// label describes an object among the others, such as its quoted name.
	label func(S) string
	// distinguish describes an object among those that match. It may be nil.
	distinguish func(S) string
}

// maxListed limits how many objects an error names.
const maxListed = 20

// get returns the object with an ID, or if that is nil the only one that matches. wanted says
// what it was looked for by, such as "that name".
func (l lookup[S]) get(ctx context.Context, id *string, wanted string, matches func(S) bool) (string, S, error) {
	if id == nil {
		found, err := l.find(ctx, wanted, matches)
		if err != nil {
			var none S
			return "", none, err
		}
		id = &found
	}
	state, err := l.read(ctx, *id)
	return *id, state, l.notFound(ctx, err)
}

// find returns the ID of the only object that matches. No message quotes an input, because
// it can be secret.
func (l lookup[S]) find(ctx context.Context, wanted string, matches func(S) bool) (id string, err error) {
	var found, others []string
	for object, err := range l.list(ctx) {
		if err != nil {
			return "", err
		}
		state := object.Value.(S)
		switch {
		case !matches(state):
			others = append(others, object.ID+" "+l.label(state))
		case l.distinguish != nil:
			id, found = object.ID, append(found, object.ID+" "+l.distinguish(state))
		default:
			id, found = object.ID, append(found, object.ID)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("no %s of %s has %s. %s", l.noun, l.owner, wanted, l.enumerate(others))
	case 1:
		return id, nil
	default:
		return "", fmt.Errorf("%d %s of %s have %s: %s. Pass the id of one of them", len(found), l.plural, l.owner, wanted, join(found))
	}
}

// notFound adds the objects that exist to the error of a read that found none. If they
// cannot be listed, it returns the error as it is.
func (l lookup[S]) notFound(ctx context.Context, err error) error {
	if !client.IsNotFound(err) && !errors.Is(err, kind.ErrDeleted) {
		return err
	}
	ctx, cancel := kind.ForMessage(ctx)
	defer cancel()
	var others []string
	for object, listErr := range l.list(ctx) {
		if listErr != nil {
			return err
		}
		others = append(others, object.ID+" "+l.label(object.Value.(S)))
	}
	return fmt.Errorf("%w. %s", err, l.enumerate(others))
}

// enumerate lists the objects that exist.
func (l lookup[S]) enumerate(labels []string) string {
	if len(labels) == 0 {
		return fmt.Sprintf("There are no %s of %s", l.plural, l.owner)
	}
	return fmt.Sprintf("The %s of %s are %s", l.plural, l.owner, join(labels))
}

func join(items []string) string {
	if more := len(items) - maxListed; more > 0 {
		items = append(items[:maxListed:maxListed], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(items, ", ")
}

// quote quotes a name in a label.
func quote(name *string) string {
	if name == nil {
		return `""`
	}
	return fmt.Sprintf("%q", *name)
}

// exactlyOne returns a validation which requires that a program sets one of the inputs.
func exactlyOne(names ...string) func(property.Map) []p.CheckFailure {
	return func(inputs property.Map) []p.CheckFailure {
		set := given(inputs, names)
		switch {
		case len(set) == 0:
			return failure(names[0], "is required, unless %s is set", strings.Join(names[1:], " or "))
		case len(set) > 1:
			return failure(set[1], "cannot be set together with %s", set[0])
		}
		return nil
	}
}

// given returns those of the inputs that are set. An unknown input is.
func given(inputs property.Map, names []string) []string {
	var set []string
	for _, name := range names {
		if value := inputs.Get(name); !value.IsNull() || value.IsComputed() {
			set = append(set, name)
		}
	}
	return set
}

// failure returns a failure at an input.
func failure(name, format string, args ...any) []p.CheckFailure {
	return []p.CheckFailure{{Property: name, Reason: name + " " + fmt.Sprintf(format, args...)}}
}
