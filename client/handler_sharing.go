// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

type sharedResponsesKey struct{}

// WithSharedResponses returns a context whose requests share the responses of equal
// ones: requests of the same client with such a context, and with the same method, path,
// query and body, that are pending or were successful before. Only requests that change
// nothing do. A write of the client, with any context, ends the sharing of the responses
// that it may affect. Changes outside of the client do not, so that a response may be as
// old as the client, which keeps it in memory. Errors are shared by concurrent requests
// only.
func WithSharedResponses(ctx context.Context) context.Context {
	return context.WithValue(ctx, sharedResponsesKey{}, true)
}

// sharesResponses reports whether a context is from WithSharedResponses.
func sharesResponses(ctx context.Context) bool { return ctx.Value(sharedResponsesKey{}) != nil }

// sharedResponses are pending and successful responses.
type sharedResponses struct {
	mutex     sync.Mutex
	responses map[sharedRequest]*sharedResponse
}

// sharedRequest is what equal requests have in common.
type sharedRequest struct{ method, path, body string }

// sharedResponse is the response to equal requests, each of which decodes its body.
type sharedResponse struct {
	request sharedRequest
	done    chan struct{} // closed when the fields below are set

	body     []byte
	response response
	err      error
	// canceled is set if the context of the request that was sent ended.
	canceled bool
}

// sharingHandler sends one of several equal requests whose contexts share responses.
func sharingHandler(shared *sharedResponses, next handler) handler {
	return func(ctx context.Context, req *request) (response, error) {
		if req.writes() {
			shared.evict(req.path)
			defer shared.evict(req.path) // a response received during the write may lack its effect
			return next(ctx, req)
		}
		if !sharesResponses(ctx) {
			return next(ctx, req)
		}
		for ctx.Err() == nil {
			shareable, isNew := shared.acquire(req)
			if isNew {
				shared.send(ctx, req, shareable, next)
				return shareable.response, shareable.err
			}
			req.progress.setStage(stageEqualRequest)
			select {
			case <-shareable.done:
			case <-ctx.Done():
				continue
			}
			switch {
			case shareable.canceled:
			case shareable.err != nil:
				return shareable.response, shareable.err
			case req.decode(shareable.body) != "": // the caller expects another type
				return next(ctx, req)
			default:
				return shareable.response, nil
			}
		}
		return response{}, fmt.Errorf("%s: %w", req, context.Cause(ctx))
	}
}

// acquire returns the pending or successful response to an equal request, or a new one,
// whose request the caller must send.
func (s *sharedResponses) acquire(req *request) (shareable *sharedResponse, isNew bool) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	key := sharedRequest{req.method, req.path, string(req.body)}
	if shareable, ok := s.responses[key]; ok {
		return shareable, false
	}
	if s.responses == nil {
		s.responses = map[sharedRequest]*sharedResponse{}
	}
	shareable = &sharedResponse{request: key, done: make(chan struct{})}
	s.responses[key] = shareable
	return shareable, true
}

// send sends a request and shares its response. A failed request is not kept.
func (s *sharedResponses) send(ctx context.Context, req *request, shareable *sharedResponse, next handler) {
	recording := *req
	recording.decode = func(body []byte) (problem string) {
		shareable.body = body
		return req.decode(body)
	}
	shareable.response, shareable.err = next(ctx, &recording)
	shareable.canceled = shareable.err != nil && ctx.Err() != nil

	s.mutex.Lock()
	defer s.mutex.Unlock()
	if shareable.err != nil && s.responses[shareable.request] == shareable {
		delete(s.responses, shareable.request)
	}
	close(shareable.done)
}

// evict ends the sharing of all responses that a write may affect, also of pending ones.
func (s *sharedResponses) evict(writePath string) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for key := range s.responses {
		if mayAffect(writePath, key.path) {
			delete(s.responses, key)
		}
	}
}

// mayAffect reports whether a write may affect what a request reads. Only reads of another
// project are known to be unaffected, and what PgBeam alone changes.
func mayAffect(writePath, readPath string) bool {
	if readPath == "/v1/regions" || readPath == "/v1/plans" {
		return false
	}
	written, read := projectIn(writePath), projectIn(readPath)
	return written == read || written == "" || read == ""
}

// projectIn returns the ID of the project that a path is below, or "" if it does not have
// one: the databases of replicas, for example, belong to projects that are not in the path.
func projectIn(path string) string {
	path, _, _ = strings.Cut(path, "?")
	below, ok := strings.CutPrefix(path, "/v1/projects/")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(below, "/")
	return id
}
