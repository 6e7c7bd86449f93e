// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// tokenVariable is the environment variable from which a proxy reads the token.
const tokenVariable = "GRPC_AUTH_TOKEN" //nolint:gosec // the name of a variable, not a token

// Definition implements kind.ComponentController.
func (*SelfHostedGateway) Definition() kind.ComponentDefinition {
	enrollment := resources.SelfHostEnrollmentProperties()
	return kind.ComponentDefinition{
		Properties: properties.Table{
			"orgId": enrollment["orgId"],
			"regions": properties.Map(properties.Object[SelfHostedGatewayRegion](enrollment.Without("orgId", "regionLabel", "standby").With(properties.Table{
				// The time may be in the past if the enrollment exists, which only its Check knows.
				"expiresAt": properties.String().Timestamp().Default(nil),
			}))).Required().NamesChildren(),
			"project": properties.Object[SelfHostedGatewayProject](projectSettingsProperties().Without("orgId", "selfHosted").With(properties.Table{
				"database": primaryDatabaseProperties().Required(),
			})),
			"image":                  properties.String().Required().Length(1, 0).NotBlank(),
			"environment":            properties.Map(properties.String()),
			"allowInsecureTransport": properties.Bool(),
		},
		Validate:        validateSelfHostedGateway,
		Secrets:         []string{"environments", "composeFiles", "helmValues"},
		OptionalOutputs: []string{"projectId", "proxyHost", "primaryDatabaseId"},
		InheritFrom:     inheritFrom(""),
		Children: []kind.Child{
			{Suffix: "region-<name>", Kind: "SelfHostEnrollment", ForEach: "regions"},
			{Suffix: "project", Kind: "Project", If: "project", RefersTo: []string{"region-<name>"}},
		},
	}
}

func validateSelfHostedGateway(inputs property.Map) []p.CheckFailure {
	v := &validator{inputs: inputs}
	if regions := inputs.Get("regions"); regions.IsMap() && regions.AsMap().Len() == 0 {
		v.fail("regions", "must contain a region")
	}
	for name := range properties.AsMap(inputs.Get("environment")).AllStable {
		switch path := properties.Path("environment").Field(name); {
		case name == tokenVariable:
			v.fail(path, "cannot be set: it is the token of the region")
		case name == "" || strings.ContainsAny(name, "=\x00\n"):
			v.fail(path, "is not the name of an environment variable")
		}
	}
	project := properties.AsMap(inputs.Get("project"))
	v.addFailures("project", resources.Project{}.Definition().Validate(project))
	v.validateSSLMode("project.database.sslMode", properties.AsMap(project.Get("database")).Get("sslMode"))
	return v.failures
}

// Construct implements kind.ComponentController. The API refuses an enrollment if the
// organization has an enabled approval rule: the project is created afterwards, so that nothing
// exists then.
func (c *SelfHostedGateway) Construct(ctx *pulumi.Context, name string, args SelfHostedGatewayArgs) error {
	environments, composeFiles, helmValues := pulumi.StringMap{}, pulumi.StringMap{}, pulumi.StringMap{}
	var enrollments []pulumi.Resource
	var err error
	c.EnrollmentIDs, err = createEach(args.Regions, func(region string, settings SelfHostedGatewayRegion) (pulumi.CustomResource, error) {
		enrollment, err := pgbeam.NewSelfHostEnrollment(ctx, name+"-region-"+region, settings.resourceArgs(args.OrgID, region), pulumi.Parent(c))
		if err != nil {
			return nil, err
		}
		enrollments = append(enrollments, enrollment)
		render := func(text func(image string, environment map[string]string) (string, error)) pulumi.StringOutput {
			return secretUnlessEmpty(rendered(args, enrollment.Token, text))
		}
		environments[region], composeFiles[region], helmValues[region] = render(environmentFile), render(composeFile), render(helmValuesFile)
		return enrollment, nil
	})
	if err != nil {
		return err
	}
	c.Environments, c.ComposeFiles, c.HelmValues = environments, composeFiles, helmValues
	c.ProjectID, c.ProxyHost, c.PrimaryDatabaseID = noString(), noString(), noString()
	if args.Project == nil {
		return nil
	}
	project, err := pgbeam.NewProject(ctx, name+"-project", args.Project.resourceArgs(args.OrgID), pulumi.Parent(c), pulumi.DependsOn(enrollments))
	if err != nil {
		return err
	}
	c.ProjectID = project.ID().ToStringPtrOutput()
	c.ProxyHost = project.ProxyHost.ToStringPtrOutput()
	c.PrimaryDatabaseID = project.PrimaryDatabaseId.ToStringPtrOutput()
	return nil
}

// rendered returns a configuration of the proxies of a region, or "" if there is no token: see
// secretUnlessEmpty.
func rendered(args SelfHostedGatewayArgs, token pulumi.StringOutput, text func(image string, environment map[string]string) (string, error)) pulumi.StringOutput {
	inputs := []any{args.Image, token}
	if args.Environment != nil {
		inputs = append(inputs, args.Environment)
	}
	return pulumi.All(inputs...).ApplyT(func(values []any) (string, error) {
		if values[1].(string) == "" {
			return "", nil
		}
		environment := map[string]string{}
		if len(values) > 2 {
			maps.Copy(environment, values[2].(map[string]string))
		}
		environment[tokenVariable] = values[1].(string)
		return text(values[0].(string), environment)
	}).(pulumi.StringOutput)
}

// environmentFile returns lines that Docker, systemd and shells read. Values are in single
// quotes, in which none of them replaces anything.
func environmentFile(_ string, environment map[string]string) (string, error) {
	var lines strings.Builder
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		lines.WriteString(name + "='" + strings.ReplaceAll(environment[name], "'", `'\''`) + "'\n")
	}
	return lines.String(), nil
}

// composeFile returns a Compose file. JSON is YAML, too.
func composeFile(image string, environment map[string]string) (string, error) {
	escaped := map[string]string{}
	for name, value := range environment {
		escaped[name] = strings.ReplaceAll(value, "$", "$$") // or Compose replaces variables
	}
	return toJSON(map[string]any{"services": map[string]any{"pgbeam-proxy": map[string]any{
		"image": strings.ReplaceAll(image, "$", "$$"), "restart": "unless-stopped", "environment": escaped,
	}}})
}

func helmValuesFile(image string, environment map[string]string) (string, error) {
	return toJSON(map[string]any{"image": image, "env": environment})
}

func toJSON(value any) (string, error) {
	text, err := json.MarshalIndent(value, "", "  ")
	return string(text) + "\n", err
}
