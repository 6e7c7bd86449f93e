// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build driver

package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam"
)

// exported exports whole resources and components that were given their secrets
// as plain strings.
func exported(ctx *pulumi.Context) error {
	orgID := pulumi.String(config.Require(ctx, "orgId"))
	for way, as := range map[string]struct {
		project   func(pgbeam.DatabaseSettingsArgs) pgbeam.DatabaseSettingsPtrInput
		component func(pgbeam.SecureAgentProjectDatabaseArgs) pgbeam.SecureAgentProjectDatabaseInput
		webhook   func(pgbeam.SecureAgentProjectWebhookArgs) pgbeam.SecureAgentProjectWebhookPtrInput
	}{
		"plain": {
			func(v pgbeam.DatabaseSettingsArgs) pgbeam.DatabaseSettingsPtrInput { return v },
			func(v pgbeam.SecureAgentProjectDatabaseArgs) pgbeam.SecureAgentProjectDatabaseInput { return v },
			func(v pgbeam.SecureAgentProjectWebhookArgs) pgbeam.SecureAgentProjectWebhookPtrInput { return v },
		},
		"pointer": {
			func(v pgbeam.DatabaseSettingsArgs) pgbeam.DatabaseSettingsPtrInput { return &v },
			func(v pgbeam.SecureAgentProjectDatabaseArgs) pgbeam.SecureAgentProjectDatabaseInput { return &v },
			func(v pgbeam.SecureAgentProjectWebhookArgs) pgbeam.SecureAgentProjectWebhookPtrInput {
				return pgbeam.SecureAgentProjectWebhookPtr(&v)
			},
		},
		"output": {
			func(v pgbeam.DatabaseSettingsArgs) pgbeam.DatabaseSettingsPtrInput {
				return v.ToDatabaseSettingsPtrOutput()
			},
			func(v pgbeam.SecureAgentProjectDatabaseArgs) pgbeam.SecureAgentProjectDatabaseInput {
				return v.ToSecureAgentProjectDatabaseOutput()
			},
			func(v pgbeam.SecureAgentProjectWebhookArgs) pgbeam.SecureAgentProjectWebhookPtrInput {
				return v.ToSecureAgentProjectWebhookPtrOutput()
			},
		},
	} {
		host, user, name := pulumi.String("db.example.com"), pulumi.String("pgbeam"), pulumi.String("shop")
		project, err := pgbeam.NewProject(ctx, "project-"+way, &pgbeam.ProjectArgs{
			OrgId: orgID,
			Database: as.project(pgbeam.DatabaseSettingsArgs{
				Host: host, Port: pulumi.Int(5432), Name: name, Username: user, Password: pulumi.String("planted-" + way + "-project"),
			}),
		})
		if err != nil {
			return err
		}
		component, err := pgbeam.NewSecureAgentProject(ctx, "component-"+way, &pgbeam.SecureAgentProjectArgs{
			OrgId: orgID,
			Database: as.component(pgbeam.SecureAgentProjectDatabaseArgs{
				Host: host, Name: name, Username: user, Password: pulumi.String("planted-" + way + "-component"),
			}),
			Webhook: as.webhook(pgbeam.SecureAgentProjectWebhookArgs{
				Url: pulumi.String("https://example.com/hooks"), Secret: pulumi.String("planted-" + way + "-webhook"),
			}),
		})
		if err != nil {
			return err
		}
		ctx.Export("project-"+way, pulumi.ToOutput(project))
		ctx.Export("component-"+way, pulumi.ToOutput(component))
		ctx.Export("list-"+way, pulumi.ToOutput([]any{project, map[string]any{"component": component}}))
		if way != "plain" {
			continue
		}
		database, err := pgbeam.NewDatabase(ctx, "database", &pgbeam.DatabaseArgs{
			ProjectId: project.ID(), Host: host, Port: pulumi.Int(5432), Name: name, Username: user, Password: pulumi.String("planted-database"),
		})
		if err != nil {
			return err
		}
		webhook, err := pgbeam.NewWebhookEndpoint(ctx, "webhook", &pgbeam.WebhookEndpointArgs{
			ProjectId: project.ID(), Url: pulumi.String("https://example.com/more"), Secret: pulumi.String("planted-endpoint"),
		})
		if err != nil {
			return err
		}
		ctx.Export("database", pulumi.ToOutput(database))
		ctx.Export("webhook", pulumi.ToOutput(webhook))
	}
	return nil
}
