// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// validateSecureAgentProject returns the inputs that weaken the defaults of the component
// without the flag that allows it, and names of replicas that are not unique.
func validateSecureAgentProject(inputs property.Map) []p.CheckFailure {
	v := &validator{inputs: inputs}
	v.addFailures("", resources.Project{}.Definition().Validate(inputs))
	v.validateWrites("policy", inputs.Get("policy"))
	v.validatePolicyTests("policyTests", inputs.Get("policyTests"))
	v.validateAnomalyRules("anomalyRules")
	v.validateReplicaNames()
	v.validateSSLMode("database.sslMode", properties.AsMap(inputs.Get("database")).Get("sslMode"))
	for i, replica := range v.replicas {
		v.validateSSLMode(properties.Path("replicas").Index(i).Field("sslMode"), replica.Get("sslMode"))
	}
	v.validateWebhook("webhook", inputs.Get("webhook"))
	return v.failures
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

// validateReplicaNames rejects names that would give two replicas the same resource name.
func (v *validator) validateReplicaNames() {
	type owner struct {
		index int
		named bool
	}
	owners := map[string]owner{} // by suffix of the resource name
	for i, replica := range v.replicas {
		if convert.Text(replica.Get("name")) == "" {
			owners[replicaSuffix(nil, i)] = owner{index: i}
		}
	}
	for i, replica := range v.replicas {
		at, name := properties.Path("replicas").Index(i).Field("name"), convert.Text(replica.Get("name"))
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
