// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// policy is what may become of an object that an interrupted create has left.
type policy int

const (
	// deleteOrName deletes an object unless a state may have had it, which is named then.
	deleteOrName policy = iota
	// nameOnly names an object that the engine has received.
	nameOnly
)

// unsettled is a create that could not be settled.
type unsettled struct {
	*recoverable
	intent *createjournal.Intent
	policy policy
}

// settle deletes or names the object of an interrupted create. If it fails, the end of the
// run tries again: another object that was left behind may refer to this one.
func (v *Recovery) settle(ctx context.Context, r *recoverable, intent *createjournal.Intent, policy policy) {
	if _, err := v.trySettle(ctx, r, intent, policy); err != nil {
		v.mutex.Lock()
		defer v.mutex.Unlock()
		v.unsettled = append(v.unsettled, unsettled{r, intent, policy})
	}
}

// settleFinally is settle at the end of a run. A failure is a warning: the intent stays
// open, and the next run settles it.
func (v *Recovery) settleFinally(ctx context.Context, r *recoverable, intent *createjournal.Intent, policy policy) {
	id, err := v.trySettle(ctx, r, intent, policy)
	switch {
	case err == nil:
	case id != "" && client.IsClientError(err):
		v.name(ctx, r, intent, r.ImportID.Of(id, parentsOf(intent)))
		v.journal.Close(intent) // it will be refused again
	default:
		v.warnf(ctx, "%s %q: it is uncertain what an interrupted update has created. The next update tries to find out again. %v",
			r.Kind(), intent.URN.Name(), err)
	}
}

// settleLost settles, once in a run, what an interrupted update has left: an object that no
// state has can prevent the deletion of those that it refers to. While the program runs, it
// may still come to the resource, which then has its object created again.
func (v *Recovery) settleLost(ctx context.Context, urn resource.URN) {
	v.deletes.Do(func() {
		v.eachLeftover(urn, func(r *recoverable, intent *createjournal.Intent) {
			// A setting may belong to a resource that the engine has not shown yet.
			if v.isLost(intent) && (intent.Operation == createjournal.Create || !v.runsProgram()) {
				v.settle(ctx, r, intent, deleteOrName)
			}
		})
	})
}

// isLost reports whether the state is known not to have the object of an interrupted
// create, and the engine never received it, was killed, or could not write the state. It
// does not show which value a setting has.
func (v *Recovery) isLost(intent *createjournal.Intent) bool {
	inState, known := v.journal.IsInState(intent.URN, intent.ID)
	return known && !inState && !intent.Damaged &&
		(intent.ID == "" || intent.Operation == createjournal.Create && v.journal.IsInterrupted(intent))
}

// settleRenamed settles the creates of resources of a kind that the program no longer
// has, at least under that name. It reports whether there were any.
func (v *Recovery) settleRenamed(ctx context.Context, r *recoverable) (settled bool) {
	var refused []*createjournal.Intent
	v.eachLeftover("", func(other *recoverable, intent *createjournal.Intent) {
		switch inState, _ := v.journal.IsInState(intent.URN, intent.ID); {
		case other != r:
		case v.isLost(intent):
			settled = true
			if _, err := v.trySettle(ctx, r, intent, deleteOrName); err != nil {
				refused = append(refused, intent)
			}
		case !inState && !intent.Damaged:
			v.settle(ctx, r, intent, nameOnly)
		}
	})
	for _, intent := range refused {
		v.eachLeftover("", func(other *recoverable, user *createjournal.Intent) {
			if other != r && user.Sent.After(intent.Sent) && v.isLost(user) { // it may refer to the object
				v.settle(ctx, other, user, deleteOrName)
			}
		})
		v.settle(ctx, r, intent, deleteOrName)
	}
	return settled
}

// trySettle returns the ID of the object, once it is known, if settling it has failed.
func (v *Recovery) trySettle(ctx context.Context, r *recoverable, intent *createjournal.Intent, policy policy) (id string, err error) {
	defer v.lock(intent)()
	if v.journal.IsClosed(intent) {
		return "", nil // a create has repeated it meanwhile
	}
	c, err := r.env.Client(ctx)
	if err != nil {
		return "", err
	}
	inputs, err := v.inputsOf(c, intent)
	returned := intent.ID != "" || intent.Damaged
	id = intent.ID
	switch {
	case err != nil && id == "":
		return "", r.explainSealed(ctx, c, intent, err)
	case err != nil:
		inputs = parentsOf(intent) // enough to delete it
	case id == "" && intent.Operation == createjournal.Create:
		if id, err = r.find(ctx, c, intent, inputs); err != nil {
			return "", err
		}
		if inState, _ := v.journal.IsInState(intent.URN, id); id == "" || inState || v.isHeld(r, id, intent.URN) {
			v.journal.Close(intent) // it does not exist, or another machine has completed the create
			return "", nil
		}
	case id == "":
		id = kind.UnknownID
	}
	if returned {
		exists, err := r.exists(kind.WithCall(ctx, kind.Call{Client: c}), intent.URN, id, inputs)
		switch {
		case err != nil:
			return id, err
		case !exists:
			v.journal.Close(intent)
			return "", nil
		case policy == nameOnly || !v.journal.IsInterrupted(intent) || intent.Damaged || v.isHeld(r, id, intent.URN):
			v.name(ctx, r, intent, r.ImportID.Of(id, inputs))
			if policy == deleteOrName {
				v.journal.Close(intent)
			}
			return "", nil
		}
	}
	if intent.Operation == createjournal.Create {
		// In case the state has the object after all, the next run replaces it.
		if err := v.journal.MarkDeletion(intent.URN, id, createjournal.Deleting); err != nil {
			return id, err
		}
	}
	// It is not in the state, which Resource.Delete would record.
	req := p.DeleteRequest{ID: id, Urn: intent.URN, Properties: inputs, OldInputs: inputs}
	if err := r.delete(ctx, req, func() error { return nil }); err != nil {
		return id, err
	}
	v.journal.Close(intent)
	if intent.Operation == createjournal.Create {
		v.warnf(ctx, "%s %q (%s) was deleted. An interrupted update had created it, and the state does not have it.", r.Kind(), intent.URN.Name(), id)
	}
	return "", nil
}

// lock keeps other operations from repeating or settling an interrupted create until the
// returned function is called.
func (v *Recovery) lock(intent *createjournal.Intent) (unlock func()) {
	lock, _ := v.locks.LoadOrStore(intent, &sync.Mutex{})
	mutex := lock.(*sync.Mutex)
	mutex.Lock()
	return mutex.Unlock
}

// isHeld reports whether a resource of this run has an object.
func (v *Recovery) isHeld(r *recoverable, id string, urn resource.URN) bool {
	own, other := v.env.Claims.ResourcesOf(r.objectKey(id), urn)
	_, held := v.env.Claims.HeldByOther(r.objectKey(id), urn)
	return own || other != "" || held
}

// inputsOf returns the inputs of an interrupted create.
func (v *Recovery) inputsOf(c *client.Client, intent *createjournal.Intent) (property.Map, error) {
	content, err := c.Unseal(intent.Inputs)
	if err != nil {
		return property.Map{}, err
	}
	var inputs map[string]any
	if err := json.Unmarshal(content, &inputs); err != nil {
		return property.Map{}, err
	}
	return properties.Value(inputs).AsMap(), nil
}

// parentsOf returns the part of the inputs of an interrupted create that is not sealed.
func parentsOf(intent *createjournal.Intent) property.Map {
	inputs := property.Map{}
	for name, id := range intent.Parents {
		inputs = inputs.Set(name, property.New(id))
	}
	return inputs
}

var (
	errFound     = errors.New("the object was found")
	errRefused   = errors.New("the create was refused")
	errDifferent = errors.New("this release of the plugin sends another request")
)

// lateness is how long after its connection was closed a request may still take effect.
const lateness = 5 * time.Minute

// keyLifetime is how long the API keeps the response to an idempotency key.
const keyLifetime = 24 * time.Hour

// find returns the ID of the object that a create has led to, or "" if it did not. It
// repeats the create under its key, which the API answers with the first response, also if
// the first request takes effect late. If that cannot happen any more, and the parent has
// no such object, nothing is sent.
func (r *recoverable) find(ctx context.Context, c *client.Client, intent *createjournal.Intent, inputs property.Map) (id string, err error) {
	ctx = kind.WithResumed(kind.WithCall(ctx, kind.Call{Client: c}), func() time.Time { return intent.Sent })
	if age := time.Since(intent.Sent); age > lateness {
		similar, err := r.similar(ctx, inputs, anyObject)
		switch {
		case client.IsNotFound(err), err == nil && len(similar) == 0:
			return "", nil
		case err != nil:
			return "", err
		case age > keyLifetime:
			return "", fmt.Errorf("the API has forgotten the request, and these objects are like the one that it was about: %s", strings.Join(similar, ", "))
		}
	}
	attempts := 0
	ctx = client.WithIdempotency(ctx, client.Idempotency{
		Attempt: func(_ context.Context, req client.AttemptRequest) (client.Attempt, error) {
			attempts++
			switch {
			case req.Derive(intent.Identity...) != intent.Key, client.IsError(req.Err, client.CodeIdempotencyKeyReused):
				return client.Attempt{}, errDifferent
			case attempts > 1:
				return client.Attempt{}, errRefused
			default:
				return client.Attempt{Key: intent.Key, Used: true}, nil
			}
		},
		Accept: func(_ context.Context, result client.Result) (bool, error) {
			id = r.ImportID.ResourceID(result.ID, inputs)
			return false, errFound
		},
	})
	created, err := r.InferredResource.Create(ctx, p.CreateRequest{Urn: intent.URN, Properties: inputs})
	switch {
	case id != "":
		return id, nil
	case err == nil:
		return created.ID, nil
	case errors.Is(err, errRefused), client.IsClientError(err) && !client.IsError(err, client.CodeUnauthorized, client.CodeForbidden):
		return "", nil
	default:
		return "", fmt.Errorf("repeating the create of %s: %w", intent.Sent.Format(time.RFC3339), err)
	}
}
