--- Row L04 once more: what there is, as the catalog tells it, and the plans of statements. Whatever it is asked,
--- it speaks of nothing that the caller may not see.

-- id: META-001
-- tries: tables
-- expect: same
SELECT table_catalog, table_schema, table_name FROM information_schema.tables WHERE table_catalog IN ('lake', 'duck') AND table_schema IN ('main', 'open') AND table_type = 'BASE TABLE'

-- id: META-002
-- tries: the columns of views over what is hidden
-- expect: rows
SELECT table_name, column_name FROM information_schema.columns WHERE table_name IN ('lens', 'dlens')

-- id: META-003
-- tries: DESCRIBE of a view over what is hidden
-- expect: refused
DESCRIBE open.lens

-- id: META-004
-- tries: DESCRIBE of a view over what is hidden, in a DuckLake
-- expect: refused
DESCRIBE duck.open.dlens

-- id: META-005
-- tries: SHOW TABLES
-- expect: any
SHOW TABLES

-- id: META-006
-- tries: SHOW ALL TABLES
-- expect: any
SHOW ALL TABLES

-- id: META-007
-- tries: SHOW TABLES FROM a hidden schema
-- expect: hidden zq_hidden
SHOW TABLES FROM zq_hidden

-- id: META-008
-- tries: SHOW TABLES FROM a hidden catalog
-- expect: hidden zq_void
SHOW TABLES FROM zq_void

-- id: META-009
-- tries: SHOW TABLES FROM a hidden schema by catalog
-- expect: hidden zq_hidden
SHOW TABLES FROM lake.zq_hidden

-- id: META-010
-- tries: SHOW SCHEMAS
-- expect: any
SHOW SCHEMAS

-- id: META-011
-- tries: SHOW DATABASES
-- expect: any
SHOW DATABASES

-- id: META-012
-- tries: SHOW TABLES FROM DuckDB's own
-- expect: refused
SHOW TABLES FROM system

-- id: META-013
-- tries: SHOW VARIABLES
-- expect: refused
SHOW VARIABLES

-- id: META-014
-- tries: SHOW of a setting
-- expect: refused
SHOW threads

-- id: META-015
-- tries: DESCRIBE everything
-- expect: any
DESCRIBE

-- id: META-016
-- tries: information_schema.columns
-- expect: any
SELECT * FROM information_schema.columns

-- id: META-017
-- tries: the columns of a hidden table
-- expect: rows
SELECT column_name FROM information_schema.columns WHERE table_name = 'zq_vault'

-- id: META-018
-- tries: the denied columns
-- expect: rows
SELECT column_name FROM information_schema.columns WHERE table_name = 'staff' AND column_name IN ('ssn', 'zq_feel')

-- id: META-019
-- tries: defaults of denied columns
-- expect: rows
SELECT column_default FROM information_schema.columns WHERE column_default LIKE '%default%'

-- id: META-020
-- tries: information_schema.schemata
-- expect: any
SELECT * FROM information_schema.schemata

-- id: META-021
-- tries: information_schema.character_sets
-- expect: any
SELECT * FROM information_schema.character_sets

-- id: META-022
-- tries: information_schema.table_constraints
-- expect: any
SELECT * FROM information_schema.table_constraints

-- id: META-023
-- tries: information_schema.key_column_usage
-- expect: any
SELECT * FROM information_schema.key_column_usage

-- id: META-024
-- tries: information_schema.referential_constraints
-- expect: any
SELECT * FROM information_schema.referential_constraints

-- id: META-025
-- tries: information_schema of a catalog
-- expect: any
SELECT * FROM lake.information_schema.tables

-- id: META-026
-- tries: information_schema of a hidden catalog
-- expect: hidden zq_void
SELECT * FROM zq_void.information_schema.tables

-- id: META-027
-- tries: information_schema of DuckDB's own catalog
-- expect: any
SELECT * FROM system.information_schema.tables

-- id: META-028
-- tries: duckdb_tables()
-- expect: any
FROM duckdb_tables()

-- id: META-029
-- tries: duckdb_tables() for hidden ones
-- expect: rows
SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'zq%' OR schema_name LIKE 'zq%' OR database_name LIKE 'zq%'

-- id: META-030
-- tries: the sizes of tables
-- expect: any
SELECT table_name, estimated_size FROM duckdb_tables()

-- id: META-031
-- tries: the size of a filtered table is told
-- expect: rows
SELECT table_name FROM duckdb_tables() WHERE table_name IN ('orders', 'staff', 'reports', 'events', 'tasks') AND estimated_size > 0

-- id: META-032
-- tries: the SQL of tables
-- expect: any
SELECT sql FROM duckdb_tables()

-- id: META-033
-- tries: duckdb_columns()
-- expect: any
FROM duckdb_columns()

-- id: META-034
-- tries: comments of columns
-- expect: rows
SELECT comment FROM duckdb_columns() WHERE column_name = 'ssn'

-- id: META-035
-- tries: duckdb_views()
-- expect: any
FROM duckdb_views()

-- id: META-036
-- tries: the SQL of views
-- expect: any
SELECT view_name, sql FROM duckdb_views()

-- id: META-037
-- tries: duckdb_constraints()
-- expect: any
FROM duckdb_constraints()

-- id: META-038
-- tries: duckdb_indexes()
-- expect: any
FROM duckdb_indexes()

-- id: META-039
-- tries: duckdb_sequences()
-- expect: any
FROM duckdb_sequences()

-- id: META-040
-- tries: duckdb_schemas()
-- expect: any
FROM duckdb_schemas()

-- id: META-041
-- tries: duckdb_databases()
-- expect: any
FROM duckdb_databases()

-- id: META-042
-- tries: duckdb_databases() with paths
-- expect: any
SELECT database_name, path FROM duckdb_databases()

-- id: META-043
-- tries: duckdb_types()
-- expect: any
FROM duckdb_types()

-- id: META-044
-- tries: labels of a hidden type
-- expect: any
SELECT type_name, labels FROM duckdb_types() WHERE labels IS NOT NULL

-- id: META-045
-- tries: duckdb_functions()
-- expect: refused
FROM duckdb_functions()

-- id: META-046
-- tries: macros' definitions
-- expect: refused
SELECT macro_definition FROM duckdb_functions() WHERE function_name = 'sneak'

-- id: META-047
-- tries: duckdb_settings()
-- expect: refused
FROM duckdb_settings()

-- id: META-048
-- tries: duckdb_extensions()
-- expect: refused
FROM duckdb_extensions()

-- id: META-049
-- tries: duckdb_dependencies()
-- expect: refused
FROM duckdb_dependencies()

-- id: META-050
-- tries: duckdb_secrets()
-- expect: refused
FROM duckdb_secrets()

-- id: META-051
-- tries: duckdb_memory()
-- expect: refused
FROM duckdb_memory()

-- id: META-052
-- tries: duckdb_logs
-- expect: refused
FROM duckdb_logs

-- id: META-053
-- tries: duckdb_log_contexts()
-- expect: refused
FROM duckdb_log_contexts()

-- id: META-054
-- tries: duckdb_prepared_statements()
-- expect: refused
FROM duckdb_prepared_statements()

-- id: META-055
-- tries: duckdb_variables()
-- expect: refused
FROM duckdb_variables()

-- id: META-056
-- tries: duckdb_optimizers()
-- expect: any
FROM duckdb_optimizers()

-- id: META-057
-- tries: duckdb_keywords()
-- expect: any
FROM duckdb_keywords()

-- id: META-058
-- tries: duckdb_approx_database_count()
-- expect: refused
FROM duckdb_approx_database_count()

-- id: META-059
-- tries: duckdb_connection_count()
-- expect: refused
FROM duckdb_connection_count()

-- id: META-060
-- tries: duckdb_coordinate_systems()
-- expect: any
FROM duckdb_coordinate_systems()

-- id: META-061
-- tries: duckdb_external_file_cache()
-- expect: refused
FROM duckdb_external_file_cache()

-- id: META-062
-- tries: duckdb_temporary_files()
-- expect: refused
FROM duckdb_temporary_files()

-- id: META-063
-- tries: duckdb_which_secret
-- expect: refused
FROM which_secret('s3://x', 's3')

-- id: META-064
-- tries: DuckDB's view duckdb_tables
-- expect: any
FROM duckdb_tables

-- id: META-065
-- tries: DuckDB's view duckdb_columns, in main of a catalog
-- expect: any
FROM lake.main.duckdb_columns

-- id: META-066
-- tries: sqlite_master
-- expect: any
FROM sqlite_master

-- id: META-067
-- tries: sqlite_schema
-- expect: any
FROM sqlite_schema

-- id: META-068
-- tries: sqlite_temp_master
-- expect: any
FROM sqlite_temp_master

-- id: META-069
-- tries: pg_catalog.pg_class
-- expect: any
SELECT * FROM pg_catalog.pg_class

-- id: META-070
-- tries: pg_class without its schema
-- expect: any
SELECT relname FROM pg_class WHERE relname LIKE 'zq%'

-- id: META-071
-- tries: hidden tables in pg_class
-- expect: rows
SELECT relname FROM pg_catalog.pg_class WHERE relname LIKE 'zq%'

-- id: META-072
-- tries: pg_attribute
-- expect: any
SELECT * FROM pg_catalog.pg_attribute

-- id: META-073
-- tries: denied columns in pg_attribute
-- expect: rows
SELECT attname FROM pg_catalog.pg_attribute WHERE attname IN ('ssn', 'zq_feel', 'zq_secret')

-- id: META-074
-- tries: pg_attrdef
-- expect: any
SELECT * FROM pg_catalog.pg_attrdef

-- id: META-075
-- tries: pg_namespace
-- expect: any
SELECT * FROM pg_catalog.pg_namespace

-- id: META-076
-- tries: pg_tables
-- expect: any
SELECT * FROM pg_catalog.pg_tables

-- id: META-077
-- tries: pg_views
-- expect: any
SELECT * FROM pg_catalog.pg_views

-- id: META-078
-- tries: pg_index and pg_indexes
-- expect: any
SELECT * FROM pg_catalog.pg_indexes

-- id: META-079
-- tries: pg_constraint
-- expect: any
SELECT * FROM pg_catalog.pg_constraint

-- id: META-080
-- tries: pg_description
-- expect: any
SELECT * FROM pg_catalog.pg_description

-- id: META-081
-- tries: pg_type
-- expect: any
SELECT * FROM pg_catalog.pg_type

-- id: META-082
-- tries: pg_enum
-- expect: any
SELECT * FROM pg_catalog.pg_enum

-- id: META-083
-- tries: pg_proc
-- expect: any
SELECT * FROM pg_catalog.pg_proc

-- id: META-084
-- tries: pg_database
-- expect: any
SELECT * FROM pg_catalog.pg_database

-- id: META-085
-- tries: pg_sequence
-- expect: any
SELECT * FROM pg_catalog.pg_sequence

-- id: META-086
-- tries: pg_sequences
-- expect: any
SELECT * FROM pg_catalog.pg_sequences

-- id: META-087
-- tries: pg_depend
-- expect: any
SELECT * FROM pg_catalog.pg_depend

-- id: META-088
-- tries: pg_settings
-- expect: refused
SELECT * FROM pg_catalog.pg_settings

-- id: META-089
-- tries: pg_prepared_statements
-- expect: any
SELECT * FROM pg_catalog.pg_prepared_statements

-- id: META-090
-- tries: pg_get_viewdef
-- expect: any
SELECT pg_get_viewdef(oid) FROM pg_catalog.pg_class

-- id: META-091
-- tries: pg_get_constraintdef
-- expect: any
SELECT pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint

-- id: META-092
-- tries: pg_get_expr
-- expect: any
SELECT pg_get_expr('x', 1)

-- id: META-093
-- tries: col_description
-- expect: any
SELECT col_description(20003, 5)

-- id: META-094
-- tries: a table by regclass
-- expect: any
SELECT 'zq_vault'::regclass

-- id: META-095
-- tries: a table by to_regclass
-- expect: any
SELECT to_regclass('zq_vault')

-- id: META-096
-- tries: has_table_privilege on a hidden table
-- expect: hidden zq_vault
SELECT has_table_privilege('zq_vault', 'SELECT')

-- id: META-097
-- tries: has_column_privilege
-- expect: any
SELECT has_column_privilege('staff', 'ssn', 'SELECT')

-- id: META-098
-- tries: pg_table_is_visible
-- expect: any
SELECT pg_table_is_visible(1)

-- id: META-099
-- tries: pg_relation_size
-- expect: refused
SELECT pg_relation_size('zq_vault')

-- id: META-100
-- tries: a denied column in DESCRIBE
-- expect: permitted
SELECT column_name FROM (DESCRIBE staff)

-- id: META-101
-- tries: DESCRIBE of a table that one may only write
-- expect: any
DESCRIBE work.blind

-- id: META-102
-- tries: SHOW CREATE TABLE
-- expect: refused
SHOW CREATE TABLE staff

-- id: META-103
-- tries: a view's definition by SHOW
-- expect: any
SHOW open.lens

-- id: META-104
-- tries: names by summarising the catalog
-- expect: any
SUMMARIZE SELECT table_name, column_name FROM information_schema.columns

-- id: META-105
-- tries: names through PIVOT of the catalog
-- expect: any
PIVOT (SELECT table_name, table_schema FROM information_schema.tables) ON table_schema IN ('main', 'zq_hidden') USING max(table_name)

-- id: META-106
-- tries: current_schemas
-- expect: any
SELECT current_schemas(true), current_schema(), current_database(), current_catalog()

-- id: META-107
-- tries: in_search_path
-- expect: refused
SELECT in_search_path('lake', 'zq_hidden')

-- id: META-108
-- tries: the current query
-- expect: refused
SELECT current_query()

-- id: META-109
-- tries: the transaction's id
-- expect: refused
SELECT txid_current()

-- id: META-110
-- tries: the version
-- expect: any
SELECT version(), pg_postmaster_start_time() IS NOT NULL

-- id: META-111
-- tries: inet_server_addr
-- expect: any
SELECT inet_server_addr(), inet_client_addr()

-- id: META-112
-- tries: pg_size_pretty and friends
-- expect: any
SELECT pg_my_temp_schema(), pg_conf_load_time() IS NULL

-- id: META-113
-- tries: the caller's name is the caller's
-- expect: any
SELECT current_user, session_user, user, current_role

-- id: PLAN-001
-- tries: the plan of a filtered table
-- expect: any
EXPLAIN SELECT * FROM orders WHERE id = 6

-- id: PLAN-002
-- tries: the plan of an always false condition
-- expect: like
-- like: EXPLAIN SELECT * FROM orders WHERE id > 5
EXPLAIN SELECT * FROM orders WHERE id > 1000000

-- id: PLAN-003
-- tries: a plan whose estimate tells of hidden rows
-- expect: like
-- like: EXPLAIN SELECT * FROM orders WHERE region = 'XX'
EXPLAIN SELECT * FROM orders WHERE region = 'US'

-- id: PLAN-004
-- tries: running it for its counts
-- as: filtered
-- expect: like
-- like: EXPLAIN SELECT * FROM orders
EXPLAIN ANALYZE SELECT * FROM orders

-- id: PLAN-005
-- tries: running it for its counts over masks
-- as: masked
-- expect: like
-- like: EXPLAIN SELECT * FROM staff
EXPLAIN ANALYZE SELECT * FROM staff

-- id: PLAN-006
-- tries: a plan of masks
-- expect: any
EXPLAIN SELECT email, salary FROM staff WHERE phone = '555'

-- id: PLAN-007
-- tries: a plan with a predicate on a denied column
-- expect: refused
EXPLAIN SELECT id FROM staff WHERE ssn = 'x'

-- id: PLAN-008
-- tries: a plan in JSON
-- expect: refused
EXPLAIN (FORMAT JSON) SELECT * FROM open.items

-- id: PLAN-009
-- tries: a plan in HTML
-- expect: refused
EXPLAIN (FORMAT html) SELECT * FROM open.items

-- id: PLAN-010
-- tries: a plan in Graphviz
-- expect: refused
EXPLAIN (FORMAT graphviz, ANALYZE) SELECT * FROM open.items

-- id: PLAN-011
-- tries: ANALYZE in brackets
-- expect: refused
EXPLAIN (ANALYZE) INSERT INTO work.notes VALUES (9, 'x')

-- id: PLAN-012
-- tries: ANALYZE of a write
-- expect: refused
EXPLAIN ANALYZE DELETE FROM work.notes

-- id: PLAN-013
-- tries: ANALYZE of a definition
-- expect: refused
EXPLAIN ANALYZE CREATE TABLE work.fresh AS SELECT 1 AS x

-- id: PLAN-014
-- tries: the plan of a write to a hidden table
-- expect: hidden zq_vault
EXPLAIN INSERT INTO zq_vault VALUES (9, 'x', 1)

-- id: PLAN-015
-- tries: the plan of a write to a filtered table
-- expect: any
EXPLAIN UPDATE work.tasks SET points = 0

-- id: PLAN-016
-- tries: the plan of a DuckLake's table, with its files
-- expect: any
EXPLAIN SELECT * FROM duck.main.events

-- id: PLAN-017
-- tries: ANALYZE of a DuckLake's table
-- expect: any
EXPLAIN ANALYZE SELECT * FROM duck.open.colours

-- id: PLAN-018
-- tries: the plan of a plan
-- expect: refused
EXPLAIN EXPLAIN SELECT 1

-- id: PLAN-019
-- tries: the plan of a call
-- expect: refused
EXPLAIN CALL enable_logging()

-- id: PLAN-020
-- tries: the plan of a COPY
-- expect: refused
EXPLAIN COPY open.items TO '%{file}'

-- id: PLAN-021
-- tries: the plan of a view in the open
-- expect: refused
EXPLAIN SELECT * FROM open.lens

-- id: PLAN-022
-- tries: the plan of a macro
-- expect: refused
EXPLAIN SELECT open.sneak(1)

-- id: PLAN-023
-- tries: the plan of a function that reads files
-- expect: refused
EXPLAIN SELECT * FROM read_csv('/etc/passwd')

-- id: PLAN-024
-- tries: the plan of the catalog
-- expect: any
EXPLAIN SELECT * FROM information_schema.tables

-- id: PLAN-025
-- tries: the plan of an attach
-- expect: refused
EXPLAIN ATTACH ':memory:' AS x

-- id: PLAN-026
-- tries: a plan within FROM
-- expect: refused
SELECT * FROM (EXPLAIN SELECT * FROM orders)

-- id: PLAN-027
-- tries: a plan kept
-- expect: refused
CREATE TEMP TABLE p AS EXPLAIN SELECT * FROM orders
