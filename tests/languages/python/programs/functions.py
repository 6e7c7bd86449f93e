# Copyright 2026 PgBeam.
# SPDX-License-Identifier: Apache-2.0

# Calls every function in the output form with known, unknown and secret inputs, and in the plain form with known ones.
# Resources use results of functions.

from typing import Any, Dict, Mapping

import pulumi
import pulumi_pgbeam as pgbeam

config = pulumi.Config()


def denied(table: Any) -> Any:
    """Returns a policy as an instance of its class, or as an output of a dictionary if the table is an output."""
    if isinstance(table, pulumi.Output):
        return table.apply(lambda name: {"table_denylist": [name]})
    return pgbeam.PolicySettings(table_denylist=[table])


def arguments_of(inputs: Any) -> Dict[str, Dict[str, Any]]:
    """Returns the arguments of each function, for either form."""
    project = {"project_id": inputs["projectId"]}
    database = {**project, "database_id": inputs["databaseId"]}
    mcp_client = {"client": pgbeam.MCPClient.CURSOR, "mcp_url": inputs["mcpUrl"]}
    return {
        "get_project": {"org_id": inputs["orgId"], "name": inputs["name"]},
        "get_database": {**project, "id": inputs["databaseId"]},
        "get_policy_profile": {**project, "name": inputs["name"]},
        "get_agent_credential": {**project, "name": inputs["name"]},
        "get_organizations": {},
        "get_organization_plan": {"org_id": inputs["orgId"]},
        "get_plans": {},
        "get_regions": {"provider": pgbeam.Cloud.AWS, "available": True},
        "get_query_shapes": {**database, "sql": inputs["table"], "min_call_count": 1},
        "get_schema_catalog": database,
        "scan_pii": {**database, "min_confidence": 0.8, "except_": ["users.phone"]},
        "evaluate_policy": {
            **project,
            "policy": {"table_allowlist": [inputs["table"]]},
            "statements": [inputs["read"], inputs["write"]],
        },
        "replay_policy": {**project, "policy": denied(inputs["table"]), "limit": 10},
        "recommend_policy": {**project, "agent_credential_id": inputs["agentCredentialId"], "lookback_days": 30},
        "lint_migration": {**database, "sql": inputs["migration"]},
        "test_connection": database,
        "verify_custom_domain": {**project, "domain_id": inputs["domainId"]},
        "verify_audit_chain": project,
        "get_agent_usage": project,
        "mcp_client_config": {**mcp_client, "mcp_token_env_var": inputs["name"]},
        "mcp_client_config_with_token": {**mcp_client, "mcp_token": inputs["mcpToken"]},
    }


def hashes(result: pgbeam.GetQueryShapesResult) -> Any:
    """The fields of query shapes that a cache rule does not change."""
    return [{"queryHash": shape.query_hash, "normalizedSql": shape.normalized_sql} for shape in result.query_shapes]


def call(form: str, inputs: Any, suffix: str = "") -> Mapping[str, Any]:
    """Calls every function, in the output form if the suffix is ``_output``."""
    results = {}
    for name, arguments in arguments_of(inputs).items():
        function = getattr(pgbeam, name.replace("_with_token", "") + suffix)
        results[name] = function(**arguments)
        exported = results[name]
        if name == "get_query_shapes":
            exported = exported.apply(hashes) if suffix else hashes(exported)
        pulumi.export(f"{form}.{name}", exported)
    return results


def call_output_forms(form: str, inputs: pulumi.Output[Dict[str, str]]) -> None:
    """Calls every function in the output form, and creates resources from the results."""
    results = call(form, inputs, "_output")
    pgbeam.CacheRule(
        f"cache-{form}",
        project_id=inputs["projectId"],
        database_id=inputs["databaseId"],
        query_hash=results["get_query_shapes"].query_shapes[0].query_hash,
        cache_enabled=True,
    )
    pgbeam.PolicyProfile(f"policy-{form}", project_id=inputs["projectId"], masking_rules=results["scan_pii"].masking_rules)


known: Dict[str, str] = config.require_object("known")
created = pgbeam.PolicyProfile("created", project_id=known["projectId"])

call_output_forms("known", pulumi.Output.from_input(known))
call_output_forms("unknown", created.id.apply(lambda _: config.require_object("unknown")))
call_output_forms("secret", config.require_secret_object("secret"))
call("plain", known)
