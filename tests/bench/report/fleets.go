// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// fleetRow is a row of the table of fleets.
type fleetRow struct {
	operation, credentials, checkpoints string
	http, floor, plugin, ratio, goal    string
	met                                 bool
}

// fleetSizes are the numbers of credentials of a fleet.
var fleetSizes = []int{100, 1000, 10000}

// fleetOperations are the operations on a fleet, with and without writes of checkpoints
// and requests.
var fleetOperations = []struct {
	name, command           string
	writes, sendsNoRequests bool
}{
	{name: "preview", command: "`preview` of the new stack", sendsNoRequests: true},
	{name: "up", command: "`up` of the new stack", writes: true},
	{name: "unchanged-up", command: "`up` without changes", sendsNoRequests: true},
	{name: "refresh", command: "`refresh`"},
	{name: "destroy", command: "`destroy`", writes: true},
}

func fleetResult(by, checkpoints string, n int, operation string) string {
	return fmt.Sprintf("Fleet/by=%s/checkpoints=%s/n=%d/of=%s", by, checkpoints, n, operation)
}

// fleetTable returns the rows for which there are results, and rows with an estimate for
// what takes too long to be measured.
func fleetTable(r results) []fleetRow {
	var rows []fleetRow
	for _, operation := range fleetOperations {
		for _, n := range fleetSizes {
			http := "no requests"
			if !operation.sendsNoRequests {
				loop, hasLoop := r.seconds(fmt.Sprintf("Fleet/by=http/n=%d/of=%s", n, operation.name))
				http = formatSeconds(loop, hasLoop)
			}
			for _, checkpoints := range []string{"no", "yes"} {
				row := fleetRow{
					operation: operation.command, credentials: formatNumber(float64(n)), checkpoints: checkpoints, http: http,
					goal: "none", met: true,
				}
				floor, hasFloor := r.seconds(fleetResult("floor", checkpoints, n, operation.name))
				plugin, hasPlugin := r.seconds(fleetResult("plugin", checkpoints, n, operation.name))
				if row.floor, row.plugin = formatSeconds(floor, hasFloor), formatSeconds(plugin, hasPlugin); hasFloor && hasPlugin {
					row.ratio = fmt.Sprintf("%.2f", plugin/floor)
					if operation.name == "up" && n == 1000 && checkpoints == "no" {
						const maxRatio = 1.15
						row.goal, row.met = fmt.Sprintf("≤ %.2f", maxRatio), plugin <= maxRatio*floor
					}
				}
				if !hasFloor && !hasPlugin {
					if !operation.writes || checkpoints == "no" {
						continue
					}
					row.floor, row.plugin = r.estimate("floor", n, operation.name), r.estimate("plugin", n, operation.name)
					if row.floor == "" && row.plugin == "" {
						continue
					}
				}
				rows = append(rows, row)
			}
		}
	}
	return append(rows, checkpointRow(r)...)
}

// checkpointRow compares the plugin without checkpoints with the floor with checkpoints.
func checkpointRow(r results) []fleetRow {
	const n, minSpeedup = 1000, 20
	floor, hasFloor := r.seconds(fleetResult("floor", "yes", n, "up"))
	plugin, hasPlugin := r.seconds(fleetResult("plugin", "no", n, "up"))
	if !hasFloor || !hasPlugin {
		return nil
	}
	return []fleetRow{{
		operation: "`up` of the new stack", credentials: formatNumber(n), checkpoints: "floor: yes, plugin: no",
		floor: formatSeconds(floor, true), plugin: formatSeconds(plugin, true), ratio: fmt.Sprintf("1/%.0f", floor/plugin),
		goal: fmt.Sprintf("≤ 1/%d", minSpeedup), met: floor >= minSpeedup*plugin,
	}}
}

// estimate estimates the duration of an operation with checkpoints from those of the
// smaller sizes. The number of checkpoints grows with the number of credentials, and so does
// the size of each of them, so that the duration beyond a constant grows with the square.
func (r results) estimate(by string, n int, operation string) string {
	const small, large = 100, 1000
	short, hasShort := r.seconds(fleetResult(by, "yes", small, operation))
	long, hasLong := r.seconds(fleetResult(by, "yes", large, operation))
	if n <= large || !hasShort || !hasLong {
		return ""
	}
	seconds := short + (long-short)/(large*large-small*small)*float64(n*n-small*small)
	return fmt.Sprintf("not run, about %.1f h by the growth of the smaller sizes", seconds/3600)
}

func formatSeconds(seconds float64, ok bool) string {
	switch {
	case !ok:
		return ""
	case seconds < 10:
		return fmt.Sprintf("%.2f s", seconds)
	default:
		return fmt.Sprintf("%.0f s", seconds)
	}
}

func fleetMarkdown(rows []fleetRow) string {
	if len(rows) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n### Fleets\n\n| operation | credentials | checkpoints | HTTP loop | floor | plugin | plugin / floor | goal | |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", row.operation, row.credentials, row.checkpoints,
			row.http, row.floor, row.plugin, row.ratio, row.goal, verdict(row.goal, row.met))
	}
	return b.String()
}
