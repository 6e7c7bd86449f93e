// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Usage is what a policy has to permit for SQL text to run.
type Usage struct {
	// Kinds are the kinds of its statements, and Relations the relations that they name, both sorted.
	Kinds, Relations []string
	// Writes reports whether it needs the access mode read_write.
	Writes bool
}

// UsageOf returns what a policy has to permit for SQL text to run. It fails if every policy blocks the text.
func UsageOf(sql string) (usage Usage, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the statement cannot be judged: %v", r)
		}
	}()
	p := Policy{AccessMode: "read_write"}
	if d := Evaluate(p, sql); d.Verdict == Block {
		return Usage{}, errors.New(d.Reason)
	}
	s, err := parse(sql)
	if err != nil {
		return Usage{}, err
	}
	kinds, relations := map[string]bool{}, map[string]bool{}
	for _, st := range s.statements {
		e := effectsOf(st.node)
		usage.Writes = usage.Writes || e.writes || e.locks
		maps.Copy(kinds, e.kinds)
		a, _ := p.analyze(st.node)
		for _, r := range a.touched {
			relations[r.withSchema().String()] = true
		}
	}
	usage.Kinds, usage.Relations = slices.Sorted(maps.Keys(kinds)), slices.Sorted(maps.Keys(relations))
	return usage, nil
}
