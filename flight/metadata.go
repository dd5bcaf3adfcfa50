package flight

import (
	"context"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/protobuf/proto"

	"github.com/lakegate/lakegate/catalog"
)

// metadataSchema is the schema of what a metadata command gives; false for any
// other command. FlightInfo, GetSchema and DoGet all take it from here.
func metadataSchema(m proto.Message) (*arrow.Schema, bool) {
	switch q := m.(type) {
	case *pb.CommandGetCatalogs:
		return schema_ref.Catalogs, true
	case *pb.CommandGetDbSchemas:
		return schema_ref.DBSchemas, true
	case *pb.CommandGetTables:
		if q.GetIncludeSchema() {
			return schema_ref.TablesWithIncludedSchema, true
		}
		return schema_ref.Tables, true
	case *pb.CommandGetTableTypes:
		return schema_ref.TableTypes, true
	case *pb.CommandGetPrimaryKeys:
		return schema_ref.PrimaryKeys, true
	case *pb.CommandGetExportedKeys, *pb.CommandGetImportedKeys, *pb.CommandGetCrossReference:
		return schema_ref.ImportedExportedKeysAndCrossReference, true
	case *pb.CommandGetSqlInfo:
		return schema_ref.SqlInfo, true
	case *pb.CommandGetXdbcTypeInfo:
		return schema_ref.XdbcTypeInfo, true
	}
	return nil, false
}

// metadata answers a metadata command, from the caller's View and nothing else.
// The caller must release the batch.
func (s *Server) metadata(ctx context.Context, c *call, m proto.Message) (arrow.RecordBatch, error) {
	schema, ok := metadataSchema(m)
	if !ok {
		return nil, requestf("%s cannot be fetched with DoGet", c.command)
	}
	switch q := m.(type) {
	case *pb.CommandGetSqlInfo:
		return s.sqlInfo.batch(q.GetInfo()), nil
	case *pb.CommandGetTableTypes:
		t := newTable(schema)
		defer t.release()
		t.row(string(catalog.BaseTable))
		t.row(string(catalog.ViewTable))
		return t.batch(), nil
	case *pb.CommandGetXdbcTypeInfo:
		return xdbcTypes(q.DataType), nil
	}
	view, err := s.metadataView(ctx, c)
	if err != nil {
		return nil, err
	}
	t := newTable(schema)
	defer t.release()
	switch q := m.(type) {
	case *pb.CommandGetCatalogs:
		for _, cat := range sortedBy(view.Catalogs(), catalogName) {
			t.row(cat.Name)
		}
	case *pb.CommandGetDbSchemas:
		schemas := like(q.DbSchemaFilterPattern)
		for _, cat := range sortedBy(view.Catalogs(), catalogName) {
			if !exactly(q.Catalog, cat.Name) {
				continue
			}
			for _, sch := range sortedBy(cat.Schemas, schemaName) {
				if schemas(sch.Name) {
					t.row(cat.Name, sch.Name)
				}
			}
		}
	case *pb.CommandGetTables:
		tables(t, view, q)
	case *pb.CommandGetPrimaryKeys:
		primaryKeys(t, view, tableRef{q.Catalog, q.DbSchema, q.GetTable()})
	case *pb.CommandGetImportedKeys:
		foreignKeys(t, view, nil, &tableRef{q.Catalog, q.DbSchema, q.GetTable()})
	case *pb.CommandGetExportedKeys:
		foreignKeys(t, view, &tableRef{q.Catalog, q.DbSchema, q.GetTable()}, nil)
	case *pb.CommandGetCrossReference:
		foreignKeys(t, view, &tableRef{q.PkCatalog, q.PkDbSchema, q.GetPkTable()}, &tableRef{q.FkCatalog, q.FkDbSchema, q.GetFkTable()})
	}
	return t.batch(), nil
}

func catalogName(c catalog.Catalog) string { return c.Name }
func schemaName(s catalog.Schema) string   { return s.Name }

// sortedBy is list in the order that the protocol promises.
func sortedBy[T any](list []T, key func(T) string) []T {
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b T) int { return strings.Compare(key(a), key(b)) })
	return out
}

// tables lists what GetTables asks for.
func tables(t *table, view catalog.View, q *pb.CommandGetTables) {
	schemas, names := like(q.DbSchemaFilterPattern), like(q.TableNameFilterPattern)
	type found struct {
		cat catalog.Catalog
		tab catalog.Table
	}
	var all []found
	for _, cat := range view.Catalogs() {
		if !exactly(q.Catalog, cat.Name) {
			continue
		}
		for _, sch := range cat.Schemas {
			if !schemas(sch.Name) {
				continue
			}
			for _, tab := range sch.Tables {
				if names(tab.Name.Table) && ofType(q.GetTableTypes(), tab.Kind) {
					all = append(all, found{cat, tab})
				}
			}
		}
	}
	// Ordered by catalog, schema, table and type, as the protocol says.
	slices.SortStableFunc(all, func(a, b found) int {
		x, y := a.tab.Name, b.tab.Name
		if c := strings.Compare(x.Catalog, y.Catalog); c != 0 {
			return c
		}
		if c := strings.Compare(x.Schema, y.Schema); c != 0 {
			return c
		}
		return strings.Compare(x.Table, y.Table)
	})
	for _, f := range all {
		n := f.tab.Name
		if q.GetIncludeSchema() {
			schema := arrowflight.SerializeSchema(tableSchema(f.tab), memory.DefaultAllocator)
			t.row(n.Catalog, n.Schema, n.Table, string(f.tab.Kind), schema)
		} else {
			t.row(n.Catalog, n.Schema, n.Table, string(f.tab.Kind))
		}
	}
}

// ofType reports whether kind is wanted; JDBC tools say TABLE for BASE TABLE.
func ofType(wanted []string, kind catalog.Kind) bool {
	return len(wanted) == 0 || slices.Contains(wanted, string(kind)) ||
		kind == catalog.BaseTable && slices.Contains(wanted, "TABLE")
}

// exactly reports whether name passes a filter that is no pattern: nil passes
// all, and the empty string what is in no catalog, which is nothing.
func exactly(want *string, name string) bool { return want == nil || *want == name }

// like makes the filter of a pattern in which _ is one character, % any number
// of them and \ takes the next one as it is; nil passes all.
func like(pattern *string) func(string) bool {
	if pattern == nil {
		return func(string) bool { return true }
	}
	var want []patternPart
	escaped := false
	for _, r := range *pattern {
		switch {
		case escaped:
			want, escaped = append(want, patternPart{r: r}), false
		case r == '\\':
			escaped = true
		case r == '%':
			want = append(want, patternPart{any: true})
		case r == '_':
			want = append(want, patternPart{one: true})
		default:
			want = append(want, patternPart{r: r})
		}
	}
	if escaped {
		want = append(want, patternPart{r: '\\'})
	}
	return func(name string) bool { return matches(want, []rune(name)) }
}

type patternPart struct {
	r        rune
	one, any bool
}

// matches goes back to the last % only, so that its time is bounded.
func matches(want []patternPart, name []rune) bool {
	w, n, back, from := 0, 0, -1, 0
	for n < len(name) {
		switch {
		case w < len(want) && want[w].any:
			back, from = w, n
			w++
		case w < len(want) && (want[w].one || want[w].r == name[n]):
			w++
			n++
		case back >= 0:
			from++
			w, n = back+1, from
		default:
			return false
		}
	}
	for w < len(want) && want[w].any {
		w++
	}
	return w == len(want)
}

// table builds a small result row by row.
type table struct{ b *array.RecordBuilder }

func newTable(schema *arrow.Schema) *table {
	return &table{array.NewRecordBuilder(memory.DefaultAllocator, schema)}
}

func (t *table) release()                 { t.b.Release() }
func (t *table) batch() arrow.RecordBatch { return t.b.NewRecordBatch() }

// row appends one value to each column; nil is NULL.
func (t *table) row(values ...any) {
	for i, v := range values {
		appendValue(t.b.Field(i), v)
	}
}

func appendValue(b array.Builder, v any) {
	switch b := b.(type) {
	case *array.StringBuilder:
		if s, ok := v.(string); ok {
			b.Append(s)
			return
		}
	case *array.BinaryBuilder:
		if s, ok := v.([]byte); ok {
			b.Append(s)
			return
		}
	case *array.Int32Builder:
		if n, ok := v.(int); ok {
			b.Append(int32(n)) //nolint:gosec // all are small
			return
		}
	case *array.Uint8Builder:
		if n, ok := v.(int); ok {
			b.Append(uint8(n)) //nolint:gosec // all are small
			return
		}
	case *array.BooleanBuilder:
		if x, ok := v.(bool); ok {
			b.Append(x)
			return
		}
	case *array.ListBuilder:
		if list, ok := v.([]string); ok {
			b.Append(true)
			for _, s := range list {
				appendValue(b.ValueBuilder(), s)
			}
			return
		}
	}
	b.AppendNull()
}
