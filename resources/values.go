// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"reflect"

	"github.com/pulumi/pulumi-go-provider/infer"
)

// valueOr is the value of an optional field of the API, or what its absence means.
func valueOr[T any](v *T, absent T) T {
	if v == nil {
		return absent
	}
	return *v
}

// optional turns an optional field of the API into one of a state, with what
// its absence means.
func optional[To ~string | ~int | ~bool, From ~string | ~int | ~int64 | ~bool](v *From, absent From) *To {
	value := reflect.ValueOf(valueOr(v, absent)).Convert(reflect.TypeFor[To]()).Interface().(To)
	return &value
}

// sent turns an optional input into an optional field of a request.
func sent[To ~string | ~int | ~int64, From ~string | ~int](v *From) *To {
	if v == nil {
		return nil
	}
	value := reflect.ValueOf(*v).Convert(reflect.TypeFor[To]()).Interface().(To)
	return &value
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
