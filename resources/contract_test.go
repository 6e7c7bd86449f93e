// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest/contract"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// notCompared are the kinds whose properties have other names than those of a request.
var notCompared = map[string]string{
	"ProjectDefaultPolicy": "its only value is default_policy_profile_id of UpdateProjectRequest, which is compared for Project",
}

// propertyExceptions are the differences from the contract that are intended, with the
// reason for each.
var propertyExceptions = map[string]string{
	"Project.allowedCidrs[0]: is not an object":             "the labels are in cidrLabels; TestCIDRsMatchTheContract compares both",
	"Project.name: is not required":                         "it is generated",
	"PolicyProfile.name: is not required":                   "it is generated",
	"AgentCredential.name: is not required":                 "it is generated",
	"AgentCredential.status: is not required":               "it is required only in a request that changes it",
	"Project.status: rejects deleted":                       "a project is deleted by destroying the resource",
	"AgentCredential.policyProfileId: rejects more strings": "it must be an ID",
	"AgentCredential.policyProfileId: rejects 0 characters": "it must be an ID",
	"WebhookEndpoint.url: rejects 1 characters":             "the description in the contract says that it is a URL",
	"WebhookEndpoint.url: rejects 2 characters":             "the description in the contract says that it is a URL",
	"AnomalyRule.credentialId: rejects more strings":        "it must be an ID",
	"Project.defaultPolicyProfileId: rejects more strings":  "it must be an ID",
	"ApprovalRule.name: rejects more strings":               "the description in the contract says that it must not be blank",
	"WebhookEndpoint.url: rejects more strings":             "the description in the contract says that it is a URL",
	"OrganizationMember.email: rejects 0 characters":        "the description in the contract says that it is an address",
	"OrganizationMember.email: rejects 1 characters":        "the description in the contract says that it is an address",
	"OrganizationMember.email: rejects 5000 characters":     "the description in the contract says that it is an address",
	"OrganizationMember.email: rejects more strings":        "the description in the contract says that it is an address",
	"SpendLimit.spendLimit: rejects -1":                     "a negative amount is no limit that can be spent",
	"SpendLimit.spendLimit: rejects -1.5":                   "a negative amount is no limit that can be spent",
}

// TestPropertiesMatchTheContract compares what the property tables accept with what the
// schemas of the requests accept: properties, types, lengths, ranges, patterns and enums.
func TestPropertiesMatchTheContract(t *testing.T) {
	t.Parallel()
	doc := loadContract(t)
	assert.Empty(t, compareTables(t, doc).Unexplained(propertyExceptions))
}

func loadContract(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := contract.Load()
	require.NoError(t, err)
	if doc == nil {
		t.Skipf("%s is not set to the path of the API contract", contract.Variable)
	}
	return doc
}

func compareTables(t *testing.T, doc *openapi3.T) *contract.Differences {
	t.Helper()
	d := &contract.Differences{}
	for _, resource := range resources.All() {
		if !resource.HasObject() { // its inputs are those of several requests, and of none
			continue
		}
		names := scenario.KindNamed(resource.Kind()).RequestSchemas
		if len(names) == 0 {
			assert.NotEmpty(t, notCompared[resource.Kind()], "%s has no schema to compare it with", resource.Kind())
			continue
		}
		comparison := tableComparison{Differences: d, kind: resource.Kind(), table: resource.Properties}
		comparison.object(place{}, mergeSchemas(doc, names))
	}
	return d
}

// mergeSchemas returns a schema with the properties of several. If a property is in more than one, the first holds.
func mergeSchemas(doc *openapi3.T, names []string) *openapi3.Schema {
	merged := openapi3.NewObjectSchema()
	for _, name := range names {
		schema := doc.Components.Schemas[name].Value
		for property, ref := range schema.Properties {
			if merged.Properties[property] == nil {
				merged.WithPropertyRef(property, ref)
				if slices.Contains(schema.Required, property) {
					merged.Required = append(merged.Required, property)
				}
			}
		}
	}
	return merged
}

// place is where a value is in the inputs: names of properties, and "[0]" for an item.
type place []string

func (p place) String() string {
	return strings.ReplaceAll(strings.Join(p, "."), ".[0]", "[0]")
}

func (p place) below(name string) place { return append(slices.Clone(p), name) }

// inputs returns inputs that have a value at a place.
func (p place) inputs(value any) any {
	for _, name := range slices.Backward(p) {
		if name == "[0]" {
			value = []any{value}
		} else {
			value = object{name: value}
		}
	}
	return value
}

// tableComparison compares one kind by checking inputs: the rules of a table are
// functions, so only what they accept can be compared.
type tableComparison struct {
	*contract.Differences
	kind  string
	table properties.Table
}

func (c *tableComparison) differ(at place, format string, args ...any) {
	c.Add("%s.%s: %s", c.kind, at, fmt.Sprintf(format, args...))
}

// problems returns what the table says about a value.
func (c *tableComparison) problems(at place, value any) []string {
	var problems []string
	for _, failure := range c.table.Check(enginetest.Inputs(object{}), enginetest.Inputs(at.inputs(value).(object))) {
		if problem, ok := strings.CutPrefix(failure.Reason, at.String()+" "); ok {
			problems = append(problems, problem)
		}
	}
	return problems
}

func (c *tableComparison) accepts(at place, value any) bool { return len(c.problems(at, value)) == 0 }

func (c *tableComparison) value(at place, schema *openapi3.Schema) {
	switch {
	case schema.Type.Is("object"):
		if c.accepts(at, "x") || !c.accepts(at, object{}) {
			c.differ(at, "is not an object")
			return
		}
		c.object(at, schema)
	case schema.Type.Is("array"):
		c.list(at, schema)
	case schema.Type.Is("boolean"):
		c.values(at, schema, true, false, "x", 1.0)
	case schema.Type.Is("integer"), schema.Type.Is("number"):
		c.values(at, schema, numbers(schema)...)
	case schema.Type.Is("string"):
		c.text(at, schema)
	default:
		c.differ(at, "has an unknown type")
	}
}

func (c *tableComparison) object(at place, schema *openapi3.Schema) {
	for name, ref := range schema.Properties {
		property := at.below(camelCase(name))
		known, required := true, false
		for _, problem := range c.problems(property, true) {
			known = known && !strings.HasPrefix(problem, "is not a valid property")
		}
		if !known {
			c.differ(property, "is not a property")
			continue
		}
		for _, problem := range c.problems(property, nil) {
			required = required || strings.HasPrefix(problem, "is required")
		}
		switch {
		case required && !slices.Contains(schema.Required, name):
			c.differ(property, "is required")
		case !required && slices.Contains(schema.Required, name):
			c.differ(property, "is not required")
		}
		c.value(property, ref.Value)
	}
}

func (c *tableComparison) list(at place, schema *openapi3.Schema) {
	if c.accepts(at, "x") {
		c.differ(at, "is not a list")
		return
	}
	for _, n := range lengths(schema.MinItems, schema.MaxItems) {
		items := make([]any, n)
		for i := range items {
			items[i] = sample(schema.Items.Value, fmt.Sprint(i))
		}
		tooMany := slices.ContainsFunc(c.problems(at, items), func(problem string) bool { return strings.Contains(problem, "items") })
		c.compare(at, !tooMany, accepts(schema, items), "%d items", n)
	}
	c.value(at.below("[0]"), schema.Items.Value)
}

// text compares strings: the values of an enum, timestamps, or lengths and characters.
func (c *tableComparison) text(at place, schema *openapi3.Schema) {
	switch {
	case len(schema.Enum) > 0:
		c.values(at, schema, append(slices.Clone(schema.Enum), "no_such_value", 1.0)...)
	case schema.Format == "date-time":
		c.compare(at, c.accepts(at, "2099-01-01T00:00:00Z"), true, "a timestamp")
		c.compare(at, c.accepts(at, "tomorrow"), false, "another string")
	default:
		for _, n := range lengths(schema.MinLength, schema.MaxLength) {
			text := strings.Repeat("a", n)
			if prefix := "https://example.com/"; strings.HasSuffix(at.String(), "url") && n > len(prefix) {
				text = prefix + text[len(prefix):]
			}
			c.compare(at, c.accepts(at, text), accepts(schema, text), "%d characters", n)
		}
		for _, text := range []string{
			" ", "a b", "a\tb", "a\x00b", "-a", "a-", "a.b", ".", "A", "é", "a/b", "a:b", "a_b", "203.0.113.0/24", "2001:db8::1",
		} {
			c.characters(at, schema, text)
		}
		c.compare(at, c.accepts(at, 1.0), false, "a number")
	}
}

// characters compares whether a string is valid. No string of PostgreSQL contains NUL, so
// a table may always reject it.
func (c *tableComparison) characters(at place, schema *openapi3.Schema, text string) {
	switch got, want := c.accepts(at, text), accepts(schema, text); {
	case got && !want:
		c.differ(at, "accepts more strings")
	case !got && want && !strings.ContainsRune(text, 0):
		c.differ(at, "rejects more strings")
	}
}

func (c *tableComparison) values(at place, schema *openapi3.Schema, values ...any) {
	for _, value := range values {
		c.compare(at, c.accepts(at, value), accepts(schema, value), "%v", value)
	}
}

func (c *tableComparison) compare(at place, got, want bool, format string, args ...any) {
	value := fmt.Sprintf(format, args...)
	switch {
	case got && !want:
		c.differ(at, "accepts %s", value)
	case !got && want:
		c.differ(at, "rejects %s", value)
	}
}

// accepts reports whether a schema accepts a value.
func accepts(schema *openapi3.Schema, value any) bool { return schema.VisitJSON(value) == nil }

// lengths returns the lengths at the bounds of a schema. Without an upper bound, it
// returns a large length.
func lengths(minimum uint64, maximum *uint64) []int {
	found := []int{int(minimum), int(minimum) + 1} //nolint:gosec // small numbers
	if minimum > 0 {
		found = append(found, int(minimum)-1) //nolint:gosec // small numbers
	}
	if maximum == nil {
		return append(found, 5000)
	}
	return append(found, int(*maximum), int(*maximum)+1) //nolint:gosec // small numbers
}

// numbers returns the numbers at the bounds of a schema, and values of other types.
func numbers(schema *openapi3.Schema) []any {
	found := []any{"x", true, -1.0, 0.0, 1.0, -1.5, 1.5}
	for _, bound := range []*float64{schema.Min, schema.Max} {
		if bound != nil {
			found = append(found, *bound-1, *bound, *bound+1)
		}
	}
	const maxInt32 = 1<<31 - 1
	if schema.Format == "int32" {
		return append(found, float64(maxInt32))
	}
	return append(found, float64(maxInt32+1))
}

// sample returns a valid value, which differs for every name.
func sample(schema *openapi3.Schema, name string) any {
	switch {
	case len(schema.Enum) > 0:
		return schema.Enum[0]
	case schema.Type.Is("object"):
		value := object{}
		for property, ref := range schema.Properties {
			value[property] = sample(ref.Value, name)
		}
		return value
	default:
		return name
	}
}

// camelCase converts the name of a property.
func camelCase(name string) string {
	first, rest, _ := strings.Cut(name, "_")
	for _, word := range strings.Split(rest, "_") {
		if word != "" {
			first += strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return first
}

// TestCIDRsMatchTheContract compares the ranges and the labels, which are in one list in
// the contract.
func TestCIDRsMatchTheContract(t *testing.T) {
	t.Parallel()
	d := &contract.Differences{}
	project := tableComparison{Differences: d, kind: "Project", table: resources.ProjectProperties()}
	entry := loadContract(t).Components.Schemas["CidrEntry"].Value.Properties
	project.text(place{"allowedCidrs", "[0]"}, entry["cidr"].Value)
	for _, n := range lengths(entry["label"].Value.MinLength, entry["label"].Value.MaxLength) {
		label := strings.Repeat("a", n)
		failures := project.table.Check(enginetest.Inputs(object{}), enginetest.Inputs(object{"cidrLabels": object{"203.0.113.0/24": label}}))
		tooLong := slices.ContainsFunc(failures, func(f p.CheckFailure) bool { return strings.Contains(f.Reason, "characters") })
		assert.Equal(t, accepts(entry["label"].Value, label), !tooLong, "a label of %d characters", n)
	}
	assert.Empty(t, d.Unexplained(map[string]string{
		"Project.allowedCidrs[0]: rejects more strings":    "the pattern in the contract accepts strings that are no ranges",
		"Project.allowedCidrs[0]: rejects 1 characters":    "the pattern in the contract accepts strings that are no ranges",
		"Project.allowedCidrs[0]: rejects 5000 characters": "the pattern in the contract accepts strings that are no ranges",
	}))
}

// enumSchemas are the schemas that define each enum.
var enumSchemas = map[string]struct {
	values []string
	schema string // of an object, with a property, or of the enum itself
}{
	"Cloud":            {valuesOf[resources.Cloud](), "CreateProjectRequest.cloud"},
	"OrganizationRole": {valuesOf[resources.OrganizationRole](), "AssignableOrgRole"},
	"ProjectStatus":    {valuesOf[resources.ProjectStatus](), "ProjectStatus"},
	"Residency":        {valuesOf[resources.Residency](), "DataResidency"},
	"SSLMode":          {valuesOf[resources.SSLMode](), "SSLMode"},
	"DatabaseRole":     {valuesOf[resources.DatabaseRole](), "DatabaseRole"},
	"PoolMode":         {valuesOf[resources.PoolMode](), "PoolMode"},
	"AccessMode":       {valuesOf[resources.AccessMode](), "PolicyProfileInput.access_mode"},
	"WriteMode":        {valuesOf[resources.WriteMode](), "PolicyProfileInput.write_mode"},
	"ApprovalMode":     {valuesOf[resources.ApprovalMode](), "PolicyProfileInput.approval_mode"},
	"MigrationSafety":  {valuesOf[resources.MigrationSafety](), "PolicyProfileInput.migration_safety"},
	"ContentScanMode":  {valuesOf[resources.ContentScanMode](), "PolicyProfileInput.content_scan_mode"},
	"MaskingKind":      {valuesOf[resources.MaskingKind](), "MaskingRule.kind"},
	"CredentialStatus": {valuesOf[resources.CredentialStatus](), "AgentCredential.status"},
	"PrincipalType":    {valuesOf[resources.PrincipalType](), "CreateAgentCredentialRequest.principal_type"},
	"WebhookFormat":    {valuesOf[resources.WebhookFormat](), "WebhookEndpointInput.format"},
	"WebhookEventType": {valuesOf[resources.WebhookEventType](), "WebhookEventType"},
	"HoneytokenAction": {valuesOf[resources.HoneytokenAction](), "HoneytokenInput.action"},
	"AnomalyMetric":    {valuesOf[resources.AnomalyMetric](), "AnomalyMetric"},
	"StatementKind":    {valuesOf[resources.StatementKind](), "ApprovalRuleStatementKind"},
	"PolicyVerdict":    {valuesOf[resources.PolicyVerdict](), "DryEvalResult.verdict"},
}

// enumExceptions are the differences that are intended, with the reason for each.
var enumExceptions = map[string]string{
	"ProjectStatus: lacks deleted":    "a project is deleted by destroying the resource",
	"CredentialStatus: lacks revoked": "a credential is revoked by destroying the resource",
}

func valuesOf[T interface {
	~string
	infer.Enum[T]
}]() []string {
	var t T
	var values []string
	for _, value := range t.Values() {
		values = append(values, string(value.Value))
	}
	return values
}

// TestEnumsMatchTheContract compares the values of all enums in both directions.
func TestEnumsMatchTheContract(t *testing.T) {
	t.Parallel()
	doc := loadContract(t)
	assert.ElementsMatch(t, slices.Collect(maps.Keys(resources.EnumDescriptions)), slices.Collect(maps.Keys(enumSchemas)), "every enum is compared")
	assert.Empty(t, compareEnums(doc).Unexplained(enumExceptions))
}

func compareEnums(doc *openapi3.T) *contract.Differences {
	d := &contract.Differences{}
	for name, enum := range enumSchemas {
		schemaName, property, isProperty := strings.Cut(enum.schema, ".")
		schema := doc.Components.Schemas[schemaName].Value
		if isProperty {
			schema = schema.Properties[property].Value
		}
		for _, value := range schema.Enum {
			if !slices.Contains(enum.values, fmt.Sprint(value)) {
				d.Add("%s: lacks %v", name, value)
			}
		}
		for _, value := range enum.values {
			if !slices.Contains(schema.Enum, any(value)) {
				d.Add("%s: has %s, which is not in the contract", name, value)
			}
		}
	}
	return d
}

// TestPropertyDifferencesAreFound changes one thing at a time in the contract.
func TestPropertyDifferencesAreFound(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compares documents, without a provider")
	}
	loadContract(t)
	property := func(doc *openapi3.T, typ, name string) *openapi3.Schema {
		return doc.Components.Schemas[typ].Value.Properties[name].Value
	}
	for name, edit := range map[string]func(doc *openapi3.T){
		"new property": func(doc *openapi3.T) {
			doc.Components.Schemas["ApprovalRuleInput"].Value.WithProperty("colour", openapi3.NewStringSchema())
		},
		"new nested property": func(doc *openapi3.T) {
			doc.Components.Schemas["CacheConfig"].Value.WithProperty("colour", openapi3.NewStringSchema())
		},
		"new property of an item": func(doc *openapi3.T) {
			doc.Components.Schemas["MaskingRule"].Value.WithProperty("colour", openapi3.NewStringSchema())
		},
		"required": func(doc *openapi3.T) {
			doc.Components.Schemas["CreateReplicaRequest"].Value.Required = []string{"host", "port", "ssl_mode"}
		},
		"optional": func(doc *openapi3.T) { doc.Components.Schemas["CreateReplicaRequest"].Value.Required = nil },
		"type":     func(doc *openapi3.T) { property(doc, "CreateDatabaseRequest", "port").Type = &openapi3.Types{"string"} },
		"boolean":  func(doc *openapi3.T) { property(doc, "ApprovalRuleInput", "enabled").Type = &openapi3.Types{"string"} },
		"fraction": func(doc *openapi3.T) {
			property(doc, "UpdateSpendLimitRequest", "spend_limit").Type = &openapi3.Types{"integer"}
		},
		"timestamp": func(doc *openapi3.T) {
			property(doc, "CreateSelfHostEnrollmentRequest", "expires_at").Format = ""
		},
		"shorter":            func(doc *openapi3.T) { *property(doc, "HoneytokenInput", "relation_name").MaxLength = 254 },
		"longer":             func(doc *openapi3.T) { *property(doc, "HoneytokenInput", "relation_name").MaxLength = 256 },
		"no maximum length":  func(doc *openapi3.T) { property(doc, "HoneytokenInput", "schema_name").MaxLength = nil },
		"minimum length":     func(doc *openapi3.T) { property(doc, "HoneytokenInput", "relation_name").MinLength = 0 },
		"new minimum length": func(doc *openapi3.T) { property(doc, "HoneytokenInput", "schema_name").MinLength = 1 },
		"pattern":            func(doc *openapi3.T) { property(doc, "CreateReplicaRequest", "host").Pattern = "" },
		"stricter pattern":   func(doc *openapi3.T) { property(doc, "PolicyProfileInput", "name").Pattern = `^\S*$` },
		"minimum":            func(doc *openapi3.T) { *property(doc, "PolicyProfileInput", "max_rows").Min = 1 },
		"maximum":            func(doc *openapi3.T) { *property(doc, "UpdateCacheRuleRequest", "cache_ttl_seconds").Max = 86401 },
		"no maximum":         func(doc *openapi3.T) { property(doc, "CacheConfig", "ttl_seconds").Max = nil },
		"exclusive minimum": func(doc *openapi3.T) {
			property(doc, "AnomalyRuleInput", "floor").ExclusiveMin = openapi3.ExclusiveBound{}
		},
		"32 bits":         func(doc *openapi3.T) { property(doc, "ApprovalRuleInput", "min_affected_rows").Format = "" },
		"more items":      func(doc *openapi3.T) { *property(doc, "CreateProjectRequest", "tags").MaxItems = 11 },
		"fewer items":     func(doc *openapi3.T) { *property(doc, "CreateProjectRequest", "tags").MaxItems = 9 },
		"length of items": func(doc *openapi3.T) { *property(doc, "CreateProjectRequest", "tags").Items.Value.MaxLength = 51 },
		"enum": func(doc *openapi3.T) {
			s := property(doc, "HoneytokenInput", "action")
			s.Enum = append(s.Enum, "watch")
		},
		"removed from enum": func(doc *openapi3.T) { s := property(doc, "MaskingRule", "kind"); s.Enum = s.Enum[1:] },
		"enum of items": func(doc *openapi3.T) {
			s := doc.Components.Schemas["WebhookEventType"].Value
			s.Enum = append(s.Enum, "watch")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := loadContract(t)
			edit(doc)
			found := compareTables(t, doc).Unexplained(propertyExceptions)
			assert.NotEmpty(t, slices.Concat(found, compareEnums(doc).Unexplained(enumExceptions)))
		})
	}
}
