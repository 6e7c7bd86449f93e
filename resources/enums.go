// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import "github.com/pulumi/pulumi-go-provider/infer"

// EnumDescriptions maps the names of the enum types to their descriptions in the
// schema, because infer cannot annotate them.
var EnumDescriptions = map[string]string{ //nolint:gosec // descriptions, not credentials
	"Cloud":            "The cloud provider that hosts the proxies of a project.",
	"ProjectStatus":    "The status of a project.",
	"Residency":        "The region in which the queries of a project can be processed.",
	"SSLMode":          "The TLS mode of a connection from the proxy to a PostgreSQL server, as defined by libpq.",
	"DatabaseRole":     "The role of a database in its project.",
	"PoolMode":         "The pooling mode, which determines how long a client holds a connection of the pool.",
	"AccessMode":       "Whether agents can write.",
	"WriteMode":        "How the proxy handles writes that are allowed.",
	"ApprovalMode":     "Which statements require the approval of a person.",
	"MigrationSafety":  "How the proxy handles unsafe schema changes.",
	"ContentScanMode":  "How the proxy handles query results that contain instructions to an agent.",
	"MaskingKind":      "How the values of a column are masked.",
	"CredentialStatus": "The status of an agent credential.",
	"PrincipalType":    "The type of principal that uses an agent credential.",
	"WebhookFormat":    "The format of the payloads that a webhook endpoint receives.",
	"WebhookEventType": "A type of event that a webhook endpoint receives.",
	"HoneytokenAction": "How the proxy responds to a statement that references a honeytoken.",
	"AnomalyMetric":    "A metric of the behavior of an agent credential.",
	"StatementKind":    "A kind of statement that an approval rule can hold.",
	"OrganizationRole": "The role of a member of an organization.",
	"PolicyVerdict":    "What a policy does with a SQL statement.",
}

// Cloud is the cloud provider that hosts the proxies of a project.
type Cloud string

// Values implements infer.Enum.
func (Cloud) Values() []infer.EnumValue[Cloud] {
	return []infer.EnumValue[Cloud]{
		{Name: "Aws", Value: "aws", Description: "Amazon Web Services."},
		{Name: "Azure", Value: "azure", Description: "Microsoft Azure."},
		{Name: "Gcp", Value: "gcp", Description: "Google Cloud."},
	}
}

// ProjectStatus is the status of a project.
type ProjectStatus string

// Values implements infer.Enum. The status "deleted" of the API is not an input: it
// is the result of destroying the resource.
func (ProjectStatus) Values() []infer.EnumValue[ProjectStatus] {
	return []infer.EnumValue[ProjectStatus]{
		{Name: "Active", Value: "active", Description: "The project serves connections."},
		{Name: "Suspended", Value: "suspended", Description: "The project keeps its settings but serves no connections."},
	}
}

// Residency is the region in which the queries of a project can be processed.
type Residency string

// Values implements infer.Enum.
func (Residency) Values() []infer.EnumValue[Residency] {
	return []infer.EnumValue[Residency]{
		{Name: "Any", Value: "any", Description: "Queries are processed in the nearest location."},
		{Name: "Us", Value: "us", Description: "Queries are processed only in the United States. Other connections fail."},
		{Name: "Eu", Value: "eu", Description: "Queries are processed only in the European Union. Other connections fail."},
	}
}

// SSLMode is the TLS mode of a connection to a PostgreSQL server, as defined by libpq.
type SSLMode string

// Values implements infer.Enum. The modes are in order of strength.
func (SSLMode) Values() []infer.EnumValue[SSLMode] {
	return []infer.EnumValue[SSLMode]{
		{Name: "Disable", Value: "disable", Description: "TLS is never used."},
		{Name: "Allow", Value: "allow", Description: "TLS is used only if the server requires it."},
		{Name: "Prefer", Value: "prefer", Description: "TLS is used if the server supports it."},
		{Name: "Require", Value: "require", Description: "TLS is required, but the certificate of the server is not verified, so another server can impersonate it."},
		{Name: "VerifyCa", Value: "verify-ca", Description: "TLS is required, with a certificate that a trusted authority issued. The host name in the certificate is not verified."},
		{Name: "VerifyFull", Value: "verify-full", Description: "TLS is required, with a certificate that a trusted authority issued for the host name."},
	}
}

// DatabaseRole is the role of a database in its project.
type DatabaseRole string

// Values implements infer.Enum.
func (DatabaseRole) Values() []infer.EnumValue[DatabaseRole] {
	return []infer.EnumValue[DatabaseRole]{
		{Name: "Primary", Value: "primary", Description: "The database accepts writes."},
		{Name: "Replica", Value: "replica", Description: "The database serves reads only."},
	}
}

// PoolMode is how long a client holds a connection of the pool.
type PoolMode string

// Values implements infer.Enum.
func (PoolMode) Values() []infer.EnumValue[PoolMode] {
	return []infer.EnumValue[PoolMode]{
		{Name: "Session", Value: "session", Description: "A client holds a connection until it disconnects."},
		{Name: "Transaction", Value: "transaction", Description: "A client holds a connection for the duration of a transaction."},
		{Name: "Statement", Value: "statement", Description: "A client holds a connection for the duration of a statement."},
	}
}

// AccessMode is whether agents can write.
type AccessMode string

// Values implements infer.Enum.
func (AccessMode) Values() []infer.EnumValue[AccessMode] {
	return []infer.EnumValue[AccessMode]{
		{Name: "ReadOnly", Value: "read_only", Description: "Statements cannot change data or the schema."},
		{Name: "ReadWrite", Value: "read_write", Description: "Statements can write, subject to the other rules of the profile."},
	}
}

// WriteMode is how the proxy handles writes that are allowed.
type WriteMode string

// Values implements infer.Enum.
func (WriteMode) Values() []infer.EnumValue[WriteMode] {
	return []infer.EnumValue[WriteMode]{
		{Name: "Normal", Value: "normal", Description: "Writes are committed."},
		{Name: "Rollback", Value: "rollback", Description: "Writes are executed and then rolled back."},
		{Name: "Sandbox", Value: "sandbox", Description: "Writes are executed in a temporary branch, which is discarded."},
	}
}

// ApprovalMode is which statements require the approval of a person.
type ApprovalMode string

// Values implements infer.Enum.
func (ApprovalMode) Values() []infer.EnumValue[ApprovalMode] {
	return []infer.EnumValue[ApprovalMode]{
		{Name: "Off", Value: "off", Description: "No statement requires approval."},
		{Name: "Writes", Value: "writes", Description: "Statements that change data or the schema require approval."},
		{Name: "Ddl", Value: "ddl", Description: "Statements that change the schema require approval."},
		{Name: "All", Value: "all", Description: "All statements require approval."},
	}
}

// MigrationSafety is how the proxy handles unsafe schema changes.
type MigrationSafety string

// Values implements infer.Enum.
func (MigrationSafety) Values() []infer.EnumValue[MigrationSafety] {
	return []infer.EnumValue[MigrationSafety]{
		{Name: "Off", Value: "off", Description: "Schema changes are not checked."},
		{Name: "Warn", Value: "warn", Description: "Unsafe schema changes are executed, and the findings are reported."},
		{Name: "Block", Value: "block", Description: "Unsafe schema changes are refused."},
	}
}

// ContentScanMode is how the proxy handles results that contain instructions to an agent.
type ContentScanMode string

// Values implements infer.Enum.
func (ContentScanMode) Values() []infer.EnumValue[ContentScanMode] {
	return []infer.EnumValue[ContentScanMode]{
		{Name: "Off", Value: "off", Description: "Results are not scanned."},
		{Name: "Annotate", Value: "annotate", Description: "Results are returned unchanged, and findings are recorded."},
		{Name: "Block", Value: "block", Description: "A statement fails if its result has a finding of high confidence."},
	}
}

// MaskingKind is how the values of a column are masked.
type MaskingKind string

// Values implements infer.Enum. "null" is a string, not a null value.
func (MaskingKind) Values() []infer.EnumValue[MaskingKind] {
	return []infer.EnumValue[MaskingKind]{
		{Name: "Redact", Value: "redact", Description: "Values are replaced with a fixed token."},
		{Name: "Null", Value: "null", Description: "Values are replaced with NULL."},
		{Name: "Hash", Value: "hash", Description: "Values are replaced with their SHA-256 hash in hexadecimal."},
	}
}

// CredentialStatus is the status of an agent credential.
type CredentialStatus string

// Values implements infer.Enum. The status "revoked" of the API is not an input: it
// is the result of destroying the resource.
func (CredentialStatus) Values() []infer.EnumValue[CredentialStatus] {
	return []infer.EnumValue[CredentialStatus]{
		{Name: "Active", Value: "active", Description: "The credential can connect."},
		{Name: "Disabled", Value: "disabled", Description: "The credential cannot connect, and its open connections are closed within seconds."},
	}
}

// PrincipalType is the type of principal that uses an agent credential.
type PrincipalType string

// Values implements infer.Enum.
func (PrincipalType) Values() []infer.EnumValue[PrincipalType] {
	return []infer.EnumValue[PrincipalType]{
		{Name: "Agent", Value: "agent", Description: "An autonomous agent."},
		{Name: "Human", Value: "human", Description: "A person."},
	}
}

// WebhookFormat is the format of the payloads of a webhook endpoint.
type WebhookFormat string

// Values implements infer.Enum.
func (WebhookFormat) Values() []infer.EnumValue[WebhookFormat] {
	return []infer.EnumValue[WebhookFormat]{
		{Name: "Json", Value: "json", Description: "The JSON format of PgBeam."},
		{Name: "SplunkHec", Value: "splunk_hec", Description: "The format of the Splunk HTTP Event Collector."},
		{Name: "Datadog", Value: "datadog", Description: "The format of the Datadog log intake."},
		{Name: "Elastic", Value: "elastic", Description: "The format of Elasticsearch."},
	}
}

// WebhookEventType is a type of event that a webhook endpoint receives.
type WebhookEventType string

// Values implements infer.Enum.
func (WebhookEventType) Values() []infer.EnumValue[WebhookEventType] {
	return []infer.EnumValue[WebhookEventType]{
		{Name: "QueryBlocked", Value: "query_blocked", Description: "A policy profile blocked a statement."},
		{Name: "BudgetExhausted", Value: "budget_exhausted", Description: "A credential exhausted one of its budgets."},
		{Name: "KillSwitch", Value: "kill_switch", Description: "A credential was disabled, or `agentsDisabled` of the project was set to `true`."},
		{Name: "Masked", Value: "masked", Description: "Columns of a result were masked."},
		{Name: "MigrationFlagged", Value: "migration_flagged", Description: "A schema change was found to be unsafe."},
		{Name: "ApprovalRequested", Value: "approval_requested", Description: "A statement is waiting for approval."},
		{Name: "AnomalyAlert", Value: "anomaly_alert", Description: "The behavior of a credential is anomalous."},
		{Name: "CanaryTripped", Value: "canary_tripped", Description: "A statement referenced a honeytoken."},
		{Name: "ContentFlagged", Value: "content_flagged", Description: "A query result appears to contain instructions to an agent."},
		{Name: "AuditCheckpoint", Value: "audit_checkpoint", Description: "A checkpoint of the audit log was written."},
		{Name: "WebhookTest", Value: "webhook.test", Description: "A test event. It is sent only when a test is requested, and endpoints need not subscribe to it."},
	}
}

// HoneytokenAction is how the proxy responds to a statement that references a honeytoken.
type HoneytokenAction string

// Values implements infer.Enum.
func (HoneytokenAction) Values() []infer.EnumValue[HoneytokenAction] {
	return []infer.EnumValue[HoneytokenAction]{
		{Name: "AuditOnly", Value: "audit_only", Description: "The statement is blocked and recorded, an alert is raised, and webhook endpoints receive an event."},
		{Name: "Kill", Value: "kill", Description: "The same as `audit_only`, and the credential is disabled."},
	}
}

// AnomalyMetric is a metric of the behavior of an agent credential.
type AnomalyMetric string

// Values implements infer.Enum.
func (AnomalyMetric) Values() []infer.EnumValue[AnomalyMetric] {
	return []infer.EnumValue[AnomalyMetric]{
		{Name: "QueriesPerHour", Value: "queries_per_hour", Description: "The number of queries per hour."},
		{Name: "BytesPerHour", Value: "bytes_per_hour", Description: "The number of bytes of query results per hour."},
		{Name: "DistinctShapes", Value: "distinct_shapes", Description: "The number of distinct query shapes."},
		{Name: "ErrorsPerHour", Value: "errors_per_hour", Description: "The number of failed statements per hour."},
		{Name: "ActiveHours", Value: "active_hours", Description: "The hours of the day in which the credential is active."},
	}
}

// StatementKind is a kind of statement that an approval rule can hold.
type StatementKind string

// Values implements infer.Enum.
func (StatementKind) Values() []infer.EnumValue[StatementKind] {
	return []infer.EnumValue[StatementKind]{
		{Name: "Insert", Value: "insert", Description: "Statements that insert rows."},
		{Name: "Update", Value: "update", Description: "Statements that update rows."},
		{Name: "Delete", Value: "delete", Description: "Statements that delete rows."},
		{Name: "Ddl", Value: "ddl", Description: "Statements that change the schema."},
	}
}

// OrganizationRole is the role of a member of an organization.
type OrganizationRole string

// Values implements infer.Enum. The role "owner" of the API is not an input.
func (OrganizationRole) Values() []infer.EnumValue[OrganizationRole] {
	return []infer.EnumValue[OrganizationRole]{
		{Name: "Admin", Value: "admin", Description: "Administrator."},
		{Name: "Member", Value: "member", Description: "Ordinary member."},
		{Name: "SecurityAdmin", Value: "security_admin", Description: "Security administrator."},
		{Name: "BillingAdmin", Value: "billing_admin", Description: "Billing administrator."},
		{Name: "Auditor", Value: "auditor", Description: "Auditor."},
		{Name: "PolicyAuthor", Value: "policy-author", Description: "Author of policies."},
		{Name: "Approver", Value: "approver", Description: "Approver of statements."},
	}
}

// PolicyVerdict is what a policy does with a SQL statement.
type PolicyVerdict string

// The verdicts that can have masked columns.
const (
	verdictMask      PolicyVerdict = "mask"
	verdictRowFilter PolicyVerdict = "row-filter"
)

// Values implements infer.Enum.
func (PolicyVerdict) Values() []infer.EnumValue[PolicyVerdict] {
	return []infer.EnumValue[PolicyVerdict]{
		{Name: "Allow", Value: "allow", Description: "The statement runs unchanged."},
		{Name: "Block", Value: "block", Description: "The statement is refused."},
		{Name: "Mask", Value: verdictMask, Description: "The statement runs, and columns of its result are masked."},
		{Name: "RowFilter", Value: verdictRowFilter, Description: "The statement sees only some rows. Columns of its result may be masked as well."},
	}
}
