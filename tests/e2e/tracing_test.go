// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

const tracedProgram = `
name: traced
runtime: yaml
resources:
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      database: { host: db.example.com, port: 5432, name: shop, username: pgbeam, password: { fn::secret: traced-planted-password } }
      webhook: { url: "https://example.com/hooks", secret: { fn::secret: traced-planted-webhook-secret } }
  replica1:
    type: pgbeam:Replica
    properties: { databaseId: "${shop.primaryDatabaseId}", host: r1.example.com, port: 5432 }
  replica2:
    type: pgbeam:Replica
    properties: { databaseId: "${shop.primaryDatabaseId}", host: r2.example.com, port: 5432 }
outputs:
  plan: { fn::invoke: { function: "pgbeam:getOrganizationPlan", arguments: { orgId: "org_local" } } }
`

// TestTraces verifies that each request of a run is a span of the CLI's trace, and that the
// trace contains no secret.
func TestTraces(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	local.AddFault(localapi.Fault{Method: "POST", Path: "/v1/projects", Times: 1, Status: 503, RetryAfter: "0"})
	local.AddFault(localapi.Fault{Method: "POST", Path: "/v1/projects/*/agents", Times: 1, Status: 429, RetryAfter: "0"})
	s := clitest.New(t, local, tracedProgram, "PGBEAM_MAX_RETRIES=5")

	spans := traceOf(s, "up", "--yes")
	s.AddCanaries()
	for path, code := range map[string]string{"/v1/projects": "503 SERVICE_UNAVAILABLE", "/v1/projects/{project_id}/agents": "429 RATE_LIMITED"} {
		attempts := slices.DeleteFunc(spans.requests(), func(s *traceSpan) bool { return s.Name != "POST "+path })
		require.Len(t, attempts, 2, path)
		assert.Equal(t, code, attempts[0].Status.Message)
		assert.Equal(t, "1", attempts[0].attribute("pgbeam.attempt"))
		assert.Equal(t, "2", attempts[1].attribute("pgbeam.attempt"))
		for _, attempt := range attempts {
			assert.Equal(t, "pulumirpc.ResourceProvider/Create", spans[attempt.ParentSpanID].Name)
		}
	}

	refresh := traceOf(s, "refresh", "--yes", "--skip-preview")
	destroy := traceOf(s, "destroy", "--yes", "--skip-preview")
	s.AssertEmpty()

	// The parents of all requests.
	parents := map[string]bool{}
	for _, spans := range []trace{spans, refresh, destroy} {
		for _, request := range spans.requests() {
			parents[spans[request.ParentSpanID].Name] = true
		}
	}
	assert.Equal(t, map[string]bool{
		"pulumirpc.ResourceProvider/Create": true, "pulumirpc.ResourceProvider/Read": true,
		"pulumirpc.ResourceProvider/Delete": true, "pulumirpc.ResourceProvider/Invoke": true,
	}, parents)
}

// TestTraceOfRecovery verifies that the requests at the end of a run are in its trace, too.
func TestTraceOfRecovery(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := clitest.New(t, local, recoveryProgram)
	s.AddCanary("the password", "repeat-planted-password")
	local.AddFault(localapi.Fault{Method: http.MethodPost, Path: "/v1/projects/*/webhooks", Drop: localapi.DropAfter})
	s.MustFail("up", "--yes", "--skip-preview")
	local.ClearFaults()
	require.Len(t, local.Objects("webhooks"), 1)
	program, _, _ := strings.Cut(recoveryProgram, "  hooks:")
	s.WriteProgram(strings.Replace(program, "name: strict }", "name: strict, maxRows: 10 }", 1))

	spans := traceOf(s, "up", "--yes", "--skip-preview")
	s.AddCanaries()
	assert.Empty(t, local.Objects("webhooks"))
	var names []string
	for _, request := range spans.requests() {
		if strings.Contains(request.Name, "/webhooks") {
			assert.Equal(t, "pulumirpc.ResourceProvider/Configure", spans[request.ParentSpanID].Name)
			names = append(names, request.Name)
		}
	}
	assert.Equal(t, []string{"POST /v1/projects/{project_id}/webhooks", "DELETE /v1/projects/{project_id}/webhooks/{webhook_id}"}, names)
}

// trace is a trace of the CLI: its spans by ID.
type trace map[string]*traceSpan

// traceSpan is a span in a trace file.
type traceSpan struct {
	TraceID, SpanID, ParentSpanID, Name, StartTimeUnixNano string
	Attributes                                             []struct {
		Key   string
		Value map[string]any
	}
	Status struct {
		Message string
		Code    int
	}
	service, scope string
}

// attribute returns an attribute as text, or "" if the span does not have it.
func (s *traceSpan) attribute(name string) string {
	for _, attribute := range s.Attributes {
		for _, value := range attribute.Value {
			if attribute.Key == name {
				return fmt.Sprint(value)
			}
		}
	}
	return ""
}

// requests returns the spans of requests to the API in the order in which they were sent.
func (tr trace) requests() (requests []*traceSpan) {
	for _, span := range tr {
		if span.scope == "github.com/pgbeam/pulumi-pgbeam/client" {
			requests = append(requests, span)
		}
	}
	slices.SortFunc(requests, func(a, b *traceSpan) int { return strings.Compare(a.StartTimeUnixNano, b.StartTimeUnixNano) })
	return requests
}

// traceOf runs a CLI command and returns its trace, in which it requires a span for each
// request that the API receives. The file is scanned for secrets when the test ends.
func traceOf(s *clitest.Stack, args ...string) trace {
	s.Helper()
	file := filepath.Join(filepath.Dir(s.Dir), args[0]+".trace.json")
	s.Local.ResetRequests()
	s.Must(append(args, "--otel-traces", "file://"+file)...)
	content, err := os.ReadFile(file) //nolint:gosec // a file of the test
	require.NoError(s, err)
	spans := trace{}
	for line := range strings.Lines(string(content)) {
		var export struct {
			ResourceSpans []struct {
				Resource struct {
					Attributes []struct{ Value struct{ StringValue string } }
				}
				ScopeSpans []struct {
					Scope struct{ Name string }
					Spans []*traceSpan
				}
			}
		}
		require.NoError(s, json.Unmarshal([]byte(line), &export))
		for _, resource := range export.ResourceSpans {
			for _, scope := range resource.ScopeSpans {
				for _, span := range scope.Spans {
					span.scope = scope.Scope.Name
					for _, attribute := range resource.Resource.Attributes {
						span.service += attribute.Value.StringValue + " "
					}
					spans[span.SpanID] = span
				}
			}
		}
	}

	var sent, traced []string
	for _, request := range s.Local.Requests() {
		sent = append(sent, fmt.Sprint(request.ResponseHeader.Get("X-Request-Id"), " ", request.Method, " ", request.Status))
	}
	for _, span := range spans.requests() {
		traced = append(traced, fmt.Sprint(span.attribute("pgbeam.request_id"), " ", span.attribute("http.request.method"), " ", span.attribute("http.response.status_code")))
		assert.Equal(s, span.Name, span.attribute("http.request.method")+" "+span.attribute("url.template"))
		assert.Equal(s, "127.0.0.1", span.attribute("server.address"))
		parent := spans[span.ParentSpanID]
		require.NotNil(s, parent, span.Name)
		assert.Regexp(s, "^pulumirpc.ResourceProvider/", parent.Name)
		root := parent
		for spans[root.ParentSpanID] != nil {
			root = spans[root.ParentSpanID]
		}
		assert.Equal(s, span.TraceID, root.TraceID)
		assert.Contains(s, root.service, "pulumi-cli")
	}
	require.NotEmpty(s, sent)
	assert.ElementsMatch(s, sent, traced)
	return spans
}
