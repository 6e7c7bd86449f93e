// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestCustomDomainKeepsItsDNSRecords checks that a single request returns the records,
// and that they stay in the state if the API does not return them again.
func TestCustomDomainKeepsItsDNSRecords(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{DNSInstructionsOnCreateOnly: true, LowercaseDomains: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := object{"projectId": env.Project().ID, "domain": "DB.example.com"}
		env.Local.ResetRequests()
		domain := env.Create("CustomDomain", "domain", inputs)
		assert.Len(t, env.Local.Requests(), 1)
		assert.False(t, domain.State.Get("verified").AsBool())
		records := func() map[string]property.Value {
			return domain.State.Get("dnsInstructions").AsMap().AsMap()
		}
		before := records()
		for _, name := range []string{"cnameHost", "cnameTarget", "txtHost", "txtValue", "acmeCnameHost", "acmeCnameTarget"} {
			assert.NotEmpty(t, before[name].AsString(), name)
		}
		assert.Contains(t, before["txtValue"].AsString(), domain.State.Get("dnsVerificationToken").AsString())

		require.NoError(t, env.Local.PublishDNS("db.example.com"))
		env.Refresh(domain)
		assert.Equal(t, before, records())
		env.RequireNoChanges(domain, inputs)
		env.RequireNoChanges(domain, enginetest.With(inputs, object{"domain": "db.EXAMPLE.com"}))
		env.Up(domain, enginetest.With(inputs, object{"waitForVerification": true}))
		assert.Equal(t, before, records())
		assert.True(t, domain.State.Get("verified").AsBool())
	})
}

// TestCustomDomainWaitsForVerification also checks the status message, so it redirects
// the log and cannot be parallel.
func TestCustomDomainWaitsForVerification(t *testing.T) {
	var log bytes.Buffer
	previous := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(previous) })

	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := object{"projectId": env.Project().ID, "domain": "db.example.com", "waitForVerification": true}
	// The first verification does not find the record yet.
	env.Local.AddFault(localapi.Fault{
		Method: "POST", Path: "/v1/projects/*/domains/*/verify", Times: 1, After: true, Status: 200, ContentType: "application/json",
		Body: `{"verified":false,"error":"the TXT record was not found"}`,
	})
	require.NoError(t, env.Local.PublishDNS("db.example.com"))
	domain := env.Create("CustomDomain", "domain", inputs)
	assert.Equal(t, 2, env.Local.Count("POST", "/v1/projects/*/domains/*/verify"))
	assert.True(t, domain.State.Get("verified").AsBool())
	assert.NotEmpty(t, domain.State.Get("verifiedAt").AsString())
	assert.NotEmpty(t, domain.State.Get("tlsCertExpiry").AsString())
	assert.Contains(t, log.String(), "waiting for TXT "+domain.State.Get("dnsInstructions").AsMap().Get("txtHost").AsString())
	env.RequireNoChanges(domain, inputs)
}

// TestCustomDomainVerificationTimeout checks that the domain is in the state after a
// timeout, and that the next update waits again.
func TestCustomDomainVerificationTimeout(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]localapi.Fault{
		"between two requests": {Method: "NONE"},
		"during a request":     {Method: "POST", Path: "/v1/projects/*/domains/*/verify", Skip: 1, Times: 1, Latency: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := enginetest.NewEnv(t, localapi.Options{})
			env.Local.AddFault(fault)
			inputs := enginetest.Inputs(object{"projectId": env.Project().ID, "domain": "db.example.com", "waitForVerification": true})
			domain := &enginetest.Resource{Kind: "CustomDomain", Name: "domain"}
			created, err := env.Engine.Server.Create(p.CreateRequest{Urn: domain.URN(), Properties: inputs, Timeout: 2})
			require.Error(t, err)
			require.NotNil(t, created.PartialState)
			reason := strings.Join(created.PartialState.Reasons, "")
			for _, part := range []string{"db.example.com is not verified yet", "the TXT record _pgbeam", "must have the value", "pulumi up"} {
				assert.Contains(t, reason, part)
			}
			assert.NotEmpty(t, created.ID)
			assert.False(t, created.Properties.Get("verified").AsBool())

			domain.ID, domain.Inputs, domain.State, domain.Unfinished = created.ID, inputs, created.Properties, created.PartialState.Reasons
			require.NoError(t, env.Local.PublishDNS("db.example.com"))
			result := env.Engine.Up(domain, inputs)
			require.NoError(t, result.Err)
			assert.True(t, domain.State.Get("verified").AsBool())
			assert.Len(t, env.Local.Objects("domains"), 1)
		})
	}
}

func TestCustomDomainVerificationIsCancelled(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	inputs := enginetest.Inputs(object{"projectId": env.Project().ID, "domain": "db.example.com", "waitForVerification": true})
	type outcome struct {
		response p.CreateResponse
		err      error
	}
	done := make(chan outcome, 1)
	domain := &enginetest.Resource{Kind: "CustomDomain", Name: "domain"}
	go func() {
		response, err := env.Engine.Server.Create(p.CreateRequest{Urn: domain.URN(), Properties: inputs})
		done <- outcome{response, err}
	}()
	require.Eventually(t, func() bool { return env.Local.Count("POST", "/v1/projects/*/domains/*/verify") > 0 }, time.Minute, time.Millisecond)
	require.NoError(t, env.Engine.Server.Cancel())
	result := <-done
	require.Error(t, result.err)
	assert.NotEmpty(t, result.response.ID, "the domain is in the state")
	assert.False(t, result.response.Properties.Get("verified").AsBool())
	assert.Len(t, env.Local.Objects("domains"), 1)
}

// TestCustomDomainMovesToAnotherProject checks that the old object is deleted first,
// because domains are unique in all projects, even if the new project is unknown.
func TestCustomDomainMovesToAnotherProject(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{LowercaseDomains: true}, func(t *testing.T, env *enginetest.Env) {
		inputs := object{"projectId": env.Project().ID, "domain": "DB.example.com"}
		domain := env.Create("CustomDomain", "domain", inputs)
		other := env.Create("Project", "other", object{"orgId": env.Local.OrgID, "name": "other", "database": enginetest.DatabaseInputs})

		preview := env.Engine.Preview(domain, enginetest.Inputs(enginetest.With(inputs, object{"projectId": enginetest.Unknown})))
		assert.Equal(t, enginetest.Replace, preview.Op)
		assert.True(t, preview.Diff.DeleteBeforeReplace)

		moved := enginetest.With(inputs, object{"projectId": other.ID})
		result := env.Up(domain, moved)
		assert.Equal(t, enginetest.Replace, result.Op)
		assert.True(t, result.Diff.DeleteBeforeReplace)
		require.Len(t, env.Local.Objects("domains"), 1)
		assert.Equal(t, other.ID, env.Local.Objects("domains")[0]["project_id"])
		env.RequireNoChanges(domain, moved)

		result = env.Up(domain, enginetest.With(moved, object{"domain": "other.example.com"}))
		assert.Equal(t, enginetest.Replace, result.Op)
		assert.False(t, result.Diff.DeleteBeforeReplace, "two domains can exist at the same time")
	})
}

func TestCustomDomainRequiresAPlan(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{Plan: "pro"})
	result := env.Engine.Up(&enginetest.Resource{Kind: "CustomDomain", Name: "domain"}, enginetest.Inputs(object{"projectId": env.Project().ID, "domain": "db.example.com"}))
	require.ErrorContains(t, result.Err, "403 PLAN_LIMIT_REACHED")
}

func TestErrorOfDisabledFeatureNamesTheRequest(t *testing.T) {
	t.Parallel()
	for _, behaviour := range []localapi.Behaviour{{FeatureOff: "custom-domains"}, {FeatureOff: "custom-domains", FeatureOffAnswers403: true}} {
		env := enginetest.NewEnv(t, localapi.Options{Behaviour: behaviour})
		domain := &enginetest.Resource{Kind: "CustomDomain", Name: "domain"}
		result := env.Engine.Up(domain, enginetest.Inputs(object{"projectId": env.Project().ID, "domain": "db.example.com"}))
		require.ErrorContains(t, result.Err, "creating CustomDomain \"domain\": POST /v1/projects/")
		assert.Empty(t, domain.ID)
	}
}
