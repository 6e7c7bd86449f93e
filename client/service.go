// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/url"
)

// send makes a call about one object, whose response has to be about that object.
func send[T identified](ctx context.Context, c *Client, method string, body any, segments ...string) (T, error) {
	var result, nothing T
	if err := c.send(ctx, method, body, &result, func() identified { return result }, segments); err != nil {
		return nothing, err // not an object that is another one
	}
	return result, nil
}

// send decodes the response into what result points to, of which decoded returns
// the value.
func (c *Client) send(ctx context.Context, method string, body, result any, decoded func() identified, segments []string) error {
	to, err := path(segments...)
	if err != nil {
		return err
	}
	asked := objectScope(segments)
	_, err = c.exchange(ctx, call{
		method: method, path: to, success: http.StatusOK,
		result: result, mismatch: func() string { return asked.mismatch(decoded()) },
	}, body)
	return err
}

// get reads what is at a path that names no object.
func get[T any](ctx context.Context, c *Client, segments ...string) (T, error) {
	var result T
	to, err := path(segments...)
	if err != nil {
		return result, err
	}
	_, err = c.exchange(ctx, call{method: http.MethodGet, path: to, success: http.StatusOK, result: &result}, nil)
	return result, err
}

// remove makes a call of the API that answers nothing.
func remove(ctx context.Context, c *Client, segments ...string) error {
	to, err := path(segments...)
	if err != nil {
		return err
	}
	_, err = c.exchange(ctx, call{method: http.MethodDelete, path: to, success: http.StatusNoContent}, nil)
	return err
}

// page is a page of a list: what the API calls its items differs by kind.
type page[T identified] interface {
	items() []T
	next() string
}

// paged is the part of a page that is the same for every kind.
type paged struct {
	NextPageToken string `json:"next_page_token" api:"optional"`
}

func (p paged) next() string { return p.NextPageToken }

// The ends of a list that has none. An API that is broken, or is not PgBeam's,
// may name a next page for ever.
const (
	// maxPages is how many pages a list may have. 10,000 objects, which is what
	// the largest plan allows of any kind, are 100 pages of the size that is asked
	// for, and 500 of the API's default size, should it not keep to that.
	maxPages = 1000
	// maxListSize is how many bytes all pages of a list may have together: more
	// than 10 KB for each of 10,000 objects, and all that a walk keeps in memory.
	maxListSize = 128 << 20
	// maxBarrenPages is how many pages in a row may have nothing new on them. A
	// few are no fault: what was on them may have been deleted or filtered out.
	maxBarrenPages = 2
)

// pages walks over a list, a page at a time.
type pages[P page[T], T identified] struct{ pager }

func newPages[P page[T], T identified](c *Client, scope scope, query url.Values, path string) *pages[P, T] {
	asked := url.Values{"page_size": {"100"}}
	for name, values := range query {
		asked[name] = values
	}
	return &pages[P, T]{pager{c: c, path: path, query: asked, scope: scope, tokens: map[string]bool{}, ids: map[string]bool{}}}
}

// next returns the items of the next page, also beside the error that there is
// no way on from it. The list has ended with the page that names no next one.
func (p *pages[P, T]) next(ctx context.Context) ([]T, error) {
	var current P
	err := p.fetch(ctx, &current, func() (identities []identity, token string) {
		items := current.items()
		identities = make([]identity, len(items))
		for i, item := range items {
			identities[i] = item.identity()
		}
		return identities, current.next()
	})
	if err != nil && !p.endless {
		return nil, err
	}
	return current.items(), err
}

// pager is what of a walk does not depend on the kind of the items. It is not
// generic, so that there is one of it.
type pager struct {
	c     *Client
	path  string
	query url.Values
	scope scope
	limit int // of pages, 0 if there is none
	ended bool
	// endless is set when the walk was stopped because the list does not end.
	endless bool

	read   int // pages
	size   int // bytes
	barren int // pages in a row
	tokens map[string]bool
	ids    map[string]bool
}

// fetch decodes the next page into what result points to. decoded returns what is
// on it then, and the token of the page behind it.
func (p *pager) fetch(ctx context.Context, result any, decoded func() ([]identity, string)) error {
	if p.limit > 0 && p.read == p.limit {
		return fmt.Errorf("GET %s: %w of %d pages", p.path, ErrListLimit, p.limit)
	}
	var items []identity
	var token string
	last, err := p.c.exchange(ctx, call{
		method: http.MethodGet, path: p.path + "?" + p.query.Encode(), success: http.StatusOK, result: result,
		mismatch: func() string {
			items, token = decoded()
			for i, item := range items {
				if problem := p.scope.mismatchOf(item); problem != "" {
					return fmt.Sprintf("item %d of the list: %s", i, problem)
				}
			}
			return ""
		},
	}, nil)
	if err != nil {
		return err
	}
	p.read++
	p.size += last.size
	p.barren++
	for _, item := range items {
		if !p.ids[item.id] {
			p.ids[item.id] = true
			p.barren = 0
		}
	}
	problem := ""
	switch {
	case token == "":
		p.ended = true
		return nil
	case p.tokens[token]:
		problem = "the list does not end: it names the same next page twice"
	case p.barren > maxBarrenPages:
		problem = fmt.Sprintf("the list does not end: it names a next page behind %d pages with nothing new on them", p.barren)
	case p.read >= maxPages:
		problem = fmt.Sprintf("the list does not end: it has more than %d pages", maxPages)
	case p.size > p.c.maxListSize:
		problem = fmt.Sprintf("the list does not end: it has more than %d MiB", p.c.maxListSize>>20)
	}
	if problem != "" {
		p.endless = true
		return fmt.Errorf("GET %s: %w", p.path, &InvalidResponseError{
			BaseURL: p.c.baseURL, StatusCode: http.StatusOK, RequestID: last.requestID, Reason: problem, final: true,
		})
	}
	p.tokens[token] = true
	p.query.Set("page_token", token)
	return nil
}

// ErrListLimit is the end of a list that was read as far as WithListLimit allows.
var ErrListLimit = errors.New("the list is longer than the limit")

type listLimit struct{}

// WithListLimit makes a List that is called with the context end with
// ErrListLimit where it would read more than so many pages, of 100 items each.
// It is for searches that are of little use and must not take long.
func WithListLimit(ctx context.Context, pages int) context.Context {
	return context.WithValue(ctx, listLimit{}, pages)
}

// list returns the items of a list, whose pages are fetched as they are needed.
// It ends with the last one, or with the first error.
func list[P page[T], T identified](ctx context.Context, c *Client, query url.Values, segments ...string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var nothing T
		to, err := path(segments...)
		if err != nil {
			yield(nothing, err)
			return
		}
		asked := collectionScope(segments)
		for field := range query { // of a list, the query names a parent
			asked.parents[field] = query.Get(field)
		}
		pages := newPages[P, T](c, asked, query, to)
		pages.limit, _ = ctx.Value(listLimit{}).(int)
		for !pages.ended {
			items, err := pages.next(ctx)
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if err != nil {
				yield(nothing, err)
				return
			}
		}
	}
}
