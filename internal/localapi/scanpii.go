// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package localapi

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
)

// PIIScan is what the scans of a database find. Its fields are those of the API's contract.
type PIIScan struct {
	ScannedTables  int             `json:"scanned_tables"`
	ScannedColumns int             `json:"scanned_columns"`
	Suggestions    []PIISuggestion `json:"suggestions"`
	Truncated      bool            `json:"truncated"`
	Error          string          `json:"error,omitempty"`
}

// PIISuggestion is a column that a scan finds.
type PIISuggestion struct {
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

// simulatedScan is what the scan of a database finds until SetPIIScan: there are no real databases.
var simulatedScan = PIIScan{ScannedTables: 2, ScannedColumns: 9, Suggestions: []PIISuggestion{
	{
		Schema: "public", Table: "users", Column: "email", DataType: "text", PIIType: "email", MaskKind: "hash",
		Confidence: 0.95, Reasons: []string{"the name of the column", "the format of its values"}, SampleMatchCount: 10, SampleSize: 10,
	},
	{
		Schema: "public", Table: "users", Column: "phone", DataType: "text", PIIType: "phone", MaskKind: "redact",
		Confidence: 0.75, Reasons: []string{"the name of the column"}, SampleMatchCount: 6, SampleSize: 10,
	},
}}

// SetPIIScan changes what the scans of a database find. A suggestion needs a table, a column and a confidence: the defaults of the
// other fields are those of a text column in the schema public that is redacted. The suggestions are sorted by confidence. A state
// file does not keep the change.
func (s *Server) SetPIIScan(databaseID string, scan PIIScan) error {
	scan.Suggestions = append([]PIISuggestion{}, scan.Suggestions...)
	for i := range scan.Suggestions {
		found := &scan.Suggestions[i]
		if found.Table == "" || found.Column == "" || found.Confidence < 0 || found.Confidence > 1 {
			return fmt.Errorf("suggestions[%d] must have a table, a column, and a confidence from 0 to 1", i)
		}
		found.Schema, found.DataType = cmp.Or(found.Schema, "public"), cmp.Or(found.DataType, "text")
		found.PIIType, found.MaskKind = cmp.Or(found.PIIType, "other"), cmp.Or(found.MaskKind, "redact")
		found.Reasons = append([]string{}, found.Reasons...)
	}
	slices.SortStableFunc(scan.Suggestions, func(a, b PIISuggestion) int { return cmp.Compare(b.Confidence, a.Confidence) })
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, _, err := s.findObject("databases", databaseID); err != nil {
		return err
	}
	s.scans[databaseID] = scan
	return nil
}

// scanPII reports what SetPIIScan has set, for every reachable database.
func (s *Server) scanPII(c *call) (response, *problem) {
	o, p := s.lookup(s.databases, c)
	if p != nil {
		return response{}, p
	}
	scan, ok := s.scans[o.id]
	if !ok {
		scan = simulatedScan
	}
	if isUnreachable(o.stringValue("host")) {
		scan = PIIScan{Suggestions: []PIISuggestion{}, Error: "the host name cannot be resolved"}
	}
	return jsonResponse(http.StatusOK, appendJSON(nil, scan)), nil
}
