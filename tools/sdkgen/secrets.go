// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/cgstrings"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// Pulumi's generators mark secret inputs, but not secrets that are nested in an
// input. The engine would see such a secret in clear text until the provider marks
// it, and exporting a whole component would print it. The functions in this file
// make the SDKs mark nested secrets as well.

// secretSources are source files that contain the functions that mark secrets.
//
//go:embed all:secrets
var secretSources embed.FS

func secretSource(name string) []byte {
	content, err := secretSources.ReadFile("secrets/" + name)
	if err != nil {
		panic(err)
	}
	return content
}

// secrets locates the secrets in the values of a type. It is nil if there are
// none; otherwise, exactly one of secret, fields, items and values is set.
type secrets struct {
	secret bool   // the value itself is a secret
	object string // name of the object type that has the fields
	fields map[string]*secrets
	items  *secrets // of a list
	values *secrets // of a map
}

// findSecrets returns the secrets in a type. The parents are the object types that
// contain it.
func findSecrets(typ schema.Type, parents ...schema.Type) *secrets {
	switch typ := typ.(type) {
	case *schema.InputType:
		return findSecrets(typ.ElementType, parents...)
	case *schema.OptionalType:
		return findSecrets(typ.ElementType, parents...)
	case *schema.ArrayType:
		if items := findSecrets(typ.ElementType, parents...); items != nil {
			return &secrets{items: items}
		}
	case *schema.MapType:
		if values := findSecrets(typ.ElementType, parents...); values != nil {
			return &secrets{values: values}
		}
	case *schema.UnionType:
		for _, variant := range typ.ElementTypes {
			if findSecrets(variant, parents...) != nil {
				panic(fmt.Sprintf("the union %s contains secrets, but an SDK cannot determine the variant of a value", typ))
			}
		}
	case *schema.ObjectType:
		if slices.Contains(parents, schema.Type(typ)) {
			panic(fmt.Sprintf("the type %s is recursive", typ))
		}
		fields := map[string]*secrets{}
		for _, property := range typ.Properties {
			field := findSecrets(property.Type, append(parents, typ)...)
			if property.Secret {
				field = &secrets{secret: true}
			}
			if field != nil {
				fields[property.Name] = field
			}
		}
		if len(fields) > 0 {
			return &secrets{object: typeName(typ.Token), fields: fields}
		}
	}
	return nil
}

// typeName returns the name in the token of a resource or a type.
func typeName(token string) string { return token[strings.LastIndex(token, ":")+1:] }

// nestedSecrets returns the secrets that are nested in inputs, by the names of the
// resource and the input.
func nestedSecrets(pkg *schema.Package) map[string]map[string]*secrets {
	resources := map[string]map[string]*secrets{}
	for _, resource := range pkg.Resources {
		name := typeName(resource.Token)
		for _, input := range resource.InputProperties {
			if nested := findSecrets(input.Type); nested != nil && !input.Secret {
				if resources[name] == nil {
					resources[name] = map[string]*secrets{}
				}
				resources[name][input.Name] = nested
			}
		}
	}
	return resources
}

// literal returns the secrets as a literal for the function that marks them at run
// time. trueLiteral is the language's literal of true, and fieldNames returns the
// names that a field can have in the language.
func (s *secrets) literal(trueLiteral string, fieldNames func(name string) []string) string {
	switch {
	case s.secret:
		return trueLiteral
	case s.items != nil:
		return s.items.literal(trueLiteral, fieldNames)
	case s.values != nil:
		return `{"*": ` + s.values.literal(trueLiteral, fieldNames) + "}"
	}
	var fields []string
	for _, field := range slices.Sorted(maps.Keys(s.fields)) {
		for _, name := range fieldNames(field) {
			fields = append(fields, strconv.Quote(name)+": "+s.fields[field].literal(trueLiteral, fieldNames))
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

func markInNodeJS(sdk files, pkg *schema.Package) {
	sdk["secrets.ts"] = secretSource("secrets.ts")
	for resource, inputs := range nestedSecrets(pkg) {
		file := cgstrings.Camel(resource) + ".ts"
		sdk.replace(file, `import * as utilities from "./utilities";`, `import * as utilities from "./utilities";`+"\n"+`import { markSecrets } from "./secrets";`)
		for name, nested := range inputs {
			set := fmt.Sprintf("resourceInputs[%q] = ", name)
			literal := nested.literal("true", func(name string) []string { return []string{name} })
			sdk.replace(file, set+"args?."+name+";", set+"markSecrets(args?."+name+", "+literal+");")
		}
	}
}

func markInPython(sdk files, pkg *schema.Package) {
	const folder = "pulumi_pgbeam/"
	sdk[folder+"_secrets.py"] = secretSource("_secrets.py")
	for resource, inputs := range nestedSecrets(pkg) {
		file := folder + python.PyName(resource) + ".py"
		sdk.replace(file, "from . import _configure, _utilities\n", "from . import _configure, _secrets, _utilities\n")
		for name, nested := range inputs {
			pyName := python.PyName(name)
			set := fmt.Sprintf("__props__.__dict__[%q] = ", pyName)
			// The keys of a dictionary can be in snake case or in camel case.
			literal := nested.literal("True", func(name string) []string {
				return slices.Compact([]string{python.PyName(name), name})
			})
			sdk.replace(file, set+pyName+"\n", set+"_secrets.mark_secrets("+pyName+", "+literal+")\n")
		}
	}
}

// markInJava marks all secrets in the build methods of the argument classes,
// because the generator does not mark any.
func markInJava(sdk files, pkg *schema.Package) {
	const root = "src/main/java/com/pgbeam/pulumi/"
	mark := func(file, class string, properties []*schema.Property) {
		var marks strings.Builder
		for _, property := range properties {
			if property.Secret {
				fmt.Fprintf(&marks, "            if ($.%[1]s != null) {\n                $.%[1]s = $.%[1]s.asSecret();\n            }\n", property.Name)
			}
		}
		if marks.Len() == 0 {
			return
		}
		content := string(sdk[file])
		build := "        public " + class + " build() {\n"
		start := strings.Index(content, build)
		if start < 0 {
			panic(file + " contains no builder of " + class)
		}
		end := start + strings.Index(content[start:], "            return $;\n")
		sdk[file] = []byte(content[:end] + marks.String() + content[end:])
	}
	for _, resource := range pkg.Resources {
		class := typeName(resource.Token) + "Args"
		mark(root+class+".java", class, resource.InputProperties)
	}
	mark(root+"ProviderArgs.java", "ProviderArgs", pkg.Provider.InputProperties)
	for _, typ := range pkg.Types {
		object, ok := typ.(*schema.ObjectType)
		if !ok || !object.IsInputShape() {
			continue
		}
		class := typeName(object.Token) + "Args"
		if _, ok := sdk[root+"inputs/"+class+".java"]; ok {
			mark(root+"inputs/"+class+".java", class, object.Properties)
		}
	}
}

// markInGo marks secrets in plain arguments. It does not mark secrets inside an
// output, whose type cannot contain a secret: the provider marks those.
func markInGo(sdk files, pkg *schema.Package) {
	const folder = "pgbeam/"
	types := string(sdk[folder+"pulumiTypes.go"])
	sources := map[string]string{} // of the generated functions, by name
	// markFunction returns the name of the function that marks the secrets of a
	// value, which it generates.
	var markFunction func(s *secrets) string
	markCollection := func(element *secrets, kind string) string {
		if element.object == "" {
			panic("secrets in nested collections are not supported in Go")
		}
		name := "markSecretsIn" + element.object + kind
		sources[name] = fmt.Sprintf("\nfunc %[1]s[I pulumi.Input](input I) I {\n\tv, ok := any(input).(%[2]s)\n\tif !ok {\n\t\treturn input\n\t}\n"+
			"\tmarked := %[3]s\n\tfor key, value := range v {\n\t\tmarked[key] = %[4]s(value)\n\t}\n\treturn any(marked).(I)\n}\n",
			name, element.object+kind, map[string]string{"Array": "make(" + element.object + "Array, len(v))", "Map": element.object + "Map{}"}[kind], markFunction(element))
		return name
	}
	markFunction = func(s *secrets) string {
		switch {
		case s.secret:
			return "markSecret"
		case s.items != nil:
			return markCollection(s.items, "Array")
		case s.values != nil:
			return markCollection(s.values, "Map")
		}
		name := "markSecretsIn" + s.object
		if _, ok := sources[name]; ok {
			return name
		}
		var b strings.Builder
		fmt.Fprintf(&b, "\nfunc %s[I pulumi.Input](input I) I {\n\tvar args %sArgs\n\tswitch v := any(input).(type) {\n", name, s.object)
		fmt.Fprintf(&b, "\tcase %[1]sArgs:\n\t\targs = v\n\tcase *%[1]sArgs:\n\t\tif v == nil {\n\t\t\treturn input\n\t\t}\n\t\targs = *v\n", s.object)
		if pointer := cgstrings.Camel(s.object) + "PtrType"; strings.Contains(types, "type "+pointer+" ") {
			fmt.Fprintf(&b, "\tcase *%s:\n\t\tif v == nil {\n\t\t\treturn input\n\t\t}\n\t\targs = %sArgs(*v)\n", pointer, s.object)
		}
		b.WriteString("\tdefault:\n\t\treturn input\n\t}\n")
		for _, field := range slices.Sorted(maps.Keys(s.fields)) {
			fmt.Fprintf(&b, "\targs.%[1]s = %[2]s(args.%[1]s)\n", cgstrings.UppercaseFirst(field), markFunction(s.fields[field]))
		}
		b.WriteString("\treturn any(args).(I)\n}\n")
		sources[name] = b.String()
		return name
	}
	for resource, inputs := range nestedSecrets(pkg) {
		file := folder + cgstrings.Camel(resource) + ".go"
		var marks strings.Builder
		for _, name := range slices.Sorted(maps.Keys(inputs)) {
			fmt.Fprintf(&marks, "\targs.%[1]s = %[2]s(args.%[1]s)\n", cgstrings.UppercaseFirst(name), markFunction(inputs[name]))
		}
		const options = "\topts = internal.PkgResourceDefaultOpts(opts)\n\tvar resource "
		sdk.replace(file, options+resource+"\n", marks.String()+options+resource+"\n")
	}
	if len(sources) == 0 {
		return
	}
	var b strings.Builder
	b.Write(secretSource("secrets.go.txt"))
	for _, name := range slices.Sorted(maps.Keys(sources)) {
		b.WriteString(sources[name])
	}
	sdk[folder+"secrets.go"] = []byte(b.String())
}
