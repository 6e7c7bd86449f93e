// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// schemaObject is a schema of an OpenAPI document.
type schemaObject struct {
	Ref        string                  `json:"$ref"`
	Type       string                  `json:"type"`
	Required   []string                `json:"required"`
	Properties map[string]schemaObject `json:"properties"`
	Items      *schemaObject           `json:"items"`
	Enum       []string                `json:"enum"`
	MinLength  int                     `json:"minLength"`
}

// openAPI is an OpenAPI document.
type openAPI struct {
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Schemas map[string]schemaObject `json:"schemas"`
	} `json:"components"`
}

// operationObject is an operation of an OpenAPI document.
type operationObject struct {
	OperationID string `json:"operationId"`
	Responses   map[string]struct {
		Content map[string]struct {
			Schema schemaObject `json:"schema"`
		} `json:"content"`
	} `json:"responses"`
}

func (d openAPI) resolve(s schemaObject) schemaObject {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return d.resolve(d.Components.Schemas[name])
	}
	return s
}

// TestContract compares each operation with the API contract: its path, the status of
// a success, and the fields of the response with their types.
func TestContract(t *testing.T) {
	t.Parallel()
	file := os.Getenv("PGBEAM_OPENAPI")
	if file == "" {
		t.Skip("PGBEAM_OPENAPI is not set to the path of the API contract")
	}
	text, err := os.ReadFile(file) //nolint:gosec // the contract
	require.NoError(t, err)
	var contract openAPI
	require.NoError(t, json.Unmarshal(text, &contract))
	for _, op := range operations() {
		if !op.contracted {
			continue
		}
		path, _, _ := strings.Cut(op.path, "?")
		found := false
		for template, methods := range contract.Paths {
			if !matches(template, path) {
				continue
			}
			text, ok := methods[strings.ToLower(op.method)]
			if !ok {
				continue
			}
			found = true
			var operation operationObject
			require.NoError(t, json.Unmarshal(text, &operation))
			for status, response := range operation.Responses {
				if status[0] != '2' {
					continue
				}
				assert.Equal(t, fmt.Sprint(op.successStatus), status, operation.OperationID)
				if op.response == nil {
					assert.Empty(t, response.Content, operation.OperationID)
					continue
				}
				contract.compare(t, op.response, response.Content["application/json"].Schema, operation.OperationID)
			}
		}
		assert.True(t, found, "%s: the contract has no %s %s", op.name, op.method, path)
	}
}

// matches reports whether a path matches the template of an OpenAPI document.
func matches(template, path string) bool {
	return slices.EqualFunc(strings.Split(path, "/"), strings.Split(template, "/"), func(segment, pattern string) bool {
		return segment == pattern || strings.HasPrefix(pattern, "{") && strings.HasSuffix(pattern, "}")
	})
}

// compare compares a type with a schema at every depth.
func (d openAPI) compare(t *testing.T, typ reflect.Type, s schemaObject, path string) {
	t.Helper()
	s = d.resolve(s)
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	kinds := map[reflect.Kind]string{
		reflect.Struct: "object", reflect.Slice: "array", reflect.String: "string", reflect.Bool: "boolean",
		reflect.Int: "integer", reflect.Int64: "integer", reflect.Float64: "number",
	}
	if !assert.Equal(t, s.Type, kinds[typ.Kind()], path) {
		return
	}
	if typ.Kind() == reflect.Slice {
		d.compare(t, typ.Elem(), *s.Items, path+"[]")
	}
	if typ.Kind() != reflect.Struct {
		return
	}
	var actual, expected []string
	for name := range s.Properties {
		expected = append(expected, name)
	}
	for _, rule := range rulesOf(typ) {
		actual = append(actual, rule.name)
		property := d.resolve(s.Properties[rule.name])
		fieldPath := path + "." + rule.name
		required := slices.Contains(s.Required, rule.name)
		assert.Equal(t, required, !rule.optional, "%s: required", fieldPath)
		isID := rule.name == "id" || rule.name == "query_hash" || strings.HasSuffix(rule.name, "_id")
		isSecret := slices.Contains([]string{"connection_string", "mcp_url", "mcp_token", "token"}, rule.name)
		nonempty := required && property.Type == "string" && (isID || isSecret || len(property.Enum) > 0 || property.MinLength > 0)
		assert.Equal(t, nonempty, rule.nonempty, "%s: not empty", fieldPath)
		if _, ok := s.Properties[rule.name]; ok {
			d.compare(t, typ.FieldByIndex(rule.index).Type, property, fieldPath)
		}
	}
	assert.ElementsMatch(t, expected, actual, path)
}
