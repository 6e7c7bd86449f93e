// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest/contract"
)

var readContract = sync.OnceValues(contract.Load)

// loadContract returns the contract, or nil if there is none.
func loadContract(tb testing.TB) *openapi3.T {
	tb.Helper()
	doc, err := readContract()
	require.NoError(tb, err)
	return doc
}

func requireContract(t *testing.T) *openapi3.T {
	t.Helper()
	doc := loadContract(t)
	if doc == nil {
		t.Skipf("%s is not set: the local API is not compared with the contract", contract.Variable)
	}
	return doc
}

// contractOperation is an operation of the contract. Its parameters include those of its path.
type contractOperation struct {
	*openapi3.Operation
	method, path string
}

// contractOperations returns the operations of the contract by ID.
func contractOperations(doc *openapi3.T) map[string]contractOperation {
	operations := map[string]contractOperation{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			withPath := *op
			withPath.Parameters = slices.Concat(item.Parameters, op.Parameters)
			operations[op.OperationID] = contractOperation{&withPath, method, path}
		}
	}
	return operations
}

func (op *contractOperation) parametersIn(in string) map[string]*openapi3.Parameter {
	parameters := map[string]*openapi3.Parameter{}
	for _, ref := range op.Parameters {
		if ref.Value.In == in {
			parameters[ref.Value.Name] = ref.Value
		}
	}
	return parameters
}

func TestOperationsMatchTheContract(t *testing.T) {
	doc := requireContract(t)
	declared := contractOperations(doc)
	s, err := New(Options{})
	require.NoError(t, err)

	served := map[string]bool{}
	for _, op := range s.operations {
		assert.False(t, served[op.id], "%s is served twice", op.id)
		served[op.id] = true
		if want, ok := declared[op.id]; assert.True(t, ok, "%s is not in the contract", op.id) {
			assert.Empty(t, operationDifferences(op, want), op.id)
		}
	}
	for id := range declared {
		assert.True(t, served[id], "%s is not served", id)
	}
}

// TestOutputsMatchTheContract compares the output of every kind with the contract's schema.
func TestOutputsMatchTheContract(t *testing.T) {
	doc := requireContract(t)
	s, err := New(Options{})
	require.NoError(t, err)
	for _, k := range s.collections {
		name := k.typeName
		if k == s.cacheRules {
			name = "CacheRuleEntry"
		}
		if ref := doc.Components.Schemas[name]; assert.NotNil(t, ref, name) {
			assert.Empty(t, outputDifferences(k.output, ref.Value, name))
		}
	}
	assert.Empty(t, outputDifferences(planInfoOutput, doc.Components.Schemas["PlanInfo"].Value, "PlanInfo"))
}

// differences collects what the local API and the contract do not agree on.
type differences []string

func (d *differences) compare(got, want any, format string, args ...any) {
	if !assert.ObjectsAreEqualValues(want, got) {
		*d = append(*d, fmt.Sprintf("%s is %v, but %v in the contract", fmt.Sprintf(format, args...), got, want))
	}
}

func operationDifferences(op *operation, want contractOperation) differences {
	var d differences
	d.compare(op.method+" "+op.path, want.method+" "+want.path, "route")
	d.compare(op.public, want.Security != nil && len(*want.Security) == 0, "public")
	feature, _ := want.Extensions["x-feature-flag"].(string)
	d.compare(op.feature, feature, "feature")
	d.compare(op.conflicts, want.Responses.Value("409") != nil, "409 response")

	d.compare(op.body != nil, want.RequestBody != nil, "request body")
	if op.body != nil && want.RequestBody != nil {
		body := want.RequestBody.Value
		d.compare(op.optionalBody, !body.Required, "optional request body")
		d = append(d, inputDifferences(op.body, body.Content.Get(jsonType).Schema.Value, "body")...)
	}

	query := want.parametersIn("query")
	d.compare(len(op.query), len(query), "number of query parameters")
	for _, f := range op.query {
		parameter, ok := query[f.name]
		d.compare(true, ok, "query parameter %s", f.name)
		if ok {
			d.compare(f.required, parameter.Required, "query parameter %s required", f.name)
			d = append(d, fieldDifferences(f, parameter.Schema.Value, f.name, false)...)
		}
	}

	path := want.parametersIn("path")
	names := pathParams(op.path)
	d.compare(len(names), len(path), "number of path parameters")
	for _, name := range names {
		parameter, ok := path[name]
		d.compare(true, ok, "path parameter %s", name)
		if ok {
			d = append(d, fieldDifferences(pathField(name), parameter.Schema.Value, name, false)...)
		}
	}

	_, hasKey := want.parametersIn("header")["Idempotency-Key"]
	d.compare(op.hasKey, hasKey, "Idempotency-Key")
	for name, parameter := range want.parametersIn("header") {
		f, ok := headerFields[name]
		d.compare(ok, true, "header %s", name)
		if ok {
			d = append(d, fieldDifferences(f, parameter.Schema.Value, name, false)...)
		}
	}
	return d
}

// inputDifferences compares a schema of the local API with the contract's, property by property.
func inputDifferences(s schema, want *openapi3.Schema, path string) differences {
	var d differences
	d.compare(len(s), len(want.Properties), "%s: number of properties", path)
	for _, f := range s {
		path := path + "." + f.name
		property, ok := want.Properties[f.name]
		d.compare(true, ok, "%s", path)
		if ok {
			d.compare(f.required, slices.Contains(want.Required, f.name), "%s: required", path)
			d.compare(f.writeOnly, property.Value.WriteOnly, "%s: writeOnly", path)
			d = append(d, fieldDifferences(f, property.Value, path, true)...)
		}
	}
	return d
}

func fieldDifferences(f *field, want *openapi3.Schema, path string, defaults bool) differences {
	var d differences
	d.compare(f.typ, contractType(want), "%s: type", path)
	d.compare(f.nullable, want.Nullable, "%s: nullable", path)
	d.compare(f.enum, enumOf(want), "%s: enum", path)
	d.compare(f.int32, want.Format == "int32", "%s: int32", path)
	pattern := ""
	if f.pattern != nil {
		pattern = f.pattern.String()
	}
	d.compare(pattern, want.Pattern, "%s: pattern", path)
	d.compare(f.minLength, int(want.MinLength+want.MinItems), "%s: minimum length", path)               //nolint:gosec // small numbers
	d.compare(f.maxLength, int(value(want.MaxLength)+value(want.MaxItems)), "%s: maximum length", path) //nolint:gosec // small numbers
	minimum, exclusiveMin := want.Min, (*float64)(nil)
	if want.ExclusiveMin.IsTrue() {
		minimum, exclusiveMin = nil, want.Min
	}
	d.compare(f.min, minimum, "%s: minimum", path)
	d.compare(f.exclusiveMin, exclusiveMin, "%s: exclusive minimum", path)
	d.compare(f.max, want.Max, "%s: maximum", path)
	if defaults && want.Default != nil {
		d.compare(f.defaultValue, want.Default, "%s: default", path)
	}
	if f.items != nil && want.Items != nil {
		d = append(d, fieldDifferences(f.items, want.Items.Value, path+"[]", defaults)...)
	}
	if f.fields != nil {
		d = append(d, inputDifferences(f.fields, want, path)...)
	}
	return d
}

// outputDifferences compares what a response contains. Responses are not validated, so their schemas have no constraints.
func outputDifferences(s schema, want *openapi3.Schema, path string) differences {
	var d differences
	d.compare(len(s), len(want.Properties), "%s: number of properties", path)
	for _, f := range s {
		path := path + "." + f.name
		property, ok := want.Properties[f.name]
		d.compare(true, ok, "%s", path)
		if ok {
			d.compare(f.required, slices.Contains(want.Required, f.name), "%s: required", path)
			d = append(d, outputFieldDifferences(f, property.Value, path)...)
		}
	}
	return d
}

func outputFieldDifferences(f *field, want *openapi3.Schema, path string) differences {
	var d differences
	d.compare(f.typ, contractType(want), "%s: type", path)
	d.compare(f.nullable, want.Nullable, "%s: nullable", path)
	d.compare(f.enum, enumOf(want), "%s: enum", path)
	if f.items != nil && want.Items != nil {
		d = append(d, outputFieldDifferences(f.items, want.Items.Value, path+"[]")...)
	}
	if f.fields != nil {
		d = append(d, outputDifferences(f.fields, want, path)...)
	}
	return d
}

// contractType returns the local API's type for a schema of the contract, or 0 if there is none.
func contractType(s *openapi3.Schema) valueType {
	switch {
	case s.Type.Is("string") && s.Format == "date-time":
		return timeType
	case s.Type.Is("string"):
		return stringType
	case s.Type.Is("integer"):
		return intType
	case s.Type.Is("number"):
		return numberType
	case s.Type.Is("boolean"):
		return boolType
	case s.Type.Is("array"):
		return listType
	case s.Type.Is("object"):
		return objectType
	}
	return 0
}

func enumOf(s *openapi3.Schema) []string {
	var values []string
	for _, v := range s.Enum {
		values = append(values, fmt.Sprint(v))
	}
	return values
}

func value(n *uint64) uint64 {
	if n == nil {
		return 0
	}
	return *n
}

// TestDifferencesAreFound changes one thing at a time in the schema of the local API.
func TestDifferencesAreFound(t *testing.T) {
	doc := requireContract(t)
	operations := contractOperations(doc)
	s, err := New(Options{})
	require.NoError(t, err)
	find := func(id string) *operation {
		i := slices.IndexFunc(s.operations, func(op *operation) bool { return op.id == id })
		require.NotEqual(t, -1, i, id)
		op := *s.operations[i]
		op.body, op.query = cloneSchema(op.body), cloneSchema(op.query)
		return &op
	}
	for name, test := range map[string]struct {
		id   string
		edit func(*operation)
	}{
		"path":              {"getProject", func(op *operation) { op.path = "/v1/projects/{id}" }},
		"method":            {"updateProject", func(op *operation) { op.method = http.MethodPut }},
		"public":            {"getHealth", func(op *operation) { op.public = false }},
		"feature":           {"createAgentCredential", func(op *operation) { op.feature = "" }},
		"conflict":          {"updateProject", func(op *operation) { op.conflicts = false }},
		"missing body":      {"createProject", func(op *operation) { op.body = nil }},
		"optional body":     {"createSelfHostEnrollment", func(op *operation) { op.optionalBody = false }},
		"missing property":  {"createProject", func(op *operation) { op.body = op.body[1:] }},
		"extra property":    {"createProject", func(op *operation) { op.body = append(op.body, stringField("colour")) }},
		"required":          {"createProject", func(op *operation) { op.body.find("name").required = false }},
		"write-only":        {"createDatabase", func(op *operation) { op.body.find("password").writeOnly = false }},
		"type":              {"createDatabase", func(op *operation) { op.body.find("port").typ = stringType }},
		"timestamp":         {"createAgentCredential", func(op *operation) { op.body.find("expires_at").typ = stringType }},
		"nullable":          {"createAgentCredential", func(op *operation) { op.body.find("expires_at").nullable = false }},
		"enum":              {"createProject", func(op *operation) { op.body.find("cloud").enum = []string{"aws"} }},
		"int32":             {"createApprovalRule", func(op *operation) { op.body.find("min_affected_rows").int32 = false }},
		"pattern":           {"createProject", func(op *operation) { op.body.find("name").pattern = nil }},
		"minimum length":    {"createProject", func(op *operation) { op.body.find("name").minLength = 0 }},
		"maximum length":    {"createProject", func(op *operation) { op.body.find("name").maxLength = 101 }},
		"number of items":   {"createProject", func(op *operation) { op.body.find("tags").maxLength = 0 }},
		"items":             {"createProject", func(op *operation) { op.body.find("tags").items.maxLength = 0 }},
		"minimum":           {"createDatabase", func(op *operation) { op.body.find("port").min = nil }},
		"maximum":           {"createDatabase", func(op *operation) { op.body.find("port").max = nil }},
		"exclusive minimum": {"createAnomalyRule", func(op *operation) { op.body.find("floor").exclusiveMin = nil }},
		"default":           {"createProject", func(op *operation) { op.body.find("cloud").defaultValue = "gcp" }},
		"nested property":   {"createDatabase", func(op *operation) { op.body.find("pool_config").fields.find("pool_size").max = nil }},
		"missing query":     {"listPolicyProfiles", func(op *operation) { op.query = op.query[1:] }},
		"query constraint":  {"listPolicyProfiles", func(op *operation) { op.query.find("page_size").max = nil }},
		"idempotency key":   {"createProject", func(op *operation) { op.hasKey = false }},
		"required query":    {"listProjects", func(op *operation) { op.query.find("org_id").required = false }},
	} {
		t.Run(name, func(t *testing.T) {
			op := find(test.id)
			require.Empty(t, operationDifferences(op, operations[test.id]))
			test.edit(op)
			assert.NotEmpty(t, operationDifferences(op, operations[test.id]))
		})
	}
	for name, edit := range map[string]func(schema) schema{
		"missing property": func(s schema) schema { return s[1:] },
		"required":         func(s schema) schema { s.find("name").required = false; return s },
		"type":             func(s schema) schema { s.find("name").typ = intType; return s },
		"nullable":         func(s schema) schema { s.find("name").nullable = true; return s },
		"enum":             func(s schema) schema { s.find("cloud").enum = nil; return s },
		"nested property":  func(s schema) schema { s.find("allowed_cidrs").items.fields.find("cidr").required = false; return s },
	} {
		t.Run("output "+name, func(t *testing.T) {
			want := doc.Components.Schemas["Project"].Value
			assert.NotEmpty(t, outputDifferences(edit(cloneSchema(projectOutput)), want, "Project"))
		})
	}
}

// cloneSchema returns a deep copy.
func cloneSchema(s schema) schema {
	clone := make(schema, len(s))
	for i, f := range s {
		clone[i] = cloneField(f)
	}
	if s == nil {
		return nil
	}
	return clone
}

func cloneField(f *field) *field {
	clone := *f
	clone.fields = cloneSchema(f.fields)
	if f.items != nil {
		clone.items = cloneField(f.items)
	}
	return &clone
}

// checkResponses compares every recorded response with the contract.
func checkResponses(t *testing.T, s *Server) {
	t.Helper()
	doc := loadContract(t)
	if doc == nil {
		return
	}
	operations := contractOperations(doc)
	for _, r := range s.Requests() {
		if r.Fault || r.Status == 0 {
			continue
		}
		name := fmt.Sprintf("%s %s -> %d", r.Method, r.Path, r.Status)
		assert.NotEmpty(t, r.ResponseHeader.Get("X-Request-Id"), name)
		assert.NotEmpty(t, r.ResponseHeader.Get("Date"), name)
		if r.Undeclared && r.Status == http.StatusGone {
			continue // the contract does not describe an operation after its sunset
		}
		want, mediaType := responseSchema(t, doc, operations, r, name)
		if want == nil {
			assert.Empty(t, r.ResponseBody, name)
			continue
		}
		assert.Equal(t, mediaType, r.ResponseHeader.Get("Content-Type"), name)
		assert.NoError(t, validateBody(want, r.ResponseBody), "%s: %s", name, r.ResponseBody)
	}
}

// responseSchema returns the schema of a response and its media type, or nil if the response has no body. Operations need not
// declare the errors that every operation can have.
func responseSchema(
	t *testing.T, doc *openapi3.T, operations map[string]contractOperation, r Request, name string,
) (*openapi3.Schema, string) {
	t.Helper()
	problemSchema := doc.Components.Schemas["Error"].Value
	if r.operation == nil {
		assert.Contains(t, []int{http.StatusNotFound, http.StatusMethodNotAllowed}, r.Status, name)
		return problemSchema, problemType
	}
	declared := operations[r.operation.id].Responses.Status(r.Status)
	if declared == nil {
		assert.Contains(t, []int{
			http.StatusConflict, http.StatusTooManyRequests, http.StatusUnsupportedMediaType, http.StatusRequestEntityTooLarge,
		}, r.Status, name)
		if r.Status == http.StatusConflict && !r.Undeclared {
			assert.Contains(t, string(r.ResponseBody), codeIdempotencyKeyReused, name)
		}
		return problemSchema, problemType
	}
	for mediaType, content := range declared.Value.Content {
		return content.Schema.Value, mediaType
	}
	return nil, ""
}

// validateBody validates the JSON of a response. It rejects undeclared and write-only properties.
func validateBody(want *openapi3.Schema, body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return err
	}
	return want.VisitJSON(value, openapi3.MultiErrors(), openapi3.VisitAsResponse(), openapi3.EnableFormatValidation(),
		openapi3.WithStringFormatValidator("date-time", openapi3.NewCallbackValidator(validateTimestamp)))
}

// validateTimestamp requires UTC, as in the examples of the contract.
func validateTimestamp(timestamp string) error {
	if !strings.HasSuffix(timestamp, "Z") {
		return errors.New("must be in UTC")
	}
	_, err := time.Parse(time.RFC3339, timestamp)
	return err
}

// TestInvalidResponsesAreFound changes one thing at a time in a response.
func TestInvalidResponsesAreFound(t *testing.T) {
	want := requireContract(t).Components.Schemas["AgentCredential"].Value
	valid := func() fields {
		return fields{
			"id": "agt_1", "project_id": "prj_1", "policy_profile_id": "pol_1", "name": "a", "pg_username": "u", "status": "active",
			"created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z", "expires_at": nil,
		}
	}
	validate := func(body fields) error {
		data, err := json.Marshal(body)
		require.NoError(t, err)
		return validateBody(want, data)
	}
	require.NoError(t, validate(valid()))
	for name, changes := range map[string]fields{
		"undeclared property": {"colour": "red"},
		"missing property":    {"id": absent},
		"null":                {"name": nil},
		"type":                {"name": 7},
		"enum":                {"status": "asleep"},
		"not a timestamp":     {"created_at": "today"},
		"not UTC":             {"created_at": "2026-01-01T00:00:00+01:00"},
	} {
		body := valid()
		for property, v := range changes {
			if v == absent {
				delete(body, property)
			} else {
				body[property] = v
			}
		}
		require.Error(t, validate(body), name)
	}
	password := openapi3.NewObjectSchema().WithProperty("password", &openapi3.Schema{Type: &openapi3.Types{"string"}, WriteOnly: true})
	require.Error(t, validateBody(password, []byte(`{"password":"x"}`)), "write-only property")
}
