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

// noKey is the one message about a missing key, the same in every language.
const noKey = "no PgBeam API key: set one with `pulumi config set pgbeam:apiKey --secret`, " +
	"with `apiKey` of the provider (or `configure()`), or in the environment variable PGBEAM_API_KEY"

// configuring are the languages that have configure().
var configuring = map[string]struct {
	driver  drivers
	program func(name string) string
	setting func(name string) string
}{
	"TypeScript": {node, nodeProgram, func(name string) string { return name }},
	"Python": {python, pythonProgram, func(name string) string {
		return map[string]string{"apiKey": "api_key", "baseUrl": "base_url", "maxRetries": "max_retries"}[name]
	}},
}

// sources are where a setting can stand, the first that has it being the one that counts.
var sources = []string{"configure", "stack", "environment"}

// subset is a set of sources, one bit for each.
type subset int

func (s subset) has(source int) bool { return s>>source&1 == 1 }

// first is the source that counts, and whether there is one.
func (s subset) first() (int, bool) {
	for source := range sources {
		if s.has(source) {
			return source, true
		}
	}
	return 0, false
}

func (s subset) String() string {
	var names []string
	for source, name := range sources {
		if s.has(source) {
			names = append(names, name)
		}
	}
	return "{" + strings.Join(names, " ") + "}"
}

// TestOrderOfSettings has each setting at every combination of the sources, each
// setting at another combination than the others, so that none follows another.
// All the programs of a language run in one process, at the same time, and see
// nothing of each other.
func TestOrderOfSettings(t *testing.T) {
	t.Parallel()
	for language, l := range configuring {
		for row := range 8 {
			// Without any address the request would leave this machine.
			keys, addresses, retries := subset(row), subset(1+row*3%7), subset((row*5+2)%8)
			t.Run(fmt.Sprintf("%s key %s address %s retries %s", language, keys, addresses, retries), func(t *testing.T) {
				t.Parallel()
				orderOfSettings(t, l.driver, l.program("configure"), l.setting, keys, addresses, retries)
			})
		}
	}
}

func orderOfSettings(t *testing.T, d drivers, file string, setting func(string) string, keys, addresses, retries subset) {
	valid := map[string]string{"pbo_configure_planted": "org_a", "pbo_stack_planted": "org_a", "pbo_environment_planted": "org_a"}
	key := func(source int) string { return "pbo_" + sources[source] + "_planted" }
	// Whoever has precedence allows more retries, and all of them more than the default: any other number would be too small.
	const byDefault = 5
	allowed := func(source int) int { return byDefault + len(sources) - source }
	failures := byDefault
	if from, ok := retries.first(); ok {
		failures = allowed(from)
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
		subset
		variable string
		value    func(source int) any
	}{
		"apiKey":     {keys, "PGBEAM_API_KEY", func(source int) any { return key(source) }},
		"baseUrl":    {addresses, "PGBEAM_API_URL", func(source int) any { return apis[source].URL }},
		"maxRetries": {retries, "PGBEAM_MAX_RETRIES", func(source int) any { return allowed(source) }},
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
	p := newProgram(t, d, apis[0], file, "", environment...)
	for key := range valid {
		p.AddCanary(key, key)
	}
	p.Must(stack...)

	keyFrom, hasKey := keys.first()
	addressFrom, _ := addresses.first()
	if !hasKey {
		assert.Contains(t, p.refused(), noKey)
		assert.Empty(t, apis[addressFrom].Requests())
		return
	}
	p.up()
	for source, api := range apis {
		if source != addressFrom {
			assert.Empty(t, api.Requests(), "the address comes from %s", sources[addressFrom])
			continue
		}
		assert.Len(t, api.Requests(), 2+failures, "one read, one write, and what failed")
		for _, r := range api.Requests() {
			assert.Equal(t, "Bearer "+key(keyFrom), r.Header.Get("Authorization"))
		}
	}
}

// TestProviders: a provider of one's own comes before what is configured, and so does a parent's.
func TestProviders(t *testing.T) {
	t.Parallel()
	for language, l := range configuring {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{APIKeys: map[string]string{"pbo_a_planted": "org_a", "pbo_b_planted": "org_b"}})
			p := newProgram(t, l.driver, local, l.program("providers"), "", "PGBEAM_API_KEY=")
			p.AddCanary("key b", "pbo_b_planted")
			p.AddCanary("the password", plantedPassword)
			p.Must("config", "set-all", "--secret", "keyA=pbo_a_planted", "--secret", "keyB=pbo_b_planted")
			p.Must("config", "set", "--secret", "password", plantedPassword)
			p.up()
			p.AddCanaries()
			checked := 0
			for name, resource := range p.State() {
				if !strings.HasPrefix(resource.Type, "pgbeam:") {
					assert.NotContains(t, name, "default_", "no default provider is needed")
					continue
				}
				checked++
				if resource.Provider == "" {
					assert.Equal(t, "pgbeam:index:SecureAgentProject", resource.Type)
					continue
				}
				provider := map[byte]string{'a': "::pgbeam-configure::", 'b': "::b::"}[name[0]]
				assert.Contains(t, resource.Provider, provider, name)
			}
			assert.Equal(t, 6+6*4, checked, "resources, and components with their three children")
			local.ResetRequests()
			p.unchanged()
			for _, r := range local.Requests() {
				assert.Equal(t, "GET", r.Method, "nothing but the project that is read")
			}
			p.Must("destroy", "--yes")
			assert.Empty(t, local.Objects("projects"))
		})
	}
}

func TestConfigureTwice(t *testing.T) {
	t.Parallel()
	for language, l := range configuring {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			p := newProgram(t, l.driver, local, l.program("configure-twice"), "", "PGBEAM_API_KEY=")
			p.Must("config", "set-all", "--plaintext", "orgId="+local.OrgID, "--secret", "key="+local.APIKey)
			p.up()
			provider := p.State()["pgbeam-configure"]
			assert.Equal(t, "pulumi:providers:pgbeam", provider.Type)
			assert.Equal(t, 0.0, provider.Inputs["maxRetries"], "what a later call leaves out stays")
			assert.NotContains(t, provider.Inputs, "baseUrl", "what comes from elsewhere is not stored")
			assert.Contains(t, p.State()["limit"].Provider, "::pgbeam-configure::")
			p.unchanged()
		})
	}
}

func TestConfigureTooLate(t *testing.T) {
	t.Parallel()
	for language, l := range configuring {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			p := newProgram(t, l.driver, local, l.program("configure-late"), "")
			p.Must("config", "set-all", "--plaintext", "orgId="+local.OrgID, "--secret", "key="+local.APIKey)
			printed := p.refused()
			assert.Contains(t, printed, `configure() was called after the resource "early" was created without these settings`)
			assert.Contains(t, printed, "call it before the first PgBeam resource")
		})
	}
}

// TestConfigureWithNothing: the default provider stays the one that is used.
func TestConfigureWithNothing(t *testing.T) {
	t.Parallel()
	for language, l := range configuring {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{})
			p := newProgram(t, l.driver, local, l.program("configure"), "")
			p.Must("config", "set", "orgId", local.OrgID)
			p.up()
			assert.Contains(t, p.State()["limit"].Provider, "::default")
			// Settings in the program take the place of the default provider's, and replace nothing.
			local.ResetRequests()
			p.Must("config", "set", "--secret", "settings", fmt.Sprintf(`{"%s":%q}`, l.setting("apiKey"), local.APIKey))
			p.up()
			assert.Contains(t, p.State()["limit"].Provider, "::pgbeam-configure::")
			assert.Zero(t, local.Count("PUT", "/v1/organizations/*/spend-limit"))
		})
	}
}
