// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
)

// withConflict adds to the error of a create the object that already exists, and
// what to do about it.
func (r *Resource) withConflict(op operation, inputs property.Map, err error) error {
	var overwrite *kind.OverwriteError
	var conflict *kind.ConflictError
	advice := conflictAdvice{op: op}
	switch {
	case errors.As(err, &overwrite):
		key := r.settingKey("", inputs)
		advice.setting, advice.ownID, advice.importID = true, overwrite.ID, r.ImportID.Of(overwrite.ID, inputs)
		advice.predates = true // the API does not return the age of a value
		advice.inProgram, _ = r.env.Claims.HeldByOther(key, op.urn)
		_, advice.inState = r.env.Claims.ResourcesOf(key, op.urn)
		return fmt.Errorf("%s %w. %s", key.Name, overwrite, advice)
	case !errors.As(err, &conflict):
		return err
	}
	created, _ := time.Parse(time.RFC3339Nano, conflict.CreatedAt) // zero if it is not known
	advice.predates = r.env.Claims.Predates(created)
	if conflict.ImportID == "" {
		return fmt.Errorf("%w. %s", err, advice)
	}
	object := r.objectKey(conflict.ID)
	advice.ownID, advice.importID = conflict.ID, conflict.ImportID
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
// of the advice destroys the object, in whatever order it is followed:
//
//   - After an import of an object that the state has under another name, the next update
//     would delete it, so an alias comes first.
//   - The published dynamic provider, another stack or Terraform may manage the object,
//     which the provider cannot see. In a stack with dynamic resources that the program
//     no longer has, the failed create is what keeps the engine from deleting them. So an
//     import and another name are for objects that nothing manages.
type conflictAdvice struct {
	op operation
	// setting is true for the value of a setting, and false for an object.
	setting bool
	// predates is true if the object may have existed before this run began.
	predates bool
	// ownID is the ID of the object in the API, and importID the one that an import takes,
	// if they are known.
	ownID, importID string
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
	case a.inProgram != "" && a.setting:
		return fmt.Sprintf("The program sets it with %s, too: keep one of the two.", a.inProgram)
	case a.inProgram != "":
		return fmt.Sprintf("The program has it as %s: choose another name.", a.inProgram)
	case a.isReplaced:
		return "It is the object that this create replaces: " + replace + "."
	case a.inState != "" && a.setting:
		return fmt.Sprintf("It is in the state as %s. If you renamed the resource in the program, %s.", a.inState, alias)
	case a.inState != "":
		return fmt.Sprintf("It is in the state as %s. If you renamed the resource in the program, %s. Otherwise, choose another name.", a.inState, alias)
	}
	return a.migration() +
		"If you renamed or moved the resource in the program, " + alias + ". " +
		"If you replace the resource (--replace, taint) without other changes, " + replace + "." + a.alternatives()
}

// migrationGuide is the page about objects that something else manages.
const migrationGuide = "https://github.com/pgbeam/pulumi-pgbeam/blob/main/MIGRATING.md"

// whereManaged describes how to find out what manages an object.
const whereManaged = "`pulumi stack export` shows the IDs of what a stack manages, with any provider, and `terraform state pull` those of a Terraform state"

// migration is the advice for an object that something else may manage.
func (a conflictAdvice) migration() string {
	if !a.predates {
		return ""
	}
	search := "it"
	if a.ownID != "" {
		search = a.ownID
	}
	otherName := ", and so can one that creates another object under another name"
	if a.setting {
		otherName = ""
	}
	return "It may have existed before this update began, and something else may manage it: the dynamic provider (@pgbeam/pulumi) in this or in another stack, " +
		"another stack with this provider, or Terraform. Read " + migrationGuide + " first. To find out, look for " + search + ": " + whereManaged + ". " +
		"If it is there, move it as that page describes: after an import, `pulumi up` can delete it" + otherName + ". "
}

// alternatives are another name, unless it is a setting, and an import.
func (a conflictAdvice) alternatives() string {
	var alternatives []string
	if !a.setting {
		alternatives = append(alternatives, "choose another name")
	}
	if a.importID != "" {
		alternatives = append(alternatives, fmt.Sprintf("import it with `pulumi import pgbeam:index:%s %s %s`", a.op.kind, a.op.name, a.importID))
	}
	if len(alternatives) == 0 {
		return ""
	}
	return " Only if nothing manages it, neither a stack, with any provider, nor Terraform, " + strings.Join(alternatives, ", or ") + "."
}
