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

// The generators mark an input as a secret that is one, but not one inside of an
// object. The engine then has it in clear text until the provider has marked it,
// and a component that is exported as a whole shows it. So the SDKs mark these, too.

// secretSources are the functions that mark secrets in the input of a resource.
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

// secrets says where the secrets are in a value of a type; nil is nowhere.
type secrets struct {
	itself bool
	object string // the name of the type of an object
	fields map[string]*secrets
	item   *secrets // of a list
	entry  *secrets // of a map
}

// secretsIn finds the secrets in a type.
func secretsIn(typ schema.Type, within ...schema.Type) *secrets {
	switch typ := typ.(type) {
	case *schema.InputType:
		return secretsIn(typ.ElementType, within...)
	case *schema.OptionalType:
		return secretsIn(typ.ElementType, within...)
	case *schema.ArrayType:
		if item := secretsIn(typ.ElementType, within...); item != nil {
			return &secrets{item: item}
		}
	case *schema.MapType:
		if entry := secretsIn(typ.ElementType, within...); entry != nil {
			return &secrets{entry: entry}
		}
	case *schema.UnionType:
		for _, variant := range typ.ElementTypes {
			if secretsIn(variant, within...) != nil {
				panic(fmt.Sprintf("there are secrets in a variant of %s: which one a value is, no SDK can tell", typ))
			}
		}
	case *schema.ObjectType:
		if slices.Contains(within, schema.Type(typ)) {
			panic(fmt.Sprintf("%s has itself in it", typ))
		}
		fields := map[string]*secrets{}
		for _, property := range typ.Properties {
			found := secretsIn(property.Type, append(within, typ)...)
			if property.Secret {
				found = &secrets{itself: true}
			}
			if found != nil {
				fields[property.Name] = found
			}
		}
		if len(fields) > 0 {
			return &secrets{object: typ.Token[strings.LastIndex(typ.Token, ":")+1:], fields: fields}
		}
	}
	return nil
}

// secretInputs returns, by the name of a resource and of an input of it, where
// there are secrets in the input.
func secretInputs(pkg *schema.Package) map[string]map[string]*secrets {
	inputs := map[string]map[string]*secrets{}
	for _, resource := range pkg.Resources {
		name := resource.Token[strings.LastIndex(resource.Token, ":")+1:]
		for _, input := range resource.InputProperties {
			if found := secretsIn(input.Type); found != nil && !input.Secret {
				if inputs[name] == nil {
					inputs[name] = map[string]*secrets{}
				}
				inputs[name][input.Name] = found
			}
		}
	}
	return inputs
}

// literal writes secrets down for a function that marks them at run time. True is
// what the language says for that. Names returns what the fields are called.
func (s *secrets) literal(truth string, names func(name string) []string) string {
	switch {
	case s.itself:
		return truth
	case s.item != nil:
		return s.item.literal(truth, names)
	case s.entry != nil:
		return `{"*": ` + s.entry.literal(truth, names) + "}"
	}
	var fields []string
	for _, field := range slices.Sorted(maps.Keys(s.fields)) {
		for _, name := range names(field) {
			fields = append(fields, strconv.Quote(name)+": "+s.fields[field].literal(truth, names))
		}
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

func markInNode(sdk files, pkg *schema.Package) {
	sdk["secrets.ts"] = secretSource("secrets.ts")
	for resource, inputs := range secretInputs(pkg) {
		file := cgstrings.Camel(resource) + ".ts"
		sdk.replace(file, `import * as utilities from "./utilities";`, `import * as utilities from "./utilities";`+"\n"+`import { markSecrets } from "./secrets";`)
		for name, in := range inputs {
			set := fmt.Sprintf("resourceInputs[%q] = ", name)
			literal := in.literal("true", func(name string) []string { return []string{name} })
			sdk.replace(file, set+"args?."+name+";", set+"markSecrets(args?."+name+", "+literal+");")
		}
	}
}

func markInPython(sdk files, pkg *schema.Package) {
	const folder = "pulumi_pgbeam/"
	sdk[folder+"_secrets.py"] = secretSource("_secrets.py")
	for resource, inputs := range secretInputs(pkg) {
		file := folder + python.PyName(resource) + ".py"
		sdk.replace(file, "from . import _configure, _utilities\n", "from . import _configure, _secrets, _utilities\n")
		for name, in := range inputs {
			py := python.PyName(name)
			set := fmt.Sprintf("__props__.__dict__[%q] = ", py)
			// A dictionary may have either name.
			literal := in.literal("True", func(name string) []string {
				return slices.Compact([]string{python.PyName(name), name})
			})
			sdk.replace(file, set+py+"\n", set+"_secrets.mark_secrets("+py+", "+literal+")\n")
		}
	}
}

// markInJava marks secrets where the classes that have them are built. The
// generator marks none at all.
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
			panic(file + " has no builder of " + class)
		}
		end := start + strings.Index(content[start:], "            return $;\n")
		sdk[file] = []byte(content[:end] + marks.String() + content[end:])
	}
	for _, resource := range pkg.Resources {
		class := resource.Token[strings.LastIndex(resource.Token, ":")+1:] + "Args"
		mark(root+class+".java", class, resource.InputProperties)
	}
	mark(root+"ProviderArgs.java", "ProviderArgs", pkg.Provider.InputProperties)
	for _, typ := range pkg.Types {
		object, ok := typ.(*schema.ObjectType)
		if !ok || !object.IsInputShape() {
			continue
		}
		class := object.Token[strings.LastIndex(object.Token, ":")+1:] + "Args"
		if _, ok := sdk[root+"inputs/"+class+".java"]; ok {
			mark(root+"inputs/"+class+".java", class, object.Properties)
		}
	}
}

// markInGo marks secrets in arguments that a program gives as such. An output has
// no place for a secret in it: that the provider marks, and no program in Go sees
// the inputs of a component again.
func markInGo(sdk files, pkg *schema.Package) {
	const folder = "pgbeam/"
	types := string(sdk[folder+"pulumiTypes.go"])
	written := map[string]string{}
	var function func(s *secrets) string
	collection := func(of *secrets, kind string) string {
		if of.object == "" {
			panic("secrets in collections of collections are not supported in Go")
		}
		name := "markSecretsIn" + of.object + kind
		written[name] = fmt.Sprintf("\nfunc %[1]s[I pulumi.Input](input I) I {\n\tv, ok := any(input).(%[2]s)\n\tif !ok {\n\t\treturn input\n\t}\n"+
			"\tmarked := %[3]s\n\tfor key, value := range v {\n\t\tmarked[key] = %[4]s(value)\n\t}\n\treturn any(marked).(I)\n}\n",
			name, of.object+kind, map[string]string{"Array": "make(" + of.object + "Array, len(v))", "Map": of.object + "Map{}"}[kind], function(of))
		return name
	}
	function = func(s *secrets) string {
		switch {
		case s.itself:
			return "markSecret"
		case s.item != nil:
			return collection(s.item, "Array")
		case s.entry != nil:
			return collection(s.entry, "Map")
		}
		name := "markSecretsIn" + s.object
		if _, ok := written[name]; ok {
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
			fmt.Fprintf(&b, "\targs.%[1]s = %[2]s(args.%[1]s)\n", cgstrings.UppercaseFirst(field), function(s.fields[field]))
		}
		b.WriteString("\treturn any(args).(I)\n}\n")
		written[name] = b.String()
		return name
	}
	for resource, inputs := range secretInputs(pkg) {
		file := folder + cgstrings.Camel(resource) + ".go"
		var marks strings.Builder
		for _, name := range slices.Sorted(maps.Keys(inputs)) {
			fmt.Fprintf(&marks, "\targs.%[1]s = %[2]s(args.%[1]s)\n", cgstrings.UppercaseFirst(name), function(inputs[name]))
		}
		const options = "\topts = internal.PkgResourceDefaultOpts(opts)\n\tvar resource "
		sdk.replace(file, options+resource+"\n", marks.String()+options+resource+"\n")
	}
	if len(written) == 0 {
		return
	}
	var b strings.Builder
	b.Write(secretSource("secrets.go.txt"))
	for _, name := range slices.Sorted(maps.Keys(written)) {
		b.WriteString(written[name])
	}
	sdk[folder+"secrets.go"] = []byte(b.String())
}
