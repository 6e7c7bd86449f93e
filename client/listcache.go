// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"time"
)

const (
	// snapshotTTL is how long a snapshot is shared after its latest page was fetched, or, by
	// lookups with WithSharedLists, after the latest of them.
	snapshotTTL = 10 * time.Second
	// snapshotMaxAge is how long a snapshot is shared after its creation.
	snapshotMaxAge = time.Minute
	// sharedListMaxAge is the same for lookups with WithSharedLists.
	sharedListMaxAge = 5 * time.Minute
)

// listCache holds snapshots of lists, which lookups of single objects share: if the
// API can only list them, or with WithSharedLists. It guarantees read-after-write
// consistency for this client: a snapshot returns each object only once, so that a
// second lookup sees the current state, and a write invalidates the snapshots that it
// may affect.
type listCache struct {
	mutex     sync.Mutex
	snapshots map[string]*snapshot // by the path and the query of the list
}

// snapshot is a paginated snapshot of a list, shared by concurrent lookups. It
// fetches only as many pages as the lookups need, which is why it is not a
// singleflight.Group around the complete list: looking up one of the first 100
// replicas is one request, no matter how many there are, and a lookup that is
// canceled leaves its pages to the others instead of failing them.
type snapshot struct {
	cache   *listCache
	url     string // the path and the query of the list
	pager   *pager
	created time.Time
	// optional is set if the API can read single objects, too: see getShared.
	optional bool
	// turn is a semaphore held by the lookup that fetches a page for all of them.
	turn chan struct{}

	// The mutex of the cache guards the other fields.
	items map[string]object // by ID; if the snapshot is optional, without those that were returned
	order []string          // the IDs of the items, as they are listed; nil if the snapshot is optional
	// returned has the keys of the lookups that were answered.
	returned stringSet
	byMatch  bool      // there are lookups that compare objects instead of IDs
	pages    int       // the number of pages that were fetched
	complete bool      // all pages were fetched
	err      error     // fetching a page failed
	fetching bool      // a page is being fetched
	fetched  time.Time // the time of the latest page
	used     time.Time // the time of the latest lookup
	expiry   *time.Timer
	// The lookups of an optional snapshot: of different objects, and of those again.
	reads, rereads int
}

// lookup describes the object that a caller searches a list for.
type lookup struct {
	// key identifies the object among all lookups of the list.
	key string
	// match reports whether an object is the one. If it is nil, the key is the ID.
	match func(object) bool
	// path is the path of the object in a "not found" error. If it is empty, the path of the
	// list is.
	path string
	// latest is set if the list must be read after the call, so that no snapshot can answer
	// the lookup.
	latest bool
	// shared is set with WithSharedLists.
	shared bool
}

func (l lookup) matches(item object) bool {
	if l.match == nil {
		return item.identity().id == l.key
	}
	return l.match(item)
}

// findByID searches a list for an object. The last segment is its ID. The error for
// a missing object equals the one of an API that can read single objects.
func (c *Client) findByID(ctx context.Context, result any, page reflect.Type, segments []string) error {
	path, err := requestPath(segments...)
	if err != nil {
		return err
	}
	last := len(segments) - 1
	return c.find(ctx, result, page, lookup{key: segments[last], path: path}, segments[:last])
}

// find searches a list for an object. The segments are those of the list.
func (c *Client) find(ctx context.Context, result any, page reflect.Type, wanted lookup, segments []string) error {
	listPath, err := requestPath(segments...)
	if err != nil {
		return err
	}
	wanted.path, wanted.shared = cmp.Or(wanted.path, listPath), sharesLists(ctx)
	newPages := func() *pager { return c.pagerOf(page, nil, segments) }
	var found object
	if wanted.latest || sharesResponses(ctx) {
		found, err = findInList(ctx, newPages(), wanted)
	} else {
		found, err = c.acquire(listPath, newPages, wanted).find(ctx, wanted)
	}
	if err != nil {
		return err
	}
	reflect.ValueOf(result).Elem().Set(reflect.ValueOf(found))
	return nil
}

// findInList searches a list without a snapshot. One with pages that are shared for longer could
// answer lookups that need the current state.
func findInList(ctx context.Context, pages *pager, wanted lookup) (object, error) {
	pages.limit = listLimit(ctx)
	for item, err := range pages.items(ctx) {
		if err != nil || wanted.matches(item) {
			return item, err
		}
	}
	return nil, notInListError(pages.client, wanted.path)
}

// find searches a snapshot.
func (s *snapshot) find(ctx context.Context, wanted lookup) (object, error) {
	for {
		if item, known, err := s.take(wanted); known {
			return item, err
		}
		if err := s.fetchNext(ctx, wanted); err != nil {
			return nil, err
		}
	}
}

// acquire returns the current snapshot of a list if it may answer a lookup, or a new
// one.
func (c *Client) acquire(listPath string, newPages func() *pager, wanted lookup) *snapshot {
	cache := &c.listCache
	cache.mutex.Lock()
	defer cache.mutex.Unlock()
	s, ok := cache.snapshots[listPath]
	if !ok || s.returned.has(wanted.key) || !s.isFresh(wanted.shared) {
		s = cache.add(listPath, newPages())
	}
	s.byMatch = s.byMatch || wanted.match != nil
	return s
}

// add adds an empty snapshot of a list. The caller holds the mutex.
func (c *listCache) add(listURL string, pages *pager) *snapshot {
	now := time.Now()
	s := &snapshot{
		cache: c, url: listURL, pager: pages, created: now, fetched: now, used: now, turn: make(chan struct{}, 1),
		items: map[string]object{}, returned: stringSet{},
	}
	s.expiry = time.AfterFunc(snapshotTTL, s.expire)
	if c.snapshots == nil {
		c.snapshots = map[string]*snapshot{}
	}
	c.snapshots[listURL] = s
	return s
}

// isFresh reports whether a snapshot may answer a further lookup. The caller holds the mutex.
func (s *snapshot) isFresh(shared bool) bool {
	if shared {
		return time.Since(s.created) < sharedListMaxAge
	}
	return time.Since(s.created) < snapshotMaxAge && (s.fetching || time.Since(s.fetched) < snapshotTTL)
}

// expire evicts a snapshot that no lookup has used for its TTL.
func (s *snapshot) expire() {
	s.cache.mutex.Lock()
	defer s.cache.mutex.Unlock()
	idle := time.Since(s.used)
	if s.fetching {
		idle = 0
	}
	if idle < snapshotTTL {
		s.expiry.Reset(snapshotTTL - idle)
		return
	}
	s.evict()
}

// take returns the result of a lookup if it is known: it is not while the object
// may be on a further page.
func (s *snapshot) take(wanted lookup) (item object, known bool, err error) {
	s.cache.mutex.Lock()
	defer s.cache.mutex.Unlock()
	s.used = time.Now()
	item, known, err = s.result(wanted)
	if known {
		s.returned.add(wanted.key)
	}
	if s.optional {
		delete(s.items, wanted.key) // not needed again, and there may be 10,000 others
	}
	return item, known, err
}

// result returns the result of a lookup on the pages that were fetched. The caller holds the
// mutex.
func (s *snapshot) result(wanted lookup) (item object, known bool, err error) {
	item, known = s.search(wanted)
	switch {
	case known:
	case s.err != nil:
		known, err = true, s.err
	case s.complete, s.optional && s.pages >= pageLimit(s.reads):
		known, err = true, notInListError(s.pager.client, wanted.path)
	}
	return item, known, err
}

// notInListError is the error of an object that a complete list does not have. path is the
// path of the object, or of the list.
func notInListError(c *Client, path string) error {
	return &Error{
		Method: http.MethodGet, Path: path, BaseURL: c.baseURL, StatusCode: http.StatusNotFound, Code: CodeNotFound, Detail: "it is not in the list",
	}
}

// search returns the wanted item. The caller holds the mutex.
func (s *snapshot) search(wanted lookup) (item object, found bool) {
	if wanted.match == nil {
		item, found = s.items[wanted.key]
		return item, found
	}
	for _, id := range s.order {
		if item := s.items[id]; wanted.match(item) {
			return item, true
		}
	}
	return item, false
}

// fetchNext waits for its turn and fetches the next page if it is still needed. All
// lookups share an error, unless it is the end of the caller's context: then the
// next one continues.
func (s *snapshot) fetchNext(ctx context.Context, wanted lookup) error {
	if err := s.waitForTurn(ctx); err != nil {
		return err
	}
	defer func() { <-s.turn }()
	s.cache.mutex.Lock()
	_, known, _ := s.result(wanted)
	s.fetching = !known
	s.cache.mutex.Unlock()
	if known {
		return nil
	}

	items, err := s.pager.next(ctx)

	s.cache.mutex.Lock()
	defer s.cache.mutex.Unlock()
	s.fetching, s.fetched, s.used = false, time.Now(), time.Now()
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		s.err = err
		// Two errors answer further lookups too: that there is no such list, and that
		// the list does not end, which reading it again for each object would not change.
		// An optional snapshot is not needed to answer them.
		if !IsNotFound(err) && !s.pager.endless && !s.optional {
			s.evict()
		}
	}
	s.pages++
	for _, item := range items {
		id := item.identity().id
		if s.optional && s.returned.has(id) {
			continue
		}
		if _, listed := s.items[id]; !listed && !s.optional {
			s.order = append(s.order, id)
		}
		s.items[id] = item
	}
	s.complete = s.pager.done
	return nil
}

func (s *snapshot) waitForTurn(ctx context.Context) error {
	req := &request{method: http.MethodGet, path: s.pager.path}
	progress := newReporter(ctx, s.pager.client.notify, req, stageList)
	defer progress.stop()
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", req, context.Cause(ctx))
	}
}

// evict removes the snapshot from the cache, so that no further lookup uses it. The
// caller holds the mutex.
func (s *snapshot) evict() {
	if s.cache.snapshots[s.url] == s {
		delete(s.cache.snapshots, s.url)
	}
}

// markReturned keeps the snapshot from answering a lookup again. The caller holds the
// mutex.
func (s *snapshot) markReturned(key string) { s.returned.add(key) }

// invalidate removes the snapshots of all lists that a write may affect: the list
// that the object is on, and every list if an object is deleted, since objects at
// other paths may be deleted with it. A list that is optional is also removed if the
// write may change its objects indirectly.
//
// A PUT or PATCH of an item affects that item alone, so that only lookups of its ID
// need a new snapshot. Reading and updating many items thus shares a snapshot.
func (c *listCache) invalidate(method, path string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for listURL, snapshot := range c.snapshots {
		listPath, _, _ := strings.Cut(listURL, "?")
		below, isBelow := strings.CutPrefix(path, listPath+"/")
		id, err := url.PathUnescape(below)
		switch {
		case isBelow && (method == http.MethodPut || method == http.MethodPatch) && !strings.Contains(below, "/") && err == nil && !snapshot.byMatch:
			snapshot.markReturned(id)
		case isBelow, path == listPath, method == http.MethodDelete, snapshot.optional && mayAffect(path, listPath):
			delete(c.snapshots, listURL)
		}
	}
}
