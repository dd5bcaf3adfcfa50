package airport

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
)

// FunctionSchema is the schema that holds the server's functions, in every catalog;
// the client may find tables of a lake's own schema of that name beside them.
const FunctionSchema = "lakegate"

// Names of the server's functions.
const (
	// FunctionQuery is a table function: query(sql VARCHAR) runs one SELECT.
	FunctionQuery = "query"
	// FunctionWhoami is a table function without arguments, one row: who is calling;
	// and a scalar function without arguments, the caller's name.
	FunctionWhoami = "whoami"
)

// WhoamiSchema is what the table function FunctionWhoami gives.
func WhoamiSchema() *arrow.Schema {
	return arrow.NewSchema([]arrow.Field{
		textField("user_name"), textField("provider"), textField("subject"),
		{Name: "groups", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true},
	}, nil)
}

// WhoamiResult is what the scalar function FunctionWhoami gives: one VARCHAR field.
func WhoamiResult() *arrow.Schema { return arrow.NewSchema([]arrow.Field{textField("user_name")}, nil) }

func textField(name string) arrow.Field {
	return arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
}

// Metadata of fields that the client reads; any value but an empty one
// counts.
const (
	metaRowID   = "is_rowid"
	metaDefault = "default"
	metaComment = "comment"
	metaYes     = "1"
)

// function is what is told of one of the server's functions.
type function struct {
	kind        Kind
	name        string
	description string
	arguments   *arrow.Schema
	result      *arrow.Schema // empty where it depends on the arguments
}

func serverFunctions() []function {
	none := arrow.NewSchema(nil, nil)
	sql := textField("sql")
	return []function{
		{
			TableFunctionKind, FunctionQuery, "Runs one SELECT on the server, with the caller's rights.",
			arrow.NewSchema([]arrow.Field{sql}, nil), none,
		},
		{TableFunctionKind, FunctionWhoami, "Who the server takes the caller for.", none, WhoamiSchema()},
		{ScalarFunctionKind, FunctionWhoami, "The name that the server knows the caller by.", none, WhoamiResult()},
	}
}

type stabilityWire struct {
	Stability string `msgpack:"stability"`
}

// FunctionInfo is what is told of a function: o, with what it gives. ErrMalformed: the
// server has no such function.
func FunctionInfo(o Object, result *arrow.Schema) (*arrowflight.FlightInfo, error) {
	for _, f := range serverFunctions() {
		if f.kind != o.Kind || f.name != o.Name {
			continue
		}
		m := metadataWire{
			Type: o.Kind, Schema: o.Schema, Catalog: o.Catalog, Name: o.Name,
			Input: schemaBytes(f.arguments), Description: &f.description,
		}
		if o.Kind == ScalarFunctionKind {
			// Constant for a statement, and yet not computed when it is planned.
			extra, err := pack(stabilityWire{"consistent_within_query"})
			if err != nil {
				return nil, err
			}
			m.Extra = extra
		}
		return flightInfo(o, m, result, -1)
	}
	return nil, fmt.Errorf("%w: no %s called %q", ErrMalformed, o.Kind, o.Name)
}
