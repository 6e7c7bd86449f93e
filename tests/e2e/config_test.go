// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// The places of a setting.
const (
	inStack       = "stack"
	inProvider    = "provider"
	inEnvironment = "environment"
	// behindProvider is the stack, if the program has a provider without the setting.
	behindProvider = "stack, behind a provider"
)

// newStackWithSetting creates a stack with one project, whose provider has a setting.
func newStackWithSetting(t *testing.T, local *localapi.Local, place, setting, variable, value string) *clitest.Stack {
	t.Helper()
	var env []string
	if place == inEnvironment {
		env = append(env, variable+"="+value)
	}
	program := oneProject
	if place == inProvider || place == behindProvider {
		inputs := "requestTimeout: 10s"
		if place == inProvider {
			inputs = setting + ": " + value
		}
		program = strings.Replace(program, "resources:", "resources:\n  own:\n    type: pulumi:providers:pgbeam\n    properties: { "+inputs+" }", 1)
		program = strings.Replace(program, "    type: pgbeam:Project\n", "    type: pgbeam:Project\n    options: { provider: \"${own}\" }\n", 1)
	}
	s := clitest.New(t, local, program, env...)
	if place == inStack || place == behindProvider {
		// Written to the file, because the CLI does not accept negative numbers.
		file := filepath.Join(s.Dir, "Pulumi."+stacktest.Name+".yaml")
		config, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, []byte(string(config)+"config:\n  pgbeam:"+setting+": "+value+"\n"), 0o600))
	}
	return s
}

// assertRejected fails unless every command fails with the expected messages, and
// none prints the secret.
func assertRejected(s *clitest.Stack, secret string, messages ...string) {
	s.Helper()
	for _, command := range [][]string{{"preview", "--diff"}, {"up", "--yes", "--skip-preview"}} {
		output := s.MustFail(command...)
		for _, part := range messages {
			assert.Contains(s, output, part, command)
		}
		assert.NotContains(s, output, secret, command)
	}
	assert.Empty(s, s.Local.Requests())
	assert.NotContains(s, s.State(), "project")
}

// TestPasswordInBaseURLIsRejected requires that the password is not printed either.
func TestPasswordInBaseURLIsRejected(t *testing.T) {
	t.Parallel()
	const password = "url-planted-1c9e"
	for place, name := range map[string]string{
		inStack: "baseUrl", inProvider: "baseUrl", inEnvironment: "PGBEAM_API_URL", behindProvider: "pgbeam:baseUrl",
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			local := contracttest.Start(t, localapi.Options{})
			s := newStackWithSetting(t, local, place, "baseUrl", "PGBEAM_API_URL", "https://user:"+password+"@api.pgbeam.com")
			assertRejected(s, password, name, "must have no user, query or fragment")
		})
	}
	t.Run("secret", func(t *testing.T) {
		t.Parallel()
		s := clitest.New(t, contracttest.Start(t, localapi.Options{}), oneProject)
		s.AddCanary("the password of the base URL", password)
		s.Must("config", "set-all", "--secret", "pgbeam:baseUrl=ftp://user:"+password+"@api.pgbeam.com")
		assertRejected(s, password, "baseUrl must be a URL that begins with https://")
	})
}

// TestInvalidNumbersAreRejected requires an error that names the setting, in every
// place, and also from commands that run no program.
func TestInvalidNumbersAreRejected(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ place, setting, variable, value, says string }{
		{inStack, "maxConcurrency", "", "-1", "maxConcurrency must be at least 1"},
		{inStack, "maxConcurrency", "", "0", "maxConcurrency must be at least 1"},
		{inStack, "maxRetries", "", `"-1"`, "maxRetries must be at least 0"},
		{inStack, "maxRetries", "", "1.5", "maxRetries must be a whole number"},
		{inStack, "maxRetries", "", "abc", "maxRetries must be a whole number"},
		{inStack, "requestTimeout", "", "-1s", "requestTimeout must be a time such as 30s or 2m"},
		{inProvider, "maxConcurrency", "", "-1", "maxConcurrency must be at least 1"},
		{inProvider, "maxRetries", "", "1.5", "maxRetries must be a whole number"},
		{behindProvider, "maxConcurrency", "", "-1", "pgbeam:maxConcurrency must be at least 1"},
		{behindProvider, "maxRetries", "", "-1", "pgbeam:maxRetries must be at least 0"},
		{inEnvironment, "maxConcurrency", "PGBEAM_MAX_CONCURRENCY", "-1", "PGBEAM_MAX_CONCURRENCY must be at least 1"},
		{inEnvironment, "requestTimeout", "PGBEAM_REQUEST_TIMEOUT", "soon", "PGBEAM_REQUEST_TIMEOUT must be a time such as 30s or 2m"},
	} {
		t.Run(test.place+", "+test.setting+" "+strings.Trim(test.value, `"`), func(t *testing.T) {
			t.Parallel()
			local := contracttest.Start(t, localapi.Options{})
			s := newStackWithSetting(t, local, test.place, test.setting, test.variable, test.value)
			output := s.MustFail("up", "--yes")
			assert.Contains(t, output, test.says)
			assert.NotContains(t, output, "got", "the error does not have the value")
			assert.Empty(t, local.Requests())
		})
	}
	t.Run("without a program", func(t *testing.T) {
		t.Parallel()
		local := contracttest.Start(t, localapi.Options{})
		s := clitest.New(t, local, oneProject)
		s.Up()
		s.AddCanaries()
		s.Must("config", "set-all", "--plaintext", "pgbeam:maxConcurrency=-1")
		local.ResetRequests()
		for _, command := range []string{"refresh", "destroy"} {
			assert.Contains(t, s.MustFail(command, "--yes"), "pgbeam:maxConcurrency must be at least 1", command)
		}
		assert.Empty(t, local.Requests())
		assert.Contains(t, s.State(), "project")
	})
}

// TestEmptyKeyFallsBackToEnvironment sets an empty API key, as a CI system does for
// a secret that it does not have.
func TestEmptyKeyFallsBackToEnvironment(t *testing.T) {
	t.Parallel()
	for _, place := range []string{inStack, inProvider} {
		for name, value := range map[string]string{"empty": `""`, "blank": `" "`} {
			t.Run(place+", "+name, func(t *testing.T) {
				t.Parallel()
				local := contracttest.Start(t, localapi.Options{})
				s := newStackWithSetting(t, local, place, "apiKey", "", value)
				s.Up()
				s.AddCanaries()
				require.Equal(t, 2, local.Count("*", ""))
				assert.Equal(t, "Bearer "+local.APIKey, local.Requests()[0].Header.Get("Authorization"))
				s.Up("--expect-no-changes")
				s.Must("destroy", "--yes")
				assert.Equal(t, 1, local.Ran(http.MethodDelete, "/v1/projects/*"))
				s.AssertEmpty()
			})
		}
	}
	t.Run("secret, in the stack, before a provider", func(t *testing.T) {
		t.Parallel()
		local := contracttest.Start(t, localapi.Options{})
		s := newStackWithSetting(t, local, inProvider, "apiKey", "", `{ fn::secret: "" }`)
		s.Must("config", "set-all", "--secret", "pgbeam:apiKey=")
		s.Up()
		s.AddCanaries()
		assert.Equal(t, 2, local.Count("*", ""))
	})
}

// TestInvalidKeyIsRejected uses keys that no HTTP header can have. They are rejected
// before the first request and not printed.
func TestInvalidKeyIsRejected(t *testing.T) {
	t.Parallel()
	const key = "pbo_key-planted-7d21"
	for name, test := range map[string]struct{ place, end, says string }{
		"a control character, stack":       {inStack, `\x01`, "apiKey must not contain control characters"},
		"a control character, provider":    {inProvider, `\x1b`, "apiKey must not contain control characters"},
		"a control character, environment": {inEnvironment, "\x01", "PGBEAM_API_KEY must not contain control characters"},
		"white space, stack":               {inStack, ` x`, "apiKey must not contain white space"},
		"another script, environment":      {inEnvironment, "ключ", "PGBEAM_API_KEY must not contain characters outside of ASCII"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			value := key + test.end
			if test.place != inEnvironment {
				value = `"` + value + `"`
			}
			local := contracttest.Start(t, localapi.Options{})
			s := newStackWithSetting(t, local, test.place, "apiKey", "PGBEAM_API_KEY", value)
			assertRejected(s, key, test.says, "pulumi config set pgbeam:apiKey --secret", "configure()", "environment variable PGBEAM_API_KEY")
		})
	}
}

// TestVersionInBaseURLIsNotDoubled uses a base URL with the version, as examples of
// requests have it.
func TestVersionInBaseURLIsNotDoubled(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]string{"/v1": inStack, "/v1/": inEnvironment} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := contracttest.Start(t, localapi.Options{})
			s := newStackWithSetting(t, local, place, "baseUrl", "PGBEAM_API_URL", local.URL+name)
			s.Up()
			s.AddCanaries()
			s.Up("--refresh", "--expect-no-changes")
			s.Must("destroy", "--yes")
			assert.Positive(t, local.Count("*", ""))
			assert.Zero(t, local.Count("*", "/v1/v1/*")+local.Count("*", "/v1/v1/*/*"))
			s.AssertEmpty()
		})
	}
}

// TestCacheRuleOfQueryShape deploys a cache rule together with its database, as a
// user of pgbeam-local does.
func TestCacheRuleOfQueryShape(t *testing.T) {
	t.Parallel()
	const sql = "SELECT * FROM users WHERE id = 7"
	hash, normalized := localapi.QueryShape(sql)
	local := contracttest.Start(t, localapi.Options{QueryShapes: []string{sql}})
	s := clitest.New(t, local, strings.Replace(oneProject, "outputs:", `  rule:
    type: pgbeam:CacheRule
    properties: { projectId: "${project.id}", databaseId: "${project.primaryDatabaseId}", queryHash: "`+hash+`", cacheEnabled: true, cacheTtlSeconds: 60 }
outputs:
  sql: ${rule.normalizedSql}`, 1))
	s.Up()
	s.AddCanaries()
	assert.Equal(t, normalized, s.Outputs()["sql"])
	rules := local.Objects("cache-rules")
	require.Len(t, rules, 1)
	assert.Equal(t, 60.0, rules[0]["cache_ttl_seconds"])
	assert.Equal(t, 1, local.Ran(http.MethodPut, "/v1/projects/*/databases/*/cache-rules/*"))
}
