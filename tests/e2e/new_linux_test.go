// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// TestNewProjectFromExample runs `pulumi new` with the folder of an example in a terminal, answers
// its questions, and deploys the new project.
func TestNewProjectFromExample(t *testing.T) {
	t.Parallel()
	s := clitest.New(t, contracttest.Start(t, localapi.Options{}), "name: base\nruntime: yaml\n")
	s.AddCanary("the password", "new-planted-password")
	s.AddCanary("the secret of the webhook", "new-planted-webhook")
	dir := filepath.Join(s.Dir, "shop")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	command := s.Command(ctx, "new", repotest.Path(t, "examples", "yaml", "secure-agent-project"),
		"--dir", dir, "--name", "shop", "--description", "A shop", "--stack", "dev")
	command.Args = slices.DeleteFunc(command.Args, func(arg string) bool { return arg == "--non-interactive" })
	command.Env = slices.DeleteFunc(command.Env, func(setting string) bool {
		return strings.HasPrefix(setting, "PULUMI_SKIP_CONFIRMATIONS=") // would skip the questions
	})
	output := answer(t, command, map[string]string{
		"pgbeam:apiKey": "", // from the environment
		"orgId":         "org_local",
		"dbPassword":    "new-planted-password",
		"webhookSecret": "new-planted-webhook",
	})
	s.AddOutput(output)
	assert.Contains(t, output, "Password of the database user that PgBeam logs in as (dbPassword)")

	config, err := os.ReadFile(filepath.Join(dir, "Pulumi.dev.yaml"))
	require.NoError(t, err)
	var stack struct{ Config map[string]any }
	require.NoError(t, yaml.Unmarshal(config, &stack))
	assert.Len(t, stack.Config, 3, "the API key was left empty")
	assert.Equal(t, "org_local", stack.Config["shop:orgId"])
	for _, name := range []string{"shop:dbPassword", "shop:webhookSecret"} {
		assert.Contains(t, stack.Config[name], "secure", name)
	}
	program, err := os.ReadFile(filepath.Join(dir, "Pulumi.yaml"))
	require.NoError(t, err)
	assert.NotContains(t, string(program), "\ntemplate:")

	s.Must("up", "--yes", "--skip-preview", "--cwd", dir, "--stack", "dev")
	s.AddCanaries()
	assert.Len(t, s.Local.Objects("agents"), 1)
	assert.Len(t, s.Local.Objects("webhooks"), 1)
}

// answer runs a command in a terminal and answers its questions, by the name in parentheses that each
// ends with. It returns what the terminal has shown.
func answer(t *testing.T, command *exec.Cmd, answers map[string]string) string {
	t.Helper()
	terminal, other := openTerminal(t)
	command.Stdin, command.Stdout, command.Stderr = other, other, other
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(t, command.Start())
	require.NoError(t, other.Close())
	var shown bytes.Buffer
	buffer := make([]byte, 4096)
	for {
		n, err := terminal.Read(buffer)
		shown.Write(buffer[:n])
		for name, value := range answers {
			if strings.Contains(shown.String(), "("+name+")") {
				delete(answers, name)
				_, err := terminal.WriteString(value + "\r")
				require.NoError(t, err)
			}
		}
		if err != nil { // the command has closed its end
			break
		}
	}
	require.NoError(t, command.Wait(), shown.String())
	assert.Empty(t, answers, "questions that were not asked")
	return shown.String()
}

// openTerminal opens a pseudo-terminal and returns both of its ends.
func openTerminal(t *testing.T) (terminal, other *os.File) {
	t.Helper()
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = terminal.Close() })
	control := func(request uintptr, value *int32) {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, terminal.Fd(), request, uintptr(unsafe.Pointer(value))) //nolint:gosec // the kernel's interface
		require.Zero(t, errno)
	}
	var locked, number int32
	control(syscall.TIOCSPTLCK, &locked)
	control(syscall.TIOCGPTN, &number)
	other, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	return terminal, other
}
