// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestGetOrganizationsOfAUser has a role in each organization, which the key of an organization
// does not have.
func TestGetOrganizationsOfAUser(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.answer("GET", "/v1/organizations", `{"organizations":[
		{"id":"org_1","name":"Acme Corp","slug":"acme","role":"owner"},{"id":"org_2","name":"Beta","slug":"beta"}]}`)
	assert.Equal(t, []any{
		object{"id": "org_1", "name": "Acme Corp", "slug": "acme", "role": "owner"},
		object{"id": "org_2", "name": "Beta", "slug": "beta"},
	}, env.invoke("getOrganizations", nil)["organizations"])
}

func TestGetOrganizationsOfAnOrganization(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	organizations := env.invoke("getOrganizations", nil)["organizations"].([]any)
	assert.Len(t, organizations, 1)
	assert.Equal(t, env.Local.OrgID, organizations[0].(object)["id"])
	assert.NotContains(t, organizations[0], "role")
}
