// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
)

// AccountObject is an object of an account.
type AccountObject struct {
	Kind     Kind
	ImportID string
	// InComponent is true if the object belongs to a project that has the objects and the
	// settings of a SecureAgentProject.
	InComponent bool
}

// account creates the objects of an account.
type account struct {
	*enginetest.Env
	objects     []AccountObject
	inComponent bool
}

func (a *account) create(kind, name string, inputs Object) *enginetest.Resource {
	a.Helper()
	r := a.Create(kind, name, inputs)
	k := KindNamed(kind)
	a.objects = append(a.objects, AccountObject{k, k.ImportID(r.ID, inputs), a.inComponent})
	return r
}

// CreateAccount creates an object of every kind with every input, and a number of projects
// with objects of all kinds, every second one of which could be a SecureAgentProject. It
// returns all objects but the projects that those of every kind need.
func CreateAccount(env *enginetest.Env, projects int) []AccountObject {
	env.Helper()
	a := &account{Env: env}
	for _, k := range Kinds() {
		a.create(k.Name, k.Name, Merge(k.Parents(env), k.Full))
	}
	// The CLI takes a value that equals the name of another resource for a reference to it, and
	// the databases of all projects have the same name.
	for collection, name := range map[string]string{"projects": "storefront", "databases": "store"} {
		for _, live := range a.Local.Objects(collection) {
			if live["name"] == enginetest.DatabaseInputs["name"] && live["role"] != "primary" {
				require.NoError(a, a.Local.Edit(collection, live["id"].(string), Object{"name": name}))
			}
		}
	}
	for i := range projects {
		a.inComponent = i%2 == 0
		if a.inComponent {
			a.createSecureProject(i)
		} else {
			a.createProject(i)
		}
	}
	return a.objects
}

// createSecureProject creates a project with the objects of a SecureAgentProject, a honeytoken
// and a cache rule.
func (a *account) createSecureProject(i int) {
	a.Helper()
	name := fmt.Sprintf("Team %d", i)
	inputs := Object{"orgId": a.Local.OrgID, "name": name, "description": "Costs ${amount} & more", "tags": []string{"on", "1.0"}, "database": enginetest.DatabaseInputs}
	if i%4 == 0 {
		inputs["database"] = Merge(enginetest.DatabaseInputs, Object{"sslMode": "prefer", "cacheConfig": cacheInputs, "poolConfig": poolInputs})
	}
	project := a.create("Project", name, inputs)
	database := project.State.Get("primaryDatabaseId").AsString()
	for n := range i % 3 {
		a.create("Replica", "replica", Object{"databaseId": database, "host": fmt.Sprintf("replica-%d.example.com", n), "port": 5432 + n})
	}
	policyInputs := Object{"projectId": project.ID, "name": name + " policy", "maxRows": 50}
	if i%4 == 0 {
		policyInputs = Merge(KindNamed("PolicyProfile").Full, Object{"projectId": project.ID, "approvalMode": "ddl"})
	}
	policy := a.create("PolicyProfile", "policy", policyInputs)
	agent := a.create("AgentCredential", "agent", Object{"projectId": project.ID, "policyProfileId": policy.ID, "name": name + " bot"})
	a.create("AnomalyRule", "anomaly", Object{"projectId": project.ID, "credentialId": agent.ID, "metric": "bytes_per_hour", "floor": 10})
	if i%4 == 0 {
		a.create("WebhookEndpoint", "webhook", Object{"projectId": project.ID, "url": "https://hooks.example.com/T0123/secret-part", "secret": "whsec-planted"}) //nolint:gosec // not a real secret
		a.create("ProjectDefaultPolicy", "default", Object{"projectId": project.ID, "policyProfileId": policy.ID})
	}
	a.inComponent = false
	a.create("Honeytoken", "honeytoken", Object{"projectId": project.ID, "relationName": "salaries", "action": "kill"})
	a.createCacheRule(project.ID, database)
}

// createProject creates a project with more than one object of most kinds.
func (a *account) createProject(i int) {
	a.Helper()
	name := fmt.Sprintf("Service %d", i)
	project := a.create("Project", name, Object{"orgId": a.Local.OrgID, "name": name, "residency": "eu", "database": enginetest.DatabaseInputs})
	inProject := Object{"projectId": project.ID}
	a.create("Replica", "replica", Object{"databaseId": project.State.Get("primaryDatabaseId").AsString(), "host": "10.0.0.7", "port": 5432})
	database := a.create("Database", "database", Merge(inProject, enginetest.DatabaseInputs, Object{"name": "reports", "role": "replica"}))
	a.create("Replica", "replica", Object{"databaseId": database.ID, "host": "replica.example.com", "port": 5432, "sslMode": "require"})
	a.createCacheRule(project.ID, database.ID)
	for _, access := range []string{"read_only", "read_write"} {
		policy := a.create("PolicyProfile", "policy", Merge(inProject, Object{"name": access, "accessMode": access, "tableAllowlist": []string{"orders"}, "maxAffectedRows": 1, "budgetQueriesPerDay": 1}))
		for _, agent := range []string{"reporting", "support"} {
			a.create("AgentCredential", "agent", Merge(inProject, Object{"policyProfileId": policy.ID, "name": agent + " " + access}))
		}
	}
	for n := range 2 {
		a.create("WebhookEndpoint", "webhook", Merge(inProject, Object{"url": fmt.Sprintf("https://hooks-%d.example.com/T0123/secret-part", n)}))
		a.create("Honeytoken", "honeytoken", Merge(inProject, Object{"schemaName": "hr", "relationName": fmt.Sprintf("salaries_%d", n), "action": "audit_only"}))
	}
	a.create("AnomalyRule", "anomaly", Merge(inProject, Object{"metric": "distinct_shapes"}))
	a.create("ApprovalRule", "approval", Merge(inProject, Object{"name": "Deletes", "statementKinds": []string{"delete"}, "enabled": false}))
	a.create("CustomDomain", "domain", Merge(inProject, Object{"domain": fmt.Sprintf("db-%d.example.com", i), "waitForVerification": false}))
}

func (a *account) createCacheRule(projectID, databaseID string) {
	a.Helper()
	const hash = "00000000000000e1"
	require.NoError(a, a.Local.ObserveQuery(projectID, databaseID, hash, "SELECT $1"))
	a.create("CacheRule", hash, Object{"projectId": projectID, "databaseId": databaseID, "queryHash": hash, "cacheEnabled": true, "cacheTtlSeconds": 60})
}
