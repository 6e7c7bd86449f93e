// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command report writes the results of the benchmarks to a document, as tables
// with floors, ratios and goals, and as a plot of the growth with the number of
// objects. It also prints the tables, and fails if a goal is missed.
//
//	report results.txt creates.pprof docs/performance.md
//
// Without a document, it only prints the tables, for the results of some benchmarks.
//
//	report results.txt
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
	if len(args) != 1 && len(args) != 3 {
		return errors.New("usage: report RESULTS [PROFILE DOCUMENT]")
	}
	text, err := os.ReadFile(args[0]) //nolint:gosec // the caller's results
	if err != nil {
		return err
	}
	results := parse(string(text))
	rows, fleetRows := table(results), fleetTable(results)
	if len(rows)+len(fleetRows) == 0 {
		return fmt.Errorf("%s has no results", args[0])
	}
	generated := fmt.Sprintf("%s\n%s%s", describeMachine(results), markdown(rows), fleetMarkdown(fleetRows))
	if len(args) == 3 {
		if generated, err = writeDocument(results, generated, args[1], args[2]); err != nil {
			return err
		}
	}
	fmt.Print("\n", generated)
	var missed []string
	for _, row := range rows {
		if !row.met {
			missed = append(missed, row.benchmark)
		}
	}
	for _, row := range fleetRows {
		if !row.met {
			missed = append(missed, fmt.Sprintf("%s, %s credentials, checkpoints %s", row.operation, row.credentials, row.checkpoints))
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("missed goals: %s", strings.Join(missed, "; "))
	}
	return nil
}

// writeDocument writes the tables, a plot and the table of a profile to a document, and
// returns what it has written.
func writeDocument(r results, tables, profile, document string) (string, error) {
	profiled, err := profileTable(context.Background(), profile)
	if err != nil {
		return "", err
	}
	plot := strings.TrimSuffix(document, ".md") + ".svg"
	if err := os.WriteFile(plot, []byte(drawSVG(panels(r))), 0o644); err != nil { //nolint:gosec // a document
		return "", err
	}
	generated := fmt.Sprintf("%s\n![Growth with the number of objects](%s)\n\n### CPU profile\n\n%s", tables, filepath.Base(plot), profiled)
	return generated, replaceGenerated(document, generated)
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
