// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
)

// withConflict adds to the error of a create the object that already exists, and
// what to do about it.
func (r *Resource) withConflict(op operation, inputs property.Map, err error) error {
	var overwrite *kind.OverwriteError
	var conflict *kind.ConflictError
	switch {
	case errors.As(err, &overwrite):
		key := r.settingKey("", inputs)
		_, inState := r.env.Claims.ResourcesOf(key, op.urn)
		advice := conflictAdvice{op: op, setting: true, importID: r.ImportID.Of(overwrite.ID, inputs), inState: inState}
		return fmt.Errorf("%s %w. %s", key.Name, overwrite, advice)
	case !errors.As(err, &conflict):
		return err
	case conflict.ImportID == "":
		return fmt.Errorf("%w. %s", err, conflictAdvice{op: op})
	}
	object := r.objectKey(conflict.ID)
	advice := conflictAdvice{op: op, importID: conflict.ImportID}
	inProgram, held := r.env.Claims.HeldByOther(object, op.urn)
	isReplaced, inState := r.env.Claims.ResourcesOf(object, op.urn)
	advice.isReplaced = isReplaced
	if held {
		advice.inProgram = r.Kind() + " " + inProgram
	}
	if inState != "" {
		advice.inState = r.Kind() + " " + inState
	}
	return fmt.Errorf("%w. It is %s. %s", err, conflict.ImportID, advice)
}

// conflictAdvice describes what to do if an object to be created already exists. None
// of the advice destroys the object: after an import of an object that the state has
// under another name, the next update would delete it, so an alias comes first.
type conflictAdvice struct {
	op operation
	// setting is true for the value of a setting, and false for an object.
	setting bool
	// importID is that of the object, if it is known.
	importID string
	// isReplaced is true if the object is the one that the create replaces.
	isReplaced bool
	// inProgram is another resource of the program that has the object, and inState
	// one in the state.
	inProgram, inState string
}

func (a conflictAdvice) String() string {
	alias := "add its old name to the resource option `aliases`"
	if strings.Contains(string(a.op.urn.QualifiedType()), "$") {
		alias = "add its old name, or that of its parent component, to the resource option `aliases` of the one that was renamed"
	}
	alias += ", so that Pulumi keeps the object"
	const replace = "set the resource option `deleteBeforeReplace`, so that the old object is deleted first"
	switch {
	case a.inProgram != "":
		return fmt.Sprintf("The program has it as %s: choose another name.", a.inProgram)
	case a.isReplaced:
		return "It is the object that this create replaces: " + replace + "."
	case a.inState != "":
		return fmt.Sprintf("It is in the state as %s. If you renamed the resource in the program, %s.%s", a.inState, alias, a.otherwise(""))
	}
	importAdvice := ""
	if a.importID != "" {
		importAdvice = fmt.Sprintf("if no stack manages it, import it with `pulumi import pgbeam:index:%s %s %s`", a.op.kind, a.op.name, a.importID)
	}
	return "If you renamed or moved the resource in the program, " + alias + ". " +
		"If the resource is being replaced (--replace, taint), " + replace + "." + a.otherwise(importAdvice)
}

// otherwise returns the alternatives: the one that is passed, and another name unless
// it is a setting.
func (a conflictAdvice) otherwise(alternative string) string {
	switch {
	case a.setting && alternative == "":
		return ""
	case a.setting:
		return " Otherwise, " + alternative + "."
	case alternative == "":
		return " Otherwise, choose another name."
	default:
		return " Otherwise, choose another name, or, " + alternative + "."
	}
}
