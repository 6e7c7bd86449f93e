// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

const (
	// dynamicType is the type of all resources of dynamic providers in TypeScript.
	dynamicType = "pulumi-nodejs:dynamic:Resource"
)

// Report is what a migration of a state does.
type Report struct {
	// Moved are the resources that it moves to this provider.
	Moved []MovedResource
	// Left are the resources of dynamic providers that it leaves as they are.
	Left []LeftResource
	// DroppedProvider is true if no resource needs the dynamic provider any more.
	DroppedProvider bool
}

// MovedResource is a resource that is moved.
type MovedResource struct {
	Kind, Name, ID string
	// Sealed are the paths of the values that were in clear text, and are secret now.
	Sealed []string
}

// LeftResource is a resource that is left.
type LeftResource struct {
	URN    string
	Reason string
	// Undecided is true if it may be one of PgBeam.
	Undecided bool
}

// Undecided returns the number of resources that the user has to decide about.
func (r Report) Undecided() int {
	count := 0
	for _, left := range r.Left {
		if left.Undecided {
			count++
		}
	}
	return count
}

// String returns the report for a person. Nothing has happened yet: that is up to
// `pulumi stack import`.
func (r Report) String() string {
	var b strings.Builder
	for _, moved := range r.Moved {
		fmt.Fprintf(&b, "move  %s %q (%s)", moved.Kind, moved.Name, moved.ID)
		if len(moved.Sealed) > 0 {
			b.WriteString(", encrypt " + strings.Join(moved.Sealed, ", "))
		}
		b.WriteByte('\n')
	}
	for _, left := range r.Left {
		fmt.Fprintf(&b, "leave %s: %s\n", left.URN, left.Reason)
	}
	if r.DroppedProvider {
		b.WriteString("drop  the entry of the dynamic provider, which nothing uses any more\n")
	}
	fmt.Fprintf(&b, "%d to move, %d to leave, %d of them to be decided about\n", len(r.Moved), len(r.Left), r.Undecided())
	return b.String()
}

// Dynamic moves the resources of the dynamic provider @pgbeam/pulumi in the output of
// `pulumi stack export` to this provider. It returns an error, and no deployment, if the
// meaning of the state is not certain. Everything else keeps its bytes.
func Dynamic(exported []byte) (deployment []byte, report Report, err error) {
	d, err := parseDeployment(exported)
	if err != nil {
		return nil, report, err
	}
	m := dynamicMigration{deployment: d, kinds: kindsByName(), newURNs: map[resource.URN]resource.URN{}}
	if err := m.run(); err != nil {
		return nil, m.report, err
	}
	var b bytes.Buffer
	err = d.write(&b)
	return b.Bytes(), m.report, err
}

// kindsByName returns the resources of this provider. Their schemas are computed once.
var kindsByName = sync.OnceValue(func() map[string]*lifecycle.Resource {
	kinds := map[string]*lifecycle.Resource{}
	for _, inner := range resources.All() {
		kinds[inner.Kind()] = lifecycle.Wrap(lifecycle.Env{}, inner)
	}
	return kinds
})

type dynamicMigration struct {
	*deployment
	kinds  map[string]*lifecycle.Resource
	report Report
	// newURNs has the new URN of each resource whose URN changes.
	newURNs map[resource.URN]resource.URN
}

// dynamicResource is an entry that is moved.
type dynamicResource struct {
	entry
	kind            *lifecycle.Resource
	id              string
	inputs, outputs property.Map
	secrets         secrets
}

func (m *dynamicMigration) run() error {
	moved := map[int]*dynamicResource{} // by the start of the entry
	all := slices.Concat(m.resources, m.pending)
	for _, e := range all {
		if e.Type != dynamicType || e.External {
			continue
		}
		found, left, err := m.recognize(e)
		switch {
		case err != nil:
			return fmt.Errorf("%s: %w", e.URN, err)
		case found != nil:
			moved[e.span.start] = found
		default:
			m.report.Left = append(m.report.Left, left)
		}
	}
	if len(moved) == 0 {
		return nil
	}
	if err := m.refuseTwice(moved); err != nil {
		return err
	}
	m.rename(moved)
	if err := m.refuseSameURN(moved); err != nil {
		return err
	}
	provider, err := m.placeProvider(moved)
	if err != nil {
		return err
	}
	replacements := m.replacements()
	for _, e := range all {
		if err := m.rewrite(e, moved[e.span.start], provider, replacements); err != nil {
			return fmt.Errorf("%s: %w", e.URN, err)
		}
	}
	return nil
}

// recognize returns the resource as one of this provider, if it is one of @pgbeam/pulumi:
// its code names PgBeam, and its ID is that of a kind.
func (m *dynamicMigration) recognize(e entry) (*dynamicResource, LeftResource, error) {
	left := LeftResource{URN: string(e.URN)}
	found := &dynamicResource{entry: e, secrets: secrets{}}
	var err error
	if found.inputs, err = found.secrets.decode(m.slice(e.members["inputs"].value)); err != nil {
		return nil, left, fmt.Errorf("the inputs: %w", err)
	}
	if found.outputs, err = found.secrets.decode(m.slice(e.members["outputs"].value)); err != nil {
		return nil, left, fmt.Errorf("the outputs: %w", err)
	}
	name := kindOfDynamic(string(e.ID), found.outputs, found.inputs)
	switch code := found.code(); code {
	case codeOfPgBeam:
	case codeEncrypted:
		left.Undecided = name != ""
		left.Reason = "its code is encrypted, so it is not known whether it is that of @pgbeam/pulumi. " +
			"Export the stack with `pulumi stack export --show-secrets` to find out"
		return nil, left, nil
	case codeOfOthers:
		left.Reason = "it belongs to another dynamic provider"
		return nil, left, nil
	case codeMissing:
		left.Undecided = name != ""
		left.Reason = "the state does not have the code of its provider"
		return nil, left, nil
	}
	if name == "" {
		left.Undecided = true
		left.Reason = fmt.Sprintf("it belongs to @pgbeam/pulumi, but its ID, %q, is not that of an object", e.ID)
		return nil, left, nil
	}
	found.kind = m.kinds[name]
	before := found.inputs
	found.id, found.inputs, found.outputs = lifecycle.FromDynamicState(found.kind, string(e.ID), found.inputs, found.outputs)
	if e.operation == "" {
		m.report.Moved = append(m.report.Moved, MovedResource{
			Kind: name, Name: e.URN.Name(), ID: string(e.ID), Sealed: sealed("", before, found.inputs),
		})
	}
	return found, left, nil
}

// sealed returns the paths of the values that are secret after the migration, and were
// not before.
func sealed(path properties.Path, before, after property.Map) []string {
	var paths []string
	for name, value := range after.AllStable {
		was := before.Get(name)
		switch {
		case value.Secret() && !was.Secret():
			paths = append(paths, string(path.Field(name)))
		case value.IsMap() && was.IsMap():
			paths = append(paths, sealed(path.Field(name), was.AsMap(), value.AsMap())...)
		}
	}
	return paths
}

type code int

const (
	codeMissing code = iota
	codeOfPgBeam
	codeOfOthers
	codeEncrypted
)

// pgBeamCode are texts of which the code of @pgbeam/pulumi contains at least one: the
// name of its API client, and the beginning of its error for a missing API key.
var pgBeamCode = []string{"PgBeamClient", "PgBeam API key"}

// code returns whose code the state has for the resource.
func (r *dynamicResource) code() code {
	result := codeMissing
	for _, values := range []property.Map{r.outputs, r.inputs} {
		value := values.Get(lifecycle.DynamicCode)
		if dependencies := value.Dependencies(); value.IsComputed() && len(dependencies) == 1 {
			var secret struct{ Plaintext *string }
			if json.Unmarshal(r.secrets[dependencies[0]], &secret) != nil || secret.Plaintext == nil {
				return codeEncrypted
			}
			value = property.New(*secret.Plaintext)
		}
		if !value.IsString() {
			continue
		}
		result = codeOfOthers
		if slices.ContainsFunc(pgBeamCode, func(text string) bool { return strings.Contains(value.AsString(), text) }) {
			return codeOfPgBeam
		}
	}
	return result
}

// kindsByPrefix are the kinds of @pgbeam/pulumi whose objects have IDs with a prefix.
var kindsByPrefix = map[string]string{
	"prj_": "Project", "db_": "Database", "rep_": "Replica", "pol_": "PolicyProfile", "agt_": "AgentCredential", "whk_": "WebhookEndpoint",
	"dom_": "CustomDomain", "she_": "SelfHostEnrollment", "hnt_": "Honeytoken", "anr_": "AnomalyRule",
}

var (
	prefixedID  = regexp.MustCompile(`^([a-z]+_)[a-zA-Z0-9_.-]+$`)
	cacheRuleID = regexp.MustCompile(`^prj_[a-zA-Z0-9_.-]+/db_[a-zA-Z0-9_.-]+/[0-9a-f]{16}$`)
)

// kindOfDynamic returns the kind of a resource of @pgbeam/pulumi with an ID, or "". A
// spend limit has the ID of its organization, which can be any text.
func kindOfDynamic(id string, outputs, inputs property.Map) string {
	if match := prefixedID.FindStringSubmatch(id); match != nil && kindsByPrefix[match[1]] != "" {
		return kindsByPrefix[match[1]]
	}
	if cacheRuleID.MatchString(id) {
		return "CacheRule"
	}
	_, hasLimit := inputs.GetOk("spendLimit")
	_, hadLimit := outputs.GetOk("spendLimit")
	orgID := cmp.Or(convert.Text(outputs.Get("orgId")), convert.Text(inputs.Get("orgId")))
	if (hasLimit || hadLimit) && properties.IsID(id) && id == orgID {
		return "SpendLimit"
	}
	return ""
}

// identity identifies an object in PgBeam.
type identity struct{ kind, id string }

// identityOf returns the identity of a resource of this provider in the state.
func identityOf(kinds map[string]*lifecycle.Resource, e entry) (identity, bool) {
	name, ok := strings.CutPrefix(string(e.Type), typeToken(""))
	kind := kinds[name]
	if !ok || kind == nil || e.External {
		return identity{}, false
	}
	values := property.Map{}
	for _, parent := range kind.ImportID.Parents {
		for _, from := range []map[string]any{e.Inputs, e.Outputs} {
			if text, ok := from[parent.Property].(string); ok {
				values = values.Set(parent.Property, property.New(text))
			}
		}
	}
	return identity{name, kind.ImportID.Of(kind.ImportID.OwnID(string(e.ID)), values)}, true
}

// refuseTwice returns an error if two resources would manage the same object: the removal
// of either from the program would delete it.
func (m *dynamicMigration) refuseTwice(moved map[int]*dynamicResource) error {
	owners := map[identity]entry{}
	for _, e := range m.resources {
		object, ok := identityOf(m.kinds, e)
		if found := moved[e.span.start]; found != nil {
			object, ok = identity{found.kind.Kind(), found.kind.ImportID.Of(found.id, found.inputs)}, true
		}
		if !ok {
			continue
		}
		other, twice := owners[object]
		if !twice {
			owners[object] = e
			continue
		}
		advice := "Decide which of them the program keeps, and take the other one out of the state with `pulumi state delete '<URN>'`"
		if isDynamic := moved[e.span.start] != nil; isDynamic != (moved[other.span.start] != nil) {
			imported := e
			if isDynamic {
				imported = other
			}
			advice = fmt.Sprintf("Take the one that was imported, whose secrets are not known, out of the state with `pulumi state delete '%s'`", imported.URN)
		}
		return fmt.Errorf("the state has %s %s twice, as %s and as %s: removing either resource from the program would delete the object. "+
			"%s, which deletes nothing in PgBeam, and export the stack again", object.kind, object.id, other.URN, e.URN, advice)
	}
	return nil
}

// rename finds the new URNs: those of the resources that are moved, and of the resources
// that have one of them as a parent, because a URN contains the types of the parents.
func (m *dynamicMigration) rename(moved map[int]*dynamicResource) {
	for _, e := range slices.Concat(m.resources, m.pending) {
		urn := m.newURN(e, moved[e.span.start])
		if _, known := m.newURNs[e.URN]; urn != e.URN && (!known || !e.Delete && e.operation == "") {
			m.newURNs[e.URN] = urn // of the resource that is not about to be deleted, if two have it
		}
	}
}

// newURN returns the URN of an entry after the migration.
func (m *dynamicMigration) newURN(e entry, moved *dynamicResource) resource.URN {
	typ := e.URN.Type()
	if moved != nil {
		typ = tokens.Type(typeToken(moved.kind.Kind()))
	}
	return withType(e.URN, e.Parent, cmp.Or(m.newURNs[e.Parent], e.Parent), typ)
}

// withType returns a URN with another type, and with the types of another parent if it has
// those of parent.
func withType(urn, parent, newParent resource.URN, typ tokens.Type) resource.URN {
	chain, _ := strings.CutSuffix(string(urn.QualifiedType()), string(urn.Type()))
	chain = strings.TrimSuffix(chain, "$")
	if parent != "" && chain != "" && chain == string(parent.QualifiedType()) {
		chain = string(newParent.QualifiedType())
	}
	return resource.NewURN(urn.Stack(), urn.Project(), tokens.Type(chain), typ, urn.Name())
}

// refuseSameURN returns an error if two resources would have the same URN, as after an
// update with this provider that has created some of the objects again.
func (m *dynamicMigration) refuseSameURN(moved map[int]*dynamicResource) error {
	owners := map[resource.URN]entry{}
	for _, e := range m.resources {
		if e.Delete {
			continue
		}
		urn := m.newURN(e, moved[e.span.start])
		if other, twice := owners[urn]; twice {
			return fmt.Errorf("the state has two objects for %s: %s, as %s, and %s, as %s. "+
				"Decide which of them the program keeps, and take the other one out of the state with `pulumi state delete '<URN>'`, "+
				"which deletes nothing in PgBeam, and export the stack again", urn, other.ID, other.URN, e.ID, e.URN)
		}
		owners[urn] = e
	}
	return nil
}

// replacements returns the texts of references to the resources with new URNs.
func (m *dynamicMigration) replacements() map[string]string {
	texts := map[string]string{}
	for before, after := range m.newURNs {
		texts[string(before)] = string(after)
	}
	for _, e := range m.resources {
		if after := m.newURNs[e.URN]; after != "" && strings.HasPrefix(string(e.Type), "pulumi:providers:") {
			texts[string(e.URN)+"::"+string(e.ID)] = string(after) + "::" + string(e.ID)
		}
	}
	return texts
}

// placeProvider puts a default provider of this package before the resources that are
// moved, unless there is one, and removes the dynamic provider if nothing needs it any
// more. It returns the reference to the provider.
func (m *dynamicMigration) placeProvider(moved map[int]*dynamicResource) (string, error) {
	needed, former := map[string]bool{}, map[string]bool{}
	first := len(m.text)
	for _, e := range slices.Concat(m.resources, m.pending) {
		if found := moved[e.span.start]; found == nil {
			needed[e.Provider] = true
		} else {
			former[e.Provider] = true
			if e.operation == "" {
				first = min(first, e.span.start)
			}
		}
	}
	isOurs := func(e entry) bool {
		return e.Type == providerType && strings.HasPrefix(e.URN.Name(), defaultProvider) && !e.Delete
	}
	ours := slices.IndexFunc(m.resources, isOurs)
	isFormer := func(e entry) bool { return former[reference(e.ResourceV3)] }
	old := slices.IndexFunc(m.resources, isFormer)
	if old < 0 {
		return "", fmt.Errorf("the deployment lacks the dynamic provider that its resources refer to")
	}
	m.report.DroppedProvider = !needed[reference(m.resources[old].ResourceV3)]
	place := m.resources[old].span
	if ours >= 0 && m.resources[ours].span.start < first {
		if m.report.DroppedProvider {
			m.removeItem(old)
		}
		return reference(m.resources[ours].ResourceV3), nil
	}
	provider := providerEntry(m.resources[old].URN)
	text, err := m.render(place.start, provider)
	if err != nil {
		return "", err
	}
	if ours >= 0 { // it is further down, and has to be before the resources
		provider = m.resources[ours].ResourceV3
		text = m.slice(m.resources[ours].span)
		m.removeItem(ours)
	}
	if !m.report.DroppedProvider {
		text = slices.Concat(text, []byte(","), m.gap(place.start), m.slice(place))
	}
	m.replace(place, text)
	return reference(provider), nil
}

// removeItem removes a resource from the list, with the comma that follows, or that
// precedes the last one.
func (m *dynamicMigration) removeItem(i int) {
	removed := m.resources[i].span
	if i+1 < len(m.resources) {
		removed.end = m.resources[i+1].span.start
	} else {
		removed.start = m.resources[i-1].span.end
	}
	m.replace(removed, nil)
}

// rewrite changes an entry: that of a resource that is moved, or the references of another
// one.
func (m *dynamicMigration) rewrite(e entry, moved *dynamicResource, provider string, replacements map[string]string) error {
	var done []span
	set := func(name string, value any) error {
		place, ok := e.members[name]
		if !ok {
			return nil
		}
		text, err := m.render(place.value.start, value)
		m.replace(place.value, text)
		done = append(done, place.value)
		return err
	}
	if slices.ContainsFunc(m.edits, func(edit edit) bool { return edit.span.start <= e.span.start && e.span.end <= edit.span.end }) {
		return nil // a provider that is removed or moved
	}
	if urn := m.newURN(e, moved); urn != e.URN {
		if err := set("urn", urn); err != nil {
			return err
		}
	}
	if moved != nil {
		inputs, err := moved.secrets.encode(moved.inputs)
		if err != nil {
			return err
		}
		outputs, err := moved.secrets.encode(moved.outputs)
		if err != nil {
			return err
		}
		for _, change := range []struct {
			name  string
			value any
		}{
			{"type", typeToken(moved.kind.Kind())},
			{"id", moved.id},
			{"inputs", inputs},
			{"outputs", outputs},
			{"provider", provider},
			{"aliases", m.aliases(moved)},
		} {
			if err := set(change.name, change.value); err != nil {
				return err
			}
		}
		if err := m.removeDependencies(e, &done); err != nil {
			return err
		}
	}
	return m.replaceStrings(e.span, replacements, done)
}

// aliases returns the former URNs of a resource with its new type.
func (m *dynamicMigration) aliases(moved *dynamicResource) []resource.URN {
	urns := make([]resource.URN, len(moved.Aliases))
	for i, alias := range moved.Aliases {
		urns[i] = alias
		if alias.Type() == dynamicType {
			urns[i] = withType(alias, moved.Parent, cmp.Or(m.newURNs[moved.Parent], moved.Parent), tokens.Type(typeToken(moved.kind.Kind())))
		}
	}
	return urns
}

// removeDependencies removes the dependencies of the code, which is not a property any
// more.
func (m *dynamicMigration) removeDependencies(e entry, done *[]span) error {
	dependencies := e.members["propertyDependencies"].value
	if dependencies.end == 0 || string(m.slice(dependencies)) == "null" {
		return nil
	}
	members, err := m.object(dependencies)
	if err != nil {
		return err
	}
	member, ok := members[lifecycle.DynamicCode]
	if !ok {
		return nil
	}
	removed := member.whole
	if m.text[removed.start] != ',' { // the first one: the comma that follows goes, too
		if text := bytes.TrimLeft(m.text[removed.end:], space); text[0] == ',' {
			removed.end = len(m.text) - len(bytes.TrimLeft(text[1:], space))
		}
	}
	m.replace(removed, nil)
	*done = append(*done, removed)
	return nil
}
