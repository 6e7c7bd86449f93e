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

// TestAdvice: what an error says to do next, by what the API answered.
func TestAdvice(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault localapi.Fault
		says  []string
		not   string
	}{
		"the key": {
			localapi.Fault{Status: 401, Code: "UNAUTHORIZED"},
			[]string{"401 UNAUTHORIZED", "pgbeam:apiKey", "PGBEAM_API_KEY", "--run-program"},
			"",
		},
		"the plan":        {localapi.Fault{Status: 403, Code: "PLAN_LIMIT_REACHED"}, []string{"upgrade the plan"}, ""},
		"the role":        {localapi.Fault{Status: 403, Code: "FORBIDDEN"}, []string{"with a role that is allowed to do this"}, ""},
		"an outage":       {localapi.Fault{Status: 503}, []string{"run `pulumi up` again"}, ""},
		"a proxy's page":  {localapi.Fault{Status: 403, Body: "<html>Blocked</html>"}, []string{"does not look like a response of the PgBeam API", "pgbeam:baseUrl"}, "role"},
		"another's reply": {localapi.Fault{Body: "{}"}, []string{"pgbeam:baseUrl"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := enginetest.NewEnv(t, localapi.Options{})
			project := env.Project()
			env.Local.AddFault(test.fault)
			result := env.Engine.Up(&enginetest.Resource{Kind: "PolicyProfile", Name: "strict"}, enginetest.Inputs(object{"projectId": project.ID}))
			require.Error(t, result.Err)
			for _, part := range append(test.says, `creating PolicyProfile "strict"`) {
				assert.Contains(t, result.Err.Error(), part)
			}
			if test.not != "" {
				assert.NotContains(t, result.Err.Error(), test.not)
			}
		})
	}
}

// TestEchoedSecrets: whatever part of an error the API puts a secret into, and in
// whatever spelling, it is not shown. A short one neither garbles what the plugin
// says itself nor gives itself away by that.
func TestEchoedSecrets(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ secret, spelled string }{
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
		t.Run(test.spelled, func(t *testing.T) {
			t.Parallel()
			env := enginetest.NewEnv(t, localapi.Options{})
			project := env.Project()
			inputs := enginetest.With(enginetest.DatabaseInputs, object{"projectId": project.ID, "password": test.secret})
			plain := func() string {
				env.Local.AddFault(localapi.Fault{Method: "POST", Times: 1, Status: 400, Code: "INVALID_INPUT", Detail: `"" is too weak`})
				result := env.Engine.Up(&enginetest.Resource{Kind: "Database", Name: "p-on-p"}, enginetest.Inputs(inputs))
				require.Error(t, result.Err)
				return result.Err.Error()
			}()
			env.Local.AddFault(localapi.Fault{Method: "POST", Times: 1, Status: 400, Code: "INVALID_INPUT", Detail: `"` + test.spelled + `" is too weak`})
			result := env.Engine.Up(&enginetest.Resource{Kind: "Database", Name: "p-on-p"}, enginetest.Inputs(inputs))
			require.Error(t, result.Err)
			said := result.Err.Error()
			assert.Contains(t, said, `[secret]" is too weak`)
			said = strings.Replace(said, "cGdiZWFtO[secret]", "[secret]", 1) // the user name, which is no secret
			request := func(s string) string {                               // each has one of its own
				before, rest, _ := strings.Cut(s, "(request ID ")
				_, after, _ := strings.Cut(rest, ")")
				return before + after
			}
			assert.Equal(t, request(plain), request(strings.Replace(said, `"[secret]"`, `""`, 1)), "nothing else has changed")

			code := strings.ToUpper(test.secret)
			if strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") != "" || code != test.secret {
				return
			}
			env.Local.AddFault(localapi.Fault{Method: "POST", Times: 1, Status: 400, Code: code, Detail: "no"})
			result = env.Engine.Up(&enginetest.Resource{Kind: "Database", Name: "db"}, enginetest.Inputs(inputs))
			require.Error(t, result.Err)
			assert.NotContains(t, result.Err.Error(), code)
		})
	}
}
