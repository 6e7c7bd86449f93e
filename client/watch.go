// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"sync"
	"time"
)

// unremarkable is how long a call may take before it is told of.
const unremarkable = 2 * time.Second

// What a call may be doing while it takes long.
const (
	waitingForList   = "waiting for the list that others read too"
	waitingForTurn   = "waiting for other requests to end"
	waitingForPace   = "waiting because the API limits the rate of requests"
	waitingForAnswer = "waiting for the answer"
)

// watch tells what a call is doing once it takes long, and what else it does
// then when that takes long too.
type watch struct {
	tell  func(doing string)
	timer *time.Timer

	mutex sync.Mutex
	doing string
	told  string
	over  bool
}

// watch begins to watch a call. Whoever begins it must end it.
func (c *Client) watch(ctx context.Context, call call, doing string) *watch {
	w := &watch{doing: doing, tell: func(doing string) { c.tell(ctx, doing+" ("+call.String()+")") }}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.timer = time.AfterFunc(unremarkable, w.look)
	return w
}

// is says what the call does now.
func (w *watch) is(doing string) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.doing = doing
}

// look tells what the call does, unless it was told. Whoever is told may take
// their time, so the mutex is not held meanwhile: the call goes on.
func (w *watch) look() {
	doing, isNew := w.news()
	if isNew {
		w.tell(doing)
	}
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if !w.over {
		w.timer.Reset(unremarkable)
	}
}

// news returns what the call does if that is yet to be told, and notes that it is.
func (w *watch) news() (doing string, isNew bool) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.over || w.doing == w.told {
		return "", false
	}
	w.told = w.doing
	return w.doing, true
}

// end ends the watch. Nothing begins to be told after it returns.
func (w *watch) end() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.over = true
	w.timer.Stop()
}
