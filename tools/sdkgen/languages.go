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
	gogen "github.com/pulumi/pulumi/pkg/v3/codegen/go"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

const tool = "sdkgen"

// generators holds, for each language, what turns a package into files by path.
// None has a loader of other packages: the schema refers to none.
var generators = map[string]func(*schema.Package) (files, error){
	"go":     goSDK,
	"java":   javaSDK,
	"nodejs": nodejsSDK,
	"python": pythonSDK,
}

// overlays holds, in a folder for each language, what its SDK has beside what is
// generated.
//
//go:embed all:overlays
var overlays embed.FS

func goSDK(pkg *schema.Package) (files, error) {
	sdk, err := generated(gogen.GeneratePackage(tool, pkg, nil))
	if err != nil {
		return nil, err
	}
	markInGo(sdk, pkg)
	return sdk, nil
}

func javaSDK(pkg *schema.Package) (files, error) {
	sdk, err := generated(java.GeneratePackage(tool, pkg, nil, nil, false, false))
	if err != nil {
		return nil, err
	}
	if pkg.Version == nil {
		// The generator makes up a version, and the engine would look for a plugin of that.
		sdk["src/main/resources/com/pgbeam/pgbeam/version.txt"] = nil
	}
	for name, content := range sdk {
		// The options of a component have no such method, and need none: the plugin marks a component's secrets.
		if strings.Contains(string(content), "extends com.pulumi.resources.ComponentResource {") {
			sdk[name] = additionalSecretOutputs.ReplaceAll(content, nil)
		}
	}
	markInJava(sdk, pkg)
	return sdk, sdk.add(overlay("java"))
}

var additionalSecretOutputs = regexp.MustCompile(`(?s)\n *\.additionalSecretOutputs\(List\.of\(.*?\)\)`)

func nodejsSDK(pkg *schema.Package) (files, error) {
	extra, err := overlay("nodejs")
	if err != nil {
		return nil, err
	}
	readme := extra.take("README.md")
	sdk, err := generated(nodejs.GeneratePackage(tool, pkg, extra, nil, false, nil))
	if err != nil {
		return nil, err
	}
	sdk["README.md"] = readme
	if pkg.Version == nil {
		sdk.replace("package.json", `"version": "${VERSION}"`, `"version": "`+unversioned+`"`)
		sdk.replace("utilities.ts", "return { version: getVersion(), ",
			`return { version: getVersion() === "`+unversioned+`" ? undefined : getVersion(), `)
	}
	const options = "pulumi.mergeOptions(utilities.resourceOptsDefaults(), opts)"
	for name := range resources(sdk, ".ts", options, "provider.ts") {
		sdk.replace(name, options, "withConfiguredProvider(name, "+options+")")
		sdk.replace(name, `import * as utilities from "./utilities";`,
			`import * as utilities from "./utilities";`+"\n"+`import { withConfiguredProvider } from "./configure";`)
	}
	markInNode(sdk, pkg)
	return sdk, nil
}

func pythonSDK(pkg *schema.Package) (files, error) {
	extra, err := overlay("python")
	if err != nil {
		return nil, err
	}
	readme := extra.take("README.md") // which belongs beside the package, not into it
	sdk, err := generated(python.GeneratePackage(tool, pkg, extra, nil))
	if err != nil {
		return nil, err
	}
	sdk["README.md"] = readme
	if pkg.Version == nil {
		sdk.replace("pulumi_pgbeam/_utilities.py", "     return _version_str\n",
			`    return None if _version_str == "`+unversioned+`" else _version_str`+"\n")
	}
	const options = "pulumi.ResourceOptions.merge(_utilities.get_resource_opts_defaults(), opts)"
	for name := range resources(sdk, ".py", options, "pulumi_pgbeam/provider.py") {
		sdk.replace(name, options, "_configure.with_configured_provider(resource_name, "+options+")")
		sdk.replace(name, "from . import _utilities\n", "from . import _configure, _utilities\n")
	}
	markInPython(sdk, pkg)
	return sdk, nil
}

// unversioned is the version of an SDK that is generated from a schema without
// one. It is not passed on, so that the engine takes the plugin that is there.
const unversioned = "0.0.0"

// files are the files of an SDK, by path.
type files map[string][]byte

func generated(sdk map[string][]byte, err error) (files, error) { return sdk, err }

// replace replaces a text that stands in a file once. A generator that no longer
// writes it must not go unnoticed.
func (f files) replace(name, text, replacement string) {
	if n := strings.Count(string(f[name]), text); n != 1 {
		panic(fmt.Sprintf("%s has %d times what it should have once: %s", name, n, text))
	}
	f[name] = []byte(strings.Replace(string(f[name]), text, replacement, 1))
}

// take returns a file and takes it out.
func (f files) take(name string) []byte {
	content := f[name]
	delete(f, name)
	return content
}

func (f files) add(more files, err error) error {
	maps.Copy(f, more)
	return err
}

// resources are the files of an SDK that make resources, all but the provider.
func resources(sdk files, extension, marker, provider string) files {
	found := files{}
	for name, content := range sdk {
		if path.Ext(name) == extension && name != provider && strings.Contains(string(content), marker) {
			found[name] = content
		}
	}
	if len(found) == 0 {
		panic("no file makes a resource with " + marker)
	}
	return found
}

// overlay returns the files of a language that are not generated.
func overlay(language string) (files, error) {
	root := path.Join("overlays", language)
	found := files{}
	err := fs.WalkDir(overlays, root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := overlays.ReadFile(name)
		found[strings.TrimPrefix(name, root+"/")] = content
		return err
	})
	return found, err
}
