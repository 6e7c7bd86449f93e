// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command exampledocs turns the YAML example of each resource and component
// into Markdown with the same program in every language, which the descriptions
// in the schema end with.
//
//	exampledocs -schema schema.json -examples examples/yaml -out internal/examples
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/pulumi/pulumi-java/pkg/codegen/java"
	yamlgen "github.com/pulumi/pulumi-yaml/pkg/pulumiyaml/codegen"
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"

	"github.com/pgbeam/pulumi-pgbeam/tools/internal/bound"
)

// converters are Pulumi's own, of every language that has one as a Go module,
// in the order in which the registry shows them. That of .NET has none.
var converters = []struct {
	language string
	convert  func(*pcl.Program) (map[string][]byte, hcl.Diagnostics, error)
	tidy     func(string, schema.PackageSpec) string
}{
	{"typescript", nodejs.GenerateProgram, asItIs},
	{"python", python.GenerateProgram, asItIs},
	{"go", gogen.GenerateProgram, tidyGo},
	{"java", java.GenerateProgram, tidyJava},
}

func main() {
	from := flag.String("schema", "", "file of the schema")
	examples := flag.String("examples", "", "folder of the YAML examples, each in a folder named after its resource: policy-profile")
	out := flag.String("out", "", "folder of the Markdown, whose files are named after the resources: PolicyProfile.md")
	flag.Parse()
	if err := run(*from, *examples, *out); err != nil {
		fmt.Fprintln(os.Stderr, "exampledocs:", err)
		os.Exit(1)
	}
}

func run(from, examples, out string) error {
	if from == "" || examples == "" || out == "" {
		return errors.New("usage: exampledocs -schema FILE -examples FOLDER -out FOLDER")
	}
	spec, pkg, err := bound.Read(from)
	if err != nil {
		return err
	}
	// What a resource that is no more led to must not stay behind.
	stale, err := filepath.Glob(filepath.Join(out, "*.md"))
	if err != nil {
		return err
	}
	for _, file := range stale {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	for token := range spec.Resources {
		kind := token[strings.LastIndex(token, ":")+1:]
		example := filepath.Join(examples, kebab(kind))
		markdown, err := document(example, spec, loader{pkg})
		if errors.Is(err, fs.ErrNotExist) {
			continue // which a test complains of
		}
		if err != nil {
			return fmt.Errorf("%s: %w", example, err)
		}
		if err := os.WriteFile(filepath.Join(out, kind+".md"), []byte(markdown), 0o644); err != nil { //nolint:gosec // source files are for everybody
			return err
		}
	}
	return nil
}

var wordStart = regexp.MustCompile(`(.)([A-Z])`)

// kebab is PolicyProfile as policy-profile.
func kebab(kind string) string {
	return strings.ToLower(wordStart.ReplaceAllString(kind, "$1-$2"))
}

// document returns an example in all languages, in the form that the registry
// makes tabs of and that the SDK generators take their own language from.
func document(example string, spec schema.PackageSpec, packages schema.ReferenceLoader) (string, error) {
	source, err := os.ReadFile(filepath.Join(example, "Pulumi.yaml")) //nolint:gosec // an example of this repository
	if err != nil {
		return "", err
	}
	// The program begins where the project's own settings end.
	_, program, found := strings.Cut(string(source), "runtime: yaml\n")
	if !found {
		return "", errors.New("Pulumi.yaml has no line `runtime: yaml` before its program") //nolint:staticcheck // the name of a file
	}
	var b strings.Builder
	project, _, _, err := yamlgen.LoadTemplate(example)
	if err != nil {
		return "", err
	}
	if project.Description == nil {
		return "", errors.New("Pulumi.yaml has no description") //nolint:staticcheck // the name of a file
	}
	fmt.Fprintf(&b, "{{%% examples %%}}\n## Example Usage\n\n{{%% example %%}}\n### %s\n\n", strings.TrimSuffix(*project.Description, "."))
	for _, to := range converters {
		converted, err := convert(example, packages, to.convert)
		if err != nil {
			return "", fmt.Errorf("converting to %s: %w", to.language, err)
		}
		fmt.Fprintf(&b, "```%s\n%s\n```\n\n", to.language, strings.TrimSpace(to.tidy(converted, spec)))
	}
	fmt.Fprintf(&b, "```yaml\n%s\n```\n{{%% /example %%}}\n{{%% /examples %%}}\n", strings.TrimSpace(program))
	return b.String(), nil
}

// convert reads the program anew for each language, because converters change
// what they are given.
func convert(example string, packages schema.ReferenceLoader, to func(*pcl.Program) (map[string][]byte, hcl.Diagnostics, error)) (string, error) {
	_, program, err := yamlgen.Eject(example, packages)
	if err != nil {
		return "", err
	}
	files, diagnostics, err := to(program)
	switch {
	case err != nil:
		return "", err
	case diagnostics.HasErrors():
		return "", diagnostics
	case len(files) != 1:
		return "", fmt.Errorf("one file was expected, and there are %d", len(files))
	}
	for _, content := range files {
		return string(content), nil
	}
	return "", nil
}

func asItIs(program string, _ schema.PackageSpec) string { return program }

// tidyGo takes out a conversion that the converter writes and Go does not need:
// an ID is a string input as it is.
func tidyGo(program string, _ schema.PackageSpec) string {
	return strings.ReplaceAll(program, ".ID().ToIDOutput().ToStringOutput()", ".ID()")
}
