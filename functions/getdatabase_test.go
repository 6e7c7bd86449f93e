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
	w := newWorld(t, localapi.Options{})
	create := func(host, role string) string {
		return w.Create("Database", host, w.inProject(enginetest.With(enginetest.DatabaseInputs, object{"host": host, "role": role}))).ID
	}
	eu, us := create("eu.example.com", "replica"), create("us.example.com", "replica")
	for _, test := range []struct {
		by   object
		want string
	}{
		{object{"role": "primary"}, w.database},
		{object{"host": "us.example.com"}, us},
		{object{"host": "EU.Example.com"}, eu},
		{object{"role": "replica", "host": "eu.example.com"}, eu},
	} {
		assert.Equal(t, test.want, w.invoke("getDatabase", w.inProject(test.by))["id"], "%v", test.by)
	}
	message := w.InvokeError("getDatabase", w.inProject(object{"role": "primary", "host": "eu.example.com"}))
	assert.Contains(t, message, "no database of "+w.project.ID+" has that role and that host")
	message = w.InvokeError("getDatabase", w.inProject(object{"role": "replica"}))
	assert.Contains(t, message, eu+" (eu.example.com), "+us+" (us.example.com)")
}
