// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package components has a file for each component: resources that belong
// together, created from one set of inputs.
//
// Components only compose resources. They register them with internal/pgbeam, which is
// generated like the Go SDK, but has only what a component can use: no functions and no
// components, which would make the plugin larger, and strings instead of enum types, on which the
// schema inference of pulumi-go-provider does not terminate (no public issue known).
package components

import "github.com/pgbeam/pulumi-pgbeam/internal/kind"

// All returns every component of the provider, in the order of the documentation.
func All() []kind.Component {
	return []kind.Component{
		kind.NewComponent(&SecureAgentProject{}),
		kind.NewComponent(&AgentAccess{}),
		kind.NewComponent(&AgentFleet{}),
		kind.NewComponent(&TenantAccess{}),
		kind.NewComponent(&HumanAccess{}),
		kind.NewComponent(&SafeMigrations{}),
		kind.NewComponent(&Tripwires{}),
		kind.NewComponent(&ReplicatedDatabase{}),
		kind.NewComponent(&SelfHostedGateway{}),
		kind.NewComponent(&RotatingAgentCredential{}),
	}
}

// inheritFrom returns, for the inputs of a component and for the types that only components
// have, the resource or the type that the properties of the same name are passed to.
func inheritFrom(own string) map[string]string {
	return map[string]string{
		"":                          own,
		"AgentPolicy":               "PolicyProfile",
		"DetectedPiiSettings":       "DetectedPii",
		"AgentSettings":             "AgentCredential",
		"AgentFleetAgent":           "AgentCredential",
		"AnomalySettings":           "AnomalyRule",
		"ApprovalSettings":          "ApprovalRule",
		"HumanAccessRole":           "AgentCredential",
		"SafeMigrationsAccess":      "",
		"SafeMigrationsApprovals":   "ApprovalRule",
		"WebhookSettings":           "WebhookEndpoint",
		"DecoySettings":             "Honeytoken",
		"ProjectSettings":           "Project",
		"SelfHostedGatewayProject":  "Project",
		"SelfHostedGatewayRegion":   "SelfHostEnrollment",
		"PrimaryDatabase":           "DatabaseSettings",
		"ReadReplica":               "Replica",
		"CustomDomainSettings":      "CustomDomain",
		"CacheRuleSettings":         "CacheRule",
		"SecureAgentProjectReplica": "Replica",
	}
}
