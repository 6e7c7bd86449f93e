// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions

import (
	"context"

	"github.com/pulumi/pulumi-go-provider/infer"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var _ kind.FunctionController[VerifyCustomDomainArgs, VerifyCustomDomainResult] = VerifyCustomDomain{}

// VerifyCustomDomain makes PgBeam check the DNS records of a custom domain.
type VerifyCustomDomain struct{}

// VerifyCustomDomainArgs are the inputs of VerifyCustomDomain.
type VerifyCustomDomainArgs struct {
	ProjectID string `pulumi:"projectId"`
	DomainID  string `pulumi:"domainId"`
}

// VerifyCustomDomainResult is the result of VerifyCustomDomain.
type VerifyCustomDomainResult struct {
	Verified      bool    `pulumi:"verified"`
	Error         *string `pulumi:"error,optional"`
	VerifiedAt    *string `pulumi:"verifiedAt,optional"`
	TLSCertExpiry *string `pulumi:"tlsCertExpiry,optional"`
}

// Annotate describes the inputs.
func (r *VerifyCustomDomainArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project that the domain belongs to, `prj_…`.")
	a.Describe(&r.DomainID, "The ID of the custom domain, `dom_…`.")
}

// Annotate describes the outputs.
func (r *VerifyCustomDomainResult) Annotate(a infer.Annotator) {
	a.Describe(&r.Verified, "Whether the DNS records are right.")
	a.Describe(&r.Error, "The reason why the domain is not verified. Absent if it is.")
	a.Describe(&r.VerifiedAt, "The time when the domain was verified, in RFC 3339 format. Absent if it is not.")
	a.Describe(&r.TLSCertExpiry, "The time when the TLS certificate of the domain expires, in RFC 3339 format. Absent if there is no certificate.")
}

// Definition implements kind.FunctionController.
func (VerifyCustomDomain) Definition() kind.FunctionDefinition {
	return kind.FunctionDefinition{
		Description: "Makes PgBeam check the DNS records of a custom domain now, and returns whether they are right. " +
			"Records that are missing or wrong are a result, not an error. " +
			"Each call is a request that can change the status of the domain, also in a preview. " +
			"In TypeScript, the IDs can also be passed one by one, as to the function of the former package. " +
			"Requires the Scale or Enterprise plan.",
		Properties: properties.Table{"projectId": properties.ID("prj_"), "domainId": properties.ID("dom_")},
		Acts:       true,
	}
}

// Invoke implements kind.FunctionController.
func (VerifyCustomDomain) Invoke(ctx context.Context, c *client.Client, in VerifyCustomDomainArgs) (VerifyCustomDomainResult, error) {
	live, err := c.CustomDomains().Verify(ctx, in.ProjectID, in.DomainID)
	result := VerifyCustomDomainResult{Verified: live.Verified, Error: live.Error}
	if live.Domain != nil {
		result.VerifiedAt, result.TLSCertExpiry = live.Domain.VerifiedAt, live.Domain.TLSCertExpiry
	}
	return result, err
}
