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

// Workspace is a Pulumi project with a home, a backend and a passphrase of its
// own, all under one folder.
type Workspace struct {
	// Dir is the folder of the project.
	Dir string
	// Env is the whole environment of the CLI.
	Env []string

	cli string
}

// NewWorkspace copies the project in a folder to a new one below folder, and
// makes a home and a backend beside it. The CLI is that in cliDir, and the
// plugin is installed in the home.
func NewWorkspace(folder, project, cliDir, plugin string, env ...string) (*Workspace, error) {
	dir := filepath.Join(folder, "project")
	if err := os.CopyFS(dir, os.DirFS(project)); err != nil {
		return nil, fmt.Errorf("copying the project: %w", err)
	}
	home, backend := filepath.Join(folder, "home"), filepath.Join(folder, "backend")
	installed := filepath.Join(home, "plugins", "resource-pgbeam-v0.0.0")
	for _, made := range []string{installed, backend} {
		if err := os.MkdirAll(made, 0o700); err != nil {
			return nil, err
		}
	}
	if err := os.Symlink(plugin, filepath.Join(installed, "pulumi-resource-pgbeam")); err != nil {
		return nil, err
	}
	// Nothing of the caller's own settings may reach the stack.
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
			// Without its attributes, a state is one file that is written at once. Those
			// are not, and a CLI that is killed meanwhile cannot read the state any more.
			"PULUMI_BACKEND_URL=file://"+backend+"?metadata=skip",
			"PULUMI_CONFIG_PASSPHRASE=correct horse battery staple",
			"PULUMI_SKIP_UPDATE_CHECK=1",
			"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=1",
			"PULUMI_IGNORE_AMBIENT_PLUGINS=1", // an installed release would be taken from PATH
			"PULUMI_SKIP_CONFIRMATIONS=1",
		), env...),
	}, nil
}

// Command returns a command of the CLI in the project. A context that ends asks
// it to stop as a user would, so that it can clean up.
func (w *Workspace) Command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, w.cli, append(args, "--non-interactive")...) //nolint:gosec // the caller's arguments
	command.Dir, command.Env = w.Dir, w.Env
	command.Cancel = func() error { return command.Process.Signal(os.Interrupt) }
	return command
}

// Run runs a command of the CLI and shows what it prints.
func (w *Workspace) Run(ctx context.Context, out io.Writer, args ...string) error {
	command := w.Command(ctx, args...)
	command.Stdout, command.Stderr = out, out
	if err := command.Run(); err != nil {
		return fmt.Errorf("pulumi %s: %w", strings.Join(args, " "), err)
	}
	return nil
}

// Output runs a command of the CLI and returns what it prints, standard output
// and standard error apart.
func (w *Workspace) Output(ctx context.Context, args ...string) (stdout, stderr string, err error) {
	var out, diagnostics bytes.Buffer
	command := w.Command(ctx, args...)
	command.Stdout, command.Stderr = &out, &diagnostics
	err = command.Run()
	return out.String(), diagnostics.String(), err
}
