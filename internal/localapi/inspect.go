// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// findKind returns the kind with a name as in paths, such as "self-host-enrollments", or as in lists, such as "enrollments".
func (s *Server) findKind(name string) (*collection, error) {
	names := make([]string, 0, len(s.collections))
	for _, k := range s.collections {
		if k.name == strings.ReplaceAll(name, "_", "-") || k.listKey == name {
			return k, nil
		}
		names = append(names, k.name)
	}
	return nil, fmt.Errorf("unknown kind %q: must be one of %s", name, strings.Join(names, ", "))
}

func (s *Server) findObject(kindName, id string) (*collection, *object, error) {
	k, err := s.findKind(kindName)
	if err != nil {
		return nil, nil, err
	}
	o, ok := k.byID[id]
	if !ok || o.deleted {
		return nil, nil, fmt.Errorf("%s %s not found", k.noun, id)
	}
	return k, o, nil
}

// Objects returns the objects of a kind as in responses, in order of creation. The name of a kind is that of its paths, such as
// cache-rules. Objects does not return soft-deleted or revoked objects, and returns nil for an unknown kind.
func (s *Server) Objects(kindName string) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, err := s.findKind(kindName)
	if err != nil {
		return nil
	}
	objects := []map[string]any{}
	for _, o := range k.live() {
		var decoded map[string]any
		if err := json.Unmarshal(s.render(k, o), &decoded); err != nil {
			panic("localapi: decode a response: " + err.Error())
		}
		objects = append(objects, decoded)
	}
	return objects
}

// Edit changes an object outside of the API. It can set every field of responses and every write-only field. Edit checks types and
// unique keys, but no other rule. It advances updated_at unless changes sets it or contains only volatile fields, such as
// last_used_at. The ID of a cache rule is "<database_id>/<query_hash>", and that of a plan is the organization's.
func (s *Server) Edit(kindName, id string, changes map[string]any) error {
	data, err := json.Marshal(changes)
	if err != nil {
		return fmt.Errorf("edit %s %s: %w", kindName, id, err)
	}
	raw, err := parseObject(data)
	if err != nil {
		return fmt.Errorf("edit %s %s: %w", kindName, id, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k, o, err := s.findObject(kindName, id)
	if err != nil {
		return err
	}
	fields := k.editableFields()
	d := decoder{typesOnly: true}
	values := d.object(fields, raw, "")
	if len(d.errors) > 0 {
		return fmt.Errorf("edit %s %s: %s %s", k.name, id, d.errors[0].Field, d.errors[0].Detail)
	}
	candidate := o.clone()
	touch := false
	for name, v := range values {
		f := fields.find(name)
		candidate.set(f, v)
		touch = touch || !f.volatile
	}
	if _, ok := values["updated_at"]; touch && !ok {
		s.touch(candidate)
	}
	if k.isTaken(candidate) {
		return fmt.Errorf("edit %s %s: %s is already in use", k.name, id, k.conflictField())
	}
	k.update(o, candidate)
	s.dirty = true
	return s.save()
}

// editableFields returns the fields of the output and the write-only fields of the input.
func (k *kind) editableFields() schema {
	fields := joinSchemas(k.output)
	for _, f := range k.input {
		if f.writeOnly {
			fields = append(fields, f)
		}
	}
	return fields
}

// Remove deletes an object outside of the API, with the rules and effects of the API's DELETE.
func (s *Server) Remove(kindName, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, o, err := s.findObject(kindName, id)
	if err != nil {
		return err
	}
	if p := s.delete(k, o); p != nil {
		return errors.Join(fmt.Errorf("remove %s %s: %s: %s", k.name, id, p.code, p.detail), p.fieldsError())
	}
	return s.save()
}

// fieldsError returns the field errors, if any.
func (p *problem) fieldsError() error {
	errs := make([]error, len(p.errors))
	for i, e := range p.errors {
		errs[i] = fmt.Errorf("%s %s", e.Field, e.Detail)
	}
	return errors.Join(errs...)
}

// Secret returns a secret of an object, or "" if it has none: password of databases, secret of webhooks, connection_string and
// mcp_token of agents, and token of self-host-enrollments.
func (s *Server) Secret(kindName, id, field string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, o, err := s.findObject(kindName, id)
	if err != nil {
		return ""
	}
	return o.secrets[field]
}
