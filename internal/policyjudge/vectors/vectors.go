// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package vectors reads conformance vectors of PgBeam's policy engine in tests: policy profiles, SQL statements, and what the engine
// decides.
package vectors

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pgbeam/pulumi-pgbeam/internal/repotest"
)

// Variable is the environment variable with the path of the published vectors. Without it, they are read beside the repository.
const Variable = "PGBEAM_VECTORS"

// Suite is a file of vectors.
type Suite struct {
	Profiles []Profile `json:"profiles"`
	Cases    []Case    `json:"cases"`
}

// Profile is a policy with an ID.
type Profile struct {
	ID                 string        `json:"id"`
	Description        string        `json:"description"`
	AccessMode         string        `json:"access_mode"`
	StatementAllow     []string      `json:"statement_allow,omitempty"`
	StatementDeny      []string      `json:"statement_deny,omitempty"`
	TableAllowlist     []string      `json:"table_allowlist,omitempty"`
	TableDenylist      []string      `json:"table_denylist,omitempty"`
	MaskingRules       []MaskingRule `json:"masking_rules,omitempty"`
	RowFilters         []RowFilter   `json:"row_filters,omitempty"`
	MaxAffectedRows    int64         `json:"max_affected_rows,omitempty"`
	StatementTimeoutMS int64         `json:"statement_timeout_ms,omitempty"`
	MigrationSafety    string        `json:"migration_safety,omitempty"`
}

// MaskingRule masks a column.
type MaskingRule struct {
	Table  string `json:"table"`
	Column string `json:"column"`
	Kind   string `json:"kind"`
}

// RowFilter filters the rows of a relation.
type RowFilter struct {
	Table     string `json:"table"`
	Predicate string `json:"predicate"`
}

// Case is a statement under a profile.
type Case struct {
	ID      string  `json:"id"`
	Profile string  `json:"profile"`
	Note    string  `json:"note,omitempty"`
	SQL     string  `json:"sql"`
	Expect  Outcome `json:"expect"`
}

// Outcome is a decision. MaskedColumns has the form name:kind, sorted.
type Outcome struct {
	Verdict       string   `json:"verdict"`
	Rule          string   `json:"rule"`
	MaskedColumns []string `json:"masked_columns"`
	RowFiltered   bool     `json:"row_filtered"`
}

// Published returns the published vectors. It skips the test if they are not available.
func Published(t *testing.T) Suite {
	t.Helper()
	path := os.Getenv(Variable)
	if path == "" {
		path = repotest.Path(t, "..", "shared", "conformance", "vectors.json")
	}
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the policy judge is not compared with the published vectors: %v (set %s to their path)", err, Variable)
	}
	return Read(t, path)
}

// Read reads a file of vectors.
func Read(t testing.TB, path string) Suite {
	t.Helper()
	content, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		t.Fatal(err)
	}
	var suite Suite
	if err := json.Unmarshal(content, &suite); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if len(suite.Cases) == 0 {
		t.Fatalf("%s has no cases", path)
	}
	return suite
}

// Profile returns a profile of the suite.
func (s Suite) Profile(t *testing.T, id string) Profile {
	t.Helper()
	for _, p := range s.Profiles {
		if p.ID == id {
			return p
		}
	}
	t.Fatalf("the vectors have no profile %q", id)
	return Profile{}
}

// Report logs how many vectors agree, and appends that to the file that PGBEAM_VECTORS_REPORT names.
func Report(t *testing.T, subject string, agreed, all int) {
	t.Helper()
	line := fmt.Sprintf("policy vectors: %d of %d agree (%s)", agreed, all, subject)
	t.Log(line)
	path := os.Getenv("PGBEAM_VECTORS_REPORT")
	if path == "" {
		return
	}
	report, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintln(report, line)
	if closeErr := report.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		t.Fatal(err)
	}
}
