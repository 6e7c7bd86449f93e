// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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

// Recovery settles the interrupted creates of a stack whose objects are not wanted any
// more: the program has changed, or no longer has the resource.
//
// It deletes an object only if no state can have it: the engine never received it, or has
// just shown that the state has another object or none, and the run that created it was
// killed. Any other object is named to the user.
type Recovery struct {
	env     Env
	journal *createjournal.Journal
	kinds   map[string]*recoverable

	mutex sync.Mutex
	ctx   context.Context // for messages and requests that belong to no request of the engine
	// active is the number of operations in progress.
	active int
	// program is true if the engine runs the program, changes if it makes changes, failed
	// if one of them has failed, and interrupted if the run was cancelled during one.
	program, changes, failed, interrupted bool
	deletes                               sync.Once
	// bypassed are the creates whose objects the state is assumed to have.
	bypassed map[*createjournal.Intent]*recoverable
	// unsettled settle the creates that could not be settled during the run.
	unsettled []func(ctx context.Context)
}

// NewRecovery returns a Recovery with a journal. If that is nil, nothing is recovered.
func NewRecovery(journal *createjournal.Journal) *Recovery {
	return &Recovery{journal: journal, kinds: map[string]*recoverable{}, ctx: context.Background()}
}

// Start begins a run. The context is used for messages. journalDir is the directory of the
// journal, or "" for the default.
func (v *Recovery) Start(ctx context.Context, journalDir string) {
	if journalDir != "" {
		v.journal.SetRoot(journalDir)
	}
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.ctx, v.program, v.changes, v.failed, v.interrupted = context.WithoutCancel(ctx), false, false, false, false
	v.deletes, v.bypassed, v.unsettled = sync.Once{}, nil, nil
}

// begin begins an operation that makes changes. The returned function ends it, and
// returns its error.
func (v *Recovery) begin() (done func(err error) error) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.active++
	v.changes = true
	return func(err error) error {
		v.mutex.Lock()
		defer v.mutex.Unlock()
		v.active--
		v.failed = v.failed || err != nil
		return err
	}
}

// Cancelled records that the engine or the user has cancelled the run.
func (v *Recovery) Cancelled() {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.interrupted = v.interrupted || v.active > 0
}

// Abandon records that the engine has ended without stopping the plugin.
func (v *Recovery) Abandon() {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.interrupted = true
}

// bypass records that a create leaves alone the object of an earlier one, because it
// replaces it. The engine deletes it then; if it does not, the state does not have it.
func (v *Recovery) bypass(r *recoverable, intent *createjournal.Intent) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	if v.bypassed == nil {
		v.bypassed = map[*createjournal.Intent]*recoverable{}
	}
	v.bypassed[intent] = r
}

// checked records that the program has a resource. The other plugins of the run have to
// know if it has an interrupted create.
func (v *Recovery) checked(ctx context.Context, urn resource.URN, inState bool) {
	v.mutex.Lock()
	v.program = true
	v.mutex.Unlock()
	v.journal.MarkChecked(urn, inState)
	if len(v.journal.OpenIntents(urn)) > 0 {
		v.env.Claims.ShareInProgram(urn)
	}
	for _, warning := range v.journal.Warnings() {
		p.GetLogger(ctx).Warning(warning)
	}
}

// superfluous returns the creates of a resource by earlier runs that did not lead to the
// object that the state has.
func (v *Recovery) superfluous(urn resource.URN, id string) (intents []*createjournal.Intent) {
	for _, intent := range v.journal.OpenIntents(urn) {
		if intent.Operation == createjournal.Create && intent.ID != id && !v.journal.IsCurrent(intent) {
			intents = append(intents, intent)
		}
	}
	return intents
}

// policy is what may become of an object that an interrupted create has left.
type policy int

const (
	// deleteOrName deletes an object unless a state may have had it, which is named then.
	deleteOrName policy = iota
	// nameOnly names an object that the engine has received.
	nameOnly
)

// settle deletes or names the object of an interrupted create. A failure is a warning:
// the intent stays open, and the next run settles it.
func (v *Recovery) settle(ctx context.Context, r *recoverable, intent *createjournal.Intent, policy policy) {
	if err := v.trySettle(ctx, r, intent, policy); err != nil {
		v.retryAtEnd(r, intent, policy)
		p.GetLogger(ctx).Warningf("%s %q: it is uncertain what an interrupted update has created. The next update tries to find out again. %v",
			r.Kind(), intent.URN.Name(), err)
	}
}

func (v *Recovery) trySettle(ctx context.Context, r *recoverable, intent *createjournal.Intent, policy policy) error {
	outcome := v.journal.OutcomeOf(intent)
	if outcome == createjournal.Running {
		return nil // the run settles it itself
	}
	c, err := r.env.Client(ctx)
	if err != nil {
		return err
	}
	inputs, err := v.inputsOf(c, intent)
	returned := intent.ID != "" || intent.IsDamaged()
	id := intent.ID
	switch {
	case err != nil && id == "":
		return fmt.Errorf("the create of %s cannot be repeated: %w", intent.Sent.Format(time.RFC3339), err)
	case err != nil:
		inputs = parentsOf(intent) // enough to delete it
	case id == "" && intent.Operation == createjournal.Create:
		if id, err = r.find(ctx, c, intent, inputs); err != nil {
			return err
		}
		if id == "" {
			v.journal.Close(intent.URN, intent)
			return nil
		}
	case id == "":
		id = kind.UnknownID
	}
	if returned {
		if exists, err := r.exists(kind.WithCall(ctx, kind.Call{Client: c}), intent.URN, id, inputs); err != nil || !exists {
			if err == nil {
				v.journal.Close(intent.URN, intent)
			}
			return err
		}
		if policy == nameOnly || !v.isInterrupted(intent) || intent.IsDamaged() || v.isHeld(r, id, intent.URN) {
			v.name(ctx, r, intent, r.ImportID.Of(id, inputs))
			if policy == deleteOrName {
				v.journal.Close(intent.URN, intent)
			}
			return nil
		}
	}
	if err := r.Resource.Delete(ctx, p.DeleteRequest{ID: id, Urn: intent.URN, Properties: inputs, OldInputs: inputs}); err != nil {
		v.name(ctx, r, intent, r.ImportID.Of(id, inputs))
		return err
	}
	v.journal.Close(intent.URN, intent)
	if intent.Operation == createjournal.Create {
		p.GetLogger(ctx).Warningf("%s %q (%s) was deleted. An interrupted update had created it, and the state does not have it.", r.Kind(), intent.URN.Name(), id)
	}
	return nil
}

// isHeld reports whether a resource of this run has an object.
func (v *Recovery) isHeld(r *recoverable, id string, urn resource.URN) bool {
	own, other := v.env.Claims.ResourcesOf(r.objectKey(id), urn)
	_, held := v.env.Claims.HeldByOther(r.objectKey(id), urn)
	return own || other != "" || held
}

// name tells the user about an object that was left behind.
func (v *Recovery) name(ctx context.Context, r *recoverable, intent *createjournal.Intent, importID string) {
	message := fmt.Sprintf("%s %q (%s) was created at %s by an update that was interrupted or whose state was not written, and this update has not found it in the state. "+
		"If no stack has it (`pulumi stack --show-ids` lists the objects of a stack), delete it in the dashboard, or import it with "+
		"`pulumi import pgbeam:index:%s %s %s` to keep it.",
		r.Kind(), intent.URN.Name(), importID[strings.LastIndex(importID, "/")+1:], intent.Sent.Format(time.RFC3339), r.Kind(), intent.URN.Name(), importID)
	if v.env.Claims.FirstTime("left " + importID) {
		p.GetLogger(ctx).Warning(message)
	}
}

// retryAtEnd records that an object could not be settled. Another one that was left behind
// and refers to it may have prevented that.
func (v *Recovery) retryAtEnd(r *recoverable, intent *createjournal.Intent, policy policy) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.unsettled = append(v.unsettled, func(ctx context.Context) {
		if !v.journal.IsClosed(intent) {
			v.settle(ctx, r, intent, policy)
		}
	})
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

// find returns the ID of the object that a create has led to, or "" if it did not. It
// repeats the create under its key, which the API answers with the first response, also if
// the first request takes effect late. If that cannot happen any more, and the parent has
// no such object, nothing is sent.
func (r *recoverable) find(ctx context.Context, c *client.Client, intent *createjournal.Intent, inputs property.Map) (id string, err error) {
	ctx = kind.WithCall(ctx, kind.Call{Client: c})
	if age := time.Since(intent.Sent); age > lateness {
		similar, err := r.similar(ctx, inputs)
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
			id = result.ID
			return false, errFound
		},
	})
	_, err = r.InferredResource.Create(ctx, p.CreateRequest{Urn: intent.URN, Properties: inputs})
	switch {
	case id != "":
		return id, nil
	case errors.Is(err, errRefused), client.IsClientError(err) && !client.IsError(err, client.CodeUnauthorized, client.CodeForbidden):
		return "", nil
	default:
		return "", fmt.Errorf("repeating the create of %s: %w", intent.Sent.Format(time.RFC3339), err)
	}
}

// keyLifetime is how long the API keeps the response to an idempotency key.
const keyLifetime = 24 * time.Hour

// similar returns the IDs of the objects that a create with the inputs may have led to.
func (r *recoverable) similar(ctx context.Context, inputs property.Map) (ids []string, err error) {
	ctx, cancel := kind.ForMessage(ctx)
	defer cancel()
	for object, err := range r.List(ctx, inputs) {
		if err != nil {
			return nil, err
		}
		same := true
		for name := range r.Properties {
			live, ok := object.Value.GetOk(name)
			same = same && (!ok || inputs.Get(name).IsNull() || r.Properties[name].Same(live, inputs.Get(name)))
		}
		if same && !r.recovery.isHeld(r, object.ID, "") {
			ids = append(ids, r.ImportID.Of(object.ID, inputs))
		}
	}
	return ids, nil
}

// beforeDeletes settles what an interrupted update has left before the first delete of a
// run: an object that no state has can prevent the deletion of those that it refers to.
func (v *Recovery) beforeDeletes(ctx context.Context, urn resource.URN) {
	v.deletes.Do(func() {
		v.journal.OpenFolder(urn)
		v.eachLeftover(func(r *recoverable, intent *createjournal.Intent) {
			// A setting may belong to a resource that the engine has not shown yet.
			if v.isLost(intent) && (intent.Operation == createjournal.Create || !v.runsProgram()) {
				v.settle(ctx, r, intent, deleteOrName)
			}
		})
	})
}

func (v *Recovery) runsProgram() bool {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return v.program
}

// isLost reports whether no state can have the object of an interrupted create: the
// engine never received it, or was killed or could not write the state, which does not
// have it.
func (v *Recovery) isLost(intent *createjournal.Intent) bool {
	switch {
	case intent.ID == "":
		return !intent.IsDamaged()
	case intent.Operation == createjournal.Set:
		return false // the state does not show whether it has the value
	}
	inState, known := v.journal.IsInState(intent.URN, intent.ID)
	return known && !inState && v.isInterrupted(intent)
}

// isInterrupted reports whether the run of an intent was killed, or could not write the state.
func (v *Recovery) isInterrupted(intent *createjournal.Intent) bool {
	outcome := v.journal.OutcomeOf(intent)
	return outcome == createjournal.Killed || outcome == createjournal.Ended && v.journal.IsUnwritten(intent)
}

// settleRenamed settles the creates of resources of a kind that the program no longer
// has, at least under that name. It reports whether there were any.
func (v *Recovery) settleRenamed(ctx context.Context, r *recoverable) (settled bool) {
	v.eachLeftover(func(other *recoverable, intent *createjournal.Intent) {
		if other != r {
			return
		}
		if v.isLost(intent) {
			v.settle(ctx, r, intent, deleteOrName)
			settled = true
		} else if inState, _ := v.journal.IsInState(intent.URN, intent.ID); !inState && !intent.IsDamaged() {
			v.settle(ctx, r, intent, nameOnly)
		}
	})
	return settled
}

// eachLeftover calls a function for each create of an earlier run whose resource the
// program does not have, or that this run does not update.
func (v *Recovery) eachLeftover(f func(r *recoverable, intent *createjournal.Intent)) {
	for _, urn := range v.journal.Leftovers() {
		r, ok := v.kinds[string(urn.Type().Name())]
		if !ok || v.journal.WasChecked(urn) || v.env.Claims.IsInProgram(urn) {
			continue
		}
		for _, intent := range v.journal.OpenIntents(urn) {
			if intent.Operation != createjournal.Rotate && !v.journal.IsCurrent(intent) {
				f(r, intent)
			}
		}
	}
}

// End ends a run. It settles the creates of resources that the program does not have. A
// run without changes may be a preview, so it only names their objects.
func (v *Recovery) End(timeout time.Duration) {
	v.mutex.Lock()
	interrupted, changes := v.interrupted || v.active > 0, v.changes
	settles := !v.failed && (v.program || v.changes) && v.journal.IsOpen() // a refresh shows nothing of the program
	ctx, cancel := context.WithTimeout(v.ctx, timeout)
	unsettled := v.unsettled
	v.mutex.Unlock()
	defer cancel()
	if interrupted {
		return
	}
	if settles {
		for intent, r := range v.bypassed {
			if inState, _ := v.journal.IsInState(intent.URN, intent.ID); !inState && !v.journal.IsClosed(intent) {
				v.settle(ctx, r, intent, nameOnly)
			}
		}
		v.eachLeftover(func(r *recoverable, intent *createjournal.Intent) {
			killed := v.isInterrupted(intent)
			if inState, _ := v.journal.IsInState(intent.URN, intent.ID); inState {
				return
			}
			switch {
			case intent.ID != "" && !killed || intent.IsDamaged():
				// The state has the object, as far as anybody can tell.
			case changes:
				v.settle(ctx, r, intent, nameOnly)
			case killed:
				v.nameLeftover(ctx, r, intent)
			}
		})
	}
	if settles {
		for _, settle := range slices.Backward(unsettled) {
			settle(ctx)
		}
	}
	v.journal.End()
}

// nameLeftover names the object of an interrupted create, or those that it may be.
func (v *Recovery) nameLeftover(ctx context.Context, r *recoverable, intent *createjournal.Intent) {
	c, err := v.env.Client(ctx)
	if err != nil {
		return // a preview needs no API key
	}
	inputs, err := v.inputsOf(c, intent)
	switch {
	case intent.ID != "":
		v.name(ctx, r, intent, r.ImportID.Of(intent.ID, parentsOf(intent)))
		return
	case err != nil, intent.Operation != createjournal.Create:
		return
	}
	similar, err := r.similar(kind.WithCall(ctx, kind.Call{Client: c}), inputs)
	if err != nil || len(similar) == 0 {
		return
	}
	for _, importID := range similar {
		v.name(ctx, r, intent, importID)
	}
	p.GetLogger(ctx).Warningf("The next `pulumi up` that changes anything, and `pulumi destroy`, find out whether the interrupted update of %s %q has created it, and delete it then.",
		r.Kind(), intent.URN.Name())
}
