// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestPolicyTestNoticesAnInterruptedUpdate kills the plugin after it has changed the policy and
// before the test has a result. The program then does not change the policy any more.
func TestPolicyTestNoticesAnInterruptedUpdate(t *testing.T) {
	t.Parallel()
	var s *clitest.Stack
	var armed atomic.Bool
	local := localapi.Start(t, localapi.Options{Watch: func(moment localapi.Moment, _, path string) {
		if moment == localapi.Received && strings.HasSuffix(path, "/policy-evaluations") && armed.CompareAndSwap(true, false) {
			s.SignalPlugins(syscall.SIGKILL)
		}
	}})
	s = clitest.New(t, local, policyTestProgram)
	s.AddCanary("the statement", "planted_column")
	s.Up("--skip-preview")
	s.AddCanaries()
	before := s.StateWithSecrets()["test"]

	s.WriteProgram(strings.Replace(withSalaries(policyTestProgram), "status: active", "status: disabled", 1))
	armed.Store(true)
	s.MustFail("up", "--yes", "--skip-preview")
	require.False(t, armed.Load())
	require.Equal(t, []any{"orders", "salaries"}, local.Objects("policies")[0]["table_allowlist"])
	assertSameState(t, before, s.StateWithSecrets()["test"])
	s.Must("refresh", "--yes", "--skip-preview", "--target", "**policy") // the policy is as in the program now

	assertFailedTest(t, s.MustFail("preview"), `block \(\[secret\]\)`, "allow")
	assertFailedTest(t, s.MustFail("up", "--yes", "--skip-preview"), `block \(\[secret\]\)`, "allow")
	assert.Equal(t, "active", local.Objects("agents")[0]["status"])
	s.WriteProgram(policyTestProgram)
	s.Up()
	s.Up("--expect-no-changes")
}
