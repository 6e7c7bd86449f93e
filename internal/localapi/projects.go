// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"fmt"
	"net/http"
	"net/netip"
	"regexp"
	"strings"
)

var (
	cidrEntry = objectField("", schema{
		stringField("cidr", required, pattern(cidrPattern)),
		stringField("label", length(0, 100)),
	})

	projectCreate = schema{
		stringField("name", required, length(1, 100), pattern(noNUL)),
		stringField("org_id", required, length(1, 0), pattern(nonEmptyNoNUL)),
		stringField("description", length(0, 500)),
		listField("tags", stringField("", length(0, 50)), length(0, 10)),
		stringField("cloud", oneOfStrings("aws", "azure", "gcp"), defaultsTo("aws")),
		boolField("self_hosted", defaultsTo(false)),
		objectField("database", databaseCreate, required),
	}

	projectPatch = schema{
		stringField("name", length(1, 100), pattern(noNUL)),
		stringField("description", length(0, 500)),
		listField("tags", stringField("", length(0, 50)), length(0, 10)),
		projectStatus(),
		listField("allowed_cidrs", cidrEntry, length(0, 50)),
		stringField("default_policy_profile_id", nullable),
		residency(),
		boolField("agents_disabled"),
	}

	projectOutput = joinSchemas(schema{
		stringField("id", required),
		stringField("org_id", required),
		stringField("name", required),
		stringField("description", defaultsTo("")),
		listField("tags", stringField(""), defaultsTo(emptyList)),
		stringField("cloud", oneOfStrings("aws", "azure", "gcp"), defaultsTo("aws")),
		boolField("self_hosted", defaultsTo(false)),
		stringField("proxy_host"),
		intField("queries_per_second", int32Format, defaultsTo(int64(1000))),
		intField("burst_size", int32Format, defaultsTo(int64(200))),
		intField("max_connections", int32Format, defaultsTo(int64(500))),
		listField("allowed_cidrs", cidrEntry, defaultsTo(emptyList)),
		stringField("default_policy_profile_id", nullable, defaultsTo(nil)),
		residency(),
		boolField("agents_disabled", defaultsTo(false)),
		intField("database_count", volatile, defaultsTo(int64(0))),
		intField("active_connections", volatile, defaultsTo(int64(0))),
		projectStatus(required, defaultsTo("active")),
	}, timestamps())
)

func projectStatus(traits ...fieldOption) *field {
	return stringField("status", append(traits, oneOfStrings("active", "suspended", "deleted"))...)
}

func residency() *field {
	return stringField("residency", oneOfStrings("any", "us", "eu"), defaultsTo("any"))
}

func (s *Server) projectKind() kind {
	return kind{
		name: "projects", noun: "project", prefix: "prj_", list: "projects", param: "project_id",
		input: projectCreate, patch: projectPatch, output: projectOutput,
		scope: func(c *call) (owner, *problem) { return owner{id: c.org, org: c.org}, nil },
		key: func(o *object) string {
			if o.deleted && s.options.Behaviour.reusesProjectNames() {
				return ""
			}
			return o.org + "\x00" + o.stringValue("name")
		},
		keyField: "name",
		check:    s.checkProject,
		derive: func(o *object) {
			o.fields["database_count"] = int64(len(s.databases.byParent[o.id]))
		},
		remove: s.removeProject,
	}
}

func (s *Server) projectOperations() []*operation {
	const all, one = "/v1/projects", "/v1/projects/{project_id}"
	listQuery := joinSchemas(schema{
		stringField("org_id", required, pattern(orgPattern)),
		stringField("sort_by", oneOfStrings("name", "created_at", "active_connections"), defaultsTo("created_at")),
	}, pageQuery)
	return []*operation{
		{id: "createProject", method: http.MethodPost, path: all, body: projectCreate, run: s.createProject},
		{id: "listProjects", method: http.MethodGet, path: all, query: listQuery, run: s.listProjects},
		{id: "getProject", method: http.MethodGet, path: one, run: s.getProject},
		{id: "updateProject", method: http.MethodPatch, path: one, body: projectPatch, partial: true, run: s.patchOp(s.projects)},
		{id: "deleteProject", method: http.MethodDelete, path: one, run: s.deleteOp(s.projects)},
	}
}

// createProject makes the project and its primary database, or neither.
func (s *Server) createProject(c *call) (response, *problem) {
	org, _ := c.in["org_id"].(string)
	if p := c.checkOrg(org); p != nil {
		return response{}, p
	}
	primary, _ := c.in["database"].(map[string]any)
	delete(c.in, "database")
	project, p := s.candidate(s.projects, c, owner{id: org, org: org}, c.in)
	if p != nil {
		return response{}, p
	}
	database, p := s.candidate(s.databases, c, owner{id: project.id, org: org}, primary)
	if p != nil {
		return response{}, p
	}
	s.insert(s.projects, project)
	s.insert(s.databases, database)

	body := append([]byte(`{"project":`), s.render(s.projects, project)...)
	if !s.options.Behaviour.CreateProjectOmitsDatabase {
		body = append(body, `,"database":`...)
		body = append(body, s.render(s.databases, database)...)
	}
	return jsonResponse(http.StatusCreated, append(body, '}')), nil
}

func (s *Server) listProjects(c *call) (response, *problem) {
	org := c.query.Get("org_id")
	if p := c.checkOrg(org); p != nil {
		return response{}, p
	}
	var position func(*object) cursor
	sortBy := c.query.Get("sort_by")
	switch sortBy {
	case "name":
		position = func(o *object) cursor { return cursor{Text: o.stringValue("name")} }
	case "active_connections":
		position = func(o *object) cursor { return cursor{Num: o.intValue("active_connections")} }
	}
	listed := s.projects.visible(org)
	pg, p := pageOf(c, "projects/"+sortBy+"/"+org, listed, false, position)
	if p != nil {
		return response{}, p
	}
	return s.listAnswer(s.projects, c, pg, fmt.Sprintf(`,"total":%d`, len(listed))), nil
}

func (s *Server) getProject(c *call) (response, *problem) {
	o, found := s.projects.byID[c.param("project_id")]
	if found && o.org == c.org && o.deleted && s.options.Behaviour.DeletedProjectAnswers200 {
		return jsonResponse(http.StatusOK, s.render(s.projects, o)), nil
	}
	return s.getOp(s.projects)(c)
}

func (s *Server) checkProject(_ *call, old, o *object) *problem {
	if old == nil {
		return s.checkNewProject(o)
	}
	if o.stringValue("status") == "deleted" {
		return invalidField("status", "is set by deleting the project")
	}
	if p := s.normaliseCIDRs(o); p != nil {
		return p
	}
	switch policy, isSet := o.fields["default_policy_profile_id"].(string); {
	case !isSet:
	case policy == "":
		o.fields["default_policy_profile_id"] = nil
	default:
		if _, found := s.policyOf(o.id, policy); !found {
			return invalidField("default_policy_profile_id", "is not a policy profile of this project")
		}
	}
	return nil
}

func (s *Server) checkNewProject(o *object) *problem {
	if o.boolValue("self_hosted") && !s.entitled(o.org) {
		return newProblem(http.StatusForbidden, codePlanLimitReached, "self-hosting needs the scale or enterprise plan")
	}
	count := func() int { return len(s.projects.visible(o.org)) }
	if p := s.checkLimit(o.org, "max_projects", "projects", count); p != nil {
		return p
	}
	o.fields["status"] = "active"
	o.fields["proxy_host"] = proxyHost(o.stringValue("name"))
	return nil
}

var nonHostnameChars = regexp.MustCompile(`[^a-z0-9]+`)

// proxyHost makes a host name that no other project has. It stays when the project is renamed.
func proxyHost(name string) string {
	label := strings.Trim(nonHostnameChars.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if len(label) > 40 {
		label = strings.TrimRight(label[:40], "-")
	}
	if label != "" {
		label += "-"
	}
	return label + randomText(8) + ".proxy.pgbeam.app"
}

// normaliseCIDRs spells every range in one way: a bare address gets its prefix length, host bits go.
func (s *Server) normaliseCIDRs(o *object) *problem {
	entries, _ := o.fields["allowed_cidrs"].([]any)
	normalised := make([]any, len(entries))
	var wrong []fieldError
	for i, entry := range entries {
		from, _ := entry.(map[string]any)
		spelled, _ := from["cidr"].(string)
		prefix, err := parseCIDR(spelled)
		if err != nil {
			wrong = append(wrong, fieldError{fmt.Sprintf("allowed_cidrs.%d.cidr", i), "is not an IP range"})
			continue
		}
		to := map[string]any{"cidr": prefix.Masked().String()}
		if label, has := from["label"]; has {
			to["label"] = label
		}
		normalised[i] = to
	}
	if len(wrong) > 0 {
		return invalidFields(wrong...)
	}
	if !s.options.Behaviour.KeepCIDRSpelling {
		o.fields["allowed_cidrs"] = normalised
	}
	return nil
}

func parseCIDR(spelled string) (netip.Prefix, error) {
	if strings.Contains(spelled, "/") {
		return netip.ParsePrefix(spelled)
	}
	address, err := netip.ParseAddr(spelled)
	if err != nil {
		return netip.Prefix{}, err
	}
	return address.Prefix(address.BitLen())
}

// removeProject soft-deletes the project; everything in it goes.
func (s *Server) removeProject(o *object) *problem {
	for _, database := range s.databases.byParent[o.id] {
		s.replicas.deleteChildren(database.id)
		s.cacheRules.deleteChildren(database.id)
		s.deletedDatabases[database.id] = o.id
	}
	for _, k := range []*collection{
		s.databases, s.policies, s.agents, s.webhooks, s.domains, s.honeytokens, s.anomalyRules, s.approvalRules,
	} {
		k.deleteChildren(o.id)
	}
	gone := o.clone()
	gone.fields["status"] = "deleted"
	gone.fields["default_policy_profile_id"] = nil
	s.touch(gone)
	o.deleted = true
	s.projects.update(o, gone)
	s.projects.removeFromList(o)
	return nil
}
