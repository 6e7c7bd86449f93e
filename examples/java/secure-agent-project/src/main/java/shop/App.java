package shop;

import com.pgbeam.pulumi.SecureAgentProject;
import com.pgbeam.pulumi.SecureAgentProjectArgs;
import com.pgbeam.pulumi.enums.MaskingKind;
import com.pgbeam.pulumi.enums.WebhookEventType;
import com.pgbeam.pulumi.inputs.MaskingRuleArgs;
import com.pgbeam.pulumi.inputs.RowFilterArgs;
import com.pgbeam.pulumi.inputs.AgentSettingsArgs;
import com.pgbeam.pulumi.inputs.PrimaryDatabaseArgs;
import com.pgbeam.pulumi.inputs.AgentPolicyArgs;
import com.pgbeam.pulumi.inputs.SecureAgentProjectReplicaArgs;
import com.pgbeam.pulumi.inputs.WebhookSettingsArgs;
import com.pulumi.Context;
import com.pulumi.Pulumi;

public final class App {
    public static void main(String[] args) {
        Pulumi.run(App::stack);
    }

    public static void stack(Context ctx) {
        var config = ctx.config();

        var shop = new SecureAgentProject("shop", SecureAgentProjectArgs.builder()
            .orgId(config.require("orgId"))
            .description("The shop's database, for the support agent")
            .database(PrimaryDatabaseArgs.builder()
                .host("shop.example.com")
                .name("shop")
                .username("pgbeam")
                .password(config.requireSecret("dbPassword"))
                .build())
            .replicas(
                SecureAgentProjectReplicaArgs.builder().host("replica-1.shop.example.com").build(),
                SecureAgentProjectReplicaArgs.builder().host("replica-2.shop.example.com").build())
            .policy(AgentPolicyArgs.builder()
                .tableAllowlist("public.orders", "public.customers")
                .maskingRules(
                    MaskingRuleArgs.builder().table("customers").column("email").kind(MaskingKind.Redact).build(),
                    MaskingRuleArgs.builder().table("customers").column("phone").kind(MaskingKind.Null).build())
                .rowFilters(RowFilterArgs.builder()
                    .table("orders")
                    .predicate("created_at > now() - interval '1 year'")
                    .build())
                .build())
            .agent(AgentSettingsArgs.builder()
                .name("Support bot")
                .expiresAt("2099-01-01T00:00:00Z")
                .build())
            .webhook(WebhookSettingsArgs.builder()
                .url("https://example.com/hooks/pgbeam")
                .secret(config.requireSecret("webhookSecret"))
                .eventTypes(WebhookEventType.QueryBlocked, WebhookEventType.CanaryTripped)
                .build())
            .build());

        ctx.export("projectId", shop.projectId());
        ctx.export("proxyHost", shop.proxyHost());
        ctx.export("agentUsername", shop.agentUsername());
        ctx.export("mcpUrl", shop.mcpUrl());
        ctx.export("agentConnectionString", shop.agentConnectionString());
        ctx.export("mcpToken", shop.mcpToken());
    }
}
