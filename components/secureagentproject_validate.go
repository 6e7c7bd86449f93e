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

// validateSecureAgentProject returns the inputs that weaken the defaults of the
// component without the flag that allows it, and invalid names of replicas.
//
// The inputs of a component are validated before anything is created, although its
// children check theirs, too. The engine does not call Check for a component and checks
// each child when it is registered: by then, the project and its siblings may exist.
// Unknown values are skipped during the preview and validated in the update.
func validateSecureAgentProject(inputs property.Map) []p.CheckFailure {
	v := &validator{inputs: inputs}
	if !v.isAllowed("allowUnapprovedWrites") {
		v.validateWrites()
	}
	v.validateReplicaNames()
	if !v.isAllowed("allowInsecureTransport") {
		v.validateTransport()
	}
	return v.failures
}

// validator collects the failures of the inputs of a SecureAgentProject.
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

// replicas yields the replicas in order, if the list is known.
func (v *validator) replicas(yield func(int, property.Map) bool) {
	if list := v.inputs.Get("replicas"); list.IsArray() {
		for i, replica := range list.AsArray().All {
			if !yield(i, properties.AsMap(replica)) {
				return
			}
		}
	}
}

func (v *validator) validateWrites() {
	policy := properties.AsMap(v.inputs.Get("policy"))
	approval := policy.Get("approvalMode")
	approved := approval.IsComputed() || slices.Contains([]string{"writes", "all"}, convert.Text(approval))
	if convert.Text(policy.Get("accessMode")) == "read_write" && !approved {
		v.fail("policy.accessMode", "is read_write without approvals: set policy.approvalMode to writes or all, "+
			"or set allowUnapprovedWrites to true to let the agent write without approval")
	}
}

func (v *validator) validateTransport() {
	v.validateSSLMode("database.sslMode", properties.AsMap(v.inputs.Get("database")).Get("sslMode"))
	for i, replica := range v.replicas {
		v.validateSSLMode(properties.Path("replicas").Index(i).Field("sslMode"), replica.Get("sslMode"))
	}
	url := convert.Text(properties.AsMap(v.inputs.Get("webhook")).Get("url"))
	if strings.HasPrefix(strings.ToLower(url), "http://") {
		v.fail("webhook.url", "begins with http://, which sends events without encryption: use https://, "+
			"or set allowInsecureTransport to true")
	}
}

func (v *validator) validateSSLMode(at properties.Path, value property.Value) {
	if mode := convert.Text(value); slices.Contains([]string{"disable", "allow", "prefer"}, mode) {
		v.fail(at, "is %s, which allows connections without TLS: use verify-full (or verify-ca or require, which verify less), "+
			"or set allowInsecureTransport to true", mode)
	}
}

// validateReplicaNames rejects names that are secret, and names that would give two
// replicas the same resource name.
func (v *validator) validateReplicaNames() {
	type owner struct {
		index int
		named bool
	}
	owners := map[string]owner{} // by suffix of the resource name
	for i, replica := range v.replicas {
		if convert.Text(replica.Get("name")) == "" {
			owners[replicaSuffix("", i)] = owner{index: i}
		}
	}
	for i, replica := range v.replicas {
		value := replica.Get("name")
		at, name := properties.Path("replicas").Index(i).Field("name"), convert.Text(value)
		if value.Secret() {
			v.fail(at, "must not be a secret: it becomes part of a resource name, which is stored in plain text")
			continue
		}
		other, taken := owners[name]
		switch {
		case name == "":
		case taken && other.named:
			v.fail(at, "must be unique in the list: replicas[%d] has the same name", other.index)
		case taken:
			v.fail(at, "must not be %s: replicas[%d] has no name and is named after its position", name, other.index)
		default:
			owners[name] = owner{index: i, named: true}
		}
	}
}
