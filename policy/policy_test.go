package policy

import (
	"testing"

	"github.com/lakegate/lakegate/auth"
)

func TestRightsAreTheUnionOfGroupsAndScopes(t *testing.T) {
	pol, err := New(Config{ReadOnlyGroups: []string{"analysts"}, WriteGroups: []string{"Engineers"}, AdminGroups: []string{"root"}})
	if err != nil {
		t.Fatal(err)
	}
	read, write, admin := Rights{Tables: Select}, Rights{Tables: Select | Change}, Rights{Tables: Select | Change, Admin: true}
	for _, tt := range []struct {
		name           string
		groups, scopes []string
		want           Rights
	}{
		{"nothing", nil, nil, Rights{}},
		{"unknown group and scope", []string{"analyst"}, []string{"read:database"}, Rights{}},
		{"read group by another case, with blanks", []string{" ANALYSTS "}, nil, read},
		{"read scope alone", nil, []string{"read:data"}, read},
		{"read group and write scope", []string{"analysts"}, []string{"write:data"}, write},
		{"write group", []string{"engineers"}, nil, write},
		{"admin scope", nil, []string{"admin:system"}, admin},
		{"admin group among others", []string{"analysts", "Root"}, nil, admin},
		{"scopes are compared exactly", nil, []string{"READ:DATA"}, Rights{}},
	} {
		if got := pol.Rights(auth.Principal{Groups: tt.groups, Scopes: tt.scopes}); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

func TestEmptyListsGrantNothing(t *testing.T) {
	pol, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if got := pol.Rights(auth.Principal{Groups: []string{"", " "}}); !got.None() {
		t.Errorf("got %+v, want none", got)
	}
}

func TestABlankGroupInAListIsRefused(t *testing.T) {
	if _, err := New(Config{WriteGroups: []string{"a", " "}}); err == nil {
		t.Error("a blank name would match a blank group of anybody's token")
	}
}

func TestL13AGroupDoesNotLiftAMissingRequiredScope(t *testing.T) {
	pol, err := New(Config{
		ReadOnlyGroups: []string{"analysts"}, AdminGroups: []string{"root"},
		ReadScope: "lake.read", WriteScope: "lake.write", AdminScope: "lake.admin",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		method auth.Method
		groups string
		scopes []string
		want   Rights
	}{
		{"group without the scope", auth.ByToken, "analysts", nil, Rights{}},
		{"scope without the group", auth.ByToken, "", []string{"lake.read"}, Rights{}},
		{"both", auth.ByToken, "analysts", []string{"lake.read"}, Rights{Tables: Select}},
		{"a scope of ours is no substitute", auth.ByToken, "analysts", []string{"read:data"}, Rights{}},
		{"an administrator who may only read", auth.ByToken, "root", []string{"lake.read"}, Rights{Tables: Select}},
		{"an administrator with all scopes", auth.ByToken, "root", []string{"lake.read", "lake.write", "lake.admin"}, Rights{Tables: Select | Change, Admin: true}},
		{"a password has no scopes", auth.ByPassword, "analysts", nil, Rights{Tables: Select}},
	} {
		if got := pol.Rights(auth.Principal{Method: tt.method, Groups: []string{tt.groups}, Scopes: tt.scopes}); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// L14, HC-15
func TestReachOnlyLimits(t *testing.T) {
	pol, err := New(Config{WriteGroups: []string{"engineers"}})
	if err != nil {
		t.Fatal(err)
	}
	at := func(groups, reach []string, catalog, schema string) Privileges {
		return pol.Rights(auth.Principal{Groups: groups, Scopes: []string{"read:data", "write:data", "admin:system"}, Reach: reach}).At(catalog, schema)
	}
	engineer := []string{"engineers"}
	for _, tt := range []struct {
		name            string
		groups, reach   []string
		catalog, schema string
		want            Privileges
	}{
		{"no bound", engineer, nil, "lake", "hr", Select | Change},
		{"nowhere", engineer, []string{}, "lake", "hr", 0},
		{"a whole catalog", engineer, []string{"Lake"}, "lake", "HR", Select | Change},
		{"one schema", engineer, []string{"x", "lake.hr"}, "lake", "hr", Select | Change},
		{"another schema", engineer, []string{"lake.hr"}, "lake", "hr2", 0},
		{"another catalog", engineer, []string{"lake.hr"}, "lak", "e.hr", 0},
		{"scopes give nothing where they limit", nil, []string{"lake"}, "lake", "hr", 0},
		{"everywhere", engineer, []string{"x", auth.Everywhere}, "lake", "hr", Select | Change},
		{"scopes give nothing everywhere either", nil, []string{auth.Everywhere}, "lake", "hr", 0},
	} {
		if got := at(tt.groups, tt.reach, tt.catalog, tt.schema); got != tt.want {
			t.Errorf("%s: %b, want %b", tt.name, got, tt.want)
		}
	}
	p := auth.Principal{Groups: engineer, Reach: []string{"b", "A", "b"}}
	q := auth.Principal{Groups: engineer, Reach: []string{"a", "B"}}
	if pol.Rights(p) != pol.Rights(q) {
		t.Error("the same places in another order and spelling give other rights")
	}
}
