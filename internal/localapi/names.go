// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// setByName sets the field of the struct behind target whose kebab-case name is given. An empty value means true for a switch.
func setByName(target any, name, value string) error {
	fields := reflect.ValueOf(target).Elem()
	known := make([]string, 0, fields.NumField())
	for i := range fields.NumField() {
		kebab := kebabCase(fields.Type().Field(i).Name)
		if kebab == name {
			return setField(fields.Field(i), name, value)
		}
		known = append(known, kebab)
	}
	slices.Sort(known)
	return fmt.Errorf("unknown name %q; known are %s", name, strings.Join(known, ", "))
}

func setField(field reflect.Value, name, value string) error {
	if field.Kind() == reflect.String {
		if value == "" {
			return fmt.Errorf("%s needs a value", name)
		}
		field.SetString(value)
		return nil
	}
	if field.Kind() == reflect.Int {
		number, err := strconv.Atoi(value)
		if err != nil || number < 0 {
			return fmt.Errorf("%s needs a whole number from 0, not %q", name, value)
		}
		field.SetInt(int64(number))
		return nil
	}
	on := true
	if value != "" {
		var err error
		if on, err = strconv.ParseBool(value); err != nil {
			return fmt.Errorf("%s needs true or false, not %q", name, value)
		}
	}
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.ValueOf(&on))
	} else {
		field.SetBool(on)
	}
	return nil
}

// kebabCase spells a Go name in lower-case words: KeepCIDRSpelling is keep-cidr-spelling, Answers200 is answers-200.
func kebabCase(name string) string {
	runes := []rune(name)
	var out strings.Builder
	for i, r := range runes {
		if i > 0 && startsWord(runes, i) {
			out.WriteByte('-')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}

func startsWord(runes []rune, i int) bool {
	previous, r := runes[i-1], runes[i]
	if unicode.IsDigit(r) {
		return !unicode.IsDigit(previous)
	}
	if !unicode.IsUpper(r) {
		return false
	}
	return !unicode.IsUpper(previous) || i+1 < len(runes) && unicode.IsLower(runes[i+1])
}
