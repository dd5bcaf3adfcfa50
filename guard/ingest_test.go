package guard_test

import (
	"testing"

	"github.com/lakegate/lakegate/guard"
)

func TestRowsWithoutSQLNeedTheRightsOfTheirStatements(t *testing.T) {
	all := contents(t, fixture(t), lakes)
	for _, tt := range []struct{ group, catalog, schema, table, want string }{
		{"writers", "lake", "main", "customers", ""},
		{"readers", "lake", "main", "customers", "INSERT into lake.main.customers: permission denied"},
		{"writers", "weblogs", "web", "hits", "catalog weblogs is read-only"},
	} {
		v := view(t, all, tt.group)
		table, err := v.Table(tt.catalog, tt.schema, tt.table)
		if err != nil {
			t.Fatal(err)
		}
		home, err := v.Catalog(tt.catalog)
		if err != nil {
			t.Fatal(err)
		}
		for what, err := range map[string]error{
			"append":  guard.MayAppend(v, table, home),
			"replace": guard.MayReplace(v, table, home),
			"create":  guard.MayCreate(v, table.Name, home),
		} {
			if err == nil && tt.want != "" || err != nil && err.Error() != tt.want {
				t.Errorf("%s by %s in %s: %v, want %q", what, tt.group, tt.catalog, err, tt.want)
			}
		}
	}
}
