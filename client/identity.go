// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

// identity is which object a response is about, by its own words.
type identity struct {
	// path is where in the response the object is, with a dot at its end.
	path string
	// idField is what the API calls its ID; it is "" if there is no object.
	idField, id string
	// parents are the objects that it belongs to.
	parents []parent
	// createdAt may be empty.
	createdAt string
}

// parent is an object that another one belongs to: the field with its ID, and the ID.
type parent struct{ field, id string }

// identified is a response, or an item of a list, that says which object it is about.
type identified interface{ identity() identity }

// consistent is a response with several objects, which have to fit together.
type consistent interface{ inconsistency() string }

// scope is what a request says of the objects of its response: the ID, if there
// is one of them, and the IDs of what they belong to, by the fields that hold them.
type scope struct {
	id      string
	parents map[string]string
}

// parentFields are the fields that hold the IDs of the objects of a collection
// in what belongs to them.
var parentFields = map[string]string{"projects": "project_id", "databases": "database_id", "organizations": "org_id"}

// collectionScope is the scope of the objects of a collection. In its path,
// each ID is that of a parent.
func collectionScope(segments []string) scope {
	s := scope{parents: map[string]string{}}
	for i := 0; i+1 < len(segments); i += 2 {
		s.parents[parentFields[segments[i]]] = segments[i+1]
	}
	return s
}

// objectScope is the scope of a single object: the last ID in its path is its own.
func objectScope(segments []string) scope {
	last := len(segments)/2*2 - 2 // an action may follow
	s := collectionScope(segments[:last])
	s.id = segments[last+1]
	return s
}

// mismatch returns what of a response is about another object than the request,
// or "". Without this check, an object that is not the one asked for would
// take its place.
func (s scope) mismatch(response identified) string {
	if problem := s.mismatchOf(response.identity()); problem != "" {
		return problem
	}
	if several, ok := response.(consistent); ok {
		return several.inconsistency()
	}
	return ""
}

func (s scope) mismatchOf(is identity) string {
	if is.idField == "" {
		return ""
	}
	if s.id != "" && is.id != s.id {
		return is.path + is.idField + " is not the one of the request"
	}
	for _, parent := range is.parents {
		if id, known := s.parents[parent.field]; known && id != parent.id {
			return is.path + parent.field + " is not the one of the request"
		}
	}
	return ""
}

func inProject(id, projectID, createdAt string) identity {
	return identity{idField: "id", id: id, parents: []parent{{"project_id", projectID}}, createdAt: createdAt}
}

func inOrganization(id, orgID, createdAt string) identity {
	return identity{idField: "id", id: id, parents: []parent{{"org_id", orgID}}, createdAt: createdAt}
}

// below returns the identity of an object that is in a field of a response.
func (i identity) below(field string) identity {
	i.path = field + "."
	return i
}

func (r Database) identity() identity        { return inProject(r.ID, r.ProjectID, r.CreatedAt) }
func (r CustomDomain) identity() identity    { return inProject(r.ID, r.ProjectID, r.CreatedAt) }
func (r AgentCredential) identity() identity { return inProject(r.ID, r.ProjectID, r.CreatedAt) }
func (r PolicyProfile) identity() identity   { return inProject(r.ID, r.ProjectID, r.CreatedAt) }
func (r WebhookEndpoint) identity() identity { return inProject(r.ID, r.ProjectID, r.CreatedAt) }
func (r Honeytoken) identity() identity      { return inProject(r.ID, r.ProjectID, r.CreatedAt) }
func (r AnomalyRule) identity() identity     { return inProject(r.ID, r.ProjectID, r.CreatedAt) }
func (r ApprovalRule) identity() identity    { return inProject(r.ID, r.ProjectID, r.CreatedAt) }
func (r Project) identity() identity         { return inOrganization(r.ID, r.OrgID, r.CreatedAt) }

func (r SelfHostEnrollment) identity() identity { return inOrganization(r.ID, r.OrgID, r.CreatedAt) }

func (r CacheRule) identity() identity        { return identity{idField: "query_hash", id: r.QueryHash} }
func (r OrganizationPlan) identity() identity { return identity{idField: "org_id", id: r.OrgID} }

func (r Replica) identity() identity {
	return identity{idField: "id", id: r.ID, parents: []parent{{"database_id", r.DatabaseID}}, createdAt: r.CreatedAt}
}

func (r AgentCredentialSecrets) identity() identity {
	return r.Credential.identity().below("credential")
}

func (r SelfHostEnrollmentSecret) identity() identity {
	return r.Enrollment.identity().below("enrollment")
}

func (r updateCacheRuleResponse) identity() identity { return r.Entry.identity().below("entry") }

func (r VerifyCustomDomainResponse) identity() identity {
	if r.Domain == nil {
		return identity{}
	}
	return r.Domain.identity().below("domain")
}

func (r CreateProjectResponse) identity() identity { return r.Project.identity().below("project") }

func (r CreateProjectResponse) inconsistency() string {
	if r.Database != nil && r.Database.ProjectID != r.Project.ID {
		return "database.project_id is not that of the project"
	}
	return ""
}
