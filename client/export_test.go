// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"

	"go.opentelemetry.io/otel/trace"
)

// MaxResponseBytes is the maximum size of a response body.
const MaxResponseBytes = maxResponseBytes

// WithMaxListSize sets the maximum size of a list in bytes, so that tests need no
// large lists.
func WithMaxListSize(bytes int) Option { return func(c *Client) { c.maxListSize = bytes } }

// WithTracerProvider sets where spans are recorded. The default is the global provider, which
// parallel tests cannot share.
func WithTracerProvider(provider trace.TracerProvider) Option {
	return func(c *Client) { c.tracerProvider = func() trace.TracerProvider { return provider } }
}

// Get sends a GET request and returns the response, which may be of any type.
func Get[T any](ctx context.Context, c *Client, segments ...string) (T, error) {
	return get[T](ctx, c, nil, segments...)
}

// MinimalBody returns a JSON object with all required fields of a response type. fields
// are added to it or replace its fields.
func MinimalBody[T any](fields map[string]any) map[string]any {
	object := requiredObject(reflect.TypeFor[T]())
	maps.Copy(object, fields)
	return object
}

// MinimalJSON returns the object of MinimalBody as text.
func MinimalJSON[T any](fields map[string]any) string {
	text, _ := json.Marshal(MinimalBody[T](fields))
	return string(text)
}

func requiredObject(t reflect.Type) map[string]any {
	object := map[string]any{}
	for _, rule := range rulesOf(t) {
		if !rule.optional {
			object[rule.name] = requiredValue(t.FieldByIndex(rule.index).Type)
		}
	}
	return object
}

// requiredValue returns a valid value of a type. A list has one item.
func requiredValue(t reflect.Type) any {
	switch t.Kind() {
	case reflect.Pointer:
		return requiredValue(t.Elem())
	case reflect.Struct:
		return requiredObject(t)
	case reflect.Slice:
		return []any{requiredValue(t.Elem())}
	case reflect.String:
		return "x"
	case reflect.Bool:
		return true
	default:
		return 1
	}
}
