// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build languages

package languages

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/components"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// canaryProxyKey is the API key of the organization of the proxies.
const canaryProxyKey = "pbo_proxies_canary"

// TestEveryComponent deploys the same program with every component in every language, and
// compares the results with that of YAML.
func TestEveryComponent(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(tools.Root, "tests", "languages", "yaml", "every-component", "Pulumi.yaml"))
	require.NoError(t, err)
	// All deployments are in the same turn of the rotating credential.
	now := "PGBEAM_TEST_TIME=" + time.Now().UTC().Format(time.RFC3339)
	var mutex sync.Mutex
	results := map[string]map[string]string{}
	deploy := func(t *testing.T, name string, newDeployment func(t *testing.T, local *localapi.Local) (d deployment, reduce func())) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := localapi.Start(t, localapi.Options{APIKeys: map[string]string{"pbo_local": "org_local", canaryProxyKey: "org_proxies"}})
			result := testEveryComponent(newDeployment(t, local))
			mutex.Lock()
			defer mutex.Unlock()
			results[name] = result
		})
	}
	t.Run("deploy", func(t *testing.T) {
		for name, test := range map[string]struct {
			language language
			file     string
		}{
			"TypeScript": {node, nodeProgram("every-component")},
			"Python":     {python, pythonProgram("every-component")},
			"Go":         {golang, "every-component"},
			"Java":       {java, "every-component"},
		} {
			deploy(t, name, func(t *testing.T, local *localapi.Local) (deployment, func()) {
				p := newProgram(t, test.language, local, test.file, "", now)
				return p.deployment(), func() { p.Must("config", "set", "reduced", "true") }
			})
		}
		deploy(t, "YAML", func(t *testing.T, local *localapi.Local) (deployment, func()) {
			s := newYAML(t, local, text, now)
			return yamlDeployment(s), func() {
				reduced := regexp.MustCompile(`(?m)^.* # unless reduced\n`).ReplaceAll(text, nil)
				require.NoError(t, os.WriteFile(filepath.Join(s.Dir, "Pulumi.yaml"), reduced, 0o600))
			}
		})
	})
	expected, ok := results["YAML"]
	if !ok {
		return // it has failed, or was not selected
	}
	for name, result := range results {
		for key := range expected {
			assert.Equal(t, expected[key], result[key], "%s: %s", name, key)
		}
		assert.Len(t, result, len(expected), name)
	}
}

// removedResources are the resources that the reduced program does not have.
var removedResources = []string{
	"shop-replica-dublin", "reporting-anomaly-hours", "fleet-agent-email-bot", "fleet-policy-email-bot", "tenants-agent-globex",
	"tenants-policy-globex", "tenants-test-globex", "people-person-support/grace", "migrations-webhook", "tripwires-decoy-ssns",
	"analytics-replica-dublin", "proxies-region-virginia",
}

// removedKeys are the keys of these resources in the outputs of the components.
var removedKeys = []string{"dublin", "hours", "email-bot", "globex", "support/grace", "ssns", "virginia"}

// testEveryComponent deploys the program, reduces it and destroys the stack. It returns what the
// program had deployed before it was reduced.
func testEveryComponent(d deployment, reduce func()) map[string]string {
	d.Helper()
	arguments := []string{"config", "set-all", "--plaintext", "orgId=org_local", "--plaintext", "proxyOrgId=org_proxies"}
	for name, value := range map[string]string{"dbPassword": canaryPassword, "webhookSecret": canaryWebhookSecret, "proxyApiKey": canaryProxyKey} {
		d.AddCanary(name, value)
		arguments = append(arguments, "--secret", name+"="+value)
	}
	d.Must(arguments...)
	d.preview()
	assert.Empty(d, d.Local.Requests(), "a preview sends no requests")
	d.up(false)
	d.AddCanaries()
	d.Must("stack", "output", "--json")
	state, outputs, objects := d.StateWithSecrets(), stackOutputs(d.Outputs()), apiObjects(d.Local)
	checkOutputs(d, state)
	deployed := describe(d, state)

	d.Local.ResetRequests()
	d.up(true)
	assert.Empty(d, mutations(d.Local))
	assert.Equal(d, objects, apiObjects(d.Local))

	d.Local.ResetRequests()
	reduce()
	d.up(false)
	var deletions []string
	remaining := map[string]string{}
	for name, r := range state {
		if !slices.Contains(removedResources, name) {
			remaining[name] = r.ID
			continue
		}
		for kind := range objects {
			if strings.HasSuffix(kind, " "+r.ID) {
				delete(objects, kind)
				deletions = append(deletions, "DELETE "+r.ID)
			}
		}
	}
	assert.Len(d, deletions, len(removedResources)-1, "all have objects but the PolicyTest")
	assert.ElementsMatch(d, deletions, mutations(d.Local))
	assert.Equal(d, objects, apiObjects(d.Local))
	ids := map[string]string{}
	for name, r := range d.State() {
		ids[name] = r.ID
	}
	assert.Equal(d, remaining, ids)
	for name, output := range outputs {
		switch output := output.(type) {
		case object:
			maps.DeleteFunc(output, func(key string, _ any) bool { return slices.Contains(removedKeys, key) })
		case []any:
			outputs[name] = output[:1] // the replicas
		}
	}
	delete(outputs, "migrations.webhookEndpointId")
	assert.Equal(d, outputs, stackOutputs(d.Outputs()))

	d.Must("destroy", "--yes", "--skip-preview")
	for kind := range apiObjects(d.Local) {
		assert.True(d, strings.HasPrefix(kind, "plan "), kind)
	}
	return deployed
}

// checkOutputs checks that the program has every component, and gives out all outputs of each.
func checkOutputs(d deployment, state map[string]stacktest.Resource) {
	d.Helper()
	outputs := stackOutputs(state["program-test"].Outputs)
	var kinds, deployed []string
	for _, component := range components.All() {
		kinds = append(kinds, "pgbeam:index:"+component.Kind())
	}
	for name, r := range state {
		if !slices.Contains(kinds, r.Type) {
			continue
		}
		deployed = append(deployed, r.Type)
		for output, value := range r.Outputs {
			assert.Equal(d, camelCaseKeys(value), outputs[name+"."+output], "%s.%s", name, output)
		}
	}
	assert.ElementsMatch(d, kinds, deployed)
}

// stackOutputs returns the outputs of a stack without those that are absent, which Java exports as
// empty strings. The names of Python are translated.
func stackOutputs(outputs object) object {
	outputs = camelCaseKeys(outputs).(object)
	maps.DeleteFunc(outputs, func(_ string, value any) bool { return value == "" })
	return outputs
}

// mutations returns the method and the last part of the path of each request that changes an object.
func mutations(local *localapi.Local) (requests []string) {
	for _, r := range stacktest.Mutations(local) {
		requests = append(requests, r.Method+" "+path.Base(r.Path))
	}
	return requests
}

// apiObjects returns the objects that the API has for a program by kind and ID, with their secrets.
func apiObjects(local *localapi.Local) map[string]object {
	objects := map[string]object{}
	for _, kind := range append(scenario.Collections(), "plan") {
		for _, o := range local.Objects(kind) {
			id, ok := o["id"].(string)
			if !ok {
				id = o["org_id"].(string)
			}
			for _, field := range []string{"password", "secret", "mcp_token", "token", "connection_string"} {
				if secret := local.Secret(kind, id, field); secret != "" {
					o[field] = secret
				}
			}
			objects[kind+" "+id] = o
		}
	}
	return objects
}

// describe returns the resources in the state, including the stack with its outputs, and the
// objects in the API as text. What the API and the provider generate is replaced by what it is.
func describe(d deployment, state map[string]stacktest.Resource) map[string]string {
	d.Helper()
	meanings := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(state)) {
		if id := state[name].ID; id != "" && meanings[id] == "" {
			meanings[id] = name
		}
	}
	objects := apiObjects(d.Local)
	for _, kind := range slices.Sorted(maps.Keys(objects)) {
		o := objects[kind]
		id, _ := o["id"].(string)
		if host, ok := o["host"].(string); ok {
			meanings[id] = host
		}
		for _, field := range []string{"pg_username", "mcp_token", "token", "connection_string", "dns_verification_token"} {
			if value, ok := o[field].(string); ok {
				meanings[value] = field + " of " + meanings[id]
			}
		}
		if host, ok := o["proxy_host"].(string); ok {
			label, _, _ := strings.Cut(host, ".")
			meanings[label] = "label of " + meanings[id]
		}
	}
	// A value can begin with another one.
	values := slices.SortedFunc(maps.Keys(meanings), func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a, b)) })
	var pairs []string
	for _, value := range values {
		pairs = append(pairs, value, "<"+meanings[value]+">")
	}
	replacer := strings.NewReplacer(pairs...)
	text := func(value any) string {
		var encoded bytes.Buffer
		encoder := json.NewEncoder(&encoded)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		require.NoError(d, encoder.Encode(value))
		replaced := strings.ReplaceAll(replacer.Replace(encoded.String()), "2099-", "later-")
		return autonamed.ReplaceAllString(timestamp.ReplaceAllString(replaced, "<time>"), "$1-<digits>")
	}

	described := map[string]string{}
	for name, r := range state {
		if strings.HasPrefix(name, "default_") { // the default provider
			continue
		}
		if name == "program-test" {
			r.Outputs = stackOutputs(r.Outputs)
		}
		delete(r.Inputs, "__internal") // what the engine knows of a provider
		_, provider, _ := strings.Cut(r.Provider, "::pulumi:providers:pgbeam::")
		provider, _, _ = strings.Cut(provider, "_")
		described[name] = text(object{
			"urn": r.URN, "parent": r.Parent, "provider": provider, "dependencies": slices.Sorted(slices.Values(r.Dependencies)),
			"inputs": r.Inputs, "outputs": r.Outputs,
		})
	}
	for kind, o := range objects {
		described[strings.TrimSpace(text(kind))] = text(o)
	}
	return described
}

// autonamed matches the end of a name that the provider has generated.
var autonamed = regexp.MustCompile(`([a-z])-[0-9a-f]{7}\b`)
