// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

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

// newEngine returns an engine whose provider is configured with inputs of the provider
// and with environment variables. It returns the error of CheckConfig or Configure.
func newEngine(t *testing.T, environment settings, config map[string]any) (*enginetest.Engine, error) {
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

func TestPrecedenceOfSettings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment settings
		config      map[string]any
		key         string
	}{
		"only the environment":          {settings{"PGBEAM_API_KEY": "pbo_env"}, nil, "pbo_env"},
		"only the configuration":        {nil, map[string]any{"apiKey": "pbo_config"}, "pbo_config"},
		"configuration and environment": {settings{"PGBEAM_API_KEY": "pbo_env"}, map[string]any{"apiKey": "pbo_config"}, "pbo_config"},
		"stack and environment": {
			settings{"PGBEAM_API_KEY": "pbo_env", "PULUMI_CONFIG": `{"apiKey":"pbo_stack"}`}, nil, "pbo_stack",
		},
		"all three": {
			settings{"PGBEAM_API_KEY": "pbo_env", "PULUMI_CONFIG": `{"apiKey":"pbo_stack"}`}, map[string]any{"apiKey": "pbo_config"}, "pbo_config",
		},
		"a stack without the setting": {
			settings{"PGBEAM_API_KEY": "pbo_env", "PULUMI_CONFIG": `{"maxRetries":"1"}`}, nil, "pbo_env",
		},
		"a PULUMI_CONFIG that is not JSON": {settings{"PGBEAM_API_KEY": "pbo_env", "PULUMI_CONFIG": "x"}, nil, "pbo_env"},
		"surrounding white space":          {settings{"PGBEAM_API_KEY": " pbo_env\n"}, nil, "pbo_env"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := contracttest.Start(t, localapi.Options{APIKeys: map[string]string{test.key: "org_local"}})
			environment := settings{"PGBEAM_API_URL": local.URL}
			for setting, value := range test.environment {
				environment[setting] = value
			}
			engine, err := newEngine(t, environment, test.config)
			require.NoError(t, err)
			result := engine.Up(&enginetest.Resource{Kind: "Project", Name: "shop"}, project)
			require.NoError(t, result.Err)
			require.Len(t, local.Requests(), 1)
			assert.Equal(t, "Bearer "+test.key, local.Requests()[0].Header.Get("Authorization"))
			assert.Regexp(t, `^pulumi-pgbeam/\S+ \(\w+; \w+\)$`, local.Requests()[0].Header.Get("User-Agent"))
		})
	}
}

func TestBaseURLFromTheConfiguration(t *testing.T) {
	t.Parallel()
	local := contracttest.Start(t, localapi.Options{})
	engine, err := newEngine(t, settings{"PGBEAM_API_KEY": local.APIKey, "PGBEAM_API_URL": "https://api.invalid"},
		map[string]any{"baseUrl": local.URL + "/"})
	require.NoError(t, err)
	result := engine.Up(&enginetest.Resource{Kind: "Project", Name: "shop"}, project)
	require.NoError(t, result.Err)
}

func TestMaxRetries(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		environment settings
		config      map[string]any
		requests    int
	}{
		"zero":                    {settings{"PGBEAM_MAX_RETRIES": "0"}, nil, 1},
		"environment":             {settings{"PGBEAM_MAX_RETRIES": "2"}, nil, 3},
		"configuration":           {settings{"PGBEAM_MAX_RETRIES": "5"}, map[string]any{"maxRetries": 1}, 2},
		"an empty variable":       {settings{"PGBEAM_MAX_RETRIES": "", "PGBEAM_REQUEST_TIMEOUT": "", "PGBEAM_MAX_CONCURRENCY": ""}, nil, 6},
		"stack and environment":   {settings{"PGBEAM_MAX_RETRIES": "5", "PULUMI_CONFIG": `{"maxRetries":"1"}`}, nil, 2},
		"configuration and stack": {settings{"PULUMI_CONFIG": `{"maxRetries":"5"}`}, map[string]any{"maxRetries": 1}, 2},
		"a number as text":        {settings{"PGBEAM_MAX_RETRIES": "5"}, map[string]any{"maxRetries": "1"}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := contracttest.Start(t, localapi.Options{})
			local.AddFault(localapi.Fault{Method: "POST", Status: 503, Code: "SERVICE_UNAVAILABLE", RetryAfter: "0"})
			environment := settings{"PGBEAM_API_KEY": local.APIKey, "PGBEAM_API_URL": local.URL}
			for setting, value := range test.environment {
				environment[setting] = value
			}
			engine, err := newEngine(t, environment, test.config)
			require.NoError(t, err)
			result := engine.Up(&enginetest.Resource{Kind: "Project", Name: "shop"}, project)
			require.Error(t, result.Err)
			assert.Len(t, local.Requests(), test.requests)
		})
	}
}

func TestMissingKeyIsReportedOnce(t *testing.T) {
	t.Parallel()
	for name, environment := range map[string]settings{"none": {}, "empty": {"PGBEAM_API_KEY": ""}, "blank": {"PGBEAM_API_KEY": "  "}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			engine, err := newEngine(t, environment, nil)
			require.NoError(t, err, "a preview does not need a key")
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

// secretPart is part of invalid values. No error may contain it.
const secretPart = "hunter2"

// TestInvalidSettings checks that the error names the setting and its source, and does
// not contain the value.
func TestInvalidSettings(t *testing.T) {
	t.Parallel()
	const withPassword = "https://user:" + secretPart + "@api.pgbeam.com"
	keyPlaces := "set it with `pulumi config set pgbeam:apiKey --secret`, with `apiKey` of the provider (or `configure()`), " +
		"or in the environment variable PGBEAM_API_KEY"
	for name, test := range map[string]struct {
		setting, variable string
		value             any // in the inputs of the provider
		problem           string
	}{
		"not a URL":                     {"baseUrl", "PGBEAM_API_URL", secretPart, "must be a URL that begins with https://"},
		"another scheme":                {"baseUrl", "PGBEAM_API_URL", "ftp://" + secretPart, "must be a URL that begins with https://"},
		"an unparsable URL":             {"baseUrl", "PGBEAM_API_URL", "https://user:" + secretPart + "%zz@api.pgbeam.com", "must be a URL that begins with https://"},
		"http":                          {"baseUrl", "PGBEAM_API_URL", "http://" + secretPart, "must begin with https://"},
		"a password":                    {"baseUrl", "PGBEAM_API_URL", withPassword, "must have no user, query or fragment"},
		"a password with http":          {"baseUrl", "PGBEAM_API_URL", "http://u:" + secretPart + "@localhost", "must have no user, query or fragment"},
		"a token":                       {"baseUrl", "PGBEAM_API_URL", "https://api.pgbeam.com?token=" + secretPart, "must have no user, query or fragment"},
		"a fragment":                    {"baseUrl", "PGBEAM_API_URL", "https://api.pgbeam.com#" + secretPart, "must have no user, query or fragment"},
		"negative retries":              {"maxRetries", "PGBEAM_MAX_RETRIES", -1, "must be at least 0"},
		"text for retries":              {"maxRetries", "PGBEAM_MAX_RETRIES", secretPart, "must be a whole number"},
		"a fraction for retries":        {"maxRetries", "PGBEAM_MAX_RETRIES", "1.5", "must be a whole number"},
		"too many retries":              {"maxRetries", "PGBEAM_MAX_RETRIES", "99999999999999999999", "must be a whole number"},
		"zero concurrency":              {"maxConcurrency", "PGBEAM_MAX_CONCURRENCY", 0, "must be at least 1"},
		"negative concurrency":          {"maxConcurrency", "PGBEAM_MAX_CONCURRENCY", -1, "must be at least 1"},
		"text for concurrency":          {"maxConcurrency", "PGBEAM_MAX_CONCURRENCY", secretPart, "must be a whole number"},
		"a fraction for concurrency":    {"maxConcurrency", "PGBEAM_MAX_CONCURRENCY", "1.5", "must be a whole number"},
		"a timeout without a unit":      {"requestTimeout", "PGBEAM_REQUEST_TIMEOUT", "30", "must be a time such as 30s or 2m"},
		"text for the timeout":          {"requestTimeout", "PGBEAM_REQUEST_TIMEOUT", secretPart, "must be a time such as 30s or 2m"},
		"a timeout of zero":             {"requestTimeout", "PGBEAM_REQUEST_TIMEOUT", "0s", "must be a time such as 30s or 2m"},
		"a negative timeout":            {"requestTimeout", "PGBEAM_REQUEST_TIMEOUT", "-1s", "must be a time such as 30s or 2m"},
		"a key with a space":            {"apiKey", "PGBEAM_API_KEY", "pbo_ " + secretPart, "must not contain white space: " + keyPlaces},
		"a key with a newline":          {"apiKey", "PGBEAM_API_KEY", "pbo_\n" + secretPart, "must not contain white space: " + keyPlaces},
		"a key with a NUL":              {"apiKey", "PGBEAM_API_KEY", "pbo_" + secretPart + "\x00", "must not contain control characters: " + keyPlaces},
		"a key with an escape":          {"apiKey", "PGBEAM_API_KEY", "\x1b[31m" + secretPart, "must not contain control characters: " + keyPlaces},
		"a key with a DEL":              {"apiKey", "PGBEAM_API_KEY", "pbo_" + secretPart + "\x7f", "must not contain control characters: " + keyPlaces},
		"a key with a non-ASCII letter": {"apiKey", "PGBEAM_API_KEY", "pbo_ü" + secretPart, "must not contain characters outside of ASCII: " + keyPlaces},
		"a key with a byte order mark":  {"apiKey", "PGBEAM_API_KEY", "\ufeff" + secretPart, "must not contain characters outside of ASCII: " + keyPlaces},
		"a key with invalid UTF-8":      {"apiKey", "PGBEAM_API_KEY", "pbo_\xff" + secretPart, "must not contain characters outside of ASCII: " + keyPlaces},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := fmt.Sprint(test.value)
			stack, err := json.Marshal(map[string]string{test.setting: text})
			require.NoError(t, err)
			_, checked := newEngine(t, settings{}, map[string]any{test.setting: test.value})
			_, checkedText := newEngine(t, settings{}, map[string]any{test.setting: text})
			for source, invalid := range map[string]struct {
				err  error
				name string
			}{
				"CheckConfig":           {checked, test.setting},
				"CheckConfig with text": {checkedText, test.setting},
				"Configure":             {enginetest.New(t, nil).Server.Configure(p.ConfigureRequest{Args: enginetest.Inputs(map[string]any{test.setting: test.value})}), test.setting + " of the provider"},
				"environment":           {enginetest.Configure(t, settings{test.variable: text}), "the environment variable " + test.variable},
				"stack":                 {enginetest.Configure(t, settings{"PULUMI_CONFIG": string(stack)}), "pgbeam:" + test.setting},
			} {
				require.Error(t, invalid.err, source)
				message := invalid.err.Error()
				assert.Contains(t, message, invalid.name+" "+test.problem, source)
				for _, quoted := range []string{secretPart, "got", text + `"`, "{" + text + "}"} {
					assert.NotContains(t, message, quoted, source)
				}
			}
		})
	}
	for name, test := range map[string]struct {
		config  map[string]any
		problem string
	}{
		"an unknown setting":         {map[string]any{"apikey": secretPart}, "apikey is not a valid property (did you mean apiKey?)"},
		"a key of the wrong type":    {map[string]any{"apiKey": 5}, "apiKey must be a string"},
		"a URL of the wrong type":    {map[string]any{"baseUrl": []any{secretPart}}, "baseUrl must be a string"},
		"a number of the wrong type": {map[string]any{"maxRetries": map[string]any{secretPart: secretPart}}, "maxRetries must be a whole number"},
	} {
		_, err := newEngine(t, settings{}, test.config)
		require.ErrorContains(t, err, test.problem, name)
		assert.NotContains(t, err.Error(), secretPart, name)
	}
}

// TestTestTime checks the variable that sets the clock of rotations.
func TestTestTime(t *testing.T) {
	t.Parallel()
	for _, invalid := range []string{"1", "true", "2027-01-01", "2027-01-01T00:00:00", "tomorrow", "1767225600"} {
		err := enginetest.Configure(t, settings{"PGBEAM_TEST_TIME": invalid})
		require.EqualError(t, err, "the environment variable PGBEAM_TEST_TIME must be an RFC 3339 timestamp such as 2027-01-01T00:00:00Z, or not set", invalid)
	}
	// It is no setting of the provider or the stack.
	_, err := newEngine(t, settings{}, map[string]any{"testTime": "2027-01-01T00:00:00Z"})
	require.ErrorContains(t, err, "testTime is not a valid property")
	require.NoError(t, enginetest.Configure(t, settings{"PULUMI_CONFIG": `{"testTime":"x"}`}))

	local := contracttest.Start(t, localapi.Options{})
	for value, rotatedAt := range map[string]string{
		"2027-01-01T00:00:00Z": "2027-01-01T00:00:00Z", " 2027-01-01T01:30:00.5+01:30\n": "2027-01-01T00:00:00Z", "": "", " ": "",
	} {
		before := time.Now().Truncate(time.Second)
		engine := enginetest.New(t, local, settings{"PGBEAM_TEST_TIME": value})
		enrollment := &enginetest.Resource{Kind: "SelfHostEnrollment", Name: "edge"}
		engine.MustUp(enrollment, map[string]any{"orgId": local.OrgID})
		if created := enrollment.State.Get("rotatedAt").AsString(); rotatedAt != "" {
			assert.Equal(t, rotatedAt, created)
		} else {
			at, err := time.Parse(time.RFC3339, created)
			require.NoError(t, err)
			assert.WithinRange(t, at, before, time.Now())
		}
	}
}

// TestCheckConfigFailuresNameNoProperty: see withoutPropertyNames.
func TestCheckConfigFailuresNameNoProperty(t *testing.T) {
	t.Parallel()
	checked, err := enginetest.New(t, nil).Server.CheckConfig(p.CheckRequest{Inputs: enginetest.Inputs(map[string]any{
		"apiKey": "a b", "baseUrl": "x", "maxRetries": -1, "maxConcurrency": 0, "requestTimeout": "x", "another": "x",
	})})
	require.NoError(t, err)
	require.Len(t, checked.Failures, 6)
	for _, failure := range checked.Failures {
		assert.Empty(t, failure.Property)
	}
}

// TestBlankSettingsAreNotSet checks that a blank value does not hide a value of another
// source.
func TestBlankSettingsAreNotSet(t *testing.T) {
	t.Parallel()
	names := []string{"apiKey", "baseUrl", "maxRetries", "maxConcurrency", "requestTimeout"}
	for _, blank := range []string{"", " ", "\t\n "} {
		for _, sources := range []string{"provider", "stack", "provider and stack", "all"} {
			t.Run(fmt.Sprintf("%q in %s", blank, sources), func(t *testing.T) {
				t.Parallel()
				local := contracttest.Start(t, localapi.Options{})
				local.AddFault(localapi.Fault{Method: "POST", Status: 503, RetryAfter: "0"})
				inputs, blanks := map[string]any{}, map[string]string{}
				for _, name := range names {
					inputs[name], blanks[name] = blank, blank
				}
				stack, err := json.Marshal(blanks)
				require.NoError(t, err)
				environment := settings{"PGBEAM_API_KEY": local.APIKey, "PGBEAM_API_URL": local.URL, "PGBEAM_MAX_RETRIES": "2"}
				if sources == "stack" {
					inputs = nil
				}
				if sources != "provider" {
					environment["PULUMI_CONFIG"] = string(stack)
				}
				requests := 3
				if sources == "all" {
					environment["PGBEAM_MAX_RETRIES"], environment["PGBEAM_REQUEST_TIMEOUT"], environment["PGBEAM_MAX_CONCURRENCY"] = blank, blank, blank
					requests = 6 // the default
				}
				engine, err := newEngine(t, environment, inputs)
				require.NoError(t, err)
				result := engine.Up(&enginetest.Resource{Kind: "Project", Name: "shop"}, project)
				require.ErrorContains(t, result.Err, "503")
				require.Len(t, local.Requests(), requests)
				assert.Equal(t, "Bearer "+local.APIKey, local.Requests()[0].Header.Get("Authorization"))

				// The same applies without CheckConfig.
				unchecked := enginetest.New(t, local)
				require.NoError(t, unchecked.Server.Configure(p.ConfigureRequest{
					Args: enginetest.Inputs(map[string]any{"apiKey": blank, "baseUrl": blank, "requestTimeout": blank}),
				}))
				local.ClearFaults()
				require.NoError(t, unchecked.Up(&enginetest.Resource{Kind: "Project", Name: "shop"}, project).Err)
			})
		}
	}
	// CheckConfig removes it, so that it is not stored in the state.
	checked, err := enginetest.New(t, nil).Server.CheckConfig(p.CheckRequest{
		Inputs: property.NewMap(map[string]property.Value{"apiKey": property.New(" ").WithSecret(true), "baseUrl": property.New(""), "maxRetries": property.New(" 3 ")}),
	})
	require.NoError(t, err)
	assert.Empty(t, checked.Failures)
	assert.Equal(t, property.NewMap(map[string]property.Value{"maxRetries": property.New(3.0)}), checked.Inputs)
}

// TestDiffConfigNeverReplaces checks that no change replaces the provider, which would
// replace all of its resources.
func TestDiffConfigNeverReplaces(t *testing.T) {
	t.Parallel()
	engine := enginetest.New(t, nil)
	olds := enginetest.Inputs(map[string]any{"apiKey": "pbo_old", "baseUrl": "https://a.example.com", "maxRetries": 1})
	for name, news := range map[string]property.Map{
		"another key": olds.Set("apiKey", property.New("pbo_new").WithSecret(true)),
		"another URL": olds.Set("baseUrl", property.New("https://b.example.com")),
		"all removed": {},
		"all changed": enginetest.Inputs(map[string]any{"apiKey": "x", "maxConcurrency": 2, "requestTimeout": "1s"}),
		"unknown key": olds.Set("apiKey", enginetest.Unknown),
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

func TestCheckConfigMarksTheKeyAndIgnoresTheEnvironment(t *testing.T) {
	t.Parallel()
	engine := enginetest.New(t, nil, settings{"PGBEAM_API_KEY": "pbo_env"})
	checked, err := engine.Server.CheckConfig(p.CheckRequest{Inputs: enginetest.Inputs(map[string]any{"apiKey": "pbo_plain"})})
	require.NoError(t, err)
	assert.True(t, checked.Inputs.Get("apiKey").Secret())
	checked, err = engine.Server.CheckConfig(p.CheckRequest{Inputs: property.Map{}})
	require.NoError(t, err)
	assert.Zero(t, checked.Inputs.Len())
}

func TestPackageSchema(t *testing.T) {
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
	assert.Len(t, schema.Config.Variables, 6)
	for name, variable := range schema.Config.Variables {
		assert.NotEmpty(t, variable.Description, name)
		assert.Equal(t, name == "apiKey", variable.Secret, name)
		assert.Nil(t, variable.DefaultInfo, "a default from the environment would be stored in the state")
	}
}
