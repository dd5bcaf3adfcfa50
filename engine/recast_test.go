package engine

import (
	"testing"
)

// Files that were written before a column's type changed hold the old one, and
// Parquet has no integers of 128 bits: DuckDB 1.5.5 cannot give the scans of such
// columns the filters of a join.
func TestColumnsThatFilesHoldAsAnotherTypeCanBeJoined(t *testing.T) {
	g := govern(t, lakes(t)["ducklake"], "tables: [{privileges: [SELECT, INSERT, UPDATE, DELETE, OWNERSHIP]}]",
		"CREATE TABLE wide AS SELECT (i * 7001)::INTEGER AS a, i::INTEGER AS v FROM range(60000) r(i)",
		"ALTER TABLE wide ALTER COLUMN a TYPE BIGINT",
		"CREATE TABLE news AS SELECT i * 7001 AS a, i::INTEGER AS w FROM range(0, 60000, 3) r(i)",
		"CREATE TABLE huge AS SELECT (i * 7001)::HUGEINT AS a, i::INTEGER AS v FROM range(60000) r(i)",
		"CREATE TABLE sums AS SELECT sum(i * 7001) AS a, i::INTEGER AS w FROM range(0, 60000, 3) r(i) GROUP BY i",
	)
	for sql, want := range map[string]string{
		"SELECT count(*) FROM wide JOIN news ON wide.a = news.a WHERE w < 10000":                                      "3334",
		"SELECT count(*) FROM wide WHERE a IN (SELECT a FROM news WHERE w < 10000)":                                   "3334",
		"SELECT count(*) FROM huge h JOIN sums s USING (a) WHERE w < 10000":                                           "3334",
		"WITH h AS (SELECT * FROM huge) SELECT count(*) FROM h, (FROM sums WHERE w < 10000) s WHERE h.a = s.a":        "3334",
		"SELECT count(*) FROM (SELECT a FROM huge INTERSECT SELECT a FROM sums WHERE w < 10000)":                      "3334",
		"SELECT count(*) FROM huge h WHERE EXISTS (FROM sums s WHERE s.a = h.a AND w < 10000)":                        "3334",
		"SELECT typeof(any_value(huge.a)) || typeof(any_value(wide.a)) FROM huge JOIN wide ON huge.v = wide.v":        "HUGEINTBIGINT",
		"SELECT any_value(column_name) FROM (DESCRIBE SELECT huge.a FROM huge JOIN sums s ON huge.a = s.a)":           "a",
		"SELECT count(*) FROM wide JOIN news ON wide.a = news.a WHERE wide.a BETWEEN 7001 AND 7001 * 9 AND w < 10000": "3",
	} {
		if got := g.must(root, sql); got != want {
			t.Errorf("%s: %s; want %s", sql, got, want)
		}
	}
	for _, sql := range []string{
		"DELETE FROM wide USING news WHERE wide.a = news.a AND w < 10000",
		"MERGE INTO wide USING (FROM news WHERE w < 20000) n ON wide.a = n.a WHEN MATCHED THEN UPDATE SET v = 0",
		"UPDATE wide SET v = w FROM news WHERE wide.a = news.a AND w < 20000",
	} {
		if _, err := g.run(root, sql); err != nil {
			t.Errorf("%s: %v", sql, err)
		}
	}
}
