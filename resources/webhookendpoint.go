// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ Controller[WebhookEndpointArgs, WebhookEndpointState]         = (*WebhookEndpoint)(nil)
	_ infer.CustomUpdate[WebhookEndpointArgs, WebhookEndpointState] = (*WebhookEndpoint)(nil)
)

// WebhookEndpoint is an address that gets a project's events.
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

// WebhookEndpointState is the state of a WebhookEndpoint. Its secret is the one
// sent last: empty for none, and nil after an import, when it is not known.
type WebhookEndpointState struct {
	WebhookEndpointArgs
	CreatedAt string `pulumi:"createdAt"`
	UpdatedAt string `pulumi:"updatedAt"`
}

// Annotate describes the resource.
func (r *WebhookEndpoint) Annotate(a infer.Annotator) {
	a.Describe(&r, "An address that gets the audit and anomaly events of a project.")
}

// Annotate describes the inputs.
func (r *WebhookEndpointArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "ID of the project, `prj_…`.")
	a.Describe(&r.URL, "Address that events are sent to, over HTTPS, up to 2048 characters.")
	a.Describe(&r.Secret, "Secret that signs the payloads, up to 256 characters; for `splunk_hec` and `datadog` the token of the destination. "+
		"The API never returns it, so a change made elsewhere is not seen, and after an import it has to be given again before anything else can change.")
	a.Describe(&r.Format, "Shape of the payload.")
	a.Describe(&r.EventTypes, "Kinds of events to send; empty is all of them. The order means nothing.")
	a.Describe(&r.Enabled, "Whether events are sent.")
	a.Describe(&r.Description, "What the endpoint is for, up to 256 characters.")
}

// Annotate describes the outputs.
func (r *WebhookEndpointState) Annotate(a infer.Annotator) {
	a.Describe(&r.CreatedAt, "When the endpoint was created, in RFC 3339.")
	a.Describe(&r.UpdatedAt, "When the endpoint was last changed, in RFC 3339.")
}

// Definition implements Controller.
func (WebhookEndpoint) Definition() Definition {
	return Definition{
		Properties: WebhookEndpointProperties(),
		ImportID:   ImportID{Parents: []Parent{{Property: "projectId", Prefix: "prj_"}}, Prefix: "whk_"},
	}
}

// WebhookEndpointProperties describes the inputs of a WebhookEndpoint.
func WebhookEndpointProperties() properties.Table {
	return properties.Table{
		"projectId": properties.String().Required().Replaces().Length(1, 0).Reference("prj_"),
		"url":       properties.String().Required().Length(1, 2048).HTTPURL(),
		"secret":    properties.String().Length(0, 256).Secret().WriteOnly().Default(""),
		"format":    properties.Enum[WebhookFormat]().Default("json"),
		"eventTypes": properties.List(properties.Enum[WebhookEventType]()).
			ComparedBy(properties.SameSet).Default([]string{}),
		"enabled":     properties.Bool().Default(true),
		"description": properties.String().Length(0, 256).Default(""),
	}
}

// Create implements infer.CustomCreate.
func (WebhookEndpoint) Create(ctx context.Context, req infer.CreateRequest[WebhookEndpointArgs],
) (infer.CreateResponse[WebhookEndpointState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.CreateResponse[WebhookEndpointState]](err)
	}
	created, err := pgbeam.WebhookEndpoints().Create(ctx, req.Inputs.ProjectID,
		webhookEndpointInput(req.Inputs, req.Inputs.Secret))
	if err != nil {
		return failed[infer.CreateResponse[WebhookEndpointState]](err)
	}
	secret := valueOr(req.Inputs.Secret, "")
	return infer.CreateResponse[WebhookEndpointState]{ID: created.ID, Output: webhookEndpointState(created, &secret)}, nil
}

// Read implements infer.CustomRead.
func (WebhookEndpoint) Read(ctx context.Context, req infer.ReadRequest[WebhookEndpointArgs, WebhookEndpointState],
) (infer.ReadResponse[WebhookEndpointArgs, WebhookEndpointState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.ReadResponse[WebhookEndpointArgs, WebhookEndpointState]](err)
	}
	live, err := pgbeam.WebhookEndpoints().Get(ctx, req.State.ProjectID, req.ID)
	if err != nil {
		return failed[infer.ReadResponse[WebhookEndpointArgs, WebhookEndpointState]](err)
	}
	state := webhookEndpointState(live, req.State.Secret)
	return infer.ReadResponse[WebhookEndpointArgs, WebhookEndpointState]{
		ID: live.ID, Inputs: state.WebhookEndpointArgs, State: state,
	}, nil
}

// errSecretUnknown is what an imported endpoint gets that is to be changed. An
// update replaces the whole endpoint, and what becomes of a secret that is left
// out of it nobody says.
var errSecretUnknown = errors.New("secret is not known, because the endpoint was imported and the API does not return it: " +
	"set `secret` to the one in use, or to \"\" if there is none")

// Update implements infer.CustomUpdate. The API replaces the whole endpoint.
func (WebhookEndpoint) Update(ctx context.Context, req infer.UpdateRequest[WebhookEndpointArgs, WebhookEndpointState],
) (infer.UpdateResponse[WebhookEndpointState], error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.UpdateResponse[WebhookEndpointState]](err)
	}
	secret := req.Inputs.Secret
	if secret == nil {
		return failed[infer.UpdateResponse[WebhookEndpointState]](errSecretUnknown)
	}
	sending := secret
	if *secret == "" && changed(req.State.Secret, secret) == nil {
		sending = nil // there is none, and none is wanted
	}
	updated, err := pgbeam.WebhookEndpoints().Update(ctx, req.Inputs.ProjectID, req.ID,
		webhookEndpointInput(req.Inputs, sending))
	if err != nil {
		return failed[infer.UpdateResponse[WebhookEndpointState]](err)
	}
	return infer.UpdateResponse[WebhookEndpointState]{Output: webhookEndpointState(updated, secret)}, nil
}

// Delete implements infer.CustomDelete.
func (WebhookEndpoint) Delete(ctx context.Context, req infer.DeleteRequest[WebhookEndpointState],
) (infer.DeleteResponse, error) {
	pgbeam, err := api(ctx)
	if err != nil {
		return failed[infer.DeleteResponse](err)
	}
	return infer.DeleteResponse{}, pgbeam.WebhookEndpoints().Delete(ctx, req.State.ProjectID, req.ID)
}

func webhookEndpointInput(args WebhookEndpointArgs, secret *string) client.WebhookEndpointInput {
	input := client.WebhookEndpointInput{
		URL:         args.URL,
		Secret:      secret,
		Format:      sent[string](args.Format),
		Enabled:     args.Enabled,
		Description: args.Description,
	}
	if args.EventTypes != nil {
		types := words[string](*args.EventTypes)
		input.EventTypes = &types
	}
	return input
}

func webhookEndpointState(live client.WebhookEndpoint, secret *string) WebhookEndpointState {
	types := words[WebhookEventType](live.EventTypes)
	return WebhookEndpointState{
		WebhookEndpointArgs: WebhookEndpointArgs{
			ProjectID:   live.ProjectID,
			URL:         live.URL,
			Secret:      secret,
			Format:      optional[WebhookFormat](&live.Format, ""),
			EventTypes:  &types,
			Enabled:     &live.Enabled,
			Description: optional[string](live.Description, ""),
		},
		CreatedAt: live.CreatedAt,
		UpdatedAt: live.UpdatedAt,
	}
}
