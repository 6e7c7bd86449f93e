// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"net/url"
)

// call is one authenticated request to one operation.
type call struct {
	s          *Server
	operation  *operation
	header     http.Header
	url        *url.URL
	query      url.Values
	pathValue  func(name string) string
	org        string         // of the API key
	in         map[string]any // the decoded body
	emptyPatch bool           // a PATCH with {}
}

// owner is what an object belongs to: its parent and its organization.
type owner struct {
	id  string // of the parent
	org string
}

// owner returns the owner in the request's path, for objects of a kind. A project belongs to the organization of the API key.
func (c *call) owner(k *collection) (owner, *problem) {
	switch k.parentParam {
	case "org_id":
		return c.organization()
	case "project_id":
		project, p := c.project()
		if p != nil {
			return owner{}, p
		}
		return owner{id: project.id, org: project.org}, nil
	case "database_id":
		database, p := c.database()
		if p != nil {
			return owner{}, p
		}
		return owner{id: database.id, org: database.org}, nil
	}
	return owner{id: c.org, org: c.org}, nil
}

// organization returns the organization in the path.
func (c *call) organization() (owner, *problem) {
	org := c.pathValue("org_id")
	if p := c.checkOrg(org); p != nil {
		return owner{}, p
	}
	return owner{id: org, org: org}, nil
}

// checkOrg rejects an organization that the API key does not belong to.
func (c *call) checkOrg(org string) *problem {
	if org != c.org {
		return newProblem(http.StatusForbidden, codeForbidden, "the API key does not belong to organization %s", org)
	}
	return nil
}

// project returns the live project in the path. Projects of other organizations are not visible.
func (c *call) project() (*object, *problem) {
	o, ok := c.s.projects.byID[c.pathValue("project_id")]
	if !ok || o.deleted || o.org != c.org {
		return nil, notFound("project")
	}
	return o, nil
}

// database returns the database in the path, which must be in the path's project if there is one.
func (c *call) database() (*object, *problem) {
	projectID := c.pathValue("project_id")
	if projectID != "" {
		if _, p := c.project(); p != nil {
			return nil, p
		}
	}
	o, ok := c.s.databases.byID[c.pathValue("database_id")]
	if !ok || o.org != c.org || projectID != "" && o.parent != projectID {
		return nil, notFound("database")
	}
	return o, nil
}
