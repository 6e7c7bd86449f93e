// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package resources

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/property"

	"github.com/pgbeam/pulumi-pgbeam/internal/examples"
	"github.com/pgbeam/pulumi-pgbeam/internal/properties"
)

// document adds to a resource's schema what its table says: what is required,
// what is secret, the defaults, what replaces the object, and how to import it.
// Standing in one place only, these cannot drift from what the plugin does.
func (r Served) document(spec schema.ResourceSpec) schema.ResourceSpec {
	r.documentProperties(r.Properties, spec.InputProperties, true)
	r.documentProperties(r.Properties, spec.Properties, false)
	spec.RequiredInputs = r.Properties.RequiredNames()
	spec.Description = strings.TrimSpace(spec.Description) + "\n\n" + examples.Markdown(r.kind) + fmt.Sprintf(
		"\n## Import\n\nThe ID to import is `%s`:\n\n```sh\npulumi import pgbeam:index:%s example %s\n```\n\n%s\n",
		r.ImportID, r.kind, strings.NewReplacer("…", "01h455vb4pex5vsknk084sn02q", "<queryHash>", "a1b2c3d4e5f60718").Replace(r.ImportID.String()), r.lookup())
	return spec
}

// lookup says which ID get() takes.
func (r Served) lookup() string {
	if len(r.ImportID.Parents) == 0 || r.ImportID.Own != "" {
		return "`get()` takes the same ID."
	}
	return fmt.Sprintf("`get()` takes the same ID, and the `id` of the resource that it returns is that ID. "+
		"A property that refers to the object takes it as well as the object's own ID, `%s`.", r.ImportID.own())
}

// documentType does the same for the type of a nested object.
func (r Served) documentType(token tokens.Type, typ schema.ComplexTypeSpec) schema.ComplexTypeSpec {
	if fields, ok := r.Properties.Objects()[token.Name().String()]; ok {
		r.documentProperties(fields, typ.Properties, true)
		typ.Required = fields.RequiredNames()
	}
	if description, ok := enumDescriptions[token.Name().String()]; ok {
		typ.Description = description
	}
	return typ
}

func (r Served) documentProperties(t properties.Table, specs map[string]schema.PropertySpec, inputs bool) {
	replacing, secret := t.ReplacingNames(), t.SecretNames()
	for name, spec := range specs {
		if _, ok := t[name]; !ok {
			continue
		}
		spec.Secret = spec.Secret || slices.Contains(secret, name)
		if inputs {
			if fallback, ok := t.Default(name); ok && !strings.Contains(spec.Description, "Default") {
				spec.Description += defaultSentence(fallback)
			}
			if kind := t.SharedWith(name); kind != "" {
				spec.Description += fmt.Sprintf(" A `%s` can set it too: set it in one place only. A program that does not set it leaves it as it is.", kind)
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
