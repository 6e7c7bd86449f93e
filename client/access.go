// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// access caches the organizations that the API key has access to.
type access struct {
	mutex   sync.Mutex
	current *accessRequest // nil if there is neither a result nor a pending request
}

// accessRequest is a pending or completed request, shared by concurrent callers.
type accessRequest struct {
	done          chan struct{} // closed when the result is there
	organizations []Organization
	err           error
	// canceled is set if the context of the caller that sent the request ended.
	canceled bool
}

// Access returns the organizations that the API key has access to. Success proves
// that the PgBeam API responds at the base URL and accepts the key: only then does
// a "not found" error say something about an object.
//
// The result is cached for the lifetime of the client. Concurrent calls share a
// request, each until its own context ends. An error is not cached.
func (c *Client) Access(ctx context.Context) ([]Organization, error) {
	for {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("GET /v1/organizations: %w", context.Cause(ctx))
		}
		request, isNew := c.access.acquire()
		if isNew {
			request.organizations, request.err = c.Organizations().List(ctx)
			request.canceled = request.err != nil && ctx.Err() != nil
			c.access.complete(request)
			return slices.Clone(request.organizations), request.err
		}
		select {
		case <-request.done:
		case <-ctx.Done():
			continue
		}
		if !request.canceled {
			return slices.Clone(request.organizations), request.err
		}
	}
}

// acquire returns the pending or completed request, or a new one, which the caller
// must send and complete.
func (a *access) acquire() (request *accessRequest, isNew bool) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.current == nil {
		a.current = &accessRequest{done: make(chan struct{})}
		return a.current, true
	}
	return a.current, false
}

// complete publishes the result of a request. A failed request is not cached.
func (a *access) complete(request *accessRequest) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if request.err != nil {
		a.current = nil
	}
	close(request.done)
}
