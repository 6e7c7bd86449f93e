// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// newMux routes every operation of the API. Other methods of their paths get a 405 response and other paths a 404, both with
// problem documents.
func (s *Server) newMux() *http.ServeMux {
	mux := http.NewServeMux()
	methods := map[string][]string{}
	for _, op := range s.operations {
		methods[op.path] = append(methods[op.path], op.method)
	}
	for path, allowed := range methods {
		slices.Sort(allowed)
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			s.serveAPI(w, r, nil, methodNotAllowed(r.Method, allowed))
		})
	}
	for _, op := range s.operations {
		mux.HandleFunc(op.method+" "+op.path, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != op.method {
				// ServeMux also sends HEAD to GET patterns, but the API has no HEAD.
				s.serveAPI(w, r, nil, methodNotAllowed(r.Method, methods[op.path]))
				return
			}
			s.serveAPI(w, r, op, nil)
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.serveAPI(w, r, nil, pathNotFound())
	})
	return mux
}

// ServeHTTP serves the API below /v1 and the admin endpoints below /_local.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	isAdmin := strings.HasPrefix(r.URL.Path, adminPrefix)
	if hasEmptySegment(r.URL.EscapedPath()) {
		// ServeMux would redirect to the path without the empty segment.
		if isAdmin {
			s.serveAdmin(w, r, adminNotFound)
		} else {
			s.serveAPI(w, r, nil, pathNotFound())
		}
		return
	}
	r = withRoutablePath(r)
	if isAdmin {
		s.adminMux.ServeHTTP(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func hasEmptySegment(path string) bool {
	return !strings.HasPrefix(path, "/") || strings.HasSuffix(path, "/") || strings.Contains(path, "//")
}

// routableSegments are replacements for the path segments that ServeMux treats specially: it redirects to a path without "." and
// "..", and mistakes an escaped slash for the end of the path. The API validates these segments like any other ID.
var routableSegments = map[string]string{".": "%2E", "..": "%2E%2E", "%2F": "%2F%2F", "%2f": "%2F%2F"}

// originalURL is the context key of the URL of a request whose path was replaced for ServeMux.
type originalURL struct{}

// withRoutablePath returns a request for ServeMux, with routableSegments replaced.
func withRoutablePath(r *http.Request) *http.Request {
	segments := strings.Split(r.URL.EscapedPath(), "/")
	replaced := false
	for i, segment := range segments {
		if routable, ok := routableSegments[segment]; ok {
			segments[i] = routable
			replaced = true
		}
	}
	if !replaced {
		return r
	}
	routed := *r.URL
	routed.RawPath = strings.Join(segments, "/")
	routed.Path, _ = url.PathUnescape(routed.RawPath) // it was escaped correctly before
	original := r.URL
	r = r.WithContext(context.WithValue(r.Context(), originalURL{}, original))
	r.URL = &routed
	return r
}

// restoreURL undoes withRoutablePath, but keeps the path values.
func restoreURL(r *http.Request) {
	if original, ok := r.Context().Value(originalURL{}).(*url.URL); ok {
		r.URL = original
	}
}

func pathNotFound() *problem {
	return newProblem(http.StatusNotFound, codeNotFound, "no such path")
}

func methodNotAllowed(method string, allowed []string) *problem {
	return newProblem(http.StatusMethodNotAllowed, codeMethodNotAllowed,
		"method %s is not allowed for this path", method).withHeader("Allow", strings.Join(allowed, ", "))
}

// pathParams returns the names of the parameters in a path, in order.
func pathParams(path string) []string {
	var params []string
	for segment := range strings.SplitSeq(path, "/") {
		if name, ok := pathParam(segment); ok {
			params = append(params, name)
		}
	}
	return params
}
