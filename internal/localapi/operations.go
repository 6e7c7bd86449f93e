// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
)

// operation is one operation of the contract.
type operation struct {
	id     string
	method string
	path   string
	open   bool // needs no key
	// body is the shape of the JSON body; nil for none.
	body         schema
	bodyOptional bool
	partial      bool // a PATCH: absent fields stay
	query        schema
	run          func(*call) (response, *problem)
}

// create makes an object from the call's body.
func (s *Server) create(k *collection, c *call) (*object, *problem) {
	scope, p := k.scope(c)
	if p != nil {
		return nil, p
	}
	return s.createIn(k, c, scope, c.in)
}

// createIn makes an object of validated values within a scope.
func (s *Server) createIn(k *collection, c *call, scope owner, in map[string]any) (*object, *problem) {
	o, p := s.candidate(k, c, scope, in)
	if p != nil {
		return nil, p
	}
	s.insert(k, o)
	return o, nil
}

// candidate builds an object and checks it, without storing it.
func (s *Server) candidate(k *collection, c *call, scope owner, in map[string]any) (*object, *problem) {
	now := s.timestamp()
	o := &object{id: newID(k.prefix, now), parent: scope.id, org: scope.org, fields: k.output.defaults()}
	o.fields["id"] = o.id
	o.fields["created_at"] = now
	if k.output.find("updated_at") != nil {
		o.fields["updated_at"] = now
	}
	for _, f := range k.input {
		if v, present := in[f.name]; present {
			o.set(f, v)
		} else if f.hasDefault {
			o.set(f, f.defaultValue)
		}
	}
	return o, s.checked(k, c, nil, o)
}

// set stores a value where it belongs: among the fields, or with the secrets when it is never returned.
func (o *object) set(f *field, v any) {
	if !f.writeOnly {
		o.fields[f.name] = v
		return
	}
	if o.secrets == nil {
		o.secrets = map[string]string{}
	}
	o.secrets[f.name], _ = v.(string)
}

// checked applies the kind's rules and the unique key.
func (s *Server) checked(k *collection, c *call, old, candidate *object) *problem {
	if k.check != nil {
		if p := k.check(c, old, candidate); p != nil {
			return p
		}
	}
	if _, taken := k.keyFor(candidate); taken {
		if !c.operation.conflicts() {
			return invalidField(k.keyField, "is already in use")
		}
		return conflict(codeResourceExists, "a %s with this %s already exists", k.noun, k.keyField)
	}
	return nil
}

// conflicts tells whether the contract has a 409 for the operation.
func (op *operation) conflicts() bool {
	switch op.id {
	case "updatePolicyProfile", "updateWebhookEndpoint", "updateDatabase", "updateCacheRule",
		"revokeAgentCredential", "deleteAnomalyRule", "deleteApprovalRule", "deleteDatabase", "deleteReplica",
		"deleteCustomDomain", "deleteHoneytoken", "deleteWebhookEndpoint", "deleteProject", "revokeSelfHostEnrollment",
		"verifyCustomDomain", "testWebhookEndpoint", "testDatabaseConnection", "scanDatabaseForPii", "lintMigration",
		"dryEvalPolicy", "updateSpendLimit":
		return false
	}
	return op.method != http.MethodGet
}

// writes tells whether the operation changes something, or has an effect outside of the API.
func (op *operation) writes() bool {
	switch op.id {
	case "testDatabaseConnection", "scanDatabaseForPii", "lintMigration", "dryEvalPolicy":
		return false
	}
	return op.method != http.MethodGet
}

// refuseWrite refuses a write below a deleted project, where the behaviour says so.
func (s *Server) refuseWrite(c *call, x *apiRequest) *problem {
	if !s.options.Behaviour.DeletedProjectWritesAnswer409 || !c.operation.writes() || c.operation.id == "deleteProject" {
		return nil
	}
	project, ofDatabase := c.param("project_id"), c.param("database_id")
	if project == "" {
		project = s.deletedDatabases[ofDatabase]
	}
	o, found := s.projects.byID[project]
	if !found || !o.deleted || o.org != c.org {
		return nil
	}
	x.record.Undeclared = !c.operation.conflicts()
	return conflict(codeInvalidState, "the project is deleted")
}

func (s *Server) insert(k *collection, o *object) {
	s.seq++
	o.seq = s.seq
	k.insert(o)
	if k == s.databases {
		s.addQueryShapes(o)
	}
	s.dirty = true
}

func (s *Server) createOp(k *collection) func(*call) (response, *problem) {
	return func(c *call) (response, *problem) {
		o, p := s.create(k, c)
		if p != nil {
			return response{}, p
		}
		return jsonResponse(http.StatusCreated, s.render(k, o)), nil
	}
}

// lookup finds the object in the path.
func (s *Server) lookup(k *collection, c *call) (*object, *problem) {
	scope, p := k.scope(c)
	if p != nil {
		return nil, p
	}
	o, found := k.byID[c.param(k.param)]
	if !found || o.deleted || o.parent != scope.id || k.hidesRevoked && k.revoked(o) {
		return nil, notFound(k.noun)
	}
	return o, nil
}

func (s *Server) getOp(k *collection) func(*call) (response, *problem) {
	return func(c *call) (response, *problem) {
		o, p := s.lookup(k, c)
		if p != nil {
			return response{}, p
		}
		return jsonResponse(http.StatusOK, s.render(k, o)), nil
	}
}

// replaceOp is a PUT: an optional field that the body leaves out goes back to its default.
func (s *Server) replaceOp(k *collection) func(*call) (response, *problem) {
	return func(c *call) (response, *problem) {
		return s.change(k, c, func(o *object) {
			for _, f := range k.input {
				s.replaceField(k, o, f, c.in)
			}
		})
	}
}

func (s *Server) replaceField(k *collection, o *object, f *field, in map[string]any) {
	if v, present := in[f.name]; present {
		o.set(f, v)
		return
	}
	switch out := k.output.find(f.name); {
	case f.writeOnly:
		if s.options.Behaviour.WebhookPutWithoutSecretClears {
			delete(o.secrets, f.name)
		}
	case f.hasDefault:
		o.fields[f.name] = f.defaultValue
	case out.hasDefault:
		o.fields[f.name] = out.defaultValue
	default:
		delete(o.fields, f.name)
	}
}

// patchOp is a PATCH: only the fields in the body change.
func (s *Server) patchOp(k *collection) func(*call) (response, *problem) {
	return func(c *call) (response, *problem) {
		return s.change(k, c, func(o *object) {
			for _, f := range k.patch {
				if v, present := c.in[f.name]; present {
					o.set(f, v)
				}
			}
		})
	}
}

// change applies edit to a copy of the object in the path and stores it when every rule is kept.
func (s *Server) change(k *collection, c *call, edit func(*object)) (response, *problem) {
	o, p := s.lookup(k, c)
	if p != nil {
		return response{}, p
	}
	if p := s.precondition(k, c, o); p != nil {
		return response{}, p
	}
	if !c.empty {
		candidate := o.clone()
		edit(candidate)
		if p := s.checked(k, c, o, candidate); p != nil {
			return response{}, p
		}
		s.touch(candidate)
		k.update(o, candidate)
		s.dirty = true
	}
	return jsonResponse(http.StatusOK, s.render(k, o)), nil
}

func (s *Server) deleteOp(k *collection) func(*call) (response, *problem) {
	return func(c *call) (response, *problem) {
		o, p := s.lookup(k, c)
		if p != nil {
			return response{}, p
		}
		if p := s.remove(k, o); p != nil {
			return response{}, p
		}
		return response{status: http.StatusNoContent}, nil
	}
}

// remove does what the API's DELETE of the object does.
func (s *Server) remove(k *collection, o *object) *problem {
	s.dirty = true
	if k.remove != nil {
		return k.remove(o)
	}
	k.delete(o)
	return nil
}

// render writes the object as an answer has it.
func (s *Server) render(k *collection, o *object) []byte {
	if k.derive != nil {
		k.derive(o)
	}
	return s.encoder.object(make([]byte, 0, 512), k.output, o.fields)
}

// precondition compares If-Match with the object's current tag.
func (s *Server) precondition(k *collection, c *call, o *object) *problem {
	wanted, present := c.header["If-Match"]
	if !present {
		return nil
	}
	current := entityTag(s.render(k, o))
	if etagMatches(wanted, current, false) {
		return nil
	}
	return newProblem(http.StatusPreconditionFailed, codePreconditionFailed,
		"the %s changed since it was read", k.noun).withHeader("ETag", current)
}
