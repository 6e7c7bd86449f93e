// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/functions"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// functionForms are the forms of the inputs of functions, with a name that all objects of
// the form have. That of the secret form is a canary.
var functionForms = map[string]string{"known": "known_name", "unknown": "unknown_name", "secret": "canary_name_5c1d"}

// withoutInputs are the functions whose results are never unknown or secret, because no
// input of theirs is.
var withoutInputs = []string{"getOrganizations", "getPlans", "getRegions"}

// functionObjects are the objects that the functions of a form ask for.
type functionObjects struct {
	name, hash string
	project    client.Project
	database   client.Database
	policy     client.PolicyProfile
	agent      client.AgentCredentialSecrets
	domain     client.CustomDomain
}

func createFunctionObjects(t *testing.T, local *localapi.Local, c *client.Client, name string) functionObjects {
	t.Helper()
	created, err := c.Projects().Create(t.Context(), client.CreateProjectRequest{
		OrgID: local.OrgID, Name: name,
		Database: client.CreateDatabaseRequest{Host: "db.example.com", Port: 5432, Name: "shop", Username: "pgbeam", Password: canaryPassword},
	})
	require.NoError(t, err)
	o := functionObjects{name: name, project: created.Project, database: *created.Database}
	o.policy, err = c.PolicyProfiles().Create(t.Context(), o.project.ID, client.PolicyProfileInput{Name: name})
	require.NoError(t, err)
	o.agent, err = c.AgentCredentials().Create(t.Context(), o.project.ID, client.CreateAgentCredentialRequest{Name: name, PolicyProfileID: o.policy.ID})
	require.NoError(t, err)
	o.domain, err = c.CustomDomains().Create(t.Context(), o.project.ID, strings.ReplaceAll(name, "_", "-")+".example.com")
	require.NoError(t, err)
	var sql string
	o.hash, sql = localapi.QueryShape(o.read())
	require.NoError(t, local.ObserveQuery(o.project.ID, o.database.ID, o.hash, sql))
	return o
}

func (o functionObjects) read() string      { return "SELECT id FROM orders WHERE note = '" + o.name + "'" }
func (o functionObjects) write() string     { return "DELETE FROM " + o.name }
func (o functionObjects) migration() string { return "DROP TABLE " + o.name }

// inputs are the inputs of the programs.
func (o functionObjects) inputs(local *localapi.Local) map[string]string {
	return map[string]string{
		"orgId": local.OrgID, "projectId": o.project.ID, "databaseId": o.database.ID, "agentCredentialId": o.agent.Credential.ID, "domainId": o.domain.ID,
		"name": o.name, "table": "orders", "read": o.read(), "write": o.write(), "migration": o.migration(),
		"mcpUrl": "https://mcp.example.com/" + o.name, "mcpToken": "token_" + o.name,
	}
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		language language
		file     string
	}{
		"TypeScript": {node, nodeProgram("functions")},
		"Python":     {python, pythonProgram("functions")},
		"Go":         {golang, "functions"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			c, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
			require.NoError(t, err)
			p := newProgram(t, test.language, local, test.file, "")
			objects := map[string]functionObjects{}
			for form, name := range functionForms {
				objects[form] = createFunctionObjects(t, local, c, name)
				text, err := json.Marshal(objects[form].inputs(local))
				require.NoError(t, err)
				p.Must("config", "set", map[bool]string{true: "--secret", false: "--plaintext"}[form == "secret"], form, string(text))
			}
			p.AddCanary("the secret name", objects["secret"].name)

			local.ResetRequests()
			preview := p.preview()
			fmt.Println(preview.Output)
			for _, r := range local.Requests() {
				fmt.Println(r.Method, r.Path)
			}
			p.up()
			p.AddCanaries()
			fmt.Println(p.Must("stack", "output"))
			text, _ := json.MarshalIndent(p.Outputs(), "", " ")
			fmt.Println(string(text))
		})
	}
}

var _, _ = regexp.MustCompile, slices.Contains[[]string]
var _ = assert.Equal
var _ = functions.All
