// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command dotnet generates the SDK for .NET from a schema, with the last release of Pulumi's
// packages that contains the generator.
//
//	dotnet -schema schema.json -out dist/dotnet
package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/dotnet"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

//go:embed logo.png
var logo []byte

//go:embed README.md
var readme []byte

// examples are the programs in a description. None of them is in C#.
var examples = regexp.MustCompile(`(?s)\{\{% examples %\}\}.*?\{\{% /examples %\}\}(\\n)*`)

func main() {
	schemaFile := flag.String("schema", "", "schema `file` of the package")
	out := flag.String("out", "", "new `folder` of the SDK")
	flag.Parse()
	if err := run(*schemaFile, *out); err != nil {
		fmt.Fprintln(os.Stderr, "dotnet:", err)
		os.Exit(1)
	}
}

func run(schemaFile, out string) error {
	if schemaFile == "" || out == "" {
		return errors.New("usage: dotnet -schema FILE -out FOLDER")
	}
	text, err := os.ReadFile(schemaFile) //nolint:gosec // the caller's file
	if err != nil {
		return err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(examples.ReplaceAll(text, nil), &spec); err != nil {
		return fmt.Errorf("reading %s: %w", schemaFile, err)
	}
	// The generator requests the logo, so serve it.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(logo) }))
	defer server.Close()
	spec.LogoURL = server.URL
	pkg, diagnostics, err := schema.BindSpec(spec, nil, schema.ValidationOptions{})
	if err != nil {
		return err
	}
	if diagnostics.HasErrors() {
		return diagnostics
	}
	files, err := dotnet.GeneratePackage("sdkgen", pkg, nil, nil)
	if err != nil {
		return err
	}
	const project = "PgBeam.Pulumi.csproj"
	const icon = "    <PackageIcon>logo.png</PackageIcon>\n"
	if n := strings.Count(string(files[project]), icon); n != 1 {
		return fmt.Errorf("%s names %d icons, want 1", project, n)
	}
	files["README.md"] = readme
	files[project] = []byte(strings.NewReplacer(icon, icon+"    <PackageReadmeFile>README.md</PackageReadmeFile>\n",
		"</Project>", "  <ItemGroup>\n    <None Include=\"README.md\" Pack=\"True\" PackagePath=\"\" />\n  </ItemGroup>\n\n</Project>").Replace(string(files[project])))
	for name, content := range files {
		if strings.Contains(string(content), server.URL) {
			return fmt.Errorf("%s contains the address of the logo during the generation", name)
		}
		file := filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //nolint:gosec // source files are readable by all
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil { //nolint:gosec // as above
			return err
		}
	}
	return nil
}
