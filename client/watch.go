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
	w := &watch{doing: doing, tell: func(doing string) { c.notify(ctx, doing+" ("+call.String()+")") }}
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

func (w *watch) look() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.over {
		return
	}
	if w.doing != w.told {
		w.tell(w.doing)
		w.told = w.doing
	}
	w.timer.Reset(unremarkable)
}

// end ends the watch. Nothing is told after it returns.
func (w *watch) end() {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.over = true
	w.timer.Stop()
}
