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
// It deletes an object only if the state does not have it: the engine has just shown that
// the state has another object or none, or the state itself could be read. Even then, an
// object that the engine has received is named instead if the run ended in an orderly way:
// the user may have removed it from the state in order to keep it.
type Recovery struct {
	// Warn tells the user about an object.
	Warn func(ctx context.Context, message string)

	env     Env
	journal *createjournal.Journal
	kinds   map[string]*recoverable

	mutex sync.Mutex
	ctx   context.Context // for messages and requests that belong to no request of the engine
	// active is the number of operations in progress, and latest the resource of the last one.
	active int
	latest resource.URN
	// program is true if the engine runs the program, changes if it makes changes, failed
	// if one of them has failed, and interrupted if the run was cancelled during one.
	program, changes, failed, interrupted bool
	deletes                               sync.Once
	locks                                 sync.Map // of intents, each a *sync.Mutex
	// bypassed are the creates whose objects the state is assumed to have.
	bypassed map[*createjournal.Intent]*recoverable
	// unsettled are the creates that could not be settled during the run.
	unsettled []unsettled
	// named are the objects to tell the user about, as arguments of `pulumi import`. ending
	// is true at the end of the run.
	named  []string
	ending bool
}

// unsettled is a create that could not be settled.
type unsettled struct {
	*recoverable
	intent *createjournal.Intent
	policy policy
}

// NewRecovery returns a Recovery with a journal. If that is nil, nothing is recovered.
func NewRecovery(journal *createjournal.Journal) *Recovery {
	return &Recovery{
		Warn:    func(ctx context.Context, message string) { p.GetLogger(ctx).Warning(message) },
		journal: journal, kinds: map[string]*recoverable{}, ctx: context.Background(),
	}
}

func (v *Recovery) warnf(ctx context.Context, format string, args ...any) {
	v.Warn(ctx, fmt.Sprintf(format, args...))
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
	v.named, v.ending = nil, false
	v.deletes, v.bypassed, v.unsettled = sync.Once{}, nil, nil
	v.locks.Clear()
}

// begin begins an operation that makes changes. The returned function ends it, and
// returns its error.
func (v *Recovery) begin(urn resource.URN) (done func(err error) error) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	v.active++
	v.latest, v.changes = urn, true
	return func(err error) error {
		v.mutex.Lock()
		defer v.mutex.Unlock()
		v.active--
		v.failed = v.failed || err != nil
		if errors.Is(err, context.Canceled) { // the engine does not wait for the responses of the others, either
			v.interrupt()
		}
		return err
	}
}

// Cancelled records that the engine or the user has cancelled the run.
func (v *Recovery) Cancelled() {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	if v.active > 0 {
		v.interrupt()
	}
}

// interrupt records that the run did not end in an orderly way. The mutex is held.
func (v *Recovery) interrupt() {
	if !v.interrupted {
		v.interrupted = true
		v.env.Claims.Interrupt(v.latest) // the run is that of the other plugins as well
	}
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
	if inState {
		v.journal.MarkInState(urn)
	}
	if len(v.journal.OpenIntents(urn)) > 0 {
		v.env.Claims.ShareInProgram(urn)
	}
	for _, warning := range v.journal.Warnings() {
		v.Warn(ctx, warning)
	}
}

// superfluous returns the creates of a resource by earlier runs that did not lead to the
// object that the state has.
func (v *Recovery) superfluous(urn resource.URN, id string) (intents []*createjournal.Intent) {
	for _, intent := range v.journal.OpenIntents(urn) {
		if intent.Operation == createjournal.Create && intent.ID != id && v.journal.IsLeftover(intent) {
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

// name tells the user about an object that was left behind. At the end of the run, all
// objects are in one warning.
func (v *Recovery) name(ctx context.Context, r *recoverable, intent *createjournal.Intent, importID string) {
	if !v.env.Claims.FirstTime("left " + importID) {
		return
	}
	object := fmt.Sprintf("pgbeam:index:%s %s %s", r.Kind(), intent.URN.Name(), importID)
	if v.ending {
		v.named = append(v.named, object)
	} else {
		v.warnNamed(ctx, object)
	}
}

func (v *Recovery) warnNamed(ctx context.Context, objects ...string) {
	if len(objects) > 0 {
		v.warnf(ctx, "An update that was interrupted has created what follows, and the engine has not shown since that the state has it:\n  %s\n"+
			"If no stack has such an object (`pulumi stack --show-ids` lists the objects of a stack), delete it in the PgBeam dashboard, or keep it with `pulumi import` and its line.",
			strings.Join(objects, "\n  "))
	}
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

// explainSealed returns the error of a create that cannot be repeated, with the objects that
// it may have led to.
func (r *recoverable) explainSealed(ctx context.Context, c *client.Client, intent *createjournal.Intent, cause error) error {
	err := fmt.Errorf("the create of %s cannot be repeated: %w", intent.Sent.Format(time.RFC3339), cause)
	created, listErr := r.createdSince(ctx, c, intent)
	switch {
	case listErr != nil:
		return fmt.Errorf("%w; listing what was created since: %w", err, listErr)
	case len(created) > 0:
		return fmt.Errorf("%w. These objects were created since: %s. If no stack has one (`pulumi stack --show-ids` lists the objects "+
			"of a stack), delete it in the PgBeam dashboard", err, strings.Join(created, ", "))
	}
	return err
}

// createdSince returns the import IDs of the objects with the parents of an interrupted
// create that were created since, for all that the clocks tell, and that the state is not
// known to have.
func (r *recoverable) createdSince(ctx context.Context, c *client.Client, intent *createjournal.Intent) ([]string, error) {
	since := intent.Sent.Add(-lateness)
	return r.list(kind.WithCall(ctx, kind.Call{Client: c}), parentsOf(intent), func(id string, live property.Map) bool {
		inState, _ := r.journal.IsInState(intent.URN, id)
		created := createdAt(live)
		return !inState && (created.IsZero() || created.After(since))
	})
}

// similar returns the import IDs of the objects that a create with the inputs may have
// led to and that match.
func (r *recoverable) similar(ctx context.Context, inputs property.Map, match func(id string, live property.Map) bool) ([]string, error) {
	return r.list(ctx, inputs, func(id string, live property.Map) bool {
		same := r.HasSameUniqueValues(inputs, live)
		if len(r.UniqueBy) == 0 {
			same = true
			for name, value := range live.All {
				input := inputs.Get(name)
				same = same && (input.IsNull() || r.Properties[name].Same(value, input))
			}
		}
		return same && match(id, live)
	})
}

// list returns the import IDs of the objects that match and that no resource of the run
// has.
func (r *recoverable) list(ctx context.Context, inputs property.Map, match func(id string, live property.Map) bool) (ids []string, err error) {
	ctx, cancel := kind.ForMessage(ctx)
	defer cancel()
	for object, err := range r.List(ctx, inputs) {
		if err != nil {
			return nil, err
		}
		if match(object.ID, object.Value) && !r.recovery.isHeld(r, object.ID, "") {
			ids = append(ids, r.ImportID.Of(object.ID, inputs))
		}
	}
	return ids, nil
}

func anyObject(string, property.Map) bool { return true }

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

func (v *Recovery) runsProgram() bool {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return v.program
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

// eachLeftover calls a function for each create of an earlier run whose resource the
// program does not have, or that this run does not update. An object is created after
// those that it refers to, so the newest are the first. urn is any resource of the stack,
// or "" if the journal has been used before.
func (v *Recovery) eachLeftover(urn resource.URN, f func(r *recoverable, intent *createjournal.Intent)) {
	var leftovers []*createjournal.Intent
	for _, urn := range v.journal.Leftovers(urn) {
		if v.kinds[string(urn.Type().Name())] == nil || v.env.Claims.IsInProgram(urn) {
			continue
		}
		for _, intent := range v.journal.OpenIntents(urn) {
			if intent.Operation != createjournal.Rotate && v.journal.IsLeftover(intent) {
				leftovers = append(leftovers, intent)
			}
		}
	}
	slices.SortStableFunc(leftovers, func(a, b *createjournal.Intent) int { return b.Sent.Compare(a.Sent) })
	for _, intent := range leftovers {
		f(v.kinds[string(intent.URN.Type().Name())], intent)
	}
}

// messageContext is a context with the values of another one, which messages need.
type messageContext struct {
	context.Context
	values context.Context
}

func (c messageContext) Value(key any) any { return c.values.Value(key) }

// End ends a run. It settles the creates of resources that the program does not have. A
// run without changes may be a preview, so it only names their objects.
func (v *Recovery) End(ctx context.Context) {
	v.mutex.Lock()
	interrupted, changes := v.interrupted || v.active > 0 || v.env.Claims.IsInterrupted(), v.changes
	settles := !v.failed && (v.program || v.changes) && v.journal.IsOpen() // a refresh shows nothing of the program
	ctx = messageContext{ctx, v.ctx}                                       //nolint:contextcheck // it is inherited
	v.mutex.Unlock()
	if interrupted {
		return
	}
	v.ending = true
	if settles {
		for intent, r := range v.bypassed {
			if inState, _ := v.journal.IsInState(intent.URN, intent.ID); !inState && !v.journal.IsClosed(intent) {
				v.settle(ctx, r, intent, nameOnly)
			}
		}
		v.eachLeftover("", func(r *recoverable, intent *createjournal.Intent) {
			killed := v.journal.IsInterrupted(intent)
			inState, known := v.journal.IsInState(intent.URN, intent.ID)
			unsaved := intent.Operation == createjournal.Create && known && !inState
			switch {
			case inState, intent.Damaged, intent.ID != "" && !killed && !unsaved:
				// There is no reason to assume that the state does not have the object.
			case changes && unsaved && intent.ID != "" && !killed:
				// The last states of the run were not written, or the user has removed it from the state.
				v.settleFinally(ctx, r, intent, deleteOrName)
			case changes && (known || intent.ID != ""):
				v.settleFinally(ctx, r, intent, nameOnly)
			default:
				v.nameLeftover(ctx, r, intent)
			}
		})
	}
	if settles {
		for _, u := range slices.Backward(v.unsettled) {
			if !v.journal.IsClosed(u.intent) {
				v.settleFinally(ctx, u.recoverable, u.intent, u.policy)
			}
		}
	}
	v.warnNamed(ctx, v.named...)
	v.journal.End()
}

// nameLeftover names the object of an interrupted create, or those that it may be.
func (v *Recovery) nameLeftover(ctx context.Context, r *recoverable, intent *createjournal.Intent) {
	c, err := v.env.Client(ctx)
	if err != nil {
		return // a preview needs no API key
	}
	switch {
	case intent.ID != "":
		v.name(ctx, r, intent, r.ImportID.Of(intent.ID, parentsOf(intent)))
		return
	case intent.Operation != createjournal.Create:
		return
	}
	var candidates []string
	inputs, sealed := v.inputsOf(c, intent)
	if sealed == nil {
		candidates, err = r.similar(kind.WithCall(ctx, kind.Call{Client: c}), inputs, anyObject)
	} else {
		candidates, err = r.createdSince(ctx, c, intent)
	}
	if err != nil || len(candidates) == 0 || !v.env.Claims.FirstTime("similar to "+intent.Ref) {
		return
	}
	advice := "If no stack has it (`pulumi stack --show-ids` lists the objects of a stack), delete it in the PgBeam dashboard."
	if _, known := v.journal.IsInState(intent.URN, ""); known && sealed == nil {
		advice = "The next `pulumi up` that changes anything, or `pulumi destroy`, finds out and deletes what it has created."
	}
	v.warnf(ctx, "An update that was interrupted at %s may have created %s %q, which this update does not have: %s. %s",
		intent.Sent.Format(time.RFC3339), r.Kind(), intent.URN.Name(), strings.Join(candidates, ", "), advice)
}
