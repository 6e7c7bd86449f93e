// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package createjournal

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

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
	first.MarkShown(thing, "whk_1")
	require.NoError(t, first.Returned(thing, sent, "whk_1"))
	first.MarkShown(thing, "whk_1")
	assert.Len(t, first.OpenIntents(thing), 1, "the run that created an object proves nothing")

	second := open(root)
	assert.Equal(t, []resource.URN{thing}, second.Leftovers(thing))
	kept := second.OpenIntents(thing)
	require.Len(t, kept, 1)
	sent.closed = false
	assert.Equal(t, *sent, *kept[0])
	second.MarkShown(thing, "whk_2")
	assert.Len(t, second.OpenIntents(thing), 1, "the state has another object")
	second.MarkShown(thing, "whk_1")
	assert.Empty(t, second.OpenIntents(thing))
	assert.Empty(t, second.Leftovers(thing))

	third := open(root)
	assert.Empty(t, third.OpenIntents(thing))
	assert.Empty(t, third.Leftovers(thing))
	generation, _ := third.Generation(thing)
	assert.Equal(t, 1, generation)
	logs, err := filepath.Glob(filepath.Join(root, "*", "*"+logExtension))
	require.NoError(t, err)
	assert.Empty(t, logs, "nothing but a number is kept")
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

// TestPluginsShareAFolder verifies that the plugins of a run, which write at the same
// time, neither lose nor mix entries.
func TestPluginsShareAFolder(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	const plugins, resources = 4, 50
	var running sync.WaitGroup
	for plugin := range plugins {
		running.Go(func() {
			j := open(root)
			for n := range resources {
				urn := resource.URN(fmt.Sprintf("%s-%d", thing, n))
				intent, err := j.Begin(urn, Intent{Operation: Create, Key: fmt.Sprintf("key-%d-%d", plugin, n)})
				if !assert.NoError(t, err) {
					return
				}
				assert.NoError(t, j.Returned(thing, intent, "")) // nothing for another resource
			}
		})
	}
	running.Wait()
	later := open(root)
	for n := range resources {
		keys := map[string]bool{}
		for _, intent := range later.OpenIntents(resource.URN(fmt.Sprintf("%s-%d", thing, n))) {
			keys[intent.Key] = true
		}
		assert.Len(t, keys, plugins)
	}
	assert.Empty(t, later.Warnings())
}

// TestDamagedLogs verifies that a damaged log costs the guarantee for its resource only,
// that it is never misread, and that the user is warned.
func TestDamagedLogs(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(content string) string{
		"incomplete":           func(content string) string { return content[:len(content)-10] },
		"garbage at the end":   func(content string) string { return content + "\x00\x00\x00" },
		"a line is missing":    func(content string) string { lines := strings.SplitAfter(content, "\n"); return lines[0] + lines[2] },
		"another reference":    func(content string) string { return strings.Replace(content, `"ref":"`, `"ref":"0`, 1) },
		"not JSON":             func(content string) string { return strings.Replace(content, `{"intent"`, `["intent"`, 1) },
		"another resource":     func(content string) string { return strings.Replace(content, "::hooks", "", 1) },
		"another format":       func(content string) string { return strings.Replace(content, "journal 2", "journal 9", 1) },
		"an earlier release":   func(string) string { return "3" },
		"binary data":          func(string) string { return "\xff\xfe\x00" },
		"a line of the future": func(content string) string { return content + `{"ref":"1","adopted":"whk_7"}` + "\n" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			j := open(root)
			require.NoError(t, j.Returned(thing, begin(t, j, thing, "key-1"), "whk_1"))
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
				assert.True(t, intent.ID == "whk_1" || intent.IsDamaged(), "it could be deleted, although the state may have it")
			}
			assert.Len(t, later.Warnings(), 1)
			assert.Empty(t, later.Warnings(), "the warning is given once")
			assert.Len(t, later.OpenIntents(other), 1)
			begin(t, later, thing, "key-3")
			again := open(root)
			assert.Equal(t, "key-3", again.OpenIntents(thing)[0].Key)
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
	log := logOf(t, root)
	require.NoError(t, os.Remove(log))
	require.NoError(t, os.Mkdir(log, 0o700)) // as unwritable as a full disk, also for root
	require.ErrorContains(t, j.Returned(thing, intent, "whk_1"), "cannot be written")
	_, err := j.Begin(thing, Intent{Operation: Create})
	require.ErrorContains(t, err, "cannot be written")

	file := filepath.Join(root, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	unwritable := open(file)
	begin(t, unwritable, thing, "key-1")
	warnings := unwritable.Warnings()
	require.Len(t, warnings, 1)
	assert.Contains(t, warnings[0], "PGBEAM_JOURNAL_DIR")
}

// TestOutcomes verifies how a later run sees the end of an earlier one.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	run := open(root)
	intent := begin(t, run, thing, "key-1")
	assert.Equal(t, Running, run.OutcomeOf(intent))
	later := open(root)
	kept := later.OpenIntents(thing)[0]
	assert.Equal(t, Killed, later.OutcomeOf(kept))
	assert.False(t, later.IsCurrent(kept))

	file := filepath.Join(filepath.Dir(logOf(t, root)), intent.Run+".run")
	host, err := os.Hostname()
	require.NoError(t, err)
	write := func(content string) {
		require.NoError(t, os.WriteFile(file, []byte(content), 0o600))
	}
	alive, dead := os.Getppid(), 1<<30
	for content, outcome := range map[string]Outcome{
		fmt.Sprintf(`{"host":%q,"plugin":%d,"engine":%d}`+"\n", host, alive, alive): Running,
		fmt.Sprintf(`{"host":%q,"plugin":%d,"engine":%d}`+"\n", host, alive, dead):  Killed,
		fmt.Sprintf(`{"host":%q,"plugin":%d,"engine":%d}`+"\n", host, dead, alive):  Killed,
		`{"host":"another","plugin":1,"engine":1}` + "\n":                           Killed,
		`{"host":"another","plugin":1,"engine":1}` + "\n" + ended:                   Ended,
		"?\n": Ended, // nothing is deleted because of a file that is not understood
	} {
		write(content)
		assert.Equal(t, outcome, later.OutcomeOf(kept), content)
	}
	require.NoError(t, os.Remove(file))
	assert.Equal(t, Ended, later.OutcomeOf(kept))
	run.End()
	assert.Equal(t, Ended, later.OutcomeOf(kept))
}

// TestDeletions verifies that a run knows about an object that an earlier one began to
// delete in order to replace it.
func TestDeletions(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	run := open(root)
	require.NoError(t, run.MarkDeleting(thing, "whk_1"))
	assert.False(t, run.IsDeleting(thing, "whk_1"), "the resource is removed for good")
	run.MarkChecked(thing, true)
	require.NoError(t, run.MarkDeleting(thing, "whk_1"))
	require.NoError(t, run.MarkDeleting(thing, "whk_2"))
	run.MarkNotDeleted(thing, "whk_2")

	later := open(root)
	assert.True(t, later.IsDeleting(thing, "whk_1"))
	assert.False(t, later.IsDeleting(thing, "whk_2"))
	later.MarkShown(thing, "whk_3")
	assert.False(t, open(root).IsDeleting(thing, "whk_1"), "the state has another object")
}

// TestNamesAreReproduced verifies that a repeated create gets the same automatic name,
// also with another provider, and a replacement another one.
func TestNamesAreReproduced(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	first := open(root)
	name := first.NameSeed(thing, 0)
	require.NotNil(t, name)
	assert.NotEqual(t, name, first.NameSeed(thing, 1))
	intent := begin(t, first, thing, "key-1")

	lost := &Journal{}
	lost.Open(Options{Root: root, Backend: "https://api.pulumi.com"})
	lost.Configure("provider-2", true)
	assert.Equal(t, name, lost.NameSeed(thing, 0), "the state, and the ID of the provider, were lost")
	lost.Close(thing, lost.OpenIntents(thing)[0])
	assert.NotEqual(t, name, lost.NameSeed(thing, 0))
	assert.NotNil(t, intent)

	var none *Journal
	assert.Nil(t, none.NameSeed(thing, 0))
	unknown := &Journal{}
	unknown.Open(Options{})
	unknown.ConfigureUnknown()
	assert.Nil(t, unknown.NameSeed(thing, 0))
	assert.True(t, unknown.ProviderUnknown())
	assert.False(t, unknown.IsOpen())
}

// TestIsInState verifies what the state of a local backend says.
func TestIsInState(t *testing.T) {
	t.Parallel()
	j := &Journal{}
	j.Open(Options{State: func(project, stack string) ([]byte, error) {
		assert.Equal(t, "shop dev", project+" "+stack)
		return []byte(`{"resources":[{"id":"whk_1"},{"id": "prj_2"}]}`), nil
	}})
	for id, expected := range map[string]bool{"whk_1": true, "prj_2": true, "whk_2": false, "": false} {
		is, known := j.IsInState(thing, id)
		assert.Equal(t, expected, is, id)
		assert.True(t, known)
	}
	for _, state := range []func(string, string) ([]byte, error){nil, func(string, string) ([]byte, error) { return nil, os.ErrNotExist }} {
		j.Open(Options{State: state})
		is, known := j.IsInState(thing, "whk_1")
		assert.False(t, is)
		assert.False(t, known)
	}
}
