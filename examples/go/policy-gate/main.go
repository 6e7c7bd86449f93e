package main

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam"
)

var (
	permitted = []string{"SELECT id, total FROM orders WHERE id = 1"}
	forbidden = []string{"SELECT card_number FROM payments", "UPDATE orders SET total = 0 WHERE id = 1", "DROP TABLE orders"}
)

func main() {
	pulumi.Run(gate)
}

func gate(ctx *pulumi.Context) error {
	cfg := config.New(ctx, "")
	projectID, databaseID := cfg.Require("projectId"), cfg.Require("databaseId")
	rules := pgbeam.PolicySettings{MaxRows: pulumi.IntRef(1000), BudgetQueriesPerHour: pulumi.IntRef(1000)}
	cfg.RequireObject("tables", &rules.TableAllowlist)

	// The policy does not exist yet. If it would do the wrong thing, nothing is created.
	evaluation, err := pgbeam.EvaluatePolicy(ctx, &pgbeam.EvaluatePolicyArgs{
		ProjectId:  projectID,
		Policy:     &rules,
		Statements: slices.Concat(permitted, forbidden),
	})
	if err != nil {
		return err
	}
	for _, result := range evaluation.Results {
		if (result.Verdict == "block") != slices.Contains(forbidden, result.Sql) {
			return fmt.Errorf("the policy must not %s %q: %s", result.Verdict, result.Sql, result.Reason)
		}
	}

	// A cache rule needs the hash of the query, which PgBeam knows once the query has run.
	observed, err := pgbeam.GetQueryShapes(ctx, &pgbeam.GetQueryShapesArgs{
		ProjectId:  projectID,
		DatabaseId: databaseID,
		Sql:        pulumi.StringRef("FROM orders WHERE id = $1"),
	})
	if err != nil {
		return err
	}
	if n := len(observed.QueryShapes); n != 1 {
		return fmt.Errorf("%d queries read an order by its ID, expected 1", n)
	}

	policy, err := pgbeam.NewPolicyProfile(ctx, "agents", &pgbeam.PolicyProfileArgs{
		ProjectId:            pulumi.String(projectID),
		TableAllowlist:       pulumi.ToStringArray(rules.TableAllowlist),
		MaxRows:              pulumi.IntPtrFromPtr(rules.MaxRows),
		BudgetQueriesPerHour: pulumi.IntPtrFromPtr(rules.BudgetQueriesPerHour),
	})
	if err != nil {
		return err
	}
	cache, err := pgbeam.NewCacheRule(ctx, "order", &pgbeam.CacheRuleArgs{
		ProjectId:       pulumi.String(projectID),
		DatabaseId:      pulumi.String(databaseID),
		QueryHash:       pulumi.String(observed.QueryShapes[0].QueryHash),
		CacheEnabled:    pulumi.Bool(true),
		CacheTtlSeconds: pulumi.Int(60),
	})
	if err != nil {
		return err
	}

	ctx.Export("policyProfileId", policy.ID())
	ctx.Export("cachedSql", cache.NormalizedSql)
	return nil
}
