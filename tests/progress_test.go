// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestLongWorkShowsItself: a line about its resource says what an update waits for.
func TestLongWorkShowsItself(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	local.AddFault(localapi.Fault{Method: "POST", Path: "/v1/projects", Times: 1, Latency: 2500 * time.Millisecond})
	local.AddFault(localapi.Fault{Method: "PATCH", Path: "/v1/projects/*", Times: 1, Status: 503, Code: "SERVICE_UNAVAILABLE", RetryAfter: "1"})
	s := newStack(t, local, oneProject, "PGBEAM_MAX_RETRIES=5")
	printed := s.up("--skip-preview")
	s.plantAll()
	assert.Regexp(t, `project .*waiting for the response \(POST /v1/projects\)`, printed)
	assert.Regexp(t, `project .*waiting 1\.\d+s before retry 1 of 5 of PATCH /v1/projects/prj_\w+: 503 SERVICE_UNAVAILABLE`, printed)
}
