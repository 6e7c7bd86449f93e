// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// access is what is known of the organizations that the API key may act for.
type access struct {
	mutex    sync.Mutex
	question *accessQuestion // nil while there is neither an answer nor anybody who asks
}

// accessQuestion is a request for all who want to know, under way or answered.
type accessQuestion struct {
	answered      chan struct{}
	organizations []Organization
	err           error
	// givenUp is set when whoever asked did not wait for the answer.
	givenUp bool
}

// Access returns the organizations that the API key may act for. It shows that
// the PgBeam API answers at the address and accepts the key: only then "not
// found" says something about an object.
//
// It is asked once in the life of the client. Those who call it meanwhile share
// the answer, each for as long as their own context allows; a failure is theirs
// alone, and the next call asks again.
func (c *Client) Access(ctx context.Context) ([]Organization, error) {
	for {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("GET /v1/organizations: %w", context.Cause(ctx))
		}
		question, mine := c.access.join()
		if mine {
			question.organizations, question.err = c.Organizations().List(ctx)
			question.givenUp = question.err != nil && ctx.Err() != nil
			c.access.answer(question)
			return slices.Clone(question.organizations), question.err
		}
		select {
		case <-question.answered:
		case <-ctx.Done():
			continue
		}
		if !question.givenUp {
			return slices.Clone(question.organizations), question.err
		}
	}
}

// join returns the question that is under way or answered, or begins one, which
// is then the caller's to ask.
func (a *access) join() (question *accessQuestion, mine bool) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if a.question == nil {
		a.question = &accessQuestion{answered: make(chan struct{})}
		return a.question, true
	}
	return a.question, false
}

// answer ends a question. One that failed is forgotten.
func (a *access) answer(question *accessQuestion) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	if question.err != nil {
		a.question = nil
	}
	close(question.answered)
}
