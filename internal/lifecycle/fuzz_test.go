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

// FuzzPropertyMaps passes arbitrary property maps to every operation. It may reject
// them, but must neither panic nor hang.
func FuzzPropertyMaps(f *testing.F) {
	local := localapi.Start(f, localapi.Options{})
	engine := enginetest.New(f, local)
	for i := range resources.All() {
		for _, seed := range []string{
			`{}`, `{"":null}`, `{"projectId":"?","name":"!secret"}`, `{"orgId":1,"projectId":[],"tags":{"a":[null]}}`,
			`{"database":{"host":"a b","port":70000,"cacheConfig":{"enabled":"?"}},"allowedCidrs":["::/129","?"],"cidrLabels":{"x":"?"}}`,
			`{"database":"?","maskingRules":[{"kind":"erase"},"?",null,[[]]],"statementRules":{"allow":["!a","?"]}}`,
			`{"expiresAt":"9999-99-99","rotationTriggers":{"a":1},"metric":"active_hours","floor":1e308,"queryHash":"g"}`,
			`{"projectId":"prj_1","policy":{"name":"?"},"cases":[{"name":"a","sql":"SELECT 1","expect":"allow","maskedColumns":[null]},"?",null,[]],"results":1}`,
			`{"projectId":"prj_1","policy":"!a","cases":[{"name":"!a","sql":"!SELECT 1","expect":"mask","maskedColumns":["?"]}],"passed":"?","policyDigest":1}`,
			`{"domain":"..","spendLimit":-1,"cacheTtlSeconds":0.5,"minAffectedRows":9007199254740993,"__imported":["a",1]}`,
		} {
			f.Add(uint8(i), seed, `{"projectId":"prj_1","name":"a"}`, "prj_1/x")
		}
	}
	f.Fuzz(func(t *testing.T, index uint8, news, olds, id string) {
		all := resources.All()
		kind := all[int(index)%len(all)]
		inputs, valid := parseProperties(news)
		if !valid {
			return
		}
		state, valid := parseProperties(olds)
		if !valid {
			return
		}
		resource := &enginetest.Resource{Kind: kind.Kind(), Name: "fuzzed"}
		server := engine.Server
		checked, err := server.Check(p.CheckRequest{Urn: resource.URN(), State: state, Inputs: inputs, RandomSeed: []byte("seed")})
		if err != nil {
			t.Fatalf("Check must report failures, not an error: %v", err)
		}
		for _, failure := range checked.Failures {
			path := strings.TrimSuffix(strings.TrimPrefix(failure.Property, `["`), `"]`)
			if !strings.HasPrefix(failure.Reason, path) && !strings.HasPrefix(failure.Reason, failure.Property) {
				t.Errorf("the reason %q does not begin with the property %q", failure.Reason, failure.Property)
			}
		}
		// These may return errors, because the state can be invalid.
		_, _ = server.Diff(p.DiffRequest{ID: "x", Urn: resource.URN(), State: state, OldInputs: state, Inputs: inputs})
		_, _ = server.Read(p.ReadRequest{ID: id, Urn: resource.URN(), Properties: state, Inputs: inputs})
		if len(checked.Failures) == 0 {
			_, _ = server.Create(p.CreateRequest{Urn: resource.URN(), Properties: checked.Inputs, DryRun: true})
			_, _ = server.Update(p.UpdateRequest{
				ID: "x", Urn: resource.URN(), State: state, OldInputs: state, Inputs: checked.Inputs, DryRun: true,
			})
		}
	})
}

// parseProperties parses a property map from JSON. The string "?" is an unknown value,
// and a string that starts with "!" is secret.
func parseProperties(text string) (property.Map, bool) {
	var values map[string]any
	if json.Unmarshal([]byte(text), &values) != nil || values == nil {
		return property.Map{}, false
	}
	var convert func(v any) any
	convert = func(v any) any {
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
				v[i] = convert(item)
			}
		case map[string]any:
			for key, entry := range v {
				v[key] = convert(entry)
			}
		}
		return v
	}
	return properties.Value(convert(values)).AsMap(), true
}

// FuzzImportID imports arbitrary IDs. The error for an invalid ID contains the expected
// format.
func FuzzImportID(f *testing.F) {
	local := localapi.Start(f, localapi.Options{})
	engine := enginetest.New(f, local)
	for i, kind := range resources.All() {
		for _, id := range []string{"", "/", "prj_1", "prj_1/pol_1", "prj_/pol_1", "a/b/c/d", "..", "prj_1/../prj_2", "org_1 ", kind.ImportID.String()} {
			f.Add(uint8(i), id)
		}
	}
	f.Fuzz(func(t *testing.T, index uint8, id string) {
		all := resources.All()
		kind := all[int(index)%len(all)]
		imported, err := engine.Import(kind.Kind(), "fuzzed", id)
		switch {
		case imported != nil && strings.Contains(imported.ID, "/"):
			t.Errorf("%q was imported as %q", id, imported.ID)
		case !kind.HasObject():
			if err == nil || !strings.Contains(err.Error(), "cannot be imported") {
				t.Errorf("%v does not say that there is no object", err)
			}
		case err == nil:
		case !strings.Contains(err.Error(), kind.ImportID.String()) && !strings.Contains(err.Error(), "/v1/"):
			t.Errorf("%v contains neither the format of an ID nor a response of the API", err)
		}
	})
}
