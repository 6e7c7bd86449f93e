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

// TestOptionsOfTheComponent: those of a program in TypeScript, transforms among them.
func TestOptionsOfTheComponent(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	p := newProgram(t, node, local, nodeProgram("options"), "")
	p.AddCanary("the password", plantedPassword)
	p.Must("config", "set", "--secret", "password", plantedPassword)
	p.Must("config", "set-all", "--plaintext", "orgId="+local.OrgID, "--plaintext", "name=store")
	p.up()
	p.AddCanaries()
	made := local.Objects("projects")
	require.Len(t, made, 2)
	assert.True(t, strings.HasPrefix(made[0]["name"].(string), "first-"), "what the component depends on comes first: %s", made[0]["name"])
	assert.Equal(t, "transformed", made[1]["description"], "the transform reaches the children")
	assert.Empty(t, made[0]["description"], "and nothing else")

	// Renamed, with an alias: nothing is replaced, not even the children.
	p.Must("config", "set-all", "--plaintext", "name=shop", "--plaintext", "protect=true")
	local.ResetRequests()
	p.up()
	assert.Empty(t, local.Requests())
	state := p.State()
	for _, name := range []string{"shop", "shop-project", "shop-policy", "shop-agent"} {
		assert.True(t, state[name].Protect, name)
	}
	assert.Contains(t, p.MustFail("destroy", "--yes"), "protect")
	p.Must("config", "set", "protect", "false")
	p.up()
	p.Must("destroy", "--yes")
	assert.Empty(t, local.Objects("projects"))
}

// TestUnknownInputs: what is not known in the preview arrives all the same.
func TestUnknownInputs(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	p := newProgram(t, node, local, nodeProgram("unknown"), "")
	p.AddCanary("the password", "hunter2-planted")
	p.AddCanary("the webhook secret", "whsec-planted")
	p.Must("config", "set", "orgId", local.OrgID)
	p.preview()
	assert.Empty(t, local.Requests(), "a preview makes no request")
	p.up()
	p.AddCanaries()

	state := p.State()
	object := func(kind, name string) map[string]any {
		require.Contains(t, state, name)
		found := byName(local, kind, "id", state[name].ID)
		require.NotNil(t, found, name)
		for _, own := range []string{"id", "name", "created_at", "updated_at", "proxy_host", "pg_username", "project_id", "database_id", "policy_profile_id"} {
			delete(found, own)
		}
		return found
	}
	for name, kind := range map[string]string{
		"project-%": "projects", "database-%": "databases", "policy-%": "policies", "webhook-%": "webhooks", "agent-%": "agents", "replica-%": "replicas",
		"component-%-project": "projects", "component-%-policy": "policies", "component-%-webhook": "webhooks", "component-%-agent": "agents",
		"component-%-replica-0": "replicas",
	} {
		plain := object(kind, strings.Replace(name, "%", "plain", 1))
		for _, way := range []string{"leaves", "wholes"} {
			other := object(kind, strings.Replace(name, "%", way, 1))
			if kind == "databases" {
				delete(plain, "connection_string")
				delete(other, "connection_string")
			}
			assert.Equal(t, plain, other, "%s with %s", name, way)
		}
	}
	p.unchanged()
	p.Must("destroy", "--yes")
	assert.Empty(t, local.Objects("projects"))
}
