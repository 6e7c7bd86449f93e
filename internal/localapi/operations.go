// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
)

// operation is one operation of the API's contract.
type operation struct {
	id      string
	method  string
	path    string
	feature string // the rollout flag, or ""
	public  bool   // does not need an API key

	body         schema // of the JSON body; nil if there is none
	optionalBody bool
	query        schema

	conflicts bool // the contract declares a 409 response
	hasKey    bool // the contract declares an Idempotency-Key
	readOnly  bool // has no effect, despite its method
	handle    handler
}

// handler runs an operation. The caller holds Server.mu; see withoutLock.
type handler func(*call) (response, *problem)

// The rollout flags of the contract.
const (
	agentGateway  = "agent-gateway"
	customDomains = "custom-domains"
)

// writes reports whether the operation changes an object or has an effect outside of the API.
func (op *operation) writes() bool { return op.method != http.MethodGet && !op.readOnly }

// ordinaryOperations returns the operations that follow from the kind's row.
func (s *Server) ordinaryOperations(k *collection) []*operation {
	var operations []*operation
	for _, ordinary := range []struct {
		action       action
		method, path string
		id           string
		body, query  schema
		handle       func(*collection) handler
	}{
		{actionCreate, http.MethodPost, k.collectionPath, "create" + k.typeName, k.input, nil, s.createHandler},
		{actionList, http.MethodGet, k.collectionPath, "list" + k.typeName + "s", nil, pageQuery, s.listHandler},
		{actionGet, http.MethodGet, k.path, "get" + k.typeName, nil, nil, s.getHandler},
		{actionReplace, http.MethodPut, k.path, "update" + k.typeName, k.input, nil, s.replaceHandler},
		{actionPatch, http.MethodPatch, k.path, "update" + k.typeName, k.patch, nil, s.patchHandler},
		{actionDelete, http.MethodDelete, k.path, k.deleteVerb() + k.typeName, nil, k.keyQuery(), s.deleteHandler},
		{actionUpsert, http.MethodPut, k.path, "put" + k.typeName, k.input, nil, s.upsertHandler},
	} {
		if k.actions&ordinary.action == 0 {
			continue
		}
		op := &operation{
			id: ordinary.id, method: ordinary.method, path: ordinary.path, feature: k.feature,
			body: ordinary.body, query: ordinary.query, optionalBody: ordinary.action == actionCreate && k.optionalBody,
			conflicts: k.conflictActions()&ordinary.action != 0,
			hasKey:    ordinary.action == actionCreate && !k.noKey,
			handle:    k.handlers[ordinary.action],
		}
		if op.handle == nil {
			op.handle = ordinary.handle(k)
		}
		if id, ok := k.operationIDs[ordinary.action]; ok {
			op.id = id
		}
		if query, ok := k.queries[ordinary.action]; ok {
			op.query = query
		}
		operations = append(operations, op)
	}
	return operations
}

func (k *kind) deleteVerb() string {
	if k.deletion == revokes || k.deletion == cancels {
		return "revoke"
	}
	return "delete"
}

// conflictActions are the ordinary operations that declare a 409. Every create does, for a reused idempotency key.
func (k *kind) conflictActions() action {
	switch {
	case k.conflicts != 0:
		return k.conflicts
	case len(k.uniqueBy) > 0:
		return actionCreate | actionReplace | actionPatch
	}
	return actionCreate
}

// otherOperations are the operations that do not belong to a kind.
func (s *Server) otherOperations() []*operation {
	return []*operation{
		{id: "getHealth", method: http.MethodGet, path: "/v1/health", public: true, handle: getHealth},
		{id: "listRegions", method: http.MethodGet, path: "/v1/regions", handle: listRegions},
		{id: "listPlans", method: http.MethodGet, path: "/v1/plans", handle: listPlans},
		{id: "listOrganizations", method: http.MethodGet, path: "/v1/organizations", handle: listOrganizations},
		{
			id: "updateSpendLimit", method: http.MethodPut, path: "/v1/organizations/{org_id}/spend-limit",
			body: spendLimitInput, handle: s.updateSpendLimit,
		},
		{
			id: "dryEvalPolicy", method: http.MethodPost, path: "/v1/projects/{project_id}/policy-evaluations",
			feature: agentGateway, readOnly: true, body: policyEvaluationInput, handle: s.evaluate,
		},
		{
			id: "lintMigration", method: http.MethodPost, path: "/v1/projects/{project_id}/migrations:lint",
			feature: agentGateway, readOnly: true, body: migrationInput, handle: s.lintMigration,
		},
		{
			id: "replayPolicy", method: http.MethodPost, path: "/v1/projects/{project_id}/policy-replays",
			feature: agentGateway, readOnly: true, body: policyReplayInput, handle: s.replayPolicy,
		},
		{
			id: "verifyAuditChain", method: http.MethodGet, path: "/v1/projects/{project_id}/audit-logs/verify",
			feature: agentGateway, query: windowQuery, handle: s.verifyAudit,
		},
		{
			id: "getAgentUsageBreakdown", method: http.MethodGet, path: "/v1/projects/{project_id}/usage/agents",
			feature: agentGateway, query: windowQuery, handle: s.agentUsage,
		},
	}
}

func (s *Server) createHandler(k *collection) handler {
	return func(c *call) (response, *problem) {
		o, p := s.create(k, c)
		if p != nil {
			return response{}, p
		}
		return jsonResponse(http.StatusCreated, s.render(k, o)), nil
	}
}

func (s *Server) listHandler(k *collection) handler {
	return func(c *call) (response, *problem) {
		scope, p := c.owner(k)
		if p != nil {
			return response{}, p
		}
		objects, p := paginate(c, k.name+"/"+scope.id, k.visible(scope.id), k.newestFirst, nil)
		if p != nil {
			return response{}, p
		}
		return s.listResponse(k, c, objects, ""), nil
	}
}

func (s *Server) getHandler(k *collection) handler {
	return func(c *call) (response, *problem) {
		o, p := s.lookup(k, c)
		if p != nil {
			return response{}, p
		}
		return jsonResponse(http.StatusOK, s.render(k, o)), nil
	}
}

func (s *Server) replaceHandler(k *collection) handler {
	return func(c *call) (response, *problem) {
		return s.update(k, c, func(o *object) {
			for _, f := range k.input {
				s.replaceField(k, o, f, c.in)
			}
		})
	}
}

func (s *Server) upsertHandler(k *collection) handler {
	return func(c *call) (response, *problem) {
		if _, p := s.lookup(k, c); p == nil {
			return s.replaceHandler(k)(c)
		}
		o, p := s.create(k, c)
		if p != nil {
			return response{}, p
		}
		return jsonResponse(http.StatusOK, s.render(k, o)), nil
	}
}

// replaceField sets a field to its value in the body of a PUT, or resets it to its default.
func (s *Server) replaceField(k *collection, o *object, f *field, in map[string]any) {
	if v, ok := in[f.name]; ok {
		o.set(f, v)
		return
	}
	switch output := k.output.find(f.name); {
	case f.writeOnly:
		if s.options.Behaviour.WebhookPutWithoutSecretClears {
			delete(o.secrets, f.name)
		}
	case f.hasDefault:
		o.fields[f.name] = f.defaultValue
	case output.hasDefault:
		o.fields[f.name] = output.defaultValue
	default:
		delete(o.fields, f.name)
	}
}

func (s *Server) patchHandler(k *collection) handler {
	return func(c *call) (response, *problem) {
		return s.update(k, c, func(o *object) {
			for _, f := range k.patch {
				if v, ok := c.in[f.name]; ok {
					o.set(f, v)
				}
			}
		})
	}
}

func (s *Server) deleteHandler(k *collection) handler {
	return func(c *call) (response, *problem) {
		o, p := s.lookup(k, c)
		if p != nil {
			return response{}, p
		}
		if p := s.delete(k, o); p != nil {
			return response{}, p
		}
		return response{status: http.StatusNoContent}, nil
	}
}

// lookup returns the object in the request's path, or the one with the key in its body or its query.
func (s *Server) lookup(k *collection, c *call) (*object, *problem) {
	scope, p := c.owner(k)
	if p != nil {
		return nil, p
	}
	o, ok := k.byID[c.pathValue(k.idParam)]
	if len(k.keyFields) > 0 {
		fields, p := c.keyFields(k)
		if p != nil {
			return nil, p
		}
		o, ok = k.keys[k.keyOf(&object{parent: scope.id, fields: fields})]
	}
	if !ok || o.deleted || o.parent != scope.id || k.hideRevoked && k.isRevoked(o) {
		return nil, notFound(k.noun)
	}
	return o, nil
}

// keyFields returns the key in the request's body or query. What an empty query parameter means is not documented, so it is invalid.
func (c *call) keyFields(k *collection) (map[string]any, *problem) {
	if c.in != nil {
		return c.in, nil
	}
	fields := map[string]any{}
	for _, name := range k.keyFields {
		if c.query.Has(name) && c.query.Get(name) == "" {
			return nil, invalidField(name, "must not be empty: omit it")
		}
		fields[name] = c.query.Get(name)
	}
	return fields, nil
}

// create stores an object made from the request's body.
func (s *Server) create(k *collection, c *call) (*object, *problem) {
	scope, p := c.owner(k)
	if p != nil {
		return nil, p
	}
	o, p := s.candidate(k, c, scope, c.in)
	if p != nil {
		return nil, p
	}
	s.insert(k, o)
	return o, nil
}

// candidate returns a valid object that is not stored yet.
func (s *Server) candidate(k *collection, c *call, scope owner, in map[string]any) (*object, *problem) {
	now := s.timestamp()
	o := &object{id: k.newID(now), parent: scope.id, org: scope.org, fields: k.output.defaults()}
	o.fields["id"] = o.id
	o.fields["created_at"] = now
	if k.output.find("updated_at") != nil {
		o.fields["updated_at"] = now
	}
	for _, f := range k.input {
		if v, ok := in[f.name]; ok {
			o.set(f, v)
		} else if f.hasDefault {
			o.set(f, f.defaultValue)
		}
	}
	return o, s.validate(k, c, nil, o)
}

// validate applies the kind's rules to a candidate. old is nil on create.
func (s *Server) validate(k *collection, c *call, old, candidate *object) *problem {
	if k.output.find(k.parentParam) != nil {
		candidate.fields[k.parentParam] = candidate.parent
	}
	s.normalizeNames(candidate, k.keyFields...)
	if k.prepare != nil {
		if p := k.prepare(c, old, candidate); p != nil {
			return p
		}
	}
	if !k.isTaken(candidate) {
		return nil
	}
	if !c.operation.conflicts {
		return invalidField(k.conflictField(), "is already in use")
	}
	return conflict(codeResourceExists, "another %s already has this %s", k.noun, k.conflictField())
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

// update applies edit to a copy of the object in the request's path and stores the copy if it is valid.
func (s *Server) update(k *collection, c *call, edit func(*object)) (response, *problem) {
	o, p := s.lookup(k, c)
	if p != nil {
		return response{}, p
	}
	if p := s.checkIfMatch(k, c, o); p != nil {
		return response{}, p
	}
	if !c.emptyPatch {
		candidate := o.clone()
		edit(candidate)
		if p := s.validate(k, c, o, candidate); p != nil {
			return response{}, p
		}
		s.touch(candidate)
		k.update(o, candidate)
		s.dirty = true
	}
	return jsonResponse(http.StatusOK, s.render(k, o)), nil
}

// delete does what the API's DELETE does, or returns why it must not.
func (s *Server) delete(k *collection, o *object) *problem {
	if k.deletion == revokes && k.isRevoked(o) {
		return nil
	}
	if k.beforeDelete != nil {
		if p := k.beforeDelete(o); p != nil {
			return p
		}
	}
	s.deleteChildren(k, o.id)
	switch k.deletion {
	case removes:
		k.delete(o)
	case softDeletes:
		o.deleted = true
		o.fields["status"] = "deleted"
		s.touch(o)
		k.refreshKey(o)
		k.removeFromList(o)
	case revokes:
		if k.output.find("revoked_at") != nil {
			o.fields["revoked_at"] = s.timestamp()
		} else {
			o.fields["status"] = "revoked"
		}
		s.touch(o)
		k.refreshKey(o)
	case cancels:
		o.fields["status"] = statusCanceled
	}
	s.dirty = true
	return nil
}

// deleteChildren removes every object below a parent.
func (s *Server) deleteChildren(parent *collection, id string) {
	if parent.idParam == "" {
		return
	}
	for _, k := range s.collections {
		if k.parentParam != parent.idParam {
			continue
		}
		for _, o := range k.byParent[id] {
			s.deleteChildren(k, o.id)
		}
		k.deleteChildren(id)
	}
}

// render encodes the object for a response.
func (s *Server) render(k *collection, o *object) []byte {
	if k.compute != nil {
		k.compute(o)
	}
	return s.encoder.object(make([]byte, 0, 512), k.output, o.fields)
}

// checkIfMatch compares If-Match with the object's current entity tag.
func (s *Server) checkIfMatch(k *collection, c *call, o *object) *problem {
	values, ok := c.header["If-Match"]
	if !ok {
		return nil
	}
	current := entityTag(s.render(k, o))
	if etagMatches(values, current, false) {
		return nil
	}
	return newProblem(http.StatusPreconditionFailed, codePreconditionFailed,
		"the %s has changed since it was read", k.noun).withHeader("ETag", current)
}

// checkFeature rejects an operation whose feature is off.
func (s *Server) checkFeature(op *operation) *problem {
	switch off := s.options.Behaviour.FeatureOff; {
	case off == "" || op.feature != off:
		return nil
	case s.options.Behaviour.FeatureOffAnswers403:
		return newProblem(http.StatusForbidden, codeForbidden, "the feature %s is not enabled for this organization", off)
	default:
		return pathNotFound()
	}
}

// checkDeletedProject rejects a write below a deleted project if the behaviour says so.
func (s *Server) checkDeletedProject(c *call, req *apiRequest) *problem {
	if !s.options.Behaviour.DeletedProjectWritesAnswer409 || !c.operation.writes() || c.operation.id == "deleteProject" {
		return nil
	}
	projectID := c.pathValue("project_id")
	if projectID == "" {
		projectID = s.deletedDatabases[c.pathValue("database_id")]
	}
	project, ok := s.projects.byID[projectID]
	if !ok || !project.deleted || project.org != c.org {
		return nil
	}
	req.record.Undeclared = !c.operation.conflicts
	return conflict(codeInvalidState, "the project is deleted")
}
