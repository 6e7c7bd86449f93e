// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

const defaultPageSize = 20

// cursor is the content of a page token: the position of the last object of the previous page.
type cursor struct {
	List string `json:"l"` // the list that the token is valid for
	Seq  uint64 `json:"s"`
	Text string `json:"t,omitempty"`
	Num  int64  `json:"n,omitempty"`
}

func (c cursor) token() string {
	raw, err := json.Marshal(c)
	if err != nil {
		panic("localapi: encode a page token: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parseCursor(token, list string) (cursor, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return cursor{}, false
	}
	var c cursor
	return c, json.Unmarshal(raw, &c) == nil && c.List == list
}

// compareCursors compares by sort key, then by order of creation.
func compareCursors(a, b cursor) int {
	return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Num, b.Num), cmp.Compare(a.Seq, b.Seq))
}

// page is one page of a list.
type page struct {
	objects   []*object
	nextToken string // "" on the last page
}

// paginate returns the requested page of a list. sortKey returns the sort key of an object, if the list is not in order of
// creation.
func paginate(c *call, list string, objects []*object, newestFirst bool, sortKey func(*object) cursor) (page, *problem) {
	size := defaultPageSize
	if n, err := strconv.Atoi(c.query.Get("page_size")); err == nil {
		size = n
	}
	compare := compareCursors
	if newestFirst {
		compare = func(a, b cursor) int { return compareCursors(b, a) }
	}
	position := func(o *object) cursor { return cursor{List: list, Seq: o.seq} }
	if sortKey != nil {
		position = func(o *object) cursor {
			key := sortKey(o)
			key.List, key.Seq = list, o.seq
			return key
		}
	}
	if sortKey != nil || newestFirst {
		objects = slices.Clone(objects)
		slices.SortFunc(objects, func(a, b *object) int { return compare(position(a), position(b)) })
	}
	start := 0
	if token := c.query.Get("page_token"); token != "" {
		after, ok := parseCursor(token, list)
		if !ok {
			return page{}, invalidField("page_token", "is not a page token of this list")
		}
		var found bool
		start, found = slices.BinarySearchFunc(objects, after, func(o *object, c cursor) int { return compare(position(o), c) })
		if found {
			start++
		}
	}
	end := min(start+size, len(objects))
	result := page{objects: objects[start:end]}
	if end < len(objects) {
		result.nextToken = position(objects[end-1]).token()
	}
	return result, nil
}

// pageQuery is the query of every paginated list.
var pageQuery = schema{
	intField("page_size", between(1, 100)),
	stringField("page_token", pattern(idPattern)),
}

// listResponse encodes a page. extra is JSON to insert after the array, with a leading comma.
func (s *Server) listResponse(k *collection, c *call, p page, extra string) response {
	body := make([]byte, 0, 64+512*len(p.objects))
	body = append(body, `{"`+k.listKey+`":[`...)
	for i, o := range p.objects {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, s.render(k, o)...)
	}
	body = append(body, ']')
	body = append(body, extra...)
	if p.nextToken != "" || s.options.Behaviour.EmptyNextPageToken {
		body = append(body, `,"next_page_token":"`+p.nextToken+`"`...)
	}
	res := jsonResponse(http.StatusOK, append(body, '}'))
	if p.nextToken != "" {
		query := cloneQuery(c.query)
		query.Set("page_token", p.nextToken)
		res.header = http.Header{"Link": {"<" + c.url.EscapedPath() + "?" + query.Encode() + `>; rel="next"`}}
	}
	return res
}

func cloneQuery(query url.Values) url.Values {
	clone := make(url.Values, len(query)+1)
	for name, values := range query {
		clone[name] = slices.Clone(values)
	}
	return clone
}
