import * as pgbeam from "@pgbeam/pulumi";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const projectId = config.require("projectId");
const databaseId = config.require("databaseId");

const rules = {
  tableAllowlist: config.requireObject<string[]>("tables"),
  maxRows: 1000,
  budgetQueriesPerHour: 1000,
};
const permitted = ["SELECT id, total FROM orders WHERE id = 1"];
const forbidden = ["SELECT card_number FROM payments", "UPDATE orders SET total = 0 WHERE id = 1", "DROP TABLE orders"];

export = async () => {
  // The policy does not exist yet. If it would do the wrong thing, nothing is created.
  const { results } = await pgbeam.evaluatePolicy({ projectId, policy: rules, statements: [...permitted, ...forbidden] });
  for (const { sql, verdict, reason } of results) {
    if ((verdict === "block") !== forbidden.includes(sql)) {
      throw new pulumi.RunError(`the policy must not ${verdict} "${sql}": ${reason}`);
    }
  }

  // A cache rule needs the hash of the query, which PgBeam knows once the query has run.
  const { queryShapes } = await pgbeam.getQueryShapes({ projectId, databaseId, sql: "FROM orders WHERE id = $1" });
  if (queryShapes.length !== 1) {
    throw new pulumi.RunError(`${queryShapes.length} queries read an order by its ID, expected 1`);
  }

  const policy = new pgbeam.PolicyProfile("agents", { projectId, ...rules });
  const cache = new pgbeam.CacheRule("order", {
    projectId,
    databaseId,
    queryHash: queryShapes[0].queryHash,
    cacheEnabled: true,
    cacheTtlSeconds: 60,
  });

  return { policyProfileId: policy.id, cachedSql: cache.normalizedSql };
};
