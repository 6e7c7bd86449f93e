// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// Lookup describes the objects among which a function looks for one. S is their state.
type Lookup[S any] struct {
	// Noun names the kind, and its plural is formed with an s.
	Noun string
	// Owner is the ID of what the objects belong to.
	Owner string
	// List returns the objects, and Read one of them.
	List func(ctx context.Context) iter.Seq2[Object[any], error]
	Read func(ctx context.Context, id string) (S, error)
	// Label describes an object among the others, such as its quoted name.
	Label func(S) string
	// Distinguish describes an object among those that match. It may be nil.
	Distinguish func(S) string
}

// maxListed limits how many objects an error names.
const maxListed = 20

// NewLookup returns a look-up among the objects of a controller. The state has the IDs of their
// parents.
func NewLookup[C interface {
	Controller[I, S]
	Lister[I]
}, I, S any](noun, owner string, controller C, c *client.Client, parents S) Lookup[S] {
	return Lookup[S]{
		Noun:  noun,
		Owner: owner,
		List: func(ctx context.Context) iter.Seq2[Object[any], error] {
			return controller.List(ctx, c, embeddedInputs(parents).(I))
		},
		Read: func(ctx context.Context, id string) (S, error) { return controller.Read(ctx, c, id, parents) },
	}
}

// GetByName returns the object with an ID, or if that is nil the only one with a name.
func (l Lookup[S]) GetByName(ctx context.Context, id, name *string, nameOf func(S) string) (string, S, error) {
	l.Label = func(s S) string { return strconv.Quote(nameOf(s)) }
	return l.Get(ctx, id, "that name", func(s S) bool { return nameOf(s) == *name })
}

// Get returns the object with an ID, or if that is nil the only one that matches. wanted says
// what it was looked for by, such as "that name".
func (l Lookup[S]) Get(ctx context.Context, id *string, wanted string, matches func(S) bool) (string, S, error) {
	if id == nil {
		found, err := l.find(ctx, wanted, matches)
		if err != nil {
			var none S
			return "", none, err
		}
		id = &found
	}
	state, err := l.Read(ctx, *id)
	if errors.Is(err, ErrDeleted) {
		err = fmt.Errorf("%s %s: %w", l.Noun, *id, err)
	}
	return *id, state, l.notFound(ctx, err)
}

// find returns the ID of the only object that matches. No message quotes an input, because
// it can be secret.
func (l Lookup[S]) find(ctx context.Context, wanted string, matches func(S) bool) (id string, err error) {
	var found, others []string
	for object, err := range l.List(ctx) {
		if err != nil {
			return "", err
		}
		state := object.Value.(S)
		switch {
		case !matches(state):
			others = append(others, object.ID+" "+l.Label(state))
		case l.Distinguish != nil:
			id, found = object.ID, append(found, object.ID+" "+l.Distinguish(state))
		default:
			id, found = object.ID, append(found, object.ID)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("no %s of %s has %s. %s", l.Noun, l.Owner, wanted, l.enumerate(others))
	case 1:
		return id, nil
	default:
		return "", fmt.Errorf("%d %ss of %s have %s: %s. Pass the id of one of them", len(found), l.Noun, l.Owner, wanted, join(found))
	}
}

// notFound adds the objects that exist to the error of a read that found none. If they
// cannot be listed, it returns the error as it is.
func (l Lookup[S]) notFound(ctx context.Context, err error) error {
	if !client.IsNotFound(err) && !errors.Is(err, ErrDeleted) {
		return err
	}
	ctx, cancel := ForMessage(ctx)
	defer cancel()
	var others []string
	for object, listErr := range l.List(ctx) {
		if listErr != nil {
			return err
		}
		others = append(others, object.ID+" "+l.Label(object.Value.(S)))
	}
	return fmt.Errorf("%w. %s", err, l.enumerate(others))
}

// enumerate lists the objects that exist.
func (l Lookup[S]) enumerate(labels []string) string {
	if len(labels) == 0 {
		return fmt.Sprintf("There are no %ss of %s", l.Noun, l.Owner)
	}
	return fmt.Sprintf("The %ss of %s are %s", l.Noun, l.Owner, join(labels))
}

func join(items []string) string {
	if more := len(items) - maxListed; more > 0 {
		items = append(items[:maxListed:maxListed], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(items, ", ")
}
