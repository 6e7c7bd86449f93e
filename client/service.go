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

// list walks over the pages of a list as they are needed. It ends with the page
// that names no next one, or with the first error.
func list[P page[T], T any](ctx context.Context, c *Client, query url.Values, segments ...string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var nothing T
		to, err := path(segments...)
		if err != nil {
			yield(nothing, err)
			return
		}
		asked := url.Values{"page_size": {"100"}}
		for name, values := range query {
			asked[name] = values
		}
		for {
			var current P
			if err := c.do(ctx, http.MethodGet, to+"?"+asked.Encode(), nil, &current); err != nil {
				yield(nothing, err)
				return
			}
			for _, item := range current.items() {
				if !yield(item, nil) {
					return
				}
			}
			next := current.next()
			switch next {
			case "":
				return
			case asked.Get("page_token"):
				yield(nothing, fmt.Errorf("GET %s: the API names the same next page twice", to))
				return
			}
			asked.Set("page_token", next)
		}
	}
}

// find returns the item of a list that a function picks, for kinds that the API
// only lists, and the API's own answer where there is none.
func find[T any](items iter.Seq2[T, error], path string, is func(T) bool) (T, error) {
	var nothing T
	for item, err := range items {
		if err != nil {
			return nothing, err
		}
		if is(item) {
			return item, nil
		}
	}
	return nothing, &Error{
		Method: http.MethodGet, Path: path, StatusCode: http.StatusNotFound, Code: CodeNotFound,
		Detail: "it is not on the list",
	}
}
