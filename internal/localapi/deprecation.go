// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"time"
)

// Deprecation announces in the headers of responses that operations are deprecated.
type Deprecation struct {
	// Method and Path select the operations, as those of Fault do.
	Method, Path string
	// Since is the time from which the operations are deprecated, which may be in the future.
	Since time.Time
	// Sunset is the time from which they respond 410. It is zero if they remain available.
	Sunset time.Time
	// Link and Successor are the URLs of a page about the deprecation and of what replaces the operations, or "".
	Link, Successor string
}

// deprecationSettings are the settings of a deprecation, by the names that ParseDeprecation accepts.
var deprecationSettings = []requestSetting[Deprecation]{
	{
		Setting{"since", "DATE", "date of the deprecation, such as 2026-12-01 or 2026-12-01T12:00:00Z; required"},
		func(d *Deprecation, value string) (err error) {
			d.Since, err = parseDate(value)
			return err
		},
	},
	{
		Setting{"sunset", "DATE", "date from which the operations respond 410 GONE; they remain available without it"},
		func(d *Deprecation, value string) (err error) {
			d.Sunset, err = parseDate(value)
			return err
		},
	},
	{
		Setting{"link", "URL", "page about the deprecation"},
		func(d *Deprecation, value string) error {
			d.Link = value
			return nil
		},
	},
	{
		Setting{"successor", "URL", "operation that replaces the deprecated one"},
		func(d *Deprecation, value string) error {
			d.Successor = value
			return nil
		},
	},
}

// DeprecationSettings returns every setting of a deprecation.
func DeprecationSettings() []Setting { return describeSettings(deprecationSettings) }

// ParseDeprecation parses a deprecation, which has the form of a fault: a method, a path and settings, separated by spaces:
//
//	POST /v1/projects/*/agents since=2026-12-01 sunset=2027-06-01 link=https://pgbeam.com/docs
//
// DeprecationSettings returns the settings.
func ParseDeprecation(line string) (Deprecation, error) {
	d, err := parseRequestRule(line, "a date, since=DATE", deprecationSettings, func(method, path string) Deprecation {
		return Deprecation{Method: method, Path: path}
	})
	if err != nil {
		return Deprecation{}, fmt.Errorf("deprecation %q: %w", line, err)
	}
	return d, d.validate()
}

// parseDate parses a date, or a date and a time.
func parseDate(value string) (time.Time, error) {
	if date, err := time.Parse(time.DateOnly, value); err == nil {
		return date, nil
	}
	date, err := time.Parse(time.RFC3339, value)
	if err != nil {
		return time.Time{}, fmt.Errorf("must be a date such as 2026-12-01, not %q", value)
	}
	return date, nil
}

func (d *Deprecation) validate() error {
	if d.Since.IsZero() {
		return errors.New("a deprecation needs a date, since=DATE")
	}
	if !d.Sunset.IsZero() && d.Sunset.Before(d.Since) {
		return errors.New("the sunset of a deprecation must not be before its beginning")
	}
	if _, err := path.Match(d.Path, ""); err != nil {
		return fmt.Errorf("path %q: %w", d.Path, err)
	}
	return nil
}

// deprecation returns the deprecation of a request's operation, or nil.
func (s *Server) deprecation(req *apiRequest) *Deprecation {
	if req.operation == nil {
		return nil
	}
	for i := range s.options.Deprecations {
		d := &s.options.Deprecations[i]
		if matchesRequest(d.Method, d.Path, req.http.Method, req.http.URL.Path) {
			return d
		}
	}
	return nil
}

// checkSunset returns a problem if the operation is no longer available.
func (s *Server) checkSunset(req *apiRequest) *problem {
	d := s.deprecation(req)
	if d == nil || d.Sunset.IsZero() || s.options.Now().Before(d.Sunset) {
		return nil
	}
	req.record.Undeclared = true
	return newProblem(http.StatusGone, codeGone, "the operation is no longer available")
}

// setHeader sets the headers of RFC 9745 and RFC 8594.
func (d *Deprecation) setHeader(header http.Header) {
	if d == nil {
		return
	}
	header.Set("Deprecation", "@"+strconv.FormatInt(d.Since.Unix(), 10))
	if !d.Sunset.IsZero() {
		header.Set("Sunset", d.Sunset.UTC().Format(http.TimeFormat))
	}
	if d.Link != "" {
		header.Add("Link", "<"+d.Link+`>; rel="deprecation"; type="text/html"`)
	}
	if d.Successor != "" {
		header.Add("Link", "<"+d.Successor+`>; rel="successor-version"`)
	}
}
