package tests

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	arrowflight "github.com/apache/arrow-go/v18/arrow/flight"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// statementLimit is how long any statement of the adversary's may take.
const statementLimit = 60 * time.Second

var (
	canary = regexp.MustCompile(`(?i)canary|918273645|9182736450|Q0FOQVJZ|43414E415259|yranac`)
	hidden = regexp.MustCompile(`(?i)zq`)
)

// canaryBytes are the canaries as they may lie in what is sent.
var canaryBytes = func() []string {
	list := []string{"CANARY", "canary", "43414E415259", "Q0FOQVJZ"}
	for n := int64(918273645001); n <= 918273645019; n++ {
		list = append(list, string(binary.LittleEndian.AppendUint64(nil, uint64(n))), string(binary.LittleEndian.AppendUint64(nil, uint64(-n))))
	}
	return append(list, string(binary.LittleEndian.AppendUint32(nil, 918273645)))
}()

// answer is what came of a statement.
type answer struct {
	err   error
	names []string
	rows  []string
	also  []string // whatever else there was to read: metadata, types, parameters
	count int64    // of changed rows; -1 where rows tell
}

func (a *answer) describe(s *arrow.Schema) {
	a.names, a.count = nil, -1
	a.also = append(a.also, s.String())
	for _, f := range s.Fields() {
		a.names = append(a.names, f.Name)
	}
}

func (a answer) code() codes.Code { return status.Code(rootStatus(a.err)) }

// rootStatus is the status within what clients wrap.
func rootStatus(err error) error {
	var s interface{ GRPCStatus() *status.Status }
	if errors.As(err, &s) {
		return s.GRPCStatus().Err()
	}
	return err
}

func (a answer) message() string {
	if a.err == nil {
		return ""
	}
	return status.Convert(rootStatus(a.err)).Message()
}

func (a answer) String() string {
	if a.err != nil {
		return fmt.Sprintf("%s: %.600s", a.code(), a.message())
	}
	if a.count >= 0 {
		return fmt.Sprintf("%d rows changed", a.count)
	}
	return fmt.Sprintf("%.300q %.1200q", a.names, a.rows)
}

// ask sends sql through door.
func (c *caller) ask(ctx context.Context, door, sql string, bind []string) (a answer) {
	ctx = c.as(ctx)
	switch door {
	case "query":
		a.err = c.answerQuery(ctx, sql, &a)
	case "update":
		a.count, a.err = c.ExecuteUpdate(ctx, sql)
	case "prepared":
		a.err = c.answerPrepared(ctx, sql, bind, &a)
	default:
		a.err = fmt.Errorf("there is no door %q", door)
	}
	if errors.Is(a.err, io.EOF) {
		a.err = nil
	}
	return a
}

func (c *caller) answerQuery(ctx context.Context, sql string, a *answer) error {
	info, err := c.Execute(ctx, sql)
	if err != nil {
		return err
	}
	a.also = append(a.also, info.FlightDescriptor.String())
	if s := info.GetSchema(); len(s) > 0 {
		schema, err := arrowflight.DeserializeSchema(s, memory.DefaultAllocator)
		if err != nil {
			return err
		}
		a.describe(schema)
	}
	return c.fetch(ctx, info, a.take)
}

func (a *answer) take(batch arrow.RecordBatch) error {
	a.rows = append(a.rows, texts(batch)...)
	return nil
}

func (c *caller) answerPrepared(ctx context.Context, sql string, bind []string, a *answer) error {
	p, err := c.Prepare(ctx, sql)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close(ctx) }()
	if s := p.ParameterSchema(); s != nil {
		a.also = append(a.also, s.String())
	}
	if len(bind) > 0 {
		p.SetParameters(bound(bind))
	}
	if p.DatasetSchema() == nil || p.DatasetSchema().NumFields() == 0 {
		a.count, err = p.ExecuteUpdate(ctx)
		return err
	}
	a.describe(p.DatasetSchema())
	info, err := p.Execute(ctx)
	if err != nil {
		return err
	}
	return c.fetch(ctx, info, a.take)
}

// bound is one row of texts.
func bound(values []string) arrow.RecordBatch {
	fields := make([]arrow.Field, len(values))
	columns := make([]arrow.Array, len(values))
	for i, v := range values {
		b := array.NewStringBuilder(memory.DefaultAllocator)
		b.Append(v)
		fields[i], columns[i] = arrow.Field{Name: fmt.Sprint(i + 1), Type: arrow.BinaryTypes.String, Nullable: true}, b.NewArray()
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), columns, 1)
}

// shown says what of the world's secrets an answer to sql shows.
func (w *adversaryWorld) shown(a answer, sql string) []string {
	var out []string
	look := func(where, text string) {
		for _, secret := range []*regexp.Regexp{canary, w.physical, hidden} {
			if found := secret.FindString(text); found != "" && (secret == canary || !strings.Contains(strings.ToLower(sql), strings.ToLower(found))) {
				out = append(out, fmt.Sprintf("%s shows %q: %.400q", where, found, text))
			}
		}
	}
	if a.err != nil {
		look("the error", a.err.Error())
		for _, d := range status.Convert(rootStatus(a.err)).Details() {
			look("the error's details", fmt.Sprint(d))
		}
	}
	for _, text := range slices.Concat(a.names, a.also) {
		look("a name or type", text)
	}
	for _, row := range a.rows {
		look("a row", row)
	}
	return out
}

// asker is one of the five people at work.
type asker struct {
	w                  *adversaryWorld
	who                string
	token              string
	caller             *caller
	tap                *wiretap
	honest             *honest
	asked              int
	refused, permitted int // of what plain DuckDB answers over the permitted data: refused here, and in all
}

func (w *adversaryWorld) asker(t *testing.T, who string) *asker {
	t.Helper()
	a := &asker{w: w, who: who, token: w.token(t, who), honest: newHonest(t, who)}
	t.Cleanup(a.honest.close)
	a.caller, a.tap = w.tap(t, a.token)
	t.Cleanup(func() { _ = a.caller.Close() })
	return a
}

// opens matches what changes its session, and so must have one of its own.
var opens = regexp.MustCompile(`(?i)\b(temp|temporary|use|set|reset|begin|start)\b`)

// run makes an attempt through one door and gives what is wrong with what came of it.
func (k *asker) run(t *testing.T, a *attempt, door string) (wrong []string) {
	t.Helper()
	fail := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if alone := len(a.setup)+len(a.undo) > 0 || a.check != ""; alone {
		k.w.statement.Lock()
		defer k.w.statement.Unlock()
	} else {
		k.w.statement.RLock()
		defer k.w.statement.RUnlock()
	}
	for _, sql := range a.setup {
		if _, err := k.w.admin.ExecuteUpdate(k.w.admin.ctx(t), sql); err != nil {
			fail("setup: %s: %v", sql, err)
		}
	}
	sql := strings.ReplaceAll(a.sql, "%{file}", k.w.files+"/file")
	got, seen := k.ask(t, a, door, sql)
	wrong = append(wrong, seen...)
	e := a.expected(k.who)
	if e.kind == "hidden" {
		twin := e.name[:len(e.name)-1] + "x"
		other, _ := k.ask(t, a, door, replaceFold(sql, e.name, twin))
		if x, y := got.String(), replaceFold(other.String(), twin, e.name); !strings.EqualFold(x, y) {
			fail("hidden and missing differ: %s\n\t\tbut %s", x, y)
		}
	}
	if e.kind == "like" {
		if other, _ := k.ask(t, a, door, a.like); got.String() != other.String() {
			fail("gives %s\n\t\tbut %s gives %s", got, a.like, other)
		}
	}
	wrong = append(wrong, k.judge(a, e, door, got)...)
	if a.check != "" {
		if rows, err := k.w.admin.read(k.w.admin.ctx(t), a.check); err != nil || !sameRows(rows, a.gives) {
			fail("check: %s gives %q, %v; want %q", a.check, rows, err, a.gives)
		}
	}
	for _, sql := range a.undo {
		if _, err := k.w.admin.ExecuteUpdate(k.w.admin.ctx(t), sql); err != nil {
			fail("undo: %s: %v", sql, err)
		}
	}
	return wrong
}

// ask sends an attempt's statement, in a session of its own if it needs one, and
// looks whether anything breaks what must hold for every statement.
func (k *asker) ask(t *testing.T, a *attempt, door, sql string) (got answer, wrong []string) {
	t.Helper()
	fail := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	c, tap := k.caller, k.tap
	if len(a.first) > 0 || opens.MatchString(sql) {
		c, tap = k.w.tap(t, k.token)
		defer func() { _ = c.Close() }()
	}
	ctx, cancel := context.WithTimeout(t.Context(), statementLimit)
	defer cancel()
	for _, f := range a.first {
		got := c.ask(ctx, "update", f.sql, nil)
		if got.err != nil && !f.mayFail {
			fail("first: %s: %s", f.sql, got)
		}
		wrong = append(wrong, k.w.shown(got, f.sql+sql)...)
	}
	got = c.ask(ctx, door, sql, a.bind)
	if got.err != nil && !slices.Contains(refusals, got.code()) && got.code() != codes.Aborted {
		fail("the code is %s: %s", got.code(), got.message())
	}
	told := sql + strings.Join(a.bind, " ")
	for _, f := range a.first {
		told += f.sql
	}
	wrong = append(wrong, k.w.shown(got, told)...)
	for _, found := range tap.taken() {
		fail("on the wire: %s", found)
	}
	return got, wrong
}

// judge compares an answer with what is expected.
func (k *asker) judge(a *attempt, e expectation, door string, got answer) (wrong []string) {
	fail := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	switch e.kind {
	case "refused":
		if got.err == nil || !slices.Contains(e.codes, got.code()) {
			fail("gives %s; want %s", got, e)
		}
	case "count":
		// Through a query's door what changes rows without giving any tells no number.
		if got.err != nil || got.count != e.count && door != "query" {
			fail("gives %s; want %d changed rows", got, e.count)
		}
	case "done":
		if got.err != nil {
			fail("%s", got)
		}
	case "rows":
		wrong = append(wrong, differ(answer{rows: a.rows, count: -1, names: got.names}, got, door)...)
	case "same", "permitted":
		sql := a.sameAs
		if sql == "" {
			sql = a.sql
		}
		want := k.honest.run(sql)
		if want.err == nil {
			k.permitted++
		}
		switch {
		case got.err != nil && want.err == nil:
			k.refused++
			if e.kind == "same" {
				fail("refused: %s; want %s", got, want)
			}
		case got.err == nil && want.err != nil:
			fail("gives %s; want it refused, since over the permitted data: %v", got, want.err)
		case got.err == nil:
			if a.sameAs != "" {
				want.names = got.names
			}
			wrong = append(wrong, differ(want, got, door)...)
		}
	}
	return wrong
}

// differ says how an answer is another than wanted.
func differ(want, got answer, door string) []string {
	if got.err != nil {
		return []string{got.String()}
	}
	if got.count >= 0 || door == "update" {
		if got.count != int64(len(want.rows)) {
			return []string{fmt.Sprintf("counts %d rows; want %d", got.count, len(want.rows))}
		}
		return nil
	}
	if !slices.EqualFunc(want.names, got.names, sameName) || !sameRows(want.rows, got.rows) {
		return []string{fmt.Sprintf("gives %s\n\t\twant  %s", got, want)}
	}
	return nil
}

// sameName compares names of columns. Where DuckDB writes out what a star stands
// for, it says which table it means, and names of tables may be long or short.
func sameName(a, b string) bool {
	return a == b || qualifiers.ReplaceAllString(a, "") == qualifiers.ReplaceAllString(b, "")
}

var qualifiers = regexp.MustCompile(`\b(?:lake|duck|main)\.`)

// sameRows compares rows without their order.
func sameRows(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	sort.Strings(a)
	sort.Strings(b)
	return slices.Equal(a, b)
}

// replaceFold replaces a name in text, however it is spelled.
func replaceFold(text, name, other string) string {
	return regexp.MustCompile(`(?i)`+regexp.QuoteMeta(name)).ReplaceAllLiteralString(text, other)
}

func (e expectation) String() string { return fmt.Sprintf("%s %v", e.kind, e.codes) }
