// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/claims"
)

// warnDeprecated returns a function that warns of the deprecation of an operation of the
// API, once in a run.
func warnDeprecated(registry *claims.Registry, version string) func(context.Context, client.Deprecation) {
	return func(ctx context.Context, d client.Deprecation) {
		if registry.FirstTime("deprecated " + d.Operation) {
			p.GetLogger(ctx).Warning(deprecationWarning(d, version, time.Now()))
		}
	}
}

// deprecationWarning describes the deprecation of an operation, and what to do.
func deprecationWarning(d client.Deprecation, version string, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "The operation %s of the PgBeam API ", d.Operation)
	switch {
	case d.Since.IsZero():
		b.WriteString("is deprecated")
	case d.Since.After(now):
		b.WriteString("will be deprecated on " + d.Since.Format(time.DateOnly))
	default:
		b.WriteString("has been deprecated since " + d.Since.Format(time.DateOnly))
	}
	switch {
	case d.Sunset.IsZero():
	case d.Sunset.After(now):
		b.WriteString(", and will be removed on " + d.Sunset.Format(time.DateOnly))
	default:
		b.WriteString(", and was to be removed on " + d.Sunset.Format(time.DateOnly))
	}
	fmt.Fprintf(&b, ". Version %s of the pgbeam provider uses it: update to a newer release.", version)
	if d.Successor != "" {
		b.WriteString(" Its successor is " + d.Successor + ".")
	}
	if d.Documentation != "" {
		b.WriteString(" See " + d.Documentation + ".")
	}
	return b.String()
}
