package airport

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/internal/wiretype"
)

// extension is what makes the client take a column for another DuckDB type than its
// Arrow type alone would.
type extension struct {
	storage  arrow.DataType
	name     string
	metadata string
}

// extensions are those that the client's Arrow reader knows by itself, by DuckDB's
// types. A client that does not know one takes the storage's type. They count for
// whole columns: within lists and structs the types are the engine's.
// https://github.com/duckdb/duckdb/blob/main/src/common/arrow/arrow_type_extension.cpp
var extensions = map[string]extension{
	"UUID":     {sixteenBytes, "arrow.uuid", ""},
	"JSON":     {arrow.BinaryTypes.String, "arrow.json", ""},
	"HUGEINT":  {sixteenBytes, "arrow.opaque", `{"type_name":"hugeint","vendor_name":"DuckDB"}`},
	"UHUGEINT": {sixteenBytes, "arrow.opaque", `{"type_name":"uhugeint","vendor_name":"DuckDB"}`},
	"GEOMETRY": {arrow.BinaryTypes.Binary, "geoarrow.wkb", "{}"},
}

var sixteenBytes = &arrow.FixedSizeBinaryType{ByteWidth: 16}

// rowIdentity is the field of the row's identity. It is last: the client counts the
// others by their place.
func rowIdentity() arrow.Field {
	return arrow.Field{
		Name: rowNumber, Type: arrow.BinaryTypes.Binary, Nullable: true,
		Metadata: arrow.NewMetadata([]string{metaRowID}, []string{metaYes}),
	}
}

// TableSchema is what the client is told of t's columns: the exact types that DoGet
// sends, with the row's identity last where t, which is in c, can have one (see
// Identifiable). A column has a default only where the client can compute it (see
// clientDefault): where it cannot, it sends NULL for a column that an INSERT leaves out.
func TableSchema(c catalog.Catalog, t catalog.Table) *arrow.Schema {
	fields := make([]arrow.Field, len(t.Columns), len(t.Columns)+1)
	for i, column := range t.Columns {
		fields[i] = columnField(column)
	}
	if Identifiable(c, t) {
		fields = append(fields, rowIdentity())
	}
	return arrow.NewSchema(fields, nil)
}

func columnField(c catalog.Column) arrow.Field {
	var keys, values []string
	set := func(key, value string) { keys, values = append(keys, key), append(values, value) }
	typ := wiretype.Of(c.Type)
	base, arguments, _ := strings.Cut(c.Type, "(")
	if e, ok := extensions[strings.ToUpper(base)]; ok && !strings.HasSuffix(arguments, "]") {
		typ = e.storage
		set(ipc.ExtensionTypeKeyName, e.name)
		set(ipc.ExtensionMetadataKeyName, e.metadata)
	}
	if c.Comment != "" {
		set(metaComment, c.Comment)
	}
	if clientDefault(c.Default) {
		set(metaDefault, c.Default)
	}
	return arrow.Field{Name: c.Name, Type: typ, Nullable: c.Nullable, Metadata: arrow.NewMetadata(keys, values)}
}

// Identifiable reports whether rows of t, which is in c, have identities: it is a
// table of a lake that can be changed, without a column called rowid of its own.
func Identifiable(c catalog.Catalog, t catalog.Table) bool {
	if c.Type != catalog.DuckDB && c.Type != catalog.DuckLake || c.ReadOnly || t.Kind != catalog.BaseTable {
		return false
	}
	isRowID := func(name string) bool { return catalog.SameName(name, rowNumber) }
	return !slices.ContainsFunc(t.Hidden, isRowID) &&
		!slices.ContainsFunc(t.Columns, func(c catalog.Column) bool { return isRowID(c.Name) })
}

// fingerprintSize is enough that no two schemas of one table have the same.
const fingerprintSize = 9

// Fingerprint tells schemas apart by what the client reads of their rows: names,
// types and order of the columns. It is short, and the same on all replicas.
func Fingerprint(s *arrow.Schema) string {
	h := sha256.New()
	hashFields(h, s.Fields())
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:fingerprintSize])
}

func hashFields(h hash.Hash, fields []arrow.Field) {
	hashNumber(h, len(fields))
	for _, f := range fields {
		hashText(h, f.Name)
		for _, key := range []string{ipc.ExtensionTypeKeyName, ipc.ExtensionMetadataKeyName, metaRowID} {
			value, _ := f.Metadata.GetValue(key)
			hashText(h, value)
		}
		nested, ok := f.Type.(arrow.NestedType)
		if !ok {
			hashText(h, f.Type.String())
			continue
		}
		hashText(h, f.Type.Name())
		if list, ok := nested.(*arrow.FixedSizeListType); ok {
			hashNumber(h, int(list.Len()))
		}
		hashFields(h, nested.Fields())
	}
}

// hashText has the length first, so that no two lists of texts look the same.
func hashText(h hash.Hash, s string) {
	hashNumber(h, len(s))
	h.Write([]byte(s))
}

func hashNumber(h hash.Hash, n int) {
	h.Write(binary.AppendUvarint(nil, uint64(n))) //nolint:gosec // a length
}
