// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// encode returns the top-level strings, booleans and numbers of a struct as infer
// would encode them. It omits nil values, and lists and objects, which are never
// unique or the value of a setting.
func encode(v any) property.Map {
	values := map[string]property.Value{}
	source := reflect.ValueOf(v)
	for _, field := range reflect.VisibleFields(source.Type()) {
		name, _, _ := strings.Cut(field.Tag.Get("pulumi"), ",")
		if field.Anonymous || name == "" {
			continue
		}
		value := source.FieldByIndex(field.Index)
		if value.Kind() == reflect.Pointer {
			value = value.Elem() // invalid if it is nil
		}
		switch {
		case value.Kind() == reflect.String:
			values[name] = property.New(value.String())
		case value.Kind() == reflect.Bool:
			values[name] = property.New(value.Bool())
		case value.CanInt():
			values[name] = property.New(float64(value.Int()))
		case value.CanFloat():
			values[name] = property.New(value.Float())
		}
	}
	return property.NewMap(values)
}

// decodeStrings sets the top-level strings of a struct from the values that infer would
// decode: the reverse of encode, for the IDs of parents.
func decodeStrings(values property.Map, target any) {
	destination := reflect.ValueOf(target).Elem()
	for _, field := range reflect.VisibleFields(destination.Type()) {
		name, _, _ := strings.Cut(field.Tag.Get("pulumi"), ",")
		if value := values.Get(name); value.IsString() && field.Type.Kind() == reflect.String {
			destination.FieldByIndex(field.Index).SetString(value.AsString())
		}
	}
}

// formatValues formats the value of a setting for a message: "pol_1", or
// "cacheEnabled true, cacheTtlSeconds not set".
func formatValues(names []string, values property.Map) string {
	parts := make([]string, len(names))
	for i, name := range names {
		switch v := values.Get(name); {
		case v.IsString():
			parts[i] = formatText(v.AsString())
		case v.IsBool():
			parts[i] = strconv.FormatBool(v.AsBool())
		case v.IsNumber():
			parts[i] = strconv.FormatFloat(v.AsNumber(), 'f', -1, 64)
		default:
			parts[i] = "not set"
		}
		if len(names) > 1 {
			parts[i] = fmt.Sprintf("%s %s", name, parts[i])
		}
	}
	return strings.Join(parts, ", ")
}

// formatText quotes a text, and shortens a long one. An ID is returned as it is.
func formatText(s string) string {
	const maxLength = 80
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == '"' }) && len(s) <= maxLength {
		return s
	}
	if runes := []rune(s); len(runes) > maxLength {
		s = string(runes[:maxLength-1]) + "…"
	}
	return strconv.Quote(s)
}
