// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// Collection is a collection of objects that can be created, read, updated and
// deleted. Each object belongs to a parent, such as a project.
//
// C is the request to create an object, and U the request to update one. They are
// the same type if an update replaces the whole object.
type Collection[T object, C, U any] struct{ BaseCollection[T] }

// Create creates an object and returns it. Use WithIdempotency to make it
// safe to repeat.
func (c *Collection[T, C, U]) Create(ctx context.Context, parentID string, req C) (T, error) {
	return createIn[T](ctx, &c.collection, parentID, req)
}

// Update updates an object and returns it as it is afterwards.
func (c *Collection[T, C, U]) Update(ctx context.Context, parentID, id string, req U) (T, error) {
	return call[T](ctx, c.client, c.updateMethod, req, c.segments(parentID, id)...)
}

// BaseCollection is a collection with the operations that all kinds have. Each
// object belongs to a parent, such as a project.
type BaseCollection[T object] struct{ collection }

// Get returns an object. If the API can only list the objects, Get searches the
// list, which concurrent calls share. The error satisfies IsNotFound if the object
// does not exist. Some deleted objects are returned with a status or a timestamp
// that says so.
func (c *BaseCollection[T]) Get(ctx context.Context, parentID, id string) (T, error) {
	segments := c.segments(parentID, id)
	if c.listOnly {
		return findByID[T](ctx, c.client, c.pageType(), segments...)
	}
	return call[T](ctx, c.client, http.MethodGet, nil, segments...)
}

// List returns all objects of a parent. It fetches pages as they are needed and
// ends after the last object or with the first error.
func (c *BaseCollection[T]) List(ctx context.Context, parentID string) iter.Seq2[T, error] {
	return list[T](ctx, c.client, c.pageType(), nil, c.segments(parentID)...)
}

// Delete deletes an object. The error satisfies IsNotFound if it does not exist.
func (c *BaseCollection[T]) Delete(ctx context.Context, parentID, id string) error {
	return c.client.delete(ctx, nil, c.segments(parentID, id)...)
}

func (c *BaseCollection[T]) pageType() reflect.Type { return pageTypeOf[T](&c.collection) }

// Key consists of the fields that identify an object besides its ID, as the query
// of a DELETE has them.
type Key = url.Values

// keyedObject is an object with a key.
type keyedObject interface {
	object
	Key() Key
}

// KeyedCollection is a collection whose objects are addressed by a unique key of
// their own fields instead of an ID. Input is the request to create or replace
// an object.
type KeyedCollection[T keyedObject, Input any] struct{ collection }

// Put creates the object with the key in the request, or replaces it if it exists.
func (c *KeyedCollection[T, Input]) Put(ctx context.Context, parentID string, req Input) (T, error) {
	segments := c.segments(parentID)
	return callInScope[T](ctx, c.client, collectionScope(segments), http.MethodPut, req, segments...)
}

// Get returns the object with an ID. If there is none, or if the ID is empty, it
// returns the object with the key, or else one whose key differs only in case. It
// searches the list, which concurrent calls share. The error satisfies IsNotFound
// if there is no such object.
func (c *KeyedCollection[T, Input]) Get(ctx context.Context, parentID, id string, key Key) (result T, err error) {
	search := func(name string, match func(T) bool) bool {
		result, err = findMatch(ctx, &c.collection, parentID, name+" "+id+"?"+key.Encode(), match)
		return !IsNotFound(err)
	}
	switch {
	case id != "" && search("ID", func(o T) bool { return o.identity().id == id }):
	case search("key", func(o T) bool { return sameKey(o.Key(), key, func(a, b string) bool { return a == b }) }):
	default:
		search("case", func(o T) bool { return sameKey(o.Key(), key, strings.EqualFold) })
	}
	return result, err
}

// List returns all objects of a parent. It fetches pages as they are needed and
// ends after the last object or with the first error.
func (c *KeyedCollection[T, Input]) List(ctx context.Context, parentID string) iter.Seq2[T, error] {
	return list[T](ctx, c.client, c.pageType(), nil, c.segments(parentID)...)
}

// Delete deletes the object with the key. The error satisfies IsNotFound if it does
// not exist.
func (c *KeyedCollection[T, Input]) Delete(ctx context.Context, parentID string, key Key) error {
	return c.client.delete(ctx, key, c.segments(parentID)...)
}

func (c *KeyedCollection[T, Input]) pageType() reflect.Type { return pageTypeOf[T](&c.collection) }

// collection describes the endpoints below /v1/{parent}/{parentID}/{name}.
type collection struct {
	client *Client
	// parent and name are segments of the path, such as "projects" and "honeytokens".
	parent, name string
	// items is the field of a list response that holds the objects. By default it is
	// the name with underscores instead of dashes.
	items string
	// updateMethod is PUT if an update replaces the whole object, or PATCH if it
	// changes the fields that are sent.
	updateMethod string
	// listOnly is set if there is no endpoint that reads a single object.
	listOnly bool
}

// putCollection returns a collection whose updates replace the whole object.
func putCollection[T object, Input any](c *Client, parent, name string) *Collection[T, Input, Input] {
	return &Collection[T, Input, Input]{BaseCollection[T]{collection{client: c, parent: parent, name: name, updateMethod: http.MethodPut}}}
}

// keyedCollection returns a collection whose objects a list returns in the field items.
func keyedCollection[T keyedObject, Input any](c *Client, parent, name, items string) *KeyedCollection[T, Input] {
	return &KeyedCollection[T, Input]{collection{client: c, parent: parent, name: name, items: items, listOnly: true}}
}

// keyOf returns the key with the given names and values, which alternate. It has no
// empty values: they are null in the API.
func keyOf(pairs ...string) Key {
	key := Key{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			key.Set(pairs[i], pairs[i+1])
		}
	}
	return key
}

// sameKey compares keys by their values.
func sameKey(a, b Key, same func(a, b string) bool) bool {
	return maps.EqualFunc(a, b, func(a, b []string) bool { return slices.EqualFunc(a, b, same) })
}

// segments returns the segments of the path of the collection, or of something below it.
func (c *collection) segments(parentID string, below ...string) []string {
	return append([]string{c.parent, parentID, c.name}, below...)
}

func (c *collection) itemsField() string {
	if c.items != "" {
		return c.items
	}
	return strings.ReplaceAll(c.name, "-", "_")
}

// pageTypeOf returns the type of a page of a collection's list.
func pageTypeOf[T object](c *collection) reflect.Type {
	return pageType(reflect.TypeFor[T](), c.itemsField())
}

// findMatch returns the first object of a collection's list that matches. The key
// identifies the search among those of the list.
func findMatch[T object](ctx context.Context, c *collection, parentID, key string, match func(T) bool) (T, error) {
	wanted := lookup{key: key, match: func(item object) bool { return match(item.(T)) }}
	return find[T](ctx, c.client, pageTypeOf[T](c), wanted, c.segments(parentID)...)
}

// createIn creates an object in a collection. T is the response, which may contain
// more than the object.
func createIn[T object](ctx context.Context, c *collection, parentID string, body any) (T, error) {
	segments := c.segments(parentID)
	return create[T](ctx, c.client, collectionScope(segments), body, segments...)
}

// call sends a request about one object and returns the object in the response.
func call[T object](ctx context.Context, c *Client, method string, body any, segments ...string) (T, error) {
	return callInScope[T](ctx, c, objectScope(segments), method, body, segments...)
}

// callInScope sends a request and returns the object in the response, which must
// match the scope.
func callInScope[T object](ctx context.Context, c *Client, expected scope, method string, body any, segments ...string) (T, error) {
	var result, zero T
	if err := c.call(ctx, request{method: method, decode: decodeObject(&result, expected)}, nil, body, segments); err != nil {
		return zero, err // never an object that does not match
	}
	return result, nil
}

// get returns a response that is not one object of a collection. The query may be nil.
func get[T any](ctx context.Context, c *Client, query url.Values, segments ...string) (T, error) {
	return read[T](ctx, c, request{method: http.MethodGet}, query, nil, segments)
}

// postReadOnly sends a POST request that changes nothing, and returns the response.
func postReadOnly[T any](ctx context.Context, c *Client, body any, segments ...string) (T, error) {
	return read[T](ctx, c, request{method: http.MethodPost, readOnly: true}, nil, body, segments)
}

// read sends a request that changes nothing, and returns the response. If the response
// names objects, they must be those in the path.
func read[T any](ctx context.Context, c *Client, req request, query url.Values, body any, segments []string) (T, error) {
	var result, zero T
	req.decode = func(body []byte) string {
		if problem := decode(body, &result); problem != "" {
			return problem
		}
		if object, ok := any(result).(object); ok {
			return collectionScope(segments).mismatch(object)
		}
		return ""
	}
	if err := c.call(ctx, req, query, body, segments); err != nil {
		return zero, err
	}
	return result, nil
}

// call sends a request whose successful response has status 200 and a body. The query
// and the body may be nil.
func (c *Client) call(ctx context.Context, req request, query url.Values, body any, segments []string) (err error) {
	if req.path, err = requestPathWithQuery(query, segments); err != nil {
		return err
	}
	if req.body, err = encodeBody(req.method, req.path, body); err != nil {
		return err
	}
	req.successStatus = http.StatusOK
	_, err = c.do(ctx, req)
	return err
}

// delete sends a DELETE request. The query may be nil.
func (c *Client) delete(ctx context.Context, query url.Values, segments ...string) error {
	path, err := requestPathWithQuery(query, segments)
	if err != nil {
		return err
	}
	_, err = c.do(ctx, request{method: http.MethodDelete, path: path, successStatus: http.StatusNoContent})
	return err
}

// decodeObject returns a function that decodes a response body and verifies that
// its object matches the scope.
func decodeObject[T object](result *T, expected scope) func(body []byte) (problem string) {
	return func(body []byte) string {
		if problem := decode(body, result); problem != "" {
			return problem
		}
		return expected.mismatch(*result)
	}
}
