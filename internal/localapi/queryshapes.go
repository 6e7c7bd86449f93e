// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strconv"
	"strings"
)

// QueryShape returns the normalised text of a statement and its hash. The text has each string and number replaced by a
// parameter, numbered after those that the statement has already, no comments, and one blank for any white space.
//
// The hash is the local API's own: the first 16 hex digits of the text's SHA-256. That of the real API is different.
func QueryShape(sql string) (hash, normalized string) {
	normalized = normalizeSQL(sql)
	sum := sha256.Sum256([]byte(normalized))
	return hex.EncodeToString(sum[:8]), normalized
}

// sqlToken matches the next token of a statement. Of the alternatives the first that matches counts.
var sqlToken = regexp.MustCompile(`(?s)^(?:` + strings.Join([]string{
	`(?P<blank>\s+|--[^\n]*)`,
	`(?P<escaped>[eE]'(?:[^'\\]|\\.|'')*')`,
	`(?P<quoted>(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')`,
	`(?P<parameter>\$[0-9]+)`,
	`(?P<name>"(?:[^"]|"")*"|[\pL_][\pL\pN_$]*)`,
	`(?P<number>0[xXoObB][0-9a-fA-F_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)`,
	`(?P<other>.)`,
}, "|") + `)`)

// maxParameter is the highest number that a parameter can have.
const maxParameter = 65535

// dollarQuote opens a string such as $$…$$ or $tag$…$tag$.
var dollarQuote = regexp.MustCompile(`^\$(?:[\pL_][\pL\pN_]*)?\$`)

func normalizeSQL(sql string) string {
	parameters := highestParameter(sql)
	var out strings.Builder
	blank := false
	write := func(text string) {
		if blank && out.Len() > 0 {
			out.WriteByte(' ')
		}
		blank = false
		out.WriteString(text)
	}
	for rest := sql; rest != ""; {
		kind, token := nextSQLToken(rest)
		rest = rest[len(token):]
		switch kind {
		case "blank":
			blank = true
		case "escaped", "quoted", "number":
			parameters++
			write("$" + strconv.Itoa(parameters))
		default:
			write(token)
		}
	}
	return strings.TrimRight(out.String(), "; ")
}

func highestParameter(sql string) int {
	highest := 0
	for rest := sql; rest != ""; {
		kind, token := nextSQLToken(rest)
		rest = rest[len(token):]
		if kind == "parameter" {
			if n, err := strconv.Atoi(token[1:]); err == nil && n <= maxParameter {
				highest = max(highest, n)
			}
		}
	}
	return highest
}

// nextSQLToken returns the kind and the text of the token at the beginning of a statement, which is not empty.
func nextSQLToken(rest string) (kind, token string) {
	if opening := dollarQuote.FindString(rest); opening != "" {
		if i := strings.Index(rest[len(opening):], opening); i >= 0 {
			return "quoted", rest[:i+2*len(opening)]
		}
	}
	if strings.HasPrefix(rest, "/*") {
		return "blank", rest[:commentLength(rest)]
	}
	match := sqlToken.FindStringSubmatchIndex(rest)
	for i, name := range sqlToken.SubexpNames() {
		if i > 0 && match[2*i] >= 0 {
			return name, rest[:match[1]]
		}
	}
	return "other", rest[:1] // no token is left out: see the last alternative
}

// commentLength returns the length of the comment at the beginning. Comments nest.
func commentLength(rest string) int {
	depth := 0
	for i := 0; i < len(rest)-1; i++ {
		switch rest[i : i+2] {
		case "/*":
			depth++
			i++
		case "*/":
			depth--
			i++
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(rest)
}

// addQueryShapes gives a new database the query shapes that it is taken to have been asked. The caller holds mu.
func (s *Server) addQueryShapes(database *object) {
	for _, sql := range s.options.QueryShapes {
		hash, normalized := QueryShape(sql)
		s.observeQuery(database, hash, normalized)
	}
}
