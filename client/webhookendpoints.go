// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

// WebhookEndpoints returns the webhook endpoints of projects.
func (c *Client) WebhookEndpoints() *Collection[WebhookEndpoint, WebhookEndpointInput, WebhookEndpointInput] {
	return putCollection[WebhookEndpoint, WebhookEndpointInput](c, "projects", "webhooks")
}

// WebhookEndpoint is a URL that receives the events of a project. The API never
// returns its secret.
type WebhookEndpoint struct {
	ProjectObject
	// URL is the https URL that receives the events.
	URL string `json:"url"`
	// Format is the format of the payload: "json", "splunk_hec", "datadog" or "elastic".
	Format string `json:"format" api:"nonempty"`
	// EventTypes are the events to deliver: "query_blocked", "budget_exhausted",
	// "kill_switch", "masked", "migration_flagged", "approval_requested",
	// "anomaly_alert", "canary_tripped", "content_flagged", "audit_checkpoint" or
	// "webhook.test". Nil or empty is all of them.
	EventTypes []string `json:"event_types" api:"optional"`
	// Enabled is false if no events are delivered.
	Enabled bool `json:"enabled"`
	// Description is a label. Nil is none.
	Description *string `json:"description"`
}

// WebhookEndpointInput is the request to create a webhook endpoint, or to replace
// one.
type WebhookEndpointInput struct {
	// URL is an https URL of at most 2048 characters.
	URL string `json:"url"`
	// Secret signs the payloads, or is the token of the destination for the formats
	// "splunk_hec" and "datadog". It has at most 256 characters. Nil is none. The API
	// does not document what happens to the secret if an update omits it.
	Secret *string `json:"secret,omitempty"`
	// Format is a format of WebhookEndpoint. Nil is "json".
	Format *string `json:"format,omitempty"`
	// EventTypes are events of WebhookEndpoint. Nil or empty is all of them.
	EventTypes *[]string `json:"event_types,omitempty"`
	// Enabled is false to stop deliveries. Nil is true.
	Enabled *bool `json:"enabled,omitempty"`
	// Description has at most 256 characters. Nil is none.
	Description *string `json:"description,omitempty"`
}
