// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest/contract"
)

// contractExceptions are the differences from the contract that are intended, with
// the reason for each.
var contractExceptions = map[string]string{
	"HoneytokenInput.schema_name: null cannot be sent":                    "an omitted name is null",
	"ApprovalRuleInput.schema_name: null cannot be sent":                  "an omitted name is null",
	"ApprovalRuleInput.relation_name: null cannot be sent":                "an omitted name is null",
	"ApprovalRuleInput.min_affected_rows: null cannot be sent":            "the rule is replaced, and an omitted number is null",
	"AnomalyRuleInput.credential_id: null cannot be sent":                 "the rule is replaced, and an omitted ID is null",
	"AnomalyRuleInput.sigma_threshold: null cannot be sent":               "the rule is replaced, and an omitted number is null",
	"AnomalyRuleInput.floor: null cannot be sent":                         "the rule is replaced, and an omitted number is null",
	"CreateAgentCredentialRequest.expires_at: null cannot be sent":        "an omitted time is null for a new object",
	"CreateSelfHostEnrollmentRequest.expires_at: null cannot be sent":     "an omitted time is null for a new object",
	"UpdateProjectRequest.default_policy_profile_id: null cannot be sent": "the documented way to remove it is the empty string",
	"UpdateCacheRuleRequest.cache_ttl_seconds: is always sent":            "the contract does not say what an omitted value means",
	"UpdateCacheRuleRequest.cache_swr_seconds: is always sent":            "the contract does not say what an omitted value means",
	"updateSpendLimitRequest.spend_limit: is always sent":                 "the contract does not say what an omitted value means",
	`UpdateProjectRequest.status: the comment lacks "deleted"`:            "a project is deleted with DELETE",
}

// TestContract compares each operation with the API contract: its path, its query, the
// status of a success, and the types of the request and the response at every depth.
func TestContract(t *testing.T) {
	t.Parallel()
	doc := loadContract(t)
	assert.Empty(t, compareWithContract(t, doc).Unexplained(contractExceptions))
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

// comparison is a comparison of the client with the contract.
type comparison struct {
	contract.Differences
	docs map[string]map[string]string // the comments of fields by JSON name, by type
}

func compareWithContract(t *testing.T, doc *openapi3.T) *contract.Differences {
	t.Helper()
	docs, err := fieldComments()
	require.NoError(t, err)
	c := &comparison{docs: docs}
	for _, op := range operations() {
		if op.contracted {
			c.operation(doc, op)
		}
	}
	return &c.Differences
}

func (c *comparison) operation(doc *openapi3.T, op operation) {
	path, query, _ := strings.Cut(op.path, "?")
	var declared *openapi3.Operation
	var parameters openapi3.Parameters
	for template, item := range doc.Paths.Map() {
		if matches(template, path) && item.GetOperation(op.method) != nil {
			declared = item.GetOperation(op.method)
			parameters = slices.Concat(item.Parameters, declared.Parameters)
		}
	}
	if declared == nil {
		c.Add("%s: the contract has no %s %s", op.name, op.method, path)
		return
	}
	c.query(op.name, query, parameters)
	c.Compare(op.request != nil, declared.RequestBody != nil, "%s: has a request body", op.name)
	if op.request != nil && declared.RequestBody != nil {
		c.request(op.request, declared.RequestBody.Value.Content.Get("application/json").Schema.Value, op.name)
	}
	for status, response := range declared.Responses.Map() {
		if status[0] != '2' {
			continue
		}
		c.Compare(fmt.Sprint(op.successStatus), status, "%s: status", op.name)
		content := response.Value.Content.Get("application/json")
		c.Compare(op.response != nil, content != nil, "%s: has a response body", op.name)
		if op.response != nil && content != nil {
			c.response(op.response, content.Schema.Value, op.name)
		}
	}
}

// matches reports whether a path matches the template of an OpenAPI document.
func matches(template, path string) bool {
	return slices.EqualFunc(strings.Split(path, "/"), strings.Split(template, "/"), func(segment, pattern string) bool {
		return segment == pattern || strings.HasPrefix(pattern, "{") && strings.HasSuffix(pattern, "}")
	})
}

// query compares the query of a request with the declared parameters.
func (c *comparison) query(name, query string, parameters openapi3.Parameters) {
	values, err := url.ParseQuery(query)
	if err != nil {
		c.Add("%s: %v", name, err)
	}
	for parameter := range values {
		declared := parameters.GetByInAndName(openapi3.ParameterInQuery, parameter)
		switch {
		case declared == nil:
			c.Add("%s: the contract has no query parameter %s", name, parameter)
		case declared.Schema.Value.Type.Is("integer"):
			var number any
			if json.Unmarshal([]byte(values.Get(parameter)), &number) != nil || declared.Schema.Value.VisitJSON(number) != nil {
				c.Add("%s: the query parameter %s does not conform to the contract", name, parameter)
			}
		}
	}
	for _, parameter := range parameters {
		if parameter.Value.In == openapi3.ParameterInQuery && parameter.Value.Required && !values.Has(parameter.Value.Name) {
			c.Add("%s: the query parameter %s is missing", name, parameter.Value.Name)
		}
	}
}

// response compares a type with the schema of a response, at every depth.
func (c *comparison) response(typ reflect.Type, schema *openapi3.Schema, path string) {
	c.walk(typ, schema, path, (*comparison).responseField)
}

// request compares a type with the schema of a request, at every depth.
func (c *comparison) request(typ reflect.Type, schema *openapi3.Schema, path string) {
	c.walk(typ, schema, path, (*comparison).requestField)
}

// fieldPair is a field of a struct and the property that it corresponds to.
type fieldPair struct {
	path     string
	field    reflect.StructField
	rule     fieldRule
	property *openapi3.Schema
	required bool
	// comment is the comment of the field, with those of the fields of the same name in
	// the types that it names.
	comment    string
	documented bool // whether the type is exported, and must have comments
}

// walk compares types, and the fields of structs. A struct with a name is a place of
// its own, so that what is used in several places is compared once.
func (c *comparison) walk(typ reflect.Type, schema *openapi3.Schema, path string, compareField func(*comparison, fieldPair)) {
	for typ.Kind() == reflect.Pointer {
		typ = typ.Elem()
	}
	if len(schema.AllOf) == 1 { // a reference with a description of its own
		schema = schema.AllOf[0].Value
	}
	c.Compare(jsonType(typ), schemaType(schema), "%s: type", path)
	if jsonType(typ) != schemaType(schema) {
		return
	}
	if typ.Kind() == reflect.Slice {
		c.walk(typ.Elem(), schema.Items.Value, path+"[]", compareField)
		return
	}
	if typ.Kind() != reflect.Struct {
		return
	}
	path = cmp.Or(typ.Name(), path)
	missing := map[string]bool{}
	for name := range schema.Properties {
		missing[name] = true
	}
	for _, rule := range rulesOf(typ) {
		delete(missing, rule.name)
		ref, ok := schema.Properties[rule.name]
		if !ok {
			c.Add("%s.%s: is not in the contract", path, rule.name)
			continue
		}
		field := typ.FieldByIndex(rule.index)
		pair := fieldPair{
			path: path + "." + rule.name, field: field, rule: rule, property: ref.Value, required: slices.Contains(schema.Required, rule.name),
			comment: c.comment(ownerOf(typ, rule.index).Name(), rule.name), documented: ast.IsExported(typ.Name()),
		}
		compareField(c, pair)
		c.enum(pair)
		c.walk(field.Type, ref.Value, pair.path, compareField)
	}
	for name := range missing {
		c.Add("%s.%s: is not in the struct", path, name)
	}
}

// ownerOf returns the struct that declares a field, which may be embedded in another.
func ownerOf(typ reflect.Type, index []int) reflect.Type {
	if len(index) == 1 {
		return typ
	}
	return typ.FieldByIndex(index[:len(index)-1]).Type
}

// canBeNil reports whether a type can express that there is no value.
func canBeNil(t reflect.Type) bool { return t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice }

// emptyIsNone reports whether the empty string of a field is documented to be no value.
func (f fieldPair) emptyIsNone() bool {
	return f.field.Type.Kind() == reflect.String && strings.Contains(f.comment, "Empty is")
}

func (c *comparison) responseField(f fieldPair) {
	present := f.required && !f.property.Nullable
	c.Compare(!f.rule.optional, present, "%s: is always present", f.path)
	if f.rule.name == "next_page_token" { // an empty token is documented to be none
		return
	}
	if !present && !canBeNil(f.field.Type) && !f.emptyIsNone() {
		c.Add("%s: cannot be nil", f.path)
	}
	isID := f.rule.name == "id" || f.rule.name == "query_hash" || strings.HasSuffix(f.rule.name, "_id")
	isSecret := slices.Contains([]string{"connection_string", "mcp_url", "mcp_token", "token"}, f.rule.name)
	nonempty := present && f.property.Type.Is("string") && (isID || isSecret || len(f.property.Enum) > 0 || f.property.MinLength > 0)
	c.Compare(f.rule.nonempty, nonempty, "%s: is not empty", f.path)
}

func (c *comparison) requestField(f fieldPair) {
	_, options, _ := strings.Cut(f.field.Tag.Get("json"), ",")
	omitted := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
	switch {
	case f.required && omitted:
		c.Add("%s: is not always sent", f.path)
	case !f.required && !omitted:
		c.Add("%s: is always sent", f.path)
	case !f.required && !canBeNil(f.field.Type) && !f.emptyIsNone():
		c.Add("%s: cannot be nil", f.path)
	}
	sendsNull := canBeNil(f.field.Type) && !omitted
	switch {
	case f.property.Nullable && !sendsNull && !f.emptyIsNone():
		c.Add("%s: null cannot be sent", f.path)
	case !f.property.Nullable && sendsNull:
		c.Add("%s: nil is sent as null", f.path)
	}
	if options == "omitempty" && f.field.Type.Kind() == reflect.Slice {
		c.Add("%s: the empty list cannot be sent", f.path)
	}
	for _, maximum := range maxima(f.property) {
		if f.documented && !strings.Contains(f.comment, maximum) {
			c.Add("%s: the comment lacks the maximum %s", f.path, maximum)
		}
	}
}

// maxima returns the largest lengths and numbers that a schema allows.
func maxima(s *openapi3.Schema) []string {
	var found []string
	for _, length := range []*uint64{s.MaxLength, s.MaxItems} {
		if length != nil {
			found = append(found, fmt.Sprint(*length))
		}
	}
	if s.Max != nil {
		found = append(found, fmt.Sprintf("%.0f", *s.Max))
	}
	if s.Items != nil {
		found = append(found, maxima(s.Items.Value)...)
	}
	return found
}

// jsonType returns the type of the contract for a Go type.
func jsonType(t reflect.Type) string {
	return map[reflect.Kind]string{
		reflect.Struct: "object", reflect.Slice: "array", reflect.String: "string", reflect.Bool: "boolean",
		reflect.Int: "integer", reflect.Int64: "integer of 64 bits", reflect.Float64: "number",
	}[t.Kind()]
}

func schemaType(s *openapi3.Schema) string {
	name := strings.Join(s.Type.Slice(), " or ")
	if name == "integer" && s.Format == "int64" {
		name += " of 64 bits"
	}
	return name
}

var (
	quoted       = regexp.MustCompile(`"([^"]+)"`)
	otherStructs = regexp.MustCompile(`\b[A-Z]\w+\b`)
)

// comment returns the comment of a field, with those of the fields of the same name in
// the types that it names.
func (c *comparison) comment(typ, field string) string {
	comment := c.docs[typ][field]
	for _, other := range otherStructs.FindAllString(comment, -1) {
		comment += c.docs[other][field]
	}
	return comment
}

// enum requires that the comment of an enum lists its values.
func (c *comparison) enum(f fieldPair) {
	property := f.property
	if property.Items != nil {
		property = property.Items.Value
	}
	if len(property.Enum) == 0 || !f.documented {
		return
	}
	var listed []string
	for _, match := range quoted.FindAllStringSubmatch(f.comment, -1) {
		listed = append(listed, match[1])
	}
	for _, value := range property.Enum {
		if !slices.Contains(listed, fmt.Sprint(value)) {
			c.Add("%s: the comment lacks %q", f.path, value)
		}
	}
	for _, value := range listed {
		if !slices.Contains(property.Enum, any(value)) {
			c.Add("%s: the comment has %q, which is not in the contract", f.path, value)
		}
	}
}

// fieldComments returns the comments of the fields of all structs.
var fieldComments = sync.OnceValues(func() (map[string]map[string]string, error) {
	comments := map[string]map[string]string{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		source, err := os.ReadFile(name) //nolint:gosec // a file of this package
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if spec, ok := node.(*ast.TypeSpec); ok {
				if structType, ok := spec.Type.(*ast.StructType); ok {
					comments[spec.Name.Name] = commentsOf(structType)
				}
			}
			return true
		})
	}
	return comments, nil
})

func commentsOf(structType *ast.StructType) map[string]string {
	comments := map[string]string{}
	for _, field := range structType.Fields.List {
		if field.Tag != nil {
			tag := reflect.StructTag(strings.Trim(field.Tag.Value, "`"))
			name, _, _ := strings.Cut(tag.Get("json"), ",")
			comments[name] = field.Doc.Text()
		}
	}
	return comments
}

// TestRequestsHaveTheirTypes verifies that each operation sends the type that is
// compared with the contract.
func TestRequestsHaveTheirTypes(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		body := recordRequest(op.call).body
		if op.request == nil {
			assert.Empty(t, body, op.name)
			continue
		}
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.DisallowUnknownFields()
		sent := reflect.New(op.request)
		require.NoError(t, decoder.Decode(sent.Interface()), op.name)
		encoded, err := json.Marshal(sent.Interface())
		require.NoError(t, err)
		assert.JSONEq(t, string(body), string(encoded), op.name)
	}
}

// TestDifferencesFromTheContractAreFound changes one thing at a time in the contract.
func TestDifferencesFromTheContractAreFound(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compares documents, without a client")
	}
	loadContract(t)
	property := func(doc *openapi3.T, typ, name string) *openapi3.Schema {
		return doc.Components.Schemas[typ].Value.Properties[name].Value
	}
	for name, edit := range map[string]func(doc *openapi3.T){
		"path": func(doc *openapi3.T) { doc.Paths.Delete("/v1/projects/{project_id}") },
		"method": func(doc *openapi3.T) {
			doc.Paths.Value("/v1/projects/{project_id}").SetOperation(http.MethodPatch, nil)
		},
		"status": func(doc *openapi3.T) {
			responses := doc.Paths.Value("/v1/projects").Post.Responses
			responses.Set("202", responses.Value("201"))
			responses.Delete("201")
		},
		"response body": func(doc *openapi3.T) {
			doc.Paths.Value("/v1/projects/{project_id}").Get.Responses.Value("200").Value.Content = nil
		},
		"request body": func(doc *openapi3.T) { doc.Paths.Value("/v1/projects").Post.RequestBody = nil },
		"query parameter": func(doc *openapi3.T) {
			doc.Paths.Value("/v1/projects").Get.Parameters = nil
		},
		"required query parameter": func(doc *openapi3.T) {
			doc.Paths.Value("/v1/projects").Get.Parameters.GetByInAndName("query", "sort_by").Required = true
		},
		"range of a query parameter": func(doc *openapi3.T) {
			maximum := 50.0
			doc.Paths.Value("/v1/projects").Get.Parameters.GetByInAndName("query", "page_size").Schema.Value.Max = &maximum
		},
		"new response field": func(doc *openapi3.T) {
			doc.Components.Schemas["Project"].Value.WithProperty("colour", openapi3.NewStringSchema())
		},
		"new request field": func(doc *openapi3.T) {
			doc.Components.Schemas["UpdateProjectRequest"].Value.WithProperty("colour", openapi3.NewStringSchema())
		},
		"new nested field": func(doc *openapi3.T) {
			doc.Components.Schemas["PlanLimits"].Value.WithProperty("max_webhooks", openapi3.NewIntegerSchema())
		},
		"removed response field": func(doc *openapi3.T) { delete(doc.Components.Schemas["Project"].Value.Properties, "cloud") },
		"removed request field": func(doc *openapi3.T) {
			delete(doc.Components.Schemas["CreateProjectRequest"].Value.Properties, "cloud")
		},
		"type":         func(doc *openapi3.T) { property(doc, "Database", "port").Type = &openapi3.Types{"string"} },
		"request type": func(doc *openapi3.T) { property(doc, "CreateDatabaseRequest", "port").Type = &openapi3.Types{"number"} },
		"size":         func(doc *openapi3.T) { property(doc, "PlanLimits", "max_projects").Format = "int64" },
		"items": func(doc *openapi3.T) {
			property(doc, "CreateProjectRequest", "tags").Items.Value.Type = &openapi3.Types{"integer"}
		},
		"optional response field": func(doc *openapi3.T) { doc.Components.Schemas["Replica"].Value.Required = nil },
		"required response field": func(doc *openapi3.T) {
			project := doc.Components.Schemas["Project"].Value
			project.Required = append(project.Required, "description")
		},
		"nullable response field": func(doc *openapi3.T) { property(doc, "Project", "name").Nullable = true },
		"optional request field":  func(doc *openapi3.T) { doc.Components.Schemas["CreateReplicaRequest"].Value.Required = nil },
		"required request field": func(doc *openapi3.T) {
			doc.Components.Schemas["UpdateDatabaseRequest"].Value.Required = []string{"password"}
		},
		"nullable request field": func(doc *openapi3.T) { property(doc, "UpdateProjectRequest", "description").Nullable = true },
		"request field that is not null": func(doc *openapi3.T) {
			property(doc, "UpdateCacheRuleRequest", "cache_ttl_seconds").Nullable = false
		},
		"new enum value":     func(doc *openapi3.T) { s := property(doc, "Project", "status"); s.Enum = append(s.Enum, "frozen") },
		"removed enum value": func(doc *openapi3.T) { s := property(doc, "Project", "status"); s.Enum = s.Enum[1:] },
		"enum of items": func(doc *openapi3.T) {
			s := property(doc, "WebhookEndpointInput", "event_types").Items.Value
			s.Enum = append(s.Enum, "frozen")
		},
		"maximum length": func(doc *openapi3.T) { *property(doc, "HoneytokenInput", "relation_name").MaxLength = 63 },
		"maximum":        func(doc *openapi3.T) { *property(doc, "UpdateDatabaseRequest", "query_timeout_ms").Max = 600000 },
		"number of items": func(doc *openapi3.T) {
			*property(doc, "UpdateProjectRequest", "allowed_cidrs").MaxItems = 100
		},
		"minimum length": func(doc *openapi3.T) {
			property(doc, "Database", "host").MinLength = 1
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := loadContract(t)
			edit(doc)
			assert.NotEmpty(t, compareWithContract(t, doc).Unexplained(contractExceptions))
		})
	}
}
