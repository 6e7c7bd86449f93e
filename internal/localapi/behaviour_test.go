// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCreateProjectOmitsDatabase(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{CreateProjectOmitsDatabase: true}})
	created := a.do(http.MethodPost, "/v1/projects", a.projectBody("shop")).requireStatus(http.StatusCreated)
	assert.NotContains(t, created.body, "database")
	assert.Len(t, a.Objects("databases"), 1)
}

func TestDNSInstructionsOnCreateOnly(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{DNSInstructionsOnCreateOnly: true}})
	project, _ := a.createProject("shop")
	created := a.do(http.MethodPost, project+"/domains", fields{"domain": "db.example.com"}).requireStatus(http.StatusCreated)
	assert.NotEmpty(t, created.objectField("dns_instructions"))
	assert.NotContains(t, a.do(http.MethodGet, project+"/domains", nil).listField("domains")[0], "dns_instructions")
	verified := a.do(http.MethodPost, project+"/domains/"+created.stringField("id")+"/verify", nil)
	assert.NotContains(t, verified.objectField("domain"), "dns_instructions")
}

func TestEmptySchemaNames(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{EmptySchemaNames: true}})
	project, _ := a.createProject("shop")
	created := a.do(http.MethodPost, project+"/honeytokens", fields{"relation_name": "bait", "action": "kill", "schema_name": nil})
	assertFields(t, fields{"schema_name": ""}, created.requireStatus(http.StatusCreated).body)
	// It is the same relation as the one in public.
	a.do(http.MethodPost, project+"/honeytokens", fields{"relation_name": "bait", "action": "kill", "schema_name": "public"}).
		requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
}

func TestRejectEmptyDatabaseStrings(t *testing.T) {
	for rejects, status := range map[bool]int{true: http.StatusBadRequest, false: http.StatusOK} {
		a := start(t, Options{Behaviour: Behaviour{RejectEmptyDatabaseStrings: rejects}})
		project, database := a.createProject("shop")
		for _, name := range []string{"name", "username", "password"} {
			a.do(http.MethodPatch, project+"/databases/"+database, fields{name: ""}).requireStatus(status)
		}
	}
}

func TestDatabaseLimitPerOrganization(t *testing.T) {
	for shared, status := range map[bool]int{true: http.StatusForbidden, false: http.StatusCreated} {
		a := start(t, Options{Behaviour: Behaviour{DatabaseLimitPerOrganization: shared}, Limits: Limits{Databases: 2}})
		a.createProject("first")
		second, _ := a.createProject("second")
		a.do(http.MethodPost, second+"/databases", databaseBody()).requireStatus(status)
	}
}

func TestFeatureOff(t *testing.T) {
	for off, paths := range map[string][]string{agentGateway: {"/agents", "/policies", "/webhooks"}, customDomains: {"/domains"}} {
		for forbidden, status := range map[bool]int{true: http.StatusForbidden, false: http.StatusNotFound} {
			a := start(t, Options{Behaviour: Behaviour{FeatureOff: off, FeatureOffAnswers403: forbidden}})
			project, _ := a.createProject("shop")
			for _, path := range paths {
				a.do(http.MethodGet, project+path, nil).requireStatus(status)
			}
			a.do(http.MethodGet, project+"/honeytokens", nil).requireStatus(http.StatusOK)
		}
	}
	_, err := New(Options{Behaviour: Behaviour{FeatureOff: "everything"}})
	require.ErrorContains(t, err, "must be agent-gateway or custom-domains")
}

// TestDeletedProjectWritesAnswer409 calls every operation below a deleted project, with and without the behaviour, and again after
// a restart.
func TestDeletedProjectWritesAnswer409(t *testing.T) {
	for rejects, want := range map[bool]int{true: http.StatusConflict, false: http.StatusNotFound} {
		for _, restarted := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d, restarted %t", want, restarted), func(t *testing.T) {
				options := Options{
					Behaviour: Behaviour{DeletedProjectWritesAnswer409: rejects}, StateFile: filepath.Join(t.TempDir(), "state.json"),
					APIKeys: map[string]string{"pbo_local": "org_local", "pbo_other": "org_other"},
				}
				a := start(t, options)
				project, database := a.createProject("shop")
				keep, kept := a.createProject("kept")
				a.do(http.MethodDelete, project, nil).requireStatus(http.StatusNoContent)
				a.do(http.MethodDelete, keep+"/databases/"+kept, nil).requireStatus(http.StatusNoContent)
				if restarted {
					a = start(t, options)
				}
				variables := strings.NewReplacer("{project_id}", lastSegment(project), "{database_id}", database, "{query_hash}", "a1b2c3d4e5f60718",
					"{agent_id}", "agt_x", "{policy_id}", "pol_x", "{webhook_id}", "whk_x", "{domain_id}", "dom_x", "{replica_id}", "rep_x",
					"{honeytoken_id}", "hnt_x", "{anomaly_rule_id}", "anl_x", "{approval_rule_id}", "apl_x")
				writes := 0
				for _, op := range a.operations {
					path := variables.Replace(op.path)
					if path == op.path || strings.Contains(path, "{") {
						continue
					}
					var body any
					if op.body != nil {
						body = minimalObject(op.body)
					}
					query := url.Values{}
					for name, value := range minimalObject(op.query) {
						query.Set(name, fmt.Sprint(value))
					}
					if len(query) > 0 {
						path += "?" + query.Encode()
					}
					res := a.do(op.method, path, body)
					if !op.writes() || op.id == "deleteProject" || !rejects {
						res.requireProblem(http.StatusNotFound, "NOT_FOUND")
						continue
					}
					writes++
					res.requireProblem(http.StatusConflict, "INVALID_STATE")
					// TestOperationsMatchTheContract compares op.conflicts with the contract.
					assert.Equal(t, op.conflicts, !a.lastRequest().Undeclared, op.id)
				}
				if rejects {
					assert.GreaterOrEqual(t, writes, 30)
				}
				assert.Zero(t, a.Ran("*", "/v1/projects/"+lastSegment(project)+"/*")+a.Ran("*", "/v1/databases/*/*"))

				// It applies only to deleted projects of the same organization.
				a.do(http.MethodDelete, keep+"/databases/"+kept, nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
				a.do(http.MethodPost, "/v1/databases/"+kept+"/replicas", fields{"host": "h", "port": 1}).requireProblem(http.StatusNotFound, "NOT_FOUND")
				a.do(http.MethodPatch, "/v1/projects/prj_none", fields{"name": "x"}).requireProblem(http.StatusNotFound, "NOT_FOUND")
				a.APIKey = "pbo_other"
				a.do(http.MethodPatch, project, fields{"name": "x"}).requireProblem(http.StatusNotFound, "NOT_FOUND")
			})
		}
	}
}

// minimalObject returns an object that conforms to a schema, with its required fields only.
func minimalObject(s schema) fields {
	object := fields{}
	for _, f := range s {
		switch {
		case !f.required:
		case len(f.enum) > 0:
			object[f.name] = f.enum[0]
		case f.typ == stringType:
			object[f.name] = "x"
		case f.typ == boolType:
			object[f.name] = true
		case f.typ == objectType:
			object[f.name] = minimalObject(f.fields)
		case f.typ == listType:
			object[f.name] = []any{}
		default:
			object[f.name] = 1
		}
	}
	return object
}
