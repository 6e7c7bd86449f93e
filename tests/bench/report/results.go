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

// results are the values that were measured, by benchmark and unit, and what
// the benchmarks say of the machine.
type results struct {
	values  map[string]map[string][]float64
	machine map[string]string
}

var processors = regexp.MustCompile(`-\d+$`)

// parse reads what `go test -bench` prints.
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
		name := strings.TrimPrefix(processors.ReplaceAllString(fields[0], ""), "Benchmark")
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

// get returns the median of what was measured.
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

func (r results) seconds(name string) (float64, bool) {
	ns, ok := r.get(name, "ns/op")
	return ns / 1e9, ok
}

// machine describes where the results were measured.
func machine(r results) string {
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
	return fmt.Sprintf("Measured on %d processors (%s, %s/%s) with %s of memory, with %s. Each figure is the median of %d rounds.\n",
		runtime.NumCPU(), r.machine["cpu"], r.machine["goos"], r.machine["goarch"], memory, runtime.Version(), rounds)
}

// row is a line of the table.
type row struct {
	what, floor, ours, ratio, goal string
	holds                          bool
}

// table makes the lines whose results are there.
func table(r results) []row {
	var rows []row
	add := func(what, floor, ours, ratio, goal string, holds bool) {
		rows = append(rows, row{what, floor, ours, ratio, goal, holds})
	}
	// compared adds a line that has to stay below so many times its floor.
	compared := func(what, floor, ours, unit, show string, factor, most float64) {
		f, okF := r.get(floor, unit)
		o, okO := r.get(ours, unit)
		if okF && okO {
			add(what, fmt.Sprintf(show, f*factor), fmt.Sprintf(show, o*factor), fmt.Sprintf("%.2f", o/f), fmt.Sprintf("≤ %.2f", most), o <= f*most)
		}
	}
	const second = 1e-9
	compared("1,000 creates, 16 at once, from an API that is 25 ms away; floor: the same requests with net/http alone",
		"Creates/latency=25ms/by=floor/n=1000", "Creates/latency=25ms/by=plugin/n=1000", "ns/op", "%.2f s", second, 1.25)
	floor, okF := r.seconds("Creates/latency=0ms/by=floor/n=1000")
	null, okN := r.seconds("Creates/latency=0ms/by=null/n=1000")
	ours, okO := r.seconds("Creates/latency=0ms/by=plugin/n=1000")
	if okF && okN && okO {
		add("1,000 creates, 16 at once, from an API on this machine that answers at once", fmt.Sprintf("%.2f s", floor), fmt.Sprintf("%.2f s", ours),
			fmt.Sprintf("%.2f", ours/floor), fmt.Sprintf("none: a plugin that makes no request takes %.2f s for them", null), true)
	}
	compared("`pulumi up` of a project, a policy and 200 agent credentials; floor: with a provider that does nothing",
		"Up/by=floor/n=200", "Up/by=plugin/n=200", "ns/op", "%.2f s", second, 1.15)
	compared("the state of these", "Up/by=floor/n=200", "Up/by=plugin/n=200", "state-MB", "%.2f MB", 1, 1.5)
	for _, kind := range []struct {
		what, name string
		n          int
	}{{"1,000 cache rules", "CacheRule", 1000}, {"500 replicas", "Replica", 500}, {"500 custom domains", "CustomDomain", 500}, {"200 enrollments", "SelfHostEnrollment", 200}} {
		name := fmt.Sprintf("Refresh/kind=%s/n=%d", kind.name, kind.n)
		pages, okP := r.get(name, "pages")
		requests, okR := r.get(name, "requests")
		if okP && okR {
			add("requests of a refresh of "+kind.what+" of one parent; floor: the pages of the list",
				fmt.Sprint(pages), fmt.Sprint(requests), fmt.Sprintf("%.2f", requests/pages), "≤ 1 a page, and 1", requests <= pages+1)
		}
	}
	for _, step := range []struct{ what, name string }{
		{"a preview", "preview"},
		{"an `up` without changes", "nothing"},
		{"that `up`", "creates"},
		{"an update of one of them", "update"},
		{"its `destroy`", "deletes"},
	} {
		least, okL := r.get("Requests/of="+step.name, "least")
		requests, okR := r.get("Requests/of="+step.name, "requests")
		if okL && okR {
			add("requests of "+step.what+"; floor: the least that the API allows", fmt.Sprint(least), fmt.Sprint(requests), "", "the same", least == requests)
		}
	}
	limit, okL := r.get("Limited/n=1000", "floor-s")
	took, okT := r.seconds("Limited/n=1000")
	refused, okR := r.get("Limited/n=1000", "refused-%")
	if okL && okT && okR {
		add("1,000 creates from an API that lets 50 requests a second through", fmt.Sprintf("%.2f s", limit), fmt.Sprintf("%.2f s", took),
			fmt.Sprintf("%.2f", took/limit), "≤ 1.15", took <= 1.15*limit)
		add("requests of these that are refused", "", fmt.Sprintf("%.1f %%", refused), "", "≤ 3 %", refused <= 3)
	}
	compared("start of the plugin until it answers GetPluginInfo; floor: an infer provider with an empty resource",
		"Start/by=floor", "Start/by=plugin", "ms/start", "%.0f ms", 1, 1.2)
	// below adds a line that has to stay below a figure.
	below := func(what, name, unit, show string, factor, most float64) {
		if value, ok := r.get(name, unit); ok {
			add(what, "", fmt.Sprintf(show, value*factor), "", "< "+fmt.Sprintf(show, most), value*factor < most)
		}
	}
	below("the same", "Start/by=plugin", "ms/start", "%.0f ms", 1, 150)
	first, okF := r.get("Schema/call=first", "ms/call")
	later, okS := r.get("Schema/call=later", "ms/call")
	if okF && okS {
		add("GetSchema after the first time; beside it: the first time", fmt.Sprintf("%.1f ms", first), fmt.Sprintf("%.1f ms", later),
			fmt.Sprintf("%.2f", later/first), "from memory", later < first/2)
	}
	if idle, ok := r.get("Memory/n=10000", "idle-MiB"); ok {
		grown, _ := r.get("Memory/n=10000", "grown-MiB")
		add("memory after 10,000 creates in one session; floor: the same plugin idle", fmt.Sprintf("%.1f MiB", idle), fmt.Sprintf("%.1f MiB", idle+grown),
			fmt.Sprintf("%.2f", (idle+grown)/idle), "< 10 MiB more", grown < 10)
	}
	compared("size of the plugin; floor: the empty provider", "Size/by=floor", "Size/by=plugin", "MB", "%.1f MB", 1, 1.15)
	below("`make demo`, with the tools built", "Demo", "ns/op", "%.1f s", second, 20)
	below("start of pgbeam-local until it listens", "LocalStart", "ms/start", "%.0f ms", 1, 100)
	return rows
}

func markdown(rows []row) string {
	var b strings.Builder
	b.WriteString("| what | floor | plugin | ratio | goal | |\n|---|---|---|---|---|---|\n")
	for _, row := range rows {
		holds := "missed"
		if row.holds {
			holds = "holds"
		}
		if strings.HasPrefix(row.goal, "none") {
			holds = ""
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", row.what, row.floor, row.ours, row.ratio, row.goal, holds)
	}
	return b.String()
}
