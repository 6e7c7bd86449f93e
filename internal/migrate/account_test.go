// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/migrate"
	"github.com/pgbeam/pulumi-pgbeam/internal/modetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
)

type object = map[string]any

// accountOf returns the options for the account of a local API. The settings are environment
// variables.
func accountOf(t *testing.T, local *localapi.Local, settings map[string]string) migrate.AccountOptions {
	t.Helper()
	environment := map[string]string{"PGBEAM_API_KEY": local.APIKey, "PGBEAM_API_URL": local.URL, "PGBEAM_MAX_RETRIES": "0"}
	maps.Copy(environment, settings)
	return migrate.AccountOptions{
		Environment: envconfig.MapLookuper(environment), OrgIDs: []string{local.OrgID},
		ProgressFile: filepath.Join(t.TempDir(), "progress.json"), Report: func(string) {},
	}
}

// walk walks an account, and returns it with its import file.
func walk(ctx context.Context, options migrate.AccountOptions) (*migrate.Account, migrate.ImportFile, []string, error) {
	account, err := migrate.NewAccount(ctx, options)
	if err != nil {
		return nil, migrate.ImportFile{}, nil, err
	}
	if err := account.Walk(ctx); err != nil {
		return nil, migrate.ImportFile{}, nil, err
	}
	notes, err := account.Prepare(ctx, true)
	return account, account.ImportFile(), notes, err
}

func mustWalk(t *testing.T, options migrate.AccountOptions) (*migrate.Account, migrate.ImportFile, []string) {
	t.Helper()
	account, file, notes, err := walk(t.Context(), options)
	require.NoError(t, err)
	return account, file, notes
}

// idsOf returns the kinds and IDs in an import file.
func idsOf(file migrate.ImportFile) []string {
	var ids []string
	for _, r := range file.Resources {
		if !r.Component {
			ids = append(ids, r.Type+" "+r.ID)
		}
	}
	return ids
}

// TestAccountHasEveryObject compares the import file with what was created, and with what the
// API holds.
func TestAccountHasEveryObject(t *testing.T) {
	t.Parallel()
	for name, behaviour := range scenario.Behaviours {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := enginetest.NewEnv(t, localapi.Options{Behaviour: behaviour})
			var created []string
			for _, o := range scenario.CreateAccount(env, 4) {
				created = append(created, "pgbeam:index:"+o.Kind.Name+" "+o.ImportID)
			}
			env.Local.ResetRequests()
			_, file, _ := mustWalk(t, accountOf(t, env.Local, nil))
			for _, request := range env.Local.Requests() {
				assert.Equal(t, http.MethodGet, request.Method, request.Path)
			}
			found := idsOf(file)
			assert.Subset(t, found, created)
			for _, id := range found {
				if !slices.Contains(created, id) { // a parent that every kind of its own has
					assert.Regexp(t, `^pgbeam:index:(Project prj_|PolicyProfile prj_|AgentCredential prj_)`, id)
				}
			}
			counts := map[string]int{}
			for _, r := range file.Resources {
				counts[strings.TrimPrefix(r.Type, "pgbeam:index:")]++
			}
			assert.Equal(t, len(env.Local.Objects("projects")), counts["Project"])
			assert.Equal(t, len(env.Local.Objects("databases"))-counts["Project"], counts["Database"], "without primary databases")
			for _, k := range scenario.Kinds() {
				if k.BelongsToProject() && k.IsCreated() && k.Name != "Database" {
					assert.Len(t, env.Local.Objects(k.Collection), counts[k.Name], k.Name)
				}
			}
		})
	}
}

// TestAccountIsImportable requires that parents precede children, that names are unique, and
// that every object can be imported by its ID.
func TestAccountIsImportable(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	scenario.CreateAccount(env, 4)
	for _, components := range []bool{false, true} {
		options := accountOf(t, env.Local, nil)
		options.Components = components
		_, file, _ := mustWalk(t, options)
		names, owned := map[string]bool{}, map[string]bool{env.Local.OrgID: true}
		for _, r := range file.Resources {
			assert.Regexp(t, `^[a-z][a-z0-9_-]*$`, r.Name)
			assert.False(t, names[r.Name], "%s is not unique", r.Name)
			if r.Parent != "" {
				assert.True(t, names[r.Parent], "%s follows its parent", r.Name)
				assert.True(t, strings.HasPrefix(r.Name, r.Parent+"-"), r.Name)
			}
			names[r.Name] = true
			if r.Component {
				assert.False(t, r.Remote, "a preview of a remote component replaces it")
				assert.Empty(t, r.ID)
				continue
			}
			segments := strings.Split(r.ID, "/")
			for _, parent := range segments[:len(segments)-1] {
				if strings.HasPrefix(parent, "prj_") {
					assert.True(t, owned[parent], "%s follows %s", r.ID, parent)
				}
			}
			owned[segments[len(segments)-1]] = true
			imported, err := env.Engine.Import(strings.TrimPrefix(r.Type, "pgbeam:index:"), r.Name, r.ID)
			require.NoError(t, err)
			require.NotNil(t, imported, r.ID)
		}
	}
}

// createTeam creates a project with the objects of a component.
func createTeam(env *enginetest.Env, name string, project, policy, agent object) (projectID, policyID, agentID string) {
	env.Helper()
	created := env.Create("Project", name, scenario.Merge(object{"orgId": env.Local.OrgID, "name": name, "database": enginetest.DatabaseInputs}, project))
	profile := env.Create("PolicyProfile", "policy", scenario.Merge(object{"projectId": created.ID, "name": "Support, read only", "budgetQueriesPerHour": 5}, policy))
	credential := env.Create("AgentCredential", "agent", scenario.Merge(object{"projectId": created.ID, "policyProfileId": profile.ID, "name": "Support bot"}, agent))
	return created.ID, profile.ID, credential.ID
}

// TestAccountNames shows the names, which are unique and have no secret part of a URL.
func TestAccountNames(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project, policy, agent := createTeam(env, "Shop & Co.", nil, nil, nil)
	createTeam(env, "shop-co", nil, nil, nil)
	env.Create("ProjectDefaultPolicy", "x", object{"projectId": project, "policyProfileId": policy})
	env.Create("AnomalyRule", "x", object{"projectId": project, "metric": "errors_per_hour", "credentialId": agent})
	env.Create("WebhookEndpoint", "x", object{"projectId": project, "url": "https://hooks.example.com/services/planted"})
	env.Create("WebhookEndpoint", "y", object{"projectId": project, "url": "https://hooks.example.com/services/planted-too"})
	database := env.Create("Database", "x", scenario.Merge(enginetest.DatabaseInputs, object{"projectId": project, "name": "2027"}))
	env.Create("Replica", "x", object{"databaseId": database.ID, "host": "replica-1.example.com", "port": 5432})
	env.Create("Replica", "x", object{"databaseId": database.ID, "host": "10.0.0.7", "port": 5432})
	env.Create("Honeytoken", "x", object{"projectId": project, "schemaName": "hr", "relationName": "Salaries", "action": "kill"})
	env.Create("SpendLimit", "x", object{"orgId": env.Local.OrgID, "spendLimit": 100})
	_, file, _ := mustWalk(t, accountOf(t, env.Local, nil))
	var names []string
	for _, r := range file.Resources {
		names = append(names, r.Name)
	}
	assert.Equal(t, []string{
		"shop-co", "shop-co-default-policy", "shop-co-database-2027", "shop-co-database-2027-replica-1", "shop-co-database-2027-replica-10-0-0-7",
		"shop-co-policy-support-read-only", "shop-co-agent-support-bot", "shop-co-webhook-hooks-example-com", "shop-co-webhook-hooks-example-com-2",
		"shop-co-honeytoken-hr-salaries", "shop-co-anomaly-rule-support-bot-errors-per-hour",
		"shop-co-2", "shop-co-2-policy-support-read-only", "shop-co-2-agent-support-bot",
		"spend-limit",
	}, names)
}

// TestAccountRequests counts the requests of a walk: one for each page, and two that find the
// primary database of a project.
func TestAccountRequests(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project, _, _ := createTeam(env, "shop", nil, nil, nil)
	for i := range 150 {
		env.Create("Honeytoken", "x", object{"projectId": project, "relationName": fmt.Sprintf("decoy_%d", i), "action": "kill"})
	}
	env.Local.ResetRequests()
	account, err := migrate.NewAccount(t.Context(), accountOf(t, env.Local, nil))
	require.NoError(t, err)
	assert.Empty(t, env.Local.Requests())
	require.NoError(t, account.Walk(t.Context()))
	_, err = account.Prepare(t.Context(), false)
	require.NoError(t, err)
	assert.Len(t, account.ImportFile().Resources, 153)
	counts := map[string]int{}
	for _, request := range env.Local.Requests() {
		path := strings.TrimPrefix(request.Path, "/v1/")
		for _, id := range append(strings.FieldsFunc(path, func(r rune) bool { return r == '/' }), env.Local.OrgID) {
			if strings.Contains(id, "_") {
				path = strings.ReplaceAll(path, id, "*")
			}
		}
		counts[request.Method+" "+path]++
	}
	expected := map[string]int{
		"GET projects": 2, "GET projects/*": 1, "GET organizations/*/plan": 1, "GET organizations/*/self-host-enrollments": 1,
		"GET organizations/*/members": 1, "GET organizations/*/invitations": 1,
		"GET databases/*/replicas": 1, "GET projects/*/databases/*/cache-rules": 1,
	}
	for _, k := range scenario.Kinds() {
		if parents := k.Resource().ImportID.Parents; len(parents) == 1 && parents[0].Property == "projectId" {
			expected["GET projects/*/"+k.Collection] = 1
		}
	}
	expected["GET projects/*/honeytokens"]++ // the second page
	expected["GET projects/*/databases"]++   // the primary database
	assert.Equal(t, expected, counts)
}

// TestAccountContinues interrupts a walk at every request, by an error of the API and by the
// cancellation of the context, and requires that the next one does not repeat a list.
func TestAccountContinues(t *testing.T) {
	t.Parallel()
	for _, cancelled := range []bool{false, true} {
		t.Run(fmt.Sprintf("cancelled=%t", cancelled), func(t *testing.T) {
			t.Parallel()
			var mutex sync.Mutex
			var onRequest func(method, path string)
			env := enginetest.NewEnv(t, localapi.Options{Watch: func(moment localapi.Moment, method, path string) {
				mutex.Lock()
				call := onRequest
				mutex.Unlock()
				if call != nil && moment == localapi.Received {
					call(method, path)
				}
			}})
			project, _, _ := createTeam(env, "shop", nil, nil, nil)
			env.Create("WebhookEndpoint", "x", object{"projectId": project, "url": "https://hooks.example.com/T0123/secret-part", "secret": "whsec-planted"})
			createTeam(env, "store", nil, nil, nil)
			// One request at a time, so that those before the interruption are complete.
			options := accountOf(t, env.Local, map[string]string{"PGBEAM_MAX_CONCURRENCY": "1"})
			_, expected, _ := mustWalk(t, options)
			require.NoError(t, os.Remove(options.ProgressFile))
			env.Local.ResetRequests()
			account, err := migrate.NewAccount(t.Context(), options)
			require.NoError(t, err)
			require.NoError(t, account.Walk(t.Context()))
			all := len(env.Local.Requests())
			require.NoError(t, account.Done())
			for n := 0; n < all; n += 3 {
				ctx, cancel := context.WithCancel(t.Context())
				if cancelled {
					count := 0
					mutex.Lock()
					onRequest = func(string, string) {
						if count++; count == n+1 {
							cancel()
						}
					}
					mutex.Unlock()
				} else {
					env.Local.AddFault(localapi.Fault{Skip: n, Status: 503})
				}
				_, _, _, err := walk(ctx, options)
				require.Error(t, err)
				if cancelled {
					require.ErrorIs(t, err, context.Canceled)
				} else {
					require.ErrorContains(t, err, "503")
				}
				cancel()
				env.Local.ClearFaults()
				mutex.Lock()
				onRequest = nil
				mutex.Unlock()
				assertProgress(t, env, options.ProgressFile, n)
				env.Local.ResetRequests()
				account, err := migrate.NewAccount(t.Context(), options)
				require.NoError(t, err)
				require.NoError(t, account.Walk(t.Context()))
				assert.LessOrEqual(t, len(env.Local.Requests()), all-n+2, "lists are not repeated; the last one may have several pages")
				_, err = account.Prepare(t.Context(), false)
				require.NoError(t, err)
				assert.Equal(t, expected, account.ImportFile())
				require.NoError(t, account.Done())
				assert.NoFileExists(t, options.ProgressFile)
			}
		})
	}
}

// assertProgress requires that a progress file can be read by its owner only, and has no
// secret.
func assertProgress(t *testing.T, env *enginetest.Env, file string, requests int) {
	t.Helper()
	info, err := os.Stat(file)
	if requests <= 1 && os.IsNotExist(err) { // no list is complete
		return
	}
	require.NoError(t, err)
	modetest.AssertPrivate(t, info)
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, secret := range []string{env.Local.APIKey, "secret-part", "whsec-planted", enginetest.DatabaseInputs["password"].(string)} {
		assert.NotContains(t, string(content), secret)
	}
}

// TestProgressOfAnotherWalk requires that the progress of another walk is refused, and stays.
func TestProgressOfAnotherWalk(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	options := accountOf(t, local, nil)
	account, err := migrate.NewAccount(t.Context(), options)
	require.NoError(t, err)
	require.NoError(t, account.Walk(t.Context()))
	before, err := os.ReadFile(options.ProgressFile)
	require.NoError(t, err)
	other := localapi.Start(t, localapi.Options{})
	for name, test := range map[string]struct {
		change func(*migrate.AccountOptions, object)
		want   string
	}{
		"organization":  {func(o *migrate.AccountOptions, _ object) { o.OrgIDs = []string{"org_other"} }, "its organization is org_local, not org_other"},
		"all":           {func(o *migrate.AccountOptions, _ object) { o.OrgIDs = nil }, "its organization is org_local, not every organization of the API key"},
		"API":           {func(o *migrate.AccountOptions, _ object) { o.Environment = accountOf(t, other, nil).Environment }, "its API is " + local.URL + ", not " + other.URL},
		"format":        {func(_ *migrate.AccountOptions, file object) { file["version"] = 0 }, "its format is 0, not 1"},
		"version":       {func(_ *migrate.AccountOptions, file object) { file["provider"] = "0.9.0" }, "its version of pgbeam-migrate is 0.9.0"},
		"no such file":  {func(_ *migrate.AccountOptions, file object) { clear(file) }, "its format is 0"},
		"other content": {nil, "is not a progress file of this command"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := options
			changed.ProgressFile = filepath.Join(t.TempDir(), "progress.json")
			var file object
			require.NoError(t, json.Unmarshal(before, &file))
			content := []byte("{\"version\": 1, \"lists\": {\"Proj")
			if test.change != nil {
				test.change(&changed, file)
				var err error
				content, err = json.Marshal(file)
				require.NoError(t, err)
			}
			require.NoError(t, os.WriteFile(changed.ProgressFile, content, 0o600))
			_, err := migrate.NewAccount(t.Context(), changed)
			require.ErrorContains(t, err, test.want)
			require.ErrorContains(t, err, "name another file with --resume")
			after, err := os.ReadFile(changed.ProgressFile)
			require.NoError(t, err)
			assert.Equal(t, content, after)
		})
	}
}

// TestAccountFailsClosed requires that no list that failed is taken for an empty one.
func TestAccountFailsClosed(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	createTeam(env, "shop", nil, nil, nil)
	lists := map[string]string{
		"Project": "/v1/projects", "SpendLimit": "/v1/organizations/*/plan", "OrganizationMember": "/v1/organizations/*/invitations",
		"AgentCredential": "/v1/projects/*/agents", "Replica": "/v1/databases/*/replicas", "CacheRule": "/v1/projects/*/databases/*/cache-rules",
	}
	for kind, path := range lists {
		for _, status := range []int{403, 404, 500} {
			env.Local.AddFault(localapi.Fault{Method: "GET", Path: path, Status: status, Detail: "it is raining"})
			_, _, _, err := walk(t.Context(), accountOf(t, env.Local, nil))
			require.ErrorContains(t, err, fmt.Sprintf("%d", status), "%s %d", kind, status)
			require.ErrorContains(t, err, "it is raining")
			require.ErrorContains(t, err, "To leave the kind out, add --skip ")
			env.Local.ClearFaults()
		}
		if kind == "Project" {
			continue
		}
		options := accountOf(t, env.Local, nil)
		options.Skip = []string{kind}
		env.Local.AddFault(localapi.Fault{Method: "GET", Path: path, Status: 403})
		_, file, _ := mustWalk(t, options)
		for _, r := range file.Resources {
			assert.NotEqual(t, "pgbeam:index:"+kind, r.Type)
		}
		env.Local.ClearFaults()
	}
	options := accountOf(t, env.Local, nil)
	options.Skip = []string{"Policy"}
	_, err := migrate.NewAccount(t.Context(), options)
	require.ErrorContains(t, err, "there is no kind Policy to skip: the kinds are Project, ProjectDefaultPolicy, ")
	_, err = migrate.NewAccount(t.Context(), accountOf(t, env.Local, map[string]string{"PGBEAM_API_KEY": " "}))
	require.ErrorContains(t, err, "set the environment variable PGBEAM_API_KEY")
	_, err = migrate.NewAccount(t.Context(), accountOf(t, env.Local, map[string]string{"PGBEAM_API_URL": "http://user:planted@example.com"}))
	require.ErrorContains(t, err, "PGBEAM_API_URL")
	assert.NotContains(t, err.Error(), "planted")
}

// TestAccountOfADeletedObject deletes an object between its list and its read.
func TestAccountOfADeletedObject(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project, _, agent := createTeam(env, "shop", nil, nil, nil)
	options := accountOf(t, env.Local, nil)
	account, err := migrate.NewAccount(t.Context(), options)
	require.NoError(t, err)
	require.NoError(t, account.Walk(t.Context()))
	require.NoError(t, env.Local.Remove("agents", agent))
	_, err = account.Prepare(t.Context(), true)
	require.ErrorIs(t, err, migrate.ErrOutdated)
	require.ErrorContains(t, err, "AgentCredential "+project+"/"+agent+" was deleted after it had been listed")
	require.NoError(t, account.Done())
	_, file, _ := mustWalk(t, options)
	assert.Len(t, file.Resources, 2)
}

// TestAccountAtTheAnnouncedRate requires that no request exceeds the limit that the API
// announces.
func TestAccountAtTheAnnouncedRate(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	createTeam(env, "shop", nil, nil, nil)
	env.Local.Limit(localapi.RateLimit{Requests: 15, Window: time.Second})
	env.Local.ResetRequests()
	_, file, _ := mustWalk(t, accountOf(t, env.Local, nil))
	assert.Len(t, file.Resources, 3)
	for _, request := range env.Local.Requests() {
		assert.Equal(t, http.StatusOK, request.Status, request.Path)
	}
	assert.Greater(t, len(env.Local.Requests()), 15)
}

// TestAccountOfAllOrganizations asks the API for the organizations.
func TestAccountOfAllOrganizations(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	createTeam(env, "shop", nil, nil, nil)
	options := accountOf(t, env.Local, nil)
	options.OrgIDs = nil
	env.Local.ResetRequests()
	_, file, _ := mustWalk(t, options)
	assert.Len(t, file.Resources, 3)
	assert.Equal(t, 1, env.Local.Count("GET", "/v1/organizations"))
}

// parsedProgram is a program in YAML.
type parsedProgram struct {
	Config    map[string]struct{ Secret bool }
	Resources map[string]struct {
		Type       string
		Properties object
	}
}

func programOf(t *testing.T, account *migrate.Account) (program parsedProgram, text string) {
	t.Helper()
	code, secrets, err := account.Program("adopted")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(code, &program))
	for _, secret := range secrets {
		assert.True(t, program.Config[secret].Secret)
	}
	assert.Len(t, program.Config, len(secrets))
	return program, string(code)
}

// TestAccountProgram requires that a program refers to resources instead of their IDs, and
// that no text of an object becomes an expression or another type.
func TestAccountProgram(t *testing.T) {
	t.Parallel()
	env := enginetest.NewEnv(t, localapi.Options{})
	project, policy, agent := createTeam(env, "shop", object{"description": "${config.secret}", "tags": []string{"off", "null", "1.0", "2027-01-01"}}, nil, nil)
	env.Create("ProjectDefaultPolicy", "x", object{"projectId": project, "policyProfileId": policy})
	env.Create("WebhookEndpoint", "x", object{"projectId": project, "url": "https://hooks.example.com", "secret": "planted"})
	account, _, _ := mustWalk(t, accountOf(t, env.Local, nil))
	program, text := programOf(t, account)
	for _, id := range []string{project, policy, agent} {
		assert.NotContains(t, text, id)
	}
	assert.Equal(t, object{
		"orgId": env.Local.OrgID, "name": "shop", "description": "$${config.secret}", "tags": []any{"off", "null", "1.0", "2027-01-01"},
		"database": object{"host": "db.example.com", "port": 5432, "name": "shop", "username": "pgbeam", "password": "${shopPassword}"},
	}, program.Resources["shop"].Properties, "the default policy is a resource of its own")
	assert.Contains(t, text, `- "off"`)
	assert.Equal(t, object{"projectId": "${shop.id}", "policyProfileId": "${shop-policy-support-read-only.id}"}, program.Resources["shop-default-policy"].Properties)
	assert.Equal(t, "pgbeam:AgentCredential", program.Resources["shop-agent-support-bot"].Type)
	assert.Contains(t, text, "# The API does not return secret.")
	once, writeOnly := account.Secrets()
	assert.Equal(t, []string{"AgentCredential shop-agent-support-bot (" + project + "/" + agent + ")"}, once)
	require.Len(t, writeOnly, 2)
	assert.Equal(t, "Project shop ("+project+"): database.password", writeOnly[0])
	assert.Regexp(t, `^WebhookEndpoint shop-webhook-hooks-example-com \(.*\): secret, if there is one$`, writeOnly[1])
}

// TestAccountComponents requires that a component has exactly what creates the live objects,
// and that any other project stays as it is, with a reason.
func TestAccountComponents(t *testing.T) {
	t.Parallel()
	component := func(t *testing.T, change func(env *enginetest.Env, project, policy, agent string), project, policy, agent object) (inputs object, note string, file migrate.ImportFile) {
		t.Helper()
		env := enginetest.NewEnv(t, localapi.Options{})
		projectID, policyID, agentID := createTeam(env, "shop", project, policy, agent)
		if change != nil {
			change(env, projectID, policyID, agentID)
		}
		options := accountOf(t, env.Local, nil)
		options.Components = true
		account, file, notes := mustWalk(t, options)
		program, _ := programOf(t, account)
		if len(notes) > 0 {
			require.Len(t, notes, 1)
			assert.Equal(t, "pgbeam:Project", program.Resources["shop"].Type)
			return nil, notes[0], file
		}
		require.Equal(t, "pgbeam:SecureAgentProject", program.Resources["shop"].Type)
		return program.Resources["shop"].Properties, "", file
	}
	t.Run("defaults", func(t *testing.T) {
		t.Parallel()
		inputs, _, file := component(t, nil, nil, nil, nil)
		assert.Equal(t, object{"name": "Support, read only", "maxRows": 0, "statementTimeoutMs": 0, "budgetQueriesPerHour": 5, "migrationSafety": "off"}, inputs["policy"],
			"the limits are those of the profile, not the defaults of the component")
		assert.Equal(t, object{"name": "Support bot"}, inputs["agent"])
		assert.NotContains(t, inputs, "enforceForHumans")
		var names []string
		for _, r := range file.Resources {
			names = append(names, r.Name)
		}
		assert.Equal(t, []string{"shop", "shop-project", "shop-policy", "shop-agent"}, names)
	})
	t.Run("the component's own defaults", func(t *testing.T) {
		t.Parallel()
		inputs, _, _ := component(t, nil, nil, object{"maxRows": 1000, "statementTimeoutMs": 30000, "budgetQueriesPerHour": 1000, "migrationSafety": "block"}, nil)
		assert.Equal(t, object{"name": "Support, read only"}, inputs["policy"])
	})
	t.Run("every part", func(t *testing.T) {
		t.Parallel()
		inputs, _, file := component(t, func(env *enginetest.Env, project, policy, agent string) {
			database := env.Local.Objects("databases")[0]["id"]
			env.Create("Replica", "x", object{"databaseId": database, "host": "eu.example.com", "port": 5433, "sslMode": "prefer"})
			env.Create("Replica", "x", object{"databaseId": database, "host": "us.example.com", "port": 5432})
			env.Create("WebhookEndpoint", "x", object{"projectId": project, "url": "http://127.0.0.1/hook", "secret": "planted"})
			env.Create("ProjectDefaultPolicy", "x", object{"projectId": project, "policyProfileId": policy})
			env.Create("AnomalyRule", "x", object{"projectId": project, "credentialId": agent, "metric": "queries_per_hour", "floor": 2})
			env.Create("AnomalyRule", "y", object{"projectId": project, "metric": "queries_per_hour"})
		}, object{"residency": "eu"}, object{"accessMode": "read_write"}, nil)
		delete(inputs, "policy")
		delete(inputs, "database")
		assert.Equal(t, object{
			"orgId": "org_local", "name": "shop", "residency": "eu", "agent": object{"name": "Support bot"}, "enforceForHumans": true,
			"replicas": []any{
				object{"name": "eu", "host": "eu.example.com", "port": 5433, "sslMode": "prefer"}, object{"name": "us", "host": "us.example.com", "port": 5432},
			},
			"webhook":               object{"url": "http://127.0.0.1/hook"},
			"anomalyRules":          object{"queries_per_hour": object{"metric": "queries_per_hour", "floor": 2}},
			"allowUnapprovedWrites": true, "allowInsecureTransport": true,
		}, inputs)
		var names []string
		for _, r := range file.Resources {
			names = append(names, r.Name)
		}
		assert.Equal(t, []string{
			"shop", "shop-project", "shop-default-policy", "shop-replica-eu", "shop-replica-us", "shop-policy", "shop-agent", "shop-webhook",
			"shop-anomaly-queries_per_hour", "shop-anomaly-rule-queries-per-hour",
		}, names)
	})
	for name, test := range map[string]struct {
		change  func(env *enginetest.Env, project, policy, agent string)
		project object
		want    string
	}{
		"status": {project: object{"status": "suspended"}, want: "as the inputs of the component, status is not a valid property"},
		"policies": {change: func(env *enginetest.Env, project, _, _ string) {
			env.Create("PolicyProfile", "x", object{"projectId": project, "name": "x"})
		}, want: "it has 2 objects of the kind PolicyProfile"},
		"no agent": {change: func(env *enginetest.Env, _, _, agent string) {
			require.NoError(env, env.Local.Remove("agents", agent))
		}, want: "it has no AgentCredential"},
		"database": {change: func(env *enginetest.Env, project, _, _ string) {
			env.Create("Database", "x", scenario.Merge(enginetest.DatabaseInputs, object{"projectId": project}))
		}, want: "it has a Database besides its primary database"},
		"no database": {change: func(env *enginetest.Env, _, _, _ string) {
			require.NoError(env, env.Local.Remove("databases", env.Local.Objects("databases")[0]["id"].(string)))
		}, want: "it has no primary database"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, note, _ := component(t, test.change, test.project, nil, nil)
			assert.Regexp(t, `^shop \(prj_\w+\): `+test.want, note)
		})
	}
}

// TestImportFileOfAnAccount requires the format that the CLI reads.
func TestImportFileOfAnAccount(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	_, file, _ := mustWalk(t, accountOf(t, local, nil))
	var text bytes.Buffer
	require.NoError(t, file.Write(&text))
	assert.JSONEq(t, `{"resources": []}`, text.String())
}
