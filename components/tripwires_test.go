// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// recordedAPI is an API that records the paths of the requests.
type recordedAPI struct {
	url   string
	mutex sync.Mutex
	paths []string
}

func startAPI(t *testing.T, handler http.Handler) *recordedAPI {
	t.Helper()
	api := &recordedAPI{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		api.mutex.Lock()
		api.paths = append(api.paths, r.URL.Path)
		api.mutex.Unlock()
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	api.url = server.URL
	return api
}

// take returns the paths of the requests since the last call.
func (a *recordedAPI) take() []string {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	paths := a.paths
	a.paths = nil
	return paths
}

func decoys(settings object) object {
	return object{"projectId": "prj_1", "decoys": object{"bait": with(object{"relationName": "customer_ssns", "action": "kill"}, settings)}}
}

func constructTripwires(t *testing.T, api *recordedAPI, inputs object, preview bool) (map[string]integration.MockResourceArgs, p.ConstructResponse, error) {
	t.Helper()
	return constructWith(t, api.url, "Tripwires", enginetest.Inputs(inputs), preview)
}

func TestTripwires(t *testing.T) {
	t.Parallel()
	children, response, err := construct(t, "Tripwires", enginetest.Inputs(object{
		"projectId": "prj_1",
		"decoys":    object{"ssns": object{"relationName": "customer_ssns", "action": "kill"}, "gone": property.New(property.Null)},
		"anomalies": object{"rows": object{"metric": "bytes_per_hour", "floor": 100}},
		"sinks": object{
			"siem": object{"url": "https://example.com/siem"}, "all": object{"url": "https://example.com/all", "eventTypes": []any{}},
			"null": object{"url": "https://example.com/null", "eventTypes": property.New(property.Null).WithSecret(true)},
			"one":  object{"url": "https://example.com/one", "eventTypes": []any{"masked"}},
		},
	}), false)
	require.NoError(t, err)
	assert.Equal(t, []string{"shop-anomaly-rows", "shop-decoy-ssns", "shop-sink-all", "shop-sink-null", "shop-sink-one", "shop-sink-siem"}, slices.Sorted(maps.Keys(children)))
	assert.Equal(t, enginetest.Inputs(object{"projectId": "prj_1", "relationName": "customer_ssns", "action": "kill"}), children["shop-decoy-ssns"].Inputs)
	assert.True(t, children["shop-anomaly-rows"].Inputs.Get("credentialId").IsNull(), "the rule applies to all credentials")
	for sink, events := range map[string][]string{
		"siem": {"canary_tripped", "anomaly_alert"}, "null": {"canary_tripped", "anomaly_alert"}, "all": {}, "one": {"masked"},
	} {
		assert.Equal(t, properties.Value(events), children["shop-sink-"+sink].Inputs.Get("eventTypes"), sink)
	}
	for output, expected := range map[string]object{
		"honeytokenIds": {"ssns": "shop-decoy-ssns-id"}, "anomalyRuleIds": {"rows": "shop-anomaly-rows-id"},
		"webhookEndpointIds": {"siem": "shop-sink-siem-id", "all": "shop-sink-all-id", "null": "shop-sink-null-id", "one": "shop-sink-one-id"},
	} {
		assert.Equal(t, properties.Value(expected), response.State.Get(output), output)
	}
}

// TestDecoysMustNotExist checks which decoys are rejected because of the tables in the
// databases of the project, before any child is created.
func TestDecoysMustNotExist(t *testing.T) {
	t.Parallel()
	api := startAPI(t, serveDatabases(map[string]string{
		"db_1": catalog(""),
		"db_2": catalog(`{"schema": "Sales", "name": "Orders", "kind": "table", "columns": []}, {"schema": "public", "name": "users", "kind": "table", "columns": []}, ` +
			`{"schema": "public", "name": "active", "kind": "materialized_view", "columns": []}, {"schema": "public", "name": "feed", "kind": "other", "columns": []}`),
	}))
	for name, test := range map[string]struct {
		decoy    object
		rejected string // with allowExistingTable, every decoy is valid
	}{
		"a name that does not exist":       {object{}, ""},
		"a table without a schema":         {object{"relationName": "users"}, "is a table that exists in the database db_2"},
		"a table in an empty schema":       {object{"relationName": "users", "schemaName": ""}, "is a table that exists in the database db_2"},
		"a table in the public schema":     {object{"relationName": "users", "schemaName": "public"}, "is a table that exists in the database db_2"},
		"a table in other cases":           {object{"relationName": "USERS", "schemaName": "Public"}, "is a table that exists in the database db_2"},
		"a quoted table in lower case":     {object{"relationName": "orders", "schemaName": "sales"}, "is a table that exists in the database db_2"},
		"a table of another schema":        {object{"relationName": "users", "schemaName": "sales"}, ""},
		"another schema, without one":      {object{"relationName": "orders"}, ""},
		"a part of a name":                 {object{"relationName": "user"}, ""},
		"a materialized view":              {object{"relationName": "active"}, "is a materialized view that exists"},
		"another relation":                 {object{"relationName": "feed"}, "is a relation that exists"},
		"a relation of PostgreSQL":         {object{"relationName": "pg_shadow"}, "may be a table or view of PostgreSQL itself"},
		"a relation in pg_catalog":         {object{"relationName": "bait", "schemaName": "PG_catalog"}, "may be a table or view of PostgreSQL itself"},
		"the information schema":           {object{"relationName": "tables", "schemaName": "information_schema"}, "may be a table or view of PostgreSQL itself"},
		"a similar name in another schema": {object{"relationName": "pg_shadow", "schemaName": "sales"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, preview := range []bool{true, false} {
				for _, secret := range []bool{false, true} {
					decoy := maps.Clone(test.decoy)
					if text, ok := decoy["relationName"].(string); ok && secret {
						decoy["relationName"] = property.New(text).WithSecret(true)
					}
					children, _, err := constructTripwires(t, api, decoys(decoy), preview)
					if test.rejected == "" {
						require.NoError(t, err)
						assert.Len(t, children, 1)
						continue
					}
					require.ErrorContains(t, err, "decoys.bait.relationName "+test.rejected)
					assert.Empty(t, children)
					assert.NotContains(t, err.Error(), "users")
					_, _, err = constructTripwires(t, api, decoys(with(decoy, object{"allowExistingTable": true})), preview)
					require.NoError(t, err)
					_, _, err = constructTripwires(t, api, decoys(with(decoy, object{"allowExistingTable": property.New(property.Null)})), preview)
					require.Error(t, err)
				}
			}
		})
	}
}

// TestDecoysAreComparedWithFewRequests counts the requests: one for the list of databases, and
// one for each database that can still decide. Nothing is asked that cannot matter.
func TestDecoysAreComparedWithFewRequests(t *testing.T) {
	t.Parallel()
	const databases = "/v1/projects/prj_1/databases"
	api := startAPI(t, serveDatabases(map[string]string{
		"db_1": catalog(""), "db_2": catalog(`{"schema": "public", "name": "users", "kind": "view", "columns": []}`), "db_3": catalog(""),
	}))
	all := []string{databases, databases + "/db_1/schema-catalog", databases + "/db_2/schema-catalog", databases + "/db_3/schema-catalog"}
	for name, test := range map[string]struct {
		inputs   object
		requests []string
	}{
		"two decoys":             {with(decoys(nil), object{"decoys": object{"a": object{"relationName": "a", "action": "kill"}, "b": object{"relationName": "b", "action": "kill"}}}), all},
		"an import ID":           {with(decoys(nil), object{"projectId": "org_1/prj_1"}), all},
		"an existing table":      {decoys(object{"relationName": "users"}), all[:3]},
		"an allowed table":       {decoys(object{"relationName": "users", "allowExistingTable": true}), nil},
		"maybe an allowed table": {decoys(object{"relationName": "users", "allowExistingTable": enginetest.Unknown}), nil},
		"no decoys":              {object{"projectId": "prj_1"}, nil},
		"an unknown project":     {with(decoys(nil), object{"projectId": enginetest.Unknown}), nil},
		"an unknown name":        {decoys(object{"relationName": enginetest.Unknown}), nil},
		"an unknown schema":      {decoys(object{"schemaName": enginetest.Unknown}), nil},
		"invalid inputs":         {decoys(object{"action": "explode"}), nil},
	} {
		_, _, err := constructTripwires(t, api, test.inputs, true)
		assert.Equal(t, test.requests, api.take(), name)
		if test.requests == nil && name != "invalid inputs" { // then it works without an API key, too
			require.NoError(t, err, name)
			_, _, err = constructWith(t, "", "Tripwires", enginetest.Inputs(test.inputs), true)
			require.NoError(t, err, name)
		}
	}
	children, _, err := constructWith(t, "", "Tripwires", enginetest.Inputs(decoys(nil)), true)
	require.ErrorContains(t, err, `validating Tripwires "shop": `)
	require.ErrorContains(t, err, "PGBEAM_API_KEY")
	assert.Empty(t, children)
}

// TestUnreadableCatalogIsAnError checks that no decoy is created if it cannot be known whether
// it exists.
func TestUnreadableCatalogIsAnError(t *testing.T) {
	t.Parallel()
	refuse := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"type": "about:blank", "title": "Forbidden", "status": 403, "code": "FORBIDDEN", "detail": "canary-1 may not"}`))
	})
	for name, test := range map[string]struct {
		handler http.Handler
		message string
	}{
		"no connection": {
			serveDatabases(map[string]string{"db_1": strings.TrimSuffix(catalog(""), "}") + `, "error": "connection refused"}`}),
			`validating Tripwires "shop": the decoys cannot be compared with the tables of a database, which is not necessary for those whose ` +
				`allowExistingTable is true: PgBeam could not read the database db_1: connection refused`,
		},
		"too many columns": {
			serveDatabases(map[string]string{"db_1": strings.TrimSuffix(catalog(""), "}") + `, "truncated": true}`}),
			"decoys.bait.relationName may be a table that exists in the database db_1, which has more columns than PgBeam reads",
		},
		"no permission": {refuse, `validating Tripwires "shop": GET /v1/projects/prj_1/databases`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := startAPI(t, test.handler)
			secret := property.New("canary-1").WithSecret(true)
			for _, preview := range []bool{true, false} {
				children, _, err := constructTripwires(t, api, decoys(object{"relationName": secret}), preview)
				require.ErrorContains(t, err, test.message)
				assert.NotContains(t, err.Error(), canary)
				assert.Empty(t, children)
			}
		})
	}
}

func TestTripwiresRejectsInvalidInputs(t *testing.T) {
	t.Parallel()
	decoy := func(schema, relation string) object {
		return object{"schemaName": schema, "relationName": relation, "action": "kill"}
	}
	assertValidation(t, "Tripwires", object{"projectId": "prj_1"}, map[string]validation{
		"decoys of the same name":     {object{"decoys": object{"a": decoy("", "bait"), "b": decoy("PUBLIC", "Bait")}}, "", "decoys.b.relationName must be unique: decoys.a has the same one"},
		"decoys in different schemas": {object{"decoys": object{"a": decoy("", "bait"), "b": decoy("sales", "bait")}}, "", ""},
		"an unknown action":           {object{"decoys": object{"a": with(decoy("", "bait"), object{"action": "explode"})}}, "", "decoys.a.action must be one of"},
		"rules for the same metric": {
			object{"anomalies": object{"a": fullAnomaly(), "b": fullAnomaly()}}, "", "anomalies.b.metric must be unique: anomalies.a has the same one",
		},
		"a threshold of a metric without one": {
			object{"anomalies": object{"a": object{"metric": "active_hours", "floor": 1}}}, "", "anomalies.a.floor ",
		},
		"an http sink":        {object{"sinks": object{"a": object{"url": "http://example.com"}}}, "allowInsecureTransport", "sinks.a.url begins with http://"},
		"an unknown event":    {object{"sinks": object{"a": object{"url": "https://example.com", "eventTypes": []any{"x"}}}}, "", "sinks.a.eventTypes[0] must be one of"},
		"a name with a space": {object{"sinks": object{"a b": fullWebhook()}}, "", `letters, digits, and _ . -`},
	})
}
