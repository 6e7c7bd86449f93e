// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package repo

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// messagePackages are the folders whose texts users can get to see as errors, warnings or notices.
var messagePackages = []string{
	"client", "cmd/pgbeam-local", "cmd/pgbeam-migrate", "cmd/pulumi-resource-pgbeam", "components", "functions",
	"internal/claims", "internal/convert", "internal/createjournal", "internal/expiry", "internal/kind", "internal/lifecycle",
	"internal/migrate", "internal/properties", "internal/redact", "internal/terraform", "provider", "resources",
}

// dynamic stands for a part of a message that is not fixed.
const dynamic = "\x00"

// message is the text of an error, a warning or a notice.
type message struct{ position, text string }

// fixedPart returns the beginning of the longest part of a message that is always the same.
func (m message) fixedPart() string {
	const maxWords = 7
	longest := ""
	for _, part := range formatVerb.Split(m.text, -1) {
		if part = strings.Trim(normalize(part), " .,:;()\"'"); len(part) > len(longest) {
			longest = part
		}
	}
	words := strings.Fields(longest)
	return strings.Trim(strings.Join(words[:min(len(words), maxWords)], " "), " .,:;()\"'")
}

var formatVerb = regexp.MustCompile(`%(\[\d\])?[-+#0-9.]*[a-zA-Z]|` + dynamic + `|\n`)

// normalize returns a text without what Markdown adds, on one line.
func normalize(text string) string {
	return strings.Join(strings.Fields(strings.NewReplacer("`", "", `\|`, "|").Replace(text)), " ")
}

// notMessages are the names of calls and of fields whose texts are not messages, but descriptions, help
// and names.
var notMessages = []string{
	"Describe", "Description", "Usage", "Note", "Help",
	"String", "StringVar", "Bool", "BoolVar", "Int", "IntVar", "Func", "Var", "Duration", "DurationVar", // flags
	"MustCompile", "Parse", "Getenv", "Start", "SetAttributes",
}

// messagesOf returns the messages in the source files of a folder.
func messagesOf(t *testing.T, folder string) (messages []message) {
	t.Helper()
	files, err := filepath.Glob(repotest.Path(t, folder, "*.go"))
	require.NoError(t, err)
	require.NotEmpty(t, files, folder)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, 0)
		require.NoError(t, err)
		var visit func(node ast.Node) bool
		visit = func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.Field:
				return node.Tag == nil
			case *ast.CallExpr:
				return !slices.Contains(notMessages, calledName(node))
			case *ast.KeyValueExpr:
				key, _ := node.Key.(*ast.Ident)
				return key == nil || !slices.Contains(notMessages, key.Name)
			case ast.Expr:
				text, rest := joinedText(node)
				if strings.Count(text, " ") >= 2 {
					position := set.Position(node.Pos())
					messages = append(messages, message{fmt.Sprintf("%s/%s:%d", folder, filepath.Base(position.Filename), position.Line), text})
				}
				if text == "" {
					return true
				}
				for _, expression := range rest {
					ast.Inspect(expression, visit)
				}
				return false
			}
			return true
		}
		ast.Inspect(parsed, visit)
	}
	return messages
}

// calledName returns the name of the function or the method in a call.
func calledName(call *ast.CallExpr) string {
	switch function := call.Fun.(type) {
	case *ast.Ident:
		return function.Name
	case *ast.SelectorExpr:
		return function.Sel.Name
	default:
		return ""
	}
}

// joinedText returns the text of a string, or of several that are joined, with dynamic in the place of the
// expressions that are not constant, which it returns as well. The text of anything else is empty.
func joinedText(expression ast.Expr) (text string, rest []ast.Expr) {
	switch expression := expression.(type) {
	case *ast.BasicLit:
		if expression.Kind == token.STRING {
			text, _ = strconv.Unquote(expression.Value)
			return text, nil
		}
	case *ast.ParenExpr:
		return joinedText(expression.X)
	case *ast.BinaryExpr:
		if expression.Op != token.ADD {
			break
		}
		for _, operand := range []ast.Expr{expression.X, expression.Y} {
			part, others := joinedText(operand)
			if part == "" {
				part, others = dynamic, []ast.Expr{operand}
			}
			text, rest = text+part, append(rest, others...)
		}
		if strings.Trim(text, dynamic) != "" {
			return text, rest
		}
	}
	return "", nil
}

// withoutMessages are the files that have descriptions and help, but no messages.
var withoutMessages = map[string]string{
	"cmd/pgbeam-local/help.go":     "the help",
	"internal/lifecycle/schema.go": "descriptions in the schema",
	"resources/enums.go":           "descriptions in the schema",
}

// otherTexts are texts of other files that are not messages, by what they are.
var otherTexts = map[string][]string{
	"a default query shape": {
		"SELECT * FROM users WHERE id =", "SELECT id, total FROM orders WHERE user_id", "SELECT count(*) FROM orders WHERE created_at >",
		"UPDATE users SET last_seen_at = now() WHERE",
	},
	"the help of a command": {
		"account [flags] > import.json", "dynamic [flags] < before.json > after.json", "Rewrite the state of a stack that", "Turn a Terraform state into a file",
		"Write an import file with everything in", "Usage: pgbeam-migrate <command> [flags]", "Usage: pgbeam-migrate", "STATE is a Terraform state, such as",
	},
	"a description in the schema": {
		"Configuration of an MCP client as JSON", "Statements, and what the policy is expected", "by the names in", "1 to 64 letters, digits, _",
		"Defaults to that of the tier. An", "require does not verify the certificate of", "Whether the policy may let the agent", "Whether the webhook may have an http://",
		"Endpoint that is notified of statements that", "A program that connects an agent to", "The operating system of the machine that", "The numbers of statements",
		"The distinct statements: first those that are", "Safe, policy-enforced PostgreSQL access for AI agents", "The same rules as maps. Pulumi YAML",
		"select, insert, update, delete, ddl, copy, set",
	},
	"when a child of a component exists, in the documentation": {
		"one for each entry of agents with", "one for each entry of tenants, if", "replica-<name or position>",
	},
	"the README of a generated SDK": {"This SDK was generated from the schema"},
	"a part of a program":           {"// Before the first resource of the"},
	"the format of a file":          {"pgbeam create journal 2"},
	"a key under which something is recorded": {
		"skew of", "missing secrets of",
	},
	"a noun in a message that is explained": {
		"as of the last refresh or update", "the cache rule", "the default policy profile", "the schema annotation", "the spend limit", "of project",
		"a whole number below 2^53", "it is null", "if there is one", "correct the name, or remove the",
	},
}

// TestTroubleshootingIsComplete requires that docs/troubleshooting.md has the fixed part of every text that
// can be an error, a warning or a notice. A new message needs an entry on that page, which says what it means
// and what to do. A text that is no message belongs in otherTexts.
func TestTroubleshootingIsComplete(t *testing.T) {
	t.Parallel()
	page := normalize(repotest.Read(t, "docs", "troubleshooting.md"))
	found, explained, others := map[string]bool{}, 0, map[string]bool{}
	for _, texts := range otherTexts {
		for _, text := range texts {
			others[text] = true
		}
	}
	for _, folder := range messagePackages {
		for _, m := range messagesOf(t, folder) {
			part := m.fixedPart()
			file, _, _ := strings.Cut(m.position, ":")
			if strings.Count(part, " ") == 0 || withoutMessages[file] != "" {
				continue
			}
			found[part] = true
			if others[part] {
				continue
			}
			explained++
			if !strings.Contains(page, part) {
				t.Errorf("%s: docs/troubleshooting.md does not explain %q", m.position, part)
			}
		}
	}
	assert.Greater(t, explained, 300, "the test finds the messages")
	for text := range others {
		assert.True(t, found[text], "%q is not in the sources any more", text)
	}
}

// TestMessagesAreFound checks what TestTroubleshootingIsComplete takes for the fixed part of a message.
func TestMessagesAreFound(t *testing.T) {
	t.Parallel()
	for text, expected := range map[string]string{
		"creating %s %q: nothing was sent, because %w":                      "nothing was sent, because",
		dynamic + " is required, because the configuration says that it is": "is required, because the configuration says that",
		"Run `pulumi up` again.":                                            "Run pulumi up again",
		"%d of %d failed":                                                   "failed",
		"must be an ID (%[1]s), or not":                                     "must be an ID",
	} {
		assert.Equal(t, expected, message{text: text}.fixedPart())
	}
	source, err := parser.ParseExpr(`"a " + name("b c d") + "e" + f`)
	require.NoError(t, err)
	text, rest := joinedText(source)
	assert.Equal(t, "a "+dynamic+"e"+dynamic, text)
	assert.Len(t, rest, 2)
}
