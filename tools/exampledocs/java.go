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

// tidyJava makes what the converter writes compile. It does not know of the
// SDK's package, nor of enums, and it imports what it does not use.
func tidyJava(program string, spec schema.PackageSpec) string {
	const sdk = "com.pgbeam.pulumi."
	_, program, _ = strings.Cut(program, "package generated_program;\n\n")
	program = strings.NewReplacer("import com.pgbeam.pgbeam.", "import "+sdk, "import com.pulumi.pgbeam.", "import "+sdk).Replace(program)

	var head, body, enums []string
	var builders []*builder // the innermost last
	for line := range strings.Lines(program) {
		line = strings.TrimRight(line, " \n")
		if strings.HasPrefix(line, "import ") {
			head = append(head, line)
			continue
		}
		opened := builderOpened.FindStringSubmatch(line)
		if setter := setterCalled.FindStringSubmatch(line); setter != nil && len(builders) > 0 {
			builders[len(builders)-1].property = setter[1]
		}
		if opened == nil && len(builders) > 0 {
			var used []string
			line, used = builders[len(builders)-1].typed(line, spec)
			enums = append(enums, used...)
		}
		body = append(body, line)
		if opened != nil {
			builders = append(builders, &builder{properties: propertiesOf(opened[1], spec)})
		}
		builders = builders[:max(len(builders)-strings.Count(line, ".build()"), 0)]
	}
	for _, enum := range enums {
		head = append(head, "import "+sdk+"enums."+enum+";")
	}
	text := strings.Join(body, "\n")
	head = slices.DeleteFunc(head, func(line string) bool {
		class := strings.TrimSuffix(line[strings.LastIndex(line, ".")+1:], ";")
		return !regexp.MustCompile(`\b` + class + `\b`).MatchString(text)
	})
	slices.Sort(head)
	return strings.Join(slices.Compact(head), "\n") + "\n" + text
}

var (
	builderOpened = regexp.MustCompile(`(\w+)Args\.builder\(\)`)
	setterCalled  = regexp.MustCompile(`^\s*\.(\w+)\(`)
	javaLiteral   = regexp.MustCompile(`"[^"]*"`)
)

// builder is one that is being filled in, and the property that the present line is of.
type builder struct {
	properties map[string]schema.PropertySpec
	property   string
}

// propertiesOf returns the inputs of a resource or the properties of a type.
func propertiesOf(name string, spec schema.PackageSpec) map[string]schema.PropertySpec {
	token := spec.Name + ":index:" + name
	if resource, ok := spec.Resources[token]; ok {
		return resource.InputProperties
	}
	return spec.Types[token].Properties
}

// typed writes a line with the values of enums in place of their text, and
// returns the enums that it used.
func (b *builder) typed(line string, spec schema.PackageSpec) (string, []string) {
	typ := b.properties[b.property].TypeSpec
	if typ.Items != nil {
		typ = *typ.Items
	}
	_, token, isRef := strings.Cut(typ.Ref, "#/types/")
	var used []string
	return javaLiteral.ReplaceAllStringFunc(line, func(literal string) string {
		if !isRef {
			return literal
		}
		for _, value := range spec.Types[token].Enum {
			if literal == fmt.Sprintf("%q", value.Value) {
				enum := token[strings.LastIndex(token, ":")+1:]
				used = append(used, enum)
				return enum + "." + value.Name
			}
		}
		return literal
	}), used
}
