// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package properties_test

import (
	"math"
	"strings"
	"testing"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/asset"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

func paths(failures []p.CheckFailure) []string {
	var paths []string
	for _, failure := range failures {
		paths = append(paths, failure.Property)
	}
	return paths
}

func reasons(failures []p.CheckFailure) []string {
	var reasons []string
	for _, failure := range failures {
		reasons = append(reasons, failure.Reason)
	}
	return reasons
}

// checkTable returns a table with every kind of property that Check descends into.
func checkTable() properties.Table {
	return properties.Table{
		"name":         properties.String().Length(1, 10),
		"port":         properties.Integer().Required().Between(1, 65535),
		"enabled":      properties.Bool(),
		"allowedCidrs": properties.List(properties.String().CIDR()).MaxItems(2),
		"cidrLabels":   properties.Map(properties.String().Length(0, 5)),
		"maskingRules": properties.List(properties.Object[masking](properties.Table{
			"column": properties.String().Required(),
			"kind":   properties.String().Required().OneOf("redact", "hash"),
		})),
		"database": properties.Object[pool](properties.Table{
			"host":     properties.String().Required().Host(),
			"password": properties.String().Required().Length(1, 0).Secret().WriteOnly(),
		}).RequiredOnCreate(),
	}
}

func TestCheckAcceptsValidInputs(t *testing.T) {
	t.Parallel()
	assert.Empty(t, checkTable().Check(empty, values(fields{
		"name": "shop", "port": 5432, "enabled": false,
		"allowedCidrs": []string{"10.0.0.0/8", "::1"},
		"cidrLabels":   fields{"10.0.0.0/8": "vpn"},
		"maskingRules": []any{fields{"column": "email", "kind": "redact"}},
		"database":     fields{"host": "db", "password": secret("hunter2")},
	})))
}

func TestCheckReportsAllFailuresInOrder(t *testing.T) {
	t.Parallel()
	failures := checkTable().Check(empty, values(fields{
		"name":         "a name that is too long",
		"port":         0,
		"enabled":      "yes",
		"allowedCidrs": []string{"10.0.0.0/8", "everywhere", "::1"},
		"cidrLabels":   fields{"10.0.0.0/8": "too long", "::1": "fine"},
		"maskingRules": []any{fields{"column": "email", "kind": "hash"}, fields{"kind": "shred"}},
		"database":     fields{"host": "d b", "passwort": "hunter2"},
		"prot":         5432,
	}))
	assert.Equal(t, []string{
		"allowedCidrs",
		"allowedCidrs[1]",
		`cidrLabels["10.0.0.0/8"]`,
		"database.host",
		"database.password",
		"", // may be a misspelled secret
		"enabled",
		"maskingRules[1].column",
		"maskingRules[1].kind",
		"name",
		"port",
		"", // may be a misspelled secret
	}, paths(failures))
	assert.Equal(t, []string{
		"allowedCidrs must have at most 2 items, has 3",
		`allowedCidrs[1] must be an IPv4 or IPv6 range such as 203.0.113.0/24, or a single IP address; got "everywhere"`,
		`cidrLabels["10.0.0.0/8"] must have at most 5 characters, has 8; got "too long"`,
		`database.host must be a host name or an IP address, without spaces; got "d b"`,
		"database.password is required",
		"database.passwort is not a valid property (did you mean password?)",
		`enabled must be true or false; got "yes"`,
		"maskingRules[1].column is required",
		`maskingRules[1].kind must be one of redact, hash; got "shred"`,
		`name must have at most 10 characters, has 23; got "a name that is too long"`,
		"port must be between 1 and 65535; got 0",
		"prot is not a valid property (did you mean port?)",
	}, reasons(failures))
}

func TestCheckKinds(t *testing.T) {
	t.Parallel()
	text, integer := properties.String(), properties.Integer()
	const inexact = "must have a magnitude below 2^53 (9007199254740992), because larger whole numbers are not exact; got "
	object := properties.Object[pool](properties.Table{"host": text})
	for name, test := range map[string]struct {
		prop  properties.Property
		value any
		want  string
	}{
		"number for string":  {text, 5, "must be a string; got 5"},
		"bool for string":    {text, true, "must be a string; got true"},
		"list for string":    {text, []string{"a"}, "must be a string; got a list"},
		"object for string":  {text, fields{"a": "b"}, "must be a string; got an object"},
		"asset for string":   {text, property.New(&asset.Asset{Text: "a"}), "must be a string; got another type"},
		"string for number":  {integer, "5432", `must be a whole number; got "5432"`},
		"fraction":           {integer, 1.5, "must be a whole number; got 1.5"},
		"small fraction":     {integer, 0.1, "must be a whole number; got 0.1"},
		"whole number":       {integer, -3.0, ""},
		"largest exact":      {integer, float64(1<<53 - 1), ""},
		"smallest exact":     {integer, float64(-1<<53 + 1), ""},
		"beyond the largest": {integer, float64(1 << 53), inexact + "9007199254740992"},
		"below the smallest": {integer, float64(-1 << 53), inexact + "-9007199254740992"},
		"far beyond":         {integer.AtLeast(0), float64(1<<63 - 1), inexact + "9223372036854776000"},
		"infinite":           {integer, math.Inf(1), "must be a whole number; got +Inf"},
		"not a number":       {integer, math.NaN(), "must be a whole number; got NaN"},
		"string for bool":    {properties.Bool(), "true", `must be true or false; got "true"`},
		"number for bool":    {properties.Bool(), 1, "must be true or false; got 1"},
		"string for list":    {properties.List(text), "a", `must be a list; got "a"`},
		"object for list":    {properties.List(text), fields{"a": "b"}, "must be a list; got an object"},
		"list for map":       {properties.Map(text), []string{"a"}, "must be a map; got a list"},
		"string for object":  {object, "a", `must be an object; got "a"`},
		"list for object":    {object, []any{fields{"host": "a"}}, "must be an object; got a list"},
		"rules, wrong type":  {integer.Between(1, 2), "5", `must be a whole number; got "5"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, reason(t, test.prop, test.value))
		})
	}
}

func TestCheckSkipsUnknownValues(t *testing.T) {
	t.Parallel()
	for name, news := range map[string]fields{
		"top level": {"port": unknown, "name": unknown, "enabled": unknown, "database": unknown, "maskingRules": unknown, "cidrLabels": unknown},
		"secret": {
			"port": unknown.WithSecret(true), "database": unknown.WithSecret(true),
		},
		"in objects, lists and maps": {
			"port":         5432,
			"database":     fields{"host": unknown, "password": unknown},
			"allowedCidrs": []any{unknown, "10.0.0.0/8"},
			"cidrLabels":   fields{"10.0.0.0/8": unknown},
			"maskingRules": []any{unknown, fields{"column": unknown, "kind": unknown}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Empty(t, checkTable().Check(empty, values(news)))
		})
	}

	t.Run("known values beside them are checked", func(t *testing.T) {
		t.Parallel()
		failures := checkTable().Check(empty, values(fields{
			"port":         unknown,
			"database":     fields{"host": "d b", "password": unknown},
			"allowedCidrs": []any{unknown, "everywhere"},
			"cidrLabels":   fields{"a": unknown, "b": "too long"},
			"maskingRules": []any{fields{"column": unknown, "kind": "shred"}},
		}))
		assert.Equal(t, []string{"allowedCidrs[1]", "cidrLabels.b", "database.host", "maskingRules[0].kind"}, paths(failures))
	})
}

func TestCheckMustBeKnown(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"replicas": properties.List(properties.String()).MustBeKnown(),
		"enforce":  properties.Bool().MustBeKnown(),
	}
	const reason = " must be known before anything is created, because it determines which resources exist"
	assert.Equal(t, []string{"enforce" + reason, "replicas" + reason},
		reasons(table.Check(empty, values(fields{"replicas": unknown, "enforce": unknown.WithSecret(true)}))))
	assert.Empty(t, table.Check(empty, values(fields{"replicas": []any{unknown}, "enforce": true})), "items may be unknown")
	assert.Empty(t, table.Check(empty, empty))
}

func TestCheckTreatsNullAsOmitted(t *testing.T) {
	t.Parallel()
	valid := fields{"port": 5432, "database": fields{"host": "db", "password": "hunter2"}}
	for name, test := range map[string]struct {
		inputs fields
		want   []string
	}{
		"optional":            {fields{"name": null, "allowedCidrs": null, "maskingRules": null, "cidrLabels": null}, nil},
		"map entry":           {fields{"cidrLabels": fields{"10.0.0.0/8": null}}, nil},
		"required":            {fields{"port": null}, []string{"port is required"}},
		"required on create":  {fields{"database": null}, []string{"database is required to create the object"}},
		"required, nested":    {fields{"database": fields{"host": null, "password": "hunter2"}}, []string{"database.host is required"}},
		"required, in a list": {fields{"maskingRules": []any{fields{"column": "a", "kind": null}}}, []string{"maskingRules[0].kind is required"}},
		// An item cannot be omitted, because that would shift the items after it.
		"list item":                 {fields{"allowedCidrs": []any{"::1", nil}}, []string{"allowedCidrs[1] must not be null"}},
		"item in a list of objects": {fields{"maskingRules": []any{nil}}, []string{"maskingRules[0] must not be null"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			news := values(valid)
			for name, value := range values(test.inputs).All {
				news = news.Set(name, value)
			}
			assert.Equal(t, test.want, reasons(checkTable().Check(empty, news)))
		})
	}
}

func TestCheckRequired(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"projectId": properties.String().Required(),
		"name":      properties.String().RequiredOnCreate(),
		"secret":    properties.String().Required().Secret().WriteOnly(),
		"database": properties.Object[pool](properties.Table{
			"host":     properties.String().Required(),
			"mode":     properties.String().RequiredOnCreate(),
			"password": properties.String().Required().Secret().WriteOnly(),
		}),
	}
	for name, test := range map[string]struct {
		olds, news fields
		want       []string
	}{
		"new object": {nil, fields{"database": fields{}}, []string{
			"database.host is required", "database.mode is required to create the object", "database.password is required",
			"name is required to create the object", "projectId is required", "secret is required",
		}},
		"imported object": {
			fields{"projectId": "prj_1", "database": fields{"host": "db"}},
			fields{"database": fields{}},
			[]string{"database.host is required", "projectId is required"},
		},
		"object without required inputs": {
			fields{"name": "n"},
			fields{"database": fields{}},
			[]string{"database.host is required", "projectId is required"},
		},
		"object with write-only inputs": {
			fields{"projectId": "prj_1", "secret": secret("s"), "database": fields{"host": "db", "password": secret("s")}},
			fields{"projectId": "prj_1", "database": fields{"host": "db"}},
			[]string{"database.password is required", "secret is required"},
		},
		"required fields of an omitted object": {
			nil, fields{"projectId": "prj_1", "name": "n", "secret": "s"}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, reasons(table.Check(values(test.olds), values(test.news))))
		})
	}
}

func TestCheckUnknownNames(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"allowedCidrs": properties.String(), "projectId": properties.String(), "queryTimeoutMs": properties.Integer(), "url": properties.String(),
		"nested": properties.Object[pool](properties.Table{"poolSize": properties.Integer()}),
	}
	for name, test := range map[string]struct {
		inputs fields
		want   []string
	}{
		"snake case":                        {fields{"allowed_cidrs": "a"}, []string{"allowed_cidrs is not a valid property (did you mean allowedCidrs?)"}},
		"other case":                        {fields{"PROJECTID": "a"}, []string{"PROJECTID is not a valid property (did you mean projectId?)"}},
		"distance of 2":                     {fields{"query_timeout_ms": 1}, []string{"query_timeout_ms is not a valid property (did you mean queryTimeoutMs?)"}},
		"distance of 3":                     {fields{"query_time_out_ms": 1}, []string{"query_time_out_ms is not a valid property"}},
		"not close to any":                  {fields{"color": "a"}, []string{"color is not a valid property"}},
		"prefix":                            {fields{"myurl": 1}, []string{"myurl is not a valid property (did you mean url?)"}},
		"prefix too long":                   {fields{"theurl": 1}, []string{"theurl is not a valid property"}},
		"prefix missing":                    {fields{"timeoutMs": 1}, []string{"timeoutMs is not a valid property"}},
		"closest of several":                {fields{"projectIds": "a"}, []string{"projectIds is not a valid property (did you mean projectId?)"}},
		"nested":                            {fields{"nested": fields{"poolsize": 1}}, []string{"nested.poolsize is not a valid property (did you mean poolSize?)"}},
		"close to a name of another object": {fields{"nested": fields{"url": 1}}, []string{"nested.url is not a valid property"}},
		"not a plain name":                  {fields{"pool size": 1}, []string{`["pool size"] is not a valid property`}},
		"unknown value":                     {fields{"color": unknown}, []string{"color is not a valid property"}},
		"internal to Pulumi":                {fields{"__defaults": []string{}, "nested": fields{"__defaults": []string{}}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, reasons(table.Check(empty, values(test.inputs))))
		})
	}
}

// TestCheckNeverQuotesSecrets: failures are printed to terminals and logs.
func TestCheckNeverQuotesSecrets(t *testing.T) {
	t.Parallel()
	const password = "hunter2"
	text := properties.String().OneOf("a")
	object := properties.Object[pool](properties.Table{"kind": text, "size": properties.Integer()})
	for name, test := range map[string]struct {
		prop  properties.Property
		value any
		want  []string
	}{
		"property":              {text.Secret(), password, []string{"x must be one of a"}},
		"property, also marked": {text.Secret(), secret(password), []string{"x must be one of a"}},
		"property, wrong type":  {properties.Integer().Secret(), password, []string{"x must be a whole number"}},
		"number":                {properties.Integer().Between(0, 9).Secret(), 4711, []string{"x must be between 0 and 9"}},
		"value":                 {text, secret(password), []string{"x must be one of a"}},
		"value, wrong type":     {properties.Integer(), secret(password), []string{"x must be a whole number"}},
		"list for a string":     {text, secret([]string{password}), []string{"x must be a string"}},
		"field":                 {object, fields{"kind": secret(password), "size": secret(password)}, []string{"x.kind must be one of a", "x.size must be a whole number"}},
		"object":                {object, secret(fields{"kind": password, "size": password}), []string{"x.kind must be one of a", "x.size must be a whole number"}},
		"object property":       {object.Secret(), fields{"kind": password, "size": password}, []string{"x.kind must be one of a", "x.size must be a whole number"}},
		"item":                  {properties.List(text), []any{secret(password), "a"}, []string{"x[0] must be one of a"}},
		"list":                  {properties.List(text), secret([]string{password}), []string{"x[0] must be one of a"}},
		"object in a list":      {properties.List(object), secret([]any{fields{"kind": password}}), []string{"x[0].kind must be one of a"}},
		"entry":                 {properties.Map(text), fields{"k": secret(password)}, []string{"x.k must be one of a"}},
		"map":                   {properties.Map(text), secret(fields{"k": password}), []string{"x.k must be one of a"}},
		"map property":          {properties.Map(text).Secret(), fields{"k": password}, []string{"x.k must be one of a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failures := properties.Table{"x": test.prop}.Check(empty, values(fields{"x": test.value}))
			assert.Equal(t, test.want, reasons(failures))
		})
	}

	t.Run("values beside a secret are quoted", func(t *testing.T) {
		t.Parallel()
		failures := properties.Table{"x": object}.Check(empty, values(fields{"x": fields{"kind": secret(password), "size": "big"}}))
		require.Len(t, failures, 2)
		assert.Equal(t, `x.size must be a whole number; got "big"`, failures[1].Reason)
	})
}

// TestCheckDoesNotNamePropertiesThatMayBeSecret: the engine prints the value of the
// property that a failure names.
func TestCheckDoesNotNamePropertiesThatMayBeSecret(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"secret":   properties.String().Secret().Length(0, 3),
		"name":     properties.String().Length(0, 3),
		"settings": properties.Object[struct{}](properties.Table{"password": properties.String().Secret()}),
		"list":     properties.List(properties.Object[struct{}](properties.Table{"token": properties.String().Secret()})),
	}
	for name, test := range map[string]struct {
		inputs   fields
		property string
	}{
		"secret property":       {fields{"secret": "planted"}, ""},
		"marked by the program": {fields{"name": secret("planted")}, ""},
		"object with a secret":  {fields{"settings": []any{"planted"}}, ""},
		"list with secrets":     {fields{"list": "planted"}, ""},
		"unknown property":      {fields{"sekret": "planted"}, ""},
		"not secret":            {fields{"name": "planted"}, "name"},
		"nested secret":         {fields{"settings": fields{"password": 1}}, ""},
	} {
		assert.Equal(t, []string{test.property}, paths(table.Check(empty, values(test.inputs))), name)
	}
}

// TestCheckHintsAtQuotes: an unquoted null in YAML is not the string "null", and the
// language host may drop it before the provider sees it.
func TestCheckHintsAtQuotes(t *testing.T) {
	t.Parallel()
	table := properties.Table{"rules": properties.List(properties.Object[struct{}](properties.Table{
		"kind": properties.String().OneOf("redact", "null").Required(),
	}))}
	failures := table.Check(empty, values(fields{"rules": []any{fields{"kind": nil}, fields{}, fields{"kind": "null"}}}))
	require.Len(t, failures, 2)
	assert.Equal(t, `rules[0].kind is required (to use the string "null", put it in quotes)`, failures[0].Reason)
	assert.Equal(t, `rules[1].kind is required (to use the string "null", put it in quotes)`, failures[1].Reason)
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"name": properties.String().Length(0, 3), "url": properties.String().HTTPURL(), "tags": properties.List(properties.String()).MaxItems(1), "port": properties.Integer().Required(), "password": properties.String().Secret().Length(9, 0),
		"pool": properties.Object[pool](properties.Table{"host": properties.String().Length(0, 3)}),
	}
	inputs := values(fields{"name": "longer", "url": "ftp://u:planted@a", "tags": []string{"a", "b"}, "password": "short", "pool": fields{"host": "longer"}, "color": "red"})
	failures := properties.Printable(table.Check(empty, inputs), inputs)
	assert.ElementsMatch(t, []string{"name", "", "", "", "", "", ""}, paths(failures))
}

// TestNamesChildren checks the inputs that become part of the names of children.
func TestNamesChildren(t *testing.T) {
	t.Parallel()
	table := properties.Table{
		"name":   properties.String().NamesChildren(),
		"agents": properties.Map(properties.Object[limits](properties.Table{"size": properties.Integer()})).NamesChildren(),
	}
	for title, test := range map[string]struct {
		inputs  fields
		reasons []string
	}{
		"valid":          {fields{"name": "eu-1", "agents": fields{"bot": fields{"size": 1}, "B.0_": fields{}}}, nil},
		"empty":          {fields{"name": "", "agents": fields{"": fields{}}}, []string{`agents[""] is not a valid name: it must not be empty`, `name must not be empty; got ""`}},
		"characters":     {fields{"agents": fields{"a b": fields{}}}, []string{`agents["a b"] is not a valid name: it must contain only letters, digits, and _ . -`}},
		"length":         {fields{"agents": fields{strings.Repeat("a", 65): fields{}}}, []string{"agents." + strings.Repeat("a", 65) + " is not a valid name: it must have at most 64 characters, has 65"}},
		"secret":         {fields{"name": secret("canary")}, []string{"name must not be a secret: it becomes part of a resource name, which is stored in plain text"}},
		"secret map":     {fields{"agents": secret(fields{"canary": fields{}})}, []string{"agents must not be a secret: its keys become part of resource names, which are stored in plain text. Mark the values instead"}},
		"secret entry":   {fields{"agents": fields{"bot": secret(fields{"size": 1})}}, nil},
		"unknown":        {fields{"name": unknown, "agents": unknown}, []string{"agents must be known before anything is created, because it determines which resources exist", "name must be known before anything is created, because it determines which resources exist"}},
		"invalid fields": {fields{"agents": fields{"bot": fields{"size": "a"}}}, []string{`agents.bot.size must be a whole number; got "a"`}},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.reasons, reasons(table.Check(property.Map{}, values(test.inputs))))
		})
	}
}
