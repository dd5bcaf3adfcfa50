package engine

import (
	"errors"
	"strings"
	"testing"

	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
)

// What is hidden and what is not there get the same answer.
func TestAHiddenColumnIsMissingInEveryWord(t *testing.T) {
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			g := govern(t, lake, restrictedRules, peopleTable...)
			for _, sql := range []string{
				"UPDATE people SET @ = 1", "UPDATE people SET level = 1, @ = DEFAULT", "UPDATE people SET level = 0 WHERE lake.main.people.@ = 1", "UPDATE people p SET level = p.@.abs()",
				"UPDATE people SET level = @", "UPDATE people SET level = 0 WHERE @ > 5", "UPDATE people SET level = 0 WHERE people.@ > 5",
				"UPDATE people SET level = 0 WHERE @.abs() > 5", "UPDATE people SET level = @.abs()",
				"DELETE FROM people WHERE id IN (SELECT n.id FROM notes n WHERE n.id < @)",
				"DELETE FROM people WHERE id IN (SELECT n.id FROM notes n WHERE n.id < @.abs())",
				"INSERT INTO people (id, @) VALUES (1, 2)", "INSERT INTO people BY NAME SELECT 1 AS @", "SELECT @ FROM people", "SELECT @.abs() FROM people",
				"SELECT people.@ FROM people", "SELECT COLUMNS('@') FROM people", "SELECT * EXCLUDE (@) FROM people", "SELECT * FROM people JOIN notes USING (@)",
				"SELECT * REPLACE (1 AS @) FROM people", "COMMENT ON COLUMN people.@ IS 'x'",
			} {
				_, err := g.run(clerk, strings.ReplaceAll(sql, "@", "salary"))
				_, missing := g.run(clerk, strings.ReplaceAll(sql, "@", "nosuch"))
				if err == nil || missing == nil {
					t.Errorf("%s: accepted: %v, %v", sql, err, missing)
					continue
				}
				same := func(err error, name string) string {
					text, _, _ := strings.Cut(strings.ReplaceAll(err.Error(), name, "@"), "!")
					return strings.ToLower(text)
				}
				if got, want := same(err, "salary"), same(missing, "nosuch"); got != want {
					t.Errorf("%s: %q for a hidden column, and %q for a missing one", sql, got, want)
				}
				var a, b *guard.BindError
				if errors.As(err, &a) && errors.As(missing, &b) && a.Position != b.Position {
					t.Errorf("%s: at %d for a hidden column, and at %d for a missing one", sql, a.Position, b.Position)
				}
			}
			for _, sql := range []string{"UPDATE people SET level = salar", "DELETE FROM people WHERE salry = 1", "SELECT salar FROM people", "SELECT p.salar FROM people p"} {
				if _, err := g.run(clerk, sql); err == nil || strings.Contains(err.Error(), "salary") {
					t.Errorf("%s: %v", sql, err)
				}
			}
		})
	}
}

// A name that means something else in the statement does so whether or not a hidden
// column has it too: else those could be found by trying.
func TestOtherThingsMayBeCalledLikeHiddenColumns(t *testing.T) {
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			g := govern(t, lake, restrictedRules, peopleTable...)
			for sql, accepted := range map[string]bool{
				"DELETE FROM people WHERE level IN (SELECT @ FROM (SELECT 770 AS @))":                                      true,
				"DELETE FROM people WHERE level IN (SELECT @.a FROM (SELECT 770 AS a) AS @)":                               true,
				"DELETE FROM people WHERE level IN (SELECT @.a FROM (SELECT {'a': 770} AS @))":                             true,
				"DELETE FROM people WHERE level IN (WITH @ AS (SELECT 770 AS x) SELECT x FROM @)":                          true,
				"DELETE FROM people WHERE level IN (SELECT 770 AS @ ORDER BY @)":                                           true,
				"DELETE FROM people WHERE EXISTS (SELECT 1 FROM (SELECT 770 AS @) WHERE @ = people.level)":                 true,
				"UPDATE people SET level = (SELECT max(@) FROM (SELECT 1 AS @)) WHERE level = 770":                         true,
				"UPDATE people SET level = (SELECT x.@ FROM (SELECT 1 AS @) AS x) WHERE level = 770":                       true,
				"UPDATE people SET level = 1 FROM (SELECT 770 AS @) AS x WHERE x.@ = people.level":                         true,
				"UPDATE people SET level = 1 FROM (SELECT 770 AS a) AS @ WHERE @.a = people.level":                         true,
				"WITH x AS (SELECT 770 AS @) DELETE FROM people WHERE level IN (SELECT @ FROM x)":                          true,
				"DELETE FROM people WHERE level IN (SELECT 770 FROM (SELECT 1 AS a) AS @ WHERE @.b = 1)":                   false,
				"DELETE FROM people WHERE level IN (SELECT y FROM (SELECT 770 AS y) WHERE @ > 0)":                          false,
				"DELETE FROM people WHERE level IN (SELECT y FROM (SELECT 770 AS y), LATERAL (SELECT @ + 0 AS z))":         false,
				"UPDATE people SET level = (SELECT @ FROM notes LIMIT 1) WHERE level = 770":                                false,
				"UPDATE people SET level = 1 FROM (SELECT 770 AS @) AS x WHERE @ = people.level":                           false,
				"DELETE FROM people USING (SELECT 770 AS @) AS x WHERE @ = people.level":                                   false,
				"DELETE FROM people WHERE level = 770 AND EXISTS (SELECT 1 FROM (SELECT 1 AS a) AS x WHERE x.@ = 1)":       false,
				"DELETE FROM people WHERE level = 770 AND EXISTS (SELECT 1 FROM notes AS @ WHERE @.nosuchcolumn = 1)":      false,
				"INSERT INTO people BY NAME SELECT 1 AS @":                                                                 false,
				"UPDATE people SET level = 1 WHERE level = 770 AND [x -> x + @ FOR x IN [1]] IS NULL":                      false,
				"UPDATE people SET level = 1 WHERE level = 770 AND EXISTS (SELECT 1 WHERE list_sum([@ FOR @ IN [1]]) = 1)": false,
			} {
				_, err := g.run(clerk, strings.ReplaceAll(sql, "@", "salary"))
				_, other := g.run(clerk, strings.ReplaceAll(sql, "@", "nosuch"))
				if (err == nil) != accepted || (other == nil) != accepted {
					t.Errorf("%s: %v for the name of a hidden column, and %v for another", sql, err, other)
					continue
				}
				if !accepted && strings.ReplaceAll(err.Error(), "salary", "@") != strings.ReplaceAll(other.Error(), "nosuch", "@") {
					t.Errorf("%s: %q for the name of a hidden column, and %q for another", sql, err, other)
				}
			}
		})
	}
}

// DuckDB forgets what depends on a schema when a table in it is altered.
func TestASchemaIsNotDroppedWithItsTables(t *testing.T) {
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			g := govern(t, lake, restrictedRules, "CREATE SCHEMA kept", "CREATE TABLE kept.t (a INTEGER)", "INSERT INTO kept.t VALUES (1)", "ALTER TABLE kept.t ADD COLUMN b INTEGER")
			if _, err := g.run(root, "DROP SCHEMA kept"); err == nil || !strings.Contains(err.Error(), "depend") {
				t.Errorf("DROP SCHEMA: %v", err)
			}
			if got := g.must(root, "SELECT count(*) FROM kept.t"); got != "1" {
				t.Errorf("%s rows are left", got)
			}
			g.must(root, "DROP SCHEMA kept CASCADE")
		})
	}
}

// DuckDB joins with subqueries before it evaluates what stands around them, and
// an error tells which rows it met.
func TestNoErrorTellsOfRowsThatTheCallerDoesNotSee(t *testing.T) {
	const there = "CASE WHEN people.id = 3 THEN error('there') ELSE 99 END"
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			g := govern(t, lake, restrictedRules, peopleTable...)
			all := "SELECT string_agg(id || region || card || salary || level, ' ' ORDER BY id) FROM people"
			untouched := g.must(root, all)
			for _, sql := range []string{
				"DELETE FROM people WHERE " + there + " IN (SELECT 1)", "DELETE FROM people WHERE " + there + " < ALL (SELECT 1)",
				"DELETE FROM people WHERE (SELECT max(" + there + " + notes.id) FROM notes) = 1", "DELETE FROM people WHERE EXISTS (SELECT 1 FROM notes WHERE notes.id = " + there + ")",
				"UPDATE people SET level = 5 WHERE level = 77 AND " + there + " IN (SELECT 1)",
				"UPDATE people SET level = CASE WHEN " + there + " IN (SELECT 1) THEN 7 ELSE level END",
				"UPDATE people SET level = CASE WHEN (SELECT " + there + " FROM notes) = 1 THEN 7 ELSE level END",
				"DELETE FROM people WHERE people.id + 2147483645 < 0", "DELETE FROM people USING notes WHERE people.id = 1 AND " + there + " = notes.id",
				"SELECT count(*) FROM people WHERE " + there + " IN (SELECT 1)", "SELECT count(*) FROM people WHERE " + there + " = 1",
				"SELECT count(*) FROM people WHERE id + 2147483645 < 0", "SELECT count(*) FROM people JOIN notes ON notes.id = " + there,
				"SELECT count(*) FROM people JOIN notes ON CASE WHEN people.id = 3 THEN error('there') ELSE false END",
				"SELECT (SELECT max(" + there + ") FROM notes) FROM people", "SELECT count(*) FROM notes WHERE EXISTS (SELECT 1 FROM people WHERE " + there + " = notes.id)",
			} {
				if _, err := g.run(clerk, sql); err != nil {
					t.Errorf("%s: %v", sql, err)
				}
			}
			if got := g.must(root, all); got != untouched {
				t.Fatalf("%q became %q", untouched, got)
			}
			for sql, want := range map[string]string{
				"UPDATE people SET level = 9 WHERE id IN (SELECT id FROM notes)":                                                 "9 2 3 4",
				"UPDATE people p SET level = 9 WHERE NOT EXISTS (FROM notes n WHERE n.id = p.id)":                                "1 9 3 4",
				"UPDATE people SET level = 9 WHERE lake.main.people.level = (SELECT max(level) FROM people)":                     "1 9 3 4",
				"UPDATE people SET level = 9 WHERE level > ALL (SELECT id FROM notes) OR id = 1":                                 "9 9 3 4",
				"WITH w AS (FROM notes) UPDATE people SET level = (SELECT max(id) + 7 FROM w) WHERE id IN (SELECT id FROM w)":    "8 2 3 4",
				"UPDATE people SET level = (SELECT max(n.id) + 10 FROM notes n WHERE n.id = people.id) WHERE id IN (SELECT 1)":   "11 2 3 4",
				"UPDATE people SET level = n.id + 5 FROM (SELECT id FROM notes WHERE id IN (SELECT 1)) n WHERE people.id = n.id": "6 2 3 4",
			} {
				g.must(root, "UPDATE people SET level = id")
				g.must(clerk, sql)
				if got := g.must(root, "SELECT string_agg(level, ' ' ORDER BY id) FROM people"); got != want {
					t.Errorf("%s: levels are %s; want %s", sql, got, want)
				}
			}
			if _, err := g.run(clerk, "DELETE FROM people USING notes WHERE people.id IN (SELECT 1)"); err == nil {
				t.Error("a subquery beside USING: accepted")
			}
		})
	}
}

// What DuckLake has beside a table's columns: files, their paths, and snapshots.
func TestChangesCannotReadWhatIsNoColumn(t *testing.T) {
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			g := govern(t, lake, restrictedRules, peopleTable...)
			for _, name := range []string{"filename", "file_row_number", "file_index", "snapshot_id", "FileName", "people.filename", "lake.main.people.filename", "filename.upper()"} {
				for _, sql := range []string{
					"UPDATE people SET card = @", "DELETE FROM people WHERE @ IS NULL", "DELETE FROM people WHERE EXISTS (FROM notes WHERE id::VARCHAR = people.@::VARCHAR)",
					"MERGE INTO people USING notes n ON people.id = n.id WHEN MATCHED THEN UPDATE SET card = @",
				} {
					if strings.Contains(name, "people.") {
						sql = strings.ReplaceAll(sql, "people.@", "@")
					}
					if _, err := g.run(root, strings.ReplaceAll(sql, "@", name)); !missingColumn(err) {
						t.Errorf("%s of %s: %v", sql, name, err)
					}
				}
			}
			for _, sql := range []string{
				"UPDATE people SET level = rowid", "DELETE FROM people WHERE rowid.abs() > 1", "DELETE FROM people WHERE people.rowid > 1", "SELECT rowid FROM people",
				"DELETE FROM people WHERE id IN (SELECT id FROM notes WHERE people.rowid = 1)",
			} {
				if _, err := g.run(editor, strings.ReplaceAll(sql, "FROM notes", "FROM range(3) t(id)")); !missingColumn(err) {
					t.Errorf("%s: %v", sql, err)
				}
			}
		})
	}
}

func missingColumn(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "not found") || strings.Contains(err.Error(), "does not have a column"))
}

func TestConstraintsDoNotTellOfHiddenColumns(t *testing.T) {
	g := govern(t, catalog.Lake{Name: "lake", Type: catalog.DuckDB}, `tables:
  - {user: root, privileges: [SELECT, INSERT, UPDATE, DELETE, OWNERSHIP]}
  - group: clerks
    privileges: [SELECT, INSERT, UPDATE, DELETE]
    columns: [{name: card, mask: "'*'"}, {name: salary, allow: false}]
`, "CREATE TABLE k (id INTEGER PRIMARY KEY, card VARCHAR UNIQUE, salary INTEGER NOT NULL DEFAULT 7 CHECK (salary > 5), level INTEGER CHECK (level < salary), tags VARCHAR[])",
		"INSERT INTO k VALUES (1, '1111', 10, 1, []), (2, '2222', 20, 2, [])", "CREATE TABLE n (id INTEGER, salary INTEGER NOT NULL)")
	for _, sql := range []string{
		"INSERT INTO n (id) VALUES (1)", "UPDATE k SET level = 15", "INSERT INTO k (id, card) VALUES (9, '2222')", "INSERT INTO k (id) VALUES (2)",
		"UPDATE k SET id = 2 WHERE id = 1", "INSERT OR REPLACE INTO k (id) VALUES (2)", "INSERT OR IGNORE INTO k (id) VALUES (2)",
		"INSERT INTO k (id) VALUES (2) ON CONFLICT DO NOTHING", "INSERT INTO k (id) VALUES (2) ON CONFLICT (id) DO UPDATE SET level = 1",
	} {
		_, err := g.run(clerk, sql)
		if err == nil {
			t.Errorf("%s: accepted", sql)
		} else if text := err.Error(); strings.Contains(text, "salary") || strings.Contains(text, "2222") || strings.Contains(text, "10") {
			t.Errorf("%s: %v", sql, err)
		}
	}
	if _, err := g.run(root, "INSERT INTO n (id) VALUES (1)"); err == nil || !strings.Contains(err.Error(), "n.salary") {
		t.Errorf("who sees the column is not told: %v", err)
	}
	for _, sql := range []string{"DESCRIBE k", "FROM duckdb_constraints()", "FROM duckdb_columns()", "FROM information_schema.columns", "FROM information_schema.table_constraints", "SHOW ALL TABLES", "FROM duckdb_tables()"} {
		if got := g.must(clerk, sql); strings.Contains(got, "salary") {
			t.Errorf("%s: %s", sql, got)
		}
	}
}

// A lake's own view over an earlier version of a table is one over the table.
func TestAViewOfAnEarlierVersionShowsNothingThatTheRulesKeep(t *testing.T) {
	g := govern(t, lakes(t)["ducklake"], restrictedRules+"  - {group: clerks, table: 'of_.*', privileges: [SELECT]}\n", peopleTable...)
	view, err := g.catalogs.For(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	home, err := view.Catalog("lake")
	if err != nil {
		t.Fatal(err)
	}
	l, err := g.now.Load().lease(t.Context(), 0, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{"CREATE VIEW @.main.of_old AS SELECT card FROM @.main.people AT (VERSION => 2)"} {
		if err := l.conn.exec(t.Context(), strings.ReplaceAll(sql, "@", home.Physical)); err != nil {
			t.Fatal(err)
		}
	}
	l.release()
	g.catalogs.Changed()
	g.must(root, "FROM of_old")
	if got, err := g.run(clerk, "FROM of_old"); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("an earlier version: %q, %v", got, err)
	}
}

// The rules of the new name are others.
func TestRenameNeedsTheRightToMakeTheNewName(t *testing.T) {
	g := govern(t, catalog.Lake{Name: "lake", Type: catalog.DuckDB}, `tables:
  - {user: root, privileges: [SELECT, OWNERSHIP]}
  - {group: clerks, table: 'mine.*', privileges: [SELECT, ALTER, OWNERSHIP]}
`, "CREATE TABLE mine (a INTEGER)")
	if _, err := g.run(clerk, "ALTER TABLE mine RENAME TO report"); !errors.Is(err, guard.ErrDenied) {
		t.Errorf("a name that the caller may not make: %v", err)
	}
	g.must(clerk, "ALTER TABLE mine RENAME TO mine_2")
}

// What is kept of statements, by text or by pattern, is kept for those who see the same.
func TestCallersOfOtherClaimsDoNotShareWhatIsKeptOfAStatement(t *testing.T) {
	g := govern(t, catalog.Lake{Name: "lake", Type: catalog.DuckDB}, restrictedRules, peopleTable...)
	us := editor
	us.Claims = map[string]any{"region": "us"}
	odd := editor
	odd.Claims = map[string]any{"region": "eu' OR 'a' = 'a"}
	for range 3 {
		for _, region := range []string{"eu", "us", "xx", "'a'' OR region = ''us'"} {
			sql := "SELECT string_agg(id, ' ' ORDER BY id) FROM people WHERE region = " + literalOf(region) + " OR region <> " + literalOf(region)
			if got := g.must(editor, sql); got != "1 2" {
				t.Errorf("eu: %s: %s", sql, got)
			}
			if got := g.must(us, sql); got != "3 4" {
				t.Errorf("us: %s: %s", sql, got)
			}
			if got := g.must(odd, sql); got != "(null)" {
				t.Errorf("odd: %s: %s", sql, got)
			}
		}
	}
	for i, sql := range []string{"UPDATE people SET level = 10 WHERE region = 'eu'", "UPDATE people SET level = 20 WHERE region = 'us'", "UPDATE people SET level = 30 WHERE region = 'eu'"} {
		for range 2 {
			g.must(us, sql)
			g.must(odd, sql)
		}
		want := []string{"1 2 3 4", "1 2 20 20", "1 2 20 20"}[i]
		if got := g.must(root, "SELECT string_agg(level, ' ' ORDER BY id) FROM people"); got != want {
			t.Errorf("%s: levels are %s; want %s", sql, got, want)
		}
	}
}

func literalOf(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Copies hold what their maker sees; a table is not replaced by who sees a part of it only
// unless they may drop it; and one that is hidden is never replaced.
func TestCopiesAndReplacementsHoldNoMoreThanTheirMakerSees(t *testing.T) {
	for kind, lake := range lakes(t) {
		t.Run(kind, func(t *testing.T) {
			g := govern(t, lake, restrictedRules+"  - {group: clerks, table: 'copy.*', privileges: [SELECT, INSERT, OWNERSHIP]}\n  - {group: clerks, table: 'secret', privileges: [INSERT]}\n",
				append(peopleTable, "CREATE TABLE copy_there AS SELECT 1 AS a", "CREATE TABLE secret_2 AS SELECT 1 AS a")...)
			g.must(clerk, "CREATE TABLE copy_1 AS FROM people")
			g.must(clerk, "CREATE OR REPLACE TABLE copy_1 AS FROM people")
			if got := g.must(root, "SELECT string_agg(COLUMNS(*)::VARCHAR, ' ' ORDER BY id) FROM copy_1"); got != "1 2|eu eu|***11 ***22|1 2" {
				t.Errorf("a copy holds %q", got)
			}
			for _, sql := range []string{
				"CREATE OR REPLACE TABLE people AS SELECT 1 AS a", "DROP TABLE people", "CREATE TABLE people (a INTEGER)", "CREATE OR REPLACE TABLE secret_2 AS SELECT 1 AS b",
				"DROP TABLE secret_2", "ALTER TABLE copy_there RENAME TO secret_2", "COMMENT ON TABLE people IS 'x'", "COMMENT ON COLUMN people.salary IS 'x'",
				"ALTER TABLE people ADD COLUMN b INTEGER", "CREATE VIEW copy_v AS SELECT salary FROM people",
			} {
				if _, err := g.run(clerk, sql); err == nil {
					t.Errorf("%s: accepted", sql)
				} else if strings.Contains(err.Error(), "c_") {
					t.Errorf("%s: %v", sql, err)
				}
			}
		})
	}
}

// One mask is enough.
func TestAMaskedColumnIsNotReachedByAChange(t *testing.T) {
	g := govern(t, catalog.Lake{Name: "lake", Type: catalog.DuckDB}, `tables:
  - {user: root, privileges: [SELECT, INSERT, UPDATE, DELETE, OWNERSHIP]}
  - {group: clerks, table: people, privileges: [SELECT, INSERT, UPDATE, DELETE, ALTER], columns: [{name: card, mask: "'*'"}]}
`, peopleTable...)
	for _, sql := range []string{
		"UPDATE people SET level = 0 WHERE card = '1111'", "UPDATE people SET card = '1'", "DELETE FROM people WHERE card.length() = 4", "DELETE FROM people WHERE people::VARCHAR LIKE '%1111%'",
		"DELETE FROM people WHERE #3 = '1111'", "DELETE FROM people WHERE EXISTS (SELECT people.* FROM range(1))", "DELETE FROM people RETURNING *", "DELETE FROM people RETURNING card",
		"INSERT INTO people SELECT * FROM people RETURNING card", "ALTER TABLE people ALTER COLUMN card TYPE INTEGER", "INSERT OR IGNORE INTO people VALUES (1, 'eu', '1', 1, 1)",
		"MERGE INTO people USING (SELECT 1 AS n) x ON card = '1111' WHEN MATCHED THEN DELETE", "UPDATE people SET level = rowid",
	} {
		if got, err := g.run(clerk, sql); err == nil || strings.Contains(err.Error(), "1111") {
			t.Errorf("%s: %q, %v", sql, got, err)
		}
	}
	if got := g.must(root, "SELECT count(*) FROM people WHERE level = id"); got != "4" {
		t.Errorf("%s rows are as they were", got)
	}
}

// A filter alone is enough: a conflict with a row, and a match, tell that it is there.
func TestAFilteredTableTakesNoMergeAndNoConflictClause(t *testing.T) {
	g := govern(t, catalog.Lake{Name: "lake", Type: catalog.DuckDB}, `tables:
  - {user: root, privileges: [SELECT, INSERT, UPDATE, DELETE, OWNERSHIP]}
  - {group: editors, table: k, privileges: [SELECT, INSERT, UPDATE, DELETE, ALTER], filter: region = 'eu'}
`, "CREATE TABLE k (id INTEGER PRIMARY KEY, region VARCHAR)", "INSERT INTO k VALUES (1, 'eu'), (3, 'us')")
	for _, sql := range []string{
		"MERGE INTO k USING (SELECT 3 AS id) n ON k.id = n.id WHEN MATCHED THEN DELETE", "MERGE INTO k USING (SELECT 3 AS id) n USING (id) WHEN MATCHED THEN UPDATE SET region = 'eu'",
		"INSERT OR REPLACE INTO k VALUES (3, 'eu')", "INSERT OR IGNORE INTO k VALUES (3, 'eu')", "INSERT INTO k VALUES (3, 'eu') ON CONFLICT DO NOTHING",
		"INSERT INTO k VALUES (3, 'eu') ON CONFLICT (id) DO UPDATE SET region = 'eu'", "ALTER TABLE k RENAME TO l", "ALTER TABLE k ALTER COLUMN region TYPE INTEGER",
	} {
		if got, err := g.run(editor, sql); err == nil || !strings.Contains(err.Error(), "you see it filtered") {
			t.Errorf("%s: %q, %v", sql, got, err)
		}
	}
	if got := g.must(root, "FROM k ORDER BY id"); got != "1|eu\n3|us" {
		t.Errorf("there is %q", got)
	}
}
