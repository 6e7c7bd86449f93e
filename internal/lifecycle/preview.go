// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// previewCreate returns the outputs of an object that an update will create: the
// inputs, the API's defaults, and unknown values for the rest.
func (r *Resource) previewCreate(inputs property.Map) property.Map {
	outputs := r.Properties.PreviewOutputs(inputs)
	for name := range r.spec().Properties {
		if _, input := r.Properties[name]; !input {
			outputs = outputs.Set(name, property.New(property.Computed))
		}
	}
	return r.outputs(r.previewSchedule(outputs, inputs, property.Map{}, true), inputs)
}

// previewUpdate returns the outputs of an object that an update will change: those
// of the state with the new inputs, and unknown values for what the change affects.
func (r *Resource) previewUpdate(olds, news, state, planned property.Map) property.Map {
	outputs := state
	for name, value := range planned.All {
		outputs = outputs.Set(name, value)
	}
	changed := r.Properties.ChangedOutputs(olds, news)
	if r.planRotation(olds, news, planned, state) != noRotation {
		changed = append(changed, r.Properties.AffectedBy(rotationTriggers)...)
	}
	rotates := slices.ContainsFunc(changed, func(name string) bool { return slices.Contains(r.oneTimeSecrets(), name) })
	if _, ok := r.spec().Properties["updatedAt"]; ok {
		changed = append(changed, "updatedAt")
	}
	for _, name := range changed {
		outputs = outputs.Set(name, property.New(property.Computed))
	}
	return r.outputs(r.previewSchedule(outputs, planned, state, rotates), news)
}
