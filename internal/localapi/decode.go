// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// parseObject decodes a single JSON object. Numbers keep their literal form.
func parseObject(body []byte) (map[string]any, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, fmt.Errorf("the request body is not valid JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the request body contains data after its JSON value")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("the request body must be a JSON object")
	}
	return object, nil
}

// decoder decodes one request body and collects all of its errors.
type decoder struct {
	typesOnly bool // skip constraints and required fields
	errors    []fieldError
}

func (d *decoder) fail(path, format string, args ...any) {
	d.errors = append(d.errors, fieldError{Field: path, Detail: fmt.Sprintf(format, args...)})
}

// object returns typed values: string, int64, float64, bool, time.Time in UTC, []any, map[string]any or nil.
func (d *decoder) object(s schema, raw map[string]any, prefix string) map[string]any {
	values := make(map[string]any, len(raw))
	for _, f := range s {
		v, ok := raw[f.name]
		switch {
		case ok:
			values[f.name] = d.value(f, v, prefix+f.name)
		case f.required && !d.typesOnly:
			d.fail(prefix+f.name, "is required")
		}
	}
	if len(values) < len(raw) {
		d.reportUnknown(s, raw, prefix)
	}
	return values
}

func (d *decoder) reportUnknown(s schema, raw map[string]any, prefix string) {
	names := make([]string, 0, 1)
	for name := range raw {
		if s.find(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		d.fail(prefix+name, "is not a known field")
	}
}

func (d *decoder) value(f *field, v any, path string) any {
	if v == nil {
		if !f.nullable {
			d.fail(path, "must not be null")
		}
		return nil
	}
	switch f.typ {
	case stringType:
		if s, ok := v.(string); ok {
			d.stringValue(f, s, path)
			return s
		}
		d.fail(path, "must be a string")
	case intType:
		return d.intValue(f, v, path)
	case numberType:
		return d.numberValue(f, v, path)
	case boolType:
		if b, ok := v.(bool); ok {
			return b
		}
		d.fail(path, "must be a boolean")
	case timeType:
		if s, ok := v.(string); ok {
			if at, err := time.Parse(time.RFC3339, s); err == nil {
				return at.UTC()
			}
		}
		d.fail(path, "must be an RFC 3339 timestamp")
	case listType:
		return d.listValue(f, v, path)
	case objectType:
		return d.objectValue(f, v, path)
	}
	return nil
}

func (d *decoder) stringValue(f *field, s, path string) {
	if d.typesOnly {
		return
	}
	if len(f.enum) > 0 {
		if !slices.Contains(f.enum, s) {
			d.fail(path, "must be one of %s", strings.Join(f.enum, ", "))
		}
		return
	}
	count := utf8.RuneCountInString(s)
	switch {
	case count < f.minLength:
		d.fail(path, "must have at least %d characters", f.minLength)
	case f.maxLength > 0 && count > f.maxLength:
		d.fail(path, "must have at most %d characters", f.maxLength)
	case f.pattern != nil && !f.pattern.MatchString(s):
		d.fail(path, "must match %s", f.pattern)
	}
}

func (d *decoder) intValue(f *field, v any, path string) any {
	literal, ok := v.(json.Number)
	if !ok {
		d.fail(path, "must be an integer")
		return nil
	}
	n, err := strconv.ParseInt(literal.String(), 10, 64)
	if err != nil || f.int32 && (n > math.MaxInt32 || n < math.MinInt32) {
		d.fail(path, "must be an integer")
		return nil
	}
	d.checkRange(f, float64(n), path)
	return n
}

func (d *decoder) numberValue(f *field, v any, path string) any {
	literal, ok := v.(json.Number)
	if !ok {
		d.fail(path, "must be a number")
		return nil
	}
	n, err := literal.Float64()
	if err != nil {
		d.fail(path, "must be a number")
		return nil
	}
	d.checkRange(f, n, path)
	return n
}

func (d *decoder) checkRange(f *field, n float64, path string) {
	switch {
	case d.typesOnly:
	case f.min != nil && n < *f.min:
		d.fail(path, "must be at least %v", *f.min)
	case f.max != nil && n > *f.max:
		d.fail(path, "must be at most %s", strconv.FormatFloat(*f.max, 'f', -1, 64))
	case f.exclusiveMin != nil && n <= *f.exclusiveMin:
		d.fail(path, "must be greater than %v", *f.exclusiveMin)
	}
}

func (d *decoder) listValue(f *field, v any, path string) any {
	raw, ok := v.([]any)
	if !ok {
		d.fail(path, "must be an array")
		return nil
	}
	if !d.typesOnly && f.maxLength > 0 && len(raw) > f.maxLength {
		d.fail(path, "must have at most %d items", f.maxLength)
	}
	values := make([]any, len(raw))
	for i, item := range raw {
		values[i] = d.value(f.items, item, path+"."+strconv.Itoa(i))
	}
	return values
}

func (d *decoder) objectValue(f *field, v any, path string) any {
	raw, ok := v.(map[string]any)
	if !ok {
		d.fail(path, "must be an object")
		return nil
	}
	values := d.object(f.fields, raw, path+".")
	for _, inner := range f.fields {
		if _, ok := values[inner.name]; !ok && inner.hasDefault {
			values[inner.name] = inner.defaultValue
		}
	}
	return values
}
