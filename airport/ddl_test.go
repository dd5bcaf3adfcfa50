package airport

import (
	"testing"

	"github.com/lakegate/lakegate/catalog"
)

var defined = catalog.Catalog{Name: "lake", Type: catalog.DuckDB, Schemas: []catalog.Schema{
	{Name: "main", Tables: []catalog.Table{{Name: catalog.Name{Catalog: "lake", Schema: "main", Table: "v"}, Kind: catalog.ViewTable}}},
	{Name: "s"},
}}

func typesOf(names ...string) TypeNames {
	return func([]byte) ([]string, []string, error) {
		types := make([]string, len(names))
		for i := range types {
			types[i] = "INTEGER"
		}
		return names, types, nil
	}
}

func TestATableIsMadeAsTheClientSays(t *testing.T) {
	t.Parallel()
	r := CreateTableRequest{
		Schema: "public", Table: `od"d`, OnConflict: "ignore", NotNull: []uint64{0, 0}, Checks: []string{"a > 1 -- so"},
		MultiPrimaryKeys: []string{"b", "a"}, UniqueColumns: []string{"b"}, ExtraConstraints: []string{"UNIQUE(a, b)"},
	}
	want := `CREATE TABLE IF NOT EXISTS "lake"."main"."od""d" ("a" INTEGER NOT NULL, "b" INTEGER, PRIMARY KEY ("a", "b"), UNIQUE ("b"), CHECK (a > 1), UNIQUE ( a , b ))`
	if got, err := CreateTableSQL(defined, r, typesOf("a", "b")); err != nil || got != want {
		t.Errorf("%s, %v\nwant %s", got, err, want)
	}
	for name, bad := range map[string]CreateTableRequest{
		"no name":            {Schema: "s", OnConflict: "error"},
		"replace":            {Schema: "s", Table: "t", OnConflict: "replace"},
		"a column too far":   {Schema: "s", Table: "t", OnConflict: "error", NotNull: []uint64{2}},
		"a key of nothing":   {Schema: "s", Table: "t", OnConflict: "error", PrimaryKey: []string{"c"}},
		"a check that ends":  {Schema: "s", Table: "t", OnConflict: "error", Checks: []string{"a > 1), c INTEGER CHECK (c > 1"}},
		"a second statement": {Schema: "s", Table: "t", OnConflict: "error", ExtraConstraints: []string{"UNIQUE (a)); DROP TABLE x; --"}},
	} {
		if got, err := CreateTableSQL(defined, bad, typesOf("a", "b")); err == nil {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestAnAlterationIsOneStatement(t *testing.T) {
	t.Parallel()
	table := catalog.Table{Name: catalog.Name{Catalog: "lake", Schema: "s", Table: "t"}}
	for _, c := range []struct {
		action string
		r      AlterRequest
		want   string // empty: refused
	}{
		{ActionRenameTable, AlterRequest{NewTableName: `x"y`}, `RENAME TO "x""y"`},
		{ActionRenameTable, AlterRequest{}, ""},
		{ActionRenameColumn, AlterRequest{OldName: "a", NewName: "b"}, `RENAME COLUMN "a" TO "b"`},
		{ActionAddColumn, AlterRequest{IfNotExists: true}, `ADD COLUMN IF NOT EXISTS "n" INTEGER`},
		{ActionRemoveColumn, AlterRequest{Removed: "a", IfExists: true, Cascade: true}, `DROP COLUMN IF EXISTS "a" CASCADE`},
		{ActionRenameField, AlterRequest{ColumnPath: []string{"a", "b"}, NewName: "c"}, `RENAME COLUMN "a"."b" TO "c"`},
		{ActionRenameField, AlterRequest{ColumnPath: []string{"a"}, NewName: "c"}, ""},
		{ActionRemoveField, AlterRequest{ColumnPath: []string{"a", "b"}}, `DROP COLUMN "a"."b"`},
		{ActionAddField, AlterRequest{ColumnPath: []string{"a"}}, ""},
		{ActionSetDefault, AlterRequest{Column: "a", Expression: "1 + 2"}, `ALTER COLUMN "a" SET DEFAULT (1 + 2)`},
		{ActionSetDefault, AlterRequest{Column: "a", Expression: "1); DROP TABLE t; --"}, ""},
		{ActionChangeColumnType, AlterRequest{Expression: "a::INTEGER"}, `ALTER COLUMN "n" SET DATA TYPE INTEGER USING (a :: INTEGER)`},
		{ActionSetNotNull, AlterRequest{Column: "a"}, `ALTER COLUMN "a" SET NOT NULL`},
		{ActionDropNotNull, AlterRequest{Column: "a"}, `ALTER COLUMN "a" DROP NOT NULL`},
		{ActionAddConstraint, AlterRequest{Constraint: "CHECK (a > 1)"}, `ADD CHECK ( a > 1 )`},
		{"another", AlterRequest{}, ""},
	} {
		got, err := AlterSQL(table, c.action, c.r, typesOf("n"))
		if want := `ALTER TABLE "lake"."s"."t" ` + c.want; c.want == "" && (err == nil || got != "") || c.want != "" && (err != nil || got != want) {
			t.Errorf("%s %+v: %s, %v; want %s", c.action, c.r, got, err, c.want)
		}
	}
}

func TestWhatIsDroppedIsNamedInFull(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]DropRequest{
		`DROP TABLE IF EXISTS "lake"."s"."t"`: {Type: "table", Schema: "s", Name: "t", IgnoreNotFound: true},
		`DROP VIEW "lake"."main"."v"`:         {Type: "table", Schema: "public", Name: "v"},
		`DROP SCHEMA "lake"."main"`:           {Type: "schema", Name: "public"},
		"":                                    {Type: "view", Schema: "s", Name: "t"},
	} {
		if got, err := DropSQL(defined, r); got != want || (err == nil) != (want != "") {
			t.Errorf("%+v: %s, %v; want %s", r, got, err, want)
		}
	}
}
