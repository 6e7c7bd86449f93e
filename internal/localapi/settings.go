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

// Setting describes a setting that has a name, as in --behaviour NAME=VALUE.
type Setting struct {
	Name    string
	Value   string // a placeholder for the value; "" for a switch
	Meaning string
}

func settingsOf(t reflect.Type) []Setting {
	settings := make([]Setting, t.NumField())
	for i := range settings {
		field := t.Field(i)
		settings[i] = Setting{Name: kebabCase(field.Name), Value: field.Tag.Get("value"), Meaning: field.Tag.Get("help")}
	}
	return settings
}

// setByName sets a field of the struct that target points to by its kebab-case name. The empty value sets a switch to true.
func setByName(target any, name, value string) error {
	fields := reflect.ValueOf(target).Elem()
	names := make([]string, 0, fields.NumField())
	for i := range fields.NumField() {
		kebab := kebabCase(fields.Type().Field(i).Name)
		if kebab == name {
			return setStructField(fields.Field(i), name, value)
		}
		names = append(names, kebab)
	}
	slices.Sort(names)
	return fmt.Errorf("unknown name %q: must be one of %s", name, strings.Join(names, ", "))
}

func setStructField(field reflect.Value, name, value string) error {
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
			return fmt.Errorf("%s needs a whole number that is not negative, not %q", name, value)
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

// kebabCase converts a Go name: KeepCIDRSpelling to keep-cidr-spelling, Answers200 to answers-200.
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
