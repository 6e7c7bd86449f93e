// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

// isAutoNamed selects the kinds with automatic names, which are all unique.
func isAutoNamed(k scenario.Kind) bool {
	name, _, ok := k.Resource().Properties.AutoName()
	return ok && slices.Contains(k.Resource().UniqueBy, name)
}

// unnamed returns the inputs of a program that leaves the name to the provider.
func unnamed(c *scenario.Case) object { return enginetest.Without(c.Inputs(c.Kind.Full), "name") }

// ownForm matches the automatic names of a resource "thing" that nothing is configured for.
var ownForm = regexp.MustCompile(`^thing-[0-9a-f]{7}$`)

func propose(name string) lifecycle.Autonaming {
	return lifecycle.Autonaming{Mode: lifecycle.ProposeNames, ProposedName: name}
}

func enforce(name string) lifecycle.Autonaming {
	return lifecycle.Autonaming{Mode: lifecycle.EnforceNames, ProposedName: name}
}

var disable = lifecycle.Autonaming{Mode: lifecycle.DisableNames}

// TestAutonaming checks new objects with what the stack's configuration may say about
// their names. The limits are those of the API's contract.
func TestAutonaming(t *testing.T) {
	t.Parallel()
	limits := map[string]int{"Project": 100, "PolicyProfile": 128, "AgentCredential": 128}
	for _, k := range scenario.Kinds() {
		if !isAutoNamed(k) {
			continue
		}
		limit := limits[k.Name]
		require.NotZero(t, limit, k.Name)
		longest, tooLong := strings.Repeat("ä", limit), strings.Repeat("ä", limit+1)
		for name, test := range map[string]struct {
			autonaming lifecycle.Autonaming
			expected   string // "" for the provider's own form
			reasons    []string
		}{
			"default":                         {autonaming: lifecycle.Autonaming{}},
			"propose":                         {autonaming: propose("shop_web"), expected: "shop_web"},
			"propose the longest name":        {autonaming: propose(longest), expected: longest},
			"propose a name that is too long": {autonaming: propose(tooLong)},
			"propose a NUL character":         {autonaming: propose("a\x00b")},
			"propose nothing":                 {autonaming: propose("")},
			"enforce":                         {autonaming: enforce("shop_web"), expected: "shop_web"},
			"enforce the longest name":        {autonaming: enforce(longest), expected: longest},
			"enforce a name that is too long": {
				autonaming: enforce(tooLong), reasons: []string{fmt.Sprintf("name must have at most %d characters, has %d", limit, limit+1), "pulumi:autonaming"},
			},
			"enforce a NUL character": {autonaming: enforce("a\x00b"), reasons: []string{"name must not contain a NUL character", "pulumi:autonaming"}},
			"enforce nothing":         {autonaming: enforce(""), reasons: []string{"name must not be empty", "pulumi:autonaming"}},
			"disable":                 {autonaming: disable, reasons: []string{"name is required", "pulumi:autonaming"}},
		} {
			t.Run(k.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				c := scenario.NewCase(t, k, localapi.Options{})
				c.Engine.Autonaming = test.autonaming
				checked, failures := c.Engine.Check(c.New("thing"), enginetest.Inputs(unnamed(c)))
				if len(test.reasons) > 0 {
					require.Len(t, failures, 1)
					for _, reason := range test.reasons {
						assert.Contains(t, failures[0].Reason, reason)
					}
				} else {
					require.Empty(t, failures)
					if generated := checked.Get("name").AsString(); test.expected == "" {
						assert.Regexp(t, ownForm, generated)
					} else {
						assert.Equal(t, test.expected, generated)
					}
				}
				// A name in the program, and one in the state, come first.
				_, failures = c.Engine.Check(c.New("thing"), enginetest.Inputs(c.Inputs(k.Full)))
				assert.Empty(t, failures)
				c.Engine.Autonaming = lifecycle.Autonaming{}
				existing := c.New("thing")
				c.Engine.MustUp(existing, unnamed(c))
				c.Engine.Autonaming = test.autonaming
				kept := existing.Inputs.Get("name")
				assert.Equal(t, enginetest.Same, c.Engine.MustUp(existing, unnamed(c)).Op)
				assert.Equal(t, kept, existing.Inputs.Get("name"))
			})
		}
	}
}

// TestAutonamingOfUnknownMode requires an error if a later engine has a mode that this
// release does not know, which might forbid the name that it would choose.
func TestAutonamingOfUnknownMode(t *testing.T) {
	t.Parallel()
	c := scenario.NewCase(t, scenario.KindNamed("Project"), localapi.Options{})
	c.Engine.Autonaming.Mode = "3"
	check := func(inputs object) error {
		_, err := c.Engine.Server.Check(p.CheckRequest{Urn: c.New("thing").URN(), Inputs: enginetest.Inputs(inputs)})
		return err
	}
	require.ErrorContains(t, check(unnamed(c)), `the mode "3" of pulumi:autonaming`)
	require.NoError(t, check(c.Inputs(c.Kind.Full)))
}

// TestAutonamingIgnoresOtherKinds requires that only resources with automatic names are
// concerned.
func TestAutonamingIgnoresOtherKinds(t *testing.T) {
	scenario.ForEach(t, func(k scenario.Kind) bool { return !isAutoNamed(k) }, func(c *scenario.Case) {
		for _, autonaming := range []lifecycle.Autonaming{disable, enforce(strings.Repeat("x", 1000))} {
			c.Engine.Autonaming = autonaming
			_, failures := c.Engine.Check(c.New("thing"), enginetest.Inputs(c.Inputs(c.Kind.Full)))
			assert.Empty(t, failures)
		}
	})
}

// TestNameOfFirstPreview requires that the first preview of a stack, which does not know
// the ID of the provider, and every run after it have the same name, on any machine, until
// the object exists. A saved plan has that name.
func TestNameOfFirstPreview(t *testing.T) {
	scenario.ForEach(t, isAutoNamed, func(c *scenario.Case) {
		inputs, journal := enginetest.Inputs(unnamed(c)), c.TempDir()
		nameIn := func(run enginetest.Run) string {
			process := start(c.Env, run)
			preview := process.Preview(c.New("thing"), inputs)
			require.Empty(c, preview.Failures)
			return preview.Outputs.Get("name").AsString()
		}
		planned := nameIn(enginetest.Run{Journal: c.TempDir()})
		assert.Regexp(c, ownForm, planned)
		assert.Equal(c, planned, nameIn(enginetest.Run{Journal: journal}))

		// The API refuses the create, and the plan is applied once more.
		c.Local.AddFault(localapi.Fault{Method: http.MethodPost, Status: http.StatusForbidden})
		refused := startFirstProcess(c.Env, journal)
		require.Error(c, refused.Up(c.New("thing"), inputs).Err)
		refused.Shutdown()
		c.Local.ClearFaults()
		again := enginetest.Run{ProviderID: "provider-1", Journal: journal}
		assert.Equal(c, planned, nameIn(again))
		assert.Equal(c, planned, nameIn(enginetest.Run{ProviderID: "provider-1", Journal: c.TempDir()}), "another machine")
		process, resource := start(c.Env, again), c.New("thing")
		process.MustUp(resource, unnamed(c))
		process.Shutdown()
		assert.Equal(c, planned, c.LiveObject(resource)["name"])
	})
}

// TestStacksWithTheSameURN deploys the same program from stacks with the same name in
// different backends. Each has its own object.
func TestStacksWithTheSameURN(t *testing.T) {
	scenario.ForEach(t, isAutoNamed, func(c *scenario.Case) {
		before, names := c.Count(), map[string]bool{}
		const stacks = 6 // more than the names that a create tries
		for i := range stacks {
			journal, resource := c.TempDir(), c.New("thing")
			process := start(c.Env, enginetest.Run{ProviderID: fmt.Sprintf("provider-%d", i), CreatesProvider: true, Journal: journal})
			process.MustUp(resource, unnamed(c))
			process.Shutdown()
			names[c.LiveObject(resource)["name"].(string)] = true
			next := start(c.Env, enginetest.Run{ProviderID: fmt.Sprintf("provider-%d", i), Journal: journal})
			assert.Equal(c, enginetest.Same, next.Preview(resource, enginetest.Inputs(unnamed(c))).Op)
		}
		assert.Equal(c, before+stacks, c.Count())
		if !c.DuplicatesAllowed() {
			assert.Len(c, names, stacks)
		}
	})
}

// TestInterruptedCreateKeepsItsProposedName interrupts the create of an object whose name
// the engine has chosen at random: it proposes another one in the next run.
func TestInterruptedCreateKeepsItsProposedName(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]func(name string) lifecycle.Autonaming{"propose": propose, "enforce": enforce} {
		for _, drop := range []string{localapi.DropBefore, localapi.DropAfter} {
			t.Run(name+"/"+drop, func(t *testing.T) {
				scenario.ForEach(t, isAutoNamed, func(c *scenario.Case) {
					inputs, journal := enginetest.Inputs(unnamed(c)), c.TempDir()
					others := c.Count()
					run := func(providerID string, autonaming lifecycle.Autonaming) *enginetest.Process {
						process := start(c.Env, enginetest.Run{ProviderID: providerID, Journal: journal, State: stateOf(time.Now())})
						process.Autonaming = autonaming
						return process
					}
					c.Local.AddFault(localapi.Fault{Method: http.MethodPost, Drop: drop})
					killed := run("provider-1", mode("thing-1"))
					require.Error(c, killed.Up(c.New("thing"), inputs).Err)
					c.Local.ClearFaults()
					c.Clock.Advance(time.Minute)

					// The preview, and a run that has lost the ID of the provider with the state.
					preview := run("", mode("thing-2")).Preview(c.New("thing"), inputs)
					require.Empty(c, preview.Failures)
					assert.Equal(c, "thing-1", preview.Outputs.Get("name").AsString())
					next, resource := run("provider-2", mode("thing-3")), c.New("thing")
					next.MustUp(resource, unnamed(c))
					next.Shutdown()
					assert.Empty(c, next.Warnings)
					assert.Equal(c, "thing-1", c.LiveObject(resource)["name"])
					assert.Equal(c, others+1, c.Count())
					c.AssertSecrets(resource)

					last := run("provider-2", mode("thing-4"))
					assert.Equal(c, enginetest.Same, last.Preview(resource, inputs).Op)
				})
			})
		}
	}
}

// TestAutonamingChangesAfterInterruption changes how names are chosen after a create was
// interrupted. It is like a change of the inputs: the first object is deleted.
func TestAutonamingChangesAfterInterruption(t *testing.T) {
	scenario.ForEach(t, isAutoNamed, func(c *scenario.Case) {
		journal, others := c.TempDir(), c.Count()
		run := func(autonaming lifecycle.Autonaming) *enginetest.Process {
			process := start(c.Env, enginetest.Run{ProviderID: "provider-1", Journal: journal, State: stateOf(time.Now())})
			process.Autonaming = autonaming
			return process
		}
		c.Local.AddFault(localapi.Fault{Method: http.MethodPost, Drop: localapi.DropAfter})
		require.Error(c, run(lifecycle.Autonaming{}).Up(c.New("thing"), enginetest.Inputs(unnamed(c))).Err)
		c.Local.ClearFaults()
		require.Equal(c, others+1, c.Count())

		next, resource := run(enforce("thing")), c.New("thing")
		next.MustUp(resource, unnamed(c))
		next.Shutdown()
		assert.Equal(c, "thing", c.LiveObject(resource)["name"])
		assert.Equal(c, others+1, c.Count())
		assert.Contains(c, strings.Join(next.Warnings, "\n"), "was deleted")
	})
}

// TestTakenProposedName requires that an enforced name that is taken is an error that names
// the existing object, and that a proposed one gives way to the provider's own form.
func TestTakenProposedName(t *testing.T) {
	scenario.ForEach(t, isAutoNamed, func(c *scenario.Case) {
		if c.DuplicatesAllowed() {
			return
		}
		existing := c.CreateFull("existing")
		taken := existing.Inputs.Get("name").AsString()
		count := c.Count()
		process := start(c.Env, enginetest.Run{ProviderID: "provider-1", Journal: c.TempDir()})
		process.Autonaming = enforce(taken)
		err := process.Up(c.New("thing"), enginetest.Inputs(unnamed(c))).Err
		require.ErrorContains(c, err, c.ImportID(existing))
		require.ErrorContains(c, err, "pulumi:autonaming")
		assert.Equal(c, count, c.Count())

		process.Autonaming = propose(taken)
		resource := c.New("thing")
		process.MustUp(resource, unnamed(c))
		assert.Regexp(c, ownForm, c.LiveObject(resource)["name"])
		assert.Equal(c, count+1, c.Count())
	})
}

// TestReplacementWithTheSameEnforcedName replaces an object whose name the configuration
// enforces, without any random characters. The old object has to be deleted first.
func TestReplacementWithTheSameEnforcedName(t *testing.T) {
	scenario.ForEach(t, isAutoNamed, func(c *scenario.Case) {
		changes := map[string]object{"AgentCredential": {"principalType": "agent"}}
		if changes[c.Kind.Name] == nil {
			return // a replacement has another parent, and with it another unique key
		}
		journal := c.TempDir()
		run := func() *enginetest.Process {
			process := start(c.Env, enginetest.Run{ProviderID: "provider-1", Journal: journal})
			process.Autonaming = enforce("thing")
			return process
		}
		first, resource := run(), c.New("thing")
		first.MustUp(resource, unnamed(c))
		first.Shutdown()
		old := resource.ID

		second := run()
		result := second.MustUp(resource, enginetest.With(unnamed(c), changes[c.Kind.Name]))
		assert.Equal(c, enginetest.Replace, result.Op)
		assert.True(c, result.Diff.DeleteBeforeReplace)
		second.Shutdown()
		assert.NotEqual(c, old, resource.ID)
		assert.Equal(c, "thing", c.LiveObject(resource)["name"])
		c.AssertSecrets(resource)
	})
}

// TestLostNameIsNotReplaced requires that an object whose name is missing from the inputs
// in the state is not replaced because of the name that the engine proposes instead.
func TestLostNameIsNotReplaced(t *testing.T) {
	t.Parallel()
	for name, autonaming := range map[string]lifecycle.Autonaming{"default": {}, "propose": propose("other"), "enforce": enforce("other")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := scenario.NewCase(t, scenario.KindNamed("AgentCredential"), localapi.Options{})
			process, resource := start(c.Env, enginetest.Run{ProviderID: "provider-1", Journal: c.TempDir()}), c.New("thing")
			process.Autonaming = autonaming
			process.MustUp(resource, unnamed(c))
			id := resource.ID
			resource.Inputs = resource.Inputs.Delete("name")
			process.MustUp(resource, unnamed(c))
			assert.Equal(t, id, resource.ID)
			assert.Equal(t, 1, c.Count())
		})
	}
}
