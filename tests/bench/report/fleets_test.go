// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const fleetResults = `
BenchmarkFleet/by=http/n=1000/of=up-2                       1    200000000 ns/op   1000 requests
BenchmarkFleet/by=floor/checkpoints=yes/n=100/of=up-2       1   2000000000 ns/op      0 requests
BenchmarkFleet/by=floor/checkpoints=yes/n=1000/of=up-2      1 101000000000 ns/op      0 requests
BenchmarkFleet/by=floor/checkpoints=no/n=1000/of=up-2       1   3000000000 ns/op      0 requests
BenchmarkFleet/by=plugin/checkpoints=no/n=1000/of=up-2      1   3300000000 ns/op   1002 requests
BenchmarkFleet/by=plugin/checkpoints=no/n=10000/of=up-2     1  33000000000 ns/op  10002 requests
`

// rowsOf returns the rows of a size.
func rowsOf(credentials string, rows []fleetRow) []fleetRow {
	return slices.DeleteFunc(slices.Clone(rows), func(row fleetRow) bool { return row.credentials != credentials })
}

func TestFleetTable(t *testing.T) {
	t.Parallel()
	rows := fleetTable(parse(fleetResults))
	const up = "`up` of the new stack"
	assert.Equal(t, []fleetRow{
		{up, "1,000", "no", "0.20 s", "3.00 s", "3.30 s", "1.10", "≤ 1.15", true},
		{up, "1,000", "yes", "0.20 s", "101 s", "", "", "none", true},
		{up, "1,000", "floor: yes, plugin: no", "", "101 s", "3.30 s", "1/31", "≤ 1/20", true},
	}, rowsOf("1,000", rows))
	// 100 times the 99 s by which 1,000 credentials take longer than 100 are 2.8 hours.
	assert.Equal(t, []fleetRow{
		{up, "10,000", "no", "", "", "33 s", "", "none", true},
		{up, "10,000", "yes", "", "not run, about 2.8 h by the growth of the smaller sizes", "", "", "none", true},
	}, rowsOf("10,000", rows))
	assert.Contains(t, fleetMarkdown(rows), "| "+up+" | 1,000 | no | 0.20 s | 3.00 s | 3.30 s | 1.10 | ≤ 1.15 | met |\n")
}

func TestMissedFleetGoals(t *testing.T) {
	t.Parallel()
	rows := rowsOf("1,000", fleetTable(parse(fleetResults+`
BenchmarkFleet/by=plugin/checkpoints=no/n=1000/of=up-2      1   8000000000 ns/op   1002 requests
`)))
	require.Len(t, rows, 3)
	assert.Equal(t, []bool{false, true, false}, []bool{rows[0].met, rows[1].met, rows[2].met})
}

func TestRefreshOfFleetReadsPages(t *testing.T) {
	t.Parallel()
	const pages = "BenchmarkFleet/by=http/n=10000/of=refresh-2 1 900000000 ns/op 100 requests\n"
	for requests, met := range map[string]bool{"103": true, "110": true, "111": false} {
		rows := table(parse(pages + "BenchmarkFleet/by=plugin/checkpoints=no/n=10000/of=refresh-2 1 9000000000 ns/op " + requests + " requests\n"))
		require.Len(t, rows, 1)
		assert.Equal(t, met, rows[0].met, requests)
		assert.Equal(t, "≤ pages + 10", rows[0].goal)
	}
}

func TestGrowthOfFleets(t *testing.T) {
	t.Parallel()
	points := parse(fleetResults).growth(upOfFleets("plugin", "no"), "ns/op", 1)
	assert.Equal(t, []point{{1000, 3.3e9}, {10000, 33e9}}, points)
}
