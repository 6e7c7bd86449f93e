// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/wasilibs/go-pgquery/parser"
	"google.golang.org/protobuf/encoding/protowire"
)

// maxNesting limits how deeply a statement nests, as nesting counts it. The parser does not check its own stack: with more than twice
// this, it overwrites its memory, and its later results can be wrong.
const maxNesting = 150

// maxOperatorRun limits adjacent operator characters, for which the scanner needs quadratic time within comments.
const maxOperatorRun = 1000

var errParserBroken = errors.New("the parser failed on an earlier statement and cannot be trusted any more: restart the server")

// parserState serializes the use of the parser. Every concurrent call would compile the parser again, which takes seconds.
var parserState struct {
	sync.Mutex
	broken bool
}

// releaseCompiler returns the memory that the compilation of the parser took, most of which is not needed any more.
var releaseCompiler sync.Once

// script is parsed SQL text.
type script struct {
	text       string
	tokens     []token
	statements []statement
}

// statement is one statement of a script.
type statement struct {
	node
	text string // without the semicolon and without the comments around it
}

// token is the extent of a token in the text, in bytes.
type token struct{ start, end int }

// parse returns the statements of a text. A text that PostgreSQL and this parser could read differently is an error.
func parse(text string) (*script, error) {
	if i := strings.IndexByte(text, 0); i >= 0 {
		return nil, errors.New("the text contains a NUL byte")
	}
	if !utf8.ValidString(text) {
		return nil, errors.New("the text is not valid UTF-8")
	}
	if strings.ContainsFunc(text, operatorRun()) {
		return nil, fmt.Errorf("the text contains more than %d adjacent operator characters", maxOperatorRun)
	}
	parserState.Lock()
	defer parserState.Unlock()
	s := &script{text: text}
	if err := callParser(func() error { return s.scan() }); err != nil {
		return nil, err
	}
	if depth := s.nesting(); depth > maxNesting {
		return nil, fmt.Errorf("the text is nested too deeply to be parsed (%d tokens, at most %d)", depth, maxNesting)
	}
	var tree string
	err := callParser(func() (err error) {
		tree, err = parser.ParseToJSON(text)
		return err
	})
	releaseCompiler.Do(debug.FreeOSMemory)
	if err != nil {
		return nil, err
	}
	return s, s.decode(tree)
}

// operatorRun returns a function that is true for the rune that makes a run of operator characters too long.
func operatorRun() func(rune) bool {
	run := 0
	return func(r rune) bool {
		if !strings.ContainsRune("~!@#^&|`?+-*/%<>=", r) {
			run = 0
			return false
		}
		run++
		return run > maxOperatorRun
	}
}

// callParser runs f. The caller holds parserState. If the parser panics, its memory is in an unknown state, and there is no way to
// discard it; a later result could be wrong, so there is none.
func callParser(f func() error) (err error) {
	if parserState.broken {
		return errParserBroken
	}
	defer func() {
		if r := recover(); r != nil {
			parserState.broken = true
			err = fmt.Errorf("the parser failed: %v", r)
		}
	}()
	return f()
}

// scan sets the tokens, without comments. The scanner returns a protocol buffer: tokens are field 2, with the start in field 1 and
// the end in field 2.
func (s *script) scan() error {
	data, err := parser.ScanToProtobuf(s.text)
	if err != nil {
		return err
	}
	for len(data) > 0 {
		field, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return protowire.ParseError(n)
		}
		data = data[n:]
		if field != 2 {
			if n = protowire.ConsumeFieldValue(field, kind, data); n < 0 {
				return protowire.ParseError(n)
			}
			data = data[n:]
			continue
		}
		message, n := protowire.ConsumeBytes(data)
		if n < 0 {
			return protowire.ParseError(n)
		}
		data = data[n:]
		t, err := decodeToken(message)
		if err != nil {
			return err
		}
		if t.start < 0 || t.end > len(s.text) || t.start > t.end {
			return errors.New("the scanner returned a token outside of the text")
		}
		if text := s.text[t.start:t.end]; !strings.HasPrefix(text, "--") && !strings.HasPrefix(text, "/*") {
			s.tokens = append(s.tokens, t)
		}
	}
	return nil
}

func decodeToken(message []byte) (t token, err error) {
	for len(message) > 0 {
		field, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return t, protowire.ParseError(n)
		}
		message = message[n:]
		if kind != protowire.VarintType {
			return t, errors.New("the scanner returned a token of an unknown form")
		}
		v, n := protowire.ConsumeVarint(message)
		if n < 0 {
			return t, protowire.ParseError(n)
		}
		message = message[n:]
		switch field {
		case 1:
			t.start = int(int32(v)) //nolint:gosec // an int32 of the protocol buffer
		case 2:
			t.end = int(int32(v)) //nolint:gosec // an int32 of the protocol buffer
		default: // the kind of the token
		}
	}
	return t, nil
}

// word returns the text of token i in lower case, or "" if there is none.
func (s *script) word(i int) string {
	if i < 0 || i >= len(s.tokens) {
		return ""
	}
	return strings.ToLower(s.text[s.tokens[i].start:s.tokens[i].end])
}

// at returns the index of the token that starts at an offset, or -1.
func (s *script) at(offset int) int {
	i, ok := slices.BinarySearchFunc(s.tokens, offset, func(t token, offset int) int { return t.start - offset })
	if !ok {
		return -1
	}
	return i
}

// nestingLevel is a bracket, or CASE, that is not closed yet.
type nestingLevel struct {
	closing string
	chain   int // since the last separator: 1+1+1 nests as deeply as it has operators
	sets    int // joins and set operations, which nest across separators
}

// nesting returns an upper bound of the depth of the parse tree: tokens that can nest, where opening brackets count twice.
func (s *script) nesting() int {
	levels := []nestingLevel{{}}
	total, deepest := 0, 0
	for i := range s.tokens {
		word := s.word(i)
		for n := closed(levels, word); n > 0; n-- {
			last := levels[len(levels)-1]
			total -= last.chain + last.sets
			levels = levels[:len(levels)-1]
		}
		top := &levels[len(levels)-1]
		if s.separates(i) {
			total -= top.chain
			top.chain = 0
		}
		weight := 1
		closing, opens := brackets[word]
		if opens {
			weight = 2
		}
		switch {
		case word == ";":
			top.sets, total = 0, 0
		case word == "join" || word == "union" || word == "intersect" || word == "except":
			top.sets++
			total++
		case word != "," && word != "and" && word != "or":
			top.chain += weight
			total += weight
		}
		deepest = max(deepest, total)
		if opens {
			levels = append(levels, nestingLevel{closing: closing})
		}
	}
	return deepest
}

// closed returns how many levels a token closes. An unclosed CASE ends with the bracket around it. END closes only a CASE: it can also be
// the name of a column. A semicolon closes everything.
func closed(levels []nestingLevel, word string) int {
	if word == ";" {
		return len(levels) - 1
	}
	for i := len(levels) - 1; i > 0; i-- {
		if levels[i].closing == word {
			return len(levels) - i
		}
		if levels[i].closing != "end" || word == "end" {
			break
		}
	}
	return 0
}

// separates reports whether an expression cannot extend across a token. After a dot and after AS, a keyword is a name.
func (s *script) separates(i int) bool {
	switch previous, word := s.word(i-1), s.word(i); {
	case word == ";" || word == ",":
		return true
	case previous == "." || previous == "as":
		return false
	case word == "from":
		return previous != "distinct"
	case word == "group":
		return previous != "within"
	default:
		return separators[word]
	}
}

var separators = set("and", "or", "select", "where", "having", "order", "limit", "on", "set", "values", "returning", "when", "then", "else", "join",
	"union", "intersect", "except")

// brackets maps an opening token to the token that closes it.
var brackets = map[string]string{"(": ")", "[": "]", "case": "end"}

// decode sets the statements from the JSON of the parse tree.
func (s *script) decode(tree string) error {
	var result struct {
		Stmts []struct {
			Stmt     map[string]any
			Location int `json:"stmt_location"`
			Len      int `json:"stmt_len"`
		}
	}
	if err := json.Unmarshal([]byte(tree), &result); err != nil {
		return fmt.Errorf("read the parse tree: %w", err)
	}
	for _, raw := range result.Stmts {
		end := len(s.text)
		if raw.Len > 0 {
			end = raw.Location + raw.Len
		}
		if raw.Location < 0 || raw.Location > end || end > len(s.text) {
			return errors.New("the parser returned a statement outside of the text")
		}
		st := statement{node: newNode(raw.Stmt), text: s.statementText(raw.Location, end)}
		if st.kind == "" {
			return errors.New("the parser returned a statement of an unknown form")
		}
		s.statements = append(s.statements, st)
	}
	return nil
}

// statementText returns the text from the first token to the last one of a range.
func (s *script) statementText(start, end int) string {
	compareStart := func(t token, offset int) int { return t.start - offset }
	first, _ := slices.BinarySearchFunc(s.tokens, start, compareStart)
	next, _ := slices.BinarySearchFunc(s.tokens, end, compareStart)
	for first < next && s.word(first) == ";" {
		first++
	}
	if first >= next {
		return ""
	}
	return s.text[s.tokens[first].start:s.tokens[next-1].end]
}
