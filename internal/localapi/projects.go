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

	projectInput = schema{
		stringField("name", required, length(1, 100), pattern(noNUL)),
		stringField("org_id", required, length(1, 0), pattern(nonEmptyNoNUL)),
		stringField("description", length(0, 500)),
		listField("tags", stringField("", length(0, 50)), length(0, 10)),
		stringField("cloud", enum("aws", "azure", "gcp"), defaultsTo("aws")),
		boolField("self_hosted", defaultsTo(false)),
		objectField("database", databaseInput, required),
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

	projectListQuery = joinSchemas(schema{
		stringField("org_id", required, pattern(orgPattern)),
		stringField("sort_by", enum("name", "created_at", "active_connections"), defaultsTo("created_at")),
	}, pageQuery)

	projectOutput = joinSchemas(schema{
		stringField("id", required),
		stringField("org_id", required),
		stringField("name", required),
		stringField("description", defaultsTo("")),
		listField("tags", stringField(""), defaultsTo(emptyList)),
		stringField("cloud", enum("aws", "azure", "gcp"), defaultsTo("aws")),
		boolField("self_hosted", defaultsTo(false)),
		stringField("proxy_host"),
		intField("queries_per_second", int32Format, defaultsTo(int64(250))),
		intField("burst_size", int32Format, defaultsTo(int64(0))),
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

func projectStatus(options ...fieldOption) *field {
	return stringField("status", append(options, enum("active", "suspended", "deleted"))...)
}

func residency() *field {
	return stringField("residency", enum("any", "us", "eu"), defaultsTo("any"))
}

// projectKey is unique in the organization. The behaviour decides whether a deleted project keeps its name reserved.
func (s *Server) projectKey(o *object) string {
	if o.deleted && s.options.Behaviour.reusesProjectNames() {
		return ""
	}
	return o.org + "\x00" + o.stringValue("name")
}

func (s *Server) computeProject(o *object) {
	o.fields["database_count"] = int64(len(s.databases.byParent[o.id]))
}

// createProject creates a project and its primary database, or neither.
func (s *Server) createProject(c *call) (response, *problem) {
	org, _ := c.in["org_id"].(string)
	if p := c.checkOrg(org); p != nil {
		return response{}, p
	}
	databaseInput, _ := c.in["database"].(map[string]any)
	delete(c.in, "database")
	project, p := s.candidate(s.projects, c, owner{id: org, org: org}, c.in)
	if p != nil {
		return response{}, p
	}
	database, p := s.candidate(s.databases, c, owner{id: project.id, org: org}, databaseInput)
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
	var sortKey func(*object) cursor
	sortBy := c.query.Get("sort_by")
	switch sortBy {
	case "name":
		sortKey = func(o *object) cursor { return cursor{Text: o.stringValue("name")} }
	case "active_connections":
		sortKey = func(o *object) cursor { return cursor{Num: o.intValue("active_connections")} }
	}
	projects := s.projects.visible(org)
	page, p := paginate(c, "projects/"+sortBy+"/"+org, projects, false, sortKey)
	if p != nil {
		return response{}, p
	}
	return s.listResponse(s.projects, c, page, fmt.Sprintf(`,"total":%d`, len(projects))), nil
}

func (s *Server) getProject(c *call) (response, *problem) {
	o, ok := s.projects.byID[c.pathValue("project_id")]
	if ok && o.org == c.org && o.deleted && s.options.Behaviour.DeletedProjectAnswers200 {
		return jsonResponse(http.StatusOK, s.render(s.projects, o)), nil
	}
	return s.getHandler(s.projects)(c)
}

func (s *Server) prepareProject(_ *call, old, o *object) *problem {
	if old == nil {
		return s.prepareNewProject(o)
	}
	if o.stringValue("status") == "deleted" {
		return invalidField("status", "cannot be set: delete the project instead")
	}
	if p := s.normalizeCIDRs(o); p != nil {
		return p
	}
	policyID, ok := o.fields["default_policy_profile_id"].(string)
	if !ok {
		return nil
	}
	if policyID == "" {
		o.fields["default_policy_profile_id"] = nil
		return nil
	}
	if _, ok := s.findPolicy(o.id, policyID); !ok {
		return invalidField("default_policy_profile_id", "is not a policy profile of this project")
	}
	return nil
}

func (s *Server) prepareNewProject(o *object) *problem {
	if o.boolValue("self_hosted") && !s.isScalePlan(o.org) {
		return newProblem(http.StatusForbidden, codePlanLimitReached, "self-hosting requires the scale or enterprise plan")
	}
	if p := s.checkLimit(o.org, "max_projects", "projects", func() int { return len(s.projects.visible(o.org)) }); p != nil {
		return p
	}
	o.fields["queries_per_second"], o.fields["max_connections"] = s.limit(o.org, "queries_per_second"), s.limit(o.org, "max_connections")
	o.fields["status"] = "active"
	o.fields["proxy_host"] = proxyHost(o.stringValue("name"))
	return nil
}

var nonHostnameChars = regexp.MustCompile(`[^a-z0-9]+`)

// proxyHost returns a unique host name for a project. Renaming the project does not change it.
func proxyHost(name string) string {
	label := strings.Trim(nonHostnameChars.ReplaceAllString(strings.ToLower(name), "-"), "-")
	if len(label) > 40 {
		label = strings.TrimRight(label[:40], "-")
	}
	if label != "" {
		label += "-"
	}
	return label + randomString(8) + ".proxy.pgbeam.app"
}

// normalizeCIDRs replaces each range by its canonical form: with a prefix length and without host bits.
func (s *Server) normalizeCIDRs(o *object) *problem {
	entries, _ := o.fields["allowed_cidrs"].([]any)
	normalized := make([]any, len(entries))
	var invalid []fieldError
	for i, entry := range entries {
		entry, _ := entry.(map[string]any)
		cidr, _ := entry["cidr"].(string)
		prefix, err := parseCIDR(cidr)
		if err != nil {
			invalid = append(invalid, fieldError{fmt.Sprintf("allowed_cidrs.%d.cidr", i), "is not an IP range"})
			continue
		}
		canonical := map[string]any{"cidr": prefix.Masked().String()}
		if label, ok := entry["label"]; ok {
			canonical["label"] = label
		}
		normalized[i] = canonical
	}
	if len(invalid) > 0 {
		return invalidFields(invalid...)
	}
	if !s.options.Behaviour.KeepCIDRSpelling {
		o.fields["allowed_cidrs"] = normalized
	}
	return nil
}

func parseCIDR(cidr string) (netip.Prefix, error) {
	if strings.Contains(cidr, "/") {
		return netip.ParsePrefix(cidr)
	}
	address, err := netip.ParseAddr(cidr)
	if err != nil {
		return netip.Prefix{}, err
	}
	return address.Prefix(address.BitLen())
}

// beforeDeleteProject records the project of its databases, for requests whose path has no project ID.
func (s *Server) beforeDeleteProject(o *object) *problem {
	for _, database := range s.databases.byParent[o.id] {
		s.deletedDatabases[database.id] = o.id
	}
	o.fields["default_policy_profile_id"] = nil
	return nil
}
