// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// HumanAccess is a component: the access of people to a project that exists.
type HumanAccess struct {
	pulumi.ResourceState

	BaselinePolicyProfileID pulumi.StringPtrOutput `pulumi:"baselinePolicyProfileId"`
	PolicyProfileIDs        pulumi.StringMapInput  `pulumi:"policyProfileIds"`
	CredentialIDs           pulumi.StringMapInput  `pulumi:"credentialIds"`
	Usernames               pulumi.StringMapInput  `pulumi:"usernames"`
	ConnectionStrings       pulumi.StringMapInput  `pulumi:"connectionStrings"`
	ApprovalRuleIDs         pulumi.StringMapInput  `pulumi:"approvalRuleIds"`
	WebhookEndpointID       pulumi.StringPtrOutput `pulumi:"webhookEndpointId"`
}

// HumanAccessArgs contains the inputs of a HumanAccess.
type HumanAccessArgs struct {
	ProjectID pulumi.StringInput          `pulumi:"projectId"`
	Baseline  *AgentPolicy                `pulumi:"baseline,optional"`
	Roles     map[string]HumanAccessRole  `pulumi:"roles,optional"`
	Approvals map[string]ApprovalSettings `pulumi:"approvals,optional"`
	Webhook   *WebhookSettings            `pulumi:"webhook,optional"`

	AllowUnapprovedWrites  pulumi.BoolPtrInput `pulumi:"allowUnapprovedWrites,optional"`
	AllowInsecureTransport pulumi.BoolPtrInput `pulumi:"allowInsecureTransport,optional"`
}

// HumanAccessRole is what people have in common who may do the same.
type HumanAccessRole struct {
	Policy           *AgentPolicy          `pulumi:"policy,optional"`
	People           []string              `pulumi:"people"`
	ExpiresAt        pulumi.StringPtrInput `pulumi:"expiresAt,optional"`
	RotationTriggers pulumi.StringMapInput `pulumi:"rotationTriggers,optional"`
	RotateAfter      pulumi.StringPtrInput `pulumi:"rotateAfter,optional"`
}

// Annotate describes the component and its outputs.
func (c *HumanAccess) Annotate(a infer.Annotator) {
	a.Describe(&c, "The access of people to the database of a project that exists: a policy for everybody who connects with the database's own credentials, "+
		"a policy for each role and a credential of their own for each person of a role, approval rules, and a webhook endpoint for approval requests.\n\n"+
		"By default, people have read-only access, the rows and the duration of a query and the queries per hour are limited, and unsafe migrations are blocked. "+
		"A policy that lets people write without the approval of another person is rejected before anything is created, unless `allowUnapprovedWrites` is `true`. "+
		"A write of a person with a role waits for approval if the `approvalMode` of the policy says so, or if it matches an enabled approval rule of the project, including those that are not in `approvals`.\n\n"+
		"Adding or removing a person creates or revokes the credential of that person and changes nothing else.")
	a.Describe(&c.BaselinePolicyProfileID, "ID of the policy profile for everybody, `pol_…`, if `baseline` is set.")
	a.Describe(&c.PolicyProfileIDs, "IDs of the policy profiles of the roles, `pol_…`, by role.")
	a.Describe(&c.CredentialIDs, "IDs of the credentials, `agt_…`, by role and person, such as `support/ada`.")
	a.Describe(&c.Usernames, "PostgreSQL usernames, by role and person, such as `support/ada`.")
	a.Describe(&c.ConnectionStrings, "PostgreSQL connection strings, including the username and the password, by role and person, such as `support/ada`.")
	a.Describe(&c.ApprovalRuleIDs, "IDs of the approval rules, `apl_…`, by the names in `approvals`.")
	a.Describe(&c.WebhookEndpointID, "ID of the webhook endpoint, `whk_…`, if `webhook` is set.")
}

// Annotate describes the inputs.
func (r *HumanAccessArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project, `prj_…`. Changing it replaces all children.")
	a.Describe(&r.Baseline, "What everybody is allowed to do who connects with the database's own credentials: it becomes the default policy of the project, "+
		"which also applies to applications that connect with them. The settings that are not set have the component's defaults, such as read-only access. "+
		"If this is not set, the project keeps its default policy. It is an error if the project has another default policy already, "+
		"and when the component is destroyed, the project has none.")
	a.Describe(&r.Roles, "The roles, by a name of your choice: 1 to 64 letters, digits, `_`, `.` and `-`. The names must be known during the preview. "+
		"Changing the name of a role replaces its policy and the credentials of its people.")
	a.Describe(&r.Approvals, "Approval rules, by a name of your choice. The names must be known during the preview. "+
		"A rule holds matching statements of every agent and person of the project, whatever their policies say. A rule for all kinds of statements that is not limited to "+
		"a schema, a relation or a number of rows counts as the approval of writes that the policies of the roles need.")
	a.Describe(&r.Webhook, approvalWebhookDescription)
	a.Describe(&r.AllowUnapprovedWrites, "Whether a policy may let people write without the approval of another person, "+
		"which is an `accessMode` of `read_write` with an `approvalMode` other than `writes` or `all`, unless the policy is that of a role and a rule in `approvals` holds all writes. Defaults to `false`.")
	a.Describe(&r.AllowInsecureTransport, allowInsecureWebhookDescription)
}

// Annotate describes the role.
func (r *HumanAccessRole) Annotate(a infer.Annotator) {
	a.Describe(&r, "What people have in common who are allowed to do the same: a policy, and an expiry of their credentials.")
	a.Describe(&r.Policy, "What the people of the role are allowed to do. Defaults to read-only access with the default limits. "+
		"`budgetQueriesPerHour` and the other budgets are those of each person.")
	a.Describe(&r.People, "The people of the role, in any order: 1 to 64 letters, digits, `_`, `.` and `-` each, such as `ada`. "+
		"They must be unique in the role, known during the preview, and not secret. A person with two roles has a credential for each.")
	a.Describe(&r.ExpiresAt, "The time when the credentials of the role expire, in RFC 3339 format, such as `2027-01-01T00:00:00Z`. "+
		"It must be in the future when a credential is created, also for a person who is added later. Changing it replaces the credentials of the role. If omitted, they never expire.")
	a.Describe(&r.RotationTriggers, "Arbitrary key-value pairs. Changing any of them rotates the passwords of all people of the role in place.")
}
