// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "net/http"

var (
	enrollmentInput = schema{
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

func (s *Server) prepareEnrollment(_ *call, _, o *object) *problem {
	if !s.isScalePlan(o.org) {
		return newProblem(http.StatusForbidden, codePlanLimitReached, "self-hosting requires the scale or enterprise plan")
	}
	if p := s.checkExpiry(o); p != nil {
		return p
	}
	for _, rule := range s.approvalRules.byID {
		if rule.org == o.org && rule.boolValue("enabled") {
			return conflict(codeConflict, "the organization has an enabled approval rule")
		}
	}
	return nil
}

// hasLiveEnrollment reports whether the organization has an enrollment that a self-hosted proxy can use.
func (s *Server) hasLiveEnrollment(org string) bool {
	for _, o := range s.enrollments.byParent[org] {
		at, expires := o.timeValue("expires_at")
		expired := expires && !at.After(s.options.Now())
		if !s.enrollments.isRevoked(o) && (!expired || s.options.Behaviour.ExpiredEnrollmentsAreLive) {
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
	return s.issueEnrollmentToken(http.StatusCreated, o), nil
}

func (s *Server) rotateEnrollment(c *call) (response, *problem) {
	o, p := s.lookup(s.enrollments, c)
	if p != nil {
		return response{}, p
	}
	if s.enrollments.isRevoked(o) {
		return response{}, conflict(codeInvalidState, "the enrollment is revoked and cannot be rotated")
	}
	return s.issueEnrollmentToken(http.StatusOK, o), nil
}

// issueEnrollmentToken replaces the token of the enrollment. Only the response of create and rotate contains it.
func (s *Server) issueEnrollmentToken(status int, o *object) response {
	token := "pbh_" + randomString(32)
	o.secrets = map[string]string{"token": token}
	s.dirty = true
	body := append([]byte(`{"enrollment":`), s.render(s.enrollments, o)...)
	return jsonResponse(status, append(body, `,"token":"`+token+`"}`...))
}
