// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package enginetest

import (
	"testing"

	"github.com/pgbeam/pulumi-pgbeam/internal/createjournal"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/provider"
)

// Process is one process of the plugin. It has a journal of its creates, so that
// the next process completes a create that was interrupted.
type Process struct {
	*Engine
	journal *createjournal.Journal
}

// StartProcess starts a process for the provider resource with an ID. The
// journal is kept in a directory, unless that is empty. To end the process as a
// kill does, stop using it.
func StartProcess(
	tb testing.TB, local *localapi.Local, providerID, dir string, options provider.Options, settings ...map[string]string,
) *Process {
	tb.Helper()
	journal := &createjournal.Journal{}
	journal.Open(providerID, dir)
	options.Journal = journal
	return &Process{Engine: Plugin(tb, local, options, settings...), journal: journal}
}

// Shutdown ends the process as the engine does: whatever was created is in the state.
func (p *Process) Shutdown() { p.journal.Commit() }
