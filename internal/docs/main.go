// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command docs writes docs/resources.md, docs/components.md and docs/functions.md, the
// references of the resources, components and functions in a schema with the examples that
// the tests deploy. It also rewrites the tables of all three in the pages that it is passed,
// the table of examples in the README of their folder, and the programs in the guides and in
// the pages beside the references.
//
//	docs -schema schema.json -examples examples/yaml -out docs -guides docs/guides docs/_index.md
package main

import (
	"embed"
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
	"text/template"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"

	"github.com/pgbeam/pulumi-pgbeam/resources"
)

//go:embed *.md.tmpl
var templates embed.FS

func main() {
	schemaFile := flag.String("schema", "", "schema `file` of the package")
	examples := flag.String("examples", "", "`folder` of the YAML examples, with a folder per resource or function, such as policy-profile")
	out := flag.String("out", "", "`folder` of the references")
	guides := flag.String("guides", "", "`folder` of the guides")
	flag.Parse()
	if err := run(*schemaFile, *examples, *out, *guides, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "docs:", err)
		os.Exit(1)
	}
}

func run(schemaFile, examples, out, guides string, pages []string) error {
	if schemaFile == "" || examples == "" || out == "" || guides == "" {
		return errors.New("usage: docs -schema FILE -examples FOLDER -out FOLDER -guides FOLDER [PAGES]")
	}
	text, err := os.ReadFile(schemaFile) //nolint:gosec // the caller's file
	if err != nil {
		return err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return fmt.Errorf("reading %s: %w", schemaFile, err)
	}
	data, err := newPageData(spec, examples)
	if err != nil {
		return err
	}
	if err := updateTables(pages, data); err != nil {
		return err
	}
	if err := updateExampleTable(examples); err != nil {
		return err
	}
	for _, folder := range []string{guides, out} {
		if err := updatePrograms(folder); err != nil {
			return err
		}
	}
	return writeReferences(out, data)
}

// writeReferences writes a page for each template.
func writeReferences(folder string, data pageData) error {
	pages, err := template.New("").Funcs(template.FuncMap{"lower": strings.ToLower}).ParseFS(templates, "*.md.tmpl")
	if err != nil {
		return err
	}
	for _, page := range []string{resourcesPage, componentsPage, functionsPage} {
		var text strings.Builder
		if err := pages.ExecuteTemplate(&text, page+".tmpl", data); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, page), []byte(text.String()), 0o644); err != nil { //nolint:gosec // a document
			return err
		}
	}
	return nil
}

// The pages of the reference.
const (
	resourcesPage  = "resources.md"
	componentsPage = "components.md"
	functionsPage  = "functions.md"
)

// pageData is the data of the templates.
type pageData struct {
	Resources  []resourceData
	Components []componentData
	Functions  []functionData
	// Types and Enums are those that each page describes.
	Types, Enums map[string][]typeData
}

// resourceData describes a resource, or what a component has in common with one.
type resourceData struct {
	Kind, Summary, Description string
	Inputs, Outputs            []propertyData
	Replacing, Secrets         []string
	// ImportID is the format of the ID to import. It is empty if nothing can be imported.
	ImportID string
	// UniqueBy are the inputs that must be unique in the API. It is empty if every
	// replacement changes one of them.
	UniqueBy []string
	// Folder is the folder of the example under examples/yaml, and Example the
	// resources of its program.
	Folder, Example string
}

// typeData describes an object type or an enum.
type typeData struct {
	Name, Description string
	Properties        []propertyData
	Values            []schema.EnumValueSpec
}

// propertyData is a row in a table of properties.
type propertyData struct {
	Name, Type, Default, Change, Description string
	Required, Secret                         bool
}

func newPageData(spec schema.PackageSpec, examples string) (pageData, error) {
	data := pageData{Types: map[string][]typeData{}, Enums: map[string][]typeData{}}
	pages := pagesOfTypes(spec)
	for _, r := range resources.All() {
		described, err := describeResource(spec, r.Kind(), examples, typePage{resourcesPage, pages})
		if err != nil {
			return pageData{}, err
		}
		if r.HasObject() {
			described.ImportID = r.ImportID.String()
		}
		if !isSubset(r.Properties.ReplacingNames(), r.UniqueBy) {
			described.UniqueBy = r.UniqueBy
		}
		data.Resources = append(data.Resources, described)
	}
	var err error
	if data.Components, err = describeComponents(spec, examples, typePage{componentsPage, pages}); err != nil {
		return pageData{}, err
	}
	if data.Functions, err = describeFunctions(spec, examples, typePage{functionsPage, pages}); err != nil {
		return pageData{}, err
	}
	inputs := inputTypes(spec)
	for _, token := range slices.Sorted(maps.Keys(spec.Types)) {
		typ, page := spec.Types[token], pages[token]
		required := typ.Required
		if !inputs[token] {
			required = nil // "required" concerns inputs only
		}
		described := typeData{
			Name: typeName(token), Description: typ.Description,
			Properties: describeProperties(typ.Properties, required, false, typePage{page, pages}), Values: typ.Enum,
		}
		if len(typ.Enum) > 0 {
			data.Enums[page] = append(data.Enums[page], described)
		} else {
			data.Types[page] = append(data.Types[page], described)
		}
	}
	return data, nil
}

// typesOf returns the tokens of the types that properties refer to at any depth.
func typesOf(spec schema.PackageSpec, properties ...map[string]schema.PropertySpec) map[string]bool {
	tokens := map[string]bool{}
	var add func(properties map[string]schema.PropertySpec)
	add = func(properties map[string]schema.PropertySpec) {
		for _, property := range properties {
			typ := property.TypeSpec
			if typ.Items != nil {
				typ = *typ.Items
			} else if typ.AdditionalProperties != nil {
				typ = *typ.AdditionalProperties
			}
			if _, token, ok := strings.Cut(typ.Ref, "#/types/"); ok && !tokens[token] {
				tokens[token] = true
				add(spec.Types[token].Properties)
			}
		}
	}
	for _, p := range properties {
		add(p)
	}
	return tokens
}

// inputTypes returns the types that inputs use.
func inputTypes(spec schema.PackageSpec) map[string]bool {
	var inputs []map[string]schema.PropertySpec
	for _, resource := range spec.Resources {
		inputs = append(inputs, resource.InputProperties)
	}
	for _, function := range spec.Functions {
		if function.Inputs != nil {
			inputs = append(inputs, function.Inputs.Properties)
		}
	}
	return typesOf(spec, inputs...)
}

// pagesOfTypes returns the page that describes each type: that of the resources if one of
// them uses the type, or else that of the components, or else that of the functions.
func pagesOfTypes(spec schema.PackageSpec) map[string]string {
	pages := map[string]string{}
	for token := range spec.Types {
		pages[token] = functionsPage
	}
	for _, resource := range spec.Resources {
		for token := range typesOf(spec, resource.InputProperties, resource.Properties) {
			if !resource.IsComponent {
				pages[token] = resourcesPage
			} else if pages[token] != resourcesPage {
				pages[token] = componentsPage
			}
		}
	}
	return pages
}

// token returns the token of a resource, component or function.
func token(spec schema.PackageSpec, name string) string { return spec.Name + ":index:" + name }

func describeResource(spec schema.PackageSpec, kind, examples string, page typePage) (resourceData, error) {
	resource, ok := spec.Resources[token(spec, kind)]
	if !ok {
		return resourceData{}, fmt.Errorf("the schema does not contain %s", kind)
	}
	// The page has its own sections for the example and the import.
	description, _, _ := strings.Cut(resource.Description, "{{% examples %}}")
	description, _, _ = strings.Cut(description, "## Import")
	described := resourceData{
		Kind: kind, Description: strings.TrimSpace(description),
		Inputs:  describeProperties(resource.InputProperties, resource.RequiredInputs, true, page),
		Secrets: secretPaths(spec, resource.Properties),
		Folder:  kebabCase(kind),
	}
	described.Summary = firstSentence(described.Description)
	for _, output := range describeProperties(resource.Properties, nil, true, page) {
		if _, isInput := resource.InputProperties[output.Name]; !isInput || resource.IsComponent {
			described.Outputs = append(described.Outputs, output)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(resource.InputProperties)) {
		if resource.InputProperties[name].WillReplaceOnChanges {
			described.Replacing = append(described.Replacing, name)
		}
	}
	var err error
	described.Example, err = exampleSection(filepath.Join(examples, described.Folder, "Pulumi.yaml"), "resources")
	return described, err
}

func firstSentence(description string) string {
	sentence, _, _ := strings.Cut(strings.ReplaceAll(description, "\n", " "), ". ")
	return strings.TrimSuffix(sentence, ".") + "."
}

// exampleSection returns the source of a YAML program from a section up to its outputs,
// or "" if the file does not exist: a test reports resources that have no example.
func exampleSection(file, section string) (string, error) {
	program, err := os.ReadFile(file) //nolint:gosec // an example of this repository
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	_, text, found := strings.Cut(string(program), "\n"+section+":\n")
	if !found {
		return "", fmt.Errorf("%s has no section %s", file, section)
	}
	text, _, _ = strings.Cut(text, "\noutputs:\n")
	return section + ":\n" + strings.TrimRight(text, "\n"), nil
}

// secretPaths returns the paths of the secret properties.
func secretPaths(spec schema.PackageSpec, properties map[string]schema.PropertySpec) []string {
	var paths []string
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if properties[name].Secret {
			paths = append(paths, name)
		}
		_, token, _ := strings.Cut(properties[name].Ref, "#/types/")
		for _, nested := range secretPaths(spec, spec.Types[token].Properties) {
			paths = append(paths, name+"."+nested)
		}
	}
	return paths
}

var (
	defaultValue = regexp.MustCompile(` Defaults to ([^.]+)\.`)
	wordStart    = regexp.MustCompile(`(.)([A-Z])`)
)

const (
	emptyDefault = " Empty by default."
	replacing    = " Changing it replaces the resource."
)

// describeProperties returns a row for each property, required properties first.
// It moves sentences about defaults and replacement from the description to their
// columns; tables of types have no column for replacement.
func describeProperties(specs map[string]schema.PropertySpec, required []string, hasChangeColumn bool, page typePage) []propertyData {
	var rows []propertyData
	for _, name := range slices.Sorted(maps.Keys(specs)) {
		spec := specs[name]
		row := propertyData{
			Name: name, Type: page.typeLink(spec.TypeSpec), Change: "in place",
			Required: slices.Contains(required, name), Secret: spec.Secret,
		}
		description := spec.Description
		if hasChangeColumn && strings.HasSuffix(description, replacing) {
			description, row.Change = strings.TrimSuffix(description, replacing), "replaces"
		}
		if strings.HasSuffix(description, emptyDefault) {
			description, row.Default = strings.TrimSuffix(description, emptyDefault), "empty"
		}
		if match := defaultValue.FindStringSubmatch(description); match != nil {
			description, row.Default = strings.Replace(description, match[0], "", 1), match[1]
		}
		row.Description = strings.ReplaceAll(strings.TrimSpace(description), "|", `\|`)
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b propertyData) int {
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		default:
			return 1
		}
	})
	return rows
}

// typePage is a page with links to types.
type typePage struct {
	name  string
	pages map[string]string // the page that describes each type, by its token
}

// typeLink returns the name of a type, with a link if a page describes the type.
func (p typePage) typeLink(t schema.TypeSpec) string {
	switch {
	case t.Ref != "":
		name, page := typeName(t.Ref), p.pages[strings.TrimPrefix(t.Ref, "#/types/")]
		if page == p.name {
			page = ""
		}
		return fmt.Sprintf("[%s](%s#%s)", name, page, strings.ToLower(name))
	case t.Items != nil:
		return "list of " + p.typeLink(*t.Items)
	case t.AdditionalProperties != nil:
		return "map of " + p.typeLink(*t.AdditionalProperties)
	default:
		return t.Type
	}
}

// typeName returns the name in a type token or a reference to one.
func typeName(token string) string { return token[strings.LastIndex(token, ":")+1:] }

// kebabCase converts PolicyProfile to policy-profile.
func kebabCase(kind string) string {
	return strings.ToLower(wordStart.ReplaceAllString(kind, "$1-$2"))
}

// isSubset reports whether all items are in the set.
func isSubset(items, set []string) bool {
	return !slices.ContainsFunc(items, func(item string) bool { return !slices.Contains(set, item) })
}
