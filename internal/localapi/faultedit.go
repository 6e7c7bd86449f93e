// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	pageToken     = "page_token"
	nextPageToken = "next_page_token"
)

// query returns the query that the operation gets. An endless list answers its first page to every token.
func (f *Fault) query(query url.Values) url.Values {
	if f == nil || f.Tokens == "" {
		return query
	}
	query = cloneQuery(query)
	query.Del(pageToken)
	return query
}

// edit changes the JSON of an answer, its own or the operation's, as the fault says.
func (f *Fault) edit(x *apiRequest, a response) response {
	if f == nil || len(f.Without) == 0 && len(f.Set) == 0 && f.Tokens == "" {
		return a
	}
	body, ok := parseJSON(a.body)
	if !ok {
		return a
	}
	changed := false
	for _, path := range f.Without {
		changed = change(body, splitPath(path), remove) || changed
	}
	for _, path := range slices.Sorted(maps.Keys(f.Set)) {
		changed = change(body, splitPath(path), replaceBy(f.Set[path])) || changed
	}
	if list, isObject := body.(map[string]any); isObject && f.Tokens != "" && a.status == http.StatusOK {
		token := x.record.Query.Get(pageToken)
		list[nextPageToken] = f.nextToken(token)
		if f.Tokens == TokensGrow {
			renumber(list, pageNumber(token))
		}
		// The link names the page after this one in another way.
		a.header = a.header.Clone()
		a.header.Del("Link")
		changed = true
	}
	if !changed {
		return a
	}
	x.record.Fault = true
	a.body = appendJSON(nil, body)
	return a
}

// parseJSON reads exactly one JSON value, numbers kept as they are spelled.
func parseJSON(body []byte) (any, bool) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil, false
	}
	_, err := decoder.Token()
	return value, err == io.EOF
}

// nextToken is the token behind the page that was asked for with a token.
func (f *Fault) nextToken(token string) string {
	switch f.Tokens {
	case TokensAlternate:
		if token == "page-a" {
			return "page-b"
		}
		return "page-a"
	case TokensCount, TokensGrow:
		return "page-" + strconv.Itoa(pageNumber(token)+1)
	}
	return "page-a"
}

// pageNumber is the number in a token, 0 for the first page, which has none.
func pageNumber(token string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(token, "page-"))
	return n
}

// renumber gives the objects of a list other IDs on each page but the first.
func renumber(list map[string]any, page int) {
	if page == 0 {
		return
	}
	for _, value := range list {
		items, _ := value.([]any)
		for _, item := range items {
			object, isObject := item.(map[string]any)
			if !isObject {
				continue
			}
			if id, has := object["id"].(string); has {
				object["id"] = id + "-" + strconv.Itoa(page)
			}
			if hash, has := object["query_hash"].(string); has {
				sum := sha256.Sum256([]byte(hash + strconv.Itoa(page)))
				object["query_hash"] = hex.EncodeToString(sum[:8])
			}
		}
	}
}

func splitPath(path string) []string { return strings.Split(path, ".") }

// edit is what is done to a field of an object or an item of a list: it returns the new value, or false to remove it.
type edit func() (value any, keep bool)

func remove() (any, bool) { return nil, false }

func replaceBy(value any) edit { return func() (any, bool) { return value, true } }

// change edits what a path leads to, and tells whether that was anything.
func change(value any, path []string, e edit) bool {
	switch value := value.(type) {
	case map[string]any:
		return changeFields(value, path, e)
	case []any:
		return changeItems(value, path, e)
	}
	return false
}

func changeFields(object map[string]any, path []string, e edit) bool {
	changed := false
	for name := range object {
		if path[0] != "*" && path[0] != name {
			continue
		}
		if len(path) > 1 {
			changed = change(object[name], path[1:], e) || changed
			continue
		}
		changed = true
		if value, keep := e(); keep {
			object[name] = value
		} else {
			delete(object, name)
		}
	}
	return changed
}

// changeItems edits items of a list. An item that is removed becomes null, so that the others stay in their places.
func changeItems(list []any, path []string, e edit) bool {
	changed := false
	for i := range list {
		if path[0] != "*" && path[0] != strconv.Itoa(i) {
			continue
		}
		if len(path) > 1 {
			changed = change(list[i], path[1:], e) || changed
			continue
		}
		changed = true
		list[i], _ = e()
	}
	return changed
}

// switchProtocols answers 101 and nothing more. The connection stays open until the client closes it or the server ends.
func (s *Server) switchProtocols(w http.ResponseWriter, x *apiRequest, a response) {
	x.record.Status, x.record.ResponseHeader = a.status, w.Header()
	s.recorder.add(x.record)
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// There is no connection of its own to leave open.
		panic(http.ErrAbortHandler)
	}
	ended := make(chan struct{})
	defer close(ended)
	go func() {
		select {
		case <-ended:
		case <-s.closed:
		}
		_ = connection.Close()
	}()
	_, err = io.WriteString(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: pgbeam-local\r\n"+
		"X-Request-Id: "+x.requestID+"\r\n\r\n")
	if err == nil {
		// What the client sends in its new protocol is ignored. The copy ends with the connection.
		_, _ = io.Copy(io.Discard, connection)
	}
}
