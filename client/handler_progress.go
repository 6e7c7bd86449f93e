// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"sync"
	"time"
)

// slowAfter is how long a stage of a request may take before it is reported.
const slowAfter = 2 * time.Second

// The stages of a request, as they are reported.
const (
	stageList         = "waiting for a list that is already being read"
	stageEqualRequest = "waiting for the response to an equal request"
	stageConcurrency  = "waiting for other requests to finish"
	stageRateLimit    = "waiting for the API's rate limit"
	stageResponse     = "waiting for the response"
)

// notifyFunc receives progress messages.
type notifyFunc func(ctx context.Context, message string)

// progressHandler reports what a request is waiting for once that takes long.
func progressHandler(notify notifyFunc, next handler) handler {
	return func(ctx context.Context, req *request) (response, error) {
		req.progress = newReporter(ctx, notify, req, stageConcurrency)
		defer req.progress.stop()
		return next(ctx, req)
	}
}

// reporter reports the current stage of a request each time slowAfter has passed,
// unless it has reported that stage last.
type reporter struct {
	report func(stage string)
	timer  *time.Timer

	mutex    sync.Mutex
	stage    string
	reported string
	stopped  bool
}

// newReporter starts a reporter. The caller must stop it.
func newReporter(ctx context.Context, notify notifyFunc, req *request, stage string) *reporter {
	r := &reporter{stage: stage, report: func(stage string) { notify(ctx, stage+" ("+req.String()+")") }}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.timer = time.AfterFunc(slowAfter, r.tick)
	return r
}

// setStage sets the current stage.
func (r *reporter) setStage(stage string) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.stage = stage
}

// tick reports the current stage. It does not hold the mutex while it calls the
// notify function, because a slow function must not delay the request.
func (r *reporter) tick() {
	if stage, changed := r.nextReport(); changed {
		r.report(stage)
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if !r.stopped {
		r.timer.Reset(slowAfter)
	}
}

// nextReport returns the current stage if it differs from the last reported one,
// and marks it as reported.
func (r *reporter) nextReport() (stage string, changed bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.stopped || r.stage == r.reported {
		return "", false
	}
	r.reported = r.stage
	return r.stage, true
}

// stop stops the reporter. No report begins after it returns.
func (r *reporter) stop() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.stopped = true
	r.timer.Stop()
}
