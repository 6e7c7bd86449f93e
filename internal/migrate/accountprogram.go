// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"go.yaml.in/yaml/v3"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// program is a Pulumi program in YAML.
type program struct {
	resources *yaml.Node
	config    *yaml.Node
	taken     map[string]bool // settings of the configuration
}

// Program returns a program in YAML with all resources. Passwords are secrets of its
// configuration, which are returned as well. Its first lines are those of a Pulumi.yaml.
func (a *Account) Program(name string) (text []byte, secrets []string, err error) {
	b := &program{resources: mapping(), config: mapping(), taken: map[string]bool{}}
	for _, object := range a.objects {
		switch c := object.component; {
		case c == nil:
			table := object.kind.Properties
			inputs := a.withReferences(object, withoutInternal(object.inputs))
			for _, path := range table.WriteOnlyPaths(true) {
				inputs = b.withSecret(inputs, object.name, path)
			}
			b.add(object.name, object.kind.Kind(), inputs, optionalWriteOnly(table, object.kind.Kind()))
		case c.project == object:
			b.add(c.name, secureProjectKind, b.withSecret(c.inputs, c.name, secureProjectPassword), c.optionalWriteOnly())
		}
	}
	for i := 0; i < len(b.config.Content); i += 2 {
		secrets = append(secrets, b.config.Content[i].Value)
	}
	document := mapping()
	addField(document, "name", scalar(name))
	addField(document, "runtime", scalar("yaml"))
	if len(secrets) > 0 {
		addField(document, "config", b.config)
	}
	addField(document, "resources", b.resources)
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(document); err != nil {
		return nil, nil, err
	}
	return out.Bytes(), secrets, encoder.Close()
}

// optionalWriteOnly returns a comment on the inputs of a kind that the API never returns and
// that need not be set, or "".
func optionalWriteOnly(table properties.Table, kind string) string {
	var names []string
	for _, path := range table.WriteOnlyPaths(false) {
		names = append(names, string(path))
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("The API does not return %s. Set it to the value that is in use before another change of this %s, or to \"\" if there is none.", strings.Join(names, ", "), kind)
}

// optionalWriteOnly is that of the children of the component.
func (c *secureProject) optionalWriteOnly() string {
	for _, child := range c.children {
		if comment := optionalWriteOnly(child.kind.Properties, child.kind.Kind()); comment != "" {
			return strings.Replace(comment, "return ", "return "+child.part+".", 1)
		}
	}
	return ""
}

// add adds a resource or a component, with a comment.
func (b *program) add(name, kind string, inputs property.Map, comment string) {
	body := mapping()
	addField(body, "type", scalar("pgbeam:"+kind))
	if inputs.Len() > 0 {
		addField(body, "properties", yamlNode(property.New(inputs)))
	}
	addField(b.resources, name, body)
	b.resources.Content[len(b.resources.Content)-2].HeadComment = comment
}

// withSecret returns inputs in which a path is a secret of the configuration. A path in an
// object that does not exist is left out.
func (b *program) withSecret(inputs property.Map, name string, path properties.Path) property.Map {
	root, rest, isNested := strings.Cut(string(path), ".")
	if isNested {
		object := inputs.Get(root)
		if !object.IsMap() {
			return inputs
		}
		return inputs.Set(root, property.New(b.withSecret(object.AsMap(), name, properties.Path(rest))))
	}
	setting := camelCase(name + "-" + root)
	for i := 2; b.taken[setting]; i++ {
		setting = camelCase(name+"-"+root) + strconv.Itoa(i)
	}
	b.taken[setting] = true
	declaration := mapping()
	addField(declaration, "type", scalar("string"))
	addField(declaration, "secret", &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: "true"})
	addField(b.config, setting, declaration)
	return inputs.Set(root, expression(setting))
}

// withReferences returns the inputs of an object with references to other resources of the
// program in place of their IDs. Values that a resource of another kind has are left out.
func (a *Account) withReferences(object *accountObject, inputs property.Map) property.Map {
	table := object.kind.Properties
	for name, value := range inputs.AllStable {
		if table.SharedWith(name) != "" && a.isShared(object, table.SharedWith(name)) {
			inputs = inputs.Delete(name)
		} else if reference := a.reference(convert.Text(value)); table.Reference(name) != "" && reference != "" {
			inputs = inputs.Set(name, expression(reference))
		}
	}
	return inputs
}

// isShared reports whether a setting of the object is a resource of its own.
func (a *Account) isShared(object *accountObject, kind string) bool {
	for _, child := range object.children {
		if child.kind.Kind() == kind {
			return true
		}
	}
	return false
}

// reference returns the output of the resource that has the object with an ID, or "".
func (a *Account) reference(id string) string {
	if object, ok := a.byID[id]; ok {
		if c := object.component; c != nil {
			return joinOutput(c.name, c.output(object))
		}
		return object.name + ".id"
	}
	for _, object := range a.objects {
		if object.primary == id && id != "" {
			if object.component != nil {
				return joinOutput(object.component.name, primaryDatabase)
			}
			return joinOutput(object.name, primaryDatabase)
		}
	}
	return ""
}

func joinOutput(name, output string) string {
	if output == "" {
		return ""
	}
	return name + "." + output
}

// expressionMark begins a string that is an expression. The API has no text with it.
const expressionMark = "\x00"

func expression(text string) property.Value { return property.New(expressionMark + "${" + text + "}") }

// yamlNode converts a value. Text is written so that it is not an expression.
func yamlNode(v property.Value) *yaml.Node {
	switch {
	case v.IsString():
		if text, ok := strings.CutPrefix(v.AsString(), expressionMark); ok {
			return scalar(text)
		}
		return scalar(strings.ReplaceAll(v.AsString(), "${", "$${"))
	case v.IsBool():
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v.AsBool())}
	case v.IsNumber():
		n := v.AsNumber()
		if n == math.Trunc(n) && math.Abs(n) < properties.IntegerLimit {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!int", Value: strconv.FormatInt(int64(n), 10)}
		}
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!float", Value: strconv.FormatFloat(n, 'g', -1, 64)}
	case v.IsArray():
		list := &yaml.Node{Kind: yaml.SequenceNode}
		for _, item := range v.AsArray().All {
			list.Content = append(list.Content, yamlNode(item))
		}
		return list
	case v.IsMap():
		object := mapping()
		fields := v.AsMap()
		for _, name := range []string{"projectId", "orgId", "name"} { // what identifies an object comes first
			if field := fields.Get(name); !field.IsNull() {
				addField(object, name, yamlNode(field))
				fields = fields.Delete(name)
			}
		}
		for name, field := range fields.AllStable {
			addField(object, name, yamlNode(field))
		}
		return object
	default:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	}
}

func mapping() *yaml.Node { return &yaml.Node{Kind: yaml.MappingNode} }

func scalar(text string) *yaml.Node {
	node := &yaml.Node{}
	node.SetString(text)
	switch strings.ToLower(text) {
	case "on", "off", "yes", "no", "y", "n": // Booleans for parsers of YAML 1.1
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}

func addField(object *yaml.Node, name string, value *yaml.Node) {
	object.Content = append(object.Content, scalar(name), value)
}

// camelCase converts shop-password to shopPassword.
func camelCase(name string) string {
	words := strings.Split(name, "-")
	for i, word := range words[1:] {
		words[i+1] = strings.ToUpper(word[:1]) + word[1:]
	}
	return strings.Join(words, "")
}
