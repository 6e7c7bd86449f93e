// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestReplicasAreReadToTheLastPage: 150 of them survive a refresh.
func TestReplicasAreReadToTheLastPage(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{EmptyNextPageToken: true}, func(t *testing.T, w *enginetest.Env) {
		database := w.Project().State.Get("primaryDatabaseId").AsString()
		var replicas []*enginetest.Resource
		for i := range 150 {
			replicas = append(replicas, w.Create("Replica", fmt.Sprintf("r%d", i), object{
				"databaseId": database, "host": fmt.Sprintf("replica-%d.example.com", i), "port": 5432,
			}))
		}
		for i, replica := range replicas {
			w.Refresh(replica)
			assert.Equal(t, fmt.Sprintf("replica-%d.example.com", i), replica.State.Get("host").AsString())
		}
	})
}

// TestReplicaKeepsTheModeThatTheAPIChose: it has no documented default.
func TestReplicaKeepsTheModeThatTheAPIChose(t *testing.T) {
	t.Parallel()
	both(t, localapi.Behaviour{DefaultSSLMode: "verify-full"}, func(t *testing.T, w *enginetest.Env) {
		inputs := object{"databaseId": w.Project().State.Get("primaryDatabaseId").AsString(), "host": "Replica.Example.com", "port": 5432}
		replica := w.Create("Replica", "replica", inputs)
		w.Refresh(replica)
		w.RequireNoChanges(replica, inputs)
		w.RequireNoChanges(replica, with(inputs, object{"host": "replica.example.com"}))
		said := w.Engine.Preview(replica, enginetest.Inputs(with(inputs, object{"sslMode": "disable"})))
		assert.Equal(t, enginetest.Replace, said.Op)
	})
}

func TestReplicaOfADatabaseThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	project := w.Project()
	replica := w.Create("Replica", "replica", object{
		"databaseId": project.State.Get("primaryDatabaseId").AsString(), "host": "replica.example.com", "port": 5432,
	})
	require.NoError(t, w.Engine.Delete(project))
	require.NoError(t, w.Engine.Delete(replica))
	exists, err := w.Engine.Refresh(replica)
	require.NoError(t, err)
	assert.False(t, exists)
}
