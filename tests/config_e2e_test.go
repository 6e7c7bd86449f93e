// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// Where a program can be given a setting.
const (
	inStack       = "stack"
	inProvider    = "provider"
	inEnvironment = "environment"
	// behindProvider is the stack, for a provider of the program that has other settings.
	behindProvider = "stack, behind a provider"
)

// settingsStack is a stack with one project, whose provider has a setting.
func settingsStack(t *testing.T, local *localapi.Local, place, setting, variable, value string) *stack {
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
	s := newStack(t, local, program, env...)
	if place == inStack || place == behindProvider {
		// As it is written by hand, too, which is how a negative number gets there.
		file := filepath.Join(s.Dir, "Pulumi."+stacktest.Name+".yaml")
		config, err := readFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(file, []byte(config+"config:\n  pgbeam:"+setting+": "+value+"\n"), 0o600))
	}
	return s
}

// refused asserts that every command stops at a setting, names it, and does not print what must not be seen.
func (s *stack) refused(hidden string, named ...string) {
	s.Helper()
	for _, command := range [][]string{{"preview", "--diff"}, {"up", "--yes", "--skip-preview"}} {
		printed := s.fails(command...)
		for _, part := range named {
			assert.Contains(s, printed, part, command)
		}
		assert.NotContains(s, printed, hidden, command)
	}
	assert.Empty(s, s.local.Requests())
	assert.NotContains(s, s.state(), "project")
}

// TestAPasswordInTheBaseURL is refused and not printed, wherever it is.
func TestAPasswordInTheBaseURL(t *testing.T) {
	t.Parallel()
	const password = "url-planted-1c9e"
	for place, name := range map[string]string{
		inStack: "baseUrl", inProvider: "baseUrl", inEnvironment: "PGBEAM_API_URL", behindProvider: "pgbeam:baseUrl",
	} {
		t.Run(place, func(t *testing.T) {
			t.Parallel()
			local := contracttest.Start(t, localapi.Options{})
			s := settingsStack(t, local, place, "baseUrl", "PGBEAM_API_URL", "https://user:"+password+"@api.pgbeam.com")
			s.refused(password, name, "must have no user, query or fragment")
		})
	}
	t.Run("secret", func(t *testing.T) {
		t.Parallel()
		s := newStack(t, contracttest.Start(t, localapi.Options{}), oneProject)
		s.plant("the password of the base URL", password)
		s.must("config", "set-all", "--secret", "pgbeam:baseUrl=ftp://user:"+password+"@api.pgbeam.com")
		s.refused(password, "baseUrl must be a URL that begins with https://")
	})
}

// TestBadNumbers are refused wherever they are, by their names, and by a refresh and a destroy that run no program, too.
func TestBadNumbers(t *testing.T) {
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
			s := settingsStack(t, local, test.place, test.setting, test.variable, test.value)
			printed := s.fails("up", "--yes")
			assert.Contains(t, printed, test.says)
			assert.NotContains(t, printed, "got", "no value is repeated")
			assert.Empty(t, local.Requests())
		})
	}
	t.Run("without a program", func(t *testing.T) {
		t.Parallel()
		local := contracttest.Start(t, localapi.Options{})
		s := newStack(t, local, oneProject)
		s.up()
		s.plantAll()
		s.must("config", "set-all", "--plaintext", "pgbeam:maxConcurrency=-1")
		local.ResetRequests()
		for _, command := range []string{"refresh", "destroy"} {
			assert.Contains(t, s.fails(command, "--yes"), "pgbeam:maxConcurrency must be at least 1", command)
		}
		assert.Empty(t, local.Requests())
		assert.Contains(t, s.state(), "project")
	})
}

// TestAnEmptyKeyHidesNone: a CI system passes on what it has no value for.
func TestAnEmptyKeyHidesNone(t *testing.T) {
	t.Parallel()
	for _, place := range []string{inStack, inProvider} {
		for name, value := range map[string]string{"empty": `""`, "blank": `" "`} {
			t.Run(place+", "+name, func(t *testing.T) {
				t.Parallel()
				local := contracttest.Start(t, localapi.Options{})
				s := settingsStack(t, local, place, "apiKey", "", value)
				s.up()
				s.plantAll()
				require.Equal(t, 2, local.Count("*", ""))
				assert.Equal(t, "Bearer "+local.APIKey, local.Requests()[0].Header.Get("Authorization"))
				s.up("--expect-no-changes")
				s.must("destroy", "--yes")
				assert.Equal(t, 1, local.Ran(http.MethodDelete, "/v1/projects/*"))
				assertEmpty(t, local)
			})
		}
	}
	t.Run("secret, in the stack, before a provider", func(t *testing.T) {
		t.Parallel()
		local := contracttest.Start(t, localapi.Options{})
		s := settingsStack(t, local, inProvider, "apiKey", "", `{ fn::secret: "" }`)
		s.must("config", "set-all", "--secret", "pgbeam:apiKey=")
		s.up()
		s.plantAll()
		assert.Equal(t, 2, local.Count("*", ""))
	})
}

// TestAKeyThatCannotBeSent is refused before a request is made, and not printed.
func TestAKeyThatCannotBeSent(t *testing.T) {
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
			s := settingsStack(t, local, test.place, "apiKey", "PGBEAM_API_KEY", value)
			s.refused(key, test.says, "pulumi config set pgbeam:apiKey --secret", "configure()", "environment variable PGBEAM_API_KEY")
		})
	}
}

// TestTheVersionInTheBaseURL is not doubled: an address is often given as it stands in an example of a request.
func TestTheVersionInTheBaseURL(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]string{"/v1": inStack, "/v1/": inEnvironment} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := contracttest.Start(t, localapi.Options{})
			s := settingsStack(t, local, place, "baseUrl", "PGBEAM_API_URL", local.URL+name)
			s.up()
			s.plantAll()
			s.up("--refresh", "--expect-no-changes")
			s.must("destroy", "--yes")
			assert.Positive(t, local.Count("*", ""))
			assert.Zero(t, local.Count("*", "/v1/v1/*")+local.Count("*", "/v1/v1/*/*"))
			assertEmpty(t, local)
		})
	}
}

// TestACacheRuleOfAQueryShape is deployed together with its database, as a user of pgbeam-local does.
func TestACacheRuleOfAQueryShape(t *testing.T) {
	t.Parallel()
	const sql = "SELECT * FROM users WHERE id = 7"
	hash, normalized := localapi.QueryShape(sql)
	local := contracttest.Start(t, localapi.Options{QueryShapes: []string{sql}})
	s := newStack(t, local, strings.Replace(oneProject, "outputs:", `  rule:
    type: pgbeam:CacheRule
    properties: { projectId: "${project.id}", databaseId: "${project.primaryDatabaseId}", queryHash: "`+hash+`", cacheEnabled: true, cacheTtlSeconds: 60 }
outputs:
  sql: ${rule.normalizedSql}`, 1))
	s.up()
	s.plantAll()
	assert.Equal(t, normalized, s.outputs()["sql"])
	rules := local.Objects("cache-rules")
	require.Len(t, rules, 1)
	assert.Equal(t, 60.0, rules[0]["cache_ttl_seconds"])
	assert.Equal(t, 1, local.Ran(http.MethodPut, "/v1/projects/*/databases/*/cache-rules/*"))
}
