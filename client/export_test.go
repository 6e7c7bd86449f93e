// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"encoding/json"
	"maps"
	"reflect"
)

// WithMaxListSize sets how many bytes a list may have, for a test that does not
// want to make a hundred million of them.
func WithMaxListSize(bytes int) Option { return func(c *Client) { c.maxListSize = bytes } }

// Whole returns a JSON object with all that the contract requires of a response,
// and some fields with values of their own.
func Whole[T any](fields map[string]any) map[string]any {
	object := wholeObject(reflect.TypeFor[T]())
	maps.Copy(object, fields)
	return object
}

// WholeText is Whole as text.
func WholeText[T any](fields map[string]any) string {
	text, _ := json.Marshal(Whole[T](fields))
	return string(text)
}

func wholeObject(t reflect.Type) map[string]any {
	object := map[string]any{}
	for _, rule := range rulesOf(t) {
		if !rule.optional {
			object[rule.name] = wholeValue(t.FieldByIndex(rule.index).Type)
		}
	}
	return object
}

// wholeValue returns a value that fits a type. A list has an item in it.
func wholeValue(t reflect.Type) any {
	switch t.Kind() {
	case reflect.Pointer:
		return wholeValue(t.Elem())
	case reflect.Struct:
		return wholeObject(t)
	case reflect.Slice:
		return []any{wholeValue(t.Elem())}
	case reflect.String:
		return "x"
	case reflect.Bool:
		return true
	default:
		return 1
	}
}
