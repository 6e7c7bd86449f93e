// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle

import (
	"fmt"
	"slices"
	"strings"

	mschema "github.com/pulumi/pulumi-go-provider/middleware/schema"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/convert"
	"github.com/pgbeam/pulumi-pgbeam/internal/examples"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// GetSchema returns the schema of the Go types, enriched from the property table.
func (r *Resource) GetSchema(register mschema.RegisterDerivativeType) (schema.ResourceSpec, error) {
	spec, err := r.InferredResource.GetSchema(func(token tokens.Type, typ schema.ComplexTypeSpec) bool {
		return register(token, r.env.enrichType(r.Properties, token, typ))
	})
	if err != nil {
		return spec, err
	}
	return r.enrichSchema(spec), nil
}

// enrichSchema adds to the schema of a resource what the property table defines:
// required and secret properties, replacement, defaults and the import ID. The schema
// cannot drift from the behavior that way.
func (r *Resource) enrichSchema(spec schema.ResourceSpec) schema.ResourceSpec {
	spec.ListInputs = r.listInputsSchema(spec.InputProperties)
	enrichProperties(r.Properties, spec.InputProperties, true)
	enrichProperties(r.Properties, spec.Properties, false)
	describeTimestamps(spec.Properties)
	spec.RequiredInputs = r.Properties.RequiredNames()
	spec.Description = strings.TrimSpace(r.Description) + "\n\n" + examples.Markdown(r.Kind()) + r.importDescription()
	return spec
}

// importDescription describes how an existing object is imported.
func (r *Resource) importDescription() string {
	if !r.HasObject() {
		return fmt.Sprintf("\n## Import\n\nA `%s` is not an object of PgBeam, so it cannot be imported: add it to the program.\n", r.Kind())
	}
	return fmt.Sprintf(
		"\n## Import\n\nThe ID to import has the format `%s`:\n\n```sh\npulumi import pgbeam:index:%s example %s\n```\n\n%s%s %s\n",
		r.ImportID, r.Kind(), strings.NewReplacer("…", "01h455vb4pex5vsknk084sn02q", "<queryHash>", "a1b2c3d4e5f60718", "<email>", "alex@example.com").Replace(r.ImportID.String()), r.bareIDDescription(), r.listDescription(), r.getDescription())
}

// bareIDDescription describes when the IDs of the parents can be left out.
func (r *Resource) bareIDDescription() string {
	if !r.belongsToOrganization() {
		return ""
	}
	return fmt.Sprintf("`%s` is enough if the API key belongs to a single organization. ", r.ImportID.OwnFormat())
}

// timestamps describes the outputs that most kinds have.
var timestamps = map[string]string{
	"createdAt": "The time when the object was created, in RFC 3339 format.",
	"updatedAt": "The time when the object was last changed, in RFC 3339 format.",
}

// describeTimestamps describes these outputs, unless they have a description.
func describeTimestamps(specs map[string]schema.PropertySpec) {
	for name, description := range timestamps {
		if output, ok := specs[name]; ok && output.Description == "" {
			output.Description = description
			specs[name] = output
		}
	}
}

// listDescription describes the command that lists the IDs to import.
func (r *Resource) listDescription() string {
	command := "pulumi do pgbeam:index:" + r.Kind() + " list"
	for _, parent := range r.ImportID.ListParents() {
		command += fmt.Sprintf(" --%s %s…", flagName(parent.Property), parent.Prefix)
	}
	return "`" + command + "` lists such IDs."
}

// flagName returns the flag of the CLI for a list input, such as project-id.
func flagName(name string) string { return convert.SplitWords(name, '-') }

// getDescription describes the ID that get() takes.
func (r *Resource) getDescription() string {
	if r.ImportID.Setting != "" {
		return fmt.Sprintf("`get()` takes the same ID. The `id` of an imported resource is `%s/%s`.", r.ImportID, r.ImportID.Setting)
	}
	if len(r.ImportID.Parents) == 0 || r.ImportID.Own != "" {
		return "`get()` takes the same ID."
	}
	return fmt.Sprintf("`get()` takes the same ID. The `id` of the resource that it returns is that ID with older versions of the Pulumi CLI, "+
		"and the object's own ID, `%s`, with newer ones. A property that refers to the object accepts both.", r.ImportID.OwnFormat())
}

// enrichType is enrichSchema for the type of a nested object or an enum of a table.
func (env Env) enrichType(t properties.Table, token tokens.Type, typ schema.ComplexTypeSpec) schema.ComplexTypeSpec {
	if fields, ok := t.Objects()[token.Name().String()]; ok {
		enrichProperties(fields, typ.Properties, true)
		typ.Required = fields.RequiredNames()
	}
	if description, ok := env.EnumDescriptions[token.Name().String()]; ok {
		typ.Description = description
	}
	return typ
}

func enrichProperties(t properties.Table, specs map[string]schema.PropertySpec, inputs bool) {
	replacing, secret := t.ReplacingNames(), t.SecretNames()
	for name, spec := range specs {
		if _, ok := t[name]; !ok {
			continue
		}
		spec.Secret = spec.Secret || slices.Contains(secret, name)
		if inputs {
			if value, ok := t.Default(name); ok && !strings.Contains(spec.Description, "Default") {
				spec.Description += defaultSentence(value)
			}
			if kind := t.SharedWith(name); kind != "" {
				spec.Description += fmt.Sprintf(" A `%s` can set it as well: set it in one place only. A program that does not set it leaves it unchanged.", kind)
			}
			if slices.Contains(replacing, name) {
				spec.WillReplaceOnChanges = true
				spec.Description += " Changing it replaces the resource."
			}
		}
		specs[name] = spec
	}
}

func defaultSentence(v property.Value) string {
	switch {
	case v.IsString() && v.AsString() != "":
		return fmt.Sprintf(" Defaults to `%s`.", v.AsString())
	case v.IsNumber():
		return fmt.Sprintf(" Defaults to %d.", int64(v.AsNumber()))
	case v.IsBool():
		return fmt.Sprintf(" Defaults to `%t`.", v.AsBool())
	case v.IsArray() && v.AsArray().Len() == 0, v.IsMap() && v.AsMap().Len() == 0, v.IsString():
		return " Empty by default."
	default:
		return ""
	}
}
