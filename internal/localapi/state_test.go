// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/modetest"
)

func TestStateSurvivesARestart(t *testing.T) {
	now := newFakeClock()
	options := Options{Now: now.Now, StateFile: filepath.Join(t.TempDir(), "state.json")}
	a := start(t, options)
	project, database := a.createProject("shop")
	policy := a.do(http.MethodPost, project+"/policies", fullPolicy()).requireStatus(http.StatusCreated).stringField("id")
	expiring := fields{"name": "bot", "policy_profile_id": policy, "expires_at": "2027-01-01T00:00:00.25Z"}
	created := a.do(http.MethodPost, project+"/agents", expiring, keyHeader, "k").requireStatus(http.StatusCreated)
	revoked := a.createAgent(project, "gone", policy)
	a.do(http.MethodDelete, revoked, nil).requireStatus(http.StatusNoContent)
	a.create(project+"/webhooks", fields{"url": "https://example.com", "secret": "hush"})
	domain := a.create(project+"/domains", fields{"domain": "db.example.com"})
	require.NoError(t, a.PublishDNS("db.example.com"))
	require.NoError(t, a.ObserveQuery(lastSegment(project), database, "a1b2c3d4e5f60718", "SELECT 1"))
	a.create(project+"/anomaly-rules", fields{"metric": "queries_per_hour", "floor": 1.5})
	a.do(http.MethodPut, "/v1/organizations/"+a.OrgID+"/spend-limit", fields{"spend_limit": 9.5}).requireStatus(http.StatusOK)
	deleted, _ := a.createProject("deleted")
	a.do(http.MethodDelete, deleted, nil).requireStatus(http.StatusNoContent)

	info, err := os.Stat(options.StateFile)
	require.NoError(t, err)
	modetest.AssertPrivate(t, info)
	leftovers, err := filepath.Glob(options.StateFile + "*")
	require.NoError(t, err)
	assert.Len(t, leftovers, 1)

	options.Limits.Projects = 1
	options.Behaviour.DeletedProjectAnswers200 = true
	b := start(t, options)
	for _, k := range a.collections {
		if k.name != "plan" {
			assert.Equal(t, a.Objects(k.name), b.Objects(k.name), k.name)
		}
	}
	agent, _ := created.objectField("credential")["id"].(string)
	for _, secret := range [][3]string{
		{"databases", database, "password"}, {"agents", agent, "mcp_token"}, {"agents", agent, "connection_string"},
	} {
		assert.NotEmpty(t, b.Secret(secret[0], secret[1], secret[2]))
		assert.Equal(t, a.Secret(secret[0], secret[1], secret[2]), b.Secret(secret[0], secret[1], secret[2]))
	}
	assert.Equal(t, created.raw, b.do(http.MethodPost, project+"/agents", expiring, keyHeader, "k").requireStatus(http.StatusCreated).raw)
	b.do(http.MethodPost, project+"/agents", fields{"name": "x", "policy_profile_id": policy}, keyHeader, "k").
		requireProblem(http.StatusConflict, "IDEMPOTENCY_KEY_REUSED")
	assert.Equal(t, "revoked", b.do(http.MethodGet, revoked, nil).stringField("status"))
	assert.Equal(t, "deleted", b.do(http.MethodGet, deleted, nil).stringField("status"))
	assert.Equal(t, true, b.do(http.MethodPost, domain+"/verify", nil).body["verified"])
	b.do(http.MethodPost, project+"/policies", fields{"name": "full"}).requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
	plan := b.do(http.MethodGet, "/v1/organizations/"+b.OrgID+"/plan", nil)
	assert.InDelta(t, 9.5, plan.body["spend_limit"], 0)
	assert.InDelta(t, 1, plan.objectField("limits")["max_projects"], 0)
	b.do(http.MethodPost, "/v1/projects", b.projectBody("more")).requireProblem(http.StatusForbidden, "PLAN_LIMIT_REACHED")
	b.do(http.MethodPost, project+"/policies", fields{"name": "later"}).requireStatus(http.StatusCreated)
	policies := b.do(http.MethodGet, project+"/policies", nil).listField("policies")
	assert.Equal(t, "later", policies[len(policies)-1]["name"])

	now.advance(replayWindow)
	c := start(t, options)
	c.do(http.MethodPost, project+"/agents", expiring, keyHeader, "k").requireProblem(http.StatusConflict, "RESOURCE_EXISTS")
}

// TestStateFileOfRelease loads a file that was written by the first release. Its format must remain readable.
func TestStateFileOfRelease(t *testing.T) {
	released, err := os.ReadFile(filepath.Join("testdata", "state-v1.json"))
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "state.json")
	require.NoError(t, os.WriteFile(path, released, 0o600))
	written := time.Date(2026, 11, 26, 16, 0, 0, 0, time.UTC)
	a := start(t, Options{StateFile: path, Now: func() time.Time { return written }, Behaviour: Behaviour{DeletedProjectAnswers200: true}})

	const (
		project  = "/v1/projects/prj_01m8c6wsggaazwjk82eybkxkwz"
		policy   = "pol_01m8c6wsggm7ps5sxaz1z8dem2"
		agent    = "agt_01m8c6wsggh9vmtqwmasvacwzs"
		revoked  = "agt_01m8c6wsggx6h556jfeas6b2xh"
		database = "db_01m8c6wsggc6ymqz2a4vpp78an"
		webhook  = "whk_01m8c6wsggyndgb7q0kz11bnt0"
		domain   = "dom_01m8c6wsggbcx8kqz2gfmvv0zy"
	)
	for _, kind := range []string{
		"projects", "databases", "replicas", "policies", "agents", "webhooks", "domains", "cache-rules", "self-host-enrollments",
		"honeytokens", "anomaly-rules", "approval-rules", "plan",
	} {
		assert.Len(t, a.Objects(kind), 1, kind)
	}
	assertFields(t, fields{
		"name": "shop", "default_policy_profile_id": policy, "allowed_cidrs": []any{fields{"cidr": "10.0.0.0/8", "label": "VPC"}},
	}, a.do(http.MethodGet, project, nil).requireStatus(http.StatusOK).body)
	assert.Equal(t, "revoked", a.do(http.MethodGet, project+"/agents/"+revoked, nil).stringField("status"))
	assert.Equal(t, true, a.do(http.MethodPost, project+"/domains/"+domain+"/verify", nil).body["verified"])
	assert.InDelta(t, 9.5, a.do(http.MethodGet, "/v1/organizations/"+a.OrgID+"/plan", nil).body["spend_limit"], 0)
	assert.Equal(t, "p", a.Secret("databases", database, "password"))
	assert.Equal(t, "hush", a.Secret("webhooks", webhook, "secret"))
	assert.NotEmpty(t, a.Secret("agents", agent, "mcp_token"))

	replayed := a.do(http.MethodPost, project+"/policies", `{"name": "p", "max_rows": 3}`, keyHeader, "kpolicy_id")
	assert.Equal(t, policy, replayed.requireStatus(http.StatusCreated).stringField("id"))
	assert.True(t, a.lastRequest().Replayed)
	deleted := 0
	for _, o := range a.projects.byID {
		if o.deleted {
			assert.Equal(t, "deleted", a.do(http.MethodGet, "/v1/projects/"+o.id, nil).requireStatus(http.StatusOK).stringField("status"))
			deleted++
		}
	}
	assert.Equal(t, 1, deleted)
}

func TestInvalidStateFile(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"not JSON": "x", "another version": `{"version":99}`,
		"not an object": `{"version":1,"objects":{"projects":[{"id":"prj_a","fields":[]}]}}`,
		"bad field":     `{"version":1,"objects":{"projects":[{"id":"prj_a","fields":{"name":7}}]}}`,
	} {
		path := filepath.Join(dir, "state.json")
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
		_, err := New(Options{StateFile: path})
		require.ErrorContains(t, err, path, name)
		kept, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, content, string(kept), "an invalid file is not overwritten")
	}
	_, err := New(Options{StateFile: filepath.Join(dir, "nowhere", "state.json")})
	require.Error(t, err)
	_, err = New(Options{StateFile: dir})
	require.Error(t, err)
}

func TestUnwritableStateFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	require.NoError(t, os.Mkdir(dir, 0o700))
	a := start(t, Options{StateFile: filepath.Join(dir, "state.json")})
	require.NoError(t, os.RemoveAll(dir))
	a.do(http.MethodPost, "/v1/projects", a.projectBody("shop")).requireProblem(http.StatusInternalServerError, "INTERNAL_ERROR")
	require.NoError(t, os.Mkdir(dir, 0o700))
	a.do(http.MethodGet, "/v1/health", nil).requireStatus(http.StatusOK)
	_, err := os.Stat(filepath.Join(dir, "state.json"))
	require.NoError(t, err, "the next request writes the file")
}

func TestUpdatedAtAdvances(t *testing.T) {
	now := newFakeClock()
	a := start(t, Options{Now: now.Now})
	project, _ := a.createProject("shop")
	for _, want := range []string{"2026-03-01T12:00:01Z", "2026-03-01T12:00:02Z"} {
		changed := a.do(http.MethodPatch, project, fields{"description": "same"}).requireStatus(http.StatusOK)
		assert.Equal(t, want, changed.body["updated_at"])
	}
	now.advance(time.Hour)
	assert.Equal(t, "2026-03-01T13:00:00Z", a.do(http.MethodPatch, project, fields{"description": "same"}).stringField("updated_at"))
}
