// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam"
)

// What a program that says nothing gets.
const (
	defaultPort                 = 5432
	defaultSSLMode              = "require"
	defaultAccessMode           = "read_only"
	defaultMigrationSafety      = "block"
	defaultMaxRows              = 1000
	defaultStatementTimeoutMs   = 30000
	defaultBudgetQueriesPerHour = 1000
)

// SecureAgentProject is a project in which an agent can work safely: the
// project with its primary database, read replicas, a policy profile, an agent
// credential that it binds, and a webhook endpoint.
type SecureAgentProject struct {
	pulumi.ResourceState

	ProjectID             pulumi.StringOutput      `pulumi:"projectId"`
	ProxyHost             pulumi.StringOutput      `pulumi:"proxyHost"`
	PrimaryDatabaseID     pulumi.StringOutput      `pulumi:"primaryDatabaseId"`
	ReplicaIDs            pulumi.StringArrayOutput `pulumi:"replicaIds"`
	PolicyProfileID       pulumi.StringOutput      `pulumi:"policyProfileId"`
	AgentCredentialID     pulumi.StringOutput      `pulumi:"agentCredentialId"`
	AgentUsername         pulumi.StringOutput      `pulumi:"agentUsername"`
	AgentConnectionString pulumi.StringOutput      `pulumi:"agentConnectionString"`
	MCPURL                pulumi.StringOutput      `pulumi:"mcpUrl"`
	MCPToken              pulumi.StringOutput      `pulumi:"mcpToken"`
	WebhookEndpointID     pulumi.StringPtrOutput   `pulumi:"webhookEndpointId"`
}

// SecureAgentProjectArgs are the inputs of a SecureAgentProject.
type SecureAgentProjectArgs struct {
	OrgID          pulumi.StringInput      `pulumi:"orgId"`
	Name           pulumi.StringPtrInput   `pulumi:"name,optional"`
	Description    pulumi.StringPtrInput   `pulumi:"description,optional"`
	Tags           pulumi.StringArrayInput `pulumi:"tags,optional"`
	Cloud          pulumi.StringPtrInput   `pulumi:"cloud,optional"`
	SelfHosted     pulumi.BoolPtrInput     `pulumi:"selfHosted,optional"`
	Residency      pulumi.StringPtrInput   `pulumi:"residency,optional"`
	AllowedCIDRs   pulumi.StringArrayInput `pulumi:"allowedCidrs,optional"`
	CIDRLabels     pulumi.StringMapInput   `pulumi:"cidrLabels,optional"`
	AgentsDisabled pulumi.BoolPtrInput     `pulumi:"agentsDisabled,optional"`

	Database SecureAgentProjectDatabase  `pulumi:"database"`
	Replicas []SecureAgentProjectReplica `pulumi:"replicas,optional"`
	Policy   *SecureAgentProjectPolicy   `pulumi:"policy,optional"`
	Agent    *SecureAgentProjectAgent    `pulumi:"agent,optional"`
	Webhook  *SecureAgentProjectWebhook  `pulumi:"webhook,optional"`

	EnforceForHumans       bool                `pulumi:"enforceForHumans,optional"`
	AllowUnapprovedWrites  pulumi.BoolPtrInput `pulumi:"allowUnapprovedWrites,optional"`
	AllowInsecureTransport pulumi.BoolPtrInput `pulumi:"allowInsecureTransport,optional"`
}

// SecureAgentProjectDatabase is the primary database.
type SecureAgentProjectDatabase struct {
	Host            pulumi.StringInput       `pulumi:"host"`
	Port            pulumi.IntPtrInput       `pulumi:"port,optional"`
	Name            pulumi.StringInput       `pulumi:"name"`
	Username        pulumi.StringInput       `pulumi:"username"`
	Password        pulumi.StringInput       `pulumi:"password"`
	SSLMode         pulumi.StringPtrInput    `pulumi:"sslMode,optional"`
	PoolRegion      pulumi.StringPtrInput    `pulumi:"poolRegion,optional"`
	QueryTimeoutMs  pulumi.IntPtrInput       `pulumi:"queryTimeoutMs,optional"`
	AutoReadRouting pulumi.BoolPtrInput      `pulumi:"autoReadRouting,optional"`
	CacheConfig     *pgbeam.CacheConfigInput `pulumi:"cacheConfig,optional"`
	PoolConfig      *pgbeam.PoolConfigInput  `pulumi:"poolConfig,optional"`
}

// SecureAgentProjectReplica is a read replica of the primary database.
type SecureAgentProjectReplica struct {
	Name    string                `pulumi:"name,optional"`
	Host    pulumi.StringInput    `pulumi:"host"`
	Port    pulumi.IntPtrInput    `pulumi:"port,optional"`
	SSLMode pulumi.StringPtrInput `pulumi:"sslMode,optional"`
}

// SecureAgentProjectPolicy is what the agent may do.
type SecureAgentProjectPolicy struct {
	Name                   pulumi.StringPtrInput        `pulumi:"name,optional"`
	AccessMode             pulumi.StringPtrInput        `pulumi:"accessMode,optional"`
	StatementRules         *pgbeam.StatementRulesInput  `pulumi:"statementRules,optional"`
	TableAllowlist         pulumi.StringArrayInput      `pulumi:"tableAllowlist,optional"`
	TableDenylist          pulumi.StringArrayInput      `pulumi:"tableDenylist,optional"`
	MaskingRules           pgbeam.MaskingRuleArrayInput `pulumi:"maskingRules,optional"`
	RowFilters             pgbeam.RowFilterArrayInput   `pulumi:"rowFilters,optional"`
	BudgetQueriesPerHour   pulumi.IntPtrInput           `pulumi:"budgetQueriesPerHour,optional"`
	BudgetQueriesPerDay    pulumi.IntPtrInput           `pulumi:"budgetQueriesPerDay,optional"`
	MaxRows                pulumi.IntPtrInput           `pulumi:"maxRows,optional"`
	MaxAffectedRows        pulumi.IntPtrInput           `pulumi:"maxAffectedRows,optional"`
	StatementTimeoutMs     pulumi.IntPtrInput           `pulumi:"statementTimeoutMs,optional"`
	WriteMode              pulumi.StringPtrInput        `pulumi:"writeMode,optional"`
	ApprovalMode           pulumi.StringPtrInput        `pulumi:"approvalMode,optional"`
	ApprovalAutoMaxRows    pulumi.IntPtrInput           `pulumi:"approvalAutoMaxRows,optional"`
	ApprovalTimeoutSeconds pulumi.IntPtrInput           `pulumi:"approvalTimeoutSeconds,optional"`
	MigrationSafety        pulumi.StringPtrInput        `pulumi:"migrationSafety,optional"`
	EgressBytesPerDay      pulumi.IntPtrInput           `pulumi:"egressBytesPerDay,optional"`
	ContentScanMode        pulumi.StringPtrInput        `pulumi:"contentScanMode,optional"`
	ContentScanMaxBytes    pulumi.IntPtrInput           `pulumi:"contentScanMaxBytes,optional"`
}

// SecureAgentProjectAgent is the agent's credential.
type SecureAgentProjectAgent struct {
	Name             pulumi.StringPtrInput `pulumi:"name,optional"`
	Status           pulumi.StringPtrInput `pulumi:"status,optional"`
	PrincipalType    pulumi.StringPtrInput `pulumi:"principalType,optional"`
	ExpiresAt        pulumi.StringPtrInput `pulumi:"expiresAt,optional"`
	RotationTriggers pulumi.StringMapInput `pulumi:"rotationTriggers,optional"`
}

// SecureAgentProjectWebhook is where the project's events go.
type SecureAgentProjectWebhook struct {
	URL         pulumi.StringInput      `pulumi:"url"`
	Secret      pulumi.StringPtrInput   `pulumi:"secret,optional"`
	Format      pulumi.StringPtrInput   `pulumi:"format,optional"`
	EventTypes  pulumi.StringArrayInput `pulumi:"eventTypes,optional"`
	Enabled     pulumi.BoolPtrInput     `pulumi:"enabled,optional"`
	Description pulumi.StringPtrInput   `pulumi:"description,optional"`
}

// Annotate describes the component and its outputs.
func (c *SecureAgentProject) Annotate(a infer.Annotator) {
	a.Describe(&c, "A project in which an AI agent can work safely: a PgBeam project with its primary database, read replicas, "+
		"a policy profile, an agent credential that the profile binds, and a webhook endpoint for its events.\n\n"+
		"What is left out is safe: the agent may only read, connections to the databases use TLS, rows, statement time and "+
		"queries an hour are limited, unsafe migrations are blocked, and reads go to the replicas when there are any. "+
		"What weakens that has to be said, with `allowUnapprovedWrites` or `allowInsecureTransport`; otherwise nothing is created.\n\n"+
		"The children are named after the component: `<name>-project`, `<name>-replica-<name or position>`, `<name>-policy`, "+
		"`<name>-agent`, `<name>-webhook` and `<name>-default-policy`.")
	a.Describe(&c.ProjectID, "ID of the project, `prj_…`.")
	a.Describe(&c.ProxyHost, "Host name to connect to instead of the database's own.")
	a.Describe(&c.PrimaryDatabaseID, "ID of the primary database, `db_…`.")
	a.Describe(&c.ReplicaIDs, "IDs of the read replicas, `rep_…`, in the order of `replicas`.")
	a.Describe(&c.PolicyProfileID, "ID of the policy profile, `pol_…`.")
	a.Describe(&c.AgentCredentialID, "ID of the agent credential, `agt_…`.")
	a.Describe(&c.AgentUsername, "PostgreSQL user of the agent.")
	a.Describe(&c.AgentConnectionString, "The agent's PostgreSQL connection string, with the user and the password.")
	a.Describe(&c.MCPURL, "Address of the project's MCP server.")
	a.Describe(&c.MCPToken, "The agent's bearer token for the MCP server.")
	a.Describe(&c.WebhookEndpointID, "ID of the webhook endpoint, `whk_…`, when there is one.")
}

// Annotate describes the inputs that are the component's own. Those that are
// passed on to a resource are described as they are there.
func (r *SecureAgentProjectArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.Database, "The primary database.")
	a.Describe(&r.Replicas, "Read replicas of the primary database. Their number must be known before anything is created. "+
		"Give each a `name`, so that removing or moving one leaves the others as they are.")
	a.Describe(&r.Policy, "What the agent may do. Left out, it may read within the default limits.")
	a.Describe(&r.Agent, "The agent's credential. It is made in any case; this says more about it.")
	a.Describe(&r.Webhook, "Where the project's events are sent. Left out, nowhere.")
	a.Describe(&r.EnforceForHumans, "Whether the policy also binds people who connect with a password of the database itself. Defaults to `false`.")
	a.Describe(&r.AllowUnapprovedWrites, "Must be `true` for a policy that lets the agent write without the approval of a person: "+
		"`accessMode: read_write` with an `approvalMode` other than `writes` or `all`. Defaults to `false`.")
	a.Describe(&r.AllowInsecureTransport, "Must be `true` for a database or a replica that may be reached without TLS "+
		"(`sslMode` of `disable`, `allow` or `prefer`), and for a webhook with an `http://` URL. Defaults to `false`.")
}

// Annotate describes what differs from a database's own settings.
func (r *SecureAgentProjectDatabase) Annotate(a infer.Annotator) {
	a.Describe(&r, "The primary database of a SecureAgentProject.")
	a.Describe(&r.Port, fmt.Sprintf("Port of the PostgreSQL server, 1 to 65535. Defaults to %d.", defaultPort))
	a.Describe(&r.SSLMode, fmt.Sprintf("How the connection to the server is secured. Defaults to `%s`; "+
		"a mode that may do without TLS needs `allowInsecureTransport`.", defaultSSLMode))
	a.Describe(&r.AutoReadRouting, "Whether SELECT statements go to the read replicas by themselves. "+
		"Defaults to `true` when there are replicas.")
}

// Annotate describes what differs from a replica's own settings.
func (r *SecureAgentProjectReplica) Annotate(a infer.Annotator) {
	a.Describe(&r, "A read replica of a SecureAgentProject. Changing anything but the name replaces it.")
	a.Describe(&r.Name, "Name of the item, unique in the list: 1 to 64 letters, digits, and `_` `.` `-`. It must be known before anything is created, "+
		"and cannot be a secret. The child is named `<component>-replica-<name>`; without a name it is named by the position of the item, "+
		"and removing an item replaces those behind it. A name can be given to an existing item without replacing it, in an update "+
		"that does not move the item; to change or remove a name replaces it.")
	a.Describe(&r.Port, fmt.Sprintf("Port of the replica, 1 to 65535. Defaults to %d.", defaultPort))
	a.Describe(&r.SSLMode, fmt.Sprintf("How the connection to the replica is secured. Defaults to `%s`; "+
		"a mode that may do without TLS needs `allowInsecureTransport`.", defaultSSLMode))
}

// Annotate describes what differs from a profile's own settings.
func (r *SecureAgentProjectPolicy) Annotate(a infer.Annotator) {
	a.Describe(&r, "What the agent of a SecureAgentProject may do.")
	a.Describe(&r.AccessMode, fmt.Sprintf("Whether the agent may write. Defaults to `%s`; "+
		"`read_write` needs the approval of a person for writes (`approvalMode`) or `allowUnapprovedWrites`.", defaultAccessMode))
	a.Describe(&r.MaxRows, fmt.Sprintf("Rows that a query may return. Defaults to %d; 0 is no limit.", defaultMaxRows))
	a.Describe(&r.StatementTimeoutMs, fmt.Sprintf("Milliseconds after which a statement is cancelled. Defaults to %d; "+
		"0 leaves it to the database's own setting.", defaultStatementTimeoutMs))
	a.Describe(&r.BudgetQueriesPerHour, fmt.Sprintf("Queries that the credential may run within any hour. Defaults to %d; "+
		"0 is no limit.", defaultBudgetQueriesPerHour))
	a.Describe(&r.MigrationSafety, fmt.Sprintf("What happens to schema changes that are not safe to run. Defaults to `%s`.",
		defaultMigrationSafety))
}

// Annotate describes the type.
func (r *SecureAgentProjectAgent) Annotate(a infer.Annotator) {
	a.Describe(&r, "The agent's credential of a SecureAgentProject.")
}

// Annotate describes what differs from an endpoint's own settings.
func (r *SecureAgentProjectWebhook) Annotate(a infer.Annotator) {
	a.Describe(&r, "Where the events of a SecureAgentProject are sent.")
	a.Describe(&r.URL, "Address that events are sent to, up to 2048 characters. One that begins with `http://` needs `allowInsecureTransport`.")
}

// Construct implements infer.ComponentResource. The inputs have been checked.
func (*SecureAgentProject) Construct(ctx *pulumi.Context, name, typ string, args SecureAgentProjectArgs,
	opts pulumi.ResourceOption,
) (*SecureAgentProject, error) {
	component := &SecureAgentProject{}
	if err := ctx.RegisterComponentResource(typ, name, component, opts); err != nil {
		return nil, err
	}
	parent := pulumi.Parent(component)

	project, err := pgbeam.NewProject(ctx, name+"-project", args.project(), parent)
	if err != nil {
		return nil, err
	}
	replicaIDs := pulumi.StringArray{}
	suffixes := args.replicaSuffixes()
	for i, replica := range args.Replicas {
		childName := func(suffix string) string { return name + "-replica-" + suffix }
		options := []pulumi.ResourceOption{parent}
		if position := strconv.Itoa(i); !slices.Contains(suffixes, position) {
			// The item may have had no name before.
			options = append(options, pulumi.Aliases([]pulumi.Alias{{Name: pulumi.String(childName(position))}}))
		}
		made, err := pgbeam.NewReplica(ctx, childName(suffixes[i]), replica.of(project), options...)
		if err != nil {
			return nil, err
		}
		replicaIDs = append(replicaIDs, made.ID().ToStringOutput())
	}
	policy, err := pgbeam.NewPolicyProfile(ctx, name+"-policy", args.Policy.of(project), parent)
	if err != nil {
		return nil, err
	}
	agent, err := pgbeam.NewAgentCredential(ctx, name+"-agent", args.Agent.of(project, policy), parent)
	if err != nil {
		return nil, err
	}
	component.WebhookEndpointID = none()
	if args.Webhook != nil {
		webhook, err := pgbeam.NewWebhookEndpoint(ctx, name+"-webhook", args.Webhook.of(project), parent)
		if err != nil {
			return nil, err
		}
		component.WebhookEndpointID = webhook.ID().ToStringPtrOutput()
	}
	if args.EnforceForHumans {
		if _, err := pgbeam.NewProjectDefaultPolicy(ctx, name+"-default-policy", &pgbeam.ProjectDefaultPolicyArgs{
			ProjectId:       project.ID(),
			PolicyProfileId: policy.ID(),
		}, parent); err != nil {
			return nil, err
		}
	}

	component.ProjectID = project.ID().ToStringOutput()
	component.ProxyHost = project.ProxyHost
	component.PrimaryDatabaseID = project.PrimaryDatabaseId
	component.ReplicaIDs = replicaIDs.ToStringArrayOutput()
	component.PolicyProfileID = policy.ID().ToStringOutput()
	component.AgentCredentialID = agent.ID().ToStringOutput()
	component.AgentUsername = agent.PgUsername
	component.AgentConnectionString = secret(agent.ConnectionString)
	component.MCPURL = agent.McpUrl
	component.MCPToken = secret(agent.McpToken)
	return component, nil
}

// replicaSuffixes returns what the names of the replicas end with, in order.
func (r SecureAgentProjectArgs) replicaSuffixes() []string {
	suffixes := make([]string, len(r.Replicas))
	for i, replica := range r.Replicas {
		suffixes[i] = replicaSuffix(replica.Name, i)
	}
	return suffixes
}

// replicaSuffix is what the name of a replica ends with: its own name or, without
// one, its position.
func replicaSuffix(name string, position int) string { return cmp.Or(name, strconv.Itoa(position)) }

func (r SecureAgentProjectArgs) project() *pgbeam.ProjectArgs {
	database := r.Database
	routing := database.AutoReadRouting
	if routing == nil && len(r.Replicas) > 0 {
		routing = pulumi.Bool(true)
	}
	return &pgbeam.ProjectArgs{
		OrgId:          r.OrgID,
		Name:           r.Name,
		Description:    r.Description,
		Tags:           r.Tags,
		Cloud:          enum[pgbeam.CloudPtrInput, pgbeam.Cloud](r.Cloud),
		SelfHosted:     r.SelfHosted,
		Residency:      enum[pgbeam.ResidencyPtrInput, pgbeam.Residency](r.Residency),
		AllowedCidrs:   r.AllowedCIDRs,
		CidrLabels:     r.CIDRLabels,
		AgentsDisabled: r.AgentsDisabled,
		Database: pgbeam.DatabaseSettingsArgs{
			Host:            database.Host,
			Port:            or(database.Port, defaultPort),
			Name:            database.Name,
			Username:        database.Username,
			Password:        database.Password,
			SslMode:         tls(database.SSLMode),
			PoolRegion:      database.PoolRegion,
			QueryTimeoutMs:  database.QueryTimeoutMs,
			AutoReadRouting: routing,
			CacheConfig:     optional[pgbeam.CacheConfigPtrInput](database.CacheConfig),
			PoolConfig:      optional[pgbeam.PoolConfigPtrInput](database.PoolConfig),
		},
	}
}

func (r SecureAgentProjectReplica) of(project *pgbeam.Project) *pgbeam.ReplicaArgs {
	return &pgbeam.ReplicaArgs{
		DatabaseId: project.PrimaryDatabaseId,
		Host:       r.Host,
		Port:       or(r.Port, defaultPort),
		SslMode:    tls(r.SSLMode),
	}
}

func (r *SecureAgentProjectPolicy) of(project *pgbeam.Project) *pgbeam.PolicyProfileArgs {
	if r == nil {
		r = &SecureAgentProjectPolicy{}
	}
	args := &pgbeam.PolicyProfileArgs{
		ProjectId:              project.ID(),
		Name:                   r.Name,
		AccessMode:             enum[pgbeam.AccessModePtrInput, pgbeam.AccessMode](r.AccessMode),
		StatementRules:         optional[pgbeam.StatementRulesPtrInput](r.StatementRules),
		TableAllowlist:         r.TableAllowlist,
		TableDenylist:          r.TableDenylist,
		MaskingRules:           r.MaskingRules,
		RowFilters:             r.RowFilters,
		BudgetQueriesPerHour:   or(r.BudgetQueriesPerHour, defaultBudgetQueriesPerHour).ToIntPtrOutput(),
		BudgetQueriesPerDay:    r.BudgetQueriesPerDay,
		MaxRows:                or(r.MaxRows, defaultMaxRows).ToIntPtrOutput(),
		MaxAffectedRows:        r.MaxAffectedRows,
		StatementTimeoutMs:     or(r.StatementTimeoutMs, defaultStatementTimeoutMs).ToIntPtrOutput(),
		WriteMode:              enum[pgbeam.WriteModePtrInput, pgbeam.WriteMode](r.WriteMode),
		ApprovalMode:           enum[pgbeam.ApprovalModePtrInput, pgbeam.ApprovalMode](r.ApprovalMode),
		ApprovalAutoMaxRows:    r.ApprovalAutoMaxRows,
		ApprovalTimeoutSeconds: r.ApprovalTimeoutSeconds,
		MigrationSafety:        enum[pgbeam.MigrationSafetyPtrInput, pgbeam.MigrationSafety](r.MigrationSafety),
		EgressBytesPerDay:      r.EgressBytesPerDay,
		ContentScanMode:        enum[pgbeam.ContentScanModePtrInput, pgbeam.ContentScanMode](r.ContentScanMode),
		ContentScanMaxBytes:    r.ContentScanMaxBytes,
	}
	if args.AccessMode == nil {
		args.AccessMode = pgbeam.AccessMode(defaultAccessMode)
	}
	if args.MigrationSafety == nil {
		args.MigrationSafety = pgbeam.MigrationSafety(defaultMigrationSafety)
	}
	return args
}

func (r *SecureAgentProjectAgent) of(project *pgbeam.Project, policy *pgbeam.PolicyProfile) *pgbeam.AgentCredentialArgs {
	if r == nil {
		r = &SecureAgentProjectAgent{}
	}
	return &pgbeam.AgentCredentialArgs{
		ProjectId:        project.ID(),
		PolicyProfileId:  policy.ID(),
		Name:             r.Name,
		Status:           enum[pgbeam.CredentialStatusPtrInput, pgbeam.CredentialStatus](r.Status),
		PrincipalType:    enum[pgbeam.PrincipalTypePtrInput, pgbeam.PrincipalType](r.PrincipalType),
		ExpiresAt:        r.ExpiresAt,
		RotationTriggers: r.RotationTriggers,
	}
}

func (r *SecureAgentProjectWebhook) of(project *pgbeam.Project) *pgbeam.WebhookEndpointArgs {
	return &pgbeam.WebhookEndpointArgs{
		ProjectId:   project.ID(),
		Url:         r.URL,
		Secret:      r.Secret,
		Format:      enum[pgbeam.WebhookFormatPtrInput, pgbeam.WebhookFormat](r.Format),
		EventTypes:  eventTypes(r.EventTypes),
		Enabled:     r.Enabled,
		Description: r.Description,
	}
}

// or is a number, or what stands for it when it is left out. Which of the two
// is known before the value is.
func or(v pulumi.IntPtrInput, otherwise int) pulumi.IntOutput {
	if v == nil {
		return pulumi.Int(otherwise).ToIntOutput()
	}
	return v.ToIntPtrOutput().ApplyT(func(v *int) int {
		if v == nil {
			return otherwise
		}
		return *v
	}).(pulumi.IntOutput)
}

func tls(mode pulumi.StringPtrInput) pgbeam.SSLModePtrInput {
	if mode == nil {
		return pgbeam.SSLMode(defaultSSLMode)
	}
	return enum[pgbeam.SSLModePtrInput, pgbeam.SSLMode](mode)
}

// enum turns a string into an enum of the SDK; one that is left out stays so.
// An enum of the SDK cannot stand in the arguments of a component: infer does
// not come to an end with it.
func enum[I any, T ~string](v pulumi.StringPtrInput) (input I) {
	if v == nil {
		return input
	}
	return v.ToStringPtrOutput().ApplyT(func(s *string) *T {
		if s == nil {
			return nil
		}
		t := T(*s)
		return &t
	}).(I)
}

// optional passes on an object that may be left out.
func optional[I any, T any](v *T) (input I) {
	if v == nil {
		return input
	}
	return any(*v).(I)
}

func eventTypes(v pulumi.StringArrayInput) pgbeam.WebhookEventTypeArrayInput {
	if v == nil {
		return nil
	}
	return v.ToStringArrayOutput().ApplyT(func(names []string) []pgbeam.WebhookEventType {
		types := make([]pgbeam.WebhookEventType, len(names))
		for i, name := range names {
			types[i] = pgbeam.WebhookEventType(name)
		}
		return types
	}).(pgbeam.WebhookEventTypeArrayOutput)
}

// none is an output of nothing.
func none() pulumi.StringPtrOutput {
	return pulumi.String("").ToStringOutput().ApplyT(func(string) *string { return nil }).(pulumi.StringPtrOutput)
}

// secret marks an output that is one. Not every way out of a child does. An
// update of other targets leaves out children that do not exist yet, and there is
// no secret then: one without a value cannot be sent.
func secret(v pulumi.StringOutput) pulumi.StringOutput {
	return v.ApplyT(func(s string) pulumi.StringOutput {
		if s == "" {
			return pulumi.String("").ToStringOutput()
		}
		return pulumi.ToSecret(pulumi.String(s)).(pulumi.StringOutput)
	}).(pulumi.StringOutput)
}
