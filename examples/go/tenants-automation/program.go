package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/sdk/go/pgbeam"
)

// program returns the Pulumi program of a tenant: a project with the tenant's database, and agents that can
// read some of its tables.
func program(t Tenant, password string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		project, err := pgbeam.NewProject(ctx, t.Name, &pgbeam.ProjectArgs{
			OrgId: pulumi.String(t.OrgID),
			Tags:  pulumi.StringArray{pulumi.String("tenant:" + t.Name)},
			Database: &pgbeam.DatabaseSettingsArgs{
				Host:     pulumi.String(t.Database.Host),
				Port:     pulumi.Int(5432),
				Name:     pulumi.String(t.Database.Name),
				Username: pulumi.String(t.Database.Username),
				Password: pulumi.ToSecret(pulumi.String(password)).(pulumi.StringOutput),
			},
		})
		if err != nil {
			return err
		}
		agents := pgbeam.AgentFleetAgentMap{}
		for _, name := range t.Agents {
			agents[name] = &pgbeam.AgentFleetAgentArgs{Tier: pulumi.String("support")}
		}
		fleet, err := pgbeam.NewAgentFleet(ctx, t.Name, &pgbeam.AgentFleetArgs{
			ProjectId: project.ID(),
			Tiers: pgbeam.AgentPolicyMap{"support": &pgbeam.AgentPolicyArgs{
				TableAllowlist:       pulumi.ToStringArray(t.Tables),
				MaxRows:              pulumi.Int(1000),
				BudgetQueriesPerHour: pulumi.Int(500),
			}},
			Agents: agents,
		})
		if err != nil {
			return err
		}
		ctx.Export("projectId", project.ID())
		ctx.Export("connectionStrings", fleet.ConnectionStrings)
		ctx.Export("mcpTokens", fleet.McpTokens)
		return nil
	}
}
