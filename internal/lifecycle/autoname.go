// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// AutonamingMode is what the stack's configuration says about automatic names.
type AutonamingMode string

const (
	// DefaultNames leaves the names to the provider.
	DefaultNames AutonamingMode = ""
	// ProposeNames proposes a name, which the provider may replace by another one.
	ProposeNames AutonamingMode = "propose"
	// EnforceNames demands exactly the proposed name.
	EnforceNames AutonamingMode = "enforce"
	// DisableNames demands that the program sets a name.
	DisableNames AutonamingMode = "disable"
)

// Autonaming is what the engine knows about the name of a resource.
type Autonaming struct {
	// Mode is the setting `pulumi:autonaming` of the stack, as it applies to the resource.
	Mode AutonamingMode
	// ProposedName is the name of the modes ProposeNames and EnforceNames.
	ProposedName string
	// StateName is the name in the outputs in the state. It is empty for a new object, and if
	// the engine does not pass the outputs.
	StateName string
}

type autonamingKey struct{}

// WithAutonaming adds what the engine knows about the name to the context of a Check.
func WithAutonaming(ctx context.Context, autonaming Autonaming) context.Context {
	return context.WithValue(ctx, autonamingKey{}, autonaming)
}

func autonamingOf(ctx context.Context) Autonaming {
	autonaming, _ := ctx.Value(autonamingKey{}).(Autonaming)
	return autonaming
}

// nameInState returns the name that the state has for a resource, or "". Its inputs may have
// lost it.
func nameInState(ctx context.Context, inputs property.Map, name string) string {
	return cmp.Or(convert.Text(inputs.Get(name)), autonamingOf(ctx).StateName)
}

// automaticName returns the name of a resource whose program sets none, or null if it is
// not to have an automatic one.
func (r *Resource) automaticName(ctx context.Context, req p.CheckRequest, name string, maxLength int) (property.Value, error) {
	if kept := nameInState(ctx, req.State, name); kept != "" {
		return property.New(kept), nil // the configuration is about the names of new objects
	}
	autonaming := autonamingOf(ctx)
	proposed := property.New(autonaming.ProposedName)
	switch autonaming.Mode {
	case DefaultNames:
	case ProposeNames:
		failures := properties.Table{name: r.Properties[name]}.Check(property.Map{}, property.Map{}.Set(name, proposed))
		if len(failures) == 0 {
			return proposed, nil
		}
		if r.env.Claims.FirstTime("name " + string(req.Urn)) {
			p.GetLogger(ctx).Warningf("%s %q does not get the name that the stack's configuration proposes (pulumi:autonaming): %s",
				r.Kind(), req.Urn.Name(), failures[0].Reason)
		}
	case EnforceNames:
		return proposed, nil
	case DisableNames:
		return property.Value{}, nil
	default:
		return property.Value{}, fmt.Errorf("%s %q: this release of the provider does not know the mode %q of pulumi:autonaming. "+
			"Update the provider, or set %s", r.Kind(), req.Urn.Name(), autonaming.Mode, name)
	}
	generated, err := autoName(req.Urn, maxLength, req.RandomSeed)
	return property.New(generated), err
}

// explainAutonaming adds to the failures of the name of a new object what the stack's
// configuration has to do with it.
func explainAutonaming(ctx context.Context, name string, failures []p.CheckFailure) []p.CheckFailure {
	switch autonaming := autonamingOf(ctx); autonaming.Mode {
	case EnforceNames:
		for i, failure := range failures {
			if failure.Property == name {
				failures[i].Property = "" // the engine prints the value in the program, which has none
				failures[i].Reason += ". The stack's configuration enforces this name (pulumi:autonaming): change that, or set " + name
			}
		}
	case DisableNames:
		failures = append(failures, p.CheckFailure{
			Property: name,
			Reason:   name + " is required, because the stack's configuration disables automatic names (pulumi:autonaming)",
		})
	case DefaultNames, ProposeNames:
	}
	return failures
}

// randomDigits is the number of hexadecimal digits at the end of an automatic name.
const randomDigits = 7

// autoName generates a name from the logical name and a suffix. The suffix is needed
// because names can be unique, and a replacement can exist at the same time as the object
// that it replaces. It is random if there is no seed.
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
