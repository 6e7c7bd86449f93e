// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package client

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestDeprecationNotice verifies what is reported about the header of a response,
// whatever its status.
func TestDeprecationNotice(t *testing.T) {
	t.Parallel()
	december, june := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)
	const key, sunset = "pbo_test_key", "Tue, 01 Jun 2027 00:00:00 GMT"
	for name, test := range map[string]struct {
		header http.Header
		want   *Deprecation // without the operation
	}{
		"nothing": {http.Header{"Link": {`<https://pgbeam.com>; rel="deprecation"`}}, nil},
		"all": {
			http.Header{"Deprecation": {"@1796083200"}, "Sunset": {sunset}, "Link": {
				`</v1/projects?page_token=a,b>; rel="next", <https://pgbeam.com/docs>; title="a, b; c"; rel="alternate Deprecation"; type="text/html"`,
				`<https://api.pgbeam.com/v2/projects>;rel=successor-version`,
			}},
			&Deprecation{Since: december, Sunset: june, Documentation: "https://pgbeam.com/docs", Successor: "https://api.pgbeam.com/v2/projects"},
		},
		"only the deprecation": {http.Header{"Deprecation": {"@1796083200"}}, &Deprecation{Since: december}},
		"only the sunset":      {http.Header{"Sunset": {sunset}}, &Deprecation{Sunset: june}},
		"other formats":        {http.Header{"Deprecation": {"true"}, "Sunset": {"2027-06-01"}}, &Deprecation{}},
		"empty":                {http.Header{"Deprecation": {""}}, &Deprecation{}},
		"impossible dates":     {http.Header{"Deprecation": {"@999999999999999"}, "Sunset": {"Mon, 01 Jan 0001 00:00:00 GMT"}}, &Deprecation{}},
		"links that are not quoted": {
			http.Header{"Deprecation": {"@1796083200"}, "Link": {
				`<http://pgbeam.com>; rel="deprecation"`, `<javascript:alert(1)>; rel="deprecation"`, `</docs>; rel="deprecation"`,
				`<https://user:pw@pgbeam.com>; rel="deprecation"`, "<https://pgbeam.com/\ta>; rel=\"deprecation\"", `<https://pgbeam.com/é>; rel="deprecation"`,
				`<https://pgbeam.com/` + key + `>; rel="deprecation"`, `<https://pgbeam.com/` + strings.Repeat("x", 200) + `>; rel="deprecation"`,
				`<https://pgbeam.com>`, `<https://pgbeam.com; rel="deprecation"`,
			}},
			&Deprecation{Since: december},
		},
	} {
		for _, status := range []int{http.StatusNoContent, http.StatusGone, http.StatusTooManyRequests} {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				for name, values := range test.header {
					w.Header()[name] = values
				}
				w.WriteHeader(status)
			}))
			var notices []Deprecation
			c, err := New(key, WithBaseURL(server.URL), WithMaxRetries(0), WithDeprecationNotice(func(_ context.Context, d Deprecation) { notices = append(notices, d) }))
			require.NoError(t, err)
			_ = c.Projects().Delete(t.Context(), "prj_1")
			c.CloseIdleConnections()
			server.Close()
			if test.want == nil {
				assert.Empty(t, notices, name)
				continue
			}
			want := *test.want
			want.Operation = "DELETE /v1/projects/{project_id}"
			assert.Equal(t, []Deprecation{want}, notices, "%s, status %d", name, status)
		}
	}
}

// TestOperationOf compares the names of operations with the paths of the contract, in
// which a parameter is a path segment that no operation has literally.
func TestOperationOf(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "GET /v1/projects", operationOf("GET", "/v1/projects?org_id=org_1&page_size=100"))
	assert.Equal(t, "PUT /v1/projects/{project_id}/databases/{database_id}/cache-rules/{query_hash}",
		operationOf("PUT", "/v1/projects/prj_1/databases/db_1/cache-rules/0123456789abcdef"))
	doc := loadContract(t)
	require.NotZero(t, doc.Paths.Len())
	for path := range doc.Paths.Map() {
		id := regexp.MustCompile(`\{\w+\}`).ReplaceAllString(path, "x_1")
		assert.Equal(t, "GET "+path, operationOf("GET", id))
	}
}

// FuzzDeprecation verifies that what is reported can be printed.
func FuzzDeprecation(f *testing.F) {
	f.Add("@1796083200", "Tue, 01 Jun 2027 00:00:00 GMT", `<https://pgbeam.com/docs>; rel="deprecation", </v2>; rel=successor-version`)
	f.Fuzz(func(t *testing.T, deprecation, sunset, link string) {
		d := deprecationOf(&request{method: "GET", path: "/v1/regions"},
			http.Header{"Deprecation": {deprecation}, "Sunset": {sunset}, "Link": {link}}, func(s string) string { return s })
		for _, url := range []string{d.Documentation, d.Successor} {
			assert.Regexp(t, `^(https://[!-~]+)?$`, url)
			assert.LessOrEqual(t, len(url), 200)
		}
		assert.True(t, d.Since.IsZero() || d.Since.Year() < 10000)
	})
}
