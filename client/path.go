// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"fmt"
	"net/url"
	"strings"
)

// requestPath joins segments, which alternate between names and IDs, to a path of
// the API. It rejects an empty ID, which would address another object, and dot
// segments, which something between the client and the API could resolve.
func requestPath(segments ...string) (string, error) {
	var b strings.Builder
	b.WriteString("/v1")
	for i, segment := range segments {
		name := segments[max(i-1, 0)]
		switch unescaped, err := url.PathUnescape(segment); {
		case segment == "":
			return "", fmt.Errorf("the ID after %q in the request path is empty", name)
		case isDotSegment(segment), err == nil && isDotSegment(unescaped):
			return "", fmt.Errorf("the ID after %q in the request path is %q, which is not a valid ID", name, segment)
		}
		b.WriteString("/" + url.PathEscape(segment))
	}
	return b.String(), nil
}

// requestPathWithQuery returns a path with a query, which may be empty.
func requestPathWithQuery(query url.Values, segments []string) (string, error) {
	path, err := requestPath(segments...)
	if err == nil && len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path, err
}

func isDotSegment(segment string) bool { return segment == "." || segment == ".." }
