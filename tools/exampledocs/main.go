// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command exampledocs converts the YAML example of each resource, component and function to
// Markdown with the same program in every language. The schema appends it to the
// description. Beside the files, it writes the archive of them that the plugin embeds.
//
//	exampledocs -schema schema.json -examples examples/yaml -out internal/examples
package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/pulumi/pulumi-java/pkg/codegen/java"
	yamlgen "github.com/pulumi/pulumi-yaml/pkg/pulumiyaml/codegen"
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"

	"github.com/pgbeam/pulumi-pgbeam/tools/internal/schemafile"
)

// languages are the languages whose program generator is available as a Go module,
// in the order of the tabs in the registry. The one for .NET is not.
var languages = []struct {
	name     string
	generate programGenerator
	fix      func(program string, spec schema.PackageSpec) string // optional
}{
	{"typescript", nodejs.GenerateProgram, nil},
	{"python", python.GenerateProgram, nil},
	{"go", gogen.GenerateProgram, fixGo},
	{"java", java.GenerateProgram, fixJava},
}

type programGenerator func(*pcl.Program) (map[string][]byte, hcl.Diagnostics, error)

func main() {
	schemaFile := flag.String("schema", "", "schema `file` of the package")
	examples := flag.String("examples", "", "`folder` of the YAML examples, with a folder per resource, such as policy-profile")
	out := flag.String("out", "", "`folder` of the Markdown, with a file per resource, such as PolicyProfile.md")
	flag.Parse()
	if err := run(*schemaFile, *examples, *out); err != nil {
		fmt.Fprintln(os.Stderr, "exampledocs:", err)
		os.Exit(1)
	}
}

func run(schemaFile, examples, out string) error {
	if schemaFile == "" || examples == "" || out == "" {
		return errors.New("usage: exampledocs -schema FILE -examples FOLDER -out FOLDER")
	}
	spec, pkg, err := schemafile.Read(schemaFile)
	if err != nil {
		return err
	}
	// Remove files of resources that are no longer in the schema.
	stale, err := filepath.Glob(filepath.Join(out, "*.md"))
	if err != nil {
		return err
	}
	for _, file := range stale {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	markdownByKind := map[string]string{}
	tokens := append(slices.Collect(maps.Keys(spec.Resources)), slices.Collect(maps.Keys(spec.Functions))...)
	for _, token := range tokens {
		kind := token[strings.LastIndex(token, ":")+1:]
		example := filepath.Join(examples, kebabCase(kind))
		markdown, err := render(example, spec, schemafile.Loader{Package: pkg})
		if errors.Is(err, fs.ErrNotExist) {
			continue // a test reports resources without an example
		}
		if err != nil {
			return fmt.Errorf("%s: %w", example, err)
		}
		markdownByKind[kind] = markdown
		if err := writeSource(filepath.Join(out, kind+".md"), []byte(markdown)); err != nil {
			return err
		}
	}
	archive, err := compress(markdownByKind)
	if err != nil {
		return err
	}
	return writeSource(filepath.Join(out, "examples.json.gz"), archive)
}

// compress returns the examples as the plugin embeds them.
func compress(markdownByKind map[string]string) ([]byte, error) {
	text, err := json.Marshal(markdownByKind) // in the order of the keys
	if err != nil {
		return nil, err
	}
	var archive bytes.Buffer
	writer, err := gzip.NewWriterLevel(&archive, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(text); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return archive.Bytes(), nil
}

func writeSource(file string, content []byte) error {
	return os.WriteFile(file, content, 0o644) //nolint:gosec // source files are readable by all
}

var wordStart = regexp.MustCompile(`(.)([A-Z])`)

// kebabCase converts PolicyProfile to policy-profile.
func kebabCase(kind string) string {
	return strings.ToLower(wordStart.ReplaceAllString(kind, "$1-$2"))
}

// render returns an example in all languages. The registry shows the programs as
// tabs, and the SDK generators extract the program of their language.
func render(example string, spec schema.PackageSpec, loader schema.ReferenceLoader) (string, error) {
	source, err := os.ReadFile(filepath.Join(example, "Pulumi.yaml")) //nolint:gosec // an example of this repository
	if err != nil {
		return "", err
	}
	// The settings of the project precede the program.
	_, yamlProgram, found := strings.Cut(string(source), "runtime: yaml\n")
	if !found {
		return "", errors.New("Pulumi.yaml does not contain the line `runtime: yaml`") //nolint:staticcheck // the name of a file
	}
	project, _, _, err := yamlgen.LoadTemplate(example)
	if err != nil {
		return "", err
	}
	if project.Description == nil {
		return "", errors.New("Pulumi.yaml does not contain a description") //nolint:staticcheck // the name of a file
	}
	var b strings.Builder
	fmt.Fprintf(&b, "{{%% examples %%}}\n## Example Usage\n\n{{%% example %%}}\n### %s\n\n", strings.TrimSuffix(*project.Description, "."))
	for _, language := range languages {
		program, err := convert(example, loader, language.generate)
		if err != nil {
			return "", fmt.Errorf("converting to %s: %w", language.name, err)
		}
		if language.fix != nil {
			program = language.fix(program, spec)
		}
		program = typedRules.Replace(program)
		fmt.Fprintf(&b, "```%s\n%s\n```\n\n", language.name, strings.TrimSpace(program))
	}
	fmt.Fprintf(&b, "```yaml\n%s\n```\n{{%% /example %%}}\n{{%% /examples %%}}\n", strings.TrimSpace(yamlProgram))
	return b.String(), nil
}

// typedRules replaces the output that only YAML needs.
var typedRules = strings.NewReplacer("maskingRuleMaps", "maskingRules", "masking_rule_maps", "masking_rules", "MaskingRuleMaps", "MaskingRules")

// convert converts an example to a language. It loads the example each time,
// because generators modify the program.
func convert(example string, loader schema.ReferenceLoader, generate programGenerator) (string, error) {
	_, program, err := yamlgen.Eject(example, loader)
	if err != nil {
		return "", err
	}
	files, diagnostics, err := generate(program)
	switch {
	case err != nil:
		return "", err
	case diagnostics.HasErrors():
		return "", diagnostics
	case len(files) != 1:
		return "", fmt.Errorf("the generator returned %d files, want 1", len(files))
	}
	for _, content := range files {
		return string(content), nil
	}
	return "", nil
}
