// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
)

// StackName is the name of a stack. An empty stack does not have it in its state.
type StackName struct{ Project, Stack string }

// AddTerraformState adds the objects of PgBeam in a Terraform state to the output of
// `pulumi stack export`, with the secrets that Terraform has. name is needed if the stack
// is empty. It returns an error, and no deployment, if the meaning of one of them is not
// certain, or if the deployment has one of the objects or names already.
func AddTerraformState(state, exported []byte, name StackName) (deployment []byte, report TerraformReport, err error) {
	objects, report, err := readTerraform(state)
	if err != nil {
		return nil, report, err
	}
	report.isState = true
	d, err := parseDeployment(exported)
	if err != nil {
		return nil, report, err
	}
	if len(d.pending) > 0 {
		return nil, report, fmt.Errorf("the stack has an operation that was interrupted, of %s: run `pulumi refresh`, and export the stack again", d.pending[0].URN)
	}
	if len(objects) == 0 {
		return exported, report, nil
	}
	added, err := newStateEntries(d, name)
	if err != nil {
		return nil, report, err
	}
	for i, object := range objects {
		if report.Objects[i].Name, err = added.add(object); err != nil {
			return nil, report, err
		}
	}
	if err := d.add(added.entries); err != nil {
		return nil, report, err
	}
	var b bytes.Buffer
	err = d.write(&b)
	return b.Bytes(), report, err
}

// stateEntries are entries that are added to a deployment.
type stateEntries struct {
	entries []apitype.ResourceV3
	stack   resource.URN
	// provider is the reference to the default provider.
	provider string
	// urns has the URNs that are taken, owners the objects that the deployment has, and
	// byID the resources that others refer to.
	urns   map[resource.URN]bool
	owners map[identity]resource.URN
	byID   map[string]resource.URN
	names  logicalNames
}

func newStateEntries(d *deployment, name StackName) (*stateEntries, error) {
	s := &stateEntries{urns: map[resource.URN]bool{}, owners: map[identity]resource.URN{}, byID: map[string]resource.URN{}, names: newLogicalNames()}
	kinds := kindsByName()
	for _, e := range d.resources {
		s.urns[e.URN] = true
		if object, ok := identityOf(kinds, e); ok {
			s.owners[object] = e.URN
			if id, ok := e.Outputs["primaryDatabaseId"].(string); ok && object.kind == "Project" && e.Inputs["database"] != nil {
				s.owners[identity{"Database", object.id + "/" + id}] = e.URN
			}
		}
		if e.Type == providerType && strings.HasPrefix(e.URN.Name(), defaultProvider) && !e.Delete {
			s.provider = reference(e.ResourceV3)
		}
	}
	if err := s.findStack(d, name); err != nil {
		return nil, err
	}
	if s.provider == "" {
		provider := providerEntry(s.stack)
		s.entries = append(s.entries, provider)
		s.provider = reference(provider)
	}
	return s, nil
}

// findStack finds the URN of the stack, or adds it.
func (s *stateEntries) findStack(d *deployment, name StackName) error {
	if stack, ok := d.stack(); ok {
		s.stack = stack
		return s.checkName(name)
	}
	if len(d.resources) > 0 {
		first := d.resources[0].URN
		name = StackName{Project: string(first.Project()), Stack: string(first.Stack())}
	}
	if name.Project == "" || name.Stack == "" {
		return errors.New("the stack is empty, so its state does not have its name: pass --project and --stack with the names of the project and the stack")
	}
	s.stack = resource.NewURN(tokens.QName(name.Stack), tokens.PackageName(name.Project), "", stackType, name.Project+"-"+name.Stack)
	if !s.stack.IsValid() {
		return fmt.Errorf("the project %q and the stack %q do not make a valid URN", name.Project, name.Stack)
	}
	s.entries = append(s.entries, apitype.ResourceV3{URN: s.stack, Type: stackType})
	return nil
}

// checkName returns an error if the stack has another name than the user expects.
func (s *stateEntries) checkName(name StackName) error {
	if name.Project != "" && name.Project != string(s.stack.Project()) || name.Stack != "" && name.Stack != string(s.stack.Stack()) {
		return fmt.Errorf("the deployment is that of the stack %s of the project %s", s.stack.Stack(), s.stack.Project())
	}
	return nil
}

// add adds an object, and returns the name of its resource.
func (s *stateEntries) add(object terraformObject) (string, error) {
	for _, id := range object.identities() {
		if owner, ok := s.owners[id]; ok {
			return "", fmt.Errorf("%s is %s %s, which the stack already has as %s: nothing was added", object.address, id.kind, id.id, owner)
		}
	}
	typ := tokens.Type(typeToken(object.kind.Kind()))
	name := s.names.unique(object)
	urn := resource.NewURN(s.stack.Stack(), s.stack.Project(), "", typ, name)
	if s.urns[urn] {
		return "", fmt.Errorf("%s would become %s, which the stack already has for another object: "+
			"rename that resource with an alias, or rename this one with `terraform state mv`", object.address, urn)
	}
	inputs, err := secrets{}.encode(object.state.Inputs)
	if err != nil {
		return "", fmt.Errorf("%s: the inputs: %w", object.address, err)
	}
	outputs, err := secrets{}.encode(object.state.Outputs)
	if err != nil {
		return "", fmt.Errorf("%s: the outputs: %w", object.address, err)
	}
	id := object.kind.ImportID.ResourceID(object.id, object.state.Inputs)
	dependencies, byProperty := s.dependencies(object.state.Inputs)
	s.entries = append(s.entries, apitype.ResourceV3{
		URN: urn, Custom: true, ID: resource.ID(id), Type: typ, Inputs: inputs, Outputs: outputs,
		Parent: s.stack, Provider: s.provider, Dependencies: dependencies, PropertyDependencies: byProperty,
	})
	s.urns[urn] = true
	if object.kind.ImportID.Prefix != "" {
		s.byID[object.id] = urn
	}
	return name, nil
}

// dependencies returns the resources that the inputs refer to by ID.
func (s *stateEntries) dependencies(inputs property.Map) ([]resource.URN, map[resource.PropertyKey][]resource.URN) {
	var all []resource.URN
	byProperty := map[resource.PropertyKey][]resource.URN{}
	for name, value := range inputs.AllStable {
		urn, ok := s.byID[convert.Text(value)]
		if !ok {
			continue
		}
		byProperty[resource.PropertyKey(name)] = []resource.URN{urn}
		if !slices.Contains(all, urn) {
			all = append(all, urn)
		}
	}
	return all, byProperty
}
