// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package pulumicli finds or builds the Pulumi CLI and runs it against a
// backend of its own, for the demo and for the tests.
package pulumicli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"

	"github.com/blang/semver"
)

// oldest is the first version of the CLI that the plugin is known to work with.
var oldest = semver.MustParse("3.200.0")

// Root returns the folder of the repository, found from the source of this package.
func Root() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	root := filepath.Dir(filepath.Dir(filepath.Dir(file)))
	if _, err := os.Stat(filepath.Join(root, "tools", "cli", "go.mod")); !ok || err != nil {
		return "", errors.New("the folder of the repository was not found")
	}
	return root, nil
}

// Locate returns the folder that holds pulumi and pulumi-language-yaml: the one
// on the PATH when it is new enough, else one under .tools/ in the repository,
// where the versions that tools/cli/go.mod pins are built when they are missing.
// It says on progress what takes long.
func Locate(ctx context.Context, root string, progress io.Writer) (string, error) {
	if found, ok := onPath(ctx); ok {
		return found, nil
	}
	version, err := pinnedVersion(root)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(root, ".tools", "pulumi-"+version)
	for name, pkg := range map[string]string{
		"pulumi":               "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
		"pulumi-language-yaml": "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
	} {
		target := filepath.Join(folder, name)
		if _, err := os.Stat(target); err == nil {
			continue
		}
		_, _ = fmt.Fprintf(progress, "Building %s %s from source, once (about four minutes on two cores)…\n", name, version)
		// Built beside its place and moved there, so that a build that is cut off leaves nothing behind.
		unfinished := fmt.Sprintf("%s.%d", target, os.Getpid())
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", unfinished, //nolint:gosec // the arguments are this package's own
			"-ldflags", "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v"+version, pkg)
		build.Dir = filepath.Join(root, "tools", "cli")
		if output, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building %s: %w\n%s", name, err, output)
		}
		if err := os.Rename(unfinished, target); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// onPath returns the folder of the CLI on the PATH when it will do.
func onPath(ctx context.Context) (string, bool) {
	cli, err := exec.LookPath("pulumi")
	if err != nil {
		return "", false
	}
	if _, err := exec.LookPath("pulumi-language-yaml"); err != nil {
		return "", false
	}
	output, err := exec.CommandContext(ctx, cli, "version").Output() //nolint:gosec // the CLI that the user has
	if err != nil {
		return "", false
	}
	version, err := semver.ParseTolerant(strings.TrimSpace(string(output)))
	return filepath.Dir(cli), err == nil && version.GTE(oldest)
}

var pinned = regexp.MustCompile(`github\.com/pulumi/pulumi/pkg/v3 v(\S+)`)

func pinnedVersion(root string) (string, error) {
	mod, err := os.ReadFile(filepath.Join(root, "tools", "cli", "go.mod")) //nolint:gosec // a file of the repository
	if err != nil {
		return "", err
	}
	match := pinned.FindSubmatch(mod)
	if match == nil {
		return "", errors.New("tools/cli/go.mod pins no version of the Pulumi CLI")
	}
	return string(match[1]), nil
}

// Build builds a command of this repository into a folder.
func Build(ctx context.Context, root, folder, command string) error {
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", //nolint:gosec // the arguments are the caller's own
		"-o", filepath.Join(folder, command), "./cmd/"+command)
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", command, err, output)
	}
	return nil
}
