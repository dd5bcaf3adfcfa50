package airport

import (
	"fmt"
	"strings"

	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/protobuf/proto"

	"github.com/lakegate/lakegate/catalog"
)

// Kind tells what an object is.
type Kind string

// The kinds, as an object's metadata spells them.
const (
	TableKind          Kind = "table"
	TableFunctionKind  Kind = "table_function"
	ScalarFunctionKind Kind = "scalar_function"
)

// Object is a table or function, in the client's names.
type Object struct {
	Kind                  Kind
	Catalog, Schema, Name string
	Fingerprint           string // of the table schema that the client was told; empty for functions
}

// Descriptor is o on the wire: a PATH of catalog, schema, name, kind and, of a
// table, the fingerprint.
func (o Object) Descriptor() *arrowflight.FlightDescriptor {
	path := []string{o.Catalog, o.Schema, o.Name, string(o.Kind)}
	if o.Kind == TableKind {
		path = append(path, o.Fingerprint)
	}
	return &arrowflight.FlightDescriptor{Type: arrowflight.DescriptorPATH, Path: path}
}

// ObjectOf reads a Descriptor; ErrMalformed for any other.
func ObjectOf(d *arrowflight.FlightDescriptor) (Object, error) {
	if d.GetType() != arrowflight.DescriptorPATH || len(d.GetCmd()) > 0 || len(d.GetPath()) < 4 {
		return Object{}, fmt.Errorf("%w: the descriptor names no table or function", ErrMalformed)
	}
	path := d.GetPath()
	o := Object{Catalog: path[0], Schema: path[1], Name: path[2], Kind: Kind(path[3])}
	fields := 4
	switch o.Kind {
	case TableKind:
		fields = 5
	case TableFunctionKind, ScalarFunctionKind:
	default:
		return Object{}, fmt.Errorf("%w: the descriptor is of an unknown kind", ErrMalformed)
	}
	if len(path) != fields || o.Catalog == "" || o.Schema == "" || o.Name == "" {
		return Object{}, fmt.Errorf("%w: the descriptor of a %s has other parts", ErrMalformed, o.Kind)
	}
	if o.Kind == TableKind {
		o.Fingerprint = path[4]
	}
	return o, nil
}

// ParseDescriptor is ObjectOf for a descriptor's protobuf bytes.
func ParseDescriptor(b []byte) (Object, error) {
	var d arrowflight.FlightDescriptor
	if err := proto.Unmarshal(b, &d); err != nil {
		return Object{}, fmt.Errorf("%w: descriptor: %w", ErrMalformed, err)
	}
	return ObjectOf(&d)
}

// The schema that the client cannot reach, and what it is for that client.
const (
	mainSchema = "main"
	publicName = "public"
)

// SchemaName is what the client calls c's schema: the client cannot reach a schema
// called main, which is public for it, or main_ (with as many underscores as it takes)
// where c has a schema called public that the caller sees. One called FunctionSchema
// has that very spelling.
func SchemaName(c catalog.Catalog, schema string) string {
	switch {
	case catalog.SameName(schema, mainSchema):
		name := publicName
		for i := 1; hasSchema(c, name); i++ {
			name = mainSchema + strings.Repeat("_", i)
		}
		return name
	case catalog.SameName(schema, FunctionSchema):
		return FunctionSchema
	}
	return schema
}

// LakeSchema is the reverse of SchemaName. A name that c does not have stays as it is.
func LakeSchema(c catalog.Catalog, client string) string {
	for _, s := range c.Schemas {
		if catalog.SameName(SchemaName(c, s.Name), client) {
			return s.Name
		}
	}
	return client
}

func hasSchema(c catalog.Catalog, name string) bool {
	for _, s := range c.Schemas {
		if catalog.SameName(s.Name, name) {
			return true
		}
	}
	return false
}
