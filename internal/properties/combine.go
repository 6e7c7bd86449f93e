// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties

import (
	"fmt"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// ExactlyOne requires that a program sets one of several inputs, and no other of them.
func ExactlyOne(inputs property.Map, names ...string) []p.CheckFailure {
	if len(Present(inputs, names...)) == 0 {
		return Failure(names[0], "is required, unless %s is set", strings.Join(names[1:], " or "))
	}
	return AtMostOne(inputs, names...)
}

// AtMostOne requires that a program does not set more than one of several inputs.
func AtMostOne(inputs property.Map, names ...string) []p.CheckFailure {
	if given := Present(inputs, names...); len(given) > 1 {
		return Failure(given[1], "cannot be set together with %s", given[0])
	}
	return nil
}

// Present returns those of the inputs that a program sets. It sets one whose value is unknown.
func Present(inputs property.Map, names ...string) []string {
	var given []string
	for _, name := range names {
		if value := inputs.Get(name); !value.IsNull() || value.IsComputed() {
			given = append(given, name)
		}
	}
	return given
}

// Failure returns a failure at an input.
func Failure(name, format string, args ...any) []p.CheckFailure {
	return []p.CheckFailure{{Property: name, Reason: name + " " + fmt.Sprintf(format, args...)}}
}
