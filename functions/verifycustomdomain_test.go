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
	w := newWorld(t, localapi.Options{})
	inputs := w.inProject(object{"domainId": w.domain.ID})
	result := w.invoke("verifyCustomDomain", inputs)
	assert.Equal(t, false, result["verified"])
	assert.NotEmpty(t, result["error"])
	assert.NotContains(t, result, "verifiedAt")
	assert.NotContains(t, result, "tlsCertExpiry")

	require.NoError(t, w.Local.PublishDNS("db.example.org"))
	result = w.invoke("verifyCustomDomain", inputs)
	assert.Equal(t, 2, w.Local.Count("POST", "/v1/projects/*/domains/*/verify"))
	live := w.Local.Objects("domains")[0]
	assert.Equal(t, object{"verified": true, "verifiedAt": live["verified_at"], "tlsCertExpiry": live["tls_cert_expiry"]}, result)
	assert.Equal(t, result, w.invoke("verifyCustomDomain", w.inProject(object{"domainId": w.project.ID + "/" + w.domain.ID})), "by the import ID")
}

// TestVerifyCustomDomainWithoutItsDomain has a response that the contract permits.
func TestVerifyCustomDomainWithoutItsDomain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, localapi.Options{})
	w.answer("POST", "/v1/projects/*/domains/*/verify", `{"verified":true}`)
	assert.Equal(t, object{"verified": true}, w.invoke("verifyCustomDomain", w.inProject(object{"domainId": w.domain.ID})))
}

// TestVerifyCustomDomainMakesOtherFunctionsReadAgain because it can change what they read.
func TestVerifyCustomDomainMakesOtherFunctionsReadAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, localapi.Options{})
	w.invoke("getProject", object{"id": w.project.ID})
	w.invoke("verifyCustomDomain", w.inProject(object{"domainId": w.domain.ID}))
	w.invoke("getProject", object{"id": w.project.ID})
	assert.Equal(t, 2, w.Local.Count("GET", "/v1/projects/*"))
}
