// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Server is the PgBeam API in memory. It is an http.Handler and safe for concurrent use.
type Server struct {
	options Options
	encoder encoder
	router  *route
	closed  chan struct{}
	closing sync.Once

	mu    sync.Mutex // guards everything below and every object
	dirty bool       // there is something to write to the state file
	seq   uint64
	dns   map[string]bool // the domains whose verification record is published
	// deletedDatabases has the project of each database that was deleted together with its project.
	deletedDatabases map[string]string

	projects, databases, replicas, policies, agents, webhooks *collection
	domains, cacheRules, plan, enrollments                    *collection
	honeytokens, anomalyRules, approvalRules                  *collection

	kinds       []*collection
	idempotency idempotency

	faults   faultInjector
	limiter  limiter
	recorder recorder
}

// New returns a server without a listener. It fails when the options contradict themselves or the state file cannot be read.
func New(options Options) (*Server, error) {
	if len(options.APIKeys) == 0 {
		options.APIKeys = map[string]string{DefaultAPIKey: DefaultOrgID}
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Plan == "" {
		options.Plan = "scale"
	}
	s := &Server{
		options: options,
		encoder: encoder{millis: options.Behaviour.TimestampsWithMillis, omitDefaults: options.Behaviour.OmitDefaults},
		closed:  make(chan struct{}),
	}
	if err := s.validate(); err != nil {
		return nil, err
	}
	s.recorder = recorder{discard: options.DiscardRequests, keep: options.KeepRequests, observe: options.Observe}
	s.addKinds()
	s.router = newRouter(s.operations())
	s.reset()
	if options.StateFile != "" {
		if err := s.load(); err != nil {
			return nil, fmt.Errorf("state file %s: %w", options.StateFile, err)
		}
		// Writing it at once tells of a file that cannot be written before anything depends on it.
		s.dirty = true
		if err := s.save(); err != nil {
			return nil, fmt.Errorf("state file %s: %w", options.StateFile, err)
		}
	}
	return s, nil
}

func (s *Server) validate() error {
	for key, org := range s.options.APIKeys {
		if key == "" || !idPattern.MatchString(org) {
			return fmt.Errorf("an API key must not be empty and its organization must match %s, not %q", idPattern, org)
		}
	}
	for _, sql := range s.options.QueryShapes {
		if _, normalized := QueryShape(sql); normalized == "" {
			return fmt.Errorf("the query shape %q has no statement", sql)
		}
	}
	d := decoder{}
	d.value(planOutput.find("plan"), s.options.Plan, "plan")
	d.value(sslMode(), s.options.Behaviour.sslMode(), "default ssl_mode")
	d.value(poolConfigSchema.find("pool_mode"), s.options.Behaviour.poolMode(), "default pool_mode")
	if feature := s.options.Behaviour.FeatureOff; feature != "" && !slices.Contains([]string{agentGateway, customDomains}, feature) {
		return fmt.Errorf("there is no feature %q: it must be %s or %s", feature, agentGateway, customDomains)
	}
	if len(d.errors) > 0 {
		return fmt.Errorf("%s %s", d.errors[0].Field, d.errors[0].Detail)
	}
	return nil
}

// addKinds makes the collections, in the order in which a state file is loaded.
func (s *Server) addKinds() {
	add := func(k kind) *collection {
		c := newCollection(k)
		s.kinds = append(s.kinds, c)
		return c
	}
	s.plan = add(s.planKind())
	s.projects = add(s.projectKind())
	s.databases = add(s.databaseKind())
	s.replicas = add(s.replicaKind())
	s.policies = add(s.policyKind())
	s.agents = add(s.agentKind())
	s.webhooks = add(s.webhookKind())
	s.domains = add(s.domainKind())
	s.cacheRules = add(s.cacheRuleKind())
	s.enrollments = add(s.enrollmentKind())
	s.honeytokens = add(s.honeytokenKind())
	s.anomalyRules = add(s.anomalyRuleKind())
	s.approvalRules = add(s.approvalRuleKind())
}

// operations lists every operation of the contract.
func (s *Server) operations() []*operation {
	var all []*operation
	for _, part := range [][]*operation{
		s.healthOperations(),
		s.organizationOperations(),
		s.planOperations(),
		s.regionOperations(),
		s.projectOperations(),
		s.databaseOperations(),
		s.replicaOperations(),
		s.policyOperations(),
		s.evaluationOperations(),
		s.migrationOperations(),
		s.agentOperations(),
		s.webhookOperations(),
		s.domainOperations(),
		s.cacheRuleOperations(),
		s.enrollmentOperations(),
		s.honeytokenOperations(),
		s.anomalyRuleOperations(),
		s.approvalRuleOperations(),
	} {
		all = append(all, part...)
	}
	return all
}

// reset makes the server as empty as it was at first. The caller holds mu or is alone.
func (s *Server) reset() {
	for _, k := range s.kinds {
		k.clear()
	}
	s.seq = 0
	s.dns = map[string]bool{}
	s.deletedDatabases = map[string]string{}
	s.idempotency.clear()
	s.addPlans()
}

// Close ends waiting requests. The server answers nothing useful afterwards.
func (s *Server) Close() error {
	s.closing.Do(func() { close(s.closed) })
	return nil
}

// ServeHTTP serves the API below /v1 and the admin endpoints below /_local.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, adminPrefix) {
		s.serveAdmin(w, r)
		return
	}
	s.serveAPI(w, r)
}

// timestamp is the clock at the precision that answers show.
func (s *Server) timestamp() time.Time {
	return s.options.Now().UTC().Truncate(s.precision())
}

func (s *Server) precision() time.Duration {
	if s.encoder.millis {
		return time.Millisecond
	}
	return time.Second
}

// touch moves updated_at, also when the clock has not moved since the last write.
func (s *Server) touch(o *object) {
	previous, has := o.timeValue("updated_at")
	if !has {
		return
	}
	now := s.timestamp()
	if !now.After(previous) {
		now = previous.Add(s.precision())
	}
	o.fields["updated_at"] = now
}

// pause waits for d. A client that gives up ends the wait, not the request: it then takes effect at once.
func (s *Server) pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-s.closed:
	}
}
