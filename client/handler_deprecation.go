// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Deprecation is the announcement of the API that it will remove an operation.
type Deprecation struct {
	// Operation is the method and the path, with the names of its parameters, such as
	// "POST /v1/projects/{project_id}/agents".
	Operation string
	// Since is the time from which the operation is deprecated, which may be in the
	// future. It is zero if the API announces none, or in another format.
	Since time.Time
	// Sunset is the time from which the operation is no longer available, and responds
	// with status 410. It is zero like Since.
	Sunset time.Time
	// Documentation is the https URL of a page about the deprecation, or "".
	Documentation string
	// Successor is the https URL of the operation to use instead, or "".
	Successor string
}

// WithDeprecationNotice sets a function that is called for each response that announces
// the deprecation of its operation, with the context of the call. It is called
// repeatedly and concurrently. By default, announcements are ignored.
func WithDeprecationNotice(notify func(ctx context.Context, deprecation Deprecation)) Option {
	return func(c *Client) { c.onDeprecation = notify }
}

// deprecationHandler reports the operations that responses announce to be deprecated
// (RFC 9745 and RFC 8594).
func deprecationHandler(notify func(context.Context, Deprecation), redact func(string) string, next roundTrip) roundTrip {
	return func(ctx context.Context, req *request) (*http.Response, error) {
		resp, err := next(ctx, req)
		if err == nil && (len(resp.Header["Deprecation"]) > 0 || len(resp.Header["Sunset"]) > 0) {
			notify(ctx, deprecationOf(req, resp.Header, redact))
		}
		return resp, err
	}
}

// deprecationOf returns what a header announces. An operation is deprecated even if the
// announcement is not understood.
func deprecationOf(req *request, header http.Header, redact func(string) string) Deprecation {
	d := Deprecation{Operation: operationOf(req.method, req.path)}
	if seconds, ok := parseFieldDate(header.Get("Deprecation")); ok {
		d.Since = validDate(time.Unix(seconds, 0).UTC())
	}
	if sunset, err := http.ParseTime(header.Get("Sunset")); err == nil {
		d.Sunset = validDate(sunset.UTC())
	}
	for _, link := range parseLinks(header["Link"]) {
		if !isPrintableURL(link.target) || redact(link.target) != link.target {
			continue
		}
		for relation := range strings.FieldsSeq(link.relations) {
			switch strings.ToLower(relation) {
			case "deprecation":
				d.Documentation = link.target
			case "successor-version":
				d.Successor = link.target
			}
		}
	}
	return d
}

// validDate returns a date, or the zero time if it is not one of our era.
func validDate(date time.Time) time.Time {
	if date.Year() < 2000 || date.Year() > 9999 {
		return time.Time{}
	}
	return date
}

// parameterNames are the names of the path parameters that do not follow from the
// collection, by the segment before them. An empty name means that the segment
// after it is not a parameter.
var parameterNames = map[string]string{
	"organizations":         "org_id",
	"cache-rules":           "query_hash",
	"self-host-enrollments": "enrollment_id",
	"audit-logs":            "",
	"usage":                 "",
}

// operationOf returns the method and the path of a request with the names of the
// parameters in place of IDs, which follow the names of collections.
func operationOf(method, path string) string {
	path, _, _ = strings.Cut(path, "?")
	segments := strings.Split(strings.TrimPrefix(path, "/v1/"), "/")
	for i := 1; i < len(segments); i += 2 {
		collection := segments[i-1]
		name, special := parameterNames[collection]
		if singular, plural := strings.CutSuffix(collection, "ies"); !special && plural {
			name = singular + "y_id"
		} else if !special {
			name = strings.TrimSuffix(collection, "s") + "_id"
		}
		if name != "" {
			segments[i] = "{" + strings.ReplaceAll(name, "-", "_") + "}"
		}
	}
	return method + " /v1/" + strings.Join(segments, "/")
}

// isPrintableURL reports whether a URL can be quoted in a message: it is an absolute
// https URL of limited length, without a password or characters that are not printable.
func isPrintableURL(target string) bool {
	const maxLength = 200
	for _, c := range []byte(target) {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	u, err := url.Parse(target)
	return err == nil && len(target) <= maxLength && u.Scheme == "https" && u.Host != "" && u.User == nil
}

// link is a link of a Link header (RFC 8288).
type link struct{ target, relations string }

// parseLinks returns the links of a Link header until the first that is malformed.
func parseLinks(lines []string) (links []link) {
	rest := strings.Join(lines, ",")
	for len(rest) <= maxFieldLength {
		var ok bool
		if rest, ok = strings.CutPrefix(strings.TrimLeft(rest, " \t,"), "<"); !ok {
			return links
		}
		l := link{}
		if l.target, rest, ok = strings.Cut(rest, ">"); !ok {
			return links
		}
		parameters := rest
		if end := indexUnquoted(rest, ','); end >= 0 {
			parameters, rest = rest[:end], rest[end:]
		} else {
			rest = ""
		}
		for parameters != "" {
			parameter := parameters
			if end := indexUnquoted(parameters, ';'); end >= 0 {
				parameter, parameters = parameters[:end], parameters[end+1:]
			} else {
				parameters = ""
			}
			name, value, _ := strings.Cut(parameter, "=")
			if strings.EqualFold(strings.TrimSpace(name), "rel") && l.relations == "" {
				l.relations = strings.Trim(strings.TrimSpace(value), `"`)
			}
		}
		links = append(links, l)
	}
	return links
}

// indexUnquoted returns the index of a character outside of double quotes, or -1.
func indexUnquoted(s string, c byte) int {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == c && !quoted:
			return i
		}
	}
	return -1
}
