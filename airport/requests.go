package airport

// The bodies of the actions, as the client packs them. Unknown keys are ignored; a
// key may come twice, the last counts; an absent key leaves the zero value. Binary
// fields come as msgpack str or bin.

// CatalogRequest is the body of list_schemas, catalog_version and create_transaction.
type CatalogRequest struct {
	Catalog string `msgpack:"catalog_name"`
}

// EndpointsRequest asks where the rows of a scan are.
type EndpointsRequest struct {
	Descriptor []byte         `msgpack:"descriptor"` // a FlightDescriptor's protobuf bytes
	Parameters ScanParameters `msgpack:"parameters"`
}

// ScanParameters say what a scan wants of its table or function.
type ScanParameters struct {
	Filters            string   `msgpack:"json_filters"` // see Filter; empty for none
	Columns            []uint64 `msgpack:"column_ids"`   // positions without the row id; see RowIDColumn, NoColumn
	FunctionParameters []byte   `msgpack:"table_function_parameters"`
	FunctionInput      []byte   `msgpack:"table_function_input_schema"`
	At
}

// Numbers of columns that are none.
const (
	RowIDColumn = ^uint64(0)     // the row's identity
	NoColumn    = ^uint64(0) - 1 // only how many rows there are
)

// At is a point in a table's history; zero is now.
type At struct {
	Unit  string `msgpack:"at_unit"` // VERSION or TIMESTAMP
	Value string `msgpack:"at_value"`
}

// FlightInfoRequest asks for a table as it was.
type FlightInfoRequest struct {
	Descriptor []byte `msgpack:"descriptor"`
	At
}

// FunctionInfoRequest asks what a table function gives for these arguments.
type FunctionInfoRequest struct {
	Descriptor  []byte `msgpack:"descriptor"`
	Parameters  []byte `msgpack:"parameters"`         // an IPC stream of one row, a column for each argument given
	InputSchema []byte `msgpack:"table_input_schema"` // an IPC schema; empty without a table argument
	At
}

// CreateSchemaRequest is the body of create_schema.
type CreateSchemaRequest struct {
	Catalog string            `msgpack:"catalog_name"`
	Schema  string            `msgpack:"schema"`
	Comment *string           `msgpack:"comment"`
	Tags    map[string]string `msgpack:"tags"`
}

// DropRequest is the body of drop_schema and drop_table.
type DropRequest struct {
	Type           string `msgpack:"type"` // schema or table
	Catalog        string `msgpack:"catalog_name"`
	Schema         string `msgpack:"schema_name"`
	Name           string `msgpack:"name"`
	IgnoreNotFound bool   `msgpack:"ignore_not_found"`
}

// CreateTableRequest is the body of create_table.
type CreateTableRequest struct {
	Catalog          string   `msgpack:"catalog_name"`
	Schema           string   `msgpack:"schema_name"`
	Table            string   `msgpack:"table_name"`
	Columns          []byte   `msgpack:"arrow_schema"`         // an IPC schema
	OnConflict       string   `msgpack:"on_conflict"`          // error or ignore
	NotNull          []uint64 `msgpack:"not_null_constraints"` // positions
	Unique           []uint64 `msgpack:"unique_constraints"`
	Checks           []string `msgpack:"check_constraints"` // SQL
	PrimaryKey       []string `msgpack:"primary_key_columns"`
	UniqueColumns    []string `msgpack:"unique_columns"`
	MultiPrimaryKeys []string `msgpack:"multi_key_primary_keys"` // in no order
	ExtraConstraints []string `msgpack:"extra_constraints"`      // SQL, such as UNIQUE(a, b)
}

// AlterRequest is the body of every action on an existing table. Each action fills
// its own part of it.
type AlterRequest struct {
	Catalog        string `msgpack:"catalog"`
	Schema         string `msgpack:"schema"`
	Name           string `msgpack:"name"`
	IgnoreNotFound bool   `msgpack:"ignore_not_found"`

	NewTableName  string   `msgpack:"new_table_name"`       // rename_table
	NewName       string   `msgpack:"new_name"`             // rename_column, rename_field
	OldName       string   `msgpack:"old_name"`             // rename_column
	IfNotExists   bool     `msgpack:"if_column_not_exists"` // add_column
	FieldIfAbsent bool     `msgpack:"if_field_not_exists"`  // add_field
	ColumnSchema  []byte   `msgpack:"column_schema"`        // add_column, add_field, change_column_type: an IPC schema of one field
	Removed       string   `msgpack:"removed_column"`       // remove_column
	IfExists      bool     `msgpack:"if_column_exists"`     // remove_column, remove_field
	Cascade       bool     `msgpack:"cascade"`              // remove_column, remove_field
	ColumnPath    []string `msgpack:"column_path"`          // add_field, rename_field, remove_field
	Column        string   `msgpack:"column_name"`          // set_default, set_not_null, drop_not_null
	Expression    string   `msgpack:"expression"`           // set_default, change_column_type: SQL
	Constraint    string   `msgpack:"constraint"`           // add_constraint: SQL
}
