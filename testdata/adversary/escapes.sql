--- Rows M01 to M22: SQL that leads out of the data, to files, networks, settings and other people's statements.

-- id: M01-001
-- tries: logging to a file
-- expect: refused PermissionDenied
SELECT * FROM enable_logging(storage='file', storage_path='%{file}')

-- id: M01-002
-- tries: logging by CALL
-- expect: refused PermissionDenied
CALL enable_logging(storage='file', storage_path='%{file}')

-- id: M01-003
-- tries: logging, qualified
-- expect: refused PermissionDenied
SELECT * FROM system.main.enable_logging()

-- id: M01-004
-- tries: logging, quoted and in capitals
-- expect: refused PermissionDenied
SELECT * FROM "ENABLE_LOGGING"()

-- id: M01-005
-- tries: logging off
-- expect: refused PermissionDenied
CALL disable_logging()

-- id: M01-006
-- tries: logging in a subquery
-- expect: refused PermissionDenied
SELECT (SELECT count(*) FROM enable_logging())

-- id: M02-001
-- tries: the query log
-- expect: refused PermissionDenied
CALL enable_logging('QueryLog')

-- id: M02-002
-- tries: the logs as a table
-- expect: refused
FROM duckdb_logs

-- id: M02-003
-- tries: the logs as a function
-- expect: refused PermissionDenied
FROM duckdb_logs()

-- id: M02-004
-- tries: the logs, parsed
-- expect: refused PermissionDenied
FROM duckdb_logs_parsed('QueryLog')

-- id: M02-005
-- tries: truncating the logs
-- expect: refused PermissionDenied
CALL truncate_duckdb_logs()

-- id: M02-006
-- tries: writing a log
-- expect: refused PermissionDenied
SELECT write_log('x')

-- id: M02-007
-- tries: parsing a log's message
-- expect: refused
SELECT parse_duckdb_log_message('QueryLog', 'x')

-- id: M03-001
-- tries: an attached memory
-- expect: refused PermissionDenied
ATTACH ':memory:' AS x

-- id: M03-002
-- tries: an attach if it is not there
-- expect: refused PermissionDenied
ATTACH IF NOT EXISTS ':memory:' AS lake

-- id: M03-003
-- tries: an attach or replace
-- expect: refused PermissionDenied
ATTACH OR REPLACE ':memory:' AS lake

-- id: M03-004
-- tries: a table of it
-- expect: refused
CREATE TABLE x.t (a INTEGER)

-- id: M03-005
-- tries: detach of a lake
-- expect: refused PermissionDenied
DETACH lake

-- id: M03-006
-- tries: detach of a hidden catalog
-- expect: refused PermissionDenied
DETACH DATABASE IF EXISTS zq_void

-- id: M04-001
-- tries: read_csv
-- expect: refused PermissionDenied
SELECT * FROM read_csv('/etc/passwd')

-- id: M04-002
-- tries: read_csv_auto
-- expect: refused PermissionDenied
SELECT * FROM read_csv_auto('/etc/passwd')

-- id: M04-003
-- tries: read_text
-- expect: refused PermissionDenied
SELECT * FROM read_text('/etc/passwd')

-- id: M04-004
-- tries: read_blob
-- expect: refused PermissionDenied
SELECT * FROM read_blob('/etc/passwd')

-- id: M04-005
-- tries: read_json
-- expect: refused PermissionDenied
SELECT * FROM read_json('/etc/passwd')

-- id: M04-006
-- tries: read_json_auto
-- expect: refused PermissionDenied
SELECT * FROM read_json_auto('/etc/passwd')

-- id: M04-007
-- tries: read_json_objects
-- expect: refused PermissionDenied
SELECT * FROM read_json_objects('/etc/passwd')

-- id: M04-008
-- tries: read_ndjson
-- expect: refused PermissionDenied
SELECT * FROM read_ndjson('/etc/passwd')

-- id: M04-009
-- tries: read_ndjson_objects
-- expect: refused PermissionDenied
SELECT * FROM read_ndjson_objects('/etc/passwd')

-- id: M04-010
-- tries: read_ndjson_auto
-- expect: refused PermissionDenied
SELECT * FROM read_ndjson_auto('/etc/passwd')

-- id: M04-011
-- tries: read_parquet
-- expect: refused PermissionDenied
SELECT * FROM read_parquet('/etc/passwd')

-- id: M04-012
-- tries: parquet_scan
-- expect: refused PermissionDenied
SELECT * FROM parquet_scan('/etc/passwd')

-- id: M04-013
-- tries: parquet_metadata
-- expect: refused PermissionDenied
SELECT * FROM parquet_metadata('/etc/passwd')

-- id: M04-014
-- tries: parquet_schema
-- expect: refused PermissionDenied
SELECT * FROM parquet_schema('/etc/passwd')

-- id: M04-015
-- tries: parquet_file_metadata
-- expect: refused PermissionDenied
SELECT * FROM parquet_file_metadata('/etc/passwd')

-- id: M04-016
-- tries: parquet_kv_metadata
-- expect: refused PermissionDenied
SELECT * FROM parquet_kv_metadata('/etc/passwd')

-- id: M04-017
-- tries: parquet_bloom_probe
-- expect: refused PermissionDenied
SELECT * FROM parquet_bloom_probe('/etc/passwd')

-- id: M04-018
-- tries: read_duckdb
-- expect: refused PermissionDenied
SELECT * FROM read_duckdb('/etc/passwd')

-- id: M04-019
-- tries: glob
-- expect: refused PermissionDenied
SELECT * FROM glob('/etc/passwd')

-- id: M04-020
-- tries: sniff_csv
-- expect: refused PermissionDenied
SELECT * FROM sniff_csv('/etc/passwd')

-- id: M04-021
-- tries: read_avro
-- expect: refused PermissionDenied
SELECT * FROM read_avro('/etc/passwd')

-- id: M04-022
-- tries: read_xlsx
-- expect: refused PermissionDenied
SELECT * FROM read_xlsx('/etc/passwd')

-- id: M04-023
-- tries: a list of files
-- expect: refused PermissionDenied
SELECT * FROM read_text(['/etc/passwd', '/proc/self/environ'])

-- id: M04-024
-- tries: the attached lake as a file
-- expect: refused PermissionDenied
SELECT * FROM read_blob('lake.duckdb')

-- id: M04-025
-- tries: the lake's data by a pattern
-- expect: refused PermissionDenied
SELECT * FROM read_parquet('lakedata/**/*.parquet')

-- id: M04-026
-- tries: a file through a lateral join
-- expect: refused PermissionDenied
SELECT * FROM (VALUES ('/etc/passwd')) v(f), LATERAL (SELECT * FROM read_text(v.f))

-- id: M04-027
-- tries: a named argument
-- expect: refused PermissionDenied
SELECT * FROM read_csv(files := '/etc/passwd')

-- id: M05-001
-- tries: a file as a table
-- expect: refused PermissionDenied
FROM '/etc/passwd.csv'

-- id: M05-002
-- tries: a quoted file as a table
-- expect: refused
SELECT * FROM "/etc/passwd"

-- id: M05-003
-- tries: a pattern as a table
-- expect: refused
FROM '*.parquet'

-- id: M05-004
-- tries: DESCRIBE of a file
-- expect: refused PermissionDenied
DESCRIBE '/etc/passwd.csv'

-- id: M05-005
-- tries: SUMMARIZE of a file
-- expect: refused PermissionDenied
SUMMARIZE '/etc/passwd.csv'

-- id: M05-006
-- tries: a file with a schema
-- expect: refused
FROM main.'/etc/passwd.csv'

-- id: M05-007
-- tries: a join with a file
-- expect: refused
SELECT * FROM open.items JOIN '/etc/passwd.csv' p ON true

-- id: M05-008
-- tries: a relative file
-- expect: refused
FROM "lake.duckdb"

-- id: M05-009
-- tries: standard input
-- expect: refused PermissionDenied
FROM '/dev/stdin'

-- id: M06-001
-- tries: a file in a view
-- expect: refused
CREATE VIEW work.v AS SELECT * FROM read_csv('/etc/passwd')

-- id: M06-002
-- tries: a file in a temporary view
-- expect: refused
CREATE TEMP VIEW v AS SELECT * FROM read_csv('/etc/passwd')

-- id: M06-003
-- tries: a file in a macro
-- expect: refused PermissionDenied
CREATE MACRO m() AS TABLE SELECT * FROM read_csv('/etc/passwd')

-- id: M06-004
-- tries: a file in a CTE
-- expect: refused PermissionDenied
WITH c AS (SELECT * FROM read_csv('/etc/passwd')) SELECT * FROM c

-- id: M06-005
-- tries: query()
-- expect: refused PermissionDenied
SELECT * FROM query('SELECT 1')

-- id: M06-006
-- tries: query() with pieces
-- expect: refused PermissionDenied
SELECT * FROM query('SELECT * FROM zq_' || 'vault')

-- id: M06-007
-- tries: query() of a hidden table
-- expect: refused PermissionDenied
SELECT * FROM query('FROM zq_vault')

-- id: M06-008
-- tries: query_table of a hidden table
-- expect: refused PermissionDenied
SELECT * FROM query_table('zq_vault')

-- id: M06-009
-- tries: query_table of a list
-- expect: refused PermissionDenied
SELECT * FROM query_table(['zq_vault', 'orders'])

-- id: M06-010
-- tries: query_table of a visible table
-- expect: refused PermissionDenied
SELECT * FROM query_table('open.items')

-- id: M06-011
-- tries: query_table by name
-- expect: refused PermissionDenied
SELECT * FROM query_table(['open.items'], true)

-- id: M06-012
-- tries: query_table, qualified
-- expect: refused PermissionDenied
SELECT * FROM system.main.query_table('zq_vault')

-- id: M06-013
-- tries: serialized SQL
-- expect: refused PermissionDenied
SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))

-- id: M06-014
-- tries: serialized SQL by CALL
-- expect: refused PermissionDenied
CALL json_execute_serialized_sql('{}')

-- id: M06-015
-- tries: serialized SQL by PRAGMA
-- expect: refused PermissionDenied
PRAGMA json_execute_serialized_sql('{}')

-- id: M06-016
-- tries: a plan of a hidden table
-- expect: refused PermissionDenied
SELECT json_serialize_plan('SELECT * FROM zq_vault')

-- id: M06-017
-- tries: a tree
-- expect: refused PermissionDenied
SELECT json_serialize_sql('SELECT 1')

-- id: M06-018
-- tries: a text of a tree
-- expect: refused PermissionDenied
SELECT json_deserialize_sql('{}')

-- id: M06-019
-- tries: a file prepared
-- expect: refused PermissionDenied
PREPARE p AS SELECT * FROM read_csv('/etc/passwd')

-- id: M06-020
-- tries: a file explained
-- expect: refused PermissionDenied
EXPLAIN ANALYZE SELECT * FROM read_csv('/etc/passwd')

-- id: M06-021
-- tries: completion
-- expect: refused PermissionDenied
SELECT * FROM sql_auto_complete('SELECT * FROM z')

-- id: M06-022
-- tries: syntax check
-- expect: refused PermissionDenied
SELECT * FROM check_peg_parser('SELECT 1')

-- id: M07-001
-- tries: COPY to a file
-- expect: refused PermissionDenied
COPY (SELECT 1) TO '%{file}'

-- id: M07-002
-- tries: COPY of a table
-- expect: refused PermissionDenied
COPY open.items TO '%{file}.parquet'

-- id: M07-003
-- tries: COPY with options
-- expect: refused PermissionDenied
COPY (SELECT 1 AS a) TO '%{file}' (FORMAT csv, PARTITION_BY (a))

-- id: M07-004
-- tries: COPY to standard output
-- expect: refused PermissionDenied
COPY (SELECT 1) TO '/dev/stdout'

-- id: M07-005
-- tries: COPY from a file
-- expect: refused PermissionDenied
COPY work.notes FROM '/etc/passwd'

-- id: M07-006
-- tries: COPY of a hidden table
-- expect: refused PermissionDenied
COPY zq_vault TO '%{file}'

-- id: M07-007
-- tries: COPY FROM DATABASE
-- expect: refused PermissionDenied
COPY FROM DATABASE lake TO duck

-- id: M07-008
-- tries: EXPORT
-- expect: refused PermissionDenied
EXPORT DATABASE '%{file}'

-- id: M07-009
-- tries: IMPORT
-- expect: refused PermissionDenied
IMPORT DATABASE '%{file}'

-- id: M07-010
-- tries: COPY within a CTE
-- expect: refused
WITH c AS (COPY (SELECT 1) TO '%{file}') SELECT 1

-- id: M08-001
-- tries: attach of a file
-- expect: refused PermissionDenied
ATTACH '%{file}'

-- id: M08-002
-- tries: attach of a file of SQLite
-- expect: refused PermissionDenied
ATTACH '%{file}' AS s (TYPE sqlite)

-- id: M08-003
-- tries: attach of PostgreSQL
-- expect: refused PermissionDenied
ATTACH 'dbname=x host=127.0.0.1' AS p (TYPE postgres)

-- id: M08-004
-- tries: attach of a DuckLake
-- expect: refused PermissionDenied
ATTACH 'ducklake:%{file}' AS x

-- id: M08-005
-- tries: attach of the lake's metadata
-- expect: refused PermissionDenied
ATTACH 'lakemeta.ducklake' AS x (READ_ONLY)

-- id: M08-006
-- tries: attach of an address
-- expect: refused PermissionDenied
ATTACH 'http://127.0.0.1:1/x.duckdb' AS x

-- id: M08-007
-- tries: USE of a missing catalog
-- expect: refused
USE nowhere

-- id: M09-001
-- tries: INSTALL
-- expect: refused PermissionDenied
INSTALL httpfs

-- id: M09-002
-- tries: FORCE INSTALL
-- expect: refused PermissionDenied
FORCE INSTALL httpfs FROM community

-- id: M09-003
-- tries: INSTALL from an address
-- expect: refused PermissionDenied
INSTALL x FROM 'http://127.0.0.1:1/'

-- id: M09-004
-- tries: LOAD
-- expect: refused PermissionDenied
LOAD httpfs

-- id: M09-005
-- tries: LOAD of a path
-- expect: refused PermissionDenied
LOAD '/tmp/x.so'

-- id: M09-006
-- tries: UPDATE EXTENSIONS
-- expect: refused PermissionDenied
UPDATE EXTENSIONS

-- id: M09-007
-- tries: a table by http
-- expect: refused PermissionDenied
FROM 'http://127.0.0.1:1/x.parquet'

-- id: M09-008
-- tries: a table by s3
-- expect: refused PermissionDenied
FROM 's3://lake1/x.parquet'

-- id: M09-009
-- tries: a table by hf
-- expect: refused PermissionDenied
FROM 'hf://datasets/x/y.csv'

-- id: M09-010
-- tries: a table by s3 with another endpoint
-- expect: refused PermissionDenied
FROM 's3://lake1/x.parquet?s3_endpoint=127.0.0.1:1'

-- id: M09-011
-- tries: a table by an Azure address
-- expect: refused
FROM 'azure://x/y.parquet'

-- id: M10-001
-- tries: SET lock_configuration
-- expect: refused PermissionDenied
SET lock_configuration = false

-- id: M10-002
-- tries: SET threads
-- expect: refused PermissionDenied
SET threads = 1

-- id: M10-003
-- tries: SET GLOBAL threads TO 1
-- expect: refused PermissionDenied
SET GLOBAL threads TO 1

-- id: M10-004
-- tries: SET memory_limit
-- expect: refused PermissionDenied
SET memory_limit = '1MB'

-- id: M10-005
-- tries: SET temp_directory
-- expect: refused PermissionDenied
SET temp_directory = '%{file}'

-- id: M10-006
-- tries: RESET temp_directory
-- expect: refused PermissionDenied
RESET temp_directory

-- id: M10-007
-- tries: SET home_directory
-- expect: refused PermissionDenied
SET home_directory = '/'

-- id: M10-008
-- tries: SET extension_directory
-- expect: refused PermissionDenied
SET extension_directory = '/'

-- id: M10-009
-- tries: PRAGMA extension_directory
-- expect: refused PermissionDenied
PRAGMA extension_directory='/'

-- id: M10-010
-- tries: SET log_query_path
-- expect: refused PermissionDenied
SET log_query_path = '%{file}'

-- id: M10-011
-- tries: SET profiling_output
-- expect: refused PermissionDenied
SET profiling_output = '%{file}'

-- id: M10-012
-- tries: SET enable_profiling
-- expect: refused PermissionDenied
SET enable_profiling = 'json'

-- id: M10-013
-- tries: SET allow_unredacted_secrets
-- expect: refused PermissionDenied
SET allow_unredacted_secrets = true

-- id: M10-014
-- tries: SET enable_external_access
-- expect: refused PermissionDenied
SET enable_external_access = true

-- id: M10-015
-- tries: SET GLOBAL enable_external_access
-- expect: refused PermissionDenied
SET GLOBAL enable_external_access = true

-- id: M10-016
-- tries: SET allowed_directories
-- expect: refused PermissionDenied
SET allowed_directories = ['/']

-- id: M10-017
-- tries: SET allow_unsigned_extensions
-- expect: refused PermissionDenied
SET allow_unsigned_extensions = true

-- id: M10-018
-- tries: SET autoload_known_extensions
-- expect: refused PermissionDenied
SET autoload_known_extensions = true

-- id: M10-019
-- tries: SET custom_extension_repository
-- expect: refused PermissionDenied
SET custom_extension_repository = 'http://127.0.0.1:1'

-- id: M10-020
-- tries: SET explain_output
-- expect: refused PermissionDenied
SET explain_output = 'all'

-- id: M10-021
-- tries: SET disabled_optimizers
-- expect: refused PermissionDenied
SET disabled_optimizers = 'filter_pushdown'

-- id: M10-022
-- tries: SET s3_endpoint
-- expect: refused PermissionDenied
SET s3_endpoint = '127.0.0.1:1'

-- id: M10-023
-- tries: SET streaming_buffer_size
-- expect: refused PermissionDenied
SET streaming_buffer_size = '1TB'

-- id: M10-024
-- tries: SET max_expression_depth
-- expect: refused PermissionDenied
SET max_expression_depth = 1000000

-- id: M10-025
-- tries: SET default_secret_storage
-- expect: refused PermissionDenied
SET default_secret_storage = 'x'

-- id: M10-026
-- tries: RESET ALL
-- expect: refused PermissionDenied
RESET ALL

-- id: M11-001
-- tries: a variable
-- expect: refused PermissionDenied
SET VARIABLE x = 1

-- id: M11-002
-- tries: a variable from a hidden table
-- expect: refused
SET VARIABLE x = (SELECT max(zq_secret) FROM zq_vault)

-- id: M11-003
-- tries: a variable read
-- expect: refused PermissionDenied
SELECT getvariable('x')

-- id: M11-004
-- tries: a variable, reset
-- expect: refused PermissionDenied
RESET VARIABLE x

-- id: M11-005
-- tries: search_path for all
-- expect: refused PermissionDenied
SET GLOBAL search_path = 'zq_hidden'

-- id: M11-006
-- tries: the time zone
-- expect: refused PermissionDenied
SET TimeZone = 'Europe/Paris'

-- id: M11-007
-- tries: a local setting
-- expect: any
SET LOCAL schema = 'open'

-- id: M11-008
-- tries: a collation for all comparisons
-- expect: refused PermissionDenied
SET default_collation = 'NOCASE'

-- id: M11-009
-- tries: the order of NULLs
-- expect: refused PermissionDenied
SET default_null_order = 'nulls_first'

-- id: M11-010
-- tries: integer division
-- expect: refused PermissionDenied
SET integer_division = true

-- id: M11-011
-- tries: an order that is not kept
-- expect: refused PermissionDenied
SET preserve_insertion_order = false

-- id: M12-001
-- tries: profiling
-- expect: refused PermissionDenied
PRAGMA enable_profiling

-- id: M12-002
-- tries: profiling to a file
-- expect: refused PermissionDenied
PRAGMA profiling_output='%{file}'

-- id: M12-003
-- tries: profiling by CALL
-- expect: refused PermissionDenied
CALL enable_profiling(save_location := '%{file}')

-- id: M12-004
-- tries: no optimiser
-- expect: refused PermissionDenied
PRAGMA disable_optimizer

-- id: M12-005
-- tries: verification
-- expect: refused PermissionDenied
PRAGMA enable_verification

-- id: M12-006
-- tries: another parser
-- expect: refused PermissionDenied
CALL enable_peg_parser()

-- id: M12-007
-- tries: a progress bar
-- expect: refused PermissionDenied
PRAGMA enable_progress_bar

-- id: M12-008
-- tries: the object cache
-- expect: refused PermissionDenied
PRAGMA enable_object_cache

-- id: M13-001
-- tries: a secret
-- expect: refused PermissionDenied
CREATE SECRET s (TYPE s3)

-- id: M13-002
-- tries: a lasting secret
-- expect: refused PermissionDenied
CREATE PERSISTENT SECRET s (TYPE s3)

-- id: M13-003
-- tries: a secret that shadows the server's
-- expect: refused PermissionDenied
CREATE OR REPLACE SECRET s (TYPE s3, SCOPE 's3://')

-- id: M13-004
-- tries: a temporary secret
-- expect: refused PermissionDenied
CREATE TEMPORARY SECRET IF NOT EXISTS s (TYPE postgres)

-- id: M13-005
-- tries: a secret dropped
-- expect: refused PermissionDenied
DROP SECRET s

-- id: M13-006
-- tries: secrets listed
-- expect: refused PermissionDenied
FROM duckdb_secrets()

-- id: M13-007
-- tries: secrets listed in the clear
-- expect: refused PermissionDenied
FROM duckdb_secrets(redact := false)

-- id: M13-008
-- tries: kinds of secrets
-- expect: refused PermissionDenied
FROM duckdb_secret_types()

-- id: M14-001
-- tries: the environment
-- expect: refused PermissionDenied
SELECT getenv('HOME')

-- id: M14-002
-- tries: the environment by method
-- expect: refused
SELECT ('HOME').getenv()

-- id: M14-003
-- tries: a setting that holds a secret
-- expect: refused PermissionDenied
SELECT current_setting('s3_secret_access_key')

-- id: M15-001
-- tries: databases by PRAGMA
-- expect: refused PermissionDenied
PRAGMA database_list

-- id: M15-002
-- tries: databases by a view
-- expect: refused
FROM pragma_database_list

-- id: M15-003
-- tries: a setting
-- expect: refused PermissionDenied
SELECT current_setting('temp_directory')

-- id: M15-004
-- tries: settings
-- expect: refused PermissionDenied
FROM duckdb_settings()

-- id: M15-005
-- tries: the agent
-- expect: refused PermissionDenied
FROM pragma_user_agent()

-- id: M15-006
-- tries: the platform
-- expect: refused PermissionDenied
PRAGMA platform

-- id: M15-007
-- tries: the version by PRAGMA
-- expect: refused PermissionDenied
PRAGMA version

-- id: M15-008
-- tries: the size of databases
-- expect: refused PermissionDenied
PRAGMA database_size

-- id: M15-009
-- tries: the size of databases as a table
-- expect: refused PermissionDenied
FROM pragma_database_size()

-- id: M15-010
-- tries: storage of a hidden table
-- expect: refused PermissionDenied
PRAGMA storage_info('zq_vault')

-- id: M15-011
-- tries: columns of a hidden table
-- expect: refused PermissionDenied
PRAGMA table_info('zq_vault')

-- id: M15-012
-- tries: columns of a hidden table as a table
-- expect: refused PermissionDenied
FROM pragma_table_info('zq_vault')

-- id: M15-013
-- tries: what SHOW reads
-- expect: refused PermissionDenied
FROM pragma_show('zq_vault')

-- id: M15-014
-- tries: collations
-- expect: refused PermissionDenied
PRAGMA collations

-- id: M15-015
-- tries: functions
-- expect: refused PermissionDenied
PRAGMA functions

-- id: M15-016
-- tries: tables by PRAGMA
-- expect: refused PermissionDenied
PRAGMA show_tables

-- id: M15-017
-- tries: metadata blocks
-- expect: refused PermissionDenied
FROM pragma_metadata_info('lake')

-- id: M15-018
-- tries: what a profile told
-- expect: refused PermissionDenied
FROM pragma_last_profiling_output()

-- id: M15-019
-- tries: the import
-- expect: refused PermissionDenied
PRAGMA import_database('%{file}')

-- id: M16-001
-- tries: CHECKPOINT
-- expect: refused PermissionDenied
CHECKPOINT

-- id: M16-002
-- tries: CHECKPOINT of a lake
-- expect: refused PermissionDenied
CHECKPOINT lake

-- id: M16-003
-- tries: CHECKPOINT of a hidden catalog
-- expect: refused PermissionDenied
CHECKPOINT zq_void

-- id: M16-004
-- tries: FORCE CHECKPOINT
-- expect: refused PermissionDenied
FORCE CHECKPOINT

-- id: M16-005
-- tries: VACUUM
-- expect: refused PermissionDenied
VACUUM

-- id: M16-006
-- tries: VACUUM of a hidden table
-- expect: refused PermissionDenied
VACUUM ANALYZE zq_vault

-- id: M16-007
-- tries: ANALYZE
-- expect: refused PermissionDenied
ANALYZE open.items

-- id: M16-008
-- tries: a checkpoint by PRAGMA
-- expect: refused PermissionDenied
PRAGMA force_checkpoint

-- id: M16-009
-- tries: a checkpoint by a function
-- expect: refused PermissionDenied
FROM checkpoint('lake')

-- id: M16-010
-- tries: a checkpoint by force, by a function
-- expect: refused PermissionDenied
CALL force_checkpoint('lake')

-- id: M18-001
-- tries: a macro
-- expect: refused PermissionDenied
CREATE MACRO work.m(a) AS a

-- id: M18-002
-- tries: a temporary macro that shadows
-- expect: refused PermissionDenied
CREATE OR REPLACE TEMP MACRO lower(a) AS 'x'

-- id: M18-003
-- tries: a macro that shadows an operator
-- expect: refused PermissionDenied
CREATE MACRO "~~"(a, b) AS true

-- id: M18-004
-- tries: a function
-- expect: refused PermissionDenied
CREATE FUNCTION work.lower(a) AS a

-- id: M18-005
-- tries: a type
-- expect: refused PermissionDenied
CREATE TYPE work.y AS ENUM ('a')

-- id: M18-006
-- tries: a type of a query
-- expect: refused PermissionDenied
CREATE TYPE work.y AS ENUM (SELECT zq_secret FROM zq_vault)

-- id: M18-007
-- tries: a sequence
-- expect: refused PermissionDenied
CREATE SEQUENCE work.q

-- id: M18-008
-- tries: an index of hidden values
-- expect: refused PermissionDenied
CREATE UNIQUE INDEX i ON zq_vault (zq_secret)

-- id: M18-009
-- tries: an index of a filtered table
-- expect: refused PermissionDenied
CREATE UNIQUE INDEX i ON work.tasks (points)

-- id: M18-010
-- tries: a trigger
-- expect: refused
CREATE TRIGGER t AFTER INSERT ON work.notes FOR EACH ROW EXECUTE FUNCTION f()

-- id: M18-011
-- tries: a macro dropped
-- expect: refused PermissionDenied
DROP MACRO open.lower

-- id: M18-012
-- tries: a type dropped
-- expect: refused PermissionDenied
DROP TYPE open.size

-- id: M18-013
-- tries: a sequence dropped
-- expect: refused PermissionDenied
DROP SEQUENCE open.counter

-- id: M18-014
-- tries: an index dropped
-- expect: refused PermissionDenied
DROP INDEX zq_index

-- id: M18-015
-- tries: a function dropped
-- expect: refused PermissionDenied
DROP FUNCTION open.sneak

-- id: M18-016
-- tries: a comment on a hidden index
-- expect: refused
COMMENT ON INDEX zq_index IS 'x'

-- id: M18-017
-- tries: a comment on a macro
-- expect: refused
COMMENT ON MACRO open.sneak IS 'x'

-- id: M18-018
-- tries: a comment on the database
-- expect: refused
COMMENT ON DATABASE lake IS 'x'

-- id: M19-001
-- tries: two statements
-- expect: refused
SELECT 1; SELECT 2

-- id: M19-002
-- tries: a drop after a query
-- expect: refused
SELECT 1; DROP TABLE work.notes

-- id: M19-003
-- tries: nothing
-- expect: refused
;

-- id: M19-004
-- tries: only a comment
-- expect: refused
/* nothing */

-- id: M19-005
-- tries: a semicolon in a text is none
-- expect: rows
-- row: a;b
SELECT 'a;b'

-- id: M19-006
-- tries: a semicolon in dollar quotes is none
-- expect: rows
-- row: a;b
SELECT $$a;b$$

-- id: M19-007
-- tries: a second statement in a comment is none
-- expect: rows
-- row: 1
SELECT 1 /* ; DROP TABLE open.items */

-- id: M19-008
-- tries: an end of text that is none
-- expect: refused
SELECT 'a'';DROP TABLE open.items

-- id: M19-009
-- tries: a nested comment that ends early
-- expect: refused
SELECT 1 /* /* */ ; DROP TABLE open.items */ */

-- id: M19-010
-- tries: BEGIN and more
-- expect: refused
BEGIN; DROP TABLE open.items; COMMIT

-- id: M20-001
-- tries: an error in a transaction leaves nothing to others
-- expect: refused
-- first: BEGIN
-- first?: SELECT error('x')
-- first?: SELECT * FROM zq_vault
SELECT 1

-- id: M21-001
-- tries: 20,000 parentheses
-- as: reader
-- expect: refused
SELECT %{20000|(}1%{20000|)}

-- id: M21-002
-- tries: 10,000 brackets
-- as: reader
-- expect: refused
SELECT %{10000|[}1%{10000|]}

-- id: M21-003
-- tries: 10,000 NOTs
-- as: reader
-- expect: refused
SELECT %{10000|NOT }true

-- id: M21-004
-- tries: 10,000 minus signs
-- as: reader
-- expect: refused
SELECT %{10000|- }1

-- id: M21-005
-- tries: 10,000 terms
-- as: reader
-- expect: any
SELECT 1%{10000| + 1}

-- id: M21-006
-- tries: 10,000 ANDs of a hidden table at the end
-- as: reader writer
-- via: query prepared
-- expect: refused
SELECT true%{10000| AND true} AND EXISTS (FROM zq_vault)

-- id: M21-007
-- tries: 2,000 UNIONs
-- as: reader
-- via: query
-- expect: any
SELECT 1%{2000| UNION ALL SELECT 1}

-- id: M21-008
-- tries: 10,000 subqueries
-- as: reader
-- expect: refused
%{10000|SELECT * FROM (}SELECT 1%{10000|)}

-- id: M21-009
-- tries: 900 subqueries around a hidden table
-- as: reader
-- expect: refused
%{900|SELECT * FROM (}SELECT * FROM zq_vault%{900|)}

-- id: M21-010
-- tries: 10,000 CTEs deep
-- as: reader
-- expect: refused
%{10000|WITH a AS (}SELECT 1%{10000|) SELECT * FROM a}

-- id: M21-011
-- tries: 10,000 CASEs
-- as: reader
-- expect: refused
SELECT %{10000|CASE WHEN true THEN }1%{10000| END}

-- id: M21-012
-- tries: 10,000 casts
-- as: reader
-- expect: any
SELECT 1%{10000|::INTEGER}

-- id: M21-013
-- tries: 10,000 calls
-- as: reader
-- expect: refused
SELECT %{10000|abs(}1%{10000|)}

-- id: M21-014
-- tries: 10,000 method calls
-- as: reader
-- expect: any
SELECT ('a')%{10000|.upper()}

-- id: M21-015
-- tries: 10,000 joins
-- as: reader
-- expect: any
SELECT 1 FROM range(1)%{10000|, range(1)}

-- id: M21-016
-- tries: 10,000 fields
-- as: reader
-- expect: any
SELECT ({'a': 1})%{10000|.a}

-- id: M21-017
-- tries: 10,000 lambdas
-- as: reader
-- expect: refused
SELECT %{10000|list_transform([1], lambda x: }1%{10000|)}

-- id: M21-018
-- tries: 10,000 comments
-- as: reader
-- expect: any
SELECT 1%{10000|/**/}

-- id: M21-019
-- tries: 10,000 nested comments
-- as: reader
-- expect: any
SELECT 1 %{10000|/*}%{10000|*/}

-- id: M21-020
-- tries: 10,000 EXPLAINs
-- as: reader
-- expect: refused
%{10000|EXPLAIN }SELECT 1

-- id: M21-021
-- tries: 10,000 arrow lambdas
-- as: reader
-- expect: refused
SELECT %{10000|x -> }1

-- id: M21-022
-- tries: 10,000 types
-- as: reader
-- expect: refused
SELECT NULL::%{10000|STRUCT(a }INTEGER%{10000|)}

-- id: M21-023
-- tries: 10,000 list types
-- as: reader
-- expect: any
SELECT NULL::INTEGER%{10000|[]}

-- id: M21-024
-- tries: 10,000 intervals
-- as: reader
-- expect: any
SELECT %{10000|INTERVAL }'1' DAY

-- id: M21-025
-- tries: a row of 5,000
-- as: reader
-- via: query
-- expect: any
SELECT (1%{5000|, 1})

-- id: M21-026
-- tries: a long IN
-- as: reader
-- via: query
-- expect: any
SELECT 1 IN (1%{20000|, 2})

-- id: M21-027
-- tries: a long name
-- as: reader
-- expect: refused
SELECT * FROM %{60000|a}

-- id: M21-028
-- tries: an endless recursion that a LIMIT ends
-- via: query
-- as: reader
-- expect: any
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT * FROM r LIMIT 5

-- id: M21-029
-- tries: a stack of PIVOTs
-- as: reader
-- expect: refused
%{2000|PIVOT (}SELECT 1 AS a%{2000|) ON a IN (1) USING count(*)}

-- id: M22-001
-- tries: CALL
-- expect: refused PermissionDenied
CALL pragma_version()

-- id: M22-002
-- tries: CALL of a table function
-- expect: refused PermissionDenied
CALL range(5)

-- id: M22-003
-- tries: DEALLOCATE
-- expect: refused PermissionDenied
DEALLOCATE p

-- id: M22-004
-- tries: DEALLOCATE ALL
-- expect: refused PermissionDenied
DEALLOCATE ALL

-- id: M22-005
-- tries: LOCK
-- expect: refused
LOCK TABLE open.items

-- id: M22-006
-- tries: LISTEN
-- expect: refused
LISTEN x

-- id: M22-007
-- tries: DO
-- expect: refused
DO $$ BEGIN END $$

-- id: M22-008
-- tries: a savepoint
-- expect: refused
SAVEPOINT a

-- id: M22-009
-- tries: SET TRANSACTION
-- expect: refused
SET TRANSACTION READ WRITE

-- id: M22-010
-- tries: SET ROLE
-- expect: refused
SET ROLE admin

-- id: M22-011
-- tries: SET SESSION AUTHORIZATION
-- expect: refused
SET SESSION AUTHORIZATION 'admin'

-- id: M22-012
-- tries: a read-only transaction
-- expect: any
BEGIN TRANSACTION READ ONLY

-- id: M22-013
-- tries: a two-phase commit
-- expect: refused
COMMIT PREPARED 'x'

-- id: M22-014
-- tries: END without a beginning
-- expect: refused
END

-- id: M22-015
-- tries: a notify
-- expect: refused
NOTIFY x, 'y'

-- id: M22-016
-- tries: a cursor
-- expect: refused
DECLARE c CURSOR FOR SELECT * FROM zq_vault

-- id: M22-017
-- tries: a fetch
-- expect: refused
FETCH ALL FROM c

-- id: M22-018
-- tries: a rule
-- expect: refused
CREATE RULE r AS ON SELECT TO open.items DO INSTEAD SELECT * FROM zq_vault

-- id: M22-019
-- tries: a user
-- expect: refused
CREATE USER x

-- id: M22-020
-- tries: an owner
-- expect: refused
ALTER TABLE work.notes OWNER TO writer

-- id: M22-021
-- tries: another schema
-- expect: refused
ALTER TABLE work.notes SET SCHEMA open

-- id: M22-022
-- tries: a renamed schema
-- expect: refused
ALTER SCHEMA work RENAME TO zq_hidden

-- id: M22-023
-- tries: a renamed catalog
-- expect: refused
ALTER DATABASE lake RENAME TO x
