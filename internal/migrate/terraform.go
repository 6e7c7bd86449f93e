// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/lifecycle"
	"github.com/pgbeam/pulumi-pgbeam/internal/terraform"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// terraformVersion is the version of the format of a Terraform state that is known.
const terraformVersion = 4

// terraformState is a Terraform state, as in a local file, or as `terraform state pull`
// prints it.
type terraformState struct {
	Version   *int                 `json:"version"`
	Resources *[]terraformResource `json:"resources"`
	// These are members of files that are no such state.
	EncryptedData json.RawMessage `json:"encrypted_data"`
	FormatVersion string          `json:"format_version"`
}

type terraformResource struct {
	Module    string              `json:"module"`
	Mode      string              `json:"mode"`
	Type      string              `json:"type"`
	Name      string              `json:"name"`
	Provider  string              `json:"provider"`
	Instances []terraformInstance `json:"instances"`
}

type terraformInstance struct {
	IndexKey      any            `json:"index_key"`
	Status        string         `json:"status"`
	Deposed       string         `json:"deposed"`
	SchemaVersion int            `json:"schema_version"`
	Attributes    map[string]any `json:"attributes"`
}

// terraformObject is an object of a Terraform state.
type terraformObject struct {
	kind *lifecycle.Resource
	// typ is the type of the resource in Terraform.
	typ, address string
	// name has the parts of the address that a name is made of.
	name []string
	// id is the ID in the API.
	id    string
	state lifecycle.ImportedState
	// alias is the alias of the configuration of the provider.
	alias string
}

// importID returns the ID that an import takes.
func (o terraformObject) importID() string { return o.kind.ImportID.Of(o.id, o.state.Outputs) }

// logicalName returns the name of the resource: that of the resource in Terraform, after
// the names and the keys of the modules, and before the key of count or for_each. Outside
// of modules, `pulumi convert` gives a resource the same name.
func (o terraformObject) logicalName() string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_.-", r) {
			return r
		}
		return '-'
	}, strings.Join(o.name, "-"))
}

// TerraformReport lists the resources of a Terraform state, and what happens to them.
type TerraformReport struct {
	// Objects are those that are moved.
	Objects []TerraformObject
	// Left are the resources that are not, by their address.
	Left []LeftResource
	// Notes are sentences about single objects.
	Notes []string
	// isState is true if the objects were added to a state, with their secrets.
	isState bool
}

// TerraformObject is an object that is moved.
type TerraformObject struct {
	Kind, Name, ID, Address string
	// Secrets are the paths of secrets that Terraform has, and Missing those that it does
	// not have.
	Secrets, Missing []string
}

// Write writes the report for a person. Nothing has happened yet: that is up to
// `pulumi import` or `pulumi stack import`.
func (r TerraformReport) Write(w io.Writer) {
	var b strings.Builder
	missing := 0
	for _, object := range r.Objects {
		fmt.Fprintf(&b, "move  %s %q (%s) from %s", object.Kind, object.Name, object.ID, object.Address)
		if len(object.Secrets) > 0 && r.isState {
			fmt.Fprintf(&b, ", encrypt %s", strings.Join(object.Secrets, ", "))
		}
		b.WriteByte('\n')
	}
	for _, object := range r.Objects {
		if len(object.Secrets) > 0 && !r.isState {
			fmt.Fprintf(&b, "note  %s: the Terraform state has %s, which an import does not read: --state moves such secrets\n",
				object.Address, strings.Join(object.Secrets, ", "))
		}
		if len(object.Missing) > 0 {
			missing++
			fmt.Fprintf(&b, "note  %s: the Terraform state does not have %s, and the API does not return it: %s\n",
				object.Address, strings.Join(object.Missing, ", "), renewal(object.Kind))
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "note  %s\n", note)
	}
	for _, left := range r.Left {
		fmt.Fprintf(&b, "leave %s: %s\n", left.URN, left.Reason)
	}
	fmt.Fprintf(&b, "%d to move, %d to leave, %d without a secret\n", len(r.Objects), len(r.Left), missing)
	_, _ = io.WriteString(w, b.String()) // messages, which must not fail the command
}

// renewal returns how a program gets a secret that is not known.
func renewal(kindName string) string {
	switch kindName {
	case "AgentCredential", "SelfHostEnrollment":
		return "a change of `rotationTriggers` issues a new one"
	case "WebhookEndpoint":
		return "set `secret` to the one in use, or to \"\" if there is none"
	default:
		return "set it in the program"
	}
}

// TerraformImportFile returns a file for `pulumi import` with the objects of PgBeam in a
// Terraform state. It returns an error, and no file, if the meaning of the state is not
// certain.
func TerraformImportFile(state []byte) (ImportFile, TerraformReport, error) {
	var file ImportFile
	objects, report, err := readTerraform(state)
	if err != nil {
		return file, report, err
	}
	primaries := primaryDatabases(objects)
	var names names
	logical := newLogicalNames()
	imported := report.Objects[:0]
	for i, object := range objects {
		if project, ok := primaries[object.id]; ok && object.kind.Kind() == "Database" {
			report.Left = append(report.Left, LeftResource{
				URN: object.address, Reason: fmt.Sprintf("it is the primary database of %s, whose import reads it into the property `database`", project),
			})
			continue
		}
		text := object.logicalName()
		if names.taken[slug(text)] { // by another kind, as a rule
			text += " " + strings.TrimPrefix(object.typ, terraform.Provider+"_")
		}
		resource := ImportResource{
			Type: typeToken(object.kind.Kind()), Name: names.unique(object.kind.Kind(), text),
			ID: object.importID(), LogicalName: logical.unique(object),
		}
		described := report.Objects[i]
		described.Name = resource.LogicalName
		imported = append(imported, described)
		if resource.LogicalName == resource.Name {
			resource.LogicalName = ""
		}
		file.Resources = append(file.Resources, resource)
	}
	report.Objects = imported
	report.Notes = append(report.Notes, possiblePrimaries(objects, primaries)...)
	return file, report, nil
}

// primaryDatabases returns the addresses of the projects by the IDs of their primary
// databases, if Terraform has these.
func primaryDatabases(objects []terraformObject) map[string]string {
	primaries := map[string]string{}
	for _, object := range objects {
		if id := convert.Text(object.state.Outputs.Get("primaryDatabaseId")); id != "" {
			primaries[id] = object.address
		}
	}
	return primaries
}

// possiblePrimaries returns a note for each database that may be the primary one of a
// project: two resources of a program would then manage it.
func possiblePrimaries(objects []terraformObject, primaries map[string]string) []string {
	projects := map[string]string{} // those whose primary database is not known
	for _, object := range objects {
		if object.kind.Kind() == "Project" && convert.Text(object.state.Outputs.Get("primaryDatabaseId")) == "" {
			projects[object.id] = object.address
		}
	}
	var notes []string
	for _, object := range objects {
		if object.kind.Kind() != "Database" || primaries[object.id] != "" {
			continue
		}
		project, ok := projects[convert.Text(object.state.Outputs.Get("projectId"))]
		if role := convert.Text(object.state.Outputs.Get("role")); ok && (role == "" || role == "primary") {
			notes = append(notes, fmt.Sprintf("%s: the import of %s reads the primary database of the project into its property `database`. "+
				"If that is this database, remove either `database` or this resource from the program, so that one resource manages it", object.address, project))
		}
	}
	return notes
}

// logicalNames allocates names that are unique within a kind, as URNs have to be.
type logicalNames map[string]bool

func newLogicalNames() logicalNames { return logicalNames{} }

func (n logicalNames) unique(object terraformObject) string {
	return numbered(n, object.kind.Kind()+" ", object.logicalName())
}

// readTerraform returns the objects of PgBeam in a Terraform state, those first that
// others refer to.
func readTerraform(text []byte) ([]terraformObject, TerraformReport, error) {
	state, err := parseTerraform(text)
	if err != nil {
		return nil, TerraformReport{}, err
	}
	reader := terraformReader{kinds: kindsByName(), owners: map[identity]string{}}
	for _, resource := range *state.Resources {
		if err := reader.read(resource); err != nil {
			return nil, TerraformReport{}, err
		}
	}
	order := map[string]int{}
	for i, inner := range resources.All() {
		order[inner.Kind()] = i
	}
	slices.SortStableFunc(reader.objects, func(a, b terraformObject) int {
		return cmp.Compare(order[a.kind.Kind()], order[b.kind.Kind()])
	})
	if err := reader.refuseTwice(); err != nil {
		return nil, TerraformReport{}, err
	}
	reader.reportObjects()
	return reader.objects, reader.report, nil
}

// parseTerraform parses a Terraform state.
func parseTerraform(text []byte) (terraformState, error) {
	var state terraformState
	if len(bytes.TrimSpace(text)) == 0 {
		return state, errors.New("the Terraform state is empty: pass a terraform.tfstate, or the output of `terraform state pull`")
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return state, fmt.Errorf("the Terraform state is not a complete JSON document of the known form: %w", err)
	}
	switch {
	case len(state.EncryptedData) > 0:
		return state, errors.New("the Terraform state is encrypted: pass the output of `tofu state pull`, which decrypts it")
	case state.FormatVersion != "":
		return state, errors.New("this is the output of `terraform show -json`, and not a state: pass the output of `terraform state pull`")
	case state.Version == nil:
		return state, errors.New("this is not a Terraform state, because it has no version: pass a terraform.tfstate, or the output of `terraform state pull`")
	case *state.Version != terraformVersion:
		return state, fmt.Errorf("the Terraform state has the version %d, and this command knows %d, which Terraform writes since 0.12: "+
			"`terraform refresh` with a current version of Terraform upgrades a state", *state.Version, terraformVersion)
	case state.Resources == nil:
		return state, errors.New("the Terraform state has no list of resources, so it is not complete")
	}
	return state, nil
}

type terraformReader struct {
	kinds   map[string]*lifecycle.Resource
	objects []terraformObject
	owners  map[identity]string
	report  TerraformReport
}

// providerAddress matches the reference to a provider: its source, and the alias of its
// configuration.
var providerAddress = regexp.MustCompile(`provider\["([^"]+)"\](?:\.(.+))?$`)

func (r *terraformReader) read(resource terraformResource) error {
	address := resource.address()
	left := func(reason string) {
		r.report.Left = append(r.report.Left, LeftResource{URN: address, Reason: reason})
	}
	if !strings.HasPrefix(resource.Type, terraform.Provider+"_") {
		left(counted(len(resource.Instances), "a resource of another provider", "resources of another provider"))
		return nil
	}
	match := providerAddress.FindStringSubmatch(resource.Provider)
	if match == nil || !isTerraformProvider(match[1]) {
		return fmt.Errorf("%s belongs to the provider %s, and this command knows only pgbeam of %s", address, resource.Provider, strings.Join(terraform.Namespaces, " and "))
	}
	switch resource.Mode {
	case "managed":
	case "data":
		function, ok := terraform.Functions[resource.Type]
		if !ok {
			left("a data source, which is not an object")
			return nil
		}
		left(fmt.Sprintf("a data source, which is not an object; the function %s returns the same", function))
		return nil
	default:
		return fmt.Errorf("%s has the mode %q, which this command does not know: use a newer version of it", address, resource.Mode)
	}
	wrapped := r.kinds[terraform.Kinds[resource.Type]]
	if wrapped == nil {
		return fmt.Errorf("%s has the type %s, which this command does not know: use a newer version of it", address, resource.Type)
	}
	for _, instance := range resource.Instances {
		object, err := newTerraformObject(wrapped, resource, instance)
		if err != nil {
			return err
		}
		if isRevoked(instance.Attributes) {
			r.report.Left = append(r.report.Left, LeftResource{URN: object.address, Reason: "it was deleted or revoked outside of Terraform"})
			continue
		}
		object.alias = match[2]
		r.objects = append(r.objects, object)
	}
	return nil
}

// isRevoked reports whether the API had deleted or revoked an object when Terraform last
// read it. The API still returns some of these.
func isRevoked(attributes map[string]any) bool {
	status, _ := attributes["status"].(string)
	return kind.IsDeleted(status) || attributes["revoked_at"] != nil
}

func counted(count int, one, many string) string {
	if count == 1 {
		return one
	}
	return fmt.Sprintf("%d %s", count, many)
}

// isTerraformProvider reports whether a source is that of the Terraform provider of PgBeam,
// in any registry.
func isTerraformProvider(source string) bool {
	parts := strings.Split(source, "/")
	return len(parts) >= 2 && parts[len(parts)-1] == terraform.Provider && slices.Contains(terraform.Namespaces, parts[len(parts)-2])
}

// address returns the address of the resource, without the key of an instance.
func (r terraformResource) address() string {
	address := r.Type + "." + r.Name
	if r.Mode == "data" {
		address = "data." + address
	}
	if r.Module != "" {
		address = r.Module + "." + address
	}
	return address
}

// newTerraformObject returns an instance of a resource. It refuses one whose future
// Terraform has already decided about otherwise.
func newTerraformObject(wrapped *lifecycle.Resource, resource terraformResource, instance terraformInstance) (terraformObject, error) {
	object := terraformObject{kind: wrapped, typ: resource.Type, address: resource.address(), name: append(moduleWords(resource.Module), resource.Name)}
	switch key := instance.IndexKey.(type) {
	case nil:
	case float64:
		number := strconv.FormatFloat(key, 'f', -1, 64)
		object.address, object.name = object.address+"["+number+"]", append(object.name, number)
	case string:
		object.address, object.name = object.address+"["+strconv.Quote(key)+"]", append(object.name, key)
	default:
		return object, fmt.Errorf("%s has an instance whose key is neither a number nor a text", object.address)
	}
	switch {
	case instance.Deposed != "":
		return object, fmt.Errorf("%s has an object, %v, that Terraform has replaced and not deleted yet. "+
			"`terraform plan` shows it: decide about it there, and then run this command again", object.address, instance.Attributes["id"])
	case instance.Status == "tainted":
		return object, fmt.Errorf("%s is tainted: Terraform is going to replace the object. "+
			"If it should be kept, run `terraform untaint` with this address, and then run this command again", object.address)
	case instance.Status != "":
		return object, fmt.Errorf("%s has the status %q, which this command does not know: use a newer version of it", object.address, instance.Status)
	case instance.SchemaVersion != 0:
		return object, fmt.Errorf("%s has the schema version %d, and this command knows 0: use a newer version of it", object.address, instance.SchemaVersion)
	case instance.Attributes == nil:
		return object, fmt.Errorf("%s has no attributes in the state", object.address)
	}
	outputs, err := terraformProperties(instance.Attributes)
	if err != nil {
		return object, fmt.Errorf("%s: %w", object.address, err)
	}
	object.id = convert.Text(outputs.Get("id"))
	if object.id == "" {
		return object, fmt.Errorf("%s has no id in the state", object.address)
	}
	id := object.id
	outputs, err = object.identify(outputs.Delete("id"))
	if err != nil {
		return object, err
	}
	if object.state, err = lifecycle.ImportState(wrapped, id, outputs); err != nil {
		return object, fmt.Errorf("%s: %w", object.address, err)
	}
	return object, nil
}

// identify finds the IDs of the parents in the attributes, or in the ID, which an import
// into Terraform may have left as the only place.
func (o *terraformObject) identify(outputs property.Map) (property.Map, error) {
	format := o.kind.ImportID
	for _, parent := range format.Parents {
		if convert.Text(outputs.Get(parent.Property)) != "" || strings.Contains(o.id, "/") {
			continue
		}
		return outputs, fmt.Errorf("%s has no %s in the state, so the ID to import, %s, is not known", o.address, terraform.Attribute(parent.Property), format)
	}
	importID := o.id
	if !strings.Contains(o.id, "/") {
		importID = format.Of(o.id, outputs)
	}
	own, parents, err := format.Parse(importID, property.Map{})
	if err != nil {
		return outputs, fmt.Errorf("%s has the ID %q in the state: %w", o.address, importID, err)
	}
	o.id = own
	for name, value := range parents {
		if known := convert.Text(outputs.Get(name)); known != "" && known != value {
			return outputs, fmt.Errorf("%s has the %s %q in the state, and its ID begins with %q", o.address, terraform.Attribute(name), known, value)
		}
		outputs = outputs.Set(name, property.New(value))
	}
	return outputs, nil
}

// terraformProperties returns attributes as properties. Those without a value are left out.
func terraformProperties(attributes map[string]any) (property.Map, error) {
	values := map[string]property.Value{}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		value, err := terraformValue(attributes[name])
		if err != nil {
			return property.Map{}, fmt.Errorf("%s: %w", name, err)
		}
		if !value.IsNull() {
			values[terraform.Property(name)] = value
		}
	}
	return property.NewMap(values), nil
}

func terraformValue(value any) (property.Value, error) {
	switch value := value.(type) {
	case map[string]any: // an object, as no attribute is a map
		fields, err := terraformProperties(value)
		return property.New(fields), err
	case []any:
		items := make([]property.Value, len(value))
		for i, item := range value {
			var err error
			if items[i], err = terraformValue(item); err != nil {
				return property.Value{}, fmt.Errorf("[%d]: %w", i, err)
			}
		}
		return property.New(items), nil
	default:
		return property.Any(value)
	}
}

var moduleStep = regexp.MustCompile(`(?:^|\.)module\.([\pL\d_-]+)(?:\[("(?:[^"\\]|\\.)*"|\d+)\])?`)

// moduleWords returns the names and the keys in the address of a module.
func moduleWords(module string) []string {
	var words []string
	for _, step := range moduleStep.FindAllStringSubmatch(module, -1) {
		words = append(words, step[1])
		if key, err := strconv.Unquote(step[2]); err == nil {
			words = append(words, key)
		} else if step[2] != "" {
			words = append(words, step[2])
		}
	}
	return words
}

// identities returns what the object is in PgBeam. A project with its settings of the
// primary database is that database as well.
func (o terraformObject) identities() []identity {
	found := []identity{{o.kind.Kind(), o.importID()}}
	if id := convert.Text(o.state.Outputs.Get("primaryDatabaseId")); id != "" && o.state.Inputs.Get("database").IsMap() {
		found = append(found, identity{"Database", o.id + "/" + id})
	}
	return found
}

// refuseTwice returns an error if the state has an object twice: two resources of a stack
// must not manage the same one.
func (r *terraformReader) refuseTwice() error {
	for _, object := range r.objects {
		for _, id := range object.identities() {
			if other, twice := r.owners[id]; twice {
				return fmt.Errorf("the Terraform state has %s %s twice, as %s and as %s: removing either resource would delete the object. "+
					"Decide which of them to keep, take the other out of the state with `terraform state rm`, which deletes no object, "+
					"and run this command again", id.kind, id.id, other, object.address)
			}
			r.owners[id] = object.address
		}
	}
	return nil
}

func (r *terraformReader) reportObjects() {
	aliases := map[string]bool{}
	for _, object := range r.objects {
		known := slices.DeleteFunc(slices.Clone(object.state.Secrets), func(path string) bool {
			return slices.Contains(object.state.MissingSecrets, path)
		})
		r.report.Objects = append(r.report.Objects, TerraformObject{
			Kind: object.kind.Kind(), ID: object.importID(), Address: object.address, Secrets: known, Missing: object.state.MissingSecrets,
		})
		if len(object.state.Unknown) > 0 {
			names := make([]string, len(object.state.Unknown))
			for i, name := range object.state.Unknown {
				names[i] = terraform.Attribute(name)
			}
			r.report.Notes = append(r.report.Notes, fmt.Sprintf("%s: %s has no counterpart in this provider", object.address, strings.Join(names, ", ")))
		}
		aliases[object.alias] = true
	}
	if len(aliases) > 1 {
		for _, object := range r.objects {
			if object.alias != "" {
				r.report.Notes = append(r.report.Notes, fmt.Sprintf("%s: it uses the provider configuration %q. "+
					"Give the resource an explicit provider if that has another API key", object.address, object.alias))
			}
		}
	}
}
