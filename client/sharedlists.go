// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
)

type sharedListsKey struct{}

// WithSharedLists returns a context in which Get may answer from a list of the objects
// instead of reading each by its ID, for callers that read many objects of one parent, such
// as a refresh. The first few calls read by ID. The following ones share a list, whose pages
// are fetched as they are needed. An object that the list does not have, or whose list cannot
// be read, is read by its ID.
//
// A result is never older than the caller's last write, and a second Get of an object sees
// its current state. Changes by others are seen if they were made before the list was
// fetched: at most 5 minutes ago, or 10 seconds if there was no Get meanwhile.
func WithSharedLists(ctx context.Context) context.Context {
	return context.WithValue(ctx, sharedListsKey{}, true)
}

// sharesLists reports whether a context is from WithSharedLists.
func sharesLists(ctx context.Context) bool { return ctx.Value(sharedListsKey{}) != nil }

// singleReads is the number of objects of a list that are read by ID before its first page is
// fetched: it may have pages without end, and none of the objects on the first one.
const singleReads = 3

// pageLimit is the number of pages that may be fetched for a number of lookups. How many
// lookups will follow is unknown, so that the limit grows with those that there were: fast
// enough for objects that are all on the last of a hundred pages, which is as many as the
// largest plan allows.
func pageLimit(lookups int) int {
	switch further := lookups - singleReads; {
	case further <= 0:
		return 0
	case further <= 3:
		return 1 << (3 * (further - 1)) // 1, 8, 64
	default:
		return maxPages
	}
}

// getShared reads an object by its ID, or from a list if further objects of the list are read.
// The segments of the list and of the object, and the query of the list, make up their URLs.
func (c *Client) getShared(ctx context.Context, result any, page reflect.Type, query url.Values, list, object []string) error {
	listURL, err := requestPathWithQuery(query, list)
	if err != nil {
		return err
	}
	id := object[len(object)-1]
	if s := c.listCache.join(listURL, id, func() *pager { return c.pagerOf(page, query, list) }); s != nil {
		found, err := s.find(ctx, lookup{key: id})
		if err == nil {
			reflect.ValueOf(result).Elem().Set(reflect.ValueOf(found))
			return nil
		}
		if ctx.Err() != nil {
			return err
		}
	}
	return c.call(ctx, result, http.MethodGet, nil, object)
}

// join returns the snapshot of a list that may have an object, or nil if the object must be
// read by its ID since a snapshot has returned it already. Once so many objects are read
// again that a new snapshot does not cost more, it returns a new one.
func (c *listCache) join(listURL, id string, newPager func() *pager) *snapshot {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	s, ok := c.snapshots[listURL]
	switch {
	case !ok, !s.isFresh(true):
		s = c.add(listURL, newPager())
	case s.returned.has(id) && s.rereads < s.pages+singleReads:
		s.rereads++
		return nil
	case s.returned.has(id):
		reads := s.rereads
		s = c.add(listURL, newPager())
		s.reads = reads
	}
	s.optional = true
	s.reads++
	return s
}
