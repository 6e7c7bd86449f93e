// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
)

// TestObjectsOfTheAPI compares the types of objects in the overlay compat.ts with the API's contract.
func TestObjectsOfTheAPI(t *testing.T) {
	file := os.Getenv("PGBEAM_OPENAPI")
	if file == "" {
		t.Skip("PGBEAM_OPENAPI is not set: the contract is not available")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	type property struct {
		Type     string `json:"type"`
		Nullable bool   `json:"nullable"`
	}
	var contract struct {
		Components struct {
			Schemas map[string]struct {
				Required   []string            `json:"required"`
				Properties map[string]property `json:"properties"`
			} `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(text, &contract); err != nil {
		t.Fatal(err)
	}
	source, err := overlays.ReadFile("overlays/nodejs/compat.ts")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	field := regexp.MustCompile(`(?m)^    (?:readonly )?(\w+)(\??): *\n?([^;]+);`)
	for _, match := range regexp.MustCompile(`(?s)export interface (\w+) \{\n(.*?)\n\}`).FindAllSubmatch(source, -1) {
		name := strings.TrimSuffix(string(match[1]), "Data")
		if strings.HasSuffix(name, "Args") {
			continue // an argument of a constructor
		}
		compared++
		schema, ok := contract.Components.Schemas[name]
		if !ok {
			t.Errorf("the contract has no %s", name)
		}
		got, want := map[string]string{}, map[string]string{}
		for _, f := range field.FindAllSubmatch(match[2], -1) {
			got[string(f[1])] = string(f[2])
			if strings.Contains(string(f[3]), "| null") {
				got[string(f[1])] += " nullable"
			}
			if plain := map[string]string{"integer": "number", "number": "number", "boolean": "boolean"}[schema.Properties[string(f[1])].Type]; plain != "" && !strings.HasPrefix(string(f[3]), plain) {
				t.Errorf("%s.%s is %s, want %s", name, f[1], f[3], plain)
			}
		}
		for property, p := range schema.Properties {
			if !slices.Contains(schema.Required, property) {
				want[property] = "?"
			} else {
				want[property] = ""
			}
			if p.Nullable {
				want[property] += " nullable"
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s has the fields %v, want %v", name, got, want)
		}
	}
	if compared < 20 {
		t.Errorf("only %d types were compared", compared)
	}
}

// TestGeneratedSDK checks what the documentation says of an SDK that `pulumi package add` generates:
// it has a Provider and no configure, because a schema cannot contain code.
func TestGeneratedSDK(t *testing.T) {
	sdk, err := nodejs.GeneratePackage("pulumi", nestedPackage(t), nil, nil, true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(sdk["index.ts"]), "export const Provider") {
		t.Error("the SDK has no Provider")
	}
	if strings.Contains(string(sdk["index.ts"]), "configure") {
		t.Error("the SDK has configure")
	}
}
