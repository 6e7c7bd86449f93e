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

// decode reads the JSON of a response into result, a pointer to a struct, and
// returns what about it is not as the contract says, "" if nothing.
//
// The types of the responses are the contract. A field is required unless it is
// a pointer or has the tag `api:"optional"`; `api:"nonempty"` is a required
// string that must not be empty. Names are compared exactly and types strictly,
// unlike in encoding/json, which takes `{}` and `null` for any object. Fields
// that the client does not know are ignored: the API may add some.
//
// What is returned names fields and never quotes a value.
func decode(body []byte, result any) (problem string) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber() // a float64 is not exact beyond 2^53
	var document any
	if err := decoder.Decode(&document); err != nil {
		return "the body is not JSON"
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return "the body is more than one JSON value"
	}
	target := reflect.ValueOf(result).Elem()
	// A response that is refused leaves nothing behind for the next try.
	decoded := reflect.New(target.Type()).Elem()
	if problem := fill(decoded, document, ""); problem != "" {
		return problem
	}
	target.Set(decoded)
	return ""
}

// fill sets a value from decoded JSON. The path is that of the value in the body.
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
		is, ok := value.(bool)
		if !ok {
			return mistyped(path, "a boolean")
		}
		target.SetBool(is)
	case reflect.Int, reflect.Int64:
		number, ok := value.(json.Number)
		if !ok {
			return mistyped(path, "an integer")
		}
		n, err := strconv.ParseInt(integer(number.String()), 10, target.Type().Bits())
		switch {
		case errors.Is(err, strconv.ErrRange):
			return fmt.Sprintf("%s is an integer of more than %d bits", path, target.Type().Bits())
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
			return path + " is a number that is too large"
		}
		target.SetFloat(f)
	default:
		panic(fmt.Sprintf("no response may have a field of type %s", target.Type()))
	}
	return ""
}

// integer returns a number that JSON may write as 5.0 or 5e0 as digits alone, if
// it is an integer that a float64 holds exactly.
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

// fieldRule is what the contract says about a field of a response.
type fieldRule struct {
	index    []int
	name     string
	optional bool
	nonempty bool
}

// fieldRules caches the rules of each type.
var fieldRules sync.Map // reflect.Type to []fieldRule

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
