// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package provider

import (
	"context"
	"sync"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
)

// cancelTimeout limits how long Cancel waits for constructs. They end within
// milliseconds; the engine itself waits for five seconds.
const cancelTimeout = 2 * time.Second

// sendTime is the time that gRPC gets to send an answer. It does not say when it
// has done so.
const sendTime = 20 * time.Millisecond

// orderlyCancel returns a provider that answers Cancel after every pending
// Construct has been answered. When a child fails, the engine cancels its plugins
// and closes the connection as soon as they have answered that. It reports a
// Construct that is still pending then as an error of the component ("the client
// connection is closing").
func orderlyCancel(provider p.Provider) p.Provider {
	pending := &constructs{}
	construct, cancel := provider.Construct, provider.Cancel
	provider.Construct = func(ctx context.Context, req p.ConstructRequest) (p.ConstructResponse, error) {
		pending.add(ctx)
		return construct(ctx, req)
	}
	provider.Cancel = func(ctx context.Context) error {
		err := cancel(ctx)
		pending.wait(ctx)
		return err
	}
	return provider
}

// constructs are the requests that are not answered yet.
type constructs struct {
	mutex    sync.Mutex
	contexts map[context.Context]struct{}
}

// add adds a request. gRPC ends its context just before it sends the answer.
func (c *constructs) add(ctx context.Context) {
	if ctx.Done() == nil { // a call within the process
		return
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.contexts == nil {
		c.contexts = map[context.Context]struct{}{}
	}
	c.contexts[ctx] = struct{}{}
	context.AfterFunc(ctx, func() {
		c.mutex.Lock()
		defer c.mutex.Unlock()
		delete(c.contexts, ctx)
	})
}

// wait waits until the requests of this moment are answered.
func (c *constructs) wait(ctx context.Context) {
	pending := c.snapshot()
	if len(pending) == 0 {
		return
	}
	timeout := time.NewTimer(cancelTimeout)
	defer timeout.Stop()
	for _, construct := range pending {
		select {
		case <-construct.Done():
		case <-ctx.Done():
			return
		case <-timeout.C:
			return
		}
	}
	time.Sleep(sendTime)
}

func (c *constructs) snapshot() []context.Context {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	pending := make([]context.Context, 0, len(c.contexts))
	for ctx := range c.contexts {
		pending = append(pending, ctx)
	}
	return pending
}
