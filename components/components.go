// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package components has a file for each component: resources that belong
// together, created from one set of inputs. Components are written against the
// generated Go SDK, as a program is, and only compose resources.
package components

import "github.com/pgbeam/pulumi-pgbeam/internal/kind"

// All returns every component of the provider.
func All() []kind.Component {
	return []kind.Component{
		kind.NewComponent(&SecureAgentProject{}),
	}
}
