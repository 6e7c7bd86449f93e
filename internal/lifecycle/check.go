// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Check reports every problem of the inputs at its path, and generates a name if
// the program sets none. It warns of valid inputs that probably do not do what their
// author intends.
func (r *Resource) Check(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
	inputs := r.Properties.KeepSpelling(req.State, r.Properties.ResolveReferences(properties.WithoutNulls(req.Inputs)))
	name, maxLength, autoNamed := r.Properties.AutoName()
	if autoNamed = autoNamed && inputs.Get(name).IsNull(); autoNamed {
		generated, err := r.automaticName(ctx, req, name, maxLength)
		if err != nil {
			return p.CheckResponse{}, err
		}
		if generated.IsString() {
			inputs = inputs.Set(name, generated)
		}
	}
	r.claimCheck(req.Urn, req.State, inputs)
	failures := r.Properties.Check(req.State, inputs)
	if autoNamed && nameInState(ctx, req.State, name) == "" {
		failures = explainAutonaming(ctx, name, failures)
	}
	if r.Validate != nil {
		failures = append(failures, r.Validate(inputs)...)
	}
	if len(failures) > 0 {
		r.env.Claims.Fail(req.Urn)
	} else {
		r.lint(ctx, req.Urn, inputs)
	}
	kept := r.Properties.KeepShared(req.State, inputs)
	return p.CheckResponse{Inputs: r.Properties.MarkSecrets(kept, inputs), Failures: properties.Printable(failures, inputs)}, nil
}
