// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package createjournal

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const thing = resource.URN("urn:pulumi:dev::shop::pgbeam:index:WebhookEndpoint::hooks")

func open(root string) *Journal {
	j := &Journal{}
	j.Open(Options{Root: root, Backend: "https://api.pulumi.com"})
	j.Configure("provider-1", false)
	return j
}

func begin(t *testing.T, j *Journal, urn resource.URN, key string) *Intent {
	t.Helper()
	intent, err := j.Begin(urn, Intent{Operation: Create, Key: key, Identity: []string{key}, Inputs: []byte("sealed")})
	require.NoError(t, err)
	return intent
}

// logOf returns the only log below a folder.
func logOf(t *testing.T, root string) string {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(root, "*", "*"+logExtension))
	require.NoError(t, err)
	require.Len(t, logs, 1)
	return logs[0]
}

// TestIntentsAreKept verifies that a later run knows what was sent, until the engine shows
// that the state has the object.
func TestIntentsAreKept(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	first := open(root)
	sent := begin(t, first, thing, "key-1")
	copied := *sent
	first.MarkShown(thing, "whk_1")
	require.NoError(t, first.Returned(sent, "whk_1"))
	first.MarkShown(thing, "whk_1") // proves nothing in the run that created it

	second := open(root)
	assert.Equal(t, []resource.URN{thing}, second.Leftovers(thing))
	kept := second.OpenIntents(thing)
	require.Len(t, kept, 1)
	copied.ID, copied.ReturnedAt, copied.Outcome, copied.current = "whk_1", sent.ReturnedAt, Killed, false
	assert.Equal(t, copied, *kept[0])
	second.MarkShown(thing, "whk_2")
	assert.Len(t, second.OpenIntents(thing), 1, "the state has another object")
	second.End()

	third := open(root)
	kept = third.OpenIntents(thing)
	require.Len(t, kept, 1)
	assert.Equal(t, Killed, kept[0].Outcome, "the outcome is that of the run that sent it")
	third.MarkShown(thing, "whk_1")
	assert.Empty(t, third.OpenIntents(thing))
	assert.Empty(t, third.Leftovers(thing))
	third.End()

	fourth := open(root)
	assert.Empty(t, fourth.Leftovers(thing))
	generation, _ := fourth.Generation(thing)
	assert.Equal(t, 1, generation)
	content, err := os.ReadFile(logOf(t, root))
	require.NoError(t, err)
	assert.NotContains(t, string(content), "hooks", "nothing but a number is kept")
}

// TestDisabledJournal verifies that a run without a state neither sees what earlier runs have
// left, nor leaves anything.
func TestDisabledJournal(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	first := open(root)
	require.NoError(t, first.Returned(begin(t, first, thing, "key-1"), "whk_1"))
	log := logOf(t, root)
	before, err := os.ReadFile(log)
	require.NoError(t, err)

	stateless := open(root)
	stateless.Disable()
	assert.False(t, stateless.IsOpen())
	assert.Empty(t, stateless.OpenIntents(thing))
	assert.Empty(t, stateless.Leftovers(thing))
	stateless.MarkShown(thing, "whk_1")
	stateless.End()
	after, err := os.ReadFile(logOf(t, root))
	require.NoError(t, err)
	assert.Equal(t, before, after)

	stateless.Open(Options{Root: root, Backend: "https://api.pulumi.com"})
	assert.Equal(t, []resource.URN{thing}, stateless.Leftovers(thing), "the next run of the plugin has a state again")
}

// TestStacksAreSeparate verifies that stacks in other backends, and other stacks and
// projects, do not see each other's entries.
func TestStacksAreSeparate(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	begin(t, open(root), thing, "key-1")
	for _, urn := range []resource.URN{
		"urn:pulumi:prod::shop::pgbeam:index:WebhookEndpoint::hooks", "urn:pulumi:dev::web::pgbeam:index:WebhookEndpoint::hooks",
	} {
		other := open(root)
		assert.Empty(t, other.OpenIntents(urn))
		assert.Empty(t, other.Leftovers(thing))
	}
	backend := &Journal{}
	backend.Open(Options{Root: root, Backend: "file:///other"})
	backend.Configure("provider-1", false)
	assert.Empty(t, backend.OpenIntents(thing))
}

// TestPluginsShareAFolder verifies that the plugins of a run, which write and end at the
// same time, neither lose nor mix entries.
func TestPluginsShareAFolder(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	const plugins, resources = 4, 25
	urn := func(plugin, n int) resource.URN { return resource.URN(fmt.Sprintf("%s-%d-%d", thing, plugin, n)) }
	together := func(run func(plugin int, j *Journal)) {
		var started, running sync.WaitGroup
		started.Add(plugins)
		for plugin := range plugins {
			running.Go(func() {
				j := open(root)
				j.self.Plugin = os.Getppid() // another process, which is running
				j.Leftovers(thing)           // reads the logs
				started.Done()
				started.Wait() // all plugins of a run start before one ends
				run(plugin, j)
				j.End()
			})
		}
		running.Wait()
	}
	together(func(plugin int, j *Journal) {
		for n := range resources {
			intent, err := j.Begin(urn(plugin, n), Intent{Operation: Create, Key: fmt.Sprintf("key-%d-%d", plugin, n)})
			assert.NoError(t, err)
			assert.NoError(t, j.Returned(intent, fmt.Sprintf("whk_%d_%d", plugin, n)))
		}
	})
	expected := plugins * resources
	for round := range 3 {
		later := open(root)
		assert.Len(t, later.Leftovers(thing), expected)
		assert.Empty(t, later.Warnings())
		for plugin := range plugins {
			for n := 2 * round; n < resources; n++ {
				intents := later.OpenIntents(urn(plugin, n))
				if assert.Len(t, intents, 1) {
					assert.Equal(t, fmt.Sprintf("whk_%d_%d", plugin, n), intents[0].ID)
				}
			}
		}
		// Each plugin is shown two more of its own objects.
		together(func(plugin int, j *Journal) {
			for n := range 2 * (round + 1) {
				j.MarkShown(urn(plugin, n), fmt.Sprintf("whk_%d_%d", plugin, n))
			}
		})
		expected -= 2 * plugins
	}
	logs, err := filepath.Glob(filepath.Join(root, "*", "*"+logExtension))
	require.NoError(t, err)
	assert.LessOrEqual(t, len(logs), 2*plugins, "logs are replaced")
}

// TestInputsAreRemoved verifies that the inputs of a settled create are removed by the next
// run at the latest, whichever plugin has copied them meanwhile.
func TestInputsAreRemoved(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	other := thing + "-other"
	run := func(operate func(first, second *Journal)) {
		first, second := open(root), open(root)
		for _, j := range []*Journal{first, second} {
			j.self.Plugin = os.Getppid() // another process, which is running
			j.Leftovers(thing)           // reads the logs
		}
		operate(first, second)
		first.End()
		second.End()
	}
	inputs := func() (files []string) {
		logs, err := filepath.Glob(filepath.Join(root, "*", "*"+logExtension))
		require.NoError(t, err)
		for _, log := range logs {
			content, err := os.ReadFile(log)
			require.NoError(t, err)
			if strings.Contains(string(content), `"inputs"`) {
				files = append(files, log)
			}
		}
		return files
	}
	run(func(first, second *Journal) {
		require.NoError(t, first.Returned(begin(t, first, thing, "key-1"), "whk_1"))
		require.NoError(t, second.Returned(begin(t, second, other, "key-2"), "whk_2"))
	})
	assert.Len(t, inputs(), 2)
	run(func(first, second *Journal) {
		first.MarkShown(thing, "whk_1")
		second.MarkShown(other, "whk_2")
	})
	run(func(*Journal, *Journal) {})
	assert.Empty(t, inputs())
	for _, urn := range []resource.URN{thing, other} {
		generation, _ := open(root).Generation(urn)
		assert.Equal(t, 1, generation)
	}
}

// TestDamagedLogs verifies that a damaged log costs the guarantee for its entries only,
// that it is never misread, and that the user is warned.
func TestDamagedLogs(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(content string) string{
		"incomplete":           func(content string) string { return content[:len(content)-10] },
		"garbage at the end":   func(content string) string { return content + "\x00\x00\x00" },
		"a line without a key": func(content string) string { return strings.Replace(content, `{"intent"`, `{"intent","x"`, 1) },
		"not JSON":             func(content string) string { return strings.Replace(content, `{"intent"`, `["intent"`, 1) },
		"another format":       func(content string) string { return strings.Replace(content, "journal 2", "journal 9", 1) },
		"no format":            func(string) string { return "3" },
		"binary data":          func(string) string { return "\xff\xfe\x00" },
		"a line of the future": func(content string) string { return content + `{"ref":"1","adopted":"whk_7"}` + "\n" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			j := open(root)
			require.NoError(t, j.Returned(begin(t, j, thing, "key-1"), "whk_1"))
			log := logOf(t, root)
			content, err := os.ReadFile(log)
			require.NoError(t, err)
			damaged := damage(string(content))
			require.NotEqual(t, string(content), damaged)
			require.NoError(t, os.WriteFile(log, []byte(damaged), 0o600))
			other := thing + "-other"
			begin(t, open(root), other, "key-2")

			later := open(root)
			for _, intent := range later.OpenIntents(thing) {
				assert.True(t, intent.ID == "whk_1" || intent.Damaged, "it could be deleted, although the state may have it")
			}
			assert.Len(t, later.Warnings(), 1)
			require.Len(t, later.OpenIntents(other), 1)
			assert.False(t, later.OpenIntents(other)[0].Damaged)
			begin(t, later, thing, "key-3")
			later.End()

			again := open(root)
			assert.Equal(t, "key-3", again.OpenIntents(thing)[0].Key)
			assert.Len(t, again.OpenIntents(other), 1)
			assert.Empty(t, again.Warnings(), "the log was set aside")
			_, err = os.Stat(log + ".unreadable")
			require.NoError(t, err)
		})
	}
}

// TestEmptyLog verifies that a log whose first line was not written is none: the request
// was not sent.
func TestEmptyLog(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	begin(t, open(root), thing, "key-1")
	require.NoError(t, os.WriteFile(logOf(t, root), nil, 0o600))
	later := open(root)
	assert.Empty(t, later.OpenIntents(thing))
	assert.Empty(t, later.Warnings())
}

// TestEarlierReleases verifies that the generations of release 0.1 are read.
func TestEarlierReleases(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	folder := filepath.Join(root, digest("provider-1"))
	require.NoError(t, os.MkdirAll(folder, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, digest(string(thing))), []byte("4"), 0o600))
	generation, _ := open(root).Generation(thing)
	assert.Equal(t, 4, generation)
	require.NoError(t, os.WriteFile(filepath.Join(folder, digest(string(thing))), []byte("four"), 0o600))
	generation, _ = open(root).Generation(thing)
	assert.Zero(t, generation)
}

// TestNothingIsSentUnrecorded verifies that an intent that cannot be written is an error,
// and that a folder that cannot be opened is a warning.
func TestNothingIsSentUnrecorded(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	j := open(root)
	intent := begin(t, j, thing, "key-1")
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("requires /dev/full:", err)
	}
	file := j.file
	j.file = full
	require.ErrorContains(t, j.Returned(intent, "whk_1"), "no space left on device")
	_, err = j.Begin(thing, Intent{Operation: Create})
	require.ErrorContains(t, err, "cannot be written")
	j.file = file
	begin(t, j, thing, "key-2")
	later := open(root)
	assert.Len(t, later.OpenIntents(thing), 2)
	assert.Empty(t, later.Warnings())

	unwritable := open(filepath.Join(logOf(t, root), "journal"))
	begin(t, unwritable, thing, "key-1")
	warnings := unwritable.Warnings()
	require.Len(t, warnings, 1)
	assert.Contains(t, warnings[0], "PGBEAM_JOURNAL_DIR")
}

// TestOutcomes verifies how a later run sees the end of an earlier one.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	host, err := os.Hostname()
	require.NoError(t, err)
	alive, dead := os.Getppid(), 1<<30
	for name, test := range map[string]struct {
		header
		ended   bool
		outcome Outcome
	}{
		"running":            {header{format, host, alive, alive}, false, Running},
		"the engine is dead": {header{format, host, alive, dead}, false, Killed},
		"the plugin is dead": {header{format, host, dead, 1}, false, Killed},
		"of this run":        {header{format, host, dead, os.Getppid()}, false, Running},
		"another machine":    {header{format, "another", alive, alive}, false, Killed},
		"ended":              {header{format, host, alive, alive}, true, Ended},
		"ended elsewhere":    {header{format, "another", alive, alive}, true, Ended},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			run := open(root)
			run.self = test.header
			begin(t, run, thing, "key-1")
			if test.ended {
				run.End()
			}
			log := logOf(t, root)
			later := open(root)
			kept := later.OpenIntents(thing)[0]
			assert.Equal(t, test.outcome, kept.Outcome)
			assert.False(t, kept.IsCurrent())
			later.MarkShown(thing, "whk_1")
			later.End()
			assert.FileExists(t, log, "nothing was settled")
		})
	}
}

// TestDeletions verifies that a run knows what an earlier one has begun to delete, under
// whatever name.
func TestDeletions(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	run := open(root)
	for _, id := range []string{"whk_1", "whk_2", "whk_3"} {
		require.NoError(t, run.MarkDeletion(thing, id, Deleting))
	}
	require.NoError(t, run.MarkDeletion(thing, "whk_2", NotDeleted))
	require.NoError(t, run.MarkDeletion(thing, "whk_3", Uncertain))
	begin(t, run, thing, "key-1")

	for range 2 {
		later := open(root)
		renamed := thing + "-renamed"
		assert.Equal(t, Deleting, later.DeletionOf(renamed, "whk_1"))
		assert.Equal(t, NotDeleted, later.DeletionOf(renamed, "whk_2"))
		assert.Equal(t, Uncertain, later.DeletionOf(renamed, "whk_3"))
		assert.Equal(t, NotDeleted, later.DeletionOf(renamed, "whk_4"))
		later.MarkDeleted(thing, "") // settles the create, so that the log is replaced
		later.End()
	}
}

// TestNamesAreReproduced verifies that every run derives the same automatic name, whatever
// it knows of the provider, until the resource has had an object.
func TestNamesAreReproduced(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	first := open(root)
	name := first.NameSeed(thing, 0)
	require.NotNil(t, name)
	assert.NotEqual(t, name, first.NameSeed(thing, 1))
	first.RecordAutoName(thing, AutoName{Name: "hooks-1"})
	begin(t, first, thing, "key-1")

	lost := &Journal{}
	lost.Open(Options{Root: root, Backend: "https://api.pulumi.com"})
	lost.Configure("provider-2", true)
	assert.Equal(t, name, lost.NameSeed(thing, 0), "the state, and the ID of the provider, were lost")
	assert.Equal(t, first.NameSeed(thing, 1), lost.NameSeed(thing, 1), "the journal has the ID of the provider")
	lost.Close(lost.OpenIntents(thing)[0])
	assert.Equal(t, name, lost.NameSeed(thing, 0), "the create was refused: a saved plan still has the name")
	assert.NotEqual(t, first.NameSeed(thing, 1), lost.NameSeed(thing, 1))
	require.NoError(t, lost.Returned(begin(t, lost, thing, "key-2"), "whk_1"))
	lost.End()

	replaces := open(root)
	assert.NotEqual(t, name, replaces.NameSeed(thing, 0), "a forced replacement: the engine does not show the object")
	replaces.RecordName(thing, "hooks-1")
	assert.NotEqual(t, name, replaces.NameSeed(thing, 0), "a replacement")
	for range 2 {
		again := open(root)
		again.MarkShown(thing, "whk_1")
		assert.NotEqual(t, name, again.NameSeed(thing, 0), "the resource has had an object")
		again.End()
	}

	unknown := &Journal{}
	unknown.Open(Options{})
	unknown.ConfigureUnknown()
	assert.Equal(t, name, unknown.NameSeed(thing, 0), "the first preview")
	assert.Nil(t, unknown.NameSeed(thing, 1))
	assert.False(t, unknown.IsOpen())
	assert.NotEqual(t, name, unknown.NameSeed(thing+"-2", 0))
	var none *Journal
	assert.Nil(t, none.NameSeed(thing, 0))
}

// TestNamesOfEarlierReleases verifies that a create that an earlier release was
// interrupted in gets the name that this release derived from the ID of the provider.
func TestNamesOfEarlierReleases(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	run := open(root)
	begin(t, run, thing, "key-1")
	log := logOf(t, root)
	content, err := os.ReadFile(log)
	require.NoError(t, err)
	earlier := strings.Replace(string(content), `"key":"key-1"`, `"key":"key-1","nameSeed":{"provider":"provider-0"}`, 1)
	require.NotEqual(t, string(content), earlier)
	require.NoError(t, os.WriteFile(log, []byte(earlier), 0o600))

	derived := sha256.Sum256([]byte("provider-0\x00" + string(thing) + "\x000\x00\x000"))
	for _, configure := range []func(j *Journal){
		func(j *Journal) { j.Configure("provider-1", false) }, (*Journal).ConfigureUnknown,
	} {
		later := &Journal{}
		later.Open(Options{Root: root, Backend: "https://api.pulumi.com"})
		configure(later)
		assert.Equal(t, derived[:], later.NameSeed(thing, 0))
		assert.Empty(t, later.InterruptedName(thing, ""))
	}
}

// TestInterruptedName verifies which creates a run repeats under their automatic names.
func TestInterruptedName(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	run := open(root)
	run.RecordAutoName(thing, AutoName{Name: "hooks-1", Mode: "enforce"})
	assert.Equal(t, AutoName{Name: "hooks-1", Mode: "enforce"}, run.AutoName(thing))
	intent := begin(t, run, thing, "key-1")
	assert.Empty(t, run.InterruptedName(thing, "enforce"), "this run has sent it")
	explicit, err := run.Begin(thing+"-2", Intent{Operation: Create})
	require.NoError(t, err)
	assert.Zero(t, explicit.AutoName)
	rotation, err := run.Begin(thing, Intent{Operation: Rotate})
	require.NoError(t, err)
	assert.Zero(t, rotation.AutoName)

	later := open(root)
	assert.Equal(t, "hooks-1", later.InterruptedName(thing, "enforce"))
	assert.Empty(t, later.InterruptedName(thing, ""), "the configuration has changed")
	assert.Empty(t, later.InterruptedName(thing+"-2", ""))
	later.RecordName(thing, "hooks-0")
	assert.Equal(t, "hooks-1", later.InterruptedName(thing, "enforce"), "it replaces an object")
	later.RecordName(thing, "hooks-1")
	assert.Empty(t, later.InterruptedName(thing, "enforce"), "it is the object that is replaced")

	require.NoError(t, run.Returned(intent, "whk_1"))
	assert.Zero(t, run.AutoName(thing))
	run.End()
	assert.Empty(t, open(root).InterruptedName(thing, "enforce"), "a forced replacement of the object")
}

// written is a state file that was written at a time.
const written = `{"version":3,"checkpoint":{"stack":"dev","latest":{"manifest":{"time":%q}}}}`

func stateReader(content string) func(project, stack string) (fs.File, error) {
	return editedState(content, time.Time{})
}

// editedState returns a function that reads a state file that was last written at a time.
func editedState(content string, at time.Time) func(project, stack string) (fs.File, error) {
	return func(string, string) (fs.File, error) {
		return fstest.MapFS{"state": {Data: []byte(content), ModTime: at}}.Open("state")
	}
}

// TestIsInterrupted verifies that a run that ended in an orderly way counts as interrupted
// if the state was not written after it created the object.
func TestIsInterrupted(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	run := open(root)
	require.NoError(t, run.Returned(begin(t, run, thing, "key-1"), "whk_1"))
	run.End()
	for name, test := range map[string]struct {
		state       string
		interrupted bool
	}{
		"before":      {fmt.Sprintf(written, time.Now().Add(-time.Minute).Format(time.RFC3339Nano)), true},
		"after":       {fmt.Sprintf(written, time.Now().Add(time.Minute).Format(time.RFC3339Nano)), false},
		"never":       {`{"checkpoint":{"latest":null}}`, true},
		"not yet":     {`{"checkpoint":{"stack":"dev"}}`, true},
		"a number":    {`{"checkpoint":{"latest":5}}`, false},
		"not a state": {`<html>`, false},
		"another one": {`{"version":4,"checkpoint":{"latest":{"resources":[]}}}`, false},
	} {
		later := &Journal{}
		later.Open(Options{
			Root: root, Backend: "https://api.pulumi.com", State: stateReader(test.state),
		})
		later.RecordStateTime(thing)
		later.options.State = stateReader(fmt.Sprintf(written, time.Now().Format(time.RFC3339Nano))) // by this run
		intents := later.OpenIntents(thing)
		require.Len(t, intents, 1)
		assert.Equal(t, test.interrupted, later.IsInterrupted(intents[0]), name)
	}
}

// TestEditedState verifies that a run does not count as interrupted any more once the user
// has edited the state, also in the runs after the one that has found that.
func TestEditedState(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		ended bool
		write time.Duration // when the engine has last written the state, after the create
	}{
		"killed":       {false, time.Hour},
		"never saved":  {false, -time.Hour},
		"not saved":    {true, -time.Hour},
		"saved, ended": {true, time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			first := open(root)
			require.NoError(t, first.Returned(begin(t, first, thing, "key-1"), "whk_1"))
			if test.ended {
				first.End()
			}
			state := fmt.Sprintf(written, time.Now().Add(test.write).Format(time.RFC3339Nano))
			isInterrupted := func(editedAfter time.Duration) bool {
				run := &Journal{}
				run.Open(Options{Root: root, Backend: "https://api.pulumi.com", State: editedState(state, time.Now().Add(test.write+editedAfter))})
				run.Configure("provider-1", false)
				intents := run.OpenIntents(thing)
				require.Len(t, intents, 1)
				return run.IsInterrupted(intents[0])
			}
			assert.Equal(t, name != "saved, ended", isInterrupted(time.Millisecond))
			assert.False(t, isInterrupted(time.Minute))
			assert.False(t, isInterrupted(time.Millisecond), "the engine has written the state since")
		})
	}
}

// TestIsInState verifies what the state of a local backend says.
func TestIsInState(t *testing.T) {
	t.Parallel()
	j := &Journal{}
	state := stateReader(`{"checkpoint":{"latest":{"resources":[{"id":"whk_1"},{"id": "prj_2"},{"outputs":{"webhookEndpointId":"whk_2"}}],"pending_operations":[{"resource":{"id":"whk_2"}}]}}}`)
	j.Open(Options{State: func(project, stack string) (fs.File, error) {
		assert.Equal(t, "shop dev", project+" "+stack)
		return state(project, stack)
	}})
	for id, expected := range map[string]bool{"whk_1": true, "prj_2": true, "whk_2": false, "": false} {
		is, known := j.IsInState(thing, id)
		assert.Equal(t, expected, is, id)
		assert.True(t, known)
	}
	for _, state := range []func(string, string) (fs.File, error){nil, func(string, string) (fs.File, error) { return nil, os.ErrNotExist }} {
		j.Open(Options{State: state})
		is, known := j.IsInState(thing, "whk_1")
		assert.False(t, is)
		assert.False(t, known)
	}
}
