// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"fmt"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// Definition implements Component.
func (*SecureAgentProject) Definition() Definition {
	database, replica := resources.DatabaseSettingsProperties(), resources.ReplicaProperties()
	agent := resources.AgentCredentialProperties()
	flag := properties.Bool()
	return Definition{
		Properties: resources.ProjectProperties().Without("defaultPolicyProfileId", "status").With(properties.Table{
			"database": properties.Object[SecureAgentProjectDatabase](database.Without("role").With(properties.Table{
				"port": database["port"].Optional(),
			})).Required(),
			"replicas": properties.List(properties.Object[SecureAgentProjectReplica](replica.Without("databaseId").With(properties.Table{
				"name": properties.String().Length(1, 64).Matches(`^[a-zA-Z0-9_.-]+$`, "have only letters, digits, and _ . -").MustBeKnown(),
				"port": replica["port"].Optional(),
			}))).MustBeKnown(),
			"policy": properties.Object[SecureAgentProjectPolicy](resources.PolicyProfileProperties().Without("projectId")),
			// Whether a timestamp may be in the past is for the credential to
			// say, which knows whether it exists.
			"agent": properties.Object[SecureAgentProjectAgent](agent.Without("projectId", "policyProfileId").With(properties.Table{
				"expiresAt": properties.String().Timestamp().Default(nil),
			})),
			"webhook":                properties.Object[SecureAgentProjectWebhook](resources.WebhookEndpointProperties().Without("projectId")),
			"enforceForHumans":       flag.MustBeKnown(),
			"allowUnapprovedWrites":  flag,
			"allowInsecureTransport": flag,
		}),
		Validate:        refuse,
		Secrets:         []string{"agentConnectionString", "mcpToken"},
		OptionalOutputs: []string{"webhookEndpointId"},
		InheritFrom: map[string]string{
			"":                           "Project",
			"SecureAgentProjectDatabase": "DatabaseSettings",
			"SecureAgentProjectReplica":  "Replica",
			"SecureAgentProjectPolicy":   "PolicyProfile",
			"SecureAgentProjectAgent":    "AgentCredential",
			"SecureAgentProjectWebhook":  "WebhookEndpoint",
		},
	}
}

// refuse finds what weakens the project without being said. A value that is not
// known yet is passed over in a preview; when it is known, this runs again.
func refuse(inputs property.Map) []p.CheckFailure {
	var failures []p.CheckFailure
	fail := func(at properties.Path, format string, args ...any) {
		failures = append(failures, p.CheckFailure{Property: string(at), Reason: string(at) + " " + fmt.Sprintf(format, args...)})
	}
	said := func(flag string) bool {
		v := inputs.Get(flag)
		return v.IsComputed() || v.IsBool() && v.AsBool()
	}

	if policy := fields(inputs.Get("policy")); !said("allowUnapprovedWrites") {
		writes := text(policy.Get("accessMode")) == "read_write"
		approval := policy.Get("approvalMode")
		approved := approval.IsComputed() || slices.Contains([]string{"writes", "all"}, text(approval))
		if writes && !approved {
			fail("policy.accessMode", "is read_write without approvals: set policy.approvalMode to writes or all, "+
				"or allowUnapprovedWrites to true if the agent is to write unattended")
		}
	}
	refuseReplicaNames(inputs.Get("replicas"), fail)
	if said("allowInsecureTransport") {
		return failures
	}
	weak := func(at properties.Path, mode property.Value) {
		if slices.Contains([]string{"disable", "allow", "prefer"}, text(mode)) {
			fail(at, "is %s, which may do without TLS: use require, verify-ca or verify-full, "+
				"or set allowInsecureTransport to true", text(mode))
		}
	}
	weak("database.sslMode", fields(inputs.Get("database")).Get("sslMode"))
	if replicas := inputs.Get("replicas"); replicas.IsArray() {
		for i, replica := range replicas.AsArray().All {
			weak(properties.Path("replicas").Index(i).Field("sslMode"), fields(replica).Get("sslMode"))
		}
	}
	if url := text(fields(inputs.Get("webhook")).Get("url")); strings.HasPrefix(strings.ToLower(url), "http://") {
		fail("webhook.url", "begins with http://, which sends events in clear text: use https://, "+
			"or set allowInsecureTransport to true")
	}
	return failures
}

// refuseReplicaNames finds names of replicas that are secret, or that would give
// two replicas the same child name.
func refuseReplicaNames(replicas property.Value, fail func(at properties.Path, format string, args ...any)) {
	if !replicas.IsArray() {
		return
	}
	type taken struct {
		position int
		named    bool
	}
	suffixes := map[string]taken{}
	for i, replica := range replicas.AsArray().All {
		if text(fields(replica).Get("name")) == "" {
			suffixes[replicaSuffix("", i)] = taken{position: i}
		}
	}
	for i, replica := range replicas.AsArray().All {
		value := fields(replica).Get("name")
		at, name := properties.Path("replicas").Index(i).Field("name"), text(value)
		if value.Secret() {
			fail(at, "must not be a secret: it is part of the name of a resource, which is stored in clear text")
			continue
		}
		other, found := suffixes[name]
		switch {
		case name == "":
		case found && other.named:
			fail(at, "must be unique in the list: replicas[%d] has the same name", other.position)
		case found:
			fail(at, "must not be %s: replicas[%d] has no name, and is named by its position", name, other.position)
		default:
			suffixes[name] = taken{position: i, named: true}
		}
	}
}

func fields(v property.Value) property.Map {
	if v.IsMap() {
		return v.AsMap()
	}
	return property.Map{}
}

func text(v property.Value) string {
	if v.IsString() {
		return v.AsString()
	}
	return ""
}
