// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenarios

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/leakcheck"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/modetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

// startProcess starts a plugin process with a journal in a directory.
func startProcess(env *enginetest.Env, providerID, journal string) *enginetest.Process {
	env.Helper()
	return start(env, enginetest.Run{ProviderID: providerID, Journal: journal})
}

func start(env *enginetest.Env, run enginetest.Run) *enginetest.Process {
	env.Helper()
	return enginetest.StartProcess(env, env.Local, run, provider.Options{})
}

// stateOf returns a function that reads a state with objects.
func stateOf(writtenAt time.Time, ids ...string) func(project, stack string) (fs.File, error) {
	return editedState(writtenAt, writtenAt, ids...)
}

// editedState is stateOf for a state that the user has edited.
func editedState(writtenAt, editedAt time.Time, ids ...string) func(project, stack string) (fs.File, error) {
	var resources []object
	for _, id := range ids {
		resources = append(resources, object{"id": id})
	}
	return func(string, string) (fs.File, error) {
		content, err := json.Marshal(object{"checkpoint": object{"latest": object{"manifest": object{"time": writtenAt}, "resources": resources}}})
		if err != nil {
			return nil, err
		}
		return fstest.MapFS{"state": {Data: content, ModTime: editedAt}}.Open("state")
	}
}

// startFirstProcess starts a plugin process whose run creates the provider.
func startFirstProcess(env *enginetest.Env, journal string) *enginetest.Process {
	env.Helper()
	return start(env, enginetest.Run{ProviderID: "provider-1", CreatesProvider: true, Journal: journal})
}

// forEachCreate runs a scenario for every kind that is created, every behaviour of
// the API, and the smallest and the largest set of inputs.
func forEachCreate(t *testing.T, run func(c *scenario.Case, inputs object)) {
	t.Helper()
	t.Parallel()
	for name, behaviour := range scenario.Behaviours {
		for _, k := range scenario.Kinds() {
			if !k.IsCreated() {
				continue
			}
			for size, inputs := range map[string]object{"minimal": k.Minimal, "full": k.Full} {
				t.Run(k.Name+"/"+name+"/"+size, func(t *testing.T) {
					t.Parallel()
					c := scenario.NewCase(t, k, localapi.Options{Behaviour: behaviour})
					run(c, c.Inputs(inputs))
				})
			}
		}
	}
}

// upElsewhere repeats an interrupted create on a machine whose journal does not have it. It
// returns false if only the idempotency key could tell that the object is the same, and the
// API ignores the key: the create is then refused, and the error says how to import it.
func upElsewhere(c *scenario.Case, process *enginetest.Process, r *enginetest.Resource, inputs object) bool {
	c.Helper()
	if !c.Kind.NoKey || !c.Behaviour.IgnoreUndeclaredKeys {
		process.MustUp(r, inputs)
		return true
	}
	require.ErrorContains(c, process.Up(r, enginetest.Inputs(inputs)).Err, "pulumi import pgbeam:index:"+r.Kind)
	return false
}

// TestInterruptedCreateIsCompleted kills the process after the API has created
// the object and before the state has it. The next run adopts that object, on the
// same machine or on another.
func TestInterruptedCreateIsCompleted(t *testing.T) {
	forEachCreate(t, func(c *scenario.Case, inputs object) {
		journal := c.TempDir()
		killed := c.New("thing")
		startProcess(c.Env, "provider-1", journal).MustUp(killed, inputs)
		count := c.Count()
		for _, dir := range []string{journal, c.TempDir()} {
			c.Clock.Advance(time.Hour)
			again := c.New("thing")
			if process := startProcess(c.Env, "provider-1", dir); dir == journal {
				process.MustUp(again, inputs)
			} else if !upElsewhere(c, process, again, inputs) {
				return
			}
			assert.Equal(c, killed.ID, again.ID)
			assert.Equal(c, count, c.Count(), "no object exists twice")
			for secret := range c.Kind.OneTimeSecrets() {
				assert.Equal(c, killed.State.Get(secret), again.State.Get(secret), "the API issues one-time secrets again")
			}
			c.LiveObject(again)
		}
	})
}

// TestOnlyUsedKeysTakeReads requires that a create verifies the response if another run
// may have used the idempotency key, however new the object looks, and that it reads
// nothing if none can have.
func TestOnlyUsedKeysTakeReads(t *testing.T) {
	forEachCreate(t, func(c *scenario.Case, inputs object) {
		expected := c.Kind.Reads
		if c.Kind.Lookups != nil {
			expected = c.Kind.Lookups(c.Behaviour)
		}
		before := c.Local.Count("GET", "")
		startFirstProcess(c.Env, c.TempDir()).MustUp(c.New("thing"), inputs)
		assert.Equal(c, expected, c.Local.Count("GET", "")-before)
	})
	for _, k := range scenario.Kinds() {
		if !k.IsCreated() {
			continue
		}
		t.Run(k.Name+"/used", func(t *testing.T) {
			t.Parallel()
			c := scenario.NewCase(t, k, localapi.Options{})
			inputs := c.Inputs(k.Minimal)
			before := c.Local.Count("GET", "")
			startProcess(c.Env, "provider-1", c.TempDir()).MustUp(c.New("thing"), inputs)
			assert.Greater(t, c.Local.Count("GET", ""), before+k.Reads)
		})
	}
}

// TestCreateNeverReturnsAnOldObject creates an object again within the 24 hours
// for which the API replays the response to the first create.
func TestCreateNeverReturnsAnOldObject(t *testing.T) {
	t.Parallel()
	type fixture struct {
		*scenario.Case
		old     *enginetest.Resource
		first   *enginetest.Process
		journal string
		inputs  object
	}
	for name, test := range map[string]struct {
		// prepare returns the process that creates the object again.
		prepare func(f fixture) *enginetest.Process
		// replaces is true if the old object exists until the new one does.
		replaces bool
	}{
		"deleted by another run": {prepare: func(f fixture) *enginetest.Process {
			require.NoError(f, startProcess(f.Env, "provider-1", f.TempDir()).Delete(f.old))
			f.Clock.Advance(time.Minute)
			return startProcess(f.Env, "provider-1", f.TempDir())
		}},
		"deleted by the same run": {prepare: func(f fixture) *enginetest.Process {
			next := startProcess(f.Env, "provider-1", f.TempDir())
			require.NoError(f, next.Delete(f.old)) // with DeleteBeforeReplace
			return next
		}},
		"deleted outside of Pulumi": {prepare: func(f fixture) *enginetest.Process {
			require.NoError(f, f.Engine.Delete(f.old))
			f.Clock.Advance(time.Minute)
			return startProcess(f.Env, "provider-1", f.TempDir())
		}},
		"stack destroyed": {prepare: func(f fixture) *enginetest.Process {
			f.first.Shutdown()
			destroy := startProcess(f.Env, "provider-1", f.journal)
			require.NoError(f, destroy.Delete(f.old))
			destroy.Shutdown()
			return startProcess(f.Env, "provider-2", f.journal)
		}},
		"replaced after a diff": {replaces: true, prepare: func(f fixture) *enginetest.Process {
			f.Clock.Advance(time.Minute)
			next := startProcess(f.Env, "provider-1", f.TempDir())
			copied := *f.old
			next.Preview(&copied, enginetest.Inputs(f.inputs)) // passes the old object to the plugin
			return next
		}},
		"another stack of the same name": {replaces: true, prepare: func(f fixture) *enginetest.Process {
			f.Clock.Advance(time.Minute)
			return startProcess(f.Env, "provider-2", f.TempDir()) // the folder depends on the backend
		}},
	} {
		for _, k := range scenario.Kinds() {
			behaviour := localapi.Behaviour{AgentNamesNotUnique: true}
			duplicates := !k.HasConflicts() || k.DuplicatesAllowed != nil && k.DuplicatesAllowed(behaviour)
			if !k.IsCreated() || !duplicates {
				continue // an object with a unique key cannot exist twice
			}
			t.Run(name+"/"+k.Name, func(t *testing.T) {
				t.Parallel()
				c := scenario.NewCase(t, k, localapi.Options{Behaviour: behaviour})
				f := fixture{Case: c, old: c.New("thing"), journal: t.TempDir(), inputs: c.Inputs(k.Full)}
				f.first = startProcess(c.Env, "provider-1", f.journal)
				f.first.MustUp(f.old, f.inputs)
				next := test.prepare(f)
				count := c.Count()

				created := c.New("thing")
				next.MustUp(created, f.inputs)
				assert.NotEqual(t, f.old.ID, created.ID)
				assert.Equal(t, count+1, c.Count())
				c.LiveObject(created)
				if test.replaces {
					require.NoError(t, next.Delete(f.old))
				}
				c.LiveObject(created)
			})
		}
	}
}

// TestForcedReplacement forces a replacement right after the create, which the engine
// does not distinguish from a repeated create. The API would answer it with the old
// object.
func TestForcedReplacement(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		remembers, ended, readsState bool
		replaces                     bool // at the first try
	}{
		{remembers: true, ended: true, readsState: true, replaces: true},
		{remembers: true, ended: true, replaces: true},
		{remembers: true, readsState: true, replaces: true},
		{readsState: true, replaces: true},
		// Nothing shows whether the state has the object of a run that was killed, or that
		// the journal does not know. The object is kept, and the second try replaces it.
		{remembers: true},
		{ended: true},
		{},
	} {
		t.Run(fmt.Sprintf("%+v", test), func(t *testing.T) {
			t.Parallel()
			c := scenario.NewCase(t, scenario.KindNamed("SelfHostEnrollment"), localapi.Options{})
			inputs, journal := c.Inputs(c.Kind.Minimal), c.TempDir()
			resource := c.New("thing")
			first := startFirstProcess(c.Env, journal)
			first.MustUp(resource, inputs)
			if test.ended {
				first.Shutdown()
			}
			if !test.remembers {
				journal = c.TempDir()
			}
			for _, replaces := range []bool{test.replaces, true} {
				run := enginetest.Run{ProviderID: "provider-1", Journal: journal}
				if test.readsState {
					run.State = stateOf(time.Now(), resource.ID)
				}
				process, old := start(c.Env, run), resource.ID
				require.NoError(t, process.ForceReplace(resource, enginetest.Inputs(inputs), false).Err)
				process.Shutdown()
				assert.Equal(t, replaces, old != resource.ID)
				require.Equal(t, 1, c.Count())
				c.LiveObject(resource)
				c.AssertSecrets(resource)
			}
		})
	}
}

// TestInterruptedReplacementIsCompleted kills the process during a replacement.
// The next run adopts the new object, not the old one.
func TestInterruptedReplacementIsCompleted(t *testing.T) {
	t.Parallel()
	c := scenario.NewCase(t, scenario.KindNamed("SelfHostEnrollment"), localapi.Options{})
	inputs := c.Inputs(c.Kind.Minimal)
	old := c.New("thing")
	startProcess(c.Env, "provider-1", c.TempDir()).MustUp(old, inputs)
	var replacements []string
	for range 3 {
		c.Clock.Advance(time.Minute)
		killed := startProcess(c.Env, "provider-1", c.TempDir())
		copied := *old
		killed.Preview(&copied, enginetest.Inputs(inputs))
		replacement := c.New("thing")
		killed.MustUp(replacement, inputs)
		replacements = append(replacements, replacement.ID)
	}
	assert.NotContains(t, replacements, old.ID)
	assert.Len(t, slices.Compact(replacements), 1)
	assert.Equal(t, 2, c.Count())
}

// TestRejectionIsNotReplayed removes the cause of a rejection, whose response the
// API stores for a day.
func TestRejectionIsNotReplayed(t *testing.T) {
	t.Parallel()
	for name, journals := range map[string]func(t *testing.T) [3]string{
		"same machine":   func(t *testing.T) [3]string { dir := t.TempDir(); return [3]string{dir, dir, dir} },
		"other machines": func(t *testing.T) [3]string { return [3]string{t.TempDir(), t.TempDir(), t.TempDir()} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := scenario.NewCase(t, scenario.KindNamed("AgentCredential"), localapi.Options{Limits: localapi.Limits{AgentCredentials: 1}})
			inputs := c.Inputs(object{"name": "bot"})
			blocking := c.Create(c.Kind.Name, "other", c.Inputs(object{"name": "other"}))
			dirs := journals(t)
			for _, dir := range dirs[:2] {
				c.Local.ResetRequests()
				result := startProcess(c.Env, "provider-1", dir).Up(c.New("thing"), enginetest.Inputs(inputs))
				require.ErrorContains(t, result.Err, "PLAN_LIMIT_REACHED")
				assert.LessOrEqual(t, len(c.Local.Requests()), 2)
				c.Clock.Advance(time.Minute)
			}
			require.NoError(t, c.Engine.Delete(blocking))
			startProcess(c.Env, "provider-1", dirs[2]).MustUp(c.New("thing"), inputs)
			assert.Equal(t, 1, c.Count())
		})
	}
}

// TestIdempotencyKeysCannotBeGuessed runs the same program for two organizations.
// All keys differ, and have 256 bits.
func TestIdempotencyKeysCannotBeGuessed(t *testing.T) {
	t.Parallel()
	organizations := map[string]string{"pbo_a": "org_local", "pbo_b": "org_other"}
	local := localapi.Start(t, localapi.Options{APIKeys: organizations})
	names := []string{"one", "two"}
	for apiKey, org := range organizations {
		process := enginetest.StartProcess(t, local, enginetest.Run{ProviderID: "provider-1"}, provider.Options{}, map[string]string{"PGBEAM_API_KEY": apiKey})
		for _, name := range names {
			result := process.Up(&enginetest.Resource{Kind: "SelfHostEnrollment", Name: name}, enginetest.Inputs(object{"orgId": org}))
			require.NoError(t, result.Err)
		}
	}
	seen := map[string]bool{}
	for _, request := range local.Requests() {
		key := request.Header.Get("Idempotency-Key")
		if request.Method != http.MethodPost {
			continue
		}
		assert.Len(t, key, 43)
		assert.False(t, seen[key])
		seen[key] = true
	}
	assert.Len(t, seen, len(organizations)*len(names))
}

// TestConflictNamesTheImport creates an object with the unique key of another. The
// error has the command that imports the other.
func TestConflictNamesTheImport(t *testing.T) {
	scenario.ForEach(t, scenario.Kind.HasConflicts, func(c *scenario.Case) {
		first := c.CreateFull("thing")
		result := c.Engine.Up(c.New("other"), enginetest.Inputs(c.Inputs(c.Kind.Full)))
		if c.DuplicatesAllowed() {
			require.NoError(c, result.Err)
			return
		}
		require.ErrorContains(c, result.Err, "pulumi import pgbeam:index:"+c.Kind.Name+" other "+c.ImportID(first))
	})
}

// TestJournalIsPrivate requires that only the owner can read the journal, that it holds
// no secret, and that nothing but a number remains once the state has the object.
func TestJournalIsPrivate(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	journal := filepath.Join(t.TempDir(), "journal")
	leaks := leakcheck.Start(t)
	project := &enginetest.Resource{Kind: "Project", Name: "shop"}
	inputs := object{"orgId": env.Local.OrgID, "database": enginetest.DatabaseInputs}
	process := startProcess(env, "provider-1", journal)
	process.MustUp(project, inputs)
	leaks.AddCanary("the password", enginetest.DatabaseInputs["password"].(string))
	leaks.AddCanary("the API key", env.Local.APIKey)
	read := func() (contents []string) {
		require.NoError(t, filepath.WalkDir(journal, func(path string, entry os.DirEntry, err error) error {
			require.NoError(t, err)
			info, err := entry.Info()
			require.NoError(t, err)
			if entry.IsDir() {
				modetest.AssertPrivate(t, info)
				return nil
			}
			modetest.AssertPrivate(t, info)
			content, err := os.ReadFile(path)
			contents = append(contents, string(content))
			return err
		}))
		return contents
	}
	assert.Contains(t, leaks.AddOutput(strings.Join(read(), "")), project.ID)
	process.Shutdown()

	later := startProcess(env, "provider-1", journal)
	later.Preview(project, enginetest.Inputs(inputs))
	later.Shutdown()
	assert.NotContains(t, strings.Join(read(), ""), project.ID)
}

// TestExpiredJournalEntriesAreRemoved requires that nothing else is removed from
// the directory, and that no symbolic link is followed.
func TestExpiredJournalEntriesAreRemoved(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	journal, elsewhere := filepath.Join(root, "journal"), filepath.Join(root, "elsewhere")
	const (
		digest      = "0123456789abcdef0123456789abcdef"
		otherDigest = "fedcba9876543210fedcba9876543210"
		linkDigest  = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	)
	expired := time.Now().Add(-30 * 24 * time.Hour)
	write := func(path string) string {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte("1"), 0o600))
		require.NoError(t, os.Chtimes(path, expired, expired))
		require.NoError(t, os.Chtimes(filepath.Dir(path), expired, expired))
		return path
	}
	entry := write(filepath.Join(journal, digest, digest))
	linked := write(filepath.Join(elsewhere, digest, digest))
	others := []string{
		write(filepath.Join(journal, "notes.txt")),
		write(filepath.Join(journal, "work", digest)),
		write(filepath.Join(journal, otherDigest, "thesis.txt")),
		linked,
		filepath.Join(journal, otherDigest, digest),
		filepath.Join(journal, linkDigest, digest),
	}
	require.NoError(t, os.Symlink(filepath.Join(elsewhere, digest), filepath.Join(journal, linkDigest)))
	require.NoError(t, os.Symlink(linked, filepath.Join(journal, otherDigest, digest)))
	enginetest.StartProcess(t, nil, enginetest.Run{ProviderID: "provider-1", Journal: journal}, provider.Options{}).Check(
		&enginetest.Resource{Kind: "SelfHostEnrollment", Name: "thing"}, enginetest.Inputs(object{"orgId": "org_1"}))
	assert.NoFileExists(t, entry)
	assert.NoDirExists(t, filepath.Dir(entry))
	for _, path := range others {
		assert.FileExists(t, path)
	}
}

// TestMissingPrimaryDatabaseIsCreatedOnce deletes the primary database of a
// project outside of Pulumi, and kills the update that creates it again.
func TestMissingPrimaryDatabaseIsCreatedOnce(t *testing.T) {
	t.Parallel()
	c := scenario.NewCase(t, scenario.KindNamed("Project"), localapi.Options{})
	inputs := c.Inputs(object{"name": "shop", "database": enginetest.DatabaseInputs})
	project := c.New("shop")
	startProcess(c.Env, "provider-1", "").MustUp(project, inputs)
	for range 2 { // the second time, the API replays the first response
		missing := project.State.Get("primaryDatabaseId").AsString()
		require.NoError(t, c.Local.Remove("databases", missing))
		_, err := startProcess(c.Env, "provider-1", "").Refresh(project)
		require.NoError(t, err)
		c.Clock.Advance(time.Minute)
		killed := *project
		startProcess(c.Env, "provider-1", "").MustUp(&killed, inputs)
		c.Clock.Advance(time.Minute)
		startProcess(c.Env, "provider-1", "").MustUp(project, inputs)
		databases := c.Local.Objects("databases")
		require.Len(t, databases, 1)
		assert.NotEqual(t, missing, project.State.Get("primaryDatabaseId").AsString())
		assert.Equal(t, databases[0]["id"], project.State.Get("primaryDatabaseId").AsString())
	}
}

// TestUnknownObjectsAreNamed creates an object on a machine that has no record of earlier
// updates. A warning names one that another machine may have left.
func TestUnknownObjectsAreNamed(t *testing.T) {
	t.Parallel()
	for _, k := range scenario.Kinds() {
		if !k.IsCreated() || k.HasConflicts() {
			continue
		}
		t.Run(k.Name, func(t *testing.T) {
			t.Parallel()
			c := scenario.NewCase(t, k, localapi.Options{})
			inputs := c.Inputs(k.Full)
			left := c.New("thing")
			startProcess(c.Env, "provider-1", c.TempDir()).MustUp(left, inputs)
			for _, test := range []struct {
				after time.Duration
				warns bool
			}{{time.Hour, true}, {48 * time.Hour, false}} {
				c.Clock.Advance(test.after)
				journal := c.TempDir()
				elsewhere := startProcess(c.Env, "provider-1", journal)
				elsewhere.MustUp(c.New("another"+test.after.String()), inputs)
				elsewhere.Shutdown()
				assert.Equal(t, test.warns, strings.Contains(strings.Join(elsewhere.Warnings, "\n"), left.ID))

				remembers := startProcess(c.Env, "provider-1", journal)
				remembers.MustUp(c.New("third"+test.after.String()), inputs)
				assert.Empty(t, remembers.Warnings)
			}
		})
	}
}
