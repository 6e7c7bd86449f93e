// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package redact

import (
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// escapes are the characters that an escape begins with. "+" is a space in a query.
const escapes = `\%&+`

// levels is how deep escapes are read inside of each other: JSON in a string of
// JSON, as a log writes it, in HTML, say.
const levels = 3

// maxEscape is the longest escape that is read, in characters. Entities and
// runs of backslashes may have any length, and would otherwise take a time that
// grows with the square of it.
const maxEscape = 48

// reading is what a part of a text may stand for: some bytes of UTF-8, up to a position.
type reading struct {
	is string
	to int
}

// readings returns all that the text may stand for at a position. What is an
// escape may as well be meant as it is.
func readings(text string, at, level int) []reading {
	if at >= len(text) {
		return nil
	}
	if level == 0 || strings.IndexByte(escapes, text[at]) < 0 {
		return []reading{{text[at : at+1], at + 1}}
	}
	all := readings(text, at, level-1)
	for _, first := range all[:len(all):len(all)] {
		s := source{text: text, level: level - 1}
		switch first.is {
		case `\`:
			all = s.backslash(all, first.to)
		case "%":
			all = s.percent(all, first.to)
		case "&":
			all = s.entity(all, first.to)
		case "+":
			all = add(all, " ", first.to)
		}
	}
	return all
}

// add adds a reading that is not there.
func add(all []reading, is string, to int) []reading {
	for _, r := range all {
		if r.is == is && r.to == to {
			return all
		}
	}
	return append(all, reading{is, to})
}

// source is a text in which escapes are read to a level.
type source struct {
	text  string
	level int
}

// backslash adds what a backslash may begin, before a position.
func (s source) backslash(all []reading, at int) []reading {
	for _, kind := range readings(s.text, at, s.level) {
		if len(kind.is) != 1 {
			continue
		}
		switch c := kind.is[0]; {
		case c == 'u' || c == 'U':
			all = s.unicode(all, kind.to, map[byte]int{'u': 4, 'U': 8}[c])
		case c == 'x':
			// A byte of UTF-8 to Go, a character to JavaScript.
			for _, h := range s.hex(kind.to, 2) {
				all = add(all, oneByte(h.value), h.to)
				all = add(all, string(h.value), h.to)
			}
		case '0' <= c && c <= '7':
			if o := s.digits(at, 8, 3, isOctal); o != nil && o.value <= 0xff {
				all = add(all, oneByte(o.value), o.to)
			}
			if c == '0' {
				all = add(all, "\x00", kind.to)
			}
		case strings.IndexByte("abfnrtv", c) >= 0:
			all = add(all, map[byte]string{'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v"}[c], kind.to)
		case c < utf8.RuneSelf && !isAlphanumeric(c):
			all = add(all, kind.is, kind.to)
		}
	}
	return all
}

// unicode adds the character of \u or \U, whose digits are at a position.
func (s source) unicode(all []reading, at, digits int) []reading {
	for _, open := range readings(s.text, at, s.level) {
		if open.is != "{" {
			continue
		}
		if h := s.digits(open.to, 16, 8, isHex); h != nil {
			for _, closing := range readings(s.text, h.to, s.level) {
				if closing.is == "}" {
					all = add(all, string(h.value), closing.to)
				}
			}
		}
	}
	for _, h := range s.hex(at, digits) {
		all = s.unit(all, h, `\`)
	}
	return all
}

// unit adds the character that a unit of UTF-16 is, or is together with the one
// that follows it in the same kind of escape.
func (s source) unit(all []reading, high number, escape string) []reading {
	all = add(all, string(high.value), high.to)
	if !utf16.IsSurrogate(high.value) {
		return all
	}
	for _, begin := range readings(s.text, high.to, s.level) {
		if begin.is != escape {
			continue
		}
		for _, u := range readings(s.text, begin.to, s.level) {
			if u.is != "u" {
				continue
			}
			for _, low := range s.hex(u.to, 4) {
				if r := utf16.DecodeRune(high.value, low.value); r != utf8.RuneError {
					all = add(all, string(r), low.to)
				}
			}
		}
	}
	return all
}

// percent adds what a percent sign may begin, before a position.
func (s source) percent(all []reading, at int) []reading {
	for _, h := range s.hex(at, 2) {
		all = add(all, oneByte(h.value), h.to)
	}
	for _, u := range readings(s.text, at, s.level) {
		if u.is == "u" || u.is == "U" { // of JavaScript's escape()
			for _, h := range s.hex(u.to, 4) {
				all = s.unit(all, h, "%")
			}
		}
	}
	return all
}

// entity adds what an ampersand may begin, before a position. The semicolon may
// be left out, as browsers allow for numbers and for old names.
func (s source) entity(all []reading, at int) []reading {
	name := ""
	for len(name) < maxEscape {
		c := s.char(at, func(c byte) bool { return isAlphanumeric(c) || c == '#' || c == ';' })
		if c.to == 0 {
			break
		}
		name, at = name+c.is, c.to
		ended := c.is == ";"
		written := "&" + strings.TrimSuffix(name, ";") + ";"
		if !ended && name[0] != '#' {
			written = "&" + name // only names that need none are known without it
		}
		if is := html.UnescapeString(written); !strings.HasPrefix(is, "&") || is == "&" {
			if utf8.RuneCountInString(is) <= 2 { // two are one letter with its mark
				all = add(all, is, at)
			}
		}
		if ended {
			break
		}
	}
	return all
}

// number is what some digits are, up to a position.
type number struct {
	value rune
	to    int
}

// hex returns the number that so many hexadecimal digits are.
func (s source) hex(at, digits int) []number {
	if n := s.digits(at, 16, digits, isHex); n != nil && n.length == digits {
		return []number{n.number}
	}
	return nil
}

// digitRun is a number with its length in digits.
type digitRun struct {
	number
	length int
}

// digits returns the number that the digits at a position are, at most so many.
func (s source) digits(at, base, most int, isDigit func(byte) bool) *digitRun {
	var digits string
	for len(digits) < most {
		c := s.char(at, isDigit)
		if c.to == 0 {
			break
		}
		digits, at = digits+c.is, c.to
	}
	value, err := strconv.ParseInt(digits, base, 32)
	if err != nil || value > utf8.MaxRune {
		return nil
	}
	return &digitRun{number{rune(value), at}, len(digits)}
}

// char returns what the text stands for at a position if that is a character
// of a kind: as it is, if it is, and else by an escape.
func (s source) char(at int, is func(byte) bool) reading {
	for _, r := range readings(s.text, at, s.level) {
		if len(r.is) == 1 && is(r.is[0]) {
			return r
		}
	}
	return reading{}
}

// oneByte is a byte of a text, which need not be a character.
func oneByte(value rune) string { return string([]byte{byte(value)}) } //nolint:gosec // of a number of two digits

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func isOctal(c byte) bool { return '0' <= c && c <= '7' }
