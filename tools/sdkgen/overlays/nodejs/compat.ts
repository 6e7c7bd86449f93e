// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

// The types that programs of the former package, a dynamic provider, import from `@pgbeam/pulumi`, under their names.
// The types of arguments are those of the constructors. The other types are objects of the API, with its field names,
// which programs get from the API itself: the outputs of resources have the types in `types.output`.

import * as pulumi from "@pulumi/pulumi";
import * as enums from "./types/enums";
import * as inputs from "./types/input";

/** The settings of the query cache of a database. `types.input.CacheConfigArgs` is the same with values that can be outputs. */
export interface CacheConfigArgs {
    enabled: boolean;
    ttlSeconds: number;
    maxEntries: number;
    swrSeconds: number;
}

/** The settings of the connection pool of a database. `types.input.PoolConfigArgs` is the same with values that can be outputs. */
export interface PoolConfigArgs {
    poolSize: number;
    minPoolSize: number;
    poolMode: enums.PoolMode;
    maxActive?: number;
}

/** The kinds of statements that a policy profile allows or denies. `types.input.StatementRulesArgs` is the same with values that can be outputs. */
export interface StatementRulesArgs {
    allow?: string[];
    deny?: string[];
}

/** The primary database of a project. */
export type ProjectDatabaseArgs = inputs.DatabaseSettingsArgs;

/** A rule that masks a column in query results. */
export type MaskingRuleArgs = inputs.MaskingRuleArgs;

/** A condition that restricts which rows of a table agents can see. */
export type RowFilterArgs = inputs.RowFilterArgs;

/** An entry of `allowedCidrs` of a project with its label, which is otherwise in `cidrLabels`. */
export interface CidrEntryArgs {
    cidr: pulumi.Input<string>;
    label?: pulumi.Input<string>;
}

/** A project in the API. */
export interface ProjectData {
    id: string;
    org_id: string;
    name: string;
    description?: string;
    tags?: string[];
    readonly cloud?: enums.Cloud;
    readonly self_hosted?: boolean;
    readonly proxy_host?: string;
    readonly queries_per_second?: number;
    readonly burst_size?: number;
    readonly max_connections?: number;
    allowed_cidrs?: CidrEntry[];
    default_policy_profile_id?: string | null;
    residency?: DataResidency;
    agents_disabled?: boolean;
    readonly database_count?: number;
    readonly active_connections?: number;
    status: enums.ProjectStatus | "deleted";
    created_at: string;
    updated_at: string;
}

/** A range of addresses that can connect to a project, in the API. */
export interface CidrEntry {
    cidr: string;
    label?: string;
}

/** The region in which the queries of a project can be processed. */
export type DataResidency = enums.Residency;

/** A database in the API. */
export interface DatabaseData {
    id: string;
    project_id: string;
    readonly connection_string?: string;
    host: string;
    port: number;
    name: string;
    username: string;
    ssl_mode: enums.SSLMode;
    role?: enums.DatabaseRole;
    pool_region?: string;
    query_timeout_ms?: number;
    auto_read_routing?: boolean;
    cache_config: CacheConfig;
    pool_config: PoolConfig;
    created_at: string;
    updated_at: string;
}

/** The settings of the query cache of a database, in the API. */
export interface CacheConfig {
    enabled: boolean;
    ttl_seconds: number;
    max_entries: number;
    swr_seconds: number;
}

/** The settings of the connection pool of a database, in the API. */
export interface PoolConfig {
    pool_size: number;
    min_pool_size: number;
    pool_mode: enums.PoolMode;
    max_active?: number;
}

/** A read replica in the API. */
export interface ReplicaData {
    id: string;
    database_id: string;
    host: string;
    port: number;
    ssl_mode: enums.SSLMode;
    created_at: string;
    updated_at: string;
}

/** A custom domain in the API. */
export interface CustomDomainData {
    id: string;
    project_id: string;
    domain: string;
    verified: boolean;
    verified_at?: string | null;
    tls_cert_expiry?: string | null;
    dns_verification_token: string;
    dns_instructions?: DnsInstructions;
    created_at: string;
    updated_at: string;
}

/** The DNS records that a custom domain requires, in the API. */
export interface DnsInstructions {
    cname_host?: string;
    cname_target?: string;
    txt_host?: string;
    txt_value?: string;
    acme_cname_host?: string;
    acme_cname_target?: string;
}

/** A query shape with its statistics and its cache settings, in the API. */
export interface CacheRuleEntry {
    query_hash: string;
    normalized_sql: string;
    query_type: "read" | "write" | "other";
    cache_enabled: boolean;
    cache_ttl_seconds?: number | null;
    cache_swr_seconds?: number | null;
    call_count: number;
    avg_latency_ms: number;
    p95_latency_ms: number;
    avg_response_bytes: number;
    stability_rate: number;
    recommendation: "great" | "good" | "fair" | "poor";
    first_seen_at: string;
    last_seen_at: string;
}

/** The plan of an organization in the API. */
export interface OrganizationPlan {
    org_id: string;
    plan: "starter" | "pro" | "scale" | "enterprise";
    billing_provider?: "stripe" | "vercel" | "aws" | "manual";
    subscription_status?:
        | "none"
        | "active"
        | "trialing"
        | "past_due"
        | "canceled"
        | "unpaid"
        | "incomplete"
        | "incomplete_expired"
        | "paused";
    current_period_end?: string;
    enabled?: boolean;
    custom_pricing?: boolean;
    spend_limit?: number | null;
    spend_capped?: boolean;
    spend_capped_at?: string | null;
    limits: PlanLimits;
    created_at?: string;
    updated_at?: string;
}

/** The limits of a plan in the API. */
export interface PlanLimits {
    queries_per_day: number;
    max_projects: number;
    max_databases: number;
    max_connections: number;
    queries_per_second: number;
    bytes_per_month: number;
    max_query_shapes: number;
    included_seats: number;
    max_agent_credentials: number;
    audit_retention_days: number;
    sandbox_max_branches: number;
    sandbox_max_upstream_bytes: number;
    sandbox_idle_seconds: number;
    sandbox_ttl_seconds: number;
}

/** A region of the proxy in the API. */
export interface Region {
    id: string;
    name: string;
    provider: enums.Cloud;
    status: "active" | "draining" | "inactive";
    available: boolean;
    continent?: string;
    country?: string;
}

/** An agent credential in the API. */
export interface AgentCredentialData {
    id: string;
    project_id: string;
    policy_profile_id: string;
    name: string;
    pg_username: string;
    status: enums.CredentialStatus | "revoked";
    principal_type?: enums.PrincipalType;
    readonly auth_method?: "cleartext" | "scram-sha-256";
    last_used_at?: string | null;
    expires_at?: string | null;
    created_at: string;
    updated_at: string;
}

/** A policy profile in the API. */
export interface PolicyProfileData {
    id: string;
    project_id: string;
    name: string;
    access_mode: enums.AccessMode;
    statement_rules?: StatementRules;
    table_allowlist: string[];
    table_denylist: string[];
    masking_rules: MaskingRule[];
    budget_queries_per_hour?: number;
    budget_queries_per_day?: number;
    max_rows?: number;
    statement_timeout_ms?: number;
    row_filters?: RowFilter[];
    write_mode?: enums.WriteMode;
    approval_mode?: enums.ApprovalMode;
    approval_auto_max_rows?: number;
    approval_timeout_seconds?: number;
    migration_safety?: enums.MigrationSafety;
    egress_bytes_per_day?: number;
    max_affected_rows?: number;
    content_scan_mode?: enums.ContentScanMode;
    content_scan_max_bytes?: number;
    created_at: string;
    updated_at: string;
}

/** The kinds of statements that a policy profile allows or denies, in the API. */
export interface StatementRules {
    allow?: string[];
    deny?: string[];
}

/** A rule that masks a column in query results, in the API. */
export interface MaskingRule {
    table: string;
    column: string;
    kind: enums.MaskingKind;
}

/** A condition that restricts which rows of a table agents can see, in the API. */
export interface RowFilter {
    table: string;
    predicate: string;
}

/** A webhook endpoint in the API. */
export interface WebhookEndpointData {
    id: string;
    project_id: string;
    url: string;
    format: enums.WebhookFormat;
    event_types?: enums.WebhookEventType[];
    enabled: boolean;
    description?: string;
    created_at: string;
    updated_at: string;
}

/** An enrollment of proxies in your own network, in the API. */
export interface SelfHostEnrollmentData {
    id: string;
    org_id: string;
    region_label?: string;
    description?: string;
    created_by?: string | null;
    created_at: string;
    last_seen_at?: string | null;
    revoked_at?: string | null;
    expires_at?: string | null;
}

/** A honeytoken in the API. */
export interface HoneytokenData {
    id: string;
    project_id: string;
    schema_name?: string | null;
    relation_name: string;
    action: enums.HoneytokenAction;
    created_at: string;
    updated_at: string;
}

/** An anomaly rule in the API. */
export interface AnomalyRuleData {
    id: string;
    project_id: string;
    credential_id?: string | null;
    metric: enums.AnomalyMetric;
    sigma_threshold?: number | null;
    floor?: number | null;
    enabled: boolean;
    created_at: string;
    updated_at: string;
}

/** The addresses that can connect to a project: ranges and addresses, or, as in the former package, entries with labels. */
export type AllowedCidrs = pulumi.Input<pulumi.Input<string>[] | undefined> | CidrEntryArgs[];

interface CidrArgs {
    allowedCidrs?: AllowedCidrs;
    cidrLabels?: pulumi.Input<{ [key: string]: pulumi.Input<string> } | undefined>;
}

/**
 * Returns the inputs `allowedCidrs` and `cidrLabels` of a project. Labels in the entries are those of `cidrLabels`,
 * unless the program has that, too.
 *
 * @internal
 */
export function cidrInputs(args: CidrArgs | undefined): pulumi.Inputs {
    const { allowedCidrs, cidrLabels } = args ?? {};
    if (!Array.isArray(allowedCidrs) || !allowedCidrs.some(isEntry)) {
        return { allowedCidrs, cidrLabels };
    }
    const entries = allowedCidrs.map((entry) => (isEntry(entry) ? entry : { cidr: entry }));
    const labels = entries.filter((entry) => entry.label !== undefined);
    const labelsByCidr = () => pulumi.output(labels).apply((known) => Object.fromEntries(known.map(({ cidr, label }) => [cidr, label])));
    return {
        allowedCidrs: entries.map((entry) => entry.cidr),
        cidrLabels: cidrLabels ?? (labels.length > 0 ? labelsByCidr() : undefined),
    };
}

function isEntry(value: unknown): value is CidrEntryArgs {
    return typeof value === "object" && value !== null && "cidr" in value && !pulumi.Output.isInstance(value);
}
