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

// QueryShape returns the normalized form of a statement and its hash. Normalization replaces literals by parameters, which are
// numbered after the parameters of the statement, removes comments, and collapses white space.
//
// The hash is the first 16 hex digits of the SHA-256 sum of the normalized form. The real API uses another hash.
func QueryShape(sql string) (hash, normalized string) {
	normalized = normalizeSQL(sql)
	sum := sha256.Sum256([]byte(normalized))
	return hex.EncodeToString(sum[:8]), normalized
}

// sqlToken matches the next token of a statement.
var sqlToken = regexp.MustCompile(`(?s)^(?:` + strings.Join([]string{
	`(?P<blank>\s+|--[^\n]*)`,
	`(?P<escaped>[eE]'(?:[^'\\]|\\.|'')*')`,
	`(?P<quoted>(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*')`,
	`(?P<parameter>\$[0-9]+)`,
	`(?P<name>"(?:[^"]|"")*"|[\pL_][\pL\pN_$]*)`,
	`(?P<number>0[xXoObB][0-9a-fA-F_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?)`,
	`(?P<other>.)`,
}, "|") + `)`)

// maxParameter is the highest number of a parameter.
const maxParameter = 65535

// dollarQuote matches the opening delimiter of a string such as $$…$$ or $tag$…$tag$.
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

// nextSQLToken returns the kind and the text of the first token of a non-empty statement.
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
	return "other", rest[:1] // unreachable: the last alternative matches any character
}

// commentLength returns the length of the comment at the start of rest. Comments nest.
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

// addQueryShapes adds Options.QueryShapes to a new database. The caller holds mu.
func (s *Server) addQueryShapes(database *object) {
	for _, sql := range s.options.QueryShapes {
		hash, normalized := QueryShape(sql)
		s.observeQuery(database, hash, normalized)
	}
}
