package flight

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/flight/flightsql/schema_ref"
	pb "github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
)

func TestPatternsMatchAsSQLsLikeDoes(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"%", "", true},
		{"%", "events", true},
		{"", "", true},
		{"", "events", false},
		{"ev_nts", "events", true},
		{"ev_nts", "evnts", false},
		{"e%s", "events", true},
		{"e%s", "event", false},
		{`a\_b`, "a_b", true},
		{`a\_b`, "axb", false},
		{`100\%`, "100%", true},
		{`100\%`, "1000", false},
		{`a\`, `a\`, true},
		{"%a%b%", "xxaxxbxx", true},
		{"%a%b%", "bbaa", false},
		{"_", "é", true},
		{"Events", "events", false},
		{strings.Repeat("%a", 30) + "b", strings.Repeat("a", 5000), false},
	} {
		if got := like(&c.pattern)(c.name); got != c.want {
			t.Errorf("%q matches %q: %v, want %v", c.pattern, c.name, got, c.want)
		}
	}
	if !like(nil)("anything") {
		t.Error("no pattern refused a name")
	}
}

func TestFingerprintsIgnoreLiteralsCaseBlanksAndComments(t *testing.T) {
	same := []string{
		"SELECT a FROM t WHERE b = 1 AND c = 'x'",
		"select a  from t -- a comment\nwhere b=22.5 and c = 'it''s; -- not a comment'",
		"/* hint */ SELECT a FROM t WHERE b = 0x1f AND c = ''",
	}
	for _, sql := range same {
		if fingerprint(sql) != fingerprint(same[0]) {
			t.Errorf("%q has another fingerprint than %q", sql, same[0])
		}
	}
	for _, sql := range []string{"SELECT a FROM t1 WHERE b = 1 AND c = 'x'", `SELECT "A" FROM t WHERE b = 1 AND c = 'x'`, "SELECT", "", "'", "/*", "/* *", `"`} {
		if fingerprint(sql) == fingerprint(same[0]) {
			t.Errorf("%q has the fingerprint of %q", sql, same[0])
		}
	}
}

func TestSqlInfoHasEveryRegisteredCodeAsTheChildThatReadersInsistOn(t *testing.T) {
	info, err := newSQLInfo("1.2.3", 1)
	if err != nil {
		t.Fatal(err)
	}
	rec := info.batch(nil)
	defer rec.Release()
	if !rec.Schema().Equal(schema_ref.SqlInfo) {
		t.Fatalf("schema: %v", rec.Schema())
	}
	child := map[uint32]arrow.UnionTypeCode{}
	union := rec.Column(1).(*array.DenseUnion)
	last := -1
	for i := range int(rec.NumRows()) {
		code := rec.Column(0).(*array.Uint32).Value(i)
		if int(code) <= last {
			t.Errorf("code %d comes after %d", code, last)
		}
		last = int(code)
		child[code] = union.TypeCode(i)
	}
	for code := range pb.SqlInfo_name {
		if _, ok := child[uint32(code)]; !ok {
			t.Errorf("%s is missing", pb.SqlInfo_name[code])
		}
	}
	const text, boolean, bigint, mask, list, mapping = 0, 1, 2, 3, 4, 5
	want := map[arrow.UnionTypeCode][]uint32{
		text:    {0, 1, 2, 6, 7, 504, 513, 514, 529, 530, 531},
		boolean: {3, 4, 5, 515, 516, 518, 519, 520, 521, 523, 524, 527, 532, 536, 537, 539, 556, 563, 565, 566, 572, 573, 574, 575, 576},
		bigint:  {503, 505, 507, 541, 542, 543, 544, 545, 546, 547, 548, 549, 550, 551, 552, 553, 554, 555, 557, 558, 559, 560, 561, 562},
		mask:    {8, 522, 525, 526, 528, 533, 534, 535, 538, 540, 564, 567, 568, 569, 570, 571},
		list:    {508, 509, 510, 511, 512},
		mapping: {517},
	}
	for kind, codes := range want {
		for _, code := range codes {
			if child[code] != kind {
				t.Errorf("code %d is child %d, want %d", code, child[code], kind)
			}
		}
	}
	for code := range child {
		if code >= 10_000 {
			t.Errorf("vendor code %d is in the answer to all", code)
		}
	}
	some := info.batch([]uint32{8, 99_999, 0})
	defer some.Release()
	if some.NumRows() != 2 || some.Column(0).ValueStr(0) != "8" || some.Column(0).ValueStr(1) != "0" {
		t.Errorf("asked for 8, an unknown code, 0: got %v", some)
	}
}

func TestXdbcTypesAreOrderedAndFiltered(t *testing.T) {
	all := xdbcTypes(nil)
	defer all.Release()
	if !all.Schema().Equal(schema_ref.XdbcTypeInfo) {
		t.Fatalf("schema: %v", all.Schema())
	}
	codes := all.Column(1).(*array.Int32)
	for i := 1; i < codes.Len(); i++ {
		if codes.Value(i) < codes.Value(i-1) {
			t.Errorf("row %d: code %d after %d", i, codes.Value(i), codes.Value(i-1))
		}
	}
	integer := int32(xdbcInteger)
	some := xdbcTypes(&integer)
	defer some.Release()
	wantLines(t, []string{some.Column(0).ValueStr(0), some.Column(0).ValueStr(1)}, "INTEGER", "UINTEGER")
	if some.NumRows() != 2 {
		t.Errorf("%d types of one code", some.NumRows())
	}
}
