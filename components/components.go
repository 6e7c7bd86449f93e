// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package components has a file for each component: resources that belong
// together, made with one set of inputs. Components are written against the Go
// SDK of this package, as a program is, and only compose what resources do.
package components

import "github.com/pulumi/pulumi-go-provider/infer"

// All lists every component that the plugin serves.
func All() []infer.InferredComponent {
	return []infer.InferredComponent{
		serve(&SecureAgentProject{}),
	}
}
