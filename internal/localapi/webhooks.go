// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"net/url"
)

var (
	webhookEvents = listField("event_types", stringField("", oneOfStrings("query_blocked", "budget_exhausted", "kill_switch", "masked",
		"migration_flagged", "approval_requested", "anomaly_alert", "canary_tripped", "content_flagged", "audit_checkpoint",
		"webhook.test")))

	webhookInput = schema{
		stringField("url", required, length(1, 2048)),
		stringField("secret", writeOnly, length(0, 256)),
		webhookFormat(defaultsTo("json")),
		webhookEvents,
		boolField("enabled", defaultsTo(true)),
		stringField("description", length(0, 256)),
	}

	webhookOutput = joinSchemas(schema{
		stringField("id", required),
		stringField("project_id", required),
		stringField("url", required),
		webhookFormat(required),
		listField("event_types", webhookEvents.items, defaultsTo(emptyList)),
		boolField("enabled", required),
		stringField("description", defaultsTo("")),
	}, timestamps())
)

func webhookFormat(traits ...fieldOption) *field {
	return stringField("format", append(traits, oneOfStrings("json", "splunk_hec", "datadog", "elastic"))...)
}

func (s *Server) webhookKind() kind {
	return kind{
		name: "webhooks", noun: "webhook endpoint", prefix: "whk_", list: "webhooks", param: "webhook_id",
		input: webhookInput, output: webhookOutput,
		scope: inProject,
		check: s.checkWebhook,
	}
}

func (s *Server) webhookOperations() []*operation {
	const all, one = "/v1/projects/{project_id}/webhooks", "/v1/projects/{project_id}/webhooks/{webhook_id}"
	return []*operation{
		{id: "createWebhookEndpoint", method: http.MethodPost, path: all, body: webhookInput, run: s.createOp(s.webhooks)},
		{id: "listWebhookEndpoints", method: http.MethodGet, path: all, query: pageQuery, run: s.listOp(s.webhooks)},
		{id: "getWebhookEndpoint", method: http.MethodGet, path: one, run: s.getOp(s.webhooks)},
		{id: "updateWebhookEndpoint", method: http.MethodPut, path: one, body: webhookInput, run: s.replaceOp(s.webhooks)},
		{id: "deleteWebhookEndpoint", method: http.MethodDelete, path: one, run: s.deleteOp(s.webhooks)},
		{id: "testWebhookEndpoint", method: http.MethodPost, path: one + "/test", run: s.testWebhook},
	}
}

func (s *Server) checkWebhook(_ *call, _, o *object) *problem {
	o.fields["project_id"] = o.parent
	target, err := url.Parse(o.stringValue("url"))
	switch {
	case err != nil || target.Host == "" || target.Scheme != "https" && target.Scheme != "http":
		return invalidField("url", "must be an absolute http or https URL")
	case target.Scheme != "https" && s.options.Behaviour.HTTPSWebhooksOnly:
		return invalidField("url", "must be an https URL")
	}
	return nil
}

// testWebhook delivers nothing: it answers as if a receiver had accepted the event, or, below .invalid, could not be reached.
func (s *Server) testWebhook(c *call) (response, *problem) {
	o, p := s.lookup(s.webhooks, c)
	if p != nil {
		return response{}, p
	}
	result := struct {
		DeliveryID string `json:"delivery_id"`
		Status     string `json:"status"`
		StatusCode int    `json:"status_code,omitempty"`
		Error      string `json:"error,omitempty"`
	}{DeliveryID: newID("id_", s.options.Now()), Status: "delivered", StatusCode: http.StatusOK}
	if target, err := url.Parse(o.stringValue("url")); err == nil && isUnreachable(target.Hostname()) {
		result.Status, result.StatusCode, result.Error = "failed", 0, "the host name cannot be resolved"
	}
	return jsonResponse(http.StatusAccepted, appendJSON(nil, result)), nil
}
