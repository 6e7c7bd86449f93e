// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// contractDocument is the OpenAPI description of the API, as far as the tests look at it.
type contractDocument struct {
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Schemas    map[string]*contractSchema    `json:"schemas"`
		Responses  map[string]*contractResponse  `json:"responses"`
		Parameters map[string]*contractParameter `json:"parameters"`
	} `json:"components"`
	operations map[string]*contractOperation
}

type contractOperation struct {
	ID          string               `json:"operationId"`
	Feature     string               `json:"x-feature-flag"`
	Security    *[]any               `json:"security"`
	Parameters  []*contractParameter `json:"parameters"`
	RequestBody *struct {
		Required bool            `json:"required"`
		Content  contractContent `json:"content"`
	} `json:"requestBody"`
	Responses map[string]*contractResponse `json:"responses"`

	method, path string
}

type contractContent map[string]struct {
	Schema *contractSchema `json:"schema"`
}

type contractResponse struct {
	Ref     string          `json:"$ref"`
	Content contractContent `json:"content"`
}

type contractParameter struct {
	Ref    string          `json:"$ref"`
	Name   string          `json:"name"`
	In     string          `json:"in"`
	Schema *contractSchema `json:"schema"`
}

type contractSchema struct {
	Ref              string                     `json:"$ref"`
	Type             string                     `json:"type"`
	Format           string                     `json:"format"`
	Required         []string                   `json:"required"`
	Properties       map[string]*contractSchema `json:"properties"`
	Items            *contractSchema            `json:"items"`
	Nullable         bool                       `json:"nullable"`
	Enum             []string                   `json:"enum"`
	Pattern          string                     `json:"pattern"`
	Default          any                        `json:"default"`
	MinLength        int                        `json:"minLength"`
	MaxLength        int                        `json:"maxLength"`
	MaxItems         int                        `json:"maxItems"`
	Minimum          *float64                   `json:"minimum"`
	Maximum          *float64                   `json:"maximum"`
	ExclusiveMinimum bool                       `json:"exclusiveMinimum"`
	WriteOnly        bool                       `json:"writeOnly"`
}

// contractVariable names the file with the API's description. Without it the comparisons with the contract are skipped.
const contractVariable = "PGBEAM_OPENAPI"

var readContract = sync.OnceValues(func() (*contractDocument, error) {
	data, err := os.ReadFile(os.Getenv(contractVariable))
	if err != nil {
		return nil, err
	}
	document := &contractDocument{operations: map[string]*contractOperation{}}
	if err := json.Unmarshal(data, document); err != nil {
		return nil, err
	}
	for path, item := range document.Paths {
		for method, raw := range item {
			if method == "parameters" {
				continue
			}
			op := &contractOperation{method: strings.ToUpper(method), path: path}
			if err := json.Unmarshal(raw, op); err != nil {
				return nil, err
			}
			document.operations[op.ID] = op
		}
	}
	return document, nil
})

// contract returns the API's description, or nil where there is none.
func contract(tb testing.TB) *contractDocument {
	tb.Helper()
	if os.Getenv(contractVariable) == "" {
		return nil
	}
	document, err := readContract()
	require.NoError(tb, err)
	return document
}

func needContract(t *testing.T) *contractDocument {
	t.Helper()
	document := contract(t)
	if document == nil {
		t.Skip("the contract is not at hand: " + contractVariable + " is not set")
	}
	return document
}

func (d *contractDocument) resolve(s *contractSchema) *contractSchema {
	for s.Ref != "" {
		s = d.Components.Schemas[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
	}
	return s
}

func (d *contractDocument) response(r *contractResponse) *contractResponse {
	if r.Ref != "" {
		return d.Components.Responses[r.Ref[strings.LastIndexByte(r.Ref, '/')+1:]]
	}
	return r
}

func (d *contractDocument) parameter(p *contractParameter) *contractParameter {
	if p.Ref != "" {
		return d.Components.Parameters[p.Ref[strings.LastIndexByte(p.Ref, '/')+1:]]
	}
	return p
}

// violations lists what is wrong with a value by a schema. Fields that the schema does not name are wrong.
func (d *contractDocument) violations(s *contractSchema, v any, path string) []string {
	s = d.resolve(s)
	if v == nil {
		if s.Nullable {
			return nil
		}
		return []string{path + " is null"}
	}
	switch s.Type {
	case "object":
		return d.objectViolations(s, v, path)
	case "array":
		items, ok := v.([]any)
		if !ok {
			return []string{path + " is no array"}
		}
		var wrong []string
		for i, item := range items {
			wrong = append(wrong, d.violations(s.Items, item, fmt.Sprintf("%s.%d", path, i))...)
		}
		return wrong
	case "string":
		return textViolations(s, v, path)
	case "integer", "number":
		return numberViolations(s, v, path)
	case "boolean":
		if _, ok := v.(bool); !ok {
			return []string{path + " is no boolean"}
		}
	default:
		return []string{path + " has a schema that the test does not know: " + s.Type}
	}
	return nil
}

func (d *contractDocument) objectViolations(s *contractSchema, v any, path string) []string {
	object, ok := v.(map[string]any)
	if !ok {
		return []string{path + " is no object"}
	}
	var wrong []string
	for _, name := range s.Required {
		if _, present := object[name]; !present {
			wrong = append(wrong, path+"."+name+" is missing")
		}
	}
	for name, inner := range object {
		property := s.Properties[name]
		if property == nil {
			wrong = append(wrong, path+"."+name+" is not in the contract")
			continue
		}
		if d.resolve(property).WriteOnly || property.WriteOnly {
			wrong = append(wrong, path+"."+name+" is write-only")
		}
		wrong = append(wrong, d.violations(property, inner, path+"."+name)...)
	}
	return wrong
}

func textViolations(s *contractSchema, v any, path string) []string {
	text, ok := v.(string)
	switch {
	case !ok:
		return []string{path + " is no string"}
	case len(s.Enum) > 0 && !slices.Contains(s.Enum, text):
		return []string{path + " is not in the enum: " + text}
	case s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(text):
		return []string{path + " does not match " + s.Pattern}
	case s.Format == "date-time":
		if _, err := time.Parse(time.RFC3339, text); err != nil || !strings.HasSuffix(text, "Z") {
			return []string{path + " is no timestamp: " + text}
		}
	}
	return nil
}

func numberViolations(s *contractSchema, v any, path string) []string {
	number, ok := v.(json.Number)
	if !ok {
		return []string{path + " is no number"}
	}
	if s.Type == "integer" {
		if _, err := number.Int64(); err != nil {
			return []string{path + " is no integer"}
		}
	}
	value, err := number.Float64()
	if err != nil || s.Minimum != nil && value < *s.Minimum || s.Maximum != nil && value > *s.Maximum {
		return []string{path + " is out of range"}
	}
	return nil
}

// checkExchanges compares every answer that was recorded with the contract.
func checkExchanges(t *testing.T, s *Server) {
	t.Helper()
	document := contract(t)
	if document == nil {
		return
	}
	for _, r := range s.Requests() {
		if r.Fault || r.Status == 0 {
			continue
		}
		name := fmt.Sprintf("%s %s -> %d", r.Method, r.Path, r.Status)
		assert.NotEmpty(t, r.ResponseHeader.Get("X-Request-Id"), name)
		assert.NotEmpty(t, r.ResponseHeader.Get("Date"), name)
		schema, mediaType := document.answerSchema(t, s, r, name)
		if schema == nil {
			assert.Empty(t, r.ResponseBody, name)
			continue
		}
		assert.Equal(t, mediaType, r.ResponseHeader.Get("Content-Type"), name)
		decoder := json.NewDecoder(strings.NewReader(string(r.ResponseBody)))
		decoder.UseNumber()
		var body any
		require.NoError(t, decoder.Decode(&body), name)
		assert.Empty(t, document.violations(schema, body, "body"), "%s: %s", name, r.ResponseBody)
	}
}

// answerSchema finds the schema of an answer, nil for one without a body. The statuses of the machinery that is the same for
// every operation need not be declared.
func (d *contractDocument) answerSchema(t *testing.T, s *Server, r Request, name string) (*contractSchema, string) {
	t.Helper()
	problemSchema := &contractSchema{Ref: "#/components/schemas/Error"}
	op := operationOf(s, r)
	if op == nil {
		assert.Contains(t, []int{http.StatusNotFound, http.StatusMethodNotAllowed}, r.Status, name)
		return problemSchema, problemType
	}
	declared := d.operations[op.id].Responses[fmt.Sprint(r.Status)]
	if declared == nil {
		assert.Contains(t, []int{
			http.StatusConflict, http.StatusTooManyRequests, http.StatusUnsupportedMediaType, http.StatusRequestEntityTooLarge,
		}, r.Status, name)
		if r.Status == http.StatusConflict && !r.Undeclared {
			assert.Contains(t, string(r.ResponseBody), codeIdempotencyKeyReused, name)
		}
		return problemSchema, problemType
	}
	for mediaType, content := range d.response(declared).Content {
		return content.Schema, mediaType
	}
	return nil, ""
}

// operationOf finds the operation that a request was for, or nil.
func operationOf(s *Server, r Request) *operation {
	node := s.router
	for segment := range strings.SplitSeq(strings.TrimPrefix(r.Path, "/"), "/") {
		next := node.literal[segment]
		if next == nil {
			next = node.any
		}
		if next == nil {
			return nil
		}
		node = next
	}
	op, _ := node.operation(r.Method)
	return op
}

func TestEveryOperationOfTheContractIsServed(t *testing.T) {
	document := needContract(t)
	s, err := New(Options{})
	require.NoError(t, err)
	served := map[string]*operation{}
	for _, op := range s.operations() {
		served[op.id] = op
		assert.Contains(t, document.operations, op.id)
	}
	for id, wanted := range document.operations {
		op := served[id]
		if !assert.NotNil(t, op, id) {
			continue
		}
		assert.Equal(t, wanted.method+" "+wanted.path, op.method+" "+op.path)
		assert.Equal(t, wanted.Security != nil && len(*wanted.Security) == 0, op.open, id)
		assert.Equal(t, wanted.RequestBody != nil, op.body != nil, id)
		assert.Equal(t, wanted.Feature, op.feature(), id)
		if wanted.RequestBody != nil {
			assert.Equal(t, !wanted.RequestBody.Required, op.bodyOptional, id)
			schema := document.resolve(wanted.RequestBody.Content[jsonType].Schema)
			compareInput(t, document, op.body, schema, id)
		}
		var query []string
		for _, p := range wanted.Parameters {
			if p := document.parameter(p); p.In == "query" {
				query = append(query, p.Name)
				if f := op.query.find(p.Name); assert.NotNil(t, f, "%s %s", id, p.Name) {
					compareField(t, document, f, document.resolve(p.Schema), id+" "+p.Name, false)
				}
			}
		}
		assert.Len(t, op.query, len(query), id)
	}
}

// compareInput checks that a table of a body says what the contract says, no more and no less.
func compareInput(t *testing.T, d *contractDocument, sh schema, schema *contractSchema, path string) {
	t.Helper()
	assert.Len(t, sh, len(schema.Properties), path)
	for _, f := range sh {
		property := schema.Properties[f.name]
		if !assert.NotNil(t, property, "%s.%s", path, f.name) {
			continue
		}
		assert.Equal(t, slices.Contains(schema.Required, f.name), f.required, "%s.%s required", path, f.name)
		assert.Equal(t, property.WriteOnly, f.writeOnly, "%s.%s write-only", path, f.name)
		compareField(t, d, f, d.resolve(property), path+"."+f.name, true)
	}
}

func compareField(t *testing.T, d *contractDocument, f *field, schema *contractSchema, path string, defaults bool) {
	t.Helper()
	types := map[string]valueType{
		"string": stringType, "integer": intType, "number": numberType, "boolean": boolType, "array": listType, "object": objectType,
	}
	typ := types[schema.Type]
	if schema.Format == "date-time" {
		typ = timeType
	}
	assert.Equal(t, typ, f.typ, "%s type", path)
	assert.Equal(t, schema.Nullable, f.nullable, "%s nullable", path)
	assert.Equal(t, schema.Enum, f.enum, "%s enum", path)
	assert.Equal(t, schema.Format == "int32", f.int32, "%s int32", path)
	pattern := ""
	if f.pattern != nil {
		pattern = f.pattern.String()
	}
	assert.Equal(t, schema.Pattern, pattern, "%s pattern", path)
	assert.Equal(t, schema.MinLength, f.minLength, "%s least length", path)
	assert.Equal(t, schema.MaxLength+schema.MaxItems, f.maxLength, "%s greatest length", path)
	if schema.ExclusiveMinimum {
		assert.Equal(t, schema.Minimum, f.exclusiveMin, "%s exclusive minimum", path)
	} else {
		assert.Equal(t, schema.Minimum, f.min, "%s minimum", path)
	}
	assert.Equal(t, schema.Maximum, f.max, "%s maximum", path)
	if defaults && schema.Default != nil {
		assert.EqualValues(t, schema.Default, f.defaultValue, "%s default", path)
	}
	if f.items != nil {
		compareField(t, d, f.items, d.resolve(schema.Items), path+"[]", defaults)
	}
	if f.fields != nil {
		compareInput(t, d, f.fields, schema, path)
	}
}

// TestEveryFieldOfAnswersIsInTheContract compares the tables of the kinds with the schemas of the answers.
func TestEveryFieldOfAnswersIsInTheContract(t *testing.T) {
	document := needContract(t)
	for schema, output := range map[string]schema{
		"Project": projectOutput, "Database": databaseOutput, "Replica": replicaOutput, "PolicyProfile": policyOutput,
		"AgentCredential": agentOutput, "WebhookEndpoint": webhookOutput, "CustomDomain": domainOutput,
		"CacheRuleEntry": cacheRuleOutput, "SelfHostEnrollment": enrollmentOutput, "Honeytoken": honeytokenOutput,
		"AnomalyRule": anomalyRuleOutput, "ApprovalRule": approvalRuleOutput, "OrganizationPlan": planOutput,
	} {
		compareOutput(t, document, output, document.Components.Schemas[schema], schema)
	}
}

func compareOutput(t *testing.T, d *contractDocument, output schema, schema *contractSchema, path string) {
	t.Helper()
	assert.Len(t, output, len(schema.Properties), path)
	for _, f := range output {
		property := schema.Properties[f.name]
		if !assert.NotNil(t, property, "%s.%s", path, f.name) {
			continue
		}
		property = d.resolve(property)
		assert.Equal(t, slices.Contains(schema.Required, f.name), f.required, "%s.%s required", path, f.name)
		assert.Equal(t, property.Nullable, f.nullable, "%s.%s nullable", path, f.name)
		assert.Equal(t, property.Enum, f.enum, "%s.%s enum", path, f.name)
		if f.fields != nil {
			compareOutput(t, d, f.fields, property, path+"."+f.name)
		}
	}
}
