// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package tests

import (
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const secretive = `
name: secretive
runtime: yaml
config:
  projectPassword: { type: string, secret: true }
  databasePassword: { type: string, secret: true }
  componentPassword: { type: string, secret: true }
  webhookSecret: { type: string, secret: true }
  componentSecret: { type: string, secret: true }
  explicitKey: { type: string, secret: true }
resources:
  explicit:
    type: pulumi:providers:pgbeam
    properties: { apiKey: "${explicitKey}" }
  project:
    type: pgbeam:Project
    properties:
      orgId: org_local
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: "${projectPassword}" }
  database:
    type: pgbeam:Database
    properties: { projectId: "${project.id}", host: archive.example.com, port: 5432, name: archive, username: pgbeam, password: "${databasePassword}" }
  policy:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${project.id}" }
  agent:
    type: pgbeam:AgentCredential
    properties: { projectId: "${project.id}", policyProfileId: "${policy.id}", rotationTriggers: { quarter: "1" } }
  enrollment:
    type: pgbeam:SelfHostEnrollment
    properties: { orgId: org_local }
    options: { provider: "${explicit}" }
  webhook:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${project.id}", url: "https://example.com/hooks", secret: "${webhookSecret}" }
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      database: { host: db.example.com, name: shop, username: pgbeam, password: "${componentPassword}" }
      webhook: { url: "https://example.com/hooks", secret: "${componentSecret}" }
outputs:
  mcpToken: ${agent.mcpToken}
  everything: ["${agent.connectionString}", "${enrollment.token}", "${shop.mcpToken}"]
`

// TestTenSecrets deploys a program with ten secrets and more, at the highest
// verbosity, through failures and a crash. What is printed and stored is
// searched when the test ends.
func TestTenSecrets(t *testing.T) {
	t.Parallel()
	quit := &executioner{}
	local := localapi.Start(t, localapi.Options{Watch: quit.watch, APIKeys: map[string]string{
		"pbo_planted_environment": "org_local", "pbo_planted_explicit": "org_local",
	}})
	s := newStack(t, local, secretive)
	given := map[string]string{
		"projectPassword": `p@ss:/w"ord'%20\1`, "databasePassword": "pa ss&word=2+2?#", "componentPassword": "pässwörd<3>",
		"webhookSecret": "whsec_planted/1==", "componentSecret": "whsec-planted-2", "explicitKey": "pbo_planted_explicit",
	}
	for name, secret := range given {
		s.plant(name, secret)
		s.must("config", "set", "--secret", name, secret)
	}
	loud := []string{"-v=11", "--logtostderr", "--logflow"}
	s.must("preview", "--diff")

	// An API that answers with what it was sent, in every spelling.
	echoed := given["databasePassword"]
	local.AddFault(localapi.Fault{
		Method: "POST", Path: "/v1/projects/*/databases", Times: 1, Status: 400, Code: "INVALID_INPUT",
		Detail: strings.Join([]string{
			echoed, url.QueryEscape(echoed), url.PathEscape(echoed),
			url.UserPassword("pgbeam", echoed).String(), strconv.Quote(echoed), "is too weak",
		}, " "),
	})
	printed := s.fails(append([]string{"up", "--yes", "--skip-preview"}, loud...)...)
	assert.Contains(t, printed, "is too weak")
	local.ClearFaults()

	// A plugin that dies with a report of all that it was doing.
	command := "SIGQUIT"
	quit.mutex.Lock()
	quit.blow, quit.seen = blow{victims: command, request: 1, moment: localapi.Applied}, map[localapi.Moment]int{}
	quit.strike = func(string) { signalPlugins(s, syscall.SIGQUIT) }
	quit.mutex.Unlock()
	printed = s.fails("up", "--yes", "--skip-preview")
	require.True(t, quit.struck)
	assert.Contains(t, printed, "goroutine ", "there is a crash report")
	quit.mutex.Lock()
	quit.strike = nil
	quit.mutex.Unlock()

	s.up(append([]string{"--skip-preview"}, loud...)...)
	s.plantAll()
	s.up(append([]string{"--skip-preview", "--expect-no-changes"}, loud...)...)

	// New secrets, through failures.
	s.must("config", "set", "--secret", "projectPassword", `an"other\pass`)
	s.plant("the new password", `an"other\pass`)
	text, err := readFile(s.Dir + "/Pulumi.yaml")
	require.NoError(t, err)
	s.program(strings.Replace(text, `quarter: "1"`, `quarter: "2"`, 1))
	assert.Contains(t, s.must("preview", "--diff"), "[secret]")
	local.AddFault(localapi.Fault{Method: "PATCH", Times: 1, Status: 400, Code: "INVALID_INPUT", Detail: `an "an\"other\\pass" will not do`})
	s.fails(append([]string{"up", "--yes", "--skip-preview", "--diff"}, loud...)...)
	s.plantAll()
	local.ClearFaults()
	s.up("--skip-preview", "--diff")
	s.plantAll()

	for _, command := range [][]string{
		{"stack", "export"},
		{"stack", "output"},
		{"stack", "output", "--json"},
		{"stack", "history", "--json"},
		{"config"},
		{"stack"},
		append([]string{"refresh", "--yes", "--diff"}, loud...), append([]string{"destroy", "--yes", "--diff"}, loud...),
	} {
		s.must(command...)
	}
	assertEmpty(t, local)
}
