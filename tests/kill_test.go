// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package tests

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// twenty is a program of twenty-two resources and a component, of every kind that
// is made by a POST, some with automatic names and some with names of their own.
const twenty = `
name: twenty
runtime: yaml
resources:
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: kill-planted-password } }
      replicas: [{ host: replica-1.example.com }, { host: replica-2.example.com }]
      allowedCidrs: [203.0.113.0/24]
      webhook: { url: "https://example.com/hooks", secret: { fn::secret: kill-planted-webhook } }
      enforceForHumans: true
  enrollment:
    type: pgbeam:SelfHostEnrollment
    properties: { orgId: org_local }
  named:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${shop.projectId}", name: Reports }
  unnamed:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${shop.projectId}" }
  sales:
    type: pgbeam:AgentCredential
    properties: { projectId: "${shop.projectId}", policyProfileId: "${named.id}", name: Sales bot }
  reports:
    type: pgbeam:AgentCredential
    properties: { projectId: "${shop.projectId}", policyProfileId: "${unnamed.id}" }
  idle:
    type: pgbeam:AgentCredential
    properties: { projectId: "${shop.projectId}", policyProfileId: "${shop.policyProfileId}", status: disabled }
  archive:
    type: pgbeam:Database
    properties: { projectId: "${shop.projectId}", host: archive.example.com, port: 5432, name: archive, username: pgbeam, password: { fn::secret: kill-planted-archive } }
  archiveReplica:
    type: pgbeam:Replica
    properties: { databaseId: "${archive.id}", host: archive-replica.example.com, port: 5432 }
  hooks:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${shop.projectId}", url: "https://example.org/hooks" }
  salaries:
    type: pgbeam:Honeytoken
    properties: { projectId: "${shop.projectId}", relationName: salaries, action: kill }
  bonuses:
    type: pgbeam:Honeytoken
    properties: { projectId: "${shop.projectId}", schemaName: hr, relationName: bonuses, action: audit_only }
  errors:
    type: pgbeam:AnomalyRule
    properties: { projectId: "${shop.projectId}", credentialId: "${sales.id}", metric: errors_per_hour }
  deletes:
    type: pgbeam:ApprovalRule
    properties: { projectId: "${shop.projectId}", name: Deletes, statementKinds: [delete], enabled: false }
  domain:
    type: pgbeam:CustomDomain
    properties: { projectId: "${shop.projectId}", domain: db.example.com }
  limit:
    type: pgbeam:SpendLimit
    properties: { orgId: org_local, spendLimit: 500 }
`

// counts is how many objects of each kind twenty makes.
var counts = map[string]int{
	"projects": 1, "databases": 2, "replicas": 3, "policies": 3, "agents": 4, "webhooks": 2, "self-host-enrollments": 1,
	"honeytokens": 2, "anomaly-rules": 1, "approval-rules": 1, "domains": 1,
}

// killable is how many requests that change something twenty takes: one for each
// resource, and one more for the project's ranges and for the disabled credential.
const killable = 22 + 2

// blow is a kill: of whom, and at which moment of which of the requests that
// change something.
type blow struct {
	victims string
	request int
	moment  localapi.Moment
}

var moments = []localapi.Moment{localapi.Received, localapi.Applied, localapi.Answered}

func (b blow) String() string {
	return fmt.Sprintf("%s at request %d, %s", b.victims, b.request, b.moment)
}

// executioner kills processes of a stack when their time has come.
type executioner struct {
	mutex  sync.Mutex
	blow   blow
	seen   map[localapi.Moment]int
	strike func(victims string)
	struck bool
}

// watch stands in the way of every request, so that the rest of it happens
// after the kill.
func (e *executioner) watch(moment localapi.Moment, method, _ string) {
	if method == "GET" {
		return
	}
	e.mutex.Lock()
	defer e.mutex.Unlock()
	if e.strike == nil || e.struck {
		return
	}
	e.seen[moment]++
	if moment == e.blow.moment && e.seen[moment] == e.blow.request {
		e.struck = true
		e.strike(e.blow.victims)
	}
}

// upKilled runs an update that the blow ends.
func (s *stack) upKilled(e *executioner, b blow) {
	s.Helper()
	command := s.Command(context.Background(), "up", "--yes", "--skip-preview")
	var printed bytes.Buffer
	command.Stdout, command.Stderr = &printed, &printed
	require.NoError(s, command.Start())
	e.mutex.Lock()
	e.blow, e.seen, e.struck = b, map[localapi.Moment]int{}, false
	e.strike = func(victims string) {
		if victims != "CLI" {
			killPlugins(s)
		}
		if victims != "plugin" {
			_ = command.Process.Kill()
		}
	}
	e.mutex.Unlock()
	err := command.Wait()
	e.mutex.Lock()
	e.strike = nil
	e.mutex.Unlock()
	s.AddOutput(printed.String())
	require.True(s, e.struck, "%s: the update made fewer requests\n%s", b, &printed)
	if b.victims != "plugin" || b.request < killable {
		require.Error(s, err, printed.String())
	}
}

func killPlugins(s *stack) { signalPlugins(s, syscall.SIGKILL) }

// signalPlugins sends a signal to every process that was started from the plugin
// of the stack's own home.
func signalPlugins(s *stack, signal syscall.Signal) {
	folder := filepath.Join(filepath.Dir(s.Dir), "home", "plugins")
	processes, err := filepath.Glob("/proc/[0-9]*")
	if !assert.NoError(s, err) { //nolint:testifylint // not in the test's own goroutine
		return
	}
	for _, process := range processes {
		command, err := os.ReadFile(filepath.Join(process, "cmdline")) //nolint:gosec // a process of this test
		if err != nil || !strings.HasPrefix(string(command), folder) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(process)); err == nil {
			_ = syscall.Kill(pid, signal)
		}
	}
}

// unlock takes away the lock of an update that ended without doing so.
func (s *stack) unlock() {
	_, err := s.Try("cancel", "--yes")
	var exit *exec.ExitError
	if err != nil {
		require.ErrorAs(s, err, &exit) // there was no lock
	}
}

// memory is the folder of what plugins of the stack remember.
func (s *stack) memory() string { return filepath.Join(filepath.Dir(s.Dir), "home", "pgbeam") }

// everythingOnce fails unless every object exists once and stands in the state,
// with secrets that work.
func (s *stack) everythingOnce(what any) {
	s.Helper()
	inState := map[string]string{}
	for name, r := range s.stateWithSecrets() {
		if strings.HasPrefix(r.Type, "pgbeam:index:") && r.ID != "" {
			inState[r.ID] = name
		}
	}
	for kind, count := range counts {
		objects := s.local.Objects(kind)
		assert.Len(s, objects, count, "%s: %s", what, kind)
		for _, object := range objects {
			id := object["id"].(string)
			if kind == "databases" && object["name"] == "shop" {
				continue // the primary one stands in its project
			}
			assert.Contains(s, inState, id, "%s: a %s that no state knows", what, kind)
		}
	}
	for _, r := range s.stateWithSecrets() {
		kind, fields := "agents", map[string]string{"connectionString": "connection_string", "mcpToken": "mcp_token"}
		switch r.Type {
		case "pgbeam:index:AgentCredential":
		case "pgbeam:index:SelfHostEnrollment":
			kind, fields = "self-host-enrollments", map[string]string{"token": "token"}
		default:
			continue
		}
		for property, field := range fields {
			works := s.local.Secret(kind, r.ID, field)
			require.NotEmpty(s, works)
			assert.Equal(s, works, stacktest.PlainSecret(s, r.Outputs[property]), "%s: %s of %s", what, property, r.URN)
		}
	}
}

// TestKilled kills the plugin, the CLI or both in the middle of an update, and
// runs it again. PGBEAM_KILLS says how often, and PGBEAM_KILL_SEED where it begins.
func TestKilled(t *testing.T) {
	t.Parallel()
	times, seed := 6, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("PGBEAM_KILLS")); err == nil {
		times = n
	}
	if n, err := strconv.ParseUint(os.Getenv("PGBEAM_KILL_SEED"), 10, 64); err == nil {
		seed = n
	}
	random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // no secret
	victims := []string{"plugin", "CLI", "plugin and CLI"}
	for i := range times {
		// Every kind of kill in turn, each at a random request.
		b := blow{victims: victims[i%len(victims)], moment: moments[(i/len(victims)+i)%len(moments)], request: 1 + random.IntN(killable)}
		t.Run(fmt.Sprintf("%d %s", i+1, b), func(t *testing.T) {
			t.Parallel()
			e := &executioner{}
			local := localapi.Start(t, localapi.Options{Watch: e.watch})
			s := newStack(t, local, twenty)
			for what, secret := range map[string]string{
				"the password": "kill-planted-password", "the webhook's secret": "kill-planted-webhook", "another password": "kill-planted-archive",
			} {
				s.plant(what, secret)
			}
			s.upKilled(e, b)
			s.unlock()
			if i%2 == 1 { // it is run again on another machine
				require.NoError(t, os.RemoveAll(s.memory()))
			}
			s.up("--skip-preview")
			s.plantAll()
			s.everythingOnce(b)
			assert.Len(t, slices.Collect(maps.Keys(s.state())), 22+4) // and the stack, the component, and a provider of the program and one of the component
			s.up("--skip-preview", "--expect-no-changes")
		})
	}
}
