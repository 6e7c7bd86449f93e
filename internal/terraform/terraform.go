// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package terraform knows the names in the Terraform provider pgbeam, in all of its
// versions, and what they are in this provider. Attributes are the properties in snake
// case. The only one with another form is allowed_cidrs of a project, whose items are
// objects with a range and its label.
package terraform

import (
	"strings"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
)

// Provider is the name of the provider, with which the types of its resources begin.
const Provider = "pgbeam"

// Namespaces are the namespaces in which the provider was published.
var Namespaces = []string{"sferarc", "pgbeam"}

// Kinds maps the types of its resources to kinds of this provider.
var Kinds = map[string]string{ //nolint:gosec // names of types
	"pgbeam_project":              "Project",
	"pgbeam_database":             "Database",
	"pgbeam_replica":              "Replica",
	"pgbeam_custom_domain":        "CustomDomain",
	"pgbeam_cache_rule":           "CacheRule",
	"pgbeam_spend_limit":          "SpendLimit",
	"pgbeam_agent_credential":     "AgentCredential",
	"pgbeam_policy_profile":       "PolicyProfile",
	"pgbeam_webhook_endpoint":     "WebhookEndpoint",
	"pgbeam_self_host_enrollment": "SelfHostEnrollment",
	"pgbeam_honeytoken":           "Honeytoken",
	"pgbeam_anomaly_rule":         "AnomalyRule",
}

// Functions maps the types of its data sources to functions of this provider.
var Functions = map[string]string{
	"pgbeam_custom_domain_verification": "verifyCustomDomain",
}

// Attribute returns the name of a property in Terraform.
func Attribute(property string) string { return convert.SplitWords(property, '_') }

// Property returns the name of an attribute in this provider.
func Property(attribute string) string {
	words := strings.Split(attribute, "_")
	for i, word := range words[1:] {
		if word != "" {
			words[i+1] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return strings.Join(words, "")
}
