// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const secretsProgram = `
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

// TestTenSecrets deploys a program with more than ten secrets at the highest
// verbosity, with failures and a crash. The leak check searches the output and the
// files when the test ends.
func TestTenSecrets(t *testing.T) {
	t.Parallel()
	var crash atomic.Pointer[func()] // called once, when the first write has taken effect
	watch := func(moment localapi.Moment, method, _ string) {
		if moment != localapi.Applied || method == http.MethodGet {
			return
		}
		if action := crash.Swap(nil); action != nil {
			(*action)()
		}
	}
	local := localapi.Start(t, localapi.Options{Watch: watch, APIKeys: map[string]string{
		"pbo_planted_environment": "org_local", "pbo_planted_explicit": "org_local",
	}})
	s := clitest.New(t, local, secretsProgram)
	config := map[string]string{
		"projectPassword": `p@ss:/w"ord'%20\1`, "databasePassword": "pa ss&word=2+2?#", "componentPassword": "pässwörd<3>",
		"webhookSecret": "whsec_planted/1==", "componentSecret": "whsec-planted-2", "explicitKey": "pbo_planted_explicit",
	}
	for name, secret := range config {
		s.AddCanary(name, secret)
		s.Must("config", "set", "--secret", name, secret)
	}
	verbose := []string{"-v=11", "--logtostderr", "--logflow"}
	s.Must("preview", "--diff")

	// The API returns the password in an error, in every encoding.
	echoed := config["databasePassword"]
	local.AddFault(localapi.Fault{
		Method: "POST", Path: "/v1/projects/*/databases", Times: 1, Status: 400, Code: "INVALID_INPUT",
		Detail: strings.Join([]string{
			echoed, url.QueryEscape(echoed), url.PathEscape(echoed),
			url.UserPassword("pgbeam", echoed).String(), strconv.Quote(echoed), "is too weak",
		}, " "),
	})
	output := s.MustFail(append([]string{"up", "--yes", "--skip-preview"}, verbose...)...)
	assert.Contains(t, output, "is too weak")
	local.ClearFaults()

	// The plugin crashes, and prints a report of all of its goroutines.
	quit := func() { s.SignalPlugins(syscall.SIGQUIT) }
	crash.Store(&quit)
	output = s.MustFail("up", "--yes", "--skip-preview")
	require.Nil(t, crash.Load(), "the plugin was signalled")
	assert.Contains(t, output, "goroutine ", "the output has the report")

	s.Up(append([]string{"--skip-preview"}, verbose...)...)
	s.AddCanaries()
	s.Up(append([]string{"--skip-preview", "--expect-no-changes"}, verbose...)...)

	// The secrets change, and updates fail.
	s.Must("config", "set", "--secret", "projectPassword", `an"other\pass`)
	s.AddCanary("the new password", `an"other\pass`)
	s.WriteProgram(strings.Replace(s.Program(), `quarter: "1"`, `quarter: "2"`, 1))
	assert.Contains(t, s.Must("preview", "--diff"), "[secret]")
	local.AddFault(localapi.Fault{Method: "PATCH", Times: 1, Status: 400, Code: "INVALID_INPUT", Detail: `an "an\"other\\pass" will not do`})
	s.MustFail(append([]string{"up", "--yes", "--skip-preview", "--diff"}, verbose...)...)
	s.AddCanaries()
	local.ClearFaults()
	s.Up("--skip-preview", "--diff")
	s.AddCanaries()

	for _, command := range [][]string{
		{"stack", "export"},
		{"stack", "output"},
		{"stack", "output", "--json"},
		{"stack", "history", "--json"},
		{"config"},
		{"stack"},
		append([]string{"refresh", "--yes", "--diff"}, verbose...), append([]string{"destroy", "--yes", "--diff"}, verbose...),
	} {
		s.Must(command...)
	}
	s.AssertEmpty()
}
