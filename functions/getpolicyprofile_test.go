// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestGetPolicyProfileReturnsInputs checks that the result can be evaluated as it is, without
// what only an existing profile has.
func TestGetPolicyProfileReturnsInputs(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	result := env.invoke("getPolicyProfile", env.inProject(object{"name": "support"}))
	assert.Equal(t, []any{object{"table": "users", "column": "email", "kind": "hash"}}, result["maskingRules"])
	assert.Equal(t, []any{object{"table": "orders", "predicate": "region = 'eu'"}}, result["rowFilters"])
	assert.Equal(t, object{"allow": []any{}, "deny": []any{}}, result["statementRules"])
	for _, name := range []string{"id", "projectId", "createdAt", "updatedAt"} {
		delete(result, name)
	}
	evaluated := env.invoke("evaluatePolicy", env.inProject(object{"policy": result, "statements": []any{"SELECT email FROM users"}}))
	assert.Equal(t, "mask", evaluated["results"].([]any)[0].(object)["verdict"])
}
