// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/stretchr/testify/assert"

	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
)

// fleet is the schema of a component with every kind of input that its children can depend on.
func fleet() schema.PackageSpec {
	object := func(name string) *schema.TypeSpec { return &schema.TypeSpec{Ref: "#/types/pgbeam:index:" + name} }
	return schema.PackageSpec{
		Name: "pgbeam",
		Resources: map[string]schema.ResourceSpec{
			"pgbeam:index:Fleet": {IsComponent: true, InputProperties: map[string]schema.PropertySpec{
				"agents":   {TypeSpec: schema.TypeSpec{Type: "object", AdditionalProperties: object("FleetAgent")}},
				"tables":   {TypeSpec: schema.TypeSpec{Type: "array", Items: &schema.TypeSpec{Type: "string"}}},
				"policy":   {TypeSpec: *object("FleetPolicy")},
				"policyId": {TypeSpec: schema.TypeSpec{Type: "string"}},
				"disabled": {TypeSpec: schema.TypeSpec{Type: "boolean"}},
			}},
			"pgbeam:index:Access": {IsComponent: true},
			"pgbeam:index:Policy": {InputProperties: map[string]schema.PropertySpec{"mode": {TypeSpec: *object("Mode")}}},
		},
		Types: map[string]schema.ComplexTypeSpec{
			"pgbeam:index:FleetAgent": {ObjectTypeSpec: schema.ObjectTypeSpec{Properties: map[string]schema.PropertySpec{
				"trusted": {TypeSpec: schema.TypeSpec{Type: "boolean"}}, "webhook": {TypeSpec: schema.TypeSpec{Type: "string"}},
				"owners": {TypeSpec: schema.TypeSpec{Type: "array", Items: &schema.TypeSpec{Type: "string"}}},
				"rules":  {TypeSpec: schema.TypeSpec{Type: "object", AdditionalProperties: &schema.TypeSpec{Type: "string"}}},
			}}},
			"pgbeam:index:FleetPolicy": {ObjectTypeSpec: schema.ObjectTypeSpec{Properties: map[string]schema.PropertySpec{
				"mode": {TypeSpec: *object("Mode")}, "strict": {TypeSpec: schema.TypeSpec{Type: "boolean"}},
			}}},
			"pgbeam:index:Mode":  {},
			"pgbeam:index:Plans": {},
		},
	}
}

// TestExistence checks what the page says about when a child exists.
func TestExistence(t *testing.T) {
	t.Parallel()
	for expected, child := range map[string]kind.Child{
		"always":                                                  {},
		"if `policy` is set":                                      {If: "policy"},
		"if `policyId` is not set":                                {Unless: "policyId"},
		"if `disabled` is `true`":                                 {If: "disabled"},
		"if `disabled` is not `true`":                             {Unless: "disabled"},
		"if `policy.strict` is `true`":                            {If: "policy.strict"},
		"one for each entry of `agents`":                          {ForEach: "agents"},
		"one for each item of `tables`":                           {ForEach: "tables"},
		"one for each item of `owners` of each entry of `agents`": {ForEach: "agents.*.owners"},
		"one for each entry of `rules` of each entry of `agents`": {ForEach: "agents.*.rules"},
		"if an agent can write":                                   {When: "if an agent can write"},
		"if `policy` is set and `disabled` is not `true`":         {If: "policy", Unless: "disabled"},
		"one for each entry of `agents`, if its `webhook` is set": {ForEach: "agents", If: "webhook"},
		"one for each entry of `agents`, if its `webhook` is set and its `trusted` is not `true`": {ForEach: "agents", If: "webhook", Unless: "trusted"},
	} {
		assert.Equal(t, expected, existence(fleet(), "Fleet", child))
	}
}

func TestFlowchart(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `flowchart TD
    subgraph component["Fleet"]
        child_policy["policy<br/>Policy"]
        child_agent_key[["agent-#lt;key#gt;<br/>Access<br/>(one for each entry of agents)"]]:::conditional
    end
    child_policy --> child_agent_key
    classDef conditional stroke-dasharray: 5 5
`, flowchart(fleet(), "Fleet", []kind.Child{
		{Suffix: "policy", Kind: "Policy"},
		{Suffix: "agent-<key>", Kind: "Access", ForEach: "agents", RefersTo: []string{"policy"}},
	}))
	assert.Equal(t, "flowchart TD\n    subgraph component[\"Fleet\"]\n        child_end[\"end<br/>Policy\"]\n    end\n",
		flowchart(fleet(), "Fleet", []kind.Child{{Suffix: "end", Kind: "Policy"}}))
	assert.Equal(t, "[Policy](resources.md#policy)", kindLink(fleet(), "Policy"))
	assert.Equal(t, "[Access](#access)", kindLink(fleet(), "Access"))
}

// TestPagesOfTypes checks that each type is described on one page, which the others link.
func TestPagesOfTypes(t *testing.T) {
	t.Parallel()
	pages := pagesOfTypes(fleet())
	assert.Equal(t, map[string]string{
		"pgbeam:index:FleetAgent": componentsPage, "pgbeam:index:FleetPolicy": componentsPage,
		"pgbeam:index:Mode": resourcesPage, "pgbeam:index:Plans": functionsPage,
	}, pages)
	mode := schema.TypeSpec{Ref: "#/types/pgbeam:index:Mode"}
	assert.Equal(t, "[Mode](#mode)", typePage{resourcesPage, pages}.typeLink(mode))
	assert.Equal(t, "list of [Mode](resources.md#mode)", typePage{componentsPage, pages}.typeLink(schema.TypeSpec{Items: &mode}))
}
