// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// Package policyjudge decides what a policy profile does with a SQL statement, and finds the risks of a migration. It reads SQL with
// PostgreSQL's own parser, compiled to WebAssembly, so that a comment, a quoted name or a nested query cannot hide anything.
//
// It refuses what it cannot judge: text that does not parse, a statement or an expression of an unknown type, a function that could do
// what the policy forbids, a prepared statement whose text is elsewhere. The files follow the questions that it asks:
//
//   - parse.go, node.go: what are the statements?
//   - effects.go, functions.go, settings.go: what does a statement do when it runs, including everything nested in it?
//   - relations.go: which relations does it name?
//   - query.go, expressions.go, writes.go, columns.go: from which relation does each column of the result come? A masked column can be
//     selected, under any alias and through any number of queries. An expression, a condition, a comparison or a copy of it is refused,
//     because it is computed from the raw value.
//   - filters.go: what is the text with the row filters?
//   - migrations.go: what does a change of the schema lock, rewrite or lose?
//
// There is no catalog. So a relation is judged by the name in the statement, and what is below a view, a partition or a function is not
// seen; a column without a qualifier may come from every relation in scope, and is masked if it is masked in one of them; where the
// position of a masked column decides, but is not known, the statement is refused. Names match in any case.
//
// The parser is compiled when it is first used, which takes one to two seconds. It is used by one caller at a time.
package policyjudge
