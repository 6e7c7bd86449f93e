// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-java/pkg/codegen/java"
	"github.com/pulumi/pulumi/pkg/v3/codegen"
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// toolName appears in the header of the generated files.
const toolName = "sdkgen"

// generators are the functions that generate the SDK of each language. They need
// no schema loader, because the schema does not refer to other packages.
var generators = map[string]func(*schema.Package) (files, error){
	"go":          goSDK,
	"go-children": goChildren,
	"java":        javaSDK,
	"nodejs":      nodejsSDK,
	"python":      pythonSDK,
}

// overlays contains a folder for each language with hand-written files that are
// added to its SDK.
//
//go:embed all:overlays
var overlays embed.FS

func goSDK(pkg *schema.Package) (files, error) {
	sdk, err := gogen.GeneratePackage(toolName, pkg, nil)
	if err != nil {
		return nil, err
	}
	markInGo(sdk, pkg)
	return sdk, nil
}

func javaSDK(pkg *schema.Package) (files, error) {
	sdk, err := java.GeneratePackage(toolName, pkg, nil, nil, false, false)
	if err != nil {
		return nil, err
	}
	if pkg.Version == nil {
		// The generator writes a placeholder, which the engine would request as the version of the plugin.
		sdk["src/main/resources/com/pgbeam/pgbeam/version.txt"] = nil
	}
	for name, content := range sdk {
		// The options of a component do not have this method. The plugin marks the secrets of a component.
		if strings.Contains(string(content), "extends com.pulumi.resources.ComponentResource {") {
			sdk[name] = additionalSecretOutputs.ReplaceAll(content, nil)
		}
	}
	markInJava(sdk, pkg)
	extra, err := overlay("java")
	if err != nil {
		return nil, err
	}
	maps.Copy(sdk, extra)
	if pkg.Version != nil {
		const version = "<artifactId>pulumi</artifactId>\n    <version>%s</version>"
		files(sdk).replace("pom.xml", fmt.Sprintf(version, unversioned), fmt.Sprintf(version, pkg.Version))
	}
	return sdk, nil
}

var additionalSecretOutputs = regexp.MustCompile(`(?s)\n *\.additionalSecretOutputs\(List\.of\(.*?\)\)`)

func nodejsSDK(pkg *schema.Package) (files, error) {
	extra, err := overlay("nodejs")
	if err != nil {
		return nil, err
	}
	readme := extra.take("README.md")
	generated, err := nodejs.GeneratePackage(toolName, pkg, extra, nil, false, nil)
	if err != nil {
		return nil, err
	}
	sdk := files(generated)
	sdk["README.md"] = readme
	if pkg.Version != nil {
		sdk.replace("package.json", `    "repository": "https://github.com/pgbeam/pulumi-pgbeam",`+"\n", npmFields)
	} else {
		sdk.replace("package.json", `"version": "${VERSION}"`, `"version": "`+unversioned+`"`)
		sdk.replace("utilities.ts", "return { version: getVersion(), ",
			`return { version: getVersion() === "`+unversioned+`" ? undefined : getVersion(), `)
	}
	const options = "pulumi.mergeOptions(utilities.resourceOptsDefaults(), opts)"
	for _, name := range resourceFiles(sdk, ".ts", options, "provider.ts") {
		sdk.replace(name, options, "withConfiguredProvider(name, "+options+")")
		sdk.replace(name, `import * as utilities from "./utilities";`,
			`import * as utilities from "./utilities";`+"\n"+`import { withConfiguredProvider } from "./configure";`)
	}
	const invokeOptions = "pulumi.mergeOptions(utilities.resourceOptsDefaults(), opts || {})"
	for _, function := range pkg.Functions {
		name := nameOf(function.Token)
		sdk.replaceAll(name+".ts", invokeOptions, fmt.Sprintf("withConfiguredInvoke(%q, %s)", name, invokeOptions))
		sdk.replace(name+".ts", `import * as utilities from "./utilities";`,
			`import * as utilities from "./utilities";`+"\n"+`import { withConfiguredInvoke } from "./configure";`)
	}
	acceptFormerPrograms(sdk, pkg)
	markInNodeJS(sdk, pkg)
	return sdk, nil
}

// npmFields are the fields in package.json of a release that the generator does not write. The
// package consists of the output of the compiler, without a folder of its own.
const npmFields = `    "repository": {
        "type": "git",
        "url": "git+https://github.com/pgbeam/pulumi-pgbeam.git"
    },
    "bugs": "https://github.com/pgbeam/pulumi-pgbeam/issues",
    "main": "./index.js",
    "types": "./index.d.ts",
    "exports": {
        ".": { "types": "./index.d.ts", "default": "./index.js" },
        "./config": { "types": "./config/index.d.ts", "default": "./config/index.js" },
        "./types/*": { "types": "./types/*.d.ts", "default": "./types/*.js" },
        "./package.json": "./package.json"
    },
    "files": ["**/*.js", "**/*.d.ts"],
    "engines": { "node": ">=20" },
    "publishConfig": { "access": "public", "provenance": true },
`

// nameOf returns the name in a token, without the module.
func nameOf(token string) string { return token[strings.LastIndex(token, ":")+1:] }

// objectInputs returns the names of the classes of the inputs of a function that are
// objects, by the names of the inputs.
func objectInputs(function *schema.Function) map[string]string {
	classes := map[string]string{}
	if function.Inputs == nil {
		return classes
	}
	for _, input := range function.Inputs.Properties {
		switch typ := codegen.UnwrapType(input.Type).(type) {
		case *schema.ObjectType:
			classes[input.Name] = nameOf(typ.Token)
		case *schema.ArrayType, *schema.MapType:
			codegen.VisitType(typ, func(inner schema.Type) {
				if _, ok := inner.(*schema.ObjectType); ok {
					panic(fmt.Sprintf("the input %s of %s is a collection of objects, and as_class takes only one", input.Name, function.Token))
				}
			})
		}
	}
	return classes
}

func pythonSDK(pkg *schema.Package) (files, error) {
	extra, err := overlay("python")
	if err != nil {
		return nil, err
	}
	readme := extra.take("README.md") // it belongs next to the package, too
	generated, err := python.GeneratePackage(toolName, pkg, extra, nil)
	if err != nil {
		return nil, err
	}
	sdk := files(generated)
	sdk["README.md"], sdk["pulumi_pgbeam/README.md"] = readme, readme // that of the schema is for generated SDKs
	// The generator writes the license in a form that setuptools will soon refuse.
	sdk.replace("pyproject.toml", "  [project.license]\n    text = \"Apache-2.0\"\n", "")
	sdk.replace("pyproject.toml", "  readme = \"README.md\"\n", "  license = \"Apache-2.0\"\n  readme = \"README.md\"\n")
	sdk.replace("pyproject.toml", "setuptools>=61.0", "setuptools>=77.0.3")
	if pkg.Version == nil {
		sdk.replace("pulumi_pgbeam/_utilities.py", "     return _version_str\n",
			`    return None if _version_str == "`+unversioned+`" else _version_str`+"\n")
	}
	const options = "pulumi.ResourceOptions.merge(_utilities.get_resource_opts_defaults(), opts)"
	for _, name := range resourceFiles(sdk, ".py", options, "pulumi_pgbeam/provider.py") {
		sdk.replace(name, options, "_configure.with_configured_provider(resource_name, "+options+")")
		sdk.replace(name, "from . import _utilities\n", "from . import _configure, _utilities\n")
	}
	for _, function := range pkg.Functions {
		name := python.PyName(nameOf(function.Token))
		file := "pulumi_pgbeam/" + name + ".py"
		for _, options := range []string{"pulumi.InvokeOptions.merge(_utilities.get_invoke_opts_defaults(), opts)", "pulumi.InvokeOutputOptions.merge(_utilities.get_invoke_opts_defaults(), opts)"} {
			sdk.replace(file, options, fmt.Sprintf("_configure.with_configured_invoke(%q, %s)", name, options))
		}
		modules := "_configure, _utilities"
		for input, class := range objectInputs(function) {
			argument, value := fmt.Sprintf("__args__['%s'] = ", input), python.PyName(input)
			sdk.replaceAll(file, argument+value+"\n", fmt.Sprintf("%s_arguments.as_class(%s, %s)\n", argument, class, value))
			modules = "_arguments, _configure, _utilities"
		}
		sdk.replace(file, "from . import _utilities\n", "from . import "+modules+"\n")
	}
	markInPython(sdk, pkg)
	return sdk, nil
}

// unversioned is the version of an SDK whose schema has no version. The SDK does not
// request it from the engine, which then selects the installed plugin.
const unversioned = "0.0.0"

// files are the files of an SDK, by path.
type files map[string][]byte

// replace replaces the only occurrence of a text in a file. It panics if the text
// does not occur exactly once, because the generator has changed then.
func (f files) replace(name, text, replacement string) {
	if n := strings.Count(string(f[name]), text); n != 1 {
		panic(fmt.Sprintf("%s contains %d occurrences of %q, want 1", name, n, text))
	}
	f[name] = []byte(strings.Replace(string(f[name]), text, replacement, 1))
}

// replaceAll replaces all occurrences of a text in a file. It panics if there are none.
func (f files) replaceAll(name, text, replacement string) {
	if !strings.Contains(string(f[name]), text) {
		panic(fmt.Sprintf("%s does not contain %q", name, text))
	}
	f[name] = []byte(strings.ReplaceAll(string(f[name]), text, replacement))
}

// take removes a file and returns its content.
func (f files) take(name string) []byte {
	content := f[name]
	delete(f, name)
	return content
}

// resourceFiles returns the names of the files that contain marker, except the
// file of the provider.
func resourceFiles(sdk files, extension, marker, provider string) []string {
	var names []string
	for name, content := range sdk {
		if path.Ext(name) == extension && name != provider && strings.Contains(string(content), marker) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		panic("no generated file contains " + marker)
	}
	return names
}

// overlay returns the hand-written files of a language.
func overlay(language string) (files, error) {
	root := path.Join("overlays", language)
	contents := files{}
	err := fs.WalkDir(overlays, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := overlays.ReadFile(name)
		contents[strings.TrimPrefix(name, root+"/")] = content
		return err
	})
	return contents, err
}
