--- Functions: those of extensions, listed and unlisted (the ones that a DuckLake brings under its own name), those
--- that read settings, files or the server's state, and macros that another tool left in a lake.

-- id: FUNC-001
-- tries: ducklake_add_data_files
-- expect: refused PermissionDenied
SELECT * FROM ducklake_add_data_files('duck', 'events', '%{file}')

-- id: FUNC-002
-- tries: ducklake_cleanup_old_files
-- expect: refused PermissionDenied
SELECT * FROM ducklake_cleanup_old_files('duck')

-- id: FUNC-003
-- tries: ducklake_commit
-- expect: refused PermissionDenied
SELECT * FROM ducklake_commit('duck')

-- id: FUNC-004
-- tries: ducklake_current_snapshot
-- expect: refused PermissionDenied
SELECT * FROM ducklake_current_snapshot('duck')

-- id: FUNC-005
-- tries: ducklake_delete_orphaned_files
-- expect: refused PermissionDenied
SELECT * FROM ducklake_delete_orphaned_files('duck')

-- id: FUNC-006
-- tries: ducklake_expire_snapshots
-- expect: refused PermissionDenied
SELECT * FROM ducklake_expire_snapshots('duck')

-- id: FUNC-007
-- tries: ducklake_flush_inlined_data
-- expect: refused PermissionDenied
SELECT * FROM ducklake_flush_inlined_data('duck')

-- id: FUNC-008
-- tries: ducklake_last_committed_snapshot
-- expect: refused PermissionDenied
SELECT * FROM ducklake_last_committed_snapshot('duck')

-- id: FUNC-009
-- tries: ducklake_list_files
-- expect: refused PermissionDenied
SELECT * FROM ducklake_list_files('duck', 'events')

-- id: FUNC-010
-- tries: ducklake_merge_adjacent_files
-- expect: refused PermissionDenied
SELECT * FROM ducklake_merge_adjacent_files('duck')

-- id: FUNC-011
-- tries: ducklake_options
-- expect: refused PermissionDenied
SELECT * FROM ducklake_options('duck')

-- id: FUNC-012
-- tries: ducklake_rewrite_data_files
-- expect: refused PermissionDenied
SELECT * FROM ducklake_rewrite_data_files('duck')

-- id: FUNC-013
-- tries: ducklake_scan
-- expect: refused PermissionDenied
SELECT * FROM ducklake_scan('duck')

-- id: FUNC-014
-- tries: ducklake_set_commit_message
-- expect: refused PermissionDenied
SELECT * FROM ducklake_set_commit_message('duck', 'admin', 'x')

-- id: FUNC-015
-- tries: ducklake_set_option
-- expect: refused PermissionDenied
SELECT * FROM ducklake_set_option('duck', 'parquet_version', '2')

-- id: FUNC-016
-- tries: ducklake_settings
-- expect: refused PermissionDenied
SELECT * FROM ducklake_settings('duck')

-- id: FUNC-017
-- tries: ducklake_snapshots
-- expect: refused PermissionDenied
SELECT * FROM ducklake_snapshots('duck')

-- id: FUNC-018
-- tries: ducklake_table_deletions
-- expect: refused PermissionDenied
SELECT * FROM ducklake_table_deletions('duck', 'main', 'events', 0, 9)

-- id: FUNC-019
-- tries: ducklake_table_info
-- expect: refused PermissionDenied
SELECT * FROM ducklake_table_info('duck')

-- id: FUNC-020
-- tries: ducklake_table_insertions
-- expect: refused PermissionDenied
SELECT * FROM ducklake_table_insertions('duck', 'main', 'events', 0, 9)

-- id: FUNC-021
-- tries: ducklake_table_changes
-- expect: refused PermissionDenied
SELECT * FROM ducklake_table_changes('duck', 'main', 'events', 0, 9)

-- id: FUNC-022
-- tries: ducklake_snapshots by CALL
-- expect: refused PermissionDenied
CALL ducklake_snapshots('duck')

-- id: FUNC-023
-- tries: ducklake_expire_snapshots by CALL
-- expect: refused PermissionDenied
CALL ducklake_expire_snapshots('duck')

-- id: FUNC-024
-- tries: ducklake_cleanup_old_files by CALL
-- expect: refused PermissionDenied
CALL ducklake_cleanup_old_files('duck')

-- id: FUNC-025
-- tries: ducklake_set_option by CALL
-- expect: refused PermissionDenied
CALL ducklake_set_option('duck')

-- id: FUNC-026
-- tries: ducklake_delete_orphaned_files by CALL
-- expect: refused PermissionDenied
CALL ducklake_delete_orphaned_files('duck')

-- id: FUNC-027
-- tries: ducklake_merge_adjacent_files by CALL
-- expect: refused PermissionDenied
CALL ducklake_merge_adjacent_files('duck')

-- id: FUNC-028
-- tries: the unlisted snapshots of a lake
-- expect: refused PermissionDenied
SELECT * FROM duck.snapshots()

-- id: FUNC-029
-- tries: the unlisted current_snapshot of a lake
-- expect: refused PermissionDenied
SELECT * FROM duck.current_snapshot()

-- id: FUNC-030
-- tries: the unlisted last_committed_snapshot of a lake
-- expect: refused PermissionDenied
SELECT * FROM duck.last_committed_snapshot()

-- id: FUNC-031
-- tries: the unlisted options of a lake
-- expect: refused PermissionDenied
SELECT * FROM duck.options()

-- id: FUNC-032
-- tries: the unlisted settings of a lake
-- expect: refused PermissionDenied
SELECT * FROM duck.settings()

-- id: FUNC-033
-- tries: the unlisted set_option of a lake
-- expect: refused PermissionDenied
SELECT * FROM duck.set_option('x', 'y')

-- id: FUNC-034
-- tries: the unlisted set_commit_message of a lake
-- expect: refused PermissionDenied
SELECT * FROM duck.set_commit_message('admin', 'x')

-- id: FUNC-035
-- tries: the unlisted table_info of a lake
-- expect: refused PermissionDenied
SELECT * FROM duck.table_info()

-- id: FUNC-036
-- tries: the unlisted table_insertions of a lake
-- expect: refused PermissionDenied
SELECT * FROM duck.table_insertions('events', 0, 9)

-- id: FUNC-037
-- tries: the unlisted table_changes of a lake
-- expect: refused PermissionDenied
SELECT * FROM duck.table_changes('events', 0, 9)

-- id: FUNC-038
-- tries: the unlisted table_deletions of a lake
-- expect: refused PermissionDenied
SELECT * FROM duck.table_deletions('events', 0, 9)

-- id: FUNC-039
-- tries: the unlisted merge_adjacent_files of a lake
-- expect: refused PermissionDenied
SELECT * FROM duck.merge_adjacent_files()

-- id: FUNC-040
-- tries: an unlisted function of a lake by CALL
-- expect: refused
CALL duck.set_option('x', 'y')

-- id: FUNC-041
-- tries: an unlisted function, with its schema
-- expect: refused
SELECT * FROM duck.main.snapshots()

-- id: FUNC-042
-- tries: an unlisted function, quoted
-- expect: refused
SELECT * FROM "DUCK"."SNAPSHOTS"()

-- id: FUNC-043
-- tries: an unlisted function after USE
-- expect: refused
-- first?: USE duck
SELECT * FROM snapshots()

-- id: FUNC-044
-- tries: an unlisted function in a lateral join
-- expect: refused
SELECT * FROM range(1), LATERAL (SELECT * FROM duck.table_info())

-- id: FUNC-045
-- tries: postgres_scan
-- expect: refused
SELECT * FROM postgres_scan('host=127.0.0.1', 'public', 't')

-- id: FUNC-046
-- tries: postgres_scan_pushdown
-- expect: refused
SELECT * FROM postgres_scan_pushdown('host=127.0.0.1', 'public', 't')

-- id: FUNC-047
-- tries: postgres_query
-- expect: refused
SELECT * FROM postgres_query('duck', 'SELECT 1')

-- id: FUNC-048
-- tries: postgres_execute
-- expect: refused
SELECT * FROM postgres_execute('duck', 'SELECT 1')

-- id: FUNC-049
-- tries: postgres_attach
-- expect: refused
SELECT * FROM postgres_attach('host=127.0.0.1')

-- id: FUNC-050
-- tries: postgres_configure_pool
-- expect: refused
SELECT * FROM postgres_configure_pool()

-- id: FUNC-051
-- tries: pg_clear_cache
-- expect: refused
SELECT * FROM pg_clear_cache()

-- id: FUNC-052
-- tries: read_postgres_binary
-- expect: refused
SELECT * FROM read_postgres_binary('%{file}')

-- id: FUNC-053
-- tries: sqlite_scan
-- expect: refused
SELECT * FROM sqlite_scan('%{file}', 't')

-- id: FUNC-054
-- tries: sqlite_attach
-- expect: refused
SELECT * FROM sqlite_attach('%{file}')

-- id: FUNC-055
-- tries: sqlite_query
-- expect: refused
SELECT * FROM sqlite_query('x', 'SELECT 1')

-- id: FUNC-056
-- tries: load_aws_credentials
-- expect: refused
SELECT * FROM load_aws_credentials()

-- id: FUNC-057
-- tries: iceberg_scan
-- expect: refused
SELECT * FROM iceberg_scan('%{file}')

-- id: FUNC-058
-- tries: iceberg_metadata
-- expect: refused
SELECT * FROM iceberg_metadata('%{file}')

-- id: FUNC-059
-- tries: iceberg_snapshots
-- expect: refused
SELECT * FROM iceberg_snapshots('%{file}')

-- id: FUNC-060
-- tries: delta_scan
-- expect: refused
SELECT * FROM delta_scan('%{file}')

-- id: FUNC-061
-- tries: mysql_query
-- expect: refused
SELECT * FROM mysql_query('x', 'SELECT 1')

-- id: FUNC-062
-- tries: st_read
-- expect: refused
SELECT * FROM st_read('%{file}')

-- id: FUNC-063
-- tries: seq_scan
-- expect: refused
SELECT * FROM seq_scan('zq_vault')

-- id: FUNC-064
-- tries: index_scan
-- expect: refused
SELECT * FROM index_scan('zq_vault')

-- id: FUNC-065
-- tries: arrow_scan
-- expect: refused
SELECT * FROM arrow_scan(1, 2, 3)

-- id: FUNC-066
-- tries: arrow_scan_dumb
-- expect: refused
SELECT * FROM arrow_scan_dumb(1, 2, 3)

-- id: FUNC-067
-- tries: pandas_scan
-- expect: refused
SELECT * FROM pandas_scan(1)

-- id: FUNC-068
-- tries: repeat_row
-- expect: any
SELECT * FROM repeat_row(1, num_rows := 2)

-- id: FUNC-069
-- tries: test_all_types
-- expect: any
SELECT * FROM test_all_types()

-- id: FUNC-070
-- tries: test_vector_types
-- expect: any
SELECT * FROM test_vector_types(NULL)

-- id: FUNC-071
-- tries: summary
-- expect: refused
SELECT * FROM summary((FROM zq_vault))

-- id: FUNC-072
-- tries: histogram_values
-- expect: refused
SELECT * FROM histogram_values('zq_vault', 'zq_secret')

-- id: FUNC-073
-- tries: histogram
-- expect: refused
SELECT * FROM histogram('zq_vault', 'zq_secret')

-- id: FUNC-074
-- tries: force_checkpoint
-- expect: refused
SELECT * FROM force_checkpoint('lake')

-- id: FUNC-075
-- tries: unnest_nothing
-- expect: refused
SELECT * FROM unnest_nothing(1)

-- id: FUNC-076
-- tries: storage_info
-- expect: refused
SELECT * FROM storage_info('zq_vault')

-- id: FUNC-077
-- tries: pragma_show
-- expect: refused
SELECT * FROM pragma_show('zq_vault')

-- id: FUNC-078
-- tries: pragma_storage_info
-- expect: refused
SELECT * FROM pragma_storage_info('lake.main.zq_vault')

-- id: FUNC-079
-- tries: duckdb_profiling_settings
-- expect: refused
SELECT * FROM duckdb_profiling_settings()

-- id: FUNC-080
-- tries: icu_calendar_names
-- expect: any
SELECT * FROM icu_calendar_names()

-- id: FUNC-081
-- tries: json_execute_serialized_sql
-- expect: refused
SELECT * FROM json_execute_serialized_sql('{}')

-- id: FUNC-082
-- tries: __nothing
-- expect: refused
SELECT * FROM __nothing()

-- id: FUNC-083
-- tries: current_setting
-- expect: refused
SELECT current_setting('threads')

-- id: FUNC-084
-- tries: current_query
-- expect: refused
SELECT current_query()

-- id: FUNC-085
-- tries: nextval
-- expect: refused
SELECT nextval('open.counter')

-- id: FUNC-086
-- tries: currval
-- expect: refused
SELECT currval('open.counter')

-- id: FUNC-087
-- tries: setseed
-- expect: refused
SELECT setseed(0.5)

-- id: FUNC-088
-- tries: sleep_ms
-- expect: refused
SELECT sleep_ms(10)

-- id: FUNC-089
-- tries: pg_sleep
-- expect: refused
SELECT pg_sleep(1)

-- id: FUNC-090
-- tries: getvariable
-- expect: refused
SELECT getvariable('x')

-- id: FUNC-091
-- tries: txid_current
-- expect: refused
SELECT txid_current()

-- id: FUNC-092
-- tries: json_serialize_sql
-- expect: refused
SELECT json_serialize_sql('SELECT 1')

-- id: FUNC-093
-- tries: json_serialize_plan
-- expect: refused
SELECT json_serialize_plan('SELECT 1')

-- id: FUNC-094
-- tries: json_deserialize_sql
-- expect: refused
SELECT json_deserialize_sql('{}')

-- id: FUNC-095
-- tries: iceberg_bucket
-- expect: refused
SELECT iceberg_bucket(1, 'x')

-- id: FUNC-096
-- tries: murmur3_32
-- expect: refused
SELECT murmur3_32('x')

-- id: FUNC-097
-- tries: postgres_hstore_get
-- expect: refused
SELECT postgres_hstore_get('x', 'y')

-- id: FUNC-098
-- tries: stats
-- expect: refused
SELECT stats(1)

-- id: FUNC-099
-- tries: vector_type
-- expect: refused
SELECT vector_type(1)

-- id: FUNC-100
-- tries: in_search_path
-- expect: refused
SELECT in_search_path('lake', 'main')

-- id: FUNC-101
-- tries: pg_get_viewdef
-- expect: refused
SELECT pg_get_viewdef(1)

-- id: FUNC-102
-- tries: which_secret
-- expect: refused
SELECT which_secret('s3://x', 's3')

-- id: FUNC-103
-- tries: write_log
-- expect: refused
SELECT write_log('x')

-- id: FUNC-104
-- tries: __internal_compress_string_utinyint
-- expect: refused
SELECT __internal_compress_string_utinyint('x')

-- id: FUNC-105
-- tries: internal_decompress_string
-- expect: refused
SELECT internal_decompress_string('x')

-- id: FUNC-106
-- tries: current_connection_id
-- expect: refused
SELECT current_connection_id()

-- id: FUNC-107
-- tries: current_transaction_id
-- expect: refused
SELECT current_transaction_id()

-- id: FUNC-108
-- tries: current_query_id
-- expect: refused
SELECT current_query_id()

-- id: FUNC-109
-- tries: lake.open.sneak
-- expect: refused
SELECT lake.open.sneak(1)

-- id: FUNC-110
-- tries: open.sneak
-- expect: refused
SELECT open.sneak(1)

-- id: FUNC-111
-- tries: lake.main.lower
-- expect: refused
SELECT lake.main.lower('X')

-- id: FUNC-112
-- tries: open.lower
-- expect: refused
SELECT open.lower('X')

-- id: FUNC-113
-- tries: add_parquet_key
-- expect: refused
SELECT add_parquet_key('k', 'v')

-- id: FUNC-114
-- tries: query
-- expect: refused
SELECT query('SELECT 1')

-- id: FUNC-115
-- tries: pragma_version
-- expect: refused
SELECT pragma_version()

-- id: FUNC-116
-- tries: file_exists
-- expect: refused
SELECT file_exists('/etc/passwd')

-- id: FUNC-117
-- tries: read_text
-- expect: refused
SELECT read_text('/etc/passwd')

-- id: FUNC-118
-- tries: write_blob
-- expect: refused
SELECT write_blob('x', 'y')

-- id: FUNC-119
-- tries: system
-- expect: refused
SELECT system('id')

-- id: FUNC-120
-- tries: shell
-- expect: refused
SELECT shell('id')

-- id: FUNC-121
-- tries: load_extension
-- expect: refused
SELECT load_extension('x')

-- id: FUNC-122
-- tries: pg_read_file
-- expect: refused
SELECT pg_read_file('/etc/passwd')

-- id: FUNC-123
-- tries: lo_import
-- expect: refused
SELECT lo_import('/etc/passwd')

-- id: FUNC-124
-- tries: dblink
-- expect: refused
SELECT dblink('x', 'y')

-- id: FUNC-125
-- tries: version_compare
-- expect: refused
SELECT version_compare('1', '2')

-- id: FUNC-126
-- tries: duckdb_secrets
-- expect: refused
SELECT duckdb_secrets()

-- id: FUNC-127
-- tries: enum_range
-- expect: refused
SELECT enum_range(NULL::zq_mood)

-- id: FUNC-128
-- tries: enum_first
-- expect: refused
SELECT enum_first(NULL::lake.main.zq_mood)

-- id: FUNC-129
-- tries: cast_to_type
-- expect: refused
SELECT cast_to_type('calm', NULL::zq_mood)

-- id: FUNC-130
-- tries: 'calm'::zq_mood
-- expect: refused
SELECT 'calm'::zq_mood

-- id: FUNC-131
-- tries: lower is DuckDB's own
-- expect: rows
-- row: x
SELECT lower('X')

-- id: FUNC-132
-- tries: lower in the schema that shadows it
-- as: reader filtered masked writer
-- expect: rows
-- row: x
-- first: USE lake.open
SELECT lower('X')

-- id: FUNC-133
-- tries: lower by its schema
-- expect: rows
-- row: x
SELECT main.lower('X')

-- id: FUNC-134
-- tries: lower as a method
-- expect: rows
-- row: x
SELECT ('X').lower()

-- id: FUNC-135
-- tries: a macro of the lake as a table
-- expect: refused
SELECT * FROM zq_peek()

-- id: FUNC-136
-- tries: a macro in the open as a table
-- expect: refused
SELECT * FROM open.peek()

-- id: FUNC-137
-- tries: a macro in the open as a table, after USE
-- expect: refused
-- first?: USE lake.open
SELECT * FROM peek()

-- id: FUNC-138
-- tries: a macro in the open as a method
-- expect: refused
-- first?: USE lake.open
SELECT ('x').sneak()

-- id: FUNC-139
-- tries: a function in ORDER BY
-- expect: refused
SELECT 1 ORDER BY getenv('HOME')

-- id: FUNC-140
-- tries: a function in LIMIT
-- expect: refused
SELECT 1 LIMIT length(current_setting('temp_directory'))

-- id: FUNC-141
-- tries: a function in a window
-- expect: refused
SELECT row_number() OVER (ORDER BY getenv('x'))

-- id: FUNC-142
-- tries: a function in an aggregate's order
-- expect: refused
SELECT list(1 ORDER BY getenv('x'))

-- id: FUNC-143
-- tries: a function in a lambda
-- expect: refused
SELECT list_transform(['HOME'], lambda x: getenv(x))

-- id: FUNC-144
-- tries: a function by list_aggregate
-- expect: refused
SELECT list_aggregate(['x'], 'getenv')

-- id: FUNC-145
-- tries: an aggregate by name that is none
-- expect: refused
SELECT list_aggregate([1], 'current_setting')

-- id: FUNC-146
-- tries: a function by apply
-- expect: refused
SELECT apply(['x'], getenv)

-- id: FUNC-147
-- tries: a function in PIVOT
-- expect: refused
PIVOT (SELECT 1 AS a) ON a IN (1) USING getenv('x')

-- id: FUNC-148
-- tries: a function in AT
-- expect: refused
SELECT * FROM duck.open.colours AT (VERSION => getenv('x'))

-- id: FUNC-149
-- tries: a function in a sample
-- expect: refused
SELECT * FROM open.items USING SAMPLE getenv('x') ROWS

-- id: FUNC-150
-- tries: a function in a default of a window
-- expect: refused
SELECT lag(1, 1, getenv('x')) OVER ()

-- id: FUNC-151
-- tries: a function as a default of a parameter
-- via: prepared
-- expect: refused
-- bind: x
SELECT coalesce(?, getenv('x'))

-- id: FUNC-152
-- tries: a function as a column's name
-- expect: permitted
SELECT 1 AS "getenv('x')"

-- id: FUNC-153
-- tries: a table function as a scalar
-- expect: refused
SELECT glob('*')

-- id: FUNC-154
-- tries: a table function in SELECT
-- expect: refused
SELECT unnest(read_csv('/etc/passwd'))

-- id: FUNC-155
-- tries: an operator named as a function
-- expect: permitted
SELECT "+"(1, 2)

-- id: FUNC-156
-- tries: an internal operator
-- expect: refused
SELECT "__internal_compress_integral_utinyint"(1, 2)

-- id: FUNC-157
-- tries: system.main
-- expect: permitted
SELECT system.main.lower('X')

-- id: FUNC-158
-- tries: pg_catalog
-- expect: any
SELECT pg_catalog.lower('X')

-- id: FUNC-159
-- tries: a type as a function
-- expect: any
SELECT zq_mood('calm')

-- id: FUNC-160
-- tries: the lake's own type
-- expect: any
SELECT 's'::open.size
