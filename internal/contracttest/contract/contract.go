// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package contract loads the contract of the PgBeam API for tests.
package contract

import (
	"os"

	"github.com/getkin/kin-openapi/openapi3"
)

// Variable is the environment variable with the path of the contract, an OpenAPI document.
const Variable = "PGBEAM_OPENAPI"

// Load returns the contract, or nil if Variable is not set. Its schemas are closed: they reject undeclared properties.
func Load() (*openapi3.T, error) {
	file := os.Getenv(Variable)
	if file == "" {
		return nil, nil
	}
	doc, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, err
	}
	for _, schema := range doc.Components.Schemas {
		closeSchema(schema)
	}
	for _, item := range doc.Paths.Map() {
		for _, operation := range item.Operations() {
			if operation.RequestBody != nil {
				closeContent(operation.RequestBody.Value.Content)
			}
			for _, response := range operation.Responses.Map() {
				closeContent(response.Value.Content)
			}
		}
	}
	return doc, nil
}

func closeContent(content openapi3.Content) {
	for _, media := range content {
		closeSchema(media.Schema)
	}
}

func closeSchema(ref *openapi3.SchemaRef) {
	if ref == nil || ref.Value == nil || ref.Value.AdditionalProperties.Has != nil {
		return
	}
	schema := ref.Value
	if len(schema.Properties) > 0 {
		schema.AdditionalProperties.Has = new(false)
	}
	for _, property := range schema.Properties {
		closeSchema(property)
	}
	closeSchema(schema.Items)
}
