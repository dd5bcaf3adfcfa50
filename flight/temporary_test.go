package flight

import (
	"strings"
	"testing"
)

func TestATemporaryTableMayHaveAnyName(t *testing.T) {
	srv := startServer(t, func(c *Config) { c.Limits.TemporaryTables = 100 })
	for _, where := range []string{"TEMP TABLE", "TABLE"} {
		c := srv.dial(t, writer1)
		for _, name := range []string{
			`a"b`, `"`, `a.b`, ` `, `Ä ö`, `Upper`, `select`, `temp`, `main`, `a'b`, `a;b`, `--x`, `/*`, `a\b`, `1a`, `$1`, `?`, `a%b`, "a\tb", "a\nb", `日本`,
		} {
			for _, sql := range []string{
				"CREATE @where @n (@n INTEGER PRIMARY KEY, s STRUCT(@n INTEGER) DEFAULT {@n: 7})",
				"INSERT INTO @n (@n) VALUES (1)",
				"UPDATE @n SET @n = @n.@n + 1 WHERE @n.@n = 1",
				"ALTER TABLE @n ADD COLUMN x INTEGER",
			} {
				if where == "TABLE" {
					sql = strings.NewReplacer(" PRIMARY KEY", "", " DEFAULT {@n: 7}", "", "(@n) VALUES (1)", "VALUES (1, {@n: 7})").Replace(sql)
				}
				c.exec(strings.NewReplacer("@where", where, "@n", quote(name)).Replace(sql))
			}
			wantLines(t, c.mustQuery(strings.ReplaceAll("SELECT @n.@n + s.@n FROM @n WHERE @n.@n = 2", "@n", quote(name))), "9")
			wantLines(t, c.mustQuery("SELECT count(*) FROM (DESCRIBE "+quote(name)+")"), "3")
			c.exec("DROP TABLE " + quote(name))
			if _, err := c.query("SELECT 1 FROM " + quote(name)); err == nil {
				t.Errorf("%q is there after it was dropped", name)
			}
		}
	}
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
