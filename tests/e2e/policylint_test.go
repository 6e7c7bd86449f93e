// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/pgbeam/pulumi-pgbeam/client"
	"github.com/pgbeam/pulumi-pgbeam/internal/clitest"
	"github.com/pgbeam/pulumi-pgbeam/internal/contracttest"
	"github.com/pgbeam/pulumi-pgbeam/internal/kind"
	"github.com/pgbeam/pulumi-pgbeam/internal/localapi"
	"github.com/pgbeam/pulumi-pgbeam/resources"
)

// policyRules violate every rule that warns.
const policyRules = `
        accessMode: read_write
        budgetQueriesPerHour: 0
        maxRows: 0
        tableDenylist: [secrets]
        maskingRules:
          - { table: public.secrets, column: token, kind: hash }
          - { table: customer, column: email, kind: redact }
          - { table: customers, column: customers.phone, kind: redact }
        rowFilters:
          - { table: customers, predicate: tenant = 'acme-planted' }
          - { table: Secrets, predicate: tenant = 'acme-planted' }
`

// policyWarnings are the warnings about policyRules, each with its path and its rule.
var policyWarnings = []string{
	"budgetQueriesPerHour no-query-budget",
	"maskingRules[0].table dead-mask-rule",
	"maskingRules[1].table misspelled-mask-rule",
	"maskingRules[2].column unmatchable-name",
	"maxAffectedRows unbounded-writes",
	"maxRows no-read-ceiling",
	"rowFilters[1].table dead-row-filter",
	"tableAllowlist write-no-allowlist",
}

var lintWarning = regexp.MustCompile(`^(\S+) .* \[([a-z-]+)\]$`)

// lintWarnings returns the warnings of the policy lint in the diagnostics, sorted.
func lintWarnings(t *testing.T, output string) []string {
	t.Helper()
	var found []string
	for _, warning := range diagnosticsOf("warning", output) {
		match := lintWarning.FindStringSubmatch(warning)
		require.NotNil(t, match, warning)
		found = append(found, match[1]+" "+match[2])
	}
	slices.Sort(found)
	return found
}

// TestPolicyLintWarnsOnce requires that a preview and an update report each warning once, for
// a policy and for that of a component, at the path that the program contains.
func TestPolicyLintWarnsOnce(t *testing.T) {
	t.Parallel()
	rules := map[string]bool{}
	for _, rule := range resources.PolicyRules() {
		if rule.Severity == kind.Warning {
			rules[rule.Name] = true
		}
	}
	for _, warning := range policyWarnings {
		_, rule, _ := strings.Cut(warning, " ")
		delete(rules, rule)
	}
	require.Empty(t, rules, "the program violates every rule")

	componentWarnings := []string{"budgetQueriesPerHour no-query-budget"} // of beside-policy
	for _, warning := range policyWarnings {
		componentWarnings = append(componentWarnings, "policy."+warning)
	}
	programs := map[string]struct {
		program  string
		warnings []string
	}{
		"PolicyProfile": {shopProject + `
  linted:
    type: pgbeam:PolicyProfile
    properties:
        projectId: ${shop.id}` + policyRules, policyWarnings},
		"SecureAgentProject": {`
name: linted
runtime: yaml
resources:
  my-shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
      allowUnapprovedWrites: true
      policy:` + policyRules + `
  beside-policy: # is not created by the component
    type: pgbeam:PolicyProfile
    options: { parent: "${my-shop}" }
    properties: { projectId: "${my-shop.projectId}" }
`, componentWarnings},
	}
	for name, test := range programs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			local := contracttest.Start(t, localapi.Options{})
			s := clitest.New(t, local, test.program)
			s.AddCanary("the password", "hunter2-planted")
			preview := s.Must("preview")
			assert.Equal(t, test.warnings, lintWarnings(t, preview))
			assert.NotContains(t, preview, "acme-planted")
			assert.Empty(t, local.Requests())
			assert.Equal(t, test.warnings, lintWarnings(t, s.Up("--skip-preview")))
			s.AddCanaries()
			assert.Equal(t, test.warnings, lintWarnings(t, s.Up("--skip-preview", "--expect-no-changes")), "they stay until the program is corrected")

			for _, command := range [][]string{{"refresh", "--yes"}, {"destroy", "--yes"}} {
				assert.NotContains(t, s.Must(command...), "warning:", command)
			}
		})
	}
}

// TestPolicyLintOfUnknownValues requires that a preview does not warn of what it does not
// know, and that the update does.
func TestPolicyLintOfUnknownValues(t *testing.T) {
	t.Parallel()
	s := clitest.New(t, localapi.Start(t, localapi.Options{}), `
name: linted
runtime: yaml
resources:
  shop:
    type: pgbeam:SecureAgentProject
    properties:
      orgId: org_local
      name: secrets
      database: { host: db.example.com, name: shop, username: pgbeam, password: { fn::secret: hunter2-planted } }
  linted:
    type: pgbeam:PolicyProfile
    properties:
      projectId: ${shop.projectId}
      budgetQueriesPerHour: 1000
      maxRows: 1000
      tableAllowlist: ["${shop.projectId}"]
      maskingRules: [{ table: { fn::secret: planted_customers }, column: email, kind: redact }]
`)
	s.AddCanary("the password", "hunter2-planted")
	s.AddCanary("the table", "planted_customers")
	assert.NotContains(t, s.Must("preview"), "warning:")
	output := s.Up("--skip-preview")
	s.AddCanaries()
	assert.Equal(t, []string{"maskingRules[0].table dead-mask-rule"}, lintWarnings(t, output))
}

// TestPolicyLintIsSilentDuringImport imports a policy that the lint warns of. The program
// that contains it afterwards is linted.
func TestPolicyLintIsSilentDuringImport(t *testing.T) {
	t.Parallel()
	local := localapi.Start(t, localapi.Options{})
	s := clitest.New(t, local, shopProject)
	s.Up("--skip-preview")
	pgbeam, err := client.New(local.APIKey, client.WithBaseURL(local.URL))
	require.NoError(t, err)
	projectID := s.State()["shop"].ID
	created, err := pgbeam.PolicyProfiles().Create(t.Context(), projectID, client.PolicyProfileInput{Name: "unlimited"})
	require.NoError(t, err)
	output := s.Must("import", "--yes", "--protect=false", "pgbeam:index:PolicyProfile", "unlimited", projectID+"/"+created.ID)
	assert.NotContains(t, output, "warning:")
	s.WriteProgram(shopProject + "  unlimited: { type: pgbeam:PolicyProfile, properties: { projectId: \"${shop.id}\", name: unlimited } }\n")
	assert.Equal(t, []string{"budgetQueriesPerHour no-query-budget"}, lintWarnings(t, s.Must("preview", "--expect-no-changes")))
}
