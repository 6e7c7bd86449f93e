// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Read reads the live object, for a refresh or an import. The response is empty if
// the object does not exist, and only then.
func (r *Resource) Read(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
	op := operation{verb: "reading", kind: r.Kind(), name: req.Urn.Name(), id: req.ID, urn: req.Urn}
	op.secrets = properties.SecretStrings(req.Inputs, req.Properties)
	if isInState(req) {
		r.env.Claims.InState(r.claimKey(req.ID, preferFirst(req.Inputs, req.Properties)), req.Urn)
	} else {
		r.skipLint(req.Urn)
	}
	state := r.stateToRead(req.ID, req.Properties, req.Inputs)
	id, parents, err := r.ImportID.Parse(req.ID, state)
	if err != nil && !isInState(req) {
		id, parents, err = r.parseBareID(ctx, req.ID, err)
	}
	if err != nil {
		return p.ReadResponse{}, fmt.Errorf("%s %q (%s): %w", r.Kind(), req.Urn.Name(), req.ID, r.idError(req, err))
	}
	for name, value := range parents {
		state = state.Set(name, property.New(value))
	}
	ctx, err = r.withCall(ctx, kind.Call{BecomesState: true})
	if err != nil {
		return p.ReadResponse{}, op.explain(err)
	}
	// A refresh or an import reads many objects, which lists return with fewer requests.
	resp, err := r.InferredResource.Read(client.WithSharedLists(ctx), p.ReadRequest{ID: id, Urn: req.Urn, Properties: state})
	if err != nil {
		gone, err := r.isGone(ctx, op, preferFirst(req.Inputs, state), err)
		if gone {
			return p.ReadResponse{}, nil
		}
		return p.ReadResponse{}, op.explain(err)
	}
	if resp.ID == "" {
		return p.ReadResponse{}, nil
	}
	live := properties.WithoutNulls(resp.Properties)
	if paths := r.state().unsafeIntegers(live); len(paths) > 0 {
		return p.ReadResponse{}, op.explain(r.unsafeIntegersError(paths))
	}
	if isInState(req) {
		resp.ID = req.ID // which may be that of an import
	} else {
		resp.ID = r.ImportID.AfterImport(resp.ID, live)
		r.warnMissingSecrets(ctx, req.Urn, id, live)
	}
	if req.Inputs.Len() == 0 { // an import, or a state that has lost the inputs
		resp.Inputs = r.Properties.ImportInputs(live)
	} else {
		resp.Inputs = r.Properties.RefreshedInputs(req.Inputs, live)
	}
	resp.Inputs = r.Properties.MarkSecrets(resp.Inputs, req.Inputs)
	resp.Properties = withUniqueName(r.outputs(live, resp.Inputs), req)
	return resp, nil
}

// duplicateName is an output that the CLI treats like a name.
const duplicateName = "arn"

// withUniqueName returns the outputs of an import with the name a second time. In the
// program that it generates, the CLI replaces every value that equals a name with a
// reference to that name, whatever the property is: a username, for example. If two
// objects have the same name, the references form a cycle, and the program then has none
// at all. A value that occurs twice is left alone. A refresh keeps it, because it would
// otherwise show a change.
//
// Remove it when the CLI replaces IDs only (createImportState in pkg/importer).
func withUniqueName(outputs property.Map, req p.ReadRequest) property.Map {
	name := outputs.Get("name")
	if !name.IsString() || isInState(req) && req.Properties.Get(duplicateName).IsNull() {
		return outputs
	}
	return outputs.Set(duplicateName, name)
}

// parseBareID parses an import ID without the parents, if they can be looked up with a
// single request: the organization of an API key that has access to no other. For any other
// ID, it returns the error with what to do.
func (r *Resource) parseBareID(ctx context.Context, id string, err error) (own string, parents map[string]string, _ error) {
	if !r.ImportID.IsBare(id) {
		return "", nil, fmt.Errorf("%w. %s", err, r.listDescription())
	}
	if !r.belongsToOrganization() {
		advice := r.listDescription()
		for _, parent := range r.ImportID.Parents {
			advice += fmt.Sprintf(" `pulumi do pgbeam:index:%s list` lists the IDs that begin with %s.", parent.Kind, parent.Prefix)
		}
		return "", nil, fmt.Errorf("%w, because the API finds the object only with the IDs that precede its own. %s", err, advice)
	}
	c, lookup := r.env.Client(ctx)
	if lookup != nil {
		return "", nil, lookup
	}
	organizations, lookup := c.Access(ctx)
	if lookup != nil {
		return "", nil, fmt.Errorf("%w, or the organizations of the API key must be known: %w", err, lookup)
	}
	if len(organizations) != 1 {
		return "", nil, fmt.Errorf("%w, because the API key belongs to %s. %s", err, formatOrganizations(organizationIDs(organizations)), r.listDescription())
	}
	return r.ImportID.Parse(organizations[0].ID+"/"+id, property.Map{})
}

// belongsToOrganization reports whether the organization is the only parent of an object.
func (r *Resource) belongsToOrganization() bool {
	return len(r.ImportID.Parents) == 1 && r.ImportID.Parents[0] == kind.Organization
}

// isInState reports whether a read is a refresh of a resource in the state, and not
// an import.
func isInState(req p.ReadRequest) bool { return req.Inputs.Len() > 0 || req.Properties.Len() > 0 }

// idError returns why the ID of an object could not be parsed: an import needs an
// ID of a certain format, while a state has to have the IDs of the parents.
func (r *Resource) idError(req p.ReadRequest, err error) error {
	if req.Properties.Len() == 0 || strings.Contains(req.ID, "/") {
		return err
	}
	for _, parent := range r.ImportID.Parents {
		if !isID(req.Properties.Get(parent.Property)) && !isID(req.Inputs.Get(parent.Property)) {
			return missingParentError(parent)
		}
	}
	return err
}
