// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/scenario"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// phase is the command that is interrupted.
type phase struct {
	name string
	// program changes the program before the command. It may be nil.
	program func(p program)
	// deploys is true if the program is deployed before program changes it.
	deploys bool
	// command returns the arguments of the command. The default is an update.
	command func(r *killRun) []string
}

var phases = []phase{
	{name: "first up"},
	{name: "up with changes", deploys: true, program: func(p program) {
		p.change(1)
		p.rotate(1)
	}},
	{name: "rotation", deploys: true, program: func(p program) { p.rotate(1) }},
	{name: "up --replace", deploys: true, command: (*killRun).forcedReplacement},
	{name: "destroy", deploys: true, command: func(*killRun) []string { return []string{"destroy", "--yes", "--skip-preview"} }},
}

// up are the arguments of an update.
var up = []string{"up", "--yes", "--skip-preview"}

// arguments returns the arguments of the command of a phase.
func (p phase) arguments(r *killRun) []string {
	if p.command == nil {
		return up
	}
	return p.command(r)
}

// forcedReplacement returns the arguments of an update that replaces objects of several
// kinds, with and without names.
func (r *killRun) forcedReplacement() []string {
	args, state := up, r.State()
	for _, name := range []string{"idle", "reports", "hooks", "enrollment", "salaries", "shop-replica-0", "orders"} {
		args = append(args[:len(args):len(args)], "--replace", state[name].URN)
	}
	return args
}

// followup is what the user does after the interruption.
type followup struct {
	name string
	// program changes the program before the update. It may be nil.
	program func(r *killRun)
	// destroys is true if the user destroys the stack instead of updating it.
	destroys bool
	// exact is true if every object has to be in the state: naming one is not enough.
	exact bool
}

var followups = []followup{
	{name: "up again", exact: true},
	{name: "destroy", destroys: true},
	{name: "removal of the resource", program: (*killRun).removeInterrupted},
	{name: "change of inputs", program: func(r *killRun) { r.program.change(2) }},
	{name: "rename", program: (*killRun).renameWithoutAlias},
	{name: "rename with alias", program: (*killRun).renameWithAlias},
	{name: "another rotation", program: func(r *killRun) { r.program.rotate(2) }},
	{name: "revert of the rotation", program: func(r *killRun) { r.program.rotate(0) }},
}

// removeInterrupted removes all resources of the interrupted kind, and another one.
func (r *killRun) removeInterrupted() {
	switch r.interrupted {
	case "ProjectDefaultPolicy":
		delete(r.program.properties("shop"), "enforceForHumans")
	default:
		r.program.removeKind(r.interrupted)
	}
	if names := r.program.names(); len(names) > 2 { // an update of an empty program starts no plugin
		r.program.remove(names[1+r.random.IntN(len(names)-1)])
	}
}

// renameWithAlias renames a random half of the resources.
func (r *killRun) renameWithAlias() {
	for _, name := range r.program.names() {
		if r.random.IntN(2) == 0 {
			r.program.rename(name, true)
		}
	}
}

// renameWithoutAlias renames a random half of the resources that can be created while the
// state has the one of the old name.
func (r *killRun) renameWithoutAlias() {
	state := r.State()
	for _, name := range r.program.names() {
		if r.random.IntN(2) == 0 && (state[name].ID == "" || !r.program.isUnique(name)) {
			r.program.rename(name, false)
		}
	}
}

// isUnique reports whether a resource is a setting, or has a name that no two objects have
// in common.
func (p program) isUnique(name string) bool {
	if p.kind(name) == componentKind {
		return false
	}
	kind := scenario.KindNamed(p.kind(name))
	return kind.IsSetting() || slices.ContainsFunc(kind.Resource().UniqueBy, func(property string) bool {
		value, ok := p.properties(name)[property].(string)
		return ok && !strings.HasPrefix(value, "$")
	})
}

// perform does what the user does. It returns the output of the commands.
func (r *killRun) perform(f followup) (output string) {
	r.Helper()
	unlock(r.Stack)
	if r.onAnotherMachine {
		require.NoError(r, os.RemoveAll(filepath.Join(r.Home(), "pgbeam")))
	}
	if f.program != nil {
		f.program(r)
		r.WriteProgram(r.program.text())
	}
	if !f.destroys {
		return r.must(up...)
	}
	// To destroy a stack without a resource of the provider, the CLI starts no plugin, so
	// that nothing can be found: a user who has lost the state has to update the stack first.
	if !r.hasObjects() {
		output = r.must(up...)
	}
	return output + r.must("destroy", "--yes", "--skip-preview")
}

// must runs a command, which has to succeed. If the engine may have discarded a response,
// an object that the command names may prevent a delete: the user deletes it, as the
// warning says, and runs the command again.
func (r *killRun) must(args ...string) string {
	r.Helper()
	output, err := r.Try(args...)
	if err == nil {
		return output
	}
	require.True(r, r.responsesDiscarded, output)
	named, state := namedObject.FindAllStringSubmatch(output, -1), r.AllWithSecrets()
	require.NotEmpty(r, named, output)
	for _, match := range named {
		kind, id := scenario.KindNamed(match[1]), match[2]
		if kind.Resource().ImportID.Key == "" {
			id = path.Base(id)
		}
		require.False(r, slices.ContainsFunc(state, func(resource stacktest.Resource) bool { return resource.ID == id }), "%s is named, and the state has it", id)
		for _, object := range r.Local.Objects(kind.Collection) {
			if kind.IDOf(object) == id { // unless it is named twice
				require.NoError(r, r.Local.Remove(kind.Collection, object["id"].(string)), output)
			}
		}
	}
	return output + r.Must(args...)
}

// namedObject matches the line of a warning that names an object. The groups are its kind
// and its import ID.
var namedObject = regexp.MustCompile(typePrefix + `(\w+) \S+ (\S+)\n`)

// hasObjects reports whether the state has any object.
func (r *killRun) hasObjects() bool {
	for _, resource := range r.State() {
		if strings.HasPrefix(resource.Type, typePrefix) && resource.ID != "" {
			return true
		}
	}
	return false
}

// draws returns n values, in which each of a slice's occurs as often as the others.
func draws[T any](random *rand.Rand, n int, values []T) []T {
	var drawn []T
	for len(drawn) < n {
		for _, i := range random.Perm(len(values)) {
			drawn = append(drawn, values[i])
		}
	}
	return drawn[:n]
}
