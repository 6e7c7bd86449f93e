// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package contract

import (
	"fmt"
	"slices"
)

// Differences collects what the code and the contract do not agree on, each once.
type Differences []string

// Add adds a difference. The message begins with its place, such as "Project.name: ".
func (d *Differences) Add(format string, args ...any) {
	if difference := fmt.Sprintf(format, args...); !slices.Contains(*d, difference) {
		*d = append(*d, difference)
	}
}

// Compare adds a difference if what the code has is not what the contract has.
func (d *Differences) Compare(got, want any, format string, args ...any) {
	if got != want {
		d.Add("%s is %v, but %v in the contract", fmt.Sprintf(format, args...), got, want)
	}
}

// Unexplained returns the differences without a reason, and the reasons without a difference.
func (d *Differences) Unexplained(reasons map[string]string) []string {
	var unexplained []string
	for _, difference := range *d {
		if reasons[difference] == "" {
			unexplained = append(unexplained, difference)
		}
	}
	for difference := range reasons {
		if !slices.Contains(*d, difference) {
			unexplained = append(unexplained, "no longer a difference: "+difference)
		}
	}
	slices.Sort(unexplained)
	return unexplained
}
