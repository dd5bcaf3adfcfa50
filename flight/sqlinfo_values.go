package flight

import pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"

// The values of SqlInfo, by code. The comments give the registered names.

var sqlInfoServer = map[uint32]any{
	3:   false,    // READ_ONLY
	4:   true,     // SQL
	5:   false,    // SUBSTRAIT
	6:   "",       // SUBSTRAIT_MIN_VERSION
	7:   "",       // SUBSTRAIT_MAX_VERSION
	8:   int32(1), // TRANSACTION: transactions, no savepoints
	9:   true,     // CANCEL
	10:  true,     // BULK_INGESTION
	11:  true,     // INGEST_TRANSACTIONS_SUPPORTED
	100: int32(0), // STATEMENT_TIMEOUT: none
}

var sqlInfoLanguage = map[uint32]any{
	500: false,                                                                       // DDL_CATALOG
	501: true,                                                                        // DDL_SCHEMA
	502: true,                                                                        // DDL_TABLE
	503: int64(pb.SqlSupportedCaseSensitivity_SQL_CASE_SENSITIVITY_CASE_INSENSITIVE), // IDENTIFIER_CASE
	504: `"`,                                                                         // IDENTIFIER_QUOTE_CHAR
	505: int64(pb.SqlSupportedCaseSensitivity_SQL_CASE_SENSITIVITY_CASE_INSENSITIVE), // QUOTED_IDENTIFIER_CASE
	506: true,                                                                        // ALL_TABLES_ARE_SELECTABLE
	507: int64(pb.SqlNullOrdering_SQL_NULLS_SORTED_AT_END),                           // NULL_ORDERING
	508: []string{
		"ANTI", "ASOF", "ATTACH", "COLUMNS", "DESCRIBE", "EXCLUDE", "GLOB", "ILIKE", "LAMBDA", "MACRO", "MAP", "PIVOT", "POSITIONAL",
		"PRAGMA", "QUALIFY", "REPLACE", "SEMI", "SHOW", "STRUCT", "SUMMARIZE", "TRY_CAST", "UNPIVOT",
	}, // KEYWORDS
	509: []string{
		"abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "cot", "degrees", "exp", "floor", "ln", "log", "log10",
		"mod", "pi", "power", "radians", "random", "round", "sign", "sin", "sqrt", "tan", "trunc",
	}, // NUMERIC_FUNCTIONS
	510: []string{
		"ascii", "chr", "concat", "concat_ws", "contains", "left", "length", "lower", "lpad", "ltrim", "md5", "position",
		"regexp_matches", "regexp_replace", "repeat", "replace", "reverse", "right", "rpad", "rtrim", "split", "starts_with", "strpos",
		"substring", "trim", "upper",
	}, // STRING_FUNCTIONS
	511: []string{"coalesce", "current_catalog", "current_schema", "ifnull", "nullif"}, // SYSTEM_FUNCTIONS
	512: []string{
		"age", "current_date", "date_diff", "date_part", "date_trunc", "dayname", "extract", "last_day", "make_date", "make_timestamp",
		"monthname", "now", "strftime", "strptime", "time_bucket", "to_timestamp", "today",
	}, // DATETIME_FUNCTIONS
	513: `\`, // SEARCH_STRING_ESCAPE
	514: "",  // EXTRA_NAME_CHARACTERS
}

// convertible maps types to those that CAST can make of them.
var convertible = func() []conversion {
	numbers := []int32{
		int32(pb.SqlSupportsConvert_SQL_CONVERT_BIGINT), int32(pb.SqlSupportsConvert_SQL_CONVERT_DECIMAL),
		int32(pb.SqlSupportsConvert_SQL_CONVERT_FLOAT), int32(pb.SqlSupportsConvert_SQL_CONVERT_INTEGER),
		int32(pb.SqlSupportsConvert_SQL_CONVERT_NUMERIC), int32(pb.SqlSupportsConvert_SQL_CONVERT_REAL),
		int32(pb.SqlSupportsConvert_SQL_CONVERT_SMALLINT), int32(pb.SqlSupportsConvert_SQL_CONVERT_TINYINT),
	}
	const date, timestamp = int32(pb.SqlSupportsConvert_SQL_CONVERT_DATE), int32(pb.SqlSupportsConvert_SQL_CONVERT_TIMESTAMP)
	const varchar = int32(pb.SqlSupportsConvert_SQL_CONVERT_VARCHAR)
	var out []conversion
	for _, from := range numbers {
		out = append(out, conversion{from, append([]int32{varchar}, numbers...)})
	}
	return append(out,
		conversion{date, []int32{date, timestamp, varchar}},
		conversion{timestamp, []int32{date, timestamp, varchar}},
		conversion{varchar, append([]int32{date, timestamp, varchar}, numbers...)},
	)
}()

var sqlInfoSupport = map[uint32]any{
	515: true,        // COLUMN_ALIASING
	516: true,        // NULL_PLUS_NULL_IS_NULL
	517: convertible, // SUPPORTS_CONVERT
	518: true,        // TABLE_CORRELATION_NAMES
	519: false,       // DIFFERENT_TABLE_CORRELATION_NAMES
	520: true,        // EXPRESSIONS_IN_ORDER_BY
	521: true,        // ORDER_BY_UNRELATED
	522: int32(3),    // GROUP_BY: unrelated, beyond select
	523: true,        // LIKE_ESCAPE_CLAUSE
	524: true,        // NON_NULLABLE_COLUMNS
	525: int32(7),    // GRAMMAR: minimum, core, extended
	526: int32(7),    // ANSI92: entry, intermediate, full
	527: true,        // INTEGRITY_ENHANCEMENT_FACILITY
	528: int32(6),    // OUTER_JOINS: limited, full
	529: "schema",    // SCHEMA_TERM
	530: "procedure", // PROCEDURE_TERM
	531: "catalog",   // CATALOG_TERM
	532: true,        // CATALOG_AT_START
	533: int32(0),    // SCHEMAS_SUPPORTED_ACTIONS: no procedures, indexes or privileges
	534: int32(0),    // CATALOGS_SUPPORTED_ACTIONS: the same
	535: int32(0),    // POSITIONED_COMMANDS
	536: false,       // SELECT_FOR_UPDATE
	537: false,       // STORED_PROCEDURES
	538: int32(15),   // SUBQUERIES: comparisons, exists, ins, quantifieds
	539: true,        // CORRELATED_SUBQUERIES
	540: int32(3),    // UNIONS: union, union all
}

// sqlInfoLimits: 0 means that there is none, or that it is not known.
var sqlInfoLimits = map[uint32]any{
	541: int64(0), 542: int64(0), 543: int64(0), 544: int64(0), 545: int64(0), 546: int64(0), 547: int64(0), 548: int64(0),
	549: int64(0), 550: int64(0), 551: int64(0), 552: int64(0), 553: int64(0), 554: int64(0), 555: int64(0),
	556: true, // MAX_ROW_SIZE_INCLUDES_BLOBS
	557: int64(0), 558: int64(0), 559: int64(0), 560: int64(0), 561: int64(0),
}

// isolation is snapshot isolation, whose nearest name this is.
const isolation = pb.SqlTransactionIsolationLevel_SQL_TRANSACTION_REPEATABLE_READ

var sqlInfoTransactions = map[uint32]any{
	562: int64(isolation),      // DEFAULT_TRANSACTION_ISOLATION
	563: true,                  // TRANSACTIONS_SUPPORTED
	564: int32(1 << isolation), // SUPPORTED_ISOLATION_LEVELS
	565: false,                 // DATA_DEFINITION_CAUSES_TRANSACTION_COMMIT
	566: false,                 // DATA_DEFINITIONS_IN_TRANSACTIONS_IGNORED
	567: int32(2),              // RESULT_SET_TYPES: forward only
	568: int32(0),              // CONCURRENCIES of results of unspecified type
	569: int32(2),              // CONCURRENCIES of forward-only results: read only
	570: int32(0),              // CONCURRENCIES of scroll-sensitive results
	571: int32(0),              // CONCURRENCIES of scroll-insensitive results
	572: true,                  // BATCH_UPDATES
	573: false,                 // SAVEPOINTS
	574: false,                 // NAMED_PARAMETERS
	575: false,                 // LOCATORS_UPDATE_COPY
	576: false,                 // STORED_FUNCTIONS_USING_CALL_SYNTAX
}
