// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
	"github.com/sethvargo/go-envconfig"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/provider"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// AccountOptions configure NewAccount.
type AccountOptions struct {
	// Environment has the settings of the provider, such as PGBEAM_API_KEY.
	Environment envconfig.Lookuper
	// OrgIDs are the organizations. By default, they are those that the API key has access to.
	OrgIDs []string
	// Skip names kinds that are left out.
	Skip []string
	// ProgressFile records what has been listed, so that an interrupted walk can be continued.
	// It is removed by Account.Done.
	ProgressFile string
	// Components puts projects into SecureAgentProjects if they have the same objects and
	// settings as one.
	Components bool
	// Report gets a line about the progress. It may be called concurrently.
	Report func(line string)
}

// Account reads everything in PgBeam that an API key has access to, with the lists and the
// reads of the provider, so that it has exactly what an import takes.
type Account struct {
	options  AccountOptions
	provider p.Provider
	lists    *lifecycle.Lists
	kinds    []kind.Resource
	api      string // the address of the API, without credentials
	progress *progress

	organizations []*accountObject
	// objects has all objects, each after the one that it belongs to, and byID those that
	// others can refer to by their own IDs.
	objects []*accountObject
	byID    map[string]*accountObject
	// components are the projects that become one.
	components []*secureProject
}

// accountObject is an object of an account. The root of each organization, which is not
// imported itself, has no kind.
type accountObject struct {
	kind kind.Resource
	listedObject
	// own is the object's own ID, and path also has those of the objects that it belongs to,
	// by the properties that refer to them.
	own      string
	path     map[string]string
	parent   *accountObject
	children []*accountObject
	// isPrimary is true for a primary database, whose children are those of its project.
	isPrimary bool
	// primary is the ID of the primary database of a project, or "".
	primary string

	// name is the name of the resource.
	name string
	// component is the component that the object is a child of. It may be nil.
	component *secureProject
	// inputs are those of an import. They are read if a program or a component needs them.
	inputs property.Map
}

// NewAccount returns the account of an API key. It makes no request.
func NewAccount(ctx context.Context, options AccountOptions) (*Account, error) {
	if key, _ := options.Environment.Lookup("PGBEAM_API_KEY"); strings.TrimSpace(key) == "" {
		return nil, errors.New("set the environment variable PGBEAM_API_KEY to an API key of the organization, or of a user with access to it")
	}
	a := &Account{options: options, lists: &lifecycle.Lists{}, api: apiAddress(options.Environment)}
	for _, resource := range resources.All() {
		if resource.HasObject() && !slices.Contains(options.Skip, resource.Kind()) {
			a.kinds = append(a.kinds, resource)
		}
	}
	for _, name := range options.Skip {
		if !slices.ContainsFunc(resources.All(), func(r kind.Resource) bool { return r.Kind() == name }) {
			return nil, fmt.Errorf("there is no kind %s to skip: the kinds are %s", name, strings.Join(kindNames(), ", "))
		}
	}
	var err error
	a.provider, err = provider.New(provider.Options{
		Environment: options.Environment,
		Lists:       a.lists,
		Client: []client.Option{
			client.WithUserAgent("pgbeam-migrate/" + provider.Version),
			client.WithNotify(func(_ context.Context, message string) { options.Report(message) }),
			client.WithDeprecationNotice(func(context.Context, client.Deprecation) {}),
		},
	})
	if err != nil {
		return nil, err
	}
	if err := a.provider.Configure(ctx, p.ConfigureRequest{}); err != nil {
		return nil, err
	}
	a.progress, err = openProgress(options.ProgressFile, progressHeader{
		Version: progressVersion, Provider: provider.Version, API: a.api, Organizations: options.OrgIDs,
	})
	if err != nil {
		return nil, err
	}
	if n := len(a.progress.Lists); n > 0 {
		options.Report(fmt.Sprintf("Continuing the walk that %s records: %d lists are complete.", options.ProgressFile, n))
	}
	return a, nil
}

// kindNames returns the names of the kinds that have objects.
func kindNames() (names []string) {
	for _, r := range resources.All() {
		if r.HasObject() {
			names = append(names, r.Kind())
		}
	}
	return names
}

// apiAddress returns the address of the API that the environment configures, without a
// password that it may contain.
func apiAddress(environment envconfig.Lookuper) string {
	value, _ := environment.Lookup("PGBEAM_API_URL")
	address, err := url.Parse(cmp.Or(strings.TrimSpace(value), client.DefaultBaseURL))
	if err != nil {
		return "" // Configure reports it
	}
	return address.Scheme + "://" + address.Host + strings.TrimSuffix(strings.TrimSuffix(address.Path, "/"), "/v1")
}

// Walk finds all objects. If it fails, what it has listed is in the progress file.
func (a *Account) Walk(ctx context.Context) error {
	if err := a.findOrganizations(ctx); err != nil {
		return err
	}
	byPrefix := map[string][]*accountObject{kind.Organization.Prefix: a.organizations}
	for _, level := range a.levels() {
		var lists []*accountList
		for _, k := range level {
			parents := k.ImportID.ListParents()
			for _, parent := range byPrefix[parents[len(parents)-1].Prefix] {
				lists = append(lists, &accountList{kind: k, parent: parent})
			}
		}
		if err := a.list(ctx, lists); err != nil {
			return err
		}
		for _, list := range lists {
			for _, item := range list.items {
				object := a.add(list, item)
				if isParent(list.kind) {
					byPrefix[list.kind.ImportID.Prefix] = append(byPrefix[list.kind.ImportID.Prefix], object)
				}
			}
		}
		primaries, err := a.primaryDatabases(ctx, level, byPrefix)
		if err != nil {
			return err
		}
		byPrefix[databasePrefix] = append(byPrefix[databasePrefix], primaries...)
	}
	a.byID = map[string]*accountObject{}
	for _, organization := range a.organizations {
		a.collect(organization)
	}
	return nil
}

// findOrganizations lists the organizations unless they are given.
func (a *Account) findOrganizations(ctx context.Context) error {
	ids := a.options.OrgIDs
	if len(ids) == 0 {
		resp, err := a.provider.Invoke(ctx, p.InvokeRequest{Token: tokens.Type(typeToken("getOrganizations"))})
		if err != nil {
			return err
		}
		for _, organization := range properties.AsMap(property.New(resp.Return)).Get("organizations").AsArray().All {
			ids = append(ids, organization.AsMap().Get("id").AsString())
		}
		if len(ids) == 0 {
			return errors.New("the API key has access to no organization")
		}
	}
	for _, id := range ids {
		a.organizations = append(a.organizations, &accountObject{
			own: id, path: map[string]string{kind.Organization.Property: id}, listedObject: listedObject{ID: id},
		})
	}
	return nil
}

// isParent reports whether objects of other kinds can belong to those of a kind. A setting
// has the ID of the object that it is a setting of.
func isParent(k kind.Resource) bool { return !isSetting(k) && k.ImportID.Prefix != "" }

func isSetting(k kind.Resource) bool { return k.Setting != nil && k.Setting.Singleton }

// levels returns the kinds in the order in which they can be listed: those of a level belong
// to objects of earlier ones.
func (a *Account) levels() [][]kind.Resource {
	depths := map[string]int{kind.Organization.Prefix: 0} // by ID prefix
	levels := [][]kind.Resource{}
	for remaining := a.kinds; len(remaining) > 0; {
		var later []kind.Resource
		for _, k := range remaining {
			parents := k.ImportID.ListParents()
			depth, ok := depths[parents[len(parents)-1].Prefix]
			if !ok {
				later = append(later, k)
				continue
			}
			if isParent(k) {
				depths[k.ImportID.Prefix] = depth + 1
			}
			for len(levels) <= depth {
				levels = append(levels, nil)
			}
			levels[depth] = append(levels[depth], k)
		}
		if len(later) == len(remaining) { // kinds whose parents are skipped
			break
		}
		remaining = later
	}
	return levels
}

// accountList is a list of the objects of a kind that belong to an object.
type accountList struct {
	kind   kind.Resource
	parent *accountObject
	items  []listedObject
}

// inputs returns the list inputs.
func (l *accountList) inputs() property.Map {
	inputs := property.Map{}
	for _, parent := range l.kind.ImportID.ListParents() {
		inputs = inputs.Set(parent.Property, property.New(l.parent.path[parent.Property]))
	}
	return inputs
}

// key identifies the list in the progress file.
func (l *accountList) key() string { return l.kind.Kind() + " of " + l.parent.ID }

// concurrency is the number of lists and objects that are read at the same time. The client
// limits the number and the rate of its requests by itself.
const concurrency = 16

// reportedLists is the number of lists after which the progress is reported.
const reportedLists = 100

// list fetches the lists that are not in the progress file yet.
func (a *Account) list(ctx context.Context, lists []*accountList) error {
	var done atomic.Int64
	report := func() {
		if n := done.Add(1); n%reportedLists == 0 && n < int64(len(lists)) {
			a.options.Report(fmt.Sprintf("  %d of %d", n, len(lists)))
		}
	}
	if len(lists) > 0 {
		a.options.Report(fmt.Sprintf("Fetching %d lists", len(lists)))
	}
	return forEach(ctx, lists, func(ctx context.Context, list *accountList) error {
		var err error
		list.items, err = a.progress.do(list.key(), func() ([]listedObject, error) {
			resp, err := a.lists.List(ctx, lifecycle.ListRequest{Type: tokens.Type(typeToken(list.kind.Kind())), Inputs: list.inputs()})
			switch {
			case err != nil && ctx.Err() == nil:
				return nil, fmt.Errorf("%w\nTo leave the kind out, add --skip %s", err, list.kind.Kind())
			case err != nil:
				return nil, err
			case len(resp.Failures) > 0:
				return nil, fmt.Errorf("listing %s: %s", list.key(), resp.Failures[0].Reason)
			}
			items := make([]listedObject, len(resp.Items))
			for i, item := range resp.Items {
				items[i] = listedObject{ID: item.ID, Labels: labels(list.kind, item)}
			}
			return items, nil
		})
		if err == nil {
			report()
		}
		return err
	})
}

// forEach calls a function for all items concurrently, and returns its first error, after
// which it cancels the other calls.
func forEach[T any](ctx context.Context, items []T, do func(context.Context, T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var group sync.WaitGroup
	var next atomic.Int64
	for range min(concurrency, len(items)) {
		group.Go(func() {
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= len(items) {
					return
				}
				if err := do(ctx, items[i]); err != nil {
					cancel(err)
				}
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}

// add adds an object of a list. A setting becomes a child of the object that it is a setting of.
func (a *Account) add(list *accountList, item listedObject) *accountObject {
	object := &accountObject{
		kind: list.kind, listedObject: item, own: list.kind.ImportID.OwnID(item.ID), parent: list.parent, path: maps.Clone(list.parent.path),
	}
	if list.parent.isPrimary {
		object.parent = list.parent.parent
	}
	if name := a.referenceTo(list.kind.ImportID.Prefix); name != "" {
		object.path[name] = object.own
	}
	for _, sibling := range list.parent.children {
		if isSetting(list.kind) && sibling.own == object.own {
			object.parent = sibling
		}
	}
	object.parent.children = append(object.parent.children, object)
	return object
}

// referenceTo returns the property with which objects refer to the one that they belong to,
// by the prefix of its ID.
func (a *Account) referenceTo(prefix string) string {
	for _, k := range resources.All() {
		for _, parent := range k.ImportID.Parents {
			if parent.Prefix == prefix {
				return parent.Property
			}
		}
	}
	return ""
}

// collect adds the objects below a parent in the order of the import file.
func (a *Account) collect(parent *accountObject) {
	position := map[string]int{}
	for i, k := range a.kinds {
		position[k.Kind()] = i
	}
	slices.SortStableFunc(parent.children, func(x, y *accountObject) int {
		return cmp.Compare(position[x.kind.Kind()], position[y.kind.Kind()])
	})
	for _, child := range parent.children {
		a.objects = append(a.objects, child)
		if isParent(child.kind) {
			a.byID[child.own] = child
		}
		a.collect(child)
	}
}

// A primary database is part of its project, but has replicas and cache rules of its own.
const (
	projectKind     = "Project"
	primaryDatabase = "primaryDatabaseId"
	databasePrefix  = "db_"
)

// primaryDatabases returns the parents of what belongs to the primary databases of projects,
// once these have been listed. Their children are those of the project.
func (a *Account) primaryDatabases(ctx context.Context, level []kind.Resource, byPrefix map[string][]*accountObject) ([]*accountObject, error) {
	i := slices.IndexFunc(level, func(k kind.Resource) bool { return k.Kind() == projectKind })
	if i < 0 {
		return nil, nil
	}
	projects := byPrefix[level[i].ImportID.Prefix]
	primaries := make([]*accountObject, len(projects))
	indices := make([]int, len(projects))
	for i := range indices {
		indices[i] = i
	}
	err := forEach(ctx, indices, func(ctx context.Context, i int) error {
		project := projects[i]
		found, err := a.progress.do("primary database of "+project.ID, func() ([]listedObject, error) {
			_, state, err := a.read(ctx, project)
			if err != nil {
				return nil, err
			}
			if id := convert.Text(state.Get(primaryDatabase)); id != "" {
				return []listedObject{{ID: id}}, nil
			}
			return []listedObject{}, nil
		})
		if err != nil || len(found) == 0 {
			return err
		}
		path := maps.Clone(project.path)
		path[a.referenceTo(databasePrefix)] = found[0].ID
		primaries[i] = &accountObject{kind: project.kind, listedObject: found[0], own: found[0].ID, path: path, parent: project, isPrimary: true}
		project.primary = found[0].ID
		return nil
	})
	return slices.DeleteFunc(primaries, func(o *accountObject) bool { return o == nil }), err
}

// read returns the inputs and the state with which an object is imported.
func (a *Account) read(ctx context.Context, object *accountObject) (inputs, state property.Map, err error) {
	urn := resource.NewURN("account", "pgbeam", "", tokens.Type(typeToken(object.kind.Kind())), cmp.Or(object.name, object.ID))
	resp, err := a.provider.Read(ctx, p.ReadRequest{ID: object.ID, Urn: urn})
	if err == nil && resp.ID == "" {
		err = fmt.Errorf("%s %s was deleted after it had been listed: %w", object.kind.Kind(), object.ID, ErrOutdated)
	}
	return resp.Inputs, resp.Properties, err
}

// ErrOutdated is the error of a walk that has to begin again, after Account.Done.
var ErrOutdated = errors.New("run the command again, which lists all objects again")

// Done removes the progress file. It is called when the result has been written, or is
// outdated.
func (a *Account) Done() error { return a.progress.remove() }

// Prepare names all objects and, for a program or components, reads them. It returns what the
// user should know about projects that do not become components.
func (a *Account) Prepare(ctx context.Context, withProgram bool) (notes []string, err error) {
	if withProgram || a.options.Components {
		err := forEach(ctx, a.objects, func(ctx context.Context, object *accountObject) (err error) {
			object.inputs, _, err = a.read(ctx, object)
			return err
		})
		if err != nil {
			return nil, err
		}
		a.options.Report(fmt.Sprintf("Read the settings of %d objects.", len(a.objects)))
	}
	if a.options.Components {
		notes = a.findComponents()
	}
	a.nameObjects()
	return notes, nil
}

// ImportFile returns the import file.
func (a *Account) ImportFile() ImportFile {
	var file ImportFile
	for _, object := range a.objects {
		entry := ImportResource{Type: typeToken(object.kind.Kind()), Name: object.name, ID: object.ID}
		if c := object.component; c != nil {
			entry.Parent = c.name
			if c.project == object {
				file.Resources = append(file.Resources, ImportResource{
					Type: typeToken(secureProjectKind), Name: c.name, Component: true,
					Inputs: properties.Plain(property.New(c.inputs)).(map[string]any),
				})
			}
		}
		file.Resources = append(file.Resources, entry)
	}
	return file
}

// Secrets describes what no import has: the secrets that the API returns only once, and the
// values that it never returns.
func (a *Account) Secrets() (once, writeOnly []string) {
	for _, object := range a.objects {
		table := object.kind.Properties
		line := fmt.Sprintf("%s %s (%s)", object.kind.Kind(), object.name, object.ID)
		if _, ok := table["rotationTriggers"]; ok {
			once = append(once, line)
		}
		for _, path := range table.WriteOnlyPaths(true) {
			writeOnly = append(writeOnly, line+": "+string(path))
		}
		for _, path := range table.WriteOnlyPaths(false) {
			writeOnly = append(writeOnly, line+": "+string(path)+", if there is one")
		}
	}
	return once, writeOnly
}

// Summary counts the objects by kind, in the order of the documentation.
func (a *Account) Summary() string {
	counts := map[string]int{}
	for _, object := range a.objects {
		counts[object.kind.Kind()]++
	}
	var parts []string
	for _, k := range a.kinds {
		if n := counts[k.Kind()]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", k.Kind(), n))
		}
	}
	return fmt.Sprintf("%d objects: %s", len(a.objects), strings.Join(parts, ", "))
}
