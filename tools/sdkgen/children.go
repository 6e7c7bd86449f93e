// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/cgstrings"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// goChildren generates the Go package with which components register their children: the Go
// SDK without the declarations that only programs need. The plugin contains this package, and the
// linker cannot remove the methods of a type that the SDK for Go knows by reflection.
func goChildren(pkg *schema.Package) (files, error) {
	sdk, err := goSDK(pkg)
	if err != nil {
		return nil, err
	}
	for name := range sdk {
		if path.Dir(name) == "pgbeam/config" { // the configuration of a program
			delete(sdk, name)
		}
	}
	unneeded := unneededIn(pkg)
	for name, content := range sdk {
		if path.Ext(name) == ".go" {
			if sdk[name], err = unneeded.removeFrom(name, content); err != nil {
				return nil, err
			}
		}
	}
	return sdk, nil
}

// unneeded are declarations of the Go SDK that components do not need.
type unneeded struct {
	// names are those of functions and types. The methods of these types and the calls that
	// register them are removed, too.
	names map[string]bool
	// resources are types that remain, and lose all methods: those by which a resource
	// becomes an output.
	resources map[string]bool
	// outputs are types that keep only their conversions. Each property has a method as well, in
	// whose place a component can use ApplyT.
	outputs map[string]bool
}

func unneededIn(pkg *schema.Package) unneeded {
	u := unneeded{names: map[string]bool{}, resources: map[string]bool{}, outputs: map[string]bool{}}
	for _, resource := range append(slices.Clone(pkg.Resources), pkg.Provider) {
		name := nameOf(resource.Token)
		if resource.IsProvider {
			name = "Provider"
		}
		u.resources[name] = true
		for _, unneeded := range []string{
			"Get" + name, name + "State", cgstrings.Camel(name) + "State", // components read no existing resource
			name + "Input", name + "Output", // no input or output is a resource
		} {
			u.names[unneeded] = true
		}
	}
	for _, typ := range pkg.Types {
		if object, ok := typ.(*schema.ObjectType); ok {
			for _, collection := range []string{"", "Ptr", "Array", "Map"} {
				u.outputs[nameOf(object.Token)+collection+"Output"] = true
			}
		}
	}
	return u
}

// conversions are the methods of an output that the interfaces of inputs and outputs have.
var conversions = regexp.MustCompile(`^(ElementType|To\w+Output(WithContext)?)$`)

// removeFrom returns a source file without the unneeded declarations, and without the imports
// that only these use.
func (u unneeded) removeFrom(name string, source []byte) ([]byte, error) {
	source, err := removeNodes(name, source, func(file *ast.File) (nodes []ast.Node) {
		for _, decl := range file.Decls {
			nodes = append(nodes, u.nodesIn(decl)...)
		}
		return nodes
	})
	if err != nil {
		return nil, err
	}
	if source, err = removeNodes(name, source, unusedImports); err != nil {
		return nil, err
	}
	return format.Source(source)
}

// removeNodes returns a source file without the nodes that a function selects, in their order.
func removeNodes(name string, source []byte, selected func(*ast.File) []ast.Node) ([]byte, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, name, source, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	source = slices.Clone(source)
	for _, node := range slices.Backward(selected(file)) { // so that the offsets of the others remain
		source = slices.Delete(source, fset.Position(node.Pos()).Offset, fset.Position(node.End()).Offset)
	}
	return source, nil
}

func unusedImports(file *ast.File) (unused []ast.Node) {
	used := map[string]bool{}
	ast.Inspect(file, func(node ast.Node) bool {
		if selector, ok := node.(*ast.SelectorExpr); ok {
			used[fmt.Sprint(selector.X)] = true
		}
		return true
	})
	for _, spec := range file.Imports {
		if spec.Name == nil && !used[path.Base(strings.Trim(spec.Path.Value, `"`))] {
			unused = append(unused, spec)
		}
	}
	return unused
}

// nodesIn returns the parts of a declaration that are not needed.
func (u unneeded) nodesIn(decl ast.Decl) (nodes []ast.Node) {
	switch decl := decl.(type) {
	case *ast.GenDecl:
		if spec, ok := decl.Specs[0].(*ast.TypeSpec); ok && u.names[spec.Name.Name] {
			return withComment(decl, decl.Doc)
		}
	case *ast.FuncDecl:
		receiver := receiverOf(decl)
		switch {
		case receiver == "" && decl.Name.Name == "init":
			return u.registrationsIn(decl)
		case receiver == "" && u.names[decl.Name.Name], u.names[receiver], u.resources[receiver],
			u.outputs[receiver] && !conversions.MatchString(decl.Name.Name):
			return withComment(decl, decl.Doc)
		}
	}
	return nil
}

// registrationsIn returns the statements of an init function that register unneeded types, or
// the whole function if it has no other statements.
func (u unneeded) registrationsIn(init *ast.FuncDecl) (nodes []ast.Node) {
	for _, statement := range init.Body.List {
		registersUnneeded := false
		ast.Inspect(statement, func(node ast.Node) bool {
			identifier, ok := node.(*ast.Ident)
			registersUnneeded = registersUnneeded || ok && u.names[identifier.Name]
			return true
		})
		if registersUnneeded {
			nodes = append(nodes, statement)
		}
	}
	if len(nodes) == len(init.Body.List) {
		return []ast.Node{init}
	}
	return nodes
}

// receiverOf returns the name of the type that a function is a method of, or "".
func receiverOf(decl *ast.FuncDecl) string {
	if decl.Recv == nil {
		return ""
	}
	typ := decl.Recv.List[0].Type
	if pointer, ok := typ.(*ast.StarExpr); ok {
		typ = pointer.X
	}
	return fmt.Sprint(typ)
}

func withComment(decl ast.Decl, comment *ast.CommentGroup) []ast.Node {
	if comment == nil {
		return []ast.Node{decl}
	}
	return []ast.Node{comment, decl}
}
