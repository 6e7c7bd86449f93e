// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"net/url"
)

// call is one authenticated request to one operation.
type call struct {
	s         *Server
	operation *operation
	header    http.Header
	url       *url.URL
	query     url.Values
	params    []param
	org       string
	in        map[string]any // the validated body
	empty     bool           // the body was an empty object
}

type param struct{ name, value string }

func (c *call) param(name string) string {
	for _, p := range c.params {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// project returns the live project in the path. Another organization's is as missing as one that never was.
func (c *call) project() (*object, *problem) {
	o, found := c.s.projects.byID[c.param("project_id")]
	if !found || o.deleted || o.org != c.org {
		return nil, notFound("project")
	}
	return o, nil
}

// database returns the database in the path, which is within the project where the path has one.
func (c *call) database() (*object, *problem) {
	o, found := c.s.databases.byID[c.param("database_id")]
	project := c.param("project_id")
	if !found || o.org != c.org || project != "" && o.parent != project {
		return nil, notFound("database")
	}
	return o, nil
}

// checkOrg refuses an organization that the key does not belong to.
func (c *call) checkOrg(org string) *problem {
	if org != c.org {
		return newProblem(http.StatusForbidden, codeForbidden, "this key does not belong to organization %s", org)
	}
	return nil
}

// inProject is the scope of kinds below /v1/projects/{project_id}.
func inProject(c *call) (owner, *problem) {
	project, p := c.project()
	if p != nil {
		return owner{}, p
	}
	return owner{id: project.id, org: project.org}, nil
}

// inDatabase is the scope of kinds below a database.
func inDatabase(c *call) (owner, *problem) {
	if c.param("project_id") != "" {
		if _, p := c.project(); p != nil {
			return owner{}, p
		}
	}
	database, p := c.database()
	if p != nil {
		return owner{}, p
	}
	return owner{id: database.id, org: database.org}, nil
}

// inOrganization is the scope of kinds below /v1/organizations/{org_id}.
func inOrganization(c *call) (owner, *problem) {
	org := c.param("org_id")
	if p := c.checkOrg(org); p != nil {
		return owner{}, p
	}
	return owner{id: org, org: org}, nil
}
