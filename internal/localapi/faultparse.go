// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// faultSettings are the settings of a fault, by the names that ParseFault accepts.
var faultSettings = []requestSetting[Fault]{
	{
		Setting{"status", "N", "respond with this status instead of running the operation: a problem document from 400 on, no body below; " +
			"101 keeps the connection open"},
		func(f *Fault, value string) (err error) {
			f.Status, err = strconv.Atoi(value)
			return err
		},
	},
	{
		Setting{"code", "CODE", "code of the problem document, instead of the usual one for the status"},
		func(f *Fault, value string) error {
			f.Code = value
			return nil
		},
	},
	{
		Setting{"detail", "TEXT", "detail of the problem document"},
		func(f *Fault, value string) error {
			f.Detail = value
			return nil
		},
	},
	{
		Setting{"retry-after", "TEXT", "Retry-After header: seconds or an HTTP-date"},
		func(f *Fault, value string) error {
			f.RetryAfter = value
			return nil
		},
	},
	{
		Setting{"after", "", "run the operation first, and replace its response"},
		func(f *Fault, value string) (err error) {
			f.After, err = parseSwitch(value)
			return err
		},
	},
	{
		Setting{"body", "TEXT", "respond with this body, after the operation ran or with a status; quote text that contains spaces, but not JSON"},
		func(f *Fault, value string) error {
			f.Body = value
			return nil
		},
	},
	{
		Setting{"content-type", "TYPE", "media type of the body; default: application/json for JSON and text/html for anything else"},
		func(f *Fault, value string) error {
			f.ContentType = value
			return nil
		},
	},
	{
		Setting{"empty", "", "respond without a body, after the operation ran or with a status"},
		func(f *Fault, value string) (err error) {
			f.Empty, err = parseSwitch(value)
			return err
		},
	},
	{
		Setting{"without", "NAME,...", "remove fields from the JSON response, such as mcp_token, credential.id or agents.*.status; repeatable"},
		func(f *Fault, value string) error {
			f.Without = append(f.Without, strings.Split(value, ",")...)
			return nil
		},
	},
	{
		Setting{"set", "NAME:JSON", `replace a field of the JSON response, such as id:"agt_other"; repeatable`},
		(*Fault).parseSet,
	},
	{
		Setting{"tokens", "KIND", "make a list endless: same repeats one page token, alternate uses two in turn, count uses a new one for every page, " +
			"grow also changes the object IDs"},
		func(f *Fault, value string) error {
			f.Tokens = value
			return nil
		},
	},
	{
		Setting{"latency", "TIME", "wait this long first, such as 200ms"},
		func(f *Fault, value string) (err error) {
			f.Latency, err = time.ParseDuration(value)
			return err
		},
	},
	{
		Setting{"drop", "WHEN", "close the connection: before the operation, after it, or after half of its response"},
		func(f *Fault, value string) error {
			f.Drop = value
			return nil
		},
	},
	{
		Setting{"legacy", "", "use the older error format, also for errors of the operation"},
		func(f *Fault, value string) (err error) {
			f.Legacy, err = parseSwitch(value)
			return err
		},
	},
	{
		Setting{"skip", "N", "let the first N matching requests pass"},
		func(f *Fault, value string) (err error) {
			f.Skip, err = strconv.Atoi(value)
			return err
		},
	},
	{
		Setting{"times", "N", "apply to N requests only; 0 means no limit"},
		func(f *Fault, value string) (err error) {
			f.Times, err = strconv.Atoi(value)
			return err
		},
	},
}

// FaultSettings returns every setting of a fault.
func FaultSettings() []Setting { return describeSettings(faultSettings) }

// ParseFault parses a fault: a method ("*" for any), a path ("*" for any) and settings, separated by spaces:
//
//	POST /v1/projects status=503 times=2 retry-after=1 latency=200ms drop=after
//
// FaultSettings returns the settings. Values that contain spaces are in double quotes, and switches need no value. JSON, as in body
// and set, needs no quotes:
//
//	GET /v1/projects/* status=200 body={"message": "down for maintenance"}
//	GET /v1/projects/*/agents/* set=id:"agt_other" without=created_at
func ParseFault(line string) (Fault, error) {
	f, err := parseRequestRule(line, "at least one setting", faultSettings, func(method, path string) Fault { return Fault{Method: method, Path: path} })
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", line, err)
	}
	return f, f.validate()
}

// splitFields splits a line at spaces outside of double quotes and JSON, and removes the quotes.
func splitFields(line string) ([]string, error) {
	var fields []string
	var field strings.Builder
	quoted := false
	for rest := line; rest != ""; {
		if !quoted {
			if length := jsonPrefix(field.String(), rest); length > 0 {
				field.WriteString(rest[:length])
				rest = rest[length:]
				continue
			}
		}
		r, size := utf8.DecodeRuneInString(rest)
		rest = rest[size:]
		switch {
		case r == '"':
			quoted = !quoted
		case unicode.IsSpace(r) && !quoted:
			if field.Len() > 0 {
				fields = append(fields, field.String())
			}
			field.Reset()
		default:
			field.WriteRune(r)
		}
	}
	if quoted {
		return nil, errors.New("unterminated double quote")
	}
	if field.Len() > 0 {
		fields = append(fields, field.String())
	}
	return fields, nil
}

// jsonPrefix returns the length of the JSON value at the start of rest, if the setting before it accepts one there: body an object
// or an array, and set any value.
func jsonPrefix(setting, rest string) int {
	name, isSet := strings.CutPrefix(setting, "set=")
	switch {
	case setting == "body=" && strings.ContainsRune("{[", rune(rest[0])):
	case isSet && strings.Count(name, ":") == 1 && strings.HasSuffix(name, ":"):
	default:
		return 0
	}
	decoder := json.NewDecoder(strings.NewReader(rest))
	var value json.RawMessage
	if decoder.Decode(&value) != nil {
		return 0
	}
	return int(decoder.InputOffset())
}

// parseSet parses a field name and the JSON of its new value.
func (f *Fault) parseSet(text string) error {
	name, literal, _ := strings.Cut(text, ":")
	value, ok := parseJSON([]byte(literal))
	if !ok {
		return fmt.Errorf(`must be a name and a JSON value, such as id:"agt_other", not %q`, text)
	}
	if f.Set == nil {
		f.Set = map[string]any{}
	}
	f.Set[name] = value
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
	case f.Status != 0 && f.Status != http.StatusSwitchingProtocols && (f.Status < http.StatusOK || f.Status > 599):
		return fmt.Errorf("status must be 101 or between 200 and 599, not %d", f.Status)
	case f.Body != "" && (f.Empty || !allowsBody(cmp.Or(f.Status, http.StatusOK))):
		return errors.New("body cannot be combined with empty or with status 101, 204 or 304")
	case !slices.Contains([]string{"", TokensSame, TokensAlternate, TokensCount, TokensGrow}, f.Tokens):
		return fmt.Errorf("tokens must be %s, %s, %s or %s, not %q", TokensSame, TokensAlternate, TokensCount, TokensGrow, f.Tokens)
	case f.Times < 0 || f.Skip < 0 || f.Latency < 0:
		return errors.New("times, skip and latency must not be negative")
	}
	for _, name := range append(slices.Collect(maps.Keys(f.Set)), f.Without...) {
		if slices.Contains(splitPath(name), "") {
			return fmt.Errorf("without and set need a field name, not %q", name)
		}
	}
	if _, err := path.Match(f.Path, ""); err != nil {
		return fmt.Errorf("path %q: %w", f.Path, err)
	}
	return nil
}

// faultForm is the JSON form of a fault.
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

	Empty   bool           `json:"empty,omitempty"`
	Without []string       `json:"without,omitempty"`
	Set     map[string]any `json:"set,omitempty"`
	Tokens  string         `json:"tokens,omitempty"`
}

// MarshalJSON returns the form that the admin endpoints accept.
func (f Fault) MarshalJSON() ([]byte, error) {
	form := faultForm{
		Method: f.Method, Path: f.Path, Skip: f.Skip, Times: f.Times, Status: f.Status, Code: f.Code, Detail: f.Detail,
		RetryAfter: f.RetryAfter, Drop: f.Drop, Body: f.Body, ContentType: f.ContentType, After: f.After, Legacy: f.Legacy,
		Empty: f.Empty, Without: f.Without, Set: f.Set, Tokens: f.Tokens,
	}
	if f.Latency > 0 {
		form.Latency = f.Latency.String()
	}
	return json.Marshal(form)
}

// fault returns the fault if it is valid.
func (form *faultForm) fault() (Fault, error) {
	f := Fault{
		Method: strings.ToUpper(form.Method), Path: form.Path, Skip: form.Skip, Times: form.Times, Status: form.Status, Code: form.Code,
		Detail: form.Detail, RetryAfter: form.RetryAfter, Drop: form.Drop, Body: form.Body, ContentType: form.ContentType,
		After: form.After, Legacy: form.Legacy, Empty: form.Empty, Without: form.Without, Set: form.Set, Tokens: form.Tokens,
	}
	if form.Latency != "" {
		var err error
		if f.Latency, err = time.ParseDuration(form.Latency); err != nil {
			return Fault{}, fmt.Errorf("latency: %w", err)
		}
	}
	return f, f.validate()
}
