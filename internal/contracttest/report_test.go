// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package contracttest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReport(t *testing.T) {
	t.Parallel()
	v := &validator{operations: []string{"createThing", "getThing", "listThings"}, counts: map[string]int{"createThing": 2, "getThing": 5}}
	reasons := map[string]string{"listThings": "no resource needs it"}
	assert.Equal(t, `Contract: 0 violations in 7 requests to 2 of 3 operations; the provider does not use the other 1.
Operations called:
  createThing                         2
  getThing                            5
Operations not used, and why:
  listThings                     no resource needs it
`, v.report(reasons))
	require.NoError(t, v.checkUse(reasons))

	require.EqualError(t, v.checkUse(nil), "no test calls listThings, and it is not listed as not used")
	v.counts["listThings"] = 1
	require.EqualError(t, v.checkUse(reasons), "listThings is listed as not used, but a test calls it")
	require.NoError(t, v.checkUse(nil))
	v.operations = v.operations[:2]
	require.EqualError(t, v.checkUse(reasons), "listThings is listed as not used, but the contract does not have it")
	v.addViolation()
	require.EqualError(t, v.checkUse(nil), "1 requests or responses violate the contract")
}
