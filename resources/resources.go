// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package resources has a file for each kind of PgBeam object that a program
// can hold, and, once, the behaviour that all of them share (serve.go).
//
// To add a resource, copy the file of one that is like it, and add it to All.
package resources

// All lists every resource that the plugin serves.
func All() []Served {
	return []Served{
		serve(Project{}),
		serve(ProjectDefaultPolicy{}),
		serve(Database{}),
		serve(Replica{}),
		serve(PolicyProfile{}),
		serve(AgentCredential{}),
		serve(WebhookEndpoint{}),
		serve(CustomDomain{}),
		serve(CacheRule{}),
		serve(SpendLimit{}),
		serve(SelfHostEnrollment{}),
		serve(Honeytoken{}),
		serve(AnomalyRule{}),
		serve(ApprovalRule{}),
	}
}
