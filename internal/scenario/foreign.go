// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenario

import "net/http"

// ForeignServers returns handlers of servers that are not the PgBeam API, as a
// wrong base URL may reach them.
func ForeignServers() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"a page of a proxy": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte("<html>Not here</html>"))
		},
		"another API":     respond(http.StatusNotFound, `{"message": "not found"}`),
		"an empty object": respond(http.StatusOK, `{}`),
		"null":            respond(http.StatusOK, `null`),
		"maintenance":     respond(http.StatusOK, `{"message": "maintenance"}`),
		"accepts all":     respond(http.StatusAccepted, `{}`),
		"no content":      respondNoContent,
		"the API's router": respond(http.StatusNotFound,
			`{"type": "about:blank", "title": "Not found", "status": 404, "code": "NOT_FOUND", "detail": "there is no such path"}`),
		"an older envelope": respond(http.StatusNotFound, `{"error": {"code": "NOT_FOUND", "message": "there is no such path"}}`),
	}
}

func respond(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// respondNoContent responds 204, except to deletes, for which that is correct.
func respondNoContent(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodDelete {
		w.WriteHeader(http.StatusOK)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
