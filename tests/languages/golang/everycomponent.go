// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build driver

package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam"
)

// everyComponent deploys the same as ../yaml/every-component.
func everyComponent(ctx *pulumi.Context) error {
	orgID := pulumi.String(config.Require(ctx, "orgId"))
	password := config.RequireSecret(ctx, "dbPassword")
	secret := config.RequireSecret(ctx, "webhookSecret")
	reduced := config.GetBool(ctx, "reduced")

	replicas := pgbeam.SecureAgentProjectReplicaArray{
		pgbeam.SecureAgentProjectReplicaArgs{Name: pulumi.String("frankfurt"), Host: pulumi.String("frankfurt.shop.example.com")},
	}
	if !reduced {
		replicas = append(replicas, pgbeam.SecureAgentProjectReplicaArgs{
			Name: pulumi.String("dublin"), Host: pulumi.String("dublin.shop.example.com"), Port: pulumi.Int(6432), SslMode: pgbeam.SSLModeVerifyCa,
		})
	}
	shop, err := pgbeam.NewSecureAgentProject(ctx, "shop", &pgbeam.SecureAgentProjectArgs{
		OrgId:        orgID,
		Description:  pulumi.String("The shop's database and its AI agents"),
		Tags:         pulumi.ToStringArray([]string{"shop", "production"}),
		AllowedCidrs: pulumi.ToStringArray([]string{"203.0.113.0/24", "198.51.100.10/32"}),
		CidrLabels:   pulumi.StringMap{"203.0.113.0/24": pulumi.String("Office"), "198.51.100.10/32": pulumi.String("Build server")},
		Database: pgbeam.PrimaryDatabaseArgs{
			Host:       pulumi.String("shop.example.com"),
			Name:       pulumi.String("shop"),
			Username:   pulumi.String("pgbeam"),
			Password:   password,
			PoolConfig: pgbeam.PoolConfigArgs{PoolSize: pulumi.Int(20), MinPoolSize: pulumi.Int(2), PoolMode: pgbeam.PoolModeTransaction},
		},
		Replicas: replicas,
		Policy: pgbeam.AgentPolicyArgs{
			TableAllowlist: pulumi.ToStringArray([]string{"public.orders", "public.customers"}),
			MaskingRules: pgbeam.MaskingRuleArray{
				pgbeam.MaskingRuleArgs{Table: pulumi.String("customers"), Column: pulumi.String("email"), Kind: pgbeam.MaskingKindRedact},
				pgbeam.MaskingRuleArgs{Table: pulumi.String("customers"), Column: pulumi.String("phone"), Kind: pgbeam.MaskingKindNull},
			},
			RowFilters: pgbeam.RowFilterArray{
				pgbeam.RowFilterArgs{Table: pulumi.String("orders"), Predicate: pulumi.String("created_at > now() - interval '1 year'")},
			},
		},
		PolicyTests: pgbeam.PolicyTestCaseArray{
			pgbeam.PolicyTestCaseArgs{
				Name: pulumi.String("sees no addresses"), Sql: pulumi.String("select email from customers"), Expect: pgbeam.PolicyVerdictMask,
				MaskedColumns: pulumi.ToStringArray([]string{"email", "phone"}),
			},
			pgbeam.PolicyTestCaseArgs{
				Name: pulumi.String("does not write"), Sql: pulumi.String("delete from orders where id = 1"), Expect: pgbeam.PolicyVerdictBlock,
				Rule: pulumi.String("read_only"),
			},
		},
		Agent: pgbeam.AgentSettingsArgs{Name: pulumi.String("Support bot"), ExpiresAt: pulumi.String("2099-01-01T00:00:00Z")},
		AnomalyRules: pgbeam.AnomalySettingsMap{
			"volume": pgbeam.AnomalySettingsArgs{Metric: pgbeam.AnomalyMetricBytesPerHour, SigmaThreshold: pulumi.Float64(4)},
			"errors": pgbeam.AnomalySettingsArgs{Metric: pgbeam.AnomalyMetricErrorsPerHour, Enabled: pulumi.Bool(false)},
		},
		Webhook: pgbeam.WebhookSettingsArgs{
			Url:        pulumi.String("https://example.com/hooks/shop"),
			Secret:     secret,
			EventTypes: pgbeam.WebhookEventTypeArray{pgbeam.WebhookEventTypeQueryBlocked, pgbeam.WebhookEventTypeCanaryTripped},
			Format:     pgbeam.WebhookFormatElastic,
		},
	})
	if err != nil {
		return err
	}

	anomalyRules := pgbeam.AnomalySettingsMap{
		"queries": pgbeam.AnomalySettingsArgs{
			Metric: pgbeam.AnomalyMetricQueriesPerHour, SigmaThreshold: pulumi.Float64(3), Floor: pulumi.Float64(100),
		},
	}
	if !reduced {
		anomalyRules["hours"] = pgbeam.AnomalySettingsArgs{Metric: pgbeam.AnomalyMetricActiveHours}
	}
	reporting, err := pgbeam.NewAgentAccess(ctx, "reporting", &pgbeam.AgentAccessArgs{
		ProjectId: shop.ProjectId,
		Policy: pgbeam.AgentPolicyArgs{
			MaskDetectedPii: pgbeam.DetectedPiiSettingsArgs{
				DatabaseId: shop.PrimaryDatabaseId, MinConfidence: pulumi.Float64(0.8), Except: pulumi.ToStringArray([]string{"users.phone"}),
			},
			ContentScanMode: pgbeam.ContentScanModeAnnotate,
			StatementRules: pgbeam.StatementRulesArgs{
				Allow: pulumi.ToStringArray([]string{"select", "explain"}), Deny: pulumi.ToStringArray([]string{"copy"}),
			},
		},
		PolicyTests: pgbeam.PolicyTestCaseArray{
			pgbeam.PolicyTestCaseArgs{Name: pulumi.String("reads orders"), Sql: pulumi.String("select id from orders"), Expect: pgbeam.PolicyVerdictAllow},
			pgbeam.PolicyTestCaseArgs{
				Name: pulumi.String("sees no addresses"), Sql: pulumi.String("select email from users"), Expect: pgbeam.PolicyVerdictMask,
				MaskedColumns: pulumi.ToStringArray([]string{"email"}),
			},
		},
		Agent: pgbeam.AgentSettingsArgs{
			Name: pulumi.String("Reporting agent"), RotationTriggers: pulumi.ToStringMap(map[string]string{"quarter": "2027-Q1", "team": "reporting"}),
		},
		AnomalyRules: anomalyRules,
	})
	if err != nil {
		return err
	}

	agents := pgbeam.AgentFleetAgentMap{
		"chat-bot":   pgbeam.AgentFleetAgentArgs{Tier: pulumi.String("support"), ExpiresAt: pulumi.String("2099-01-01T00:00:00Z")},
		"email-bot":  pgbeam.AgentFleetAgentArgs{Tier: pulumi.String("support"), BudgetQueriesPerHour: pulumi.Int(100)},
		"refund-bot": pgbeam.AgentFleetAgentArgs{Tier: pulumi.String("operations"), RotationTriggers: pulumi.StringMap{"quarter": pulumi.String("2027-Q1")}},
	}
	if reduced {
		delete(agents, "email-bot")
	}
	correction := pulumi.String("update orders set total = 0 where id = 1")
	fleet, err := pgbeam.NewAgentFleet(ctx, "fleet", &pgbeam.AgentFleetArgs{
		ProjectId: shop.ProjectId,
		Tiers: pgbeam.AgentPolicyMap{
			"support": pgbeam.AgentPolicyArgs{
				TableAllowlist: pulumi.ToStringArray([]string{"public.orders", "public.customers"}), BudgetQueriesPerHour: pulumi.Int(500),
			},
			"operations": pgbeam.AgentPolicyArgs{
				AccessMode: pgbeam.AccessModeReadWrite, ApprovalMode: pgbeam.ApprovalModeWrites,
				TableAllowlist: pulumi.ToStringArray([]string{"public.orders"}), MaxAffectedRows: pulumi.Int(100),
			},
		},
		PolicyTests: pgbeam.PolicyTestCaseArrayMap{
			"support": pgbeam.PolicyTestCaseArray{pgbeam.PolicyTestCaseArgs{
				Name: pulumi.String("does not write"), Sql: correction, Expect: pgbeam.PolicyVerdictBlock, Rule: pulumi.String("read_only"),
			}},
			"operations": pgbeam.PolicyTestCaseArray{pgbeam.PolicyTestCaseArgs{
				Name: pulumi.String("corrects an order"), Sql: correction, Expect: pgbeam.PolicyVerdictAllow,
			}},
		},
		Agents: agents,
		Webhooks: pgbeam.WebhookSettingsMap{
			"security": pgbeam.WebhookSettingsArgs{
				Url: pulumi.String("https://example.com/hooks/security"), Secret: secret,
				EventTypes: pgbeam.WebhookEventTypeArray{pgbeam.WebhookEventTypeKillSwitch},
			},
			"audit": pgbeam.WebhookSettingsArgs{Url: pulumi.String("https://example.com/hooks/audit"), Format: pgbeam.WebhookFormatDatadog, Secret: secret},
		},
		OrgId:      orgID,
		SpendLimit: pulumi.Float64(500),
	})
	if err != nil {
		return err
	}

	tenantValues := pulumi.StringMap{"acme": pulumi.String("42"), "globex": pulumi.String("43")}
	if reduced {
		delete(tenantValues, "globex")
	}
	tenants, err := pgbeam.NewTenantAccess(ctx, "tenants", &pgbeam.TenantAccessArgs{
		ProjectId: shop.ProjectId,
		Tables:    pulumi.ToStringMap(map[string]string{"orders": "tenant_id", "billing.invoices": "Tenant ID"}),
		Tenants:   tenantValues,
		Policy: pgbeam.AgentPolicyArgs{MaskingRules: pgbeam.MaskingRuleArray{
			pgbeam.MaskingRuleArgs{Table: pulumi.String("orders"), Column: pulumi.String("address"), Kind: pgbeam.MaskingKindHash},
		}},
		PolicyTests: pgbeam.PolicyTestCaseArray{
			pgbeam.PolicyTestCaseArgs{
				Name: pulumi.String("sees orders of the tenant"), Sql: pulumi.String("select id, total from orders"), Expect: pgbeam.PolicyVerdictRowFilter,
			},
			pgbeam.PolicyTestCaseArgs{
				Name: pulumi.String("sees no table of all tenants"), Sql: pulumi.String("select * from plans"), Expect: pgbeam.PolicyVerdictBlock,
				Rule: pulumi.String("table_not_allowed"),
			},
		},
		Agent: pgbeam.AgentSettingsArgs{Name: pulumi.String("Tenant bot")},
	})
	if err != nil {
		return err
	}

	support := []string{"ada", "grace"}
	if reduced {
		support = support[:1]
	}
	people, err := pgbeam.NewHumanAccess(ctx, "people", &pgbeam.HumanAccessArgs{
		ProjectId: shop.ProjectId,
		Baseline: pgbeam.AgentPolicyArgs{
			TableAllowlist: pulumi.ToStringArray([]string{"public.orders", "public.products"}), MaxRows: pulumi.Int(100),
		},
		Roles: pgbeam.HumanAccessRoleMap{
			"support": pgbeam.HumanAccessRoleArgs{
				Policy: pgbeam.AgentPolicyArgs{TableAllowlist: pulumi.ToStringArray([]string{"public.orders", "public.customers"})},
				People: pulumi.ToStringArray(support),
			},
			"operations": pgbeam.HumanAccessRoleArgs{
				Policy: pgbeam.AgentPolicyArgs{
					AccessMode: pgbeam.AccessModeReadWrite, ApprovalMode: pgbeam.ApprovalModeAll,
					TableAllowlist: pulumi.ToStringArray([]string{"public.orders"}),
				},
				People:    pulumi.ToStringArray([]string{"linus"}),
				ExpiresAt: pulumi.String("2099-01-01T00:00:00Z"),
			},
		},
		Approvals: pgbeam.ApprovalSettingsMap{
			"refunds": pgbeam.ApprovalSettingsArgs{SchemaName: pulumi.String("billing"), RelationName: pulumi.String("refunds")},
			"prices": pgbeam.ApprovalSettingsArgs{
				Name: pulumi.String("Changes of prices"), RelationName: pulumi.String("prices"), MinAffectedRows: pulumi.Int(10),
				StatementKinds: pgbeam.StatementKindArray{pgbeam.StatementKindUpdate, pgbeam.StatementKindDelete},
			},
		},
		Webhook: pgbeam.WebhookSettingsArgs{Url: pulumi.String("https://example.com/hooks/people"), Secret: secret},
	})
	if err != nil {
		return err
	}

	approvals := pgbeam.SafeMigrationsApprovalsArgs{
		TimeoutSeconds: pulumi.Int(7200),
		StatementKinds: pgbeam.StatementKindArray{pgbeam.StatementKindDdl, pgbeam.StatementKindDelete},
	}
	if !reduced {
		approvals.Webhook = pgbeam.WebhookSettingsArgs{Url: pulumi.String("https://example.com/hooks/migrations"), Secret: secret}
	}
	backfill := pulumi.String("update orders set note = '' where id < 100")
	migrations, err := pgbeam.NewSafeMigrations(ctx, "migrations", &pgbeam.SafeMigrationsArgs{
		ProjectId: shop.ProjectId,
		Tables:    pulumi.ToStringArray([]string{"public.orders", "billing.invoices"}),
		Approvals: approvals,
		Sandbox: pgbeam.SafeMigrationsAccessArgs{PolicyTests: pgbeam.PolicyTestCaseArray{
			pgbeam.PolicyTestCaseArgs{Name: pulumi.String("backfill"), Sql: backfill, Expect: pgbeam.PolicyVerdictAllow},
		}},
		Production: pgbeam.SafeMigrationsAccessArgs{
			Policy: pgbeam.AgentPolicyArgs{MaskingRules: pgbeam.MaskingRuleArray{
				pgbeam.MaskingRuleArgs{Table: pulumi.String("invoices"), Column: pulumi.String("iban"), Kind: pgbeam.MaskingKindRedact},
			}},
			PolicyTests: pgbeam.PolicyTestCaseArray{
				pgbeam.PolicyTestCaseArgs{
					Name: pulumi.String("add a column"), Sql: pulumi.String("alter table orders add column note text"), Expect: pgbeam.PolicyVerdictAllow,
				},
				pgbeam.PolicyTestCaseArgs{
					Name: pulumi.String("backfill"), Sql: backfill, Expect: pgbeam.PolicyVerdictBlock, Rule: pulumi.String("statement_not_allowed"),
				},
			},
		},
	})
	if err != nil {
		return err
	}

	decoys := pgbeam.DecoySettingsMap{
		"passwords": pgbeam.DecoySettingsArgs{RelationName: pulumi.String("admin_passwords"), Action: pgbeam.HoneytokenActionKill},
		"ssns": pgbeam.DecoySettingsArgs{
			SchemaName: pulumi.String("hr"), RelationName: pulumi.String("customer_ssns"), Action: pgbeam.HoneytokenActionAuditOnly,
		},
	}
	if reduced {
		delete(decoys, "ssns")
	}
	tripwires, err := pgbeam.NewTripwires(ctx, "tripwires", &pgbeam.TripwiresArgs{
		ProjectId: shop.ProjectId,
		Decoys:    decoys,
		Anomalies: pgbeam.AnomalySettingsMap{
			"exfiltration": pgbeam.AnomalySettingsArgs{
				Metric: pgbeam.AnomalyMetricBytesPerHour, SigmaThreshold: pulumi.Float64(4), Floor: pulumi.Float64(10_000_000),
			},
			"errors": pgbeam.AnomalySettingsArgs{Metric: pgbeam.AnomalyMetricErrorsPerHour},
		},
		Sinks: pgbeam.WebhookSettingsMap{
			"security": pgbeam.WebhookSettingsArgs{Url: pulumi.String("https://example.com/hooks/decoys"), Secret: secret},
			"splunk": pgbeam.WebhookSettingsArgs{
				Url: pulumi.String("https://example.com/hooks/splunk"), Secret: secret, Format: pgbeam.WebhookFormatSplunkHec,
				EventTypes: pgbeam.WebhookEventTypeArray{pgbeam.WebhookEventTypeAnomalyAlert},
			},
		},
	})
	if err != nil {
		return err
	}

	readReplicas := pgbeam.ReadReplicaMap{
		"frankfurt": pgbeam.ReadReplicaArgs{Host: pulumi.String("frankfurt.analytics.example.com")},
		"dublin":    pgbeam.ReadReplicaArgs{Host: pulumi.String("dublin.analytics.example.com"), Port: pulumi.Int(6432), SslMode: pgbeam.SSLModeRequire},
	}
	if reduced {
		delete(readReplicas, "dublin")
	}
	analytics, err := pgbeam.NewReplicatedDatabase(ctx, "analytics", &pgbeam.ReplicatedDatabaseArgs{
		ProjectId: shop.ProjectId,
		Primary: pgbeam.PrimaryDatabaseArgs{
			Host:     pulumi.String("analytics.example.com"),
			Name:     pulumi.String("analytics"),
			Username: pulumi.String("pgbeam"),
			Password: password,
			CacheConfig: pgbeam.CacheConfigArgs{
				Enabled: pulumi.Bool(true), TtlSeconds: pulumi.Int(60), MaxEntries: pulumi.Int(10_000), SwrSeconds: pulumi.Int(30),
			},
		},
		Replicas:     readReplicas,
		CustomDomain: pgbeam.CustomDomainSettingsArgs{Domain: pulumi.String("db.shop.example.com")},
	})
	if err != nil {
		return err
	}

	proxyProvider, err := pgbeam.NewProvider(ctx, "proxyProvider", &pgbeam.ProviderArgs{ApiKey: config.RequireSecret(ctx, "proxyApiKey")})
	if err != nil {
		return err
	}
	regions := pgbeam.SelfHostedGatewayRegionMap{
		"frankfurt": pgbeam.SelfHostedGatewayRegionArgs{Description: pulumi.String("Proxies beside the warehouse"), RotateAfter: pulumi.String("90d")},
		"virginia":  pgbeam.SelfHostedGatewayRegionArgs{RotationTriggers: pulumi.StringMap{"quarter": pulumi.String("2027-Q1")}},
	}
	if reduced {
		delete(regions, "virginia")
	}
	proxies, err := pgbeam.NewSelfHostedGateway(ctx, "proxies", &pgbeam.SelfHostedGatewayArgs{
		OrgId:       pulumi.String(config.Require(ctx, "proxyOrgId")),
		Image:       pulumi.String("registry.example.com/pgbeam-proxy:1.2"),
		Environment: pulumi.ToStringMap(map[string]string{"LOG_LEVEL": "info", "LOG_FORMAT": "json"}),
		Regions:     regions,
		Project: pgbeam.SelfHostedGatewayProjectArgs{
			Description: pulumi.String("The warehouse"),
			Residency:   pgbeam.ResidencyEu,
			Database: pgbeam.PrimaryDatabaseArgs{
				Host: pulumi.String("warehouse.internal.example.com"), Name: pulumi.String("warehouse"), Username: pulumi.String("pgbeam"), Password: password,
			},
		},
	}, pulumi.Provider(proxyProvider))
	if err != nil {
		return err
	}

	nightly, err := pgbeam.NewRotatingAgentCredential(ctx, "nightly", &pgbeam.RotatingAgentCredentialArgs{
		ProjectId:       shop.ProjectId,
		PolicyProfileId: fleet.TierPolicyProfileIds.MapIndex(pulumi.String("support")),
		Name:            pulumi.String("Nightly report"),
		EveryDays:       pulumi.Int(30),
		OverlapDays:     pulumi.Int(3),
	})
	if err != nil {
		return err
	}

	for name, output := range map[string]pulumi.Input{
		"shop.agentConnectionString":            shop.AgentConnectionString,
		"shop.agentCredentialId":                shop.AgentCredentialId,
		"shop.agentUsername":                    shop.AgentUsername,
		"shop.anomalyRuleIds":                   shop.AnomalyRuleIds,
		"shop.mcpClientConfig":                  shop.McpClientConfig,
		"shop.mcpToken":                         shop.McpToken,
		"shop.mcpUrl":                           shop.McpUrl,
		"shop.policyProfileId":                  shop.PolicyProfileId,
		"shop.policyTestId":                     shop.PolicyTestId,
		"shop.primaryDatabaseId":                shop.PrimaryDatabaseId,
		"shop.projectId":                        shop.ProjectId,
		"shop.proxyHost":                        shop.ProxyHost,
		"shop.replicaIds":                       shop.ReplicaIds,
		"shop.webhookEndpointId":                shop.WebhookEndpointId,
		"reporting.agentCredentialId":           reporting.AgentCredentialId,
		"reporting.anomalyRuleIds":              reporting.AnomalyRuleIds,
		"reporting.connectionString":            reporting.ConnectionString,
		"reporting.mcpClientConfig":             reporting.McpClientConfig,
		"reporting.mcpToken":                    reporting.McpToken,
		"reporting.mcpUrl":                      reporting.McpUrl,
		"reporting.policyProfileId":             reporting.PolicyProfileId,
		"reporting.policyTestId":                reporting.PolicyTestId,
		"reporting.username":                    reporting.Username,
		"fleet.agentCredentialIds":              fleet.AgentCredentialIds,
		"fleet.connectionStrings":               fleet.ConnectionStrings,
		"fleet.mcpClientConfigs":                fleet.McpClientConfigs,
		"fleet.mcpTokens":                       fleet.McpTokens,
		"fleet.mcpUrls":                         fleet.McpUrls,
		"fleet.policyProfileIds":                fleet.PolicyProfileIds,
		"fleet.policyTestIds":                   fleet.PolicyTestIds,
		"fleet.tierPolicyProfileIds":            fleet.TierPolicyProfileIds,
		"fleet.usernames":                       fleet.Usernames,
		"fleet.webhookEndpointIds":              fleet.WebhookEndpointIds,
		"tenants.agentCredentialIds":            tenants.AgentCredentialIds,
		"tenants.connectionStrings":             tenants.ConnectionStrings,
		"tenants.mcpClientConfigs":              tenants.McpClientConfigs,
		"tenants.mcpTokens":                     tenants.McpTokens,
		"tenants.mcpUrls":                       tenants.McpUrls,
		"tenants.policyProfileIds":              tenants.PolicyProfileIds,
		"tenants.policyTestIds":                 tenants.PolicyTestIds,
		"tenants.usernames":                     tenants.Usernames,
		"people.approvalRuleIds":                people.ApprovalRuleIds,
		"people.baselinePolicyProfileId":        people.BaselinePolicyProfileId,
		"people.connectionStrings":              people.ConnectionStrings,
		"people.credentialIds":                  people.CredentialIds,
		"people.policyProfileIds":               people.PolicyProfileIds,
		"people.usernames":                      people.Usernames,
		"people.webhookEndpointId":              people.WebhookEndpointId,
		"migrations.approvalRuleIds":            migrations.ApprovalRuleIds,
		"migrations.mcpUrl":                     migrations.McpUrl,
		"migrations.productionConnectionString": migrations.ProductionConnectionString,
		"migrations.productionCredentialId":     migrations.ProductionCredentialId,
		"migrations.productionMcpToken":         migrations.ProductionMcpToken,
		"migrations.productionPolicyProfileId":  migrations.ProductionPolicyProfileId,
		"migrations.productionPolicyTestId":     migrations.ProductionPolicyTestId,
		"migrations.productionUsername":         migrations.ProductionUsername,
		"migrations.sandboxConnectionString":    migrations.SandboxConnectionString,
		"migrations.sandboxCredentialId":        migrations.SandboxCredentialId,
		"migrations.sandboxMcpToken":            migrations.SandboxMcpToken,
		"migrations.sandboxPolicyProfileId":     migrations.SandboxPolicyProfileId,
		"migrations.sandboxPolicyTestId":        migrations.SandboxPolicyTestId,
		"migrations.sandboxUsername":            migrations.SandboxUsername,
		"migrations.webhookEndpointId":          migrations.WebhookEndpointId,
		"tripwires.anomalyRuleIds":              tripwires.AnomalyRuleIds,
		"tripwires.honeytokenIds":               tripwires.HoneytokenIds,
		"tripwires.webhookEndpointIds":          tripwires.WebhookEndpointIds,
		"analytics.connectionString":            analytics.ConnectionString,
		"analytics.customDomainId":              analytics.CustomDomainId,
		"analytics.databaseId":                  analytics.DatabaseId,
		"analytics.dnsInstructions":             analytics.DnsInstructions,
		"analytics.projectId":                   analytics.ProjectId,
		"analytics.proxyHost":                   analytics.ProxyHost,
		"analytics.replicaIds":                  analytics.ReplicaIds,
		"proxies.composeFiles":                  proxies.ComposeFiles,
		"proxies.enrollmentIds":                 proxies.EnrollmentIds,
		"proxies.environments":                  proxies.Environments,
		"proxies.helmValues":                    proxies.HelmValues,
		"proxies.primaryDatabaseId":             proxies.PrimaryDatabaseId,
		"proxies.projectId":                     proxies.ProjectId,
		"proxies.proxyHost":                     proxies.ProxyHost,
		"nightly.agentCredentialIds":            nightly.AgentCredentialIds,
		"nightly.current":                       nightly.Current,
		"nightly.nextRotation":                  nightly.NextRotation,
		"nightly.previousValidUntil":            nightly.PreviousValidUntil,
	} {
		ctx.Export(name, output)
	}
	return nil
}
