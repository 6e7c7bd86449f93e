# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

# Deploys the same as ../../yaml/every-component.

import pulumi
import pulumi_pgbeam as pgbeam

config = pulumi.Config()
org_id = config.require("orgId")
password = config.require_secret("dbPassword")
secret = config.require_secret("webhookSecret")
reduced = config.get_bool("reduced") or False

replicas = [pgbeam.SecureAgentProjectReplicaArgs(name="frankfurt", host="frankfurt.shop.example.com")]
if not reduced:
    replicas.append(
        pgbeam.SecureAgentProjectReplicaArgs(
            name="dublin", host="dublin.shop.example.com", port=6432, ssl_mode=pgbeam.SSLMode.VERIFY_CA
        )
    )
shop = pgbeam.SecureAgentProject(
    "shop",
    org_id=org_id,
    description="The shop's database and its AI agents",
    tags=["shop", "production"],
    allowed_cidrs=["203.0.113.0/24", "198.51.100.10/32"],
    cidr_labels={"203.0.113.0/24": "Office", "198.51.100.10/32": "Build server"},
    database=pgbeam.PrimaryDatabaseArgs(
        host="shop.example.com",
        name="shop",
        username="pgbeam",
        password=password,
        pool_config=pgbeam.PoolConfigArgs(pool_size=20, min_pool_size=2, pool_mode=pgbeam.PoolMode.TRANSACTION),
    ),
    replicas=replicas,
    policy=pgbeam.AgentPolicyArgs(
        table_allowlist=["public.orders", "public.customers"],
        masking_rules=[
            pgbeam.MaskingRuleArgs(table="customers", column="email", kind=pgbeam.MaskingKind.REDACT),
            pgbeam.MaskingRuleArgs(table="customers", column="phone", kind=pgbeam.MaskingKind.NULL),
        ],
        row_filters=[pgbeam.RowFilterArgs(table="orders", predicate="created_at > now() - interval '1 year'")],
    ),
    policy_tests=[
        pgbeam.PolicyTestCaseArgs(
            name="sees no addresses",
            sql="select email from customers",
            expect=pgbeam.PolicyVerdict.MASK,
            masked_columns=["email", "phone"],
        ),
        pgbeam.PolicyTestCaseArgs(
            name="does not write",
            sql="delete from orders where id = 1",
            expect=pgbeam.PolicyVerdict.BLOCK,
            rule="read_only",
        ),
    ],
    agent=pgbeam.AgentSettingsArgs(name="Support bot", expires_at="2099-01-01T00:00:00Z"),
    anomaly_rules={
        "volume": pgbeam.AnomalySettingsArgs(metric=pgbeam.AnomalyMetric.BYTES_PER_HOUR, sigma_threshold=4),
        "errors": pgbeam.AnomalySettingsArgs(metric=pgbeam.AnomalyMetric.ERRORS_PER_HOUR, enabled=False),
    },
    webhook=pgbeam.WebhookSettingsArgs(
        url="https://example.com/hooks/shop",
        secret=secret,
        event_types=[pgbeam.WebhookEventType.QUERY_BLOCKED, pgbeam.WebhookEventType.CANARY_TRIPPED],
        format=pgbeam.WebhookFormat.ELASTIC,
    ),
)

anomaly_rules = {
    "queries": pgbeam.AnomalySettingsArgs(metric=pgbeam.AnomalyMetric.QUERIES_PER_HOUR, sigma_threshold=3, floor=100),
}
if not reduced:
    anomaly_rules["hours"] = pgbeam.AnomalySettingsArgs(metric=pgbeam.AnomalyMetric.ACTIVE_HOURS)
reporting = pgbeam.AgentAccess(
    "reporting",
    project_id=shop.project_id,
    policy=pgbeam.AgentPolicyArgs(
        mask_detected_pii=pgbeam.DetectedPiiSettingsArgs(
            database_id=shop.primary_database_id, min_confidence=0.8, except_=["users.phone"]
        ),
        content_scan_mode=pgbeam.ContentScanMode.ANNOTATE,
        statement_rules=pgbeam.StatementRulesArgs(allow=["select", "explain"], deny=["copy"]),
    ),
    policy_tests=[
        pgbeam.PolicyTestCaseArgs(name="reads orders", sql="select id from orders", expect=pgbeam.PolicyVerdict.ALLOW),
        pgbeam.PolicyTestCaseArgs(
            name="sees no addresses",
            sql="select email from users",
            expect=pgbeam.PolicyVerdict.MASK,
            masked_columns=["email"],
        ),
    ],
    agent=pgbeam.AgentSettingsArgs(
        name="Reporting agent", rotation_triggers={"quarter": "2027-Q1", "team": "reporting"}
    ),
    anomaly_rules=anomaly_rules,
)

agents = {
    "chat-bot": pgbeam.AgentFleetAgentArgs(tier="support", expires_at="2099-01-01T00:00:00Z"),
    "email-bot": pgbeam.AgentFleetAgentArgs(tier="support", budget_queries_per_hour=100),
    "refund-bot": pgbeam.AgentFleetAgentArgs(tier="operations", rotation_triggers={"quarter": "2027-Q1"}),
}
if reduced:
    del agents["email-bot"]
fleet = pgbeam.AgentFleet(
    "fleet",
    project_id=shop.project_id,
    tiers={
        "support": pgbeam.AgentPolicyArgs(
            table_allowlist=["public.orders", "public.customers"], budget_queries_per_hour=500
        ),
        "operations": pgbeam.AgentPolicyArgs(
            access_mode=pgbeam.AccessMode.READ_WRITE,
            approval_mode=pgbeam.ApprovalMode.WRITES,
            table_allowlist=["public.orders"],
            max_affected_rows=100,
        ),
    },
    policy_tests={
        "support": [
            pgbeam.PolicyTestCaseArgs(
                name="does not write",
                sql="update orders set total = 0 where id = 1",
                expect=pgbeam.PolicyVerdict.BLOCK,
                rule="read_only",
            )
        ],
        "operations": [
            pgbeam.PolicyTestCaseArgs(
                name="corrects an order",
                sql="update orders set total = 0 where id = 1",
                expect=pgbeam.PolicyVerdict.ALLOW,
            )
        ],
    },
    agents=agents,
    webhooks={
        "security": pgbeam.WebhookSettingsArgs(
            url="https://example.com/hooks/security", secret=secret, event_types=[pgbeam.WebhookEventType.KILL_SWITCH]
        ),
        "audit": pgbeam.WebhookSettingsArgs(
            url="https://example.com/hooks/audit", format=pgbeam.WebhookFormat.DATADOG, secret=secret
        ),
    },
    org_id=org_id,
    spend_limit=500,
)

tenants = pgbeam.TenantAccess(
    "tenants",
    project_id=shop.project_id,
    tables={"orders": "tenant_id", "billing.invoices": "Tenant ID"},
    tenants={"acme": "42"} if reduced else {"acme": "42", "globex": "43"},
    policy=pgbeam.AgentPolicyArgs(
        masking_rules=[pgbeam.MaskingRuleArgs(table="orders", column="address", kind=pgbeam.MaskingKind.HASH)]
    ),
    policy_tests=[
        pgbeam.PolicyTestCaseArgs(
            name="sees orders of the tenant",
            sql="select id, total from orders",
            expect=pgbeam.PolicyVerdict.ROW_FILTER,
        ),
        pgbeam.PolicyTestCaseArgs(
            name="sees no table of all tenants",
            sql="select * from plans",
            expect=pgbeam.PolicyVerdict.BLOCK,
            rule="table_not_allowed",
        ),
    ],
    agent=pgbeam.AgentSettingsArgs(name="Tenant bot"),
)

people = pgbeam.HumanAccess(
    "people",
    project_id=shop.project_id,
    baseline=pgbeam.AgentPolicyArgs(table_allowlist=["public.orders", "public.products"], max_rows=100),
    roles={
        "support": pgbeam.HumanAccessRoleArgs(
            policy=pgbeam.AgentPolicyArgs(table_allowlist=["public.orders", "public.customers"]),
            people=["ada"] if reduced else ["ada", "grace"],
        ),
        "operations": pgbeam.HumanAccessRoleArgs(
            policy=pgbeam.AgentPolicyArgs(
                access_mode=pgbeam.AccessMode.READ_WRITE,
                approval_mode=pgbeam.ApprovalMode.ALL,
                table_allowlist=["public.orders"],
            ),
            people=["linus"],
            expires_at="2099-01-01T00:00:00Z",
        ),
    },
    approvals={
        "refunds": pgbeam.ApprovalSettingsArgs(schema_name="billing", relation_name="refunds"),
        "prices": pgbeam.ApprovalSettingsArgs(
            name="Changes of prices",
            relation_name="prices",
            statement_kinds=[pgbeam.StatementKind.UPDATE, pgbeam.StatementKind.DELETE],
            min_affected_rows=10,
        ),
    },
    webhook=pgbeam.WebhookSettingsArgs(url="https://example.com/hooks/people", secret=secret),
)

migrations = pgbeam.SafeMigrations(
    "migrations",
    project_id=shop.project_id,
    tables=["public.orders", "billing.invoices"],
    approvals=pgbeam.SafeMigrationsApprovalsArgs(
        timeout_seconds=7200,
        statement_kinds=[pgbeam.StatementKind.DDL, pgbeam.StatementKind.DELETE],
        webhook=(
            None if reduced else pgbeam.WebhookSettingsArgs(url="https://example.com/hooks/migrations", secret=secret)
        ),
    ),
    sandbox=pgbeam.SafeMigrationsAccessArgs(
        policy_tests=[
            pgbeam.PolicyTestCaseArgs(
                name="backfill",
                sql="update orders set note = '' where id < 100",
                expect=pgbeam.PolicyVerdict.ALLOW,
            )
        ]
    ),
    production=pgbeam.SafeMigrationsAccessArgs(
        policy=pgbeam.AgentPolicyArgs(
            masking_rules=[pgbeam.MaskingRuleArgs(table="invoices", column="iban", kind=pgbeam.MaskingKind.REDACT)]
        ),
        policy_tests=[
            pgbeam.PolicyTestCaseArgs(
                name="add a column",
                sql="alter table orders add column note text",
                expect=pgbeam.PolicyVerdict.ALLOW,
            ),
            pgbeam.PolicyTestCaseArgs(
                name="backfill",
                sql="update orders set note = '' where id < 100",
                expect=pgbeam.PolicyVerdict.BLOCK,
                rule="statement_not_allowed",
            ),
        ],
    ),
)

decoys = {
    "passwords": pgbeam.DecoySettingsArgs(relation_name="admin_passwords", action=pgbeam.HoneytokenAction.KILL),
}
if not reduced:
    decoys["ssns"] = pgbeam.DecoySettingsArgs(
        schema_name="hr", relation_name="customer_ssns", action=pgbeam.HoneytokenAction.AUDIT_ONLY
    )
tripwires = pgbeam.Tripwires(
    "tripwires",
    project_id=shop.project_id,
    decoys=decoys,
    anomalies={
        "exfiltration": pgbeam.AnomalySettingsArgs(
            metric=pgbeam.AnomalyMetric.BYTES_PER_HOUR, sigma_threshold=4, floor=10_000_000
        ),
        "errors": pgbeam.AnomalySettingsArgs(metric=pgbeam.AnomalyMetric.ERRORS_PER_HOUR),
    },
    sinks={
        "security": pgbeam.WebhookSettingsArgs(url="https://example.com/hooks/decoys", secret=secret),
        "splunk": pgbeam.WebhookSettingsArgs(
            url="https://example.com/hooks/splunk",
            secret=secret,
            format=pgbeam.WebhookFormat.SPLUNK_HEC,
            event_types=[pgbeam.WebhookEventType.ANOMALY_ALERT],
        ),
    },
)

read_replicas = {"frankfurt": pgbeam.ReadReplicaArgs(host="frankfurt.analytics.example.com")}
if not reduced:
    read_replicas["dublin"] = pgbeam.ReadReplicaArgs(
        host="dublin.analytics.example.com", port=6432, ssl_mode=pgbeam.SSLMode.REQUIRE
    )
analytics = pgbeam.ReplicatedDatabase(
    "analytics",
    project_id=shop.project_id,
    primary=pgbeam.PrimaryDatabaseArgs(
        host="analytics.example.com",
        name="analytics",
        username="pgbeam",
        password=password,
        cache_config=pgbeam.CacheConfigArgs(enabled=True, ttl_seconds=60, max_entries=10_000, swr_seconds=30),
    ),
    replicas=read_replicas,
    custom_domain=pgbeam.CustomDomainSettingsArgs(domain="db.shop.example.com"),
)

regions = {
    "frankfurt": pgbeam.SelfHostedGatewayRegionArgs(description="Proxies beside the warehouse", rotate_after="90d"),
}
if not reduced:
    regions["virginia"] = pgbeam.SelfHostedGatewayRegionArgs(rotation_triggers={"quarter": "2027-Q1"})
proxies = pgbeam.SelfHostedGateway(
    "proxies",
    org_id=config.require("proxyOrgId"),
    image="registry.example.com/pgbeam-proxy:1.2",
    environment={"LOG_LEVEL": "info", "LOG_FORMAT": "json"},
    regions=regions,
    project=pgbeam.SelfHostedGatewayProjectArgs(
        description="The warehouse",
        residency=pgbeam.Residency.EU,
        database=pgbeam.PrimaryDatabaseArgs(
            host="warehouse.internal.example.com", name="warehouse", username="pgbeam", password=password
        ),
    ),
    opts=pulumi.ResourceOptions(
        provider=pgbeam.Provider("proxyProvider", api_key=config.require_secret("proxyApiKey"))
    ),
)

nightly = pgbeam.RotatingAgentCredential(
    "nightly",
    project_id=shop.project_id,
    policy_profile_id=fleet.tier_policy_profile_ids["support"],
    name="Nightly report",
    every_days=30,
    overlap_days=3,
)

pulumi.export("shop.agent_connection_string", shop.agent_connection_string)
pulumi.export("shop.agent_credential_id", shop.agent_credential_id)
pulumi.export("shop.agent_username", shop.agent_username)
pulumi.export("shop.anomaly_rule_ids", shop.anomaly_rule_ids)
pulumi.export("shop.mcp_client_config", shop.mcp_client_config)
pulumi.export("shop.mcp_token", shop.mcp_token)
pulumi.export("shop.mcp_url", shop.mcp_url)
pulumi.export("shop.policy_profile_id", shop.policy_profile_id)
pulumi.export("shop.policy_test_id", shop.policy_test_id)
pulumi.export("shop.primary_database_id", shop.primary_database_id)
pulumi.export("shop.project_id", shop.project_id)
pulumi.export("shop.proxy_host", shop.proxy_host)
pulumi.export("shop.replica_ids", shop.replica_ids)
pulumi.export("shop.webhook_endpoint_id", shop.webhook_endpoint_id)
pulumi.export("reporting.agent_credential_id", reporting.agent_credential_id)
pulumi.export("reporting.anomaly_rule_ids", reporting.anomaly_rule_ids)
pulumi.export("reporting.connection_string", reporting.connection_string)
pulumi.export("reporting.mcp_client_config", reporting.mcp_client_config)
pulumi.export("reporting.mcp_token", reporting.mcp_token)
pulumi.export("reporting.mcp_url", reporting.mcp_url)
pulumi.export("reporting.policy_profile_id", reporting.policy_profile_id)
pulumi.export("reporting.policy_test_id", reporting.policy_test_id)
pulumi.export("reporting.username", reporting.username)
pulumi.export("fleet.agent_credential_ids", fleet.agent_credential_ids)
pulumi.export("fleet.connection_strings", fleet.connection_strings)
pulumi.export("fleet.mcp_client_configs", fleet.mcp_client_configs)
pulumi.export("fleet.mcp_tokens", fleet.mcp_tokens)
pulumi.export("fleet.mcp_urls", fleet.mcp_urls)
pulumi.export("fleet.policy_profile_ids", fleet.policy_profile_ids)
pulumi.export("fleet.policy_test_ids", fleet.policy_test_ids)
pulumi.export("fleet.tier_policy_profile_ids", fleet.tier_policy_profile_ids)
pulumi.export("fleet.usernames", fleet.usernames)
pulumi.export("fleet.webhook_endpoint_ids", fleet.webhook_endpoint_ids)
pulumi.export("tenants.agent_credential_ids", tenants.agent_credential_ids)
pulumi.export("tenants.connection_strings", tenants.connection_strings)
pulumi.export("tenants.mcp_client_configs", tenants.mcp_client_configs)
pulumi.export("tenants.mcp_tokens", tenants.mcp_tokens)
pulumi.export("tenants.mcp_urls", tenants.mcp_urls)
pulumi.export("tenants.policy_profile_ids", tenants.policy_profile_ids)
pulumi.export("tenants.policy_test_ids", tenants.policy_test_ids)
pulumi.export("tenants.usernames", tenants.usernames)
pulumi.export("people.approval_rule_ids", people.approval_rule_ids)
pulumi.export("people.baseline_policy_profile_id", people.baseline_policy_profile_id)
pulumi.export("people.connection_strings", people.connection_strings)
pulumi.export("people.credential_ids", people.credential_ids)
pulumi.export("people.policy_profile_ids", people.policy_profile_ids)
pulumi.export("people.usernames", people.usernames)
pulumi.export("people.webhook_endpoint_id", people.webhook_endpoint_id)
pulumi.export("migrations.approval_rule_ids", migrations.approval_rule_ids)
pulumi.export("migrations.mcp_url", migrations.mcp_url)
pulumi.export("migrations.production_connection_string", migrations.production_connection_string)
pulumi.export("migrations.production_credential_id", migrations.production_credential_id)
pulumi.export("migrations.production_mcp_token", migrations.production_mcp_token)
pulumi.export("migrations.production_policy_profile_id", migrations.production_policy_profile_id)
pulumi.export("migrations.production_policy_test_id", migrations.production_policy_test_id)
pulumi.export("migrations.production_username", migrations.production_username)
pulumi.export("migrations.sandbox_connection_string", migrations.sandbox_connection_string)
pulumi.export("migrations.sandbox_credential_id", migrations.sandbox_credential_id)
pulumi.export("migrations.sandbox_mcp_token", migrations.sandbox_mcp_token)
pulumi.export("migrations.sandbox_policy_profile_id", migrations.sandbox_policy_profile_id)
pulumi.export("migrations.sandbox_policy_test_id", migrations.sandbox_policy_test_id)
pulumi.export("migrations.sandbox_username", migrations.sandbox_username)
pulumi.export("migrations.webhook_endpoint_id", migrations.webhook_endpoint_id)
pulumi.export("tripwires.anomaly_rule_ids", tripwires.anomaly_rule_ids)
pulumi.export("tripwires.honeytoken_ids", tripwires.honeytoken_ids)
pulumi.export("tripwires.webhook_endpoint_ids", tripwires.webhook_endpoint_ids)
pulumi.export("analytics.connection_string", analytics.connection_string)
pulumi.export("analytics.custom_domain_id", analytics.custom_domain_id)
pulumi.export("analytics.database_id", analytics.database_id)
pulumi.export("analytics.dns_instructions", analytics.dns_instructions)
pulumi.export("analytics.project_id", analytics.project_id)
pulumi.export("analytics.proxy_host", analytics.proxy_host)
pulumi.export("analytics.replica_ids", analytics.replica_ids)
pulumi.export("proxies.compose_files", proxies.compose_files)
pulumi.export("proxies.enrollment_ids", proxies.enrollment_ids)
pulumi.export("proxies.environments", proxies.environments)
pulumi.export("proxies.helm_values", proxies.helm_values)
pulumi.export("proxies.primary_database_id", proxies.primary_database_id)
pulumi.export("proxies.project_id", proxies.project_id)
pulumi.export("proxies.proxy_host", proxies.proxy_host)
pulumi.export("nightly.agent_credential_ids", nightly.agent_credential_ids)
pulumi.export("nightly.current", nightly.current)
pulumi.export("nightly.next_rotation", nightly.next_rotation)
pulumi.export("nightly.previous_valid_until", nightly.previous_valid_until)
