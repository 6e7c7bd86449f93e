// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command docs prints docs/resources.md: every resource and component of a
// schema, with the example that the tests deploy. It also rewrites the resource
// tables of the pages that it is given.
//
//	docs -schema schema.json -examples examples/yaml README.md docs/_index.md > docs/resources.md
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"

	"github.com/pgbeam/pulumi-pgbeam/resources"
)

//go:embed resources.md.tmpl
var page string

func main() {
	from := flag.String("schema", "", "file of the schema")
	examples := flag.String("examples", "", "folder of the YAML examples, each in a folder named after its resource: policy-profile")
	flag.Parse()
	if err := run(*from, *examples, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func run(from, examples string, pages []string) error {
	if from == "" || examples == "" {
		return errors.New("usage: docs -schema FILE -examples FOLDER [PAGE]...")
	}
	text, err := os.ReadFile(from) //nolint:gosec // the caller's file
	if err != nil {
		return err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return fmt.Errorf("reading %s: %w", from, err)
	}
	parsed, err := template.New("").Funcs(template.FuncMap{"lower": strings.ToLower}).Parse(page)
	if err != nil {
		return err
	}
	all, err := everything(spec, examples)
	if err != nil {
		return err
	}
	if err := updateTables(pages, all); err != nil {
		return err
	}
	var out bytes.Buffer
	if err := parsed.Execute(&out, all); err != nil {
		return err
	}
	_, err = os.Stdout.Write(out.Bytes())
	return err
}

// contents is what the page is made of.
type contents struct {
	Components, Resources []resource
	Types, Enums          []nested
}

// resource is a resource or a component.
type resource struct {
	Kind, Summary, Description string
	Inputs, Outputs            []property
	Replacing, Secrets         []string
	ImportID                   string
	// UniqueBy are the inputs that no two objects may share, where a replacement
	// can leave them as they are.
	UniqueBy []string
	// Folder and Example are the example's, from its resources on.
	Folder, Example string
}

// nested is the type of a nested object, or an enum.
type nested struct {
	Name, Description string
	Properties        []property
	Values            []schema.EnumValueSpec
}

type property struct {
	Name, Type, Default, Change, Description string
	Required, Secret                         bool
}

func everything(spec schema.PackageSpec, examples string) (contents, error) {
	var all contents
	for _, served := range resources.All() {
		described, err := describe(spec, served.Kind(), examples)
		if err != nil {
			return contents{}, err
		}
		described.ImportID, described.UniqueBy = served.ImportID.String(), served.UniqueBy
		all.Resources = append(all.Resources, described)
	}
	for _, token := range sorted(spec.Resources) {
		if !spec.Resources[token].IsComponent {
			continue
		}
		described, err := describe(spec, nameOf(token), examples)
		if err != nil {
			return contents{}, err
		}
		all.Components = append(all.Components, described)
	}
	given := inputTypes(spec)
	for _, token := range sorted(spec.Types) {
		typ := spec.Types[token]
		required := typ.Required
		if !given[token] {
			required = nil // nobody has to give what only comes out
		}
		shown := nested{
			Name: nameOf(token), Description: typ.Description,
			Properties: propertiesOf(typ.Properties, required, false), Values: typ.Enum,
		}
		if len(typ.Enum) > 0 {
			all.Enums = append(all.Enums, shown)
		} else {
			all.Types = append(all.Types, shown)
		}
	}
	return all, nil
}

// inputTypes returns the types that inputs have, at any depth.
func inputTypes(spec schema.PackageSpec) map[string]bool {
	given := map[string]bool{}
	var add func(properties map[string]schema.PropertySpec)
	add = func(properties map[string]schema.PropertySpec) {
		for _, property := range properties {
			typ := property.TypeSpec
			if typ.Items != nil {
				typ = *typ.Items
			}
			if _, token, ok := strings.Cut(typ.Ref, "#/types/"); ok && !given[token] {
				given[token] = true
				add(spec.Types[token].Properties)
			}
		}
	}
	for _, resource := range spec.Resources {
		add(resource.InputProperties)
	}
	return given
}

func describe(spec schema.PackageSpec, kind, examples string) (resource, error) {
	found, ok := spec.Resources[spec.Name+":index:"+kind]
	if !ok {
		return resource{}, fmt.Errorf("the schema has no %s", kind)
	}
	// Examples and the import have their own form on this page.
	description, _, _ := strings.Cut(found.Description, "{{% examples %}}")
	description, _, _ = strings.Cut(description, "## Import")
	described := resource{
		Kind: kind, Description: strings.TrimSpace(description),
		Inputs: propertiesOf(found.InputProperties, found.RequiredInputs, true),
	}
	described.Summary, _, _ = strings.Cut(strings.ReplaceAll(described.Description, "\n", " "), ". ")
	described.Summary = strings.TrimSuffix(described.Summary, ".") + "."
	for _, output := range propertiesOf(found.Properties, nil, true) {
		if _, input := found.InputProperties[output.Name]; !input || found.IsComponent {
			described.Outputs = append(described.Outputs, output)
		}
	}
	for name, input := range found.InputProperties {
		if input.WillReplaceOnChanges {
			described.Replacing = append(described.Replacing, name)
		}
	}
	slices.Sort(described.Replacing)
	described.Secrets = secretsOf(spec, found.Properties)
	described.Folder = kebab(kind)
	var err error
	described.Example, err = resourcesOf(filepath.Join(examples, described.Folder, "Pulumi.yaml"))
	return described, err
}

// resourcesOf returns the resources of a YAML program as it spells them. One
// that does not exist has none, which a test complains of.
func resourcesOf(file string) (string, error) {
	program, err := os.ReadFile(file) //nolint:gosec // an example of this repository
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	_, resources, found := strings.Cut(string(program), "\nresources:\n")
	if !found {
		return "", fmt.Errorf("%s has no resources", file)
	}
	resources, _, _ = strings.Cut(resources, "\noutputs:\n")
	return "resources:\n" + strings.TrimRight(resources, "\n"), nil
}

// secretsOf returns the paths of what is secret.
func secretsOf(spec schema.PackageSpec, properties map[string]schema.PropertySpec) []string {
	var secrets []string
	for _, name := range sorted(properties) {
		if properties[name].Secret {
			secrets = append(secrets, name)
		}
		_, token, _ := strings.Cut(properties[name].Ref, "#/types/")
		for _, nested := range secretsOf(spec, spec.Types[token].Properties) {
			secrets = append(secrets, name+"."+nested)
		}
	}
	return secrets
}

var (
	defaultValue = regexp.MustCompile(` Defaults to ([^.]+)\.`)
	wordStart    = regexp.MustCompile(`(.)([A-Z])`)
)

const (
	emptyDefault = " Empty by default."
	replacing    = " Changing it replaces the resource."
)

// propertiesOf returns properties as rows of a table, the required ones first.
// What has a column of its own is not said twice; types have none for changes.
func propertiesOf(specs map[string]schema.PropertySpec, required []string, changes bool) []property {
	var shown []property
	for _, name := range sorted(specs) {
		spec := specs[name]
		p := property{
			Name: name, Type: typeOf(spec.TypeSpec), Change: "in place",
			Required: slices.Contains(required, name), Secret: spec.Secret,
		}
		description := spec.Description
		if changes && strings.HasSuffix(description, replacing) {
			description, p.Change = strings.TrimSuffix(description, replacing), "replaces"
		}
		if strings.HasSuffix(description, emptyDefault) {
			description, p.Default = strings.TrimSuffix(description, emptyDefault), "empty"
		}
		if match := defaultValue.FindStringSubmatch(description); match != nil {
			description, p.Default = strings.Replace(description, match[0], "", 1), match[1]
		}
		p.Description = strings.ReplaceAll(strings.TrimSpace(description), "|", `\|`)
		shown = append(shown, p)
	}
	slices.SortStableFunc(shown, func(a, b property) int {
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		default:
			return 1
		}
	})
	return shown
}

func typeOf(t schema.TypeSpec) string {
	switch {
	case t.Ref != "":
		name := nameOf(t.Ref)
		return fmt.Sprintf("[%s](#%s)", name, strings.ToLower(name))
	case t.Items != nil:
		return "list of " + typeOf(*t.Items)
	case t.AdditionalProperties != nil:
		return "map of " + typeOf(*t.AdditionalProperties)
	default:
		return t.Type
	}
}

func nameOf(token string) string { return token[strings.LastIndex(token, ":")+1:] }

// kebab is PolicyProfile as policy-profile.
func kebab(kind string) string {
	return strings.ToLower(wordStart.ReplaceAllString(kind, "$1-$2"))
}

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
