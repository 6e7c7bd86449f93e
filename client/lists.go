// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// How long what was read of a list serves for reads of other objects on it.
const (
	sharedFor    = 10 * time.Second // since its latest page
	sharedAtMost = time.Minute      // since its first page
)

// lists holds the walks over lists that reads of single objects share, for
// kinds that the API only lists. A walk serves each object once, so that who
// reads an object again sees what has become of it, and no reader that comes
// after a write to the list by this client.
type lists struct {
	mutex sync.Mutex
	walks map[string]sharedWalk // by the path of the list
}

// sharedWalk is a *walk over a list of any kind.
type sharedWalk interface{ forget(id string) }

// walk is a walk over a list, which goes on only as far as its readers need.
type walk[P page[T], T identified] struct {
	lists *lists
	pages *pages[P, T]
	began time.Time
	// turn is held by the reader that fetches a page for all.
	turn chan struct{}

	// The rest is guarded by the mutex of the lists.
	items    map[string]T
	answered map[string]bool // the IDs that were looked for
	ended    bool
	failed   error
	expiry   *time.Timer
}

// find returns an object of a list, for kinds that the API only lists, and the
// API's own answer where there is none. The last segment is its ID.
func find[P page[T], T identified](ctx context.Context, c *Client, segments ...string) (T, error) {
	var nothing T
	id := segments[len(segments)-1]
	object, err := path(segments...)
	if err != nil {
		return nothing, err
	}
	collection := segments[:len(segments)-1]
	of, _ := path(collection...)
	w := join[P, T](c, collectionScope(collection), of, id)
	for {
		if item, known, err := w.look(id, object); known {
			return item, err
		}
		if err := w.advance(ctx, c, id); err != nil {
			return nothing, err
		}
	}
}

// join returns the walk over a list that a reader of an object may share, or begins one.
func join[P page[T], T identified](c *Client, in scope, of, id string) *walk[P, T] {
	l := &c.lists
	l.mutex.Lock()
	defer l.mutex.Unlock()
	if w, ok := l.walks[of].(*walk[P, T]); ok && !w.answered[id] && time.Since(w.began) < sharedAtMost {
		return w
	}
	w := &walk[P, T]{
		lists: l, pages: newPages[P, T](c, in, nil, of), began: time.Now(), turn: make(chan struct{}, 1),
		items: map[string]T{}, answered: map[string]bool{},
	}
	if l.walks == nil {
		l.walks = map[string]sharedWalk{}
	}
	l.walks[of] = w
	w.expires()
	return w
}

// look looks for an object on the pages that are there. While it may be on one
// that is yet to be fetched, nothing is known of it.
func (w *walk[P, T]) look(id, object string) (item T, known bool, err error) {
	w.lists.mutex.Lock()
	defer w.lists.mutex.Unlock()
	item, known = w.items[id]
	switch {
	case known:
	case w.failed != nil:
		known, err = true, w.failed
	case w.ended:
		known, err = true, &Error{
			Method: http.MethodGet, Path: object, BaseURL: w.pages.c.baseURL, StatusCode: http.StatusNotFound,
			Code: CodeNotFound, Detail: "it is not on the list",
		}
	}
	if known {
		w.answered[id] = true
	}
	return item, known, err
}

// advance waits for the turn of a reader, and fetches the next page if that is
// still needed then. A failure is that of all who wait, and stands in the walk;
// but where a reader gives up, the next one goes on from there.
func (w *walk[P, T]) advance(ctx context.Context, c *Client, id string) error {
	if err := w.await(ctx, c); err != nil {
		return err
	}
	defer func() { <-w.turn }()
	if _, known, _ := w.look(id, ""); known {
		return nil
	}
	w.lists.mutex.Lock()
	w.expiry.Stop() // not while a page is under way
	w.lists.mutex.Unlock()

	items, err := w.pages.next(ctx)

	w.lists.mutex.Lock()
	defer w.lists.mutex.Unlock()
	w.expires()
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		w.failed = err
		// That there is no such list is an answer: nothing is on it. And a list without
		// an end does not get one by being read again for each of many objects.
		if !IsNotFound(err) && !w.pages.endless {
			w.leave()
		}
	}
	for _, item := range items {
		w.items[item.identity().id] = item
	}
	w.ended = w.pages.ended
	return nil
}

func (w *walk[P, T]) await(ctx context.Context, c *Client) error {
	watch := c.watch(ctx, call{method: http.MethodGet, path: w.pages.path}, waitingForList)
	defer watch.end()
	select {
	case w.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("GET %s: %w", w.pages.path, context.Cause(ctx))
	}
}

// expires begins the time for which the walk serves as it is. The mutex is held.
func (w *walk[P, T]) expires() {
	w.expiry = time.AfterFunc(sharedFor, func() {
		w.lists.mutex.Lock()
		defer w.lists.mutex.Unlock()
		w.leave()
	})
}

// leave takes the walk away from readers to come. The mutex is held.
func (w *walk[P, T]) leave() {
	if w.lists.walks[w.pages.path] == sharedWalk(w) {
		delete(w.lists.walks, w.pages.path)
	}
}

// wrote ends the sharing of every list that a write may have changed: that on
// which the object is, and all where something is deleted, for what it had goes
// with it, at other paths.
//
// A PUT or a PATCH of an item changes that item alone, and no reader of another
// one has written it since the list was read. So only the readers of the item
// begin anew, and many items that are read and then written share a walk.
func (l *lists) wrote(method, path string) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for of, walk := range l.walks {
		below, on := strings.CutPrefix(path, of+"/")
		id, err := url.PathUnescape(below)
		switch {
		case on && (method == http.MethodPut || method == http.MethodPatch) && !strings.Contains(below, "/") && err == nil:
			walk.forget(id)
		case on || path == of || method == http.MethodDelete:
			delete(l.walks, of)
		}
	}
}

// forget keeps the walk from serving an item again. The mutex is held.
func (w *walk[P, T]) forget(id string) { w.answered[id] = true }
