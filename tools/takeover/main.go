// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command takeover writes the program of a stack that was imported in TypeScript or Python,
// as the Pulumi CLI does with the language hosts, which are not available as Go modules: the
// program that `pulumi import` generates for the resources in a state, or the one that
// `pulumi convert` makes of a program in YAML. The tests of the languages run it.
//
//	takeover -schema schema.json -language python -state export.json > program.py
//	takeover -schema schema.json -language typescript -yaml folder > index.ts
//
// The state is the output of `pulumi stack export --show-secrets`.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/hcl/v2"
	yamlgen "github.com/pulumi/pulumi-yaml/pkg/pulumiyaml/codegen"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/pcl"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/importer"
	pkgresource "github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"

	"github.com/pgbeam/pulumi-pgbeam/tools/internal/schemafile"
)

type programGenerator func(*pcl.Program) (map[string][]byte, hcl.Diagnostics, error)

var languages = map[string]programGenerator{"typescript": nodejs.GenerateProgram, "python": python.GenerateProgram}

func main() {
	schemaFile := flag.String("schema", "", "schema `file` of the package")
	language := flag.String("language", "", "typescript or python")
	state := flag.String("state", "", "`file` with the export of the stack")
	yaml := flag.String("yaml", "", "`folder` with the program in YAML")
	flag.Parse()
	if err := run(*schemaFile, *language, *state, *yaml); err != nil {
		fmt.Fprintln(os.Stderr, "takeover:", err)
		os.Exit(1)
	}
}

func run(schemaFile, language, state, yaml string) error {
	generate, ok := languages[language]
	if !ok || schemaFile == "" || (state == "") == (yaml == "") {
		return errors.New("usage: takeover -schema FILE -language typescript|python (-state FILE | -yaml FOLDER)")
	}
	_, pkg, err := schemafile.Read(schemaFile)
	if err != nil {
		return err
	}
	loader := schemafile.Loader{Package: pkg}
	write := func(out io.Writer, program *pcl.Program) error {
		files, diagnostics, err := generate(program)
		switch {
		case err != nil:
			return err
		case diagnostics.HasErrors():
			return diagnostics
		}
		for _, content := range files { // there is one
			_, err = out.Write(content)
		}
		return err
	}
	var out bytes.Buffer
	if yaml != "" {
		var program *pcl.Program
		if _, program, err = yamlgen.Eject(yaml, loader); err == nil {
			err = write(&out, program)
		}
	} else {
		var resources, imported []*pkgresource.State
		if resources, imported, err = read(state); err == nil {
			err = importer.GenerateLanguageDefinitions(&out, loader, write, imported, resources, nil)
		}
	}
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(out.Bytes())
	return err
}

// read returns the resources of a state, and those that were imported.
func read(file string) (resources, imported []*pkgresource.State, err error) {
	text, err := os.ReadFile(file) //nolint:gosec // the caller's file
	if err != nil {
		return nil, nil, err
	}
	var export struct{ Deployment apitype.DeploymentV3 }
	if err := json.Unmarshal(text, &export); err != nil {
		return nil, nil, err
	}
	for _, r := range export.Deployment.Resources {
		state, err := stack.DeserializeResource(r, config.NopDecrypter)
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", r.URN, err)
		}
		resources = append(resources, state)
		if state.Custom && state.Type.Package() != "pulumi" {
			copied := state.Copy()
			copied.Protect = false // as with --protect=false
			imported = append(imported, copied)
		}
	}
	return resources, imported, nil
}
