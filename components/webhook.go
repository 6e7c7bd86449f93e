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

// approvalWebhookDescription describes the webhook of a component whose statements wait for
// approval.
const approvalWebhookDescription = "Endpoint that is notified of statements that wait for approval. " +
	"`eventTypes` defaults to `approval_requested`; an empty list subscribes to all events. If this is not set, there is no endpoint, " +
	"and approvers see the requests in PgBeam's dashboard only."

// forApprovers returns the settings of an endpoint that by default receives only what approvers
// have to know, or nil if there is none.
func (r *WebhookSettings) forApprovers() *WebhookSettings {
	if r == nil {
		return nil
	}
	settings := *r
	if settings.EventTypes == nil {
		settings.EventTypes = pulumi.ToStringArray([]string{"approval_requested"})
	}
	return &settings
}

// newWebhook creates an endpoint and returns its ID, which has no value if there are no settings.
func newWebhook(ctx *pulumi.Context, name string, settings *WebhookSettings, projectID pulumi.StringInput, parent pulumi.ResourceOption) (pulumi.StringPtrOutput, error) {
	if settings == nil {
		return noString(), nil
	}
	webhook, err := pgbeam.NewWebhookEndpoint(ctx, name, settings.resourceArgs(projectID), parent)
	if err != nil {
		return pulumi.StringPtrOutput{}, err
	}
	return webhook.ID().ToStringPtrOutput(), nil
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
