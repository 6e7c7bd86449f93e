// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package components

import (
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/pgbeam/pulumi-pgbeam/components/internal/pgbeam"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// tripwireEvents are the types of events that a sink of a Tripwires receives by default.
var tripwireEvents = []string{"canary_tripped", "anomaly_alert"}

// Tripwires is a component: what detects misuse of a project, and who is notified of it.
type Tripwires struct {
	pulumi.ResourceState

	HoneytokenIDs      pulumi.StringMapInput `pulumi:"honeytokenIds"`
	AnomalyRuleIDs     pulumi.StringMapInput `pulumi:"anomalyRuleIds"`
	WebhookEndpointIDs pulumi.StringMapInput `pulumi:"webhookEndpointIds"`
}

// TripwiresArgs contains the inputs of a Tripwires.
type TripwiresArgs struct {
	ProjectID pulumi.StringInput         `pulumi:"projectId"`
	Decoys    map[string]DecoySettings   `pulumi:"decoys,optional"`
	Anomalies map[string]AnomalySettings `pulumi:"anomalies,optional"`
	Sinks     map[string]WebhookSettings `pulumi:"sinks,optional"`

	AllowInsecureTransport pulumi.BoolPtrInput `pulumi:"allowInsecureTransport,optional"`
}

// DecoySettings contains the settings of a honeytoken.
type DecoySettings struct {
	SchemaName         pulumi.StringPtrInput `pulumi:"schemaName,optional"`
	RelationName       pulumi.StringInput    `pulumi:"relationName"`
	Action             pulumi.StringInput    `pulumi:"action"`
	AllowExistingTable pulumi.BoolPtrInput   `pulumi:"allowExistingTable,optional"`
}

// Annotate describes the component and its outputs.
func (c *Tripwires) Annotate(a infer.Annotator) {
	a.Describe(&c, "Detects misuse of a project that exists: decoy tables that no legitimate statement references, anomaly rules for all credentials of the project, "+
		"and webhook endpoints that receive the resulting events.\n\n"+
		"A statement of an agent that references a decoy is blocked, so a decoy with the name of a real table would stop legitimate work. "+
		"Therefore, in each preview and each update, the decoys are compared with the tables and views in the databases of the project. "+
		"A decoy that exists is rejected before anything is created, unless its `allowExistingTable` is `true`, and it is an error if a database cannot be read. "+
		"A preview skips the comparison while the ID of the project is not known; the update makes it. "+
		"The comparison takes one request for the list of databases and one for each database. It does not notice a table that is created later, until the next preview.")
	a.Describe(&c.HoneytokenIDs, "IDs of the honeytokens, `hnt_…`, by the names in `decoys`.")
	a.Describe(&c.AnomalyRuleIDs, "IDs of the anomaly rules, `anr_…`, by the names in `anomalies`.")
	a.Describe(&c.WebhookEndpointIDs, "IDs of the webhook endpoints, `whk_…`, by the names in `sinks`.")
}

// Annotate describes the inputs.
func (r *TripwiresArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.ProjectID, "The ID of the project, `prj_…`. Changing it replaces all children.")
	a.Describe(&r.Decoys, "Decoy tables, by a name of your choice. The names must be known during the preview. They apply to all databases of the project.")
	a.Describe(&r.Anomalies, "Anomaly rules for all credentials of the project, by a name of your choice, at most one for each metric. "+
		"The names must be known during the preview.")
	a.Describe(&r.Sinks, "Webhook endpoints that receive the events, by a name of your choice. The names must be known during the preview. "+
		"`eventTypes` of a sink defaults to `canary_tripped` and `anomaly_alert`; an empty list means all types.")
	a.Describe(&r.AllowInsecureTransport, "Whether a sink may have an `http://` URL. Defaults to `false`.")
}

// Annotate describes the settings that differ from Honeytoken.
func (r *DecoySettings) Annotate(a infer.Annotator) {
	a.Describe(&r, "A decoy: the name of a table or view that no legitimate statement references.")
	a.Describe(&r.SchemaName, "The schema of the decoy, up to 255 characters. If empty, the decoy is in the `public` schema, "+
		"and a table of the same name in another schema does not matter. Defaults to the empty string.")
	a.Describe(&r.RelationName, "The name of the decoy, 1 to 255 characters, unique in its schema and regardless of case. "+
		"It must not be the name of a table or view that exists in a database of the project, nor of one of PostgreSQL's own, unless `allowExistingTable` is `true`.")
	a.Describe(&r.AllowExistingTable, "Whether the decoy may exist as a table or view. Set it for a table that was created as a decoy, "+
		"or for a decoy that cannot be checked because PgBeam cannot read a database. "+
		"Statements of agents that reference an existing table are blocked, too. Defaults to `false`.")
}

// Definition implements kind.ComponentController.
func (*Tripwires) Definition() kind.ComponentDefinition {
	return kind.ComponentDefinition{
		Properties: properties.Table{
			"projectId": properties.ID("prj_").Required().Replaces(),
			"decoys": properties.Map(properties.Object[DecoySettings](resources.Honeytoken{}.Definition().Properties.Without("projectId").With(properties.Table{
				"allowExistingTable": properties.Bool(),
			}))).NamesChildren(),
			"anomalies":              properties.Map(anomalyProperties()).NamesChildren(),
			"sinks":                  properties.Map(webhookProperties()).NamesChildren(),
			"allowInsecureTransport": properties.Bool(),
		},
		Validate:       validateTripwires,
		ValidateOnline: rejectExistingTables,
		InheritFrom:    inheritFrom(""),
		Children: []kind.Child{
			{Suffix: "sink-<name>", Kind: "WebhookEndpoint", ForEach: "sinks"},
			{Suffix: "anomaly-<name>", Kind: "AnomalyRule", ForEach: "anomalies"},
			{Suffix: "decoy-<name>", Kind: "Honeytoken", ForEach: "decoys"},
		},
	}
}

// Construct implements kind.ComponentController.
func (c *Tripwires) Construct(ctx *pulumi.Context, name string, args TripwiresArgs) error {
	var err error
	c.WebhookEndpointIDs, err = createEach(args.Sinks, func(key string, settings WebhookSettings) (pulumi.CustomResource, error) {
		settings.EventTypes = withDefaultList(settings.EventTypes, tripwireEvents)
		return pgbeam.NewWebhookEndpoint(ctx, name+"-sink-"+key, settings.resourceArgs(args.ProjectID), pulumi.Parent(c))
	})
	if err != nil {
		return err
	}
	c.AnomalyRuleIDs, err = createEach(args.Anomalies, func(key string, settings AnomalySettings) (pulumi.CustomResource, error) {
		return pgbeam.NewAnomalyRule(ctx, name+"-anomaly-"+key, settings.resourceArgs(args.ProjectID, nil), pulumi.Parent(c))
	})
	if err != nil {
		return err
	}
	c.HoneytokenIDs, err = createEach(args.Decoys, func(key string, settings DecoySettings) (pulumi.CustomResource, error) {
		return pgbeam.NewHoneytoken(ctx, name+"-decoy-"+key, &pgbeam.HoneytokenArgs{
			ProjectId: args.ProjectID, SchemaName: settings.SchemaName, RelationName: settings.RelationName, Action: settings.Action,
		}, pulumi.Parent(c))
	})
	return err
}
