// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

// run is one run of the plugin, from its start to its end or its death.
type run struct {
	*enginetest.Engine
	creates *createjournal.Journal
}

// start starts the plugin for the provider with an ID, with a memory in a folder.
func start(w *world, providerID, memory string) run {
	w.Helper()
	creates := &createjournal.Journal{}
	creates.Open(providerID, memory)
	return run{enginetest.Plugin(w, w.Local, provider.Options{Journal: creates}), creates}
}

// clock is one that a test moves on.
type clock struct{ passed atomic.Int64 }

func (c *clock) now() time.Time         { return time.Now().Add(time.Duration(c.passed.Load())) }
func (c *clock) passes(d time.Duration) { c.passed.Add(int64(d)) }

// byPost tells the kinds that are created, from those that are set.
func byPost(r row) bool {
	return !slices.Contains([]string{"ProjectDefaultPolicy", "CacheRule", "SpendLimit"}, r.kind)
}

// eachCreated runs a scenario for every kind that is created by a POST and every
// behaviour of the API, with the least and the most that a program can give.
func eachCreated(t *testing.T, scenario func(w *world, r row, inputs object, c *clock)) {
	for name, behaviour := range behaviours {
		for _, r := range rows {
			if !byPost(r) {
				continue
			}
			for much, given := range map[string]object{"least": r.least, "most": r.most} {
				t.Run(r.kind+"/"+name+"/"+much, func(t *testing.T) {
					t.Parallel()
					c := &clock{}
					w := enginetest.NewEnv(t, localapi.Options{Behaviour: behaviour, Now: c.now})
					inputs := with(r.parents(w), given)
					w.Local.ResetRequests()
					scenario(w, r, inputs, c)
				})
			}
		}
	}
}

// TestCreateIsRepeatedAfterACrash: the run after one that was killed when the
// API had created the object, and before the state had it, gets that object,
// whether it is on the same machine or on another.
func TestCreateIsRepeatedAfterACrash(t *testing.T) {
	t.Parallel()
	eachCreated(t, func(w *world, r row, inputs object, c *clock) {
		memory := w.TempDir()
		killed := &enginetest.Resource{Kind: r.kind, Name: "thing"}
		start(w, "provider-1", memory).MustUp(killed, inputs)
		count := len(w.Local.Objects(r.list))
		for _, folder := range []string{memory, w.TempDir()} {
			c.passes(time.Hour)
			again := &enginetest.Resource{Kind: r.kind, Name: "thing"}
			next := start(w, "provider-1", folder)
			next.MustUp(again, inputs)
			assert.Equal(w, killed.ID, again.ID)
			assert.Len(w, w.Local.Objects(r.list), count, "nothing exists twice")
			for _, secret := range []string{"connectionString", "mcpToken", "token"} {
				assert.Equal(w, killed.State.Get(secret), again.State.Get(secret), "one-time secrets are given again")
			}
			live := liveObject(w, r, again)
			if _, most := inputs["description"]; most || r.kind != "Project" {
				assert.NotNil(w, live)
			}
		}
	})
}

// TestFreshCreateTakesNoReads: finding out that an answer is old costs nothing
// where it is not.
func TestFreshCreateTakesNoReads(t *testing.T) {
	t.Parallel()
	eachCreated(t, func(w *world, r row, inputs object, _ *clock) {
		resource := &enginetest.Resource{Kind: r.kind, Name: "thing"}
		start(w, "provider-1", w.TempDir()).MustUp(resource, inputs)
		reads := w.Local.Count("GET", "")
		if r.kind == "Project" {
			reads -= w.Local.Count("GET", "/v1/projects/*/databases") // the answer may leave the primary database out
		}
		assert.Zero(w, reads)
	})
}

// TestNoOldObjectIsGivenBack: within the 24 hours for which the API answers a
// key as before.
func TestNoOldObjectIsGivenBack(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]func(w *world, c *clock, old *enginetest.Resource, first run, memory string, inputs object) (run, bool){
		"deleted by another run": func(w *world, c *clock, old *enginetest.Resource, _ run, _ string, _ object) (run, bool) {
			require.NoError(w, start(w, "provider-1", w.TempDir()).Delete(old))
			c.passes(time.Minute)
			return start(w, "provider-1", w.TempDir()), false
		},
		"deleted by the same run": func(w *world, _ *clock, old *enginetest.Resource, _ run, _ string, _ object) (run, bool) {
			next := start(w, "provider-1", w.TempDir())
			require.NoError(w, next.Delete(old)) // as before a replacement that must not exist beside it
			return next, false
		},
		"deleted by other hands": func(w *world, c *clock, old *enginetest.Resource, _ run, _ string, _ object) (run, bool) {
			require.NoError(w, w.Engine.Delete(old))
			c.passes(time.Minute)
			return start(w, "provider-1", w.TempDir()), false
		},
		"stack destroyed": func(w *world, _ *clock, old *enginetest.Resource, first run, memory string, _ object) (run, bool) {
			require.NoError(w, first.Delete(old))
			return start(w, "provider-2", memory), false
		},
		"replaced, after a diff": func(w *world, c *clock, old *enginetest.Resource, _ run, _ string, inputs object) (run, bool) {
			c.passes(time.Minute)
			next := start(w, "provider-1", w.TempDir())
			copied := *old
			next.Preview(&copied, enginetest.Inputs(inputs)) // which shows the old one to the plugin
			return next, true
		},
		"replaced by force, after a run that ended in order": func(w *world, c *clock, _ *enginetest.Resource, first run, memory string, _ object) (run, bool) {
			first.creates.Commit()
			c.passes(time.Minute)
			return start(w, "provider-1", memory), true
		},
		"another stack of the same name": func(w *world, c *clock, _ *enginetest.Resource, _ run, memory string, _ object) (run, bool) {
			c.passes(time.Minute)
			return start(w, "provider-2", memory), true
		},
	} {
		for _, kind := range []string{"AgentCredential", "SelfHostEnrollment", "Replica", "WebhookEndpoint", "Database"} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				c := &clock{}
				w := enginetest.NewEnv(t, localapi.Options{Now: c.now, Behaviour: localapi.Behaviour{AgentNamesNotUnique: true}})
				r := rowOf(kind)
				inputs := with(r.parents(w), r.most)
				memory := w.TempDir()
				first := start(w, "provider-1", memory)
				old := &enginetest.Resource{Kind: kind, Name: "thing"}
				first.MustUp(old, inputs)
				next, both := test(w, c, old, first, memory, inputs)
				count := len(w.Local.Objects(r.list))

				fresh := &enginetest.Resource{Kind: kind, Name: "thing"}
				next.MustUp(fresh, inputs)
				assert.NotEqual(t, old.ID, fresh.ID)
				assert.Len(t, w.Local.Objects(r.list), count+1)
				liveObject(w, r, fresh)
				if both {
					require.NoError(t, next.Delete(old))
				}
				liveObject(w, r, fresh)
			})
		}
	}
}

// TestReplacedByItself: where nothing tells a replacement that was forced from a
// create that is repeated, nothing is lost, and the next run replaces it.
func TestReplacedByItself(t *testing.T) {
	t.Parallel()
	c := &clock{}
	w := enginetest.NewEnv(t, localapi.Options{Now: c.now})
	inputs := object{"orgId": w.Local.OrgID}
	old := &enginetest.Resource{Kind: "SelfHostEnrollment", Name: "thing"}
	first := start(w, "provider-1", w.TempDir())
	first.MustUp(old, inputs)
	first.creates.Commit()

	c.passes(time.Minute)
	elsewhere := w.TempDir()
	other := start(w, "provider-1", elsewhere)
	same := &enginetest.Resource{Kind: "SelfHostEnrollment", Name: "thing"}
	other.MustUp(same, inputs)
	require.Equal(t, old.ID, same.ID)
	require.NoError(t, other.Delete(old))
	require.Len(t, w.Local.Objects("self-host-enrollments"), 1, "what stands in the state is still there")
	other.creates.Commit()

	c.passes(time.Minute)
	again := start(w, "provider-1", elsewhere)
	replaced := &enginetest.Resource{Kind: "SelfHostEnrollment", Name: "thing"}
	again.MustUp(replaced, inputs)
	assert.NotEqual(t, same.ID, replaced.ID)
	require.NoError(t, again.Delete(same))
	require.Len(t, w.Local.Objects("self-host-enrollments"), 1)
	assert.Equal(t, replaced.ID, w.Local.Objects("self-host-enrollments")[0]["id"])
}

// TestReplacementIsRepeatedAfterACrash: the new object, not the old one.
func TestReplacementIsRepeatedAfterACrash(t *testing.T) {
	t.Parallel()
	c := &clock{}
	w := enginetest.NewEnv(t, localapi.Options{Now: c.now})
	inputs := object{"orgId": w.Local.OrgID}
	old := &enginetest.Resource{Kind: "SelfHostEnrollment", Name: "thing"}
	start(w, "provider-1", w.TempDir()).MustUp(old, inputs)
	var replacements []string
	for range 3 {
		c.passes(time.Minute)
		killed := start(w, "provider-1", w.TempDir())
		copied := *old
		killed.Preview(&copied, enginetest.Inputs(inputs))
		replacement := &enginetest.Resource{Kind: "SelfHostEnrollment", Name: "thing"}
		killed.MustUp(replacement, inputs)
		replacements = append(replacements, replacement.ID)
	}
	assert.NotContains(t, replacements, old.ID)
	assert.Len(t, slices.Compact(replacements), 1)
	assert.Len(t, w.Local.Objects("self-host-enrollments"), 2)
}

// TestRefusalIsNotGivenAgain: the API keeps it for a day, and its cause may be gone.
func TestRefusalIsNotGivenAgain(t *testing.T) {
	t.Parallel()
	for name, memories := range map[string]func(t *testing.T) [3]string{
		"same machine":   func(t *testing.T) [3]string { m := t.TempDir(); return [3]string{m, m, m} },
		"other machines": func(t *testing.T) [3]string { return [3]string{t.TempDir(), t.TempDir(), t.TempDir()} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &clock{}
			w := enginetest.NewEnv(t, localapi.Options{Now: c.now, Limits: localapi.Limits{AgentCredentials: 1}})
			project := w.Project()
			inputs := object{"projectId": project.ID, "policyProfileId": w.Policy(project, "strict").ID, "name": "bot"}
			inTheWay := w.Create("AgentCredential", "other", with(inputs, object{"name": "other"}))
			folders := memories(t)
			for _, folder := range folders[:2] {
				w.Local.ResetRequests()
				resource := &enginetest.Resource{Kind: "AgentCredential", Name: "thing"}
				result := start(w, "provider-1", folder).Up(resource, enginetest.Inputs(inputs))
				require.ErrorContains(t, result.Err, "PLAN_LIMIT_REACHED")
				assert.LessOrEqual(t, len(w.Local.Requests()), 2)
				c.passes(time.Minute)
			}
			require.NoError(t, w.Engine.Delete(inTheWay))
			resource := &enginetest.Resource{Kind: "AgentCredential", Name: "thing"}
			start(w, "provider-1", folders[2]).MustUp(resource, inputs)
			assert.Len(t, w.Local.Objects("agents"), 1)
		})
	}
}

// TestKeysCannotBeGuessed: two organizations that run the same program for the
// same provider use different keys, and so do two requests of one.
func TestKeysCannotBeGuessed(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{APIKeys: map[string]string{"pbo_a": "org_local", "pbo_b": "org_other"}})
	keys := map[string]bool{}
	for _, key := range []string{"pbo_a", "pbo_b"} {
		creates := &createjournal.Journal{}
		creates.Open("provider-1", "")
		engine := enginetest.Plugin(t, local, provider.Options{Journal: creates}, map[string]string{"PGBEAM_API_KEY": key})
		for _, name := range []string{"one", "two"} {
			org := map[string]string{"pbo_a": "org_local", "pbo_b": "org_other"}[key]
			result := engine.Up(&enginetest.Resource{Kind: "SelfHostEnrollment", Name: name}, enginetest.Inputs(object{"orgId": org}))
			require.NoError(t, result.Err)
		}
	}
	for _, request := range local.Requests() {
		key := request.Header.Get("Idempotency-Key")
		assert.Len(t, key, 43, "256 bits")
		assert.False(t, keys[key])
		keys[key] = true
	}
	assert.Len(t, keys, 4)
}

// TestConflictNamesWhatIsInTheWay, and how to import it.
func TestConflictNamesWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	each(t, func(w *world, r row, parents object) {
		if !slices.Contains([]string{"Project", "PolicyProfile", "AgentCredential", "CustomDomain", "Honeytoken", "AnomalyRule", "ApprovalRule"}, r.kind) {
			w.Skip("no two of its kind stand in each other's way")
		}
		first := w.Create(r.kind, "thing", with(parents, r.most))
		result := w.Engine.Up(&enginetest.Resource{Kind: r.kind, Name: "other"}, enginetest.Inputs(with(parents, r.most)))
		if r.kind == "AgentCredential" && result.Err == nil {
			return // names need not be unique there
		}
		require.Error(w, result.Err)
		assert.Contains(w, result.Err.Error(), "pulumi import pgbeam:index:"+r.kind+" other "+r.importID(first, parents))
	})
}

// TestMemoryIsPrivate: what is remembered is nobody's business, and no secret.
func TestMemoryIsPrivate(t *testing.T) {
	t.Parallel()
	w := enginetest.NewEnv(t, localapi.Options{})
	memory := filepath.Join(t.TempDir(), "memory")
	first := start(w, "provider-1", memory)
	first.MustUp(&enginetest.Resource{Kind: "SelfHostEnrollment", Name: "thing"}, object{"orgId": w.Local.OrgID})
	first.creates.Commit()
	files := 0
	require.NoError(t, filepath.WalkDir(memory, func(path string, entry os.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := entry.Info()
		require.NoError(t, err)
		if entry.IsDir() {
			assert.Equal(t, os.FileMode(0o700), info.Mode().Perm())
			return nil
		}
		files++
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
		content, err := readFile(path)
		assert.Equal(t, "1", content)
		return err
	}))
	assert.Equal(t, 1, files)
}

// TestOldGenerationsAreRemoved, and nothing else, whatever is in the folder or
// linked from it.
func TestOldGenerationsAreRemoved(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	memory, elsewhere := filepath.Join(root, "memory"), filepath.Join(root, "elsewhere")
	const digest, another = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
	long := time.Now().Add(-48 * time.Hour)
	write := func(path string) string {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte("1"), 0o600))
		require.NoError(t, os.Chtimes(path, long, long))
		require.NoError(t, os.Chtimes(filepath.Dir(path), long, long))
		return path
	}
	gone := write(filepath.Join(memory, digest, digest))
	kept := []string{
		write(filepath.Join(memory, "notes.txt")),
		write(filepath.Join(memory, "work", digest)),
		write(filepath.Join(memory, another, "thesis.txt")),
		write(filepath.Join(elsewhere, digest, digest)),
	}
	require.NoError(t, os.Symlink(filepath.Join(elsewhere, digest), filepath.Join(memory, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")))
	require.NoError(t, os.Symlink(kept[3], filepath.Join(memory, another, digest)))
	creates := &createjournal.Journal{}
	creates.Open("provider-1", memory)
	assert.NoFileExists(t, gone)
	assert.NoDirExists(t, filepath.Dir(gone))
	for _, path := range append(kept, filepath.Join(memory, another, digest), filepath.Join(memory, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", digest)) {
		assert.FileExists(t, path)
	}
}

const repeatable = `
name: repeatable
runtime: yaml
resources:
  project:
    type: pgbeam:Project
    properties:
      orgId: org_local
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: repeat-planted-password } }
  policy:
    type: pgbeam:PolicyProfile
    properties: { projectId: "${project.id}", name: strict }
  agent:
    type: pgbeam:AgentCredential
    properties: { projectId: "${project.id}", policyProfileId: "${policy.id}" }
  hooks:
    type: pgbeam:WebhookEndpoint
    properties: { projectId: "${project.id}", url: "https://example.com/hooks" }
`

// TestReplacementAndDestructionWithinADay, with the real CLI: a forced
// replacement makes a new object, also of an automatic name, and so does an
// update after a destruction, and the same program in another backend.
func TestReplacementAndDestructionWithinADay(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := newStack(t, local, repeatable)
	s.plant("the password", "repeat-planted-password")
	s.up("--skip-preview")
	s.plantAll()
	for range 2 {
		before := s.state()
		s.up("--skip-preview", "--replace", before["agent"].URN, "--replace", before["hooks"].URN)
		s.plantAll()
		after := s.stateWithSecrets()
		for name, kind := range map[string]string{"agent": "agents", "hooks": "webhooks"} {
			assert.NotEqual(t, before[name].ID, after[name].ID)
			require.Len(t, local.Objects(kind), 1)
			assert.Equal(t, after[name].ID, local.Objects(kind)[0]["id"])
		}
		assert.Equal(t, local.Secret("agents", after["agent"].ID, "mcp_token"), stacktest.PlainSecret(t, after["agent"].Outputs["mcpToken"]))
	}
	// What was remembered is lost, as on another machine.
	before := s.state()
	require.NoError(t, os.RemoveAll(filepath.Join(filepath.Dir(s.Dir), "home", "pgbeam")))
	s.up("--skip-preview", "--replace", before["agent"].URN)
	s.plantAll()
	assert.Equal(t, s.state()["agent"].ID, local.Objects("agents")[0]["id"])
	s.up("--refresh", "--expect-no-changes")

	other := newStack(t, local, repeatable)
	other.plant("the password", "repeat-planted-password")
	other.up("--skip-preview")
	other.plantAll()
	assert.Len(t, local.Objects("projects"), 2)
	other.must("destroy", "--yes", "--skip-preview")
	assert.Len(t, local.Objects("projects"), 1)
	s.up("--refresh", "--expect-no-changes")

	before = s.state()
	s.must("destroy", "--yes", "--skip-preview")
	assertEmpty(t, local)
	s.up("--skip-preview")
	s.plantAll()
	for name, resource := range s.state() {
		if local := before[name].ID; name == "project" || name == "policy" || name == "agent" {
			assert.NotEqual(t, local, resource.ID)
		}
	}
	s.up("--refresh", "--expect-no-changes")
}

// TestPrimaryDatabaseIsCreatedAgainOnce: that of a project whose own was deleted
// by other hands, also when the update that creates it is cut off.
func TestPrimaryDatabaseIsCreatedAgainOnce(t *testing.T) {
	t.Parallel()
	c := &clock{}
	w := enginetest.NewEnv(t, localapi.Options{Now: c.now})
	inputs := object{"orgId": w.Local.OrgID, "name": "shop", "database": databaseInputs}
	project := &enginetest.Resource{Kind: "Project", Name: "shop"}
	start(w, "provider-1", "").MustUp(project, inputs)
	for range 2 { // the second time its key has been used
		lost := project.State.Get("primaryDatabaseId").AsString()
		require.NoError(t, w.Local.Remove("databases", lost))
		_, err := start(w, "provider-1", "").Refresh(project)
		require.NoError(t, err)
		c.passes(time.Minute)
		killed := *project
		start(w, "provider-1", "").MustUp(&killed, inputs)
		c.passes(time.Minute)
		start(w, "provider-1", "").MustUp(project, inputs)
		require.Len(t, w.Local.Objects("databases"), 1)
		assert.NotEqual(t, lost, project.State.Get("primaryDatabaseId").AsString())
		assert.Equal(t, w.Local.Objects("databases")[0]["id"], project.State.Get("primaryDatabaseId").AsString())
	}
}
