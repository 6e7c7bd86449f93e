// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package enginetest calls the provider as the Pulumi engine does, for tests of
// one resource at a time: check, diff, create, update, refresh, import and
// delete, and keeps the state between the calls.
package enginetest

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/blang/semver"
	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/integration"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/sethvargo/go-envconfig"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/claims"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

// Engine is a Pulumi engine with its own provider.
type Engine struct {
	tb testing.TB
	// Server is the provider.
	Server integration.Server
	// Autonaming is what the engine sends with every Check because of the stack's
	// configuration. It is the zero value without any.
	Autonaming lifecycle.Autonaming
	// Stateless is true in a run without a state, such as that of `pulumi do --stateless`.
	Stateless bool

	claims *claims.Registry
	lists  *lifecycle.Lists
	// oneRun is true if all operations belong to one run of the engine. Otherwise
	// each is a run.
	oneRun bool
}

// Run starts a run of several operations with the same provider, such as an
// update of a program with several resources.
func (e *Engine) Run() *Engine {
	e.claims.Reset()
	return &Engine{tb: e.tb, Server: e.Server, claims: e.claims, lists: e.lists, oneRun: true}
}

// begin starts a new run unless the operation belongs to the current one.
func (e *Engine) begin() {
	if !e.oneRun {
		e.claims.Reset()
	}
}

// New returns an engine whose provider uses a local API. The settings are
// environment variables by name. Every operation is a run.
func New(tb testing.TB, local *localapi.Local, settings ...map[string]string) *Engine {
	tb.Helper()
	e := Plugin(tb, local, provider.Options{}, settings...)
	e.oneRun = false
	return e
}

// NewAt returns an engine whose provider has a clock for the rotations of secrets. Every
// operation is a run.
func NewAt(tb testing.TB, local *localapi.Local, now func() time.Time) *Engine {
	tb.Helper()
	e := Plugin(tb, local, provider.Options{Now: now})
	e.oneRun = false
	return e
}

// Plugin returns an engine whose provider has the given options. All of its
// operations belong to one run.
func Plugin(tb testing.TB, local *localapi.Local, options provider.Options, settings ...map[string]string) *Engine {
	tb.Helper()
	// The local API judges a statement only after it has compiled its parser, which takes long
	// with the race detector on a busy machine.
	environment := map[string]string{"PGBEAM_MAX_RETRIES": "0", "PGBEAM_REQUEST_TIMEOUT": "5m"}
	if local != nil {
		environment["PGBEAM_API_KEY"], environment["PGBEAM_API_URL"] = local.APIKey, local.URL
	}
	for _, variables := range settings {
		maps.Copy(environment, variables)
	}
	if options.Claims == nil {
		options.Claims = &claims.Registry{}
	}
	options.Environment, options.Lists = envconfig.MapLookuper(environment), &lifecycle.Lists{}
	built, err := provider.New(options)
	require.NoError(tb, err)
	e := &Engine{tb: tb, claims: options.Claims, lists: options.Lists, oneRun: true}
	check := built.Check
	built.Check = func(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
		return check(lifecycle.WithAutonaming(ctx, e.Autonaming), req)
	}
	update := built.Update
	built.Update = func(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
		if e.Stateless {
			ctx = lifecycle.WithoutState(ctx)
		}
		return update(ctx, req)
	}
	e.Server, err = integration.NewServer(context.Background(), provider.Name, semver.MustParse("0.0.1"), integration.WithProvider(built))
	require.NoError(tb, err)
	require.NoError(tb, e.Server.Configure(p.ConfigureRequest{}))
	return e
}

// Inputs returns inputs from plain Go values.
func Inputs(values map[string]any) property.Map { return properties.Value(values).AsMap() }

// Unknown is a value that is not known during a preview.
var Unknown = property.New(property.Computed)

// Resource is a resource as the engine keeps it in the state.
type Resource struct {
	Kind, Name string
	ID         string
	Inputs     property.Map
	State      property.Map
	// Unfinished has the reasons of a create or an update that completed in part.
	Unfinished []string
}

// URN returns the URN of the resource.
func (r *Resource) URN() resource.URN {
	return resource.NewURN("test", "project", "", tokens.Type("pgbeam:index:"+r.Kind), r.Name)
}

// Op is an operation that the engine did or plans.
type Op string

// The operations of the engine.
const (
	Same    Op = "same"
	Create  Op = "create"
	Update  Op = "update"
	Replace Op = "replace"
)

// Result is the result of a preview or an update.
type Result struct {
	Op       Op
	Diff     p.DiffResponse
	Failures []p.CheckFailure
	// Outputs are the planned outputs of a preview, or the new ones of an update.
	Outputs property.Map
	Err     error
}

// Check checks inputs, and returns them as the engine uses them from then on.
func (e *Engine) Check(r *Resource, news property.Map) (property.Map, []p.CheckFailure) {
	e.tb.Helper()
	resp, err := e.Server.Check(p.CheckRequest{Urn: r.URN(), State: r.Inputs, Inputs: news})
	require.NoError(e.tb, err)
	return resp.Inputs, resp.Failures
}

// Preview plans what Up would do. It changes neither the API nor the resource.
func (e *Engine) Preview(r *Resource, news property.Map) Result {
	e.tb.Helper()
	e.begin()
	copied := *r
	return e.step(&copied, news, true)
}

// Up applies inputs: it creates, updates or replaces the resource if necessary.
func (e *Engine) Up(r *Resource, news property.Map) Result {
	e.tb.Helper()
	e.begin()
	return e.step(r, news, false)
}

// MustUp is Up. It fails the test unless that succeeds.
func (e *Engine) MustUp(r *Resource, inputs map[string]any) Result {
	e.tb.Helper()
	result := e.Up(r, Inputs(inputs))
	require.Empty(e.tb, result.Failures)
	require.NoError(e.tb, result.Err)
	return result
}

func (e *Engine) step(r *Resource, news property.Map, preview bool) Result {
	e.tb.Helper()
	checked, failures := e.Check(r, news)
	if len(failures) > 0 {
		return Result{Failures: failures}
	}
	if r.ID == "" {
		return e.create(r, checked, preview)
	}
	diff, err := e.Server.Diff(p.DiffRequest{ID: r.ID, Urn: r.URN(), State: r.State, OldInputs: r.Inputs, Inputs: checked})
	if err != nil {
		return Result{Err: err}
	}
	result := Result{Op: Same, Diff: diff}
	switch {
	case properties.Replaces(diff.DetailedDiff):
		// The engine checks again without the old inputs, so that a replacement gets
		// another automatic name.
		replacement := &Resource{Kind: r.Kind, Name: r.Name}
		if checked, failures = e.Check(replacement, news); len(failures) > 0 {
			return Result{Failures: failures}
		}
		old := *r
		if diff.DeleteBeforeReplace && !preview {
			require.NoError(e.tb, e.delete(&old))
		}
		created := e.create(replacement, checked, preview)
		if created.Err == nil && !diff.DeleteBeforeReplace && !preview {
			require.NoError(e.tb, e.delete(&old))
		}
		*r = *replacement
		created.Op, created.Diff = Replace, diff
		return created
	case diff.HasChanges || len(r.Unfinished) > 0:
		result.Op = Update
		resp, err := e.Server.Update(p.UpdateRequest{
			ID: r.ID, Urn: r.URN(), State: r.State, OldInputs: r.Inputs, Inputs: checked, DryRun: preview,
		})
		result.Err, result.Outputs = err, resp.Properties
		if preview || err != nil && resp.PartialState == nil {
			return result
		}
		r.Inputs, r.State, r.Unfinished = checked, resp.Properties, nil
		if resp.PartialState != nil {
			r.Unfinished = resp.PartialState.Reasons
		}
	default:
		r.Inputs = checked
	}
	return result
}

// ForceReplace replaces a resource that is marked for replacement, by --replace
// or a taint. The engine then passes no old inputs and does not call Diff.
func (e *Engine) ForceReplace(r *Resource, news property.Map, deleteBeforeReplace bool) Result {
	e.tb.Helper()
	e.begin()
	old, replacement := *r, &Resource{Kind: r.Kind, Name: r.Name}
	checked, failures := e.Check(replacement, news)
	if len(failures) > 0 {
		return Result{Failures: failures}
	}
	if deleteBeforeReplace {
		require.NoError(e.tb, e.delete(&old))
	}
	result := e.create(replacement, checked, false)
	if result.Err != nil && replacement.ID == "" {
		return result
	}
	*r = *replacement
	if !deleteBeforeReplace {
		require.NoError(e.tb, e.delete(&old))
	}
	result.Op = Replace
	return result
}

func (e *Engine) create(r *Resource, checked property.Map, preview bool) Result {
	e.tb.Helper()
	resp, err := e.Server.Create(p.CreateRequest{Urn: r.URN(), Properties: checked, DryRun: preview})
	result := Result{Op: Create, Err: err, Outputs: resp.Properties}
	if preview || err != nil && resp.PartialState == nil {
		return result
	}
	r.ID, r.Inputs, r.State, r.Unfinished = resp.ID, checked, resp.Properties, nil
	if resp.PartialState != nil {
		r.Unfinished = resp.PartialState.Reasons
	}
	return result
}

// Refresh reads the live object into the state and reports whether it exists.
func (e *Engine) Refresh(r *Resource) (exists bool, err error) {
	e.begin()
	resp, err := e.Server.Read(p.ReadRequest{ID: r.ID, Urn: r.URN(), Properties: r.State, Inputs: r.Inputs})
	if err != nil {
		return true, err
	}
	if resp.ID == "" {
		r.ID, r.Inputs, r.State = "", property.Map{}, property.Map{}
		return false, nil
	}
	r.ID, r.Inputs, r.State, r.Unfinished = resp.ID, resp.Inputs, resp.Properties, nil
	return true, nil
}

// Import returns a resource for the live object with an import ID, or nil if
// there is no such object.
func (e *Engine) Import(kind, name, id string) (*Resource, error) {
	e.begin()
	r := &Resource{Kind: kind, Name: name}
	resp, err := e.Server.Read(p.ReadRequest{ID: id, Urn: r.URN()})
	if err != nil || resp.ID == "" {
		return nil, err
	}
	r.ID, r.Inputs, r.State = resp.ID, resp.Inputs, resp.Properties
	return r, nil
}

// List returns a page of the objects of a kind. The type of the request is that of the kind.
func (e *Engine) List(kind string, req lifecycle.ListRequest) (lifecycle.ListResponse, error) {
	e.begin()
	req.Type = tokens.Type("pgbeam:index:" + kind)
	return e.lists.List(e.tb.Context(), req)
}

// Delete deletes the object.
func (e *Engine) Delete(r *Resource) error {
	e.begin()
	return e.delete(r)
}

func (e *Engine) delete(r *Resource) error {
	return e.Server.Delete(p.DeleteRequest{ID: r.ID, Urn: r.URN(), Properties: r.State, OldInputs: r.Inputs})
}

// Configure configures a provider from environment variables and returns the error.
func Configure(tb testing.TB, environment map[string]string) error {
	tb.Helper()
	built, err := provider.New(provider.Options{Environment: envconfig.MapLookuper(environment)})
	require.NoError(tb, err)
	server, err := integration.NewServer(context.Background(), provider.Name, semver.MustParse("0.0.1"), integration.WithProvider(built))
	require.NoError(tb, err)
	return server.Configure(p.ConfigureRequest{})
}

// Invoke calls a function, such as getProject, and returns its outputs.
func (e *Engine) Invoke(function string, args property.Map) (property.Map, []p.CheckFailure, error) {
	resp, err := e.Server.Invoke(p.InvokeRequest{Token: tokens.Type("pgbeam:index:" + function), Args: args})
	return resp.Return, resp.Failures, err
}
