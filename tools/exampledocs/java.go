// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// fixJava makes a generated Java program compile. The generator assumes another
// package name, writes enum values as strings, and adds unused imports.
func fixJava(program string, spec schema.PackageSpec) string {
	const sdk = "com.pgbeam.pulumi."
	_, program, _ = strings.Cut(program, "package generated_program;\n\n")
	program = strings.NewReplacer("import com.pgbeam.pgbeam.", "import "+sdk, "import com.pulumi.pgbeam.", "import "+sdk).Replace(program)

	var imports, body, enums []string
	var builders []*builder // the innermost last
	for line := range strings.Lines(program) {
		line = strings.TrimRight(line, " \n")
		if strings.HasPrefix(line, "import ") {
			imports = append(imports, line)
			continue
		}
		newBuilder := builderCall.FindStringSubmatch(line)
		if setter := setterCall.FindStringSubmatch(line); setter != nil && len(builders) > 0 {
			builders[len(builders)-1].property = setter[1]
		}
		if newBuilder == nil && len(builders) > 0 {
			var used []string
			line, used = builders[len(builders)-1].replaceEnums(line, spec)
			enums = append(enums, used...)
		}
		body = append(body, line)
		if newBuilder != nil {
			builders = append(builders, &builder{properties: builderProperties(newBuilder[1], spec)})
		}
		builders = builders[:max(len(builders)-strings.Count(line, ".build()"), 0)]
	}
	for _, enum := range enums {
		imports = append(imports, "import "+sdk+"enums."+enum+";")
	}
	text := ruleMaps.ReplaceAllString(strings.Join(body, "\n"), `$1.maskingRules().applyValue(rules -> rules.stream()
                .map(rule -> MaskingRuleArgs.builder().table(rule.table()).column(rule.column()).kind(rule.kind()).build())
                .toList())`)
	imports = append(imports, "import "+sdk+"inputs.MaskingRuleArgs;")
	imports = slices.DeleteFunc(imports, func(line string) bool {
		class := strings.TrimSuffix(line[strings.LastIndex(line, ".")+1:], ";")
		return !regexp.MustCompile(`\b` + class + `\b`).MatchString(text)
	})
	slices.Sort(imports)
	return strings.Join(slices.Compact(imports), "\n") + "\n" + text
}

var (
	builderCall   = regexp.MustCompile(`(\w+)Args\.builder\(\)`)
	setterCall    = regexp.MustCompile(`^\s*\.(\w+)\(`)
	ruleMaps      = regexp.MustCompile(`(\w+)\.maskingRuleMaps\(\)`) // the SDK has other types for outputs than for inputs
	stringLiteral = regexp.MustCompile(`"[^"]*"`)
)

// builder is an open builder expression with the property that is currently set.
type builder struct {
	properties map[string]schema.PropertySpec
	property   string
}

// builderProperties returns the inputs of a resource or the properties of a type.
func builderProperties(name string, spec schema.PackageSpec) map[string]schema.PropertySpec {
	token := spec.Name + ":index:" + name
	if resource, ok := spec.Resources[token]; ok {
		return resource.InputProperties
	}
	return spec.Types[token].Properties
}

// replaceEnums replaces the string literals of enum values in a line, and returns
// the line with the names of the enums.
func (b *builder) replaceEnums(line string, spec schema.PackageSpec) (string, []string) {
	typ := b.properties[b.property].TypeSpec
	if typ.Items != nil {
		typ = *typ.Items
	}
	_, token, isRef := strings.Cut(typ.Ref, "#/types/")
	var enums []string
	return stringLiteral.ReplaceAllStringFunc(line, func(literal string) string {
		if !isRef {
			return literal
		}
		for _, value := range spec.Types[token].Enum {
			if literal == fmt.Sprintf("%q", value.Value) {
				enum := token[strings.LastIndex(token, ":")+1:]
				enums = append(enums, enum)
				return enum + "." + value.Name
			}
		}
		return literal
	}), enums
}
