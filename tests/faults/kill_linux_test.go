// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// Whether the CLI writes a checkpoint of the state after each step.
const (
	withCheckpoints = "checkpoints"
	skipCheckpoints = "skip"
)

// killCase is a command that is interrupted, and what the user does next.
type killCase struct {
	number       int
	phase        phase
	interruption interruption
	// position is where among the writes of the phase the interruption is, from 0 to 1.
	position  float64
	moment    localapi.Moment
	mode      string
	followup  followup
	behaviour string
	// onAnotherMachine is true if the next command does not have the journal.
	onAnotherMachine bool
	seed             uint64
}

// write returns the write at which the command is interrupted.
func (c killCase) write(writes map[string]int) write {
	return write{1 + int(c.position*float64(writes[c.phase.name])), c.moment}
}

// drawCases returns n cases. Every value of each dimension is used equally often.
func drawCases(seed uint64, n int, modes []string) []killCase {
	random := rand.New(rand.NewPCG(seed, 0))
	drawnPhases := draws(random, n, phases)
	drawnInterruptions := draws(random, n, interruptions)
	moments := draws(random, n, []localapi.Moment{localapi.Received, localapi.Applied, localapi.Answered})
	drawnFollowups := draws(random, n, followups)
	behaviours := draws(random, n, []string{"usual", "other"})
	cases := make([]killCase, n)
	for i := range cases {
		c := killCase{
			number: i + 1, phase: drawnPhases[i], interruption: drawnInterruptions[i], position: random.Float64(), moment: moments[i],
			mode: modes[i%len(modes)], followup: drawnFollowups[i], behaviour: behaviours[i], seed: random.Uint64(),
		}
		// Without the journal, the keys of creates are still known if the state has the
		// provider's ID.
		c.onAnotherMachine = !c.phase.deploys && c.followup.exact && c.mode == withCheckpoints && !c.interruption.fillsBackend && random.IntN(2) == 0
		cases[i] = c
	}
	return cases
}

// killSettings are the number of cases, their seed and the modes, from the environment.
func killSettings(t *testing.T) (n int, seed uint64, modes []string) {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("PGBEAM_KILLS"), "8"))
	require.NoError(t, err)
	seed, err = strconv.ParseUint(cmp.Or(os.Getenv("PGBEAM_KILL_SEED"), "1"), 10, 64)
	require.NoError(t, err)
	modes = []string{withCheckpoints, skipCheckpoints}
	if mode := os.Getenv("PGBEAM_KILL_MODE"); mode != "" {
		require.Contains(t, modes, mode)
		modes = []string{mode}
	}
	return n, seed, modes
}

// TestUpdateRecoversFromKill interrupts a command in the middle of a write, does what a
// user may do next, and requires that every object is in the state or named, with secrets
// that work. PGBEAM_KILLS is the number of cases, PGBEAM_KILL_SEED selects them, and
// PGBEAM_KILL_MODE is "checkpoints" or "skip" (PULUMI_SKIP_CHECKPOINTS); both are used by
// default.
func TestUpdateRecoversFromKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs processes, which the race detector does not see into")
	}
	n, seed, modes := killSettings(t)
	writes := map[string]map[string]int{}
	for behaviour := range scenario.Behaviours {
		writes[behaviour] = map[string]int{}
	}
	t.Run("writes", func(t *testing.T) {
		for behaviour, counts := range writes {
			t.Run(behaviour, func(t *testing.T) {
				t.Parallel()
				newKillRun(t, killCase{behaviour: behaviour}).countWrites(counts)
			})
		}
	})
	for _, c := range drawCases(seed, n, modes) {
		w := c.write(writes[c.behaviour])
		machine := ""
		if c.onAnotherMachine {
			machine = " without the journal"
		}
		name := fmt.Sprintf("seed %d, %d: %s, %s %s, then %s%s, %s API, mode %s",
			seed, c.number, c.phase.name, c.interruption.name, w, c.followup.name, machine, c.behaviour, c.mode)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newKillRun(t, c).run(c, w)
		})
	}
}

// killRun is the run of a case.
type killRun struct {
	*clitest.Stack
	trigger          *writeTrigger
	program          program
	random           *rand.Rand
	onAnotherMachine bool
	// responsesDiscarded is true if the engine may have discarded responses.
	responsesDiscarded bool
	// interrupted is the kind of the object whose write was interrupted.
	interrupted string
	// output is that of the commands after the interruption.
	output string
}

func newKillRun(t *testing.T, c killCase) *killRun {
	t.Helper()
	trigger := &writeTrigger{}
	local := localapi.Start(t, localapi.Options{
		Behaviour: scenario.Behaviours[c.behaviour], QueryShapes: []string{killSQL}, Watch: trigger.watch,
	})
	program := newKillProgram(t)
	s := clitest.New(t, local, program.text(), "PULUMI_SKIP_CHECKPOINTS="+strconv.FormatBool(c.mode == skipCheckpoints))
	for _, secret := range killCanaries {
		s.AddCanary(secret, secret)
	}
	return &killRun{
		Stack: s, trigger: trigger, program: program, random: rand.New(rand.NewPCG(c.seed, 0)),
		onAnotherMachine: c.onAnotherMachine, responsesDiscarded: c.interruption.discards,
	}
}

// countWrites counts the writes of each phase.
func (r *killRun) countWrites(counts map[string]int) {
	r.Helper()
	for _, phase := range phases {
		r.prepare(phase)
		r.trigger.arm(write{moment: localapi.Applied}, nil)
		r.Must(phase.arguments(r)...)
		counts[phase.name] = r.trigger.count()
		require.Positive(r, counts[phase.name], phase.name)
	}
}

// prepare deploys the program, if the phase begins with that, and then changes it.
func (r *killRun) prepare(p phase) {
	r.Helper()
	if !p.deploys {
		return
	}
	r.program = newKillProgram(r)
	r.WriteProgram(r.program.text())
	r.Must(up...)
	r.AddCanaries()
	if p.program != nil {
		p.program(r.program)
		r.WriteProgram(r.program.text())
	}
}

// run interrupts the command and does what the user does next.
func (r *killRun) run(c killCase, w write) {
	r.Helper()
	r.prepare(c.phase)
	var output string
	output, r.interrupted = runInterrupted(r.Stack, r.trigger, c.interruption, w, c.phase.arguments(r)...)
	r.Cleanup(func() {
		if r.Failed() {
			r.Logf("the interrupted command:\n%s\nthe commands after it:\n%s\nthe writes:\n%s", output, r.output, r.writes())
		}
	})
	before := len(r.Local.Requests())
	r.output = r.perform(c.followup)
	r.AddCanaries()
	state := r.AllWithSecrets()
	r.assertObjects(state, c.followup.exact)
	r.assertSettings(state)
	r.assertSecrets(state)
	if c.followup.destroys {
		assert.Empty(r, objectsIn(state))
		return
	}
	if c.followup.exact && !c.phase.deploys {
		for _, request := range r.Local.Requests()[before:] {
			assert.NotEqual(r, http.MethodDelete, request.Method, "the objects of the first update are kept: %s", request.Path)
		}
	}
	r.output += r.Must(append(up[:len(up):len(up)], "--expect-no-changes")...)
	r.assertObjects(r.AllWithSecrets(), c.followup.exact)
}

// writes describes the requests that changed something, in the order of their responses.
func (r *killRun) writes() string {
	var b strings.Builder
	for _, request := range r.Local.Requests() {
		if request.Method != http.MethodGet {
			_, _ = fmt.Fprintf(&b, "%s %s %d %s replayed=%t\n",
				request.Method, request.Path, request.Status, request.Header.Get("Idempotency-Key"), request.Replayed)
		}
	}
	return b.String()
}

// unlock removes the lock of an update that was killed, if there is one.
func unlock(s *clitest.Stack) {
	s.Helper()
	if _, err := s.Try("cancel", "--yes"); err != nil {
		var exit *exec.ExitError
		require.ErrorAs(s, err, &exit) // there is no lock
	}
}

const typePrefix = "pgbeam:index:"

// objectsIn returns the resources that are objects of the API, or settings.
func objectsIn(state []stacktest.Resource) []stacktest.Resource {
	return slices.DeleteFunc(slices.Clone(state), func(resource stacktest.Resource) bool {
		return !strings.HasPrefix(resource.Type, typePrefix) || resource.ID == "" // the component has no ID
	})
}

// kindOf returns the row of a resource's kind.
func kindOf(resource stacktest.Resource) scenario.Kind {
	return scenario.KindNamed(strings.TrimPrefix(resource.Type, typePrefix))
}

// assertObjects fails unless every object in the state is live and there once, and every
// live object is in the state or, unless exact is true, named in the output.
func (r *killRun) assertObjects(state []stacktest.Resource, exact bool) {
	r.Helper()
	inState := map[string]bool{}
	for _, resource := range objectsIn(state) {
		kind := kindOf(resource)
		id := kind.Collection + " " + resource.ID
		assert.False(r, resource.Delete, "%s is in the state as deleted", id)
		if !kind.IsCreated() {
			continue
		}
		assert.False(r, inState[id], "%s is in the state twice", id)
		inState[id] = true
	}
	for _, kind := range scenario.Kinds() {
		if !kind.IsCreated() {
			continue
		}
		for _, object := range r.Local.Objects(kind.Collection) {
			objectID := kind.IDOf(object).(string)
			id := kind.Collection + " " + objectID
			switch {
			case kind.Collection == "databases" && object["name"] == "shop": // part of the project
			case inState[id]:
				delete(inState, id)
			default:
				assert.True(r, !exact && strings.Contains(r.output, objectID), "%s is neither in the state nor named", id)
			}
		}
	}
	assert.Empty(r, inState, "these objects are in the state and not live")
}

// assertSettings fails unless every setting in the state has its value, and no setting of
// the organization is left if the state has none.
func (r *killRun) assertSettings(state []stacktest.Resource) {
	r.Helper()
	limit := any(nil)
	for _, resource := range objectsIn(state) {
		kind := kindOf(resource)
		if !kind.IsSetting() {
			continue
		}
		setting := kind.Setting
		value := resource.Inputs[setting.Property]
		if kind.Permanent {
			limit = value
			continue
		}
		values := []any{}
		for _, object := range r.Local.Objects(kind.Collection) {
			values = append(values, object[setting.Field])
		}
		assert.Contains(r, values, value, "%s is not set", resource.URN)
	}
	for _, plan := range r.Local.Objects("plan") {
		if plan["spend_limit"] != limit { // a value that an interrupted update has set is not removed
			assert.Regexp(r, `the spend limit of \w+ is .* left unchanged`, r.output, "%v instead of %v", plan["spend_limit"], limit)
		}
	}
}

// assertSecrets fails unless every secret in the state that the API returns once works.
func (r *killRun) assertSecrets(state []stacktest.Resource) {
	r.Helper()
	for _, resource := range objectsIn(state) {
		kind := kindOf(resource)
		for property, field := range kind.OneTimeSecrets() {
			issued := r.Local.Secret(kind.Collection, resource.ID, field)
			if assert.NotEmpty(r, issued, resource.URN) {
				assert.Equal(r, issued, stacktest.PlainSecret(r, resource.Outputs[property]), "%s of %s", property, resource.URN)
			}
		}
	}
}
