// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

// object is a response, or an item of a list, that identifies the object it
// describes.
type object interface{ identity() identity }

// identity identifies the object that a response describes, in the response's own
// words.
type identity struct {
	// path is the path of the object in the response, with a trailing dot, or "" if
	// the response is the object.
	path string
	// idField is the name of the ID field, or "" if the response has no object.
	idField string
	id      string
	// parents are the objects that it belongs to.
	parents []parent
	// updatedAt is the time of its last change in RFC 3339 format, or "".
	updatedAt string
}

// parent is an object that another one belongs to: the name and the value of the
// field that holds its ID.
type parent struct{ field, id string }

// ProjectObject has the fields that all objects of a project have.
type ProjectObject struct {
	// ID is assigned by the API. It begins with a prefix for the kind, such as "pol_".
	ID string `json:"id" api:"nonempty"`
	// ProjectID is the ID of the project that the object belongs to.
	ProjectID string `json:"project_id" api:"nonempty"`
	// CreatedAt is the time of the creation, set by the API.
	CreatedAt string `json:"created_at"`
	// UpdatedAt is the time of the last change, set by the API.
	UpdatedAt string `json:"updated_at"`
}

func (o ProjectObject) identity() identity {
	return identity{idField: "id", id: o.ID, parents: []parent{{"project_id", o.ProjectID}}, updatedAt: o.UpdatedAt}
}

// databaseObject returns the identity of an object that belongs to a database.
func databaseObject(id, databaseID, updatedAt string) identity {
	return identity{idField: "id", id: id, parents: []parent{{"database_id", databaseID}}, updatedAt: updatedAt}
}

// organizationObject returns the identity of an object that belongs to an organization.
func organizationObject(id, orgID, updatedAt string) identity {
	return identity{idField: "id", id: id, parents: []parent{{"org_id", orgID}}, updatedAt: updatedAt}
}

// in returns the identity of an object that is the value of a field of a response.
func (i identity) in(field string) identity {
	i.path = field + "."
	return i
}

// validator is a response with several objects, which must belong together.
type validator interface{ validate() (problem string) }

// scope is what a request says about the objects in its response.
type scope struct {
	// id is the ID of the object, or "" for a create or a list.
	id string
	// parents are the IDs of its parents, by the fields that hold them.
	parents map[string]string
}

// parentFields maps a segment of a path to the field that holds the ID after it in
// the objects below that path.
var parentFields = map[string]string{"projects": "project_id", "databases": "database_id", "organizations": "org_id"}

// collectionScope returns the scope of the objects of a collection. Every ID in its
// path is that of a parent.
func collectionScope(segments []string) scope {
	s := scope{parents: map[string]string{}}
	for i := 0; i+1 < len(segments); i += 2 {
		s.parents[parentFields[segments[i]]] = segments[i+1]
	}
	return s
}

// objectScope returns the scope of an object. The last ID in its path, which an
// action may follow, is its own.
func objectScope(segments []string) scope {
	last := len(segments)/2*2 - 2
	s := collectionScope(segments[:last])
	s.id = segments[last+1]
	return s
}

// mismatch returns what in a response contradicts the request, or "". Without this
// check, the caller would take another object for the one it asked for.
func (s scope) mismatch(response object) string {
	if problem := s.mismatchOf(response.identity()); problem != "" {
		return problem
	}
	if response, ok := response.(validator); ok {
		return response.validate()
	}
	return ""
}

func (s scope) mismatchOf(object identity) string {
	if object.idField == "" {
		return ""
	}
	if s.id != "" && object.id != s.id {
		return object.path + object.idField + " does not match the request"
	}
	for _, parent := range object.parents {
		if id, known := s.parents[parent.field]; known && id != parent.id {
			return object.path + parent.field + " does not match the request"
		}
	}
	return ""
}
