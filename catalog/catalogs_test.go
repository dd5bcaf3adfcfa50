package catalog

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/policy"
)

var (
	reader   = auth.Principal{Provider: "p", Subject: "r", User: "r", Groups: []string{"Analysts "}}
	writer   = auth.Principal{Provider: "p", Subject: "w", User: "w", Scopes: []string{policy.ScopeWrite}}
	outsider = auth.Principal{Provider: "p", Subject: "o", User: "o", Groups: []string{"others"}}
)

func sample(stamp string, tables ...string) Contents {
	s := Schema{Name: "main"}
	for _, n := range tables {
		s.Tables = append(s.Tables, Table{
			Name: Name{"Lake", "main", n}, Physical: Name{"x1", "main", n}, Kind: BaseTable,
			Columns: []Column{{Name: "a", Type: "INTEGER", Nullable: true}},
		})
	}
	return Contents{Stamp: stamp, Catalogs: []Catalog{
		{Name: "Lake", Physical: "x1", Type: DuckLake, Schemas: []Schema{s, {Name: "web"}}},
		{Name: "logs", Physical: "x2", Type: Files, ReadOnly: true, Schemas: []Schema{{Name: "main", Tables: []Table{
			{Name: Name{"logs", "main", "hits"}, Physical: Name{"x2", "main", "hits"}, Kind: BaseTable},
		}}}},
		{Name: "temp", Physical: "temp", Type: Temp, Schemas: []Schema{{Name: "main", Tables: []Table{
			{Name: Name{"temp", "main", "mine"}, Physical: Name{"temp", "main", "mine"}, Kind: BaseTable},
		}}}},
	}}
}

func start(t *testing.T, load func(Contents) (Contents, error), now func() time.Time) *Catalogs {
	t.Helper()
	pol, err := policy.New(policy.Config{ReadOnlyGroups: []string{"analysts"}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{
		Policy: pol, Catalog: "Lake", Schema: "main", Now: now,
		Load: func(_ context.Context, old Contents) (Contents, error) { return load(old) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func fixed(t *testing.T) *Catalogs {
	return start(t, func(Contents) (Contents, error) { return sample("1", "t", "mine"), nil }, nil)
}

func view(t *testing.T, c *Catalogs, p auth.Principal) View {
	t.Helper()
	v, err := c.For(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNamesResolveInOrderAndWithoutCase(t *testing.T) {
	v := view(t, fixed(t), reader)
	for _, tt := range []struct {
		parts []string
		want  Name
	}{
		{[]string{"T"}, Name{"Lake", "main", "t"}},
		{[]string{"mine"}, Name{"temp", "main", "mine"}},
		{[]string{"main", "mine"}, Name{"Lake", "main", "mine"}},
		{[]string{"logs", "hits"}, Name{"logs", "main", "hits"}},
		{[]string{"LAKE", "Main", "t"}, Name{"Lake", "main", "t"}},
	} {
		got, err := v.Table(tt.parts...)
		if err != nil || got.Name != tt.want {
			t.Errorf("Table(%q) = %v, %v; want %v", tt.parts, got.Name, err, tt.want)
		}
	}
	for _, parts := range [][]string{{"x1", "main", "t"}, {"nonesuch"}, {"a", "b", "c", "d"}, {}} {
		if _, err := v.Table(parts...); !errors.Is(err, ErrNotFound) {
			t.Errorf("Table(%q): %v, want ErrNotFound", parts, err)
		}
	}
	if got, err := v.At("logs", "main").Table("hits"); err != nil || got.Name.Catalog != "logs" {
		t.Errorf("hits in logs: %v, %v", got.Name, err)
	}
}

func TestPlaceFindsTheSchemaOfATableThatIsNotThereYet(t *testing.T) {
	v := view(t, fixed(t), writer)
	for _, tt := range []struct {
		parts []string
		want  Name
	}{
		{[]string{"new"}, Name{"Lake", "main", "new"}},
		{[]string{"web", "new"}, Name{"Lake", "web", "new"}},
		{[]string{"temp", "main", "new"}, Name{"temp", "main", "new"}},
	} {
		got, _, err := v.Place(tt.parts...)
		if err != nil || got != tt.want {
			t.Errorf("Place(%q) = %v, %v; want %v", tt.parts, got, err, tt.want)
		}
	}
	if _, _, err := v.Place("nowhere", "new"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a schema that is not there: %v, want ErrNotFound", err)
	}
}

func TestPrivilegesFollowRightsAndTheLakesType(t *testing.T) {
	c := fixed(t)
	if v := view(t, c, outsider); len(v.Catalogs()) != 0 {
		t.Errorf("somebody without any right sees %v", v.Catalogs())
	}
	r, _ := view(t, c, reader).Table("t")
	w, _ := view(t, c, writer).Table("t")
	hits, _ := view(t, c, writer).Table("logs", "hits")
	temp, _ := view(t, c, writer).Table("mine")
	if r.Privileges != policy.Select || !w.Privileges.Has(policy.Insert|policy.Drop) ||
		hits.Privileges != policy.Select || !temp.Privileges.Has(policy.Insert) {
		t.Errorf("reader %b, writer %b, writer on files %b, writer on temporary %b", r.Privileges, w.Privileges, hits.Privileges, temp.Privileges)
	}
}

func TestOwnChangesAreSeenAtOnceAndOthersWithinTheAge(t *testing.T) {
	now, loads := time.Unix(0, 0), 0
	c := start(t, func(Contents) (Contents, error) {
		loads++
		return sample(string(rune('0'+loads)), "t"), nil
	}, func() time.Time { return now })
	first := view(t, c, reader)
	if again := view(t, c, reader); again.Version() != first.Version() || loads != 1 {
		t.Errorf("a second look loaded again: %d loads", loads)
	}
	c.Changed()
	if second := view(t, c, reader); second.Version() == first.Version() || loads != 2 {
		t.Errorf("a change of our own was not seen: %d loads", loads)
	}
	now = now.Add(2*time.Second + 1)
	if view(t, c, reader); loads != 3 {
		t.Errorf("a change of others would not be seen: %d loads", loads)
	}
}

func TestAChangeDuringALoadIsNotLost(t *testing.T) {
	var c *Catalogs
	loads := 0
	c = start(t, func(Contents) (Contents, error) {
		if loads++; loads == 1 {
			c.Changed()
		}
		return sample(string(rune('0'+loads)), "t"), nil
	}, nil)
	view(t, c, reader)
	if view(t, c, reader); loads != 2 {
		t.Errorf("%d loads, want 2: what changed while loading may not be in what was loaded", loads)
	}
}

func TestVersionsDifferWithRightsAndPlace(t *testing.T) {
	c := fixed(t)
	v := view(t, c, reader)
	versions := map[string]bool{v.Version(): true, view(t, c, writer).Version(): true, v.At("logs", "main").Version(): true, v.At("logs", "web").Version(): true}
	if len(versions) != 4 {
		t.Errorf("versions: %v, want four", versions)
	}
}

func TestALoadThatFailsIsSaid(t *testing.T) {
	cause := errors.New("no engine")
	c := start(t, func(Contents) (Contents, error) { return Contents{}, cause }, nil)
	if _, err := c.For(context.Background(), reader); !errors.Is(err, cause) {
		t.Errorf("got %v, want %v", err, cause)
	}
}

// L14, HC-15
func TestWhatIsBeyondReachIsAbsent(t *testing.T) {
	c := fixed(t)
	bound := func(places ...string) auth.Principal {
		return auth.Principal{Provider: "p", Subject: "r", User: "r", Groups: []string{"analysts"}, Reach: append([]string{}, places...)}
	}
	catalogs := func(v View) (names []string) {
		for _, c := range v.Catalogs() {
			if c.Type == Temp {
				continue // a session's own, in whatever reach
			}
			for _, s := range c.Schemas {
				names = append(names, c.Name+"."+s.Name)
			}
		}
		return names
	}
	v := view(t, c, bound("lake.web"))
	if got := catalogs(v); !slices.Equal(got, []string{"Lake.web"}) {
		t.Errorf("reach lake.web sees %q", got)
	}
	if _, err := v.Table("Lake", "main", "t"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a table beyond reach: %v", err)
	}
	if _, err := v.Catalog("logs"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a catalog beyond reach: %v", err)
	}
	v = view(t, c, bound("LOGS"))
	if tb, err := v.Table("logs", "main", "hits"); err != nil || !tb.Privileges.Has(policy.Select) {
		t.Errorf("a table within reach: %v, %b", err, tb.Privileges)
	}
	if got := catalogs(view(t, c, bound())); len(got) != 0 {
		t.Errorf("no reach at all sees %q", got)
	}
}

func TestOtherRulesHoldForTheNextView(t *testing.T) {
	c := fixed(t)
	if v := view(t, c, outsider); len(v.Catalogs()) != 0 {
		t.Fatalf("an outsider sees %v", v.Catalogs())
	}
	rules, err := policy.New(policy.Config{ReadOnlyGroups: []string{"others"}})
	if err != nil {
		t.Fatal(err)
	}
	c.Govern(rules)
	if _, err := view(t, c, outsider).Table("t"); err != nil {
		t.Errorf("under rules that let others read: %v", err)
	}
}
