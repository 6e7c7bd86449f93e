// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Diff compares the program's inputs with those of the last update or refresh, by
// meaning.
func (r *Resource) Diff(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	req.OldInputs = r.inputsBefore(req.Urn, req.OldInputs, req.Inputs, req.State)
	diff := r.Properties.Diff(r.Properties.WithLive(req.OldInputs, req.Inputs, req.State), req.Inputs)
	replaces := properties.Replaces(diff)
	r.claimDiff(req, replaces)
	if r.isSingleton() && len(diff) == 0 && r.env.Claims.Cleared(r.settingKey(req.ID, req.Inputs)) {
		// Another resource of the program has just cleared the setting.
		diff[r.Setting.Values[0]] = p.PropertyDiff{Kind: p.Update, InputDiff: true}
	}
	if !replaces {
		renewed := append(r.Properties.ChangedOutputs(req.OldInputs, req.Inputs), r.diffRotation(ctx, req, diff)...)
		r.warnMissingSecrets(ctx, req.Urn, req.ID, req.State, renewed...)
	}
	return p.DiffResponse{
		HasChanges:          len(diff) > 0,
		DetailedDiff:        diff,
		DeleteBeforeReplace: replaces && r.HasSameUniqueValues(req.OldInputs, req.Inputs),
	}, nil
}
