// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package redact replaces secrets in text, such as an error message from the API,
// by a placeholder. It also finds secrets that are escaped or encoded.
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

// Placeholder replaces a secret.
const Placeholder = "[secret]"

// minLength is the minimum length, in characters, of a secret that is found inside
// of words. A shorter secret occurs in most texts by chance. Replacing it there would
// make messages unreadable and reveal the secret: the letters that are missing from
// "a[secret][secret]lied" are obvious. Shorter secrets are only found as whole words.
const minLength = 4

// Text returns text without the secrets. The order of the secrets does not matter.
func Text(text string, secrets ...string) string { return New(secrets...).Text(text) }

// Redactor replaces a set of secrets. It is safe for concurrent use.
//
// It finds a secret in which any of the characters are escaped: in a URL, in JSON,
// JavaScript or Go, in HTML, or in one of these nested in another. It also finds a
// secret that is encoded in base64, on its own or as a part of the encoded text, such
// as the credentials of HTTP basic authentication.
type Redactor struct {
	// patterns is the root of a trie of the secrets and their encodings, by byte.
	patterns *node
	// short holds the secrets that are only found as whole words.
	short []string
}

// node is a node of the trie. The flags are set on the last node of a pattern.
type node struct {
	next map[byte]*node
	// anywhere marks a pattern that is replaced wherever it occurs.
	anywhere bool
	// wholeWord marks a pattern that is only replaced as a whole word.
	wholeWord bool
	// base64 marks a pattern that is the middle of a base64 text, whose adjacent
	// characters encode a few more bits of the secret.
	base64 bool
}

// New returns a Redactor for the secrets. Empty secrets are ignored.
func New(secrets ...string) *Redactor {
	r := &Redactor{patterns: &node{}}
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		r.add(secret)
		if !utf8.ValidString(secret) { // JSON encoders replace invalid UTF-8
			r.add(strings.ToValidUTF8(secret, "\ufffd"))
			r.add(replaceInvalidBytes(secret))
		}
	}
	return r
}

func (r *Redactor) add(secret string) {
	if utf8.RuneCountInString(secret) < minLength {
		r.short = append(r.short, secret)
		r.pattern(secret).wholeWord = true
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
			r.pattern(encoding.EncodeToString([]byte(secret))).wholeWord = true
		}
		return
	}
	r.pattern(secret).anywhere = true
	for offset := range 3 { // the position of the secret in a group of three bytes
		for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
			// Characters that encode nothing but the secret are always the same. Those at both
			// ends also encode bits of the adjacent text.
			encoded := encoding.EncodeToString(append(make([]byte, offset), secret...))
			start := (offset*8 + 5) / 6
			end := (offset + len(secret)) * 8 / 6
			r.pattern(encoded[start:end]).base64 = true
			// If the encoded text ends with the secret, all characters are the same.
			r.pattern(encoded[start:]).base64 = true
			r.pattern(strings.TrimRight(encoded[start:], "=")).base64 = true
		}
	}
}

// pattern adds a pattern to the trie and returns its last node.
func (r *Redactor) pattern(text string) *node {
	n := r.patterns
	for i := range len(text) {
		if n.next == nil {
			n.next = map[byte]*node{}
		}
		if n.next[text[i]] == nil {
			n.next[text[i]] = &node{}
		}
		n = n.next[text[i]]
	}
	return n
}

// follow returns the node that is reached from n with the bytes of text, or nil.
func (n *node) follow(text string) *node {
	for i := 0; i < len(text) && n != nil; i++ {
		n = n.next[text[i]]
	}
	return n
}

// replaceInvalidBytes replaces every invalid byte by U+FFFD. In contrast to
// strings.ToValidUTF8, it does not replace a run of them by a single U+FFFD.
func replaceInvalidBytes(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}

// span is a part of a text.
type span struct{ start, end int }

// Text returns text without the secrets.
func (r *Redactor) Text(text string) string {
	spans := r.find(text)
	if len(spans) == 0 {
		return text
	}
	var b strings.Builder
	end := 0
	for _, s := range spans {
		b.WriteString(text[end:s.start])
		b.WriteString(Placeholder)
		end = s.end
	}
	b.WriteString(text[end:])
	return b.String()
}

// find returns the spans of the secrets, in order. Overlapping secrets have one span,
// because replacing one of them would leave a part of the other.
func (r *Redactor) find(text string) []span {
	spans := r.findCredentials(text)
	if len(r.patterns.next) == 0 {
		return nil
	}
	// The bytes at which a match can start: the first bytes of patterns and of escape sequences.
	var starts [256]bool
	for first := range r.patterns.next {
		starts[first] = true
	}
	for _, first := range []byte(escapeChars) {
		starts[first] = true
	}
	// The partial matches that end at a position.
	partial := map[int]*matches{}
	// The positions at which the escape sequence of a non-word character ends.
	delimited := map[int]bool{}
	for pos := range len(text) {
		active := partial[pos]
		delete(partial, pos)
		if active == nil && !starts[text[pos]] {
			continue
		}
		if active == nil {
			active = &matches{}
		}
		active.add(match{r.patterns, pos})
		for _, d := range decodings(text, pos, maxDepth) {
			if d.end > pos+1 && !isWordChar(lastRune(d.text)) {
				delimited[d.end] = true
			}
			for _, m := range active.all {
				n := m.node.follow(d.text)
				if n == nil {
					continue
				}
				if partial[d.end] == nil {
					partial[d.end] = &matches{}
				}
				partial[d.end].add(match{n, m.start})
				s := span{m.start, d.end}
				switch {
				case n.anywhere:
				case n.base64:
					s = widenBase64(text, s)
				case n.wholeWord && isWholeWord(text, s, delimited):
				default:
					continue
				}
				spans = append(spans, s)
			}
		}
	}
	return merge(spans, text)
}

// match is a partial match: a node of the trie, and where in the text the match
// starts.
type match struct {
	node  *node
	start int
}

// matches is a set of partial matches that end at the same position.
type matches struct {
	all   []match
	index map[*node]int // into all, nil for small sets
}

// maxUnindexed is the size up to which a set of matches is searched linearly. Sets are
// larger only if both the secret and the text repeat themselves.
const maxUnindexed = 16

// add adds a match. Of several matches with the same node, only the one that starts
// first is kept, because its span contains the others.
func (m *matches) add(added match) {
	i := -1
	if m.index == nil {
		i = slices.IndexFunc(m.all, func(other match) bool { return other.node == added.node })
	} else if found, ok := m.index[added.node]; ok {
		i = found
	}
	if i >= 0 {
		m.all[i].start = min(m.all[i].start, added.start)
		return
	}
	m.all = append(m.all, added)
	switch {
	case m.index != nil:
		m.index[added.node] = len(m.all) - 1
	case len(m.all) > maxUnindexed:
		m.index = map[*node]int{}
		for i, other := range m.all {
			m.index[other.node] = i
		}
	}
}

// merge sorts spans and merges those that overlap. It drops spans within a
// placeholder that is in the text already, because "secret" may be a secret.
func merge(spans []span, text string) []span {
	spans = slices.DeleteFunc(spans, func(s span) bool {
		for start := max(0, s.end-len(Placeholder)); start <= s.start; start++ {
			if strings.HasPrefix(text[start:], Placeholder) && s.end <= start+len(Placeholder) {
				return true
			}
		}
		return false
	})
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(a.start-b.start, a.end-b.end) })
	var merged []span
	for _, s := range spans {
		if last := len(merged) - 1; last >= 0 && s.start < merged[last].end {
			merged[last].end = max(merged[last].end, s.end)
			continue
		}
		merged = append(merged, s)
	}
	return merged
}

// isWholeWord reports whether a span has no letter or digit next to it.
func isWholeWord(text string, s span, delimited map[int]bool) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:s.start])
	if s.start > 0 && isWordChar(before) && !delimited[s.start] {
		return false
	}
	if s.end == len(text) {
		return true
	}
	after, _ := utf8.DecodeRuneInString(text[s.end:])
	return !isWordChar(after)
}

func isWordChar(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

// widenBase64 extends a span by one base64 character on each side.
func widenBase64(text string, s span) span {
	if s.start > 0 && isBase64(text[s.start-1]) {
		s.start--
	}
	if s.end < len(text) && isBase64(text[s.end]) {
		s.end++
	}
	return s
}

func isBase64(c byte) bool { return isAlphanumeric(c) || strings.IndexByte("+/-_", c) >= 0 }

var basicAuth = regexp.MustCompile(`(?i)\bbasic\s+([A-Za-z0-9+/_-]+)`)

// findCredentials returns the spans of HTTP basic authentication credentials with a
// short secret. They have to be decoded, because none of their characters encodes
// nothing but the secret.
func (r *Redactor) findCredentials(text string) []span {
	if len(r.short) == 0 {
		return nil
	}
	var spans []span
	for _, m := range basicAuth.FindAllStringSubmatchIndex(text, -1) {
		encoded := strings.NewReplacer("-", "+", "_", "/").Replace(text[m[2]:m[3]])
		decoded, err := base64.RawStdEncoding.DecodeString(encoded)
		user, password, ok := strings.Cut(string(decoded), ":")
		if err == nil && ok && (slices.Contains(r.short, user) || slices.Contains(r.short, password)) {
			spans = append(spans, span{m[2], m[3]})
		}
	}
	return spans
}

// Forms returns common representations of a secret, longest first: plain, quoted, in
// JSON, in a URL and in base64. It shares no code with Redactor, so that a search for
// leaked secrets does not miss what a bug in Redactor misses.
func Forms(secret string) []string {
	if secret == "" {
		return nil
	}
	escapedJSON, _ := json.Marshal(secret) // cannot fail for a string
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(secret)
	plainJSON := strings.TrimSpace(b.String())
	quoted := strconv.Quote(secret)
	userinfo := url.UserPassword("u", secret).String()
	forms := []string{
		secret,
		string(escapedJSON[1 : len(escapedJSON)-1]),
		plainJSON[1 : len(plainJSON)-1],
		quoted[1 : len(quoted)-1],
		url.QueryEscape(secret),
		url.PathEscape(secret),
		strings.TrimPrefix(userinfo, "u:"),
		base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.URLEncoding.EncodeToString([]byte(secret)),
	}
	slices.SortFunc(forms, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(forms)
}
