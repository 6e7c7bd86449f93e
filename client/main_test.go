// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a test leaves a goroutine behind.
func TestMain(m *testing.M) {
	if os.Getenv(proxyTestVariable) != "" { // the child process of TestProxyFromEnvironment
		requestThroughProxy()
		return
	}
	goleak.VerifyTestMain(m)
}
