// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// The compiler makes a copy of generic code for each type. The generic functions and
// methods of this package therefore only declare a result, and pass a pointer to it to a
// method that is not generic. If such a method returns an error, the result is its zero
// value: never an object that does not match the request.

// Collection is a collection of objects that can be created, read, updated and
// deleted. Each object belongs to a parent, such as a project.
//
// C is the request to create an object, and U the request to update one. They are
// the same type if an update replaces the whole object.
type Collection[T object, C, U any] struct{ BaseCollection[T] }

// Create creates an object and returns it. Use WithIdempotency to make it
// safe to repeat.
func (c *Collection[T, C, U]) Create(ctx context.Context, parentID string, req C) (T, error) {
	var result T
	err := c.create(ctx, &result, parentID, req)
	return result, err
}

// Update updates an object and returns it as it is afterwards.
func (c *Collection[T, C, U]) Update(ctx context.Context, parentID, id string, req U) (T, error) {
	var result T
	err := c.update(ctx, &result, parentID, id, req)
	return result, err
}

// BaseCollection is a collection with the operations that all kinds have. Each
// object belongs to a parent, such as a project.
type BaseCollection[T object] struct{ collection }

// Get returns an object. If the API can only list the objects, Get searches the
// list, which concurrent calls share; see WithSharedLists for the others. The error
// satisfies IsNotFound if the object does not exist. Some deleted objects are returned
// with a status or a timestamp that says so.
func (c *BaseCollection[T]) Get(ctx context.Context, parentID, id string) (T, error) {
	var result T
	err := c.get(ctx, &result, parentID, id)
	return result, err
}

// List returns all objects of a parent. It fetches pages as they are needed and
// ends after the last object or with the first error.
func (c *BaseCollection[T]) List(ctx context.Context, parentID string) iter.Seq2[T, error] {
	return list[T](ctx, c.client, c.pageType(), nil, c.segments(parentID)...)
}

// Delete deletes an object. The error satisfies IsNotFound if it does not exist.
func (c *BaseCollection[T]) Delete(ctx context.Context, parentID, id string) error {
	return c.delete(ctx, parentID, id)
}

func (c *BaseCollection[T]) pageType() reflect.Type { return c.pageFor((*T)(nil)) }

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
	var result T
	err := c.put(ctx, &result, parentID, req)
	return result, err
}

// Get returns the object with an ID. If there is none, or if the ID is empty, it
// returns the object with the key, or else one whose key differs only in case. It
// searches the list, which concurrent calls share. The error satisfies IsNotFound
// if there is no such object.
func (c *KeyedCollection[T, Input]) Get(ctx context.Context, parentID, id string, key Key) (T, error) {
	var result T
	err := c.getByKey(ctx, &result, parentID, id, key)
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

func (c *KeyedCollection[T, Input]) pageType() reflect.Type { return c.pageFor((*T)(nil)) }

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

// pageFor returns the type of a page of the collection's list. The result is a pointer to an item.
func (c *collection) pageFor(result any) reflect.Type {
	return pageType(reflect.TypeOf(result).Elem(), cmp.Or(c.items, strings.ReplaceAll(c.name, "-", "_")))
}

// create creates an object. The result is the response, which may contain more than the
// object.
func (c *collection) create(ctx context.Context, result any, parentID string, body any) error {
	segments := c.segments(parentID)
	return c.client.post(ctx, result, collectionScope(segments), http.StatusCreated, body, segments)
}

// update updates the object with an ID.
func (c *collection) update(ctx context.Context, result any, parentID, id string, body any) error {
	return c.client.call(ctx, result, c.updateMethod, body, c.segments(parentID, id))
}

// get reads the object with an ID, from the list if the API can only list the objects or if
// the context says so.
func (c *collection) get(ctx context.Context, result any, parentID, id string) error {
	segments := c.segments(parentID, id)
	switch {
	case c.listOnly:
		return c.client.findByID(ctx, result, c.pageFor(result), segments)
	case sharesLists(ctx):
		return c.client.getShared(ctx, result, c.pageFor(result), nil, c.segments(parentID), segments)
	default:
		return c.client.call(ctx, result, http.MethodGet, nil, segments)
	}
}

// getByKey searches the list for an object as KeyedCollection.Get does.
func (c *collection) getByKey(ctx context.Context, result any, parentID, id string, key Key) (err error) {
	if id != "" {
		if err = c.client.find(ctx, result, c.pageFor(result), lookup{key: id}, c.segments(parentID)); !IsNotFound(err) {
			return err
		}
	}
	search := func(name string, same func(a, b string) bool) error {
		return c.findMatch(ctx, result, parentID, name+" "+id+"?"+key.Encode(), func(o object) bool { return sameKey(o.(keyedObject).Key(), key, same) })
	}
	if err = search("key", func(a, b string) bool { return a == b }); IsNotFound(err) {
		err = search("case", strings.EqualFold)
	}
	return err
}

// findMatch searches the list for the first object that matches. The key identifies the
// search among those of the list.
func (c *collection) findMatch(ctx context.Context, result any, parentID, key string, match func(object) bool) error {
	return c.client.find(ctx, result, c.pageFor(result), lookup{key: key, match: match}, c.segments(parentID))
}

// put creates or replaces an object that the request identifies.
func (c *collection) put(ctx context.Context, result any, parentID string, body any) error {
	segments := c.segments(parentID)
	return c.client.fetch(ctx, result, collectionScope(segments), request{method: http.MethodPut}, nil, body, segments)
}

// delete deletes the object with an ID.
func (c *collection) delete(ctx context.Context, parentID, id string) error {
	return c.client.delete(ctx, nil, c.segments(parentID, id)...)
}

// call sends a request about one object and returns the object in the response.
func call[T object](ctx context.Context, c *Client, method string, body any, segments ...string) (T, error) {
	var result T
	err := c.call(ctx, &result, method, body, segments)
	return result, err
}

// get returns a response that is not one object of a collection. The query may be nil.
func get[T any](ctx context.Context, c *Client, query url.Values, segments ...string) (T, error) {
	var result T
	err := c.read(ctx, &result, request{method: http.MethodGet}, query, nil, segments)
	return result, err
}

// postReadOnly sends a POST request that changes nothing, and returns the response.
func postReadOnly[T any](ctx context.Context, c *Client, body any, segments ...string) (T, error) {
	var result T
	err := c.read(ctx, &result, request{method: http.MethodPost, readOnly: true}, nil, body, segments)
	return result, err
}

// call sends a request about one object. The result is the object in the response.
func (c *Client) call(ctx context.Context, result any, method string, body any, segments []string) error {
	return c.fetch(ctx, result, objectScope(segments), request{method: method}, nil, body, segments)
}

// read sends a request that changes nothing. The result is the response. If it names objects,
// they must be those in the path.
func (c *Client) read(ctx context.Context, result any, req request, query url.Values, body any, segments []string) error {
	return c.fetch(ctx, result, collectionScope(segments), req, query, body, segments)
}

// fetch sends a request whose successful response has status 200 and a body. The result is the
// response, which must match the scope. The query and the body may be nil.
func (c *Client) fetch(ctx context.Context, result any, expected scope, req request, query url.Values, body any, segments []string) (err error) {
	if req.path, err = requestPathWithQuery(query, segments); err != nil {
		return err
	}
	if req.body, err = encodeBody(req.method, req.path, body); err != nil {
		return err
	}
	req.successStatus, req.decode = http.StatusOK, decodeResponse(result, expected)
	_, err = c.do(ctx, req)
	return resetIfFailed(result, err)
}

// resetIfFailed sets a result to its zero value if there is an error, which it returns.
func resetIfFailed(result any, err error) error {
	if err != nil {
		reflect.ValueOf(result).Elem().SetZero()
	}
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

// decodeResponse returns a function that decodes a response body into a result, and
// verifies that the objects that it names match the scope.
func decodeResponse(result any, expected scope) func(body []byte) (problem string) {
	return func(body []byte) string {
		if problem := decode(body, result); problem != "" {
			return problem
		}
		if object, ok := result.(object); ok {
			return expected.mismatch(object)
		}
		return ""
	}
}
