// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Command report makes of the results of the benchmarks a table with floors,
// ratios and goals, and a plot of growth. It prints the table, and puts both
// into the document. It fails when a goal was missed.
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
	share, err := shares(context.Background(), args[1])
	if err != nil {
		return err
	}
	plot := strings.TrimSuffix(args[2], ".md") + ".svg"
	if err := os.WriteFile(plot, []byte(draw(panels(results))), 0o644); err != nil { //nolint:gosec // a document
		return err
	}
	generated := fmt.Sprintf("%s\n%s\n![How each of them grows](%s)\n\n### Where the time of the creates goes\n\n%s",
		machine(results), markdown(rows), filepath.Base(plot), share)
	if err := replace(args[2], generated); err != nil {
		return err
	}
	fmt.Print("\n", generated)
	var missed []string
	for _, row := range rows {
		if !row.holds {
			missed = append(missed, row.what)
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("missed its goal: %s", strings.Join(missed, "; "))
	}
	return nil
}

const begin, end = "<!-- what follows is written by `make bench` -->\n", "<!-- until here -->\n"

// replace puts a text between the marks of a document.
func replace(file, text string) error {
	document, err := os.ReadFile(file) //nolint:gosec // the caller's document
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(document), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s has no place for the results", file)
	}
	return os.WriteFile(file, []byte(before+begin+"\n"+text+"\n"+end+after), 0o644) //nolint:gosec // a document
}
