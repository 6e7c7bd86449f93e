// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package driver;

import com.pgbeam.pulumi.*;
import com.pgbeam.pulumi.enums.*;
import com.pgbeam.pulumi.inputs.*;
import com.pgbeam.pulumi.outputs.DNSInstructions;
import com.pulumi.Context;
import com.pulumi.resources.ComponentResourceOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Deploys the same as yaml/every-component in the folder of the tests. */
final class EveryComponent {
    private EveryComponent() {}

    static void stack(Context ctx) {
        var config = ctx.config();
        var orgId = config.require("orgId");
        var password = config.requireSecret("dbPassword");
        var secret = config.requireSecret("webhookSecret");
        var reduced = config.getBoolean("reduced").orElse(false);

        var replicas = new ArrayList<SecureAgentProjectReplicaArgs>();
        replicas.add(SecureAgentProjectReplicaArgs.builder().name("frankfurt").host("frankfurt.shop.example.com").build());
        if (!reduced) {
            replicas.add(SecureAgentProjectReplicaArgs.builder()
                .name("dublin").host("dublin.shop.example.com").port(6432).sslMode(SSLMode.VerifyCa).build());
        }
        var shop = new SecureAgentProject("shop", SecureAgentProjectArgs.builder()
            .orgId(orgId)
            .description("The shop's database and its AI agents")
            .tags("shop", "production")
            .allowedCidrs("203.0.113.0/24", "198.51.100.10/32")
            .cidrLabels(Map.of("203.0.113.0/24", "Office", "198.51.100.10/32", "Build server"))
            .database(PrimaryDatabaseArgs.builder()
                .host("shop.example.com")
                .name("shop")
                .username("pgbeam")
                .password(password)
                .poolConfig(PoolConfigArgs.builder().poolSize(20).minPoolSize(2).poolMode(PoolMode.Transaction).build())
                .build())
            .replicas(replicas)
            .policy(AgentPolicyArgs.builder()
                .tableAllowlist("public.orders", "public.customers")
                .maskingRules(
                    MaskingRuleArgs.builder().table("customers").column("email").kind(MaskingKind.Redact).build(),
                    MaskingRuleArgs.builder().table("customers").column("phone").kind(MaskingKind.Null).build())
                .rowFilters(RowFilterArgs.builder().table("orders").predicate("created_at > now() - interval '1 year'").build())
                .build())
            .policyTests(
                PolicyTestCaseArgs.builder()
                    .name("sees no addresses").sql("select email from customers").expect(PolicyVerdict.Mask)
                    .maskedColumns("email", "phone").build(),
                PolicyTestCaseArgs.builder()
                    .name("does not write").sql("delete from orders where id = 1").expect(PolicyVerdict.Block).rule("read_only").build())
            .agent(AgentSettingsArgs.builder().name("Support bot").expiresAt("2099-01-01T00:00:00Z").build())
            .anomalyRules(Map.of(
                "volume", AnomalySettingsArgs.builder().metric(AnomalyMetric.BytesPerHour).sigmaThreshold(4.0).build(),
                "errors", AnomalySettingsArgs.builder().metric(AnomalyMetric.ErrorsPerHour).enabled(false).build()))
            .webhook(WebhookSettingsArgs.builder()
                .url("https://example.com/hooks/shop")
                .secret(secret)
                .eventTypes(WebhookEventType.QueryBlocked, WebhookEventType.CanaryTripped)
                .format(WebhookFormat.Elastic)
                .build())
            .build());

        var anomalyRules = new HashMap<>(Map.of(
            "queries", AnomalySettingsArgs.builder().metric(AnomalyMetric.QueriesPerHour).sigmaThreshold(3.0).floor(100.0).build(),
            "hours", AnomalySettingsArgs.builder().metric(AnomalyMetric.ActiveHours).build()));
        if (reduced) {
            anomalyRules.remove("hours");
        }
        var reporting = new AgentAccess("reporting", AgentAccessArgs.builder()
            .projectId(shop.projectId())
            .policy(AgentPolicyArgs.builder()
                .maskDetectedPii(DetectedPiiSettingsArgs.builder()
                    .databaseId(shop.primaryDatabaseId()).minConfidence(0.8).except("users.phone").build())
                .contentScanMode(ContentScanMode.Annotate)
                .statementRules(StatementRulesArgs.builder().allow("select", "explain").deny("copy").build())
                .build())
            .policyTests(
                PolicyTestCaseArgs.builder().name("reads orders").sql("select id from orders").expect(PolicyVerdict.Allow).build(),
                PolicyTestCaseArgs.builder()
                    .name("sees no addresses").sql("select email from users").expect(PolicyVerdict.Mask).maskedColumns("email").build())
            .agent(AgentSettingsArgs.builder()
                .name("Reporting agent").rotationTriggers(Map.of("quarter", "2027-Q1", "team", "reporting")).build())
            .anomalyRules(anomalyRules)
            .build());

        var agents = new HashMap<>(Map.of(
            "chat-bot", AgentFleetAgentArgs.builder().tier("support").expiresAt("2099-01-01T00:00:00Z").build(),
            "email-bot", AgentFleetAgentArgs.builder().tier("support").budgetQueriesPerHour(100).build(),
            "refund-bot", AgentFleetAgentArgs.builder().tier("operations").rotationTriggers(Map.of("quarter", "2027-Q1")).build()));
        if (reduced) {
            agents.remove("email-bot");
        }
        var fleet = new AgentFleet("fleet", AgentFleetArgs.builder()
            .projectId(shop.projectId())
            .tiers(Map.of(
                "support", AgentPolicyArgs.builder().tableAllowlist("public.orders", "public.customers").budgetQueriesPerHour(500).build(),
                "operations", AgentPolicyArgs.builder()
                    .accessMode(AccessMode.ReadWrite).approvalMode(ApprovalMode.Writes).tableAllowlist("public.orders").maxAffectedRows(100)
                    .build()))
            .policyTests(Map.of(
                "support", List.of(PolicyTestCaseArgs.builder()
                    .name("does not write").sql("update orders set total = 0 where id = 1")
                    .expect(PolicyVerdict.Block).rule("read_only").build()),
                "operations", List.of(PolicyTestCaseArgs.builder()
                    .name("corrects an order").sql("update orders set total = 0 where id = 1").expect(PolicyVerdict.Allow).build())))
            .agents(agents)
            .webhooks(Map.of(
                "security", WebhookSettingsArgs.builder()
                    .url("https://example.com/hooks/security").secret(secret).eventTypes(WebhookEventType.KillSwitch).build(),
                "audit", WebhookSettingsArgs.builder()
                    .url("https://example.com/hooks/audit").format(WebhookFormat.Datadog).secret(secret).build()))
            .orgId(orgId)
            .spendLimit(500.0)
            .build());

        var tenants = new TenantAccess("tenants", TenantAccessArgs.builder()
            .projectId(shop.projectId())
            .tables(Map.of("orders", "tenant_id", "billing.invoices", "Tenant ID"))
            .tenants(reduced ? Map.of("acme", "42") : Map.of("acme", "42", "globex", "43"))
            .policy(AgentPolicyArgs.builder()
                .maskingRules(MaskingRuleArgs.builder().table("orders").column("address").kind(MaskingKind.Hash).build())
                .build())
            .policyTests(
                PolicyTestCaseArgs.builder()
                    .name("sees orders of the tenant").sql("select id, total from orders").expect(PolicyVerdict.RowFilter).build(),
                PolicyTestCaseArgs.builder()
                    .name("sees no table of all tenants").sql("select * from plans").expect(PolicyVerdict.Block).rule("table_not_allowed")
                    .build())
            .agent(AgentSettingsArgs.builder().name("Tenant bot").build())
            .build());

        var people = new HumanAccess("people", HumanAccessArgs.builder()
            .projectId(shop.projectId())
            .baseline(AgentPolicyArgs.builder().tableAllowlist("public.orders", "public.products").maxRows(100).build())
            .roles(Map.of(
                "support", HumanAccessRoleArgs.builder()
                    .policy(AgentPolicyArgs.builder().tableAllowlist("public.orders", "public.customers").build())
                    .people(reduced ? List.of("ada") : List.of("ada", "grace"))
                    .build(),
                "operations", HumanAccessRoleArgs.builder()
                    .policy(AgentPolicyArgs.builder()
                        .accessMode(AccessMode.ReadWrite).approvalMode(ApprovalMode.All).tableAllowlist("public.orders").build())
                    .people("linus")
                    .expiresAt("2099-01-01T00:00:00Z")
                    .build()))
            .approvals(Map.of(
                "refunds", ApprovalSettingsArgs.builder().schemaName("billing").relationName("refunds").build(),
                "prices", ApprovalSettingsArgs.builder()
                    .name("Changes of prices").relationName("prices").statementKinds(StatementKind.Update, StatementKind.Delete)
                    .minAffectedRows(10).build()))
            .webhook(WebhookSettingsArgs.builder().url("https://example.com/hooks/people").secret(secret).build())
            .build());

        var approvals = SafeMigrationsApprovalsArgs.builder()
            .timeoutSeconds(7200)
            .statementKinds(StatementKind.Ddl, StatementKind.Delete);
        if (!reduced) {
            approvals.webhook(WebhookSettingsArgs.builder().url("https://example.com/hooks/migrations").secret(secret).build());
        }
        var migrations = new SafeMigrations("migrations", SafeMigrationsArgs.builder()
            .projectId(shop.projectId())
            .tables("public.orders", "billing.invoices")
            .approvals(approvals.build())
            .sandbox(SafeMigrationsAccessArgs.builder()
                .policyTests(PolicyTestCaseArgs.builder()
                    .name("backfill").sql("update orders set note = '' where id < 100").expect(PolicyVerdict.Allow).build())
                .build())
            .production(SafeMigrationsAccessArgs.builder()
                .policy(AgentPolicyArgs.builder()
                    .maskingRules(MaskingRuleArgs.builder().table("invoices").column("iban").kind(MaskingKind.Redact).build())
                    .build())
                .policyTests(
                    PolicyTestCaseArgs.builder()
                        .name("add a column").sql("alter table orders add column note text").expect(PolicyVerdict.Allow).build(),
                    PolicyTestCaseArgs.builder()
                        .name("backfill").sql("update orders set note = '' where id < 100")
                        .expect(PolicyVerdict.Block).rule("statement_not_allowed").build())
                .build())
            .build());

        var decoys = new HashMap<>(Map.of(
            "passwords", DecoySettingsArgs.builder().relationName("admin_passwords").action(HoneytokenAction.Kill).build(),
            "ssns", DecoySettingsArgs.builder()
                .schemaName("hr").relationName("customer_ssns").action(HoneytokenAction.AuditOnly).build()));
        if (reduced) {
            decoys.remove("ssns");
        }
        var tripwires = new Tripwires("tripwires", TripwiresArgs.builder()
            .projectId(shop.projectId())
            .decoys(decoys)
            .anomalies(Map.of(
                "exfiltration", AnomalySettingsArgs.builder()
                    .metric(AnomalyMetric.BytesPerHour).sigmaThreshold(4.0).floor(10_000_000.0).build(),
                "errors", AnomalySettingsArgs.builder().metric(AnomalyMetric.ErrorsPerHour).build()))
            .sinks(Map.of(
                "security", WebhookSettingsArgs.builder().url("https://example.com/hooks/decoys").secret(secret).build(),
                "splunk", WebhookSettingsArgs.builder()
                    .url("https://example.com/hooks/splunk").secret(secret).format(WebhookFormat.SplunkHec)
                    .eventTypes(WebhookEventType.AnomalyAlert).build()))
            .build());

        var readReplicas = new HashMap<>(Map.of(
            "frankfurt", ReadReplicaArgs.builder().host("frankfurt.analytics.example.com").build(),
            "dublin", ReadReplicaArgs.builder().host("dublin.analytics.example.com").port(6432).sslMode(SSLMode.Require).build()));
        if (reduced) {
            readReplicas.remove("dublin");
        }
        var analytics = new ReplicatedDatabase("analytics", ReplicatedDatabaseArgs.builder()
            .projectId(shop.projectId())
            .primary(PrimaryDatabaseArgs.builder()
                .host("analytics.example.com")
                .name("analytics")
                .username("pgbeam")
                .password(password)
                .cacheConfig(CacheConfigArgs.builder().enabled(true).ttlSeconds(60).maxEntries(10_000).swrSeconds(30).build())
                .build())
            .replicas(readReplicas)
            .customDomain(CustomDomainSettingsArgs.builder().domain("db.shop.example.com").build())
            .build());

        var regions = new HashMap<>(Map.of(
            "frankfurt", SelfHostedGatewayRegionArgs.builder().description("Proxies beside the warehouse").rotateAfter("90d").build(),
            "virginia", SelfHostedGatewayRegionArgs.builder().rotationTriggers(Map.of("quarter", "2027-Q1")).build()));
        if (reduced) {
            regions.remove("virginia");
        }
        var proxyProvider = new Provider("proxyProvider", ProviderArgs.builder().apiKey(config.requireSecret("proxyApiKey")).build());
        var proxies = new SelfHostedGateway("proxies", SelfHostedGatewayArgs.builder()
            .orgId(config.require("proxyOrgId"))
            .image("registry.example.com/pgbeam-proxy:1.2")
            .environment(Map.of("LOG_LEVEL", "info", "LOG_FORMAT", "json"))
            .regions(regions)
            .project(SelfHostedGatewayProjectArgs.builder()
                .description("The warehouse")
                .residency(Residency.Eu)
                .database(PrimaryDatabaseArgs.builder()
                    .host("warehouse.internal.example.com").name("warehouse").username("pgbeam").password(password).build())
                .build())
            .build(), ComponentResourceOptions.builder().providers(proxyProvider).build());

        var nightly = new RotatingAgentCredential("nightly", RotatingAgentCredentialArgs.builder()
            .projectId(shop.projectId())
            .policyProfileId(fleet.tierPolicyProfileIds().applyValue(ids -> ids.get("support")))
            .name("Nightly report")
            .everyDays(30)
            .overlapDays(3)
            .build());

        ctx.export("shop.agentConnectionString", shop.agentConnectionString());
        ctx.export("shop.agentCredentialId", shop.agentCredentialId());
        ctx.export("shop.agentUsername", shop.agentUsername());
        ctx.export("shop.anomalyRuleIds", shop.anomalyRuleIds());
        ctx.export("shop.mcpClientConfig", shop.mcpClientConfig());
        ctx.export("shop.mcpToken", shop.mcpToken());
        ctx.export("shop.mcpUrl", shop.mcpUrl());
        ctx.export("shop.policyProfileId", shop.policyProfileId());
        ctx.export("shop.policyTestId", shop.policyTestId());
        ctx.export("shop.primaryDatabaseId", shop.primaryDatabaseId());
        ctx.export("shop.projectId", shop.projectId());
        ctx.export("shop.proxyHost", shop.proxyHost());
        ctx.export("shop.replicaIds", shop.replicaIds());
        ctx.export("shop.webhookEndpointId", shop.webhookEndpointId());
        ctx.export("reporting.agentCredentialId", reporting.agentCredentialId());
        ctx.export("reporting.anomalyRuleIds", reporting.anomalyRuleIds());
        ctx.export("reporting.connectionString", reporting.connectionString());
        ctx.export("reporting.mcpClientConfig", reporting.mcpClientConfig());
        ctx.export("reporting.mcpToken", reporting.mcpToken());
        ctx.export("reporting.mcpUrl", reporting.mcpUrl());
        ctx.export("reporting.policyProfileId", reporting.policyProfileId());
        ctx.export("reporting.policyTestId", reporting.policyTestId());
        ctx.export("reporting.username", reporting.username());
        ctx.export("fleet.agentCredentialIds", fleet.agentCredentialIds());
        ctx.export("fleet.connectionStrings", fleet.connectionStrings());
        ctx.export("fleet.mcpClientConfigs", fleet.mcpClientConfigs());
        ctx.export("fleet.mcpTokens", fleet.mcpTokens());
        ctx.export("fleet.mcpUrls", fleet.mcpUrls());
        ctx.export("fleet.policyProfileIds", fleet.policyProfileIds());
        ctx.export("fleet.policyTestIds", fleet.policyTestIds());
        ctx.export("fleet.tierPolicyProfileIds", fleet.tierPolicyProfileIds());
        ctx.export("fleet.usernames", fleet.usernames());
        ctx.export("fleet.webhookEndpointIds", fleet.webhookEndpointIds());
        ctx.export("tenants.agentCredentialIds", tenants.agentCredentialIds());
        ctx.export("tenants.connectionStrings", tenants.connectionStrings());
        ctx.export("tenants.mcpClientConfigs", tenants.mcpClientConfigs());
        ctx.export("tenants.mcpTokens", tenants.mcpTokens());
        ctx.export("tenants.mcpUrls", tenants.mcpUrls());
        ctx.export("tenants.policyProfileIds", tenants.policyProfileIds());
        ctx.export("tenants.policyTestIds", tenants.policyTestIds());
        ctx.export("tenants.usernames", tenants.usernames());
        ctx.export("people.approvalRuleIds", people.approvalRuleIds());
        ctx.export("people.baselinePolicyProfileId", people.baselinePolicyProfileId());
        ctx.export("people.connectionStrings", people.connectionStrings());
        ctx.export("people.credentialIds", people.credentialIds());
        ctx.export("people.policyProfileIds", people.policyProfileIds());
        ctx.export("people.usernames", people.usernames());
        ctx.export("people.webhookEndpointId", people.webhookEndpointId());
        ctx.export("migrations.approvalRuleIds", migrations.approvalRuleIds());
        ctx.export("migrations.mcpUrl", migrations.mcpUrl());
        ctx.export("migrations.productionConnectionString", migrations.productionConnectionString());
        ctx.export("migrations.productionCredentialId", migrations.productionCredentialId());
        ctx.export("migrations.productionMcpToken", migrations.productionMcpToken());
        ctx.export("migrations.productionPolicyProfileId", migrations.productionPolicyProfileId());
        ctx.export("migrations.productionPolicyTestId", migrations.productionPolicyTestId());
        ctx.export("migrations.productionUsername", migrations.productionUsername());
        ctx.export("migrations.sandboxConnectionString", migrations.sandboxConnectionString());
        ctx.export("migrations.sandboxCredentialId", migrations.sandboxCredentialId());
        ctx.export("migrations.sandboxMcpToken", migrations.sandboxMcpToken());
        ctx.export("migrations.sandboxPolicyProfileId", migrations.sandboxPolicyProfileId());
        ctx.export("migrations.sandboxPolicyTestId", migrations.sandboxPolicyTestId());
        ctx.export("migrations.sandboxUsername", migrations.sandboxUsername());
        ctx.export("migrations.webhookEndpointId", migrations.webhookEndpointId());
        ctx.export("tripwires.anomalyRuleIds", tripwires.anomalyRuleIds());
        ctx.export("tripwires.honeytokenIds", tripwires.honeytokenIds());
        ctx.export("tripwires.webhookEndpointIds", tripwires.webhookEndpointIds());
        ctx.export("analytics.connectionString", analytics.connectionString());
        ctx.export("analytics.customDomainId", analytics.customDomainId());
        ctx.export("analytics.databaseId", analytics.databaseId());
        ctx.export("analytics.dnsInstructions", analytics.dnsInstructions().applyValue(dns -> dns.map(EveryComponent::toMap)));
        ctx.export("analytics.projectId", analytics.projectId());
        ctx.export("analytics.proxyHost", analytics.proxyHost());
        ctx.export("analytics.replicaIds", analytics.replicaIds());
        ctx.export("proxies.composeFiles", proxies.composeFiles());
        ctx.export("proxies.enrollmentIds", proxies.enrollmentIds());
        ctx.export("proxies.environments", proxies.environments());
        ctx.export("proxies.helmValues", proxies.helmValues());
        ctx.export("proxies.primaryDatabaseId", proxies.primaryDatabaseId());
        ctx.export("proxies.projectId", proxies.projectId());
        ctx.export("proxies.proxyHost", proxies.proxyHost());
        ctx.export("nightly.agentCredentialIds", nightly.agentCredentialIds());
        ctx.export("nightly.current", nightly.current());
        ctx.export("nightly.nextRotation", nightly.nextRotation());
        ctx.export("nightly.previousValidUntil", nightly.previousValidUntil());
    }

    /** The Java SDK cannot export objects of classes. */
    private static Map<String, String> toMap(DNSInstructions dns) {
        return Map.of(
            "cnameHost", dns.cnameHost(), "cnameTarget", dns.cnameTarget(), "txtHost", dns.txtHost(), "txtValue", dns.txtValue(),
            "acmeCnameHost", dns.acmeCnameHost(), "acmeCnameTarget", dns.acmeCnameTarget());
    }
}
