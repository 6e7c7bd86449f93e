// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
)

// CustomDomains is the collection of the custom domains of projects. The API cannot
// update a domain. Deleting one revokes its TLS certificate.
type CustomDomains struct{ BaseCollection[CustomDomain] }

// CustomDomains returns the custom domains of projects.
func (c *Client) CustomDomains() *CustomDomains {
	return &CustomDomains{BaseCollection[CustomDomain]{collection{client: c, parent: "projects", name: "domains", listOnly: true}}}
}

// Create adds a domain, a host name of at most 253 characters, to a project and
// returns it.
func (c *CustomDomains) Create(ctx context.Context, projectID, domain string) (CustomDomain, error) {
	var result CustomDomain
	err := c.create(ctx, &result, projectID, createDomainRequest{domain})
	return result, err
}

type createDomainRequest struct {
	Domain string `json:"domain"`
}

// Verify makes the API check the DNS records of a domain now. It returns no error if
// they are not ready: see Verified in the response.
func (c *CustomDomains) Verify(ctx context.Context, projectID, id string) (VerifyCustomDomainResponse, error) {
	return call[VerifyCustomDomainResponse](ctx, c.client, http.MethodPost, nil, c.segments(projectID, id, "verify")...)
}

// CustomDomain is a host name of the customer for the proxy of a project.
type CustomDomain struct {
	ProjectObject
	// Domain is the host name.
	Domain string `json:"domain"`
	// Verified is true once the API has found the DNS records.
	Verified bool `json:"verified"`
	// VerifiedAt is the time of the verification. Nil if it is pending.
	VerifiedAt *string `json:"verified_at"`
	// TLSCertExpiry is the time when the TLS certificate expires. Nil if there is none.
	TLSCertExpiry *string `json:"tls_cert_expiry"`
	// DNSVerificationToken is the value of the TXT record. The API assigns it.
	DNSVerificationToken string `json:"dns_verification_token"`
	// DNSInstructions are the DNS records to create. Nil if the API omits them.
	DNSInstructions *DNSInstructions `json:"dns_instructions"`
}

// DNSInstructions are the DNS records that a custom domain needs. PgBeam computes
// them. A nil field is not needed or not known yet.
type DNSInstructions struct {
	// CNAMEHost is the host of the CNAME record that directs traffic to the proxy.
	CNAMEHost *string `json:"cname_host"`
	// CNAMETarget is the target of that record.
	CNAMETarget *string `json:"cname_target"`
	// TXTHost is the host of the TXT record that proves the ownership of the domain.
	TXTHost *string `json:"txt_host"`
	// TXTValue is the value of that record.
	TXTValue *string `json:"txt_value"`
	// ACMECNAMEHost is the host of the CNAME record for issuing TLS certificates.
	ACMECNAMEHost *string `json:"acme_cname_host"`
	// ACMECNAMETarget is the target of that record.
	ACMECNAMETarget *string `json:"acme_cname_target"`
}

// VerifyCustomDomainResponse is the result of a verification.
type VerifyCustomDomainResponse struct {
	// Verified is false if the DNS records are missing or wrong.
	Verified bool `json:"verified"`
	// Error is the reason why the domain is not verified. Nil if there is none.
	Error *string `json:"error"`
	// Domain is the domain after the verification. Nil if the API omits it.
	Domain *CustomDomain `json:"domain"`
}

func (r VerifyCustomDomainResponse) identity() identity {
	if r.Domain == nil {
		return identity{}
	}
	return r.Domain.identity().in("domain")
}
