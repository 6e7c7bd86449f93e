// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestUnexplainedDifferences(t *testing.T) {
	t.Parallel()
	var d Differences
	d.Compare(1, 1, "same")
	d.Compare(1, 2, "Project.name: length")
	d.Compare(1, 2, "Project.name: length")
	d.Add("Project.tags: missing")
	assert.Equal(t, Differences{"Project.name: length is 1, but 2 in the contract", "Project.tags: missing"}, d)

	assert.Equal(t, []string{"Project.tags: missing", "no longer a difference: Project.cloud: missing"}, d.Unexplained(map[string]string{
		"Project.name: length is 1, but 2 in the contract": "it is shorter",
		"Project.cloud: missing":                           "it was missing",
	}))
	assert.Len(t, d.Unexplained(map[string]string{"Project.tags: missing": ""}), 2, "a reason must not be empty")
}
