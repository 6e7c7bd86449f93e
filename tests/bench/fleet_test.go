// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var fleets = flag.String("fleets", "", "deploy only the fleets of these `SIZES`, such as 100,1000")

// fleet is a stack with many agent credentials.
type fleet struct {
	credentials int
	checkpoints bool // the CLI writes the state after each step
	by          program
	// onlyUp is true if nothing but the first deployment is measured.
	onlyUp bool
}

// fleetOperations are the commands in the order in which they are measured. The preview is
// that of the new stack.
var fleetOperations = []struct {
	name string
	args []string
}{
	{"preview", []string{"preview"}},
	{"up", []string{"up", "--yes", "--skip-preview"}},
	{"unchanged-up", []string{"up", "--yes", "--skip-preview", "--expect-no-changes"}},
	{"refresh", []string{"refresh", "--yes", "--skip-preview", "--expect-no-changes"}},
	{"destroy", []string{"destroy", "--yes", "--skip-preview"}},
}

// selectFleets returns the fleets of a round. With checkpoints, the time for each step
// grows with the size, so that 10,000 credentials would take hours.
func selectFleets(b *testing.B) []fleet {
	b.Helper()
	floor, plugin := program{"floor", binaries(b).null}, program{"plugin", binaries(b).plugin}
	all := []fleet{
		{1000, false, floor, false},
		{1000, false, plugin, false},
		{1000, true, floor, !*growth},
	}
	if *growth {
		all = append(all, fleet{1000, true, plugin, false})
		for _, by := range []program{floor, plugin} {
			all = append(all, fleet{100, false, by, false}, fleet{100, true, by, false}, fleet{10000, false, by, false})
		}
	}
	return slices.DeleteFunc(all, func(f fleet) bool { return !isSelected(f.credentials) })
}

// isSelected reports whether -fleets selects a size.
func isSelected(credentials int) bool {
	return *fleets == "" || slices.Contains(strings.Split(*fleets, ","), strconv.Itoa(credentials))
}

// BenchmarkFleet deploys, previews, refreshes and destroys agent credentials with the
// Pulumi CLI, with and without checkpoints, with the plugin and with the null provider, and
// sends the same requests with net/http alone.
func BenchmarkFleet(b *testing.B) {
	for _, credentials := range sizes(1000, 100, 10000) {
		if isSelected(credentials) {
			b.Run(fmt.Sprintf("by=http/n=%d", credentials), func(b *testing.B) { sendFleet(b, credentials) })
		}
	}
	for _, f := range selectFleets(b) {
		checkpoints := map[bool]string{true: "yes", false: "no"}[f.checkpoints]
		b.Run(fmt.Sprintf("by=%s/checkpoints=%s/n=%d", f.by.name, checkpoints, f.credentials), f.run)
	}
}

// run measures the operations on the fleet, one after the other.
func (f fleet) run(b *testing.B) {
	d := newDeployment(b, f.by.path, f.credentials, "PULUMI_SKIP_CHECKPOINTS="+strconv.FormatBool(!f.checkpoints))
	for _, operation := range fleetOperations {
		if f.onlyUp && operation.name != "up" {
			continue
		}
		b.Run("of="+operation.name, func(b *testing.B) {
			b.ReportMetric(d.run(b, operation.args...), "requests")
			b.StopTimer()
			b.ReportMetric(d.stateSize(b)/1e6, "state-MB")
		})
	}
}

// sendFleet sends the requests that the operations need at least: for each credential one
// that creates and one that deletes it, and one for each page of their list. A preview and
// an unchanged deployment need none.
func sendFleet(b *testing.B, credentials int) {
	url := startLocal(b)
	project, _, policy := createParents(b, url)
	floor := newFloorClient(url, project)
	ids := make([]string, credentials)
	b.Run("of=up", func(b *testing.B) {
		concurrently(b, credentials, func(i int) (err error) {
			ids[i], err = floor.createWithID(b, agentName(i), policy)
			return err
		})
		b.ReportMetric(float64(credentials), "requests")
	})
	b.Run("of=refresh", func(b *testing.B) {
		pages, err := floor.list(b)
		require.NoError(b, err)
		b.ReportMetric(float64(pages), "requests")
	})
	b.Run("of=destroy", func(b *testing.B) {
		concurrently(b, credentials, func(i int) error { return floor.delete(b, ids[i]) })
		b.ReportMetric(float64(credentials), "requests")
	})
}
