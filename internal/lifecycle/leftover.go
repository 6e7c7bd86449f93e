// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
)

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
			"If nothing manages such an object ("+whereManaged+"), keep it with `pulumi import` and its line, or delete it in the PgBeam dashboard.",
			strings.Join(objects, "\n  "))
	}
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
	advice := "If nothing manages it (" + whereManaged + "), delete it in the PgBeam dashboard."
	if _, known := v.journal.IsInState(intent.URN, ""); known && sealed == nil {
		advice = "The next `pulumi up` that changes anything, or `pulumi destroy`, finds out and deletes what it has created."
	}
	v.warnf(ctx, "An update that was interrupted at %s may have created %s %q, which this update does not have: %s. %s",
		intent.Sent.Format(time.RFC3339), r.Kind(), intent.URN.Name(), strings.Join(candidates, ", "), advice)
}

// explainSealed returns the error of a create that cannot be repeated, with the objects that
// it may have led to.
func (r *recoverable) explainSealed(ctx context.Context, c *client.Client, intent *createjournal.Intent, cause error) error {
	err := fmt.Errorf("the create of %s cannot be repeated: %w", intent.Sent.Format(time.RFC3339), cause)
	created, listErr := r.createdSince(ctx, c, intent)
	switch {
	case listErr != nil:
		return fmt.Errorf("%w; listing what was created since: %w", err, listErr)
	case len(created) > 0:
		return fmt.Errorf("%w. These objects were created since: %s. If nothing manages one ("+whereManaged+"), "+
			"delete it in the PgBeam dashboard", err, strings.Join(created, ", "))
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
// has. Creating a setting leaves no object behind.
func (r *recoverable) list(ctx context.Context, inputs property.Map, match func(id string, live property.Map) bool) (ids []string, err error) {
	if r.isSingleton() {
		return nil, nil
	}
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
