// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"io"
	"iter"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// operation is a method of the client with the request that it sends.
type operation struct {
	name string // of the collection and the method, such as "Honeytokens.Get"
	// method and path are those of the request.
	method, path string
	// bodyIDs are IDs in the body of the request.
	bodyIDs string
	// successStatus and response are those of the API contract. response is nil if
	// there is no body.
	successStatus int
	response      reflect.Type
	// request is the type of the request's body, or nil if there is none.
	request reflect.Type
	call    func(ctx context.Context, c *Client) error
	// contracted is false for a collection that exists only in tests.
	contracted bool
}

// operations returns all operations of the client. Those of collections are derived
// from the client itself.
func operations() []operation {
	ops := otherOperations()
	for _, collection := range collections() {
		ops = append(ops, collection.operations()...)
	}
	for i, op := range ops {
		if request, ok := otherRequests[op.name]; ok {
			ops[i].request = request
		}
	}
	return ops
}

// otherRequests are the bodies that cannot be derived from the parameters of a method.
var otherRequests = map[string]reflect.Type{
	"Organizations.UpdateSpendLimit": reflect.TypeFor[updateSpendLimitRequest](),
	"Projects.Create":                reflect.TypeFor[CreateProjectRequest](),
	"Projects.Update":                reflect.TypeFor[UpdateProjectRequest](),
	"CacheRules.Update":              reflect.TypeFor[UpdateCacheRuleRequest](),
	"AgentCredentials.UpdateStatus":  reflect.TypeFor[updateStatusRequest](),
	"OrganizationMembers.UpdateRole": reflect.TypeFor[updateMemberRoleRequest](),
	"CustomDomains.Create":           reflect.TypeFor[createDomainRequest](),
	"Client.EvaluatePolicy":          reflect.TypeFor[PolicyEvaluationRequest](),
	"Client.ReplayPolicy":            reflect.TypeFor[PolicyReplayRequest](),
	"Client.RecommendAgentPolicy":    reflect.TypeFor[PolicyRecommendationRequest](),
	"Client.LintMigration":           reflect.TypeFor[MigrationLintRequest](),
}

// otherOperations returns the operations that are not methods of a collection. The
// IDs are those of requestIDs.
func otherOperations() []operation {
	const org, project, database = "/v1/organizations/org_1", "/v1/projects/prj_1", "/v1/projects/prj_1/databases/db_1"
	const rules = database + "/cache-rules"
	var ops []operation
	add := func(name, method, path string, success int, response reflect.Type, call func(context.Context, *Client) error) {
		ops = append(ops, operation{name: name, method: method, path: path, successStatus: success, response: response, call: call, contracted: true})
	}
	add("Client.Health", http.MethodGet, "/v1/health", 200, reflect.TypeFor[Health](), func(ctx context.Context, c *Client) error { return errorOf(c.Health(ctx)) })
	add("Client.Access", http.MethodGet, "/v1/organizations", 200, reflect.TypeFor[organizationList](), func(ctx context.Context, c *Client) error { return errorOf(c.Access(ctx)) })
	add("Organizations.List", http.MethodGet, "/v1/organizations", 200, reflect.TypeFor[organizationList](), func(ctx context.Context, c *Client) error {
		return errorOf(c.Organizations().List(ctx))
	})
	add("Organizations.Plan", http.MethodGet, org+"/plan", 200, reflect.TypeFor[OrganizationPlan](), func(ctx context.Context, c *Client) error {
		return errorOf(c.Organizations().Plan(ctx, "org_1"))
	})
	add("Organizations.UpdateSpendLimit", http.MethodPut, org+"/spend-limit", 200, reflect.TypeFor[OrganizationPlan](), func(ctx context.Context, c *Client) error {
		return errorOf(c.Organizations().UpdateSpendLimit(ctx, "org_1", nil))
	})
	add("Projects.Create", http.MethodPost, "/v1/projects", 201, reflect.TypeFor[CreateProjectResponse](), func(ctx context.Context, c *Client) error {
		return errorOf(c.Projects().Create(ctx, CreateProjectRequest{OrgID: "org_1"}))
	})
	ops[len(ops)-1].bodyIDs = "org_1"
	add("Projects.Get", http.MethodGet, "/v1/projects/obj_1", 200, reflect.TypeFor[Project](), func(ctx context.Context, c *Client) error {
		return errorOf(c.Projects().Get(ctx, "obj_1"))
	})
	add("Projects.GetIn", http.MethodGet, "/v1/projects/obj_1", 200, reflect.TypeFor[Project](), func(ctx context.Context, c *Client) error {
		return errorOf(c.Projects().GetIn(ctx, "org_1", "obj_1"))
	})
	add("Projects.Update", http.MethodPatch, "/v1/projects/obj_1", 200, reflect.TypeFor[Project](), func(ctx context.Context, c *Client) error {
		return errorOf(c.Projects().Update(ctx, "obj_1", UpdateProjectRequest{}))
	})
	add("Projects.Delete", http.MethodDelete, "/v1/projects/obj_1", 204, nil, func(ctx context.Context, c *Client) error { return c.Projects().Delete(ctx, "obj_1") })
	add("Projects.List", http.MethodGet, "/v1/projects?org_id=org_1", 200, reflect.TypeFor[projectPage](), func(ctx context.Context, c *Client) error {
		return errorOfList(c.Projects().List(ctx, "org_1"))
	})
	add("CacheRules.Get", http.MethodGet, rules, 200, cacheRulePageType(), func(ctx context.Context, c *Client) error {
		return errorOf(c.CacheRules().Get(ctx, "prj_1", "db_1", "obj_1"))
	})
	add("CacheRules.List", http.MethodGet, rules, 200, cacheRulePageType(), func(ctx context.Context, c *Client) error {
		return errorOfList(c.CacheRules().List(ctx, "prj_1", "db_1"))
	})
	add("CacheRules.Update", http.MethodPut, rules+"/obj_1", 200, reflect.TypeFor[updateCacheRuleResponse](), func(ctx context.Context, c *Client) error {
		return errorOf(c.CacheRules().Update(ctx, "prj_1", "db_1", "obj_1", UpdateCacheRuleRequest{}))
	})
	add("Client.EvaluatePolicy", http.MethodPost, project+"/policy-evaluations", 200, reflect.TypeFor[PolicyEvaluation](), func(ctx context.Context, c *Client) error {
		return errorOf(c.EvaluatePolicy(ctx, "prj_1", PolicyEvaluationRequest{Policy: &PolicyProfileInput{}}))
	})
	add("Client.ReplayPolicy", http.MethodPost, project+"/policy-replays", 200, reflect.TypeFor[PolicyReplay](), func(ctx context.Context, c *Client) error {
		return errorOf(c.ReplayPolicy(ctx, "prj_1", PolicyReplayRequest{Policy: &PolicyProfileInput{}}))
	})
	add("Client.RecommendAgentPolicy", http.MethodPost, project+"/agents/agt_1/policy-recommendation", 200, reflect.TypeFor[PolicyRecommendation](), func(ctx context.Context, c *Client) error {
		return errorOf(c.RecommendAgentPolicy(ctx, "prj_1", "agt_1", PolicyRecommendationRequest{}))
	})
	add("Client.LintMigration", http.MethodPost, project+"/migrations:lint", 200, reflect.TypeFor[MigrationLint](), func(ctx context.Context, c *Client) error {
		return errorOf(c.LintMigration(ctx, "prj_1", MigrationLintRequest{}))
	})
	add("Client.GetSchemaCatalog", http.MethodGet, database+"/schema-catalog", 200, reflect.TypeFor[SchemaCatalog](), func(ctx context.Context, c *Client) error {
		return errorOf(c.GetSchemaCatalog(ctx, "prj_1", "db_1"))
	})
	add("Client.ScanDatabaseForPII", http.MethodPost, database+"/scan-pii", 200, reflect.TypeFor[PIIScan](), func(ctx context.Context, c *Client) error {
		return errorOf(c.ScanDatabaseForPII(ctx, "prj_1", "db_1"))
	})
	add("Client.TestDatabaseConnection", http.MethodPost, database+"/test-connection", 200, reflect.TypeFor[ConnectionTest](), func(ctx context.Context, c *Client) error {
		return errorOf(c.TestDatabaseConnection(ctx, "prj_1", "db_1"))
	})
	const start, end = "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"
	window := TimeWindow{Start: new(start), End: new(end)}
	query := "?" + url.Values{"start": {start}, "end": {end}}.Encode()
	add("Client.VerifyAuditChain", http.MethodGet, project+"/audit-logs/verify"+query, 200, reflect.TypeFor[AuditChainVerification](), func(ctx context.Context, c *Client) error {
		return errorOf(c.VerifyAuditChain(ctx, "prj_1", window))
	})
	add("Client.GetAgentUsage", http.MethodGet, project+"/usage/agents"+query, 200, reflect.TypeFor[AgentUsageReport](), func(ctx context.Context, c *Client) error {
		return errorOf(c.GetAgentUsage(ctx, "prj_1", window))
	})
	add("Client.ListPlans", http.MethodGet, "/v1/plans", 200, reflect.TypeFor[planList](), func(ctx context.Context, c *Client) error { return errorOf(c.ListPlans(ctx)) })
	add("Client.ListRegions", http.MethodGet, "/v1/regions", 200, reflect.TypeFor[regionList](), func(ctx context.Context, c *Client) error { return errorOf(c.ListRegions(ctx)) })
	return ops
}

// errorOf returns the error of a call.
func errorOf[T any](_ T, err error) error { return err }

// errorOfList reads a list to its end and returns its error.
func errorOfList[T any](items iter.Seq2[T, error]) error {
	for _, err := range items {
		if err != nil {
			return err
		}
	}
	return nil
}

// describedCollection is implemented by all types that embed a collection.
type describedCollection interface {
	description() collection
	pageType() reflect.Type
}

func (c collection) description() collection { return c }

// testedCollection is a collection of the client.
type testedCollection struct {
	name       string
	of         func(c *Client) reflect.Value
	contracted bool
}

// collections returns the collections of the client, and one of a kind that exists
// only in tests.
func collections() []testedCollection {
	tested := []testedCollection{{name: "Annotations", of: func(c *Client) reflect.Value { return reflect.ValueOf(annotations(c)) }}}
	client := reflect.TypeFor[*Client]()
	for i := range client.NumMethod() {
		method := client.Method(i)
		if method.Type.NumOut() == 1 && method.Type.Out(0).Implements(reflect.TypeFor[describedCollection]()) {
			newCollection := func(c *Client) reflect.Value { return reflect.ValueOf(c).Method(i).Call(nil)[0] }
			tested = append(tested, testedCollection{name: method.Name, of: newCollection, contracted: true})
		}
	}
	return tested
}

// operations derives the operations of a collection from its methods.
func (c testedCollection) operations() []operation {
	described := c.of(&Client{}).Interface().(describedCollection)
	collection := described.description()
	typ := reflect.TypeOf(described)
	var ops []operation
	for i := range typ.NumMethod() {
		method := typ.Method(i)
		op := operation{name: c.name + "." + method.Name, contracted: c.contracted, successStatus: http.StatusOK}
		op.call = func(ctx context.Context, client *Client) error {
			results := c.of(client).Method(i).Call(collection.arguments(ctx, method.Type))
			result := results[len(results)-1]
			if result.Kind() == reflect.Func {
				return errorOfSequence(result)
			}
			err, _ := result.Interface().(error)
			return err
		}
		switch method.Name {
		case "Create":
			op.successStatus, op.response = http.StatusCreated, method.Type.Out(0)
		case "Delete":
			op.successStatus = http.StatusNoContent
		case "List":
			op.response = described.pageType()
		case "Get", "GetLatest":
			if op.response = method.Type.Out(0); collection.listOnly {
				op.response = described.pageType()
			}
		default:
			op.response = method.Type.Out(0)
		}
		for i := range method.Type.NumIn() {
			if in := method.Type.In(i); i > 0 && in.Kind() == reflect.Struct {
				op.request = in
			}
		}
		sent := recordRequest(op.call)
		op.method, op.path = sent.method, sent.path
		ops = append(ops, op)
	}
	return ops
}

// arguments returns arguments for a method of a collection. The IDs are those of
// requestIDs.
func (c collection) arguments(ctx context.Context, method reflect.Type) []reflect.Value {
	parent := requestIDs[parentFields[c.parent]]
	texts := []string{parent, "obj_1", "active"}
	var arguments []reflect.Value
	for i := 1; i < method.NumIn(); i++ {
		switch in := method.In(i); {
		case in == reflect.TypeFor[context.Context]():
			arguments = append(arguments, reflect.ValueOf(ctx))
		case in == reflect.TypeFor[url.Values]():
			arguments = append(arguments, reflect.ValueOf(url.Values{"table_name": {"x"}}))
		case in.Kind() == reflect.String:
			arguments = append(arguments, reflect.ValueOf(texts[0]))
			texts = texts[1:]
		case in.Kind() == reflect.Func: // it matches every object
			match := func([]reflect.Value) []reflect.Value { return []reflect.Value{reflect.ValueOf(true)} }
			arguments = append(arguments, reflect.MakeFunc(in, match))
		default:
			arguments = append(arguments, reflect.Zero(in))
		}
	}
	return arguments
}

// errorOfSequence is errorOfList for an iter.Seq2[T, error] of any T.
func errorOfSequence(items reflect.Value) error {
	for _, err := range items.Seq2() {
		if err, _ := err.Interface().(error); err != nil {
			return err
		}
	}
	return nil
}

// requestRecorder records the last request and fails it.
type requestRecorder struct {
	method, path string
	body         []byte
}

func (r *requestRecorder) RoundTrip(req *http.Request) (*http.Response, error) {
	r.method, r.path = req.Method, req.URL.RequestURI()
	if req.Body != nil {
		r.body, _ = io.ReadAll(req.Body) // of a bytes.Reader
	}
	return nil, errors.New("recorded")
}

// recordRequest returns the request that a call sends.
func recordRequest(call func(ctx context.Context, c *Client) error) *requestRecorder {
	recorder := &requestRecorder{}
	c, err := New(testAPIKey, WithHTTPClient(&http.Client{Transport: recorder}), WithMaxRetries(0))
	if err != nil {
		panic(err)
	}
	_ = call(context.Background(), c)
	return recorder
}

// TestOperations verifies that operations covers all methods and has the requests that
// they send, and that the methods of collections send the requests that their names
// promise.
func TestOperations(t *testing.T) {
	t.Parallel()
	ops := map[string]operation{}
	for _, op := range operations() {
		ops[op.name] = op
		path, query, _ := strings.Cut(op.path, "?")
		sent := recordRequest(op.call)
		sentPath, sentQuery, _ := strings.Cut(sent.path, "?")
		assert.Equal(t, op.method+" "+path, sent.method+" "+sentPath, op.name)
		assert.Contains(t, sentQuery, query, op.name)
	}
	client := reflect.TypeFor[*Client]()
	for i := range client.NumMethod() {
		method := client.Method(i)
		if method.Type.NumIn() > 1 && method.Type.In(1) == reflect.TypeFor[context.Context]() {
			assert.Contains(t, ops, "Client."+method.Name)
		}
		if method.Type.NumOut() != 1 || method.Type.Out(0).Kind() != reflect.Pointer {
			continue
		}
		for j := range method.Type.Out(0).NumMethod() {
			assert.Contains(t, ops, method.Name+"."+method.Type.Out(0).Method(j).Name)
		}
	}
	for _, collection := range collections() {
		described := collection.of(&Client{}).Interface().(describedCollection).description()
		base := "/v1/" + strings.Join(described.segments(requestIDs[parentFields[described.parent]]), "/")
		item := base + "/obj_1"
		for _, op := range collection.operations() {
			path, _, _ := strings.Cut(op.path, "?")
			switch _, method, _ := strings.Cut(op.name, "."); method {
			case "Create":
				assert.Equal(t, "POST "+base, op.method+" "+path, op.name)
			case "List":
				assert.Equal(t, "GET "+base, op.method+" "+path, op.name)
			case "Get", "GetLatest":
				assert.Equal(t, http.MethodGet, op.method, op.name)
				assert.Contains(t, []string{base, item}, path, op.name)
				assert.Equal(t, described.listOnly, path == base, op.name)
			case "Put":
				assert.Equal(t, "PUT "+base, op.method+" "+path, op.name)
			case "Update":
				assert.Equal(t, described.updateMethod+" "+item, op.method+" "+path, op.name)
			case "Delete":
				assert.Equal(t, http.MethodDelete, op.method, op.name)
				assert.Contains(t, []string{base, item}, path, op.name)
			default: // an action, or another update of the object
				assert.Regexp(t, "^(PATCH "+item+"|POST "+item+"/[a-z]+)$", op.method+" "+path, op.name)
			}
		}
	}
}

// TestSpanNames verifies that the span of every operation has its method and its path in the
// contract.
func TestSpanNames(t *testing.T) {
	t.Parallel()
	doc := loadContract(t)
	for _, op := range operations() {
		if !op.contracted {
			continue
		}
		exporter := tracetest.NewInMemoryExporter()
		provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
		ctx, _ := provider.Tracer("test").Start(t.Context(), "Create")
		c, err := New(testAPIKey, WithHTTPClient(&http.Client{Transport: &requestRecorder{}}), WithMaxRetries(0), WithTracerProvider(provider))
		require.NoError(t, err)
		_ = op.call(ctx, c)
		spans := exporter.GetSpans()
		require.Len(t, spans, 1, op.name)
		path, _, _ := strings.Cut(op.path, "?")
		var names []string
		for template, item := range doc.Paths.Map() {
			if matches(template, path) && item.GetOperation(op.method) != nil {
				names = append(names, op.method+" "+template)
			}
		}
		assert.Equal(t, []string{spans[0].Name}, names, op.name)
	}
}
