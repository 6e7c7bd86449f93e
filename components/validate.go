// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"fmt"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// The inputs of a component are validated before anything is created, although its
// children check theirs, too. The engine does not call Check for a component and checks
// each child when it is registered: by then, the children before it may exist.
// Unknown values are skipped during the preview and validated in the update.

// validator collects the failures of the inputs of a component.
type validator struct {
	inputs   property.Map
	failures []p.CheckFailure
}

func (v *validator) fail(at properties.Path, format string, args ...any) {
	v.failures = append(v.failures, p.CheckFailure{Property: string(at), Reason: string(at) + " " + fmt.Sprintf(format, args...)})
}

// isAllowed reports whether a flag is true or unknown.
func (v *validator) isAllowed(flag string) bool {
	value := v.inputs.Get(flag)
	return value.IsComputed() || value.IsBool() && value.AsBool()
}

func (v *validator) validateSSLMode(at properties.Path, value property.Value) {
	if mode := convert.Text(value); slices.Contains([]string{"disable", "allow", "prefer"}, mode) {
		v.fail(at, "is %s, which allows connections without TLS: use verify-full (or verify-ca or require, which verify less), "+
			"or set allowInsecureTransport to true", mode)
	}
}

// validateWrites rejects a policy that lets an agent write without the approval of a person.
func (v *validator) validateWrites(at properties.Path, policy property.Map) {
	approval := policy.Get("approvalMode")
	approved := approval.IsComputed() || slices.Contains([]string{"writes", "all"}, convert.Text(approval))
	if convert.Text(policy.Get("accessMode")) == "read_write" && !approved {
		v.fail(at.Field("accessMode"), "is read_write without approvals: set %s to writes or all, "+
			"or set allowUnapprovedWrites to true to let the agent write without approval", at.Field("approvalMode"))
	}
}

// validateWebhook rejects a webhook that receives events without encryption.
func (v *validator) validateWebhook(at properties.Path, webhook property.Map) {
	if strings.HasPrefix(strings.ToLower(convert.Text(webhook.Get("url"))), "http://") {
		v.fail(at.Field("url"), "begins with http://, which sends events without encryption: use https://, "+
			"or set allowInsecureTransport to true")
	}
}
