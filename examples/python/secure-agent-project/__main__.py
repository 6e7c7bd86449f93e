import pulumi
import pulumi_pgbeam as pgbeam

config = pulumi.Config()

shop = pgbeam.SecureAgentProject(
    "shop",
    org_id=config.require("orgId"),
    description="The shop's database, for the support agent",
    database={
        "host": "shop.example.com",
        "name": "shop",
        "username": "pgbeam",
        "password": config.require_secret("dbPassword"),
    },
    replicas=[
        {"host": "replica-1.shop.example.com"},
        {"host": "replica-2.shop.example.com"},
    ],
    policy={
        "table_allowlist": ["public.orders", "public.customers"],
        "masking_rules": [
            {"table": "customers", "column": "email", "kind": pgbeam.MaskingKind.REDACT},
            {"table": "customers", "column": "phone", "kind": pgbeam.MaskingKind.NULL},
        ],
        "row_filters": [
            {"table": "orders", "predicate": "created_at > now() - interval '1 year'"},
        ],
    },
    agent={
        "name": "Support bot",
        "expires_at": "2099-01-01T00:00:00Z",
    },
    webhook={
        "url": "https://example.com/hooks/pgbeam",
        "secret": config.require_secret("webhookSecret"),
        "event_types": [
            pgbeam.WebhookEventType.QUERY_BLOCKED,
            pgbeam.WebhookEventType.CANARY_TRIPPED,
        ],
    },
)

pulumi.export("projectId", shop.project_id)
pulumi.export("proxyHost", shop.proxy_host)
pulumi.export("agentUsername", shop.agent_username)
pulumi.export("mcpUrl", shop.mcp_url)
pulumi.export("agentConnectionString", shop.agent_connection_string)
pulumi.export("mcpToken", shop.mcp_token)
