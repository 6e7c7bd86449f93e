// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package driver;

import com.pgbeam.pulumi.Database;
import com.pgbeam.pulumi.DatabaseArgs;
import com.pgbeam.pulumi.Project;
import com.pgbeam.pulumi.ProjectArgs;
import com.pgbeam.pulumi.SecureAgentProject;
import com.pgbeam.pulumi.SecureAgentProjectArgs;
import com.pgbeam.pulumi.WebhookEndpoint;
import com.pgbeam.pulumi.WebhookEndpointArgs;
import com.pgbeam.pulumi.inputs.DatabaseSettingsArgs;
import com.pgbeam.pulumi.inputs.SecureAgentProjectDatabaseArgs;
import com.pgbeam.pulumi.inputs.SecureAgentProjectWebhookArgs;
import com.pulumi.Context;
import com.pulumi.core.Output;

/** Exports whole resources and components that were given their secrets as plain strings. */
final class Exported {
    private Exported() {}

    static void stack(Context ctx) {
        var orgId = ctx.config().require("orgId");
        for (var way : new String[] {"plain", "output"}) {
            var settings = DatabaseSettingsArgs.builder()
                .host("db.example.com").port(5432).name("shop").username("pgbeam").password("planted-" + way + "-project").build();
            var database = SecureAgentProjectDatabaseArgs.builder()
                .host("db.example.com").name("shop").username("pgbeam").password("planted-" + way + "-component").build();
            var webhook = SecureAgentProjectWebhookArgs.builder()
                .url("https://example.com/hooks").secret("planted-" + way + "-webhook").build();
            var ofProject = ProjectArgs.builder().orgId(orgId);
            var ofComponent = SecureAgentProjectArgs.builder().orgId(orgId);
            if (way.equals("plain")) {
                ofProject.database(settings);
                ofComponent.database(database).webhook(webhook);
            } else {
                ofProject.database(Output.of(settings));
                ofComponent.database(Output.of(database)).webhook(Output.of(webhook));
            }
            var project = new Project("project-" + way, ofProject.build());
            var component = new SecureAgentProject("component-" + way, ofComponent.build());
            ctx.export("project-" + way, Output.of(project));
            ctx.export("component-" + way, Output.of(component));
            if (way.equals("plain")) {
                ctx.export("database", Output.of(new Database("database", DatabaseArgs.builder()
                    .projectId(project.id()).host("archive.example.com").port(5432).name("archive").username("pgbeam")
                    .password("planted-database").build())));
                ctx.export("webhook", Output.of(new WebhookEndpoint("webhook", WebhookEndpointArgs.builder()
                    .projectId(project.id()).url("https://example.com/more").secret("planted-endpoint").build())));
            }
        }
    }
}
