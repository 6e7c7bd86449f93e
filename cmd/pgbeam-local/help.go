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

// helpWidth is where lines of the help end.
const helpWidth = 110

// help writes the flags and everything that they can be given.
func help(out io.Writer, flags *flag.FlagSet, shapes []string) {
	_, _ = fmt.Fprintf(out, "Usage: pgbeam-local [FLAG]...\n\nServes the PgBeam API from memory, on this machine only.\n\n")
	flags.PrintDefaults()
	var b strings.Builder
	b.WriteString("\nPlan limits (--plan-limit NAME=N); there is none by default:\n")
	explain(&b, localapi.PlanLimits())
	b.WriteString("\nBehaviours (--behaviour NAME, or NAME=VALUE where a value is named):\n")
	explain(&b, localapi.Behaviours())
	b.WriteString(`
Faults (--fault 'METHOD PATH SETTING...'). METHOD and PATH may be *, and * in PATH stands for one segment. Examples:
  'POST /v1/projects status=503 times=2 retry-after=1'
  'GET /v1/projects/* status=200 body={"message": "down for maintenance"}'
  'GET /v1/projects/*/agents/* set=id:"agt_other" without=created_at'
Settings:
`)
	explain(&b, localapi.FaultSettings())
	b.WriteString("\nQuery shapes of every new database, with the hash that a CacheRule takes (--query-shape 'SELECT ...').\n" +
		"The hash is that of pgbeam-local; the real API has another.\n")
	for _, sql := range shapes {
		hash, normalized := localapi.QueryShape(sql)
		fmt.Fprintf(&b, "  %s  %s\n", hash, normalized)
	}
	_, _ = io.WriteString(out, b.String())
}

// explain writes settings, each with its meaning below its name.
func explain(b *strings.Builder, settings []localapi.Setting) {
	for _, s := range settings {
		b.WriteString("  " + s.Name)
		if s.Value != "" {
			b.WriteString("=" + s.Value)
		}
		line := "\n      "
		length := 0
		for word := range strings.FieldsSeq(s.Meaning) {
			if length+len(word) > helpWidth-len(line) {
				b.WriteString(line)
				length = 0
			} else if length > 0 {
				b.WriteByte(' ')
				length++
			} else {
				b.WriteString(line)
			}
			b.WriteString(word)
			length += len(word)
		}
		b.WriteByte('\n')
	}
}
