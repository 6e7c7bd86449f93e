// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// WebhookSettings contains the settings of a webhook endpoint.
type WebhookSettings struct {
	URL         pulumi.StringInput      `pulumi:"url"`
	Secret      pulumi.StringPtrInput   `pulumi:"secret,optional"`
	Format      pulumi.StringPtrInput   `pulumi:"format,optional"`
	EventTypes  pulumi.StringArrayInput `pulumi:"eventTypes,optional"`
	Enabled     pulumi.BoolPtrInput     `pulumi:"enabled,optional"`
	Description pulumi.StringPtrInput   `pulumi:"description,optional"`
}

// Annotate describes the settings that differ from WebhookEndpoint.
func (r *WebhookSettings) Annotate(a infer.Annotator) {
	a.Describe(&r, "The settings of a webhook endpoint.")
	a.Describe(&r.URL, "URL that events are sent to, up to 2048 characters. An `http://` URL requires `allowInsecureTransport`.")
}

// webhookProperties describes WebhookSettings.
func webhookProperties() properties.Property {
	return properties.Object[WebhookSettings](resources.WebhookEndpointProperties().Without("projectId"))
}

// resourceArgs returns the inputs of the endpoint.
func (r *WebhookSettings) resourceArgs(projectID pulumi.StringInput) *pgbeam.WebhookEndpointArgs {
	return &pgbeam.WebhookEndpointArgs{
		ProjectId:   projectID,
		Url:         r.URL,
		Secret:      r.Secret,
		Format:      r.Format,
		EventTypes:  r.EventTypes,
		Enabled:     r.Enabled,
		Description: r.Description,
	}
}
