// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

//go:build driver

package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"

	"github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam"
)

// exported exports whole resources and components whose secrets are plain strings.
func exported(ctx *pulumi.Context) error {
	orgID := pulumi.String(config.Require(ctx, "orgId"))
	for form, convert := range map[string]struct {
		project   func(pgbeam.DatabaseSettingsArgs) pgbeam.DatabaseSettingsPtrInput
		component func(pgbeam.PrimaryDatabaseArgs) pgbeam.PrimaryDatabaseInput
		webhook   func(pgbeam.WebhookSettingsArgs) pgbeam.WebhookSettingsPtrInput
	}{
		"plain": {
			func(v pgbeam.DatabaseSettingsArgs) pgbeam.DatabaseSettingsPtrInput { return v },
			func(v pgbeam.PrimaryDatabaseArgs) pgbeam.PrimaryDatabaseInput { return v },
			func(v pgbeam.WebhookSettingsArgs) pgbeam.WebhookSettingsPtrInput { return v },
		},
		"pointer": {
			func(v pgbeam.DatabaseSettingsArgs) pgbeam.DatabaseSettingsPtrInput { return &v },
			func(v pgbeam.PrimaryDatabaseArgs) pgbeam.PrimaryDatabaseInput { return &v },
			func(v pgbeam.WebhookSettingsArgs) pgbeam.WebhookSettingsPtrInput {
				return pgbeam.WebhookSettingsPtr(&v)
			},
		},
		"output": {
			func(v pgbeam.DatabaseSettingsArgs) pgbeam.DatabaseSettingsPtrInput {
				return v.ToDatabaseSettingsPtrOutput()
			},
			func(v pgbeam.PrimaryDatabaseArgs) pgbeam.PrimaryDatabaseInput {
				return v.ToPrimaryDatabaseOutput()
			},
			func(v pgbeam.WebhookSettingsArgs) pgbeam.WebhookSettingsPtrInput {
				return v.ToWebhookSettingsPtrOutput()
			},
		},
	} {
		host, user, name := pulumi.String("db.example.com"), pulumi.String("pgbeam"), pulumi.String("shop")
		project, err := pgbeam.NewProject(ctx, "project-"+form, &pgbeam.ProjectArgs{
			OrgId: orgID,
			Database: convert.project(pgbeam.DatabaseSettingsArgs{
				Host: host, Port: pulumi.Int(5432), Name: name, Username: user, Password: pulumi.String("canary-" + form + "-project"),
			}),
		})
		if err != nil {
			return err
		}
		component, err := pgbeam.NewSecureAgentProject(ctx, "component-"+form, &pgbeam.SecureAgentProjectArgs{
			OrgId: orgID,
			Database: convert.component(pgbeam.PrimaryDatabaseArgs{
				Host: host, Name: name, Username: user, Password: pulumi.String("canary-" + form + "-component"),
			}),
			Webhook: convert.webhook(pgbeam.WebhookSettingsArgs{
				Url: pulumi.String("https://example.com/hooks"), Secret: pulumi.String("canary-" + form + "-webhook"),
			}),
		})
		if err != nil {
			return err
		}
		ctx.Export("project-"+form, pulumi.ToOutput(project))
		ctx.Export("component-"+form, pulumi.ToOutput(component))
		ctx.Export("list-"+form, pulumi.ToOutput([]any{project, map[string]any{"component": component}}))
		if form != "plain" {
			continue
		}
		database, err := pgbeam.NewDatabase(ctx, "database", &pgbeam.DatabaseArgs{
			ProjectId: project.ID(), Host: host, Port: pulumi.Int(5432), Name: name, Username: user, Password: pulumi.String("canary-database"),
		})
		if err != nil {
			return err
		}
		webhook, err := pgbeam.NewWebhookEndpoint(ctx, "webhook", &pgbeam.WebhookEndpointArgs{
			ProjectId: project.ID(), Url: pulumi.String("https://example.com/more"), Secret: pulumi.String("canary-endpoint"),
		})
		if err != nil {
			return err
		}
		ctx.Export("database", pulumi.ToOutput(database))
		ctx.Export("webhook", pulumi.ToOutput(webhook))
	}
	return nil
}
