package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam"
)

func main() {
	pulumi.Run(shop)
}

func shop(ctx *pulumi.Context) error {
	cfg := config.New(ctx, "")
	shop, err := pgbeam.NewSecureAgentProject(ctx, "shop", &pgbeam.SecureAgentProjectArgs{
		OrgId:       pulumi.String(cfg.Require("orgId")),
		Description: pulumi.String("The shop's database, for the support agent"),
		Database: &pgbeam.PrimaryDatabaseArgs{
			Host:     pulumi.String("shop.example.com"),
			Name:     pulumi.String("shop"),
			Username: pulumi.String("pgbeam"),
			Password: cfg.RequireSecret("dbPassword"),
		},
		Replicas: pgbeam.SecureAgentProjectReplicaArray{
			&pgbeam.SecureAgentProjectReplicaArgs{Host: pulumi.String("replica-1.shop.example.com")},
			&pgbeam.SecureAgentProjectReplicaArgs{Host: pulumi.String("replica-2.shop.example.com")},
		},
		Policy: &pgbeam.AgentPolicyArgs{
			TableAllowlist: pulumi.ToStringArray([]string{"public.orders", "public.customers"}),
			MaskingRules: pgbeam.MaskingRuleArray{
				&pgbeam.MaskingRuleArgs{Table: pulumi.String("customers"), Column: pulumi.String("email"), Kind: pgbeam.MaskingKindRedact},
				&pgbeam.MaskingRuleArgs{Table: pulumi.String("customers"), Column: pulumi.String("phone"), Kind: pgbeam.MaskingKindNull},
			},
			RowFilters: pgbeam.RowFilterArray{
				&pgbeam.RowFilterArgs{Table: pulumi.String("orders"), Predicate: pulumi.String("created_at > now() - interval '1 year'")},
			},
		},
		Agent: &pgbeam.AgentSettingsArgs{
			Name:      pulumi.String("Support bot"),
			ExpiresAt: pulumi.String("2099-01-01T00:00:00Z"),
		},
		Webhook: &pgbeam.WebhookSettingsArgs{
			Url:        pulumi.String("https://example.com/hooks/pgbeam"),
			Secret:     cfg.RequireSecret("webhookSecret"),
			EventTypes: pgbeam.WebhookEventTypeArray{pgbeam.WebhookEventTypeQueryBlocked, pgbeam.WebhookEventTypeCanaryTripped},
		},
	})
	if err != nil {
		return err
	}
	ctx.Export("projectId", shop.ProjectId)
	ctx.Export("proxyHost", shop.ProxyHost)
	ctx.Export("agentUsername", shop.AgentUsername)
	ctx.Export("mcpUrl", shop.McpUrl)
	ctx.Export("agentConnectionString", shop.AgentConnectionString)
	ctx.Export("mcpToken", shop.McpToken)
	return nil
}
