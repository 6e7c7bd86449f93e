// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package resources implements the resources of the provider, one file for each, and
// lists them. Package lifecycle implements what they have in common.
package resources

import "github.com/pgbeam/pulumi-pgbeam/internal/kind"

// All returns all resources of the provider.
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
		kind.New(OrganizationMember{}),
		kind.NewExaminer(PolicyTest{}),
		kind.NewExaminer(DetectedPii{}),
	}
}
