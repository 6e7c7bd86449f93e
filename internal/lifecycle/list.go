// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// Lists lists the objects that can be imported as the resources of a provider. The zero
// value has no resources.
type Lists struct {
	// Resources are the resources by type token.
	Resources map[tokens.Type]*Resource
}

// ListRequest asks for the objects of a kind.
type ListRequest struct {
	// Type is the type token of the resource.
	Type tokens.Type
	// Inputs are the list inputs.
	Inputs property.Map
	// Limit is the maximum number of objects of all pages together. 0 is no limit.
	Limit int64
	// PageSize is the maximum number of objects of a page. 0 is a single page with all
	// objects.
	PageSize int64
	// Continuation is that of the previous page, or "" for the first one.
	Continuation string
}

// ListResponse is a page of a list.
type ListResponse struct {
	// Failures are the problems of the list inputs. If there are any, nothing was listed.
	Failures []p.CheckFailure
	// Unknown is true if a list input is not known yet. Nothing was listed then.
	Unknown bool
	// Items are the objects of the page.
	Items []ListItem
	// Continuation identifies the next page. It is empty on the last one.
	Continuation string
}

// ListItem is an object of a list.
type ListItem struct {
	// ID is the ID that an import takes.
	ID string
	// Name identifies the object for people. It is empty if its kind has no names.
	Name string
	// Values are the top-level strings, booleans and numbers of its state.
	Values property.Map
}

// List returns a page of the objects of a kind. A list with a page size is in the order
// of the IDs, so that a page continues behind the previous one in another process, too,
// and although objects were created or deleted in the meantime.
func (l *Lists) List(ctx context.Context, req ListRequest) (ListResponse, error) {
	r, ok := l.Resources[req.Type]
	if !ok {
		return ListResponse{}, fmt.Errorf("the provider has no resource %s", req.Type)
	}
	table := r.listInputs()
	inputs := table.ResolveReferences(properties.WithoutNulls(req.Inputs))
	if failures := table.Check(property.Map{}, inputs); len(failures) > 0 {
		return ListResponse{Failures: failures}, nil
	}
	if property.New(inputs).HasComputed() {
		return ListResponse{Unknown: true}, nil
	}
	position, err := r.positionOf(req, inputs)
	if err != nil {
		return ListResponse{}, err
	}
	isPaged := req.PageSize > 0 || req.Continuation != ""
	limit := position.Remaining
	if isPaged {
		limit = 0
	}
	items, err := r.listItems(ctx, inputs, limit)
	if err != nil || !isPaged {
		return ListResponse{Items: items}, err
	}
	return position.page(items, req.PageSize)
}

// listInputs describes the list inputs: the inputs that hold the IDs of the parents.
func (r *Resource) listInputs() properties.Table {
	table := properties.Table{}
	for _, parent := range r.ImportID.ListParents() {
		input, ok := r.Properties[parent.Property]
		if !ok {
			input = properties.String().Required().PathSegment()
		}
		table[parent.Property] = input
	}
	return table
}

// listInputsSchema returns the schema of the list inputs, which are described as the
// inputs are.
func (r *Resource) listInputsSchema(inputs map[string]schema.PropertySpec) *schema.ObjectTypeSpec {
	spec := &schema.ObjectTypeSpec{Type: "object", Properties: map[string]schema.PropertySpec{}}
	for name := range r.listInputs() {
		input, ok := inputs[name]
		if !ok {
			input = schema.PropertySpec{TypeSpec: schema.TypeSpec{Type: "string"}, Description: "The ID of the organization."}
		}
		spec.Properties[name] = input
	}
	spec.Required = slices.Sorted(maps.Keys(spec.Properties))
	return spec
}

// listItems returns the objects that have the parents, at most limit if that is not 0.
func (r *Resource) listItems(ctx context.Context, parents property.Map, limit int64) ([]ListItem, error) {
	op := operation{verb: "listing", kind: r.Kind(), parent: r.parentsText(parents), secrets: properties.SecretStrings(parents)}
	ctx, err := r.withCall(ctx, kind.Call{})
	if err != nil {
		return nil, op.explain(err)
	}
	items, seen := []ListItem{}, map[string]bool{}
	for object, err := range r.List(ctx, parents) {
		if err != nil {
			return nil, op.explain(err)
		}
		id := r.ImportID.Of(object.ID, parents)
		if seen[id] { // pages of the API overlap if objects are created in the meantime
			continue
		}
		seen[id] = true
		items = append(items, ListItem{ID: id, Name: r.displayName(object.Value), Values: object.Value})
		if int64(len(items)) == limit {
			break
		}
	}
	return items, nil
}

// parentsText returns the IDs of the parents, outermost first.
func (r *Resource) parentsText(parents property.Map) string {
	var ids []string
	for _, parent := range r.ImportID.ListParents() {
		ids = append(ids, convert.Text(parents.Get(parent.Property)))
	}
	return strings.Join(ids, "/")
}

// displayName returns the name of an object, or else the values that no other object
// has, such as public.orders.
func (r *Resource) displayName(state property.Map) string {
	const name = "name"
	if _, ok := r.Properties[name]; ok {
		return convert.Text(state.Get(name))
	}
	listInputs := r.listInputs()
	var parts []string
	for _, name := range r.UniqueBy {
		text := convert.Text(state.Get(name))
		if _, isParent := listInputs[name]; !isParent && text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ".")
}

// listPosition is what a continuation token holds: where the next page begins, in a list
// that it identifies.
type listPosition struct {
	Kind    string `json:"kind"`
	Parents string `json:"parents"`
	// After is the ID of the last object of the previous page.
	After string `json:"after"`
	// Remaining is the limit for the following pages. 0 is none.
	Remaining int64 `json:"remaining,omitempty"`
}

// errContinuation is the error of a token that List has not returned for the same list.
var errContinuation = errors.New("the continuation token is not one of this list: start with the first page")

// positionOf returns the position at which a page begins. The limit of a later page may
// be that of the whole list or what is left of it: callers differ in that.
func (r *Resource) positionOf(req ListRequest, inputs property.Map) (listPosition, error) {
	first := listPosition{Kind: r.Kind(), Parents: r.parentsText(inputs), Remaining: max(req.Limit, 0)}
	if req.Continuation == "" {
		return first, nil
	}
	var position listPosition
	decoded, err := base64.RawURLEncoding.DecodeString(req.Continuation)
	if err != nil || json.Unmarshal(decoded, &position) != nil ||
		position.Kind != first.Kind || position.Parents != first.Parents || position.After == "" {
		return first, errContinuation
	}
	if position.Remaining == 0 || first.Remaining > 0 && first.Remaining < position.Remaining {
		position.Remaining = first.Remaining
	}
	return position, nil
}

// page returns the page of a list that begins at the position.
func (position listPosition) page(items []ListItem, size int64) (resp ListResponse, err error) {
	slices.SortFunc(items, func(a, b ListItem) int { return strings.Compare(a.ID, b.ID) })
	first, found := slices.BinarySearchFunc(items, position.After, func(item ListItem, id string) int { return strings.Compare(item.ID, id) })
	if found {
		first++
	}
	items = items[first:]
	if position.Remaining > 0 {
		items = items[:min(position.Remaining, int64(len(items)))]
	}
	if size < 1 || size >= int64(len(items)) {
		return ListResponse{Items: items}, nil
	}
	resp.Items = items[:size]
	position.After = resp.Items[size-1].ID
	if position.Remaining > 0 {
		position.Remaining -= size
	}
	encoded, err := json.Marshal(position)
	resp.Continuation = base64.RawURLEncoding.EncodeToString(encoded)
	return resp, err
}
