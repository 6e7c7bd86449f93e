// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import "strings"

// harmlessSettings can be set in every policy: none of them changes which relation a name means, how a text is read, who the user is, or
// what a row filter can depend on.
var harmlessSettings = set(strings.Fields(`
	application_name bytea_output constraint_exclusion cpu_index_tuple_cost cpu_operator_cost cpu_tuple_cost cursor_tuple_fraction
	datestyle default_statistics_target effective_cache_size effective_io_concurrency enable_bitmapscan enable_gathermerge
	enable_hashagg enable_hashjoin enable_incremental_sort enable_indexonlyscan enable_indexscan enable_material enable_memoize
	enable_mergejoin enable_nestloop enable_parallel_append enable_parallel_hash enable_partition_pruning
	enable_partitionwise_aggregate enable_partitionwise_join enable_seqscan enable_sort enable_tidscan extra_float_digits
	from_collapse_limit geqo hash_mem_multiplier idle_in_transaction_session_timeout intervalstyle jit join_collapse_limit lc_monetary
	lc_numeric lc_time lock_timeout max_parallel_workers_per_gather parallel_setup_cost parallel_tuple_cost plan_cache_mode
	random_page_cost seq_page_cost timezone transaction_isolation work_mem xmlbinary xmloption
`)...)

// checkSetting refuses a SET of what is not known to be harmless.
func checkSetting(p *Policy, n node) *Decision {
	name := strings.ToLower(n.text("name"))
	switch {
	case n.text("kind") == "VAR_RESET_ALL":
		return block(ruleSetting, "RESET ALL changes settings that the policy may depend on", "reset the setting that you need by its name")
	case n.text("kind") == "VAR_SET_MULTI": // SET TRANSACTION and SET SESSION CHARACTERISTICS
		if p.readOnly() && setsReadWrite(n) {
			return block(ruleReadOnly, "the policy is read-only", "")
		}
		if strings.EqualFold(n.text("name"), "TRANSACTION SNAPSHOT") {
			return block(ruleSetting, "the setting "+n.text("name")+" cannot be judged", "")
		}
		return nil
	case harmlessSettings[name]:
		return nil
	case name == "statement_timeout" && p.StatementTimeoutMS == 0:
		return nil
	case name == "search_path" && !p.namesMatter() && !p.readOnly():
		return nil
	}
	return block(ruleSetting, "the setting "+name+" could change what the policy depends on", "do not set it")
}

// setsReadWrite reports whether a SET TRANSACTION makes the transaction writable.
func setsReadWrite(n node) bool {
	for _, option := range n.list("args") {
		if option.text("defname") == "transaction_read_only" && option.child("arg").child("ival").number("ival") == 0 {
			return true
		}
	}
	return false
}
