// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"slices"
	"sync"
	"time"
)

const (
	// askTimeout is how long the other requests wait for the response to the one that
	// asks for the current state of a limit.
	askTimeout = 500 * time.Millisecond
	// maxInterval is the longest time between two requests as long as requests are left.
	maxInterval = time.Second
	// maxReserve is the maximum number of requests of a window that are left to other
	// clients of the API key. It is a twentieth of the quota if that is less.
	maxReserve = 6
)

// announcedBudget keeps requests within the limits that responses announce, so that none
// is rejected. It does not limit requests if the API announces nothing.
//
// How many requests are left is known from the last response only. Until the next one,
// each request in flight counts as if the API had not counted it yet. Half of what is
// left is not used at once, since other clients of the same API key send requests, too.
// Within the first half of a quota, requests are sent as they come; the second half is
// spread over the rest of the window, which leaves some for the others.
//
// The API may count requests in windows, or refill the quota continuously: the
// budget depends on what is left and on nothing else. All times are measured by the
// clock of the client, from the arrival of a response.
type announcedBudget struct {
	// turn is held by the only request that waits for the budget. The others wait for
	// their turn, in the order in which they came.
	turn chan struct{}
	// changed receives a value if the request may have to wait for less time.
	changed chan struct{}

	mutex sync.Mutex
	// acquired is the number of requests so far, and inFlight that of the ones that have
	// not been answered.
	acquired, inFlight int64
	// observations is the number of responses so far, which orders requests and
	// responses without a clock.
	observations uint64
	limits       []*limitBudget
}

// sending is the moment in which a request was sent, or began to wait for a slot.
type sending struct {
	at           time.Time
	observations uint64 // responses until then
}

// observation is the arrival of a response.
type observation struct {
	number uint64
	sent   sending // of its request
	at     time.Time
	// acquired is the number of requests so far, and counted that of the ones that have
	// been answered. The API may have counted more.
	acquired, counted int64
}

// newAnnouncedBudget returns the budget of a client that has received no response. Its
// first request is sent alone, because it may be the last one that is left.
func newAnnouncedBudget() *announcedBudget {
	return &announcedBudget{turn: make(chan struct{}, 1), changed: make(chan struct{}, 1), limits: []*limitBudget{{}}}
}

// acquire blocks until a request may be sent, and counts it as in flight.
func (b *announcedBudget) acquire(ctx context.Context) (sending, error) {
	select {
	case b.turn <- struct{}{}:
	case <-ctx.Done():
		return sending{}, context.Cause(ctx)
	}
	defer func() { <-b.turn }()
	for {
		sent, delay := b.tryAcquire(time.Now())
		if delay <= 0 {
			return sent, nil
		}
		timer := time.NewTimer(delay)
		select {
		case <-ctx.Done():
		case <-b.changed:
		case <-timer.C:
		}
		timer.Stop()
		if ctx.Err() != nil {
			return sending{}, context.Cause(ctx)
		}
	}
}

// tryAcquire counts a request as in flight, unless it has to wait. It returns how long,
// if no response arrives before.
func (b *announcedBudget) tryAcquire(now time.Time) (sent sending, delay time.Duration) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	for _, limit := range b.limits { // the strictest limit counts
		delay = max(delay, limit.delay(now, b.inFlight))
	}
	if delay > 0 {
		return sent, delay
	}
	for _, limit := range b.limits {
		limit.take(now, b.inFlight)
	}
	b.acquired++
	b.inFlight++
	return sending{at: now, observations: b.observations}, 0
}

// release ends a request that was acquired.
func (b *announcedBudget) release() {
	b.mutex.Lock()
	b.inFlight--
	b.mutex.Unlock()
	b.signal()
}

// renew reports whether a request that was acquired, and has waited since, may still be
// sent.
func (b *announcedBudget) renew(now time.Time) (sent sending, ok bool) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	exceeded := slices.ContainsFunc(b.limits, func(limit *limitBudget) bool {
		return limit.resetAt.After(now) && limit.interval == 0 && !limit.covers(b.inFlight)
	})
	return sending{at: now, observations: b.observations}, !exceeded
}

// signal makes the waiting request look at the budget again.
func (b *announcedBudget) signal() {
	select {
	case b.changed <- struct{}{}:
	default:
	}
}

// observe records the limits of a response to a request.
func (b *announcedBudget) observe(announced []announcedLimit, sent sending, now time.Time) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	defer b.signal()
	b.observations++
	// A limit that is not mentioned holds until its window ends.
	b.limits = slices.DeleteFunc(b.limits, func(limit *limitBudget) bool {
		return !limit.resetAt.After(now) && limit.isBefore(sent) && indexOfLimit(announced, limit.name) < 0
	})
	for _, a := range announced {
		index := slices.IndexFunc(b.limits, func(limit *limitBudget) bool { return limit.name == a.name })
		if index < 0 && len(b.limits) < maxAnnouncedLimits {
			index = len(b.limits)
			b.limits = append(b.limits, &limitBudget{name: a.name})
		}
		if index >= 0 {
			b.limits[index].update(a, observation{
				number: b.observations, sent: sent, at: now, acquired: b.acquired, counted: b.acquired - b.inFlight,
			})
		}
	}
}

// limitBudget is what is known about a limit. The zero value is a limit about which
// nothing is known.
type limitBudget struct {
	name   string
	quota  int64
	window time.Duration // 0 if it is not announced
	// states are the responses of which the API may have counted the request last. Of
	// several, the one that leaves least counts, which is the first. The others are in
	// the order in which they arrived, and leave more and more.
	states []limitState
	// shared reports whether other clients of the API key use the limit, too.
	shared bool
	// first is the first state of the window, and acquired the number of requests that
	// this client had sent by then and the API had counted.
	first    limitState
	acquired int64
	// latestSent is the number of responses before the latest request whose response has
	// arrived. Responses until then are outdated.
	latestSent uint64
	// resetAt is when the next window begins, and all requests of the quota are left.
	resetAt time.Time
	// interval is the time between two requests if the API does not announce how many
	// are left, or 0 if it does.
	interval time.Duration
	// next is when the next request may be sent if requests are spread.
	next time.Time
	// askUntil is when the request that asks for the state after a reset, when nothing
	// is known to be left, no longer delays the next one.
	askUntil time.Time
}

// limitState is what a response announces.
type limitState struct {
	number    uint64 // of the response
	remaining int64
}

// remaining returns how many requests were left when the API counted the last request
// that has been answered.
func (l *limitBudget) remaining() int64 {
	if len(l.states) == 0 {
		return 0
	}
	return l.states[0].remaining
}

// update records what a response announces.
func (l *limitBudget) update(a announcedLimit, o observation) {
	if l.quota = max(l.quota, a.remaining); a.quota > 0 {
		l.quota = a.quota
	}
	l.window, l.interval = a.window, 0
	if !a.hasRemaining {
		l.interval = min(max(a.window/time.Duration(a.quota), 1), maxInterval)
		l.setReset(o.at.Add(maxInterval))
		return
	}
	known, before := len(l.states) > 0, l.remaining()
	l.addState(limitState{o.number, a.remaining}, o.sent)
	refilled := !known || l.remaining() > before
	if refilled {
		l.first, l.acquired = l.states[0], o.counted
	} else if l.first.remaining-l.remaining() > o.acquired-l.acquired {
		l.shared = true
	}
	switch resetAt := o.at.Add(a.reset); {
	case refilled, !o.sent.at.Before(l.resetAt):
		l.setReset(resetAt)
	case o.sent.at.Add(a.reset - time.Second).After(l.resetAt):
		l.setReset(resetAt) // later than rounding explains: the quota is refilled continuously
	case resetAt.Before(l.resetAt):
		l.setReset(resetAt) // seconds are rounded up, so that the earliest is the most accurate
	}
}

// addState adds a state. It removes those that are outdated, because a request that was
// sent after their arrival has been answered. Of the others, it is unknown in which order
// the API has counted them.
func (l *limitBudget) addState(state limitState, sent sending) {
	l.latestSent = max(l.latestSent, sent.observations)
	l.states = slices.DeleteFunc(append(l.states, state), func(other limitState) bool {
		isLess := other.remaining >= state.remaining && other != state
		return isLess || other.number <= l.latestSent
	})
}

func (l *limitBudget) setReset(resetAt time.Time) {
	l.resetAt, l.askUntil = resetAt, resetAt.Add(askTimeout)
}

// isBefore reports whether a request was sent after the last response about the limit.
func (l *limitBudget) isBefore(sent sending) bool {
	return len(l.states) == 0 || sent.observations >= l.states[len(l.states)-1].number
}

// delay returns how long a request has to wait, which is not positive if it may be sent.
func (l *limitBudget) delay(now time.Time, inFlight int64) time.Duration {
	untilReset := l.resetAt.Sub(now)
	switch {
	case l.interval > 0:
		return l.next.Sub(now)
	case l.covers(inFlight + 1):
		if l.remaining() > l.quota/2 {
			return 0
		}
		return l.next.Sub(now)
	case untilReset > 0:
		return untilReset
	case inFlight == 0:
		return 0 // this request asks
	default:
		return l.askUntil.Sub(now)
	}
}

// covers reports whether at least half of what is left remains for others if a number of
// requests is in flight. If there are others, they may be sending the last ones already.
func (l *limitBudget) covers(inFlight int64) bool {
	remaining := l.remaining()
	if l.shared {
		remaining -= min(l.quota/20, maxReserve)
	}
	return 2*inFlight <= remaining+1
}

// take records that a request is sent.
func (l *limitBudget) take(now time.Time, inFlight int64) {
	untilReset := l.resetAt.Sub(now)
	switch {
	case l.interval > 0:
		l.next = now.Add(l.interval)
	case l.covers(inFlight + 1):
		interval := untilReset / time.Duration(max(l.remaining()-inFlight, 1))
		if l.quota > 0 && l.window <= maxRetryAfter { // not faster than the quota is refilled
			interval = max(interval, l.window/time.Duration(l.quota))
		}
		l.next = now.Add(min(interval, maxInterval))
	case inFlight == 0, l.quota > 0: // if no limit is known, only the first request delays the others
		l.askUntil = now.Add(askTimeout)
	}
}
