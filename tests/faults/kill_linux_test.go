// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// killProgram has every kind that creates an object, with automatic names and
// with explicit ones.
const killProgram = `
name: kill
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

const (
	// killResources is the number of resources of the program besides the component.
	killResources = 22
	// killWrites is the number of writes of the program: one for each resource, and
	// one more for the project's ranges and for the disabled credential.
	killWrites = killResources + 2
)

// killObjects are the numbers of objects of the program by collection.
var killObjects = map[string]int{
	"projects": 1, "databases": 2, "replicas": 3, "policies": 3, "agents": 4, "webhooks": 2, "self-host-enrollments": 1,
	"honeytokens": 2, "anomaly-rules": 1, "approval-rules": 1, "domains": 1,
}

// kill says which processes to kill, and at which moment of which write.
type kill struct {
	victims string
	write   int
	moment  localapi.Moment
}

func (k kill) String() string { return fmt.Sprintf("%s at write %d, %s", k.victims, k.write, k.moment) }

// processKiller kills processes of a stack at a moment of a write. The write
// continues after the kill.
type processKiller struct {
	mutex  sync.Mutex
	kill   kill
	action func() // nil if nothing is to be killed
	writes int
	killed bool
}

// watch is a localapi.Options.Watch.
func (p *processKiller) watch(moment localapi.Moment, method, _ string) {
	if method == http.MethodGet {
		return
	}
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.action == nil || p.killed || moment != p.kill.moment {
		return
	}
	if p.writes++; p.writes == p.kill.write {
		p.killed = true
		p.action()
	}
}

func (p *processKiller) arm(k kill, action func()) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.kill, p.action, p.writes, p.killed = k, action, 0, false
}

// disarm reports whether anything was killed.
func (p *processKiller) disarm() bool {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.action = nil
	return p.killed
}

// upKilled runs an update during which processes are killed.
func upKilled(s *clitest.Stack, killer *processKiller, k kill) {
	s.Helper()
	command := s.Command(context.Background(), "up", "--yes", "--skip-preview")
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	require.NoError(s, command.Start())
	killer.arm(k, func() {
		if k.victims != "CLI" {
			s.SignalPlugins(syscall.SIGKILL)
		}
		if k.victims != "plugin" {
			_ = command.Process.Kill()
		}
	})
	err := command.Wait()
	killed := killer.disarm()
	s.AddOutput(output.String())
	require.True(s, killed, "%s: the update made fewer writes\n%s", k, &output)
	if k.victims != "plugin" || k.write < killWrites {
		require.Error(s, err, output.String())
	}
}

// unlock removes the lock of an update that was killed, if there is one.
func unlock(s *clitest.Stack) {
	s.Helper()
	if _, err := s.Try("cancel", "--yes"); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(s, err, &exit) // there is no lock
	}
}

// assertKillProgramOnce fails unless every object exists once and is in the state,
// with the secrets that work.
func assertKillProgramOnce(s *clitest.Stack, k kill) {
	s.Helper()
	state := s.StateWithSecrets()
	inState := map[string]bool{}
	for _, resource := range state {
		inState[resource.ID] = true
	}
	for collection, count := range killObjects {
		objects := s.Local.Objects(collection)
		assert.Len(s, objects, count, "%s: %s", k, collection)
		for _, object := range objects {
			if collection == "databases" && object["name"] == "shop" {
				continue // the primary database is part of the project's state
			}
			assert.True(s, inState[object["id"].(string)], "%s: %s are not in the state: %v", k, collection, object["id"])
		}
	}
	for _, resource := range state {
		name, ok := strings.CutPrefix(resource.Type, "pgbeam:index:")
		if !ok || resource.ID == "" { // the component
			continue
		}
		row := scenario.KindNamed(name)
		for property, field := range row.OneTimeSecrets() {
			issued := s.Local.Secret(row.Collection, resource.ID, field)
			require.NotEmpty(s, issued)
			assert.Equal(s, issued, stacktest.PlainSecret(s, resource.Outputs[property]), "%s: %s of %s", k, property, resource.URN)
		}
	}
}

func TestKillProgramCreatesEveryKind(t *testing.T) {
	t.Parallel()
	for _, k := range scenario.Kinds() {
		if k.IsCreated() {
			assert.Positive(t, killObjects[k.Collection], k.Name)
		}
	}
}

// TestUpdateRecoversFromKill kills the plugin, the CLI or both in the middle of an
// update and runs it again. PGBEAM_KILLS is the number of kills, and
// PGBEAM_KILL_SEED selects them.
func TestUpdateRecoversFromKill(t *testing.T) {
	t.Parallel()
	kills, seed := 6, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("PGBEAM_KILLS")); err == nil {
		kills = n
	}
	if n, err := strconv.ParseUint(os.Getenv("PGBEAM_KILL_SEED"), 10, 64); err == nil {
		seed = n
	}
	random := rand.New(rand.NewPCG(seed, 0))
	victims := []string{"plugin", "CLI", "plugin and CLI"}
	moments := []localapi.Moment{localapi.Received, localapi.Applied, localapi.Answered}
	for i := range kills {
		// Every combination in turn, each at a random write.
		k := kill{victims: victims[i%len(victims)], moment: moments[(i/len(victims)+i)%len(moments)], write: 1 + random.IntN(killWrites)}
		t.Run(fmt.Sprintf("%d %s", i+1, k), func(t *testing.T) {
			t.Parallel()
			killer := &processKiller{}
			s := clitest.New(t, localapi.Start(t, localapi.Options{Watch: killer.watch}), killProgram)
			for what, secret := range map[string]string{
				"the password": "kill-planted-password", "the webhook's secret": "kill-planted-webhook", "another password": "kill-planted-archive",
			} {
				s.AddCanary(what, secret)
			}
			upKilled(s, killer, k)
			unlock(s)
			if i%2 == 1 { // the next run is on another machine
				require.NoError(t, os.RemoveAll(filepath.Join(s.Home(), "pgbeam")))
			}
			s.Up("--skip-preview")
			s.AddCanaries()
			assertKillProgramOnce(s, k)
			// Besides the resources: the stack, the component, and the default providers of both.
			assert.Len(t, s.State(), killResources+4)
			s.Up("--skip-preview", "--expect-no-changes")
		})
	}
}
