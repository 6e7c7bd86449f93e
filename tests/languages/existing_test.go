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

// What the snippets of the documentation name.
const (
	snippetKey      = "pgb_your_api_key"
	snippetOrg      = "org_abc123"
	snippetProject  = "prj_01h455vb4pex5vsknk084sn02q"
	snippetDatabase = "db_01h455vb4pex5vsknk084sn02q"
	snippetPolicy   = "pol_01h455vb4pex5vsknk084sn02q"
	snippetQuery    = "a1b2c3d4e5f60718"
)

// existing serves the API with what the snippets of the documentation take for
// granted: a project with a database, a policy profile and a query that was seen.
func existing(t *testing.T) *localapi.Local {
	t.Helper()
	options := localapi.Options{
		APIKeys:   map[string]string{snippetKey: snippetOrg},
		StateFile: filepath.Join(t.TempDir(), "state.json"),
	}
	made := makeExisting(t, options)
	// The API gives out its own IDs: those of the documentation are put into what it saved.
	text, err := os.ReadFile(options.StateFile)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(options.StateFile, []byte(made.Replace(string(text))), 0o600))

	local := localapi.Start(t, options)
	require.NoError(t, local.ObserveQuery(snippetProject, snippetDatabase, snippetQuery, "SELECT * FROM orders WHERE id = $1"))
	return local
}

func makeExisting(t *testing.T, options localapi.Options) *strings.Replacer {
	t.Helper()
	server, err := localapi.New(options)
	require.NoError(t, err)
	web := httptest.NewServer(server)
	defer web.Close()
	defer func() { require.NoError(t, server.Close()) }()

	pgbeam, err := client.New(snippetKey, client.WithBaseURL(web.URL))
	require.NoError(t, err)
	made, err := pgbeam.Projects().Create(t.Context(), client.CreateProjectRequest{
		OrgID: snippetOrg, Name: "my-app",
		Database: client.CreateDatabaseRequest{Host: "db.example.com", Port: 5432, Name: "mydb", Username: "pgbeam", Password: "existing-p@ssword"},
	})
	require.NoError(t, err)
	policy, err := pgbeam.PolicyProfiles().Create(t.Context(), made.Project.ID, client.PolicyProfileInput{Name: "existing"})
	require.NoError(t, err)
	return strings.NewReplacer(made.Project.ID, snippetProject, made.Database.ID, snippetDatabase, policy.ID, snippetPolicy)
}
