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

// panel is a plot of its own, with logarithmic axes.
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

// panels makes the plots of what was measured at more than one size.
func panels(r results) []panel {
	seconds := func(format string) []point { return r.growth(format, "ns/op", 1e-9) }
	return []panel{
		{"Creates, 16 at once", "s", []series{
			{"net/http alone", gray, seconds("Creates/latency=0ms/by=floor/n=")},
			{"plugin without requests", green, seconds("Creates/latency=0ms/by=null/n=")},
			{"plugin", blue, seconds("Creates/latency=0ms/by=plugin/n=")},
			{"net/http, API 25 ms away", orange, seconds("Creates/latency=25ms/by=floor/n=")},
			{"plugin, API 25 ms away", purple, seconds("Creates/latency=25ms/by=plugin/n=")},
		}},
		{"pulumi up of agent credentials", "s", []series{
			{"a provider that does nothing", gray, seconds("Up/by=floor/n=")},
			{"plugin", blue, seconds("Up/by=plugin/n=")},
		}},
		{"Requests of a refresh", "", []series{
			{"pages of the list", gray, r.growth("Refresh/kind=CacheRule/n=", "pages", 1)},
			{"cache rules", blue, r.growth("Refresh/kind=CacheRule/n=", "requests", 1)},
			{"replicas", orange, r.growth("Refresh/kind=Replica/n=", "requests", 1)},
			{"custom domains", green, r.growth("Refresh/kind=CustomDomain/n=", "requests", 1)},
			{"enrollments", purple, r.growth("Refresh/kind=SelfHostEnrollment/n=", "requests", 1)},
		}},
		{"State of agent credentials", "MB", []series{
			{"a provider that does nothing", gray, r.growth("Up/by=floor/n=", "state-MB", 1)},
			{"plugin", blue, r.growth("Up/by=plugin/n=", "state-MB", 1)},
		}},
		{"50 requests a second let through", "s", []series{
			{"as the limit allows", gray, r.growth("Limited/n=", "floor-s", 1)},
			{"plugin", blue, seconds("Limited/n=")},
		}},
		{"Memory after creates", "MiB", []series{
			{"idle", gray, r.growth("Memory/n=", "idle-MiB", 1)},
			{"after creates", blue, r.sum("Memory/n=", "idle-MiB", "grown-MiB")},
		}},
	}
}

// growth returns what was measured at each size.
func (r results) growth(prefix, unit string, factor float64) []point {
	size := regexp.MustCompile("^" + regexp.QuoteMeta(prefix) + `(\d+)$`)
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

func (r results) sum(prefix, unit, other string) []point {
	points := r.growth(prefix, unit, 1)
	for i := range points {
		more, _ := r.get(fmt.Sprintf("%s%.0f", prefix, points[i].n), other)
		points[i].value += more
	}
	return points
}

const (
	width, height        = 440.0, 300.0
	left, right          = 58.0, 30.0
	top, bottom          = 34.0, 76.0
	columns              = 2
	plotWide, plotHeight = width - left - right, height - top - bottom
)

// draw makes an SVG of the panels that have something to show.
func draw(all []panel) string {
	all = slices.DeleteFunc(slices.Clone(all), func(p panel) bool {
		return !slices.ContainsFunc(p.lines, func(s series) bool { return len(s.points) > 1 })
	})
	rows := (len(all) + columns - 1) / columns
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="sans-serif" font-size="11">`+"\n",
		width*columns, height*float64(rows))
	b.WriteString(`<rect width="100%" height="100%" fill="#ffffff"/>` + "\n")
	for i, p := range all {
		fmt.Fprintf(&b, `<g transform="translate(%.0f %.0f)">`+"\n", width*float64(i%columns), height*float64(i/columns))
		p.draw(&b)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// axis maps values to places, by their logarithm.
type axis struct {
	low, high, from, to float64
	ticks               []float64
}

// newAxis makes an axis that ends at the nearest of 1, 2, 5, 10, and so on. Where
// there are few powers of ten between its ends, it shows the others too.
func newAxis(values []float64, from, to float64) axis {
	least, most := slices.Min(values), slices.Max(values)
	var round []float64
	for power := math.Floor(math.Log10(least)); power <= math.Ceil(math.Log10(most)); power++ {
		for _, digit := range []float64{1, 2, 5} {
			round = append(round, digit*math.Pow(10, power))
		}
	}
	first, last := 0, len(round)-1
	for first+1 < last && round[first+1] <= least {
		first++
	}
	for last-1 > first && round[last-1] >= most {
		last--
	}
	a := axis{low: math.Log10(round[first]), high: math.Log10(round[last]), from: from, to: to}
	for i := first; i <= last; i++ {
		if i%3 == 0 || last-first < 5 {
			a.ticks = append(a.ticks, round[i])
		}
	}
	return a
}

func (a axis) at(value float64) float64 {
	return a.from + (math.Log10(value)-a.low)/(a.high-a.low)*(a.to-a.from)
}

func (p panel) draw(b *strings.Builder) {
	var ns, values []float64
	for _, line := range p.lines {
		for _, point := range line.points {
			ns, values = append(ns, point.n), append(values, point.value)
		}
	}
	x, y := newAxis(ns, left, left+plotWide), newAxis(values, top+plotHeight, top)
	text := func(at, down float64, anchor, color, s string) {
		fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s" fill="%s">%s</text>`+"\n", at, down, anchor, color, html.EscapeString(s))
	}
	title := p.title
	if p.unit != "" {
		title += " (" + p.unit + ")"
	}
	fmt.Fprintf(b, `<text x="%.0f" y="20" font-size="13" font-weight="bold" fill="#24292f">%s</text>`+"\n", left, html.EscapeString(title))
	for _, tick := range x.ticks {
		at := x.at(tick)
		fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#e5e7eb"/>`+"\n", at, top, at, top+plotHeight)
		text(at, top+plotHeight+15, "middle", "#57606a", number(tick))
	}
	for _, tick := range y.ticks {
		at := y.at(tick)
		fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="#e5e7eb"/>`+"\n", left, at, left+plotWide, at)
		text(left-6, at+4, "end", "#57606a", number(tick))
	}
	for i, line := range slices.Backward(p.lines) { // the floor last, over what lies upon it
		var places []string
		for _, point := range line.points {
			places = append(places, fmt.Sprintf("%.1f,%.1f", x.at(point.n), y.at(point.value)))
		}
		dashes := ""
		if line.color == gray {
			dashes = ` stroke-dasharray="5 4"`
		}
		fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"%s/>`+"\n", strings.Join(places, " "), line.color, dashes)
		for _, point := range line.points {
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x.at(point.n), y.at(point.value), line.color)
		}
		// The legend stands below, two entries to a line.
		at, down := left+float64(i%2)*plotWide/2, top+plotHeight+32+float64(i/2)*14
		fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="3"/>`+"\n", at, down-4, at+10, down-4, line.color)
		text(at+14, down, "start", "#24292f", line.label)
	}
	text(left+plotWide-4, top+plotHeight-6, "end", "#57606a", "number of objects")
}

func number(v float64) string {
	if v >= 1000 {
		s := strconv.FormatFloat(v, 'f', -1, 64)
		for i := len(s) - 3; i > 0; i -= 3 {
			s = s[:i] + "," + s[i:]
		}
		return s
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
