// Copyright 2026 PgBeam.
// SPDX-License-Identifier: Apache-2.0

package policyjudge

import "strings"

// readFunctions are the functions of PostgreSQL that only compute their result, or read the clock, a random number or what describes
// the session. None of them takes a query or the name of a relation as text. A function that is not listed is not known.
var readFunctions = set(strings.Fields(`
	abs acos acosd acosh age any_value area array_agg array_append array_cat array_dims array_fill array_length array_lower array_ndims
	array_position array_positions array_prepend array_remove array_replace array_sample array_shuffle array_to_json array_to_string
	array_to_tsvector array_upper ascii asin asind asinh atan atan2 atan2d atand atanh avg
	bit_and bit_count bit_length bit_or bit_xor bool_and bool_or bound_box box btrim
	cardinality casefold cbrt ceil ceiling center char_length character_length chr circle clock_timestamp coalesce concat concat_ws
	convert convert_from convert_to corr cos cosd cosh cot cotd count covar_pop covar_samp crc32 crc32c cume_dist current_catalog
	current_database current_date current_role current_schema current_schemas current_setting current_time current_timestamp current_user
	date date_add date_bin date_part date_subtract date_trunc decode degrees dense_rank diagonal diameter div
	encode enum_first enum_last enum_range erf erfc every exp extract
	factorial family first_value float4 float8 floor format format_type
	gamma gcd gen_random_uuid get_bit get_byte greatest grouping
	height host hostmask
	inet_merge inet_same_family initcap int2 int4 int8 isclosed isempty isfinite isopen
	json_agg json_agg_strict json_array json_array_elements json_array_elements_text json_array_length json_build_array
	json_build_object json_each json_each_text json_exists json_extract_path json_extract_path_text json_object json_object_agg
	json_object_agg_strict json_object_agg_unique json_object_keys json_populate_record json_populate_recordset json_query
	json_scalar json_serialize json_strip_nulls json_to_record json_to_recordset json_typeof json_value
	jsonb_agg jsonb_agg_strict jsonb_array_elements jsonb_array_elements_text jsonb_array_length jsonb_build_array
	jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path jsonb_extract_path_text jsonb_insert jsonb_object
	jsonb_object_agg jsonb_object_agg_strict jsonb_object_agg_unique jsonb_object_keys jsonb_path_exists jsonb_path_exists_tz
	jsonb_path_match jsonb_path_match_tz jsonb_path_query jsonb_path_query_array jsonb_path_query_array_tz jsonb_path_query_first
	jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record jsonb_populate_recordset jsonb_pretty jsonb_set
	jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset jsonb_typeof json_valid
	justify_days justify_hours justify_interval
	lag last_value lcm lead least left length lgamma line ln localtime localtimestamp log log10 lower lower_inc lower_inf lpad lseg ltrim
	macaddr8_set7bit make_date make_interval make_time make_timestamp make_timestamptz masklen max md5 min min_scale mod mode
	multirange
	netmask network normalize now npoints nth_value ntile nullif num_nonnulls num_nulls numeric numnode
	obj_description octet_length overlaps overlay
	parse_ident path pclose percent_rank percentile_cont percentile_disc pg_backend_pid pg_char_to_encoding pg_client_encoding
	pg_column_size pg_encoding_to_char pg_get_constraintdef pg_get_expr pg_get_indexdef pg_get_userbyid pg_is_in_recovery
	pg_postmaster_start_time pg_size_bytes pg_size_pretty pg_table_is_visible pg_typeof phraseto_tsquery pi plainto_tsquery point
	polygon popen position power pow
	querytree quote_ident quote_literal quote_nullable
	radians radius random random_normal range_agg range_intersect_agg range_merge rank regexp_count regexp_instr regexp_like
	regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr regr_avgx regr_avgy
	regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy repeat replace reverse right round row_number
	row_to_json rpad rtrim
	scale session_user set_bit set_byte set_masklen setweight sha224 sha256 sha384 sha512 sign sin sind sinh slope split_part
	sqrt starts_with statement_timestamp stddev stddev_pop stddev_samp string_agg string_to_array string_to_table strip strpos substr
	substring sum system_user
	tan tand tanh text timeofday timezone to_ascii to_bin to_char to_date to_hex to_json to_jsonb to_number to_oct to_timestamp
	to_tsquery to_tsvector transaction_timestamp translate trim trim_array trim_scale trunc ts_delete ts_filter ts_headline ts_rank
	ts_rank_cd tsquery_phrase tsvector_to_array
	unicode_assigned unistr unnest upper upper_inc upper_inf user uuid_extract_timestamp uuid_extract_version uuidv4 uuidv7
	var_pop var_samp variance version
	websearch_to_tsquery width width_bucket
	xml_is_well_formed xml_is_well_formed_content xml_is_well_formed_document xmlagg xmlcomment xmlexists xpath xpath_exists
	generate_series generate_subscripts is_normalized like_escape similar_to_escape
	int4range int8range numrange tsrange tstzrange daterange int4multirange int8multirange nummultirange tsmultirange tstzmultirange
	datemultirange col_description shobj_description has_table_privilege has_column_privilege has_schema_privilege
	bool char varchar bpchar name date time timestamp timestamptz interval money abbrev
`)...)

// writeFunctions have an effect, but only on sequences, locks or the session: a policy with read_write allows them.
var writeFunctions = set("nextval", "setval", "currval", "lastval", "pg_sleep", "pg_sleep_for", "pg_sleep_until", "setseed",
	"pg_notify", "pg_advisory_lock", "pg_advisory_lock_shared", "pg_advisory_unlock", "pg_advisory_unlock_all",
	"pg_advisory_unlock_shared", "pg_advisory_xact_lock", "pg_advisory_xact_lock_shared", "pg_try_advisory_lock",
	"pg_try_advisory_lock_shared", "pg_try_advisory_xact_lock", "pg_try_advisory_xact_lock_shared", "txid_current",
	"pg_current_xact_id")

// textFunctions run a query, read a relation or a file, or change a setting that is named in their text. What they do is not visible
// in the statement, so they are refused in every policy.
var textFunctions = set("query_to_xml", "query_to_xmlschema", "query_to_xml_and_xmlschema", "cursor_to_xml", "cursor_to_xmlschema",
	"table_to_xml", "table_to_xmlschema", "table_to_xml_and_xmlschema", "schema_to_xml", "schema_to_xmlschema",
	"schema_to_xml_and_xmlschema", "database_to_xml", "database_to_xmlschema", "database_to_xml_and_xmlschema",
	"dblink", "dblink_exec", "dblink_open", "dblink_fetch", "dblink_send_query", "dblink_get_result", "dblink_connect", "dblink_connect_u",
	"crosstab", "crosstab2", "crosstab3", "crosstab4", "crosstabn", "connectby", "ts_stat", "ts_rewrite", "xpath_table",
	"pg_read_file", "pg_read_binary_file", "pg_ls_dir", "pg_ls_logdir", "pg_ls_waldir", "pg_stat_file", "lo_import", "lo_export", "lo_get",
	"lo_put", "lo_create", "lo_unlink", "lo_from_bytea", "loread", "lowrite", "lo_open", "pg_file_write", "pg_logdir_ls",
	"set_config", "pg_reload_conf", "pg_rotate_logfile", "pg_terminate_backend", "pg_cancel_backend", "pg_promote",
	"pg_logical_emit_message", "pg_logical_slot_get_changes", "pg_logical_slot_peek_changes", "pg_create_logical_replication_slot",
	"get_raw_page", "heap_page_items", "pg_stat_get_activity", "binary_upgrade_set_next_pg_type_oid")

// operators are the operators of PostgreSQL. Others call a function that is not known.
var operators = set(strings.Fields(`
	+ - * / % ^ |/ ||/ ! !! @ & | # ~ << >> = <> != < <= > >= || ~~ !~~ ~~* !~~* ~* !~ !~* ~<~ ~<=~ ~>~ ~>=~ ~=
	-> ->> #> #>> #- @> <@ ? ?| ?& @? @@ @@@ && -|- &< &> <<| |>> &<| |&> <-> ## @-@ @@ ?# ?- ?-| ?|| <^ >^ <<= >>= &&& *= *<> *< *<= *> *>= ^@
`)...)

// checkFunctions refuses the functions and operators that could do what the policy forbids.
func checkFunctions(p *Policy, statement node) *Decision {
	var refused *Decision
	statement.walk(func(n node) bool {
		if refused != nil {
			return false
		}
		switch n.kind {
		case "FuncCall":
			refused = p.checkFunction(lowerAll(n.names("funcname")))
		case "A_Expr":
			if names := n.names("name"); p.restricted() && isForeignOperator(names) {
				refused = block(p.functionRule(), "the operator "+strings.Join(names, ".")+" is not known: it could do what the policy forbids",
					"use the operators of PostgreSQL")
			}
		}
		return true
	})
	return refused
}

func (p *Policy) functionRule() string {
	if p.readOnly() {
		return ruleReadOnly
	}
	return ruleFunction
}

func (p *Policy) checkFunction(names []string) *Decision {
	name := names[len(names)-1]
	builtIn := len(names) == 1 || len(names) == 2 && names[0] == "pg_catalog"
	full := strings.Join(names, ".")
	switch {
	case textFunctions[name]:
		return block(p.functionRule(), "the function "+full+" acts on what its arguments say, which cannot be judged", "write the statement directly")
	case builtIn && readFunctions[name]:
		return nil
	case builtIn && writeFunctions[name] && !p.readOnly():
		return nil
	case !p.restricted():
		return nil
	case builtIn && writeFunctions[name]:
		return block(ruleReadOnly, "the function "+full+" is no read", "use a policy with access_mode read_write")
	}
	return block(p.functionRule(), "the function "+full+" is not known: it could do what the policy forbids", "use functions of PostgreSQL that only compute a result")
}

// isForeignOperator reports whether an operator is not one of PostgreSQL. BETWEEN and the like have no operator.
func isForeignOperator(names []string) bool {
	name := names[len(names)-1]
	if len(names) > 1 && names[0] != "pg_catalog" {
		return true
	}
	return name == "" || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ ") != "" && !operators[name]
}
