// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// operation is a method of the client, as it calls the API.
type operation struct {
	name         string // of the service and the method
	method, path string
	success      int
	response     reflect.Type // nil where there is no body
	call         func(ctx context.Context, c *Client) error
	// listed is set where an object is looked for on a list.
	listed bool
	// inBody are IDs that the request has in its body.
	inBody string
}

// do makes a call of a method that returns one thing.
func do[T any](_ T, err error) error { return err }

// all reads a list to its end.
func all[T any](items iter.Seq2[T, error]) error {
	for _, err := range items {
		if err != nil {
			return err
		}
	}
	return nil
}

// operations are all methods of the services. The IDs in them are those of ownIDs.
func operations() []operation {
	const project, database, org = "/v1/projects/prj_1", "/v1/projects/prj_1/databases", "/v1/organizations/org_1"
	var ops []operation
	add := func(name, method, path string, success int, response reflect.Type, call func(context.Context, *Client) error) *operation {
		ops = append(ops, operation{name: name, method: method, path: path, success: success, response: response, call: call})
		return &ops[len(ops)-1]
	}
	get, post, put, patch, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete

	add("Client.Health", get, "/v1/health", 200, reflect.TypeFor[Health](), func(ctx context.Context, c *Client) error { return do(c.Health(ctx)) })
	add("Client.Access", get, "/v1/organizations", 200, reflect.TypeFor[organizationList](), func(ctx context.Context, c *Client) error { return do(c.Access(ctx)) })
	add("Organizations.List", get, "/v1/organizations", 200, reflect.TypeFor[organizationList](), func(ctx context.Context, c *Client) error { return do(c.Organizations().List(ctx)) })
	add("Organizations.Plan", get, org+"/plan", 200, reflect.TypeFor[OrganizationPlan](), func(ctx context.Context, c *Client) error { return do(c.Organizations().Plan(ctx, "org_1")) })
	add("Organizations.UpdateSpendLimit", put, org+"/spend-limit", 200, reflect.TypeFor[OrganizationPlan](), func(ctx context.Context, c *Client) error {
		return do(c.Organizations().UpdateSpendLimit(ctx, "org_1", nil))
	})

	add("Projects.Create", post, "/v1/projects", 201, reflect.TypeFor[CreateProjectResponse](), func(ctx context.Context, c *Client) error {
		return do(c.Projects().Create(ctx, CreateProjectRequest{OrgID: "org_1"}))
	}).inBody = "org_1"
	add("Projects.Get", get, "/v1/projects/obj_1", 200, reflect.TypeFor[Project](), func(ctx context.Context, c *Client) error { return do(c.Projects().Get(ctx, "obj_1")) })
	add("Projects.Update", patch, "/v1/projects/obj_1", 200, reflect.TypeFor[Project](), func(ctx context.Context, c *Client) error {
		return do(c.Projects().Update(ctx, "obj_1", UpdateProjectRequest{}))
	})
	add("Projects.Delete", del, "/v1/projects/obj_1", 204, nil, func(ctx context.Context, c *Client) error { return c.Projects().Delete(ctx, "obj_1") })
	add("Projects.List", get, "/v1/projects?org_id=org_1", 200, reflect.TypeFor[projectPage](), func(ctx context.Context, c *Client) error { return all(c.Projects().List(ctx, "org_1")) })

	add("Databases.Create", post, database, 201, reflect.TypeFor[Database](), func(ctx context.Context, c *Client) error {
		return do(c.Databases().Create(ctx, "prj_1", CreateDatabaseRequest{}))
	})
	add("Databases.Get", get, database+"/obj_1", 200, reflect.TypeFor[Database](), func(ctx context.Context, c *Client) error { return do(c.Databases().Get(ctx, "prj_1", "obj_1")) })
	add("Databases.Update", patch, database+"/obj_1", 200, reflect.TypeFor[Database](), func(ctx context.Context, c *Client) error {
		return do(c.Databases().Update(ctx, "prj_1", "obj_1", UpdateDatabaseRequest{}))
	})
	add("Databases.Delete", del, database+"/obj_1", 204, nil, func(ctx context.Context, c *Client) error { return c.Databases().Delete(ctx, "prj_1", "obj_1") })
	add("Databases.List", get, database, 200, reflect.TypeFor[databasePage](), func(ctx context.Context, c *Client) error { return all(c.Databases().List(ctx, "prj_1")) })

	const replicas = "/v1/databases/db_1/replicas"
	add("Replicas.Create", post, replicas, 201, reflect.TypeFor[Replica](), func(ctx context.Context, c *Client) error {
		return do(c.Replicas().Create(ctx, "db_1", CreateReplicaRequest{}))
	})
	add("Replicas.Get", get, replicas, 200, reflect.TypeFor[replicaPage](), func(ctx context.Context, c *Client) error { return do(c.Replicas().Get(ctx, "db_1", "obj_1")) }).listed = true
	add("Replicas.Delete", del, replicas+"/obj_1", 204, nil, func(ctx context.Context, c *Client) error { return c.Replicas().Delete(ctx, "db_1", "obj_1") })
	add("Replicas.List", get, replicas, 200, reflect.TypeFor[replicaPage](), func(ctx context.Context, c *Client) error { return all(c.Replicas().List(ctx, "db_1")) })

	add("CustomDomains.Create", post, project+"/domains", 201, reflect.TypeFor[CustomDomain](), func(ctx context.Context, c *Client) error { return do(c.CustomDomains().Create(ctx, "prj_1", "x")) })
	add("CustomDomains.Get", get, project+"/domains", 200, reflect.TypeFor[customDomainPage](), func(ctx context.Context, c *Client) error {
		return do(c.CustomDomains().Get(ctx, "prj_1", "obj_1"))
	}).listed = true
	add("CustomDomains.Verify", post, project+"/domains/obj_1/verify", 200, reflect.TypeFor[VerifyCustomDomainResponse](), func(ctx context.Context, c *Client) error {
		return do(c.CustomDomains().Verify(ctx, "prj_1", "obj_1"))
	})
	add("CustomDomains.Delete", del, project+"/domains/obj_1", 204, nil, func(ctx context.Context, c *Client) error { return c.CustomDomains().Delete(ctx, "prj_1", "obj_1") })
	add("CustomDomains.List", get, project+"/domains", 200, reflect.TypeFor[customDomainPage](), func(ctx context.Context, c *Client) error { return all(c.CustomDomains().List(ctx, "prj_1")) })

	const rules = "/v1/projects/prj_1/databases/db_1/cache-rules"
	add("CacheRules.Get", get, rules, 200, reflect.TypeFor[cacheRulePage](), func(ctx context.Context, c *Client) error {
		return do(c.CacheRules().Get(ctx, "prj_1", "db_1", "obj_1"))
	}).listed = true
	add("CacheRules.Update", put, rules+"/obj_1", 200, reflect.TypeFor[updateCacheRuleResponse](), func(ctx context.Context, c *Client) error {
		return do(c.CacheRules().Update(ctx, "prj_1", "db_1", "obj_1", UpdateCacheRuleRequest{}))
	})

	const agents = project + "/agents"
	add("AgentCredentials.Create", post, agents, 201, reflect.TypeFor[AgentCredentialSecrets](), func(ctx context.Context, c *Client) error {
		return do(c.AgentCredentials().Create(ctx, "prj_1", CreateAgentCredentialRequest{}))
	})
	add("AgentCredentials.Get", get, agents+"/obj_1", 200, reflect.TypeFor[AgentCredential](), func(ctx context.Context, c *Client) error {
		return do(c.AgentCredentials().Get(ctx, "prj_1", "obj_1"))
	})
	add("AgentCredentials.UpdateStatus", patch, agents+"/obj_1", 200, reflect.TypeFor[AgentCredential](), func(ctx context.Context, c *Client) error {
		return do(c.AgentCredentials().UpdateStatus(ctx, "prj_1", "obj_1", "active"))
	})
	add("AgentCredentials.Rotate", post, agents+"/obj_1/rotate", 200, reflect.TypeFor[AgentCredentialSecrets](), func(ctx context.Context, c *Client) error {
		return do(c.AgentCredentials().Rotate(ctx, "prj_1", "obj_1"))
	})
	add("AgentCredentials.Revoke", del, agents+"/obj_1", 204, nil, func(ctx context.Context, c *Client) error { return c.AgentCredentials().Revoke(ctx, "prj_1", "obj_1") })
	add("AgentCredentials.List", get, agents, 200, reflect.TypeFor[agentCredentialPage](), func(ctx context.Context, c *Client) error { return all(c.AgentCredentials().List(ctx, "prj_1")) })

	const enrollments = org + "/self-host-enrollments"
	add("SelfHostEnrollments.Create", post, enrollments, 201, reflect.TypeFor[SelfHostEnrollmentSecret](), func(ctx context.Context, c *Client) error {
		return do(c.SelfHostEnrollments().Create(ctx, "org_1", CreateSelfHostEnrollmentRequest{}))
	})
	add("SelfHostEnrollments.Get", get, enrollments, 200, reflect.TypeFor[selfHostEnrollmentPage](), func(ctx context.Context, c *Client) error {
		return do(c.SelfHostEnrollments().Get(ctx, "org_1", "obj_1"))
	}).listed = true
	add("SelfHostEnrollments.Rotate", post, enrollments+"/obj_1/rotate", 200, reflect.TypeFor[SelfHostEnrollmentSecret](), func(ctx context.Context, c *Client) error {
		return do(c.SelfHostEnrollments().Rotate(ctx, "org_1", "obj_1"))
	})
	add("SelfHostEnrollments.Revoke", del, enrollments+"/obj_1", 204, nil, func(ctx context.Context, c *Client) error {
		return c.SelfHostEnrollments().Revoke(ctx, "org_1", "obj_1")
	})
	add("SelfHostEnrollments.List", get, enrollments, 200, reflect.TypeFor[selfHostEnrollmentPage](), func(ctx context.Context, c *Client) error {
		return all(c.SelfHostEnrollments().List(ctx, "org_1"))
	})

	// The kinds with all five methods, and a PUT for the update.
	crud := func(service, collection string, object, page reflect.Type, create, read, update func(context.Context, *Client) error,
		remove func(context.Context, *Client) error, list func(context.Context, *Client) error,
	) {
		add(service+".Create", post, project+collection, 201, object, create)
		add(service+".Get", get, project+collection+"/obj_1", 200, object, read)
		add(service+".Update", put, project+collection+"/obj_1", 200, object, update)
		add(service+".Delete", del, project+collection+"/obj_1", 204, nil, remove)
		add(service+".List", get, project+collection, 200, page, list)
	}
	crud("PolicyProfiles", "/policies", reflect.TypeFor[PolicyProfile](), reflect.TypeFor[policyProfilePage](),
		func(ctx context.Context, c *Client) error {
			return do(c.PolicyProfiles().Create(ctx, "prj_1", PolicyProfileInput{}))
		},
		func(ctx context.Context, c *Client) error { return do(c.PolicyProfiles().Get(ctx, "prj_1", "obj_1")) },
		func(ctx context.Context, c *Client) error {
			return do(c.PolicyProfiles().Update(ctx, "prj_1", "obj_1", PolicyProfileInput{}))
		},
		func(ctx context.Context, c *Client) error { return c.PolicyProfiles().Delete(ctx, "prj_1", "obj_1") },
		func(ctx context.Context, c *Client) error { return all(c.PolicyProfiles().List(ctx, "prj_1")) })
	crud("WebhookEndpoints", "/webhooks", reflect.TypeFor[WebhookEndpoint](), reflect.TypeFor[webhookEndpointPage](),
		func(ctx context.Context, c *Client) error {
			return do(c.WebhookEndpoints().Create(ctx, "prj_1", WebhookEndpointInput{}))
		},
		func(ctx context.Context, c *Client) error { return do(c.WebhookEndpoints().Get(ctx, "prj_1", "obj_1")) },
		func(ctx context.Context, c *Client) error {
			return do(c.WebhookEndpoints().Update(ctx, "prj_1", "obj_1", WebhookEndpointInput{}))
		},
		func(ctx context.Context, c *Client) error { return c.WebhookEndpoints().Delete(ctx, "prj_1", "obj_1") },
		func(ctx context.Context, c *Client) error { return all(c.WebhookEndpoints().List(ctx, "prj_1")) })
	crud("Honeytokens", "/honeytokens", reflect.TypeFor[Honeytoken](), reflect.TypeFor[honeytokenPage](),
		func(ctx context.Context, c *Client) error {
			return do(c.Honeytokens().Create(ctx, "prj_1", HoneytokenInput{}))
		},
		func(ctx context.Context, c *Client) error { return do(c.Honeytokens().Get(ctx, "prj_1", "obj_1")) },
		func(ctx context.Context, c *Client) error {
			return do(c.Honeytokens().Update(ctx, "prj_1", "obj_1", HoneytokenInput{}))
		},
		func(ctx context.Context, c *Client) error { return c.Honeytokens().Delete(ctx, "prj_1", "obj_1") },
		func(ctx context.Context, c *Client) error { return all(c.Honeytokens().List(ctx, "prj_1")) })
	crud("AnomalyRules", "/anomaly-rules", reflect.TypeFor[AnomalyRule](), reflect.TypeFor[anomalyRulePage](),
		func(ctx context.Context, c *Client) error {
			return do(c.AnomalyRules().Create(ctx, "prj_1", AnomalyRuleInput{}))
		},
		func(ctx context.Context, c *Client) error { return do(c.AnomalyRules().Get(ctx, "prj_1", "obj_1")) },
		func(ctx context.Context, c *Client) error {
			return do(c.AnomalyRules().Update(ctx, "prj_1", "obj_1", AnomalyRuleInput{}))
		},
		func(ctx context.Context, c *Client) error { return c.AnomalyRules().Delete(ctx, "prj_1", "obj_1") },
		func(ctx context.Context, c *Client) error { return all(c.AnomalyRules().List(ctx, "prj_1")) })
	crud("ApprovalRules", "/approval-rules", reflect.TypeFor[ApprovalRule](), reflect.TypeFor[approvalRulePage](),
		func(ctx context.Context, c *Client) error {
			return do(c.ApprovalRules().Create(ctx, "prj_1", ApprovalRuleInput{}))
		},
		func(ctx context.Context, c *Client) error { return do(c.ApprovalRules().Get(ctx, "prj_1", "obj_1")) },
		func(ctx context.Context, c *Client) error {
			return do(c.ApprovalRules().Update(ctx, "prj_1", "obj_1", ApprovalRuleInput{}))
		},
		func(ctx context.Context, c *Client) error { return c.ApprovalRules().Delete(ctx, "prj_1", "obj_1") },
		func(ctx context.Context, c *Client) error { return all(c.ApprovalRules().List(ctx, "prj_1")) })
	return ops
}

// TestOperations: every method of every service is one of the operations that
// the other tests go through.
func TestOperations(t *testing.T) {
	t.Parallel()
	var tried []string
	for _, op := range operations() {
		tried = append(tried, op.name)
	}
	services := reflect.TypeFor[*Client]()
	for i := range services.NumMethod() {
		method := services.Method(i)
		if method.Type.NumOut() != 1 || method.Type.Out(0).Kind() != reflect.Struct {
			continue
		}
		service := method.Type.Out(0)
		for j := range service.NumMethod() {
			assert.Contains(t, tried, service.Name()+"."+service.Method(j).Name)
		}
	}
}

// ownIDs are the IDs of the requests, by the fields that hold them in responses.
var ownIDs = map[string]string{
	"id": "obj_1", "query_hash": "obj_1", "project_id": "prj_1", "database_id": "db_1", "org_id": "org_1",
}

// answer returns the body of a success, with the optional fields or without.
func (op operation) answer(full bool) map[string]any {
	object := fullObject(op.response, full)
	if _, created := object["project"]; created && full { // its database belongs to it
		object["database"].(map[string]any)["project_id"] = ownIDs["id"]
	}
	return object
}

func fullObject(t reflect.Type, full bool) map[string]any {
	object := map[string]any{}
	for _, rule := range rulesOf(t) {
		field := t.FieldByIndex(rule.index).Type
		if rule.name == "next_page_token" || rule.optional && !full {
			continue
		}
		object[rule.name] = fullValue(field, full)
		if id, ok := ownIDs[rule.name]; ok {
			object[rule.name] = id
		}
	}
	return object
}

func fullValue(t reflect.Type, full bool) any {
	switch t.Kind() {
	case reflect.Pointer:
		return fullValue(t.Elem(), full)
	case reflect.Struct:
		return fullObject(t, full)
	case reflect.Slice:
		return []any{fullValue(t.Elem(), full)}
	default:
		return wholeValue(t)
	}
}

// mutation makes one thing wrong with a body, and right again.
type mutation struct {
	what     string
	reason   string
	do, undo func()
}

// mutations returns everything that can be wrong with a body.
func (op operation) mutations(object map[string]any, t reflect.Type, path string) []mutation {
	var all []mutation
	for _, rule := range rulesOf(t) {
		right, present := object[rule.name]
		field := t.FieldByIndex(rule.index).Type
		for field.Kind() == reflect.Pointer {
			field = field.Elem()
		}
		set := func(what, reason string, value any) {
			all = append(all, mutation{
				what: path + rule.name + " " + what, reason: path + rule.name + " " + reason,
				do: func() { object[rule.name] = value },
				undo: func() {
					if object[rule.name] = right; !present {
						delete(object, rule.name)
					}
				},
			})
		}
		if !rule.optional {
			set("null", "is null", nil)
			all = append(all, mutation{
				what: path + rule.name + " missing", reason: path + rule.name + " is missing",
				do: func() { delete(object, rule.name) }, undo: func() { object[rule.name] = right },
			})
		}
		if rule.nonempty {
			set("empty", "is empty", "")
		}
		wrong := map[reflect.Kind][]any{
			reflect.String: {7, true, []any{"x"}, object}, reflect.Bool: {"true", 0, []any{true}},
			reflect.Int: {"1", 1.5, true, json.RawMessage("9223372036854775808"), json.RawMessage("1e30")}, reflect.Float64: {"1", json.RawMessage("1e999")},
			reflect.Int64: {"1", 1.5, json.RawMessage("-9223372036854775809"), json.RawMessage("99999999999999999999999")},
			reflect.Slice: {map[string]any{}, "x", 7, []any{nil}}, reflect.Struct: {[]any{}, "x", 7},
		}[field.Kind()]
		for _, value := range wrong {
			if _, cyclic := value.(map[string]any); cyclic && field.Kind() == reflect.String {
				value = map[string]any{}
			}
			set(fmt.Sprintf("of another type (%v)", value), "", value)
		}
		if id, ok := ownIDs[rule.name]; ok && op.knows(rule.name, id) {
			set("of another object", "is not", "other")
		}
		switch value := right.(type) {
		case map[string]any:
			all = append(all, op.mutations(value, field, path+rule.name+".")...)
		case []any:
			if item, ok := value[0].(map[string]any); ok {
				of := path + rule.name + "[0]."
				all = append(all, op.mutations(item, field.Elem(), of)...)
			}
		}
	}
	return all
}

// knows tells whether the request names the object that a field of its response names.
func (op operation) knows(field, id string) bool {
	if op.response == reflect.TypeFor[CreateProjectResponse]() && field == "project_id" {
		return true // its database has that of the project
	}
	return strings.Contains(op.path+op.inBody, id) && strings.HasPrefix(id, strings.SplitAfter(id, "_")[0])
}

// answering answers every request alike, and counts them.
type answering struct {
	canned
	requests atomic.Int32
}

func (a *answering) RoundTrip(req *http.Request) (*http.Response, error) {
	a.requests.Add(1)
	return a.canned.RoundTrip(req)
}

// answered makes a call that is answered alike each time, with one retry.
func (op operation) answered(t *testing.T, status int, body string) (requests int, err error) {
	t.Helper()
	api := &answering{canned: canned{status: status, body: body, header: http.Header{"X-Request-Id": {"req_1"}}}}
	c, err := New(plantedKey, WithHTTPClient(&http.Client{Transport: api}), WithMaxRetries(1), WithBackoff(0, time.Nanosecond))
	require.NoError(t, err)
	err = op.call(t.Context(), c)
	return int(api.requests.Load()), err
}

// refuses asserts that a response is not taken for a success, nor for an answer
// that says anything about the object.
func (op operation) refuses(t *testing.T, status int, body, reason string) {
	t.Helper()
	made, err := op.answered(t, status, body)
	var invalid *InvalidResponseError
	require.ErrorAs(t, err, &invalid, "%s: %s", op.name, body)
	assert.Equal(t, 2, made, "it is asked for again")
	assert.Contains(t, invalid.Reason, reason)
	assert.NotContains(t, err.Error(), "planted")
	assert.Equal(t, InvalidResponseError{BaseURL: DefaultBaseURL, StatusCode: status, RequestID: "req_1", Reason: invalid.Reason, final: invalid.final}, *invalid)
	path, _, _ := strings.Cut(op.path, "?")
	assert.True(t, strings.HasPrefix(err.Error(), op.method+" "+path), err.Error())
	assert.True(t, IsAmbiguous(err), "nobody knows whether it was carried out")
	assert.False(t, IsNotFound(err))
	assert.False(t, IsClientError(err))
}

// TestResponsesOfEveryOperation: each response is held against the contract: its
// status, every field at every depth, and which object it is about.
func TestResponsesOfEveryOperation(t *testing.T) {
	t.Parallel()
	for _, op := range operations() {
		t.Run(op.name, func(t *testing.T) {
			t.Parallel()
			right := ""
			if op.response != nil {
				for _, full := range []bool{false, true} {
					text, err := json.Marshal(op.answer(full))
					require.NoError(t, err)
					right = string(text)
					requests, err := op.answered(t, op.success, right)
					require.NoError(t, err)
					assert.Equal(t, 1, requests)
				}
			} else {
				_, err := op.answered(t, op.success, "")
				require.NoError(t, err)
			}

			for _, status := range []int{200, 201, 202, 203, 204, 205, 206, 207, 226, 299} {
				if status != op.success {
					op.refuses(t, status, right, "the status of a success is")
				}
			}
			for _, status := range []int{300, 301, 302, 304, 307} {
				requests, err := op.answered(t, status, right)
				var refused *Error
				require.ErrorAs(t, err, &refused)
				assert.False(t, refused.FromAPI())
				assert.Equal(t, 1, requests)
			}
			for _, body := range []string{"", "<html>planted</html>", `{"message":"planted"}`, `{"error":{"code":"NOT_FOUND","message":"planted"}}`} {
				requests, err := op.answered(t, 404, body)
				require.Error(t, err)
				assert.Equal(t, 1, requests)
				assert.Equal(t, strings.Contains(body, "NOT_FOUND"), IsNotFound(err), body)
			}
			if op.response == nil {
				return
			}
			for body, reason := range map[string]string{
				"": "the body is not JSON", "<html>planted</html>": "the body is not JSON", "null": "the body is not an object",
				"[]": "the body is not an object", `"planted"`: "the body is not an object", "7": "the body is not an object",
				"{}": " is missing", `{"message":"planted"}`: " is missing", right[:len(right)-1]: "the body is not JSON",
				right + `"planted"`: "the body is more than one JSON value", `{"data":` + right + `}`: " is missing",
			} {
				op.refuses(t, op.success, body, reason)
			}
			object := op.answer(true)
			for _, m := range op.mutations(object, op.response, "") {
				if op.listed && strings.HasSuffix(m.what, "id of another object") && !strings.HasSuffix(m.what, "_id of another object") ||
					op.listed && strings.HasSuffix(m.what, "query_hash of another object") {
					continue // that is another item of the list
				}
				m.do()
				text, err := json.Marshal(object)
				m.undo()
				require.NoError(t, err)
				field, _, _ := strings.Cut(m.what, " ")
				reason := field
				if strings.HasSuffix(m.what, "of another object") {
					reason = "not" // the item is named by its number
				}
				op.refuses(t, op.success, string(text), reason)
			}
		})
	}
}

// TestNamesAreCompared exactly: encoding/json would take "ID" for "id", and the last of several.
func TestNamesAreCompared(t *testing.T) {
	t.Parallel()
	op := operations()[slices.IndexFunc(operations(), func(op operation) bool { return op.name == "Projects.Get" })]
	text, err := json.Marshal(op.answer(true))
	require.NoError(t, err)
	op.refuses(t, 200, strings.Replace(string(text), `"id"`, `"ID"`, 1), "id is missing")
	op.refuses(t, 200, strings.Replace(string(text), `"id"`, `"id":"other","status":"","x"`, 1), "")
}

// TestLargeIntegers are carried as they are.
func TestLargeIntegers(t *testing.T) {
	t.Parallel()
	policy := Whole[PolicyProfile](map[string]any{
		"id": "obj_1", "project_id": "prj_1", "egress_bytes_per_day": json.RawMessage("9223372036854775807"),
		"content_scan_max_bytes": json.RawMessage("9007199254740993"), "max_rows": json.RawMessage("-9223372036854775808"),
	})
	text, err := json.Marshal(policy)
	require.NoError(t, err)
	read, err := cannedClient(t, canned{status: 200, body: string(text)}).PolicyProfiles().Get(t.Context(), "prj_1", "obj_1")
	require.NoError(t, err)
	assert.Equal(t, int64(1<<63-1), *read.EgressBytesPerDay)
	assert.Equal(t, int64(9007199254740993), *read.ContentScanMaxBytes)
	assert.Equal(t, -1<<63, *read.MaxRows)
}

// TestSpellingsOfIntegers: JSON knows one kind of number, so that 5.0 is 5.
func TestSpellingsOfIntegers(t *testing.T) {
	t.Parallel()
	for spelled, n := range map[string]int{"5": 5, "5.0": 5, "5e2": 500, "-0.0": 0} {
		text := WholeText[PolicyProfile](map[string]any{"id": "obj_1", "project_id": "prj_1", "max_rows": json.RawMessage(spelled)})
		read, err := cannedClient(t, canned{status: 200, body: text}).PolicyProfiles().Get(t.Context(), "prj_1", "obj_1")
		require.NoError(t, err, spelled)
		assert.Equal(t, n, *read.MaxRows)
	}
	for _, spelled := range []string{"5.5", "1e300", "9007199254740993.0", `"5"`} {
		text := WholeText[PolicyProfile](map[string]any{"id": "obj_1", "project_id": "prj_1", "max_rows": json.RawMessage(spelled)})
		_, err := cannedClient(t, canned{status: 200, body: text}).PolicyProfiles().Get(t.Context(), "prj_1", "obj_1")
		require.Error(t, err, spelled)
	}
}

// TestARefusedResponseLeavesNothing: what a first response had is not in the
// result of the second one.
func TestARefusedResponseLeavesNothing(t *testing.T) {
	t.Parallel()
	s := &scripted{answers: []func(int) canned{
		func(int) canned {
			return canned{status: 200, body: WholeText[Project](map[string]any{"id": "prj_1", "description": "stale", "status": 7})}
		},
		func(int) canned { return canned{status: 200, body: WholeText[Project](map[string]any{"id": "prj_1"})} },
	}}
	c, err := New(plantedKey, WithHTTPClient(&http.Client{Transport: s}), WithBackoff(0, time.Nanosecond))
	require.NoError(t, err)
	project, err := c.Projects().Get(t.Context(), "prj_1")
	require.NoError(t, err)
	assert.Nil(t, project.Description)
	assert.Len(t, s.keys, 2)
}

// TestNothingBesideAnError: an object that is not the one of the request is not
// within reach of whoever forgets the error.
func TestNothingBesideAnError(t *testing.T) {
	t.Parallel()
	ctx, body := t.Context(), WholeText[Database](map[string]any{"id": "db_1", "project_id": "other"})
	read, err := cannedClient(t, canned{status: 200, body: body}).Databases().Get(ctx, "prj_1", "db_1")
	require.ErrorContains(t, err, "project_id is not the one of the request")
	assert.Equal(t, Database{}, read)
	for _, ctx := range []context.Context{ctx, WithIdempotentCreate(ctx, &IdempotentCreate{Scope: "it", Accept: takes(nil)})} {
		created, err := cannedClient(t, canned{status: 201, body: body}).Databases().Create(ctx, "prj_1", CreateDatabaseRequest{})
		require.ErrorContains(t, err, "project_id is not the one of the request")
		assert.Equal(t, Database{}, created)
	}
}

// schema is a part of an OpenAPI document.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       string            `json:"type"`
	Required   []string          `json:"required"`
	Properties map[string]schema `json:"properties"`
	Items      *schema           `json:"items"`
	Enum       []string          `json:"enum"`
	MinLength  int               `json:"minLength"`
}

type document struct {
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Components struct {
		Schemas map[string]schema `json:"schemas"`
	} `json:"components"`
}

// contracted is an operation in the contract.
type contracted struct {
	OperationID string `json:"operationId"`
	Responses   map[string]struct {
		Content map[string]struct {
			Schema schema `json:"schema"`
		} `json:"content"`
	} `json:"responses"`
}

func (d document) resolve(s schema) schema {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		return d.resolve(d.Components.Schemas[name])
	}
	return s
}

// TestTypesAreTheContract: every operation has the status and the fields of the
// contract, which of them are required, and their types.
func TestTypesAreTheContract(t *testing.T) {
	t.Parallel()
	file := os.Getenv("PGBEAM_OPENAPI")
	if file == "" {
		t.Skip("nothing is compared: PGBEAM_OPENAPI names no file with the API's contract")
	}
	text, err := os.ReadFile(file) //nolint:gosec // the contract
	require.NoError(t, err)
	var contract document
	require.NoError(t, json.Unmarshal(text, &contract))
	for _, op := range operations() {
		path, _, _ := strings.Cut(op.path, "?")
		found := false
		for template, methods := range contract.Paths {
			if !matches(template, path) {
				continue
			}
			text, ok := methods[strings.ToLower(op.method)]
			if !ok {
				continue
			}
			found = true
			var operation contracted
			require.NoError(t, json.Unmarshal(text, &operation))
			for status, response := range operation.Responses {
				if status[0] != '2' {
					continue
				}
				assert.Equal(t, fmt.Sprint(op.success), status, operation.OperationID)
				if op.response == nil {
					assert.Empty(t, response.Content, operation.OperationID)
					continue
				}
				contract.compare(t, op.response, response.Content["application/json"].Schema, operation.OperationID)
			}
		}
		assert.True(t, found, "%s: the contract has no %s %s", op.name, op.method, path)
	}
}

func matches(template, path string) bool {
	ours, theirs := strings.Split(path, "/"), strings.Split(template, "/")
	return slices.EqualFunc(ours, theirs, func(our, their string) bool {
		return our == their || strings.HasPrefix(their, "{") && strings.HasSuffix(their, "}")
	})
}

// compare compares a type with a schema, at every depth.
func (d document) compare(t *testing.T, of reflect.Type, s schema, path string) {
	t.Helper()
	s = d.resolve(s)
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	kinds := map[reflect.Kind]string{
		reflect.Struct: "object", reflect.Slice: "array", reflect.String: "string", reflect.Bool: "boolean",
		reflect.Int: "integer", reflect.Int64: "integer", reflect.Float64: "number",
	}
	if !assert.Equal(t, s.Type, kinds[of.Kind()], path) {
		return
	}
	if of.Kind() == reflect.Slice {
		d.compare(t, of.Elem(), *s.Items, path+"[]")
	}
	if of.Kind() != reflect.Struct {
		return
	}
	var ours, theirs []string
	for name := range s.Properties {
		theirs = append(theirs, name)
	}
	for _, rule := range rulesOf(of) {
		ours = append(ours, rule.name)
		property := d.resolve(s.Properties[rule.name])
		at := path + "." + rule.name
		required := slices.Contains(s.Required, rule.name)
		assert.Equal(t, required, !rule.optional, "%s: required", at)
		isID := rule.name == "id" || rule.name == "query_hash" || strings.HasSuffix(rule.name, "_id")
		isSecret := slices.Contains([]string{"connection_string", "mcp_url", "mcp_token", "token"}, rule.name)
		nonempty := required && property.Type == "string" && (isID || isSecret || len(property.Enum) > 0 || property.MinLength > 0)
		assert.Equal(t, nonempty, rule.nonempty, "%s: not empty", at)
		if _, ok := s.Properties[rule.name]; ok {
			d.compare(t, of.FieldByIndex(rule.index).Type, property, at)
		}
	}
	assert.ElementsMatch(t, theirs, ours, path)
}

// TestAccess: a success is asked for once, and a failure is not remembered.
func TestAccess(t *testing.T) {
	t.Parallel()
	whole := canned{status: 200, body: `{"organizations":[{"id":"org_1","name":"Shop","slug":"shop","role":"owner"}]}`}
	s := &scripted{answers: []func(int) canned{
		func(int) canned { return canned{status: 404, body: "<html>"} },
		func(int) canned { return canned{status: 200, body: `{"organizations":[{"id":"org_1","name":"Shop"}]}`} },
		ofAPI(401, "UNAUTHORIZED"),
		func(int) canned { return whole },
	}}
	c, err := New(plantedKey, WithHTTPClient(&http.Client{Transport: s}), WithMaxRetries(0))
	require.NoError(t, err)
	for range 3 {
		_, err := c.Access(t.Context())
		require.Error(t, err)
		assert.False(t, IsNotFound(err))
	}
	for range 3 {
		organizations, err := c.Access(t.Context())
		require.NoError(t, err)
		owner := "owner"
		assert.Equal(t, []Organization{{ID: "org_1", Name: "Shop", Slug: "shop", Role: &owner}}, organizations)
		organizations[0].ID = "changed" // by one caller, for itself
	}
	assert.Len(t, s.keys, 4)
}
