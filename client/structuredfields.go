// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"encoding/base64"
	"strconv"
	"strings"
)

// maxFieldLength is the maximum length of a structured field in bytes. A longer one
// is not parsed, because it is parsed for every response.
const maxFieldLength = 4096

// fieldItem is an item of a list in a structured field (RFC 9651).
type fieldItem struct {
	bareItem
	parameters []fieldParameter
}

// bareItem is an item without its parameters.
type bareItem struct {
	kind itemKind
	// text is the value of a string, without quotes.
	text string
	// number is the value of an integer, or that of a date in seconds since the Unix epoch.
	number int64
}

// itemKind is the type of an item.
type itemKind int

const (
	otherItem itemKind = iota // decimal, token, byte sequence, boolean or display string, whose value is not kept
	stringItem
	integerItem
	dateItem
)

// fieldParameter is a parameter of an item.
type fieldParameter struct {
	key string
	bareItem
}

// parameter returns the parameter with a key. Of several, the last one counts.
func (i fieldItem) parameter(key string) (value bareItem, found bool) {
	for _, parameter := range i.parameters {
		if parameter.key == key {
			value, found = parameter.bareItem, true
		}
	}
	return value, found
}

// parseFieldList parses the lines of a structured field that is a list without inner
// lists. It returns nil if the field is not such a list: RFC 9651 requires a field
// that is malformed in any place to be ignored as a whole.
func parseFieldList(lines []string) []fieldItem {
	field := strings.Join(lines, ",")
	if len(field) > maxFieldLength {
		return nil
	}
	p := fieldParser{rest: strings.Trim(field, " ")}
	var items []fieldItem
	for {
		item, ok := p.item()
		if !ok {
			return nil
		}
		items = append(items, item)
		p.rest = strings.TrimLeft(p.rest, " \t")
		if p.rest == "" {
			return items
		}
		if !p.accept(',') {
			return nil
		}
		p.rest = strings.TrimLeft(p.rest, " \t")
	}
}

// parseFieldDate parses a structured field that is a date, and returns it in seconds
// since the Unix epoch.
func parseFieldDate(field string) (seconds int64, ok bool) {
	items := parseFieldList([]string{field})
	if len(items) != 1 || items[0].kind != dateItem {
		return 0, false
	}
	return items[0].number, true
}

// fieldParser parses a structured field from its beginning. Its methods report
// whether they found what they are named after.
type fieldParser struct{ rest string }

// accept skips a character.
func (p *fieldParser) accept(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// take returns the longest prefix whose characters all satisfy a condition.
func (p *fieldParser) take(allowed func(c byte) bool) string {
	end := 0
	for end < len(p.rest) && allowed(p.rest[end]) {
		end++
	}
	prefix := p.rest[:end]
	p.rest = p.rest[end:]
	return prefix
}

func (p *fieldParser) item() (item fieldItem, ok bool) {
	if item.bareItem, ok = p.bareItem(); !ok {
		return item, false
	}
	for p.accept(';') {
		p.rest = strings.TrimLeft(p.rest, " ")
		parameter := fieldParameter{}
		if parameter.key, ok = p.key(); !ok {
			return item, false
		}
		if p.accept('=') { // without a value, the parameter is true
			if parameter.bareItem, ok = p.bareItem(); !ok {
				return item, false
			}
		}
		if item.parameters == nil {
			item.parameters = make([]fieldParameter, 0, 3) // the number in a rate limit
		}
		item.parameters = append(item.parameters, parameter)
	}
	return item, true
}

func (p *fieldParser) key() (key string, ok bool) {
	if p.rest == "" || !isLower(p.rest[0]) && p.rest[0] != '*' {
		return "", false
	}
	return p.take(func(c byte) bool { return isLower(c) || isDigit(c) || strings.IndexByte("_-.*", c) >= 0 }), true
}

func (p *fieldParser) bareItem() (item bareItem, ok bool) {
	if p.rest == "" {
		return item, false
	}
	switch c := p.rest[0]; {
	case c == '"':
		return p.string()
	case c == '-' || isDigit(c):
		return p.number()
	case c == '@':
		p.accept('@')
		item, ok = p.number()
		ok = ok && item.kind == integerItem
		item.kind = dateItem
		return item, ok
	case c == '*' || isLetter(c):
		p.take(func(c byte) bool { return isLetter(c) || isDigit(c) || strings.IndexByte("!#$%&'*+-.^_`|~:/", c) >= 0 })
		return item, true
	case c == '?':
		p.accept('?')
		return item, p.accept('0') || p.accept('1')
	case c == ':':
		return p.bytes()
	case c == '%':
		return p.displayString()
	default:
		return item, false
	}
}

func (p *fieldParser) string() (item bareItem, ok bool) {
	p.accept('"')
	text := p.take(isPlain)
	for !p.accept('"') {
		if !p.accept('\\') || p.rest == "" || p.rest[0] != '"' && p.rest[0] != '\\' {
			return item, false
		}
		escaped := p.rest[:1]
		p.rest = p.rest[1:]
		text += escaped + p.take(isPlain)
	}
	return bareItem{kind: stringItem, text: text}, true
}

// isPlain reports whether a character of a string stands for itself.
func isPlain(c byte) bool { return c >= ' ' && c <= '~' && c != '"' && c != '\\' }

// number parses an integer of up to 15 digits, or a decimal of up to 12 and 3 digits.
func (p *fieldParser) number() (item bareItem, ok bool) {
	sign := ""
	if p.accept('-') {
		sign = "-"
	}
	digits := p.take(isDigit)
	if !p.accept('.') {
		if len(digits) > 15 {
			return item, false
		}
		number, err := strconv.ParseInt(sign+digits, 10, 64)
		return bareItem{kind: integerItem, number: number}, err == nil
	}
	fraction := p.take(isDigit)
	return item, len(digits) >= 1 && len(digits) <= 12 && len(fraction) >= 1 && len(fraction) <= 3
}

func (p *fieldParser) bytes() (item bareItem, ok bool) {
	p.accept(':')
	encoded, rest, found := strings.Cut(p.rest, ":")
	p.rest = rest
	_, err := base64.StdEncoding.DecodeString(encoded)
	return item, found && err == nil
}

// displayString skips a display string. Its value is not decoded.
func (p *fieldParser) displayString() (item bareItem, ok bool) {
	p.accept('%')
	if !p.accept('"') {
		return item, false
	}
	p.take(func(c byte) bool { return isPlain(c) || c == '\\' })
	return item, p.accept('"')
}

func isDigit(c byte) bool  { return c >= '0' && c <= '9' }
func isLower(c byte) bool  { return c >= 'a' && c <= 'z' }
func isLetter(c byte) bool { return isLower(c) || c >= 'A' && c <= 'Z' }
