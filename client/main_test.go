// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	if os.Getenv(behindProxy) != "" { // this is the process that TestProxyFromTheEnvironment starts
		askThroughProxy()
		return
	}
	goleak.VerifyTestMain(m)
}
