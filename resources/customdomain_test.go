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

// TestCustomDomainGivesItsRecordsAtOnce, in one request, and keeps them where
// the API does not say them again.
func TestCustomDomainGivesItsRecordsAtOnce(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{DNSInstructionsOnCreateOnly: true, LowercaseDomains: true}, func(t *testing.T, w *enginetest.Env) {
		inputs := object{"projectId": w.Project().ID, "domain": "DB.example.com"}
		w.Local.ResetRequests()
		domain := w.Create("CustomDomain", "domain", inputs)
		assert.Len(t, w.Local.Requests(), 1)
		assert.False(t, domain.State.Get("verified").AsBool())
		records := func() map[string]property.Value {
			return domain.State.Get("dnsInstructions").AsMap().AsMap()
		}
		before := records()
		for _, name := range []string{"cnameHost", "cnameTarget", "txtHost", "txtValue", "acmeCnameHost", "acmeCnameTarget"} {
			assert.NotEmpty(t, before[name].AsString(), name)
		}
		assert.Contains(t, before["txtValue"].AsString(), domain.State.Get("dnsVerificationToken").AsString())

		require.NoError(t, w.Local.PublishDNS("db.example.com"))
		w.Refresh(domain)
		assert.Equal(t, before, records())
		w.RequireNoChanges(domain, inputs)
		w.RequireNoChanges(domain, with(inputs, object{"domain": "db.EXAMPLE.com"}))
		w.Up(domain, with(inputs, object{"waitForVerification": true}))
		assert.Equal(t, before, records())
		assert.True(t, domain.State.Get("verified").AsBool())
	})
}

// TestCustomDomainWaits asks until the domain is verified, and says meanwhile
// for which record. It is not parallel, because it listens to the log.
func TestCustomDomainWaits(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })

	w := newWorld(t)
	inputs := object{"projectId": w.Project().ID, "domain": "db.example.com", "waitForVerification": true}
	// The owner publishes the record when the API has been asked for the first time.
	w.Local.AddFault(localapi.Fault{
		Method: "POST", Path: "/v1/projects/*/domains/*/verify", Times: 1, After: true, Status: 200, ContentType: "application/json",
		Body: `{"verified":false,"error":"the TXT record was not found"}`,
	})
	require.NoError(t, w.Local.PublishDNS("db.example.com"))
	domain := w.Create("CustomDomain", "domain", inputs)
	assert.Equal(t, 2, w.Local.Count("POST", "/v1/projects/*/domains/*/verify"))
	assert.True(t, domain.State.Get("verified").AsBool())
	assert.NotEmpty(t, domain.State.Get("verifiedAt").AsString())
	assert.NotEmpty(t, domain.State.Get("tlsCertExpiry").AsString())
	assert.Contains(t, log.String(), "waiting for TXT "+domain.State.Get("dnsInstructions").AsMap().Get("txtHost").AsString())
	w.RequireNoChanges(domain, inputs)
}

// TestCustomDomainThatIsNotVerifiedInTime stays in the state as what it is, and
// the next update waits again.
func TestCustomDomainThatIsNotVerifiedInTime(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]localapi.Fault{
		"between two requests": {Method: "NONE"},
		"during a request":     {Method: "POST", Path: "/v1/projects/*/domains/*/verify", Skip: 1, Times: 1, Latency: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Local.AddFault(fault)
			inputs := enginetest.Inputs(object{"projectId": w.Project().ID, "domain": "db.example.com", "waitForVerification": true})
			domain := &enginetest.Resource{Kind: "CustomDomain", Name: "domain"}
			created, err := w.Engine.Server.Create(p.CreateRequest{Urn: domain.URN(), Properties: inputs, Timeout: 2})
			require.Error(t, err)
			require.NotNil(t, created.PartialState)
			reason := strings.Join(created.PartialState.Reasons, "")
			for _, part := range []string{"db.example.com is not verified yet", "the TXT record _pgbeam", "must have the value", "pulumi up"} {
				assert.Contains(t, reason, part)
			}
			assert.NotEmpty(t, created.ID)
			assert.False(t, created.Properties.Get("verified").AsBool())

			domain.ID, domain.Inputs, domain.State, domain.Unfinished = created.ID, inputs, created.Properties, created.PartialState.Reasons
			require.NoError(t, w.Local.PublishDNS("db.example.com"))
			result := w.Engine.Up(domain, inputs)
			require.NoError(t, result.Err)
			assert.True(t, domain.State.Get("verified").AsBool())
			assert.Len(t, w.Local.Objects("domains"), 1)
		})
	}
}

// TestCustomDomainWaitIsCancelled when the user stops the update.
func TestCustomDomainWaitIsCancelled(t *testing.T) {
	t.Parallel()
	w := enginetest.NewEnv(t, localapi.Options{})
	inputs := enginetest.Inputs(object{"projectId": w.Project().ID, "domain": "db.example.com", "waitForVerification": true})
	type outcome struct {
		response p.CreateResponse
		err      error
	}
	done := make(chan outcome, 1)
	domain := &enginetest.Resource{Kind: "CustomDomain", Name: "domain"}
	go func() {
		response, err := w.Engine.Server.Create(p.CreateRequest{Urn: domain.URN(), Properties: inputs})
		done <- outcome{response, err}
	}()
	require.Eventually(t, func() bool { return w.Local.Count("POST", "/v1/projects/*/domains/*/verify") > 0 }, time.Minute, time.Millisecond)
	require.NoError(t, w.Engine.Server.Cancel())
	ended := <-done
	require.Error(t, ended.err)
	assert.NotEmpty(t, ended.response.ID, "the domain stays in the state")
	assert.False(t, ended.response.Properties.Get("verified").AsBool())
	assert.Len(t, w.Local.Objects("domains"), 1)
}

// TestCustomDomainNeedsAPlan: the error says so.
// TestCustomDomainMoves to another project: a domain is unique everywhere, so the
// old one has to go first, also while the new project is not known yet.
func TestCustomDomainMoves(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{LowercaseDomains: true}, func(t *testing.T, w *enginetest.Env) {
		inputs := object{"projectId": w.Project().ID, "domain": "DB.example.com"}
		domain := w.Create("CustomDomain", "domain", inputs)
		other := w.Create("Project", "other", object{"orgId": w.Local.OrgID, "name": "other", "database": enginetest.DatabaseInputs})

		preview := w.Engine.Preview(domain, enginetest.Inputs(with(inputs, object{"projectId": enginetest.Unknown})))
		assert.Equal(t, enginetest.Replace, preview.Op)
		assert.True(t, preview.Diff.DeleteBeforeReplace)

		moved := with(inputs, object{"projectId": other.ID})
		result := w.Up(domain, moved)
		assert.Equal(t, enginetest.Replace, result.Op)
		assert.True(t, result.Diff.DeleteBeforeReplace)
		require.Len(t, w.Local.Objects("domains"), 1)
		assert.Equal(t, other.ID, w.Local.Objects("domains")[0]["project_id"])
		w.RequireNoChanges(domain, moved)

		result = w.Up(domain, with(moved, object{"domain": "other.example.com"}))
		assert.Equal(t, enginetest.Replace, result.Op)
		assert.False(t, result.Diff.DeleteBeforeReplace, "two different domains can exist side by side")
	})
}

func TestCustomDomainNeedsAPlan(t *testing.T) {
	t.Parallel()
	w := enginetest.NewEnv(t, localapi.Options{Plan: "pro"})
	result := w.Engine.Up(&enginetest.Resource{Kind: "CustomDomain", Name: "domain"}, enginetest.Inputs(object{"projectId": w.Project().ID, "domain": "db.example.com"}))
	require.ErrorContains(t, result.Err, "403 PLAN_LIMIT_REACHED")
}

// TestFeaturesThatAreOff: whichever way the API says so, the error tells what was asked of it.
func TestFeaturesThatAreOff(t *testing.T) {
	t.Parallel()
	for _, behaviour := range []localapi.Behaviour{{FeatureOff: "custom-domains"}, {FeatureOff: "custom-domains", FeatureOffAnswers403: true}} {
		w := enginetest.NewEnv(t, localapi.Options{Behaviour: behaviour})
		domain := &enginetest.Resource{Kind: "CustomDomain", Name: "domain"}
		result := w.Engine.Up(domain, enginetest.Inputs(object{"projectId": w.Project().ID, "domain": "db.example.com"}))
		require.ErrorContains(t, result.Err, "creating CustomDomain \"domain\": POST /v1/projects/")
		assert.Empty(t, domain.ID)
	}
}
