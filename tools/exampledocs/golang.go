// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// fixGo corrects a Go program. The generator converts IDs, which are valid string inputs;
// it calls functions by names that the SDK has for the lookup of a resource; and it
// passes their plain results, and their optional objects and enums, in the wrong form.
func fixGo(program string, spec schema.PackageSpec) string {
	program = strings.ReplaceAll(program, ".ID().ToIDOutput().ToStringOutput()", ".ID()")
	for _, call := range functionCall.FindAllStringSubmatch(program, -1) {
		result, name, args := call[1], call[2], call[3]
		inputs := spec.Functions[spec.Name+":index:"+strings.ToLower(name[:1])+name[1:]].Inputs
		variables := "" // for the pointers to optional enums, because new takes no value before Go 1.26
		fixed := optionalObject.ReplaceAllString(args, "$1&$2")
		fixed = enumField.ReplaceAllStringFunc(fixed, func(field string) string {
			match := enumField.FindStringSubmatch(field)
			if slices.Contains(inputs.Required, strings.ToLower(match[1][:1])+match[1][1:]) {
				return field
			}
			variable := strings.ToLower(match[1][:1]) + match[1][1:]
			variables += variable + " := " + match[3] + "\n\t\t"
			return match[1] + ":" + match[2] + "&" + variable + ","
		})
		if kind, ok := strings.CutPrefix(name, "Get"); ok {
			if _, isResource := spec.Resources[spec.Name+":index:"+kind]; isResource {
				name = "Lookup" + kind
			}
		}
		program = strings.Replace(program, call[0], variables+result+", err := pgbeam."+name+"(ctx, &pgbeam."+name+"Args{"+fixed+"}, nil)", 1)
		exported := regexp.MustCompile(`ctx\.Export\(("\w+"), (` + result + `\.[^\n]*)\)\n`)
		program = exported.ReplaceAllString(program, "ctx.Export($1, pulumi.ToOutput($2))\n")
	}
	return program
}

var (
	functionCall   = regexp.MustCompile(`(?s)(\w+), err := pgbeam\.(\w+)\(ctx, &pgbeam\.\w+Args\{(.*?)\}, nil\)`)
	optionalObject = regexp.MustCompile(`(\s)(pgbeam\.\w+\{)`)
	enumField      = regexp.MustCompile(`(\w+):(\s+)(pgbeam\.\w+),`)
)
