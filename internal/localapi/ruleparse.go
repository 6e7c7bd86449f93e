// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"fmt"
	"slices"
	"strings"
)

// requestSetting is a setting of what applies to the requests with a method and a path: T is a fault or a deprecation.
type requestSetting[T any] struct {
	Setting
	set func(target *T, value string) error
}

func describeSettings[T any](settings []requestSetting[T]) []Setting {
	described := make([]Setting, len(settings))
	for i, s := range settings {
		described[i] = s.Setting
	}
	return described
}

// parseRequestRule parses a line that consists of a method ("*" for any), a path ("*" for any) and settings, separated by spaces. It
// applies the settings to what create returns. missing describes what a line with too few fields needs.
func parseRequestRule[T any](line, missing string, settings []requestSetting[T], create func(method, path string) T) (target T, err error) {
	fields, err := splitFields(line)
	if err != nil {
		return target, err
	}
	if len(fields) < 3 {
		return target, fmt.Errorf("needs a method, a path and %s", missing)
	}
	path := fields[1]
	if path == "*" {
		path = ""
	}
	target = create(strings.ToUpper(fields[0]), path)
	for _, field := range fields[2:] {
		name, value, _ := strings.Cut(field, "=")
		i := slices.IndexFunc(settings, func(s requestSetting[T]) bool { return s.Name == name })
		if i < 0 {
			return target, fmt.Errorf("unknown setting %q", name)
		}
		if err := settings[i].set(&target, value); err != nil {
			return target, fmt.Errorf("%s: %w", name, err)
		}
	}
	return target, nil
}
