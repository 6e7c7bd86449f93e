// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package cancel tests the cancellation of updates while the plugin waits, and that
// the plugin leaks no goroutines.
package cancel

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

func TestMain(m *testing.M) {
	// The SDK imports glog, which starts this goroutine and cannot stop it.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/golang/glog.(*fileSink).flushDaemon"))
}

// env is a local API that reports events, for plugins of a single provider.
type env struct {
	*testing.T
	local      *localapi.Local
	events     chan string // such as "received POST", "answered POST" and "waiting"
	transports []*http.Transport
}

func newEnv(t *testing.T) *env {
	t.Helper()
	e := &env{T: t, events: make(chan string, 100)}
	e.local = localapi.Start(t, localapi.Options{Watch: func(moment localapi.Moment, method, _ string) {
		e.emit(string(moment) + " " + method)
	}})
	t.Cleanup(func() {
		for _, transport := range e.transports {
			transport.CloseIdleConnections()
		}
	})
	return e
}

func (e *env) emit(event string) {
	select {
	case e.events <- event:
	default: // the test no longer waits for events
	}
}

// waitFor waits for an event.
func (e *env) waitFor(event string) {
	e.Helper()
	timeout := time.After(time.Minute)
	for {
		select {
		case next := <-e.events:
			if next == event {
				return
			}
		case <-timeout:
			require.Fail(e, "timed out waiting for an event", event)
		}
	}
}

// startPlugin starts a plugin of the provider.
func (e *env) startPlugin(settings map[string]string) *enginetest.Engine {
	transport := &http.Transport{}
	e.transports = append(e.transports, transport)
	return enginetest.StartProcess(e, e.local, enginetest.Run{ProviderID: "provider-1"}, provider.Options{Client: []client.Option{
		client.WithHTTPClient(&http.Client{Transport: transport}),
		client.WithNotify(func(context.Context, string) { e.emit("waiting") }),
	}}, settings).Engine
}

// cancelAfter runs operations concurrently, cancels them after a sequence of events,
// and returns their results.
func (e *env) cancelAfter(events []string, engine *enginetest.Engine, operations ...func() enginetest.Result) []enginetest.Result {
	e.Helper()
	results := make([]enginetest.Result, len(operations))
	var running sync.WaitGroup
	for i, operation := range operations {
		running.Go(func() { results[i] = operation() })
	}
	for _, event := range events {
		e.waitFor(event)
	}
	require.NoError(e, engine.Server.Cancel())
	done := make(chan struct{})
	go func() { running.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute): // less than the operations would wait
		require.Fail(e, "the operations were not canceled")
	}
	return results
}

func enrollment(name string) *enginetest.Resource {
	return &enginetest.Resource{Kind: "SelfHostEnrollment", Name: name}
}

// requireConverges deploys the resource with a new plugin, and checks that the API
// then has the given number of objects and that a preview shows no changes.
func (e *env) requireConverges(resource *enginetest.Resource, inputs map[string]any, kind string, count int) {
	e.Helper()
	e.local.ClearFaults()
	engine := e.startPlugin(nil)
	result := engine.Up(resource, enginetest.Inputs(inputs))
	require.NoError(e, result.Err)
	assert.Len(e, e.local.Objects(kind), count)
	assert.Equal(e, enginetest.Same, engine.Preview(resource, enginetest.Inputs(inputs)).Op)
}

func TestCancelDuringBackoff(t *testing.T) {
	e := newEnv(t)
	e.local.AddFault(localapi.Fault{Method: "POST", Status: 503, RetryAfter: "250"})
	engine := e.startPlugin(map[string]string{"PGBEAM_MAX_RETRIES": "5"})
	inputs := map[string]any{"orgId": e.local.OrgID}
	resource := enrollment("thing")
	results := e.cancelAfter([]string{"waiting"}, engine, func() enginetest.Result { return engine.Up(resource, enginetest.Inputs(inputs)) })
	require.ErrorContains(t, results[0].Err, "canceled")
	require.ErrorContains(t, results[0].Err, "503", "the error contains the response that caused the retry")
	assert.Empty(t, resource.ID)
	assert.Equal(t, 1, e.local.Count("POST", ""))
	e.requireConverges(resource, inputs, "self-host-enrollments", 1)
}

// TestCancelDuringRequest checks that the next update adopts the object that the
// canceled request creates.
func TestCancelDuringRequest(t *testing.T) {
	e := newEnv(t)
	e.local.AddFault(localapi.Fault{Method: "POST", Latency: time.Hour, Times: 1})
	engine := e.startPlugin(nil)
	inputs := map[string]any{"orgId": e.local.OrgID}
	resource := enrollment("thing")
	results := e.cancelAfter([]string{"received POST"}, engine, func() enginetest.Result { return engine.Up(resource, enginetest.Inputs(inputs)) })
	require.ErrorContains(t, results[0].Err, "canceled")
	assert.Empty(t, resource.ID)
	e.waitFor("applied POST")
	e.requireConverges(resource, inputs, "self-host-enrollments", 1)
	assert.Equal(t, e.local.Secret("self-host-enrollments", resource.ID, "token"), resource.State.Get("token").AsString())
}

func TestCancelWhileQueued(t *testing.T) {
	e := newEnv(t)
	e.local.AddFault(localapi.Fault{Method: "POST", Latency: time.Hour})
	engine := e.startPlugin(map[string]string{"PGBEAM_MAX_CONCURRENCY": "1"})
	inputs := map[string]any{"orgId": e.local.OrgID}
	one, two := enrollment("one"), enrollment("two")
	results := e.cancelAfter([]string{"received POST"}, engine,
		func() enginetest.Result { return engine.Up(one, enginetest.Inputs(inputs)) },
		func() enginetest.Result { return engine.Up(two, enginetest.Inputs(inputs)) })
	for _, result := range results {
		require.ErrorContains(t, result.Err, "canceled")
	}
	// The second request may have been sent between the two cancellations.
	e.local.ClearFaults()
	require.NoError(t, e.startPlugin(nil).Up(one, enginetest.Inputs(inputs)).Err)
	e.requireConverges(two, inputs, "self-host-enrollments", 2)
}

// TestCancelDuringDomainVerification checks that the domain, which already exists, is
// saved to the state.
func TestCancelDuringDomainVerification(t *testing.T) {
	e := newEnv(t)
	engine := e.startPlugin(nil)
	project := &enginetest.Resource{Kind: "Project", Name: "shop"}
	require.NoError(t, engine.Up(project, enginetest.Inputs(map[string]any{
		"orgId": e.local.OrgID, "name": "shop", "database": enginetest.DatabaseInputs,
	})).Err)
	inputs := map[string]any{"projectId": project.ID, "domain": "db.example.com", "waitForVerification": true}
	domain := &enginetest.Resource{Kind: "CustomDomain", Name: "domain"}
	e.waitFor("answered POST")                           // of the project
	events := []string{"answered POST", "answered POST"} // creates the domain, and starts its verification
	results := e.cancelAfter(events, engine, func() enginetest.Result { return engine.Up(domain, enginetest.Inputs(inputs)) })
	require.Error(t, results[0].Err)
	require.NotEmpty(t, domain.ID)
	require.Len(t, domain.Unfinished, 1)
	assert.Contains(t, domain.Unfinished[0], `CustomDomain "domain"`)
	require.NoError(t, e.local.PublishDNS("db.example.com"))
	e.requireConverges(domain, inputs, "domains", 1)
}
