// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// The API key and the IDs in the snippets of the documentation.
const (
	snippetKey      = "pgb_your_api_key"
	snippetOrg      = "org_abc123"
	snippetProject  = "prj_01h455vb4pex5vsknk084sn02q"
	snippetDatabase = "db_01h455vb4pex5vsknk084sn02q"
	snippetPolicy   = "pol_01h455vb4pex5vsknk084sn02q"
	snippetQuery    = "a1b2c3d4e5f60718"
)

// startWithExistingObjects starts an API with the objects that the snippets refer
// to: a project with a database, a policy profile and an observed query.
func startWithExistingObjects(t *testing.T) *localapi.Local {
	t.Helper()
	options := localapi.Options{
		APIKeys:   map[string]string{snippetKey: snippetOrg},
		StateFile: filepath.Join(t.TempDir(), "state.json"),
	}
	ids := createExistingObjects(t, options)
	// The API generates IDs. Replace them in its state file by those of the documentation.
	text, err := os.ReadFile(options.StateFile)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(options.StateFile, []byte(ids.Replace(string(text))), 0o600))

	local := localapi.Start(t, options)
	require.NoError(t, local.ObserveQuery(snippetProject, snippetDatabase, snippetQuery, "SELECT * FROM orders WHERE id = $1"))
	return local
}

// createExistingObjects creates the objects, and returns a replacer for their IDs.
func createExistingObjects(t *testing.T, options localapi.Options) *strings.Replacer {
	t.Helper()
	server, err := localapi.New(options)
	require.NoError(t, err)
	web := httptest.NewServer(server)
	defer web.Close()
	defer func() { require.NoError(t, server.Close()) }()

	pgbeam, err := client.New(snippetKey, client.WithBaseURL(web.URL))
	require.NoError(t, err)
	created, err := pgbeam.Projects().Create(t.Context(), client.CreateProjectRequest{
		OrgID: snippetOrg, Name: "my-app",
		Database: client.CreateDatabaseRequest{Host: "db.example.com", Port: 5432, Name: "mydb", Username: "pgbeam", Password: "existing-p@ssword"},
	})
	require.NoError(t, err)
	policy, err := pgbeam.PolicyProfiles().Create(t.Context(), created.Project.ID, client.PolicyProfileInput{Name: "existing"})
	require.NoError(t, err)
	return strings.NewReplacer(created.Project.ID, snippetProject, created.Database.ID, snippetDatabase, policy.ID, snippetPolicy)
}
