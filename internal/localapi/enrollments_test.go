// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEnrollments(t *testing.T) {
	a := start(t, Options{Now: newFakeClock().Now})
	path := "/v1/organizations/" + a.OrgID + "/self-host-enrollments"
	bare := a.do(http.MethodPost, path, nil).requireStatus(http.StatusCreated)
	assertFields(t, fields{
		"org_id": a.OrgID, "region_label": "", "description": "", "expires_at": nil, "revoked_at": nil, "last_seen_at": nil,
	}, bare.objectField("enrollment"))
	full := a.do(http.MethodPost, path, fields{
		"region_label": "vpc", "description": "d", "expires_at": "2026-03-02T00:00:00Z",
	}).requireStatus(http.StatusCreated)
	assertFields(t, fields{"region_label": "vpc", "description": "d", "expires_at": "2026-03-02T00:00:00Z"}, full.objectField("enrollment"))
	assert.Regexp(t, `^pbh_`, full.stringField("token"))
	id, _ := full.objectField("enrollment")["id"].(string)
	assert.Regexp(t, `^she_`, id)
	assert.Equal(t, full.stringField("token"), a.Secret("self-host-enrollments", id, "token"))

	listed := a.do(http.MethodGet, path, nil).requireStatus(http.StatusOK).listField("enrollments")
	require.Len(t, listed, 2)
	assert.Equal(t, id, listed[0]["id"], "newest first")

	rotated := a.do(http.MethodPost, path+"/"+id+"/rotate", nil).requireStatus(http.StatusOK)
	assert.NotEqual(t, full.stringField("token"), rotated.stringField("token"))
	assert.Equal(t, full.objectField("enrollment"), rotated.objectField("enrollment"))
	for range 2 {
		a.do(http.MethodDelete, path+"/"+id, nil).requireStatus(http.StatusNoContent)
	}
	a.do(http.MethodPost, path+"/"+id+"/rotate", nil).requireProblem(http.StatusConflict, "INVALID_STATE")
	assert.Len(t, a.do(http.MethodGet, path, nil).listField("enrollments"), 1)
	a.do(http.MethodDelete, path+"/she_none", nil).requireProblem(http.StatusNotFound, "NOT_FOUND")
	a.do(http.MethodGet, path+"/"+id, nil).requireProblem(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED")

	a.requireAllInvalid(http.MethodPost, path, fields{}, []invalidInput{
		{"label", fields{"region_label": strings.Repeat("x", 101)}, []string{"region_label"}},
		{"description", fields{"description": "a\x00"}, []string{"description"}},
		{"null", fields{"description": nil}, []string{"description"}},
		{"past", fields{"expires_at": "2026-03-01T12:00:00Z"}, []string{"expires_at"}},
		{"token", fields{"token": "x"}, []string{"token"}},
	})
}

func TestEnrollmentsRequirePlan(t *testing.T) {
	a := start(t, Options{Plan: "starter"})
	a.do(http.MethodPost, "/v1/organizations/"+a.OrgID+"/self-host-enrollments", nil).requireProblem(http.StatusForbidden, "PLAN_LIMIT_REACHED")
}

func TestEnrollmentsConflictWithApprovalRules(t *testing.T) {
	a := start(t, Options{})
	project, _ := a.createProject("shop")
	path := "/v1/organizations/" + a.OrgID + "/self-host-enrollments"
	rule := a.create(project+"/approval-rules", fields{"name": "writes"})
	a.do(http.MethodPost, path, nil).requireProblem(http.StatusConflict, "CONFLICT")
	a.do(http.MethodPut, rule, fields{"name": "writes", "enabled": false}).requireStatus(http.StatusOK)
	enrollment, _ := a.do(http.MethodPost, path, nil).requireStatus(http.StatusCreated).objectField("enrollment")["id"].(string)

	a.do(http.MethodPost, project+"/approval-rules", fields{"name": "more"}).requireProblem(http.StatusConflict, "CONFLICT")
	a.do(http.MethodPut, rule, fields{"name": "writes"}).requireProblem(http.StatusConflict, "CONFLICT")
	a.create(project+"/approval-rules", fields{"name": "more", "enabled": false})
	a.do(http.MethodDelete, path+"/"+enrollment, nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodPut, rule, fields{"name": "writes"}).requireStatus(http.StatusOK)
	a.do(http.MethodDelete, rule, nil).requireStatus(http.StatusNoContent)
	a.do(http.MethodPost, path, nil).requireStatus(http.StatusCreated)
}

func TestExpiredEnrollments(t *testing.T) {
	for _, live := range []bool{false, true} {
		now := newFakeClock()
		a := start(t, Options{Now: now.Now, Behaviour: Behaviour{ExpiredEnrollmentsAreLive: live}})
		project, _ := a.createProject("shop")
		a.do(http.MethodPost, "/v1/organizations/"+a.OrgID+"/self-host-enrollments", fields{"expires_at": "2026-03-01T13:00:00Z"}).
			requireStatus(http.StatusCreated)
		rule := fields{"name": "writes"}
		a.do(http.MethodPost, project+"/approval-rules", rule).requireProblem(http.StatusConflict, "CONFLICT")
		now.advance(time.Hour)
		res := a.do(http.MethodPost, project+"/approval-rules", rule)
		if live {
			res.requireProblem(http.StatusConflict, "CONFLICT")
		} else {
			res.requireStatus(http.StatusCreated)
		}
	}
}
