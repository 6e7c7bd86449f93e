// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

// ApprovalRules returns the approval rules of projects.
func (c *Client) ApprovalRules() *Collection[ApprovalRule, ApprovalRuleInput, ApprovalRuleInput] {
	return putCollection[ApprovalRule, ApprovalRuleInput](c, "projects", "approval-rules")
}

// ApprovalRule holds the statements of agents that it matches until a person
// approves them, in addition to those that the policy profile holds.
type ApprovalRule struct {
	ProjectObject
	// Name is the label shown to the reviewer.
	Name string `json:"name"`
	// StatementKinds are the kinds of statements that the rule matches: "insert",
	// "update", "delete" and "ddl". Empty is all of them.
	StatementKinds []string `json:"statement_kinds"`
	// SchemaName is the schema that the rule matches. Nil is every schema.
	SchemaName *string `json:"schema_name"`
	// RelationName is the relation that the rule matches. Nil is every relation.
	RelationName *string `json:"relation_name"`
	// MinAffectedRows is the number of affected rows from which the rule matches. Nil
	// is any number. A statement whose rows cannot be counted always matches.
	MinAffectedRows *int `json:"min_affected_rows"`
	// Enabled is false if the rule has no effect.
	Enabled bool `json:"enabled"`
}

// ApprovalRuleInput is the request to create an approval rule, or to replace one.
// The API rejects an enabled rule while the organization has an active self-host
// enrollment.
type ApprovalRuleInput struct {
	// Name has 1 to 255 characters, is not blank and is unique in the project.
	Name string `json:"name"`
	// StatementKinds are kinds of ApprovalRule. Nil or empty is all of them.
	StatementKinds *[]string `json:"statement_kinds,omitempty"`
	// SchemaName has at most 255 characters. Nil or empty is every schema.
	SchemaName *string `json:"schema_name,omitempty"`
	// RelationName has at most 255 characters. Nil or empty is every relation. Without
	// a schema, it matches the relation of that name in every schema.
	RelationName *string `json:"relation_name,omitempty"`
	// MinAffectedRows is at least 1. Nil is any number.
	MinAffectedRows *int `json:"min_affected_rows,omitempty"`
	// Enabled is false to switch the rule off. Nil is true.
	Enabled *bool `json:"enabled,omitempty"`
}
