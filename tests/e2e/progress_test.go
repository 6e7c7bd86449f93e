// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestSlowOperationsReportProgress requires a progress message for a slow response
// and for a retry.
func TestSlowOperationsReportProgress(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	local.AddFault(localapi.Fault{Method: "POST", Path: "/v1/projects", Times: 1, Latency: 2500 * time.Millisecond})
	local.AddFault(localapi.Fault{Method: "PATCH", Path: "/v1/projects/*", Times: 1, Status: 503, Code: "SERVICE_UNAVAILABLE", RetryAfter: "1"})
	s := clitest.New(t, local, oneProject, "PGBEAM_MAX_RETRIES=5")
	output := s.Up("--skip-preview")
	s.AddCanaries()
	assert.Regexp(t, `project .*waiting for the response \(POST /v1/projects\)`, output)
	wait := regexp.MustCompile(`project .*waiting (\S+) before retry 1 of 5 of PATCH /v1/projects/prj_\w+: 503 SERVICE_UNAVAILABLE`).FindStringSubmatch(output)
	require.NotNil(t, wait, output)
	delay, err := time.ParseDuration(wait[1])
	require.NoError(t, err)
	// Retry-After, and up to half a second of jitter, which can be too short to be printed.
	assert.GreaterOrEqual(t, delay, time.Second)
	assert.LessOrEqual(t, delay, 1500*time.Millisecond)
}
