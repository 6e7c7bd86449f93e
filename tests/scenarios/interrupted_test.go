// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

// An interruption is how a create ended without its object in the state.
type interruption struct {
	// drop is the fault of the create's request, or "" if the engine received the object.
	drop string
	// ended is true if the engine ended the run in an orderly way.
	ended bool
	// removed is true if the state had the object, and the user has removed it.
	removed bool
}

// mayBeInState reports whether a state may have the object, for all that a plugin can know.
func (i *interrupted) mayBeInState() bool {
	return i.drop == "" && (i.local && i.removed || !i.local && i.ended)
}

// interruptions are all of them, by name.
var interruptions = map[string]interruption{
	"never applied, killed":   {drop: localapi.DropBefore},
	"never applied, failed":   {drop: localapi.DropBefore, ended: true},
	"response lost, killed":   {drop: localapi.DropAfter},
	"response lost, failed":   {drop: localapi.DropAfter, ended: true},
	"state not saved, killed": {},
	"state not saved, ended":  {ended: true},
	"removed from the state":  {ended: true, removed: true},
	"saved, killed, removed":  {removed: true},
}

// interrupted is a stack in which the create of an object was interrupted.
type interrupted struct {
	*scenario.Case
	interruption
	journal string
	inputs  object
	// local is true if the backend of the state is a local folder, which can be read. It has
	// the IDs in saved.
	local bool
	saved []string
	// edited is true if a run has read the state that the user has edited. After it, the
	// engine has written another one.
	edited bool
	// bystander is another resource of the program, which is in the state.
	bystander *enginetest.Resource
	// before are the objects of the kind that the state has.
	before []any
	// left is the object that the create has left, or nil.
	left any
	// apiKey is the API key of all later runs.
	apiKey string
	// warnings are those of all later runs.
	warnings []string
}

// otherAPIKey is another API key of the organization.
const otherAPIKey = "pbo_other"

var apiKeys = map[string]string{localapi.DefaultAPIKey: localapi.DefaultOrgID, otherAPIKey: localapi.DefaultOrgID}

// forEachInterruption runs a scenario after every interruption of every kind that is
// created, with a local and a remote backend. Each kind meets both behaviours of the API,
// in turn.
func forEachInterruption(t *testing.T, run func(i *interrupted)) {
	t.Helper()
	t.Parallel()
	behaviours := slices.Sorted(maps.Keys(scenario.Behaviours))
	for n, name := range slices.Sorted(maps.Keys(interruptions)) {
		for m, k := range scenario.Kinds() {
			if !k.IsCreated() {
				continue
			}
			if testing.Short() && n != m%len(interruptions) {
				continue // one interruption of each kind
			}
			for b, backend := range []string{"local", "remote"} {
				behaviour := behaviours[(n+m+b)%len(behaviours)]
				t.Run(strings.Join([]string{k.Name, name, backend, behaviour}, "/"), func(t *testing.T) {
					t.Parallel()
					i := interrupt(scenario.NewCase(t, k, localapi.Options{Behaviour: scenario.Behaviours[behaviour], APIKeys: apiKeys}), interruptions[name])
					i.local = backend == "local"
					run(i)
				})
			}
		}
	}
}

func interrupt(c *scenario.Case, how interruption) *interrupted {
	i := &interrupted{Case: c, interruption: how, journal: c.TempDir(), inputs: c.Inputs(c.Kind.Full), apiKey: localapi.DefaultAPIKey}
	i.bystander = c.Create("Project", "bystander", object{"orgId": c.Local.OrgID, "name": "bystander", "database": enginetest.DatabaseInputs})
	i.before = i.ids()
	if how.drop != "" {
		c.Local.AddFault(localapi.Fault{Method: http.MethodPost, Drop: how.drop})
	}
	process := startProcess(c.Env, "provider-1", i.journal)
	result := process.Up(c.New("thing"), enginetest.Inputs(i.inputs))
	require.Empty(c, result.Failures)
	require.Equal(c, how.drop != "", result.Err != nil, "%v", result.Err)
	c.Local.ClearFaults()
	if how.ended {
		process.Shutdown()
	}
	for _, id := range i.ids() {
		if !slices.Contains(i.before, id) {
			i.left = id
		}
	}
	require.Equal(c, how.drop != localapi.DropBefore, i.left != nil)
	c.Clock.Advance(time.Minute)
	return i
}

// ids returns the IDs of the live objects of the kind.
func (i *interrupted) ids() (ids []any) {
	for _, live := range i.Local.Objects(i.Kind.Collection) {
		ids = append(ids, i.Kind.IDOf(live))
	}
	return ids
}

// run runs a command that ends in an orderly way.
func (i *interrupted) run(command func(process *enginetest.Process)) {
	process := i.start()
	command(process)
	process.Shutdown()
	i.warnings = append(i.warnings, process.Warnings...)
}

// start starts a plugin process, which may be killed.
func (i *interrupted) start() *enginetest.Process {
	run := enginetest.Run{ProviderID: "provider-1", Journal: i.journal}
	if i.local {
		ids := append(slices.Clone(i.saved), i.bystander.ID)
		switch {
		case i.removed && !i.edited:
			i.edited = true
			run.State = editedState(time.Now(), time.Now().Add(time.Minute), ids...)
		case i.removed:
			run.State = stateOf(time.Now(), ids...)
		default:
			run.State = stateOf(time.Now().Add(-time.Hour), ids...)
		}
	}
	return enginetest.StartProcess(i, i.Local, run, provider.Options{}, map[string]string{"PGBEAM_API_KEY": i.apiKey})
}

// changeBystander makes a change that has nothing to do with the interrupted create.
func (i *interrupted) changeBystander(process *enginetest.Process) {
	process.MustUp(i.bystander, object{
		"orgId": i.Local.OrgID, "name": "bystander", "database": enginetest.DatabaseInputs, "description": fmt.Sprint(i.Clock.Now()),
	})
}

// assertObjects fails unless the objects of the kind are those of the state, and one that
// a warning names.
func (i *interrupted) assertObjects(inState ...string) {
	i.Helper()
	expected := slices.Clone(i.before)
	for _, id := range inState {
		expected = append(expected, id)
	}
	for _, id := range i.ids() {
		if slices.Contains(expected, id) {
			continue
		}
		assert.Equal(i, i.left, id, "an unknown object")
		assert.False(i, i.local && i.drop != "" && i.apiKey == localapi.DefaultAPIKey, "the state does not have the object, so it has to be deleted")
		assert.Contains(i, strings.Join(i.warnings, "\n"), fmt.Sprint(id), "the object is not named")
	}
	for _, id := range expected {
		assert.Contains(i, i.ids(), id)
	}
}

// TestInterruptedCreateIsRepeated runs the same program again.
func TestInterruptedCreateIsRepeated(t *testing.T) {
	forEachInterruption(t, func(i *interrupted) {
		again := i.New("thing")
		if !i.ended || i.drop != "" || i.local {
			i.run(func(process *enginetest.Process) { process.MustUp(again, i.inputs) })
			i.assertOne(again)
			return
		}
		// Without a look at the state, this is a forced replacement of the object.
		i.run(func(process *enginetest.Process) {
			if err := process.Up(again, enginetest.Inputs(i.inputs)).Err; err != nil {
				assert.True(i, i.Kind.HasConflicts())
				i.warnings = append(i.warnings, err.Error())
			}
		})
		if again.ID == "" {
			i.assertObjects()
		} else {
			i.assertObjects(again.ID)
		}
	})
}

// TestInterruptedCreateOfARemovedOperation runs the same program while the API has removed
// the operation, and again with one that it has not. The removal does not say what has become of
// the first create.
func TestInterruptedCreateOfARemovedOperation(t *testing.T) {
	forEachInterruption(t, func(i *interrupted) {
		if i.drop == "" {
			return // the engine has received the object
		}
		i.Local.AddFault(localapi.Fault{Method: http.MethodPost, Status: http.StatusGone})
		i.run(func(process *enginetest.Process) {
			err := process.Up(i.New("thing"), enginetest.Inputs(i.inputs)).Err
			require.ErrorContains(i, err, "410 GONE")
			require.ErrorContains(i, err, "update the pgbeam provider")
		})
		i.Local.ClearFaults()
		again := i.New("thing")
		i.run(func(process *enginetest.Process) { process.MustUp(again, i.inputs) })
		i.assertOne(again)
	})
}

// assertOne fails unless the object that the interrupted create has left is that of the
// resource.
func (i *interrupted) assertOne(r *enginetest.Resource) {
	i.Helper()
	if i.left != nil {
		assert.Equal(i, i.left, r.ID)
	}
	assert.ElementsMatch(i, append(slices.Clone(i.before), r.ID), i.ids())
	i.LiveObject(r)
	i.AssertSecrets(r)
}

// TestInterruptedCreateWithOtherInputs changes an input before the next update.
func TestInterruptedCreateWithOtherInputs(t *testing.T) {
	forEachInterruption(t, func(i *interrupted) {
		changed := maps.Clone(i.inputs)
		if len(i.Kind.Changes) > 0 {
			changed[i.Kind.Changes[0].Property] = i.Kind.Changes[0].Value
		} else {
			maps.Copy(changed, i.Kind.Replacing)
		}
		created := i.New("thing")
		i.run(func(process *enginetest.Process) {
			result := process.Up(created, enginetest.Inputs(changed))
			if i.mayBeInState() && i.Kind.HasConflicts() && !i.DuplicatesAllowed() && result.Err != nil {
				// The object has the unique name, and is not deleted: the user may have removed it
				// from the state in order to keep it.
				require.ErrorContains(i, result.Err, fmt.Sprint(i.left))
				i.warnings = append(i.warnings, result.Err.Error())
				return
			}
			require.NoError(i, result.Err)
		})
		if created.ID == "" {
			i.assertObjects()
			return
		}
		i.assertObjects(created.ID)
		i.AssertSecrets(created)
	})
}

// TestInterruptedCreateIsRemoved removes the resource from the program before the next
// update, which changes something else, or nothing at all.
func TestInterruptedCreateIsRemoved(t *testing.T) {
	forEachInterruption(t, func(i *interrupted) {
		if i.left != nil {
			// Without a change, the run may be a preview, which only names the object.
			i.Local.ResetRequests()
			i.run(func(process *enginetest.Process) {
				process.Preview(i.bystander, i.bystander.Inputs)
			})
			for _, request := range i.Local.Requests() {
				assert.Equal(i, http.MethodGet, request.Method)
			}
			if !i.ended || i.drop != "" {
				assert.Contains(i, strings.Join(i.warnings, "\n"), fmt.Sprint(i.left))
			}
			assert.Contains(i, i.ids(), i.left)
		}
		i.run(i.changeBystander)
		if i.mayBeInState() {
			assert.Contains(i, i.ids(), i.left, "the state may have it")
			return
		}
		i.assertObjects()
	})
}

// TestInterruptedCreateAndDestroy destroys the stack.
func TestInterruptedCreateAndDestroy(t *testing.T) {
	forEachInterruption(t, func(i *interrupted) {
		i.before = nil
		for _, live := range i.Local.Objects(i.Kind.Collection) {
			if id := i.Kind.IDOf(live); id != i.left && id != i.bystander.ID && live["project_id"] != i.bystander.ID {
				i.before = append(i.before, id)
			}
		}
		i.run(func(process *enginetest.Process) { require.NoError(i, process.Delete(i.bystander)) })
		if i.mayBeInState() {
			assert.Contains(i, i.ids(), i.left, "the state may have it")
			return
		}
		i.assertObjects()
	})
}

// TestInterruptedCreateIsRenamed renames the resource before the next update.
func TestInterruptedCreateIsRenamed(t *testing.T) {
	forEachInterruption(t, func(i *interrupted) {
		renamed := i.New("renamed")
		var err error
		i.run(func(process *enginetest.Process) {
			if err = process.Up(renamed, enginetest.Inputs(i.inputs)).Err; err != nil {
				i.warnings = append(i.warnings, err.Error())
			}
		})
		switch {
		case err != nil:
			i.assertObjects() // the state may have it
		case i.mayBeInState():
			assert.ElementsMatch(i, append(slices.Clone(i.before), i.left, renamed.ID), i.ids(), "the state may have it")
		default:
			i.assertObjects(renamed.ID)
			i.AssertSecrets(renamed)
		}
	})
}

// TestInterruptedCreateWithAnotherAPIKey uses another API key afterwards, which cannot
// decrypt the inputs in the journal.
func TestInterruptedCreateWithAnotherAPIKey(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(i *interrupted, process *enginetest.Process) (inState []string, err error){
		"again": func(i *interrupted, process *enginetest.Process) ([]string, error) {
			again := i.New("thing")
			result := process.Up(again, enginetest.Inputs(i.inputs))
			return []string{again.ID}, result.Err
		},
		"renamed": func(i *interrupted, process *enginetest.Process) ([]string, error) {
			renamed := i.New("renamed")
			result := process.Up(renamed, enginetest.Inputs(i.inputs))
			return []string{renamed.ID}, result.Err
		},
		"removed": func(i *interrupted, process *enginetest.Process) ([]string, error) {
			i.changeBystander(process)
			return nil, nil
		},
		"not updated": func(i *interrupted, process *enginetest.Process) ([]string, error) {
			process.Preview(i.bystander, i.bystander.Inputs)
			return nil, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			forEachInterruption(t, func(i *interrupted) {
				i.apiKey = otherAPIKey
				var inState []string
				i.run(func(process *enginetest.Process) {
					var err error
					if inState, err = next(i, process); err != nil {
						require.True(i, i.Kind.HasConflicts(), err)
						i.warnings, inState = append(i.warnings, err.Error()), nil
					}
				})
				if i.mayBeInState() {
					return // nothing is left, for all that the plugin can know
				}
				i.assertObjects(inState...)
			})
		})
	}
}

// TestInterruptedCreateWithoutAPIKey requires that the first error says where to set the
// API key, although settling the create needs one before.
func TestInterruptedCreateWithoutAPIKey(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]func(i *interrupted, process *enginetest.Process) error{
		"create": func(i *interrupted, process *enginetest.Process) error {
			return process.Up(i.New("thing"), enginetest.Inputs(i.inputs)).Err
		},
		"create with an automatic name": func(i *interrupted, process *enginetest.Process) error {
			return process.Up(i.New("other"), enginetest.Inputs(enginetest.Without(i.inputs, "name"))).Err
		},
		"update": func(i *interrupted, process *enginetest.Process) error {
			inputs := enginetest.Inputs(object{"orgId": i.Local.OrgID, "name": "bystander", "database": enginetest.DatabaseInputs, "description": "new"})
			return process.Up(i.bystander, inputs).Err
		},
		"delete": func(i *interrupted, process *enginetest.Process) error { return process.Delete(i.bystander) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := interrupt(scenario.NewCase(t, scenario.KindNamed("AgentCredential"), localapi.Options{}), interruptions["response lost, killed"])
			i.local, i.apiKey = true, ""
			i.run(func(process *enginetest.Process) { assert.ErrorContains(t, next(i, process), "PGBEAM_API_KEY") })
		})
	}
}

// TestRepeatedCreateIsRemovedFromTheState removes the object from the state after a run
// that has repeated the create. A destroy does not delete it, and names it.
func TestRepeatedCreateIsRemovedFromTheState(t *testing.T) {
	forEachInterruption(t, func(i *interrupted) {
		if !i.local || i.ended || i.left == nil {
			return
		}
		again := i.New("thing")
		i.run(func(process *enginetest.Process) { process.MustUp(again, i.inputs) })
		i.removed = true
		i.run(func(process *enginetest.Process) { require.NoError(i, process.Delete(i.bystander)) })
		assert.Contains(i, i.ids(), again.ID)
		assert.Contains(i, strings.Join(i.warnings, "\n"), again.ID)
	})
}

// TestInterruptedCreateIsRepeatedDuringDelete lets the program come to a resource while a
// delete, which the API has refused at first, is removing what an earlier run had left of it.
func TestInterruptedCreateIsRepeatedDuringDelete(t *testing.T) {
	t.Parallel()
	var onMoment atomic.Pointer[func(moment localapi.Moment, method, path string)]
	c := scenario.NewCase(t, scenario.KindNamed("WebhookEndpoint"), localapi.Options{Watch: func(moment localapi.Moment, method, path string) {
		if call := onMoment.Load(); call != nil {
			(*call)(moment, method, path)
		}
	}})
	i := interrupt(c, interruptions["state not saved, killed"])
	i.local = true
	process, again := i.start(), i.New("thing")
	process.Preview(i.bystander, i.bystander.Inputs) // the engine runs the program

	created, read, deleting := make(chan error, 1), make(chan struct{}, 1), atomic.Bool{}
	whileDeleting := func(moment localapi.Moment, method, path string) {
		switch left := strings.HasSuffix(path, fmt.Sprint(i.left)); {
		case left && moment == localapi.Answered && method == http.MethodGet && deleting.CompareAndSwap(true, false):
			read <- struct{}{}
		case left && moment == localapi.Received && method == http.MethodDelete:
			deleting.Store(true)
			go func() { created <- process.Up(again, enginetest.Inputs(i.inputs)).Err }()
			select {
			case <-read: // the create has found the object
			case <-time.After(200 * time.Millisecond): // the create waits for the delete
			}
		}
	}
	onMoment.Store(&whileDeleting)
	i.Local.AddFault(localapi.Fault{Method: http.MethodDelete, Path: "/v1/projects/" + i.bystander.ID, Status: http.StatusConflict, Times: 1})
	require.NoError(t, process.Delete(i.bystander))
	require.NoError(t, <-created)
	process.Shutdown()
	i.LiveObject(again)
	i.AssertSecrets(again)
	assert.NotEqual(t, i.left, again.ID)
	assert.Len(t, i.ids(), len(i.before)+1)
}

// TestInterruptedCreateIsShownLater requires that an object whose state was saved is left
// alone.
func TestInterruptedCreateIsShownLater(t *testing.T) {
	forEachInterruption(t, func(i *interrupted) {
		if i.drop != "" {
			return // no state has the object
		}
		saved := &enginetest.Resource{Kind: i.Kind.Name, Name: "thing", ID: fmt.Sprint(i.left)}
		i.saved = []string{saved.ID}
		process := i.start()
		saved.Inputs, _ = process.Check(i.New("thing"), enginetest.Inputs(i.inputs))
		exists, err := process.Refresh(saved)
		require.NoError(i, err)
		require.True(i, exists)
		process.Shutdown()
		i.run(i.changeBystander)
		assert.Contains(i, i.ids(), i.left)
		assert.Empty(i, i.warnings)
		i.run(func(process *enginetest.Process) { require.NoError(i, process.Delete(saved)) })
		assert.ElementsMatch(i, i.before, i.ids())
	})
}

// TestCreateCompletedElsewhere completes an interrupted create on another machine. The
// first machine does not take the object for one that the state does not have.
func TestCreateCompletedElsewhere(t *testing.T) {
	forEachInterruption(t, func(i *interrupted) {
		if i.drop == "" {
			return // the first machine knows the ID
		}
		resource := i.New("thing")
		elsewhere := startProcess(i.Env, "provider-1", i.TempDir())
		if i.drop == localapi.DropBefore {
			elsewhere.MustUp(resource, i.inputs)
		} else if !upElsewhere(i.Case, elsewhere, resource, i.inputs) {
			return
		}
		elsewhere.Shutdown()
		i.saved = []string{resource.ID}
		i.Clock.Advance(time.Minute)

		i.run(i.changeBystander) // with --target
		assert.Contains(i, i.ids(), resource.ID)
		before := resource.ID
		i.run(func(process *enginetest.Process) { process.MustUp(resource, i.inputs) })
		assert.Equal(i, before, resource.ID)
		i.LiveObject(resource)
		i.AssertSecrets(resource)
		i.run(func(process *enginetest.Process) {
			assert.Equal(i, enginetest.Same, process.Preview(resource, enginetest.Inputs(i.inputs)).Op)
		})
	})
}

// TestInterruptedForcedReplacement kills a forced replacement, and then runs the program
// without it, or forces another one.
func TestInterruptedForcedReplacement(t *testing.T) {
	t.Parallel()
	for _, drop := range []string{localapi.DropBefore, localapi.DropAfter, ""} {
		for _, forcesAgain := range []bool{false, true} {
			for _, k := range scenario.Kinds() {
				behaviour := localapi.Behaviour{AgentNamesNotUnique: true}
				if !k.IsCreated() || k.HasConflicts() && (k.DuplicatesAllowed == nil || !k.DuplicatesAllowed(behaviour)) {
					continue // an object with a unique key cannot exist twice
				}
				t.Run(fmt.Sprintf("%s/%s/%t", k.Name, drop, forcesAgain), func(t *testing.T) {
					t.Parallel()
					c := scenario.NewCase(t, k, localapi.Options{Behaviour: behaviour})
					journal, inputs := c.TempDir(), c.Inputs(k.Full)
					others := c.Count()
					resource := c.New("thing")
					first := startFirstProcess(c.Env, journal)
					first.MustUp(resource, inputs)
					first.Shutdown()

					killed, unsaved := startProcess(c.Env, "provider-1", journal), *resource
					if drop != "" {
						c.Local.AddFault(localapi.Fault{Method: http.MethodPost, Drop: drop})
					}
					result := killed.Up(c.New("thing"), enginetest.Inputs(inputs)) // the engine shows nothing of the old object
					require.Equal(t, drop != "", result.Err != nil)
					c.Local.ClearFaults()
					c.Clock.Advance(time.Minute)

					next := startProcess(c.Env, "provider-1", journal)
					if forcesAgain {
						require.NoError(t, next.ForceReplace(&unsaved, enginetest.Inputs(inputs), false).Err)
					} else {
						next.MustUp(&unsaved, inputs)
					}
					next.Shutdown()
					settled := startProcess(c.Env, "provider-1", journal)
					assert.Equal(t, enginetest.Same, settled.MustUp(&unsaved, inputs).Op)
					settled.Shutdown()
					require.Equal(t, others+1, c.Count())
					c.LiveObject(&unsaved)
					c.AssertSecrets(&unsaved)
					after := startProcess(c.Env, "provider-1", journal)
					assert.Equal(t, enginetest.Same, after.Preview(&unsaved, enginetest.Inputs(inputs)).Op)
				})
			}
		}
	}
}

// TestInterruptedCreateWithAutomaticName kills the create of an object whose automatic
// name is unique: a first one whose name is taken, and one that replaces an object by
// force, which the state then has only as the one to be deleted. The next run returns the
// same object.
func TestInterruptedCreateWithAutomaticName(t *testing.T) {
	t.Parallel()
	for _, drop := range []string{localapi.DropBefore, localapi.DropAfter, ""} {
		for _, replaces := range []bool{false, true} {
			for _, k := range scenario.Kinds() {
				name, _, ok := k.Resource().Properties.AutoName()
				if !ok || !slices.Contains(k.Resource().UniqueBy, name) {
					continue
				}
				t.Run(fmt.Sprintf("%s/%s/%t", k.Name, drop, replaces), func(t *testing.T) {
					t.Parallel()
					c := scenario.NewCase(t, k, localapi.Options{})
					journal, inputs := c.TempDir(), enginetest.Without(c.Inputs(k.Full), name)
					saved := c.New("thing") // or another resource with the name
					startRun := func() *enginetest.Process {
						return start(c.Env, enginetest.Run{ProviderID: "provider-1", Journal: journal, State: stateOf(time.Now(), saved.ID)})
					}
					first := startRun()
					if replaces {
						first.MustUp(saved, inputs)
					} else {
						saved.Name = "other"
						checked, _ := first.Check(c.New("thing"), enginetest.Inputs(inputs))
						first.MustUp(saved, enginetest.With(inputs, object{name: checked.Get(name).AsString()}))
					}
					first.Shutdown()
					others := c.Count()

					killed, left := startRun(), c.New("thing")
					if drop != "" {
						fault := localapi.Fault{Method: http.MethodPost, Drop: drop}
						if !replaces {
							fault.Skip = 1 // the first name is refused
						}
						c.Local.AddFault(fault)
					}
					result := killed.Up(left, enginetest.Inputs(inputs))
					require.Equal(t, drop != "", result.Err != nil)
					c.Local.ClearFaults()
					c.Clock.Advance(time.Minute)

					next, resource := startRun(), c.New("thing")
					next.MustUp(resource, inputs)
					if replaces {
						require.NoError(t, next.Delete(saved))
						others--
					}
					next.Shutdown()
					assert.Empty(t, next.Warnings)
					if drop == "" {
						assert.Equal(t, left.ID, resource.ID)
					}
					assert.Equal(t, others+1, c.Count())
					c.LiveObject(resource)
					c.AssertSecrets(resource)
				})
			}
		}
	}
}

const rotatePath = "/v1/*/*/*/*/rotate"

// TestInterruptedRotation kills a rotation before or after it takes effect. Whatever comes
// next, the secrets in the state are the ones that work.
func TestInterruptedRotation(t *testing.T) {
	t.Parallel()
	for _, drop := range []string{localapi.DropBefore, localapi.DropAfter, ""} {
		for next, triggers := range map[string]object{"again": {"epoch": "2"}, "another": {"epoch": "3"}, "reverted": {"epoch": "1"}} {
			for _, k := range scenario.Kinds() {
				if len(k.OneTimeSecrets()) == 0 {
					continue
				}
				t.Run(strings.Join([]string{k.Name, drop, next}, "/"), func(t *testing.T) {
					t.Parallel()
					c := scenario.NewCase(t, k, localapi.Options{})
					journal, inputs := c.TempDir(), c.Inputs(k.Minimal)
					rotated := func(triggers object) object { return scenario.Merge(inputs, object{"rotationTriggers": triggers}) }
					resource := c.New("thing")
					first := startFirstProcess(c.Env, journal)
					first.MustUp(resource, rotated(object{"epoch": "1"}))
					first.Shutdown()
					c.Clock.Advance(time.Minute)

					if drop != "" {
						c.Local.AddFault(localapi.Fault{Method: http.MethodPost, Path: rotatePath, Drop: drop})
					}
					unsaved := *resource
					result := startProcess(c.Env, "provider-1", journal).Up(&unsaved, enginetest.Inputs(rotated(object{"epoch": "2"})))
					require.Equal(t, drop != "", result.Err != nil)
					c.Local.ClearFaults()
					c.Clock.Advance(time.Minute)

					c.Local.ResetRequests()
					process := startProcess(c.Env, "provider-1", journal)
					result = process.Up(resource, enginetest.Inputs(rotated(triggers)))
					require.NoError(t, result.Err)
					assert.Equal(t, enginetest.Update, result.Op)
					process.Shutdown()
					c.AssertSecrets(resource)
					assert.Equal(t, 1, c.Local.Count(http.MethodPost, rotatePath), "it is one rotation")

					after := startProcess(c.Env, "provider-1", journal)
					assert.Equal(t, enginetest.Same, after.Preview(resource, enginetest.Inputs(rotated(triggers))).Op)
				})
			}
		}
	}
}

// TestLateRotation lets a rotation take effect after all of its attempts have timed out,
// and after the next one has been sent.
func TestLateRotation(t *testing.T) {
	t.Parallel()
	for _, k := range scenario.Kinds() {
		if len(k.OneTimeSecrets()) == 0 {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			c := scenario.NewCase(t, k, localapi.Options{})
			journal, inputs := c.TempDir(), c.Inputs(k.Minimal)
			resource := c.New("thing")
			first := startFirstProcess(c.Env, journal)
			first.MustUp(resource, inputs)
			first.Shutdown()
			rotated := scenario.Merge(inputs, object{"rotationTriggers": object{"epoch": "2"}})

			var late []*http.Request
			transport := roundTripper(func(req *http.Request) (*http.Response, error) {
				if strings.HasSuffix(req.URL.Path, "/rotate") {
					late = append(late, req)
					return nil, fmt.Errorf("timed out")
				}
				return http.DefaultTransport.RoundTrip(req)
			})
			unsaved := *resource
			killed := enginetest.StartProcess(c, c.Local, enginetest.Run{ProviderID: "provider-1", Journal: journal}, provider.Options{Client: []client.Option{
				client.WithHTTPClient(&http.Client{Transport: transport}),
			}})
			require.Error(t, killed.Up(&unsaved, enginetest.Inputs(rotated)).Err)
			require.NotEmpty(t, late)

			process := startProcess(c.Env, "provider-1", journal)
			rotated["rotationTriggers"] = object{"epoch": "3"}
			process.MustUp(resource, rotated)
			process.Shutdown()
			for _, req := range late {
				resp, err := http.DefaultTransport.RoundTrip(req.Clone(t.Context()))
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
			}
			c.AssertSecrets(resource)
		})
	}
}

// TestInterruptedDelete interrupts a delete before and after it takes effect, by a kill or
// by an error, and then keeps the resource in the program, under its name or another one.
func TestInterruptedDelete(t *testing.T) {
	t.Parallel()
	for _, drop := range []string{localapi.DropBefore, localapi.DropAfter, ""} {
		for _, name := range []string{"thing", "renamed"} {
			for _, k := range scenario.Kinds() {
				t.Run(strings.Join([]string{k.Name, drop, name}, "/"), func(t *testing.T) {
					t.Parallel()
					c := scenario.NewCase(t, k, localapi.Options{})
					journal, inputs := c.TempDir(), c.Inputs(k.Full)
					resource := c.New("thing")
					first := startFirstProcess(c.Env, journal)
					first.MustUp(resource, inputs)
					first.Shutdown()
					before := resource.ID

					if drop != "" {
						for _, method := range []string{http.MethodDelete, http.MethodPut, http.MethodPatch} {
							c.Local.AddFault(localapi.Fault{Method: method, Drop: drop})
						}
					}
					unsaved := *resource
					err := startProcess(c.Env, "provider-1", journal).Delete(&unsaved)
					require.Equal(t, drop != "", err != nil, "%v", err)
					c.Local.ClearFaults()
					c.Clock.Advance(time.Minute)

					resource.Name = name // with an alias
					for n := 0; ; n++ {
						next := startProcess(c.Env, "provider-1", journal)
						result := next.Up(resource, enginetest.Inputs(inputs))
						next.Shutdown()
						if drop == localapi.DropAfter && k.IsCreated() && n == 0 {
							require.ErrorContains(t, result.Err, "has deleted it")
							continue
						}
						require.NoError(t, result.Err)
						break
					}
					if k.IsSetting() {
						c.AssertSetting(c.SettingLive())
					} else {
						c.LiveObject(resource)
						c.AssertSecrets(resource)
					}
					if drop == localapi.DropBefore {
						assert.Equal(t, before, resource.ID, "a delete that failed replaces nothing")
					}
					after := startProcess(c.Env, "provider-1", journal)
					assert.Equal(t, enginetest.Same, after.Preview(resource, enginetest.Inputs(inputs)).Op)
				})
			}
		}
	}
}

// roundTripper is a function that sends requests.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
