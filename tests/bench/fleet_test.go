// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"cmp"
	"flag"
	"fmt"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var fleets = flag.String("fleets", "", "deploy only the fleets of these `SIZES`, such as 100,1000")

// fleet is a stack with many agent credentials.
type fleet struct {
	credentials int
	checkpoints bool // the CLI writes the state after each step
	by          []program
	// onlyUp is true if nothing but the first deployment is measured.
	onlyUp bool
	// repetitions is how often the fleet is deployed by each program in turn, so that other
	// load on the machine affects all of them. The median is reported.
	repetitions int
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
	both := []program{floor, plugin}
	all := []fleet{
		{credentials: 1000, by: both, repetitions: 3},
		{credentials: 1000, checkpoints: true, by: []program{floor}, onlyUp: true, repetitions: 1},
	}
	if *growth {
		all[1] = fleet{credentials: 1000, checkpoints: true, by: both, repetitions: 1}
		all = append(all,
			fleet{credentials: 100, by: both, repetitions: 3},
			fleet{credentials: 100, checkpoints: true, by: both, repetitions: 3},
			fleet{credentials: 10000, by: both, repetitions: 1})
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
	// The API is in this process. It must not take the time of the deployments for its garbage.
	defer debug.SetGCPercent(debug.SetGCPercent(1000))
	for _, credentials := range sizes(1000, 100, 10000) {
		if isSelected(credentials) {
			b.Run(fmt.Sprintf("by=http/n=%d", credentials), func(b *testing.B) { sendFleet(b, credentials) })
		}
	}
	for _, f := range selectFleets(b) {
		f.run(b)
	}
}

// run measures the operations on the fleet, one after the other, and reports their medians.
func (f fleet) run(b *testing.B) {
	b.Helper()
	checkpoints := map[bool]string{true: "yes", false: "no"}[f.checkpoints]
	results := map[string][]fleetResult{}
	var names []string
	for range f.repetitions {
		for _, by := range f.by {
			d := newDeployment(b, by.path, f.credentials, "PULUMI_SKIP_CHECKPOINTS="+strconv.FormatBool(!f.checkpoints))
			for _, operation := range fleetOperations {
				if f.onlyUp && operation.name != "up" {
					continue
				}
				name := fmt.Sprintf("by=%s/checkpoints=%s/n=%d/of=%s", by.name, checkpoints, f.credentials, operation.name)
				if results[name] == nil {
					names = append(names, name)
				}
				start := time.Now()
				requests := d.run(b, operation.args...)
				results[name] = append(results[name], fleetResult{time.Since(start), requests, d.stateSize(b) / 1e6})
			}
		}
	}
	for _, name := range names {
		slices.SortFunc(results[name], func(a, b fleetResult) int { return cmp.Compare(a.duration, b.duration) })
		median := results[name][len(results[name])/2]
		b.Run(name, func(b *testing.B) {
			b.ReportMetric(float64(median.duration), "ns/op")
			b.ReportMetric(median.requests, "requests")
			b.ReportMetric(median.stateMB, "state-MB")
		})
	}
}

// fleetResult is the result of an operation on a fleet.
type fleetResult struct {
	duration          time.Duration
	requests, stateMB float64
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
