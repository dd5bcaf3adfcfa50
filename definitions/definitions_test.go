package definitions

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/lakegate/lakegate/auth"
	"github.com/lakegate/lakegate/catalog"
	"github.com/lakegate/lakegate/guard"
	"github.com/lakegate/lakegate/policy"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var root = auth.Principal{User: "root"}

func open(t testing.TB, folder string) *Store {
	t.Helper()
	s, err := Open(folder, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func apply(t testing.TB, s *Store, orders ...guard.Order) {
	t.Helper()
	for _, o := range orders {
		if err := s.Apply(t.Context(), root, o); err != nil {
			t.Fatalf("%s: %v", o.Action, err)
		}
	}
}

func user(name string) policy.Grantee  { return policy.Grantee{Kind: policy.ToUser, Name: name} }
func group(name string) policy.Grantee { return policy.Grantee{Kind: policy.ToGroup, Name: name} }
func role(name string) policy.Grantee  { return policy.Grantee{Kind: policy.ToRole, Name: name} }

func onTable(table string, to policy.Grantee, p policy.Privileges, columns ...string) policy.Grant {
	return policy.Grant{To: to, Privileges: p, Catalog: "lake", Schema: "main", Table: table, Columns: columns}
}

func grants(a guard.Action, list ...policy.Grant) guard.Order {
	return guard.Order{Action: a, Grants: list}
}

func newView(name string) guard.Order {
	return guard.Order{Action: guard.CreateView, View: catalog.Table{
		Name: catalog.Name{Catalog: "lake", Schema: "main", Table: name}, Columns: []catalog.Column{{Name: "a", Type: "INTEGER", Nullable: true}},
		Definition: &catalog.Definition{
			SQL: "SELECT a FROM t -- <é>", Catalog: "lake", Schema: "main", Reads: []catalog.Name{{Catalog: "lake", Schema: "main", Table: "t"}},
			Uses: []catalog.Use{{Table: catalog.Name{Catalog: "lake", Schema: "main", Table: "t"}, Columns: []string{"a"}}},
		},
	}}
}

// held is the grants in a set, a line each.
func held(set Set) string {
	var lines []string
	for _, g := range set.Grants.Grants {
		lines = append(lines, fmt.Sprintf("%s %s: %b%v on %s", g.To.Kind, g.To.Name, g.Privileges, g.Columns, g.Table))
	}
	for _, r := range set.Grants.Roles {
		lines = append(lines, fmt.Sprintf("%s%v", r.Name, r.Members))
	}
	return strings.Join(lines, "\n")
}

func TestGrantsAddUpAndRevokesTakeAway(t *testing.T) {
	for _, tt := range []struct {
		name   string
		orders []guard.Order
		want   string
	}{
		{"one grant for what is granted twice", []guard.Order{
			grants(guard.GrantPrivileges, onTable("T", user("ann"), policy.Select)), grants(guard.GrantPrivileges, onTable("t", user("ann"), policy.Insert)),
		}, "user ann: 11[] on T"},
		{"users are told apart by case, groups are not", []guard.Order{
			grants(guard.GrantPrivileges, onTable("t", user("ann"), policy.Select), onTable("t", user("Ann"), policy.Select)),
			grants(guard.GrantPrivileges, onTable("t", group("eu"), policy.Select), onTable("t", group("EU"), policy.Insert)),
		}, "user ann: 1[] on t\nuser Ann: 1[] on t\ngroup eu: 11[] on t"},
		{"columns are united", []guard.Order{
			grants(guard.GrantPrivileges, onTable("t", user("ann"), policy.Select, "a")), grants(guard.GrantPrivileges, onTable("t", user("ann"), policy.Select, "A", "b")),
		}, "user ann: 1[a b] on t"},
		{"some columns are taken away", []guard.Order{
			grants(guard.GrantPrivileges, onTable("t", user("ann"), policy.Select, "a", "b")), grants(guard.RevokePrivileges, onTable("t", user("ann"), policy.Select, "A")),
		}, "user ann: 1[b] on t"},
		{"the last column", []guard.Order{
			grants(guard.GrantPrivileges, onTable("t", user("ann"), policy.Select, "a")), grants(guard.RevokePrivileges, onTable("t", user("ann"), policy.Select, "a")),
		}, ""},
		{"SELECT without columns takes those with columns", []guard.Order{
			grants(guard.GrantPrivileges, onTable("t", user("ann"), policy.Select, "a"), onTable("t", user("ann"), policy.Insert|policy.Select)),
			grants(guard.RevokePrivileges, onTable("t", user("ann"), policy.Select)),
		}, "user ann: 10[] on t"},
		{"a revoke at one place leaves another", []guard.Order{
			grants(guard.GrantPrivileges, onTable("t", user("ann"), policy.Select), policy.Grant{To: user("ann"), Privileges: policy.Select, Catalog: "lake"}),
			grants(guard.RevokePrivileges, onTable("t", user("ann"), policy.Select)),
		}, "user ann: 1[] on "},
		{"a role goes with what it was granted", []guard.Order{
			{Action: guard.CreateRole, Role: "r"},
			{Action: guard.CreateRole, Role: "s"},
			{Action: guard.GrantRole, Role: "s", Members: []policy.Grantee{role("R"), user("bob")}},
			grants(guard.GrantPrivileges, onTable("t", role("R"), policy.Select)),
			{Action: guard.DropRole, Role: "R"},
		}, "s[{user bob}]"},
		{"members leave a role", []guard.Order{
			{Action: guard.CreateRole, Role: "r"},
			{Action: guard.CreateRole, Role: "R", Exists: true},
			{Action: guard.GrantRole, Role: "r", Members: []policy.Grantee{user("ann"), group("EU"), user("ann")}},
			{Action: guard.RevokeRole, Role: "r", Members: []policy.Grantee{group("eu")}},
		}, "r[{user ann}]"},
	} {
		s := open(t, t.TempDir())
		apply(t, s, tt.orders...)
		if got := held(s.Get()); got != tt.want {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.name, got, tt.want)
		}
	}
}

func TestWhatCannotBeCarriedOutChangesNothing(t *testing.T) {
	s := open(t, t.TempDir())
	apply(t, s,
		guard.Order{Action: guard.CreateRole, Role: "a"}, guard.Order{Action: guard.CreateRole, Role: "b"}, guard.Order{Action: guard.CreateRole, Role: "c"},
		guard.Order{Action: guard.GrantRole, Role: "a", Members: []policy.Grantee{role("b")}}, guard.Order{Action: guard.GrantRole, Role: "b", Members: []policy.Grantee{role("c")}},
		grants(guard.GrantPrivileges, onTable("t", user("ann"), policy.Select)), newView("v"),
	)
	before := s.Get()
	var refusal *guard.Refusal
	for _, tt := range []struct {
		order guard.Order
		want  any
	}{
		{grants(guard.GrantPrivileges, onTable("t", user("ann"), policy.Insert), onTable("t", role("nosuch"), policy.Select)), catalog.ErrNotFound},
		{grants(guard.RevokePrivileges, onTable("t", user("ann"), policy.Select), onTable("t", user("bob"), policy.Select)), catalog.ErrNotFound},
		{grants(guard.RevokePrivileges, onTable("t", user("ann"), policy.Insert)), catalog.ErrNotFound},
		{grants(guard.RevokePrivileges, onTable("t", user("ann"), policy.Select, "a")), &refusal},
		{guard.Order{Action: guard.CreateRole, Role: " A"}, guard.ErrExists},
		{guard.Order{Action: guard.DropRole, Role: "nosuch"}, catalog.ErrNotFound},
		{guard.Order{Action: guard.GrantRole, Role: "a", Members: []policy.Grantee{user("eve"), role("nosuch")}}, catalog.ErrNotFound},
		{guard.Order{Action: guard.GrantRole, Role: "c", Members: []policy.Grantee{role("a")}}, &refusal},
		{guard.Order{Action: guard.GrantRole, Role: "a", Members: []policy.Grantee{role("a")}}, &refusal},
		{guard.Order{Action: guard.RevokeRole, Role: "a", Members: []policy.Grantee{user("ann")}}, catalog.ErrNotFound},
		{newView("V"), guard.ErrExists},
		{guard.Order{Action: guard.DropView, View: newView("w").View}, catalog.ErrNotFound},
	} {
		err := s.Apply(t.Context(), root, tt.order)
		switch want := tt.want.(type) {
		case error:
			if !errors.Is(err, want) {
				t.Errorf("%+v: %v, want %v", tt.order, err, want)
			}
		default:
			if !errors.As(err, want) {
				t.Errorf("%+v: %v, want a refusal", tt.order, err)
			}
		}
	}
	if after := s.Get(); !reflect.DeepEqual(before, after) {
		t.Errorf("got %+v, want %+v", after, before)
	}
	if again := open(t, s.folder).Get(); held(again) != held(before) || !reflect.DeepEqual(again.Views, before.Views) {
		t.Errorf("the file has %+v, want %+v", again, before)
	}
}

func TestWithoutAFolderNothingIsKept(t *testing.T) {
	s := open(t, "")
	if err := s.Apply(t.Context(), root, newView("v")); !errors.Is(err, ErrNoFolder) {
		t.Errorf("got %v, want ErrNoFolder", err)
	}
	if changed, err := s.Reread(); changed || err != nil {
		t.Errorf("reread: %t, %v", changed, err)
	}
}

func TestAllThatIsDefinedIsThereAfterTheNextStart(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	apply(t, s, newView("v"), newView("w"), guard.Order{Action: guard.CreateRole, Role: "r"},
		guard.Order{Action: guard.GrantRole, Role: "r", Members: []policy.Grantee{group("a\nb \"c\"")}},
		grants(guard.GrantPrivileges, onTable("t", role("r"), policy.Select, "x"), policy.Grant{To: user("ann"), Privileges: policy.Create, Catalog: "lake", Schema: "s"}),
		guard.Order{Action: guard.CommentView, View: catalog.Table{Name: newView("v").View.Name, Comment: "it's"}})
	got := open(t, folder).Get()
	if want := s.Get(); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v, want\n%+v", got, want)
	}
	if info, err := os.Stat(filepath.Join(folder, setFile)); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the file is for others too: %v, %v", info.Mode(), err)
	}
}

// Two replicas that share a folder lose nothing of each other's.
func TestReplicasLoseNoChanges(t *testing.T) {
	folder := t.TempDir()
	stores := []*Store{open(t, folder), open(t, folder), open(t, folder)}
	const each = 15
	var all sync.WaitGroup
	for n, s := range stores {
		for i := range each {
			all.Go(func() {
				if err := s.Apply(t.Context(), root, newView(fmt.Sprintf("v%d_%d", n, i))); err != nil {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			if _, err := s.Reread(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for _, s := range stores {
		if _, err := s.Reread(); err != nil {
			t.Fatal(err)
		}
		if n := len(s.Get().Views); n != each*len(stores) {
			t.Errorf("%d views, want %d", n, each*len(stores))
		}
		if changed, err := s.Reread(); changed || err != nil {
			t.Errorf("read again without a change: %t, %v", changed, err)
		}
	}
}

func TestOneOfTwoWhoMakeTheSameViewHearsThatItExists(t *testing.T) {
	folder := t.TempDir()
	errs := make(chan error, 2)
	for _, s := range []*Store{open(t, folder), open(t, folder)} {
		go func() { errs <- s.Apply(context.WithoutCancel(t.Context()), root, newView("v")) }()
	}
	a, b := <-errs, <-errs
	if (a == nil) == (b == nil) || !errors.Is(errors.Join(a, b), guard.ErrExists) {
		t.Errorf("got %v and %v, want one success and one ErrExists", a, b)
	}
}

func TestAProcessThatEndedBeforeTheRenameLeavesTheOldSet(t *testing.T) {
	folder := t.TempDir()
	apply(t, open(t, folder), newView("v"))
	half := filepath.Join(folder, setFile+".123")
	if err := os.WriteFile(half, []byte(`{"format":1,"grants":{},"vie`), 0o600); err != nil {
		t.Fatal(err)
	}
	s := open(t, folder)
	if n := len(s.Get().Views); n != 1 {
		t.Errorf("%d views, want the old one", n)
	}
	apply(t, s, newView("w"))
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what it left is still there: %v", err)
	}
}

func TestAFileThatIsNotWholeStopsTheStartAndSaysWhere(t *testing.T) {
	good := t.TempDir()
	apply(t, open(t, good), newView("v"), grants(guard.GrantPrivileges, onTable("t", user("ann"), policy.Select)))
	whole, err := os.ReadFile(filepath.Join(good, setFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ text, want string }{
		{"", "line 1: it ends too early"},
		{string(whole[:len(whole)/2]), "it ends too early"},
		{string(whole[:len(whole)-3]), "it ends too early"},
		{strings.Replace(string(whole), `"format": 1`, `"format": 2`, 1), "format 2 is not known"},
		{strings.Replace(string(whole), `"grants": {`, `"grants": { "grats": [],`, 1), `json: unknown field "grats"`},
		{strings.Replace(string(whole), `"privileges": 1`, `"privileges": "all"`, 1), "cannot unmarshal"},
		{strings.Replace(string(whole), `"privileges": 1`, `"privileges": 4096`, 1), "grants[0]"},
		{strings.Replace(string(whole), `"kind": "user"`, `"kind": "everybody"`, 1), "grants[0]"},
		{strings.Replace(string(whole), `"table": "v"`, `"table": ""`, 1), "views[0]"},
		{string(whole) + "{}", "more than one value"},
		{"{\n\n \"format\": 1 x", "line 3: invalid character 'x'"},
	} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, setFile), []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(folder, slog.New(slog.DiscardHandler), time.Now)
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), setFile) {
			t.Errorf("%.60q: %v, want %q", tt.text, err, tt.want)
		}
	}
}

func TestAFileThatWentBadLaterLeavesWhatWasKnownInForce(t *testing.T) {
	folder := t.TempDir()
	s := open(t, folder)
	apply(t, s, newView("v"))
	file := filepath.Join(folder, setFile)
	for _, spoil := range []func() error{
		func() error { return os.WriteFile(file, []byte("{"), 0o600) },
		func() error { return os.Remove(file) },
	} {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if changed, err := s.Reread(); changed || err == nil {
			t.Errorf("reread: %t, %v; want an error", changed, err)
		}
		if err := s.Apply(t.Context(), root, newView("w")); err == nil {
			t.Error("a change was built on nothing")
		}
		if len(s.Get().Views) != 1 {
			t.Error("what was known is no longer in force")
		}
	}
}

func TestViewsAreNumbered(t *testing.T) {
	set := Set{}
	for i := range viewsMost {
		o := newView(fmt.Sprintf("v%05d", i))
		o.View.Definition.SQL = "SELECT 1"
		set.Views = append(set.Views, o.View)
	}
	if _, err := set.after(newView("w"), root, time.Now()); !errors.Is(err, guard.ErrTooMany) {
		t.Errorf("got %v, want ErrTooMany", err)
	}
	replaced := newView("v00007")
	replaced.Replace = true
	if _, err := set.after(replaced, root, time.Now()); err != nil {
		t.Errorf("replace: %v", err)
	}
}

func TestViewsTakeTheirPlaceAmongTheTables(t *testing.T) {
	s := open(t, t.TempDir())
	apply(t, s, newView("V"), newView("taken"))
	elsewhere := newView("x")
	elsewhere.View.Name.Schema = "gone"
	apply(t, s, elsewhere)
	table := func(name string) catalog.Table {
		return catalog.Table{Name: catalog.Name{Catalog: "Lake", Schema: "Main", Table: name}, Kind: catalog.BaseTable}
	}
	lake := catalog.Contents{Stamp: "1", Catalogs: []catalog.Catalog{
		{Name: "Lake", Stamp: "a", Schemas: []catalog.Schema{{Name: "Main", Tables: []catalog.Table{table("A"), table("Taken"), table("z")}}}},
		{Name: "other", Stamp: "b"},
	}}
	list := func(c catalog.Contents) string {
		var names []string
		for _, t := range c.Catalogs[0].Schemas[0].Tables {
			names = append(names, fmt.Sprintf("%s.%s.%s %s", t.Name.Catalog, t.Name.Schema, t.Name.Table, t.Kind))
		}
		return strings.Join(names, ", ")
	}
	with := s.Get().Into(lake)
	const want = "Lake.Main.A BASE TABLE, Lake.Main.Taken BASE TABLE, Lake.Main.V VIEW, Lake.Main.z BASE TABLE"
	if got := list(with); got != want {
		t.Errorf("got %s", got)
	}
	if len(lake.Catalogs[0].Schemas[0].Tables) != 3 || lake.Catalogs[0].Stamp != "a" {
		t.Error("the lake's own contents changed")
	}
	if again := s.Get().Into(with); list(again) != want {
		t.Errorf("put in twice: %s", list(again))
	}
	if with.Stamp == lake.Stamp || with.Catalogs[0].Stamp == "a" || with.Catalogs[1].Stamp != "b" {
		t.Errorf("stamps: %q, %q, %q", with.Stamp, with.Catalogs[0].Stamp, with.Catalogs[1].Stamp)
	}
	changed := newView("V")
	changed.Replace, changed.View.Definition.SQL = true, "SELECT 2 AS a"
	apply(t, s, changed)
	if s.Get().Into(lake).Stamp == with.Stamp {
		t.Error("another text has the same stamp")
	}
	apply(t, s, guard.Order{Action: guard.DropView, View: newView("v").View})
	if got := list(s.Get().Into(with)); strings.Contains(got, "VIEW") {
		t.Errorf("a dropped view is still there: %s", got)
	}
	if !slices.EqualFunc(Set{}.Into(lake).Catalogs, lake.Catalogs, func(a, b catalog.Catalog) bool { return reflect.DeepEqual(a, b) }) {
		t.Error("nothing defined changes nothing")
	}
}
