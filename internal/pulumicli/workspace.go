// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package pulumicli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Workspace is a Pulumi project with its own home, backend and passphrase, all
// under one folder.
type Workspace struct {
	// Dir is the folder of the project.
	Dir string
	// Env is the complete environment of the CLI.
	Env []string

	cli string
}

// NewWorkspace creates a workspace under folder with a copy of a project. It uses
// the CLI in cliDir and installs the plugin in the workspace's home. The
// environment is inherited, without Pulumi's and PgBeam's variables, and env is
// added to it.
func NewWorkspace(folder, project, cliDir, plugin string, env ...string) (*Workspace, error) {
	dir := filepath.Join(folder, "project")
	if err := os.CopyFS(dir, os.DirFS(project)); err != nil {
		return nil, fmt.Errorf("copying the project: %w", err)
	}
	home, backend := filepath.Join(folder, "home"), filepath.Join(folder, "backend")
	installed := filepath.Join(home, "plugins", "resource-pgbeam-v0.0.0")
	for _, path := range []string{installed, backend} {
		if err := os.MkdirAll(path, 0o700); err != nil {
			return nil, err
		}
	}
	if err := os.Symlink(plugin, filepath.Join(installed, "pulumi-resource-pgbeam")); err != nil {
		return nil, err
	}
	// The caller's own settings must not affect the stack.
	inherited := slices.DeleteFunc(os.Environ(), func(setting string) bool {
		return strings.HasPrefix(setting, "PULUMI_") || strings.HasPrefix(setting, "PGBEAM_") || strings.HasPrefix(setting, "PATH=")
	})
	path := cliDir + string(os.PathListSeparator) + os.Getenv("PATH")
	return &Workspace{
		Dir: dir,
		cli: filepath.Join(cliDir, "pulumi"),
		Env: append(append(inherited,
			"PATH="+path,
			"PULUMI_HOME="+home,
			// The backend does not write a state file and its metadata atomically. If the CLI
			// is killed in between, it can no longer read the state.
			"PULUMI_BACKEND_URL=file://"+backend+"?metadata=skip",
			"PULUMI_CONFIG_PASSPHRASE=correct horse battery staple",
			"PULUMI_SKIP_UPDATE_CHECK=1",
			"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=1",
			"PULUMI_IGNORE_AMBIENT_PLUGINS=1", // the PATH may contain a released plugin
			"PULUMI_SKIP_CONFIRMATIONS=1",
		), env...),
	}, nil
}

// Command returns a CLI command that runs in the project. When ctx is done, the
// command is interrupted rather than killed, so that it can clean up.
func (w *Workspace) Command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, w.cli, append(args, "--non-interactive")...) //nolint:gosec // the caller's arguments
	command.Dir, command.Env = w.Dir, w.Env
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	return command
}

// Run runs a CLI command and writes its output and errors to out.
func (w *Workspace) Run(ctx context.Context, out io.Writer, args ...string) error {
	command := w.Command(ctx, args...)
	command.Stdout, command.Stderr = out, out
	if err := command.Run(); err != nil {
		return fmt.Errorf("pulumi %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// Output runs a CLI command and returns its standard output and standard error.
func (w *Workspace) Output(ctx context.Context, args ...string) (stdout, stderr string, err error) {
	var stdoutBuffer, stderrBuffer bytes.Buffer
	command := w.Command(ctx, args...)
	command.Stdout, command.Stderr = &stdoutBuffer, &stderrBuffer
	err = command.Run()
	return stdoutBuffer.String(), stderrBuffer.String(), err
}
