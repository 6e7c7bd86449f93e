// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"maps"
	"slices"
	"testing"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// Evaluation is a row of the table of resources that have no object in the API.
type Evaluation struct {
	// Kind is the kind as in the schema.
	Kind string
	// SubjectKind is the kind of the object that is evaluated, Collection the local API's
	// name of these objects, and Path the pattern of the path of one.
	SubjectKind, Collection, Path string
	// EvaluationPath is the pattern of the path of an evaluation.
	EvaluationPath string
	// Subject are inputs of a subject, and Renamed the same without an effect on results.
	Subject, Renamed Object
	// Passing are inputs whose cases pass, and Failing inputs one of whose cases fails, with
	// Subject. Each has Requests cases.
	Passing, Failing Object
	Requests         int
	// Broken are inputs of a subject with which Passing fails, and Edit is the same change
	// outside of Pulumi. Revert undoes it.
	Broken, Edit, Revert Object
	// Inline is the input that has the inputs of a subject instead of its ID.
	Inline string
}

// Evaluations returns the table of the resources that have no object in the API.
func Evaluations() []Evaluation {
	return []Evaluation{{
		Kind: "PolicyTest", SubjectKind: "PolicyProfile", Collection: "policies", Path: "/v1/projects/*/policies/*",
		EvaluationPath: "/v1/projects/*/policy-evaluations",
		Subject:        Object{"name": "strict", "budgetQueriesPerHour": 1000, "tableAllowlist": []string{"orders"}},
		Renamed:        Object{"name": "stricter", "budgetQueriesPerHour": 1000, "tableAllowlist": []string{"orders"}},
		Broken:         Object{"name": "strict", "budgetQueriesPerHour": 1000, "tableAllowlist": []string{"orders", "salaries"}},
		Edit:           Object{"table_allowlist": []any{"orders", "salaries"}},
		Revert:         Object{"table_allowlist": []any{"orders"}},
		Passing: Object{"cases": []any{
			Object{"name": "reads orders", "sql": "SELECT id FROM orders", "expect": "allow"},
			Object{"name": "no salaries", "sql": "SELECT amount FROM salaries", "expect": "block"},
		}},
		Failing: Object{"cases": []any{
			Object{"name": "reads orders", "sql": "SELECT id FROM orders", "expect": "allow"},
			Object{"name": "reads salaries", "sql": "SELECT amount FROM salaries", "expect": "allow"},
		}},
		Requests: 2,
		Inline:   "policy",
	}}
}

// EvaluationCase is a row with one behaviour of the API, and a subject.
type EvaluationCase struct {
	*enginetest.Env
	Evaluation
	ProjectID string
	Subject   *enginetest.Resource
}

// ForEachEvaluation runs a scenario, in parallel, for every row and every behaviour.
func ForEachEvaluation(t *testing.T, run func(c *EvaluationCase)) {
	t.Helper()
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles the SQL parser of the local API, which takes long with the race detector")
	}
	for _, row := range Evaluations() {
		for _, name := range slices.Sorted(maps.Keys(Behaviours)) {
			t.Run(row.Kind+"/"+name, func(t *testing.T) {
				t.Parallel()
				env := enginetest.NewEnv(t, localapi.Options{Behaviour: Behaviours[name]})
				c := &EvaluationCase{Env: env, Evaluation: row, ProjectID: env.Project().ID}
				c.Subject = c.NewSubject("strict")
				c.Local.ResetRequests()
				run(c)
			})
		}
	}
}

// SubjectInputs returns inputs of a subject in the project.
func (c *EvaluationCase) SubjectInputs(inputs Object) Object {
	return Merge(Object{"projectId": c.ProjectID}, inputs)
}

// NewSubject creates another subject.
func (c *EvaluationCase) NewSubject(name string) *enginetest.Resource {
	c.Helper()
	return c.Create(c.SubjectKind, name, c.SubjectInputs(Merge(c.Evaluation.Subject, Object{"name": name})))
}

// SubjectProperty is the input with the ID of the subject.
func (e Evaluation) SubjectProperty() string { return ResourceNamed(e.Kind).Evaluation.Subject }

// Inputs returns inputs about the subject.
func (c *EvaluationCase) Inputs(inputs Object) Object {
	return Merge(Object{"projectId": c.ProjectID, c.SubjectProperty(): c.Subject.ID}, inputs)
}

// InlineInputs returns inputs with the subject in them.
func (c *EvaluationCase) InlineInputs(subject, inputs Object) Object {
	return Merge(Object{"projectId": c.ProjectID, c.Inline: Without(subject, "name")}, inputs)
}

// New returns a resource that does not exist yet.
func (c *EvaluationCase) New() *enginetest.Resource {
	return &enginetest.Resource{Kind: c.Kind, Name: "thing"}
}

// Reads returns the number of requests since the last reset that have read a subject.
func (c *EvaluationCase) Reads() int { return c.Local.Count("GET", c.Path) }

// Evaluated returns the number of cases that were evaluated since the last reset.
func (c *EvaluationCase) Evaluated() int { return c.Local.Count("POST", c.EvaluationPath) }
