// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"

	"github.com/pgbeam/pulumi-pgbeam/components"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
)

// componentData describes a component.
type componentData struct {
	resourceData
	Children []childData
	// Flowchart is a Mermaid diagram of the children.
	Flowchart string
}

// childData is a row in the table of the children of a component.
type childData struct {
	Suffix, Kind, When string
	RefersTo           []string
}

// describeComponents describes the components of a schema in the order of their list.
func describeComponents(spec schema.PackageSpec, examples string, page typePage) ([]componentData, error) {
	var described []componentData
	for _, c := range components.All() {
		resource, err := describeResource(spec, c.Kind(), examples, page)
		if err != nil {
			return nil, err
		}
		data := componentData{resourceData: resource, Flowchart: flowchart(spec, c.Kind(), c.Children)}
		for _, child := range c.Children {
			data.Children = append(data.Children, childData{
				Suffix: child.Suffix, Kind: kindLink(spec, child.Kind), When: existence(spec, c.Kind(), child), RefersTo: child.RefersTo,
			})
		}
		described = append(described, data)
	}
	return described, nil
}

// kindLink returns a link from the page of components to a resource or component.
func kindLink(spec schema.PackageSpec, name string) string {
	page := resourcesPage
	if spec.Resources[token(spec, name)].IsComponent {
		page = ""
	}
	return fmt.Sprintf("[%s](%s#%s)", name, page, strings.ToLower(name))
}

// existence says when a child of a component exists.
func existence(spec schema.PackageSpec, component string, child kind.Child) string {
	inputs := schema.TypeSpec{Ref: "#/resources/" + token(spec, component)}
	each := typeAt(spec, inputs, child.ForEach)
	source := "`" + child.ForEach + "`"
	if entries, path, nested := strings.Cut(child.ForEach, ".*."); nested {
		source = "`" + path + "` of each entry of `" + entries + "`"
	}
	switch {
	case child.When != "":
		return child.When
	case each.AdditionalProperties != nil:
		return "one for each entry of " + source + condition(spec, *each.AdditionalProperties, child, ", if ", "its ")
	case each.Items != nil:
		return "one for each item of " + source + condition(spec, *each.Items, child, ", if ", "its ")
	case child.If != "" || child.Unless != "":
		return condition(spec, inputs, child, "if ", "")
	default:
		return "always"
	}
}

// condition returns the condition of a child, whose paths begin at an object, after a
// conjunction. It is empty if there is none. The pronoun stands for the object.
func condition(spec schema.PackageSpec, object schema.TypeSpec, child kind.Child, conjunction, pronoun string) string {
	var clauses []string
	for _, clause := range []struct{ path, negation string }{{child.If, ""}, {child.Unless, "not "}} {
		switch {
		case clause.path == "":
		case typeAt(spec, object, clause.path).Type == "boolean":
			clauses = append(clauses, fmt.Sprintf("%s`%s` is %s`true`", pronoun, clause.path, clause.negation))
		default:
			clauses = append(clauses, fmt.Sprintf("%s`%s` is %sset", pronoun, clause.path, clause.negation))
		}
	}
	if clauses == nil {
		return ""
	}
	return conjunction + strings.Join(clauses, " and ")
}

// typeAt returns the type of the input at a path in an object, or in the inputs of a
// component. It is empty if there is none. An asterisk stands for each entry of a map.
func typeAt(spec schema.PackageSpec, object schema.TypeSpec, path string) schema.TypeSpec {
	for name := range strings.SplitSeq(path, ".") {
		if name == "*" && object.AdditionalProperties != nil {
			object = *object.AdditionalProperties
			continue
		}
		fields := spec.Types[strings.TrimPrefix(object.Ref, "#/types/")].Properties
		if component, ok := strings.CutPrefix(object.Ref, "#/resources/"); ok {
			fields = spec.Resources[component].InputProperties
		}
		object = fields[name].TypeSpec
	}
	return object
}

// flowchart returns a Mermaid diagram of the children of a component, with an arrow from each
// child to those that refer to it. Children that do not always exist have a dashed border,
// and components a double one.
func flowchart(spec schema.PackageSpec, component string, children []kind.Child) string {
	var b strings.Builder
	fmt.Fprintf(&b, "flowchart TD\n    subgraph component[\"%s\"]\n", component)
	for _, child := range children {
		shape, class := `["%s"]`, ""
		if spec.Resources[token(spec, child.Kind)].IsComponent {
			shape = `[["%s"]]`
		}
		label := child.Suffix + "\n" + child.Kind
		if when := existence(spec, component, child); when != "always" {
			label, class = label+"\n("+when+")", ":::conditional"
		}
		fmt.Fprintf(&b, "        %s"+shape+"%s\n", node(child.Suffix), mermaidText.Replace(label), class)
	}
	b.WriteString("    end\n")
	for _, child := range children {
		for _, suffix := range child.RefersTo {
			fmt.Fprintf(&b, "    %s --> %s\n", node(suffix), node(child.Suffix))
		}
	}
	if slices.ContainsFunc(children, func(child kind.Child) bool { return existence(spec, component, child) != "always" }) {
		b.WriteString("    classDef conditional stroke-dasharray: 5 5\n")
	}
	return b.String()
}

var (
	mermaidText = strings.NewReplacer("<", "#lt;", ">", "#gt;", `"`, "#quot;", "`", "", "\n", "<br/>")
	notInNode   = regexp.MustCompile(`[^a-zA-Z0-9]+`)
)

// node returns the name of the node of a child. Unlike the suffix, it cannot be a keyword of
// Mermaid, such as end.
func node(suffix string) string {
	return "child_" + strings.Trim(notInNode.ReplaceAllString(suffix, "_"), "_")
}
