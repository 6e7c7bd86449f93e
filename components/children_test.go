// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components_test

import (
	"cmp"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/components"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

func token(kind string) tokens.Type { return tokens.Type("pgbeam:index:" + kind) }

func definitionOf(t *testing.T, component string) kind.ComponentDefinition {
	t.Helper()
	all := components.All()
	i := slices.IndexFunc(all, func(c kind.Component) bool { return c.Kind() == component })
	require.GreaterOrEqual(t, i, 0, component)
	return all[i].ComponentDefinition
}

// TestChildrenMatchTheirTable compares the children that a component registers with the table
// in its definition: their names, kinds, parents and references to each other. It also checks
// what all children have in common.
func TestChildrenMatchTheirTable(t *testing.T) {
	t.Parallel()
	forEachComponent(t, func(t *testing.T, c componentCase) {
		table := definitionOf(t, c.component).Children
		for _, preview := range []bool{true, false} {
			var existing, references []string // of all inputs together
			for _, inputs := range append([]object{c.minimal}, c.full...) {
				children, _, err := construct(t, c.component, enginetest.Inputs(inputs), preview)
				require.NoError(t, err)
				rows := rowsOf(table, enginetest.Inputs(inputs))
				for name, row := range rows {
					if row.When == "" {
						assert.Contains(t, slices.Collect(maps.Keys(children)), name)
					}
				}
				for name, child := range children {
					assertRegistration(t, child)
					direct := directChild(t, c.component, children, name)
					row, ok := rows[direct]
					if !assert.True(t, ok, "no row is about %s", direct) {
						continue
					}
					if direct == name {
						assert.Equal(t, token(row.Kind), child.TypeToken, name)
						existing = append(existing, row.Suffix)
					}
					for _, dependency := range dependencies(child) {
						if other := directChild(t, c.component, children, dependency); other != direct {
							assert.Contains(t, row.RefersTo, rows[other].Suffix, "%s depends on %s", direct, other)
							references = append(references, row.Suffix+" refers to "+rows[other].Suffix)
						}
					}
				}
			}
			for _, row := range table {
				assert.Contains(t, existing, row.Suffix)
				for _, suffix := range row.RefersTo {
					assert.Contains(t, references, row.Suffix+" refers to "+suffix)
				}
			}
		}
	})
}

// rowsOf returns the row of the table for each child that exists with the inputs, by the name
// of the child.
func rowsOf(table []kind.Child, inputs property.Map) map[string]kind.Child {
	rows := map[string]kind.Child{}
	for _, row := range table {
		add := func(item property.Value, names []string) {
			if (row.If == "" || isSet(item, row.If)) && (row.Unless == "" || !isSet(item, row.Unless)) {
				suffix := placeholder.ReplaceAllStringFunc(row.Suffix, func(string) string {
					name := names[0]
					names = names[1:]
					return name
				})
				rows["shop-"+suffix] = row
			}
		}
		var parts []string
		for _, match := range placeholder.FindAllStringSubmatch(row.Suffix, -1) {
			parts = append(parts, match[1])
		}
		for names, item := range itemsAt(property.New(inputs), row.ForEach, parts) {
			add(item, names)
		}
	}
	return rows
}

// itemsAt yields the items that ForEach stands for, each with what replaces the parts of the
// suffix that are in angle brackets. Without a path, it yields the value itself.
func itemsAt(value property.Value, path string, parts []string) iter.Seq2[[]string, property.Value] {
	return func(yield func([]string, property.Value) bool) {
		if path == "" {
			yield(nil, value)
			return
		}
		path, rest, _ := strings.Cut(path, ".*.")
		each := func(name string, item property.Value) bool {
			for names, inner := range itemsAt(item, rest, parts[1:]) {
				if !yield(append([]string{name}, names...), inner) {
					return false
				}
			}
			return true
		}
		switch items := valueAt(value, path); {
		case items.IsArray():
			for i, item := range items.AsArray().All {
				name := properties.AsMap(item).Get(parts[0])
				if !each(cmp.Or(convert.Text(name), convert.Text(item), strconv.Itoa(i)), item) {
					return
				}
			}
		case items.IsMap():
			for key, item := range items.AsMap().All {
				if !each(key, item) {
					return
				}
			}
		}
	}
}

// placeholder matches the part of a suffix that differs between children.
var placeholder = regexp.MustCompile(`<(\w+)[^>]*>`)

// isSet reports whether a path has a value, and whether that is true if it is a Boolean.
func isSet(value property.Value, path string) bool {
	value = valueAt(value, path)
	return !value.IsNull() && (!value.IsBool() || value.AsBool())
}

func valueAt(value property.Value, path string) property.Value {
	for name := range strings.SplitSeq(path, ".") {
		value = properties.AsMap(value).Get(name)
	}
	return value
}

// directChild returns the name of the child of a component that a resource is or belongs to.
func directChild(t *testing.T, component string, children map[string]integration.MockResourceArgs, name string) string {
	t.Helper()
	require.Contains(t, children, name)
	parent := urn.URN(children[name].RegisterRPC.GetParent())
	if parent == urnOf(component) {
		return name
	}
	require.NotEmpty(t, parent, "%s has no parent", name)
	return directChild(t, component, children, parent.Name())
}

// dependencies returns the names of the resources that a resource depends on.
func dependencies(child integration.MockResourceArgs) []string {
	all := slices.Clone(child.RegisterRPC.GetDependencies())
	for _, property := range child.RegisterRPC.GetPropertyDependencies() {
		all = append(all, property.GetUrns()...)
	}
	for i, dependency := range all {
		all[i] = urn.URN(dependency).Name()
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// assertRegistration checks that a resource has the plugin download URL, that it has no
// version in a development build, and that its secret outputs are marked.
func assertRegistration(t *testing.T, child integration.MockResourceArgs) {
	t.Helper()
	if !child.Custom {
		return // a component of this plugin
	}
	assert.Equal(t, "github://api.github.com/pgbeam/pulumi-pgbeam", child.RegisterRPC.GetPluginDownloadURL(), child.Name)
	assert.Empty(t, child.RegisterRPC.GetVersion(), child.Name)
	spec := packageSpec(t).Resources[child.TypeToken.String()]
	for name, output := range spec.Properties {
		if output.Secret {
			assert.Contains(t, child.RegisterRPC.GetAdditionalSecretOutputs(), name, child.Name)
		}
	}
}
