// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// decode decodes the JSON body of a response into result, a pointer to a struct. It
// returns how the body violates the API contract, or "".
//
// The types of the responses express the contract. A field is required unless it
// is a pointer or has the tag `api:"optional"`; the tag `api:"nonempty"` marks a
// required string that must not be empty. Unlike encoding/json, which accepts `{}`
// and `null` for any object, decode compares names exactly and types strictly. It
// ignores unknown fields, since the API may add some.
//
// The returned problem names fields and never quotes a value.
func decode(body []byte, result any) (problem string) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // a float64 is exact only up to 2^53
	var document any
	if err := decoder.Decode(&document); err != nil {
		return "the body is not JSON"
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return "the body is more than one JSON value"
	}
	target := reflect.ValueOf(result).Elem()
	// An invalid response must leave nothing behind for the next attempt.
	decoded := reflect.New(target.Type()).Elem()
	if problem := fill(decoded, document, ""); problem != "" {
		return problem
	}
	target.Set(decoded)
	return ""
}

// fill sets a value from decoded JSON. path is the path of the value in the body.
func fill(target reflect.Value, value any, path string) (problem string) {
	switch target.Kind() {
	case reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		return fill(target.Elem(), value, path)
	case reflect.Struct:
		return fillStruct(target, value, path)
	case reflect.Slice:
		items, ok := value.([]any)
		if !ok {
			return mistyped(path, "a list")
		}
		target.Set(reflect.MakeSlice(target.Type(), len(items), len(items)))
		for i, item := range items {
			if problem := fill(target.Index(i), item, path+"["+strconv.Itoa(i)+"]"); problem != "" {
				return problem
			}
		}
	case reflect.String:
		text, ok := value.(string)
		if !ok {
			return mistyped(path, "a string")
		}
		target.SetString(text)
	case reflect.Bool:
		boolean, ok := value.(bool)
		if !ok {
			return mistyped(path, "a boolean")
		}
		target.SetBool(boolean)
	case reflect.Int, reflect.Int64:
		number, ok := value.(json.Number)
		if !ok {
			return mistyped(path, "an integer")
		}
		n, err := strconv.ParseInt(integer(number.String()), 10, target.Type().Bits())
		switch {
		case errors.Is(err, strconv.ErrRange):
			return fmt.Sprintf("%s does not fit into %d bits", path, target.Type().Bits())
		case err != nil:
			return mistyped(path, "an integer")
		}
		target.SetInt(n)
	case reflect.Float64:
		number, ok := value.(json.Number)
		if !ok {
			return mistyped(path, "a number")
		}
		f, err := strconv.ParseFloat(number.String(), 64)
		if err != nil || math.IsInf(f, 0) {
			return path + " is too large for a number"
		}
		target.SetFloat(f)
	default:
		panic(fmt.Sprintf("unsupported response field type %s", target.Type()))
	}
	return ""
}

// integer returns the decimal digits of an integer that JSON spells as 5.0 or 5e0, if
// a float64 holds it exactly. It returns other numbers unchanged.
func integer(number string) string {
	if f, err := strconv.ParseFloat(number, 64); strings.ContainsAny(number, ".eE") && err == nil && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		return strconv.FormatInt(int64(f), 10)
	}
	return number
}

func fillStruct(target reflect.Value, value any, path string) (problem string) {
	object, ok := value.(map[string]any)
	if !ok {
		return mistyped(path, "an object")
	}
	if path != "" {
		path += "."
	}
	for _, rule := range rulesOf(target.Type()) {
		value, present := object[rule.name]
		switch {
		case value != nil:
			field := target.FieldByIndex(rule.index)
			if problem := fill(field, value, path+rule.name); problem != "" {
				return problem
			}
			if rule.nonempty && field.String() == "" {
				return path + rule.name + " is empty"
			}
		case rule.optional:
		case present:
			return path + rule.name + " is null"
		default:
			return path + rule.name + " is missing"
		}
	}
	return ""
}

func mistyped(path, expected string) string {
	if path == "" {
		path = "the body"
	}
	return path + " is not " + expected
}

// fieldRule is a field of a response in the API contract.
type fieldRule struct {
	index    []int
	name     string
	optional bool
	nonempty bool
}

// fieldRules caches the result of rulesOf.
var fieldRules sync.Map // of reflect.Type to []fieldRule

// rulesOf returns the fields of a response type.
func rulesOf(t reflect.Type) []fieldRule {
	if cached, ok := fieldRules.Load(t); ok {
		return cached.([]fieldRule)
	}
	var rules []fieldRule
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous || name == "" {
			continue
		}
		tag := field.Tag.Get("api")
		rules = append(rules, fieldRule{
			index: field.Index, name: name,
			optional: tag == "optional" || field.Type.Kind() == reflect.Pointer,
			nonempty: tag == "nonempty",
		})
	}
	fieldRules.Store(t, rules)
	return rules
}
