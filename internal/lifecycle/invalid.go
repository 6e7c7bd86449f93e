// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"fmt"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/errors"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// invalidInputsError reports all invalid inputs of a component. The engine gets input
// property errors, which it prints with the value at the path of each.
type invalidInputsError struct {
	component resource.URN
	inputs    property.Map
	failures  []p.CheckFailure
}

func (e *invalidInputsError) Error() string {
	message, details := e.split()
	for _, detail := range details {
		message += "\n  - " + detail.Reason
	}
	return message
}

// Unwrap returns the error that the plugin sends to the engine.
func (e *invalidInputsError) Unwrap() error {
	message, details := e.split()
	return errors.NewInputPropertiesError(message, details...)
}

// split returns the failures whose values the engine may print, and a message with the others.
func (e *invalidInputsError) split() (message string, printable []errors.InputPropertyErrorDetails) {
	message = fmt.Sprintf("%s %q has invalid inputs:", e.component.Type().Name(), e.component.Name())
	for _, failure := range e.failures {
		if failure.Property != "" && !properties.Path(failure.Property).MayBeSecret(e.inputs) {
			printable = append(printable, errors.InputPropertyErrorDetails{PropertyPath: failure.Property, Reason: failure.Reason})
		} else {
			message += "\n  - " + strings.TrimSpace(failure.Reason)
		}
	}
	return message, printable
}
