// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// results are the measured values by benchmark and unit, and the machine
// properties that the benchmarks print.
type results struct {
	values  map[string]map[string][]float64
	machine map[string]string
}

var cpuSuffix = regexp.MustCompile(`-\d+$`)

// parse parses the output of `go test -bench`.
func parse(text string) results {
	r := results{values: map[string]map[string][]float64{}, machine: map[string]string{}}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && (name == "cpu" || name == "goos" || name == "goarch") {
			r.machine[name] = value
		}
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") {
			continue
		}
		name := strings.TrimPrefix(cpuSuffix.ReplaceAllString(fields[0], ""), "Benchmark")
		for i := 2; i+1 < len(fields); i += 2 {
			value, err := strconv.ParseFloat(fields[i], 64)
			if err != nil {
				continue
			}
			if r.values[name] == nil {
				r.values[name] = map[string][]float64{}
			}
			r.values[name][fields[i+1]] = append(r.values[name][fields[i+1]], value)
		}
	}
	return r
}

// get returns the median of the values of a benchmark.
func (r results) get(name, unit string) (float64, bool) {
	values := slices.Sorted(slices.Values(r.values[name][unit]))
	if len(values) == 0 {
		return 0, false
	}
	middle := len(values) / 2
	if len(values)%2 == 0 {
		return (values[middle-1] + values[middle]) / 2, true
	}
	return values[middle], true
}

// highest returns the highest of the values of a benchmark.
func (r results) highest(name, unit string) (float64, bool) {
	values := r.values[name][unit]
	if len(values) == 0 {
		return 0, false
	}
	return slices.Max(values), true
}

func (r results) seconds(name string) (float64, bool) {
	ns, ok := r.get(name, "ns/op")
	return ns / 1e9, ok
}

// describeMachine describes the machine on which the benchmarks ran.
func describeMachine(r results) string {
	memory := "unknown"
	if info, err := os.ReadFile("/proc/meminfo"); err == nil {
		if fields := strings.Fields(string(info)); len(fields) > 1 {
			if kib, err := strconv.ParseFloat(fields[1], 64); err == nil {
				memory = fmt.Sprintf("%.0f GiB", kib/(1<<20))
			}
		}
	}
	rounds := 0
	for _, units := range r.values {
		for _, values := range units {
			rounds = max(rounds, len(values))
		}
	}
	return fmt.Sprintf("Measured on %d CPUs (%s, %s/%s) with %s of memory and %s. Each figure is the median of %d rounds, or the one of the first.\n",
		runtime.NumCPU(), r.machine["cpu"], r.machine["goos"], r.machine["goarch"], memory, runtime.Version(), rounds)
}

// row is a row of the table.
type row struct {
	benchmark, floor, plugin, ratio, goal string
	met                                   bool
}

// table returns the rows for which there are results.
func table(r results) []row {
	var rows []row
	// addRatio adds a row whose goal is a ratio of the plugin's value to its floor.
	addRatio := func(benchmark, floorName, pluginName, unit, format string, factor, maxRatio float64) {
		floor, hasFloor := r.get(floorName, unit)
		plugin, hasPlugin := r.get(pluginName, unit)
		if hasFloor && hasPlugin {
			rows = append(rows, row{
				benchmark, fmt.Sprintf(format, floor*factor), fmt.Sprintf(format, plugin*factor), fmt.Sprintf("%.2f", plugin/floor),
				fmt.Sprintf("≤ %.2f", maxRatio), plugin <= floor*maxRatio,
			})
		}
	}
	// addLimit adds a row whose goal is an absolute limit.
	addLimit := func(benchmark, name, unit, format string, factor, limit float64) {
		if value, ok := r.get(name, unit); ok {
			rows = append(rows, row{benchmark, "", fmt.Sprintf(format, value*factor), "", "< " + fmt.Sprintf(format, limit), value*factor < limit})
		}
	}
	const second = 1e-9
	addRatio("1,000 creates, 16 at a time, with an API latency of 25 ms; floor: the same requests with net/http alone",
		"Creates/latency=25ms/by=floor/n=1000", "Creates/latency=25ms/by=plugin/n=1000", "ns/op", "%.2f s", second, 1.25)
	floor, hasFloor := r.seconds("Creates/latency=0ms/by=floor/n=1000")
	null, hasNull := r.seconds("Creates/latency=0ms/by=null/n=1000")
	addRatio("the same creates; floor: the plugin without the journal of interrupted creates",
		"Journal/by=floor", "Journal/by=plugin", "s/1000", "%.2f s", 1, 1.02)
	plugin, hasPlugin := r.seconds("Creates/latency=0ms/by=plugin/n=1000")
	if hasFloor && hasNull && hasPlugin {
		rows = append(rows, row{
			"1,000 creates, 16 at a time, without API latency", fmt.Sprintf("%.2f s", floor), fmt.Sprintf("%.2f s", plugin),
			fmt.Sprintf("%.2f", plugin/floor), fmt.Sprintf("none: a plugin that sends no requests takes %.2f s", null), true,
		})
	}
	addRatio("`pulumi up` of a project, a policy and 200 agent credentials; floor: a no-op provider",
		"Up/by=floor/n=200", "Up/by=plugin/n=200", "ns/op", "%.2f s", second, 1.15)
	addRatio("size of the state of that deployment", "Up/by=floor/n=200", "Up/by=plugin/n=200", "state-MB", "%.2f MB", 1, 1.5)
	for _, kind := range []struct {
		objects, name string
		n             int
	}{
		{"1,000 cache rules", "CacheRule", 1000},
		{"500 replicas", "Replica", 500},
		{"500 custom domains", "CustomDomain", 500},
		{"200 enrollments", "SelfHostEnrollment", 200},
	} {
		name := fmt.Sprintf("Refresh/kind=%s/n=%d", kind.name, kind.n)
		pages, hasPages := r.get(name, "pages")
		requests, hasRequests := r.get(name, "requests")
		if hasPages && hasRequests {
			rows = append(rows, row{
				"requests of a refresh of " + kind.objects + " of one parent; floor: the pages of the list",
				fmt.Sprint(pages), fmt.Sprint(requests), fmt.Sprintf("%.2f", requests/pages), "≤ pages + 1", requests <= pages+1,
			})
		}
	}
	for _, n := range []int{1000, 10000} {
		pages, hasPages := r.get(fmt.Sprintf("Fleet/by=http/n=%d/of=refresh", n), "requests")
		requests, hasRequests := r.highest(fleetResult("plugin", "no", n, "refresh"), "requests")
		if hasPages && hasRequests {
			const others = 10 // such as the reads of the project and the policy
			rows = append(rows, row{
				fmt.Sprintf("requests of a `pulumi refresh` of %s agent credentials; floor: the pages of the list", formatNumber(float64(n))),
				fmt.Sprint(pages), fmt.Sprint(requests), fmt.Sprintf("%.2f", requests/pages), fmt.Sprintf("≤ pages + %d", others), requests <= pages+others,
			})
		}
	}
	for _, step := range []struct{ command, name string }{
		{"a preview", "preview"},
		{"an `up` without changes", "nothing"},
		{"that `up`", "creates"},
		{"an update of one resource", "update"},
		{"the `destroy`", "deletes"},
	} {
		minimum, hasMinimum := r.get("Requests/of="+step.name, "minimum")
		requests, hasRequests := r.get("Requests/of="+step.name, "requests")
		if hasMinimum && hasRequests {
			rows = append(rows, row{
				"requests of " + step.command + "; floor: the minimum that the API requires",
				fmt.Sprint(minimum), fmt.Sprint(requests), "", "the minimum", minimum == requests,
			})
		}
	}
	limit, hasLimit := r.get("Limited/n=1000", "floor-s")
	duration, hasDuration := r.seconds("Limited/n=1000")
	throttled, hasThrottled := r.get("Limited/n=1000", "throttled-%")
	if hasLimit && hasDuration && hasThrottled {
		rows = append(rows,
			row{
				"1,000 creates with a rate limit of 50 requests a second; floor: the duration at that rate",
				fmt.Sprintf("%.2f s", limit), fmt.Sprintf("%.2f s", duration), fmt.Sprintf("%.2f", duration/limit), "≤ 1.15", duration <= 1.15*limit,
			},
			row{"share of these requests that are throttled", "", fmt.Sprintf("%.1f %%", throttled), "", "≤ 3 %", throttled <= 3})
	}
	for _, announced := range []struct{ operation, name string }{
		{"creates", "Announced/"},
		{"deletes", "Announced/of=delete/"},
	} {
		for _, reading := range []struct{ counted, description string }{
			{"windows", "counted in windows"},
			{"continuously", "refilled continuously"},
		} {
			name := announced.name + "counted=" + reading.counted + "/n=1000"
			limit, hasLimit := r.get(name, "floor-s")
			duration, hasDuration := r.seconds(name)
			throttled, hasThrottled := r.highest(name, "throttled")
			if hasLimit && hasDuration && hasThrottled {
				rows = append(rows,
					row{
						"1,000 " + announced.operation + " with an announced rate limit of 200 requests in 2 s, " + reading.description +
							", with an API latency of 25 ms; floor: the duration at that rate",
						fmt.Sprintf("%.2f s", limit), fmt.Sprintf("%.2f s", duration), fmt.Sprintf("%.2f", duration/limit), "≤ 1.05", duration <= 1.05*limit,
					},
					row{"number of these requests that are throttled, in the worst round", "", fmt.Sprint(throttled), "", "0", throttled == 0})
			}
		}
	}
	addRatio("plugin start until its response to GetPluginInfo; floor: an infer provider with an empty resource",
		"Start/by=floor", "Start/by=plugin", "ms/start", "%.0f ms", 1, 1.2)
	addLimit("the same, in absolute terms", "Start/by=plugin", "ms/start", "%.0f ms", 1, 150)
	first, hasFirst := r.get("Schema/call=first", "ms/call")
	later, hasLater := r.get("Schema/call=later", "ms/call")
	if hasFirst && hasLater {
		rows = append(rows, row{
			"later calls of GetSchema, compared with the first call", fmt.Sprintf("%.1f ms", first), fmt.Sprintf("%.1f ms", later),
			fmt.Sprintf("%.2f", later/first), "< 0.50", later < first/2,
		})
	}
	idle, hasIdle := r.get("Memory/n=10000", "idle-MiB")
	for _, session := range []struct{ operations, unit string }{
		{"creates", "grown-MiB"},
		{"refreshes", "grown-by-reads-MiB"},
		{"deletes", "grown-by-deletes-MiB"},
	} {
		grown, hasGrown := r.get("Memory/n=10000", session.unit)
		if hasIdle && hasGrown {
			rows = append(rows, row{
				"memory after 10,000 " + session.operations + " in one session; floor: the idle plugin",
				fmt.Sprintf("%.1f MiB", idle), fmt.Sprintf("%.1f MiB", idle+grown),
				fmt.Sprintf("%.2f", (idle+grown)/idle), "< 10 MiB growth", grown < 10,
			})
		}
	}
	for _, operation := range []struct{ name, description string }{
		{"preview-create", "preview of a create"},
		{"create", "create"},
		{"preview-same", "preview without a change"},
		{"refresh", "refresh"},
		{"delete", "delete"},
	} {
		few, hasFew := r.get("Growth/of="+operation.name, "us/100")
		many, hasMany := r.get("Growth/of="+operation.name, "us/10000")
		if hasFew && hasMany {
			rows = append(rows, row{
				"time for each " + operation.description + " of 10,000 in one session; floor: for each of 100",
				fmt.Sprintf("%.2f ms", few/1000), fmt.Sprintf("%.2f ms", many/1000), fmt.Sprintf("%.2f", many/few), "≤ 1.30", many <= 1.3*few,
			})
		}
	}
	addRatio("size of the plugin binary; floor: the empty provider", "Size/by=floor", "Size/by=plugin", "MB", "%.1f MB", 1, 1.15)
	addLimit("`make demo` with its tools already built", "Demo", "ns/op", "%.1f s", second, 20)
	addLimit("start of pgbeam-local until it listens", "LocalStart", "ms/start", "%.0f ms", 1, 100)
	return rows
}

func markdown(rows []row) string {
	var b strings.Builder
	b.WriteString("| benchmark | floor | plugin | ratio | goal | |\n|---|---|---|---|---|---|\n")
	for _, row := range rows {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n",
			row.benchmark, row.floor, row.plugin, row.ratio, row.goal, verdict(row.goal, row.met))
	}
	return b.String()
}

// verdict returns the last cell of a row.
func verdict(goal string, met bool) string {
	switch {
	case strings.HasPrefix(goal, "none"):
		return ""
	case met:
		return "met"
	default:
		return "missed"
	}
}
