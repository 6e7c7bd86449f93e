// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package tests

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// behaviours are the ways in which an API may keep the contract. Every scenario
// passes with each.
var behaviours = map[string]localapi.Behaviour{
	"usual": {},
	"other": {
		DeletedProjectAnswers200:      true,
		DeletedProjectWritesAnswer409: true,
		RevokedAgentAnswers404:        true,
		ListIncludesRevoked:           true,
		AgentNamesNotUnique:           true,
		WebhookPutWithoutSecretClears: true,
		KeepCIDRSpelling:              true,
		LowercaseDomains:              true,
		ExpiredEnrollmentsAreLive:     true,
		TimestampsWithMillis:          true,
		OmitDefaults:                  true,
		EmptyNextPageToken:            true,
		DefaultSSLMode:                "verify-full",
		DefaultPoolMode:               "session",
		CacheEnabledByDefault:         new(bool),
		HTTPSWebhooksOnly:             true,
		DefaultPolicyDeleteAnswers409: true,
		LastDatabaseUndeletable:       true,
		CreateProjectOmitsDatabase:    true,
		DNSInstructionsOnCreateOnly:   true,
		EmptySchemaNames:              true,
		RejectEmptyDatabaseStrings:    true,
		DatabaseLimitPerOrganization:  true,
	},
}

// TestEverySwitchIsTried keeps the behaviours complete.
func TestEverySwitchIsTried(t *testing.T) {
	t.Parallel()
	elsewhere := map[string]string{
		"DeletedProjectNameReusable": "a project cannot be replaced under its name then: TestProjectNameThatIsNotReusable",
		"FeatureOff":                 "nothing can be created then: TestFeaturesThatAreOff",
		"FeatureOffAnswers403":       "goes with FeatureOff",
	}
	usual, other := reflect.ValueOf(behaviours["usual"]), reflect.ValueOf(behaviours["other"])
	for i := range usual.NumField() {
		name := usual.Type().Field(i).Name
		tried := !reflect.DeepEqual(usual.Field(i).Interface(), other.Field(i).Interface())
		assert.NotEqual(t, tried, elsewhere[name] != "", name)
	}
}

// TestEveryResourceHasARow keeps the table complete.
func TestEveryResourceHasARow(t *testing.T) {
	for _, served := range resources.All() {
		assert.True(t, slices.ContainsFunc(rows, func(r row) bool { return r.kind == served.Kind() }),
			"%s has no row in the table of scenarios", served.Kind())
	}
	for _, r := range rows {
		served := resources.All()[slices.IndexFunc(resources.All(), func(s kind.Resource) bool { return s.Kind() == r.kind })]
		for name, property := range served.Properties {
			_ = property
			_, given := r.most[name]
			parent := name == "orgId" || name == "projectId" || name == "databaseId" || name == "policyProfileId" || name == "defaultPolicyProfileId" || name == "credentialId"
			assert.True(t, given || parent, "%s: the table does not give %s", r.kind, name)
			reset := slices.ContainsFunc(r.resets, func(c change) bool { return c.property == name })
			required := slices.Contains(served.Properties.RequiredNames(), name)
			assert.True(t, parent || reset || required || slices.Contains(r.notReset, name),
				"%s: the table does not take %s out again", r.kind, name)
		}
	}
}

// rowOf returns what the scenarios need to know of a kind.
func rowOf(name string) row {
	return rows[slices.IndexFunc(rows, func(r row) bool { return r.kind == name })]
}

// each runs a scenario for every resource and every behaviour of the API.
func each(t *testing.T, scenario func(w *world, r row, parents object)) {
	for name, behaviour := range behaviours {
		for _, r := range rows {
			t.Run(r.kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				w := enginetest.NewEnv(t, localapi.Options{Behaviour: behaviour})
				parents := r.parents(w)
				w.Local.ResetRequests()
				scenario(w, r, parents)
			})
		}
	}
}

// object returns the live object of a resource.
func liveObject(w *world, r row, resource *enginetest.Resource) object {
	w.Helper()
	for _, live := range w.Local.Objects(r.list) {
		field := r.idField
		if field == "" {
			field = "id"
		}
		if live[field] == resource.ID {
			return live
		}
	}
	require.Fail(w, "no live object", "%s %s", r.kind, resource.ID)
	return nil
}

// holds fails unless the API holds what is expected. What an answer leaves out
// has its default, which is the empty value of its kind unless it says otherwise.
func holds(w *world, live object, field string, expected any) {
	w.Helper()
	actual, ok := live[field]
	if !ok || actual == nil {
		assert.Contains(w, []any{nil, "", 0.0, false, "any", "off", "normal", "agent", "primary", "aws", 300.0, true}, plainDefault(expected), field)
		return
	}
	if expected == nil && (field == "schema_name" || field == "relation_name") {
		assert.Empty(w, actual, "%s: an empty name is any, as none is", field)
		return
	}
	if pool, ok := expected.(object); ok && field == "pool_config" && actual.(object)["max_active"] == nil {
		assert.Equal(w, 200.0, pool["max_active"], "max_active may be left out when it is the default")
		expected = without(pool, "max_active")
	}
	assert.Equal(w, normal(expected), normal(actual), field)
}

func plainDefault(expected any) any {
	switch expected := expected.(type) {
	case []any, object:
		if fmt.Sprint(expected) == "[]" || fmt.Sprint(expected) == "map[allow:[] deny:[]]" {
			return ""
		}
	}
	return expected
}

// normal writes what means the same in one way.
func normal(v any) any {
	switch v := v.(type) {
	case string:
		return strings.Replace(strings.ToLower(v), ".000z", "z", 1)
	case []any:
		normalised := make([]any, len(v))
		for i, item := range v {
			normalised[i] = normal(item)
		}
		return normalised
	case object:
		normalised := object{}
		for name, entry := range v {
			if fmt.Sprint(entry) != "[]" { // an empty list may be left out
				normalised[name] = normal(entry)
			}
		}
		return normalised
	}
	return v
}

// writes counts the requests that were made, but for the reads with which a
// project's database is found where the answer to the creation leaves it out.
func writes(w *world) int {
	w.Helper()
	return len(w.Local.Requests()) - w.Local.Count("GET", "/v1/projects/*/databases")
}

func TestCreateWithTheLeast(t *testing.T) {
	each(t, func(w *world, r row, parents object) {
		inputs := with(parents, r.least)
		resource := w.Create(r.kind, "thing", inputs)
		assert.Equal(w, 1+r.reads, writes(w))
		w.RequireNoChanges(resource, inputs)

		exists, err := w.Engine.Refresh(resource)
		require.NoError(w, err)
		require.True(w, exists)
		w.RequireNoChanges(resource, inputs)
	})
}

func TestCreateWithTheMost(t *testing.T) {
	each(t, func(w *world, r row, parents object) {
		inputs := with(parents, r.most)
		resource := w.Create(r.kind, "thing", inputs)
		assert.Equal(w, r.requests+r.reads, writes(w))
		live := liveObject(w, r, resource)
		for field, expected := range r.live {
			holds(w, live, field, expected)
		}
		for name := range without(r.most, "database") { // in which the API fills in the rest
			input, output := enginetest.Inputs(inputs).Get(name), resource.State.Get(name)
			assert.True(w, definition(r.kind).Properties[name].Same(input, output), "output %s is %#v", name, output)
		}

		w.Local.ResetRequests()
		w.RequireNoChanges(resource, inputs)
		assert.Empty(w, w.Local.Requests(), "a preview makes no request")
		exists, err := w.Engine.Refresh(resource)
		require.NoError(w, err)
		require.True(w, exists)
		w.RequireNoChanges(resource, inputs)
	})
}

func definition(name string) kind.Resource {
	all := resources.All()
	return all[slices.IndexFunc(all, func(s kind.Resource) bool { return s.Kind() == name })]
}

func TestPreviewOfACreation(t *testing.T) {
	each(t, func(w *world, r row, parents object) {
		unknown := object{}
		for name := range parents {
			unknown[name] = enginetest.Unknown
		}
		resource := &enginetest.Resource{Kind: r.kind, Name: "thing"}
		result := w.Engine.Preview(resource, enginetest.Inputs(with(unknown, r.most)))
		require.Empty(w, result.Failures)
		require.NoError(w, result.Err)
		assert.Equal(w, enginetest.Create, result.Op)
		for name, input := range enginetest.Inputs(r.most).All {
			assertShown(w, name, input, result.Outputs.Get(name))
		}
		for name := range parents {
			assert.True(w, result.Outputs.Get(name).IsComputed(), "%s is not known", name)
		}
		assert.Empty(w, w.Local.Requests())
	})
}

// assertShown fails unless a preview shows an input as the program gives it. Of an
// object, it may show more.
func assertShown(w *world, at string, input, output property.Value) {
	w.Helper()
	if !input.IsMap() {
		assert.Equal(w, input, output.WithSecret(false), at)
		return
	}
	if assert.True(w, output.IsMap(), "%s is shown", at) {
		for name, field := range input.AsMap().All {
			assertShown(w, at+"."+name, field, output.AsMap().Get(name))
		}
	}
}

func TestEachPropertyChangedAlone(t *testing.T) {
	each(t, func(w *world, r row, parents object) {
		inputs := with(parents, r.most)
		for _, c := range r.changes {
			resource := w.Create(r.kind, "thing", inputs)
			id := resource.ID
			changed := with(inputs, object{c.property: c.to})
			w.Local.ResetRequests()

			preview := w.Engine.Preview(resource, enginetest.Inputs(changed))
			assert.Equal(w, enginetest.Update, preview.Op, c.property)
			for name := range preview.Diff.DetailedDiff {
				assert.True(w, strings.HasPrefix(name, c.property), "a change of %s shows one of %s", c.property, name)
			}
			assert.Empty(w, w.Local.Requests())
			for name, output := range preview.Outputs.All {
				if name != "updatedAt" && !slices.Contains([]string{"name", "username"}, c.property) {
					assert.False(w, output.HasComputed(), "a change of %s makes %s unknown", c.property, name)
				}
			}

			result := w.Engine.Up(resource, enginetest.Inputs(changed))
			require.NoError(w, result.Err)
			assert.Equal(w, enginetest.Update, result.Op)
			assert.Equal(w, id, resource.ID)
			assert.Len(w, w.Local.Requests(), 1, "an update of %s takes one request", c.property)
			live := liveObject(w, r, resource)
			for field, expected := range r.live {
				if field == c.field {
					expected = c.live
				}
				holds(w, live, field, expected)
			}
			w.RequireNoChanges(resource, changed)
			require.NoError(w, w.Engine.Delete(resource))
		}
	})
}

func TestEachPropertyTakenOutAgain(t *testing.T) {
	each(t, func(w *world, r row, parents object) {
		inputs := with(parents, r.most)
		for _, c := range r.resets {
			resource := w.Create(r.kind, "thing", inputs)
			result := w.Engine.Up(resource, enginetest.Inputs(without(inputs, c.property)))
			require.NoError(w, result.Err)
			assert.Equal(w, enginetest.Update, result.Op)
			holds(w, liveObject(w, r, resource), c.field, c.live)
			w.RequireNoChanges(resource, without(inputs, c.property))

			_, err := w.Engine.Refresh(resource)
			require.NoError(w, err)
			w.RequireNoChanges(resource, without(inputs, c.property))
			require.NoError(w, w.Engine.Delete(resource))
		}
	})
}

func TestReplacement(t *testing.T) {
	each(t, func(w *world, r row, parents object) {
		inputs := with(parents, r.most)
		for name, to := range r.replaces {
			resource := w.Create(r.kind, "thing", inputs)
			id := resource.ID
			changed := with(inputs, object{name: to})
			result := w.Engine.Up(resource, enginetest.Inputs(changed))
			require.NoError(w, result.Err, name)
			assert.Equal(w, enginetest.Replace, result.Op, name)
			assert.Contains(w, result.Diff.DetailedDiff, name)
			assert.Equal(w, p.UpdateReplace, result.Diff.DetailedDiff[name].Kind)
			if r.deletesFirst {
				assert.True(w, result.Diff.DeleteBeforeReplace, "the name is taken as long as the old object exists")
			}
			assert.NotEqual(w, id, resource.ID)
			w.RequireNoChanges(resource, changed)
			require.NoError(w, w.Engine.Delete(resource))
		}
	})
}

func TestDrift(t *testing.T) {
	each(t, func(w *world, r row, parents object) {
		inputs := with(parents, r.most)
		resource := w.Create(r.kind, "thing", inputs)
		for _, c := range r.changes {
			id := resource.ID
			if r.editID != nil {
				id = r.editID(parents)
			}
			require.NoError(w, w.Local.Edit(r.list, id, object{c.field: c.live}))
			_, err := w.Engine.Refresh(resource)
			require.NoError(w, err)
			preview := w.Engine.Preview(resource, enginetest.Inputs(inputs))
			assert.Equal(w, enginetest.Update, preview.Op, "refresh shows the drift of %s", c.property)

			result := w.Engine.Up(resource, enginetest.Inputs(inputs))
			require.NoError(w, result.Err, c.property)
			live := liveObject(w, r, resource)
			for field, expected := range r.live {
				holds(w, live, field, expected)
			}
			w.RequireNoChanges(resource, inputs)
		}
	})
}

func TestGoneOutOfBand(t *testing.T) {
	each(t, func(w *world, r row, parents object) {
		if r.kind == "ProjectDefaultPolicy" {
			w.Skip("its object is the project: TestProjectDefaultPolicy covers it")
		}
		if r.stays != "" {
			w.Skip(r.stays)
		}
		inputs := with(parents, r.most)
		resource := w.Create(r.kind, "thing", inputs)
		require.NoError(w, w.Local.Remove(r.list, resource.ID))

		if len(r.changes) > 0 {
			copied := *resource
			result := w.Engine.Up(&copied, enginetest.Inputs(with(inputs, object{r.changes[0].property: r.changes[0].to})))
			require.Error(w, result.Err)
			assert.Contains(w, result.Err.Error(), r.kind+` "thing"`)
			assert.Contains(w, result.Err.Error(), "pulumi refresh")
		}
		copied := *resource
		require.NoError(w, w.Engine.Delete(&copied), "deleting what is gone succeeds")

		exists, err := w.Engine.Refresh(resource)
		require.NoError(w, err)
		assert.False(w, exists)
		result := w.Engine.Up(resource, enginetest.Inputs(inputs))
		require.NoError(w, result.Err)
		assert.Equal(w, enginetest.Create, result.Op)
		liveObject(w, r, resource)
	})
}

func TestImport(t *testing.T) {
	each(t, func(w *world, r row, parents object) {
		inputs := with(parents, r.most)
		created := w.Create(r.kind, "thing", inputs)
		imported, err := w.Engine.Import(r.kind, "imported", r.importID(created, parents))
		require.NoError(w, err)
		require.NotNil(w, imported)
		assert.Equal(w, created.ID, imported.ID)

		result := w.Engine.Preview(imported, enginetest.Inputs(inputs))
		require.Empty(w, result.Failures)
		for name, diff := range result.Diff.DetailedDiff {
			assert.Contains(w, r.unread, name, "an import knows everything else")
			assert.Equal(w, p.Add, diff.Kind)
		}
		exists, err := w.Engine.Refresh(imported)
		require.NoError(w, err)
		assert.True(w, exists)
	})
}

func TestImportOfTheLeastGivesOnlyWhatIsNotDefault(t *testing.T) {
	each(t, func(w *world, r row, parents object) {
		created := w.Create(r.kind, "thing", with(parents, r.least))
		imported, err := w.Engine.Import(r.kind, "imported", r.importID(created, parents))
		require.NoError(w, err)
		require.NotNil(w, imported)
		program := without(with(r.least, parents), r.unread...)
		if name, named := created.Inputs.GetOk("name"); named {
			program["name"] = name
		}
		if database, nested := program["database"].(object); nested {
			program["database"] = without(database, "password")
		}
		w.RequireNoChanges(imported, program)
		for name := range imported.Inputs.All {
			_, given := created.Inputs.GetOk(name)
			chosen := []string{"sslMode", "poolConfig", "cacheConfig", "__imported"} // by the API, in a way it does not document
			assert.True(w, given || slices.Contains(chosen, name), "%s is an input though it has its default", name)
		}
	})
}

func TestImportOfWhatDoesNotExist(t *testing.T) {
	each(t, func(w *world, r row, parents object) {
		id := strings.NewReplacer("org_…", w.Local.OrgID, "…", "missing", "<queryHash>", "0000000000000000").Replace(definition(r.kind).ImportID.String())
		if r.kind != "SpendLimit" { // of another organization is another matter: the API forbids it
			imported, err := w.Engine.Import(r.kind, "imported", id)
			require.NoError(w, err)
			assert.Nil(w, imported)
		}
		wrongs := []string{id + "/more", "/" + id, id + " ", ""}
		if r.kind != "SpendLimit" { // whose ID may be anything
			wrongs = append(wrongs, "nonsense")
		}
		for _, wrong := range wrongs {
			_, err := w.Engine.Import(r.kind, "imported", wrong)
			require.Error(w, err, wrong)
			assert.Contains(w, err.Error(), definition(r.kind).ImportID.String())
		}
		assert.NotNil(w, parents)
	})
}

func TestOutageIsNoDeletion(t *testing.T) {
	each(t, func(w *world, r row, parents object) {
		resource := w.Create(r.kind, "thing", with(parents, r.least))
		before := resource.State
		for _, status := range []int{401, 403, 429, 500, 502, 503} {
			w.Local.AddFault(localapi.Fault{Method: "GET", Status: status, Code: "SOME_CODE", Detail: "it is raining"})
			exists, err := w.Engine.Refresh(resource)
			require.Error(w, err)
			assert.True(w, exists)
			assert.Contains(w, err.Error(), "it is raining")
			assert.Contains(w, err.Error(), "request ID")
			assert.Contains(w, err.Error(), resource.ID)
			w.Local.ClearFaults()
		}
		assert.Equal(w, before, resource.State)
	})
}
