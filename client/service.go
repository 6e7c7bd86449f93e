// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
)

// send makes a call of the API and returns its answer.
func send[T any](ctx context.Context, c *Client, method string, body any, segments ...string) (T, error) {
	var result T
	to, err := path(segments...)
	if err != nil {
		return result, err
	}
	err = c.do(ctx, method, to, body, &result)
	return result, err
}

// remove makes a call of the API that answers nothing.
func remove(ctx context.Context, c *Client, segments ...string) error {
	to, err := path(segments...)
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodDelete, to, nil, nil)
}

// page is a page of a list: what the API calls its items differs by kind.
type page[T any] interface {
	items() []T
	next() string
}

// paged is the part of a page that is the same for every kind.
type paged struct {
	NextPageToken string `json:"next_page_token"`
}

func (p paged) next() string { return p.NextPageToken }

// pages walks over a list, a page at a time.
type pages[P page[T], T any] struct {
	c     *Client
	path  string
	query url.Values
	ended bool
}

func newPages[P page[T], T any](c *Client, query url.Values, path string) *pages[P, T] {
	asked := url.Values{"page_size": {"100"}}
	for name, values := range query {
		asked[name] = values
	}
	return &pages[P, T]{c: c, path: path, query: asked}
}

// next returns the items of the next page, also beside the error that there is
// no way on from it. The list has ended with the page that names no next one.
func (p *pages[P, T]) next(ctx context.Context) ([]T, error) {
	var current P
	if err := p.c.do(ctx, http.MethodGet, p.path+"?"+p.query.Encode(), nil, &current); err != nil {
		return nil, err
	}
	switch token := current.next(); token {
	case "":
		p.ended = true
	case p.query.Get("page_token"):
		return current.items(), fmt.Errorf("GET %s: the API names the same next page twice", p.path)
	default:
		p.query.Set("page_token", token)
	}
	return current.items(), nil
}

// list returns the items of a list, whose pages are fetched as they are needed.
// It ends with the last one, or with the first error.
func list[P page[T], T any](ctx context.Context, c *Client, query url.Values, segments ...string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var nothing T
		to, err := path(segments...)
		if err != nil {
			yield(nothing, err)
			return
		}
		for pages := newPages[P, T](c, query, to); !pages.ended; {
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
