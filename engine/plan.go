package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	duckdb "github.com/duckdb/duckdb-go-bindings"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// plan is a checked statement with all that is known before it runs. It never
// changes.
type plan struct {
	verdict    guard.Verdict
	sql        string        // what runs; gives the columns of schema
	forced     string        // sql with each column cast to its type, for values that would change it
	names      []string      // of the parameters, without $
	parameters *arrow.Schema // nil for none
	schema     *arrow.Schema // nil unless it gives rows, a query's or of RETURNING
	types      []string      // the columns' SQL types
	labels     []string      // the columns' names as sql gives them; nil where that is not known
	layouts    []layout
	keep       bool             // prepared, it may be used again
	columns    []catalog.Column // of the view that the server is to make

	logical *strings.Replacer // of an explained query: logical names for physical ones
}

// columns are what a statement gives.
type columns struct {
	names   []string
	types   []string // as they go to clients
	differs bool     // from those that DuckDB has
	known   bool     // all of them
	logical []duckdb.LogicalType
}

// viewColumns are the columns of a checked query, with their types as DuckDB spells
// them; none for no query.
func (c *conn) viewColumns(ctx context.Context, sql string) ([]catalog.Column, error) {
	if sql == "" {
		return nil, nil
	}
	rows, err := c.rows(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM (\n"+sql+"\n) AS v)")
	if err != nil {
		return nil, err
	}
	out := make([]catalog.Column, len(rows))
	for i, row := range rows {
		out[i] = catalog.Column{Name: *row[0], Type: *row[1], Nullable: true}
	}
	return out, nil
}

// free is called when logical is no longer needed.
func (c *columns) free() {
	for i := range c.logical {
		duckdb.DestroyLogicalType(&c.logical[i])
	}
	c.logical = nil
}

// analyse finds out what v gives when run with params, without running it.
func (c *conn) analyse(v guard.Verdict, view catalog.View, params arrow.RecordBatch) (*plan, error) {
	p := &plan{verdict: v, sql: v.SQL, keep: repeatable(v, view)}
	if v.Explain != guard.NotExplained {
		p.sql, p.logical = explaining(v)+v.SQL, logicalNames(view)
	}
	c.stmts.drop(p.sql) // DuckDB binds a kept one anew, and still tells its old columns
	st, err := c.statement(p.sql)
	if err != nil {
		return nil, err
	}
	defer c.done(st, p.keep && v.Kind == guard.Query)
	p.parameters = c.parametersOf(st, p)
	if v.Returns {
		return p, c.analyseReturning(st, p)
	}
	if v.Kind != guard.Query {
		return p, nil
	}
	found := columnsOf(st.st)
	defer func() { found.free() }()
	if !found.differs {
		p.labels = found.names
	}
	if p.logical != nil { // two columns of text, whatever it explains
		p.forced, p.types = p.sql, found.types
		p.schema, p.layouts, err = c.shape(found)
		return p, err
	}
	if len(p.names) > 0 && (!found.known || params != nil && !fits(st.st, params)) {
		bound, err := c.probe(p, params)
		if err != nil {
			return nil, err
		}
		found.free()
		found, p.labels = bound, nil
	}
	p.forced, p.types = cast(v.SQL, found.types), found.types
	if found.differs {
		p.sql = p.forced
	}
	p.schema, p.layouts, err = c.shape(found)
	return p, err
}

// repeatable reports whether a prepared statement sees what others write: over
// tables of DuckDB's own and of a DuckLake it does, since DuckDB looks at their
// newest state each time; a list of files is taken when the statement is bound.
// A plan is, too; and what has something of the caller in it is not run again.
func repeatable(v guard.Verdict, view catalog.View) bool {
	if v.Volatile || v.Explain != guard.NotExplained {
		return false
	}
	for _, name := range v.Reads {
		c, err := view.Catalog(name.Catalog)
		if err != nil || c.Type != catalog.DuckDB && c.Type != catalog.DuckLake {
			return false
		}
	}
	return !v.Temp
}

// parametersOf reads the names of st's parameters into p and gives their types.
func (c *conn) parametersOf(st prepared, p *plan) *arrow.Schema {
	n := int(duckdb.NParams(st.st))
	if n == 0 {
		return nil
	}
	fields := make([]arrow.Field, n)
	for i := range n {
		name := duckdb.ParameterName(st.st, duckdb.IdxT(i+1))
		p.names = append(p.names, name)
		t := duckdb.ParamLogicalType(st.st, duckdb.IdxT(i+1))
		field := arrow.Field{Name: name, Type: arrow.Null, Nullable: true}
		if t.Ptr != nil && known(t) && duckdb.GetTypeId(t) != duckdb.TypeSQLNull {
			if _, differs := wireType(t); differs {
				field.Type = arrow.BinaryTypes.String
			} else if schema, err := c.arrowSchema([]duckdb.LogicalType{t}, []string{name}); err == nil {
				field = schema.Field(0)
			}
		}
		if t.Ptr != nil {
			duckdb.DestroyLogicalType(&t)
		}
		fields[i] = field
	}
	return arrow.NewSchema(fields, nil)
}

// fits reports whether params have the types that st expects, so that binding
// them changes nothing of the result's.
func fits(st duckdb.PreparedStatement, params arrow.RecordBatch) bool {
	if int(params.NumCols()) != int(duckdb.NParams(st)) {
		return false
	}
	for i, f := range params.Schema().Fields() {
		id, ok := scalarTypes[f.Type.ID()]
		if !ok || duckdb.ParamType(st, duckdb.IdxT(i+1)) != id {
			return false
		}
	}
	return true
}

// columnsOf reads what st gives.
func columnsOf(st duckdb.PreparedStatement) columns {
	n := duckdb.PreparedStatementColumnCount(st)
	out := columns{known: true}
	for i := range n {
		t := duckdb.PreparedStatementColumnLogicalType(st, i)
		out.add(duckdb.PreparedStatementColumnName(st, i), t)
	}
	return out
}

func resultColumns(res *duckdb.Result) columns {
	n := duckdb.ColumnCount(res)
	out := columns{known: true}
	for i := range n {
		t := duckdb.ColumnLogicalType(res, i)
		out.add(duckdb.ColumnName(res, i), t)
	}
	return out
}

func (c *columns) add(name string, t duckdb.LogicalType) {
	sql, differs := "INTEGER", false // as DuckDB makes of a bare NULL
	if t.Ptr == nil || !known(t) {
		c.known = false
	} else {
		sql, differs = wireType(t)
	}
	c.logical = append(c.logical, t)
	c.names, c.types, c.differs = append(c.names, name), append(c.types, sql), c.differs || differs
}

// probe finds what the statement gives when bound to values like those of
// params: DuckDB knows only once it is bound. It reads no row.
func (c *conn) probe(p *plan, params arrow.RecordBatch) (columns, error) {
	st, err := c.statement("SELECT * FROM (\n" + p.sql + "\n) LIMIT 0")
	if err != nil {
		return columns{}, err
	}
	defer c.done(st, false)
	if params != nil {
		order, err := arrange(p.names, params)
		if err != nil {
			return columns{}, err
		}
		for i, column := range order {
			if err := bindLike(st.st, i, params.Column(column)); err != nil {
				return columns{}, err
			}
		}
	} else {
		for i := range p.names {
			duckdb.BindNull(st.st, duckdb.IdxT(i+1))
		}
	}
	var res duckdb.Result
	defer duckdb.DestroyResult(&res)
	if duckdb.ExecutePrepared(st.st, &res) == duckdb.StateError {
		return columns{}, resultError(&res)
	}
	return resultColumns(&res), nil
}

// bindLike gives parameter i a value of a's type: the first that is not NULL,
// or an empty one.
func bindLike(st duckdb.PreparedStatement, i int, a arrow.Array) error {
	for row := range a.Len() {
		if !a.IsNull(row) {
			v, err := value(a, row)
			if err != nil {
				return fmt.Errorf("parameter %d: %w", i+1, err)
			}
			return bindValue(st, i, v)
		}
	}
	b := array.NewBuilder(memory.DefaultAllocator, a.DataType())
	defer b.Release()
	b.AppendEmptyValue()
	empty := b.NewArray()
	defer empty.Release()
	v, err := value(empty, 0)
	if err != nil {
		return fmt.Errorf("parameter %d: %w", i+1, err)
	}
	return bindValue(st, i, v)
}

// cast is sql with column i cast to types[i].
func cast(sql string, types []string) string {
	var list, aliases strings.Builder
	for i, t := range types {
		if i > 0 {
			list.WriteString(", ")
			aliases.WriteString(", ")
		}
		name := "c" + strconv.Itoa(i)
		list.WriteString("CAST(" + name + " AS " + t + ")")
		aliases.WriteString(name)
	}
	return "SELECT " + list.String() + " FROM (\n" + sql + "\n) AS t(" + aliases.String() + ")"
}

// shape is the Arrow schema of found, and how its columns are laid out.
func (c *conn) shape(found columns) (*arrow.Schema, []layout, error) {
	if found.known && !found.differs {
		return c.arrowShape(found.logical, found.names)
	}
	// DuckDB knows the types that the casts will give.
	list := make([]string, len(found.types))
	for i, t := range found.types {
		list[i] = "CAST(NULL AS " + t + ")"
	}
	st, err := c.statement("SELECT " + strings.Join(list, ", "))
	if err != nil {
		return nil, nil, err
	}
	defer c.done(st, false)
	given := columnsOf(st.st)
	defer given.free()
	return c.arrowShape(given.logical, found.names)
}

func (c *conn) arrowShape(types []duckdb.LogicalType, names []string) (*arrow.Schema, []layout, error) {
	layouts := make([]layout, len(types))
	for i, t := range types {
		layouts[i] = layoutOf(t)
	}
	schema, err := c.arrowSchema(types, names)
	return schema, layouts, err
}

// arrowSchema asks DuckDB what its types become in Arrow.
func (c *conn) arrowSchema(types []duckdb.LogicalType, names []string) (*arrow.Schema, error) {
	schema, e := duckdb.NewArrowSchema(c.options, types, names)
	defer duckdb.DestroyErrorData(&e)
	if duckdb.ErrorDataHasError(e) {
		return nil, &rawError{kind: duckdb.ErrorDataErrorType(e), text: duckdb.ErrorDataMessage(e)}
	}
	return schema, nil
}

// signature tells apart the types of parameters.
func signature(params arrow.RecordBatch) string {
	if params == nil {
		return ""
	}
	var b strings.Builder
	for _, f := range params.Schema().Fields() {
		b.WriteString(f.Type.Fingerprint())
		b.WriteByte(0)
		if f.Type.Fingerprint() == "" {
			b.WriteString(f.Type.String())
		}
		b.WriteString(f.Name)
		b.WriteByte(0)
	}
	return b.String()
}
