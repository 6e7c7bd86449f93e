// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// panel is a single plot with logarithmic axes.
type panel struct {
	title, unit string
	lines       []series
}

type series struct {
	label, color string
	points       []point
}

type point struct{ n, value float64 }

const (
	gray, blue, orange, green, purple = "#8a8f98", "#1f6feb", "#d1640f", "#2a9d5c", "#8250df"
)

// panels returns the plots of the benchmarks that run at several sizes.
func panels(r results) []panel {
	seconds := func(format string) []point { return r.growth(format, "ns/op", 1e-9) }
	return []panel{
		{"Creates, 16 at a time", "s", []series{
			{"net/http alone", gray, seconds("Creates/latency=0ms/by=floor/n=")},
			{"plugin without requests", green, seconds("Creates/latency=0ms/by=null/n=")},
			{"plugin", blue, seconds("Creates/latency=0ms/by=plugin/n=")},
			{"net/http, latency of 25 ms", orange, seconds("Creates/latency=25ms/by=floor/n=")},
			{"plugin, latency of 25 ms", purple, seconds("Creates/latency=25ms/by=plugin/n=")},
		}},
		{"pulumi up of agent credentials", "s", []series{
			{"a no-op provider", gray, seconds(upOfFleets("floor", "no"))},
			{"the same, checkpoints", orange, seconds(upOfFleets("floor", "yes"))},
			{"plugin", blue, seconds(upOfFleets("plugin", "no"))},
			{"plugin, checkpoints", purple, seconds(upOfFleets("plugin", "yes"))},
		}},
		{"Requests of a refresh", "", []series{
			{"pages of the list", gray, r.growth("Refresh/kind=CacheRule/n=", "pages", 1)},
			{"cache rules", blue, r.growth("Refresh/kind=CacheRule/n=", "requests", 1)},
			{"replicas", orange, r.growth("Refresh/kind=Replica/n=", "requests", 1)},
			{"custom domains", green, r.growth("Refresh/kind=CustomDomain/n=", "requests", 1)},
			{"enrollments", purple, r.growth("Refresh/kind=SelfHostEnrollment/n=", "requests", 1)},
		}},
		{"State of agent credentials", "MB", []series{
			{"a no-op provider", gray, r.growth(upOfFleets("floor", "no"), "state-MB", 1)},
			{"plugin", blue, r.growth(upOfFleets("plugin", "no"), "state-MB", 1)},
		}},
		{"Creates, limited to 50 requests a second", "s", []series{
			{"minimum at that rate", gray, r.growth("Limited/n=", "floor-s", 1)},
			{"plugin", blue, seconds("Limited/n=")},
		}},
		{"Memory after operations of a session", "MiB", []series{
			{"idle", gray, r.growth("Memory/n=", "idle-MiB", 1)},
			{"after creates", blue, r.sum("Memory/n=", "idle-MiB", "grown-MiB")},
			{"after refreshes", green, r.sum("Memory/n=", "idle-MiB", "grown-by-reads-MiB")},
			{"after deletes", orange, r.sum("Memory/n=", "idle-MiB", "grown-by-deletes-MiB")},
		}},
	}
}

// upOfFleets is the name of the results of deploying fleets, for growth.
func upOfFleets(by, checkpoints string) string {
	return fmt.Sprintf("Fleet/by=%s/checkpoints=%s/n=*/of=up", by, checkpoints)
}

// growth returns the values of a benchmark by size, which is at the asterisk in its name, or
// at the end.
func (r results) growth(name, unit string, factor float64) []point {
	before, after, _ := strings.Cut(name, "*")
	size := regexp.MustCompile("^" + regexp.QuoteMeta(before) + `(\d+)` + regexp.QuoteMeta(after) + "$")
	var points []point
	for name := range r.values {
		match := size.FindStringSubmatch(name)
		if match == nil {
			continue
		}
		n, _ := strconv.ParseFloat(match[1], 64)
		if value, ok := r.get(name, unit); ok && value > 0 {
			points = append(points, point{n, value * factor})
		}
	}
	slices.SortFunc(points, func(a, b point) int { return cmp.Compare(a.n, b.n) })
	return points
}

// sum returns the sums of two values of a benchmark by size.
func (r results) sum(prefix, unit, otherUnit string) []point {
	points := r.growth(prefix, unit, 1)
	for i := range points {
		other, _ := r.get(fmt.Sprintf("%s%.0f", prefix, points[i].n), otherUnit)
		points[i].value += other
	}
	return points
}

const (
	panelWidth, panelHeight = 440.0, 300.0
	left, right             = 58.0, 30.0 // margins
	top, bottom             = 34.0, 76.0
	columns                 = 2
	plotWidth, plotHeight   = panelWidth - left - right, panelHeight - top - bottom
)

// drawSVG draws the panels that have a line.
func drawSVG(panels []panel) string {
	panels = slices.DeleteFunc(slices.Clone(panels), func(p panel) bool {
		return !slices.ContainsFunc(p.lines, func(s series) bool { return len(s.points) > 1 })
	})
	rows := (len(panels) + columns - 1) / columns
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="11">`+"\n",
		panelWidth*columns, panelHeight*float64(rows))
	b.WriteString(`<rect width="100%" height="100%" fill="#ffffff"/>` + "\n")
	for i, p := range panels {
		fmt.Fprintf(&b, `<g transform="translate(%.0f %.0f)">`+"\n", panelWidth*float64(i%columns), panelHeight*float64(i/columns))
		p.drawSVG(&b)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// axis maps values to coordinates on a logarithmic scale.
type axis struct {
	low, high, from, to float64
	ticks               []float64
}

// newAxis returns an axis whose ends are the closest values of the sequence 1, 2,
// 5, 10, ... that enclose the given values. It has ticks at powers of ten, or at
// all values of the sequence if the axis is short.
func newAxis(values []float64, from, to float64) axis {
	minValue, maxValue := slices.Min(values), slices.Max(values)
	var steps []float64
	for power := math.Floor(math.Log10(minValue)); power <= math.Ceil(math.Log10(maxValue)); power++ {
		for _, digit := range []float64{1, 2, 5} {
			steps = append(steps, digit*math.Pow(10, power))
		}
	}
	first, last := 0, len(steps)-1
	for first+1 < last && steps[first+1] <= minValue {
		first++
	}
	for last-1 > first && steps[last-1] >= maxValue {
		last--
	}
	a := axis{low: math.Log10(steps[first]), high: math.Log10(steps[last]), from: from, to: to}
	for i := first; i <= last; i++ {
		if i%3 == 0 || last-first < 5 {
			a.ticks = append(a.ticks, steps[i])
		}
	}
	return a
}

func (a axis) position(value float64) float64 {
	return a.from + (math.Log10(value)-a.low)/(a.high-a.low)*(a.to-a.from)
}

func (p panel) drawSVG(b *strings.Builder) {
	var ns, values []float64
	for _, line := range p.lines {
		for _, point := range line.points {
			ns, values = append(ns, point.n), append(values, point.value)
		}
	}
	xAxis, yAxis := newAxis(ns, left, left+plotWidth), newAxis(values, top+plotHeight, top)
	text := func(x, y float64, anchor, color, s string) {
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`+"\n", x, y, anchor, color, html.EscapeString(s))
	}
	title := p.title
	if p.unit != "" {
		title += " (" + p.unit + ")"
	}
	fmt.Fprintf(b, `<text x="%.0f" y="20" font-size="13" font-weight="bold" fill="#24292f">%s</text>`+"\n", left, html.EscapeString(title))
	for _, tick := range xAxis.ticks {
		x := xAxis.position(tick)
		fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#e5e7eb"/>`+"\n", x, top, x, top+plotHeight)
		text(x, top+plotHeight+15, "middle", "#57606a", formatNumber(tick))
	}
	for _, tick := range yAxis.ticks {
		y := yAxis.position(tick)
		fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#e5e7eb"/>`+"\n", left, y, left+plotWidth, y)
		text(left-6, y+4, "end", "#57606a", formatNumber(tick))
	}
	for i, line := range slices.Backward(p.lines) { // the floor last, on top of the others
		var coordinates []string
		for _, point := range line.points {
			coordinates = append(coordinates, fmt.Sprintf("%.1f,%.1f", xAxis.position(point.n), yAxis.position(point.value)))
		}
		dashes := ""
		if line.color == gray {
			dashes = ` stroke-dasharray="5 4"`
		}
		fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"%s/>`+"\n", strings.Join(coordinates, " "), line.color, dashes)
		for _, point := range line.points {
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", xAxis.position(point.n), yAxis.position(point.value), line.color)
		}
		// The legend is below the plot, with two entries per line.
		x, y := left+float64(i%2)*plotWidth/2, top+plotHeight+32+float64(i/2)*14
		fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="3"/>`+"\n", x, y-4, x+10, y-4, line.color)
		text(x+14, y, "start", "#24292f", line.label)
	}
	text(left+plotWidth-4, top+plotHeight-6, "end", "#57606a", "number of objects")
}

// formatNumber formats the label of a tick.
func formatNumber(v float64) string {
	if v >= 1000 {
		s := strconv.FormatFloat(v, 'f', -1, 64)
		for i := len(s) - 3; i > 0; i -= 3 {
			s = s[:i] + "," + s[i:]
		}
		return s
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
