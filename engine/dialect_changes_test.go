package engine

import "testing"

func TestAChangeMeansWhatItMeansToDuckDB(t *testing.T) {
	setup := []string{
		"CREATE SCHEMA za", "CREATE TABLE za.t (x INTEGER, k INTEGER, c VARCHAR)", "INSERT INTO za.t VALUES (1, 1, 'a'), (2, 2, 'b')",
		"CREATE SCHEMA zb", "CREATE TABLE zb.t (y INTEGER, k INTEGER)", "INSERT INTO zb.t VALUES (5, 1), (6, 3)",
	}
	const all = "SELECT string_agg(x || ',' || k || ',' || coalesce(c, 'null'), ' ' ORDER BY x, k) FROM za.t"
	judge := plainDuckDB(t, nil).check
	for _, sql := range []string{
		"UPDATE za.t SET x = t.y FROM zb.t WHERE za.t.k = zb.t.k",
		"UPDATE za.t SET x = t.k FROM zb.t WHERE za.t.k = zb.t.k",
		"UPDATE za.t SET x = y FROM zb.t WHERE za.t.k = zb.t.k AND t.x = 1",
		"UPDATE za.t SET x = zb.t.y FROM zb.t WHERE t.k = 1",
		"DELETE FROM za.t USING zb.t WHERE za.t.k = zb.t.k AND t.y = 5",
		"DELETE FROM za.t USING zb.t WHERE t.k = 1",
		"UPDATE za.t SET c = za.t::VARCHAR",
		"UPDATE za.t SET c = (NULL)[1] FROM zb.t",
		"UPDATE za.t SET c = (CASE WHEN true THEN ['q'] END)[1] || current_schema FROM zb.t",
		"UPDATE za.t SET c = (c COLLATE NOCASE)[1] FROM zb.t",
		"INSERT INTO za.t SELECT t.y, t.y, (NULL)[1] FROM zb.t, za.t",
		"MERGE INTO za.t USING zb.t ON za.t.k = zb.t.k WHEN MATCHED THEN UPDATE SET x = t.y",
		"MERGE INTO za.t USING zb.t ON t.k = 1 WHEN MATCHED THEN UPDATE SET x = zb.t.y",
	} {
		b := start(t)
		b.check = judge
		for _, one := range setup {
			b.update(t, 0, one)
		}
		_, wrong := b.Update(t.Context(), Request{SQL: sql})
		g := govern(t, lakes(t)["duckdb"], "tables: [{privileges: [SELECT, INSERT, UPDATE, DELETE, OWNERSHIP]}]", setup...)
		_, err := g.run(root, sql)
		if (wrong == nil) != (err == nil) {
			t.Errorf("%s: %v; DuckDB: %v", sql, err, wrong)
		}
		if got, want := g.must(root, all), b.text(t, Request{SQL: all}); got != want {
			t.Errorf("%s: %s; DuckDB: %s", sql, got, want)
		}
	}
}
