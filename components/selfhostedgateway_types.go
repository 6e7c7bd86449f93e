// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
)

// SelfHostedGateway is a component: proxies in the user's own network, with a project for them.
type SelfHostedGateway struct {
	pulumi.ResourceState

	EnrollmentIDs     pulumi.StringMapInput  `pulumi:"enrollmentIds"`
	Environments      pulumi.StringMapInput  `pulumi:"environments"`
	ComposeFiles      pulumi.StringMapInput  `pulumi:"composeFiles"`
	HelmValues        pulumi.StringMapInput  `pulumi:"helmValues"`
	ProjectID         pulumi.StringPtrOutput `pulumi:"projectId"`
	ProxyHost         pulumi.StringPtrOutput `pulumi:"proxyHost"`
	PrimaryDatabaseID pulumi.StringPtrOutput `pulumi:"primaryDatabaseId"`
}

// SelfHostedGatewayArgs contains the inputs of a SelfHostedGateway.
type SelfHostedGatewayArgs struct {
	OrgID       pulumi.StringInput                 `pulumi:"orgId"`
	Regions     map[string]SelfHostedGatewayRegion `pulumi:"regions"`
	Project     *SelfHostedGatewayProject          `pulumi:"project,optional"`
	Image       pulumi.StringInput                 `pulumi:"image"`
	Environment pulumi.StringMapInput              `pulumi:"environment,optional"`

	AllowInsecureTransport pulumi.BoolPtrInput `pulumi:"allowInsecureTransport,optional"`
}

// SelfHostedGatewayRegion contains the settings of the proxies in a region.
type SelfHostedGatewayRegion struct {
	Description      pulumi.StringPtrInput `pulumi:"description,optional"`
	ExpiresAt        pulumi.StringPtrInput `pulumi:"expiresAt,optional"`
	RotationTriggers pulumi.StringMapInput `pulumi:"rotationTriggers,optional"`
	RotateAfter      pulumi.StringPtrInput `pulumi:"rotateAfter,optional"`
}

// SelfHostedGatewayProject contains the settings of a project whose proxies are self-hosted.
type SelfHostedGatewayProject struct {
	Name           pulumi.StringPtrInput   `pulumi:"name,optional"`
	Description    pulumi.StringPtrInput   `pulumi:"description,optional"`
	Tags           pulumi.StringArrayInput `pulumi:"tags,optional"`
	Cloud          pulumi.StringPtrInput   `pulumi:"cloud,optional"`
	Residency      pulumi.StringPtrInput   `pulumi:"residency,optional"`
	AllowedCIDRs   pulumi.StringArrayInput `pulumi:"allowedCidrs,optional"`
	CIDRLabels     pulumi.StringMapInput   `pulumi:"cidrLabels,optional"`
	AgentsDisabled pulumi.BoolPtrInput     `pulumi:"agentsDisabled,optional"`
	Database       PrimaryDatabase         `pulumi:"database"`
}

// Annotate describes the component and its outputs.
func (c *SelfHostedGateway) Annotate(a infer.Annotator) {
	a.Describe(&c, "Proxies in your own network instead of PgBeam's: an enrollment token for each region, the configuration of the proxies with it, and optionally a project for them. "+
		"Requires the Scale or Enterprise plan.\n\n"+
		"An organization cannot have both an active enrollment and an enabled `ApprovalRule`. If it has such a rule, the update fails at the first enrollment, before the project is created. "+
		"Adding or removing a region does not change the others. A rotation of a token takes effect on new connections: deploy the new configuration in the same update.")
	a.Describe(&c.EnrollmentIDs, "IDs of the enrollments, `she_…`, by region.")
	a.Describe(&c.Environments, "The environment of the proxies of each region, as a file of lines such as `NAME='value'`, including the token in `"+tokenVariable+"`.")
	a.Describe(&c.ComposeFiles, "A Compose file with one proxy for each region, including the token. It is JSON, which Compose reads like YAML.")
	a.Describe(&c.HelmValues, "The values `image` and `env` for a Helm chart, for each region, including the token. They are JSON, which Helm reads like YAML.")
	a.Describe(&c.ProjectID, "ID of the project, `prj_…`, if `project` is set.")
	a.Describe(&c.ProxyHost, "Host name of the proxy of the project, if `project` is set.")
	a.Describe(&c.PrimaryDatabaseID, "ID of the primary database, `db_…`, if `project` is set.")
}

// Annotate describes the inputs.
func (r *SelfHostedGatewayArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.OrgID, "The ID of the organization that owns the enrollments and the project. Changing it replaces them.")
	a.Describe(&r.Regions, "The regions that proxies run in, by a name that becomes the label of the enrollment, at least one. The names must be known during the preview.")
	a.Describe(&r.Project, "A project whose proxies are self-hosted. If this is not set, there is no project. Whether it is set must be known during the preview.")
	a.Describe(&r.Image, "The container image of the proxy, such as `registry.example.com/pgbeam-proxy:1.2`.")
	a.Describe(&r.Environment, "Further environment variables of all proxies.")
	a.Describe(&r.AllowInsecureTransport, "Whether the database may have an `sslMode` that allows connections without TLS (`disable`, `allow` or `prefer`). Defaults to `false`.")
}

// Annotate describes the type.
func (r *SelfHostedGatewayRegion) Annotate(a infer.Annotator) {
	a.Describe(&r, "The proxies in a region of a SelfHostedGateway.")
}

// Annotate describes the type.
func (r *SelfHostedGatewayProject) Annotate(a infer.Annotator) {
	a.Describe(&r, "The project of a SelfHostedGateway.")
	a.Describe(&r.Database, "The primary database.")
}

// resourceArgs returns the inputs of the enrollment.
func (r SelfHostedGatewayRegion) resourceArgs(orgID pulumi.StringInput, region string) *pgbeam.SelfHostEnrollmentArgs {
	return &pgbeam.SelfHostEnrollmentArgs{
		OrgId:            orgID,
		RegionLabel:      pulumi.String(region),
		Description:      r.Description,
		ExpiresAt:        r.ExpiresAt,
		RotationTriggers: r.RotationTriggers,
		RotateAfter:      r.RotateAfter,
	}
}

// resourceArgs returns the inputs of the project.
func (r *SelfHostedGatewayProject) resourceArgs(orgID pulumi.StringInput) *pgbeam.ProjectArgs {
	settings := ProjectSettings{
		OrgID:          orgID,
		Name:           r.Name,
		Description:    r.Description,
		Tags:           r.Tags,
		Cloud:          r.Cloud,
		SelfHosted:     pulumi.Bool(true),
		Residency:      r.Residency,
		AllowedCIDRs:   r.AllowedCIDRs,
		CIDRLabels:     r.CIDRLabels,
		AgentsDisabled: r.AgentsDisabled,
	}
	return settings.resourceArgs(r.Database.settingsArgs(false))
}
