// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import "github.com/pulumi/pulumi/sdk/v3/go/property"

// PreviewOutputs returns the properties of an object that has not been created
// yet: the inputs, the documented default of each omitted property, and unknown
// where the API chooses the value.
func (t Table) PreviewOutputs(inputs property.Map) property.Map {
	for name, prop := range t {
		input := inputs.Get(name)
		switch {
		case prop.kind == objectKind && input.IsMap():
			inputs = inputs.Set(name, property.WithGoValue(input, prop.fields.PreviewOutputs(input.AsMap())))
		case !input.IsNull() || prop.writeOnly:
		case prop.defaultValue != nil && !prop.serverDefault:
			inputs = inputs.Set(name, *prop.defaultValue)
		default:
			inputs = inputs.Set(name, property.New(property.Computed))
		}
	}
	return inputs
}
