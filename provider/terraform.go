// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"github.com/pgbeam/pulumi-pgbeam/internal/terraform"
)

// withTerraformMapping tells `pulumi convert --from terraform` which resources and
// properties those of the Terraform provider pgbeam become.
//
// No public issue known. Without it, get-mapping fails with "method GetMapping not
// implemented".
// Remove when p.Provider has these methods.
type withTerraformMapping struct {
	pulumirpc.ResourceProviderServer
}

// GetMappings implements pulumirpc.ResourceProviderServer.
func (withTerraformMapping) GetMappings(_ context.Context, req *pulumirpc.GetMappingsRequest) (*pulumirpc.GetMappingsResponse, error) {
	if !isTerraform(req.GetKey()) {
		return &pulumirpc.GetMappingsResponse{}, nil
	}
	return &pulumirpc.GetMappingsResponse{Providers: []string{terraform.Provider}}, nil
}

// GetMapping implements pulumirpc.ResourceProviderServer. The response is empty if there is
// no mapping.
func (s withTerraformMapping) GetMapping(ctx context.Context, req *pulumirpc.GetMappingRequest) (*pulumirpc.GetMappingResponse, error) {
	if source := req.GetProvider(); !isTerraform(req.GetKey()) || source != "" && source != terraform.Provider {
		return &pulumirpc.GetMappingResponse{}, nil
	}
	resp, err := s.GetSchema(ctx, &pulumirpc.GetSchemaRequest{})
	if err != nil {
		return nil, err
	}
	var spec mappingSource
	if err := json.Unmarshal([]byte(resp.GetSchema()), &spec); err != nil {
		return nil, err
	}
	data, err := json.Marshal(spec.terraformMapping())
	return &pulumirpc.GetMappingResponse{Provider: terraform.Provider, Data: data}, err
}

// isTerraform reports whether a key of a mapping is that of Terraform. Older converters
// use the short one.
func isTerraform(key string) bool { return key == "terraform" || key == "tf" }

// mappingSource is the part of the schema of this package that a mapping needs. Decoding
// all of it would add much code to the plugin.
type mappingSource struct {
	Provider  mappingObject
	Resources map[string]mappingObject
	Functions map[string]struct{ Inputs, Outputs mappingObject }
	Types     map[string]mappingObject
}

type mappingObject struct {
	mappingType     // of an enum
	InputProperties map[string]mappingType
	RequiredInputs  []string
	Properties      map[string]mappingType
	Required        []string
}

type mappingType struct {
	Type                 string
	Ref                  string `json:"$ref"`
	Secret               bool
	Items                *mappingType
	AdditionalProperties *mappingType
}

// object is an object of JSON.
type object = map[string]any

// terraformMapping returns the description of a bridged provider that pulumi-terraform-bridge
// defines, of a Terraform provider whose attributes are the properties of this package in
// snake case.
func (s mappingSource) terraformMapping() object {
	const prefix = Name + ":index:"
	attributes, names := s.attributes(s.Provider.InputProperties, nil, s.Provider.RequiredInputs)
	shim := object{"schema": attributes}
	mapping := object{"provider": shim, "name": Name, "version": Version, "config": names}
	resources, shims := object{}, object{}
	for name, kind := range terraform.Kinds {
		spec := s.Resources[prefix+kind]
		attributes, names := s.attributes(spec.InputProperties, spec.Properties, spec.RequiredInputs)
		if kind == "Project" {
			// Terraform has the label of a range with the range, and not in a map.
			ranges := object{"cidr": object{"type": mappingTypes["string"], "required": true}, "label": object{"type": mappingTypes["string"], "optional": true}}
			attributes["allowed_cidrs"] = object{"type": mappingTypes["array"], "optional": true, "element": object{"resource": ranges}}
			delete(attributes, "cidr_labels")
		}
		resources[name], shims[name] = object{"tok": prefix + kind, "fields": names, "idFields": nil}, attributes
	}
	mapping["resources"], shim["resources"] = resources, shims
	functions, shims := object{}, object{}
	for name, function := range terraform.Functions {
		spec := s.Functions[prefix+function]
		attributes, names := s.attributes(spec.Inputs.Properties, spec.Outputs.Properties, spec.Inputs.Required)
		functions[name], shims[name] = object{"tok": prefix + function, "fields": names}, attributes
	}
	mapping["dataSources"], shim["dataSources"] = functions, shims
	return mapping
}

// mappingTypes are the types of Terraform in a mapping, by those of a schema. An object
// is a map whose elements are resources.
var mappingTypes = map[string]int{"boolean": 1, "integer": 2, "number": 3, "string": 4, "array": 5, "object": 6}

// attributes returns the attributes of inputs and outputs by their names in Terraform, and
// the names of properties that a converter would not derive from those: it makes the names
// of lists plurals.
func (s mappingSource) attributes(inputs, outputs map[string]mappingType, required []string) (attributes, names object) {
	attributes, names = object{}, object{}
	add := func(name string, property mappingType, flag string) {
		element, info := s.element(property)
		attribute := object{"type": mappingTypes[s.typeOf(property)], flag: true}
		if element != nil {
			attribute["element"] = element
		}
		if property.Secret {
			attribute["sensitive"] = true
		}
		if s.typeOf(property) == "array" {
			info["name"] = name
		}
		if len(info) > 0 {
			names[terraform.Attribute(name)] = info
		}
		attributes[terraform.Attribute(name)] = attribute
	}
	for name, property := range outputs {
		add(name, property, "computed")
	}
	for name, property := range inputs {
		flag := "optional"
		if slices.Contains(required, name) {
			flag = "required"
		}
		add(name, property, flag)
	}
	return attributes, names
}

// typeOf returns the type of a property in the schema.
func (s mappingSource) typeOf(property mappingType) string {
	if named, ok := s.named(property); ok {
		return named.Type
	}
	return property.Type
}

func (s mappingSource) named(property mappingType) (mappingObject, bool) {
	named, ok := s.Types[strings.TrimPrefix(property.Ref, "#/types/")]
	return named, ok
}

// element returns the description of the elements of a property, and the names that a
// converter would not derive.
func (s mappingSource) element(property mappingType) (element, info object) {
	info = object{}
	if named, ok := s.named(property); ok && named.Type == "object" {
		attributes, names := s.attributes(named.Properties, nil, named.Required)
		if len(names) > 0 {
			info["fields"] = names
		}
		return object{"resource": attributes}, info
	}
	item := property.Items
	if item == nil {
		item = property.AdditionalProperties
	}
	if item == nil {
		return nil, info
	}
	if element, itemInfo := s.element(*item); element != nil {
		if len(itemInfo) > 0 {
			info["element"] = itemInfo
		}
		return element, info
	}
	return object{"schema": object{"type": mappingTypes[s.typeOf(*item)]}}, info
}
