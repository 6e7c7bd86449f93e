// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import "strings"

// Policy is the part of a policy profile that decides about statements.
type Policy struct {
	// AccessMode is read_only or read_write; anything else is read_only.
	AccessMode string
	// StatementAllow and StatementDeny are statement kinds. An empty StatementAllow allows every kind.
	StatementAllow, StatementDeny []string
	// TableAllowlist and TableDenylist are names of relations. An empty TableAllowlist allows every relation.
	TableAllowlist, TableDenylist []string
	MaskingRules                  []MaskingRule
	RowFilters                    []RowFilter
	// MaxAffectedRows limits the rows of a write; 0 means no limit.
	MaxAffectedRows int64
	// StatementTimeoutMS is the timeout of statements in milliseconds; 0 means that the policy sets none.
	StatementTimeoutMS int64
	// MigrationSafety is off, warn or block.
	MigrationSafety string
	// FilterReadsOnly applies row filters to reads only. Otherwise an UPDATE or DELETE of a filtered relation is filtered as well.
	FilterReadsOnly bool
}

// MaskingRule masks a column of a relation. Kind is redact, null or hash.
type MaskingRule struct{ Table, Column, Kind string }

// RowFilter restricts a relation to the rows that satisfy a SQL expression.
type RowFilter struct{ Table, Predicate string }

func (p *Policy) readOnly() bool { return p.AccessMode != "read_write" }

// namesMatter reports whether the policy treats some relations differently from others.
func (p *Policy) namesMatter() bool {
	return len(p.TableAllowlist)+len(p.TableDenylist)+len(p.MaskingRules)+len(p.RowFilters) > 0
}

// restricted reports whether a function with unknown effects could do what the policy forbids.
func (p *Policy) restricted() bool {
	return p.readOnly() || p.namesMatter() || len(p.StatementAllow)+len(p.StatementDeny) > 0 || p.MaxAffectedRows > 0
}

// relation is the name of a relation, in lower case: policies match names in any case.
type relation struct{ schema, name string }

// relationOf returns the relation of a RangeVar.
func relationOf(n node) relation {
	return relation{strings.ToLower(n.text("schemaname")), strings.ToLower(n.text("relname"))}
}

// parseRelation reads the name in a policy.
func parseRelation(name string) relation {
	name = strings.ToLower(strings.ReplaceAll(strings.TrimSpace(name), `"`, ""))
	parts := strings.Split(name, ".")
	if len(parts) == 1 {
		return relation{name: name}
	}
	return relation{parts[len(parts)-2], parts[len(parts)-1]} // the database in front of them is the current one
}

func (r relation) String() string {
	if r.schema == "" {
		return r.name
	}
	return r.schema + "." + r.name
}

// isCatalog reports whether the relation is a view or table of the system. A bare name with the prefix pg_ is one.
func (r relation) isCatalog() bool {
	return r.schema == "information_schema" || strings.HasPrefix(r.schema, "pg_") || r.schema == "" && strings.HasPrefix(r.name, "pg_")
}

// isListed reports whether an allowlist has the relation. A bare entry allows the schema public only, which is also where a bare
// name in a statement is looked up.
func (r relation) isListed(allowlist []string) bool {
	for _, entry := range allowlist {
		if r.withSchema() == parseRelation(entry).withSchema() {
			return true
		}
	}
	return false
}

// isCovered reports whether an entry of a denylist, a mask or a filter is about the relation. A bare entry covers every schema.
func (r relation) isCovered(entry string) bool {
	e := parseRelation(entry)
	return e.name == r.name && (e.schema == "" || e.schema == r.withSchema().schema)
}

func (r relation) withSchema() relation {
	if r.schema == "" {
		r.schema = "public"
	}
	return r
}

// masksOf returns the kinds of the masked columns of a relation by their names, in lower case. If several rules name a column, the
// first one applies.
func (p *Policy) masksOf(r relation) map[string]string {
	masks := map[string]string{}
	for _, rule := range p.MaskingRules {
		column := strings.ToLower(strings.ReplaceAll(rule.Column, `"`, ""))
		if _, ok := masks[column]; !ok && r.isCovered(rule.Table) {
			masks[column] = rule.Kind
		}
	}
	return masks
}

// filtersOf returns the predicates of a relation.
func (p *Policy) filtersOf(r relation) []string {
	var predicates []string
	for _, filter := range p.RowFilters {
		if r.isCovered(filter.Table) {
			predicates = append(predicates, filter.Predicate)
		}
	}
	return predicates
}
