// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/components"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// secureProjectKind is the component that projects are put into.
const secureProjectKind = "SecureAgentProject"

// secureProjectPassword is the path of the input that no import has.
const secureProjectPassword properties.Path = "database.password"

// secureProject is a project with the objects that a SecureAgentProject consists of.
type secureProject struct {
	name    string
	project *accountObject
	// children are in the order in which they were found. The first one is the project.
	children []componentChild
	// inputs are those of the component, without the password of the database.
	inputs property.Map
}

// componentChild is a child of a component, which is named <component>-<part>.
type componentChild struct {
	*accountObject
	part string
	// output is the output of the component that has the ID of the object, or "".
	output string
}

// takeName gives the component and its children names that no other resource has.
func (c *secureProject) takeName(taken *names, label string) {
	base := cmp.Or(slug(label), "project")
	for i := 1; ; i++ {
		c.name = base
		if i > 1 {
			c.name = fmt.Sprintf("%s-%d", base, i)
		}
		all := []string{c.name}
		for i, child := range c.children {
			c.children[i].name = c.name + "-" + child.part
			all = append(all, child.name)
		}
		if !slices.ContainsFunc(all, func(name string) bool { return taken.taken[name] }) {
			for _, name := range all {
				taken.taken[name] = true
			}
			return
		}
	}
}

// findComponents puts the projects into components that have the shape of one, and returns
// why the others have not.
func (a *Account) findComponents() (reasons []string) {
	definition := secureProjectDefinition()
	for _, object := range a.objects {
		if object.kind.Kind() != projectKind {
			continue
		}
		c, reason := newSecureProject(definition, object)
		if reason != "" {
			reasons = append(reasons, fmt.Sprintf("%s (%s): %s", strings.Join(object.Labels, " "), object.ID, reason))
			continue
		}
		a.components = append(a.components, c)
		for _, child := range c.children {
			child.component = c
		}
	}
	return reasons
}

func secureProjectDefinition() kind.ComponentDefinition {
	all := components.All()
	i := slices.IndexFunc(all, func(c kind.Component) bool { return c.Kind() == secureProjectKind })
	return all[i].ComponentDefinition
}

// newSecureProject returns the component that a project with its children makes up, or why it
// makes up none.
func newSecureProject(definition kind.ComponentDefinition, project *accountObject) (*secureProject, string) {
	byKind := map[string][]*accountObject{}
	for _, child := range project.children {
		byKind[child.kind.Kind()] = append(byKind[child.kind.Kind()], child)
	}
	one := func(kind string) *accountObject { return byKind[kind][0] }
	for _, part := range []struct {
		kind     string
		min, max int
	}{{"PolicyProfile", 1, 1}, {"AgentCredential", 1, 1}, {"WebhookEndpoint", 0, 1}, {"Database", 0, 0}} {
		n := len(byKind[part.kind])
		switch {
		case n < part.min:
			return nil, fmt.Sprintf("it has no %s", part.kind)
		case n > part.max && part.max == 0:
			return nil, fmt.Sprintf("it has a %s besides its primary database", part.kind)
		case n > part.max:
			return nil, fmt.Sprintf("it has %d objects of the kind %s", n, part.kind)
		}
	}
	database := properties.AsMap(project.inputs.Get("database"))
	if project.primary == "" || database.Len() == 0 {
		return nil, "it has no primary database"
	}
	c := &secureProject{project: project}
	policy, agent := one("PolicyProfile"), one("AgentCredential")
	inputs := project.inputs.Delete("defaultPolicyProfileId", "database")
	replicas := byKind["Replica"]
	if len(replicas) > 0 {
		// The component routes reads to the replicas unless that is set.
		database = withDefaults(database, resources.DatabaseSettingsProperties(), "autoReadRouting")
	}
	inputs = inputs.Set("database", property.New(database))
	c.add(project, "project", "projectId")
	names, list := &names{}, []property.Value{}
	for _, replica := range replicas {
		label := strings.TrimPrefix(slug(strings.Join(replica.Labels, " ")), "replica-")
		name := names.unique("host", label) // an address begins with a digit
		list = append(list, property.New(replica.inputs.Delete("databaseId").Set("name", property.New(name))))
		c.add(replica, "replica-"+name, "")
	}
	if len(list) > 0 {
		inputs = inputs.Set("replicas", property.New(list))
	}
	inputs = inputs.Set("policy", property.New(agentPolicy(policy.inputs)))
	c.add(policy, "policy", "policyProfileId")
	inputs = inputs.Set("agent", property.New(agent.inputs.Delete("projectId", "policyProfileId")))
	c.add(agent, "agent", "agentCredentialId")
	rules := map[string]property.Value{}
	for _, rule := range byKind["AnomalyRule"] {
		if convert.Text(rule.inputs.Get("credentialId")) == agent.own { // others are those of the whole project
			name := convert.Text(rule.inputs.Get("metric"))
			rules[name] = property.New(rule.inputs.Delete("projectId", "credentialId"))
			c.add(rule, "anomaly-"+name, "")
		}
	}
	if len(rules) > 0 {
		inputs = inputs.Set("anomalyRules", property.New(rules))
	}
	for _, webhook := range byKind["WebhookEndpoint"] {
		inputs = inputs.Set("webhook", property.New(webhook.inputs.Delete("projectId")))
		c.add(webhook, "webhook", "webhookEndpointId")
	}
	for _, setting := range byKind["ProjectDefaultPolicy"] {
		inputs = inputs.Set("enforceForHumans", property.New(true))
		c.add(setting, "default-policy", "")
	}
	var reason string
	c.inputs, reason = allowed(definition, withoutInternal(inputs))
	return c, reason
}

// add adds a child.
func (c *secureProject) add(object *accountObject, part, output string) {
	c.children = append(c.children, componentChild{object, part, output})
}

// output returns the output of the component that has the ID of an object, or "".
func (c *secureProject) output(object *accountObject) string {
	for _, child := range c.children {
		if child.accountObject == object {
			return child.output
		}
	}
	return ""
}

// agentPolicy returns the settings of a policy with which the component creates a profile
// with these inputs.
func agentPolicy(inputs property.Map) property.Map {
	inputs = inputs.Delete("projectId")
	for name, value := range components.AgentPolicyDefaults() {
		if inputs.Get(name).IsNull() {
			inputs = withDefaults(inputs, resources.PolicyProfileProperties(), name)
		}
		if inputs.Get(name).Equals(properties.Value(value)) {
			inputs = inputs.Delete(name)
		}
	}
	return inputs
}

// withDefaults returns inputs with the API's default of a property that they lack.
func withDefaults(inputs property.Map, table properties.Table, name string) property.Map {
	if value, ok := table.Default(name); ok && inputs.Get(name).IsNull() {
		return inputs.Set(name, value)
	}
	return inputs
}

// allowed returns the inputs with the flags that the component requires for settings that
// weaken its defaults, or why the component does not accept them.
func allowed(definition kind.ComponentDefinition, inputs property.Map) (property.Map, string) {
	for _, flag := range []string{"allowUnapprovedWrites", "allowInsecureTransport"} {
		failures := definition.Validate(inputs)
		if slices.ContainsFunc(failures, func(f p.CheckFailure) bool { return strings.Contains(f.Reason, flag) }) {
			inputs = inputs.Set(flag, property.New(true))
		}
	}
	// The password is known to the user only.
	database := inputs.Get("database").AsMap().Set("password", property.New(property.Computed))
	failures := slices.Concat(
		definition.Properties.Check(property.Map{}, inputs.Set("database", property.New(database))), definition.Validate(inputs))
	if len(failures) > 0 {
		return inputs, "as the inputs of the component, " + failures[0].Reason
	}
	return inputs, ""
}

// withoutInternal returns inputs without those that Pulumi hides from users, at any depth.
func withoutInternal(inputs property.Map) property.Map {
	for name, value := range inputs.AllStable {
		if strings.HasPrefix(name, "__") {
			inputs = inputs.Delete(name)
		} else {
			inputs = inputs.Set(name, withoutInternalIn(value))
		}
	}
	return inputs
}

func withoutInternalIn(value property.Value) property.Value {
	switch {
	case value.IsMap():
		return property.WithGoValue(value, withoutInternal(value.AsMap()))
	case value.IsArray():
		items := value.AsArray().AsSlice()
		for i, item := range items {
			items[i] = withoutInternalIn(item)
		}
		return property.WithGoValue(value, property.NewArray(items))
	default:
		return value
	}
}
