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
	_ kind.Lister[ProjectArgs, ProjectState]     = Project{}
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
	a.Describe(&r.OrgID, "ID of the organization that owns the project.")
	a.Describe(&r.Name, "Name of the project, 1 to 100 characters, unique in the organization. "+
		"Left out, it is made from the resource's logical name and a random end, and kept.")
	a.Describe(&r.Description, "What the project is for, up to 500 characters.")
	a.Describe(&r.Tags, "Labels, at most 10 of up to 50 characters each. Their order means nothing.")
	a.Describe(&r.Cloud, "Cloud that the project's proxies run in.")
	a.Describe(&r.SelfHosted, "Whether the proxies run in your own network instead of PgBeam's. Needs the Scale plan.")
	a.Describe(&r.Database, "The primary database. Required to create a project; changes to it are made in place. "+
		"Left out of the program of a project that exists, the database is not managed.")
	a.Describe(&r.AllowedCIDRs, "Addresses that may connect, as IPv4 or IPv6 ranges or single addresses, at most 50. "+
		"Empty is from everywhere. Their order and spelling mean nothing.")
	a.Describe(&r.CIDRLabels, "A note of up to 100 characters for entries of `allowedCidrs`, by entry.")
	a.Describe(&r.DefaultPolicyProfileID, "ID of the policy profile that also binds people who connect with a password of the database itself, `pol_…`. "+
		"A profile belongs to a project, so one that this program creates cannot stand here: use `ProjectDefaultPolicy`.")
	a.Describe(&r.Residency, "Where queries may be processed. Connections that would be served elsewhere fail.")
	a.Describe(&r.AgentsDisabled, "Whether all agent credentials of the project are switched off. "+
		"Live agent connections are dropped within seconds; people are not affected.")
	a.Describe(&r.Status, "Whether the project serves connections.")
}

// Annotate describes the outputs.
func (r *ProjectState) Annotate(a infer.Annotator) {
	a.Describe(&r.PrimaryDatabaseID, "ID of the primary database, `db_…`.")
	a.Describe(&r.ProxyHost, "Host name to connect to instead of the database's own.")
	a.Describe(&r.QueriesPerSecond, "Queries a second that the plan allows. 0 is no limit.")
	a.Describe(&r.BurstSize, "Queries that may exceed the rate for a moment. 0 is as many as `queriesPerSecond`.")
	a.Describe(&r.MaxConnections, "Connections to the proxy at one time that the plan allows. 0 is no limit.")
	a.Describe(&r.DatabaseCount, "Number of databases of the project.")
	a.Describe(&r.ActiveConnections, "Connections that were open when the project was last read.")
	a.Describe(&r.CreatedAt, "When the project was created, in RFC 3339.")
	a.Describe(&r.UpdatedAt, "When the project was last changed, in RFC 3339.")
}

// Definition implements kind.Controller.
func (Project) Definition() kind.Definition {
	return kind.Definition{
		Description: "A PgBeam project: a proxy with a host name of its own in front of a PostgreSQL database. " +
			"The project and its primary database are created together.",
		Properties: ProjectProperties(),
		ImportID:   kind.ImportID{Prefix: "prj_"},
		UniqueBy:   []string{"orgId", "name"},
		Validate:   labelsWithoutRange,
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
	const longestName = 100
	return properties.Table{
		"orgId":       properties.String().Required().Replaces().Length(1, 0),
		"name":        properties.String().Length(1, longestName).AutoNamed(longestName),
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

// labelsWithoutRange finds labels for what does not stand in allowedCidrs.
func labelsWithoutRange(inputs property.Map) []p.CheckFailure {
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
			at := string(properties.Path("cidrLabels").Field(cidr))
			failures = append(failures, p.CheckFailure{Property: at, Reason: at + " is a label for a range that allowedCidrs does not have"})
		}
	}
	return failures
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
	state, err = projectState(ctx, c, created.Project, created.Database, ProjectState{ProjectArgs: in})
	if err == nil {
		// The API accepts these in an update only.
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
	live, err := c.Projects().Get(ctx, id)
	switch {
	case err != nil:
		return state, err
	case kind.IsDeleted(live.Status):
		return state, kind.ErrDeleted
	}
	return projectState(ctx, c, live, nil, state)
}

// Update implements kind.Updater.
func (Project) Update(ctx context.Context, c *client.Client, id string, state ProjectState, in ProjectArgs) (ProjectState, error) {
	updated, err := updateProject(ctx, c, id, state, in)
	if !reflect.DeepEqual(updated, state) {
		err = kind.InitFailed(err) // the first of two requests has been carried out
	}
	return updated, err
}

// Delete implements kind.Controller. It deletes the project's databases as well.
func (Project) Delete(ctx context.Context, c *client.Client, id string, _ ProjectState) error {
	return c.Projects().Delete(ctx, id)
}

// List implements kind.Lister.
func (Project) List(ctx context.Context, c *client.Client, in ProjectArgs) iter.Seq2[kind.Object[ProjectState], error] {
	return kind.Objects(c.Projects().List(ctx, in.OrgID), func(live client.Project) (kind.Object[ProjectState], bool) {
		return kind.Object[ProjectState]{ID: live.ID, Value: withProject(ProjectState{}, live)}, !kind.IsDeleted(live.Status)
	})
}

// updateProject sends what is wanted and not there: one request for the project
// and one for its primary database, each only where it changes something. It
// returns the state that was reached, also where it fails.
func updateProject(ctx context.Context, c *client.Client, id string, state ProjectState, want ProjectArgs,
) (ProjectState, error) {
	if patch := projectPatch(state.ProjectArgs, want); !convert.IsZero(patch) {
		updated, err := c.Projects().Update(ctx, id, patch)
		if err != nil {
			return state, err
		}
		state = withProject(state, updated)
	}
	if want.Database == nil {
		return state, nil
	}
	if state.Database != nil && state.PrimaryDatabaseID == "" {
		// The state was not written by this release, and lacks the ID.
		found, err := primaryDatabase(ctx, c, id, "")
		if err != nil {
			return state, err
		}
		if found == nil {
			state.Database = nil
		} else {
			state.PrimaryDatabaseID = found.ID
		}
	}
	if state.Database == nil {
		// The primary database was deleted outside of Pulumi.
		created, err := c.Databases().Create(kind.RecoverablePart(ctx, id, "database", func(ctx context.Context, database string) error {
			_, err := c.Databases().Get(ctx, id, database)
			return err
		}), id, createDatabaseRequest(*want.Database))
		if err != nil {
			return state, err
		}
		return withDatabase(state, created, want.Database.Password), nil
	}
	if patch := updateDatabaseRequest(*state.Database, *want.Database); !convert.IsZero(patch) {
		updated, err := c.Databases().Update(ctx, id, state.PrimaryDatabaseID, patch)
		if err != nil {
			return state, err
		}
		return withDatabase(state, updated, want.Database.Password), nil
	}
	return state, nil
}

// projectPatch is the request that turns the project that is there into the one wanted.
func projectPatch(have, want ProjectArgs) client.UpdateProjectRequest {
	patch := client.UpdateProjectRequest{
		Name:                   convert.Changed(have.Name, want.Name),
		Description:            convert.Changed(have.Description, want.Description),
		Tags:                   convert.List(convert.Changed(have.Tags, want.Tags)),
		DefaultPolicyProfileID: convert.Changed(have.DefaultPolicyProfileID, want.DefaultPolicyProfileID),
		Residency:              convert.String[string](convert.Changed(have.Residency, want.Residency)),
		AgentsDisabled:         convert.Changed(have.AgentsDisabled, want.AgentsDisabled),
		Status:                 convert.String[string](convert.Changed(have.Status, want.Status)),
	}
	// Ranges and their labels are one list in the API.
	ranges := convert.Changed(have.AllowedCIDRs, want.AllowedCIDRs)
	if ranges == nil && want.CIDRLabels != nil && !maps.Equal(have.CIDRLabels, want.CIDRLabels) {
		ranges = want.AllowedCIDRs
		if ranges == nil {
			ranges = have.AllowedCIDRs
		}
	}
	if ranges != nil {
		labels := map[string]string{}
		for cidr, label := range want.CIDRLabels {
			labels[properties.CanonicalCIDR(cidr)] = label
		}
		entries := []client.CIDREntry{}
		for _, cidr := range *ranges {
			entry := client.CIDREntry{CIDR: cidr}
			if label := labels[properties.CanonicalCIDR(cidr)]; label != "" {
				entry.Label = &label
			}
			entries = append(entries, entry)
		}
		patch.AllowedCIDRs = &entries
	}
	return patch
}

// projectState makes a state of what the API returned: the project, and its
// primary database, which is looked up where the answer did not bring it.
// before is what was known, for all that the API does not return.
func projectState(ctx context.Context, c *client.Client, live client.Project, database *client.Database,
	before ProjectState,
) (ProjectState, error) {
	state := withProject(before, live)
	state.Database = nil
	var password *string
	if before.Database != nil {
		password = before.Database.Password
	}
	if database == nil {
		var err error
		if database, err = primaryDatabase(ctx, c, live.ID, before.PrimaryDatabaseID); err != nil {
			return state, err
		}
	}
	state.PrimaryDatabaseID = ""
	if database != nil {
		state = withDatabase(state, *database, password)
	}
	return state, nil
}

// primaryDatabase finds the primary database of a project: by its ID where that
// is known, else the first that was created of those with that role. It is nil
// where there is none.
func primaryDatabase(ctx context.Context, c *client.Client, projectID, id string) (*client.Database, error) {
	if id != "" {
		database, err := c.Databases().Get(ctx, projectID, id)
		if client.IsNotFound(err) {
			return nil, nil
		}
		return &database, err
	}
	var primaries []client.Database
	for database, err := range c.Databases().List(ctx, projectID) {
		if err != nil {
			return nil, err
		}
		if convert.ValueOr(database.Role, "primary") == "primary" {
			primaries = append(primaries, database)
		}
	}
	if len(primaries) == 0 {
		return nil, nil
	}
	first := slices.MinFunc(primaries, func(a, b client.Database) int { return strings.Compare(a.CreatedAt, b.CreatedAt) })
	return &first, nil
}

// withProject returns the state with what the API says of the project. What is
// left out there has its default, but for what cannot change at all.
func withProject(state ProjectState, live client.Project) ProjectState {
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

// withDatabase returns the state with what the API says of the primary database.
func withDatabase(state ProjectState, live client.Database, password *string) ProjectState {
	settings := databaseSettings(live, password)
	state.Database, state.PrimaryDatabaseID = &settings, live.ID
	return state
}
