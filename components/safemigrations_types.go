// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"fmt"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
)

// SafeMigrations is a component: the access of an agent or a pipeline that proposes changes of
// the schema of a database, tries them in a sandbox, and makes them with approval.
type SafeMigrations struct {
	pulumi.ResourceState

	SandboxPolicyProfileID     pulumi.StringOutput    `pulumi:"sandboxPolicyProfileId"`
	SandboxPolicyTestID        pulumi.StringPtrOutput `pulumi:"sandboxPolicyTestId"`
	SandboxCredentialID        pulumi.StringOutput    `pulumi:"sandboxCredentialId"`
	SandboxUsername            pulumi.StringOutput    `pulumi:"sandboxUsername"`
	SandboxConnectionString    pulumi.StringOutput    `pulumi:"sandboxConnectionString"`
	SandboxMCPToken            pulumi.StringOutput    `pulumi:"sandboxMcpToken"`
	ProductionPolicyProfileID  pulumi.StringOutput    `pulumi:"productionPolicyProfileId"`
	ProductionPolicyTestID     pulumi.StringPtrOutput `pulumi:"productionPolicyTestId"`
	ProductionCredentialID     pulumi.StringOutput    `pulumi:"productionCredentialId"`
	ProductionUsername         pulumi.StringOutput    `pulumi:"productionUsername"`
	ProductionConnectionString pulumi.StringOutput    `pulumi:"productionConnectionString"`
	ProductionMCPToken         pulumi.StringOutput    `pulumi:"productionMcpToken"`
	MCPURL                     pulumi.StringOutput    `pulumi:"mcpUrl"`
	ApprovalRuleIDs            pulumi.StringMapInput  `pulumi:"approvalRuleIds"`
	WebhookEndpointID          pulumi.StringPtrOutput `pulumi:"webhookEndpointId"`
}

// SafeMigrationsArgs contains the inputs of a SafeMigrations.
type SafeMigrationsArgs struct {
	ProjectID  pulumi.StringInput       `pulumi:"projectId"`
	Tables     []string                 `pulumi:"tables"`
	Approvals  *SafeMigrationsApprovals `pulumi:"approvals,optional"`
	Sandbox    *SafeMigrationsAccess    `pulumi:"sandbox,optional"`
	Production *SafeMigrationsAccess    `pulumi:"production,optional"`

	AllowUnapprovedWrites  pulumi.BoolPtrInput `pulumi:"allowUnapprovedWrites,optional"`
	AllowInsecureTransport pulumi.BoolPtrInput `pulumi:"allowInsecureTransport,optional"`
}

// SafeMigrationsApprovals contains the settings of the approval of schema changes.
type SafeMigrationsApprovals struct {
	TimeoutSeconds  pulumi.IntPtrInput      `pulumi:"timeoutSeconds,optional"`
	StatementKinds  pulumi.StringArrayInput `pulumi:"statementKinds,optional"`
	MinAffectedRows pulumi.IntPtrInput      `pulumi:"minAffectedRows,optional"`
	RulesEnabled    pulumi.BoolPtrInput     `pulumi:"rulesEnabled,optional"`
	Webhook         *WebhookSettings        `pulumi:"webhook,optional"`
}

// SafeMigrationsAccess contains the settings of one of the two accesses.
type SafeMigrationsAccess struct {
	Policy      *AgentPolicy                    `pulumi:"policy,optional"`
	Agent       *AgentSettings                  `pulumi:"agent,optional"`
	PolicyTests pgbeam.PolicyTestCaseArrayInput `pulumi:"policyTests,optional"`
}

// Annotate describes the component and its outputs.
func (c *SafeMigrations) Annotate(a infer.Annotator) {
	a.Describe(&c, "The access of an agent or a pipeline that changes the schema of tables of a project that exists. It consists of two policies with a credential each, "+
		"approval rules for schema changes of the tables, and a webhook endpoint for approval requests.\n\n"+
		"With the credential of the **sandbox**, a migration can be tried: every write, including one of data, goes to a temporary branch of the database and never to the database itself. "+
		"With that of **production**, the tables can be read, and a change of their schema waits until a person approves it. Data cannot be written.\n\n"+
		"Both can access only `tables`, and unsafe schema changes are blocked, such as a DROP TABLE or a CREATE INDEX without CONCURRENTLY, "+
		"so that a schema change that works in the sandbox is not refused in production. Settings that let the credentials change the database without the approval of a person are rejected before anything is created, "+
		"unless `allowUnapprovedWrites` is `true`. No credential is created or changed before the tests of its policy have passed.")
	a.Describe(&c.SandboxPolicyProfileID, "ID of the policy profile of the sandbox, `pol_…`.")
	a.Describe(&c.SandboxPolicyTestID, "ID of the `PolicyTest` of the sandbox, `ptest_…`, if `sandbox.policyTests` is set.")
	a.Describe(&c.SandboxCredentialID, "ID of the credential of the sandbox, `agt_…`.")
	a.Describe(&c.SandboxUsername, "PostgreSQL username of the sandbox.")
	a.Describe(&c.SandboxConnectionString, "PostgreSQL connection string of the sandbox, including the username and the password.")
	a.Describe(&c.SandboxMCPToken, "Bearer token of the sandbox for the MCP server.")
	a.Describe(&c.ProductionPolicyProfileID, "ID of the policy profile of production, `pol_…`.")
	a.Describe(&c.ProductionPolicyTestID, "ID of the `PolicyTest` of production, `ptest_…`, if `production.policyTests` is set.")
	a.Describe(&c.ProductionCredentialID, "ID of the credential of production, `agt_…`.")
	a.Describe(&c.ProductionUsername, "PostgreSQL username of production.")
	a.Describe(&c.ProductionConnectionString, "PostgreSQL connection string of production, including the username and the password.")
	a.Describe(&c.ProductionMCPToken, "Bearer token of production for the MCP server.")
	a.Describe(&c.MCPURL, "URL of the project's MCP server.")
	a.Describe(&c.ApprovalRuleIDs, "IDs of the approval rules, `apl_…`, by table.")
	a.Describe(&c.WebhookEndpointID, "ID of the webhook endpoint, `whk_…`, if `approvals.webhook` is set.")
}

// Annotate describes the inputs.
func (r *SafeMigrationsArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project, `prj_…`. Changing it replaces all children.")
	a.Describe(&r.Tables, "The tables that migrations can read and change, at least one, in any order, including those that they create or refer to: "+
		"letters, digits, `_`, `.` and `-`, such as `orders` or `billing.invoices`. A name without a schema refers to the `public` schema. "+
		"The names must be unique in any case, known during the preview, and not secret.")
	a.Describe(&r.Approvals, "How schema changes are approved. Defaults to rules that hold every schema change of `tables`, and no webhook. "+
		"Which of its properties are set must be known during the preview.")
	a.Describe(&r.Sandbox, fmt.Sprintf("The access to the sandbox. Its `policy` defaults to an `accessMode` of `read_write`, a `writeMode` of `sandbox`, `tables` as the allowlist, "+
		"a `statementTimeoutMs` of %d, and otherwise as described there. How many sandboxes there can be, how large the database can be, and when a sandbox is discarded depends on the plan: "+
		"see the limits of `getOrganizationPlan`. Which of its properties are set must be known during the preview.", defaultMigrationTimeoutMs))
	a.Describe(&r.Production, fmt.Sprintf("The access to production. Its `policy` defaults to an `accessMode` of `read_write`, an `approvalMode` of `ddl`, `tables` as the allowlist, "+
		"a `statementTimeoutMs` of %d, `statementRules` that allow only `select`, `ddl`, `explain`, `set`, `show` and `transaction`, and otherwise as described there. "+
		"Which of its properties are set must be known during the preview.", defaultMigrationTimeoutMs))
	a.Describe(&r.AllowUnapprovedWrites, "Whether the policies may let the credentials change the database without the approval of a person: a `writeMode` of `normal` for the sandbox, "+
		"or for production an `approvalMode` of `off`, or of `ddl` with `statementRules` that allow `insert`, `update`, `delete` or `copy`. Defaults to `false`.")
	a.Describe(&r.AllowInsecureTransport, allowInsecureWebhookDescription)
}

// Annotate describes the settings.
func (r *SafeMigrationsApprovals) Annotate(a infer.Annotator) {
	a.Describe(&r, "How the schema changes of a SafeMigrations are approved.")
	a.Describe(&r.TimeoutSeconds, fmt.Sprintf("The time in seconds for which a statement of production waits for approval before it is refused. Defaults to %d, which is one hour. "+
		"Excludes `approvalTimeoutSeconds` of the policy of production.", defaultApprovalTimeoutSeconds))
	a.Describe(&r.StatementKinds, "The kinds of statements on the tables that the approval rules hold, in any order: `insert`, `update`, `delete`, `ddl`. "+
		"An empty list holds all kinds. Defaults to `ddl`.")
	a.Describe(&r.MinAffectedRows, "The minimum number of rows that a statement must affect to be held by an approval rule, at least 1. "+
		"Schema changes are always held. If omitted, every matching statement is held.")
	a.Describe(&r.RulesEnabled, "Whether the approval rules are enabled. They apply to every credential of the project, so that PgBeam may also hold statements of the sandbox. "+
		"If this is `false`, the policy of production still holds its schema changes. Set it to `false` while the organization has an active `SelfHostEnrollment`, "+
		"which excludes enabled rules. Defaults to `true`.")
	a.Describe(&r.Webhook, approvalWebhookDescription)
}

// Annotate describes the settings.
func (r *SafeMigrationsAccess) Annotate(a infer.Annotator) {
	a.Describe(&r, "The access of a SafeMigrations to the sandbox or to production.")
	a.Describe(&r.Policy, "What the credential is allowed to do. Set only what differs from the defaults, such as limits and masks. "+
		"A list that is set, such as `tableAllowlist`, replaces the default.")
	a.Describe(&r.Agent, "Settings of the credential. The credential is created even if this is not set.")
	a.Describe(&r.PolicyTests, policyTestsDescription)
}
