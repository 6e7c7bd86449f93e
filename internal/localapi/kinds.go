// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"path"
	"strings"
)

// kind is one row of the table in kinds. The ordinary operations follow from it; see ordinaryOperations.
type kind struct {
	typeName string // in operation IDs: "AnomalyRule"
	noun     string // in messages: "anomaly rule"
	idPrefix string
	// path is the path of one object. It ends in the parameter that holds the object's ID; the last parameter before that names
	// the parent. A path that ends in a literal segment has its operations on the collection itself.
	path string
	// listKey is the name of the array in list responses. Default: the last literal segment of the path.
	listKey string
	feature string // the rollout flag of the operations

	input  schema // the body of create and replace
	patch  schema // the body of patch
	output schema // default: the ID, the parent's ID, the fields of input, and the timestamps

	actions   action // the ordinary operations of the kind
	conflicts action // those that declare a 409. Default: create, and replace and patch if uniqueBy is set
	// operationIDs, queries and handlers replace what follows from the rest of the row. Only list has query parameters otherwise.
	operationIDs map[action]string
	queries      map[action]schema
	handlers     map[action]handler
	optionalBody bool // create works without a body
	noKey        bool // create declares no Idempotency-Key
	// extra are further operations. Their paths are relative to the kind's path, and their feature defaults to the kind's.
	extra []*operation

	// uniqueBy are the fields whose values are unique within the parent. A conflict is reported for the last of them.
	uniqueBy []string
	// uniqueKey replaces the key that uniqueBy makes. Objects with an empty key do not conflict.
	uniqueKey func(*object) string
	// keyFields are the fields that identify an object whose path has no ID: upsert has them in the body, and delete in the query.
	// An empty name is null. Behaviour decides whether the case of names counts.
	keyFields []string
	// prepare validates and normalizes a candidate before it is stored. old is nil on create.
	prepare func(c *call, old, candidate *object) *problem
	// compute sets the output fields that depend on other objects.
	compute func(*object)

	deletion     deletion
	beforeDelete func(*object) *problem
	hideRevoked  bool // reads of revoked objects respond 404
	newestFirst  bool // the order of lists

	// ref, if set, receives the kind's collection, for the rules of other kinds.
	ref **collection
}

// action is a set of ordinary operations.
type action uint8

const (
	actionCreate action = 1 << iota
	actionList
	actionGet
	actionReplace // PUT: an omitted field is reset to its default
	actionPatch
	actionDelete
	actionUpsert // PUT: creates the object with the key, or replaces it

	readActions = actionList | actionGet
)

// deletion is what deleting an object does to it and to the objects that it is the parent of, which are always removed.
type deletion uint8

const (
	removes     deletion = iota // the object no longer exists
	softDeletes                 // the object keeps its record, with status "deleted", and is hidden from the API
	revokes                     // the object stays readable, with status "revoked" or a revoked_at time
	cancels                     // the object stays listed, with status "canceled"
)

// kinds is the table of all kinds, in the order in which a state file is loaded.
func (s *Server) kinds() []kind {
	behaviour := &s.options.Behaviour
	return []kind{
		{
			// An organization has exactly one plan. It exists from the start and cannot be created or deleted.
			ref: &s.plans, typeName: "OrganizationPlan", noun: "plan",
			path:   "/v1/organizations/{org_id}/plan",
			output: planOutput, actions: actionGet, handlers: map[action]handler{actionGet: s.getPlan},
			beforeDelete: func(*object) *problem {
				return conflict(codeInvalidState, "the plan of an organization cannot be deleted")
			},
		},
		{
			ref: &s.projects, typeName: "Project", noun: "project", idPrefix: "prj_",
			path:  "/v1/projects/{project_id}",
			input: projectInput, patch: projectPatch, output: projectOutput,
			actions:  actionCreate | readActions | actionPatch | actionDelete,
			handlers: map[action]handler{actionCreate: s.createProject, actionList: s.listProjects, actionGet: s.getProject},
			queries:  map[action]schema{actionList: projectListQuery},
			uniqueBy: []string{"name"}, uniqueKey: s.projectKey,
			prepare: s.prepareProject, compute: s.computeProject,
			deletion: softDeletes, beforeDelete: s.beforeDeleteProject,
		},
		{
			ref: &s.databases, typeName: "Database", noun: "database", idPrefix: "db_",
			path:  "/v1/projects/{project_id}/databases/{database_id}",
			input: databaseInput, patch: databasePatch, output: databaseOutput,
			actions: actionCreate | readActions | actionPatch | actionDelete,
			prepare: s.prepareDatabase, compute: s.computeDatabase, beforeDelete: s.beforeDeleteDatabase,
			extra: []*operation{
				{id: "testDatabaseConnection", method: http.MethodPost, path: "/test-connection", readOnly: true, handle: s.testConnection},
				{id: "scanDatabaseForPii", method: http.MethodPost, path: "/scan-pii", readOnly: true, feature: agentGateway, handle: s.scanPII},
				{id: "getSchemaCatalog", method: http.MethodGet, path: "/schema-catalog", feature: agentGateway, handle: s.schemaCatalog},
			},
		},
		{
			typeName: "Replica", noun: "replica", idPrefix: "rep_",
			path:  "/v1/databases/{database_id}/replicas/{replica_id}",
			input: replicaInput, output: replicaOutput, actions: actionCreate | actionList | actionDelete,
			prepare: s.prepareReplica,
		},
		{
			ref: &s.policies, typeName: "PolicyProfile", noun: "policy profile", idPrefix: "pol_",
			path:  "/v1/projects/{project_id}/policies/{policy_id}",
			input: policyInput, output: policyOutput,
			actions:   actionCreate | readActions | actionReplace | actionDelete,
			conflicts: actionCreate | actionDelete,
			uniqueBy:  []string{"name"},
			feature:   agentGateway, beforeDelete: s.beforeDeletePolicy,
		},
		{
			ref: &s.agents, typeName: "AgentCredential", noun: "agent credential", idPrefix: "agt_",
			path:  "/v1/projects/{project_id}/agents/{agent_id}",
			input: agentInput, patch: agentPatch, output: agentOutput,
			actions:      actionCreate | readActions | actionPatch | actionDelete,
			operationIDs: map[action]string{actionPatch: "updateAgentCredentialStatus"},
			handlers:     map[action]handler{actionCreate: s.createAgent},
			uniqueBy:     []string{"name"}, uniqueKey: s.agentKey,
			feature: agentGateway, prepare: s.prepareAgent,
			deletion: revokes, hideRevoked: behaviour.RevokedAgentAnswers404,
			extra: []*operation{
				{
					id: "recommendAgentPolicy", method: http.MethodPost, path: "/policy-recommendation", readOnly: true,
					body: policyRecommendationInput, optionalBody: true, handle: s.recommendPolicy,
				},
				{id: "rotateAgentCredential", method: http.MethodPost, path: "/rotate", conflicts: true, hasKey: true, handle: s.rotateAgent},
			},
		},
		{
			ref: &s.webhooks, typeName: "WebhookEndpoint", noun: "webhook endpoint", idPrefix: "whk_",
			path:  "/v1/projects/{project_id}/webhooks/{webhook_id}",
			input: webhookInput, output: webhookOutput,
			actions: actionCreate | readActions | actionReplace | actionDelete,
			feature: agentGateway, prepare: s.prepareWebhook,
			extra: []*operation{{id: "testWebhookEndpoint", method: http.MethodPost, path: "/test", handle: s.testWebhook}},
		},
		{
			ref: &s.domains, typeName: "CustomDomain", noun: "custom domain", idPrefix: "dom_",
			path:  "/v1/projects/{project_id}/domains/{domain_id}",
			input: domainInput, output: domainOutput, actions: actionCreate | actionList | actionDelete,
			handlers: map[action]handler{actionCreate: s.createDomain},
			uniqueBy: []string{"domain"}, uniqueKey: domainKey,
			feature: customDomains, prepare: s.prepareDomain,
			extra: []*operation{{id: "verifyCustomDomain", method: http.MethodPost, path: "/verify", handle: s.verifyDomain}},
		},
		{
			// A cache rule exists as soon as the proxy observes its query shape; see ObserveQuery and Options.QueryShapes.
			ref: &s.cacheRules, typeName: "CacheRule", noun: "cache rule",
			path:    "/v1/projects/{project_id}/databases/{database_id}/cache-rules/{query_hash}",
			listKey: "entries",
			input:   cacheRuleInput, output: cacheRuleOutput, actions: actionList | actionReplace,
			handlers: map[action]handler{actionReplace: s.updateCacheRule},
		},
		{
			ref: &s.enrollments, typeName: "SelfHostEnrollment", noun: "self-host enrollment", idPrefix: "she_",
			path:    "/v1/organizations/{org_id}/self-host-enrollments/{enrollment_id}",
			listKey: "enrollments",
			input:   enrollmentInput, output: enrollmentOutput, actions: actionCreate | actionList | actionDelete,
			handlers:     map[action]handler{actionCreate: s.createEnrollment},
			optionalBody: true, prepare: s.prepareEnrollment,
			deletion: revokes, newestFirst: true,
			extra: []*operation{
				{id: "rotateSelfHostEnrollment", method: http.MethodPost, path: "/rotate", conflicts: true, hasKey: true, handle: s.rotateEnrollment},
			},
		},
		{
			typeName: "Honeytoken", noun: "honeytoken", idPrefix: "hnt_",
			path:  "/v1/projects/{project_id}/honeytokens/{honeytoken_id}",
			input: honeytokenInput, output: honeytokenOutput,
			actions:  actionCreate | readActions | actionReplace | actionDelete,
			uniqueBy: []string{"relation_name"}, uniqueKey: s.honeytokenKey,
			prepare: s.prepareHoneytoken,
		},
		{
			typeName: "AnomalyRule", noun: "anomaly rule", idPrefix: "anr_",
			path:  "/v1/projects/{project_id}/anomaly-rules/{anomaly_rule_id}",
			input: anomalyRuleInput, output: anomalyRuleOutput,
			actions:  actionCreate | readActions | actionReplace | actionDelete,
			uniqueBy: []string{"credential_id", "metric"},
			prepare:  s.prepareAnomalyRule,
		},
		{
			ref: &s.approvalRules, typeName: "ApprovalRule", noun: "approval rule", idPrefix: "apl_",
			path:  "/v1/projects/{project_id}/approval-rules/{approval_rule_id}",
			input: approvalRuleInput, output: approvalRuleOutput,
			actions:  actionCreate | readActions | actionReplace | actionDelete,
			uniqueBy: []string{"name"},
			prepare:  s.prepareApprovalRule,
		},
		{
			ref: &s.members, typeName: "OrgMember", noun: "member",
			path:  "/v1/organizations/{org_id}/members/{member_id}",
			patch: memberPatch, output: memberOutput,
			actions:      actionList | actionPatch | actionDelete,
			conflicts:    actionPatch | actionDelete,
			operationIDs: map[action]string{actionPatch: "updateOrgMemberRole", actionDelete: "removeOrgMember"},
			prepare:      s.prepareMember, beforeDelete: s.keepOwner,
		},
		{
			ref: &s.invitations, typeName: "OrgInvitation", noun: "invitation",
			path:  "/v1/organizations/{org_id}/invitations/{invitation_id}",
			input: invitationInput, output: invitationOutput, actions: actionCreate | actionList | actionDelete,
			queries:  map[action]schema{actionList: invitationListQuery},
			handlers: map[action]handler{actionList: s.listInvitations},
			prepare:  s.prepareInvitation, noKey: true,
			deletion: cancels, beforeDelete: s.beforeRevokeInvitation,
		},
		{
			typeName: "SchemaAnnotation", noun: "schema annotation", idPrefix: "sca_",
			path: "/v1/projects/{project_id}/schema-annotations", listKey: "annotations",
			actions: actionList | actionUpsert | actionDelete, keyFields: []string{"schema_name", "table_name", "column_name"},
			input: schema{
				stringField("schema_name", nullable, length(0, 255), defaultsTo(nil)),
				stringField("table_name", required, length(1, 255)),
				stringField("column_name", nullable, length(0, 255), defaultsTo(nil)),
				stringField("description", required, length(1, 4096)),
			},
		},
	}
}

// addKind adds the collection and the operations of a kind.
func (s *Server) addKind(row kind) {
	k := &collection{kind: row, listRevoked: s.options.Behaviour.ListIncludesRevoked}
	k.collectionPath = row.path
	if param, ok := pathParam(path.Base(row.path)); ok {
		k.idParam, k.collectionPath = param, path.Dir(row.path)
	}
	k.name = path.Base(k.collectionPath)
	k.parentParam, _ = pathParam(path.Base(path.Dir(k.collectionPath)))
	if k.listKey == "" {
		k.listKey = strings.ReplaceAll(k.name, "-", "_")
	}
	if k.output == nil {
		k.output = joinSchemas(schema{stringField("id", required), stringField(k.parentParam, required)}, k.input, timestamps())
	}
	if len(k.keyFields) > 0 {
		k.uniqueBy, k.uniqueKey = k.keyFields, s.uniqueKeyOf(k.keyFields)
	}
	k.clear()
	if k.ref != nil {
		*k.ref = k
	}
	s.collections = append(s.collections, k)
	s.operations = append(s.operations, s.ordinaryOperations(k)...)
	for _, op := range k.extra {
		op.path = k.path + op.path
		if op.feature == "" {
			op.feature = k.feature
		}
		s.operations = append(s.operations, op)
	}
}

// pathParam returns the name of the parameter in a path segment, if it is one.
func pathParam(segment string) (string, bool) {
	name, ok := strings.CutPrefix(segment, "{")
	return strings.TrimSuffix(name, "}"), ok
}

// keyOf returns the object's unique key, or "" if it has none.
func (k *kind) keyOf(o *object) string {
	switch {
	case k.uniqueKey != nil:
		return k.uniqueKey(o)
	case len(k.uniqueBy) == 0:
		return ""
	}
	key := []string{o.parent}
	for _, name := range k.uniqueBy {
		key = append(key, o.stringValue(name))
	}
	return strings.Join(key, "\x00")
}

// uniqueKeyOf returns the uniqueKey of a kind with key fields.
func (s *Server) uniqueKeyOf(names []string) func(*object) string {
	return func(o *object) string {
		values := make([]string, len(names))
		for i, name := range names {
			values[i] = o.stringValue(name)
		}
		return s.nameKey(o.parent, values...)
	}
}

// nameKey returns a key that consists of names within a parent.
func (s *Server) nameKey(parent string, names ...string) string {
	key := strings.Join(names, "\x00")
	if !s.options.Behaviour.CaseSensitiveNames {
		key = strings.ToLower(key)
	}
	return parent + "\x00" + key
}

// keyQuery is the query of the delete of a kind with key fields.
func (k *kind) keyQuery() schema {
	var query schema
	for _, name := range k.keyFields {
		parameter := *k.input.find(name)
		parameter.nullable = false
		query = append(query, &parameter)
	}
	return query
}

// conflictField is the field that a conflict is reported for.
func (k *kind) conflictField() string { return k.uniqueBy[len(k.uniqueBy)-1] }

// isRevoked reports whether the object is kept for the record only.
func (k *kind) isRevoked(o *object) bool {
	switch k.deletion {
	case revokes:
		_, revoked := o.timeValue("revoked_at")
		return revoked || o.stringValue("status") == "revoked"
	case cancels:
		return o.stringValue("status") != statusPending
	default:
		return false
	}
}
