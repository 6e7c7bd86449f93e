// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"errors"
	"iter"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[WebhookEndpointArgs, WebhookEndpointState] = WebhookEndpoint{}
	_ kind.Updater[WebhookEndpointArgs, WebhookEndpointState]    = WebhookEndpoint{}
	_ kind.Lister[WebhookEndpointArgs]                           = WebhookEndpoint{}
)

// WebhookEndpoint is an endpoint that receives the events of a project.
type WebhookEndpoint struct{}

// WebhookEndpointArgs are the inputs of a WebhookEndpoint.
type WebhookEndpointArgs struct {
	ProjectID   string              `pulumi:"projectId"`
	URL         string              `pulumi:"url"`
	Secret      *string             `pulumi:"secret,optional" provider:"secret"`
	Format      *WebhookFormat      `pulumi:"format,optional"`
	EventTypes  *[]WebhookEventType `pulumi:"eventTypes,optional"`
	Enabled     *bool               `pulumi:"enabled,optional"`
	Description *string             `pulumi:"description,optional"`
}

// WebhookEndpointState is the state of a WebhookEndpoint. Its secret is the one that
// was last sent: empty if there is none, and nil if it is not known after an import.
type WebhookEndpointState struct {
	WebhookEndpointArgs
	CreatedAt string `pulumi:"createdAt"`
	UpdatedAt string `pulumi:"updatedAt"`
}

// Annotate describes the inputs.
func (r *WebhookEndpointArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project whose events are sent, `prj_…`.")
	a.Describe(&r.URL, "The HTTPS URL that events are sent to, up to 2048 characters.")
	a.Describe(&r.Secret, "The secret that signs the payloads, up to 256 characters. "+
		"For the formats `splunk_hec` and `datadog`, it is the token of the destination. "+
		"The API never returns it, so a change outside of Pulumi is not detected, and it must be set again after an import before any other update.")
	a.Describe(&r.Format, "The format of the payloads.")
	a.Describe(&r.EventTypes, "The types of events to send, in any order. If empty, all types are sent.")
	a.Describe(&r.Enabled, "Whether events are sent.")
	a.Describe(&r.Description, "The description of the endpoint, up to 256 characters.")
}

// Annotate describes the outputs.
func (r *WebhookEndpointState) Annotate(a infer.Annotator) {
	a.Describe(&r.CreatedAt, "The time when the endpoint was created, in RFC 3339 format.")
	a.Describe(&r.UpdatedAt, "The time when the endpoint was last updated, in RFC 3339 format.")
}

// Definition implements kind.Controller.
func (WebhookEndpoint) Definition() kind.Definition {
	return kind.Definition{
		Description: "An HTTPS endpoint that receives the audit and anomaly events of a project.",
		Properties:  WebhookEndpointProperties(),
		ImportID:    kind.InProject("whk_"),
	}
}

// WebhookEndpointProperties describes the inputs of a WebhookEndpoint.
func WebhookEndpointProperties() properties.Table {
	return properties.Table{
		"projectId": properties.ID("prj_").Replaces(),
		"url":       properties.String().Required().Length(1, 2048).HTTPURL(),
		"secret":    properties.String().Length(0, 256).Secret().WriteOnly().Default(""),
		"format":    properties.Enum[WebhookFormat]().Default("json"),
		"eventTypes": properties.List(properties.Enum[WebhookEventType]()).
			ComparedBy(properties.SameSet).Default([]string{}),
		"enabled":     properties.Bool().Default(true),
		"description": properties.String().Length(0, 256).Default(""),
	}
}

// Create implements kind.Controller.
func (WebhookEndpoint) Create(ctx context.Context, c *client.Client, in WebhookEndpointArgs) (id string, state WebhookEndpointState, err error) {
	created, err := c.WebhookEndpoints().Create(ctx, in.ProjectID, webhookEndpointInput(in, in.Secret))
	secret := convert.ValueOr(in.Secret, "")
	return created.ID, webhookEndpointState(created, &secret), err
}

// Read implements kind.Controller.
func (WebhookEndpoint) Read(ctx context.Context, c *client.Client, id string, state WebhookEndpointState) (WebhookEndpointState, error) {
	live, err := c.WebhookEndpoints().Get(ctx, state.ProjectID, id)
	return webhookEndpointState(live, state.Secret), err
}

// errSecretUnknown is the error of an update after an import. The API replaces the
// whole endpoint, and does not document what happens to an omitted secret.
var errSecretUnknown = errors.New("the secret is not known, because the endpoint was imported and the API does not return secrets: " +
	"set `secret` to the secret that is in use, or to \"\" if there is none")

// Update implements kind.Updater. The API replaces the whole endpoint.
func (WebhookEndpoint) Update(ctx context.Context, c *client.Client, id string, state WebhookEndpointState, in WebhookEndpointArgs,
) (WebhookEndpointState, error) {
	if in.Secret == nil {
		return state, errSecretUnknown
	}
	secret := in.Secret
	if *secret == "" && convert.Changed(state.Secret, secret) == nil {
		secret = nil // there is no secret to clear
	}
	updated, err := c.WebhookEndpoints().Update(ctx, in.ProjectID, id, webhookEndpointInput(in, secret))
	return webhookEndpointState(updated, in.Secret), err
}

// Delete implements kind.Controller.
func (WebhookEndpoint) Delete(ctx context.Context, c *client.Client, id string, state WebhookEndpointState) error {
	return c.WebhookEndpoints().Delete(ctx, state.ProjectID, id)
}

// List implements kind.Lister.
func (WebhookEndpoint) List(ctx context.Context, c *client.Client, in WebhookEndpointArgs) iter.Seq2[kind.Object[any], error] {
	return kind.Objects(c.WebhookEndpoints().List(ctx, in.ProjectID), func(live client.WebhookEndpoint) (id string, state any, ok bool) {
		return live.ID, webhookEndpointState(live, nil), true
	})
}

func webhookEndpointInput(in WebhookEndpointArgs, secret *string) client.WebhookEndpointInput {
	return client.WebhookEndpointInput{
		URL:         in.URL,
		Secret:      secret,
		Format:      convert.String[string](in.Format),
		EventTypes:  convert.StringList[string](in.EventTypes),
		Enabled:     in.Enabled,
		Description: in.Description,
	}
}

func webhookEndpointState(live client.WebhookEndpoint, secret *string) WebhookEndpointState {
	types := convert.Strings[WebhookEventType](live.EventTypes)
	return WebhookEndpointState{
		WebhookEndpointArgs: WebhookEndpointArgs{
			ProjectID:   live.ProjectID,
			URL:         live.URL,
			Secret:      secret,
			Format:      convert.StringOr[WebhookFormat](&live.Format, ""),
			EventTypes:  &types,
			Enabled:     &live.Enabled,
			Description: convert.StringOr[string](live.Description, ""),
		},
		CreatedAt: live.CreatedAt,
		UpdatedAt: live.UpdatedAt,
	}
}
