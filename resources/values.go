// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"reflect"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// valueOr is the value of an optional field of the API, or what its absence means.
func valueOr[T any](v *T, absent T) T {
	if v == nil {
		return absent
	}
	return *v
}

// optional turns an optional text of the API into one of a state, with what its
// absence means. Only texts are converted: a number would become a character.
func optional[To, From ~string](v *From, absent From) *To {
	value := To(valueOr(v, absent))
	return &value
}

// optionalValue is optional for values that have the same type in the API and in
// a state, so that no conversion can lose anything.
func optionalValue[T int | int64 | bool](v *T, absent T) *T {
	value := valueOr(v, absent)
	return &value
}

// sent turns an optional input into an optional text of a request.
func sent[To, From ~string](v *From) *To {
	if v == nil {
		return nil
	}
	value := To(*v)
	return &value
}

// wholeSeconds is an optional timestamp of a request.
func wholeSeconds(v *string) *string {
	if v == nil {
		return nil
	}
	at := properties.WholeSeconds(*v)
	return &at
}

// changed returns what is wanted where it differs from what is there, and nil
// where there is nothing to send.
func changed[T any](have, want *T) *T {
	if want == nil || have != nil && equal(*have, *want) {
		return nil
	}
	return want
}

func equal[T any](a, b T) bool {
	av, bv := reflect.ValueOf(a), reflect.ValueOf(b)
	if av.Kind() == reflect.Slice && av.Len() == 0 && bv.Len() == 0 {
		return true // nil or empty
	}
	return reflect.DeepEqual(a, b)
}

// changedValue is changed for values that are always there.
func changedValue[T comparable](have, want T) *T {
	if have == want {
		return nil
	}
	return &want
}

// isEmpty tells whether a request would change nothing.
func isEmpty[T any](request T) bool { return reflect.ValueOf(request).IsZero() }

// sentList turns an optional list of the inputs, in which infer makes an empty
// list nil, into one of a request, in which nil would be null.
func sentList[T any](items *[]T) *[]T {
	if items == nil {
		return nil
	}
	list := orEmpty(*items)
	return &list
}

// orEmpty is a list of the API as one that is never nil: left out and empty
// mean the same there.
func orEmpty[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

// words turns a list of the strings of one type into that of another.
func words[To, From ~string](items []From) []To {
	converted := make([]To, len(items))
	for i, item := range items {
		converted[i] = To(item)
	}
	return converted
}

// gone is the answer of Read for an object that does not exist any more.
func gone[I, O any]() (infer.ReadResponse[I, O], error) { return infer.ReadResponse[I, O]{}, nil }

// failed is the answer of an operation that changed nothing.
func failed[T any](err error) (T, error) {
	var nothing T
	return nothing, err
}

// nonEmpty leaves out of a request what is empty, where the API has null for it.
func nonEmpty(s *string) *string {
	if s == nil || *s == "" {
		return nil
	}
	return s
}
