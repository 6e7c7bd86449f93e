// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package functions_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

func TestGetDatabaseByRoleAndHost(t *testing.T) {
	t.Parallel()
	env := newTestEnv(t, localapi.Options{})
	create := func(host, role string) string {
		return env.Create("Database", host, env.inProject(enginetest.With(enginetest.DatabaseInputs, object{"host": host, "role": role}))).ID
	}
	eu, us := create("eu.example.com", "replica"), create("us.example.com", "replica")
	for _, test := range []struct {
		by   object
		want string
	}{
		{object{"role": "primary"}, env.database},
		{object{"host": "us.example.com"}, us},
		{object{"host": "EU.Example.com"}, eu},
		{object{"role": "replica", "host": "eu.example.com"}, eu},
	} {
		assert.Equal(t, test.want, env.invoke("getDatabase", env.inProject(test.by))["id"], "%v", test.by)
	}
	message := env.InvokeError("getDatabase", env.inProject(object{"role": "primary", "host": "eu.example.com"}))
	assert.Contains(t, message, "no database of "+env.project.ID+" has that role and that host")
	message = env.InvokeError("getDatabase", env.inProject(object{"role": "replica"}))
	assert.Contains(t, message, eu+" (eu.example.com), "+us+" (us.example.com)")
}
