// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const document = `{
	"name": "p",
	"config": {"variables": {"key": {"type": "string"}}},
	"provider": {"inputProperties": {"key": {"type": "string"}}},
	"types": {
		"p:index:Mode": {"type": "string", "enum": [{"name": "On", "value": "on"}, {"name": "Off", "value": "off"}]},
		"p:index:Rule": {"type": "object", "properties": {"table": {"type": "string"}, "kind": {"type": "string"}}, "required": ["table"]}
	},
	"resources": {"p:index:Thing": {
		"inputProperties": {
			"name": {"type": "string"}, "size": {"type": "integer"},
			"rules": {"type": "array", "items": {"$ref": "#/types/p:index:Rule"}}
		},
		"requiredInputs": ["name"],
		"properties": {"name": {"type": "string"}, "token": {"type": "string", "secret": true}},
		"required": ["name", "token"]
	}},
	"functions": {"p:index:getThing": {
		"inputs": {"properties": {"id": {"type": "string"}}},
		"outputs": {"properties": {"name": {"type": "string"}}, "required": ["name"]}
	}}
}`

func TestBreakingChanges(t *testing.T) {
	t.Parallel()
	const thing = "resource p:index:Thing: "
	for name, test := range map[string]struct {
		before, after string
		expected      []string
	}{
		"nothing":                 {``, ``, nil},
		"a new optional input":    {`"size": {"type": "integer"}`, `"size": {"type": "integer"}, "more": {"type": "string"}`, nil},
		"a description":           {`"token": {"type": "string"`, `"token": {"description": "A token.", "type": "string"`, nil},
		"a new value of an enum":  {`"enum": [`, `"enum": [{"name": "New", "value": "new"}, `, nil},
		"an input not required":   {`"requiredInputs": ["name"]`, `"requiredInputs": []`, nil},
		"a new secret":            {`"properties": {"name": {"type": "string"}, "token"`, `"properties": {"name": {"type": "string", "secret": true}, "token"`, nil},
		"the name of the package": {`"name": "p"`, `"name": "q"`, []string{"the package p is now named q"}},
		"a setting":               {`"variables": {"key"`, `"variables": {"other"`, []string{"configuration: the input key was removed"}},
		"a setting of the provider": {
			`"provider": {"inputProperties": {"key"`, `"provider": {"inputProperties": {"other"`, []string{"provider: the input key was removed"},
		},
		"a resource":        {`"p:index:Thing": {`, `"p:index:Other": {`, []string{thing + "removed"}},
		"a function":        {`"p:index:getThing": {`, `"p:index:getOther": {`, []string{"function p:index:getThing: removed"}},
		"a type":            {`"p:index:Mode": {`, `"p:index:Other": {`, []string{"type p:index:Mode: removed"}},
		"a component":       {`"p:index:Thing": {`, `"p:index:Thing": {"isComponent": true,`, []string{thing + "a component became a resource, or the reverse"}},
		"an input":          {`"size":`, `"length":`, []string{thing + "the input size was removed"}},
		"the type":          {`"size": {"type": "integer"}`, `"size": {"type": "number"}`, []string{thing + `the input size changed its type from {"type":"integer"} to {"type":"number"}`}},
		"the type of items": {`"items": {"$ref": "#/types/p:index:Rule"}`, `"items": {"type": "string"}`, []string{thing + `the input rules changed its type from {"type":"array","items":{"$ref":"#/types/p:index:Rule"}} to {"type":"array","items":{"type":"string"}}`}},
		"a required input":  {`"requiredInputs": ["name"]`, `"requiredInputs": ["name", "size"]`, []string{thing + "the input size became required"}},
		"a plain input":     {`"size": {"type": "integer"`, `"size": {"type": "integer", "plain": true`, []string{thing + "the input size no longer accepts an output"}},
		"a replacement":     {`"size": {"type": "integer"`, `"size": {"type": "integer", "willReplaceOnChanges": true`, []string{thing + "a change of the input size now replaces the resource"}},
		"an output":         {`"token": {"type": "string", "secret": true}`, `"other": {"type": "string"}`, []string{thing + "the output token was removed"}},
		"an optional output": {
			`"required": ["name", "token"]`, `"required": ["name"]`, []string{thing + "the output token may now be missing"},
		},
		"a secret":               {`"secret": true`, `"secret": false`, []string{thing + "the output token is no longer secret"}},
		"a value of an enum":     {`, {"name": "Off", "value": "off"}`, ``, []string{"type p:index:Mode: the value off was removed or renamed"}},
		"a name of a value":      {`"name": "Off"`, `"name": "No"`, []string{"type p:index:Mode: the value off was removed or renamed"}},
		"a property":             {`"kind":`, `"sort":`, []string{"type p:index:Rule: the input kind was removed"}},
		"an optional property":   {`"required": ["table"]`, `"required": []`, []string{"type p:index:Rule: the property table became optional"}},
		"an input of a function": {`"inputs": {"properties": {"id"`, `"inputs": {"properties": {"name"`, []string{"function p:index:getThing: the input id was removed"}},
		"an output of a function": {
			`"outputs": {"properties": {"name"`, `"outputs": {"properties": {"other"`, []string{"function p:index:getThing: the output name was removed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			changed := strings.Replace(document, test.before, test.after, 1)
			assert.Equal(t, test.before == "", changed == document)
			assert.Equal(t, test.expected, breakingChanges(decode(t, document), decode(t, changed)))
		})
	}
}

func decode(t *testing.T, text string) (spec schema.PackageSpec) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), &spec))
	return spec
}

func TestRun(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	before, broken := write("old.json", document), write("new.json", strings.ReplaceAll(document, "size", "length"))
	for _, test := range []struct {
		args           []string
		code           int
		stdout, stderr string
	}{
		{[]string{before, before}, 0, "No breaking changes.\n", ""},
		{[]string{before, broken}, 1, "- resource p:index:Thing: the input size was removed\n", "1 changes break programs"},
		{[]string{"-allow", before, broken}, 0, "- resource p:index:Thing: the input size was removed\n", ""},
		{[]string{before}, 2, "", "usage"},
		{[]string{before, filepath.Join(folder, "missing.json")}, 2, "", "missing.json"},
		{[]string{write("empty.json", "{}"), before}, 2, "", "is not the schema of a package"},
		{[]string{before, write("damaged.json", "{")}, 2, "", "damaged.json"},
	} {
		stdout, stderr := &bytes.Buffer{}, &bytes.Buffer{}
		assert.Equal(t, test.code, run(test.args, stdout, stderr), "%v", test.args)
		assert.Contains(t, stdout.String(), test.stdout)
		assert.Contains(t, stderr.String(), test.stderr)
	}
}
