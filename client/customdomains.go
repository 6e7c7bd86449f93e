// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"iter"
	"net/http"
)

// CustomDomains is the service for custom domains.
type CustomDomains struct{ c *Client }

// CustomDomains returns the service for custom domains.
func (c *Client) CustomDomains() CustomDomains { return CustomDomains{c} }

// CustomDomain is a domain of one's own for a project's proxy.
type CustomDomain struct {
	ID                   string           `json:"id" api:"nonempty"`
	ProjectID            string           `json:"project_id" api:"nonempty"`
	Domain               string           `json:"domain"`
	Verified             bool             `json:"verified"`
	VerifiedAt           *string          `json:"verified_at"`
	TLSCertExpiry        *string          `json:"tls_cert_expiry"`
	DNSVerificationToken string           `json:"dns_verification_token"`
	DNSInstructions      *DNSInstructions `json:"dns_instructions"`
	CreatedAt            string           `json:"created_at"`
	UpdatedAt            string           `json:"updated_at"`
}

// DNSInstructions are the records that a domain needs.
type DNSInstructions struct {
	CNAMEHost       *string `json:"cname_host"`
	CNAMETarget     *string `json:"cname_target"`
	TXTHost         *string `json:"txt_host"`
	TXTValue        *string `json:"txt_value"`
	ACMECNAMEHost   *string `json:"acme_cname_host"`
	ACMECNAMETarget *string `json:"acme_cname_target"`
}

// VerifyCustomDomainResponse is what came of a verification. That DNS is not
// ready is no error of the call: read Verified.
type VerifyCustomDomainResponse struct {
	Verified bool          `json:"verified"`
	Error    *string       `json:"error"`
	Domain   *CustomDomain `json:"domain"`
}

// Create adds a domain to a project.
func (s CustomDomains) Create(ctx context.Context, projectID, domain string) (CustomDomain, error) {
	body := struct {
		Domain string `json:"domain"`
	}{domain}
	return create[CustomDomain](ctx, s.c, body, "projects", projectID, "domains")
}

// Get finds a domain on the list of its project: the API has no read by ID.
func (s CustomDomains) Get(ctx context.Context, projectID, id string) (CustomDomain, error) {
	return find[customDomainPage](ctx, s.c, "projects", projectID, "domains", id)
}

// Verify asks the API to look the domain's records up now.
func (s CustomDomains) Verify(ctx context.Context, projectID, id string) (VerifyCustomDomainResponse, error) {
	return send[VerifyCustomDomainResponse](ctx, s.c, http.MethodPost, nil, "projects", projectID, "domains", id, "verify")
}

// Delete removes a domain from a project, and ends its certificate.
func (s CustomDomains) Delete(ctx context.Context, projectID, id string) error {
	return remove(ctx, s.c, "projects", projectID, "domains", id)
}

type customDomainPage struct {
	paged
	Items []CustomDomain `json:"domains"`
}

func (p customDomainPage) items() []CustomDomain { return p.Items }

// List returns the domains of a project.
func (s CustomDomains) List(ctx context.Context, projectID string) iter.Seq2[CustomDomain, error] {
	return list[customDomainPage](ctx, s.c, nil, "projects", projectID, "domains")
}
