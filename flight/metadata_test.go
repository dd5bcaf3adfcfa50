package flight

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/policy"
)

// fetched is what a metadata call gives, which must have the reference schema.
func (c *client) fetched(want *arrow.Schema, info *arrowflight.FlightInfo, err error) []string {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
	got, err := arrowflight.DeserializeSchema(info.Schema, memory.DefaultAllocator)
	if err != nil || !got.Equal(want) {
		c.t.Errorf("schema %v (%v), want %v", got, err, want)
	}
	lines, err := c.read(info)
	if err != nil {
		c.t.Fatal(err)
	}
	return lines
}

func TestMetadataIsFilteredAndOrdered(t *testing.T) {
	srv := startServer(t)
	c := srv.dial(t, writer1)
	for _, sql := range []string{
		"CREATE SCHEMA side", "CREATE TABLE b_1 (i INTEGER)", "CREATE TABLE bx1 (i INTEGER)", "CREATE TABLE a (i INTEGER)", "CREATE TABLE side.z (i INTEGER)",
	} {
		c.exec(sql)
	}
	text := func(s string) *string { return &s }
	info, err := c.GetCatalogs(c.ctx)
	wantLines(t, c.fetched(schema_ref.Catalogs, info, err), "lake")
	for _, f := range []*struct {
		opts flightsql.GetDBSchemasOpts
		want []string
	}{
		{flightsql.GetDBSchemasOpts{}, []string{"lake|main", "lake|side"}},
		{flightsql.GetDBSchemasOpts{Catalog: text("lake")}, []string{"lake|main", "lake|side"}},
		{flightsql.GetDBSchemasOpts{Catalog: text("")}, nil},
		{flightsql.GetDBSchemasOpts{Catalog: text("la%")}, nil},
		{flightsql.GetDBSchemasOpts{DbSchemaFilterPattern: text("s_de")}, []string{"lake|side"}},
		{flightsql.GetDBSchemasOpts{DbSchemaFilterPattern: text("")}, nil},
	} {
		info, err := c.GetDBSchemas(c.ctx, &f.opts)
		wantLines(t, c.fetched(schema_ref.DBSchemas, info, err), f.want...)
	}
	for _, f := range []*struct {
		opts flightsql.GetTablesOpts
		want []string
	}{
		{flightsql.GetTablesOpts{}, []string{"lake|main|a|BASE TABLE", "lake|main|b_1|BASE TABLE", "lake|main|bx1|BASE TABLE", "lake|side|z|BASE TABLE"}},
		{flightsql.GetTablesOpts{TableNameFilterPattern: text("b_1")}, []string{"lake|main|b_1|BASE TABLE", "lake|main|bx1|BASE TABLE"}},
		{flightsql.GetTablesOpts{TableNameFilterPattern: text(`b\_1`)}, []string{"lake|main|b_1|BASE TABLE"}},
		{flightsql.GetTablesOpts{TableTypes: []string{"VIEW"}}, nil},
		{flightsql.GetTablesOpts{TableTypes: []string{"TABLE"}, DbSchemaFilterPattern: text("side")}, []string{"lake|side|z|BASE TABLE"}},
		{flightsql.GetTablesOpts{Catalog: text("other")}, nil},
	} {
		info, err := c.GetTables(c.ctx, &f.opts)
		wantLines(t, c.fetched(schema_ref.Tables, info, err), f.want...)
	}
	info, err = c.GetTableTypes(c.ctx)
	wantLines(t, c.fetched(schema_ref.TableTypes, info, err), "BASE TABLE", "VIEW")
	info, err = c.GetXdbcTypeInfo(c.ctx, nil)
	if n := len(c.fetched(schema_ref.XdbcTypeInfo, info, err)); n != len(xdbcTypeTable) {
		t.Errorf("%d types", n)
	}
	info, err = c.GetSqlInfo(c.ctx, []flightsql.SqlInfo{flightsql.SqlInfoFlightSqlServerTransaction, 12345})
	wantLines(t, c.fetched(schema_ref.SqlInfo, info, err), "8|[3,1]")
}

func TestMetadataSchemasAreAlsoAnsweredByGetSchema(t *testing.T) {
	c := startServer(t).dial(t, reader1)
	for name, f := range map[string]struct {
		want *arrow.Schema
		get  func(context.Context, ...grpc.CallOption) (*arrowflight.SchemaResult, error)
	}{
		"catalogs":    {schema_ref.Catalogs, c.GetCatalogsSchema},
		"schemas":     {schema_ref.DBSchemas, c.GetDBSchemasSchema},
		"table types": {schema_ref.TableTypes, c.GetTableTypesSchema},
		"SqlInfo":     {schema_ref.SqlInfo, c.GetSqlInfoSchema},
		"types":       {schema_ref.XdbcTypeInfo, c.GetXdbcTypeInfoSchema},
		"primary":     {schema_ref.PrimaryKeys, c.GetPrimaryKeysSchema},
		"exported":    {schema_ref.ExportedKeys, c.GetExportedKeysSchema},
		"imported":    {schema_ref.ImportedKeys, c.GetImportedKeysSchema},
		"cross":       {schema_ref.CrossReference, c.GetCrossReferenceSchema},
	} {
		r, err := f.get(c.ctx)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := arrowflight.DeserializeSchema(r.Schema, memory.DefaultAllocator)
		if err != nil || !got.Equal(f.want) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestPrimaryKeysAreListed(t *testing.T) {
	c := startServer(t).dial(t, writer1)
	c.exec("CREATE TABLE p (a INTEGER, b VARCHAR, PRIMARY KEY (b, a))")
	c.exec("CREATE TABLE q (a INTEGER)")
	info, err := c.GetPrimaryKeys(c.ctx, flightsql.TableRef{Table: "p"})
	wantLines(t, c.fetched(schema_ref.PrimaryKeys, info, err), "lake|main|p|b|1|(null)", "lake|main|p|a|2|(null)")
	info, err = c.GetPrimaryKeys(c.ctx, flightsql.TableRef{Table: "q"})
	wantLines(t, c.fetched(schema_ref.PrimaryKeys, info, err))
	info, err = c.GetImportedKeys(c.ctx, flightsql.TableRef{Table: "p"})
	wantLines(t, c.fetched(schema_ref.ImportedKeys, info, err))
}

// keyedView is what a reader sees of lakes that others gave foreign keys: f
// refers to p, and g to what cannot be seen.
func keyedView(t testing.TB) catalog.View {
	t.Helper()
	rules, err := policy.New(policy.Config{})
	if err != nil {
		t.Fatal(err)
	}
	cats, err := catalog.New(catalog.Config{Policy: rules, Load: func(_ context.Context, old catalog.Contents) (catalog.Contents, error) { return old, nil }})
	if err != nil {
		t.Fatal(err)
	}
	name := func(s string) catalog.Name { return catalog.Name{Catalog: "lake", Schema: "main", Table: s} }
	columns := func(names ...string) (out []catalog.Column) {
		for _, n := range names {
			out = append(out, catalog.Column{Name: n, Type: "INTEGER"})
		}
		return out
	}
	return cats.Over(auth.Principal{Scopes: []string{policy.ScopeRead}}, catalog.Contents{Stamp: "1", Catalogs: []catalog.Catalog{{
		Name: "lake", Type: catalog.DuckDB, Schemas: []catalog.Schema{{Name: "main", Tables: []catalog.Table{
			{Name: name("f"), Columns: columns("x", "y"), ForeignKeys: []catalog.ForeignKey{
				{Name: "f_p", Columns: []string{"x", "y"}, References: name("p"), Referenced: []string{"b", "a"}},
			}},
			{Name: name("g"), Columns: columns("x"), ForeignKeys: []catalog.ForeignKey{
				{Columns: []string{"x"}, References: name("hidden"), Referenced: []string{"a"}},
				{Columns: []string{"masked"}, References: name("p"), Referenced: []string{"a"}},
				{Columns: []string{"x"}, References: name("p"), Referenced: []string{"denied"}},
			}},
			{Name: name("p"), Columns: columns("a", "b"), PrimaryKey: []string{"b", "a"}},
		}}},
	}}})
}

func TestForeignKeysAreListedIfBothEndsAreVisible(t *testing.T) {
	view := keyedView(t)
	p, f, g := &tableRef{table: "p"}, &tableRef{table: "f"}, &tableRef{table: "g"}
	want := []string{"lake|main|p|b|lake|main|f|x|1|f_p|(null)|3|3", "lake|main|p|a|lake|main|f|y|2|f_p|(null)|3|3"}
	for _, c := range []struct {
		name     string
		to, from *tableRef
		want     []string
	}{
		{"imported by f", nil, f, want},
		{"exported by p", p, nil, want},
		{"from f to p", p, f, want},
		{"from p to f", f, p, nil},
		{"imported by g", nil, g, nil},
	} {
		out := newTable(schema_ref.ImportedKeys)
		foreignKeys(out, view, c.to, c.from)
		rec := out.batch()
		if got := recordLines(rec); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		rec.Release()
		out.release()
	}
}

// everyType has a column of each type that DuckDB keeps in a table.
const everyType = `CREATE TABLE types (
	b BOOLEAN NOT NULL, t TINYINT, s SMALLINT, i INTEGER, l BIGINT, ut UTINYINT, us USMALLINT, ui UINTEGER, ul UBIGINT, h HUGEINT,
	f FLOAT, d DOUBLE, n DECIMAL(12,4), v VARCHAR, u UUID, x BLOB, da DATE, ti TIME, ts TIMESTAMP, tz TIMESTAMPTZ,
	tss TIMESTAMP_S, tsm TIMESTAMP_MS, tsn TIMESTAMP_NS, iv INTERVAL, li INTEGER[], ar DOUBLE[3], st STRUCT(a INTEGER, "b c" VARCHAR), m MAP(VARCHAR, INTEGER),
	nested STRUCT(l STRUCT(k VARCHAR)[]))`

func TestTableSchemasHaveTheTypesThatASelectGives(t *testing.T) {
	c := startServer(t).dial(t, writer1)
	c.exec(everyType)
	info, err := c.GetTables(c.ctx, &flightsql.GetTablesOpts{IncludeSchema: true})
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.DoGet(c.ctx, info.Endpoint[0].Ticket)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Release()
	if !r.Next() {
		t.Fatal(r.Err())
	}
	reader, err := ipc.NewReader(bytes.NewReader(r.RecordBatch().Column(4).(*array.Binary).Value(0)))
	if err != nil {
		t.Fatalf("table_schema is no encapsulated message: %v", err)
	}
	defer reader.Release()
	selected, err := c.GetExecuteSchema(c.ctx, "SELECT * FROM types")
	if err != nil {
		t.Fatal(err)
	}
	want, err := arrowflight.DeserializeSchema(selected.Schema, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	got := reader.Schema()
	if got.NumFields() != want.NumFields() {
		t.Fatalf("%d columns, want %d", got.NumFields(), want.NumFields())
	}
	for i, f := range got.Fields() {
		if f.Name != want.Field(i).Name || !arrow.TypeEqual(f.Type, want.Field(i).Type) {
			t.Errorf("%s: %s, want %s %s", f.Name, f.Type, want.Field(i).Name, want.Field(i).Type)
		}
		if f.Nullable == (f.Name == "b") {
			t.Errorf("%s: nullable %v", f.Name, f.Nullable)
		}
		if want.Field(i).HasMetadata() && want.Field(i).Metadata.FindKey(flightsql.RemarksKey) >= 0 {
			t.Errorf("%s: remarks on a result's field become its label in JDBC", f.Name)
		}
	}
	n := got.Field(12)
	for key, value := range map[string]string{
		flightsql.TypeNameKey: "DECIMAL", flightsql.PrecisionKey: "12", flightsql.ScaleKey: "4", flightsql.IsAutoIncrementKey: "0",
		flightsql.TableNameKey: "types", flightsql.SchemaNameKey: "main", flightsql.CatalogNameKey: "lake",
	} {
		if v, ok := n.Metadata.GetValue(key); !ok || v != value {
			t.Errorf("%s: %q, want %q", key, v, value)
		}
	}
}
