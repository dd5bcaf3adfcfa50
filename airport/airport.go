package airport

import "errors"

// ErrMalformed means that a request cannot be read, or asks for what cannot be; what wraps it
// says which part.
var ErrMalformed = errors.New("malformed Airport request")

// ErrUnsupported means that the server, or this client, cannot do that; what wraps it says what
// to do instead.
var ErrUnsupported = errors.New("not supported over Airport")

// Names of the actions.
const (
	ActionListSchemas       = "list_schemas"
	ActionCatalogVersion    = "catalog_version"
	ActionCreateTransaction = "create_transaction"
	ActionFlightInfo        = "flight_info"
	ActionEndpoints         = "endpoints"
	ActionFunctionInfo      = "table_function_flight_info"
	ActionCreateSchema      = "create_schema"
	ActionDropSchema        = "drop_schema"
	ActionCreateTable       = "create_table"
	ActionDropTable         = "drop_table"
	ActionRenameTable       = "rename_table"
	ActionRenameColumn      = "rename_column"
	ActionAddColumn         = "add_column"
	ActionRemoveColumn      = "remove_column"
	ActionAddField          = "add_field"
	ActionRenameField       = "rename_field"
	ActionRemoveField       = "remove_field"
	ActionSetDefault        = "set_default"
	ActionChangeColumnType  = "change_column_type"
	ActionSetNotNull        = "set_not_null"
	ActionDropNotNull       = "drop_not_null"
	ActionAddConstraint     = "add_constraint"
)

// Request headers that mean something. Names are gRPC metadata's.
const (
	HeaderTransaction   = "airport-transaction-id"
	HeaderOperation     = "airport-operation"         // of an exchange; see the Operations
	HeaderReturn        = "return-chunks"             // of an exchange: 1 wants rows back
	HeaderClientSession = "airport-client-session-id" // one per client process
	HeaderListCatalog   = "airport-list-flights-filter-catalog"
	HeaderListSchema    = "airport-list-flights-filter-schema"
)

// Operations of an exchange.
const (
	OperationInsert = "insert"
	OperationUpdate = "update"
	OperationDelete = "delete"
	OperationScalar = "scalar_function"
)

// ReuseConnection is the location that means the connection that is there already.
const ReuseConnection = "arrow-flight-reuse-connection://?"
