package airport

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/lakegate/lakegate/catalog"
)

func TestAScanIsOfTheColumnsThatTheClientAsksFor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		columns []uint64
		want    string
	}{
		{[]uint64{1, 0, 1}, `SELECT "id", "name" FROM "c"."s"."t"`},
		{[]uint64{2}, `SELECT "o""d'd" FROM "c"."s"."t"`},
		{[]uint64{RowIDColumn, 3}, `SELECT "kind" FROM "c"."s"."t"`},
		{[]uint64{RowIDColumn}, `SELECT 1 AS "1" FROM "c"."s"."t"`},
		{[]uint64{NoColumn}, `SELECT 1 AS "1" FROM "c"."s"."t"`},
		{nil, `SELECT 1 AS "1" FROM "c"."s"."t"`},
	} {
		s, err := ScanOf(filterTable, ScanParameters{Columns: tt.columns})
		if err != nil || s.SQL() != tt.want {
			t.Errorf("%v: %s, %v; want %s", tt.columns, s.SQL(), err, tt.want)
		}
	}
	for _, at := range []uint64{13, 14, NoColumn - 1, 1 << 63} {
		if _, err := ScanOf(filterTable, ScanParameters{Columns: []uint64{0, at}}); !errors.Is(err, ErrMalformed) {
			t.Errorf("column %d: %v", at, err)
		}
	}
}

func TestAScanHasItsConditionAndItsTime(t *testing.T) {
	t.Parallel()
	s := Scan{
		Table: catalog.Name{Catalog: `a"b`, Schema: "s", Table: "t"}, Columns: []string{"x"},
		Where: `"x" = 1 OR "y" = 2`, At: "VERSION => 3",
	}
	if got, want := s.SQL(), `SELECT "x" FROM "a""b"."s"."t" AT (VERSION => 3) WHERE "x" = 1 OR "y" = 2`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestAPointInTimeIsAVersionOrATimestamp(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		at      At
		want    string
		version int64
	}{
		{At{}, "", 0},
		{At{"VERSION", "0"}, "VERSION => 0", 0},
		{At{"version", "17"}, "VERSION => 17", 17},
		{At{"TIMESTAMP", "2024-01-01"}, "TIMESTAMP => TIMESTAMPTZ '2024-01-01 00:00:00+00'", 0},
		{At{"TIMESTAMP", "2024-01-01 00:00:00"}, "TIMESTAMP => TIMESTAMPTZ '2024-01-01 00:00:00+00'", 0},
		{At{"TIMESTAMP", "2024-01-01 00:00:00.123456"}, "TIMESTAMP => TIMESTAMPTZ '2024-01-01 00:00:00.123456+00'", 0},
		{At{"TIMESTAMP", "2024-01-01 00:00:00.5+02"}, "TIMESTAMP => TIMESTAMPTZ '2023-12-31 22:00:00.5+00'", 0},
		{At{"TIMESTAMP", "2024-01-01 00:00:00-03:30"}, "TIMESTAMP => TIMESTAMPTZ '2024-01-01 03:30:00+00'", 0},
		{At{"TIMESTAMP", "2024-01-01T00:00:00Z"}, "TIMESTAMP => TIMESTAMPTZ '2024-01-01 00:00:00+00'", 0},
	} {
		s, err := ScanOf(filterTable, ScanParameters{At: tt.at})
		if err != nil || s.At != tt.want || s.Version != tt.version {
			t.Errorf("%v: %q, version %d, %v", tt.at, s.At, s.Version, err)
		}
	}
	for _, at := range []At{
		{"VERSION", ""},
		{"VERSION", "-1"},
		{"VERSION", "+1"},
		{"VERSION", "01"},
		{"VERSION", "1.0"},
		{"VERSION", "9223372036854775808"},
		{"VERSION", "1)"},
		{"TIMESTAMP", ""},
		{"TIMESTAMP", "now"},
		{"TIMESTAMP", "infinity"},
		{"TIMESTAMP", "2024-13-01"},
		{"TIMESTAMP", "2024-01-01 00:00:00' OR"},
		{"TAG", "x"},
		{"", "1"},
		{"VERSION => 1, x", "1"},
	} {
		if s, err := ScanOf(filterTable, ScanParameters{At: at}); !errors.Is(err, ErrMalformed) {
			t.Errorf("%v: %q, %v", at, s.At, err)
		}
	}
}

func scanExample() Scan {
	return Scan{
		Table: catalog.Name{Catalog: "c", Schema: "s", Table: "t"}, Columns: []string{"a", ""}, Past: true,
		Where: `"a" = 1`, At: "VERSION => 3", Version: 3,
	}
}

func TestAScanIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	for _, s := range []Scan{{}, scanExample()} {
		b, err := s.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := DecodeScan(b); err != nil || !reflect.DeepEqual(got, s) {
			t.Errorf("%+v, %v; want %+v", got, err, s)
		}
	}
}

func TestWhatIsNoScanIsMalformed(t *testing.T) {
	t.Parallel()
	b, err := scanExample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	other := slices.Clone(b)
	other[1] = scanForm + 1
	for what, b := range map[string][]byte{
		"nothing": nil, "half": b[:len(b)/2], "more": append(slices.Clone(b), 0), "another form": other, "a map": {0x80}, "nil": {0xc0}, "no fields": {0x90},
		"an array that is not there": {0xdd, 0xff, 0xff, 0xff, 0xff},
	} {
		if s, err := DecodeScan(b); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %+v, %v", what, s, err)
		}
	}
}

func FuzzDecodeScan(f *testing.F) {
	for _, s := range []Scan{{}, scanExample()} {
		b, err := s.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := DecodeScan(b)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Error(err)
			}
			return
		}
		if again, err := s.Encode(); err != nil || string(again) != string(b) {
			t.Errorf("%x is written as %x, %v", b, again, err)
		}
	})
}
