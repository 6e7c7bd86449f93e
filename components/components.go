// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package components contains the component resources of the provider. A component
// creates several resources from one set of inputs. It uses the generated Go SDK, as a
// program does, and contains no resource logic of its own.
package components

import "github.com/pulumi/pulumi-go-provider/infer"

// All returns the components of the provider.
func All() []infer.InferredComponent {
	return []infer.InferredComponent{
		serve(&SecureAgentProject{}),
	}
}
