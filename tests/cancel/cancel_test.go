// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package cancel tests what happens when the engine cancels an update while the
// plugin waits, and that nothing of the plugin is left running.
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
	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

func TestMain(m *testing.M) {
	// The SDK's logging starts one when it is imported, which nobody can stop.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/golang/glog.(*fileSink).flushDaemon"))
}

// scene is a plugin that is about to wait for something.
type scene struct {
	*testing.T
	local   *localapi.Local
	moments chan string // "received POST", "answered POST", "waiting"
	closing []*http.Transport
}

func newScene(t *testing.T) *scene {
	t.Helper()
	s := &scene{T: t, moments: make(chan string, 100)}
	s.local = localapi.Start(t, localapi.Options{Watch: func(moment localapi.Moment, method, _ string) {
		s.happened(string(moment) + " " + method)
	}})
	t.Cleanup(func() {
		for _, transport := range s.closing {
			transport.CloseIdleConnections()
		}
	})
	return s
}

func (s *scene) happened(what string) {
	select {
	case s.moments <- what:
	default: // nobody waits for that many
	}
}

// until waits for something to happen.
func (s *scene) until(what string) {
	s.Helper()
	for {
		select {
		case happened := <-s.moments:
			if happened == what {
				return
			}
		case <-time.After(time.Minute): // or the test would never end
			require.Fail(s, "it did not happen", what)
		}
	}
}

// plugin starts a plugin of the one provider.
func (s *scene) plugin(settings map[string]string) *enginetest.Engine {
	creates := &createjournal.Journal{}
	creates.Open("provider-1", "")
	transport := &http.Transport{}
	s.closing = append(s.closing, transport)
	return enginetest.Plugin(s, s.local, provider.Options{Journal: creates, Client: []client.Option{
		client.WithHTTPClient(&http.Client{Transport: transport}),
		client.WithNotify(func(context.Context, string) { s.happened("waiting") }),
	}}, settings)
}

// cancelled starts an update, cancels it once something has happened, and
// returns how it ended.
func (s *scene) cancelled(engine *enginetest.Engine, once string, updates ...func() enginetest.Result) []enginetest.Result {
	s.Helper()
	results := make([]enginetest.Result, len(updates))
	var running sync.WaitGroup
	for i, update := range updates {
		running.Go(func() { results[i] = update() })
	}
	s.until(once)
	require.NoError(s, engine.Server.Cancel())
	ended := make(chan struct{})
	go func() { running.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(time.Minute): // what it waits for takes longer
		require.Fail(s, "it did not end")
	}
	return results
}

func enrollment(name string) *enginetest.Resource {
	return &enginetest.Resource{Kind: "SelfHostEnrollment", Name: name}
}

// agrees brings the resource up with a fresh plugin, and fails unless it then
// exists once.
func (s *scene) agrees(resource *enginetest.Resource, inputs map[string]any, list string, count int) {
	s.Helper()
	s.local.ClearFaults()
	engine := s.plugin(nil)
	result := engine.Up(resource, enginetest.Inputs(inputs))
	require.NoError(s, result.Err)
	assert.Len(s, s.local.Objects(list), count)
	assert.Equal(s, enginetest.Same, engine.Preview(resource, enginetest.Inputs(inputs)).Op)
}

func TestWhileWaitingToTryAgain(t *testing.T) {
	s := newScene(t)
	s.local.AddFault(localapi.Fault{Method: "POST", Status: 503, RetryAfter: "250"})
	engine := s.plugin(map[string]string{"PGBEAM_MAX_RETRIES": "5"})
	inputs := map[string]any{"orgId": s.local.OrgID}
	resource := enrollment("thing")
	results := s.cancelled(engine, "waiting", func() enginetest.Result { return engine.Up(resource, enginetest.Inputs(inputs)) })
	require.ErrorContains(t, results[0].Err, "canceled")
	require.ErrorContains(t, results[0].Err, "503", "the error says what it waited for")
	assert.Empty(t, resource.ID)
	assert.Equal(t, 1, s.local.Count("POST", ""))
	s.agrees(resource, inputs, "self-host-enrollments", 1)
}

// TestWhileARequestIsUnderWay: it takes effect all the same, and the next
// update gets the object.
func TestWhileARequestIsUnderWay(t *testing.T) {
	s := newScene(t)
	s.local.AddFault(localapi.Fault{Method: "POST", Latency: time.Hour, Times: 1})
	engine := s.plugin(nil)
	inputs := map[string]any{"orgId": s.local.OrgID}
	resource := enrollment("thing")
	results := s.cancelled(engine, "received POST", func() enginetest.Result { return engine.Up(resource, enginetest.Inputs(inputs)) })
	require.ErrorContains(t, results[0].Err, "canceled")
	assert.Empty(t, resource.ID)
	s.until("applied POST")
	s.agrees(resource, inputs, "self-host-enrollments", 1)
	assert.Equal(t, s.local.Secret("self-host-enrollments", resource.ID, "token"), resource.State.Get("token").AsString())
}

func TestWhileWaitingForATurn(t *testing.T) {
	s := newScene(t)
	s.local.AddFault(localapi.Fault{Method: "POST", Latency: time.Hour})
	engine := s.plugin(map[string]string{"PGBEAM_MAX_CONCURRENCY": "1"})
	inputs := map[string]any{"orgId": s.local.OrgID}
	one, two := enrollment("one"), enrollment("two")
	results := s.cancelled(engine, "received POST",
		func() enginetest.Result { return engine.Up(one, enginetest.Inputs(inputs)) },
		func() enginetest.Result { return engine.Up(two, enginetest.Inputs(inputs)) })
	for _, result := range results {
		require.ErrorContains(t, result.Err, "canceled")
	}
	// The other one may have had its turn in the moment between the two.
	s.local.ClearFaults()
	require.NoError(t, s.plugin(nil).Up(one, enginetest.Inputs(inputs)).Err)
	s.agrees(two, inputs, "self-host-enrollments", 2)
}

// TestWhileADomainIsVerified: the domain exists, so it stands in the state.
func TestWhileADomainIsVerified(t *testing.T) {
	s := newScene(t)
	engine := s.plugin(nil)
	project := &enginetest.Resource{Kind: "Project", Name: "shop"}
	require.NoError(t, engine.Up(project, enginetest.Inputs(map[string]any{
		"orgId": s.local.OrgID, "name": "shop", "database": enginetest.DatabaseInputs,
	})).Err)
	inputs := map[string]any{"projectId": project.ID, "domain": "db.example.com", "waitForVerification": true}
	domain := &enginetest.Resource{Kind: "CustomDomain", Name: "domain"}
	s.until("answered POST") // of the project
	update := func() enginetest.Result {
		return engine.Up(domain, enginetest.Inputs(inputs))
	}
	started := make(chan struct{})
	go func() {
		defer close(started)
		s.until("answered POST") // of the domain
		s.until("answered POST") // of its verification
		s.happened("not verified")
	}()
	results := s.cancelled(engine, "not verified", update)
	<-started
	require.Error(t, results[0].Err)
	require.NotEmpty(t, domain.ID)
	require.Len(t, domain.Unfinished, 1)
	assert.Contains(t, domain.Unfinished[0], `CustomDomain "domain"`)
	require.NoError(t, s.local.PublishDNS("db.example.com"))
	s.agrees(domain, inputs, "domains", 1)
}
