// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package enginetest

import (
	"context"
	"io/fs"
	"testing"

	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

// Process is a plugin process with a journal, in one run of the engine. Unless Shutdown
// is called, it counts as killed.
type Process struct {
	*Engine
	recovery *lifecycle.Recovery
	// Warnings are those about interrupted requests.
	Warnings []string
}

// Run describes a run of the engine.
type Run struct {
	// ProviderID is the ID of the provider in the state, or "" in a preview that does not know
	// it yet. CreatesProvider is true if the run has generated it.
	ProviderID      string
	CreatesProvider bool
	// Journal is the directory of the journal. It is lost if it is "".
	Journal string
	// State reads the state, if the backend is a local folder.
	State func(project, stack string) (fs.File, error)
}

// StartProcess starts the plugin process of a run.
func StartProcess(tb testing.TB, local *localapi.Local, run Run, options provider.Options, settings ...map[string]string) *Process {
	tb.Helper()
	journal := &createjournal.Journal{}
	journal.Open(createjournal.Options{Root: run.Journal, Backend: "test", State: run.State})
	if run.ProviderID == "" {
		journal.ConfigureUnknown()
	} else {
		journal.Configure(run.ProviderID, run.CreatesProvider)
	}
	options.Recovery = lifecycle.NewRecovery(journal)
	process := &Process{Engine: Plugin(tb, local, options, settings...), recovery: options.Recovery}
	options.Recovery.Warn = func(_ context.Context, message string) { process.Warnings = append(process.Warnings, message) }
	return process
}

// Shutdown ends the run in an orderly way.
func (p *Process) Shutdown() { p.recovery.End(context.Background()) }

// Cancel cancels the run.
func (p *Process) Cancel() { p.recovery.Cancelled() }
