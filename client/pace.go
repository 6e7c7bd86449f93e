// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"math"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// firstPace is the least, in requests a second, that follows a first refusal.
	// What was let through before it may be little because little was asked for.
	firstPace = 10
	// slowestPace is the least that follows others.
	slowestPace = 1
	// forgotten is how long after its last refusal a limit is taken to be gone.
	// By then the pace is eight thousand times what it was.
	forgotten = 30 * time.Second
)

// pace spaces the requests of a client so that the API refuses few of them. It
// sets no limit until the API first refuses a request for its rate. Then it goes
// by what the API has let through, and from there faster and faster until the
// next refusal, so that neither an estimate that was too low nor a limit that
// has been lifted slows a client down for long.
type pace struct {
	mutex   sync.Mutex
	limiter *rate.Limiter
	until   time.Time // of the pause that the API asked for
	allowed float64   // requests a second, as of the last refusal
	refused bool      // of late
	served  history
}

func newPace() *pace { return &pace{limiter: rate.NewLimiter(rate.Inf, 1)} }

// wait waits until a request may be sent.
func (p *pace) wait(ctx context.Context) error {
	for {
		if err := sleep(ctx, p.pause(time.Now())); err != nil {
			return err
		}
		turn := p.limiter.Reserve()
		if err := sleep(ctx, turn.Delay()); err != nil {
			turn.Cancel()
			return err
		}
		if p.pause(time.Now()) <= 0 { // it may have begun meanwhile
			return nil
		}
	}
}

// ready tells whether a request may be sent at once, and counts it if so.
func (p *pace) ready(now time.Time) bool { return p.pause(now) <= 0 && p.limiter.AllowN(now, 1) }

// pause returns how long no request may be sent yet, and sets the pace for those
// that come then.
func (p *pace) pause(now time.Time) time.Duration {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	since := now.Sub(p.until)
	switch {
	case !p.refused:
	case since > forgotten:
		p.refused = false
		p.limiter.SetLimitAt(now, rate.Inf)
	case since > 0:
		// Hardly faster for some seconds, twice as fast after eight, seven times after fourteen.
		p.limiter.SetLimitAt(now, rate.Limit(p.allowed*math.Exp(since.Seconds()*since.Seconds()/100)))
	}
	return -since
}

// answered notes an answer of the API. A wait that the API asks for holds for
// all requests of the client: what keeps one from being served will keep the
// others. It returns whether they were waiting already.
func (p *pace) answered(refusal *Error, otherwise time.Duration, now time.Time) (waiting bool) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	limited := refusal != nil && refusal.StatusCode == http.StatusTooManyRequests
	if !limited {
		p.served.add(now)
	}
	var wait time.Duration
	switch {
	case refusal != nil && refusal.HasRetryAfter && refusal.RetryAfter > 0:
		wait = refusal.RetryAfter
	case limited:
		wait = otherwise
	}
	if wait == 0 || wait > maxRetryAfter { // for which nobody waits
		return false
	}
	waiting = p.until.After(now)
	if until := now.Add(wait); until.After(p.until) {
		p.until = until
	}
	if limited && !waiting { // else the request was on its way before the others began to wait
		slowest := firstPace
		if p.refused {
			slowest = slowestPace
		}
		p.refused = true
		p.allowed = max(p.served.fastest(now, wait), float64(slowest))
		p.limiter.SetLimitAt(now, rate.Limit(p.allowed))
	}
	return waiting
}

// history counts the requests of the last seconds that were not refused.
type history struct {
	counts [100]struct {
		slot  int64
		began time.Time
		n     int
	}
}

const slot = 100 * time.Millisecond

func (h *history) add(now time.Time) {
	at := now.UnixNano() / int64(slot)
	count := &h.counts[at%int64(len(h.counts))]
	if count.slot != at {
		count.slot, count.began, count.n = at, now, 0
	}
	count.n++
}

// fastest returns the highest rate, in requests a second, that was let through
// over any span up to now, with a wait at its end.
func (h *history) fastest(now time.Time, wait time.Duration) float64 {
	fastest, served := 0.0, 0
	at := now.UnixNano() / int64(slot)
	for age := range int64(len(h.counts)) {
		count := h.counts[(at-age)%int64(len(h.counts))]
		if count.slot != at-age {
			continue
		}
		served += count.n
		fastest = max(fastest, float64(served)/(now.Sub(count.began)+wait).Seconds())
	}
	return fastest
}

// sleep waits for a while, or until the context ends.
func sleep(ctx context.Context, wait time.Duration) error {
	if wait <= 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
