// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

// Honeytokens returns the honeytokens of projects.
func (c *Client) Honeytokens() *Collection[Honeytoken, HoneytokenInput, HoneytokenInput] {
	return putCollection[Honeytoken, HoneytokenInput](c, "projects", "honeytokens")
}

// Honeytoken is a decoy relation. PgBeam blocks each statement that refers to it.
type Honeytoken struct {
	ProjectObject
	// SchemaName is the schema of the relation. Nil is the public schema.
	SchemaName *string `json:"schema_name"`
	// RelationName is the name of the decoy table or view. Case is ignored.
	RelationName string `json:"relation_name"`
	// Action is "audit_only" to block the statement and raise an alert, or "kill" to
	// also disable the credential.
	Action string `json:"action" api:"nonempty"`
}

// HoneytokenInput is the request to create a honeytoken, or to replace one.
type HoneytokenInput struct {
	// SchemaName has at most 255 characters. Nil or empty is the public schema.
	SchemaName *string `json:"schema_name,omitempty"`
	// RelationName has 1 to 255 characters and is unique in the schema.
	RelationName string `json:"relation_name"`
	// Action is "audit_only" or "kill"; see Honeytoken.
	Action string `json:"action"`
}
