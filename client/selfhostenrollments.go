// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import "context"

// SelfHostEnrollments is the collection of the self-host enrollments of
// organizations. Deleting an enrollment revokes it permanently; Get and List may
// return it afterwards with RevokedAt set.
type SelfHostEnrollments struct {
	BaseCollection[SelfHostEnrollment]
}

// SelfHostEnrollments returns the self-host enrollments of organizations.
func (c *Client) SelfHostEnrollments() *SelfHostEnrollments {
	return &SelfHostEnrollments{BaseCollection[SelfHostEnrollment]{collection{
		client: c, parent: "organizations", name: "self-host-enrollments", items: "enrollments", listOnly: true,
	}}}
}

// Create creates an enrollment and returns it with its token. The API rejects it
// while a project of the organization has an enabled approval rule.
func (c *SelfHostEnrollments) Create(ctx context.Context, orgID string, req CreateSelfHostEnrollmentRequest) (SelfHostEnrollmentSecret, error) {
	var result SelfHostEnrollmentSecret
	err := c.create(ctx, &result, orgID, req)
	return result, err
}

// Rotate replaces the token of an enrollment. The old one is invalid for new
// connections immediately.
func (c *SelfHostEnrollments) Rotate(ctx context.Context, orgID, id string) (SelfHostEnrollmentSecret, error) {
	return rotate[SelfHostEnrollmentSecret](ctx, &c.collection, orgID, id)
}

// SelfHostEnrollment lets self-hosted proxies of an organization authenticate to
// the control plane.
type SelfHostEnrollment struct {
	// ID begins with "she_". The API assigns it.
	ID string `json:"id" api:"nonempty"`
	// OrgID is the ID of the organization that the enrollment belongs to.
	OrgID string `json:"org_id" api:"nonempty"`
	// RegionLabel is where the proxy runs, for information only. Nil is none.
	RegionLabel *string `json:"region_label"`
	// Description is a note. Nil is none.
	Description *string `json:"description"`
	// CreatedBy is the ID of the user that created the enrollment. Nil if the API does
	// not know it.
	CreatedBy *string `json:"created_by"`
	// CreatedAt is the time of the creation, set by the API.
	CreatedAt string `json:"created_at"`
	// LastSeenAt is the time when a proxy last authenticated. Nil is never.
	LastSeenAt *string `json:"last_seen_at"`
	// RevokedAt is the time when the enrollment was revoked. Nil if it was not.
	RevokedAt *string `json:"revoked_at"`
	// ExpiresAt is the time from which the token is rejected. Nil is never.
	ExpiresAt *string `json:"expires_at"`
}

func (e SelfHostEnrollment) identity() identity {
	return organizationObject(e.ID, e.OrgID, "")
}

// SelfHostEnrollmentSecret is an enrollment with its token. The API returns the
// token only once, when it generates it.
type SelfHostEnrollmentSecret struct {
	// Enrollment is the enrollment itself.
	Enrollment SelfHostEnrollment `json:"enrollment"`
	// Token begins with "pbh_". It is a secret.
	Token string `json:"token" api:"nonempty"`
}

func (s SelfHostEnrollmentSecret) identity() identity {
	return s.Enrollment.identity().in("enrollment")
}

// CreateSelfHostEnrollmentRequest is the request to create a self-host enrollment.
type CreateSelfHostEnrollmentRequest struct {
	// RegionLabel has at most 100 characters. Nil is none.
	RegionLabel *string `json:"region_label,omitempty"`
	// Description has at most 500 characters. Nil is none.
	Description *string `json:"description,omitempty"`
	// ExpiresAt is a time in the future. Nil is no expiry.
	ExpiresAt *string `json:"expires_at,omitempty"`
}
