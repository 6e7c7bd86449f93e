// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestVerifyCustomDomain verifies a domain before and after its owner publishes the DNS records.
// Each call is a request.
func TestVerifyCustomDomain(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	inputs := env.inProject(object{"domainId": env.domain.ID})
	result := env.invoke("verifyCustomDomain", inputs)
	assert.Equal(t, false, result["verified"])
	assert.NotEmpty(t, result["error"])
	assert.NotContains(t, result, "verifiedAt")
	assert.NotContains(t, result, "tlsCertExpiry")

	require.NoError(t, env.Local.PublishDNS("db.example.org"))
	result = env.invoke("verifyCustomDomain", inputs)
	assert.Equal(t, 2, env.Local.Count("POST", "/v1/projects/*/domains/*/verify"))
	live := env.Local.Objects("domains")[0]
	assert.Equal(t, object{"verified": true, "verifiedAt": live["verified_at"], "tlsCertExpiry": live["tls_cert_expiry"]}, result)
	assert.Equal(t, result, env.invoke("verifyCustomDomain", env.inProject(object{"domainId": env.project.ID + "/" + env.domain.ID})), "by the import ID")
}

// TestVerifyCustomDomainWithoutItsDomain has a response that the contract permits.
func TestVerifyCustomDomainWithoutItsDomain(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.answer("POST", "/v1/projects/*/domains/*/verify", `{"verified":true}`)
	assert.Equal(t, object{"verified": true}, env.invoke("verifyCustomDomain", env.inProject(object{"domainId": env.domain.ID})))
}

// TestVerifyCustomDomainMakesOtherFunctionsReadAgain because it can change what they read.
func TestVerifyCustomDomainMakesOtherFunctionsReadAgain(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	env.invoke("getProject", object{"id": env.project.ID})
	env.invoke("verifyCustomDomain", env.inProject(object{"domainId": env.domain.ID}))
	env.invoke("getProject", object{"id": env.project.ID})
	assert.Equal(t, 2, env.Local.Count("GET", "/v1/projects/*"))
}
