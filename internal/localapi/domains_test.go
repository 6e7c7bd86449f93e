// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDomains(t *testing.T) {
	a := start(t, Options{Now: newFakeClock().Now})
	project, _ := a.createProject("shop")
	other, _ := a.createProject("other")
	created := a.do(http.MethodPost, project+"/domains", fields{"domain": "DB.example.com"}).requireStatus(http.StatusCreated)
	assert.Regexp(t, `^dom_`, created.body["id"])
	assertFields(t, fields{"domain": "DB.example.com", "verified": false, "verified_at": nil, "tls_cert_expiry": nil}, created.body)
	host := a.do(http.MethodGet, project, nil).stringField("proxy_host")
	assertFields(t, fields{
		"cname_host": "DB.example.com", "cname_target": host, "txt_value": "pgbeam-verify=" + created.stringField("dns_verification_token"),
		"acme_cname_target": "_acme-challenge." + host,
	}, created.objectField("dns_instructions"))
	path := project + "/domains/" + created.stringField("id")

	for _, project := range []string{project, other} {
		a.do(http.MethodPost, project+"/domains", fields{"domain": "db.EXAMPLE.com"}).requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
	}
	rejected := a.do(http.MethodPost, path+"/verify", nil).requireStatus(http.StatusOK)
	assert.Equal(t, false, rejected.body["verified"])
	assert.NotEmpty(t, rejected.body["error"])
	require.NoError(t, a.PublishDNS("db.example.com"))
	for range 2 {
		verified := a.do(http.MethodPost, path+"/verify", nil).requireStatus(http.StatusOK)
		assert.Equal(t, true, verified.body["verified"])
		assert.NotContains(t, verified.body, "error")
		assertFields(t, fields{
			"verified": true, "verified_at": "2026-03-01T12:00:01Z", "tls_cert_expiry": "2026-05-30T12:00:01Z",
			"updated_at": "2026-03-01T12:00:01Z",
		}, verified.objectField("domain"))
	}
	a.do(http.MethodPost, other+"/domains/"+lastSegment(path)+"/verify", nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodGet, path, nil).requireProblem(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")
	a.do(http.MethodDelete, path, nil).requireStatus(http.StatusNoContent)
	assert.Empty(t, a.do(http.MethodGet, project+"/domains", nil).listField("domains"))

	a.requireAllInvalid(http.MethodPost, project+"/domains", fields{"domain": "a.example.com"}, []invalidInput{
		{"nothing", fields{"domain": absent}, []string{"domain"}},
		{"empty", fields{"domain": ""}, []string{"domain"}},
		{"underscore", fields{"domain": "a_b.example.com"}, []string{"domain"}},
		{"dot at the end", fields{"domain": "example.com."}, []string{"domain"}},
		{"too long", fields{"domain": strings.Repeat("a.", 127) + "com"}, []string{"domain"}},
	})
}

func TestLowercaseDomains(t *testing.T) {
	a := start(t, Options{Behaviour: Behaviour{LowercaseDomains: true}})
	project, _ := a.createProject("shop")
	created := a.do(http.MethodPost, project+"/domains", fields{"domain": "DB.example.com"}).requireStatus(http.StatusCreated)
	assert.Equal(t, "db.example.com", created.body["domain"])
}

func TestDomainsRequirePlan(t *testing.T) {
	a := start(t, Options{Plan: "pro"})
	project, _ := a.createProject("shop")
	a.do(http.MethodPost, project+"/domains", fields{"domain": "example.com"}).requireProblem(http.StatusForbidden, "PLAN_LIMIT_REACHED")
	require.NoError(t, a.Edit("plan", a.OrgID, fields{"plan": "enterprise"}))
	path := a.create(project+"/domains", fields{"domain": "example.com"})
	require.NoError(t, a.Edit("plan", a.OrgID, fields{"plan": "starter"}))
	a.do(http.MethodPost, path+"/verify", nil).requireProblem(http.StatusForbidden, "PLAN_LIMIT_REACHED")
}
