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

// TestComponentOptions tests the resource options of a component, including
// transforms.
func TestComponentOptions(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	p := newProgram(t, node, local, nodeProgram("options"), "")
	p.AddCanary("the password", canaryPassword)
	p.Must("config", "set", "--secret", "password", canaryPassword)
	p.Must("config", "set-all", "--plaintext", "orgId="+local.OrgID, "--plaintext", "name=store")
	p.up()
	p.AddCanaries()
	projects := local.Objects("projects")
	require.Len(t, projects, 2)
	assert.True(t, strings.HasPrefix(projects[0]["name"].(string), "first-"), "dependencies of the component are created first: %s", projects[0]["name"])
	assert.Equal(t, "transformed", projects[1]["description"], "the transform applies to the children")
	assert.Empty(t, projects[0]["description"], "the transform does not apply to other resources")

	// Renaming the component with an alias does not replace its children.
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

// TestUnknownInputs checks that inputs that are unknown during preview are applied.
func TestUnknownInputs(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	p := newProgram(t, node, local, nodeProgram("unknown"), "")
	p.AddCanary("the password", "hunter2-canary")
	p.AddCanary("the webhook secret", "whsec-canary")
	p.Must("config", "set", "orgId", local.OrgID)
	p.preview()
	assert.Empty(t, local.Requests(), "a preview sends no requests")
	p.up()
	p.AddCanaries()

	state := p.State()
	for name, kind := range map[string]string{
		"project-%": "projects", "database-%": "databases", "policy-%": "policies", "webhook-%": "webhooks", "agent-%": "agents", "replica-%": "replicas",
		"component-%-project": "projects", "component-%-policy": "policies", "component-%-webhook": "webhooks", "component-%-agent": "agents",
		"component-%-replica-0": "replicas",
	} {
		plain := configuredFields(p, state, kind, strings.Replace(name, "%", "plain", 1))
		for _, form := range []string{"leaves", "properties"} {
			other := configuredFields(p, state, kind, strings.Replace(name, "%", form, 1))
			if kind == "databases" {
				delete(plain, "connection_string")
				delete(other, "connection_string")
			}
			assert.Equal(t, plain, other, "%s with %s", name, form)
		}
	}
	p.requireNoChanges()
	p.Must("destroy", "--yes")
	assert.Empty(t, local.Objects("projects"))
}
