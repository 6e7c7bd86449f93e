// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// TestFleetsGuide deploys the program of the guide about fleets with the configuration in its manifest for the
// Pulumi Kubernetes Operator.
func TestFleetsGuide(t *testing.T) {
	t.Parallel()
	var manifest struct {
		Spec struct {
			Config struct {
				OrgID        string `yaml:"orgId"`
				DatabaseHost string `yaml:"databaseHost"`
				Agents       map[string]map[string]string
			}
		}
	}
	require.NoError(t, yaml.Unmarshal([]byte(repotest.Read(t, "examples", "guides", "fleets", "stack.yaml")), &manifest))
	config := manifest.Spec.Config
	require.NotEmpty(t, config.Agents)

	local := localapi.Start(t, localapi.Options{APIKeys: map[string]string{"pbo_planted_key": config.OrgID}})
	s := clitest.NewFromDir(t, local, repotest.Path(t, "examples", "guides", "fleets"))
	s.AddCanary("the password", "planted-password")
	settings := []string{
		"config", "set-all", "--path", "--secret", "dbPassword=planted-password",
		"--plaintext", "orgId=" + config.OrgID, "--plaintext", "databaseHost=" + config.DatabaseHost,
	}
	for name, agent := range config.Agents {
		for field, value := range agent {
			settings = append(settings, "--plaintext", "agents."+name+"."+field+"="+value)
		}
	}
	s.Must(settings...)
	s.Up()
	s.AddCanaries()
	assert.Len(t, s.Outputs()["mcpTokens"], len(config.Agents))
	assert.Len(t, local.Objects("agents"), len(config.Agents))
	assert.Equal(t, config.DatabaseHost, local.Objects("databases")[0]["host"])
	s.Up("--expect-no-changes")
	s.Must("destroy", "--yes")
	s.AssertEmpty()
}
