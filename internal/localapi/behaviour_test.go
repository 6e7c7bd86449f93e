// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCreateProjectOmitsDatabase(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{CreateProjectOmitsDatabase: true}})
	created := a.do(http.MethodPost, "/v1/projects", a.projectBody("shop")).wants(http.StatusCreated)
	assert.NotContains(t, created.body, "database")
	assert.Len(t, a.Objects("databases"), 1)
}

func TestDNSInstructionsOnCreateOnly(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{DNSInstructionsOnCreateOnly: true}})
	project, _ := a.project("shop")
	created := a.do(http.MethodPost, project+"/domains", fields{"domain": "db.example.com"}).wants(http.StatusCreated)
	assert.NotEmpty(t, created.object("dns_instructions"))
	assert.NotContains(t, a.do(http.MethodGet, project+"/domains", nil).list("domains")[0], "dns_instructions")
	verified := a.do(http.MethodPost, project+"/domains/"+created.text("id")+"/verify", nil)
	assert.NotContains(t, verified.object("domain"), "dns_instructions")
}

func TestEmptySchemaNames(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{EmptySchemaNames: true}})
	project, _ := a.project("shop")
	created := a.do(http.MethodPost, project+"/honeytokens", fields{"relation_name": "bait", "action": "kill", "schema_name": nil})
	assertFields(t, fields{"schema_name": ""}, created.wants(http.StatusCreated).body)
	// And it is still the same relation as the one in public.
	a.do(http.MethodPost, project+"/honeytokens", fields{"relation_name": "bait", "action": "kill", "schema_name": "public"}).
		problem(http.StatusConflict, "RESOURCE_EXISTS")
}

func TestRefuseEmptyDatabaseTexts(t *testing.T) {
	for refuses, status := range map[bool]int{true: http.StatusBadRequest, false: http.StatusOK} {
		a := start(t, Options{Behaviour: Behaviour{RefuseEmptyDatabaseTexts: refuses}})
		project, database := a.project("shop")
		for _, name := range []string{"name", "username", "password"} {
			a.do(http.MethodPatch, project+"/databases/"+database, fields{name: ""}).wants(status)
		}
	}
}

func TestDatabaseLimitPerOrganization(t *testing.T) {
	for shared, status := range map[bool]int{true: http.StatusForbidden, false: http.StatusCreated} {
		a := start(t, Options{Behaviour: Behaviour{DatabaseLimitPerOrganization: shared}, Limits: Limits{Databases: 2}})
		a.project("first")
		second, _ := a.project("second")
		a.do(http.MethodPost, second+"/databases", databaseBody()).wants(status)
	}
}

func TestFeatureOff(t *testing.T) {
	for off, paths := range map[string][]string{agentGateway: {"/agents", "/policies", "/webhooks"}, customDomains: {"/domains"}} {
		for forbidden, status := range map[bool]int{true: http.StatusForbidden, false: http.StatusNotFound} {
			a := start(t, Options{Behaviour: Behaviour{FeatureOff: off, FeatureOffAnswers403: forbidden}})
			project, _ := a.project("shop")
			for _, path := range paths {
				a.do(http.MethodGet, project+path, nil).wants(status)
			}
			a.do(http.MethodGet, project+"/honeytokens", nil).wants(http.StatusOK)
		}
	}
	_, err := New(Options{Behaviour: Behaviour{FeatureOff: "everything"}})
	require.ErrorContains(t, err, "must be agent-gateway or custom-domains")
}
