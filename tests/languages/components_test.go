// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestInputsOfNothing: an input of a component that turns out to be nothing is
// left out, however the program says that.
func TestInputsOfNothing(t *testing.T) {
	t.Parallel()
	for language, l := range map[string]struct {
		drivers drivers
		file    string
	}{
		"TypeScript": {node, nodeProgram("nothing")},
		"Python":     {python, pythonProgram("nothing")},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			p := newProgram(t, l.drivers, local, l.file, "")
			p.AddCanary("the password", plantedPassword)
			p.Must("config", "set-all", "--plaintext", "orgId="+local.OrgID, "--secret", "password="+plantedPassword)
			p.preview()
			assert.Empty(t, local.Requests(), "a preview makes no request")
			p.up()
			p.AddCanaries()

			state := p.State()
			object := func(kind, name string) map[string]any {
				require.Contains(t, state, name)
				found := byName(local, kind, "id", state[name].ID)
				require.NotNil(t, found, name)
				for _, own := range []string{
					"id", "name", "created_at", "updated_at", "proxy_host", "pg_username", "project_id", "database_id", "policy_profile_id",
				} {
					delete(found, own)
				}
				return found
			}
			for name, kind := range map[string]string{
				"leaves-%-project": "projects", "leaves-%-policy": "policies", "leaves-%-agent": "agents", "leaves-%-webhook": "webhooks",
				"leaves-%-replica-0": "replicas", "wholes-%-project": "projects", "wholes-%-policy": "policies", "wholes-%-agent": "agents",
			} {
				plain := object(kind, strings.Replace(name, "%", "plain", 1))
				if kind == "policies" {
					assert.Equal(t, 1000.0, plain["max_rows"])
				}
				for _, way := range []string{"applied", "secret", "both", "promised"} {
					assert.Equal(t, plain, object(kind, strings.Replace(name, "%", way, 1)), "%s with %s", name, way)
				}
			}
			assert.Len(t, local.Objects("webhooks"), 5, "those that are nothing as a whole are not there")
			p.unchanged()
			p.Must("destroy", "--yes")
			assert.Empty(t, local.Objects("projects"))
		})
	}
}

// TestOneErrorOfAChild: a child that fails is one error in an inline program, too.
func TestOneErrorOfAChild(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	p := newProgram(t, node, local, nodeProgram("component"), "")
	p.AddCanary("the password", plantedPassword)
	p.Must("config", "set-all", "--plaintext", "orgId="+local.OrgID, "--secret", "password="+plantedPassword)
	local.AddFault(localapi.Fault{Method: "POST", Path: "/v1/projects/*/policies", Status: 400, Code: "INVALID_INPUT", Detail: "it is raining"})
	a := p.try(p.driver.refusing, "up", false)
	p.AddCanaries()
	require.NotEmpty(t, a.Error)
	_, diagnostics, found := strings.Cut(a.Printed, "Diagnostics:")
	require.True(t, found, a.Printed)
	assert.Equal(t, 1, strings.Count(diagnostics, "it is raining"), a.Printed)
	for line := range strings.Lines(diagnostics) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "error: "); ok {
			assert.True(t, text == "update failed" || strings.Contains(text, "it is raining"), text)
		}
	}
	assert.NotContains(t, a.Printed+a.Error, "has a problem")
	state := p.State()
	assert.Contains(t, state, "shop-project")
	assert.NotContains(t, state, "shop-policy")
	assert.NotContains(t, state, "after")
	local.ClearFaults()
	p.up()
	p.AddCanaries()
	for _, kind := range []string{"projects", "policies", "agents", "webhooks", "honeytokens"} {
		assert.Len(t, local.Objects(kind), 1, kind)
	}
	p.unchanged()
}

// TestRetainOnDelete of a component reaches its children.
func TestRetainOnDelete(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	p := newProgram(t, node, local, nodeProgram("component"), "")
	p.AddCanary("the password", plantedPassword)
	p.Must("config", "set-all", "--plaintext", "orgId="+local.OrgID, "--plaintext", "retain=true", "--secret", "password="+plantedPassword)
	p.up()
	p.AddCanaries()
	local.ResetRequests()
	p.Must("destroy", "--yes")
	for kind, count := range map[string]int{"projects": 1, "databases": 1, "policies": 1, "agents": 1, "webhooks": 1, "honeytokens": 0} {
		assert.Len(t, local.Objects(kind), count, kind)
	}
	assert.Equal(t, 1, local.Count("DELETE", "/v1/projects/*/honeytokens/*"))
	assert.NotContains(t, p.State(), "shop")
}
