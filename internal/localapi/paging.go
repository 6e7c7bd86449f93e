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

// cursor is what a page token holds: where the page before it ended.
type cursor struct {
	List string `json:"l"` // the list that the token belongs to
	Seq  uint64 `json:"s"`
	Text string `json:"t,omitempty"`
	Num  int64  `json:"n,omitempty"`
}

func (c cursor) token() string {
	raw, err := json.Marshal(c)
	if err != nil {
		panic("localapi: encoding a cursor: " + err.Error())
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

// compareCursors orders a list: by what it is sorted by, then by creation.
func compareCursors(a, b cursor) int {
	return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(a.Num, b.Num), cmp.Compare(a.Seq, b.Seq))
}

// page is one page of a list.
type page struct {
	objects []*object
	next    string
}

// pageOf cuts the page that the query asks for. position says where an object stands when the list is not in order of creation.
func pageOf(c *call, list string, objects []*object, newestFirst bool, position func(*object) cursor) (page, *problem) {
	size := defaultPageSize
	if n, err := strconv.Atoi(c.query.Get("page_size")); err == nil {
		size = n
	}
	order := func(a, b cursor) int { return compareCursors(a, b) }
	if newestFirst {
		order = func(a, b cursor) int { return compareCursors(b, a) }
	}
	at := func(o *object) cursor { return cursor{List: list, Seq: o.seq} }
	if position != nil {
		at = func(o *object) cursor {
			p := position(o)
			p.List, p.Seq = list, o.seq
			return p
		}
	}
	if position != nil || newestFirst {
		objects = slices.Clone(objects)
		slices.SortFunc(objects, func(a, b *object) int { return order(at(a), at(b)) })
	}
	start := 0
	if token := c.query.Get("page_token"); token != "" {
		after, ok := parseCursor(token, list)
		if !ok {
			return page{}, invalidField("page_token", "is not a token of this list")
		}
		var found bool
		start, found = slices.BinarySearchFunc(objects, after, func(o *object, c cursor) int { return order(at(o), c) })
		if found {
			start++
		}
	}
	end := min(start+size, len(objects))
	result := page{objects: objects[start:end]}
	if end < len(objects) {
		result.next = at(objects[end-1]).token()
	}
	return result, nil
}

// pageQuery are the query parameters of every paged list.
var pageQuery = schema{
	intField("page_size", between(1, 100)),
	stringField("page_token", pattern(idPattern)),
}

func (s *Server) listOp(k *collection) func(*call) (response, *problem) {
	return func(c *call) (response, *problem) {
		scope, p := k.scope(c)
		if p != nil {
			return response{}, p
		}
		pg, p := pageOf(c, k.name+"/"+scope.id, k.visible(scope.id), k.newestFirst, nil)
		if p != nil {
			return response{}, p
		}
		return s.listAnswer(k, c, pg, ""), nil
	}
}

// listAnswer writes a page. extra is JSON between the array and the token, with its leading comma.
func (s *Server) listAnswer(k *collection, c *call, pg page, extra string) response {
	body := make([]byte, 0, 64+512*len(pg.objects))
	body = append(body, `{"`+k.list+`":[`...)
	for i, o := range pg.objects {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, s.render(k, o)...)
	}
	body = append(body, ']')
	body = append(body, extra...)
	if pg.next != "" || s.options.Behaviour.ProjectsTokenEndEmptyString {
		body = append(body, `,"next_page_token":"`+pg.next+`"`...)
	}
	a := jsonResponse(http.StatusOK, append(body, '}'))
	if pg.next != "" {
		query := cloneQuery(c.query)
		query.Set("page_token", pg.next)
		a.header = http.Header{"Link": {"<" + c.url.EscapedPath() + "?" + query.Encode() + `>; rel="next"`}}
	}
	return a
}

func cloneQuery(query url.Values) url.Values {
	clone := make(url.Values, len(query)+1)
	for name, values := range query {
		clone[name] = slices.Clone(values)
	}
	return clone
}
