// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Diff compares the program's inputs with those of the last update or refresh, by
// meaning.
func (r *Resource) Diff(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	req.OldInputs = r.inputsBefore(req.Urn, req.OldInputs, req.Inputs, req.State)
	diff := r.Properties.Diff(req.OldInputs, req.Inputs)
	replaces := properties.Replaces(diff)
	r.claimDiff(req, replaces)
	if r.isSingleton() && len(diff) == 0 && r.env.Claims.Cleared(r.settingKey(req.ID, req.Inputs)) {
		// Another resource of the program has just cleared the setting.
		diff[r.Setting.Values[0]] = p.PropertyDiff{Kind: p.Update, InputDiff: true}
	}
	r.warnKeptShared(ctx, req)
	if !replaces {
		renewed := append(r.Properties.ChangedOutputs(req.OldInputs, req.Inputs), r.diffRotation(ctx, req, diff)...)
		// The engine also compares what a refresh has read. That does not repeat what an import has
		// said. An update does: the secrets may also have been lost since.
		if r.env.Claims == nil || r.env.Claims.IsInProgram(req.Urn) {
			r.warnMissingSecrets(ctx, req.Urn, req.ID, req.State, renewed...)
		}
	}
	return p.DiffResponse{
		HasChanges:          len(diff) > 0,
		DetailedDiff:        diff,
		DeleteBeforeReplace: replaces && r.HasSameUniqueValues(req.OldInputs, req.Inputs),
	}, nil
}

// warnKeptShared warns, once for each resource and run, that a value which an import found is
// kept although the program does not set it any more.
func (r *Resource) warnKeptShared(ctx context.Context, req p.DiffRequest) {
	for _, name := range r.Properties.ReleasedShared(req.OldInputs, req.Inputs) {
		if !r.env.Claims.FirstTime(fmt.Sprintf("keeps %s of %s", name, req.Urn)) {
			continue
		}
		p.GetLogger(ctx).Warningf("%s %q (%s): the program does not set %s any more, which the object had when it was imported. "+
			"It keeps the value, because another resource may manage it, such as a %s. To remove it, set %s to \"\".",
			r.Kind(), req.Urn.Name(), req.ID, name, r.Properties.SharedWith(name), name)
	}
}
