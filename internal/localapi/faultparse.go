// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// ParseFault reads a fault as one line: a method ("*" for any), a path ("*" for any) and settings,
//
//	POST /v1/projects status=503 times=2 retry-after=1 latency=200ms drop=after
//
// The settings are status, code, detail, retry-after, latency, drop, times, skip, body, content-type, after and legacy. A value
// with blanks is put in double quotes; after and legacy need none.
func ParseFault(line string) (Fault, error) {
	words, err := splitWords(line)
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", line, err)
	}
	if len(words) < 3 {
		return Fault{}, fmt.Errorf("fault %q: needs a method, a path and at least one setting", line)
	}
	f := Fault{Method: strings.ToUpper(words[0]), Path: words[1]}
	if f.Path == "*" {
		f.Path = ""
	}
	for _, word := range words[2:] {
		name, value, _ := strings.Cut(word, "=")
		if err := f.set(name, value); err != nil {
			return Fault{}, fmt.Errorf("fault %q: %w", line, err)
		}
	}
	return f, f.validate()
}

// splitWords cuts at blanks outside double quotes, and takes the quotes away.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	quoted := false
	for _, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
		case unicode.IsSpace(r) && !quoted:
			if word.Len() > 0 {
				words = append(words, word.String())
			}
			word.Reset()
		default:
			word.WriteRune(r)
		}
	}
	if quoted {
		return nil, errors.New("a double quote is not closed")
	}
	if word.Len() > 0 {
		words = append(words, word.String())
	}
	return words, nil
}

func (f *Fault) set(name, value string) (err error) {
	switch name {
	case "status":
		f.Status, err = strconv.Atoi(value)
	case "code":
		f.Code = value
	case "detail":
		f.Detail = value
	case "retry-after":
		f.RetryAfter = value
	case "latency":
		f.Latency, err = time.ParseDuration(value)
	case "drop":
		f.Drop = value
	case "times":
		f.Times, err = strconv.Atoi(value)
	case "skip":
		f.Skip, err = strconv.Atoi(value)
	case "body":
		f.Body = value
	case "content-type":
		f.ContentType = value
	case "after":
		f.After, err = parseSwitch(value)
	case "legacy":
		f.Legacy, err = parseSwitch(value)
	default:
		return fmt.Errorf("unknown setting %q", name)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func parseSwitch(value string) (bool, error) {
	if value == "" {
		return true, nil
	}
	return strconv.ParseBool(value)
}

func (f *Fault) validate() error {
	switch {
	case f.Drop != "" && f.Drop != DropBefore && f.Drop != DropAfter && f.Drop != DropHalf:
		return fmt.Errorf("drop must be before, after or half, not %q", f.Drop)
	case f.Status != 0 && (f.Status < http.StatusOK || f.Status > 599):
		return fmt.Errorf("status must be from 200 to 599, not %d", f.Status)
	case f.Times < 0 || f.Skip < 0 || f.Latency < 0:
		return errors.New("times, skip and latency must not be negative")
	}
	if _, err := path.Match(f.Path, ""); err != nil {
		return fmt.Errorf("path %q: %w", f.Path, err)
	}
	return nil
}

// faultForm is a fault as the admin endpoints have it.
type faultForm struct {
	Method      string `json:"method,omitempty"`
	Path        string `json:"path,omitempty"`
	Skip        int    `json:"skip,omitempty"`
	Times       int    `json:"times,omitempty"`
	Status      int    `json:"status,omitempty"`
	Code        string `json:"code,omitempty"`
	Detail      string `json:"detail,omitempty"`
	RetryAfter  string `json:"retry_after,omitempty"`
	Latency     string `json:"latency,omitempty"`
	Drop        string `json:"drop,omitempty"`
	Body        string `json:"body,omitempty"`
	ContentType string `json:"content_type,omitempty"`
	After       bool   `json:"after,omitempty"`
	Legacy      bool   `json:"legacy,omitempty"`
}

// MarshalJSON writes the fault as the admin endpoints have it.
func (f Fault) MarshalJSON() ([]byte, error) {
	form := faultForm{
		Method: f.Method, Path: f.Path, Skip: f.Skip, Times: f.Times, Status: f.Status, Code: f.Code, Detail: f.Detail,
		RetryAfter: f.RetryAfter, Drop: f.Drop, Body: f.Body, ContentType: f.ContentType, After: f.After, Legacy: f.Legacy,
	}
	if f.Latency > 0 {
		form.Latency = f.Latency.String()
	}
	return json.Marshal(form)
}

// fault checks the form.
func (form *faultForm) fault() (Fault, error) {
	f := Fault{
		Method: strings.ToUpper(form.Method), Path: form.Path, Skip: form.Skip, Times: form.Times, Status: form.Status, Code: form.Code,
		Detail: form.Detail, RetryAfter: form.RetryAfter, Drop: form.Drop, Body: form.Body, ContentType: form.ContentType,
		After: form.After, Legacy: form.Legacy,
	}
	if form.Latency != "" {
		var err error
		if f.Latency, err = time.ParseDuration(form.Latency); err != nil {
			return Fault{}, fmt.Errorf("latency: %w", err)
		}
	}
	return f, f.validate()
}
