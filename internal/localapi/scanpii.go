// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import "net/http"

type piiSuggestion struct {
	Schema           string   `json:"schema"`
	Table            string   `json:"table"`
	Column           string   `json:"column"`
	DataType         string   `json:"data_type"`
	PIIType          string   `json:"pii_type"`
	MaskKind         string   `json:"mask_kind"`
	Confidence       float64  `json:"confidence"`
	Reasons          []string `json:"reasons"`
	SampleMatchCount int      `json:"sample_match_count"`
	SampleSize       int      `json:"sample_size"`
}

type piiScan struct {
	ScannedTables  int             `json:"scanned_tables"`
	ScannedColumns int             `json:"scanned_columns"`
	Suggestions    []piiSuggestion `json:"suggestions"`
	Truncated      bool            `json:"truncated"`
	Error          string          `json:"error,omitempty"`
}

// scanPII reports the same two columns for every reachable database, since there are no real databases.
func (s *Server) scanPII(c *call) (response, *problem) {
	o, p := s.lookup(s.databases, c)
	if p != nil {
		return response{}, p
	}
	scan := piiScan{ScannedTables: 2, ScannedColumns: 9, Suggestions: []piiSuggestion{
		{
			Schema: "public", Table: "users", Column: "email", DataType: "text", PIIType: "email", MaskKind: "hash",
			Confidence: 0.95, Reasons: []string{"the name of the column", "the format of its values"}, SampleMatchCount: 10, SampleSize: 10,
		},
		{
			Schema: "public", Table: "users", Column: "phone", DataType: "text", PIIType: "phone", MaskKind: "redact",
			Confidence: 0.75, Reasons: []string{"the name of the column"}, SampleMatchCount: 6, SampleSize: 10,
		},
	}}
	if isUnreachable(o.stringValue("host")) {
		scan = piiScan{Suggestions: []piiSuggestion{}, Error: "the host name cannot be resolved"}
	}
	return jsonResponse(http.StatusOK, appendJSON(nil, scan)), nil
}
