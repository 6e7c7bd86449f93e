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
	"github.com/pgbeam/pulumi-pgbeam/resources"
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

// addFailures adds what a resource reports about its inputs, which are at a path of the
// component's.
func (v *validator) addFailures(at properties.Path, failures []p.CheckFailure) {
	for _, failure := range failures {
		if at != "" {
			failure.Reason = string(at) + "." + failure.Reason
			if failure.Property != "" {
				failure.Property = string(at) + "." + failure.Property
			}
		}
		v.failures = append(v.failures, failure)
	}
}

// validateAnomalyRules rejects what AnomalyRule does.
func (v *validator) validateAnomalyRules(at properties.Path) {
	for name, rule := range properties.AsMap(v.inputs.Get(string(at))).AllStable {
		v.addFailures(at.Field(name), resources.AnomalyRule{}.Definition().Validate(properties.AsMap(rule)))
	}
}

// validatePolicyTests rejects what PolicyTest does.
func (v *validator) validatePolicyTests(at properties.Path, cases property.Value) {
	inputs := property.NewMap(map[string]property.Value{"policyProfileId": property.New(property.Computed), "cases": cases})
	for _, failure := range (resources.PolicyTest{}).Definition().Validate(inputs) {
		failure.Property = strings.Replace(failure.Property, "cases", string(at), 1)
		failure.Reason = strings.ReplaceAll(failure.Reason, "cases", string(at))
		v.failures = append(v.failures, failure)
	}
}

// isOneOf reports whether a value is one of the given ones or unknown.
func isOneOf(v property.Value, values ...string) bool {
	return v.IsComputed() || slices.Contains(values, convert.Text(v))
}

// validateSSLMode rejects a TLS mode that allows connections without TLS, unless a flag
// allows it.
func (v *validator) validateSSLMode(at properties.Path, value property.Value) {
	if v.isAllowed("allowInsecureTransport") {
		return
	}
	if mode := convert.Text(value); slices.Contains([]string{"disable", "allow", "prefer"}, mode) {
		v.fail(at, "is %s, which allows connections without TLS: use verify-full (or verify-ca or require, which verify less), "+
			"or set allowInsecureTransport to true", mode)
	}
}

// allowUnapprovedWritesDescription describes the flag that allows what validateWrites rejects.
const allowUnapprovedWritesDescription = "Whether the policy may let the agent write without the approval of a person, " +
	"which is an `accessMode` of `read_write` with an `approvalMode` other than `writes` or `all`. Defaults to `false`."

// validateWrites rejects a policy that lets an agent write without the approval of a person,
// unless a flag allows it.
func (v *validator) validateWrites(at properties.Path, value property.Value) {
	if v.isAllowed("allowUnapprovedWrites") {
		return
	}
	policy := properties.AsMap(value)
	if convert.Text(policy.Get("accessMode")) == "read_write" && !isOneOf(policy.Get("approvalMode"), "writes", "all") {
		v.fail(at.Field("accessMode"), "is read_write without approvals: set %s to writes or all, "+
			"or set allowUnapprovedWrites to true to allow writes without approval", at.Field("approvalMode"))
	}
}

// allowInsecureWebhookDescription describes the flag of a component that has a webhook, and no
// database, that allows what validateWebhook rejects.
const allowInsecureWebhookDescription = "Whether the webhook may have an `http://` URL, which sends events without encryption. Defaults to `false`."

// validateWebhook rejects a webhook that receives events without encryption, unless a flag
// allows it.
func (v *validator) validateWebhook(at properties.Path, webhook property.Value) {
	if v.isAllowed("allowInsecureTransport") {
		return
	}
	if strings.HasPrefix(strings.ToLower(convert.Text(properties.AsMap(webhook).Get("url"))), "http://") {
		v.fail(at.Field("url"), "begins with http://, which sends events without encryption: use https://, "+
			"or set allowInsecureTransport to true")
	}
}
