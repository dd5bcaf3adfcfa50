package flight

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc/codes"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/internal/testpeer/airport"
	"github.com/lakegate/lakegate/policy"
)

// attached is a server over a lake of that type with a table, and who made it.
func attached(t *testing.T, kind catalog.Type, change ...func(*Config)) (*testServer, *client) {
	t.Helper()
	lake := catalog.Lake{Name: "lake", Type: kind}
	if kind == catalog.DuckLake {
		dir := t.TempDir()
		lake.Data, lake.Metadata = dir+"/data", catalog.Metadata{Type: "duckdb", Path: dir + "/meta.duckdb"}
	}
	eng, cats := engineOver(t, lake)
	srv := serveOver(t, eng, cats, change...)
	c := srv.dial(t, writer1)
	c.exec("CREATE TABLE events (id BIGINT, name VARCHAR, key UUID, secret VARCHAR)")
	c.exec("INSERT INTO events SELECT i, 'name' || i, '00010203-0405-0607-0809-0a0b0c0d0e0f', 'kept ' || i FROM range(10000) r(i)")
	return srv, c
}

func (s *testServer) attach(t *testing.T, token string) *airport.Client {
	t.Helper()
	return airport.Attach(t, airport.Options{Addr: s.addr, Catalog: "lake", SecretToken: token})
}

var lakeTypes = []catalog.Type{catalog.DuckDB, catalog.DuckLake}

func TestADuckDBClientReadsWhatItAsksFor(t *testing.T) {
	for _, kind := range lakeTypes {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			srv, _ := attached(t, kind)
			c := srv.attach(t, reader1)
			names := []string{"id", "name", "key", "secret"}
			got, err := c.Select(t.Context(), airport.Query{Schema: "public", Table: "events", Columns: []string{"id", "name", "key"}, Filters: airport.Filter(names, airport.Compare("COMPARE_EQUAL", airport.Col(0, "BIGINT"), airport.Const("BIGINT", 7)))})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Rows) != 1 || got.Rows[0][0] != "7" || got.Rows[0][1] != "name7" {
				t.Errorf("rows %v", got.Rows)
			}
			if got.Bytes > 4096 {
				t.Errorf("one row took %d bytes: the condition was not computed by the server", got.Bytes)
			}
			want := []string{"create_transaction", "list_schemas", "catalog_version", "endpoints", "DoGet"}
			if calls := c.Calls(); !slices.Equal(calls, want) {
				t.Errorf("calls %v", calls)
			}
			all, err := c.Select(t.Context(), airport.Query{Schema: "public", Table: "events", Columns: []string{"id"}})
			if err != nil || len(all.Rows) != 10_000 {
				t.Fatalf("%d rows, %v", len(all.Rows), err)
			}
			wide, err := c.Select(t.Context(), airport.Query{Schema: "public", Table: "events", Columns: names})
			if err != nil {
				t.Fatal(err)
			}
			if all.Bytes*2 > wide.Bytes {
				t.Errorf("one column took %d bytes, and all four %d", all.Bytes, wide.Bytes)
			}
			count, err := c.Select(t.Context(), airport.Query{Schema: "public", Table: "events", Count: true})
			if err != nil || len(count.Rows) != 10_000 {
				t.Fatalf("count(*): %d rows, %v", len(count.Rows), err)
			}
		})
	}
}

func TestADuckDBClientSeesWhatExistsForItsCaller(t *testing.T) {
	file, err := policy.Parse("policy.yaml", []byte(`
tables:
- user: reader
  table: events
  privileges: [SELECT]
  filter: "id < 10"
  columns:
  - {name: secret, allow: false}
  - {name: name, mask: "'*' || right(name, 1)"}
- user: writer
  privileges: [SELECT, INSERT, UPDATE, DELETE, OWNERSHIP]
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range lakeTypes {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			l := governed(t, kind, file)
			c := l.attach(t, reader1)
			cat, err := c.Catalog(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if tables := cat.Schemas["public"].Tables; len(tables) != 1 || tables["events"] == nil {
				t.Fatalf("tables %v", tables)
			}
			var names []string
			for _, f := range cat.Schemas["public"].Tables["events"].Schema.Fields() {
				names = append(names, f.Name)
				if strings.Contains(fmt.Sprint(f), "secret") {
					t.Errorf("field %v", f)
				}
			}
			if !slices.Equal(names, []string{"id", "name", "key", "rowid"}) {
				t.Errorf("columns %v", names)
			}
			got, err := c.Select(t.Context(), airport.Query{Schema: "public", Table: "events", Columns: []string{"id", "name"}})
			if err != nil || len(got.Rows) != 10 || got.Rows[3][1] != "*3" {
				t.Fatalf("rows %v, %v", got, err)
			}
			got, err = c.Select(t.Context(), airport.Query{
				Schema: "public", Table: "events", Columns: []string{"id", "name"},
				Filters: airport.Filter(names, airport.Compare("COMPARE_EQUAL", airport.Col(1, "VARCHAR"), airport.Const("VARCHAR", "name3"))),
			})
			if err != nil || len(got.Rows) != 0 {
				t.Errorf("rows found by what is masked: %v, %v", got, err)
			}
			if _, err := c.TableFunction(t.Context(), "lakegate", "query", text(t, "SELECT secret FROM events")); err == nil {
				t.Error("query() reads a denied column")
			}
			other := c.Over(airport.Options{Catalog: "lake", SecretToken: writer1})
			whole, err := other.Select(t.Context(), airport.Query{Schema: "public", Table: "events", Columns: []string{"secret"}})
			if err != nil || len(whole.Rows) != 10_000 {
				t.Errorf("another caller in the same process: %v", err)
			}
			if again, err := c.Select(t.Context(), airport.Query{Schema: "public", Table: "events", Columns: []string{"id"}}); err != nil || len(again.Rows) != 10 {
				t.Errorf("the first caller again: %v", err)
			}
		})
	}
}

// governed is attached under a policy.
func governed(t *testing.T, kind catalog.Type, file *policy.Rules) *testServer {
	t.Helper()
	srv, c := attached(t, kind)
	c.exec("CREATE TABLE unseen (id BIGINT)")
	pol, err := policy.New(policy.Config{Rules: file})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := guard.Settle(t.Context(), srv.cfg.Engine.Binder(), pol, catalog.Contents{}); err != nil {
		t.Fatal(err)
	}
	srv.cfg.Catalogs.Govern(pol)
	return srv
}

func TestOneTransactionOfADuckDBClientReadsOneStateOfALake(t *testing.T) {
	srv, other := attached(t, catalog.DuckLake)
	c := srv.attach(t, reader1)
	count := func() int {
		t.Helper()
		got, err := c.Select(t.Context(), airport.Query{Schema: "public", Table: "events", Columns: []string{"id"}})
		if err != nil {
			t.Fatal(err)
		}
		return len(got.Rows)
	}
	if err := c.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := count()
	other.exec("DELETE FROM events WHERE id < 5000")
	if got := count(); got != before {
		t.Errorf("%d rows, and %d after another caller's change", before, got)
	}
	c.Commit()
	if got := count(); got != before-5000 {
		t.Errorf("%d rows in a new transaction", got)
	}
	then, err := c.Select(t.Context(), airport.Query{Schema: "public", Table: "events", Columns: []string{"id"}, AtUnit: "VERSION", AtValue: "2"})
	if err != nil || len(then.Rows) != before {
		t.Errorf("as of version 2: %v", err)
	}
}

func rowsOf(t *testing.T, fields []arrow.Field, rows string) arrow.RecordBatch {
	t.Helper()
	rec, _, err := array.RecordFromJSON(memory.DefaultAllocator, arrow.NewSchema(fields, nil), strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rec.Release)
	return rec
}

func TestADuckDBClientMakesTablesAndFillsThem(t *testing.T) {
	for _, kind := range lakeTypes {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			srv, sql := attached(t, kind)
			c := srv.attach(t, writer1)
			ctx := t.Context()
			if err := c.Begin(ctx); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Catalog(ctx); err != nil {
				t.Fatal(err)
			}
			c.Commit()
			if _, err := c.Action(ctx, "create_schema", map[string]any{"catalog_name": "lake", "schema": "s3", "comment": nil, "tags": map[string]string{}}); err != nil {
				t.Fatal(err)
			}
			fields := []arrow.Field{{Name: "event_id", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "user_id", Type: arrow.PrimitiveTypes.Int32, Nullable: true}}
			create := func(c *airport.Client) error {
				_, err := c.Define(ctx, "create_table", "s3", map[string]any{
					"catalog_name": "lake", "schema_name": "s3", "table_name": "user_events", "arrow_schema": airport.SchemaText(fields...), "on_conflict": "error",
					"not_null_constraints": []uint64{1}, "unique_constraints": []uint64{}, "check_constraints": []string{},
					"primary_key_columns": []string{}, "unique_columns": []string{}, "multi_key_primary_keys": []string{}, "extra_constraints": []string{},
				})
				return err
			}
			if err := create(c); err != nil {
				t.Fatal(err)
			}
			cat, err := c.Catalog(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if f := cat.Schemas["s3"].Tables["user_events"].Schema.Field(1); f.Nullable || f.Name != "user_id" {
				t.Errorf("made %v", f)
			}
			wantCode(t, create(c), codes.AlreadyExists, "")
			n, _, err := c.Insert(ctx, "s3", "user_events", rowsOf(t, fields, `[{"event_id": "a", "user_id": 1}, {"event_id": null, "user_id": 2}]`), false)
			if err != nil || n != 2 {
				t.Fatalf("%d inserted, %v", n, err)
			}
			many := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
			defer many.Release()
			for i := range 5000 {
				many.Field(0).(*array.StringBuilder).Append(fmt.Sprint(i))
				many.Field(1).(*array.Int32Builder).Append(int32(i)) //nolint:gosec // small
			}
			rec := many.NewRecordBatch()
			defer rec.Release()
			n, back, err := c.Insert(ctx, "s3", "user_events", rec, true)
			if err != nil || n != 5000 || back != 5000 {
				t.Errorf("%d inserted, %d came back, %v", n, back, err)
			}
			_, _, err = c.Insert(ctx, "s3", "user_events", rowsOf(t, fields, `[{"event_id": "x", "user_id": 3}, {"event_id": "y", "user_id": null}]`), false)
			wantCode(t, err, codes.InvalidArgument, "")
			wantLines(t, sql.mustQuery("SELECT count(*) FROM s3.user_events"), "5002")
			if _, err := c.Define(ctx, "add_column", "s3", map[string]any{
				"catalog": "lake", "schema": "s3", "name": "user_events", "ignore_not_found": false,
				"column_schema": airport.SchemaText(arrow.Field{Name: "note", Type: arrow.BinaryTypes.String, Nullable: true}), "if_column_not_exists": false,
			}); err != nil {
				t.Fatal(err)
			}
			got, err := c.Select(ctx, airport.Query{Schema: "s3", Table: "user_events", Columns: []string{"event_id", "note"}})
			if err != nil || len(got.Rows) != 5002 {
				t.Errorf("after ADD COLUMN: %v", err)
			}
			sql.exec("ALTER TABLE s3.user_events DROP COLUMN note")
			_, err = c.Select(ctx, airport.Query{Schema: "s3", Table: "user_events", Columns: []string{"event_id"}})
			wantCode(t, err, codes.FailedPrecondition, "DETACH and ATTACH again")
			if _, err := c.Action(ctx, "drop_schema", map[string]any{"type": "schema", "catalog_name": "lake", "schema_name": "", "name": "s3", "ignore_not_found": false}); err == nil {
				t.Error("a schema with a table in it was dropped")
			}
			reader := srv.attach(t, reader1)
			wantCode(t, create(reader), codes.PermissionDenied, "")
			_, _, err = reader.Insert(ctx, "public", "events", rowsOf(t, []arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64}}, `[{"id": 1}]`), false)
			wantCode(t, err, codes.PermissionDenied, "")
		})
	}
}

func TestFunctionsOfTheServer(t *testing.T) {
	srv, _ := attached(t, catalog.DuckDB)
	c := srv.attach(t, reader1)
	got, err := c.TableFunction(t.Context(), "lakegate", "query", text(t, "SELECT count(*) AS n, max(name) AS m FROM events WHERE id > 10"))
	if err != nil || len(got.Rows) != 1 || got.Rows[0][0] != "9989" || got.Rows[0][1] != "name9999" {
		t.Errorf("query: %v, %v", got, err)
	}
	got, err = c.TableFunction(t.Context(), "lakegate", "whoami", nil)
	if err != nil || len(got.Rows) != 1 || got.Rows[0][0] != "reader" {
		t.Errorf("whoami: %v, %v", got, err)
	}
	_, err = c.TableFunction(t.Context(), "lakegate", "query", text(t, "CREATE TABLE x (a INTEGER)"))
	if err == nil {
		t.Error("query() made a table")
	}
	_, err = c.TableFunction(t.Context(), "lakegate", "query", text(t, "DELETE FROM events"))
	wantCode(t, err, codes.PermissionDenied, "")
	three := rowsOf(t, []arrow.Field{{Name: "n", Type: arrow.PrimitiveTypes.Int64}}, `[{"n": 1}, {"n": 2}, {"n": 3}]`)
	if back, err := c.Scalar(t.Context(), "lakegate", "whoami", three); err != nil || back != 3 {
		t.Errorf("whoami(): %d values for 3, %v", back, err)
	}
}

// text is the argument of a function that takes one.
func text(t *testing.T, s string) arrow.RecordBatch {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{{Name: "sql", Type: arrow.BinaryTypes.String, Nullable: true}}, nil))
	defer b.Release()
	b.Field(0).(*array.StringBuilder).Append(s)
	rec := b.NewRecordBatch()
	t.Cleanup(rec.Release)
	return rec
}

func TestTheTokenOfAttachIsEnoughOverItsOwnConnection(t *testing.T) {
	srv, _ := attached(t, catalog.DuckDB)
	q := airport.Query{Schema: "public", Table: "events", Columns: []string{"id"}}
	c := airport.Attach(t, airport.Options{Addr: srv.addr, Catalog: "lake", AttachToken: reader1})
	if got, err := c.Select(t.Context(), q); err != nil || len(got.Rows) != 10_000 {
		t.Fatalf("with the token of ATTACH: %v", err)
	}
	if err := c.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	id := c.Transaction()
	for name, thief := range map[string]*airport.Client{
		"another connection":                           airport.Attach(t, airport.Options{Addr: srv.addr, Catalog: "lake"}),
		"another process over the same connection":     c.Over(airport.Options{Catalog: "lake", Session: "another"}),
		"a transaction that is somebody else's making": c.Over(airport.Options{Catalog: "lake"}),
	} {
		given := id
		if strings.Contains(name, "making") {
			given = id[:len(id)-4] + "AAAA"
		}
		_, err := thief.Within(t.Context(), given, "endpoints", map[string]any{"descriptor": "", "parameters": map[string]any{}})
		wantCode(t, err, codes.Unauthenticated, "")
	}
	strict := airport.Attach(t, airport.Options{Addr: attachedStrictly(t).addr, Catalog: "lake", AttachToken: reader1})
	_, err := strict.Select(t.Context(), q)
	wantCode(t, err, codes.Unauthenticated, "")
	if strings.Contains(srv.log.String(), id) {
		t.Error("the log holds a transaction's id")
	}
}

func attachedStrictly(t *testing.T) *testServer {
	t.Helper()
	srv, _ := attached(t, catalog.DuckDB, func(c *Config) { c.Airport.NoAttachToken = true })
	return srv
}

func TestWhatADuckDBClientAsksWronglyIsSaid(t *testing.T) {
	srv, _ := attached(t, catalog.DuckDB)
	c := srv.attach(t, reader1)
	for name, one := range map[string]struct {
		action string
		body   any
		code   codes.Code
		text   string
	}{
		"no msgpack":           {"list_schemas", []byte("\xc1"), codes.InvalidArgument, "list_schemas"},
		"nothing":              {"catalog_version", []byte{}, codes.InvalidArgument, "catalog_version"},
		"nested too deeply":    {"list_schemas", slices.Repeat([]byte{0x91}, 1<<20), codes.InvalidArgument, ""},
		"a wrong catalog":      {"list_schemas", map[string]any{"catalog_name": "laek"}, codes.NotFound, "'lake'"},
		"no transaction there": {"create_transaction", map[string]any{"catalog_name": "nowhere"}, codes.NotFound, "'lake'"},
		"a foreign descriptor": {"endpoints", map[string]any{"descriptor": "x", "parameters": map[string]any{}}, codes.InvalidArgument, ""},
		"an unknown action":    {"no_such_action", map[string]any{}, codes.InvalidArgument, "no such action"},
		"another's type":       {"drop_table", map[string]any{"type": "view", "catalog_name": "lake", "name": "x"}, codes.InvalidArgument, "view"},
	} {
		_, err := c.Action(t.Context(), one.action, one.body)
		t.Log(name)
		wantCode(t, err, one.code, one.text)
	}
	_, err := srv.attach(t, writer1).Change(t.Context(), "update", "public", "events", rowsOf(t, []arrow.Field{{Name: "rowid", Type: arrow.PrimitiveTypes.Int64}}, `[{"rowid": 1}]`))
	wantCode(t, err, codes.Unimplemented, "Flight SQL")
	off, _ := attached(t, catalog.DuckDB, func(c *Config) { c.Airport.Off = true })
	_, err = off.attach(t, reader1).Catalog(t.Context())
	wantCode(t, err, codes.InvalidArgument, "no such action")
}
