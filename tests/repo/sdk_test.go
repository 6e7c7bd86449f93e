// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package repo

import (
	"encoding/json"
	"html"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// packageSchema is the part of the schema that the tests use.
type packageSchema struct {
	Resources map[string]struct {
		objectSchema
		InputProperties map[string]propertySchema
		RequiredInputs  []string
		IsComponent     bool
	}
	Functions map[string]struct {
		Description     string
		Inputs, Outputs objectSchema
	}
	Types map[string]struct {
		objectSchema
		Enum []struct{ Value, Description string }
	}
	Config struct{ Variables map[string]propertySchema }
}

type objectSchema struct {
	Description string
	Properties  map[string]propertySchema
}

type propertySchema struct {
	Description string
	Secret      bool
	Plain       bool
}

func readSchema(t *testing.T) packageSchema {
	t.Helper()
	response, err := enginetest.New(t, nil).Server.GetSchema(p.GetSchemaRequest{})
	require.NoError(t, err)
	var schema packageSchema
	require.NoError(t, json.Unmarshal([]byte(response.Schema), &schema))
	return schema
}

// sdkText returns the text of all files of an SDK.
func sdkText(t *testing.T, language string) string {
	t.Helper()
	var text strings.Builder
	err := filepath.WalkDir(repotest.Path(t, "sdk", language), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		text.Write(content)
		return err
	})
	require.NoError(t, err)
	return text.String()
}

var languages = []string{"go", "java", "nodejs", "python"}

// words returns the words of a text, without comment signs and line breaks.
func words(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

var (
	codeBlock = regexp.MustCompile("(?s)```(\\w+)\n.*?```")
	shortcode = regexp.MustCompile(`\{\{% .*? %\}\}`)
)

// descriptionIn returns a description as an SDK has it, with the examples in its language.
func descriptionIn(description, language string) string {
	own := map[string]string{"go": "go", "java": "java", "nodejs": "typescript", "python": "python"}[language]
	return shortcode.ReplaceAllString(codeBlock.ReplaceAllStringFunc(description, func(block string) string {
		switch codeBlock.FindStringSubmatch(block)[1] {
		case own, "sh":
			return block
		default:
			return ""
		}
	}), "")
}

// literalAt restores an @, which Javadoc would take for a tag.
var literalAt = strings.NewReplacer("}{@literal @}{@code ", "@", "{@literal @}", "@")

func TestEveryDescriptionReachesEverySDK(t *testing.T) {
	t.Parallel()
	schema := readSchema(t)
	descriptions := map[string]bool{}
	add := func(properties map[string]propertySchema) {
		for _, property := range properties {
			descriptions[property.Description] = true
		}
	}
	for _, resource := range schema.Resources {
		descriptions[resource.Description] = true
		add(resource.Properties)
		add(resource.InputProperties)
	}
	for _, function := range schema.Functions {
		descriptions[function.Description] = true
		add(function.Inputs.Properties)
		add(function.Outputs.Properties)
	}
	for _, object := range schema.Types {
		for _, value := range object.Enum {
			descriptions[value.Description] = true
		}
		if object.Enum == nil {
			add(object.Properties)
		}
	}
	add(schema.Config.Variables)
	assert.NotContains(t, descriptions, "")
	assert.Greater(t, len(descriptions), 100)
	for _, language := range languages {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			text := words(html.UnescapeString(literalAt.Replace(sdkText(t, language))))
			for description := range descriptions {
				for line := range strings.Lines(descriptionIn(description, language)) {
					if !strings.Contains(text, words(line)) {
						t.Errorf("missing: %s", line)
					}
				}
			}
		})
	}
}

func TestSDKsMarkSecretsAndDeclareEnums(t *testing.T) {
	t.Parallel()
	schema := readSchema(t)
	text := map[string]string{}
	for _, language := range languages {
		text[language] = sdkText(t, language)
	}
	for token, object := range schema.Types {
		if object.Enum == nil {
			continue
		}
		name := token[strings.LastIndex(token, ":")+1:]
		assert.Contains(t, text["go"], "type "+name+" string", name)
		assert.Contains(t, text["java"], "public enum "+name+" {", name)
		assert.Contains(t, text["nodejs"], "export type "+name+" = (typeof "+name+")[keyof typeof "+name+"];", name)
		assert.Contains(t, text["python"], "class "+name+"(_builtins.str, Enum):", name)
	}

	quoted := func(names []string, separator string) string {
		return `"` + strings.Join(names, `"`+separator+`"`) + `"`
	}
	found := 0
	for token, resource := range schema.Resources {
		secrets := slices.Sorted(func(yield func(string) bool) {
			for name, property := range resource.Properties {
				if property.Secret && !yield(name) {
					return
				}
			}
		})
		if len(secrets) == 0 {
			continue
		}
		found++
		name := token[strings.LastIndex(token, ":")+1:]
		assert.Contains(t, fileOf(t, "nodejs", lower(name)+".ts"), "additionalSecretOutputs: ["+quoted(secrets, ", ")+"]", name)
		assert.Contains(t, fileOf(t, "python", "pulumi_pgbeam", snake(name)+".py"), "additional_secret_outputs=["+quoted(secrets, ", ")+"]", name)
		file := fileOf(t, "go", "pgbeam", lower(name)+".go")
		assert.Regexp(t, `(?s)AdditionalSecretOutputs\(\[\]string\{\s*`+quoted(secrets, `,\s*`)+`,?\s*\}`, file, name)
		file = fileOf(t, "java", "src", "main", "java", "com", "pgbeam", "pulumi", name+".java")
		if resource.IsComponent {
			assert.NotContains(t, file, "additionalSecretOutputs", "a component has no such option")
			continue
		}
		assert.Regexp(t, `(?s)additionalSecretOutputs\(List\.of\(\s*`+quoted(secrets, `,\s*`)+`\s*\)`, file, name)
	}
	assert.GreaterOrEqual(t, found, 3, "SecureAgentProject, AgentCredential and SelfHostEnrollment have secrets")
}

// TestSDKsRequireOnlyRequiredInputs compares the optional inputs with the schema.
func TestSDKsRequireOnlyRequiredInputs(t *testing.T) {
	t.Parallel()
	schema := readSchema(t)
	for token, resource := range schema.Resources {
		name := token[strings.LastIndex(token, ":")+1:]
		text := fileOf(t, "nodejs", lower(name)+".ts")
		_, arguments, ok := strings.Cut(text, "export interface "+name+"Args {")
		require.True(t, ok, name)
		for _, property := range slices.Sorted(maps.Keys(resource.InputProperties)) {
			mark := `\?`
			if slices.Contains(resource.RequiredInputs, property) {
				mark = ""
			}
			assert.Regexp(t, regexp.MustCompile(`(?m)^    `+property+mark+`: `), arguments, "%s.%s", name, property)
		}
	}
}

func fileOf(t *testing.T, path ...string) string {
	t.Helper()
	return repotest.Read(t, append([]string{"sdk"}, path...)...)
}

func lower(name string) string { return strings.ToLower(name[:1]) + name[1:] }

var capital = regexp.MustCompile(`[A-Z]`)

func snake(name string) string {
	return strings.TrimPrefix(strings.ToLower(capital.ReplaceAllString(name, "_$0")), "_")
}
