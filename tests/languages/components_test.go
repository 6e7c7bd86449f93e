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
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// TestUndefinedInputs checks that a component omits inputs whose value is undefined,
// for every way in which a program can pass such a value.
func TestUndefinedInputs(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		language language
		file     string
	}{
		"TypeScript": {node, nodeProgram("undefined-inputs")},
		"Python":     {python, pythonProgram("undefined-inputs")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			p := newProgram(t, test.language, local, test.file, "")
			p.AddCanary("the password", canaryPassword)
			p.Must("config", "set-all", "--plaintext", "orgId="+local.OrgID, "--secret", "password="+canaryPassword)
			p.preview()
			assert.Empty(t, local.Requests(), "a preview sends no requests")
			p.up()
			p.AddCanaries()

			state := p.State()
			for name, kind := range map[string]string{
				"leaves-%-project": "projects", "leaves-%-policy": "policies", "leaves-%-agent": "agents", "leaves-%-webhook": "webhooks",
				"leaves-%-replica-0": "replicas", "objects-%-project": "projects", "objects-%-policy": "policies", "objects-%-agent": "agents",
			} {
				plain := configuredFields(p, state, kind, strings.Replace(name, "%", "plain", 1))
				if kind == "policies" {
					assert.Equal(t, 1000.0, plain["max_rows"])
				}
				for _, form := range []string{"applied", "secret", "both", "promised"} {
					assert.Equal(t, plain, configuredFields(p, state, kind, strings.Replace(name, "%", form, 1)), "%s with %s", name, form)
				}
			}
			assert.Len(t, local.Objects("webhooks"), 5, "an undefined webhook is not created")
			p.requireNoChanges()
			p.Must("destroy", "--yes")
			assert.Empty(t, local.Objects("projects"))
		})
	}
}

// configuredFields returns the fields of a resource's object in the API, without its
// name and the fields that the API generates.
func configuredFields(p *program, state map[string]stacktest.Resource, kind, name string) map[string]any {
	p.Helper()
	require.Contains(p, state, name)
	object := findObject(p.Local, kind, "id", state[name].ID)
	require.NotNil(p, object, name)
	for _, field := range []string{
		"id", "name", "created_at", "updated_at", "proxy_host", "pg_username", "project_id", "database_id", "policy_profile_id",
	} {
		delete(object, field)
	}
	return object
}

// TestFailedChild checks that an inline program reports the failure of a child once.
func TestFailedChild(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	p := newProgram(t, node, local, nodeProgram("component"), "")
	p.AddCanary("the password", canaryPassword)
	p.Must("config", "set-all", "--plaintext", "orgId="+local.OrgID, "--secret", "password="+canaryPassword)
	local.AddFault(localapi.Fault{Method: "POST", Path: "/v1/projects/*/policies", Status: 400, Code: "INVALID_INPUT", Detail: "the policy is invalid"})
	r := p.run(p.language.failing, "up", false)
	p.AddCanaries()
	require.NotEmpty(t, r.Error)
	_, diagnostics, found := strings.Cut(r.Output, "Diagnostics:")
	require.True(t, found, r.Output)
	assert.Equal(t, 1, strings.Count(diagnostics, "the policy is invalid"), r.Output)
	for line := range strings.Lines(diagnostics) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "error: "); ok {
			assert.True(t, text == "update failed" || strings.Contains(text, "the policy is invalid"), text)
		}
	}
	assert.NotContains(t, r.Output+r.Error, "has a problem")
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
	p.requireNoChanges()
}

// TestRetainOnDelete checks that the children of a component inherit the option.
func TestRetainOnDelete(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	p := newProgram(t, node, local, nodeProgram("component"), "")
	p.AddCanary("the password", canaryPassword)
	p.Must("config", "set-all", "--plaintext", "orgId="+local.OrgID, "--plaintext", "retain=true", "--secret", "password="+canaryPassword)
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
