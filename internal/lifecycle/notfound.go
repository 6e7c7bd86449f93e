// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
)

// isGone reports whether an error means that the object does not exist. If it does
// not, or if that is uncertain, it returns the error to report.
//
// The API also responds with 404 for an object of another organization, and so may
// a server that is not the API. A refresh that trusts it drops the object and its
// one-time secrets from the state. So a 404 counts only if the API lists the
// organizations of the key, and if they include the organization in the state. If
// the state has none, the user is warned about the assumption.
func (r *Resource) isGone(ctx context.Context, op operation, state property.Map, err error) (bool, error) {
	if !client.IsNotFound(err) {
		if gone, lookup := r.isProjectGone(ctx, op, state, err); gone || lookup != nil {
			return gone, lookup
		}
		return false, err
	}
	if err := r.confirmAccess(ctx, op, convert.Text(state.Get("orgId")), err); err != nil {
		return false, err
	}
	return true, nil
}

// confirmAccess returns an error unless the server is the API, and the key has
// access to the organization, if that is known.
func (r *Resource) confirmAccess(ctx context.Context, op operation, orgID string, notFound error) error {
	c, err := r.env.Client(ctx)
	if err != nil {
		return err
	}
	organizations, err := c.Access(ctx)
	if err != nil {
		return fmt.Errorf("%w. It is uncertain whether the object is gone, because the organizations of the API key could not be listed at %s: %w. "+
			"Check that the base URL (pgbeam:baseUrl or PGBEAM_API_URL) is the address of the PgBeam API. Nothing was changed",
			notFound, c.BaseURL(), err)
	}
	ids := organizationIDs(organizations)
	switch {
	case orgID == "":
		if r.env.Claims.FirstTime("not found") {
			p.GetLogger(ctx).Warningf("%s %q (%s) does not exist, or is not visible to the API key, which belongs to %s. "+
				"The API responds in the same way to both: if the object belongs to another organization, the API key is the wrong one.",
				op.kind, op.name, op.id, formatOrganizations(ids))
		}
		return nil
	case slices.Contains(ids, orgID):
		return nil
	default:
		return fmt.Errorf("%w. The object belongs to the organization %s, but the API key belongs to %s and cannot see it: "+
			"use a key of %s. Nothing was changed", notFound, orgID, formatOrganizations(ids), orgID)
	}
}

func organizationIDs(organizations []client.Organization) []string {
	ids := make([]string, len(organizations))
	for i, organization := range organizations {
		ids[i] = organization.ID
	}
	return ids
}

func formatOrganizations(ids []string) string {
	switch len(ids) {
	case 0:
		return "no organization"
	case 1:
		return "the organization " + ids[0]
	default:
		return "the organizations " + strings.Join(ids, ", ")
	}
}

// isProjectGone reports whether an operation was refused because the project of
// the object is deleted. Its objects are deleted with it, but the API may respond
// that they cannot be changed instead of 404.
func (r *Resource) isProjectGone(ctx context.Context, op operation, state property.Map, err error) (bool, error) {
	if !client.IsError(err, client.CodeInvalidState) {
		return false, nil
	}
	projectID := convert.Text(state.Get("projectId"))
	if projectID == "" { // the object belongs to a part of the project
		if exists, lookup := r.exists(ctx, op.urn, op.id, state); exists || lookup != nil {
			return false, nil //nolint:nilerr // the original error is reported
		}
		return true, r.confirmAccess(ctx, op, "", err)
	}
	c, lookup := r.env.Client(ctx)
	if lookup != nil {
		return false, lookup
	}
	project, lookup := c.Projects().Get(ctx, projectID)
	switch {
	case client.IsNotFound(lookup):
		return true, r.confirmAccess(ctx, op, "", lookup)
	case lookup != nil:
		return false, nil //nolint:nilerr // the original error is reported
	default:
		return kind.IsDeleted(project.Status), nil
	}
}
