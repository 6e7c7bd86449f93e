// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"context"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

var (
	_ kind.Controller[ProjectArgs, ProjectState] = Project{}
	_ kind.Updater[ProjectArgs, ProjectState]    = Project{}
	_ kind.Lister[ProjectArgs]                   = Project{}
)

// Project is a project with its primary database.
type Project struct{}

// ProjectArgs are the inputs of a Project.
type ProjectArgs struct {
	OrgID                  string            `pulumi:"orgId"`
	Name                   *string           `pulumi:"name,optional"`
	Description            *string           `pulumi:"description,optional"`
	Tags                   *[]string         `pulumi:"tags,optional"`
	Cloud                  *Cloud            `pulumi:"cloud,optional"`
	SelfHosted             *bool             `pulumi:"selfHosted,optional"`
	Database               *DatabaseSettings `pulumi:"database,optional"`
	AllowedCIDRs           *[]string         `pulumi:"allowedCidrs,optional"`
	CIDRLabels             map[string]string `pulumi:"cidrLabels,optional"`
	DefaultPolicyProfileID *string           `pulumi:"defaultPolicyProfileId,optional"`
	Residency              *Residency        `pulumi:"residency,optional"`
	AgentsDisabled         *bool             `pulumi:"agentsDisabled,optional"`
	Status                 *ProjectStatus    `pulumi:"status,optional"`
}

// ProjectState is the state of a Project.
type ProjectState struct {
	ProjectArgs
	PrimaryDatabaseID string `pulumi:"primaryDatabaseId"`
	ProxyHost         string `pulumi:"proxyHost"`
	QueriesPerSecond  int    `pulumi:"queriesPerSecond"`
	BurstSize         int    `pulumi:"burstSize"`
	MaxConnections    int    `pulumi:"maxConnections"`
	DatabaseCount     int    `pulumi:"databaseCount"`
	ActiveConnections int    `pulumi:"activeConnections"`
	CreatedAt         string `pulumi:"createdAt"`
	UpdatedAt         string `pulumi:"updatedAt"`
}

// Annotate describes the inputs.
func (r *ProjectArgs) Annotate(a infer.Annotator) {
	a.Describe(&r.OrgID, "The ID of the organization that owns the project.")
	a.Describe(&r.Name, "The name of the project, 1 to 100 characters, unique in the organization. "+
		"If omitted, the provider generates a name from the resource's logical name and 7 hexadecimal digits, unless `pulumi:autonaming` in the stack's configuration says otherwise.")
	a.Describe(&r.Description, "The description of the project, up to 500 characters.")
	a.Describe(&r.Tags, "The tags of the project, at most 10 of up to 50 characters each, in any order.")
	a.Describe(&r.Cloud, "The cloud provider that hosts the proxies of the project.")
	a.Describe(&r.SelfHosted, "Whether the proxies run in your own network instead of PgBeam's. Requires the Scale or Enterprise plan.")
	a.Describe(&r.Database, "The primary database, which is created with the project and updated in place. "+
		"Required to create a project. If it is omitted later, Pulumi no longer manages the database.")
	a.Describe(&r.AllowedCIDRs, "The addresses that can connect, at most 50 IPv4 or IPv6 ranges or single addresses, in any order and notation. "+
		"If empty, all addresses can connect.")
	a.Describe(&r.CIDRLabels, "Labels of up to 100 characters for the entries of `allowedCidrs`, keyed by entry.")
	a.Describe(&r.DefaultPolicyProfileID, "The ID of the policy profile that is enforced for people who connect with the credentials of a database, `pol_…`. "+
		"A profile that the same program creates requires the ID of the project first: use `ProjectDefaultPolicy` for it.")
	a.Describe(&r.Residency, "The region in which queries can be processed. Connections that would be served elsewhere fail.")
	a.Describe(&r.AgentsDisabled, "Whether all agent credentials of the project are disabled. "+
		"Open connections of agents are closed within seconds; those of people are not affected.")
	a.Describe(&r.Status, "The status of the project. A suspended project serves no connections.")
}

// Annotate describes the outputs.
func (r *ProjectState) Annotate(a infer.Annotator) {
	a.Describe(&r.PrimaryDatabaseID, "The ID of the primary database, `db_…`.")
	a.Describe(&r.ProxyHost, "The host name of the proxy, which clients connect to instead of the database.")
	a.Describe(&r.QueriesPerSecond, "The maximum number of queries per second that the plan allows. 0 means no limit.")
	a.Describe(&r.BurstSize, "The number of queries that can briefly exceed `queriesPerSecond`. 0 means as many as `queriesPerSecond`.")
	a.Describe(&r.MaxConnections, "The maximum number of concurrent connections to the proxy that the plan allows. 0 means no limit.")
	a.Describe(&r.DatabaseCount, "The number of databases of the project, as of the last refresh or update.")
	a.Describe(&r.ActiveConnections, "The number of open connections, as of the last refresh or update.")
	a.Describe(&r.CreatedAt, "The time when the project was created, in RFC 3339 format.")
	a.Describe(&r.UpdatedAt, "The time when the project was last updated, in RFC 3339 format.")
}

// Definition implements kind.Controller.
func (Project) Definition() kind.Definition {
	return kind.Definition{
		Description: "A PgBeam project: a proxy with its own host name in front of a PostgreSQL database. " +
			"The project and its primary database are created together. " +
			"Destroying the resource removes the project and all of its databases from PgBeam, and does not affect the PostgreSQL servers.",
		Properties: ProjectProperties(),
		ImportID:   kind.ImportID{Prefix: "prj_"},
		UniqueBy:   []string{"orgId", "name"},
		Validate:   validateCIDRLabels,

		FromDynamicProvider: projectFromDynamicProvider,
		Setting: &kind.Setting{
			Name: func(id string, inputs property.Map) string {
				if convert.Text(inputs.Get("defaultPolicyProfileId")) == "" {
					return ""
				}
				return defaultPolicySetting(id)
			},
			Values: []string{"defaultPolicyProfileId"},
		},
	}
}

// ProjectProperties describes the inputs of a Project.
func ProjectProperties() properties.Table {
	const maxNameLength = 100
	return properties.Table{
		"orgId":       properties.String().Required().Replaces().Length(1, 0),
		"name":        properties.String().Length(1, maxNameLength).AutoNamed(maxNameLength),
		"description": properties.String().Length(0, 500).Default(""),
		"tags": properties.List(properties.String().Length(0, 50)).MaxItems(10).
			ComparedBy(properties.SameSet).Default([]string{}),
		"cloud":      properties.Enum[Cloud]().Replaces().Default("aws"),
		"selfHosted": properties.Bool().Replaces().Default(false),
		"database":   properties.Object[DatabaseSettings](DatabaseSettingsProperties()).RequiredOnCreate(),
		"allowedCidrs": properties.List(properties.String().CIDR()).MaxItems(50).
			ComparedBy(properties.SameCIDRs).Default([]string{}),
		"cidrLabels": properties.Map(properties.String().Length(0, 100)).
			ComparedBy(properties.SameCIDRKeys).Default(map[string]any{}),
		"defaultPolicyProfileId": properties.String().Reference("pol_").SharedWith("ProjectDefaultPolicy").Default(""),
		"residency":              properties.Enum[Residency]().Default("any"),
		"agentsDisabled":         properties.Bool().Default(false),
		"status":                 properties.Enum[ProjectStatus]().Default("active"),
	}
}

// validateCIDRLabels rejects labels for ranges that are not in allowedCidrs.
func validateCIDRLabels(inputs property.Map) []p.CheckFailure {
	labels, ranges := inputs.Get("cidrLabels"), inputs.Get("allowedCidrs")
	if !labels.IsMap() || ranges.HasComputed() {
		return nil
	}
	allowed := map[string]bool{}
	if ranges.IsArray() {
		for _, item := range ranges.AsArray().All {
			if item.IsString() {
				allowed[properties.CanonicalCIDR(item.AsString())] = true
			}
		}
	}
	var failures []p.CheckFailure
	for cidr := range labels.AsMap().AllStable {
		if !allowed[properties.CanonicalCIDR(cidr)] {
			path := string(properties.Path("cidrLabels").Field(cidr))
			failures = append(failures, p.CheckFailure{Property: path, Reason: path + " is the label of a range that is not in allowedCidrs"})
		}
	}
	return failures
}

// projectFromDynamicProvider splits the ranges of an API response, which the dynamic
// provider kept in the state as they are, into ranges and labels. That provider sent the
// text "undefined" for a range without a label.
func projectFromDynamicProvider(_ string, values property.Map) property.Map {
	ranges := values.Get("allowedCidrs")
	if !ranges.IsArray() {
		return values
	}
	items := ranges.AsArray().AsSlice()
	labels := properties.AsMap(values.Get("cidrLabels"))
	for i, item := range items {
		if !item.IsMap() {
			continue
		}
		cidr := item.AsMap().Get("cidr")
		if label := item.AsMap().Get("label"); cidr.IsString() && label.IsString() && label.AsString() != "" && label.AsString() != "undefined" {
			labels = labels.Set(cidr.AsString(), label)
		}
		items[i] = cidr
	}
	values = values.Set("allowedCidrs", property.WithGoValue(ranges, property.NewArray(items)))
	if labels.Len() > 0 {
		values = values.Set("cidrLabels", property.New(labels))
	}
	return values
}

// Create implements kind.Controller.
func (Project) Create(ctx context.Context, c *client.Client, in ProjectArgs) (id string, state ProjectState, err error) {
	created, err := c.Projects().Create(ctx, client.CreateProjectRequest{
		OrgID:       in.OrgID,
		Name:        convert.ValueOr(in.Name, ""),
		Description: in.Description,
		Tags:        convert.List(in.Tags),
		Cloud:       convert.String[string](in.Cloud),
		SelfHosted:  in.SelfHosted,
		Database:    createDatabaseRequest(convert.ValueOr(in.Database, DatabaseSettings{})),
	})
	if err != nil {
		return "", state, err
	}
	state, err = readPrimaryDatabase(ctx, c, projectState(ProjectState{ProjectArgs: in}, created.Project), created.Project.ID, created.Database)
	if err == nil {
		// The API accepts these only in an update.
		state, err = updateProject(ctx, c, created.Project.ID, state, ProjectArgs{
			OrgID:                  in.OrgID,
			AllowedCIDRs:           in.AllowedCIDRs,
			CIDRLabels:             in.CIDRLabels,
			DefaultPolicyProfileID: in.DefaultPolicyProfileID,
			Residency:              in.Residency,
			AgentsDisabled:         in.AgentsDisabled,
			Status:                 in.Status,
		})
	}
	return created.Project.ID, state, err
}

// Read implements kind.Controller.
func (Project) Read(ctx context.Context, c *client.Client, id string, state ProjectState) (ProjectState, error) {
	live, err := c.Projects().GetIn(ctx, state.OrgID, id)
	switch {
	case err != nil:
		return state, err
	case kind.IsDeleted(live.Status):
		return state, kind.ErrDeleted
	}
	return readPrimaryDatabase(ctx, c, projectState(state, live), live.ID, nil)
}

// Update implements kind.Updater.
func (Project) Update(ctx context.Context, c *client.Client, id string, state ProjectState, in ProjectArgs) (ProjectState, error) {
	updated, err := updateProject(ctx, c, id, state, in)
	if !reflect.DeepEqual(updated, state) {
		err = kind.InitFailed(err) // keeps the result of the first of two requests
	}
	return updated, err
}

// Delete implements kind.Controller. It deletes the project's databases as well.
func (Project) Delete(ctx context.Context, c *client.Client, id string, _ ProjectState) error {
	return c.Projects().Delete(ctx, id)
}

// List implements kind.Lister.
func (Project) List(ctx context.Context, c *client.Client, in ProjectArgs) iter.Seq2[kind.Object[any], error] {
	return kind.Objects(c.Projects().List(ctx, in.OrgID), func(live client.Project) (id string, state any, ok bool) {
		return live.ID, projectState(ProjectState{}, live), !kind.IsDeleted(live.Status)
	})
}

// updateProject sends the desired inputs that differ from the state: one request for
// the project and one for its primary database, if they have changes. It returns the
// state that was reached, even if it fails.
func updateProject(ctx context.Context, c *client.Client, id string, state ProjectState, desired ProjectArgs,
) (ProjectState, error) {
	if patch := updateProjectRequest(state.ProjectArgs, desired); !convert.IsZero(patch) {
		updated, err := c.Projects().Update(ctx, id, patch)
		if err != nil {
			return state, err
		}
		state = projectState(state, updated)
	}
	if desired.Database == nil {
		return state, nil
	}
	if state.PrimaryDatabaseID == "" {
		// Another release wrote the state, without the ID; or an interrupted update has
		// created a primary database in place of one that was deleted outside of Pulumi.
		found, err := primaryDatabase(ctx, c, id, "")
		switch {
		case err != nil:
			return state, err
		case found == nil:
			state.Database = nil
		case state.Database == nil:
			state = withPrimaryDatabase(state, *found, nil)
		default:
			state.PrimaryDatabaseID = found.ID
		}
	}
	if state.Database == nil {
		// The primary database was deleted outside of Pulumi.
		created, err := c.Databases().Create(kind.RecoverablePart(ctx, id, "database", func(ctx context.Context, database string) error {
			_, err := c.Databases().Get(ctx, id, database)
			return err
		}), id, createDatabaseRequest(*desired.Database))
		if err != nil {
			return state, err
		}
		return withPrimaryDatabase(state, created, desired.Database.Password), nil
	}
	if patch := updateDatabaseRequest(*state.Database, *desired.Database); !convert.IsZero(patch) {
		updated, err := c.Databases().Update(ctx, id, state.PrimaryDatabaseID, patch)
		if err != nil {
			return state, err
		}
		return withPrimaryDatabase(state, updated, desired.Database.Password), nil
	}
	return state, nil
}

// readPrimaryDatabase adds the primary database of a project to its state. It looks
// the database up unless it is passed.
func readPrimaryDatabase(ctx context.Context, c *client.Client, state ProjectState, projectID string, database *client.Database,
) (ProjectState, error) {
	before := state
	state.Database = nil
	if database == nil {
		var err error
		if database, err = primaryDatabase(ctx, c, projectID, before.PrimaryDatabaseID); err != nil {
			return state, err
		}
	}
	state.PrimaryDatabaseID = ""
	if database == nil {
		return state, nil
	}
	var password *string
	if before.Database != nil {
		password = before.Database.Password
	}
	return withPrimaryDatabase(state, *database, password), nil
}

// primaryDatabase returns the primary database of a project: by its ID if that is
// known, or else the first one that was created with that role. It returns nil if
// there is none.
func primaryDatabase(ctx context.Context, c *client.Client, projectID, id string) (*client.Database, error) {
	if id != "" {
		database, err := c.Databases().Get(ctx, projectID, id)
		if client.IsNotFound(err) {
			return nil, nil
		}
		return &database, err
	}
	databases, err := allDatabases(ctx, c, projectID)
	return firstPrimary(databases), err
}

// firstPrimary returns the database of a project that was first created with the role of
// a primary one, or nil if there is none.
func firstPrimary(databases []client.Database) *client.Database {
	primaries := slices.DeleteFunc(slices.Clone(databases), func(database client.Database) bool {
		return convert.ValueOr(database.Role, "primary") != "primary"
	})
	if len(primaries) == 0 {
		return nil
	}
	first := slices.MinFunc(primaries, func(a, b client.Database) int { return strings.Compare(a.CreatedAt, b.CreatedAt) })
	return &first
}

// updateProjectRequest returns the request that changes only what differs.
func updateProjectRequest(before, after ProjectArgs) client.UpdateProjectRequest {
	patch := client.UpdateProjectRequest{
		Name:                   convert.Changed(before.Name, after.Name),
		Description:            convert.Changed(before.Description, after.Description),
		Tags:                   convert.List(convert.Changed(before.Tags, after.Tags)),
		DefaultPolicyProfileID: convert.Changed(before.DefaultPolicyProfileID, after.DefaultPolicyProfileID),
		Residency:              convert.String[string](convert.Changed(before.Residency, after.Residency)),
		AgentsDisabled:         convert.Changed(before.AgentsDisabled, after.AgentsDisabled),
		Status:                 convert.String[string](convert.Changed(before.Status, after.Status)),
	}
	// The API has one list for the ranges and their labels.
	ranges := convert.Changed(before.AllowedCIDRs, after.AllowedCIDRs)
	if ranges == nil && after.CIDRLabels != nil && !maps.Equal(before.CIDRLabels, after.CIDRLabels) {
		ranges = after.AllowedCIDRs
		if ranges == nil {
			ranges = before.AllowedCIDRs
		}
	}
	if ranges != nil {
		labels := map[string]string{}
		for cidr, label := range after.CIDRLabels {
			labels[properties.CanonicalCIDR(cidr)] = label
		}
		patch.AllowedCIDRs = convert.ItemList(ranges, func(cidr string) client.CIDREntry {
			label := labels[properties.CanonicalCIDR(cidr)]
			return client.CIDREntry{CIDR: cidr, Label: convert.NonEmpty(&label)}
		})
	}
	return patch
}

// projectState updates a state with a project. A field that the API omits has its
// default, except for fields that never change.
func projectState(state ProjectState, live client.Project) ProjectState {
	state.OrgID = live.OrgID
	state.Name = &live.Name
	state.Description = convert.StringOr[string](live.Description, "")
	tags := convert.NonNil(live.Tags)
	state.Tags = &tags
	state.Cloud = convert.StringOr[Cloud](live.Cloud, string(convert.ValueOr(state.Cloud, "aws")))
	state.SelfHosted = convert.Or(live.SelfHosted, convert.ValueOr(state.SelfHosted, false))
	ranges, labels := []string{}, map[string]string{}
	for _, entry := range live.AllowedCIDRs {
		ranges = append(ranges, entry.CIDR)
		if label := convert.ValueOr(entry.Label, ""); label != "" {
			labels[entry.CIDR] = label
		}
	}
	state.AllowedCIDRs, state.CIDRLabels = &ranges, labels
	state.DefaultPolicyProfileID = convert.StringOr[string](live.DefaultPolicyProfileID, "")
	state.Residency = convert.StringOr[Residency](live.Residency, "any")
	state.AgentsDisabled = convert.Or(live.AgentsDisabled, false)
	state.Status = convert.StringOr[ProjectStatus](&live.Status, "")
	state.ProxyHost = convert.ValueOr(live.ProxyHost, state.ProxyHost)
	state.QueriesPerSecond = convert.ValueOr(live.QueriesPerSecond, 0)
	state.BurstSize = convert.ValueOr(live.BurstSize, 0)
	state.MaxConnections = convert.ValueOr(live.MaxConnections, 0)
	state.DatabaseCount = convert.ValueOr(live.DatabaseCount, 0)
	state.ActiveConnections = convert.ValueOr(live.ActiveConnections, 0)
	state.CreatedAt, state.UpdatedAt = live.CreatedAt, live.UpdatedAt
	return state
}

// withPrimaryDatabase updates a state with the primary database.
func withPrimaryDatabase(state ProjectState, live client.Database, password *string) ProjectState {
	settings := databaseSettings(live, password)
	state.Database, state.PrimaryDatabaseID = &settings, live.ID
	return state
}
