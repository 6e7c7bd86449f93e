// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "net/http"

var (
	enrollmentCreate = schema{
		stringField("region_label", length(0, 100), pattern(noNUL)),
		stringField("description", length(0, 500), pattern(noNUL)),
		timeField("expires_at", nullable),
	}

	enrollmentOutput = schema{
		stringField("id", required),
		stringField("org_id", required),
		stringField("region_label", defaultsTo("")),
		stringField("description", defaultsTo("")),
		stringField("created_by", nullable, defaultsTo(nil)),
		timeField("created_at", required),
		timeField("last_seen_at", nullable, volatile, defaultsTo(nil)),
		timeField("revoked_at", nullable, defaultsTo(nil)),
		timeField("expires_at", nullable, defaultsTo(nil)),
	}
)

func (s *Server) enrollmentKind() kind {
	return kind{
		name: "self-host-enrollments", noun: "self-host enrollment", prefix: "she_", list: "enrollments", param: "enrollment_id",
		input: enrollmentCreate, output: enrollmentOutput,
		scope: inOrganization,
		check: s.checkEnrollment,
		revoked: func(o *object) bool {
			_, revoked := o.timeValue("revoked_at")
			return revoked
		},
		listsRevoked: s.options.Behaviour.ListIncludesRevoked,
		newestFirst:  true,
		remove:       s.revokeEnrollment,
	}
}

// enrollmentOperations has no read of a single enrollment and no update: the contract has none.
func (s *Server) enrollmentOperations() []*operation {
	const all = "/v1/organizations/{org_id}/self-host-enrollments"
	const one = all + "/{enrollment_id}"
	return []*operation{
		{
			id: "createSelfHostEnrollment", method: http.MethodPost, path: all,
			body: enrollmentCreate, bodyOptional: true, run: s.createEnrollment,
		},
		{id: "listSelfHostEnrollments", method: http.MethodGet, path: all, query: pageQuery, run: s.listOp(s.enrollments)},
		{id: "revokeSelfHostEnrollment", method: http.MethodDelete, path: one, run: s.deleteOp(s.enrollments)},
		{id: "rotateSelfHostEnrollment", method: http.MethodPost, path: one + "/rotate", run: s.rotateEnrollment},
	}
}

func (s *Server) checkEnrollment(_ *call, _, o *object) *problem {
	if !s.entitled(o.org) {
		return newProblem(http.StatusForbidden, codePlanLimitReached, "self-hosting needs the scale or enterprise plan")
	}
	if p := s.checkExpiry(o); p != nil {
		return p
	}
	for _, rule := range s.approvalRules.byID {
		if rule.org == o.org && rule.boolValue("enabled") {
			return conflict(codeConflict, "a project of the organization has an enabled approval rule")
		}
	}
	o.fields["org_id"] = o.org
	return nil
}

// hasLiveEnrollment tells whether a self-hosted proxy could connect for the organization.
func (s *Server) hasLiveEnrollment(org string) bool {
	for _, o := range s.enrollments.byParent[org] {
		at, expires := o.timeValue("expires_at")
		expired := expires && !at.After(s.options.Now())
		if !s.enrollments.revoked(o) && (!expired || s.options.Behaviour.ExpiredEnrollmentsAreLive) {
			return true
		}
	}
	return false
}

func (s *Server) createEnrollment(c *call) (response, *problem) {
	o, p := s.create(s.enrollments, c)
	if p != nil {
		return response{}, p
	}
	return s.enrollmentSecret(http.StatusCreated, o), nil
}

func (s *Server) rotateEnrollment(c *call) (response, *problem) {
	o, p := s.lookup(s.enrollments, c)
	if p != nil {
		return response{}, p
	}
	if s.enrollments.revoked(o) {
		return response{}, conflict(codeInvalidState, "the enrollment is revoked and cannot be rotated")
	}
	return s.enrollmentSecret(http.StatusOK, o), nil
}

// enrollmentSecret gives the enrollment a new token, in the only answer that has it.
func (s *Server) enrollmentSecret(status int, o *object) response {
	token := "pbh_" + randomText(32)
	o.secrets = map[string]string{"token": token}
	s.dirty = true
	body := append([]byte(`{"enrollment":`), s.render(s.enrollments, o)...)
	return jsonResponse(status, append(body, `,"token":"`+token+`"}`...))
}

// revokeEnrollment is for good. The record stays, and a second DELETE changes nothing.
func (s *Server) revokeEnrollment(o *object) *problem {
	if s.enrollments.revoked(o) {
		return nil
	}
	revoked := o.clone()
	revoked.fields["revoked_at"] = s.timestamp()
	s.enrollments.update(o, revoked)
	return nil
}
