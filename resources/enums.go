// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import "github.com/pulumi/pulumi-go-provider/infer"

// EnumDescriptions describes the enum types in the schema, by name. Infer has no
// annotation for that.
var EnumDescriptions = map[string]string{ //nolint:gosec // descriptions, no credentials
	"Cloud":            "The cloud that hosts a project's proxies.",
	"ProjectStatus":    "Whether a project serves connections.",
	"Residency":        "Where a project's queries may be processed.",
	"SSLMode":          "How the proxy secures its connection to a database, in libpq's terms.",
	"DatabaseRole":     "What a database is to its project.",
	"PoolMode":         "How long a client holds a pooled connection.",
	"AccessMode":       "Whether agents may write.",
	"WriteMode":        "What becomes of writes that are allowed.",
	"ApprovalMode":     "Which statements a person has to approve.",
	"MigrationSafety":  "What happens to schema changes that are not safe to run.",
	"ContentScanMode":  "What happens to results that hold instructions for an agent.",
	"MaskingKind":      "How a column is masked.",
	"CredentialStatus": "Whether a credential can be used.",
	"PrincipalType":    "Who uses a credential.",
	"WebhookFormat":    "The shape of the payload that a webhook endpoint gets.",
	"WebhookEventType": "A kind of event that a webhook endpoint can get.",
	"HoneytokenAction": "What happens when a honeytoken is touched.",
	"AnomalyMetric":    "What a credential's behaviour is measured by.",
	"StatementKind":    "A kind of statement that an approval rule can hold.",
}

// Cloud is the cloud that hosts a project's proxies.
type Cloud string

// Values lists the clouds for the schema.
func (Cloud) Values() []infer.EnumValue[Cloud] {
	return []infer.EnumValue[Cloud]{
		{Name: "Aws", Value: "aws", Description: "Amazon Web Services."},
		{Name: "Azure", Value: "azure", Description: "Microsoft Azure."},
		{Name: "Gcp", Value: "gcp", Description: "Google Cloud."},
	}
}

// ProjectStatus is whether a project serves connections.
type ProjectStatus string

// Values lists the states that a program may ask for. The API knows a third,
// deleted, which is what destroying the resource leads to.
func (ProjectStatus) Values() []infer.EnumValue[ProjectStatus] {
	return []infer.EnumValue[ProjectStatus]{
		{Name: "Active", Value: "active", Description: "The project serves connections."},
		{Name: "Suspended", Value: "suspended", Description: "The project keeps its settings and serves nothing."},
	}
}

// Residency is where a project's queries may be processed.
type Residency string

// Values lists the places for the schema.
func (Residency) Values() []infer.EnumValue[Residency] {
	return []infer.EnumValue[Residency]{
		{Name: "Any", Value: "any", Description: "Whichever location is nearest."},
		{Name: "Us", Value: "us", Description: "The United States only; connections that would be served elsewhere fail."},
		{Name: "Eu", Value: "eu", Description: "The European Union only; connections that would be served elsewhere fail."},
	}
}

// SSLMode is how the proxy secures its connection to a database, in libpq's terms.
type SSLMode string

// Values lists the modes for the schema, the weakest first.
func (SSLMode) Values() []infer.EnumValue[SSLMode] {
	return []infer.EnumValue[SSLMode]{
		{Name: "Disable", Value: "disable", Description: "Never TLS."},
		{Name: "Allow", Value: "allow", Description: "TLS only where the server insists on it."},
		{Name: "Prefer", Value: "prefer", Description: "TLS where the server offers it."},
		{Name: "Require", Value: "require", Description: "Always TLS; the certificate is not checked."},
		{Name: "VerifyCa", Value: "verify-ca", Description: "Always TLS, with a certificate of a trusted authority."},
		{Name: "VerifyFull", Value: "verify-full", Description: "Always TLS, with a trusted certificate for this very host."},
	}
}

// DatabaseRole is what a database is to its project.
type DatabaseRole string

// Values lists the roles for the schema.
func (DatabaseRole) Values() []infer.EnumValue[DatabaseRole] {
	return []infer.EnumValue[DatabaseRole]{
		{Name: "Primary", Value: "primary", Description: "Takes writes."},
		{Name: "Replica", Value: "replica", Description: "Takes reads."},
	}
}

// PoolMode is how long a client holds a pooled connection.
type PoolMode string

// Values lists the modes for the schema.
func (PoolMode) Values() []infer.EnumValue[PoolMode] {
	return []infer.EnumValue[PoolMode]{
		{Name: "Session", Value: "session", Description: "For as long as the client is connected."},
		{Name: "Transaction", Value: "transaction", Description: "For one transaction."},
		{Name: "Statement", Value: "statement", Description: "For one statement."},
	}
}

// AccessMode is whether agents may write.
type AccessMode string

// Values lists the modes for the schema.
func (AccessMode) Values() []infer.EnumValue[AccessMode] {
	return []infer.EnumValue[AccessMode]{
		{Name: "ReadOnly", Value: "read_only", Description: "No statement may change data or the schema."},
		{Name: "ReadWrite", Value: "read_write", Description: "Statements may write, within the other rules of the profile."},
	}
}

// WriteMode is what becomes of writes that are allowed.
type WriteMode string

// Values lists the modes for the schema.
func (WriteMode) Values() []infer.EnumValue[WriteMode] {
	return []infer.EnumValue[WriteMode]{
		{Name: "Normal", Value: "normal", Description: "Writes are committed."},
		{Name: "Rollback", Value: "rollback", Description: "Writes are run and rolled back."},
		{Name: "Sandbox", Value: "sandbox", Description: "Writes go to a branch that is thrown away."},
	}
}

// ApprovalMode is which statements a person has to approve.
type ApprovalMode string

// Values lists the modes for the schema.
func (ApprovalMode) Values() []infer.EnumValue[ApprovalMode] {
	return []infer.EnumValue[ApprovalMode]{
		{Name: "Off", Value: "off", Description: "None."},
		{Name: "Writes", Value: "writes", Description: "Statements that change data or the schema."},
		{Name: "Ddl", Value: "ddl", Description: "Statements that change the schema."},
		{Name: "All", Value: "all", Description: "Every statement."},
	}
}

// MigrationSafety is what happens to schema changes that are not safe to run.
type MigrationSafety string

// Values lists the modes for the schema.
func (MigrationSafety) Values() []infer.EnumValue[MigrationSafety] {
	return []infer.EnumValue[MigrationSafety]{
		{Name: "Off", Value: "off", Description: "They are not looked at."},
		{Name: "Warn", Value: "warn", Description: "They run, and what was found is reported."},
		{Name: "Block", Value: "block", Description: "They are refused."},
	}
}

// ContentScanMode is what happens to results that hold instructions for an agent.
type ContentScanMode string

// Values lists the modes for the schema.
func (ContentScanMode) Values() []infer.EnumValue[ContentScanMode] {
	return []infer.EnumValue[ContentScanMode]{
		{Name: "Off", Value: "off", Description: "Results are not scanned."},
		{Name: "Annotate", Value: "annotate", Description: "Results are passed on unchanged, and findings are recorded."},
		{Name: "Block", Value: "block", Description: "A result with a finding of high confidence ends in an error."},
	}
}

// MaskingKind is how a column is masked.
type MaskingKind string

// Values lists the kinds for the schema. "null" is a word here, not the absence of one.
func (MaskingKind) Values() []infer.EnumValue[MaskingKind] {
	return []infer.EnumValue[MaskingKind]{
		{Name: "Redact", Value: "redact", Description: "A fixed token stands for the value."},
		{Name: "Null", Value: "null", Description: "NULL stands for the value."},
		{Name: "Hash", Value: "hash", Description: "The value's SHA-256, in hexadecimal, stands for it."},
	}
}

// CredentialStatus is whether a credential can be used.
type CredentialStatus string

// Values lists the states that a program may ask for. The API knows a third,
// revoked, which is what destroying the resource leads to.
func (CredentialStatus) Values() []infer.EnumValue[CredentialStatus] {
	return []infer.EnumValue[CredentialStatus]{
		{Name: "Active", Value: "active", Description: "The credential can connect."},
		{Name: "Disabled", Value: "disabled", Description: "The credential cannot connect, and live connections are dropped within seconds."},
	}
}

// PrincipalType is who uses a credential.
type PrincipalType string

// Values lists the types for the schema.
func (PrincipalType) Values() []infer.EnumValue[PrincipalType] {
	return []infer.EnumValue[PrincipalType]{
		{Name: "Agent", Value: "agent", Description: "An autonomous agent."},
		{Name: "Human", Value: "human", Description: "A person."},
	}
}

// WebhookFormat is the shape of the payload that a webhook endpoint gets.
type WebhookFormat string

// Values lists the formats for the schema.
func (WebhookFormat) Values() []infer.EnumValue[WebhookFormat] {
	return []infer.EnumValue[WebhookFormat]{
		{Name: "Json", Value: "json", Description: "PgBeam's own JSON."},
		{Name: "SplunkHec", Value: "splunk_hec", Description: "Splunk's HTTP Event Collector."},
		{Name: "Datadog", Value: "datadog", Description: "Datadog's log intake."},
		{Name: "Elastic", Value: "elastic", Description: "Elasticsearch."},
	}
}

// WebhookEventType is a kind of event that a webhook endpoint can get.
type WebhookEventType string

// Values lists the kinds for the schema.
func (WebhookEventType) Values() []infer.EnumValue[WebhookEventType] {
	return []infer.EnumValue[WebhookEventType]{
		{Name: "QueryBlocked", Value: "query_blocked", Description: "A policy refused a statement."},
		{Name: "BudgetExhausted", Value: "budget_exhausted", Description: "A credential used up a budget."},
		{Name: "KillSwitch", Value: "kill_switch", Description: "Agent access was switched off or on."},
		{Name: "Masked", Value: "masked", Description: "Columns of a result were masked."},
		{Name: "MigrationFlagged", Value: "migration_flagged", Description: "A schema change was found unsafe."},
		{Name: "ApprovalRequested", Value: "approval_requested", Description: "A statement waits for approval."},
		{Name: "AnomalyAlert", Value: "anomaly_alert", Description: "A credential behaves unlike before."},
		{Name: "CanaryTripped", Value: "canary_tripped", Description: "A statement touched a honeytoken."},
		{Name: "ContentFlagged", Value: "content_flagged", Description: "A result holds what looks like instructions."},
		{Name: "AuditCheckpoint", Value: "audit_checkpoint", Description: "A checkpoint of the audit trail was written."},
		{Name: "WebhookTest", Value: "webhook.test", Description: "A test that was asked for."},
	}
}

// HoneytokenAction is what happens when a honeytoken is touched.
type HoneytokenAction string

// Values lists the actions for the schema.
func (HoneytokenAction) Values() []infer.EnumValue[HoneytokenAction] {
	return []infer.EnumValue[HoneytokenAction]{
		{Name: "AuditOnly", Value: "audit_only", Description: "The statement is refused and recorded, and webhooks are told."},
		{Name: "Kill", Value: "kill", Description: "The same, and the credential is disabled."},
	}
}

// AnomalyMetric is what a credential's behaviour is measured by.
type AnomalyMetric string

// Values lists the metrics for the schema.
func (AnomalyMetric) Values() []infer.EnumValue[AnomalyMetric] {
	return []infer.EnumValue[AnomalyMetric]{
		{Name: "QueriesPerHour", Value: "queries_per_hour", Description: "Queries that are run in an hour."},
		{Name: "BytesPerHour", Value: "bytes_per_hour", Description: "Bytes of results that are read in an hour."},
		{Name: "DistinctShapes", Value: "distinct_shapes", Description: "Different shapes of queries."},
		{Name: "ErrorsPerHour", Value: "errors_per_hour", Description: "Statements that fail in an hour."},
		{Name: "ActiveHours", Value: "active_hours", Description: "Hours of the day in which it is active."},
	}
}

// StatementKind is a kind of statement that an approval rule can hold.
type StatementKind string

// Values lists the kinds for the schema.
func (StatementKind) Values() []infer.EnumValue[StatementKind] {
	return []infer.EnumValue[StatementKind]{
		{Name: "Insert", Value: "insert", Description: "Statements that add rows."},
		{Name: "Update", Value: "update", Description: "Statements that change rows."},
		{Name: "Delete", Value: "delete", Description: "Statements that remove rows."},
		{Name: "Ddl", Value: "ddl", Description: "Statements that change the schema."},
	}
}
