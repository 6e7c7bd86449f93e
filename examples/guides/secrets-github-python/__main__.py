import pulumi
import pulumi_github as github
import pulumi_pgbeam as pgbeam

config = pulumi.Config()
repository = config.require("repository")

shop = pgbeam.SecureAgentProject(
    "shop",
    org_id=config.require("orgId"),
    database={
        "host": "shop.example.com",
        "name": "shop",
        "username": "pgbeam",
        "password": config.require_secret("dbPassword"),
    },
    policy={"table_allowlist": ["public.orders"]},
)

github.ActionsSecret(
    "database-url",
    repository=repository,
    secret_name="DATABASE_URL",
    value=shop.agent_connection_string,
)

github.ActionsSecret(
    "mcp-token",
    repository=repository,
    secret_name="PGBEAM_MCP_TOKEN",
    value=shop.mcp_token,
)

# The URL is not a secret: anyone who can read the repository may see it.
github.ActionsVariable(
    "mcp-url",
    repository=repository,
    variable_name="PGBEAM_MCP_URL",
    value=shop.mcp_url,
)
