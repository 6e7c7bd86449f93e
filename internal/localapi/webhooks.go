// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"net/url"
)

var (
	webhookEvents = listField("event_types", stringField("", enum("query_blocked", "budget_exhausted", "kill_switch", "masked",
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

func webhookFormat(options ...fieldOption) *field {
	return stringField("format", append(options, enum("json", "splunk_hec", "datadog", "elastic"))...)
}

func (s *Server) prepareWebhook(_ *call, _, o *object) *problem {
	target, err := url.Parse(o.stringValue("url"))
	switch {
	case err != nil || target.Host == "" || target.Scheme != "https" && target.Scheme != "http":
		return invalidField("url", "must be an absolute http or https URL")
	case target.Scheme != "https" && s.options.Behaviour.HTTPSWebhooksOnly:
		return invalidField("url", "must be an https URL")
	}
	return nil
}

// testWebhook delivers no event. It reports success, or a failure if the host of the URL is below .invalid.
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
