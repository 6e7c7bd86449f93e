// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	mschema "github.com/pulumi/pulumi-go-provider/middleware/schema"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/internal/redact"
)

// Definition is what differs between resources besides their calls to the API.
type Definition struct {
	// Properties describes the inputs, a row each.
	Properties properties.Table
	// ImportID says what an import takes.
	ImportID ImportID
	// UniqueBy names the properties that no two objects may share. Where a
	// replacement changes none of them, the old object must go first. It stands only
	// where another property replaces the object, too.
	UniqueBy []string
	// Namesake finds the object that stands in the way of one with the inputs, and
	// returns its import ID, or nothing. It may be nil.
	Namesake func(ctx context.Context, pgbeam *client.Client, inputs property.Map) (string, error)
	// Setting is the setting of the API that the inputs give a value to, where
	// another resource may do so, too. It may be nil.
	Setting *Setting
	// Contradictions finds what is wrong between properties, whatever is wrong with
	// each of them. It may be nil.
	Contradictions func(inputs property.Map) []p.CheckFailure
}

// Controller is a resource as it is written in this package: the calls to the
// API, typed, and a Definition. Its Update is given every property as it should
// be afterwards, those that stay as they are with the value of the state, so
// that what differs from the state is what has to be sent. None of its methods
// is called in a preview.
type Controller[I, O any] interface {
	infer.CustomResource[I, O]
	infer.CustomRead[I, O]
	infer.CustomDelete[O]
	Definition() Definition
}

// Served is a resource with the behaviour that all of them share.
type Served struct {
	infer.InferredResource
	Definition
	kind string
	spec func() schema.ResourceSpec
	// secrets names the properties that the schema calls secret.
	secrets func() []string
	// state is the schema of the outputs, with all types that it refers to.
	state func() stateSchema
}

// serve puts the shared behaviour around a controller.
func serve[R Controller[I, O], I, O any](controller R) Served {
	return served(infer.Resource(controller), controller.Definition())
}

// served is not generic, so that there is one of it.
func served(inner infer.InferredResource, definition Definition) Served {
	token, err := inner.GetToken()
	if err != nil {
		panic(fmt.Sprintf("a resource makes no token: %v", err))
	}
	types := map[string]schema.ComplexTypeSpec{}
	spec := sync.OnceValue(func() schema.ResourceSpec {
		spec, err := inner.GetSchema(func(token tokens.Type, typ schema.ComplexTypeSpec) bool {
			_, known := types[string(token)]
			types[string(token)] = typ
			return !known
		})
		if err != nil {
			panic(fmt.Sprintf("%s makes no schema: %v", token, err))
		}
		return spec
	})
	return Served{
		InferredResource: inner,
		Definition:       definition,
		kind:             token.Name().String(),
		spec:             spec,
		secrets: sync.OnceValue(func() []string {
			var names []string
			for name, property := range spec().Properties {
				if property.Secret {
					names = append(names, name)
				}
			}
			return names
		}),
		state: sync.OnceValue(func() stateSchema {
			return stateSchema{ObjectTypeSpec: spec().ObjectTypeSpec, types: types}
		}),
	}
}

// Kind is the resource's name, such as PolicyProfile.
func (r Served) Kind() string { return r.kind }

// GetSchema adds what the table knows to the schema made of the Go types.
func (r Served) GetSchema(register mschema.RegisterDerivativeType) (schema.ResourceSpec, error) {
	spec, err := r.InferredResource.GetSchema(func(token tokens.Type, typ schema.ComplexTypeSpec) bool {
		return register(token, r.documentType(token, typ))
	})
	if err != nil {
		return spec, err
	}
	return r.document(spec), nil
}

// Check reports all that is wrong with the inputs at once, and names what may
// be left without a name.
func (r Served) Check(ctx context.Context, req p.CheckRequest) (p.CheckResponse, error) {
	inputs := r.Properties.ResolveReferences(properties.WithoutNulls(req.Inputs))
	if name, maxLength, ok := r.Properties.AutoName(); ok && !inputs.Get(name).IsComputed() && inputs.Get(name).IsNull() {
		label := ""
		if kept := req.State.Get(name); kept.IsString() {
			label = kept.AsString()
		} else {
			var err error
			if creates(ctx).providerUnknown() {
				// The name is made of the provider's ID, which the first preview of a stack does not know.
				return r.checked(ctx, req, inputs.Set(name, property.New(property.Computed)))
			}
			if label, err = autoName(ctx, req.Urn, maxLength, 0, req.RandomSeed); err != nil {
				return p.CheckResponse{}, err
			}
			creates(ctx).gave(req.Urn, label)
		}
		inputs = inputs.Set(name, property.New(label))
	}
	if name, _, ok := r.Properties.AutoName(); ok && req.State.Get(name).IsString() {
		creates(ctx).named(req.Urn, req.State.Get(name).AsString())
	}
	return r.checked(ctx, req, inputs)
}

// checked reports what is wrong with inputs that have a name.
func (r Served) checked(ctx context.Context, req p.CheckRequest, inputs property.Map) (p.CheckResponse, error) {
	r.recordCheck(ctx, req.Urn, req.State, inputs)
	failures := r.Properties.Check(req.State, inputs)
	if r.Contradictions != nil {
		failures = append(failures, r.Contradictions(inputs)...)
	}
	return p.CheckResponse{Inputs: r.Properties.MarkSecrets(inputs, inputs), Failures: properties.Printable(failures, inputs)}, nil
}

// autoName makes a name of the logical one and a random end, because names may
// have to be unique and a replacement may exist beside the object that it
// replaces. How many such names were found to be taken already makes it another.
func autoName(ctx context.Context, urn resource.URN, maxLength, taken int, randomSeed []byte) (string, error) {
	prefix := autoNamePrefix(urn, maxLength)
	if seed := creates(ctx).seed(urn, taken); seed != nil {
		randomSeed = seed
	}
	return resource.NewUniqueName(randomSeed, prefix+"-", autoNameDigits, -1, nil)
}

// Diff compares the program's inputs with those of the last update or refresh,
// by meaning.
func (r Served) Diff(ctx context.Context, req p.DiffRequest) (p.DiffResponse, error) {
	creates(ctx).shown(req.Urn, req.ID)
	req.OldInputs = r.inputsBefore(req.Urn, req.OldInputs, req.Inputs, req.State)
	diff := r.Properties.Diff(req.OldInputs, req.Inputs)
	replaces := properties.Replaces(diff)
	r.recordDiff(ctx, req, replaces)
	if r.Setting.isSingleton() && len(diff) == 0 && claimsOf(ctx).Cleared(r.Setting.key(req.ID, req.Inputs)) {
		// Another resource has just let go of the setting, so that it has to be set again.
		diff[r.Setting.Property] = p.PropertyDiff{Kind: p.Update, InputDiff: true}
	}
	if !replaces {
		r.warnMissingSecrets(ctx, req.Urn, req.ID, req.State, r.Properties.ChangedOutputs(req.OldInputs, req.Inputs)...)
	}
	unique := len(r.UniqueBy) > 0 && !slices.ContainsFunc(r.UniqueBy, func(name string) bool {
		return !r.Properties[name].Same(req.OldInputs.Get(name), req.Inputs.Get(name))
	})
	return p.DiffResponse{
		HasChanges:          len(diff) > 0,
		DetailedDiff:        diff,
		DeleteBeforeReplace: unique && replaces,
	}, nil
}

// Create creates the object, or foretells it.
func (r Served) Create(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
	if req.DryRun {
		return p.CreateResponse{Properties: r.outputs(r.expected(req.Properties), req.Properties)}, nil
	}
	op := operation{verb: "creating", kind: r.kind, name: req.Urn.Name(), urn: req.Urn}
	op.secrets = properties.SecretStrings(req.Properties)
	op.repeatable = creates(ctx).identified()
	ctx = context.WithValue(ctx, operationKey{}, op)
	asked := req.Properties
	resp, err := r.create(ctx, req)
	for taken := 1; taken <= mostTaken && client.IsError(err, client.CodeResourceExists) && resp.PartialState == nil; taken++ {
		name, maxLength, ok := r.Properties.AutoName()
		if !ok || !creates(ctx).isGiven(req.Urn, textOf(asked.Get(name))) {
			break
		}
		other, nameErr := autoName(ctx, req.Urn, maxLength, taken, nil)
		if nameErr != nil {
			break
		}
		r.warnTaken(ctx, op, req.Properties, other)
		req.Properties = asked.Set(name, property.New(other))
		resp, err = r.create(ctx, req)
	}
	if err != nil && resp.PartialState == nil {
		return p.CreateResponse{}, op.explain(r.withConflict(ctx, op, req.Properties, err))
	}
	r.recordApply(ctx, req.Urn, resp.ID, req.Properties, true)
	resp.Properties, resp.PartialState = r.withoutTooLarge(op, resp.Properties, asked, property.Map{}, resp.PartialState)
	resp.Properties = r.outputs(resp.Properties, asked)
	resp.PartialState = withoutSecrets(resp.PartialState, resp.Properties)
	return resp, notFinished(resp.PartialState, err)
}

// withoutSecrets takes the secrets that the object has now out of the reasons
// why it is not finished.
func withoutSecrets(failed *p.InitializationFailed, outputs property.Map) *p.InitializationFailed {
	if failed == nil {
		return nil
	}
	reasons := make([]string, len(failed.Reasons))
	for i, reason := range failed.Reasons {
		reasons[i] = redact.Text(reason, longSecrets(properties.SecretStrings(outputs))...)
	}
	return &p.InitializationFailed{Reasons: reasons}
}

// mostTaken is how many automatic names may be found to be taken.
const mostTaken = 3

// create creates the object, so that it can be repeated where that is possible.
func (r Served) create(ctx context.Context, req p.CreateRequest) (p.CreateResponse, error) {
	repeat := creates(ctx).repeatable(req.Urn, func(ctx context.Context, id string) (bool, error) {
		read, err := r.InferredResource.Read(ctx, p.ReadRequest{ID: id, Urn: req.Urn, Properties: r.tolerated(req.Properties)})
		if client.IsNotFound(err) {
			return false, nil
		}
		return read.ID != "", err
	})
	repeatable := ctx
	if repeat != nil {
		repeatable = client.WithIdempotentCreate(ctx, *repeat)
	}
	resp, err := r.InferredResource.Create(repeatable, req)
	if err == nil || resp.PartialState != nil {
		creates(ctx).created(req.Urn, repeat, resp.ID, false)
	} else {
		creates(ctx).created(req.Urn, repeat, "", client.IsClientError(err))
	}
	return resp, err
}

// expected returns the outputs of an object that is yet to be created: what the
// program gives, the API's defaults, and unknown for the rest.
func (r Served) expected(inputs property.Map) property.Map {
	outputs := r.Properties.PreviewOutputs(inputs)
	for name := range r.spec().Properties {
		if _, input := r.Properties[name]; !input {
			outputs = outputs.Set(name, property.New(property.Computed))
		}
	}
	return outputs
}

// Read reads the live object. An object that is gone makes an empty answer,
// and nothing else does.
func (r Served) Read(ctx context.Context, req p.ReadRequest) (p.ReadResponse, error) {
	op := operation{verb: "reading", kind: r.kind, name: req.Urn.Name(), id: req.ID, urn: req.Urn}
	op.secrets = properties.SecretStrings(req.Inputs, req.Properties)
	state := r.stateToRead(req.Properties, req.Inputs)
	importing := req.Inputs.Len() == 0 // or the state has lost the inputs
	if !importing || state.Len() > 0 {
		creates(ctx).shown(req.Urn, req.ID)
		claimsOf(ctx).InState(r.claimKey(req.ID, withFallback(req.Inputs, req.Properties)), req.Urn)
	}
	id, parents, err := r.ImportID.parse(req.ID, state)
	if err != nil {
		return p.ReadResponse{}, fmt.Errorf("%s %q (%s): %w", r.kind, req.Urn.Name(), req.ID, r.idError(req, err))
	}
	for name, value := range parents {
		state = state.Set(name, property.New(value))
	}
	resp, err := r.InferredResource.Read(context.WithValue(ctx, operationKey{}, op),
		p.ReadRequest{ID: id, Urn: req.Urn, Properties: state})
	if err != nil {
		gone, err := r.isGone(ctx, op, withFallback(req.Inputs, state), err)
		if gone {
			return p.ReadResponse{}, nil
		}
		return p.ReadResponse{}, op.explain(err)
	}
	if resp.ID == "" {
		return p.ReadResponse{}, nil
	}
	live := properties.WithoutNulls(resp.Properties)
	if paths := r.state().tooLarge(live); len(paths) > 0 {
		return p.ReadResponse{}, op.explain(r.tooLargeError(paths))
	}
	r.warnMissingSecrets(ctx, req.Urn, id, live)
	if importing {
		resp.Inputs = r.Properties.ImportInputs(live)
	} else {
		resp.Inputs = r.Properties.RefreshedInputs(req.Inputs, live)
	}
	resp.Inputs = r.Properties.MarkSecrets(resp.Inputs, req.Inputs)
	resp.Properties = r.outputs(live, resp.Inputs)
	return resp, nil
}

// Update changes the object, or foretells it.
func (r Served) Update(ctx context.Context, req p.UpdateRequest) (p.UpdateResponse, error) {
	news := req.Inputs
	op := operation{verb: "updating", kind: r.kind, name: req.Urn.Name(), id: req.ID, urn: req.Urn}
	op.secrets = properties.SecretStrings(news, req.OldInputs, req.State)
	state, err := r.stateToUpdate(req)
	if err != nil {
		return p.UpdateResponse{}, op.explain(err)
	}
	req.OldInputs = r.Properties.UserInputs(r.inputsBefore(req.Urn, req.OldInputs, news, req.State), news)
	state = r.Properties.ResendWriteOnly(req.OldInputs, news, state)
	desired := r.Properties.PlannedInputs(req.OldInputs, news, state)
	desired, cleared := r.keepShared(ctx, req, desired)
	if req.DryRun {
		claimsOf(ctx).Clear(cleared, req.Urn)
		return p.UpdateResponse{Properties: r.outputs(r.updated(req.OldInputs, news, state, desired), news)}, nil
	}
	creates(ctx).shown(req.Urn, req.ID)
	req.Inputs, req.State = desired, state
	// The engine has put the old values of ignored properties into the inputs already.
	req.IgnoreChanges = nil

	resp, err := r.InferredResource.Update(context.WithValue(ctx, operationKey{}, op), req)
	if err != nil && resp.PartialState == nil {
		return p.UpdateResponse{}, op.explain(err)
	}
	claimsOf(ctx).Clear(cleared, req.Urn)
	r.recordApply(ctx, req.Urn, req.ID, news, false)
	if resp.PartialState != nil {
		resp.Properties = r.Properties.DropUnapplied(resp.Properties, req.OldInputs, news, desired)
	}
	resp.Properties, resp.PartialState = r.withoutTooLarge(op, resp.Properties, news, state, resp.PartialState)
	resp.Properties = r.outputs(resp.Properties, news)
	resp.PartialState = withoutSecrets(resp.PartialState, resp.Properties)
	return resp, notFinished(resp.PartialState, err)
}

// updated returns the outputs of an object that is yet to be updated: those of
// the state, with the new inputs, and unknown for what the change touches.
func (r Served) updated(olds, news, state, desired property.Map) property.Map {
	outputs := state
	for name, value := range desired.All {
		outputs = outputs.Set(name, value)
	}
	touched := r.Properties.ChangedOutputs(olds, news)
	if _, ok := r.spec().Properties["updatedAt"]; ok {
		touched = append(touched, "updatedAt")
	}
	for _, name := range touched {
		outputs = outputs.Set(name, property.New(property.Computed))
	}
	return outputs
}

// Delete deletes the object. One that is gone already is deleted.
func (r Served) Delete(ctx context.Context, req p.DeleteRequest) error {
	op := operation{verb: "deleting", kind: r.kind, name: req.Urn.Name(), id: req.ID, urn: req.Urn}
	op.secrets = properties.SecretStrings(req.OldInputs, req.Properties)
	op.inputs = req.OldInputs
	key := r.claimKey(req.ID, withFallback(req.OldInputs, req.Properties))
	claimsOf(ctx).InState(key, req.Urn)
	if r.forbidsDelete(ctx, op, key) {
		return nil
	}
	creates(ctx).shown(req.Urn, req.ID)
	var err error
	if req.Properties, err = r.stateToDelete(req); err != nil {
		return op.explain(err)
	}
	err = r.InferredResource.Delete(context.WithValue(ctx, operationKey{}, op), req)
	if err == nil {
		return nil
	}
	gone, err := r.isGone(ctx, op, withFallback(req.OldInputs, req.Properties), err)
	if gone {
		return nil
	}
	return op.explain(err)
}

// outputs writes outputs as the program writes its inputs, and marks secrets.
// Infer marks them on some ways out of the plugin and not on others.
func (r Served) outputs(outputs, inputs property.Map) property.Map {
	outputs = r.Properties.PreserveInputForm(properties.WithoutNulls(outputs), inputs)
	outputs = r.Properties.MarkSecrets(outputs, inputs)
	for _, name := range r.secrets() {
		if value, ok := outputs.GetOk(name); ok && !value.Secret() {
			outputs = outputs.Set(name, value.WithSecret(true))
		}
	}
	return outputs
}

// partial is the error of a step after the one that created or changed the
// object: it keeps the object in the state, and the next update finishes it.
func partial(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	op, _ := ctx.Value(operationKey{}).(operation)
	return infer.ResourceInitFailedError{Reasons: []string{
		op.explain(err).Error() + " The object exists and stands in the state; the next `pulumi up` finishes it.",
	}}
}

// ErrNotConfigured is what a call gets that reaches a resource outside a provider.
var ErrNotConfigured = errors.New("the provider has not been configured")

type clientKey struct{}

// WithClient gives resources the way to their client. The function is called
// with every operation that makes a request, and may answer that the API key is missing.
func WithClient(ctx context.Context, get func() (*client.Client, error)) context.Context {
	return context.WithValue(ctx, clientKey{}, get)
}

func api(ctx context.Context) (*client.Client, error) {
	get, ok := ctx.Value(clientKey{}).(func() (*client.Client, error))
	if !ok {
		return nil, ErrNotConfigured
	}
	return get()
}

// isDeleted tells a soft-deleted object from a live one, by its status.
func isDeleted(status string) bool {
	return strings.EqualFold(status, "deleted") || strings.EqualFold(status, "revoked")
}
