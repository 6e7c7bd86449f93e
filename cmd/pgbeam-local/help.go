// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"flag"
	"fmt"
	"io"
	"strings"

	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// helpWidth is the maximum length of a line of the help.
const helpWidth = 110

// printHelp writes the flags and the values that they accept.
func printHelp(out io.Writer, flags *flag.FlagSet, shapes []string) {
	_, _ = fmt.Fprintf(out, "Usage: pgbeam-local [FLAG]...\n\nServe the PgBeam API from memory, on this machine only.\n\n")
	flags.PrintDefaults()
	var b strings.Builder
	b.WriteString("\nPlan limits (--plan-limit NAME=N); those of the plan by default, which are enforced if --plan is set:\n")
	printSettings(&b, localapi.PlanLimits())
	b.WriteString("\nBehaviours (--behaviour NAME, or NAME=VALUE if a value is shown):\n")
	printSettings(&b, localapi.Behaviours())
	b.WriteString(`
Faults (--fault 'METHOD PATH SETTING...'). METHOD and PATH can be *, and * in PATH matches one segment. Examples:
  'POST /v1/projects status=503 times=2 retry-after=1'
  'GET /v1/projects/* status=200 body={"message": "down for maintenance"}'
  'GET /v1/projects/*/agents/* set=id:"agt_other" without=created_at'
Settings:
`)
	printSettings(&b, localapi.FaultSettings())
	b.WriteString(`
Deprecations (--deprecate 'METHOD PATH SETTING...'), which select operations as faults do. Example:
  'POST /v1/projects/*/agents since=2026-12-01 sunset=2027-06-01'
Settings:
`)
	printSettings(&b, localapi.DeprecationSettings())
	b.WriteString("\nQuery shapes of every new database, with the queryHash for CacheRule (--query-shape 'SELECT ...').\n" +
		"The hash is specific to pgbeam-local; the real API uses another.\n")
	for _, sql := range shapes {
		hash, normalized := localapi.QueryShape(sql)
		fmt.Fprintf(&b, "  %s  %s\n", hash, normalized)
	}
	_, _ = io.WriteString(out, b.String())
}

// printSettings writes settings, each with its wrapped description below its name.
func printSettings(b *strings.Builder, settings []localapi.Setting) {
	for _, s := range settings {
		b.WriteString("  " + s.Name)
		if s.Value != "" {
			b.WriteString("=" + s.Value)
		}
		const indent = "\n      "
		width := 0
		for word := range strings.FieldsSeq(s.Meaning) {
			switch {
			case width == 0 || width+len(word) > helpWidth-len(indent):
				b.WriteString(indent)
				width = 0
			default:
				b.WriteByte(' ')
				width++
			}
			b.WriteString(word)
			width += len(word)
		}
		b.WriteByte('\n')
	}
}
