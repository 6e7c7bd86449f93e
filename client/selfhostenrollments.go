// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"iter"
	"net/http"
)

// SelfHostEnrollments is the service for self-host enrollments.
type SelfHostEnrollments struct{ c *Client }

// SelfHostEnrollments returns the service for self-host enrollments.
func (c *Client) SelfHostEnrollments() SelfHostEnrollments { return SelfHostEnrollments{c} }

// SelfHostEnrollment lets self-hosted proxies authenticate to the control plane.
type SelfHostEnrollment struct {
	ID          string  `json:"id" api:"nonempty"`
	OrgID       string  `json:"org_id" api:"nonempty"`
	RegionLabel *string `json:"region_label"`
	Description *string `json:"description"`
	CreatedBy   *string `json:"created_by"`
	CreatedAt   string  `json:"created_at"`
	LastSeenAt  *string `json:"last_seen_at"`
	RevokedAt   *string `json:"revoked_at"`
	ExpiresAt   *string `json:"expires_at"`
}

// SelfHostEnrollmentSecret is an enrollment with its token, which the API shows
// only when it makes it.
type SelfHostEnrollmentSecret struct {
	Enrollment SelfHostEnrollment `json:"enrollment"`
	Token      string             `json:"token" api:"nonempty"`
}

// CreateSelfHostEnrollmentRequest is an enrollment to be created.
type CreateSelfHostEnrollmentRequest struct {
	RegionLabel *string `json:"region_label,omitempty"`
	Description *string `json:"description,omitempty"`
	ExpiresAt   *string `json:"expires_at,omitempty"`
}

// Create creates an enrollment.
func (s SelfHostEnrollments) Create(ctx context.Context, orgID string, req CreateSelfHostEnrollmentRequest,
) (SelfHostEnrollmentSecret, error) {
	return create[SelfHostEnrollmentSecret](ctx, s.c, req, "organizations", orgID, "self-host-enrollments")
}

// Get finds an enrollment on the list of its organization: the API has no read
// by ID. One that was revoked may be on it.
func (s SelfHostEnrollments) Get(ctx context.Context, orgID, id string) (SelfHostEnrollment, error) {
	return find[selfHostEnrollmentPage](ctx, s.c, "organizations", orgID, "self-host-enrollments", id)
}

// Rotate makes a new token for an enrollment. The old one ends at once.
func (s SelfHostEnrollments) Rotate(ctx context.Context, orgID, id string) (SelfHostEnrollmentSecret, error) {
	return send[SelfHostEnrollmentSecret](ctx, s.c, http.MethodPost, nil, "organizations", orgID, "self-host-enrollments", id, "rotate")
}

// Revoke ends an enrollment for good.
func (s SelfHostEnrollments) Revoke(ctx context.Context, orgID, id string) error {
	return remove(ctx, s.c, "organizations", orgID, "self-host-enrollments", id)
}

type selfHostEnrollmentPage struct {
	paged
	Items []SelfHostEnrollment `json:"enrollments"`
}

func (p selfHostEnrollmentPage) items() []SelfHostEnrollment { return p.Items }

// List returns the enrollments of an organization.
func (s SelfHostEnrollments) List(ctx context.Context, orgID string) iter.Seq2[SelfHostEnrollment, error] {
	return list[selfHostEnrollmentPage](ctx, s.c, nil, "organizations", orgID, "self-host-enrollments")
}
