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

// query returns the query for the operation. The pages of an endless list are all the first one.
func (f *Fault) query(query url.Values) url.Values {
	if f == nil || f.Tokens == "" {
		return query
	}
	query = cloneQuery(query)
	query.Del(pageToken)
	return query
}

// edit changes a JSON response by Without, Set and Tokens, whether it comes from the fault or from the operation.
func (f *Fault) edit(req *apiRequest, res response) response {
	if f == nil || len(f.Without) == 0 && len(f.Set) == 0 && f.Tokens == "" {
		return res
	}
	body, ok := parseJSON(res.body)
	if !ok {
		return res
	}
	changed := false
	for _, path := range f.Without {
		changed = editValue(body, splitPath(path), removeField) || changed
	}
	for _, path := range slices.Sorted(maps.Keys(f.Set)) {
		changed = editValue(body, splitPath(path), setField(f.Set[path])) || changed
	}
	if list, ok := body.(map[string]any); ok && f.Tokens != "" && res.status == http.StatusOK {
		token := req.record.Query.Get(pageToken)
		list[nextPageToken] = f.nextToken(token)
		if f.Tokens == TokensGrow {
			renumber(list, pageNumber(token))
		}
		// The Link header would contain the real token.
		res.header = res.header.Clone()
		res.header.Del("Link")
		changed = true
	}
	if !changed {
		return res
	}
	req.record.Fault = true
	res.body = appendJSON(nil, body)
	return res
}

// parseJSON decodes a single JSON value. Numbers keep their literal form.
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

// nextToken returns the next page token of an endless list, for the page with a token.
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

// pageNumber returns the number in a page token. The first page has no token and is 0.
func pageNumber(token string) int {
	n, _ := strconv.Atoi(strings.TrimPrefix(token, "page-"))
	return n
}

// renumber changes the IDs of the objects on every page but the first.
func renumber(list map[string]any, page int) {
	if page == 0 {
		return
	}
	for _, value := range list {
		items, _ := value.([]any)
		for _, item := range items {
			object, ok := item.(map[string]any)
			if !ok {
				continue
			}
			if id, ok := object["id"].(string); ok {
				object["id"] = id + "-" + strconv.Itoa(page)
			}
			if hash, ok := object["query_hash"].(string); ok {
				sum := sha256.Sum256([]byte(hash + strconv.Itoa(page)))
				object["query_hash"] = hex.EncodeToString(sum[:8])
			}
		}
	}
}

func splitPath(path string) []string { return strings.Split(path, ".") }

// fieldEdit returns the new value of a field or an item, or false to remove it.
type fieldEdit func() (value any, keep bool)

func removeField() (any, bool) { return nil, false }

func setField(value any) fieldEdit { return func() (any, bool) { return value, true } }

// editValue edits the fields and items that a path matches, and reports whether there are any.
func editValue(value any, path []string, edit fieldEdit) bool {
	switch value := value.(type) {
	case map[string]any:
		return editFields(value, path, edit)
	case []any:
		return editItems(value, path, edit)
	}
	return false
}

func editFields(object map[string]any, path []string, edit fieldEdit) bool {
	changed := false
	for name := range object {
		if path[0] != "*" && path[0] != name {
			continue
		}
		if len(path) > 1 {
			changed = editValue(object[name], path[1:], edit) || changed
			continue
		}
		changed = true
		if value, keep := edit(); keep {
			object[name] = value
		} else {
			delete(object, name)
		}
	}
	return changed
}

// editItems edits items of an array. A removed item becomes null, so that the positions of the others do not change.
func editItems(list []any, path []string, edit fieldEdit) bool {
	changed := false
	for i := range list {
		if path[0] != "*" && path[0] != strconv.Itoa(i) {
			continue
		}
		if len(path) > 1 {
			changed = editValue(list[i], path[1:], edit) || changed
			continue
		}
		changed = true
		list[i], _ = edit()
	}
	return changed
}

// switchProtocols sends a 101 response, and keeps the connection open until the client closes it or the server is closed.
func (s *Server) switchProtocols(w http.ResponseWriter, req *apiRequest, res response) {
	req.record.Status, req.record.ResponseHeader = res.status, w.Header()
	s.recorder.add(req.record)
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// HTTP/2, or no connection at all.
		panic(http.ErrAbortHandler)
	}
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-done:
		case <-s.closed:
		}
		_ = connection.Close()
	}()
	_, err = io.WriteString(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: pgbeam-local\r\n"+
		"X-Request-Id: "+req.id+"\r\n\r\n")
	if err == nil {
		// Discard what the client sends, until it closes the connection.
		_, _ = io.Copy(io.Discard, connection)
	}
}
