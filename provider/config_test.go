// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

type settings = map[string]string

var project = enginetest.Inputs(map[string]any{
	"orgId": "org_local",
	"database": map[string]any{
		"host": "db.example.com", "port": 5432, "name": "shop", "username": "pgbeam", "password": "hunter2",
	},
})

// configured returns an engine whose provider has settings of a program or a
// stack besides those of the environment.
func configured(t *testing.T, environment settings, config map[string]any) (*enginetest.Engine, error) {
	t.Helper()
	engine := enginetest.New(t, nil, environment)
	checked, err := engine.Server.CheckConfig(p.CheckRequest{
		Urn: "urn:pulumi:test::project::pulumi:providers:pgbeam::default", Inputs: enginetest.Inputs(config),
	})
	require.NoError(t, err)
	if len(checked.Failures) > 0 {
		return nil, fmt.Errorf("%v", checked.Failures)
	}
	return engine, engine.Server.Configure(p.ConfigureRequest{Args: checked.Inputs})
}

// TestOrderOfSettings: what the program or the stack gives comes before the environment.
func TestOrderOfSettings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment settings
		config      map[string]any
		key         string
	}{
		"environment alone":   {settings{"PGBEAM_API_KEY": "pbo_env"}, nil, "pbo_env"},
		"configuration alone": {nil, map[string]any{"apiKey": "pbo_config"}, "pbo_config"},
		"configuration first": {settings{"PGBEAM_API_KEY": "pbo_env"}, map[string]any{"apiKey": "pbo_config"}, "pbo_config"},
		"the stack's, where a provider has none": {
			settings{"PGBEAM_API_KEY": "pbo_env", "PULUMI_CONFIG": `{"apiKey":"pbo_stack"}`}, nil, "pbo_stack",
		},
		"the provider's before the stack's": {
			settings{"PGBEAM_API_KEY": "pbo_env", "PULUMI_CONFIG": `{"apiKey":"pbo_stack"}`}, map[string]any{"apiKey": "pbo_config"}, "pbo_config",
		},
		"a stack that says nothing of it": {
			settings{"PGBEAM_API_KEY": "pbo_env", "PULUMI_CONFIG": `{"maxRetries":"1"}`}, nil, "pbo_env",
		},
		"another program's variable": {settings{"PGBEAM_API_KEY": "pbo_env", "PULUMI_CONFIG": "x"}, nil, "pbo_env"},
		"white space around it":      {settings{"PGBEAM_API_KEY": " pbo_env\n"}, nil, "pbo_env"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := contracttest.Start(t, localapi.Options{APIKeys: map[string]string{test.key: "org_local"}})
			environment := settings{"PGBEAM_API_URL": local.URL}
			for setting, value := range test.environment {
				environment[setting] = value
			}
			engine, err := configured(t, environment, test.config)
			require.NoError(t, err)
			result := engine.Up(&enginetest.Resource{Kind: "Project", Name: "shop"}, project)
			require.NoError(t, result.Err)
			require.Len(t, local.Requests(), 1)
			assert.Equal(t, "Bearer "+test.key, local.Requests()[0].Header.Get("Authorization"))
			assert.Regexp(t, `^pulumi-pgbeam/\S+ \(\w+; \w+\)$`, local.Requests()[0].Header.Get("User-Agent"))
		})
	}
}

func TestAddressFromTheConfiguration(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	engine, err := configured(t, settings{"PGBEAM_API_KEY": local.APIKey, "PGBEAM_API_URL": "https://nobody.invalid"},
		map[string]any{"baseUrl": local.URL + "/"})
	require.NoError(t, err)
	result := engine.Up(&enginetest.Resource{Kind: "Project", Name: "shop"}, project)
	require.NoError(t, result.Err)
}

func TestRetriesAreThoseOfTheSettings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment settings
		config      map[string]any
		requests    int
	}{
		"none":                {settings{"PGBEAM_MAX_RETRIES": "0"}, nil, 1},
		"environment":         {settings{"PGBEAM_MAX_RETRIES": "2"}, nil, 3},
		"configuration":       {settings{"PGBEAM_MAX_RETRIES": "5"}, map[string]any{"maxRetries": 1}, 2},
		"an empty variable":   {settings{"PGBEAM_MAX_RETRIES": "", "PGBEAM_REQUEST_TIMEOUT": "", "PGBEAM_MAX_CONCURRENCY": ""}, nil, 6},
		"the stack":           {settings{"PGBEAM_MAX_RETRIES": "5", "PULUMI_CONFIG": `{"maxRetries":"1"}`}, nil, 2},
		"the provider first":  {settings{"PULUMI_CONFIG": `{"maxRetries":"5"}`}, map[string]any{"maxRetries": 1}, 2},
		"as a stack gives it": {settings{"PGBEAM_MAX_RETRIES": "5"}, map[string]any{"maxRetries": "1"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := contracttest.Start(t, localapi.Options{})
			local.AddFault(localapi.Fault{Method: "POST", Status: 503, Code: "SERVICE_UNAVAILABLE", RetryAfter: "0"})
			environment := settings{"PGBEAM_API_KEY": local.APIKey, "PGBEAM_API_URL": local.URL}
			for setting, value := range test.environment {
				environment[setting] = value
			}
			engine, err := configured(t, environment, test.config)
			require.NoError(t, err)
			result := engine.Up(&enginetest.Resource{Kind: "Project", Name: "shop"}, project)
			require.Error(t, result.Err)
			assert.Len(t, local.Requests(), test.requests)
		})
	}
}

func TestNoKeyIsToldOnce(t *testing.T) {
	t.Parallel()
	for name, environment := range map[string]settings{"none": {}, "empty": {"PGBEAM_API_KEY": ""}, "blank": {"PGBEAM_API_KEY": "  "}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine, err := configured(t, environment, nil)
			require.NoError(t, err, "a preview needs no key")
			preview := engine.Preview(&enginetest.Resource{Kind: "Project", Name: "shop"}, project)
			require.NoError(t, preview.Err)

			first := engine.Up(&enginetest.Resource{Kind: "Project", Name: "first"}, project)
			require.Error(t, first.Err)
			for _, way := range []string{"pulumi config set pgbeam:apiKey --secret", "configure()", "PGBEAM_API_KEY"} {
				assert.Contains(t, first.Err.Error(), way)
			}
			second := engine.Up(&enginetest.Resource{Kind: "Project", Name: "second"}, project)
			require.Error(t, second.Err)
			assert.NotContains(t, second.Err.Error(), "PGBEAM_API_KEY")
		})
	}
}

func TestBadSettings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment settings
		config      map[string]any
		problem     string
	}{
		"no URL":                       {nil, map[string]any{"baseUrl": "pgbeam"}, "baseUrl must be a URL that begins with https://"},
		"another scheme":               {nil, map[string]any{"baseUrl": "ftp://api.pgbeam.com"}, "baseUrl must be a URL that begins with https://"},
		"clear text":                   {nil, map[string]any{"baseUrl": "http://api.pgbeam.com"}, "baseUrl must begin with https://"},
		"clear text, environment":      {settings{"PGBEAM_API_URL": "http://10.0.0.1"}, nil, "PGBEAM_API_URL) must begin with https://"},
		"negative retries":             {nil, map[string]any{"maxRetries": -1}, "maxRetries must be at least 0; got -1"},
		"negative retries, env":        {settings{"PGBEAM_MAX_RETRIES": "-1"}, nil, "PGBEAM_MAX_RETRIES) must be at least 0"},
		"retries in words":             {nil, map[string]any{"maxRetries": "many"}, `maxRetries must be a whole number; got "many"`},
		"retries in words, env":        {settings{"PGBEAM_MAX_RETRIES": "many"}, nil, "PGBEAM_MAX_RETRIES"},
		"retries in words, stack":      {settings{"PULUMI_CONFIG": `{"maxRetries":"many"}`}, nil, `pgbeam:maxRetries must be a whole number; got "many"`},
		"no requests at all":           {nil, map[string]any{"maxConcurrency": 0}, "maxConcurrency must be at least 1; got 0"},
		"a time without a unit":        {nil, map[string]any{"requestTimeout": "30"}, `requestTimeout must be a time such as 30s or 2m; got "30"`},
		"no time":                      {settings{"PGBEAM_REQUEST_TIMEOUT": "0s"}, nil, "PGBEAM_REQUEST_TIMEOUT) must be longer than 0"},
		"a setting that there is not":  {nil, map[string]any{"apikey": "pbo_secret"}, "apikey is not a property here (did you mean apiKey?)"},
		"a key of the wrong kind":      {nil, map[string]any{"apiKey": 5}, "apiKey must be a string"},
		"a key that cannot be sent on": {nil, map[string]any{"apiKey": "pbo se cret"}, "the API key contains white space"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := newConfigured(t, test.environment, test.config)
			require.Error(t, err)
			assert.Contains(t, err.Error(), test.problem)
			assert.NotContains(t, err.Error(), "pbo_secret")
			assert.NotContains(t, err.Error(), "se cret")
		})
	}
}

// newConfigured is configured for an environment that may be wrong itself.
func newConfigured(t *testing.T, environment settings, config map[string]any) (*enginetest.Engine, error) {
	t.Helper()
	if environment == nil {
		return configured(t, settings{}, config)
	}
	return nil, enginetest.Configure(t, environment)
}

// TestAConfigurationThatChangesReplacesNothing: a provider that is replaced
// takes every resource of the stack with it.
func TestAConfigurationThatChangesReplacesNothing(t *testing.T) {
	t.Parallel()
	engine := enginetest.New(t, nil)
	olds := enginetest.Inputs(map[string]any{"apiKey": "pbo_old", "baseUrl": "https://a.example.com", "maxRetries": 1})
	for name, news := range map[string]property.Map{
		"another key":     olds.Set("apiKey", property.New("pbo_new").WithSecret(true)),
		"another address": olds.Set("baseUrl", property.New("https://b.example.com")),
		"none at all":     {},
		"all of them":     enginetest.Inputs(map[string]any{"apiKey": "x", "maxConcurrency": 2, "requestTimeout": "1s"}),
		"not known yet":   olds.Set("apiKey", enginetest.Unknown),
	} {
		diff, err := engine.Server.DiffConfig(p.DiffRequest{State: olds, OldInputs: olds, Inputs: news})
		require.NoError(t, err)
		assert.True(t, diff.HasChanges, name)
		assert.False(t, diff.DeleteBeforeReplace)
		for setting, change := range diff.DetailedDiff {
			assert.NotContains(t, change.Kind, "replace", setting)
		}
	}
	same, err := engine.Server.DiffConfig(p.DiffRequest{State: olds, OldInputs: olds, Inputs: olds})
	require.NoError(t, err)
	assert.False(t, same.HasChanges)
}

func TestTheKeyIsSecretAndTheEnvironmentIsNotStored(t *testing.T) {
	t.Parallel()
	engine := enginetest.New(t, nil, settings{"PGBEAM_API_KEY": "pbo_env"})
	checked, err := engine.Server.CheckConfig(p.CheckRequest{Inputs: enginetest.Inputs(map[string]any{"apiKey": "pbo_plain"})})
	require.NoError(t, err)
	assert.True(t, checked.Inputs.Get("apiKey").Secret())
	checked, err = engine.Server.CheckConfig(p.CheckRequest{Inputs: property.Map{}})
	require.NoError(t, err)
	assert.Zero(t, checked.Inputs.Len())
}

func TestSchemaOfThePackage(t *testing.T) {
	t.Parallel()
	answer, err := enginetest.New(t, nil).Server.GetSchema(p.GetSchemaRequest{})
	require.NoError(t, err)
	var schema struct {
		Name, DisplayName, Publisher, License, Homepage, Repository, PluginDownloadURL string
		Keywords                                                                       []string
		Config                                                                         struct {
			Variables map[string]struct {
				Description string
				Secret      bool
				DefaultInfo any
			}
		}
		Resources map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(answer.Schema), &schema))
	assert.Equal(t, "pgbeam", schema.Name)
	assert.Equal(t, "github://api.github.com/pgbeam/pulumi-pgbeam", schema.PluginDownloadURL)
	assert.Equal(t, "Apache-2.0", schema.License)
	assert.Subset(t, schema.Keywords, []string{"pulumi", "pgbeam", "kind/native", "category/database"})
	assert.Contains(t, schema.Resources, "pgbeam:index:SecureAgentProject")
	assert.Len(t, schema.Config.Variables, 5)
	for name, variable := range schema.Config.Variables {
		assert.NotEmpty(t, variable.Description, name)
		assert.Equal(t, name == "apiKey", variable.Secret, name)
		assert.Nil(t, variable.DefaultInfo, "a default from the environment would be stored in the state")
	}
}
