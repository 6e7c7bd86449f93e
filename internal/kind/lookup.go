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
}, I, S any](noun, owner string, controller C, c *client.Client, parents S) *Lookup[S] {
	return &Lookup[S]{
		Noun:  noun,
		Owner: owner,
		List: func(ctx context.Context) iter.Seq2[Object[any], error] {
			return controller.List(ctx, c, *embeddedInputs(&parents).(*I))
		},
		Read: func(ctx context.Context, id string) (S, error) { return controller.Read(ctx, c, id, parents) },
	}
}

// GetByName returns the object with an ID, or if that is nil the only one with a name.
func (l *Lookup[S]) GetByName(ctx context.Context, id, name *string, nameOf func(S) string) (string, S, error) {
	l.Label = func(s S) string { return strconv.Quote(nameOf(s)) }
	return l.Get(ctx, id, "that name", func(s S) bool { return nameOf(s) == *name })
}

// Get returns the object with an ID, or if that is nil the only one that matches. wanted says
// what it was looked for by, such as "that name".
func (l *Lookup[S]) Get(ctx context.Context, id *string, wanted string, matches func(S) bool) (string, S, error) {
	var state S
	untyped := untypedLookup{noun: l.Noun, owner: l.Owner, list: l.List, label: untypedLabel(l.Label), distinguish: untypedLabel(l.Distinguish)}
	found, err := untyped.get(ctx, id, wanted, func(state any) bool { return matches(state.(S)) }, func(id string) (err error) {
		state, err = l.Read(ctx, id)
		return err
	})
	return found, state, err
}

// untypedLabel returns a label of a state whose type has been erased.
func untypedLabel[S any](label func(S) string) func(any) string {
	if label == nil {
		return nil
	}
	return func(state any) string { return label(state.(S)) }
}

// untypedLookup is a Lookup whose types have been erased. The compiler makes no copies of it.
type untypedLookup struct {
	noun, owner        string
	list               func(ctx context.Context) iter.Seq2[Object[any], error]
	label, distinguish func(state any) string
}

func (l untypedLookup) get(ctx context.Context, id *string, wanted string, matches func(state any) bool, read func(id string) error) (string, error) {
	if id == nil {
		found, err := l.find(ctx, wanted, matches)
		if err != nil {
			return "", err
		}
		id = &found
	}
	err := read(*id)
	if errors.Is(err, ErrDeleted) {
		err = fmt.Errorf("%s %s: %w", l.noun, *id, err)
	}
	return *id, l.notFound(ctx, err)
}

// find returns the ID of the only object that matches. No message quotes an input, because
// it can be secret.
func (l untypedLookup) find(ctx context.Context, wanted string, matches func(state any) bool) (id string, err error) {
	var found, others []string
	for object, err := range l.list(ctx) {
		if err != nil {
			return "", err
		}
		switch {
		case !matches(object.Value):
			others = append(others, object.ID+" "+l.label(object.Value))
		case l.distinguish != nil:
			id, found = object.ID, append(found, object.ID+" "+l.distinguish(object.Value))
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
		return "", fmt.Errorf("%d %ss of %s have %s: %s. Pass the id of one of them", len(found), l.noun, l.owner, wanted, join(found))
	}
}

// notFound adds the objects that exist to the error of a read that found none. If they
// cannot be listed, it returns the error as it is.
func (l untypedLookup) notFound(ctx context.Context, err error) error {
	if !client.IsNotFound(err) && !errors.Is(err, ErrDeleted) {
		return err
	}
	ctx, cancel := ForMessage(ctx)
	defer cancel()
	var others []string
	for object, listErr := range l.list(ctx) {
		if listErr != nil {
			return err
		}
		others = append(others, object.ID+" "+l.label(object.Value))
	}
	return fmt.Errorf("%w. %s", err, l.enumerate(others))
}

// enumerate lists the objects that exist.
func (l untypedLookup) enumerate(labels []string) string {
	if len(labels) == 0 {
		return fmt.Sprintf("There are no %ss of %s", l.noun, l.owner)
	}
	return fmt.Sprintf("The %ss of %s are %s", l.noun, l.owner, join(labels))
}

func join(items []string) string {
	if more := len(items) - maxListed; more > 0 {
		items = append(items[:maxListed:maxListed], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(items, ", ")
}
