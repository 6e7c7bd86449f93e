// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Server is the PgBeam API in memory. It is an http.Handler and safe for concurrent use.
type Server struct {
	options    Options
	encoder    encoder
	operations []*operation
	mux        *http.ServeMux
	adminMux   *http.ServeMux
	closed     chan struct{}
	closeOnce  sync.Once

	mu    sync.Mutex // guards the fields up to idempotency and every object
	dirty bool       // the state file is out of date
	seq   uint64
	dns   map[string]bool    // domains whose verification record is published
	scans map[string]PIIScan // by the ID of the database; see SetPIIScan
	// deletedDatabases maps the databases that were deleted together with their project to that project.
	deletedDatabases map[string]string

	collections []*collection
	// The collections that the rules of other kinds need; see kind.ref.
	plans, projects, databases, policies, agents, webhooks *collection
	domains, cacheRules, enrollments, approvalRules        *collection
	members, invitations                                   *collection

	idempotency idempotency

	faults   faultInjector
	limiter  rateLimiter
	recorder recorder
}

// New returns a server without a listener. It fails if an option is invalid or the state file cannot be used.
func New(options Options) (*Server, error) {
	if len(options.APIKeys) == 0 {
		options.APIKeys = map[string]string{DefaultAPIKey: DefaultOrgID}
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	if err := options.validate(); err != nil {
		return nil, err
	}
	s := &Server{
		options:  options,
		encoder:  encoder{millis: options.Behaviour.TimestampsWithMillis, omitDefaults: options.Behaviour.OmitDefaults},
		closed:   make(chan struct{}),
		recorder: recorder{discard: options.DiscardRequests, keep: options.KeepRequests, observe: options.Observe},
	}
	s.limiter.tokenBucket = options.Behaviour.RateLimitRefillsContinuously
	s.SetRateLimit(0)
	s.operations = s.otherOperations()
	for _, row := range s.kinds() {
		s.addKind(row)
	}
	s.mux, s.adminMux = s.newMux(), s.newAdminMux()
	s.reset()
	if options.StateFile != "" {
		if err := s.openStateFile(); err != nil {
			return nil, fmt.Errorf("state file %s: %w", options.StateFile, err)
		}
	}
	return s, nil
}

func (o *Options) validate() error {
	for key, org := range o.APIKeys {
		if key == "" {
			return fmt.Errorf("the API key of organization %q must not be empty", org)
		}
		if !idPattern.MatchString(org) {
			return fmt.Errorf("organization ID %q must match %s", org, idPattern)
		}
	}
	for _, sql := range o.QueryShapes {
		if _, normalized := QueryShape(sql); normalized == "" {
			return fmt.Errorf("query shape %q contains no statement", sql)
		}
	}
	for i := range o.Deprecations {
		if err := o.Deprecations[i].validate(); err != nil {
			return err
		}
	}
	d := decoder{}
	d.value(planOutput.find("plan"), o.plan(), "plan")
	d.value(sslMode(), o.Behaviour.sslMode(), "default ssl_mode")
	d.value(poolConfigSchema.find("pool_mode"), o.Behaviour.poolMode(), "default pool_mode")
	if len(d.errors) > 0 {
		return fmt.Errorf("%s %s", d.errors[0].Field, d.errors[0].Detail)
	}
	if feature := o.Behaviour.FeatureOff; feature != "" && !slices.Contains([]string{agentGateway, customDomains}, feature) {
		return fmt.Errorf("unknown feature %q: must be %s or %s", feature, agentGateway, customDomains)
	}
	return nil
}

// reset restores the state of a new server without a state file. The caller holds mu or is New.
func (s *Server) reset() {
	for _, k := range s.collections {
		k.clear()
	}
	s.seq = 0
	s.dns = map[string]bool{}
	s.scans = map[string]PIIScan{}
	s.deletedDatabases = map[string]string{}
	s.idempotency.clear()
	s.addPlans()
	s.addOwners()
}

// Close ends requests that are waiting. The server must not be used afterwards.
func (s *Server) Close() error {
	s.closeOnce.Do(func() { close(s.closed) })
	return nil
}

// withoutLock runs f while other requests are served. The caller holds mu; f must not use what it guards.
func (s *Server) withoutLock(f func()) {
	s.mu.Unlock()
	defer s.mu.Lock()
	f()
}

// timestamp is the current time at the precision of responses.
func (s *Server) timestamp() time.Time {
	return s.options.Now().UTC().Truncate(s.precision())
}

func (s *Server) precision() time.Duration {
	if s.encoder.millis {
		return time.Millisecond
	}
	return time.Second
}

// touch advances updated_at, if the kind has it, even if the clock has not moved since the last write.
func (s *Server) touch(o *object) {
	previous, ok := o.timeValue("updated_at")
	if !ok {
		return
	}
	now := s.timestamp()
	if !now.After(previous) {
		now = previous.Add(s.precision())
	}
	o.fields["updated_at"] = now
}

// pause waits for d. If the client disconnects, it returns early and the request continues.
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
