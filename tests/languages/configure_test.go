// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// missingAPIKey is the error for a missing API key in every language.
const missingAPIKey = "no PgBeam API key: set one with `pulumi config set pgbeam:apiKey --secret`, " +
	"with `apiKey` of the provider (or `configure()`), or in the environment variable PGBEAM_API_KEY"

// configureLanguages are the languages whose SDK has the function configure.
var configureLanguages = map[string]struct {
	language language
	program  func(name string) string // path of a program
	setting  func(name string) string // name of a setting in the language
	function func(name string) string // name of a function in the language
}{
	"TypeScript": {node, nodeProgram, func(name string) string { return name }, func(name string) string { return name }},
	"Python": {python, pythonProgram, func(name string) string {
		return map[string]string{"apiKey": "api_key", "baseUrl": "base_url", "maxRetries": "max_retries"}[name]
	}, func(name string) string {
		return map[string]string{"getPlans": "get_plans"}[name]
	}},
}

// sources are the sources of a setting in order of precedence.
var sources = []string{"configure", "stack", "environment"}

// sourceSet is a bit set of sources.
type sourceSet int

func (s sourceSet) has(source int) bool { return s>>source&1 == 1 }

// first returns the source that takes precedence. It returns false if the set is
// empty.
func (s sourceSet) first() (int, bool) {
	for source := range sources {
		if s.has(source) {
			return source, true
		}
	}
	return 0, false
}

func (s sourceSet) String() string {
	var names []string
	for source, name := range sources {
		if s.has(source) {
			names = append(names, name)
		}
	}
	return "{" + strings.Join(names, " ") + "}"
}

// TestPrecedenceOfSettings tests each setting with every combination of sources.
// The combinations of the settings differ within a program, so that each setting is
// resolved independently. All programs of a language run concurrently in one
// process, and must not affect each other.
func TestPrecedenceOfSettings(t *testing.T) {
	t.Parallel()
	for name, test := range configureLanguages {
		for row := range 8 {
			// The URL is always set: the default is not a local API.
			keys, urls, retries := sourceSet(row), sourceSet(1+row*3%7), sourceSet((row*5+2)%8)
			t.Run(fmt.Sprintf("%s key %s URL %s retries %s", name, keys, urls, retries), func(t *testing.T) {
				t.Parallel()
				testPrecedence(t, test.language, test.program("configure"), test.setting, keys, urls, retries)
			})
		}
	}
}

func testPrecedence(t *testing.T, l language, file string, setting func(string) string, keys, urls, retries sourceSet) {
	valid := map[string]string{"pbo_configure_canary": "org_a", "pbo_stack_canary": "org_a", "pbo_environment_canary": "org_a"}
	key := func(source int) string { return "pbo_" + sources[source] + "_canary" }
	// A source with higher precedence allows more retries, and each allows more than the default. The number of retries of
	// any other source would therefore be too small.
	const defaultRetries = 5
	maxRetries := func(source int) int { return defaultRetries + len(sources) - source }
	failures := defaultRetries
	if source, ok := retries.first(); ok {
		failures = maxRetries(source)
	}
	var apis []*localapi.Local
	for range sources {
		local := localapi.Start(t, localapi.Options{APIKeys: valid})
		local.AddFault(localapi.Fault{Method: "PUT", Status: 503, Code: "SERVICE_UNAVAILABLE", RetryAfter: "0", Times: failures})
		apis = append(apis, local)
	}
	settings := map[string]any{}
	stack := []string{"config", "set-all", "--plaintext", "orgId=org_a"}
	environment := []string{"PGBEAM_API_KEY=", "PGBEAM_API_URL=", "PGBEAM_MAX_RETRIES="}
	for name, s := range map[string]struct {
		sourceSet
		variable string
		value    func(source int) any
	}{
		"apiKey":     {keys, "PGBEAM_API_KEY", func(source int) any { return key(source) }},
		"baseUrl":    {urls, "PGBEAM_API_URL", func(source int) any { return apis[source].URL }},
		"maxRetries": {retries, "PGBEAM_MAX_RETRIES", func(source int) any { return maxRetries(source) }},
	} {
		if s.has(0) {
			settings[setting(name)] = s.value(0)
		}
		if s.has(1) {
			kind := "--plaintext"
			if name == "apiKey" {
				kind = "--secret"
			}
			stack = append(stack, kind, fmt.Sprintf("pgbeam:%s=%v", name, s.value(1)))
		}
		if s.has(2) {
			environment = append(environment, fmt.Sprintf("%s=%v", s.variable, s.value(2)))
		}
	}
	if len(settings) > 0 {
		text, err := json.Marshal(settings)
		require.NoError(t, err)
		stack = append(stack, "--secret", "settings="+string(text))
	}
	p := newProgram(t, l, apis[0], file, "", environment...)
	for key := range valid {
		p.AddCanary(key, key)
	}
	p.Must(stack...)

	keySource, hasKey := keys.first()
	urlSource, _ := urls.first()
	if !hasKey {
		assert.Contains(t, p.upFails(), missingAPIKey)
		assert.Empty(t, apis[urlSource].Requests())
		return
	}
	p.up()
	for source, api := range apis {
		if source != urlSource {
			assert.Empty(t, api.Requests(), "the URL comes from %s", sources[urlSource])
			continue
		}
		assert.Len(t, api.Requests(), 2+failures, "a read, a write and the failed attempts")
		for _, r := range api.Requests() {
			assert.Equal(t, "Bearer "+key(keySource), r.Header.Get("Authorization"))
		}
	}
}

// TestProviders checks that an explicit provider and the provider of a parent take
// precedence over configure.
func TestProviders(t *testing.T) {
	t.Parallel()
	for name, test := range configureLanguages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{APIKeys: map[string]string{"pbo_a_canary": "org_a", "pbo_b_canary": "org_b"}})
			p := newProgram(t, test.language, local, test.program("providers"), "", "PGBEAM_API_KEY=")
			p.AddCanary("key b", "pbo_b_canary")
			p.AddCanary("the password", canaryPassword)
			p.Must("config", "set-all", "--secret", "keyA=pbo_a_canary", "--secret", "keyB=pbo_b_canary")
			p.Must("config", "set", "--secret", "password", canaryPassword)
			p.up()
			p.AddCanaries()
			resources := 0
			for name, resource := range p.State() {
				if !strings.HasPrefix(resource.Type, "pgbeam:") {
					assert.NotContains(t, name, "default_", "no default provider is created")
					continue
				}
				resources++
				if resource.Provider == "" {
					assert.Equal(t, "pgbeam:index:SecureAgentProject", resource.Type)
					continue
				}
				provider := map[byte]string{'a': "::pgbeam-configure::", 'b': "::b::"}[name[0]]
				assert.Contains(t, resource.Provider, provider, name)
			}
			assert.Equal(t, 6+6*4, resources, "resources, and components with three children each")
			local.ResetRequests()
			p.requireNoChanges()
			for _, r := range local.Requests() {
				assert.Equal(t, "GET", r.Method, "only Project.get sends a request")
			}
			p.Must("destroy", "--yes")
			assert.Empty(t, local.Objects("projects"))
		})
	}
}

func TestConfigureTwice(t *testing.T) {
	t.Parallel()
	for name, test := range configureLanguages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			p := newProgram(t, test.language, local, test.program("configure-twice"), "", "PGBEAM_API_KEY=")
			p.Must("config", "set-all", "--plaintext", "orgId="+local.OrgID, "--secret", "key="+local.APIKey)
			p.up()
			provider := p.State()["pgbeam-configure"]
			assert.Equal(t, "pulumi:providers:pgbeam", provider.Type)
			assert.Equal(t, 0.0, provider.Inputs["maxRetries"], "a later call keeps the settings that it omits")
			assert.NotContains(t, provider.Inputs, "baseUrl", "only settings of configure are stored")
			assert.Contains(t, p.State()["limit"].Provider, "::pgbeam-configure::")
			p.requireNoChanges()
		})
	}
}

func TestConfigureTooLate(t *testing.T) {
	t.Parallel()
	for name, test := range configureLanguages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			for program, use := range map[string]string{
				"configure-late":           `the resource "early" was created`,
				"configure-after-function": "the function " + test.function("getPlans") + " was called",
			} {
				p := newProgram(t, test.language, local, test.program(program), "")
				p.Must("config", "set-all", "--plaintext", "orgId="+local.OrgID, "--secret", "key="+local.APIKey)
				output := p.upFails()
				assert.Contains(t, output, "configure() was called after "+use+" without these settings")
				assert.Contains(t, output, "call it before the first PgBeam resource and the first function")
			}
		})
	}
}

// TestConfigureWithoutSettings checks that the default provider remains in use.
func TestConfigureWithoutSettings(t *testing.T) {
	t.Parallel()
	for name, test := range configureLanguages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			p := newProgram(t, test.language, local, test.program("configure"), "")
			p.Must("config", "set", "orgId", local.OrgID)
			p.up()
			assert.Contains(t, p.State()["limit"].Provider, "::default")
			// A change to the configured provider does not replace resources.
			local.ResetRequests()
			p.Must("config", "set", "--secret", "settings", fmt.Sprintf(`{"%s":%q}`, test.setting("apiKey"), local.APIKey))
			p.up()
			assert.Contains(t, p.State()["limit"].Provider, "::pgbeam-configure::")
			assert.Zero(t, local.Count("PUT", "/v1/organizations/*/spend-limit"))
		})
	}
}

// TestConfigureFunctions checks that functions use the provider of configure, unless they
// have another one.
func TestConfigureFunctions(t *testing.T) {
	t.Parallel()
	for name, test := range configureLanguages {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{APIKeys: map[string]string{"pbo_a_canary": "org_a", "pbo_b_canary": "org_b"}})
			p := newProgram(t, test.language, local, test.program("configure-functions"), "", "PGBEAM_API_KEY=")
			p.AddCanary("key b", "pbo_b_canary")
			p.Must("config", "set-all", "--secret", "keyA=pbo_a_canary", "--secret", "keyB=pbo_b_canary")
			p.preview()
			assert.NotZero(t, local.Count("GET", "/v1/organizations"), "the first preview has the settings")
			p.up()
			assert.Equal(t, map[string]any{"explicit": "org_b", "inherited": "org_b", "output": "org_a", "plain": "org_a"}, p.Outputs())
			assert.NotContains(t, p.Must("stack", "export"), "::default_", "no default provider is created")
			p.requireNoChanges()
		})
	}
}

// TestDefaultProviderInYAML checks that a provider of a YAML program can be that of all resources
// that have no other one.
func TestDefaultProviderInYAML(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := newYAML(t, local, []byte(`
name: default-provider
runtime: yaml
config:
  key: { type: string, secret: true }
resources:
  pgbeam:
    type: pulumi:providers:pgbeam
    defaultProvider: true
    properties: { apiKey: "${key}" }
  limit:
    type: pgbeam:SpendLimit
    properties: { orgId: `+local.OrgID+`, spendLimit: 50 }
`), "PGBEAM_API_KEY=")
	s.Must("config", "set", "--secret", "key", local.APIKey)
	s.Must("up", "--yes", "--skip-preview")
	assert.Contains(t, s.State()["limit"].Provider, "::pgbeam::")
	s.Must("destroy", "--yes", "--skip-preview")
}
