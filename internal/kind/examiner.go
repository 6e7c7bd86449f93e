// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package kind

import (
	"context"
	"crypto/rand"
	"errors"
	"iter"
	"reflect"
	"strings"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
)

// Examiner implements a resource that has no object in the API: it examines objects that
// exist, and its outputs are what it finds out. Its requests change nothing, so that they can
// be made during a preview. Its definition has an Evaluation or a Discovery.
type Examiner[I, O any] interface {
	Definition() Definition
	// Examine returns the state, which embeds the inputs. before is the previous state, or
	// nil if there is none. If it returns a FailedCasesError, the state is valid, too.
	Examine(ctx context.Context, c *client.Client, inputs I, before *O) (O, error)
}

// Discovery describes a resource without an object that finds things and remembers them.
type Discovery struct {
	// Found names the output that lists what was found. It depends on the previous state.
	Found string
	// Subjects names the inputs with the IDs of the objects that are examined.
	Subjects []string
}

// HasObject reports whether a resource is an object or a setting of the API.
func (d Definition) HasObject() bool { return d.Evaluation == nil && d.Discovery == nil }

// NewExaminer returns the resource that an Examiner implements. It has the name of the
// examiner's type.
func NewExaminer[E Examiner[I, O], I, O any](examiner E) Resource {
	return Resource{
		InferredResource: infer.Resource[*examination[E, I, O], *I, *O](&examination[E, I, O]{}),
		Definition:       examiner.Definition(),
		name:             reflect.TypeFor[E]().Name(),
		list:             func(context.Context, property.Map) iter.Seq2[Object[property.Map], error] { return noObjects },
		digest:           subjectDigest[E, I],
	}
}

func noObjects(func(Object[property.Map], error) bool) {}

// examination implements the interfaces of infer with an Examiner. Its Create examines without
// a previous state, and its Update with one.
type examination[E Examiner[I, O], I, O any] struct{}

func (*examination[E, I, O]) Annotate(annotator infer.Annotator) {
	annotator.SetToken(module, tokens.TypeName(reflect.TypeFor[E]().Name()))
}

func (x *examination[E, I, O]) Create(ctx context.Context, req infer.CreateRequest[*I]) (resp infer.CreateResponse[*O], err error) {
	resp.ID = controllerOf[E]().Definition().ImportID.Prefix + strings.ToLower(rand.Text())
	resp.Output, err = x.examine(ctx, *req.Inputs, nil)
	return resp, err
}

func (x *examination[E, I, O]) Update(ctx context.Context, req infer.UpdateRequest[*I, *O]) (resp infer.UpdateResponse[*O], err error) {
	resp.Output, err = x.examine(ctx, *req.Inputs, req.State)
	return resp, err
}

func (*examination[E, I, O]) examine(ctx context.Context, inputs I, before *O) (*O, error) {
	call, err := callFrom(ctx)
	if err != nil {
		return nil, err
	}
	state, err := controllerOf[E]().Examine(ctx, call.Client, inputs, before)
	if failed := (*FailedCasesError)(nil); errors.As(err, &failed) {
		err = InitFailed(err) // infer returns the state, too
	}
	return &state, err
}

// subjectDigest returns the digest of the subject of an Evaluator.
func subjectDigest[E, I any](ctx context.Context, id string, inputs property.Map) (string, error) {
	call, err := callFrom(ctx)
	if err != nil {
		return "", err
	}
	var in I
	decodeStrings(inputs, &in)
	return any(controllerOf[E]()).(Evaluator[I]).SubjectDigest(ctx, call.Client, id, in)
}
