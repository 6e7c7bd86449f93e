// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/internal/stacktest"
)

// mutations returns the requests that change something.
func mutations(local *localapi.Local) (requests []string) {
	for _, request := range stacktest.Mutations(local) {
		requests = append(requests, request.Method+" "+request.Path)
	}
	return requests
}

// findByID returns an object as the API holds it.
func findByID(t *testing.T, local *localapi.Local, kind, id string) map[string]any {
	t.Helper()
	objects := local.Objects(kind)
	i := slices.IndexFunc(objects, func(object map[string]any) bool { return object["id"] == id })
	require.GreaterOrEqual(t, i, 0, id)
	return objects[i]
}

// changedKinds returns the requests that change something since the last reset by the kind of the
// object, such as "POST agents".
func changedKinds(local *localapi.Local) []string {
	var found []string
	for _, request := range stacktest.Mutations(local) {
		found = append(found, request.Method+" "+path.Base(strings.TrimSuffix(withoutIDs(request.Path), "/*")))
	}
	slices.Sort(found)
	return found
}

// deployChange deploys another program, which makes the requests, and returns the state.
func deployChange(s *clitest.Stack, program string, requests ...string) map[string]stacktest.Resource {
	s.Helper()
	s.WriteProgram(program)
	s.Local.ResetRequests()
	s.Up("--skip-preview")
	assert.Equal(s, requests, changedKinds(s.Local))
	s.AddCanaries()
	return s.StateWithSecrets()
}

// unchangedExcept requires that the children of components have the same IDs and outputs in two
// states, except for those with the names.
func unchangedExcept(t *testing.T, before, after map[string]stacktest.Resource, names ...string) {
	t.Helper()
	for _, state := range []map[string]stacktest.Resource{before, after} {
		for name, resource := range state {
			if !strings.Contains(resource.URN, "$") || slices.Contains(names, name) {
				continue
			}
			assert.Equal(t, before[name].ID, after[name].ID, name)
			assert.Equal(t, before[name].Outputs, after[name].Outputs, name)
		}
	}
}

// writes returns the requests other than GET since the last reset, without the IDs in their paths.
func writes(local *localapi.Local) []string {
	var found []string
	for _, request := range local.Requests() {
		if request.Method != http.MethodGet {
			found = append(found, request.Method+" "+withoutIDs(request.Path))
		}
	}
	slices.Sort(found)
	return found
}

// withoutIDs returns a path with an asterisk for each ID.
func withoutIDs(path string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if strings.Contains(segment, "_") {
			segments[i] = "*"
		}
	}
	return strings.Join(segments, "/")
}

// resourceIDs returns the IDs in a state by the names of the resources.
func resourceIDs(state map[string]stacktest.Resource) map[string]string {
	ids := map[string]string{}
	for name, resource := range state {
		ids[name] = resource.ID
	}
	return ids
}

// childIDs returns the IDs of the resources in the state of a stack whose names begin with a
// prefix.
func childIDs(s *clitest.Stack, prefix string) map[string]string {
	s.Helper()
	ids := resourceIDs(s.State())
	maps.DeleteFunc(ids, func(name, _ string) bool { return !strings.HasPrefix(name, prefix) })
	return ids
}

// diagnosticErrors returns the errors in the diagnostics of the CLI, without its
// summary.
func diagnosticErrors(output string) []string {
	isSummary := func(text string) bool { return text == "update failed" || text == "preview failed" }
	return slices.DeleteFunc(diagnosticsOf("error", output), isSummary)
}

// diagnosticsOf returns the lines of a severity in the diagnostics of the CLI.
func diagnosticsOf(severity, output string) []string {
	var found []string
	_, diagnostics, _ := strings.Cut(output, "Diagnostics:")
	for line := range strings.Lines(diagnostics) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), severity+": "); ok {
			found = append(found, text)
		}
	}
	return found
}
