"""Makes `data/sql/postgres-functions.toml` from a server's own catalog.

    python -m generate.postgres_functions SHARE/postgres.bki TABLE

`postgres.bki` lies in every installation of PostgreSQL (`pg_config --sharedir`): the rows that fill pg_proc. Taken are
the functions that are immutable or stable, and of the volatile ones those listed here, each looked up in the manual.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

# Volatile, and they change nothing that outlives the session.
READ_ALL_THE_SAME = tuple(
    """
    amvalidate array_sample array_shuffle clock_timestamp current_query currval cursor_to_xml
    cursor_to_xmlschema gen_random_uuid lastval lo_close lo_get lo_lseek lo_lseek64 lo_open lo_tell lo_tell64
    loread pg_advisory_lock pg_advisory_lock_shared pg_advisory_unlock pg_advisory_unlock_all
    pg_advisory_unlock_shared pg_advisory_xact_lock pg_advisory_xact_lock_shared pg_available_wal_summaries
    pg_blocking_pids pg_collation_actual_version pg_control_checkpoint pg_control_init pg_control_recovery
    pg_control_system pg_current_logfile pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn
    pg_database_collation_actual_version pg_database_size pg_export_snapshot pg_get_aios
    pg_get_backend_memory_contexts pg_get_loaded_modules pg_get_multixact_members pg_get_sequence_data
    pg_get_shmem_allocations pg_get_shmem_allocations_numa pg_get_wait_events pg_get_wal_replay_pause_state
    pg_get_wal_resource_managers pg_get_wal_summarizer_state pg_hba_file_rules pg_ident_file_mappings
    pg_indexes_size pg_is_in_recovery pg_is_wal_replay_paused pg_isolation_test_session_is_blocked
    pg_jit_available pg_last_committed_xact pg_last_wal_receive_lsn pg_last_wal_replay_lsn
    pg_last_xact_replay_timestamp pg_lock_status pg_logical_slot_peek_binary_changes
    pg_logical_slot_peek_changes pg_notification_queue_usage pg_partition_ancestors pg_partition_tree
    pg_prepared_xact pg_relation_size pg_replication_origin_progress pg_replication_origin_session_is_setup
    pg_replication_origin_session_progress pg_safe_snapshot_blocking_pids pg_sequence_last_value
    pg_show_all_file_settings pg_show_replication_origin_status pg_sleep pg_sleep_for pg_sleep_until
    pg_stat_clear_snapshot pg_stat_force_next_flush pg_stat_get_backend_io pg_stat_get_backend_wal
    pg_stat_get_io pg_stat_get_recovery_prefetch pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit
    pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time
    pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched
    pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_newpage_updated
    pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated pg_stat_have_stats pg_table_size
    pg_tablespace_size pg_total_relation_size pg_try_advisory_lock pg_try_advisory_lock_shared
    pg_try_advisory_xact_lock pg_try_advisory_xact_lock_shared pg_wal_summary_contents pg_xact_commit_timestamp
    pg_xact_commit_timestamp_origin pg_xact_status random random_normal setseed timeofday txid_status uuidv4
    uuidv7
    """.split()
)
# Stable, and they run a text as a query, or set something.
RUN_A_TEXT = frozenset(
    "query_to_xml query_to_xml_and_xmlschema query_to_xmlschema set_config ts_rewrite ts_stat".split()
)
# Spelt like the functions behind operators, and called by name.
CALLED_BY_NAME = tuple(
    """
    array_sample array_shuffle bpchar cidr datemultirange daterange enum_first enum_last enum_range inet
    inet_merge inet_same_family int4multirange int4range int8multirange int8range jsonb_set jsonb_set_lax
    macaddr merge_action money multirange name nummultirange numrange oid point range_agg range_intersect_agg
    range_merge regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc
    regprocedure regrole regtype row timezone tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector xid
    xid8
    """.split()
)
# Of pgcrypto, uuid-ossp, pg_trgm, fuzzystrmatch, hstore, ltree, cube, pgvector, TimescaleDB, PostGIS and others.
EXTENSIONS = tuple(
    """
    akeys approximate_row_count armor avals binary_quantize bt_index_check bt_index_parent_check bt_metap
    bt_page_items bt_page_stats chunks_detailed_size cosine_distance crypt cube cube_dim cube_distance
    daitch_mokotoff dblink_error_message dblink_get_connections dblink_is_busy dearmor decrypt decrypt_iv
    difference digest dmetaphone dmetaphone_alt earth earth_box earth_distance encrypt encrypt_iv exist_any
    first gen_random_bytes gen_salt get_raw_page heap_page_items histogram hmac hstore hstore_to_array
    hstore_to_json hstore_to_jsonb hstore_to_matrix hypertable_detailed_size hypertable_size inner_product
    interpolate l1_distance l2_distance l2_normalize last lca levenshtein levenshtein_less_equal ll_to_earth
    locf ltree2text metaphone nlevel normal_rand page_header pg_buffercache_pages pg_buffercache_summary
    pg_buffercache_usage_counts pg_freespace pg_stat_statements pg_stat_statements_info pg_visibility
    pg_visibility_map pgp_pub_decrypt pgp_pub_encrypt pgp_sym_decrypt pgp_sym_encrypt pgstatindex pgstattuple
    pgstattuple_approx populate_record postgis_full_version postgis_version postgres_fdw_get_connections
    show_chunks show_limit show_trgm similarity skeys soundex st_area st_asbinary st_asewkt st_asgeojson
    st_asmvt st_asmvtgeom st_astext st_azimuth st_boundary st_buffer st_centroid st_clusterdbscan st_collect
    st_contains st_convexhull st_coveredby st_covers st_crosses st_difference st_dimension st_disjoint
    st_distance st_distancesphere st_dump st_dwithin st_endpoint st_envelope st_equals st_expand st_extent
    st_geogfromtext st_geohash st_geometryn st_geometrytype st_geomfromgeojson st_geomfromtext st_geomfromwkb
    st_intersection st_intersects st_isempty st_issimple st_isvalid st_length st_lineinterpolatepoint
    st_makeenvelope st_makeline st_makepoint st_makepolygon st_makevalid st_multi st_npoints st_numgeometries
    st_overlaps st_perimeter st_point st_pointfromtext st_pointn st_pointonsurface st_polygon st_setsrid
    st_simplify st_snaptogrid st_srid st_startpoint st_subdivide st_symdifference st_tileenvelope st_touches
    st_transform st_translate st_union st_within st_x st_xmax st_xmin st_y st_ymax st_ymin st_z
    strict_word_similarity subltree subpath subvector svals text2ltree time_bucket time_bucket_gapfill unaccent
    uuid_generate_v1 uuid_generate_v1mc uuid_generate_v3 uuid_generate_v4 uuid_generate_v5 uuid_nil uuid_ns_dns
    uuid_ns_url vector_dims vector_norm verify_heapam word_similarity
    """.split()
)
# Words of the language that look like functions.
LANGUAGE = tuple(
    """
    cast coalesce collation current_schema current_time current_timestamp current_user date day excluded extract
    greatest grouping hour interval json json_array json_arrayagg json_exists json_object json_objectagg
    json_query json_scalar json_serialize json_table json_value least localtime localtimestamp minute month
    normalize now nullif overlay position second session_user substring treat trim xmlagg xmlattributes
    xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable year
    """.split()
)

INTERNAL = frozenset({"2275", "2279", "2281", "3838"})  # cstring, trigger, internal, event_trigger
PLUMBING = re.compile(r"(?:RI_FKey|binary_upgrade|gtsvector|brin_|gin|gist_|hash_array|btarray)\w*|\w*(?:recv|send)")
TYPES = (
    "(?:int|float|numeric|text|bpchar|name|char|oid|date|time|cash|uuid|bool|bytea|varbit|bit|macaddr8?|network|inet|cidr|interval|jsonb"
    "|record|array|range|multirange|enum|tid|xid8?|cid|box|circle|poly|path|point|line|lseg|pg_lsn|tsvector|tsquery|btint|btfloat|bttext)"
)
VERBS = "(?:eq|ne|lt|le|gt|ge|cmp|accum|accum_inv|combine|larger|smaller|mul|div|pl|mi|um|up)"
OPERATORS = re.compile(rf"{TYPES}\w*{VERBS}(?:_\w+)?")
WIDTH = 116
HEAD = """\
# Functions that only read. Those of the server: every one of pg_proc in PostgreSQL 18 that is immutable or stable and
# does not run a text as a query, and of the volatile ones those that change nothing; without type plumbing and the
# functions behind operators. Then those of well-known extensions, and words of the language that look like functions.
# Made by generate/postgres_functions.py.

dialect = "postgres-functions"
about = "PostgreSQL's functions that only read"

harmless = [
"""


def catalog(text: str) -> dict[str, set[str]]:
    """The functions of a `postgres.bki` that people can call, with how volatile each of their forms is (i, s, v)."""
    start = text.index("create pg_proc ")
    found: dict[str, set[str]] = {}
    for line in text[start : text.index("close pg_proc", start)].splitlines():
        if line.startswith("insert"):
            _, name, *fields = re.findall(r"'[^']*'|\S+", line)[2:]
            types = {*fields[17].strip("'").split(), fields[16]}
            if not types & INTERNAL and not PLUMBING.fullmatch(name):
                found.setdefault(name, set()).add(fields[12])
    return found


def harmless(functions: dict[str, set[str]]) -> list[str]:
    """The names of those that only read, with what is added by hand, sorted."""
    steady = {n for n, kinds in functions.items() if "v" not in kinds and not OPERATORS.fullmatch(n)} - RUN_A_TEXT
    return sorted(steady.union(READ_ALL_THE_SAME, CALLED_BY_NAME, EXTENSIONS, LANGUAGE))


def table(names: list[str]) -> str:
    """The table as TOML."""
    lines, line = [], "   "
    for name in names:
        if len(line) + len(name) + 4 > WIDTH:
            lines.append(line)
            line = "   "
        line += f' "{name}",'
    return HEAD + "\n".join([*lines, line]) + "\n]\n"


if __name__ == "__main__":
    source, target = map(Path, sys.argv[1:3])
    target.write_text(table(harmless(catalog(source.read_text(encoding="utf-8")))), encoding="utf-8")
