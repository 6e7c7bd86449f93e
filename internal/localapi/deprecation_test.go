// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDeprecation verifies the headers of a deprecated operation, which responds 410
// from its sunset on, while others remain as they are.
func TestDeprecation(t *testing.T) {
	now := newFakeClock() // 2026-03-01T12:00:00Z
	deprecation, err := ParseDeprecation("get /v1/projects/*/policies since=2026-02-01 sunset=2026-08-01T00:00:30Z " +
		"link=https://pgbeam.com/docs successor=/v2/policies")
	require.NoError(t, err)
	a := start(t, Options{Now: now.Now, Deprecations: []Deprecation{deprecation}})
	project, _ := a.createProject("shop")

	for _, status := range []int{http.StatusOK, http.StatusGone} {
		response := a.do(http.MethodGet, project+"/policies", nil).requireStatus(status)
		assert.Equal(t, "@1769904000", response.header.Get("Deprecation"))
		assert.Equal(t, "Sat, 01 Aug 2026 00:00:30 GMT", response.header.Get("Sunset"))
		assert.Equal(t, []string{`<https://pgbeam.com/docs>; rel="deprecation"; type="text/html"`, `</v2/policies>; rel="successor-version"`},
			response.header.Values("Link"))
		now.advance(deprecation.Sunset.Sub(now.Now()))
	}
	a.do(http.MethodGet, project+"/policies", nil).requireProblem(http.StatusGone, "GONE")
	other := a.do(http.MethodPost, project+"/policies", fields{"name": "p"}).requireStatus(http.StatusCreated)
	for _, name := range []string{"Deprecation", "Sunset", "Link"} {
		assert.Empty(t, other.header.Get(name))
	}
}

// TestDeprecationWithoutSunset verifies that the operation remains available.
func TestDeprecationWithoutSunset(t *testing.T) {
	now := newFakeClock()
	a := start(t, Options{Now: now.Now, Deprecations: []Deprecation{{Since: now.Now().Add(time.Hour)}}})
	response := a.do(http.MethodGet, "/v1/regions", nil).requireStatus(http.StatusOK)
	assert.NotEmpty(t, response.header.Get("Deprecation"))
	assert.Empty(t, response.header.Get("Sunset"))
	now.advance(100 * 24 * time.Hour)
	a.do(http.MethodGet, "/v1/regions", nil).requireStatus(http.StatusOK)
}

func TestParseDeprecation(t *testing.T) {
	deprecation, err := ParseDeprecation("* * since=2026-12-01")
	require.NoError(t, err)
	assert.Equal(t, Deprecation{Method: "*", Since: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)}, deprecation)
	for line, want := range map[string]string{
		"GET *":                                    "needs a method, a path and a date",
		"GET * sunset=2027-01-01":                  "needs a date",
		"GET * since=tomorrow":                     "must be a date",
		"GET * when=2027-01-01":                    "unknown setting",
		"GET [ since=2026-12-01":                   "syntax error",
		`GET * since="`:                            "unterminated",
		"GET * since=2026-12-01 sunset=2026-11-01": "must not be before",
	} {
		_, err := ParseDeprecation(line)
		require.ErrorContains(t, err, want, line)
	}
	_, err = New(Options{Deprecations: []Deprecation{{}}})
	require.ErrorContains(t, err, "needs a date")
}
