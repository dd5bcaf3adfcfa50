package airport

import (
	"github.com/apache/arrow-go/v18/arrow"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/lakegate/lakegate/catalog"
)

// metadataWire is the app_metadata of an object.
type metadataWire struct {
	Type        Kind    `msgpack:"type"`
	Schema      string  `msgpack:"schema"`
	Catalog     string  `msgpack:"catalog"`
	Name        string  `msgpack:"name"`
	Comment     string  `msgpack:"comment"`
	Input       []byte  `msgpack:"input_schema"`
	Action      *string `msgpack:"action_name"`
	Description *string `msgpack:"description"`
	Extra       []byte  `msgpack:"extra_data"`
}

// schemaBytes is s as one encapsulated IPC message.
func schemaBytes(s *arrow.Schema) []byte {
	return arrowflight.SerializeSchema(s, memory.DefaultAllocator)
}

func flightInfo(o Object, m metadataWire, s *arrow.Schema, rows int64) (*arrowflight.FlightInfo, error) {
	app, err := pack(m)
	if err != nil {
		return nil, err
	}
	return &arrowflight.FlightInfo{
		Schema: schemaBytes(s), FlightDescriptor: o.Descriptor(),
		TotalRecords: rows, TotalBytes: -1, AppMetadata: app,
	}, nil
}

// TableInfo is t, which is in c, as the catalog lists it. rows is -1 where their
// number is not known.
func TableInfo(c catalog.Catalog, t catalog.Table, rows int64) (*arrowflight.FlightInfo, error) {
	return tableInfo(c, SchemaName(c, t.Name.Schema), t, rows)
}

func tableInfo(c catalog.Catalog, schema string, t catalog.Table, rows int64) (*arrowflight.FlightInfo, error) {
	columns := TableSchema(c, t)
	object := Object{Kind: TableKind, Catalog: c.Name, Schema: schema, Name: t.Name.Table, Fingerprint: Fingerprint(columns)}
	return flightInfo(object, metadataWire{
		Type: TableKind, Schema: schema, Catalog: c.Name, Name: t.Name.Table, Comment: t.Comment,
	}, columns, rows)
}

// Schemas are the names of c's schemas as the client knows them, FunctionSchema among
// them, in order.
func Schemas(c catalog.Catalog) []string {
	names := make([]string, 0, len(c.Schemas)+1)
	found := false
	for _, s := range c.Schemas {
		name := SchemaName(c, s.Name)
		names = append(names, name)
		found = found || name == FunctionSchema
	}
	if !found {
		names = append(names, FunctionSchema)
	}
	return names
}

// SchemaFlights are the objects of one of c's schemas, by the client's name, with the
// server's functions in FunctionSchema. An unknown schema has none.
func SchemaFlights(c catalog.Catalog, schema string) ([]*arrowflight.FlightInfo, error) {
	var list []*arrowflight.FlightInfo
	lake := LakeSchema(c, schema)
	for _, s := range c.Schemas {
		if !catalog.SameName(s.Name, lake) {
			continue
		}
		for _, t := range s.Tables {
			info, err := tableInfo(c, SchemaName(c, s.Name), t, -1)
			if err != nil {
				return nil, err
			}
			list = append(list, info)
		}
	}
	if !catalog.SameName(schema, FunctionSchema) {
		return list, nil
	}
	for _, f := range serverFunctions() {
		info, err := FunctionInfo(Object{Kind: f.kind, Catalog: c.Name, Schema: FunctionSchema, Name: f.name}, f.result)
		if err != nil {
			return nil, err
		}
		list = append(list, info)
	}
	return list, nil
}

type schemaWire struct {
	Name        string            `msgpack:"name"`
	Description string            `msgpack:"description"`
	Tags        map[string]string `msgpack:"tags"`
	Contents    contentsWire      `msgpack:"contents"`
	Default     bool              `msgpack:"is_default"`
}

type rootWire struct {
	Contents contentsWire `msgpack:"contents"`
	Schemas  []schemaWire `msgpack:"schemas"`
	Version  versionWire  `msgpack:"version_info"`
}

// Listing is the answer of list_schemas: all of c, compressed.
func Listing(c catalog.Catalog, version uint64) ([]byte, error) {
	z, err := newCompressor()
	if err != nil {
		return nil, err
	}
	names, first := Schemas(c), ""
	if hasSchema(c, mainSchema) {
		first = SchemaName(c, mainSchema)
	}
	root := rootWire{Version: versionWire{Version: version}, Schemas: make([]schemaWire, len(names))}
	for i, name := range names {
		flights, err := SchemaFlights(c, name)
		if err != nil {
			return nil, err
		}
		contents, err := z.contents(flights)
		if err != nil {
			return nil, err
		}
		root.Schemas[i] = schemaWire{Name: name, Tags: map[string]string{}, Contents: contents, Default: name == first}
	}
	return z.pair(root)
}
