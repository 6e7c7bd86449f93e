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
import com.pgbeam.pulumi.inputs.PrimaryDatabaseArgs;
import com.pgbeam.pulumi.inputs.WebhookSettingsArgs;
import com.pulumi.Context;
import com.pulumi.core.Output;

/** Exports whole resources and components whose secrets are plain strings. */
final class Exported {
    private Exported() {}

    static void stack(Context ctx) {
        var orgId = ctx.config().require("orgId");
        for (var form : new String[] {"plain", "output"}) {
            var settings = DatabaseSettingsArgs.builder()
                .host("db.example.com").port(5432).name("shop").username("pgbeam").password("canary-" + form + "-project").build();
            var database = PrimaryDatabaseArgs.builder()
                .host("db.example.com").name("shop").username("pgbeam").password("canary-" + form + "-component").build();
            var webhook = WebhookSettingsArgs.builder()
                .url("https://example.com/hooks").secret("canary-" + form + "-webhook").build();
            var projectArgs = ProjectArgs.builder().orgId(orgId);
            var componentArgs = SecureAgentProjectArgs.builder().orgId(orgId);
            if (form.equals("plain")) {
                projectArgs.database(settings);
                componentArgs.database(database).webhook(webhook);
            } else {
                projectArgs.database(Output.of(settings));
                componentArgs.database(Output.of(database)).webhook(Output.of(webhook));
            }
            var project = new Project("project-" + form, projectArgs.build());
            var component = new SecureAgentProject("component-" + form, componentArgs.build());
            ctx.export("project-" + form, Output.of(project));
            ctx.export("component-" + form, Output.of(component));
            if (form.equals("plain")) {
                ctx.export("database", Output.of(new Database("database", DatabaseArgs.builder()
                    .projectId(project.id()).host("archive.example.com").port(5432).name("archive").username("pgbeam")
                    .password("canary-database").build())));
                ctx.export("webhook", Output.of(new WebhookEndpoint("webhook", WebhookEndpointArgs.builder()
                    .projectId(project.id()).url("https://example.com/more").secret("canary-endpoint").build())));
            }
        }
    }
}
