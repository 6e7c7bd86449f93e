// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"fmt"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// isGone tells whether an error of a call says that the object does not exist. If
// it does not, or if that cannot be relied on, it returns the error to report.
//
// The API answers "not found" for what belongs to another organization, too, and
// so may a server that is not the API. So it is believed only once the API has
// listed the organizations of the key. Where the state says to which organization
// the object belongs, that has to be one of them; where it does not, the user is
// told what was relied on. What is believed makes a refresh drop an object with
// its one-time secrets from the state.
func (r Served) isGone(ctx context.Context, op operation, state property.Map, err error) (bool, error) {
	if !client.IsNotFound(err) {
		if gone, lookup := r.parentIsGone(ctx, op, state, err); gone || lookup != nil {
			return gone, lookup
		}
		return false, err
	}
	if err := confirmAccess(ctx, op, textOf(state.Get("orgId")), err); err != nil {
		return false, err
	}
	return true, nil
}

// confirmAccess returns an error unless the API shows that it is the API, and that
// the key may see what belongs to the organization, if that is known.
func confirmAccess(ctx context.Context, op operation, orgID string, notFound error) error {
	pgbeam, err := api(ctx)
	if err != nil {
		return err
	}
	organizations, err := pgbeam.Access(ctx)
	if err != nil {
		return fmt.Errorf("%w. Whether it is gone cannot be told, because the organizations of the API key could not be listed at %s: %w. "+
			"Check that the base URL (pgbeam:baseUrl or PGBEAM_API_URL) is the address of the PgBeam API. Nothing was changed",
			notFound, pgbeam.BaseURL(), err)
	}
	ids := make([]string, len(organizations))
	for i, organization := range organizations {
		ids[i] = organization.ID
	}
	switch {
	case orgID == "":
		if claimsOf(ctx).FirstTime("not found") {
			p.GetLogger(ctx).Warningf("%s %q (%s) does not exist, or is not visible to the API key, which is one of %s. "+
				"The API gives the same answer for both: if the object belongs to another organization, the API key is the wrong one.",
				op.kind, op.name, op.id, listed(ids))
		}
		return nil
	case slices.Contains(ids, orgID):
		return nil
	default:
		return fmt.Errorf("%w. It belongs to the organization %s, and the API key is one of %s, which cannot see it: "+
			"use a key of %s. Nothing was changed", notFound, orgID, listed(ids), orgID)
	}
}

func listed(organizations []string) string {
	switch len(organizations) {
	case 0:
		return "no organization"
	case 1:
		return "the organization " + organizations[0]
	default:
		return "the organizations " + strings.Join(organizations, ", ")
	}
}

// parentIsGone tells whether a refusal is because the project that the object
// belongs to was deleted: what belongs to it is gone with it, and the API may say
// that it is in no state to be changed instead of that it does not exist.
func (r Served) parentIsGone(ctx context.Context, op operation, state property.Map, err error) (bool, error) {
	projectID := textOf(state.Get("projectId"))
	if projectID == "" || !client.IsError(err, client.CodeInvalidState) {
		return false, nil
	}
	pgbeam, lookup := api(ctx)
	if lookup != nil {
		return false, lookup
	}
	project, lookup := pgbeam.Projects().Get(ctx, projectID)
	switch {
	case client.IsNotFound(lookup):
		return true, confirmAccess(ctx, op, "", lookup)
	case lookup != nil:
		return false, nil //nolint:nilerr // the refusal itself is what matters
	default:
		return isDeleted(project.Status), nil
	}
}
