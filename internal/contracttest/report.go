// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package contracttest

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest/contract"
)

// notUsed are the operations of the contract that the provider does not use, with the reason for each.
var notUsed = map[string]string{
	"getHealth":           "the provider needs no health check: each request reports its own failure",
	"testWebhookEndpoint": "it sends an event to a receiver, and the provider has no function for it",
}

// Report writes how often the tests so far have called each operation of the contract, how many violations they found, and
// which operations the provider does not use, with the reason. It returns an error if an operation is neither called nor listed
// as not used, or if the list is out of date.
func Report(out io.Writer) error {
	v, err := load()
	if err != nil {
		return err
	}
	if v == nil {
		_, err = fmt.Fprintf(out, "%s is not set: the traffic was not validated against the contract.\n", contract.Variable)
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	_, err = io.WriteString(out, v.report(notUsed))
	return cmp.Or(err, v.checkUse(notUsed))
}

// report describes the traffic. The caller holds mu.
func (v *validator) report(notUsed map[string]string) string {
	requests := 0
	for _, count := range v.counts {
		requests += count
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Contract: %d violations in %d requests to %d of %d operations; the provider does not use the other %d.\n",
		v.violations, requests, len(v.counts), len(v.operations), len(v.operations)-len(v.counts))
	b.WriteString("Operations called:\n")
	for _, operation := range slices.Sorted(maps.Keys(v.counts)) {
		fmt.Fprintf(&b, "  %-30s %6d\n", operation, v.counts[operation])
	}
	b.WriteString("Operations not used, and why:\n")
	for _, operation := range v.operations {
		if v.counts[operation] == 0 {
			fmt.Fprintf(&b, "  %-30s %s\n", operation, cmp.Or(notUsed[operation], "no reason is given"))
		}
	}
	return b.String()
}

// checkUse returns an error unless each operation is either called or not used. The caller holds mu.
func (v *validator) checkUse(notUsed map[string]string) error {
	var errs []error
	for _, operation := range v.operations {
		switch _, listed := notUsed[operation]; {
		case v.counts[operation] == 0 && !listed:
			errs = append(errs, fmt.Errorf("no test calls %s, and it is not listed as not used", operation))
		case v.counts[operation] > 0 && listed:
			errs = append(errs, fmt.Errorf("%s is listed as not used, but a test calls it", operation))
		}
	}
	for _, operation := range slices.Sorted(maps.Keys(notUsed)) {
		if !slices.Contains(v.operations, operation) {
			errs = append(errs, fmt.Errorf("%s is listed as not used, but the contract does not have it", operation))
		}
	}
	if v.violations > 0 {
		errs = append(errs, fmt.Errorf("%d requests or responses violate the contract", v.violations))
	}
	return errors.Join(errs...)
}
