// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"net/http"

	"github.com/pgbeam/pulumi-pgbeam/internal/policyjudge"
)

var migrationInput = schema{
	stringField("sql", required, length(1, 1048576)),
	stringField("database_id"),
}

type migrationFinding struct {
	Severity  string `json:"severity"`
	Rule      string `json:"rule"`
	Message   string `json:"message"`
	Statement string `json:"statement,omitempty"`
	Hint      string `json:"hint,omitempty"`
}

func (s *Server) lintMigration(c *call) (response, *problem) {
	project, p := c.project()
	if p != nil {
		return response{}, p
	}
	if id, ok := c.in["database_id"].(string); ok {
		if database, ok := s.databases.byID[id]; !ok || database.parent != project.id {
			return response{}, invalidField("database_id", "is not a database of this project")
		}
	}
	sql, _ := c.in["sql"].(string)
	result := struct {
		Safe     bool               `json:"safe"`
		Findings []migrationFinding `json:"findings"`
	}{Safe: true, Findings: []migrationFinding{}}
	var findings []policyjudge.Finding
	s.withoutLock(func() { findings = policyjudge.Lint(sql) })
	for _, finding := range findings {
		result.Safe = result.Safe && finding.Severity != policyjudge.Error
		result.Findings = append(result.Findings, migrationFinding(finding))
	}
	return jsonResponse(http.StatusOK, appendJSON(nil, result)), nil
}
