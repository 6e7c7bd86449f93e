// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// creation is a create in progress. It chooses the idempotency keys: that of an
// interrupted create of the same object, or a new one.
type creation struct {
	*recoverable
	urn    resource.URN
	inputs property.Map
	client *client.Client
	// replaced is the ID of the object that is being replaced, or "" if there is none, or
	// if the engine does not show it: a forced replacement looks like a first create.
	replaced string
	// intent is the current one. unlock releases that of an interrupted create, and is nil
	// otherwise.
	intent    *createjournal.Intent
	unlock    func()
	resolved  bool      // the interrupted creates were taken up or settled
	resumedAt time.Time // when the interrupted create was sent
}

func (r *recoverable) newCreation(c *client.Client, req p.CreateRequest) (*creation, error) {
	creation := &creation{recoverable: r, urn: req.Urn, inputs: req.Properties, client: c}
	creation.replaced = r.journal.Shown(req.Urn)
	if r.isSingleton() {
		return creation, creation.begin(createjournal.Set, createjournal.Intent{})
	}
	return creation, nil
}

// context returns the context for the create.
func (c *creation) context(ctx context.Context) context.Context {
	if c.isSingleton() {
		return kind.WithOwnValues(ctx, c.ownValues())
	}
	ctx = kind.WithResumed(ctx, func() time.Time { return c.resumedAt })
	return client.WithIdempotency(kind.WithRecovery(ctx, c.journal.Scope(c.urn)), client.Idempotency{Attempt: c.attempt, Accept: c.accept})
}

// ownValues returns the inputs of interrupted creates of a setting. Their values may be
// overwritten, although the state does not say that they belong to the resource.
func (c *creation) ownValues() (own []property.Map) {
	for _, intent := range c.journal.OpenIntents(c.urn) {
		if inputs, err := c.recovery.inputsOf(c.client, intent); err == nil && intent != c.intent {
			own = append(own, inputs)
		}
	}
	return own
}

// attempt returns the next idempotency key.
func (c *creation) attempt(ctx context.Context, req client.AttemptRequest) (client.Attempt, error) {
	c.release()
	if client.IsError(req.Err, client.CodeIdempotencyKeyReused) && c.intent != nil {
		c.recovery.settle(ctx, c.recoverable, c.intent, deleteOrName) // it is about another object
		c.intent = nil
	}
	c.close() // the response to the last key is outdated
	if !c.resolved {
		c.resolved = true
		if c.intent = c.resume(ctx, req); c.intent != nil {
			c.resumedAt = c.intent.Sent
			return client.Attempt{Key: c.intent.Key, Used: true}, nil
		}
	}
	identity, used := c.identity(req)
	intent := createjournal.Intent{Key: req.Derive(identity...), Identity: identity}
	return client.Attempt{Key: intent.Key, Used: used}, c.begin(createjournal.Create, intent)
}

// resume returns the interrupted create that this one repeats, if there is one. It
// settles those of other objects.
func (c *creation) resume(ctx context.Context, req client.AttemptRequest) (resumed *createjournal.Intent) {
	for _, intent := range c.journal.OpenIntents(c.urn) {
		if intent.Operation != createjournal.Create {
			continue
		}
		if c.replaced == "" && c.journal.IsReplaced(intent) {
			c.replaced = intent.ID
			c.recovery.bypass(c.recoverable, intent)
			continue
		}
		_, sealed := c.recovery.inputsOf(c.client, intent)
		// With another API key than that of the interrupted create, only the API knows
		// whether the requests are the same.
		if resumed == nil && (sealed != nil || req.Derive(intent.Identity...) == intent.Key) {
			unlock := c.recovery.lock(intent)
			if c.journal.IsClosed(intent) {
				unlock() // it was settled meanwhile
			} else {
				resumed, c.unlock = intent, unlock
			}
			continue
		}
		c.recovery.settle(ctx, c.recoverable, intent, deleteOrName)
	}
	return resumed
}

// identity returns what a new idempotency key is derived from, and whether another run
// may have used the key. Another machine derives the same key for the same create.
func (c *creation) identity(req client.AttemptRequest) (identity []string, used bool) {
	scope := c.journal.Scope(c.urn)
	generation, isNew := c.journal.Generation(c.urn)
	switch {
	case scope == "" || req.Fresh:
		return []string{scope, "random", client.NewIdempotencyKey()}, false
	case c.replaced != "":
		for n := 0; ; n++ {
			identity = []string{scope, "replaces " + c.replaced, strconv.Itoa(n)}
			if !c.journal.IsUsed(c.urn, identity) {
				return identity, true
			}
		}
	default:
		return []string{scope, strconv.Itoa(generation)}, !isNew
	}
}

// begin records the intent.
func (c *creation) begin(operation createjournal.Operation, intent createjournal.Intent) error {
	inputs, err := json.Marshal(properties.Plain(property.New(c.inputs)))
	if err != nil {
		return err
	}
	if intent.Inputs, err = c.client.Seal(inputs); err != nil {
		return err
	}
	intent.Operation, intent.Parents = operation, map[string]string{}
	names := []string{"orgId"} // of an object without parents
	for _, parent := range c.ImportID.Parents {
		names = append(names, parent.Property)
	}
	for _, name := range names {
		if id := c.inputs.Get(name); id.IsString() {
			intent.Parents[name] = id.AsString()
		}
	}
	if c.intent, err = c.journal.Begin(c.urn, intent); err != nil {
		return fmt.Errorf("creating %s %q: nothing was sent, because %w", c.Kind(), c.urn.Name(), err)
	}
	return nil
}

// accept decides whether an object that an earlier request may have created is the one
// to return.
func (c *creation) accept(ctx context.Context, result client.Result) (bool, error) {
	id := c.ImportID.ResourceID(result.ID, c.inputs)
	if c.reusesIDs() { // the object to be replaced has this ID, too, and was deleted first
		return c.exists(ctx, c.urn, id, c.inputs)
	}
	if own, _ := c.env.Claims.ResourcesOf(c.objectKey(id), c.urn); own {
		return false, nil // the object to be replaced
	}
	if inState, _ := c.journal.IsInState(c.urn, id); inState {
		return false, nil // the object to be replaced by force
	}
	return c.exists(ctx, c.urn, id, c.inputs)
}

// warnUnknown warns about recent objects that an interrupted update on another machine may
// have created. An object with a unique name cannot exist twice.
func (c *creation) warnUnknown(ctx context.Context, resp p.CreateResponse) {
	_, isNew := c.journal.Generation(c.urn)
	if isNew || c.journal.HasMemory() || c.isSingleton() || len(c.UniqueBy) > 0 {
		return
	}
	since := createdAt(resp.Properties).Add(-keyLifetime)
	similar, err := c.similar(kind.WithCall(ctx, kind.Call{Client: c.client}), c.inputs, func(id string, live property.Map) bool {
		inState, _ := c.journal.IsInState(c.urn, id)
		return id != resp.ID && !inState && createdAt(live).After(since)
	})
	if err == nil && len(similar) > 0 {
		c.recovery.warnf(ctx, "%s %q (%s) was created, and these objects like it were created in the 24 hours before: %s. "+
			"This machine has no record of earlier updates of the stack. If one was interrupted and nothing manages the object "+
			"("+whereManaged+"), delete it in the PgBeam dashboard.",
			c.Kind(), c.urn.Name(), resp.ID, strings.Join(similar, ", "))
	}
}

// parseTime returns the time at which an object was created.
func createdAt(state property.Map) time.Time {
	created, _ := time.Parse(time.RFC3339Nano, convert.Text(state.Get("createdAt"))) // zero if it is malformed
	return created
}

func (c *creation) returned(id string) error {
	if c.intent == nil {
		return nil
	}
	return c.journal.Returned(c.intent, id)
}

// release lets others settle the interrupted create.
func (c *creation) release() {
	if c.unlock != nil {
		c.unlock()
		c.unlock = nil
	}
}

func (c *creation) close() {
	if c.intent != nil {
		c.journal.Close(c.intent)
		c.intent = nil
	}
}
