import pulumi
import pulumi_pgbeam as pgbeam

config = pulumi.Config()
project_id = config.require("projectId")
database_id = config.require("databaseId")

rules = pgbeam.PolicySettings(
    table_allowlist=config.require_object("tables"),
    max_rows=1000,
    budget_queries_per_hour=1000,
)
permitted = ["SELECT id, total FROM orders WHERE id = 1"]
forbidden = ["SELECT card_number FROM payments", "UPDATE orders SET total = 0 WHERE id = 1", "DROP TABLE orders"]

# The policy does not exist yet. If it would do the wrong thing, nothing is created.
evaluation = pgbeam.evaluate_policy(project_id=project_id, policy=rules, statements=permitted + forbidden)
for result in evaluation.results:
    if (result.verdict == "block") != (result.sql in forbidden):
        raise pulumi.RunError(f'the policy must not {result.verdict} "{result.sql}": {result.reason}')

# A cache rule needs the hash of the query, which PgBeam knows once the query has run.
shapes = pgbeam.get_query_shapes(project_id=project_id, database_id=database_id, sql="FROM orders WHERE id = $1").query_shapes
if len(shapes) != 1:
    raise pulumi.RunError(f"{len(shapes)} queries read an order by its ID, expected 1")

policy = pgbeam.PolicyProfile(
    "agents",
    project_id=project_id,
    table_allowlist=rules.table_allowlist,
    max_rows=rules.max_rows,
    budget_queries_per_hour=rules.budget_queries_per_hour,
)
cache = pgbeam.CacheRule(
    "order",
    project_id=project_id,
    database_id=database_id,
    query_hash=shapes[0].query_hash,
    cache_enabled=True,
    cache_ttl_seconds=60,
)

pulumi.export("policyProfileId", policy.id)
pulumi.export("cachedSql", cache.normalized_sql)
