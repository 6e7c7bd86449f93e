// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package resources has a file for each kind of PgBeam object that a program can
// manage, and the list of them. What they have in common is in package lifecycle.
package resources

import "github.com/pgbeam/pulumi-pgbeam/internal/kind"

// All returns every resource of the provider.
func All() []kind.Resource {
	return []kind.Resource{
		kind.New(Project{}),
		kind.New(ProjectDefaultPolicy{}),
		kind.New(Database{}),
		kind.New(Replica{}),
		kind.New(PolicyProfile{}),
		kind.New(AgentCredential{}),
		kind.New(WebhookEndpoint{}),
		kind.New(CustomDomain{}),
		kind.New(CacheRule{}),
		kind.New(SpendLimit{}),
		kind.New(SelfHostEnrollment{}),
		kind.New(Honeytoken{}),
		kind.New(AnomalyRule{}),
		kind.New(ApprovalRule{}),
		kind.New(SchemaAnnotation{}),
	}
}
