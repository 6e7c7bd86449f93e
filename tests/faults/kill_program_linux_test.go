// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// killSQL is a statement that every database of the local API has observed.
const killSQL = "SELECT * FROM orders"

// killProgramText has every kind and the component, with automatic names and with
// explicit ones.
const killProgramText = `
name: kill
runtime: yaml
resources:
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: kill-planted-password } }
      replicas: [{ host: replica-1.example.com }, { host: replica-2.example.com }]
      allowedCidrs: [203.0.113.0/24]
      webhook: { url: "https://example.com/hooks", secret: { fn::secret: kill-planted-webhook } }
      enforceForHumans: true
  enrollment:
    type: pgbeam:SelfHostEnrollment
    properties: { orgId: org_local }
  named:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${shop.projectId}", name: Reports }
  unnamed:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${shop.projectId}" }
  sales:
    type: pgbeam:AgentCredential
    properties: { projectId: "${shop.projectId}", policyProfileId: "${named.id}", name: Sales bot }
  reports:
    type: pgbeam:AgentCredential
    properties: { projectId: "${shop.projectId}", policyProfileId: "${unnamed.id}" }
  idle:
    type: pgbeam:AgentCredential
    properties: { projectId: "${shop.projectId}", policyProfileId: "${shop.policyProfileId}", status: disabled }
  archive:
    type: pgbeam:Database
    properties: { projectId: "${shop.projectId}", host: archive.example.com, port: 5432, name: archive, username: pgbeam, password: { fn::secret: kill-planted-archive } }
  archiveReplica:
    type: pgbeam:Replica
    properties: { databaseId: "${archive.id}", host: archive-replica.example.com, port: 5432 }
  orders:
    type: pgbeam:CacheRule
    properties: { projectId: "${shop.projectId}", databaseId: "${archive.id}", queryHash: $queryHash, cacheEnabled: true, cacheTtlSeconds: 300 }
  hooks:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${shop.projectId}", url: "https://example.org/hooks" }
  salaries:
    type: pgbeam:Honeytoken
    properties: { projectId: "${shop.projectId}", relationName: salaries, action: kill }
    options: { deleteBeforeReplace: true }
  bonuses:
    type: pgbeam:Honeytoken
    properties: { projectId: "${shop.projectId}", schemaName: hr, relationName: bonuses, action: audit_only }
  errors:
    type: pgbeam:AnomalyRule
    properties: { projectId: "${shop.projectId}", credentialId: "${sales.id}", metric: errors_per_hour }
  deletes:
    type: pgbeam:ApprovalRule
    properties: { projectId: "${shop.projectId}", name: Deletes, statementKinds: [delete], enabled: false }
  note:
    type: pgbeam:SchemaAnnotation
    properties: { projectId: "${shop.projectId}", tableName: orders, description: Orders of customers }
  auditor:
    type: pgbeam:OrganizationMember
    properties: { orgId: org_local, email: Auditor@example.com, role: auditor }
  domain:
    type: pgbeam:CustomDomain
    properties: { projectId: "${shop.projectId}", domain: db.example.com }
  limit:
    type: pgbeam:SpendLimit
    properties: { orgId: org_local, spendLimit: 500 }
`

// killCanaries are the secrets in the program, in all of its versions.
var killCanaries = []string{
	"kill-planted-password", "kill-planted-webhook", "kill-planted-archive", "kill-planted-change-1", "kill-planted-change-2",
}

// componentKind is the kind of shop.
const componentKind = "SecureAgentProject"

// object is a YAML mapping.
type object = map[string]any

// program is a YAML program that a test changes.
type program struct{ content object }

func newKillProgram(t require.TestingT) program {
	hash, _ := localapi.QueryShape(killSQL)
	p := program{}
	require.NoError(t, yaml.Unmarshal([]byte(strings.ReplaceAll(killProgramText, "$queryHash", hash)), &p.content))
	return p
}

// text returns the program as YAML.
func (p program) text() string {
	text, err := yaml.Marshal(p.content)
	if err != nil {
		panic(err) // plain data cannot fail
	}
	return string(text)
}

func (p program) resources() object { return p.content["resources"].(object) }

func (p program) names() []string { return slices.Sorted(maps.Keys(p.resources())) }

func (p program) has(name string) bool { return p.resources()[name] != nil }

// kind returns the kind of a resource, such as Database.
func (p program) kind(name string) string {
	return strings.TrimPrefix(p.resources()[name].(object)["type"].(string), "pgbeam:")
}

// properties returns the properties of a resource of the program. Changes of those of one
// that was removed have no effect.
func (p program) properties(name string) object {
	if !p.has(name) {
		return object{}
	}
	return p.resources()[name].(object)["properties"].(object)
}

// set sets properties of a resource.
func (p program) set(name string, values object) { maps.Copy(p.properties(name), values) }

// nested returns a property of a resource that is a mapping, which it creates if needed.
func (p program) nested(name, property string) object {
	properties := p.properties(name)
	if properties[property] == nil {
		properties[property] = object{}
	}
	return properties[property].(object)
}

// change changes an input of every resource: some changes update the object, others
// replace it. Each round has other values.
func (p program) change(round int) {
	host := func(name string) string { return fmt.Sprintf("%s-%d.example.com", name, round) }
	password := object{"fn::secret": fmt.Sprintf("kill-planted-change-%d", round)}
	expiry := fmt.Sprintf("209%d-01-01T00:00:00Z", round)
	maps.Copy(p.nested("shop", "database"), object{"host": host("db"), "password": password})
	p.set("shop", object{
		"replicas":     []any{object{"host": "replica-1.example.com"}, object{"host": host("replica")}},
		"allowedCidrs": []any{fmt.Sprintf("203.0.113.%d/32", round)},
	})
	p.set("enrollment", object{"regionLabel": fmt.Sprintf("Region %d", round)})
	p.set("named", object{"name": fmt.Sprintf("Reports %d", round)})
	p.set("unnamed", object{"maxRows": round})
	p.set("sales", object{"expiresAt": expiry})
	p.set("reports", object{"expiresAt": expiry})
	p.set("archive", object{"host": host("archive"), "password": password})
	p.set("archiveReplica", object{"host": host("archive-replica")})
	p.set("orders", object{"cacheTtlSeconds": round})
	p.set("hooks", object{"url": "https://" + host("hooks")})
	p.set("salaries", object{"relationName": fmt.Sprintf("salaries_%d", round)})
	p.set("errors", object{"sigmaThreshold": round + 1})
	p.set("deletes", object{"name": fmt.Sprintf("Deletes %d", round)})
	p.set("note", object{"description": fmt.Sprintf("Orders, %d", round)})
	p.set("auditor", object{"role": []string{"admin", "approver"}[round%2]})
	p.set("domain", object{"domain": host("domain")})
	p.set("limit", object{"spendLimit": 500 + round})
}

// rotate sets the triggers of all rotations. Those of round 0 are the ones of a new program.
func (p program) rotate(round int) {
	triggers := object{}
	if round > 0 {
		triggers["round"] = fmt.Sprint(round)
	}
	for _, name := range []string{"sales", "reports", "idle", "enrollment"} {
		p.set(name, object{"rotationTriggers": triggers})
	}
	p.nested("shop", "agent")["rotationTriggers"] = triggers
}

// remove removes resources, and those that refer to them.
func (p program) remove(names ...string) {
	for len(names) > 0 {
		name := names[0]
		names = names[1:]
		delete(p.resources(), name)
		for _, other := range p.names() {
			if strings.Contains(fmt.Sprint(p.properties(other)), "${"+name+".") {
				names = append(names, other)
			}
		}
	}
}

// removeKind removes all resources of a kind, also those that optional inputs of the
// component create.
func (p program) removeKind(kind string) {
	switch kind {
	case "Project":
		p.remove("shop")
	case "Replica":
		delete(p.properties("shop"), "replicas")
	case "WebhookEndpoint":
		delete(p.properties("shop"), "webhook")
	}
	for _, name := range p.names() {
		if p.has(name) && p.kind(name) == kind {
			p.remove(name)
		}
	}
}

// rename renames a resource, with or without an alias.
func (p *program) rename(name string, alias bool) {
	renamed := name + "Renamed"
	resource := p.resources()[name].(object)
	delete(p.resources(), name)
	p.resources()[renamed] = resource
	if alias {
		options, _ := resource["options"].(object)
		resource["options"] = scenario.Merge(options, object{"aliases": []any{object{"name": name}}})
	}
	text := strings.ReplaceAll(p.text(), "${"+name+".", "${"+renamed+".")
	p.content = nil
	if err := yaml.Unmarshal([]byte(text), &p.content); err != nil {
		panic(err) // it was just encoded
	}
}

func TestKillProgramHasEveryKind(t *testing.T) {
	t.Parallel()
	program := newKillProgram(t)
	kinds := []string{"Project", "ProjectDefaultPolicy"} // of the component
	for _, name := range program.names() {
		kinds = append(kinds, program.kind(name))
	}
	for _, k := range scenario.Kinds() {
		assert.Contains(t, kinds, k.Name)
	}
}
