// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package properties describes the inputs of a resource in a table, one row per
// property, and derives from the table everything that all resources have in
// common:
//
//	properties.Table{
//		"projectId": properties.String().Required().Replaces(),
//		"name":      properties.String().Length(1, 100).AutoNamed(100),
//		"poolSize":  properties.Integer().Between(1, 500).Default(20),
//		"expiresAt": properties.String().Timestamp(),
//		"password":  properties.String().Required().Secret().WriteOnly(),
//	}
//
// Everything rests on [Property.Same], which reports whether two values have the
// same meaning: 2027-01-01T00:00:00Z and 2027-01-01T01:00:00+01:00 are the same
// expiresAt. On known values it is an equivalence relation. The methods of Table
// are pure functions on top of it, one for each step of a resource's lifecycle:
//
//   - Check validates the inputs of a program; Diff compares them with the previous ones.
//   - PlannedInputs merges the old inputs, the new inputs and the state into the
//     values that the object should have after an update. Removing poolSize from
//     a program resets it to 20; never setting it leaves the live value alone.
//   - PreviewOutputs predicts the outputs of an object before it is created.
//   - RefreshedInputs and ImportInputs derive inputs from a live object.
//   - MarkSecrets and PreserveInputForm turn live values into outputs.
//
// The laws that these functions obey, such as that an unchanged program never
// plans a change, are stated and checked in laws_test.go.
//
// The functions work on property maps instead of Go structs because only a
// property map distinguishes an unknown value from an empty one, and a missing
// property from one that is zero.
package properties
