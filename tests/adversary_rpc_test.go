package tests

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/lakegate/lakegate/internal/testpeer/issuer"
)

func everybody() []string { return slices.Concat(people...) }

// told is all that a metadata call says: its rows, and the schemas within them.
func (c *caller) told(ctx context.Context, info *arrowflight.FlightInfo, err error) (a answer) {
	if err != nil {
		return answer{err: err}
	}
	a.err = c.fetch(ctx, info, func(batch arrow.RecordBatch) error {
		a.describe(batch.Schema())
		for i, f := range batch.Schema().Fields() {
			if f.Name != "table_schema" {
				continue
			}
			for row := range int(batch.NumRows()) {
				schema, err := arrowflight.DeserializeSchema(batch.Column(i).(*array.Binary).Value(row), memory.DefaultAllocator)
				if err != nil {
					return err
				}
				a.also = append(a.also, schema.String())
			}
		}
		for _, row := range texts(batch) {
			if len(a.also) < 2 { // with schemas, whose bytes are no text
				a.rows = append(a.rows, row)
			}
		}
		return nil
	})
	return a
}

func text(s string) *string { return &s }

// L10
func TestMetadataCallsTellNothingOfWhatOneMayNotSee(t *testing.T) {
	t.Parallel()
	w := theAdversaryWorld.of(t, startAdversaryWorld)
	ref := func(schema, table string) flightsql.TableRef {
		return flightsql.TableRef{Catalog: text("lake"), DBSchema: text(schema), Table: table}
	}
	calls := map[string]func(ctx context.Context, c *caller, hidden string) (*arrowflight.FlightInfo, error){
		"catalogs": func(ctx context.Context, c *caller, _ string) (*arrowflight.FlightInfo, error) {
			return c.GetCatalogs(ctx)
		},
		"schemas": func(ctx context.Context, c *caller, _ string) (*arrowflight.FlightInfo, error) {
			return c.GetDBSchemas(ctx, &flightsql.GetDBSchemasOpts{})
		},
		"schemas by pattern": func(ctx context.Context, c *caller, hidden string) (*arrowflight.FlightInfo, error) {
			return c.GetDBSchemas(ctx, &flightsql.GetDBSchemasOpts{DbSchemaFilterPattern: text(hidden + "%")})
		},
		"schemas of a hidden catalog": func(ctx context.Context, c *caller, hidden string) (*arrowflight.FlightInfo, error) {
			return c.GetDBSchemas(ctx, &flightsql.GetDBSchemasOpts{Catalog: text(hidden + "void")})
		},
		"tables": func(ctx context.Context, c *caller, _ string) (*arrowflight.FlightInfo, error) {
			return c.GetTables(ctx, &flightsql.GetTablesOpts{})
		},
		"tables with their columns": func(ctx context.Context, c *caller, _ string) (*arrowflight.FlightInfo, error) {
			return c.GetTables(ctx, &flightsql.GetTablesOpts{IncludeSchema: true})
		},
		"tables by pattern": func(ctx context.Context, c *caller, hidden string) (*arrowflight.FlightInfo, error) {
			return c.GetTables(ctx, &flightsql.GetTablesOpts{TableNameFilterPattern: text(hidden + "_____"), IncludeSchema: true})
		},
		"tables by a pattern with wildcards": func(ctx context.Context, c *caller, hidden string) (*arrowflight.FlightInfo, error) {
			return c.GetTables(ctx, &flightsql.GetTablesOpts{TableNameFilterPattern: text("%" + hidden + "%"), DbSchemaFilterPattern: text("%")})
		},
		"tables of a hidden schema": func(ctx context.Context, c *caller, hidden string) (*arrowflight.FlightInfo, error) {
			return c.GetTables(ctx, &flightsql.GetTablesOpts{Catalog: text("lake"), DbSchemaFilterPattern: text(hidden + "hidden")})
		},
		"views": func(ctx context.Context, c *caller, _ string) (*arrowflight.FlightInfo, error) {
			return c.GetTables(ctx, &flightsql.GetTablesOpts{TableTypes: []string{"VIEW"}, IncludeSchema: true})
		},
		"keys of a hidden table": func(ctx context.Context, c *caller, hidden string) (*arrowflight.FlightInfo, error) {
			return c.GetPrimaryKeys(ctx, ref("main", hidden+"vault"))
		},
		"keys of a masked table": func(ctx context.Context, c *caller, _ string) (*arrowflight.FlightInfo, error) {
			return c.GetPrimaryKeys(ctx, ref("main", "staff"))
		},
		"keys that a hidden table refers to": func(ctx context.Context, c *caller, hidden string) (*arrowflight.FlightInfo, error) {
			return c.GetImportedKeys(ctx, ref("main", hidden+"vault"))
		},
		"keys that refer to a hidden table": func(ctx context.Context, c *caller, hidden string) (*arrowflight.FlightInfo, error) {
			return c.GetExportedKeys(ctx, ref("main", hidden+"vault"))
		},
		"keys between hidden tables": func(ctx context.Context, c *caller, hidden string) (*arrowflight.FlightInfo, error) {
			return c.GetCrossReference(ctx, ref("main", hidden+"vault"), ref("open", "items"))
		},
		"types": func(ctx context.Context, c *caller, _ string) (*arrowflight.FlightInfo, error) {
			return c.GetXdbcTypeInfo(ctx, nil)
		},
		"kinds of tables": func(ctx context.Context, c *caller, _ string) (*arrowflight.FlightInfo, error) {
			return c.GetTableTypes(ctx)
		},
	}
	for _, who := range everybody() {
		c, tap := w.tap(t, w.token(t, who))
		h := newHonest(t, who)
		for name, call := range calls {
			ctx, cancel := context.WithTimeout(c.as(t.Context()), statementLimit)
			info, err := call(ctx, c, "zq_")
			got := c.told(ctx, info, err)
			info, err = call(ctx, c, "nx_")
			missing := c.told(ctx, info, err)
			cancel()
			for _, wrong := range w.shown(got, "") {
				t.Errorf("%s as %s: %s", name, who, wrong)
			}
			if x, y := got.String(), strings.ReplaceAll(missing.String(), "nx_", "zq_"); x != y {
				t.Errorf("%s as %s: hidden and missing differ: %s, %s", name, who, x, y)
			}
			if name == "tables" {
				want := h.run(`SELECT table_catalog, table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_catalog IN ('lake', 'duck')`).rows
				if who == "writer" {
					want = append(want, "lake|work|blind") // which may be written and not read
				}
				var tables []string
				for _, row := range got.rows {
					if at, is := strings.CutSuffix(row, "|BASE TABLE"); is {
						tables = append(tables, at)
					}
				}
				if !sameRows(tables, want) {
					t.Errorf("%s sees the tables %q, want %q", who, tables, want)
				}
			}
		}
		for _, found := range tap.taken() {
			t.Errorf("on the wire to %s: %s", who, found)
		}
		h.close()
		_ = c.Close()
	}
}

func TestHandlesAndTicketsOfOthersAreOfNoUse(t *testing.T) {
	t.Parallel()
	w := theAdversaryWorld.of(t, startAdversaryWorld)
	const sql = "SELECT * FROM lake.main.orders"
	owner := w.dial(t, w.token(t, "filtered"))
	p, err := owner.Prepare(owner.ctx(t), sql)
	if err != nil {
		t.Fatal(err)
	}
	info, err := owner.Execute(owner.ctx(t), sql)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"reader", "masked", "writer", "nobody", "admin"} {
		c := w.dial(t, w.token(t, who))
		theirs := flightsql.NewPreparedStatement(c.Client, p.Handle())
		if info, err := theirs.Execute(c.ctx(t)); err == nil {
			got := c.told(c.ctx(t), info, nil)
			if got.err == nil {
				t.Errorf("%s runs another's statement: %s", who, got)
			}
		} else if !slices.Contains(refusals, status.Code(err)) {
			t.Errorf("%s with another's handle: %v", who, err)
		}
		if _, err := theirs.ExecuteUpdate(c.ctx(t)); status.Code(err) != codes.NotFound {
			t.Errorf("%s updates with another's handle: %v", who, err)
		}
		if got := c.told(c.ctx(t), info, nil); got.code() != codes.NotFound {
			t.Errorf("%s with another's ticket: %s", who, got)
		}
		_ = theirs.Close(c.ctx(t)) // which must not end the owner's
	}
	// Whoever has other rights by now runs it with those.
	moved := w.dial(t, w.issuer.Token(t, issuer.Claims{"sub": "filtered", "groups": []string{"filtered"}, "region": "nowhere"}))
	again := flightsql.NewPreparedStatement(moved.Client, p.Handle())
	if info, err := again.Execute(moved.ctx(t)); err == nil {
		if got := moved.told(moved.ctx(t), info, nil); len(got.rows) != 0 {
			t.Errorf("a handle keeps the rights of when it was made: %s", got)
		}
	}
	if got := moved.told(moved.ctx(t), info, nil); len(got.rows) != 0 {
		t.Errorf("a ticket keeps the rights of when it was made: %s", got)
	}
	if got := owner.told(owner.ctx(t), info, nil); got.err != nil || len(got.rows) != 5 {
		t.Errorf("the owner's ticket: %s", got)
	}
	if info, err := p.Execute(owner.ctx(t)); err != nil {
		t.Errorf("the owner's handle: %v", err)
	} else if got := owner.told(owner.ctx(t), info, nil); len(got.rows) != 5 {
		t.Errorf("the owner's handle: %s", got)
	}
}

// L07
func TestAClaimIsAValueWhateverItSays(t *testing.T) {
	t.Parallel()
	w := theAdversaryWorld.of(t, startAdversaryWorld)
	for _, claim := range []any{
		"EU' OR '1'='1", "' OR true --", "EU'; DROP TABLE lake.main.orders; --", "EU\x00", "Eu", " EU", "%", "_U", "EU\\", `"region"`, "region",
		"$1", "?", "NULL", "''", "", "(SELECT 'US')", "EU'::VARCHAR OR region = 'US", "EU' /*", "\u212A", "E\u0055\u200b", strings.Repeat("'", 5000),
		nil, true, 1, 1.5,
		[]string{"EU", "US"},
		[]string{"EU"},
		map[string]any{"a": "EU"},
	} {
		for _, user := range []string{"filtered", "fil'tered", `x" OR "1"="1`} {
			token := w.issuer.Token(t, issuer.Claims{"sub": user, "groups": []string{"filtered"}, "region": claim})
			c, tap := w.tap(t, token)
			for _, sql := range []string{"SELECT * FROM lake.main.orders", "SELECT * FROM duck.main.events"} {
				got := c.ask(t.Context(), "query", sql, nil)
				for _, wrong := range w.shown(got, sql) {
					t.Errorf("claim %.60q of %s: %s", fmt.Sprint(claim), user, wrong)
				}
				if len(got.rows) != 0 || got.err != nil && !slices.Contains(refusals, got.code()) {
					t.Errorf("claim %.60q of %s: %s gives %s", fmt.Sprint(claim), user, sql, got)
				}
			}
			for _, found := range tap.taken() {
				t.Errorf("claim %.60q: on the wire: %s", fmt.Sprint(claim), found)
			}
			_ = c.Close()
		}
	}
}

// ingestion is one way to write by bulk ingest; what it does to existing tables
// and to missing ones.
type ingestion struct {
	name, catalog, schema, table string
	temporary                    bool
	exists                       flightsql.TableDefinitionOptionsTableExistsOption
	missing                      flightsql.TableDefinitionOptionsTableNotExistOption
	rows                         arrow.RecordBatch
}

func TestIngestWritesOnlyWhereOneMayAndTellsNothing(t *testing.T) { //nolint:gocyclo // one table of attempts
	t.Parallel()
	w := theAdversaryWorld.of(t, startAdversaryWorld)
	const (
		appends, replaces, fails = flightsql.TableDefinitionOptionsTableExistsOptionAppend, flightsql.TableDefinitionOptionsTableExistsOptionReplace, flightsql.TableDefinitionOptionsTableExistsOptionFail
		creates, must            = flightsql.TableDefinitionOptionsTableNotExistOptionCreate, flightsql.TableDefinitionOptionsTableNotExistOptionFail
	)
	plain := func(names ...string) arrow.RecordBatch {
		values := make([]string, len(names))
		fields := make([]arrow.Field, len(names))
		for i, name := range names {
			values[i] = "900"
			fields[i] = arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
		}
		batch := bound(values)
		return array.NewRecordBatch(arrow.NewSchema(fields, nil), batch.Columns(), 1)
	}
	attempts := []ingestion{
		{"a hidden table", "lake", "main", "zq_vault", false, appends, must, plain("id", "zq_secret", "zq_amount")},
		{"a hidden table, made", "lake", "main", "zq_vault", false, fails, creates, plain("id")},
		{"a hidden table, replaced", "lake", "main", "zq_vault", false, replaces, creates, plain("id")},
		{"a hidden schema", "lake", "zq_hidden", "fresh", false, appends, creates, plain("id")},
		{"a hidden catalog", "zq_void", "main", "fresh", false, appends, creates, plain("id")},
		{"a locked table", "lake", "work", "zq_locked", false, appends, creates, plain("zq_word")},
		{"a locked table, replaced", "lake", "work", "zq_locked", false, replaces, creates, plain("zq_word")},
		{"a table that one only reads", "lake", "open", "items", false, appends, must, plain("name")},
		{"a table that one only reads, replaced", "lake", "open", "items", false, replaces, creates, plain("name")},
		{"a schema that one only reads", "lake", "open", "fresh", false, fails, creates, plain("name")},
		{"a view of the lake", "lake", "open", "lens", false, appends, must, plain("word")},
		{"a filtered table, replaced", "lake", "work", "tasks", false, replaces, creates, plain("title")},
		{"a masked table, replaced", "lake", "work", "people", false, replaces, creates, plain("name")},
		{"a denied column", "lake", "work", "people", false, appends, must, plain("id", "pay")},
		{"a denied column, told from a missing one", "lake", "work", "people", false, appends, must, plain("id", "pax")},
		{"the key of a hidden row", "lake", "work", "keyed", false, appends, must, plain("id", "region", "val")},
		{"types that do not fit", "lake", "work", "tasks", false, appends, must, plain("region", "place", "points")},
		{"the metadata", "__ducklake_metadata_duck", "main", "ducklake_tag", false, appends, creates, plain("id")},
		{"the system's own", "lakegate", "system", "sessions", false, appends, creates, plain("id")},
		{"the audit", "lakegate", "audit", "events", false, replaces, creates, plain("id")},
		{"DuckDB's own", "system", "main", "fresh", false, appends, creates, plain("id")},
		{"a name with a quote", "lake", "main", `x"; DROP TABLE open.items; --`, false, appends, must, plain("id")},
		{"a file", "", "", "/etc/passwd", false, appends, creates, plain("id")},
		{"a quoted path", "lake", "main", "'%{file}.parquet'", false, appends, must, plain("id")},
	}
	answers := map[string]map[string]answer{}
	w.statement.Lock()
	defer w.statement.Unlock()
	before := w.inventory(t)
	for _, who := range everybody() {
		answers[who] = map[string]answer{}
		c, tap := w.tap(t, w.token(t, who))
		for _, a := range attempts {
			opts := &flightsql.ExecuteIngestOpts{
				TableDefinitionOptions: &flightsql.TableDefinitionOptions{IfNotExist: a.missing, IfExists: a.exists},
				Table:                  a.table, Temporary: a.temporary,
			}
			if a.catalog != "" {
				opts.Catalog, opts.Schema = &a.catalog, &a.schema
			}
			reader, err := array.NewRecordReader(a.rows.Schema(), []arrow.RecordBatch{a.rows})
			if err != nil {
				t.Fatal(err)
			}
			var got answer
			ctx, cancel := context.WithTimeout(c.as(t.Context()), statementLimit)
			got.count, got.err = c.ExecuteIngest(ctx, reader, opts)
			cancel()
			answers[who][a.name] = got
			if got.err == nil || !slices.Contains(refusals, got.code()) {
				t.Errorf("ingest by %s into %s: %s", who, a.name, got)
			}
			for _, wrong := range w.shown(got, a.catalog+a.schema+a.table+a.rows.Schema().String()) {
				t.Errorf("ingest by %s into %s: %s", who, a.name, wrong)
			}
		}
		denied, missing := answers[who]["a denied column"], answers[who]["a denied column, told from a missing one"]
		if x, y := denied.String(), strings.ReplaceAll(missing.String(), "pax", "pay"); x != y {
			t.Errorf("ingest by %s: a denied column and a missing one differ: %s, %s", who, x, y)
		}
		for _, found := range tap.taken() {
			t.Errorf("on the wire to %s: %s", who, found)
		}
		_ = c.Close()
	}
	if after := w.inventory(t); !slices.Equal(before, after) {
		t.Errorf("something was changed:\n%s", strings.Join(difference(before, after), "\n"))
	}
}
