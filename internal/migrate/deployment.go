// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package migrate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/google/uuid"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

const (
	stackType    = "pulumi:pulumi:Stack"
	providerType = "pulumi:providers:pgbeam"
	// defaultProvider is the name of a provider that the engine creates for resources
	// without an explicit one. The next update replaces it by the one that the program
	// asks for, without replacing the resources.
	defaultProvider = "default"
)

// space is the white space of JSON.
const space = " \t\r\n"

// deployment is the state of a stack as `pulumi stack export` prints it. Everything that
// is not edited keeps its bytes: the text of encrypted secrets, and what another version
// of Pulumi knows.
type deployment struct {
	text []byte
	// resources are the entries of the list, in their order, and pending those of
	// interrupted operations.
	resources, pending []entry
	// list is the list of resources, which an empty stack does not have; body is the
	// object that contains it.
	list, body span
	edits      []edit
}

// knownFeatures are the features of a deployment of version 4 that only add members whose
// references to resources are URNs.
var knownFeatures = []string{"refreshBeforeUpdate", "views", "hooks", "taint", "replaceWith", "extensionParameterization", "byteString"}

// entry is a resource of a deployment.
type entry struct {
	apitype.ResourceV3
	operation apitype.OperationType
	// span is that of the object, and members those of its values by name.
	span    span
	members map[string]member
}

// span is a range of bytes in the text of a deployment.
type span struct{ start, end int }

// member is a member of an object, and the span of its value.
type member struct{ whole, value span }

// edit replaces a range of bytes.
type edit struct {
	span span
	with []byte
}

// parseDeployment parses the output of `pulumi stack export`. It returns an error for
// anything whose meaning is not certain: a version or a feature that it does not know, an
// incomplete document, or a create that was interrupted, whose object may exist.
func parseDeployment(text []byte) (*deployment, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, errors.New("the input is empty: pipe the output of `pulumi stack export` to this command")
	}
	d := &deployment{text: text}
	var header apitype.UntypedDeployment
	if err := json.Unmarshal(text, &header); err != nil {
		return nil, fmt.Errorf("the input is not a complete JSON document: %w. It has to be the output of `pulumi stack export`", err)
	}
	switch {
	case len(header.Deployment) == 0 || string(header.Deployment) == "null":
		return nil, errors.New(`the input has no "deployment": it has to be the output of ` + "`pulumi stack export`, and not a checkpoint or another file")
	case header.Version < apitype.DeploymentSchemaVersionCurrent || header.Version > apitype.DeploymentSchemaVersionLatest:
		return nil, fmt.Errorf("the deployment has the version %d, and this command knows %d to %d: export it with a version of the Pulumi CLI of that time, "+
			"or use a newer version of this command", header.Version, apitype.DeploymentSchemaVersionCurrent, apitype.DeploymentSchemaVersionLatest)
	}
	for _, feature := range header.Features {
		if !slices.Contains(knownFeatures, feature) {
			return nil, fmt.Errorf("the deployment uses the feature %q, which this command does not know: use a newer version of it", feature)
		}
	}
	root, err := d.object(span{0, len(text)})
	if err != nil {
		return nil, err
	}
	d.body = root["deployment"].value
	body, err := d.object(d.body)
	if err != nil {
		return nil, err
	}
	if d.list = body["resources"].value; d.list.isList(d) {
		if d.resources, err = d.entries(d.list, func(of span) (span, apitype.OperationType, error) { return of, "", nil }); err != nil {
			return nil, err
		}
	}
	if list := body["pending_operations"].value; list.isList(d) {
		if d.pending, err = d.entries(list, d.operation); err != nil {
			return nil, err
		}
	}
	return d, d.refusePendingCreates()
}

func (s span) isList(d *deployment) bool { return s.end > s.start && d.text[s.start] == '[' }

// operation returns the resource and the type of an interrupted operation.
func (d *deployment) operation(of span) (span, apitype.OperationType, error) {
	members, err := d.object(of)
	if err != nil {
		return span{}, "", err
	}
	var operation apitype.OperationType
	err = json.Unmarshal(d.slice(members["type"].value), &operation)
	return members["resource"].value, operation, err
}

// refusePendingCreates returns an error if an interrupted create may have left an object
// that the state does not have.
func (d *deployment) refusePendingCreates() error {
	for _, e := range d.pending {
		if e.operation == apitype.OperationTypeCreating {
			return fmt.Errorf("the create of %s was interrupted, so it is not known whether its object exists. "+
				"Run `pulumi refresh` with the old program, which asks for the ID of such an object, and export the stack again", e.URN)
		}
	}
	return nil
}

func (d *deployment) slice(s span) []byte { return d.text[s.start:s.end] }

// entries returns the resources of a list. resourceOf returns the part of an item that is
// the resource.
func (d *deployment) entries(list span, resourceOf func(span) (span, apitype.OperationType, error)) ([]entry, error) {
	decoder := json.NewDecoder(bytes.NewReader(d.slice(list)))
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	var entries []entry
	for decoder.More() {
		item, err := next(decoder, list.start)
		if err != nil {
			return nil, err
		}
		e := entry{}
		if e.span, e.operation, err = resourceOf(item); err != nil {
			return nil, err
		}
		if err := json.Unmarshal(d.slice(e.span), &e.ResourceV3); err != nil {
			return nil, fmt.Errorf("resource %d of the deployment is not valid: %w", len(entries), err)
		}
		if !e.URN.IsValid() {
			return nil, fmt.Errorf("resource %d of the deployment has the URN %q, which is not valid", len(entries), e.URN)
		}
		if e.members, err = d.object(e.span); err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// object returns the members of an object.
func (d *deployment) object(of span) (map[string]member, error) {
	decoder := json.NewDecoder(bytes.NewReader(d.slice(of)))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, fmt.Errorf("the deployment has %v where an object is expected", start)
	}
	members := map[string]member{}
	for decoder.More() {
		before := of.start + int(decoder.InputOffset())
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		value, err := next(decoder, of.start)
		if err != nil {
			return nil, err
		}
		text := name.(string) //nolint:forcetypeassert // the decoder accepts no other name of a member
		if _, twice := members[text]; twice {
			return nil, fmt.Errorf("the deployment has the member %q twice in one object", text)
		}
		members[text] = member{span{before, value.end}, value}
	}
	return members, nil
}

// next returns the span of the next value.
func next(decoder *json.Decoder, offset int) (span, error) {
	var value json.RawMessage
	if err := decoder.Decode(&value); err != nil {
		return span{}, err
	}
	end := offset + int(decoder.InputOffset())
	return span{end - len(value), end}, nil
}

// replace replaces a range of bytes, which no other edit touches.
func (d *deployment) replace(s span, with []byte) { d.edits = append(d.edits, edit{s, with}) }

// add adds resources at the end of the list.
func (d *deployment) add(resources []apitype.ResourceV3) error {
	if len(resources) == 0 {
		return nil
	}
	if len(d.resources) > 0 {
		last := d.resources[len(d.resources)-1].span
		var text []byte
		for _, resource := range resources {
			rendered, err := d.render(last.start, resource)
			if err != nil {
				return err
			}
			text = slices.Concat(text, []byte(","), d.gap(last.start), rendered)
		}
		d.replace(span{last.end, last.end}, text)
		return nil
	}
	text, err := d.render(d.body.start, resources)
	if err != nil {
		return err
	}
	if d.list.isList(d) {
		d.replace(d.list, text)
		return nil
	}
	members, err := d.object(d.body)
	if err != nil {
		return err
	}
	if list, ok := members["resources"]; ok { // null
		d.replace(list.value, text)
		return nil
	}
	text = slices.Concat([]byte(`"resources": `), text)
	if len(members) > 0 {
		text = append(text, ',')
	}
	d.replace(span{d.body.start + 1, d.body.start + 1}, text)
	return nil
}

// gap returns the white space before a position.
func (d *deployment) gap(position int) []byte {
	before := d.text[:position]
	return before[len(bytes.TrimRight(before, space)):]
}

// render returns a value as JSON, indented like the member of the text at a position.
func (d *deployment) render(position int, value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if first := bytes.IndexByte(d.text, '\n') + 1; first > 0 {
		line := bytes.LastIndexByte(d.text[:position], '\n') + 1
		encoder.SetIndent(indentation(d.text[line:]), indentation(d.text[first:]))
	}
	err := encoder.Encode(value)
	return bytes.TrimSpace(b.Bytes()), err
}

func indentation(line []byte) string {
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// replaceStrings replaces the strings of an entry that are keys of a map, wherever they
// are: references to other resources are URNs in several members, and in the values of
// properties. It leaves the parts alone that other edits replace.
func (d *deployment) replaceStrings(of span, replacements map[string]string, except []span) error {
	for start := of.start; start < of.end; start++ {
		if d.text[start] != '"' {
			continue
		}
		end := start + 1
		for d.text[end] != '"' {
			if d.text[end] == '\\' {
				end++
			}
			end++
		}
		end++
		inExcept := slices.ContainsFunc(except, func(s span) bool { return s.start <= start && end <= s.end })
		if !inExcept {
			var text string
			if err := json.Unmarshal(d.text[start:end], &text); err != nil {
				return err
			}
			if with, ok := replacements[text]; ok {
				quoted, err := d.render(start, with)
				if err != nil {
					return err
				}
				d.replace(span{start, end}, quoted)
			}
		}
		start = end - 1
	}
	return nil
}

// write writes the text with all edits.
func (d *deployment) write(w io.Writer) error {
	slices.SortFunc(d.edits, func(a, b edit) int { return a.span.start - b.span.start })
	var b bytes.Buffer
	position := 0
	for _, e := range d.edits {
		if e.span.start < position {
			return errors.New("two changes of the deployment overlap")
		}
		b.Write(d.text[position:e.span.start])
		b.Write(e.with)
		position = e.span.end
	}
	b.Write(d.text[position:])
	if !json.Valid(b.Bytes()) {
		return errors.New("the changed deployment is not valid JSON")
	}
	_, err := w.Write(b.Bytes())
	return err
}

// stack returns the URN of the stack, if the deployment has one.
func (d *deployment) stack() (resource.URN, bool) {
	i := slices.IndexFunc(d.resources, func(e entry) bool { return e.Type == stackType })
	if i < 0 {
		return "", false
	}
	return d.resources[i].URN, true
}

// providerEntry is the entry of a default provider of this package. Its ID follows from
// the URN, so that the same input leads to the same output.
func providerEntry(of resource.URN) apitype.ResourceV3 {
	urn := resource.NewURN(of.Stack(), of.Project(), "", providerType, defaultProvider)
	return apitype.ResourceV3{
		URN: urn, Custom: true, Type: providerType,
		ID: resource.ID(uuid.NewSHA1(uuid.NameSpaceURL, []byte(urn)).String()),
	}
}

// reference returns the reference to a provider in the entries of its resources.
func reference(provider apitype.ResourceV3) string {
	return string(provider.URN) + "::" + string(provider.ID)
}
