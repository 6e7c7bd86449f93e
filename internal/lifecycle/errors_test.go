// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package lifecycle_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/internal/enginetest"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
)

// TestErrorsAdviseWhatToDo checks the advice for each kind of response.
func TestErrorsAdviseWhatToDo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault    localapi.Fault
		contains []string
		excludes string
	}{
		"invalid API key": {
			localapi.Fault{Status: 401, Code: "UNAUTHORIZED"},
			[]string{"401 UNAUTHORIZED", "pgbeam:apiKey", "PGBEAM_API_KEY", "--run-program"},
			"",
		},
		"plan limit":      {localapi.Fault{Status: 403, Code: "PLAN_LIMIT_REACHED"}, []string{"upgrade the plan"}, ""},
		"missing role":    {localapi.Fault{Status: 403, Code: "FORBIDDEN"}, []string{"with a role that is allowed to do this"}, ""},
		"outage":          {localapi.Fault{Status: 503}, []string{"run `pulumi up` again"}, ""},
		"page of a proxy": {localapi.Fault{Status: 403, Body: "<html>Blocked</html>"}, []string{"does not look like a response of the PgBeam API", "pgbeam:baseUrl"}, "role"},
		"other server":    {localapi.Fault{Body: "{}"}, []string{"pgbeam:baseUrl"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := enginetest.NewEnv(t, localapi.Options{})
			project := env.Project()
			env.Local.AddFault(test.fault)
			result := env.Engine.Up(&enginetest.Resource{Kind: "PolicyProfile", Name: "strict"}, enginetest.Inputs(object{"projectId": project.ID}))
			require.Error(t, result.Err)
			for _, part := range append(test.contains, `creating PolicyProfile "strict"`) {
				assert.Contains(t, result.Err.Error(), part)
			}
			if test.excludes != "" {
				assert.NotContains(t, result.Err.Error(), test.excludes)
			}
		})
	}
}

// TestErrorsRedactEchoedSecrets returns a secret in an error of the API, in several
// encodings. A short secret must neither garble the rest of the message nor be revealed
// by that.
func TestErrorsRedactEchoedSecrets(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ secret, encoded string }{
		{"P@ssw0rd!", "P%40ssw0rd!"},
		{"P@ssw0rd!", "P@ssw0rd!"},
		{"straße-7", `stra\u00dfe-7`},
		{"a<b>c&d'e", "a&lt;b&gt;c&amp;d&#39;e"},
		{"correct horse", "Y29ycmVjdCBob3JzZQ"},
		{"correct horse", "cGdiZWFtOmNvcnJlY3QgaG9yc2U="},
		{"HUNTER_2", "HUNTER_2"},
		{"p", "p"},
		{"on", "on"},
	} {
		t.Run(test.encoded, func(t *testing.T) {
			t.Parallel()
			env := enginetest.NewEnv(t, localapi.Options{})
			project := env.Project()
			inputs := enginetest.With(enginetest.DatabaseInputs, object{"projectId": project.ID, "password": test.secret})
			message := func(code, detail string) string {
				t.Helper()
				env.Local.AddFault(localapi.Fault{Method: "POST", Times: 1, Status: 400, Code: code, Detail: detail})
				result := env.Engine.Up(&enginetest.Resource{Kind: "Database", Name: "p-on-p"}, enginetest.Inputs(inputs))
				require.Error(t, result.Err)
				return result.Err.Error()
			}
			withoutSecret := message("INVALID_INPUT", `"" is too weak`)
			redacted := message("INVALID_INPUT", `"`+test.encoded+`" is too weak`)
			assert.Contains(t, redacted, `[secret]" is too weak`)
			redacted = strings.Replace(redacted, "cGdiZWFtO[secret]", "[secret]", 1) // the username is not secret
			withoutRequestID := func(s string) string {
				before, rest, _ := strings.Cut(s, "(request ID ")
				_, after, _ := strings.Cut(rest, ")")
				return before + after
			}
			assert.Equal(t, withoutRequestID(withoutSecret), withoutRequestID(strings.Replace(redacted, `"[secret]"`, `""`, 1)),
				"only the secret is redacted")

			code := strings.ToUpper(test.secret)
			if strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") != "" || code != test.secret {
				return
			}
			assert.NotContains(t, message(code, "rejected"), code)
		})
	}
}
