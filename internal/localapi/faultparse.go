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

// faultSettings are the settings of a fault, by the names that ParseFault takes.
var faultSettings = []faultSetting{
	{Setting{"status", "N", "answer this status instead of running the operation: a problem document from 400 on, no body below; " +
		"101 leaves the connection open"}, func(f *Fault, value string) (err error) {
		f.Status, err = strconv.Atoi(value)
		return err
	}},
	{Setting{"code", "CODE", "the code of the problem document, instead of the usual one for the status"}, func(f *Fault, value string) error {
		f.Code = value
		return nil
	}},
	{Setting{"detail", "TEXT", "the detail of the problem document"}, func(f *Fault, value string) error {
		f.Detail = value
		return nil
	}},
	{Setting{"retry-after", "TEXT", "the Retry-After header: seconds or an HTTP-date"}, func(f *Fault, value string) error {
		f.RetryAfter = value
		return nil
	}},
	{Setting{"after", "", "run the operation first, and answer the status in place of its result"}, func(f *Fault, value string) (err error) {
		f.After, err = parseSwitch(value)
		return err
	}},
	{
		Setting{"body", "TEXT", "answer this body after the operation ran, or with a status; text with blanks needs double quotes, JSON needs none"},
		func(f *Fault, value string) error {
			f.Body = value
			return nil
		},
	},
	{
		Setting{"content-type", "TYPE", "the media type of the body: application/json for JSON and text/html for anything else, unless set"},
		func(f *Fault, value string) error {
			f.ContentType = value
			return nil
		},
	},
	{Setting{"empty", "", "answer without a body after the operation ran, or with a status"}, func(f *Fault, value string) (err error) {
		f.Empty, err = parseSwitch(value)
		return err
	}},
	{
		Setting{"without", "NAME,...", "remove fields from the JSON that is answered, such as mcp_token, credential.id or agents.*.status; repeatable"},
		func(f *Fault, value string) error {
			f.Without = append(f.Without, strings.Split(value, ",")...)
			return nil
		},
	},
	{Setting{"set", "NAME:JSON", `replace a field of the JSON that is answered, such as id:"agt_other"; repeatable`}, (*Fault).parseSet},
	{Setting{"tokens", "KIND", "a list that never ends: same repeats one page token, alternate gives two in turn, count gives a new one each time, " +
		"grow also gives the objects new IDs"}, func(f *Fault, value string) error {
		f.Tokens = value
		return nil
	}},
	{Setting{"latency", "TIME", "wait this long first, such as 200ms"}, func(f *Fault, value string) (err error) {
		f.Latency, err = time.ParseDuration(value)
		return err
	}},
	{Setting{"drop", "WHEN", "close the connection: before the operation runs, after it ran, or with half of its answer sent"}, func(f *Fault, value string) error {
		f.Drop = value
		return nil
	}},
	{Setting{"legacy", "", "answer errors in the older format, those of the operation too"}, func(f *Fault, value string) (err error) {
		f.Legacy, err = parseSwitch(value)
		return err
	}},
	{Setting{"skip", "N", "let the first N matching requests pass"}, func(f *Fault, value string) (err error) {
		f.Skip, err = strconv.Atoi(value)
		return err
	}},
	{Setting{"times", "N", "apply to N requests, then no longer; 0 is for ever"}, func(f *Fault, value string) (err error) {
		f.Times, err = strconv.Atoi(value)
		return err
	}},
}

type faultSetting struct {
	Setting
	set func(f *Fault, value string) error
}

// FaultSettings returns every setting of a fault.
func FaultSettings() []Setting {
	settings := make([]Setting, len(faultSettings))
	for i, s := range faultSettings {
		settings[i] = s.Setting
	}
	return settings
}

// ParseFault reads a fault as one line: a method ("*" for any), a path ("*" for any) and settings,
//
//	POST /v1/projects status=503 times=2 retry-after=1 latency=200ms drop=after
//
// The settings are those of FaultSettings. A value with blanks is put in double quotes; a switch needs none. The body and the
// value of set may be JSON as it is:
//
//	GET /v1/projects/* status=200 body={"message": "down for maintenance"}
//	GET /v1/projects/*/agents/* set=id:"agt_other" without=created_at
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

// splitWords cuts at blanks outside double quotes and JSON, and takes the quotes away.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	quoted := false
	for rest := line; rest != ""; {
		if !quoted {
			if length := leadingJSON(word.String(), rest); length > 0 {
				word.WriteString(rest[:length])
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

// leadingJSON returns the length of the JSON value at which a word stands where it may have one: an object or a list as the
// body, or any value of a field that is set.
func leadingJSON(word, rest string) int {
	name, isSet := strings.CutPrefix(word, "set=")
	switch {
	case word == "body=" && strings.ContainsRune("{[", rune(rest[0])):
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

// parseSet reads a field's name and the JSON of its new value.
func (f *Fault) parseSet(text string) error {
	name, spelled, _ := strings.Cut(text, ":")
	value, ok := parseJSON([]byte(spelled))
	if !ok {
		return fmt.Errorf(`needs a name and a JSON value, as in id:"agt_other", not %q`, text)
	}
	if f.Set == nil {
		f.Set = map[string]any{}
	}
	f.Set[name] = value
	return nil
}

func (f *Fault) set(name, value string) error {
	i := slices.IndexFunc(faultSettings, func(s faultSetting) bool { return s.Name == name })
	if i < 0 {
		return fmt.Errorf("unknown setting %q", name)
	}
	if err := faultSettings[i].set(f, value); err != nil {
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
	case f.Status != 0 && f.Status != http.StatusSwitchingProtocols && (f.Status < http.StatusOK || f.Status > 599):
		return fmt.Errorf("status must be 101 or from 200 to 599, not %d", f.Status)
	case f.Body != "" && (f.Empty || !bodyAllowed(cmp.Or(f.Status, http.StatusOK))):
		return errors.New("an answer that is empty, or has the status 101, 204 or 304, has no body")
	case !slices.Contains([]string{"", TokensSame, TokensAlternate, TokensCount, TokensGrow}, f.Tokens):
		return fmt.Errorf("tokens must be %s, %s, %s or %s, not %q", TokensSame, TokensAlternate, TokensCount, TokensGrow, f.Tokens)
	case f.Times < 0 || f.Skip < 0 || f.Latency < 0:
		return errors.New("times, skip and latency must not be negative")
	}
	for _, name := range append(slices.Collect(maps.Keys(f.Set)), f.Without...) {
		if slices.Contains(splitPath(name), "") {
			return fmt.Errorf("without and set need the name of a field, not %q", name)
		}
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

	Empty   bool           `json:"empty,omitempty"`
	Without []string       `json:"without,omitempty"`
	Set     map[string]any `json:"set,omitempty"`
	Tokens  string         `json:"tokens,omitempty"`
}

// MarshalJSON writes the fault as the admin endpoints have it.
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

// fault checks the form.
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
