// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"strconv"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Check reports every problem of the inputs at its path, and generates a name if
// the program sets none. It warns of valid inputs that probably do not do what their
// author intends.
func (r *Resource) Check(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
	inputs := r.Properties.KeepSpelling(req.State, r.Properties.ResolveReferences(properties.WithoutNulls(req.Inputs)))
	if name, maxLength, ok := r.Properties.AutoName(); ok && inputs.Get(name).IsNull() && !inputs.Get(name).IsComputed() {
		generated := convert.Text(req.State.Get(name))
		if generated == "" {
			var err error
			if generated, err = autoName(req.Urn, maxLength, req.RandomSeed); err != nil {
				return p.CheckResponse{}, err
			}
		}
		inputs = inputs.Set(name, property.New(generated))
	}
	r.claimCheck(req.Urn, req.State, inputs)
	failures := r.Properties.Check(req.State, inputs)
	if r.Validate != nil {
		failures = append(failures, r.Validate(inputs)...)
	}
	if len(failures) > 0 {
		r.env.Claims.Fail(req.Urn)
	} else {
		r.lint(ctx, req.Urn, inputs)
	}
	return p.CheckResponse{Inputs: r.Properties.MarkSecrets(inputs, inputs), Failures: properties.Printable(failures, inputs)}, nil
}

// randomDigits is the number of random hexadecimal digits of an automatic name.
const randomDigits = 7

// autoName generates a name from the logical name and a random suffix. The
// suffix is needed because names can be unique, and a replacement can exist at the
// same time as the object that it replaces.
func autoName(urn resource.URN, maxLength int, randomSeed []byte) (string, error) {
	return resource.NewUniqueName(randomSeed, autoNamePrefix(urn, maxLength)+"-", randomDigits, -1, nil)
}

// autoNamePrefix returns the logical name, truncated to leave room for the suffix.
func autoNamePrefix(urn resource.URN, maxLength int) string {
	prefix := []rune(urn.Name())
	return string(prefix[:min(len(prefix), maxLength-randomDigits-1)])
}

// isAutoName reports whether autoName can have generated a name.
func isAutoName(urn resource.URN, name property.Value, maxLength int) bool {
	if name.IsComputed() {
		return true
	}
	text := convert.Text(name)
	dash := strings.LastIndex(text, "-")
	if dash < 0 || len(text)-dash-1 != randomDigits || text[:dash] != autoNamePrefix(urn, maxLength) {
		return false
	}
	_, err := strconv.ParseUint(text[dash+1:], 16, 64)
	return err == nil
}
