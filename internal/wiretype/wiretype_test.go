package wiretype

import (
	"strings"
	"testing"
)

func TestTypesAreReadAsDuckDBSpellsThem(t *testing.T) {
	for duck, want := range map[string]string{
		"INTEGER":                  "int32",
		"DECIMAL(18,3)":            "decimal(18, 3)",
		"TIMESTAMP WITH TIME ZONE": "timestamp[us, tz=UTC]",
		"INTEGER[]":                "list<item: int32, nullable>",
		"VARCHAR[3][]":             "list<item: fixed_size_list<item: utf8, nullable>[3], nullable>",
		`STRUCT(a INTEGER, "b ""c" DECIMAL(4,1)[])`: `struct<a: int32 nullable, b "c: list<item: decimal(4, 1), nullable> nullable>`,
		"MAP(VARCHAR, STRUCT(x DOUBLE))":            "map<utf8, struct<x: float64 nullable>, items_nullable>",
		"ENUM('a', 'b)')":                           "utf8",
		"ENUM('a')[]":                               "list<item: utf8, nullable>",
		"NO SUCH TYPE":                              "utf8",
		"STRUCT(":                                   "utf8",
		"INTEGER[":                                  "utf8",
		"INTEGER]":                                  "utf8",
		"DECIMAL(x)":                                "utf8",
	} {
		if got := Of(duck).String(); got != want {
			t.Errorf("%s: %s, want %s", duck, got, want)
		}
	}
}

func FuzzTypesOfAnyTextAreSomething(f *testing.F) {
	f.Add("STRUCT(a INTEGER, b MAP(VARCHAR, DECIMAL(3,1)[])[2])")
	f.Add("UNION(n INTEGER, s VARCHAR)")
	f.Add(strings.Repeat("STRUCT(a ", 1000))
	f.Fuzz(func(t *testing.T, duck string) {
		if Of(duck) == nil {
			t.Errorf("%q has no type", duck)
		}
	})
}
