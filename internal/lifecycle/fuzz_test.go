// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"encoding/json"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// FuzzPropertyMaps feeds arbitrary property maps, as JSON with marks for what
// is unknown or secret, into everything that takes them: it may refuse them,
// but not panic, and not hang.
func FuzzPropertyMaps(f *testing.F) {
	local := localapi.Start(f, localapi.Options{})
	engine := enginetest.New(f, local)
	for i := range resources.All() {
		for _, seed := range []string{
			`{}`, `{"":null}`, `{"projectId":"?","name":"!secret"}`, `{"orgId":1,"projectId":[],"tags":{"a":[null]}}`,
			`{"database":{"host":"a b","port":70000,"cacheConfig":{"enabled":"?"}},"allowedCidrs":["::/129","?"],"cidrLabels":{"x":"?"}}`,
			`{"database":"?","maskingRules":[{"kind":"erase"},"?",null,[[]]],"statementRules":{"allow":["!a","?"]}}`,
			`{"expiresAt":"9999-99-99","rotationTriggers":{"a":1},"metric":"active_hours","floor":1e308,"queryHash":"g"}`,
			`{"domain":"..","spendLimit":-1,"cacheTtlSeconds":0.5,"minAffectedRows":9007199254740993,"__imported":["a",1]}`,
		} {
			f.Add(uint8(i), seed, `{"projectId":"prj_1","name":"a"}`, "prj_1/x")
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, news, olds, id string) {
		all := resources.All()
		served := all[int(kind)%len(all)]
		inputs, ok := decoded(news)
		if !ok {
			return
		}
		before, ok := decoded(olds)
		if !ok {
			return
		}
		resource := &enginetest.Resource{Kind: served.Kind(), Name: "fuzzed"}
		server := engine.Server
		checked, err := server.Check(p.CheckRequest{Urn: resource.URN(), State: before, Inputs: inputs, RandomSeed: []byte("seed")})
		if err != nil {
			t.Fatalf("Check answers failures and not an error: %v", err)
		}
		for _, failure := range checked.Failures {
			path := strings.TrimSuffix(strings.TrimPrefix(failure.Property, `["`), `"]`)
			if !strings.HasPrefix(failure.Reason, path) && !strings.HasPrefix(failure.Reason, failure.Property) {
				t.Errorf("%q does not name its property %q", failure.Reason, failure.Property)
			}
		}
		// An error is an answer, too: what a state holds may be no state at all.
		_, _ = server.Diff(p.DiffRequest{ID: "x", Urn: resource.URN(), State: before, OldInputs: before, Inputs: inputs})
		_, _ = server.Read(p.ReadRequest{ID: id, Urn: resource.URN(), Properties: before, Inputs: inputs})
		if len(checked.Failures) == 0 {
			_, _ = server.Create(p.CreateRequest{Urn: resource.URN(), Properties: checked.Inputs, DryRun: true})
			_, _ = server.Update(p.UpdateRequest{
				ID: "x", Urn: resource.URN(), State: before, OldInputs: before, Inputs: checked.Inputs, DryRun: true,
			})
		}
	})
}

// decoded makes a property map of JSON. A "?" in it is not known yet, and a text
// that begins with "!" is secret.
func decoded(text string) (property.Map, bool) {
	var values map[string]any
	if json.Unmarshal([]byte(text), &values) != nil || values == nil {
		return property.Map{}, false
	}
	var marked func(v any) any
	marked = func(v any) any {
		switch v := v.(type) {
		case string:
			if v == "?" {
				return property.New(property.Computed)
			}
			if strings.HasPrefix(v, "!") {
				return property.New(v[1:]).WithSecret(true)
			}
		case []any:
			for i, item := range v {
				v[i] = marked(item)
			}
		case map[string]any:
			for key, entry := range v {
				v[key] = marked(entry)
			}
		}
		return v
	}
	return properties.Value(marked(values)).AsMap(), true
}

// FuzzImportID feeds arbitrary text into import: what is not an ID of the right
// form is refused with the form named, and nothing else happens.
func FuzzImportID(f *testing.F) {
	local := localapi.Start(f, localapi.Options{})
	engine := enginetest.New(f, local)
	for i, served := range resources.All() {
		for _, id := range []string{"", "/", "prj_1", "prj_1/pol_1", "prj_/pol_1", "a/b/c/d", "..", "prj_1/../prj_2", "org_1 ", served.ImportID.String()} {
			f.Add(uint8(i), id)
		}
	}
	f.Fuzz(func(t *testing.T, kind uint8, id string) {
		all := resources.All()
		served := all[int(kind)%len(all)]
		imported, err := engine.Import(served.Kind(), "fuzzed", id)
		switch {
		case imported != nil && strings.Contains(imported.ID, "/"):
			t.Errorf("%q became the ID %q", id, imported.ID)
		case err == nil:
		case !strings.Contains(err.Error(), served.ImportID.String()) && !strings.Contains(err.Error(), "/v1/"):
			t.Errorf("%v says neither which form an ID has nor what the API answered", err)
		}
	})
}
