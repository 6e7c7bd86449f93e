// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"

	"github.com/pgbeam/pulumi-pgbeam/functions"
)

// functionData describes a function.
type functionData struct {
	Name, Summary, Description string
	Inputs, Outputs            []propertyData
	// Folder is the folder of the example under examples/yaml, and Example the calls of its
	// program.
	Folder, Example string
}

// describeFunctions describes the functions of a schema in the order of their list.
func describeFunctions(spec schema.PackageSpec, examples string, page typePage) ([]functionData, error) {
	var described []functionData
	for _, f := range functions.All() {
		function, ok := spec.Functions[token(spec, f.Name())]
		if !ok {
			return nil, fmt.Errorf("the schema does not contain %s", f.Name())
		}
		description, _, _ := strings.Cut(function.Description, "{{% examples %}}")
		if function.Inputs == nil { // it takes none
			function.Inputs = &schema.ObjectTypeSpec{}
		}
		data := functionData{
			Name: f.Name(), Description: strings.TrimSpace(description), Summary: firstSentence(strings.TrimSpace(description)),
			Inputs: describeProperties(function.Inputs.Properties, function.Inputs.Required, false, page),
			Folder: kebabCase(f.Name()),
		}
		outputs := function.ReturnType.ObjectTypeSpec // where reading a schema leaves them
		data.Outputs = describeProperties(outputs.Properties, nil, false, page)
		for i, output := range data.Outputs {
			if !slices.Contains(outputs.Required, output.Name) {
				data.Outputs[i].Type += ", optional"
			}
		}
		var err error
		if data.Example, err = exampleSection(filepath.Join(examples, data.Folder, "Pulumi.yaml"), "variables"); err != nil {
			return nil, err
		}
		described = append(described, data)
	}
	return described, nil
}
