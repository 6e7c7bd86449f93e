// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package repo

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/components"
	"github.com/pgbeam/pulumi-pgbeam/functions"
	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

const modulePath = "github.com/pgbeam/pulumi-pgbeam/"

// goPackage is a package as `go list` describes it.
type goPackage struct {
	ImportPath    string
	Imports, Deps []string
}

// pluginPackages returns the packages of this module that the plugin consists of,
// by their folders.
func pluginPackages(t *testing.T) map[string]goPackage {
	t.Helper()
	list := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath,Imports,Deps", "./cmd/pulumi-resource-pgbeam")
	list.Dir = repotest.Path(t)
	output, err := list.Output()
	require.NoError(t, err)
	packages := map[string]goPackage{}
	for decoder := json.NewDecoder(strings.NewReader(string(output))); ; {
		var pkg goPackage
		err := decoder.Decode(&pkg)
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if folder, ok := strings.CutPrefix(pkg.ImportPath, modulePath); ok {
			packages[folder] = pkg
		}
	}
	return packages
}

// TestDataFlowsOneWay requires that no package depends on one that a request of the
// engine passes before it.
func TestDataFlowsOneWay(t *testing.T) {
	t.Parallel()
	packages := pluginPackages(t)
	layers := [][]string{
		{"cmd/pulumi-resource-pgbeam"},
		{"provider"},
		{"internal/lifecycle"},
		{"components", "functions", "resources"},
		{"internal/kind"},
		{"client"},
	}
	for i, layer := range layers {
		for _, folder := range layer {
			require.Contains(t, packages, folder)
			for _, earlier := range slices.Concat(layers[:i]...) {
				assert.NotContains(t, packages[folder].Deps, modulePath+earlier, "%s must not depend on %s", folder, earlier)
			}
		}
	}
	for _, dependency := range packages["client"].Deps {
		assert.NotContains(t, dependency, "github.com/pulumi/", "the client does not depend on Pulumi")
	}
	assert.NotContains(t, packages["internal/lifecycle"].Deps, modulePath+"resources", "the lifecycle names no kind")
}

var (
	diagram     = regexp.MustCompile("(?s)```mermaid\n(.*?)```")
	diagramNode = regexp.MustCompile(`(\w+)\["([^"]+)"\]`)
	diagramEdge = regexp.MustCompile(`(?m)^\s*(\w+)(?:\["[^"]+"\])? --> (\w+)`)
)

// TestDiagramMatchesTheCode compares the diagram in CONTRIBUTING.md with the
// imports of the plugin's packages. Generated ones are not in it.
func TestDiagramMatchesTheCode(t *testing.T) {
	t.Parallel()
	match := diagram.FindStringSubmatch(repotest.Read(t, "CONTRIBUTING.md"))
	require.NotNil(t, match)
	folders := map[string]string{}
	for _, node := range diagramNode.FindAllStringSubmatch(match[1], -1) {
		folders[node[1]] = node[2]
	}
	var drawn, actual []string
	for _, edge := range diagramEdge.FindAllStringSubmatch(match[1], -1) {
		drawn = append(drawn, folders[edge[1]]+" --> "+folders[edge[2]])
	}
	for folder, pkg := range pluginPackages(t) {
		for _, imported := range pkg.Imports {
			to, ok := strings.CutPrefix(imported, modulePath)
			if ok && !isGenerated(folder) && !isGenerated(to) {
				actual = append(actual, folder+" --> "+to)
			}
		}
	}
	assert.ElementsMatch(t, actual, drawn)
}

func isGenerated(folder string) bool { return strings.HasPrefix(folder, "components/internal/") }

// TestPluginDoesNotLinkTheSDK keeps out of the plugin what the SDK for programs registers for
// functions and components, which the plugin has no use for.
func TestPluginDoesNotLinkTheSDK(t *testing.T) {
	t.Parallel()
	for folder := range pluginPackages(t) {
		assert.False(t, strings.HasPrefix(folder, "sdk/"), folder)
	}
}

// TestKindsHaveAFileEach requires that the folders of kinds hold kinds, a list, and what
// components are composed of, nothing else.
func TestKindsHaveAFileEach(t *testing.T) {
	t.Parallel()
	allowed := map[string][]string{
		"resources": {"resources.go", "enums.go"},
		"functions": {"functions.go"},
		// What components have in common: groups of inputs with what is created from them.
		"components": {"components.go", "agent.go", "anomaly.go", "approval.go", "children.go", "database.go", "detectedpii.go", "inputs.go", "policy.go", "validate.go", "webhook.go"},
	}
	kinds := map[string][]string{}
	for _, resource := range resources.All() {
		kinds["resources"] = append(kinds["resources"], strings.ToLower(resource.Kind()))
	}
	for _, function := range functions.All() {
		kinds["functions"] = append(kinds["functions"], strings.ToLower(function.Name()))
	}
	for _, component := range components.All() {
		kinds["components"] = append(kinds["components"], strings.ToLower(component.Kind()))
	}
	for folder, files := range allowed {
		entries, err := os.ReadDir(repotest.Path(t, folder))
		require.NoError(t, err)
		for _, entry := range entries {
			name := entry.Name()
			if entry.IsDir() || strings.HasSuffix(name, "_test.go") || slices.Contains(files, name) {
				continue
			}
			// The types of a large component have a file of their own.
			kind, _, _ := strings.Cut(strings.TrimSuffix(name, ".go"), "_")
			assert.Contains(t, kinds[folder], kind, "%s/%s belongs to no kind", folder, name)
		}
		for _, kind := range kinds[folder] {
			assert.FileExists(t, repotest.Path(t, folder, kind+".go"))
		}
	}
}

// TestHandlersHaveAFileAndATestEach covers the chain of the client.
func TestHandlersHaveAFileAndATestEach(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(repotest.Path(t, "client", "handler_*.go"))
	require.NoError(t, err)
	var handlers []string
	for _, file := range files {
		if name, isTest := strings.CutSuffix(filepath.Base(file), "_test.go"); !isTest {
			name = strings.TrimSuffix(name, ".go")
			handlers = append(handlers, name)
			assert.FileExists(t, repotest.Path(t, "client", name+"_test.go"))
		}
	}
	assert.ElementsMatch(t, []string{
		"handler_progress", "handler_sharing", "handler_retry", "handler_ratelimit", "handler_concurrency", "handler_tracing", "handler_errors",
		"handler_deprecation", "handler_http",
	}, handlers)
}

// TestLifecycleNamesNoKind requires that no identifier and no string of the package
// names a kind, except for the project, which most objects belong to.
func TestLifecycleNamesNoKind(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(repotest.Path(t, "internal", "lifecycle", "*.go"))
	require.NoError(t, err)
	var kinds []string
	for _, resource := range resources.All() {
		if resource.Kind() != "Project" {
			kinds = append(kinds, resource.Kind())
		}
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		require.NoError(t, err)
		ast.Inspect(parsed, func(node ast.Node) bool {
			var text string
			switch node := node.(type) {
			case *ast.Ident:
				text = node.Name
			case *ast.BasicLit:
				text = node.Value
			}
			for _, kind := range kinds {
				if strings.Contains(text, kind) {
					t.Errorf("%s names %s", filepath.Base(file), kind)
				}
			}
			return true
		})
	}
}
