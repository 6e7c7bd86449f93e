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

// escapeChars are the characters that begin an escape sequence. In a URL query, "+"
// is a space.
const escapeChars = `\%&+`

// maxDepth is the maximum nesting of escape sequences, such as HTML in a JSON string
// that a log writes as a JSON string again.
const maxDepth = 3

// maxEscape is the maximum length of an escape sequence in characters. Without a
// limit, the running time would be quadratic, because HTML entities and runs of
// backslashes can have any length.
const maxEscape = 48

// decoding is one way to decode the text at some position: the decoded UTF-8 bytes
// and the end of the encoded text.
type decoding struct {
	text string
	end  int
}

// decodings returns all ways to decode the text at a position. An escape sequence
// may also be meant literally.
func decodings(text string, pos, depth int) []decoding {
	if pos >= len(text) {
		return nil
	}
	if depth == 0 || strings.IndexByte(escapeChars, text[pos]) < 0 {
		return []decoding{{text[pos : pos+1], pos + 1}}
	}
	all := decodings(text, pos, depth-1)
	for _, first := range all[:len(all):len(all)] {
		d := decoder{text: text, depth: depth - 1}
		switch first.text {
		case `\`:
			all = d.backslash(all, first.end)
		case "%":
			all = d.percent(all, first.end)
		case "&":
			all = d.entity(all, first.end)
		case "+":
			all = addDecoding(all, " ", first.end)
		}
	}
	return all
}

// addDecoding adds a decoding unless it is present.
func addDecoding(all []decoding, text string, end int) []decoding {
	for _, d := range all {
		if d.text == text && d.end == end {
			return all
		}
	}
	return append(all, decoding{text, end})
}

// decoder decodes escape sequences whose own characters may be escaped up to a depth.
// Its methods get the position after the character that begins the sequence, and
// return the decodings with those of the sequence added.
type decoder struct {
	text  string
	depth int
}

func (d decoder) at(pos int) []decoding { return decodings(d.text, pos, d.depth) }

// backslash decodes the escape sequences of Go, JSON and JavaScript.
func (d decoder) backslash(all []decoding, pos int) []decoding {
	for _, kind := range d.at(pos) {
		if len(kind.text) != 1 {
			continue
		}
		switch c := kind.text[0]; {
		case c == 'u' || c == 'U':
			all = d.unicode(all, kind.end, map[byte]int{'u': 4, 'U': 8}[c])
		case c == 'x':
			// A byte of UTF-8 in Go, a character in JavaScript.
			for _, n := range d.hex(kind.end, 2) {
				all = addDecoding(all, byteString(n.value), n.end)
				all = addDecoding(all, string(n.value), n.end)
			}
		case '0' <= c && c <= '7':
			if n := d.digits(pos, 8, 3, isOctal); n != nil && n.value <= 0xff {
				all = addDecoding(all, byteString(n.value), n.end)
			}
			if c == '0' {
				all = addDecoding(all, "\x00", kind.end)
			}
		case strings.IndexByte("abfnrtv", c) >= 0:
			all = addDecoding(all, map[byte]string{'a': "\a", 'b': "\b", 'f': "\f", 'n': "\n", 'r': "\r", 't': "\t", 'v': "\v"}[c], kind.end)
		case c < utf8.RuneSelf && !isAlphanumeric(c):
			all = addDecoding(all, kind.text, kind.end)
		}
	}
	return all
}

// unicode decodes the digits of \u and \U, which may be in braces.
func (d decoder) unicode(all []decoding, pos, digits int) []decoding {
	for _, opening := range d.at(pos) {
		if opening.text != "{" {
			continue
		}
		if n := d.digits(opening.end, 16, 8, isHex); n != nil {
			for _, closing := range d.at(n.end) {
				if closing.text == "}" {
					all = addDecoding(all, string(n.value), closing.end)
				}
			}
		}
	}
	for _, n := range d.hex(pos, digits) {
		all = d.codeUnit(all, n, `\`)
	}
	return all
}

// codeUnit decodes a UTF-16 code unit. A high surrogate is combined with the low
// surrogate that follows it in an escape sequence with the same prefix.
func (d decoder) codeUnit(all []decoding, high number, prefix string) []decoding {
	all = addDecoding(all, string(high.value), high.end)
	if !utf16.IsSurrogate(high.value) {
		return all
	}
	for _, start := range d.at(high.end) {
		if start.text != prefix {
			continue
		}
		for _, u := range d.at(start.end) {
			if u.text != "u" {
				continue
			}
			for _, low := range d.hex(u.end, 4) {
				if r := utf16.DecodeRune(high.value, low.value); r != utf8.RuneError {
					all = addDecoding(all, string(r), low.end)
				}
			}
		}
	}
	return all
}

// percent decodes the percent-encoding of URLs.
func (d decoder) percent(all []decoding, pos int) []decoding {
	for _, n := range d.hex(pos, 2) {
		all = addDecoding(all, byteString(n.value), n.end)
	}
	for _, u := range d.at(pos) {
		if u.text == "u" || u.text == "U" { // %uXXXX, from JavaScript's escape function
			for _, n := range d.hex(u.end, 4) {
				all = d.codeUnit(all, n, "%")
			}
		}
	}
	return all
}

// entity decodes HTML character references. As in browsers, the semicolon is optional
// for numbers and for some names.
func (d decoder) entity(all []decoding, pos int) []decoding {
	name := ""
	for len(name) < maxEscape {
		c := d.char(pos, func(c byte) bool { return isAlphanumeric(c) || c == '#' || c == ';' })
		if c.end == 0 {
			break
		}
		name, pos = name+c.text, c.end
		complete := c.text == ";"
		reference := "&" + strings.TrimSuffix(name, ";") + ";"
		if !complete && name[0] != '#' {
			reference = "&" + name // UnescapeString knows which names do not need the semicolon
		}
		if decoded := html.UnescapeString(reference); !strings.HasPrefix(decoded, "&") || decoded == "&" {
			if utf8.RuneCountInString(decoded) <= 2 { // a few references stand for a letter and a combining mark
				all = addDecoding(all, decoded, pos)
			}
		}
		if complete {
			break
		}
	}
	return all
}

// number is the value of a run of digits, and the end of that run.
type number struct {
	value rune
	end   int
}

// hex parses exactly the given number of hexadecimal digits.
func (d decoder) hex(pos, digits int) []number {
	if n := d.digits(pos, 16, digits, isHex); n != nil && n.length == digits {
		return []number{n.number}
	}
	return nil
}

// digitRun is a number with its length in digits.
type digitRun struct {
	number
	length int
}

// digits parses at most maxDigits digits, and returns nil if there is no valid number.
func (d decoder) digits(pos, base, maxDigits int, isDigit func(byte) bool) *digitRun {
	var digits string
	for len(digits) < maxDigits {
		c := d.char(pos, isDigit)
		if c.end == 0 {
			break
		}
		digits, pos = digits+c.text, c.end
	}
	value, err := strconv.ParseInt(digits, base, 32)
	if err != nil || value > utf8.MaxRune {
		return nil
	}
	return &digitRun{number{rune(value), pos}, len(digits)}
}

// char returns the first decoding that is a single matching character, preferably
// the literal one, or the zero decoding.
func (d decoder) char(pos int, match func(byte) bool) decoding {
	for _, c := range d.at(pos) {
		if len(c.text) == 1 && match(c.text[0]) {
			return c
		}
	}
	return decoding{}
}

// byteString returns a string of one byte, which need not be valid UTF-8.
func byteString(value rune) string { return string([]byte{byte(value)}) } //nolint:gosec // the value is at most 0xff

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func isOctal(c byte) bool { return '0' <= c && c <= '7' }
