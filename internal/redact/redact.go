// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package redact takes secrets out of texts, however they are written there.
package redact

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hidden stands where a secret stood.
const Hidden = "[secret]"

// minLength is how many characters a secret must have to be looked for inside of
// words. A shorter one would be found in most texts by chance: that garbles
// them, and whoever sees which letters are missing from "a[secret][secret]lied"
// knows the secret. It is looked for only where it stands alone.
const minLength = 4

// Text returns a text without the secrets, whose order is of no importance.
func Text(text string, secrets ...string) string { return New(secrets...).Text(text) }

// Redactor takes some secrets out of texts. It may be used side by side.
//
// It finds a secret whatever each of its characters is written as: as itself, in
// a URL, in JSON, JavaScript or Go, in HTML, or in one of these inside of
// another (see readings). It also finds it in base64, alone or as a part of what
// is encoded, such as the credentials of a URL's user.
type Redactor struct {
	// patterns are the secrets and their encodings, in UTF-8, a byte at a step.
	patterns *node
	// short are the secrets that are looked for only where they stand alone.
	short []string
}

// node is a place in the patterns.
type node struct {
	next map[byte]*node
	// ends is set where a pattern ends, alone where that is one that has to stand
	// alone, and base64 where it is a part of a longer text in base64, whose
	// neighbours hold a few bits of the secret.
	ends, alone, base64 bool
}

// New returns a redactor of the secrets. Empty ones are none.
func New(secrets ...string) *Redactor {
	r := &Redactor{patterns: &node{}}
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		spellings := []string{secret}
		if !utf8.ValidString(secret) { // JSON has no other way to write it
			spellings = append(spellings, strings.ToValidUTF8(secret, "\ufffd"), replaceInvalid(secret))
		}
		for _, spelling := range spellings {
			r.add(spelling)
		}
	}
	return r
}

func (r *Redactor) add(secret string) {
	if utf8.RuneCountInString(secret) < minLength {
		r.short = append(r.short, secret)
		r.pattern(secret).alone = true
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			r.pattern(encoding.EncodeToString([]byte(secret))).alone = true
		}
		return
	}
	r.pattern(secret).ends = true
	for before := range 3 {
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			// The characters that hold bits of the secret alone are always the same; those at
			// the ends hold bits of what is before and behind it, too.
			encoded := encoding.EncodeToString(append(make([]byte, before), secret...))
			first := (before*8 + 5) / 6
			whole := (before + len(secret)) * 8 / 6
			r.pattern(encoded[first:whole]).base64 = true
			// And where the secret is at the end of what is encoded.
			r.pattern(encoded[first:]).base64 = true
			r.pattern(strings.TrimRight(encoded[first:], "=")).base64 = true
		}
	}
}

// pattern returns the end of a pattern, which it adds.
func (r *Redactor) pattern(text string) *node {
	at := r.patterns
	for i := range len(text) {
		if at.next == nil {
			at.next = map[byte]*node{}
		}
		if at.next[text[i]] == nil {
			at.next[text[i]] = &node{}
		}
		at = at.next[text[i]]
	}
	return at
}

func replaceInvalid(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r) // one U+FFFD for each byte that is not valid
	}
	return b.String()
}

// span is a part of a text.
type span struct{ from, to int }

// Text returns a text without the secrets.
func (r *Redactor) Text(text string) string {
	found := r.find(text)
	if len(found) == 0 {
		return text
	}
	var b strings.Builder
	end := 0
	for _, s := range found {
		b.WriteString(text[end:s.from])
		b.WriteString(Hidden)
		end = s.to
	}
	b.WriteString(text[end:])
	return b.String()
}

// find returns where the secrets are, in order. Where two overlap, they are one:
// hiding one of them would leave the rest of the other.
func (r *Redactor) find(text string) []span {
	spans := r.encodedShort(text)
	if len(r.patterns.next) == 0 {
		return nil
	}
	// What may begin at a byte: a pattern that begins with it, or an escape.
	var begins [256]bool
	for first := range r.patterns.next {
		begins[first] = true
	}
	for _, first := range []byte(escapes) {
		begins[first] = true
	}
	// What has begun to match, by the position up to which it does.
	reached := map[int]*matches{}
	// Where an escape ends whose character is neither a letter nor a digit.
	delimited := map[int]bool{}
	for at := range len(text) {
		here := reached[at]
		delete(reached, at)
		if here == nil && !begins[text[at]] {
			continue
		}
		if here == nil {
			here = &matches{}
		}
		here.add(match{r.patterns, at})
		for _, reading := range readings(text, at, levels) {
			if reading.to > at+1 && !isWord(lastRune(reading.is)) {
				delimited[reading.to] = true
			}
			for _, begun := range here.all {
				end := begun.node.follow(reading.is)
				if end == nil {
					continue
				}
				if reached[reading.to] == nil {
					reached[reading.to] = &matches{}
				}
				reached[reading.to].add(match{end, begun.from})
				s := span{begun.from, reading.to}
				switch {
				case end.ends:
				case end.base64:
					s = widened(text, s)
				case end.alone && standsAlone(text, s, delimited):
				default:
					continue
				}
				spans = append(spans, s)
			}
		}
	}
	return merged(spans, text)
}

// match is a place in the patterns that was reached, and the position at which
// the pattern begins.
type match struct {
	node *node
	from int
}

// matches are those that end at one position.
type matches struct {
	all   []match
	index map[*node]int // nil while there are few
}

// add adds a match. Of several at one place, that which began first is enough: it
// hides the others.
func (m *matches) add(added match) {
	at := -1
	if m.index != nil {
		if i, ok := m.index[added.node]; ok {
			at = i
		}
	} else {
		at = slices.IndexFunc(m.all, func(known match) bool { return known.node == added.node })
	}
	if at >= 0 {
		m.all[at].from = min(m.all[at].from, added.from)
		return
	}
	m.all = append(m.all, added)
	switch {
	case m.index != nil:
		m.index[added.node] = len(m.all) - 1
	case len(m.all) > 16: // a secret that repeats itself, in a text that does
		m.index = map[*node]int{}
		for i, known := range m.all {
			m.index[known.node] = i
		}
	}
}

// follow returns the place behind some bytes, nil if there is none.
func (n *node) follow(text string) *node {
	for i := 0; i < len(text) && n != nil; i++ {
		n = n.next[text[i]]
	}
	return n
}

// merged returns spans in order, those that overlap as one, without those that
// are inside of what was hidden before: a secret may be "secret".
func merged(spans []span, text string) []span {
	spans = slices.DeleteFunc(spans, func(s span) bool {
		for from := max(0, s.to-len(Hidden)); from <= s.from; from++ {
			if strings.HasPrefix(text[from:], Hidden) && s.to <= from+len(Hidden) {
				return true
			}
		}
		return false
	})
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(a.from-b.from, a.to-b.to) })
	var result []span
	for _, s := range spans {
		if last := len(result) - 1; last >= 0 && s.from < result[last].to {
			result[last].to = max(result[last].to, s.to)
			continue
		}
		result = append(result, s)
	}
	return result
}

// standsAlone tells whether there is neither a letter nor a digit beside a span.
func standsAlone(text string, s span, delimited map[int]bool) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:s.from])
	if s.from > 0 && isWord(before) && !delimited[s.from] {
		return false
	}
	if s.to == len(text) {
		return true
	}
	after, _ := utf8.DecodeRuneInString(text[s.to:])
	return !isWord(after)
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// widened adds to a span in base64 the characters beside it.
func widened(text string, s span) span {
	if s.from > 0 && isBase64(text[s.from-1]) {
		s.from--
	}
	if s.to < len(text) && isBase64(text[s.to]) {
		s.to++
	}
	return s
}

func isBase64(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("+/-_", c) >= 0
}

var credentials = regexp.MustCompile(`(?i)\bbasic\s+([A-Za-z0-9+/_-]+)`)

// encodedShort returns where there are credentials of a user with a short secret.
// In base64 it is a part of characters that hold something else, too, so that
// they are decoded.
func (r *Redactor) encodedShort(text string) []span {
	if len(r.short) == 0 {
		return nil
	}
	var spans []span
	for _, match := range credentials.FindAllStringSubmatchIndex(text, -1) {
		encoded := strings.NewReplacer("-", "+", "_", "/").Replace(text[match[2]:match[3]])
		decoded, err := base64.RawStdEncoding.DecodeString(encoded)
		user, password, ok := strings.Cut(string(decoded), ":")
		if err == nil && ok && (slices.Contains(r.short, user) || slices.Contains(r.short, password)) {
			spans = append(spans, span{match[2], match[3]})
		}
	}
	return spans
}

// Forms returns the ways in which a secret may be written in a text: as it is,
// in JSON, quoted, in a URL and in base64, the longest first. A search that must
// not share the faults of a Redactor goes by them.
func Forms(secret string) []string {
	if secret == "" {
		return nil
	}
	escaped, _ := json.Marshal(secret) // of a string, which never fails
	var plain bytes.Buffer
	encoder := json.NewEncoder(&plain)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(secret)
	unescaped := strings.TrimSpace(plain.String())
	quoted := strconv.Quote(secret)
	user := url.UserPassword("u", secret).String()
	forms := []string{
		secret,
		string(escaped[1 : len(escaped)-1]),
		unescaped[1 : len(unescaped)-1],
		quoted[1 : len(quoted)-1],
		url.QueryEscape(secret),
		url.PathEscape(secret),
		strings.TrimPrefix(user, "u:"),
		base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.URLEncoding.EncodeToString([]byte(secret)),
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(forms)
}
