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

// TestReplicasAreReadFromAllPages creates more replicas than one page of the list has.
func TestReplicasAreReadFromAllPages(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{EmptyNextPageToken: true}, func(t *testing.T, env *enginetest.Env) {
		database := env.Project().State.Get("primaryDatabaseId").AsString()
		var replicas []*enginetest.Resource
		for i := range 150 {
			replicas = append(replicas, env.Create("Replica", fmt.Sprintf("r%d", i), object{
				"databaseId": database, "host": fmt.Sprintf("replica-%d.example.com", i), "port": 5432,
			}))
		}
		for i, replica := range replicas {
			env.Refresh(replica)
			assert.Equal(t, fmt.Sprintf("replica-%d.example.com", i), replica.State.Get("host").AsString())
		}
	})
}

// TestReplicaKeepsTheServerDefault checks an SSL mode that the program does not set, about
// which the sources disagree.
func TestReplicaKeepsTheServerDefault(t *testing.T) {
	t.Parallel()
	enginetest.ForEachBehaviour(t, localapi.Behaviour{DefaultSSLMode: "prefer"}, func(t *testing.T, env *enginetest.Env) {
		inputs := object{"databaseId": env.Project().State.Get("primaryDatabaseId").AsString(), "host": "Replica.Example.com", "port": 5432}
		replica := env.Create("Replica", "replica", inputs)
		env.Refresh(replica)
		env.RequireNoChanges(replica, inputs)
		env.RequireNoChanges(replica, enginetest.With(inputs, object{"host": "replica.example.com"}))
		preview := env.Engine.Preview(replica, enginetest.Inputs(enginetest.With(inputs, object{"sslMode": "disable"})))
		assert.Equal(t, enginetest.Replace, preview.Op)
	})
}

func TestReplicaOfADeletedProject(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project := env.Project()
	replica := env.Create("Replica", "replica", object{
		"databaseId": project.State.Get("primaryDatabaseId").AsString(), "host": "replica.example.com", "port": 5432,
	})
	require.NoError(t, env.Engine.Delete(project))
	require.NoError(t, env.Engine.Delete(replica))
	exists, err := env.Engine.Refresh(replica)
	require.NoError(t, err)
	assert.False(t, exists)
}
