// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package pulumicli locates or builds the Pulumi CLI and runs it in isolated
// workspaces, for the demo and the tests.
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

// minVersion is the oldest version of the CLI that is known to work.
var minVersion = semver.MustParse("3.259.0")

// Root returns the root folder of the repository, which contains the source of
// this package.
func Root() (string, error) {
	_, file, _, ok := runtime.Caller(0)
	root := filepath.Dir(filepath.Dir(filepath.Dir(file)))
	if _, err := os.Stat(filepath.Join(root, "tools", "cli", "go.mod")); !ok || err != nil {
		return "", errors.New("cannot find the root of the repository")
	}
	return root, nil
}

// Locate returns the folder that contains pulumi and pulumi-language-yaml. It
// prefers the CLI on the PATH if that is recent enough. Otherwise it uses a folder
// under .tools/ in the repository, where it builds the versions that
// tools/cli/go.mod pins if they are missing. It reports builds on progress.
func Locate(ctx context.Context, root string, progress io.Writer) (string, error) {
	if folder, ok := lookPath(ctx); ok {
		return folder, nil
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
		_, _ = fmt.Fprintf(progress, "Building %s %s from source (first run only, about four minutes on two cores)…\n", name, version)
		// An interrupted build must not leave an incomplete binary at the target.
		temporary := fmt.Sprintf("%s.%d", target, os.Getpid())
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", temporary, //nolint:gosec // the arguments are constant
			"-ldflags", "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v"+version, pkg)
		build.Dir = filepath.Join(root, "tools", "cli")
		if output, err := build.CombinedOutput(); err != nil {
			return "", fmt.Errorf("building %s: %w\n%s", name, err, output)
		}
		if err := os.Rename(temporary, target); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// lookPath returns the folder of the CLI on the PATH, and whether the CLI has all
// that is needed.
func lookPath(ctx context.Context) (string, bool) {
	cli, err := exec.LookPath("pulumi")
	if err != nil {
		return "", false
	}
	if _, err := exec.LookPath("pulumi-language-yaml"); err != nil {
		return "", false
	}
	output, err := exec.CommandContext(ctx, cli, "version").Output() //nolint:gosec // the CLI on the PATH
	if err != nil {
		return "", false
	}
	version, err := semver.ParseTolerant(strings.TrimSpace(string(output)))
	return filepath.Dir(cli), err == nil && version.GTE(minVersion)
}

var cliRequirement = regexp.MustCompile(`github\.com/pulumi/pulumi/pkg/v3 v(\S+)`)

func pinnedVersion(root string) (string, error) {
	mod, err := os.ReadFile(filepath.Join(root, "tools", "cli", "go.mod")) //nolint:gosec // a file of the repository
	if err != nil {
		return "", err
	}
	match := cliRequirement.FindSubmatch(mod)
	if match == nil {
		return "", errors.New("tools/cli/go.mod does not require the Pulumi CLI")
	}
	return string(match[1]), nil
}

// Build builds a command of this repository in folder.
func Build(ctx context.Context, root, folder, command string) error {
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", //nolint:gosec // the caller's arguments
		"-o", filepath.Join(folder, command), "./cmd/"+command)
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", command, err, output)
	}
	return nil
}
