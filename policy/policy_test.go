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
