// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"reflect"
)

// pageSize is the number of items to ask for, the maximum of the API.
const pageSize = "100"

// Limits that end a list. A faulty server could name a next page forever.
const (
	// maxPages is the maximum number of pages of a list. The largest plan allows
	// 10,000 objects of a kind. They are 100 pages of pageSize, or 500 of the API's
	// default size, should it ignore pageSize.
	maxPages = 1000
	// defaultMaxListSize is the maximum size of all pages of a list together, in
	// bytes: more than 10 KB for each of 10,000 objects. It also limits the memory
	// that a snapshot takes.
	defaultMaxListSize = 128 << 20
	// maxStalePages is the maximum number of consecutive pages without new items. A
	// few are valid: their items may have been deleted or filtered out.
	maxStalePages = 2
)

type listLimitKey struct{}

// WithListLimit returns a context in which a List ends with ErrListLimit instead
// of reading more than the given number of pages, of 100 items each. It is for
// optional lookups that must not take long.
func WithListLimit(ctx context.Context, pages int) context.Context {
	return context.WithValue(ctx, listLimitKey{}, pages)
}

// pageType returns the type of a page of a list. It is a struct whose field Items
// has the JSON name that the API uses for the kind.
func pageType(item reflect.Type, itemsField string) reflect.Type {
	return reflect.StructOf([]reflect.StructField{
		{Name: "Items", Type: reflect.SliceOf(item), Tag: reflect.StructTag(fmt.Sprintf(`json:"%s"`, itemsField))},
		{Name: "NextPageToken", Type: reflect.TypeFor[string](), Tag: `json:"next_page_token" api:"optional"`},
	})
}

// listLimit returns the maximum number of pages of a list, or 0.
func listLimit(ctx context.Context) int {
	limit, _ := ctx.Value(listLimitKey{}).(int)
	return limit
}

// list returns the items of a list, whose pages are fetched as they are needed. It
// ends after the last item or with the first error.
func list[T object](ctx context.Context, c *Client, page reflect.Type, query url.Values, segments ...string) iter.Seq2[T, error] {
	items := c.list(ctx, page, query, segments)
	return func(yield func(T, error) bool) {
		items(func(item object, err error) bool {
			result, _ := item.(T) // nil if there is an error
			return yield(result, err)
		})
	}
}

func (c *Client) list(ctx context.Context, page reflect.Type, query url.Values, segments []string) iter.Seq2[object, error] {
	if _, err := requestPath(segments...); err != nil {
		return func(yield func(object, error) bool) { yield(nil, err) }
	}
	return func(yield func(object, error) bool) {
		pages := c.pagerOf(page, query, segments)
		pages.limit = listLimit(ctx)
		pages.items(ctx)(yield)
	}
}

// pager fetches the pages of a list one after the other.
type pager struct {
	client   *Client
	path     string
	query    url.Values
	pageType reflect.Type
	expected scope
	limit    int // in pages; 0 is no limit

	done    bool // the last page was fetched
	endless bool // a limit was exceeded, since the list seems to have no end

	pages  int // fetched
	size   int // of the pages, in bytes
	stale  int // consecutive pages without new items
	tokens map[string]bool
	ids    map[uint32]struct{} // hashes of the IDs of the items; a collision is of no consequence
}

// pagerOf returns a pager for the list with a path of valid segments. A query is a filter by a
// parent; it may be nil.
func (c *Client) pagerOf(page reflect.Type, query url.Values, segments []string) *pager {
	path, _ := requestPath(segments...)
	expected := collectionScope(segments)
	pageQuery := url.Values{"page_size": {pageSize}}
	for field, ids := range query {
		expected.parents[field] = query.Get(field)
		pageQuery[field] = ids
	}
	return &pager{
		client: c, path: path, query: pageQuery, pageType: page, expected: expected,
		tokens: map[string]bool{}, ids: map[uint32]struct{}{},
	}
}

// items returns the items of all pages. It ends after the last item or with the first error.
func (p *pager) items(ctx context.Context) iter.Seq2[object, error] {
	return func(yield func(object, error) bool) {
		for !p.done {
			items, err := p.next(ctx)
			for _, item := range items {
				if !yield(item, nil) {
					return
				}
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// next fetches the next page and returns its items. If it is the last page that the
// limits allow, it returns them together with the error.
func (p *pager) next(ctx context.Context) (items []object, err error) {
	if p.limit > 0 && p.pages == p.limit {
		return nil, fmt.Errorf("GET %s: %w of %d pages", p.path, ErrListLimit, p.limit)
	}
	page := reflect.New(p.pageType)
	identities := make([]identity, 0)
	req := request{
		method: http.MethodGet, path: p.path + "?" + p.query.Encode(), successStatus: http.StatusOK,
		decode: func(body []byte) string {
			if problem := decode(body, page.Interface()); problem != "" {
				return problem
			}
			decoded := page.Elem().FieldByName("Items")
			items, identities = make([]object, decoded.Len()), identities[:0]
			for i := range items {
				items[i] = decoded.Index(i).Interface().(object)
				item := items[i].identity()
				if problem := p.expected.mismatchOf(item); problem != "" {
					return fmt.Sprintf("item %d of the list: %s", i, problem)
				}
				identities = append(identities, item)
			}
			return ""
		},
	}
	resp, err := p.client.do(ctx, req)
	if err != nil {
		return nil, err
	}
	p.pages++
	p.size += resp.size
	p.stale++
	for _, item := range identities {
		hash := uint32(hashOf(item.id)) //nolint:gosec // a part of the hash
		if _, exists := p.ids[hash]; !exists {
			p.ids[hash] = struct{}{}
			p.stale = 0
		}
	}
	token := page.Elem().FieldByName("NextPageToken").String()
	if token == "" {
		p.done = true
		return items, nil
	}
	if problem := p.limitProblem(token); problem != "" {
		p.endless = true
		req.path = p.path // the query is of no interest
		return items, invalidResponseError(&req, p.client.baseURL, http.StatusOK, resp.requestID, "the list does not end: "+problem, true)
	}
	p.tokens[token] = true
	p.query.Set("page_token", token)
	return items, nil
}

// limitProblem returns which limit a further page would exceed, or "".
func (p *pager) limitProblem(nextToken string) string {
	switch {
	case p.tokens[nextToken]:
		return "it returned the same page token twice"
	case p.stale > maxStalePages:
		return fmt.Sprintf("%d consecutive pages had no new items", p.stale)
	case p.pages >= maxPages:
		return fmt.Sprintf("it has more than %d pages", maxPages)
	case p.size > p.client.maxListSize:
		return fmt.Sprintf("it has more than %d MiB", p.client.maxListSize>>20)
	default:
		return ""
	}
}
