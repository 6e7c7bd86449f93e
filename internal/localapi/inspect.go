// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// kindNamed finds a kind by its name in paths, or in lists: "self-host-enrollments" or "enrollments", "anomaly_rules".
func (s *Server) kindNamed(name string) (*collection, error) {
	known := make([]string, 0, len(s.kinds))
	for _, k := range s.kinds {
		if k.name == strings.ReplaceAll(name, "_", "-") || k.list != "" && k.list == name {
			return k, nil
		}
		known = append(known, k.name)
	}
	return nil, fmt.Errorf("there is no kind %q; there are %s", name, strings.Join(known, ", "))
}

func (s *Server) objectNamed(kindName, id string) (*collection, *object, error) {
	k, err := s.kindNamed(kindName)
	if err != nil {
		return nil, nil, err
	}
	o, found := k.byID[id]
	if !found || o.deleted {
		return nil, nil, fmt.Errorf("there is no %s %s", k.noun, id)
	}
	return k, o, nil
}

// Objects returns the live objects of a kind as answers have them, in order of creation: projects, databases, replicas,
// policies, agents, webhooks, domains, cache-rules, self-host-enrollments, honeytokens, anomaly-rules, approval-rules, plan.
// Soft-deleted and revoked ones are not among them. An unknown kind has none.
func (s *Server) Objects(kindName string) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, err := s.kindNamed(kindName)
	if err != nil {
		return nil
	}
	objects := []map[string]any{}
	for _, o := range k.all() {
		if k.revoked != nil && k.revoked(o) {
			continue
		}
		var form map[string]any
		if err := json.Unmarshal(s.render(k, o), &form); err != nil {
			panic("localapi: reading its own answer: " + err.Error())
		}
		objects = append(objects, form)
	}
	return objects
}

// Edit changes fields of an object behind the API's back: any field that answers have, and the write-only ones. Types are
// checked, rules are not, except that a unique name stays unique. updated_at moves unless it is set here or only volatile
// fields, such as last_used_at, change. The ID of a cache rule is "<database_id>/<query_hash>", of a plan the organization's.
func (s *Server) Edit(kindName, id string, change map[string]any) error {
	data, err := json.Marshal(change)
	if err != nil {
		return fmt.Errorf("editing %s %s: %w", kindName, id, err)
	}
	raw, err := parseObject(data)
	if err != nil {
		return fmt.Errorf("editing %s %s: %w", kindName, id, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	k, o, err := s.objectNamed(kindName, id)
	if err != nil {
		return err
	}
	fields := k.editable()
	d := decoder{typesOnly: true}
	values := d.object(fields, raw, "")
	if len(d.errors) > 0 {
		return fmt.Errorf("editing %s %s: %s %s", k.name, id, d.errors[0].Field, d.errors[0].Detail)
	}
	candidate := o.clone()
	moves := false
	for name, v := range values {
		f := fields.find(name)
		candidate.set(f, v)
		moves = moves || !f.volatile
	}
	if _, dated := values["updated_at"]; moves && !dated {
		s.touch(candidate)
	}
	if key, taken := k.keyFor(candidate); taken {
		return fmt.Errorf("editing %s %s: %s is taken", k.name, id, key[strings.LastIndexByte(key, 0)+1:])
	}
	k.update(o, candidate)
	s.dirty = true
	return s.save()
}

// editable are the fields of answers and the write-only ones of bodies.
func (k *kind) editable() schema {
	fields := joinSchemas(k.output)
	for _, f := range k.input {
		if f.writeOnly {
			fields = append(fields, f)
		}
	}
	return fields
}

// Remove deletes an object behind the API's back, as the API's DELETE does; a rule that refuses that is an error.
func (s *Server) Remove(kindName, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, o, err := s.objectNamed(kindName, id)
	if err != nil {
		return err
	}
	if p := s.remove(k, o); p != nil {
		return errors.Join(fmt.Errorf("removing %s %s: %s: %s", k.name, id, p.code, p.detail), p.fieldsError())
	}
	return s.save()
}

// fieldsError joins what is wrong with the fields, if anything.
func (p *problem) fieldsError() error {
	errs := make([]error, len(p.errors))
	for i, e := range p.errors {
		errs[i] = fmt.Errorf("%s %s", e.Field, e.Detail)
	}
	return errors.Join(errs...)
}

// Secret returns a value that is held and never returned again, or "": password of databases, secret of webhooks,
// connection_string and mcp_token of agents, token of self-host-enrollments.
func (s *Server) Secret(kindName, id, field string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, o, err := s.objectNamed(kindName, id)
	if err != nil {
		return ""
	}
	return o.secrets[field]
}
