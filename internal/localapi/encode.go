// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
	"time"
)

// encoder encodes typed values as JSON, in the order of their schema.
type encoder struct {
	millis       bool
	omitDefaults bool
}

func (e encoder) object(dst []byte, s schema, values map[string]any) []byte {
	dst = append(dst, '{')
	first := true
	for _, f := range s {
		v, ok := values[f.name]
		if !ok || e.omits(f, v) {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = append(dst, '"')
		dst = append(dst, f.name...)
		dst = append(dst, '"', ':')
		dst = e.value(dst, f, v)
	}
	return append(dst, '}')
}

func (e encoder) omits(f *field, v any) bool {
	return e.omitDefaults && !f.required && f.hasDefault && reflect.DeepEqual(v, f.defaultValue)
}

func (e encoder) value(dst []byte, f *field, v any) []byte {
	switch v := v.(type) {
	case string:
		return appendString(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case bool:
		return strconv.AppendBool(dst, v)
	case time.Time:
		dst = append(dst, '"')
		dst = v.AppendFormat(dst, e.layout())
		return append(dst, '"')
	case []any:
		dst = append(dst, '[')
		for i, item := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = e.value(dst, f.items, item)
		}
		return append(dst, ']')
	case map[string]any:
		return e.object(dst, f.fields, v)
	case float64:
		return appendJSON(dst, v)
	}
	return append(dst, "null"...)
}

// layout keeps the fraction of a second that a client sent.
func (e encoder) layout() string {
	if e.millis {
		return "2006-01-02T15:04:05.000Z07:00"
	}
	return time.RFC3339Nano
}

// appendString appends a JSON string. Most strings are plain ASCII and need no escaping.
func appendString(dst []byte, s string) []byte {
	for i := range len(s) {
		if b := s[i]; b < ' ' || b > '~' || b == '"' || b == '\\' {
			return appendJSON(dst, s)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// appendJSON appends the JSON encoding of v, without HTML escapes. It panics if v cannot be encoded.
func appendJSON(dst []byte, v any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		panic("localapi: encode a response: " + err.Error())
	}
	return append(dst, bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))...)
}
