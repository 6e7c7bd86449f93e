// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package claims

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/modetest"
)

var (
	object  = Key{Object, "AgentCredential agt_1"}
	setting = Key{Setting, "the spend limit of org_1"}
)

const (
	first  = resource.URN("urn:pulumi:test::project::pgbeam:index:AgentCredential::first")
	second = resource.URN("urn:pulumi:test::project::pgbeam:index:AgentCredential::second")
)

func TestForbidsDelete(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		key       Key
		record    func(r *Registry)
		forbidden bool   // whether first may not delete the key
		other     string // the other resource that holds it
	}{
		"no claims":                           {object, func(*Registry) {}, false, ""},
		"kept by the resource itself":         {object, func(r *Registry) { r.Keep(object, first) }, false, ""},
		"created by the resource itself":      {object, func(r *Registry) { r.Create(object, first) }, true, ""},
		"created, then kept":                  {object, func(r *Registry) { r.Create(object, first); r.Keep(object, first) }, true, ""},
		"kept by another":                     {object, func(r *Registry) { r.Keep(object, second) }, true, `"second"`},
		"created by another":                  {object, func(r *Registry) { r.Keep(object, first); r.Create(object, second) }, true, `"second"`},
		"another object kept":                 {object, func(r *Registry) { r.Keep(Key{Object, "AgentCredential agt_2"}, second) }, false, ""},
		"kept by another, then replaced":      {object, func(r *Registry) { r.Keep(object, second); r.Create(Key{Object, "AgentCredential agt_2"}, second) }, false, ""},
		"kept by another, then released":      {object, func(r *Registry) { r.Keep(object, second); r.Release(object, second) }, false, ""},
		"setting kept by the resource itself": {setting, func(r *Registry) { r.Keep(setting, first) }, true, ""},
		"setting set by another":              {setting, func(r *Registry) { r.Create(setting, second) }, true, `AgentCredential "second"`},
		"setting cleared by another":          {setting, func(r *Registry) { r.Create(setting, second); r.Clear(setting, second) }, false, ""},
		"object and setting of one resource": {object, func(r *Registry) {
			r.Keep(object, second)
			r.Keep(setting, second)
		}, true, `"second"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := &Registry{}
			r.InProgram(first)
			r.InProgram(second)
			test.record(r)
			other, forbidden := r.ForbidsDelete(test.key, first)
			assert.Equal(t, test.forbidden, forbidden)
			assert.Equal(t, test.other, other)
		})
	}
}

// TestKeepIgnoresResourcesOutsideTheProgram: resources that are only diffed because a
// destroy refreshes the state first are deleted, even if an object is in the state
// twice.
func TestKeepIgnoresResourcesOutsideTheProgram(t *testing.T) {
	t.Parallel()
	r := &Registry{}
	r.Keep(object, first)
	r.Keep(object, second)
	for _, urn := range []resource.URN{first, second} {
		_, forbidden := r.ForbidsDelete(object, urn)
		assert.False(t, forbidden)
	}
}

func TestCleared(t *testing.T) {
	t.Parallel()
	r := &Registry{}
	r.InProgram(second)
	r.Keep(setting, second)
	assert.False(t, r.Cleared(setting))
	r.Clear(setting, first)
	r.Keep(setting, second)
	assert.True(t, r.Cleared(setting), "keeping a setting does not set it")
	r.Create(setting, second)
	assert.False(t, r.Cleared(setting))
}

func TestResourcesOf(t *testing.T) {
	t.Parallel()
	r := &Registry{}
	own, other := r.ResourcesOf(object, first)
	assert.False(t, own)
	assert.Empty(t, other)
	r.InState(object, first)
	r.InState(object, second)
	own, other = r.ResourcesOf(object, first)
	assert.True(t, own)
	assert.Equal(t, `"second"`, other)
}

func TestNilRegistryAllowsEverything(t *testing.T) {
	t.Parallel()
	var r *Registry
	r.Create(object, second)
	r.InState(object, second)
	_, forbidden := r.ForbidsDelete(object, first)
	assert.False(t, forbidden)
	_, held := r.HeldByOther(object, first)
	assert.False(t, held)
	assert.False(t, r.Cleared(object))
	r.Close()
}

// TestShare checks that the plugins of a run share their claims, in any order, and
// that plugins of different runs do not.
func TestShare(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "runs")
	one, two, other := &Registry{}, &Registry{}, &Registry{}
	one.Share(root, "127.0.0.1:41000")
	one.InProgram(second)
	one.Keep(object, second)
	two.Share(root, "127.0.0.1:41000")
	other.Share(root, "127.0.0.1:41001")

	holder, forbidden := two.ForbidsDelete(object, first)
	assert.True(t, forbidden)
	assert.Equal(t, `"second"`, holder)
	_, forbidden = other.ForbidsDelete(object, first)
	assert.False(t, forbidden)

	two.Create(setting, first)
	_, held := one.HeldByOther(setting, second)
	assert.True(t, held)
	one.Clear(setting, second)
	assert.True(t, two.Cleared(setting))
	one.Create(Key{Object, "AgentCredential agt_2"}, second)
	_, forbidden = two.ForbidsDelete(object, first)
	assert.False(t, forbidden, "the holder was replaced")

	assert.False(t, two.IsPlanned(object))
	one.Plan(object, second)
	assert.True(t, two.IsPlanned(object))
	assert.False(t, two.IsPlanned(Key{Object, "AgentCredential agt_2"}))
	assert.False(t, other.IsPlanned(object))
	one.Reset()
	assert.False(t, one.IsPlanned(object))

	assert.True(t, one.FirstTime("a warning"))
	assert.False(t, one.FirstTime("a warning"))
	assert.False(t, two.FirstTime("a warning"), "the plugin of another provider has reported it")
	assert.True(t, two.FirstTime("another warning"))
	assert.True(t, other.FirstTime("a warning"), "it is another run")

	one.Close()
	two.Close()
	other.Close()
	entries, err := os.ReadDir(root)
	require.NoError(t, err)
	assert.Empty(t, entries, "Close must remove all files")
}

// TestSharedFiles checks that the files of a run are private and that corrupt files
// are ignored.
func TestSharedFiles(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "runs")
	r := &Registry{}
	r.Share(root, "../../127.0.0.1:41000")
	defer r.Close()
	r.Create(object, first)
	dirs, err := os.ReadDir(root)
	require.NoError(t, err)
	require.Len(t, dirs, 1)
	dir := filepath.Join(root, dirs[0].Name())
	for _, path := range []string{root, dir} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		modetest.AssertPrivate(t, info)
	}
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 1)
	info, err := files[0].Info()
	require.NoError(t, err)
	modetest.AssertPrivate(t, info)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "1"+extension), []byte("{\nnull\n{\"op\":\"keep\"}\n{\"op\":\"keep\",\"key\":{\"class\":7,\"name\":\"x\"},\"urn\":\"y\"}\n{\"op\":"), 0o600))
	require.NoError(t, os.Symlink(files[0].Name(), filepath.Join(dir, "2"+extension)))
	_, forbidden := r.ForbidsDelete(setting, first)
	assert.False(t, forbidden)
}

// TestRemoveOldRuns checks that only old files written by a Registry are removed,
// whatever else is in the directory or linked from it.
func TestRemoveOldRuns(t *testing.T) {
	t.Parallel()
	root, elsewhere := filepath.Join(t.TempDir(), "runs"), t.TempDir()
	oldTime := time.Now().Add(-2 * retention)
	write := func(path string, old bool) string {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, nil, 0o600))
		if old {
			require.NoError(t, os.Chtimes(path, oldTime, oldTime))
			require.NoError(t, os.Chtimes(filepath.Dir(path), oldTime, oldTime))
		}
		return path
	}
	kept := []string{
		write(filepath.Join(elsewhere, "1"+extension), true),
		write(filepath.Join(root, "loose.txt"), true),
		write(filepath.Join(root, "a", "notes.txt"), true),
		write(filepath.Join(root, "b", "1"+extension), false),
	}
	removed := write(filepath.Join(root, "c", "1"+extension), true)
	require.NoError(t, os.Symlink(elsewhere, filepath.Join(root, "link")))
	require.NoError(t, os.Symlink(kept[0], filepath.Join(root, "b", "2"+extension)))

	removeOldRuns(root)
	for _, path := range kept {
		assert.FileExists(t, path)
	}
	assert.NoFileExists(t, removed)
	assert.NoDirExists(t, filepath.Dir(removed))
	assert.FileExists(t, filepath.Join(root, "link", "1"+extension))
	assert.FileExists(t, filepath.Join(root, "b", "2"+extension))

	r := &Registry{}
	r.Share(root, "127.0.0.1:41000")
	r.Close()
	assert.FileExists(t, kept[2])
}

// TestFailedChildIsFoundByTheComponent distinguishes components by type and name.
func TestFailedChildIsFoundByTheComponent(t *testing.T) {
	t.Parallel()
	newURN := func(parent tokens.Type, kind, name string) resource.URN {
		return resource.NewURN("dev", "shop", parent, tokens.Type("pgbeam:index:"+kind), name)
	}
	component := newURN("", "SecureAgentProject", "shop")
	child := newURN("pgbeam:index:SecureAgentProject", "AgentCredential", "shop-agent")
	root := t.TempDir()
	var plugin, other, unshared Registry
	plugin.Share(root, "run")
	other.Share(root, "run")
	defer plugin.Close()
	defer other.Close()

	plugin.Fail(newURN("", "AgentCredential", "shop-agent"))
	plugin.Fail(newURN("pgbeam:index:SecureAgentProject", "AgentCredential", "shopping-agent"))
	_, found := other.FailedChild(component)
	assert.False(t, found)

	plugin.Fail(child)
	failed, found := other.FailedChild(component)
	assert.True(t, found)
	assert.Equal(t, child, failed)
	_, found = unshared.FailedChild(component)
	assert.False(t, found)

	plugin.Create(Key{Object, "agt_1"}, child)
	_, found = plugin.FailedChild(component)
	assert.False(t, found, "a create that was retried with another name has not failed")
}
