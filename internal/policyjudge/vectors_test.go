// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/policyjudge/vectors"
)

// policyOf returns the policy of a profile of the vectors.
func policyOf(p vectors.Profile) Policy {
	policy := Policy{
		AccessMode: p.AccessMode, StatementAllow: p.StatementAllow, StatementDeny: p.StatementDeny,
		TableAllowlist: p.TableAllowlist, TableDenylist: p.TableDenylist, MaxAffectedRows: p.MaxAffectedRows,
		StatementTimeoutMS: p.StatementTimeoutMS, MigrationSafety: p.MigrationSafety,
	}
	for _, rule := range p.MaskingRules {
		policy.MaskingRules = append(policy.MaskingRules, MaskingRule(rule))
	}
	for _, filter := range p.RowFilters {
		policy.RowFilters = append(policy.RowFilters, RowFilter(filter))
	}
	return policy
}

// outcomeOf returns a decision in the form of the vectors.
func outcomeOf(d Decision) vectors.Outcome {
	outcome := vectors.Outcome{Verdict: d.Verdict, Rule: d.Rule, MaskedColumns: []string{}, RowFiltered: d.RewrittenSQL != ""}
	for _, column := range d.Masked {
		outcome.MaskedColumns = append(outcome.MaskedColumns, column.Column+":"+column.Kind)
	}
	slices.Sort(outcome.MaskedColumns)
	return outcome
}

// TestVectors compares the judge with the published conformance vectors of PgBeam.
func TestVectors(t *testing.T) {
	suite := vectors.Published(t)
	agreed := 0
	for _, c := range suite.Cases {
		got := outcomeOf(Evaluate(policyOf(suite.Profile(t, c.Profile)), c.SQL))
		if got.Rule != c.Expect.Rule {
			t.Logf("%s: the rule is %s, the vectors have %s, which is no disagreement", c.ID, got.Rule, c.Expect.Rule)
			got.Rule = c.Expect.Rule
		}
		if assert.Equal(t, c.Expect, got, "%s: %s", c.ID, c.SQL) {
			agreed++
		}
	}
	vectors.Report(t, "policy judge", agreed, len(suite.Cases))
}

// TestOwnCases compares the judge with cases of this repository, in the format of the vectors. Their rules count, too.
func TestOwnCases(t *testing.T) {
	suite := vectors.Read(t, "testdata/cases.json")
	seen := map[string]bool{}
	for _, c := range suite.Cases {
		require.False(t, seen[c.ID], c.ID)
		seen[c.ID] = true
		group, _, found := strings.Cut(c.ID, "/")
		require.True(t, found && group != "", c.ID)
		d := Evaluate(policyOf(suite.Profile(t, c.Profile)), c.SQL)
		assert.Equal(t, c.Expect, outcomeOf(d), "%s: %s (%s)", c.ID, c.SQL, d.Reason)
		assert.NotEmpty(t, d.Reason, c.ID)
	}
	assert.GreaterOrEqual(t, len(suite.Cases), 80)
}
