// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// lint logs the findings of the inputs of a resource, once in a run: the engine checks a
// resource again to replace it, or after a failure. The path of a finding of a
// component's child is that of the component's input, which is what the program contains.
func (r *Resource) lint(ctx context.Context, urn resource.URN, inputs property.Map) {
	if r.Lint == nil {
		return
	}
	findings := r.Lint(inputs)
	if len(findings) == 0 || !r.env.Claims.FirstTime(lintKey(urn)) {
		return
	}
	log, prefix := p.GetLogger(ctx), properties.Path("")
	for _, component := range r.components {
		if input, ok := component.inputOf(urn); ok {
			prefix = input + "."
		}
	}
	for _, finding := range findings {
		write := log.Warningf
		if finding.Severity == kind.Info {
			write = log.Debugf
		}
		write("%s %s [%s]", prefix+finding.Path, finding.Message, finding.Rule)
	}
}

// skipLint prevents that the inputs of a resource are checked by lint in this run. An
// import reads the inputs from the API: it has no program to correct.
func (r *Resource) skipLint(urn resource.URN) {
	if r.Lint != nil {
		r.env.Claims.FirstTime(lintKey(urn))
	}
}

func lintKey(urn resource.URN) string { return "lint " + string(urn) }
