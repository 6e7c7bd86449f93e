// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package clitest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/stretchr/testify/assert"
)

// SignalPlugins sends a signal to every plugin process of the stack.
func (s *Stack) SignalPlugins(signal syscall.Signal) {
	for _, pid := range s.Plugins() {
		_ = syscall.Kill(pid, signal)
	}
}

// Plugins returns the IDs of the plugin processes of the stack that are running.
func (s *Stack) Plugins() (pids []int) {
	plugins := filepath.Join(s.Home(), "plugins")
	processes, err := filepath.Glob("/proc/[0-9]*")
	if !assert.NoError(s, err) { //nolint:testifylint // may be called from a handler of the API
		return nil
	}
	for _, process := range processes {
		command, err := os.ReadFile(filepath.Join(process, "cmdline"))
		if err != nil || !strings.HasPrefix(string(command), plugins) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(process)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
