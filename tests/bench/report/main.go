// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command report writes the results of the benchmarks to a document, as a table
// with floors, ratios and goals, and as a plot of the growth with the number of
// objects. It also prints the table, and fails if a goal is missed.
//
//	report results.txt creates.pprof docs/performance.md
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 3 {
		return errors.New("usage: report RESULTS PROFILE DOCUMENT")
	}
	text, err := os.ReadFile(args[0]) //nolint:gosec // the caller's results
	if err != nil {
		return err
	}
	results := parse(string(text))
	rows := table(results)
	if len(rows) == 0 {
		return fmt.Errorf("%s has no results", args[0])
	}
	profile, err := profileTable(context.Background(), args[1])
	if err != nil {
		return err
	}
	plot := strings.TrimSuffix(args[2], ".md") + ".svg"
	if err := os.WriteFile(plot, []byte(drawSVG(panels(results))), 0o644); err != nil { //nolint:gosec // a document
		return err
	}
	generated := fmt.Sprintf("%s\n%s\n![Growth with the number of objects](%s)\n\n### CPU profile\n\n%s",
		describeMachine(results), markdown(rows), filepath.Base(plot), profile)
	if err := replaceGenerated(args[2], generated); err != nil {
		return err
	}
	fmt.Print("\n", generated)
	var missed []string
	for _, row := range rows {
		if !row.met {
			missed = append(missed, row.benchmark)
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("missed goals: %s", strings.Join(missed, "; "))
	}
	return nil
}

// The markers enclose the generated part of the document.
const (
	beginMarker = "<!-- Begin of the output of `make bench`. -->\n"
	endMarker   = "<!-- End of the output of `make bench`. -->\n"
)

// replaceGenerated replaces the text between the markers of a document.
func replaceGenerated(file, text string) error {
	document, err := os.ReadFile(file) //nolint:gosec // the caller's document
	if err != nil {
		return err
	}
	before, rest, hasBegin := strings.Cut(string(document), beginMarker)
	_, after, hasEnd := strings.Cut(rest, endMarker)
	if !hasBegin || !hasEnd {
		return fmt.Errorf("%s does not contain the markers of the results", file)
	}
	return os.WriteFile(file, []byte(before+beginMarker+"\n"+text+"\n"+endMarker+after), 0o644) //nolint:gosec // a document
}
