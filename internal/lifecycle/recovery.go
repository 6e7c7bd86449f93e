// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
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

func (v *Recovery) runsProgram() bool {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	return v.program
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
	failed := v.failed || v.env.Claims.HasFailed()                       // the program may not have come to all its resources
	settles := !failed && (v.program || v.changes) && v.journal.IsOpen() // a refresh shows nothing of the program
	ctx = messageContext{ctx, v.ctx}                                     //nolint:contextcheck // it is inherited
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
		for _, u := range slices.Backward(v.unsettled) {
			if !v.journal.IsClosed(u.intent) {
				v.settleFinally(ctx, u.recoverable, u.intent, u.policy)
			}
		}
	}
	v.warnNamed(ctx, v.named...)
	v.journal.End()
}
