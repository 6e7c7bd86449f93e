// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Create creates the object, or previews the creation.
func (r *Resource) Create(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
	if req.DryRun {
		return p.CreateResponse{Properties: r.previewCreate(req.Properties)}, nil
	}
	op := operation{verb: "creating", kind: r.Kind(), name: req.Urn.Name(), urn: req.Urn}
	op.secrets = properties.SecretStrings(req.Properties)
	owns, _ := r.env.Claims.ResourcesOf(r.settingKey("", req.Properties), req.Urn)
	ctx, err := r.withCall(ctx, kind.Call{OwnsSetting: r.isSingleton() && owns})
	if err != nil {
		return p.CreateResponse{}, op.explain(err)
	}
	now := r.now()
	resp, err := r.InferredResource.Create(ctx, req)
	if err != nil {
		r.env.Claims.Fail(req.Urn)
	}
	if err != nil && resp.PartialState == nil {
		return p.CreateResponse{}, op.explain(r.withConflict(op, req.Properties, err))
	}
	r.claimApply(req.Urn, resp.ID, req.Properties, true)
	resp.Properties = r.withSchedule(resp.Properties, req.Properties, property.Map{}, now)
	resp.Properties, resp.PartialState, err = r.complete(op, resp.Properties, req.Properties, property.Map{}, resp.PartialState, err)
	return resp, err
}

// exists reports whether an object exists that an earlier create returned.
func (r *Resource) exists(ctx context.Context, urn resource.URN, id string, inputs property.Map) (bool, error) {
	read, err := r.InferredResource.Read(ctx, p.ReadRequest{ID: r.ImportID.OwnID(id), Urn: urn, Properties: r.decodable(inputs)})
	if client.IsNotFound(err) {
		return false, nil
	}
	return read.ID != "", err
}
