// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"cmp"
	"context"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// aliasing writes out the aliases of components as URNs. Programs give mostly a
// name or a parent, and pulumi-go-provider passes on nothing but URNs, so that a
// component that was renamed would be made anew.
type aliasing struct {
	pulumirpc.ResourceProviderServer
}

// Construct implements pulumirpc.ResourceProviderServer.
func (s aliasing) Construct(ctx context.Context, req *pulumirpc.ConstructRequest) (*pulumirpc.ConstructResponse, error) {
	for _, alias := range req.GetAliases() {
		if spec := alias.GetSpec(); spec != nil {
			alias.Alias = &pulumirpc.Alias_Urn{Urn: string(aliasURN(req, spec))}
		}
	}
	return s.ResourceProviderServer.Construct(ctx, req)
}

// aliasURN is what an alias stands for: what it leaves out is as it is now.
func aliasURN(req *pulumirpc.ConstructRequest, spec *pulumirpc.Alias_Spec) urn.URN {
	parent := urn.URN(cmp.Or(spec.GetParentUrn(), req.GetParent()))
	var parentType tokens.Type
	if parent != "" && !spec.GetNoParent() {
		parentType = parent.QualifiedType()
	}
	return urn.New(
		tokens.QName(cmp.Or(spec.GetStack(), req.GetStack())),
		tokens.PackageName(cmp.Or(spec.GetProject(), req.GetProject())),
		parentType, // that of the stack itself is left out of URNs
		tokens.Type(cmp.Or(spec.GetType(), req.GetType())),
		cmp.Or(spec.GetName(), req.GetName()),
	)
}
