// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBackend verifies that stacks in different backends are distinguished, wherever the
// backend is set.
func TestBackend(t *testing.T) {
	write := func(path, content string) {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	}
	home, project := t.TempDir(), t.TempDir()
	t.Setenv("PULUMI_HOME", home)
	t.Setenv("PULUMI_BACKEND_URL", "")
	t.Chdir(project)
	project, err := os.Getwd()
	require.NoError(t, err)
	assert.Empty(t, backend())
	write(filepath.Join(home, "credentials.json"), `{"current":"https://api.pulumi.com"}`)
	assert.Equal(t, "https://api.pulumi.com", backend())

	file := filepath.Join(project, "Pulumi.yaml")
	write(file, "name: shop\nruntime: yaml\n")
	assert.Equal(t, "https://api.pulumi.com", backend())
	write(file, "name: shop\nruntime: yaml\nbackend: { url: \"file://./state\" }\n")
	assert.Equal(t, "file://"+filepath.Join(project, "state"), backend())
	write(file, "name: shop\nruntime: yaml\nbackend: { url: \"s3://bucket\" }\n")
	assert.Equal(t, "s3://bucket", backend())

	t.Setenv("PULUMI_BACKEND_URL", "file:///elsewhere")
	assert.Equal(t, "file:///elsewhere", backend())
}

// TestStateReader verifies which states can be read.
func TestStateReader(t *testing.T) {
	t.Parallel()
	assert.Nil(t, stateReader("https://api.pulumi.com"))
	assert.Nil(t, stateReader(""))
	folder := t.TempDir()
	stacks := filepath.Join(folder, ".pulumi", "stacks", "shop")
	require.NoError(t, os.MkdirAll(stacks, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(stacks, "dev.json"), []byte("plain"), 0o600))
	compressed, err := os.Create(filepath.Join(stacks, "prod.json.gz"))
	require.NoError(t, err)
	writer := gzip.NewWriter(compressed)
	_, err = writer.Write([]byte("compressed"))
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	require.NoError(t, compressed.Close())

	read := stateReader(fileScheme + folder + "?metadata=skip")
	for stack, expected := range map[string]string{"dev": "plain", "prod": "compressed"} {
		file, err := read("shop", stack)
		require.NoError(t, err)
		content, err := io.ReadAll(file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		assert.Equal(t, expected, string(content))
	}
	_, err = read("shop", "none")
	require.Error(t, err)
}

type fakeState string

func (s fakeState) String() string { return string(s) }

// fakeConnection goes through states, and stays in the last one.
type fakeConnection struct{ states []fakeState }

func (c *fakeConnection) Connect()            {}
func (c *fakeConnection) GetState() fakeState { return c.states[0] }

func (c *fakeConnection) WaitForStateChange(ctx context.Context, _ fakeState) bool {
	if len(c.states) == 1 {
		<-ctx.Done()
		return false
	}
	c.states = c.states[1:]
	return true
}

// TestWatchEngine verifies that only a connection that cannot be opened again is the end
// of the engine.
func TestWatchEngine(t *testing.T) {
	t.Parallel()
	for _, last := range []fakeState{"TRANSIENT_FAILURE", "SHUTDOWN"} {
		ended := false
		watchEngine(t.Context(), &fakeConnection{[]fakeState{"IDLE", "CONNECTING", "READY", "IDLE", "CONNECTING", last}}, func() { ended = true })
		assert.True(t, ended)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	watchEngine(ctx, &fakeConnection{[]fakeState{"READY"}}, func() { assert.Fail(t, "the plugin itself has ended") })
}
